"""The workloads in PyTorch: its modules, its losses, its SGD."""

from typing import Any

import numpy as np
import torch
from torch.nn import functional

from benchmarks import workloads
from benchmarks.engines import scalar_graph
from benchmarks.workloads import Arrays, Job, Problem

WORKLOADS = ("MLP", "CNN", "RNN", "LSTM", "Transformer", "scalar")


def job(problem: Problem) -> Job:
    """The problem as a PyTorch job on one thread."""
    torch.set_num_threads(1)
    return scalar_job(problem) if problem.name == "scalar" else module_job(problem)


def module_job(problem: Problem) -> Job:
    """A job on tensors."""
    model = workloads.model(torch.nn, problem.name, problem.sizes)
    model.load_state_dict({key: torch.tensor(value) for key, value in problem.weights.items()})
    x = torch.tensor(problem.inputs["x"])
    model.to(x.dtype)
    model.load_state_dict({key: torch.tensor(value) for key, value in problem.weights.items()})
    rest = {key: torch.tensor(value) for key, value in problem.inputs.items()}
    rate = problem.learning_rate
    optimiser = None if rate is None else torch.optim.SGD(model.parameters(), lr=rate)

    def backward() -> None:
        model.zero_grad(set_to_none=True)
        loss(problem.name, model(x), rest).backward()

    def run() -> None:
        backward()
        if optimiser is not None:
            optimiser.step()

    def gradients() -> Arrays:
        backward()
        return {key: value.grad.numpy().copy() for key, value in model.named_parameters()}

    return Job(run, gradients)


def loss(name: str, output: Any, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    """The workload's loss on the model's output."""
    if name in ("MLP", "CNN"):
        return functional.cross_entropy(output, inputs["labels"])
    if name in ("RNN", "LSTM"):
        return output[0].square().mean()
    return functional.mse_loss(output, inputs["target"])


def scalar_job(problem: Problem) -> Job:
    """A job on 0-d tensors, one a number."""
    dtype = torch.float64 if problem.inputs["x"].dtype == np.float64 else torch.float32
    layers = scalar_graph.layers_of(problem, lambda number: torch.tensor(number, dtype=dtype, requires_grad=True))
    parameters, points = scalar_graph.numbers(layers), scalar_graph.points_of(problem)

    def backward() -> None:
        for p in parameters:
            p.grad = None
        for point, label in points:
            scalar_graph.hinge_loss(layers, point, label, torch.relu).backward()

    def run() -> None:
        backward()
        with torch.no_grad():
            for p in parameters:
                p.sub_(p.grad, alpha=problem.learning_rate)

    def gradients() -> Arrays:
        backward()
        return scalar_graph.gradients_of(layers, problem, lambda p: p.grad.item())

    return Job(run, gradients)

"""The workloads in this book's package, from the same weights by the same keys."""

from typing import Any

import numpy as np

from benchmarks import workloads
from benchmarks.engines.micrograd_engine import value_job
from benchmarks.workloads import Arrays, Job, Problem
from chainrule import Tensor, losses, nn, optim
from chainrule.value import Value

WORKLOADS = ("MLP", "CNN", "RNN", "LSTM", "Transformer", "scalar")


def model_of(problem: Problem) -> Any:
    """The module of a workload, with the problem's weights in it."""
    model = workloads.model(nn, problem.name, problem.sizes)
    if problem.inputs["x"].dtype == np.float32:
        model.float()
    model.load_state_dict(problem.weights)
    return model


def job(problem: Problem) -> Job:
    """The problem as a job of this package."""
    if problem.name == "scalar":
        return value_job(problem, Value)
    model = model_of(problem)
    x = Tensor(problem.inputs["x"])
    rate = problem.learning_rate
    optimiser = None if rate is None else optim.SGD(model.parameters(), lr=rate)

    def backward() -> None:
        model.zero_grad()
        loss(problem, model(x)).backward()

    def run() -> None:
        backward()
        if optimiser is not None:
            optimiser.step()

    def gradients() -> Arrays:
        backward()
        return {key: value.grad.copy() for key, value in model.named_parameters()}

    return Job(run, gradients)


def loss(problem: Problem, output: Any) -> Tensor:
    """The workload's loss on the model's output."""
    if problem.name in ("MLP", "CNN"):
        return losses.cross_entropy(output, problem.inputs["labels"])
    if problem.name in ("RNN", "LSTM"):
        return (output[0] ** 2).mean()
    return losses.mse_loss(output, problem.inputs["target"])

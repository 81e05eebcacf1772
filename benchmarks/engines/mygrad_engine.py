"""The workloads in MyGrad: NumPy's functions on its tensors, its own convolution, pooling and losses."""

from typing import Any

import mygrad as xp
import numpy as np
from mygrad.nnet.activations import relu, sigmoid
from mygrad.nnet.layers import conv_nd, max_pool
from mygrad.nnet.losses import softmax_crossentropy

from benchmarks.engines import array_models, scalar_graph
from benchmarks.workloads import Arrays, Job, Problem

WORKLOADS = ("MLP", "CNN", "RNN", "LSTM", "Transformer", "scalar")


class Ops:
    """MyGrad's own layers."""

    def relu(self, x: Any) -> Any:
        return relu(x)

    def sigmoid(self, x: Any) -> Any:
        return sigmoid(x)

    def conv(self, x: Any, weight: Any, bias: Any) -> Any:
        return conv_nd(x, weight, stride=1, padding=1) + bias.reshape(1, -1, 1, 1)

    def pool(self, x: Any) -> Any:
        return max_pool(x, (2, 2), 2)

    def cross_entropy(self, scores: Any, labels: np.ndarray) -> Any:
        return softmax_crossentropy(scores, labels)


def job(problem: Problem) -> Job:
    """The problem as a MyGrad job."""
    if problem.name == "scalar":
        return scalar_job(problem)
    weights = {key: xp.tensor(value.copy()) for key, value in problem.weights.items()}
    ops = Ops()

    def backward() -> None:
        for value in weights.values():
            value.null_grad()
        array_models.loss(problem, weights, xp, ops).backward()

    def run() -> None:
        backward()
        if problem.learning_rate is not None:
            for value in weights.values():
                value.data -= problem.learning_rate * value.grad

    def gradients() -> Arrays:
        backward()
        return {key: value.grad.copy() for key, value in weights.items()}

    return Job(run, gradients)


def scalar_job(problem: Problem) -> Job:
    """A job on 0-d tensors."""
    layers = scalar_graph.layers_of(problem, lambda number: xp.tensor(number))
    parameters, points = scalar_graph.numbers(layers), scalar_graph.points_of(problem)
    total = np.zeros(len(parameters))

    def backward() -> None:
        total[:] = 0.0
        for point, label in points:  # a second backward pass replaces MyGrad's gradients, so they are added here
            for p in parameters:
                p.null_grad()
            scalar_graph.hinge_loss(layers, point, label, relu).backward()
            total[:] += [0.0 if p.grad is None else float(p.grad) for p in parameters]

    def run() -> None:
        backward()
        for p, gradient in zip(parameters, total, strict=True):
            p.data[...] -= problem.learning_rate * gradient

    def gradients() -> Arrays:
        backward()
        return scalar_graph.gradients_of(scalar_graph.regrouped(layers, total), problem, float)

    return Job(run, gradients)

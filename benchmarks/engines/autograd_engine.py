"""The workloads in HIPS autograd: NumPy code, differentiated by its wrapped namespace."""

from typing import Any

import autograd.numpy as xp
import numpy as np
from autograd import value_and_grad

from benchmarks.engines import array_models, scalar_graph
from benchmarks.workloads import Arrays, Job, Problem

WORKLOADS = ("MLP", "CNN", "RNN", "LSTM", "Transformer", "scalar")


class Ops:
    """autograd has no layers: these are written with NumPy's functions."""

    def relu(self, x: Any) -> Any:
        return xp.maximum(x, 0)

    def sigmoid(self, x: Any) -> Any:
        return 0.5 * xp.tanh(0.5 * x) + 0.5

    def conv(self, x: Any, weight: Any, bias: Any) -> Any:
        """3 x 3, padding 1: im2col from nine slices, one matrix product."""
        b, channels, height, width = x.shape
        padded = xp.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="constant")
        slices = [padded[:, :, i : i + height, j : j + width] for i in range(3) for j in range(3)]
        columns = xp.reshape(xp.stack(slices, axis=2), (b, channels * 9, height * width))
        out = xp.matmul(xp.reshape(weight, (weight.shape[0], -1)), columns) + bias[:, None]
        return xp.reshape(out, (b, weight.shape[0], height, width))

    def pool(self, x: Any) -> Any:
        """2 x 2 maximum of four strided views."""
        h, w = x.shape[2] // 2 * 2, x.shape[3] // 2 * 2
        top = xp.maximum(x[:, :, 0:h:2, 0:w:2], x[:, :, 0:h:2, 1:w:2])
        return xp.maximum(top, xp.maximum(x[:, :, 1:h:2, 0:w:2], x[:, :, 1:h:2, 1:w:2]))

    def cross_entropy(self, scores: Any, labels: np.ndarray) -> Any:
        shifted = scores - xp.max(scores, axis=1, keepdims=True)
        log_p = shifted - xp.log(xp.sum(xp.exp(shifted), axis=1, keepdims=True))
        return -xp.mean(log_p[np.arange(len(labels)), labels])


def job(problem: Problem) -> Job:
    """The problem as an autograd job."""
    if problem.name == "scalar":
        return scalar_job(problem)
    weights = {key: value.copy() for key, value in problem.weights.items()}
    ops = Ops()
    differentiated = value_and_grad(lambda w: array_models.loss(problem, w, xp, ops))

    def run() -> None:
        _, gradient = differentiated(weights)
        if problem.learning_rate is not None:
            for key, value in weights.items():
                value -= problem.learning_rate * gradient[key]

    return Job(run, lambda: differentiated(weights)[1])


def scalar_job(problem: Problem) -> Job:
    """A job on Python floats in nested lists."""
    layers = scalar_graph.layers_of(problem, float)
    parameters, points = scalar_graph.numbers(layers), scalar_graph.points_of(problem)
    differentiated = value_and_grad(
        lambda w, point, label: scalar_graph.hinge_loss(w, point, label, lambda z: xp.maximum(z, 0.0))
    )

    def total() -> np.ndarray:
        weights = scalar_graph.regrouped(layers, parameters)
        return sum(np.array(scalar_graph.numbers(differentiated(weights, *pair)[1])) for pair in points)

    def run() -> None:
        parameters[:] = [p - problem.learning_rate * d for p, d in zip(parameters, total(), strict=True)]

    def gradients() -> Arrays:
        return scalar_graph.gradients_of(scalar_graph.regrouped(layers, total()), problem, float)

    return Job(run, gradients)

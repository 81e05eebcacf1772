"""The scalar workload for any engine of numbers: micrograd's demonstration network, one Python object a number."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.workloads import Arrays, Problem

Layers = list[tuple[list[list[Any]], list[Any]]]  # (rows of weights, biases) a layer


def layers_of(problem: Problem, make: Callable[[float], Any]) -> Layers:
    """The problem's weights as nested lists of the engine's numbers."""
    found = []
    for key in (key for key in problem.weights if key.endswith("weight")):
        weight, bias = problem.weights[key], problem.weights[key.replace("weight", "bias")]
        found.append(([[make(float(w)) for w in row] for row in weight], [make(float(b)) for b in bias]))
    return found


def points_of(problem: Problem) -> list[tuple[list[float], float]]:
    """The points and their labels as Python's floats."""
    return list(zip(problem.inputs["x"].tolist(), problem.inputs["y"].tolist(), strict=True))


def hinge_loss(layers: Layers, point: Sequence[float], label: float, relu: Callable[[Any], Any]) -> Any:
    """max(0, 1 - label * score) at one point, built from scalar operations only."""
    units: Sequence[Any] = point
    for depth, (weights, biases) in enumerate(layers):
        outputs = []
        for row, bias in zip(weights, biases, strict=True):
            z = bias
            for w, a in zip(row, units, strict=True):
                z = z + w * a
            outputs.append(relu(z) if depth < len(layers) - 1 else z)
        units = outputs
    return relu(1 - label * units[0])


def gradients_of(layers: Layers, problem: Problem, gradient: Callable[[Any], float]) -> Arrays:
    """The gradient of every weight, by its key."""
    found: Arrays = {}
    keys = [key for key in problem.weights if key.endswith("weight")]
    for key, (weights, biases) in zip(keys, layers, strict=True):
        found[key] = np.array([[gradient(w) for w in row] for row in weights])
        found[key.replace("weight", "bias")] = np.array([gradient(b) for b in biases])
    return found


def numbers(layers: Layers) -> list[Any]:
    """All weights and biases in one list."""
    return [w for weights, biases in layers for row in [*weights, biases] for w in row]


def regrouped(layers: Layers, flat: Sequence[Any]) -> Layers:
    """The numbers of a list, in the order of `numbers`, in the shape of `layers`."""
    rest = iter(flat)
    return [
        ([[next(rest) for _ in row] for row in weights], [next(rest) for _ in biases]) for weights, biases in layers
    ]

"""What the engine benchmark computes: sizes, inputs and starting weights of six workloads.

Each workload is a model (as PyTorch's modules, which also give every engine its starting weights), a batch and a
loss. An engine's file in `benchmarks/engines` turns a `Problem` into a `Job`; names of weights and of gradients are
the keys of PyTorch's `state_dict`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Problem:
    """One workload at one size: `model` builds PyTorch's module, `inputs` are the arrays the loss is taken on."""

    name: str
    sizes: dict[str, Any]
    inputs: Arrays
    weights: Arrays
    learning_rate: float | None = None  # a step of SGD is part of the workload where this is set


@dataclass
class Job:
    """A problem ready to run in one engine.

    `run` does one forward and backward pass (and the SGD step where the problem has one); `gradients` does a forward
    and backward pass only and returns every weight's gradient; `keep` holds what must stay alive.
    """

    run: Callable[[], Any]
    gradients: Callable[[], Arrays]
    keep: list[Any] = field(default_factory=list)


FULL: dict[str, dict[str, Any]] = {
    "MLP": {"widths": (784, 256, 128, 10), "batch": 128},
    "CNN": {"image": 28, "channels": (1, 16, 32), "classes": 10, "batch": 64},
    "RNN": {"length": 50, "inputs": 64, "hidden": 128, "batch": 32},
    "LSTM": {"length": 50, "inputs": 64, "hidden": 128, "batch": 32},
    "Transformer": {"width": 128, "heads": 4, "feedforward": 512, "length": 64, "batch": 16},
    "scalar": {"widths": (2, 16, 16, 1), "points": 100},
}
TINY: dict[str, dict[str, Any]] = {
    "MLP": {"widths": (5, 4, 3, 3), "batch": 6},
    "CNN": {"image": 8, "channels": (1, 2, 3), "classes": 4, "batch": 3},
    "RNN": {"length": 4, "inputs": 3, "hidden": 5, "batch": 2},
    "LSTM": {"length": 4, "inputs": 3, "hidden": 5, "batch": 2},
    "Transformer": {"width": 8, "heads": 2, "feedforward": 12, "length": 5, "batch": 2},
    "scalar": {"widths": (2, 3, 3, 1), "points": 4},
}
TARGETS = {"MLP": 0.9, "CNN": 1.3, "RNN": 0.85, "LSTM": 1.5, "Transformer": 1.3, "scalar": 0.35}
WHAT = {
    "MLP": "784-256-128-10, ReLU, cross-entropy, batch 128, SGD step",
    "CNN": "conv 3x3x16, pool, conv 3x3x32, pool, dense; 28 x 28, batch 64, SGD step",
    "RNN": "tanh, T 50, 64 inputs, hidden 128, batch 32",
    "LSTM": "T 50, 64 inputs, hidden 128, batch 32",
    "Transformer": "post-norm block, d 128, 4 heads, feed-forward 512, T 64, batch 16",
    "scalar": "MLP 2-16-16-1 on 100 moons, an epoch: hinge loss and backward pass point by point, then a step",
}


def model(nn: Any, name: str, sizes: dict[str, Any]) -> Any:
    """The module of a workload, made from `nn`: PyTorch's `torch.nn`, or another module of the same names."""
    if name == "MLP":
        a, b, c, d = sizes["widths"]
        return nn.Sequential(nn.Linear(a, b), nn.ReLU(), nn.Linear(b, c), nn.ReLU(), nn.Linear(c, d))
    if name == "CNN":
        a, b, c = sizes["channels"]
        return nn.Sequential(
            nn.Conv2d(a, b, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(b, c, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(c * (sizes["image"] // 4) ** 2, sizes["classes"]),
        )
    if name == "RNN":
        return nn.RNN(sizes["inputs"], sizes["hidden"])
    if name == "LSTM":
        return nn.LSTM(sizes["inputs"], sizes["hidden"])
    if name == "Transformer":
        return nn.TransformerEncoderLayer(
            sizes["width"], sizes["heads"], sizes["feedforward"], dropout=0.0, batch_first=True
        )
    if name == "scalar":
        a, b, c, d = sizes["widths"]
        return nn.Sequential(nn.Linear(a, b), nn.ReLU(), nn.Linear(b, c), nn.ReLU(), nn.Linear(c, d))
    raise ValueError(f"workload: {name!r} is none of {', '.join(FULL)}")


def moons(points: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two interleaved half circles with labels -1 and +1."""
    angle = rng.uniform(0, np.pi, points)
    label = np.where(np.arange(points) % 2, 1.0, -1.0)
    upper = label > 0
    x = np.where(upper, np.cos(angle), 1 - np.cos(angle))
    y = np.where(upper, np.sin(angle), 0.5 - np.sin(angle))
    return np.stack([x, y], axis=1) + rng.normal(0, 0.1, (points, 2)), label


def problem(name: str, sizes: dict[str, Any] | None = None, dtype: str = "float32", seed: int = 0) -> Problem:
    """The workload `name` with its inputs and PyTorch's starting weights, both drawn from `seed`."""
    sizes = FULL[name] if sizes is None else sizes
    rng = np.random.default_rng(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        state = model(torch.nn, name, sizes).state_dict()
    weights = {key: value.numpy().astype(dtype) for key, value in state.items()}
    rate: float | None = None
    if name == "MLP":
        inputs = {"x": rng.normal(size=(sizes["batch"], sizes["widths"][0]))}
        labels = rng.integers(0, sizes["widths"][-1], sizes["batch"])
        rate = 0.01
    elif name == "CNN":
        inputs = {"x": rng.normal(size=(sizes["batch"], sizes["channels"][0], sizes["image"], sizes["image"]))}
        labels = rng.integers(0, sizes["classes"], sizes["batch"])
        rate = 0.01
    elif name in ("RNN", "LSTM"):
        inputs = {"x": rng.normal(size=(sizes["length"], sizes["batch"], sizes["inputs"]))}
        labels = None
    elif name == "Transformer":
        shape = (sizes["batch"], sizes["length"], sizes["width"])
        inputs = {"x": rng.normal(size=shape), "target": rng.normal(size=shape)}
        labels = None
    else:
        x, y = moons(sizes["points"], rng)
        inputs = {"x": x, "y": y}
        labels = None
        rate = 0.001
    inputs = {key: np.ascontiguousarray(value, dtype=dtype) for key, value in inputs.items()}
    if labels is not None:
        inputs["labels"] = labels
    return Problem(name, sizes, inputs, weights, rate)

"""Where training starts: initial weights of a given shape (chapter 9).

Shapes are those of layers: (units out, units in) or, for convolutions, (channels out, channels in, height, width).
`fan_in` is the number of inputs that one unit adds up, `fan_out` the number of units that one input reaches.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "calculate_gain",
    "fans",
    "kaiming_normal",
    "kaiming_uniform",
    "normal",
    "orthogonal",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]

Array = NDArray[np.float64]
GAINS = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2)}


def fans(shape: Sequence[int]) -> tuple[int, int]:
    """(fan_in, fan_out) of a weight.

    Raises
    ------
    ValueError
        If the shape has fewer than two axes, or a length below 1.

    >>> fans((10, 4)), fans((16, 3, 5, 5))
    ((4, 10), (75, 400))
    """
    if len(shape) < 2 or min(shape) < 1:
        raise ValueError(f"shape: expected at least two axes of at least 1, got {tuple(shape)}")
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field


def calculate_gain(nonlinearity: str) -> float:
    """The factor that makes up for what an activation takes from the standard deviation.

    Raises
    ------
    ValueError
        If the activation is not linear, sigmoid, tanh or relu.

    >>> calculate_gain("tanh")
    1.6666666666666667
    """
    if nonlinearity not in GAINS:
        raise ValueError(f"nonlinearity: expected one of {', '.join(GAINS)}, got {nonlinearity!r}")
    return GAINS[nonlinearity]


def zeros(shape: Sequence[int]) -> Array:
    """Nothing but zeros: right for biases; weights that are all equal stay equal in training.

    >>> zeros((2,))
    array([0., 0.])
    """
    return np.zeros(shape)


def normal(shape: Sequence[int], rng: np.random.Generator, std: float = 1.0) -> Array:
    """Normal with mean 0 and standard deviation `std`.

    >>> normal((2, 3), np.random.default_rng(0), std=0.1).shape
    (2, 3)
    """
    return rng.normal(0.0, std, shape)


def xavier_uniform(shape: Sequence[int], rng: np.random.Generator, gain: float = 1.0) -> Array:
    """Uniform on (-a, a) with a = gain sqrt(6 / (fan_in + fan_out)).

    It keeps the variance of activations and of gradients about the same from layer to layer, for activations that
    are linear near 0. Glorot and Bengio 2010, equation 16.

    >>> bool(np.abs(xavier_uniform((3, 3), np.random.default_rng(0))).max() < 1)
    True
    """
    bound = gain * math.sqrt(6 / sum(fans(shape)))
    return rng.uniform(-bound, bound, shape)


def xavier_normal(shape: Sequence[int], rng: np.random.Generator, gain: float = 1.0) -> Array:
    """Normal with standard deviation gain sqrt(2 / (fan_in + fan_out)). Glorot and Bengio 2010, equation 12.

    >>> xavier_normal((2, 2), np.random.default_rng(0)).shape
    (2, 2)
    """
    return normal(shape, rng, gain * math.sqrt(2 / sum(fans(shape))))


def kaiming_uniform(
    shape: Sequence[int],
    rng: np.random.Generator,
    mode: Literal["fan_in", "fan_out"] = "fan_in",
    nonlinearity: str = "relu",
) -> Array:
    """Uniform on (-a, a) with a = gain sqrt(3 / fan), the uniform version of `kaiming_normal`.

    >>> bool(np.abs(kaiming_uniform((4, 6), np.random.default_rng(0))).max() < 1)
    True
    """
    bound = math.sqrt(3) * _kaiming_std(shape, mode, nonlinearity)
    return rng.uniform(-bound, bound, shape)


def kaiming_normal(
    shape: Sequence[int],
    rng: np.random.Generator,
    mode: Literal["fan_in", "fan_out"] = "fan_in",
    nonlinearity: str = "relu",
) -> Array:
    """Normal with standard deviation gain / sqrt(fan), the gain of ReLU being sqrt(2).

    With `fan_in` the variance of activations is kept, with `fan_out` that of gradients. He and others 2015,
    equations 10 and 14.

    >>> kaiming_normal((2, 8), np.random.default_rng(0)).shape
    (2, 8)
    """
    return normal(shape, rng, _kaiming_std(shape, mode, nonlinearity))


def _kaiming_std(shape: Sequence[int], mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode: expected 'fan_in' or 'fan_out', got {mode!r}")
    return calculate_gain(nonlinearity) / math.sqrt(fans(shape)[mode == "fan_out"])


def orthogonal(shape: Sequence[int], rng: np.random.Generator, gain: float = 1.0) -> Array:
    """Rows (or columns, where there are fewer) that are orthogonal and of length `gain`.

    The axes after the first count as one. Saxe, McClelland and Ganguli 2014, section 3.

    >>> W = orthogonal((2, 3), np.random.default_rng(0))
    >>> bool(np.allclose(W @ W.T, np.eye(2)))
    True
    """
    fans(shape)  # checks the shape
    rows, columns = shape[0], math.prod(shape[1:])
    q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
    # With the signs of r's diagonal taken out, every orthogonal matrix is equally likely (Mezzadri 2007).
    q = q * np.where(np.diag(r) < 0, -1.0, 1.0)
    return gain * (q if rows >= columns else q.T).reshape(tuple(shape))

"""Gradient descent on plain functions, with the whole path kept (chapter 3).

Two loops: `gradient_descent` follows one gradient, `minibatch_descent` follows the gradients of shuffled
batches of examples; a batch of all examples is batch descent, a batch of one is stochastic descent. Weights
are a number, a list of numbers or an array: only the standard library is imported, so numbers and lists work
where NumPy is not installed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Protocol

__all__ = ["Path", "batches", "gradient_descent", "minibatch_descent"]

Weights = Any  # a number, a list or tuple of numbers, or a NumPy array


class Shuffler(Protocol):
    """What a generator must offer: `numpy.random.Generator` and `random.Random` both do."""

    def shuffle(self, x: list[int]) -> None: ...


@dataclass(frozen=True)
class Path:
    """Where a descent went.

    `points` are the weights w_0, w_1, ..., w_n; `seen[k]` is the number of examples whose gradient was paid for
    before `points[k]` was reached (a plain function counts as one example); `reason` says why the descent
    ended: `"gradient is small"`, `"steps used up"` or `"diverged"` (a weight is no longer finite).
    """

    points: list[Weights]
    seen: list[int]
    reason: str

    @property
    def steps(self) -> int:
        """How many steps were taken: one less than there are points."""
        return len(self.points) - 1

    @property
    def last(self) -> Weights:
        """The weights at the end."""
        return self.points[-1]

    def losses(self, loss: Callable[[Weights], float]) -> list[float]:
        """The loss at every point of the path."""
        return [loss(w) for w in self.points]


def gradient_descent(
    gradient: Callable[[Weights], Weights],
    start: Weights,
    rate: float,
    *,
    steps: int = 1000,
    tolerance: float = 0.0,
) -> Path:
    """Follow `w <- w - rate * gradient(w)` from `start`.

    Ends at the first point whose gradient has a norm of at most `tolerance`, after `steps` steps, or at the first
    point that is not finite. The path holds new objects: `start` is not changed.

    Parameters
    ----------
    gradient
        Returns the gradient at w, in the form of w: a number for a number, n numbers for a list of n, an array of
        the same shape for an array.
    start
        The weights w_0.
    rate
        The learning rate eta, positive and finite.
    steps
        The most steps to take.
    tolerance
        A gradient of this norm or less counts as zero.

    Raises
    ------
    TypeError
        If `start` or `rate` is not made of numbers.
    ValueError
        If `rate`, `steps` or `tolerance` is out of range, `start` is not finite, or the gradient does not have
        the form of the weights.

    Source: Cauchy (1847), Méthode générale pour la résolution des systèmes d'équations simultanées.

    Examples
    --------
    The loss 1/2 * 10 * w**2 has the gradient 10 * w; a rate of 1/10 needs one step.

    >>> path = gradient_descent(lambda w: 10 * w, 5.0, 0.1)
    >>> path.points, path.reason
    ([5.0, 0.0], 'gradient is small')
    >>> gradient_descent(lambda w: 10 * w, 5.0, 0.01, tolerance=0.01).steps
    81
    """
    w = _checked_start(start)
    _check_rate(rate)
    _check_count("steps", steps, least=0)
    if not tolerance >= 0:
        raise ValueError(f"tolerance: expected a number >= 0, got {tolerance!r}")
    points, reason = [w], "steps used up"
    while True:
        slope = gradient(w)
        if _norm(slope) <= tolerance:
            reason = "gradient is small"
            break
        if len(points) > steps:
            break
        w = _stepped(w, slope, rate)
        points.append(w)
        if not _finite(w):
            reason = "diverged"
            break
    return Path(points, list(range(len(points))), reason)


def minibatch_descent(
    gradient: Callable[[Weights, list[int]], Weights],
    start: Weights,
    rate: float,
    *,
    examples: int,
    batch_size: int,
    epochs: int,
    rng: Shuffler,
) -> Path:
    """Follow `w <- w - rate * gradient(w, batch)` through the batches of `epochs` shuffled passes over the data.

    `batch_size=examples` is batch descent, `batch_size=1` stochastic descent. The gradient of a batch does not
    vanish at the minimum of the whole loss, so there is no tolerance: the descent ends when the epochs are used
    up, or at the first point that is not finite.

    Parameters
    ----------
    gradient
        `gradient(w, batch)` returns the gradient over the examples whose numbers are in the list `batch`, in the
        form of w. Usually their mean, so that one rate suits every batch size.
    start
        The weights w_0.
    rate
        The learning rate eta, positive and finite.
    examples
        How many examples there are; they are numbered from 0.
    batch_size
        Examples a step, from 1 to `examples`; the last batch of an epoch may be smaller.
    epochs
        Passes over the data.
    rng
        Shuffles the examples before each epoch.

    Raises
    ------
    TypeError, ValueError
        As for `gradient_descent`.

    Source: Robbins and Monro (1951), A stochastic approximation method.

    Examples
    --------
    The mean of some numbers minimises their squared distance; each example pulls w towards itself.

    >>> from random import Random
    >>> data = [1.0, 2.0, 6.0]
    >>> def gradient(w, batch):
    ...     return sum(2 * (w - data[i]) for i in batch) / len(batch)
    >>> path = minibatch_descent(gradient, 0.0, 0.5, examples=3, batch_size=3, epochs=2, rng=Random(0))
    >>> path.points, path.seen
    ([0.0, 3.0, 3.0], [0, 3, 6])
    """
    w = _checked_start(start)
    _check_rate(rate)
    _check_count("epochs", epochs, least=0)
    points, seen, reason = [w], [0], "steps used up"
    for _ in range(epochs):
        for batch in batches(examples, batch_size, rng):
            w = _stepped(w, gradient(w, batch), rate)
            points.append(w)
            seen.append(seen[-1] + len(batch))
            if not _finite(w):
                return Path(points, seen, "diverged")
    return Path(points, seen, reason)


def batches(examples: int, batch_size: int, rng: Shuffler) -> Iterator[list[int]]:
    """The numbers 0 .. examples - 1 in shuffled order, `batch_size` at a time: one epoch.

    Every example comes exactly once; the last batch is smaller when `batch_size` does not divide `examples`.

    Raises
    ------
    TypeError, ValueError
        If the sizes are not whole numbers with 1 <= batch_size <= examples.

    Examples
    --------
    >>> from random import Random
    >>> parts = list(batches(5, 2, Random(0)))
    >>> [len(part) for part in parts], sorted(sum(parts, []))
    ([2, 2, 1], [0, 1, 2, 3, 4])
    """
    _check_count("examples", examples, least=1)
    _check_count("batch_size", batch_size, least=1)
    if batch_size > examples:
        raise ValueError(f"batch_size: expected at most the {examples} examples there are, got {batch_size}")
    order = list(range(examples))
    rng.shuffle(order)
    return (order[i : i + batch_size] for i in range(0, examples, batch_size))


def _stepped(w: Weights, slope: Weights, rate: float) -> Weights:
    """`w - rate * slope` as a new object, after a check that both have the same form."""
    if _form(w) != _form(slope):
        # Arrays of unlike shapes would broadcast without a word, and w would grow another axis.
        raise ValueError(f"gradient: expected {_form(w)} like the weights, got {_form(slope)}")
    if isinstance(w, list):
        return [a - rate * g for a, g in zip(w, slope, strict=True)]
    return w - rate * slope


def _form(w: Weights) -> str:
    if isinstance(w, list | tuple):
        return f"a list of {len(w)} numbers"
    if not hasattr(w, "shape") and not isinstance(w, Real):
        return repr(w)
    shape = getattr(w, "shape", ())
    return f"an array of shape {tuple(shape)}" if shape != () else "a number"


def _entries(w: Weights) -> Iterator[float]:
    """Every number in w, whatever its form."""
    flat = getattr(w, "flat", None)
    return iter(flat if flat is not None else w if isinstance(w, list | tuple) else (w,))


def _norm(w: Weights) -> float:
    """The norm of a gradient; hypot neither overflows nor turns a NaN into a number."""
    try:
        return math.hypot(*_entries(w))
    except TypeError:
        raise TypeError(f"gradient: expected numbers, got {type(w).__name__}: {w!r}") from None


def _finite(w: Weights) -> bool:
    return all(map(math.isfinite, _entries(w)))


def _checked_start(start: Weights) -> Weights:
    """`start` as the descent keeps it: a list of its own, or a copy of the array, so that the caller's stays."""
    try:
        finite = _finite(start)
    except TypeError:
        raise TypeError(
            f"start: expected a number, a list of numbers or an array, got {type(start).__name__}: {start!r}"
        ) from None
    if not finite:
        raise ValueError(f"start: expected finite weights, got {start!r}")
    if isinstance(start, list | tuple):
        return list(start)
    return start.copy() if hasattr(start, "copy") else start


def _check_rate(rate: float) -> None:
    if isinstance(rate, bool) or not isinstance(rate, Real):
        raise TypeError(f"rate: expected a number, got {type(rate).__name__}: {rate!r}")
    if not 0 < rate < math.inf:
        raise ValueError(f"rate: expected a positive, finite learning rate, got {rate!r}")


def _check_count(name: str, value: int, *, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name}: expected a whole number, got {type(value).__name__}: {value!r}")
    if value < least:
        raise ValueError(f"{name}: expected at least {least}, got {value}")

"""The data of every chapter: sets generated on the spot, or read from what ships inside libraries.

Nothing is downloaded. Points have shape (N, 2), tables (N, D), images (N, 8, 8), labels (N,). Whatever is random
takes a `numpy.random.Generator`, so the same generator gives the same data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Standardiser",
    "Table",
    "batches",
    "diabetes",
    "digits",
    "python_docs",
    "rings",
    "series",
    "split",
    "standardise",
    "two_moons",
    "wine",
    "xor",
]

Array = NDArray[np.float64]
Labels = NDArray[np.int64]

# Two classes in the plane ---------------------------------------------------------------------------------


def two_moons(n: int, noise: float, rng: np.random.Generator) -> tuple[Array, Labels]:
    """Two interleaved half circles of radius 1; no line separates them.

    Parameters
    ----------
    n
        Number of points, half of them (rounded down) of class 1.
    noise
        Standard deviation of the normal noise added to both coordinates.
    rng
        Where the randomness comes from.

    Returns
    -------
    X, y
        Points (n x 2) and labels 0 or 1 (n), in random order.

    Examples
    --------
    >>> X, y = two_moons(100, 0.1, np.random.default_rng(0))
    >>> X.shape, int(y.sum())
    ((100, 2), 50)
    """
    y = _labels(n, noise, rng)
    angle = rng.uniform(0, np.pi, n)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    return np.where(y[:, None] == 1, lower, upper) + rng.normal(0, noise, (n, 2)), y


def rings(n: int, noise: float, rng: np.random.Generator, *, inner: float = 0.4) -> tuple[Array, Labels]:
    """A circle of radius `inner` (class 1) inside a circle of radius 1 (class 0).

    x1² + x2² separates them, no line does. Parameters and results are those of `two_moons`.

    >>> X, y = rings(6, 0.0, np.random.default_rng(0))
    >>> np.linalg.norm(X, axis=1).round(6).tolist() == np.where(y == 1, 0.4, 1.0).tolist()
    True
    """
    y = _labels(n, noise, rng)
    if not 0 < inner < 1:
        raise ValueError(f"inner: expected a radius between 0 and 1, got {inner}")
    angle = rng.uniform(0, 2 * np.pi, n)
    radius = np.where(y == 1, inner, 1.0)[:, None]
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1) + rng.normal(0, noise, (n, 2)), y


def xor(n: int, noise: float, rng: np.random.Generator) -> tuple[Array, Labels]:
    """Four clouds around (±1, ±1); class 1 where the two signs differ. Parameters and results as `two_moons`.

    >>> X, y = xor(8, 0.0, np.random.default_rng(0))
    >>> bool(np.all((X[:, 0] * X[:, 1] < 0) == (y == 1)))
    True
    """
    y = _labels(n, noise, rng)
    first = rng.choice([-1.0, 1.0], n)
    return np.stack([first, np.where(y == 1, -first, first)], axis=1) + rng.normal(0, noise, (n, 2)), y


def _labels(n: int, noise: float, rng: np.random.Generator) -> Labels:
    if n < 2:
        raise ValueError(f"n: expected at least 2 points, got {n}")
    if not (noise >= 0 and np.isfinite(noise)):
        raise ValueError(f"noise: expected a standard deviation of at least 0, got {noise}")
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng: expected a numpy.random.Generator, got {rng!r}")
    return rng.permutation(np.arange(n) % 2)


# A series and a text ----------------------------------------------------------------------------------------


def series(
    n: int,
    rng: np.random.Generator,
    *,
    trend: float = 0.02,
    season: float = 1.0,
    period: float = 24.0,
    noise: float = 0.2,
) -> Array:
    """A time series: trend, season and noise added up, x_t = trend t + season sin(2 pi t / period) + e_t.

    The noise is not white: e_t = 0.6 e_{t-1} + normal(0, noise), so that yesterday says something about today.

    >>> series(4, np.random.default_rng(0), trend=1.0, season=0.0, noise=0.0).tolist()
    [0.0, 1.0, 2.0, 3.0]
    """
    if n < 1:
        raise ValueError(f"n: expected at least 1 step, got {n}")
    if not (noise >= 0 and np.isfinite(noise)):
        raise ValueError(f"noise: expected a standard deviation of at least 0, got {noise}")
    if not period > 0:
        raise ValueError(f"period: expected a number of steps above 0, got {period}")
    t = np.arange(n, dtype=float)
    error = rng.normal(0, noise, n)
    for k in range(1, n):
        error[k] += 0.6 * error[k - 1]
    return trend * t + season * np.sin(2 * np.pi * t / period) + error


def python_docs() -> str:
    """About half a million characters of English and code: the help topics that ship with Python.

    They are the language reference's pages behind ``help("for")`` and the like, in alphabetical order, ASCII
    characters alone. The text differs a little from one Python version to the next.

    >>> "exception" in python_docs()
    True
    """
    from pydoc_data.topics import topics

    text = "\n\n".join(topics[name] for name in sorted(topics))
    return text.encode("ascii", "ignore").decode("ascii")


# Real tables and images, from scikit-learn --------------------------------------------------------------------


class Table(NamedTuple):
    """Rows of features, what is to be predicted, and the features' names."""

    X: Array
    y: Any
    names: tuple[str, ...]


def digits() -> tuple[Array, Labels]:
    """1797 handwritten digits: images (1797, 8, 8) with ink from 0 to 1, and their labels 0 to 9.

    From the UCI repository (Alpaydin and Kaynak, 1998), as scikit-learn ships them.

    Raises
    ------
    ImportError
        If scikit-learn is not installed.
    """
    found = _sklearn().load_digits()
    return found.images / 16.0, found.target.astype(np.int64)


def diabetes() -> Table:
    """442 patients: ten measurements each, and how far the disease went within a year (25 to 346).

    From Efron, Hastie, Johnstone and Tibshirani (2004), in the original units, as scikit-learn ships them.

    Raises
    ------
    ImportError
        If scikit-learn is not installed.
    """
    found = _sklearn().load_diabetes(scaled=False)
    return Table(np.asarray(found.data, dtype=float), found.target.astype(float), tuple(found.feature_names))


def wine() -> Table:
    """178 wines from three growers: thirteen chemical measurements each, and the grower, 0 to 2.

    From the UCI repository (Forina and others, 1991), as scikit-learn ships them.

    Raises
    ------
    ImportError
        If scikit-learn is not installed.
    """
    found = _sklearn().load_wine()
    return Table(np.asarray(found.data, dtype=float), found.target.astype(np.int64), tuple(found.feature_names))


def _sklearn() -> Any:
    try:
        from sklearn import datasets
    except ImportError as error:
        raise ImportError(
            "this data set ships with scikit-learn: install it with `pip install scikit-learn`"
        ) from error
    return datasets


# Preparing data -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standardiser:
    """Maps features to mean 0 and standard deviation 1, as they are in the data it was fitted on.

    A feature that is the same everywhere is only shifted. `undo` maps back.
    """

    mean: Array
    std: Array

    def __call__(self, X: ArrayLike) -> Array:
        return (np.asarray(X, dtype=float) - self.mean) / self.std

    def undo(self, Z: ArrayLike) -> Array:
        """The inverse: Z std + mean."""
        return np.asarray(Z, dtype=float) * self.std + self.mean


def standardise(train: ArrayLike) -> Standardiser:
    """Fit a `Standardiser` on the training data alone (N x D, or N); apply it to every part.

    Raises
    ------
    ValueError
        If there is no row, or a number is not finite.

    Examples
    --------
    >>> scale = standardise([[1.0, 10.0], [3.0, 30.0]])
    >>> scale([[2.0, 40.0]]).tolist()
    [[0.0, 2.0]]
    """
    X = np.asarray(train, dtype=float)
    if X.ndim == 0 or len(X) == 0:
        raise ValueError(f"train: expected at least one row, got shape {X.shape}")
    if not np.all(np.isfinite(X)):
        raise ValueError("train: expected finite numbers, got NaN or infinity")
    std = X.std(axis=0)
    # Rounding may leave a constant feature a deviation just above 0.
    varies = (std > 0) & (X.max(axis=0) > X.min(axis=0))
    return Standardiser(X.mean(axis=0), np.where(varies, std, 1.0))


def split(
    X: ArrayLike, y: ArrayLike, fractions: Sequence[float], rng: np.random.Generator
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Split examples at random into parts: ``(X_train, y_train), (X_test, y_test) = split(X, y, (.8, .2), rng)``.

    Parameters
    ----------
    X, y
        Examples and targets, N of each along the first axis.
    fractions
        The parts' shares, which add up to 1.
    rng
        Where the randomness comes from.

    Raises
    ------
    ValueError
        If X and y differ in length, a share is not positive, the shares do not add up to 1, or a part would be
        empty.

    Examples
    --------
    >>> train, test = split(np.arange(10), np.arange(10), (0.7, 0.3), np.random.default_rng(0))
    >>> len(train[0]), len(test[0]), bool(np.all(train[0] == train[1]))
    (7, 3, True)
    """
    X, y = _paired(X, y)
    shares = np.asarray(fractions, dtype=float)
    if shares.ndim != 1 or np.any(shares <= 0) or abs(shares.sum() - 1) > 1e-9:
        raise ValueError(f"fractions: expected positive shares that add up to 1, got {tuple(fractions)}")
    cuts = np.rint(np.cumsum(shares) * len(X)).astype(int)
    order = rng.permutation(len(X))
    parts = [order[a:b] for a, b in zip([0, *cuts[:-1]], cuts, strict=True)]
    if any(len(part) == 0 for part in parts):
        raise ValueError(f"fractions: {len(X)} examples are too few for the shares {tuple(fractions)}")
    return [(X[part], y[part]) for part in parts]


def batches(
    X: ArrayLike, y: ArrayLike, size: int, rng: np.random.Generator | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """One epoch of mini-batches: every example once, `size` at a time, the last batch maybe smaller.

    The order is drawn from `rng`; without one the examples come as they stand.

    Raises
    ------
    ValueError
        If X and y differ in length, there is no example, or size is below 1.

    Examples
    --------
    >>> [len(xb) for xb, yb in batches(np.zeros((10, 3)), np.zeros(10), 4)]
    [4, 4, 2]
    """
    X, y = _paired(X, y)
    if len(X) == 0:
        raise ValueError("X: expected at least one example, got none")
    if size < 1:
        raise ValueError(f"size: expected at least 1 example a batch, got {size}")
    return _batches(X, y, size, rng)


def _batches(
    X: np.ndarray, y: np.ndarray, size: int, rng: np.random.Generator | None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    order = None if rng is None else rng.permutation(len(X))
    for start in range(0, len(X), size):
        chosen = slice(start, start + size) if order is None else order[start : start + size]
        yield X[chosen], y[chosen]


def _paired(X: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    X, y = np.asarray(X), np.asarray(y)
    if X.ndim == 0 or y.ndim == 0 or len(X) != len(y):
        raise ValueError(f"X and y: expected as many targets as examples, got shapes {X.shape} and {y.shape}")
    return X, y

"""Chapter 2: the perceptron, its learning algorithm with every update kept, and the angle it turns.

Labels are +1 and -1. A bias is a weight like the others: put a column of ones in front of `X`
(`with_bias`), and `w[0]` is the bias.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Perceptron", "Update", "angle", "cosine_similarity", "sgn", "with_bias"]

Array = NDArray[np.float64]


def sgn(z: ArrayLike) -> Array:
    """Sign with sgn(0) = -1: +1 where z > 0 and -1 where z <= 0, in the shape of `z`.

    The value at 0 matters: with weights that start at zero every example is predicted -1.

    >>> sgn([2.0, 0.0, -0.5])
    array([ 1., -1., -1.])
    """
    return np.where(np.asarray(z, dtype=float) > 0, 1.0, -1.0)


def with_bias(X: ArrayLike) -> Array:
    """`X` of shape (N, d) with a column of ones in front: (N, d + 1), so that w^T x contains the bias.

    >>> with_bias([[3.0, 4.0]])
    array([[1., 3., 4.]])
    """
    X = np.asarray(X, dtype=float)
    if X.ndim != 2:
        raise ValueError(f"with_bias: X must have shape (N, d), got {X.shape}")
    return np.column_stack([np.ones(len(X)), X])


def cosine_similarity(a: ArrayLike, b: ArrayLike) -> float:
    """a^T b / (|a| |b|): 1 for the same direction, 0 for a right angle, -1 for opposite directions.

    Raises ValueError when a vector is zero (it has no direction) or the lengths differ.

    >>> round(cosine_similarity([-5, 0], [1, 0.5]), 4)
    -0.8944
    """
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(f"cosine_similarity: two vectors of one length expected, got shapes {a.shape} and {b.shape}")
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    if lengths == 0.0:
        raise ValueError("cosine_similarity: a zero vector has no direction")
    # Rounding can leave the quotient a hair outside [-1, 1], where arccos is not defined.
    return float(np.clip(a @ b / lengths, -1.0, 1.0))


def angle(a: ArrayLike, b: ArrayLike) -> float:
    """Angle between two vectors in degrees, from 0 to 180.

    >>> round(angle([-5, 0], [1, 0.5]), 1)
    153.4
    """
    return float(np.degrees(np.arccos(cosine_similarity(a, b))))


@dataclass(frozen=True)
class Update:
    """One update: which example was misclassified, and the weights before and after."""

    index: int
    before: Array
    after: Array


@dataclass
class Perceptron:
    """The perceptron learning algorithm (Rosenblatt 1958).

    While an example is misclassified, take one and set `w <- w + eta (y - y_hat) x`. With labels +1 and -1
    the factor is 2 eta for a missed positive and -2 eta for a missed negative. `fit` goes through the examples
    in order, or in a new random order each epoch when `rng` is given, until an epoch has no error or
    `max_epochs` have passed. `converged` says which of the two it was; `path` holds every update.

    >>> X = with_bias([[2.0, 0.0], [0.0, 2.0], [-1.0, 0.0], [0.0, -2.0]])
    >>> model = Perceptron().fit(X, [1, 1, -1, -1])
    >>> model.converged, model.predict(X)
    (True, array([ 1.,  1., -1., -1.]))
    """

    eta: float = 1.0
    max_epochs: int = 1000
    w: Array = field(default_factory=lambda: np.empty(0))
    path: list[Update] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)
    converged: bool = False

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        w0: ArrayLike | None = None,
        rng: np.random.Generator | None = None,
    ) -> Perceptron:
        """Learn from `X` (N, d) and labels `y` (N,) of +1 and -1, from `w0` (d,) or from zero; returns self."""
        X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
        if X.ndim != 2 or len(X) == 0:
            raise ValueError(f"Perceptron.fit: X must have shape (N, d) with N > 0, got {X.shape}")
        if y.shape != (len(X),):
            raise ValueError(f"Perceptron.fit: y must have shape ({len(X)},), got {y.shape}")
        if not np.isin(y, (-1.0, 1.0)).all():
            raise ValueError("Perceptron.fit: labels must be +1 and -1 (turn 0/1 into 2 y - 1)")
        if self.eta <= 0:
            raise ValueError(f"Perceptron: eta must be positive, got {self.eta}")
        self.w = np.zeros(X.shape[1]) if w0 is None else np.array(w0, dtype=float)
        if self.w.shape != (X.shape[1],):
            raise ValueError(f"Perceptron.fit: w0 must have shape ({X.shape[1]},), got {self.w.shape}")
        self.path, self.errors, self.converged = [], [], False
        for _ in range(self.max_epochs):
            order = np.arange(len(X)) if rng is None else rng.permutation(len(X))
            missed = 0
            for i in order:
                y_hat = 1.0 if self.w @ X[i] > 0 else -1.0
                if y_hat != y[i]:
                    after = self.w + self.eta * (y[i] - y_hat) * X[i]
                    self.path.append(Update(int(i), self.w, after))
                    self.w = after
                    missed += 1
            self.errors.append(missed)
            if missed == 0:
                self.converged = True
                break
        return self

    def score(self, X: ArrayLike) -> Array:
        """The weighted sums w^T x of the rows of `X`, shape (N,)."""
        return np.asarray(X, dtype=float) @ self.w

    def predict(self, X: ArrayLike) -> Array:
        """sgn(w^T x) for every row of `X`: +1 or -1, shape (N,)."""
        return sgn(self.score(X))

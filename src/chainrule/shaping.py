"""Operations that move entries about: shapes, axes, indexing, joining, selecting (chapter 6).

All are linear, and the pullback of each is another one of them. NumPy functions appear only where the operands are
known to be plain arrays, so that every operation can itself be differentiated again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.primitives import as_array, primitive
from chainrule.tape import ShapeError

__all__ = [
    "as_array",
    "astype",
    "broadcast_to",
    "concat",
    "embedding",
    "getitem",
    "is_plain",
    "plain",
    "reshape",
    "scatter",
    "stack",
    "swapaxes",
    "tangent_like",
    "transpose",
    "where",
    "zeros_like",
]


def plain(x: Any) -> Any:
    """The array inside any nesting of tensors and duals."""
    while hasattr(x, "_level"):
        x = x.data if hasattr(x, "data") else x.primal
    return x


def is_plain(*xs: Any) -> bool:
    """Whether none of the operands is a tensor or a dual."""
    return not any(hasattr(x, "_level") for x in xs)


def zeros_like(x: Any) -> np.ndarray:
    """A plain array of zeros of the shape of x and its dtype, float64 for integers."""
    return np.zeros(x.shape, x.dtype if x.dtype.kind in "fc" else float)


def tangent_like(tangent: Any, primal: Any) -> Any:
    """The tangent with the shape and floating dtype of the primal, an array."""
    dtype = primal.dtype if primal.dtype.kind in "fc" else np.dtype(float)
    if not hasattr(tangent, "dtype"):
        tangent = np.asarray(tangent, dtype)
    if tangent.dtype != dtype:
        tangent = tangent.astype(dtype)
    if tangent.shape == primal.shape:
        return tangent
    try:
        return broadcast_to(tangent, primal.shape)
    except ValueError:
        raise ShapeError(f"Dual: a tangent of shape {tangent.shape} for a primal of shape {primal.shape}") from None


@primitive(linear=True)
def broadcast_to(a: Any, shape: tuple[int, ...]) -> Any:
    """`a` repeated along new axes and axes of length 1 until it has `shape` (a read-only view).

    >>> broadcast_to(np.array([1.0, 2.0]), (2, 2))
    array([[1., 2.],
           [1., 2.]])
    """
    # The engine sums a gradient over the axes that were broadcast.
    return np.broadcast_to(a, shape) if is_plain(a) else broadcast_to(a, shape), (lambda g: g,)


@primitive(linear=True)
def reshape(a: Any, shape: int | Sequence[int]) -> Any:
    """The same entries, in the same order, in another shape; one length may be -1.

    >>> reshape(np.arange(6.0), (2, -1)).shape
    (2, 3)
    """
    a = as_array(a)
    before = a.shape
    return a.reshape(shape), (lambda g: g.reshape(before),)


@primitive(linear=True)
def transpose(a: Any, axes: Sequence[int] | None = None) -> Any:
    """The axes in another order, reversed if no order is given.

    >>> transpose(np.ones((2, 3, 4)), (0, 2, 1)).shape
    (2, 4, 3)
    """
    a = as_array(a)
    if axes is None:
        return a.T, (lambda g: g.T,)
    back = tuple(int(i) for i in np.argsort([axis % a.ndim for axis in axes]))
    return a.transpose(axes), (lambda g: g.transpose(back),)


@primitive(linear=True)
def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged.

    >>> swapaxes(np.ones((2, 3, 4)), -1, -2).shape
    (2, 4, 3)
    """
    a = as_array(a)
    return a.swapaxes(axis1, axis2), (lambda g: g.swapaxes(axis1, axis2),)


@primitive
def astype(a: Any, dtype: Any) -> Any:
    """The entries converted to `dtype`; a gradient is converted back. Conversion to integers has derivative 0."""
    floating = np.dtype(dtype).kind in "fc"
    return as_array(a).astype(dtype), ((lambda g: g) if floating else None,)


@primitive(linear=True)
def getitem(a: Any, index: Any) -> Any:
    """`a[index]` with NumPy's meaning: slices, integers, None, ..., boolean and integer arrays.

    An entry selected several times receives the sum of their gradients.

    >>> getitem(np.arange(5.0), np.array([3, 3, 0]))
    array([3., 3., 0.])
    """
    a = as_array(a)
    index = tuple(plain(i) for i in index) if isinstance(index, tuple) else plain(index)
    shape = a.shape
    try:
        out = a[index]
    except IndexError as error:
        raise IndexError(f"getitem: {shape}: {error}") from None
    return out, (lambda g: scatter(g, index, shape),)


@primitive(linear=True)
def scatter(a: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """The transpose of `getitem`: zeros of `shape`, with the entries of `a` added at `index`.

    >>> scatter(np.array([1.0, 2.0, 4.0]), np.array([3, 3, 0]), (5,))
    array([4., 0., 0., 3., 0.])
    """
    if not is_plain(a):
        return scatter(a, index, shape), (lambda g: g[index],)
    out = np.zeros(shape, a.dtype)
    if all(i is None or i is Ellipsis or isinstance(i, (int, np.integer, slice)) for i in _parts(index)):
        out[index] = a  # basic indexing selects no entry twice
    elif isinstance(index, np.ndarray) and index.dtype.kind in "iu" and index.size:
        _add_rows(out, index.ravel(), a.reshape(index.size, *shape[1:]))
    else:
        np.add.at(out, index, a)
    return out, (lambda g: g[index],)


def _add_rows(out: np.ndarray, index: np.ndarray, rows: np.ndarray) -> None:
    """Add each row to the row of `out` it belongs to: sorted by target and summed in runs, faster than `np.add.at`."""
    target = index.astype(np.intp)
    target[target < 0] += len(out)
    order = np.argsort(target, kind="stable")
    target = target[order]
    first = np.flatnonzero(np.diff(target, prepend=target[0] - 1))  # where each run of equal targets begins
    out[target[first]] = np.add.reduceat(rows[order], first, axis=0)


def _parts(index: Any) -> tuple[Any, ...]:
    return index if isinstance(index, tuple) else (index,)


def embedding(weight: Any, index: Any) -> Any:
    """The rows `weight[index]`: `(V, D)` and integers of any shape `(...)` give `(..., D)`.

    Raises
    ------
    TypeError
        If `index` does not hold integers.
    IndexError
        If an index is not in 0 .. V - 1.

    >>> embedding(np.eye(3), np.array([2, 0]))
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    index = np.asarray(plain(index))
    if index.dtype.kind not in "iu":
        raise TypeError(f"embedding: expected index to hold integers, got dtype {index.dtype}")
    rows = weight.shape[0]
    if index.size and not (index.min() >= 0 and index.max() < rows):
        bad = index.max() if index.max() >= rows else index.min()
        raise IndexError(f"embedding: index {bad} is out of range for {rows} rows")
    return getitem(weight, index)


def concat(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Arrays joined along an existing axis.

    >>> concat([np.ones((2, 1)), np.zeros((2, 2))], axis=1).shape
    (2, 3)
    """
    if len(arrays) == 0:
        raise ShapeError("concat: expected at least one array, got none")
    return _concat(*arrays, axis=axis)


@primitive
def _concat(*arrays: Any, axis: int) -> Any:
    arrays = tuple([as_array(array) for array in arrays])
    out = np.concatenate(arrays, axis) if is_plain(*arrays) else _concat(*arrays, axis=axis)
    where_to, start = [], 0
    for array in arrays:
        stop = start + array.shape[axis]
        where_to.append((slice(None),) * (axis % out.ndim) + (slice(start, stop),))
        start = stop
    return out, tuple([lambda g, index=index: g[index] for index in where_to])


def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Arrays of one shape joined along a new axis.

    >>> stack([np.ones(3), np.zeros(3)], axis=1).shape
    (3, 2)
    """
    if len(arrays) == 0:
        raise ShapeError("stack: expected at least one array, got none")
    return _stack(*arrays, axis=axis)


@primitive
def _stack(*arrays: Any, axis: int) -> Any:
    arrays = tuple(as_array(array) for array in arrays)
    out = np.stack(arrays, axis) if is_plain(*arrays) else _stack(*arrays, axis=axis)
    before = (slice(None),) * (axis % out.ndim)
    return out, tuple([lambda g, i=i: g[(*before, i)] for i in range(len(arrays))])


def where(condition: Any, a: Any, b: Any) -> Any:
    """`a` where the condition holds and `b` elsewhere; the condition has no gradient.

    >>> where(np.array([True, False]), 1.0, np.array([5.0, 6.0]))
    array([1., 6.])
    """
    return _where(a, b, condition=plain(condition))


@primitive
def _where(a: Any, b: Any, *, condition: Any) -> Any:
    if is_plain(a, b):
        dtype = np.result_type(a, b)
        out = np.where(condition, np.asarray(a, dtype), np.asarray(b, dtype))
    else:
        out = _where(a, b, condition=condition)
    # Selecting, not multiplying by 0, so that an infinite gradient on the branch not taken stays out.
    return out, (lambda g: where(condition, g, 0.0), lambda g: where(condition, 0.0, g))

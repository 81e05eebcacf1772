"""Operations on whole arrays, each with its pullbacks (chapters 6 to 9).

Every function takes arrays, tensors and duals. The bodies are written with operators, array methods and
functions of this package, so that they can themselves be differentiated (second derivatives). The operations
that move entries about without computing are in `shaping`, and can be imported from here.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.primitives import primitive
from chainrule.rules import exp, log, sqrt
from chainrule.shaping import (
    as_array,
    astype,
    broadcast_to,
    concat,
    embedding,
    getitem,
    plain,
    reshape,
    scatter,
    stack,
    swapaxes,
    tangent_like,
    transpose,
    where,
    zeros_like,
)
from chainrule.tape import ShapeError

__all__ = [
    "astype",
    "broadcast_to",
    "concat",
    "embedding",
    "getitem",
    "log_softmax",
    "logsumexp",
    "matmul",
    "max",
    "mean",
    "min",
    "norm",
    "plain",
    "reshape",
    "scatter",
    "softmax",
    "stack",
    "sum",
    "swapaxes",
    "tangent_like",
    "transpose",
    "where",
    "zeros_like",
]


Axis = int | tuple[int, ...] | None


def _swapped(a: Any) -> Any:
    return a.swapaxes(-1, -2)


@primitive(linear=True)
def matmul(a: Any, b: Any) -> Any:
    """The matrix product a @ b.

    Shapes `(..., n, k) @ (..., k, m) -> (..., n, m)`, where the leading axes broadcast; an operand with one axis is a
    vector, as in NumPy.

    Raises
    ------
    ShapeError
        If an operand has no axes, or the inner sizes differ.

    >>> import numpy as np
    >>> matmul(np.ones((2, 3)), np.ones((3, 4))).shape
    (2, 4)
    """
    a, b = as_array(a), as_array(b)
    if a.ndim == 0 or b.ndim == 0:
        raise ShapeError(f"matmul: {a.shape} @ {b.shape}: operands need at least one axis; use * to scale by a number")
    inner, other = a.shape[-1], b.shape[-2 if b.ndim > 1 else 0]
    if inner != other:
        raise ShapeError(f"matmul: {a.shape} @ {b.shape}: inner sizes {inner} and {other} differ")
    if b.ndim == 1:
        return a @ b, (
            lambda g: g[..., None] * b,
            lambda g: (_swapped(a) @ g[..., None])[..., 0] if a.ndim > 1 else g * a,
        )
    if a.ndim == 1:
        return a @ b, (lambda g: (b @ g[..., None])[..., 0], lambda g: a[:, None] * g[..., None, :])
    if b.ndim == 2 and a.ndim > 2:
        # One product over all leading axes instead of one for each, summed.
        (k, m), rows = b.shape, math.prod(a.shape[:-1])
        return a @ b, (lambda g: g @ b.T, lambda g: a.reshape(rows, k).T @ g.reshape(rows, m))
    return a @ b, (lambda g: g @ _swapped(b), lambda g: _swapped(a) @ g)


def _kept_axes(shape: tuple[int, ...], axis: Axis) -> tuple[int, ...]:
    """The shape after a reduction that keeps the reduced axes with length 1."""
    if axis is None:
        return (1,) * len(shape)
    reduced = {i % (len(shape) or 1) for i in (axis if isinstance(axis, tuple) else (axis,))}
    return tuple(1 if i in reduced else n for i, n in enumerate(shape))


@primitive(linear=True)
def sum(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The sum of the entries over `axis`, a number, a tuple of them, or None for all.

    The reduced axes are dropped, or kept with length 1 if `keepdims`.

    >>> import numpy as np
    >>> sum(np.ones((2, 3)), axis=0)
    array([2., 2., 2.])
    """
    a = as_array(a)
    shape, kept = a.shape, _kept_axes(a.shape, axis)
    return a.sum(axis=axis, keepdims=keepdims), (lambda g: broadcast_to(g.reshape(kept), shape),)


@primitive(linear=True)
def mean(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The mean of the entries over `axis`; arguments as for `sum`.

    >>> import numpy as np
    >>> mean(np.array([1.0, 2.0, 6.0])).item()
    3.0
    """
    a = as_array(a)
    shape, kept = a.shape, _kept_axes(a.shape, axis)
    count = math.prod(n for n, k in zip(shape, kept, strict=True) if k != n)
    out = a.sum(axis=axis, keepdims=keepdims) / count if count else a.mean(axis=axis, keepdims=keepdims)
    return out, (lambda g: broadcast_to((g / count).reshape(kept), shape),)


@primitive
def max(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The largest entry over `axis`; where several are equal, each gets an equal share of the gradient.

    Arguments as for `sum`.

    Raises
    ------
    ShapeError
        If there is no entry to take.

    >>> import numpy as np
    >>> max(np.array([[1.0, 5.0], [7.0, 2.0]]), axis=1)
    array([5., 7.])
    """
    return _extreme(as_array(a), axis, keepdims, "max")


@primitive
def min(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The smallest entry over `axis`; ties share as for `max`.

    >>> import numpy as np
    >>> min(np.array([[1.0, 5.0], [7.0, 2.0]]), axis=1)
    array([1., 2.])
    """
    return _extreme(as_array(a), axis, keepdims, "min")


def _extreme(a: Any, axis: Axis, keepdims: bool, which: str) -> Any:
    kept = _kept_axes(a.shape, axis)
    out = getattr(a, which)(axis=axis, keepdims=keepdims)
    array = plain(a)
    winners = array == plain(out).reshape(kept)
    share = winners / winners.sum(axis=axis, keepdims=True)
    if array.dtype.kind == "f":
        share = share.astype(array.dtype)
    return out, (lambda g: g.reshape(kept) * share,)


@primitive
def norm(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The Euclidean norm, the root of the sum of squares over `axis`; its gradient at 0 is 0.

    Arguments as for `sum`. (There is no tangent of a norm at 0 either: forward mode gives 0 too.)

    >>> import numpy as np
    >>> norm(np.array([3.0, 4.0])).item()
    5.0
    """
    a = as_array(a)
    kept = _kept_axes(a.shape, axis)
    squares = (a * a).sum(axis=axis, keepdims=True)
    zero = plain(squares) == 0
    # Where all entries are 0 they are divided by 1 instead of by the norm.
    root = sqrt(squares + zero) if zero.any() else sqrt(squares)
    out = root - zero if zero.any() else root
    return (out if keepdims else _without(out, kept, axis)), (lambda g: g.reshape(kept) * (a / root),)


def _without(a: Any, kept: tuple[int, ...], axis: Axis) -> Any:
    if axis is None:
        return a.reshape(())
    reduced = {i % (len(kept) or 1) for i in (axis if isinstance(axis, tuple) else (axis,))}
    return a.reshape(tuple(n for i, n in enumerate(a.shape) if i not in reduced))


@primitive
def softmax(a: Any, axis: int = -1) -> Any:
    """exp(a_i) / sum_j exp(a_j) along `axis`, with the largest entry subtracted first so that nothing overflows.

    >>> import numpy as np
    >>> softmax(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    a = as_array(a)
    e = exp(a - plain(a).max(axis=axis, keepdims=True))
    y = e / e.sum(axis=axis, keepdims=True)
    return y, (lambda g: y * (g - (g * y).sum(axis=axis, keepdims=True)),)


@primitive
def log_softmax(a: Any, axis: int = -1) -> Any:
    """log softmax(a) = a - logsumexp(a) along `axis`, finite where softmax underflows.

    >>> import numpy as np
    >>> log_softmax(np.array([0.0, 1000.0]))
    array([-1000.,     0.])
    """
    a = as_array(a)
    shifted = a - plain(a).max(axis=axis, keepdims=True)
    y = shifted - log(exp(shifted).sum(axis=axis, keepdims=True))
    return y, (lambda g: g - exp(y) * g.sum(axis=axis, keepdims=True),)


@primitive
def logsumexp(a: Any, axis: Axis = -1, keepdims: bool = False) -> Any:
    """log sum_j exp(a_j) along `axis`, without overflow.

    >>> import numpy as np
    >>> round(logsumexp(np.array([1000.0, 1000.0])).item() - 1000, 6)
    0.693147
    """
    a = as_array(a)
    kept = _kept_axes(a.shape, axis)
    largest = plain(a).max(axis=axis, keepdims=True)
    # Infinity is left to exp and log, for inf - inf has no value: the sum may be 0 or infinite.
    largest = np.where(np.isfinite(largest), largest, 0)
    y = largest + log(exp(a - largest).sum(axis=axis, keepdims=True))
    return (y if keepdims else _without(y, kept, axis)), (lambda g: g.reshape(kept) * exp(a - y),)

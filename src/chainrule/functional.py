"""What layers compute, as functions of their parameters (chapters 7 and 9).

The hot ones come twice: a composite to read, which is also what runs in forward mode and for second derivatives, and
a fused version with its gradients worked out by hand. They agree to 1e-12.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.fusion import can_fuse
from chainrule.rules import sqrt
from chainrule.tensor import ShapeError, primitive

__all__ = ["dropout", "layer_norm", "layer_norm_composite", "linear", "linear_composite"]


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """An affine map of the last axis: z = x W^T + b, a row of `weight` for each unit.

    Parameters
    ----------
    input
        Shape (..., units in).
    weight
        Shape (units out, units in).
    bias
        Shape (units out), or None.

    Returns
    -------
    z
        Shape (..., units out).

    Raises
    ------
    ShapeError
        If the sizes do not fit; the message gives them.

    Examples
    --------
    >>> linear(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]]), np.array([0.5, 0.0]))
    array([[11.5, 17. ]])
    """
    if input.ndim == 0 or weight.ndim != 2 or input.shape[-1] != weight.shape[1]:
        raise ShapeError(
            f"linear: input of shape {input.shape} and weight of shape {weight.shape}: "
            f"expected input (..., {weight.shape[-1] if weight.ndim else 1})"
        )
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ShapeError(f"linear: bias of shape {bias.shape}, expected {weight.shape[:1]}")
    if not can_fuse(input, weight, bias):
        return linear_composite(input, weight, bias)
    return _linear(input, weight) if bias is None else _linear(input, weight, bias)


def linear_composite(input: Any, weight: Any, bias: Any = None) -> Any:
    """`linear` as its formula reads.

    >>> linear_composite(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]))
    array([[11.]])
    """
    z = ops.matmul(input, ops.transpose(weight))
    return z if bias is None else z + bias


@primitive
def _linear(x: Any, weight: Any, *bias: Any) -> Any:
    """The bias is added in place, and the gradient of W comes out with W's own memory layout."""
    rows = x if x.ndim == 2 else x.reshape(-1, x.shape[-1])
    z = rows @ weight.T
    if bias:
        z += bias[0]

    def flat(g: Any) -> Any:
        return g if g.ndim == 2 else g.reshape(-1, len(weight))

    pullbacks = (
        lambda g: (flat(g) @ weight).reshape(x.shape),
        lambda g: flat(g).T @ rows,
        # A product with ones adds up rows faster than a sum over the first axis does.
        lambda g: np.ones(len(rows), g.dtype) @ flat(g),
    )
    return z.reshape(*x.shape[:-1], len(weight)), pullbacks[: 2 + len(bias)]


def layer_norm(
    input: Any, normalized_shape: Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """Each example shifted and scaled to mean 0 and variance 1, then y = x_hat weight + bias.

    x_hat = (x - mean) / sqrt(var + eps), with mean and (biased) variance over the last axes. Ba, Kiros and Hinton 2016.

    Parameters
    ----------
    input
        Shape (..., *normalized_shape).
    normalized_shape
        The lengths of the axes that are normalised together.
    weight, bias
        Shape normalized_shape, or None.
    eps
        Keeps the root away from 0.

    Raises
    ------
    ShapeError
        If the shapes do not fit.

    Examples
    --------
    >>> layer_norm(np.array([[1.0, 3.0]]), (2,), eps=0.0)
    array([[-1.,  1.]])
    """
    shape = tuple(normalized_shape)
    if not shape or input.shape[-len(shape) :] != shape:
        raise ShapeError(f"layer_norm: input of shape {input.shape}, expected (..., {', '.join(map(str, shape))})")
    for name, parameter in (("weight", weight), ("bias", bias)):
        if parameter is not None and parameter.shape != shape:
            raise ShapeError(f"layer_norm: {name} of shape {parameter.shape}, expected {shape}")
    if weight is not None and bias is not None and can_fuse(input, weight, bias):
        return _layer_norm(input, weight, bias, eps=eps)
    return layer_norm_composite(input, shape, weight, bias, eps)


def layer_norm_composite(
    input: Any, normalized_shape: Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """`layer_norm` as its formula reads.

    >>> layer_norm_composite(np.array([[1.0, 3.0]]), (2,), eps=0.0)
    array([[-1.,  1.]])
    """
    axes = tuple(range(-len(normalized_shape), 0))
    centred = input - ops.mean(input, axes, keepdims=True)
    variance = ops.mean(centred * centred, axes, keepdims=True)
    y = centred / sqrt(variance + eps)
    y = y if weight is None else y * weight
    return y if bias is None else y + bias


@primitive
def _layer_norm(x: Any, weight: Any, bias: Any, *, eps: float) -> Any:
    size = math.prod(weight.shape)
    rows = x.reshape(-1, size)
    hat = rows - rows.sum(axis=1, keepdims=True) / size
    scale = np.einsum("ij,ij->i", hat, hat)[:, None] / size
    scale += eps
    np.sqrt(scale, out=scale)
    np.divide(1, scale, out=scale)
    hat *= scale
    y = hat * weight.reshape(-1)
    y += bias.reshape(-1)

    def to_x(g: Any) -> Any:
        # What of g lies along the directions that normalisation takes out does not reach x.
        d = g.reshape(-1, size) * weight.reshape(-1)
        along = np.einsum("ij,ij->i", d, hat)[:, None] / size
        d -= d.sum(axis=1, keepdims=True) / size
        d -= hat * along
        d *= scale
        return d.reshape(x.shape)

    def to_weight(g: Any) -> Any:
        return np.einsum("ij,ij->j", g.reshape(-1, size), hat).reshape(weight.shape)

    def to_bias(g: Any) -> Any:
        return g.reshape(-1, size).sum(axis=0).reshape(weight.shape)

    return y.reshape(x.shape), (to_x, to_weight, to_bias)


def dropout(input: Any, p: float, rng: np.random.Generator) -> Any:
    """Each entry 0 with probability p, else divided by 1 - p, so that its expected value stays.

    Srivastava and others 2014, with the inverted scaling that leaves nothing to do at inference.

    Raises
    ------
    ValueError
        If p is not in [0, 1).

    Examples
    --------
    >>> sorted(set(dropout(np.ones(100), 0.5, np.random.default_rng(0)).tolist()))
    [0.0, 2.0]
    """
    if not 0 <= p < 1:
        raise ValueError(f"p: expected a probability of at least 0 and below 1, got {p}")
    dtype = input.dtype if input.dtype.kind == "f" else np.dtype(float)
    mask = (rng.random(input.shape) >= p).astype(dtype)
    mask /= 1 - p
    return input * mask

"""Attention on arrays in one operation, forward and backward (chapter 13).

`attention` has the same from its parts. Here scores, weights and their gradients reuse one piece of memory each, and
the gradient of the softmax takes its sum over features instead of over keys.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.primitives import primitive

__all__ = ["attention", "self_attention"]


def weigh(query: np.ndarray, key: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """`attention_weights` on arrays, in one piece of memory."""
    p = query @ key.swapaxes(-1, -2)
    p *= 1 / math.sqrt(query.shape[-1])
    if mask is not None:
        p += mask
    p -= p.max(axis=-1, keepdims=True)
    np.exp(p, out=p)
    p /= p.sum(axis=-1, keepdims=True)
    return p


def score_gradient(p: np.ndarray, dp: np.ndarray, g: np.ndarray, out: np.ndarray, features: int) -> np.ndarray:
    """From the gradient of the weights, in place, to that of Q K^T: p (dp - sum_s p dp) / sqrt(d).

    The sum over keys equals g . out, which is over features and shorter. (Dropped weights do not change this.)
    """
    dp -= (g * out).sum(axis=-1, keepdims=True)
    dp *= p
    dp *= 1 / math.sqrt(features)
    return dp


@primitive
def attention(query: Any, key: Any, value: Any, *, mask: np.ndarray | None) -> Any:
    """See `attention.attention`; the mask holds numbers."""
    p = weigh(query, key, mask)
    out = p @ value

    def pullback(g: np.ndarray, needs: tuple[bool, ...]) -> tuple[Any, ...]:
        ds = score_gradient(p, g @ value.swapaxes(-1, -2), g, out, query.shape[-1])
        return ds @ key, ds.swapaxes(-1, -2) @ query, p.swapaxes(-1, -2) @ g

    return out, pullback


@primitive
def self_attention(qkv: Any, *, heads: int, mask: np.ndarray | None, keep: np.ndarray | None) -> Any:
    """See `attention.self_attention`. Heads are views: no array is split or joined by copying."""
    b, t, width = qkv.shape
    d = width // (3 * heads)

    def parts(array: np.ndarray) -> Any:
        return array.reshape(b, t, 3, heads, d).transpose(2, 0, 3, 1, 4)

    q, k, v = parts(qkv)
    p = weigh(q, k, mask)
    kept = p if keep is None else p * keep
    out = np.empty((b, t, heads, d), qkv.dtype)
    np.matmul(kept, v, out=out.transpose(0, 2, 1, 3))

    def pullback(g: np.ndarray) -> np.ndarray:
        g = g.reshape(b, t, heads, d).transpose(0, 2, 1, 3)
        gradient = np.empty((b, t, width), qkv.dtype)
        dq, dk, dv = parts(gradient)
        np.matmul(kept.swapaxes(-1, -2), g, out=dv)
        dp = g @ v.swapaxes(-1, -2)
        if keep is not None:
            dp *= keep
        ds = score_gradient(p, dp, g, out.transpose(0, 2, 1, 3), d)
        np.matmul(ds, k, out=dq)
        np.matmul(ds.swapaxes(-1, -2), q, out=dk)
        return gradient

    return out.reshape(b, t, heads * d), (pullback,)

"""Attention, and the Transformer block made of it (chapter 13).

Sizes: B sequences of T tokens with D = d_model numbers each, H heads of D / H. `attention_composite` is the formula in
three lines; `attention` computes the same in one operation, and so does `self_attention`, which takes the queries, keys
and values of all heads as one product of the input leaves them. A boolean mask is True where attention is forbidden, as
in PyTorch's MultiheadAttention.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule import attention_fused, functional, init, ops, rules
from chainrule.fusion import can_fuse
from chainrule.layers import Dropout, LayerNorm, Linear, checked_sizes, parameter
from chainrule.module import Module
from chainrule.tape import ShapeError

__all__ = [
    "MultiheadAttention",
    "TransformerEncoderLayer",
    "attention",
    "attention_composite",
    "attention_weights",
    "causal_mask",
    "positional_encoding",
    "self_attention",
]

Generator = np.random.Generator


def causal_mask(length: int) -> np.ndarray:
    """True above the diagonal, (T, T): no token may attend to a later one.

    >>> causal_mask(3).astype(int)
    array([[0, 1, 1],
           [0, 0, 1],
           [0, 0, 0]])
    """
    checked_sizes(length=length)
    return np.triu(np.ones((length, length), bool), 1)


def positional_encoding(length: int, d_model: int) -> np.ndarray:
    """Sines and cosines that tell positions apart, (T, D): PE[t, 2i] = sin(w t), PE[t, 2i + 1] = cos(w t).

    The frequency is w = 10000^(-2i / D): wavelengths grow from 2 pi to 10000 * 2 pi.

    Raises
    ------
    ValueError
        If a size is below 1 or d_model is odd.

    References
    ----------
    Vaswani et al. (2017), section 3.5.

    >>> positional_encoding(2, 4).round(3)
    array([[0.   , 1.   , 0.   , 1.   ],
           [0.841, 0.54 , 0.01 , 1.   ]])
    """
    checked_sizes(length=length, d_model=d_model)
    if d_model % 2:
        raise ValueError(f"d_model: expected an even number, sines and cosines come in pairs, got {d_model}")
    frequency = 10000.0 ** (-np.arange(0, d_model, 2) / d_model)
    angle = np.arange(length)[:, None] * frequency
    return np.stack([np.sin(angle), np.cos(angle)], axis=2).reshape(length, d_model)


def as_numbers(mask: Any) -> np.ndarray:
    """A mask as numbers to add to the scores: minus infinity where a boolean one is True."""
    mask = np.asarray(ops.plain(mask))
    return np.where(mask, -np.inf, 0.0) if mask.dtype == bool else mask


def additive(mask: Any, shape: tuple[int, ...], dtype: Any) -> np.ndarray | None:
    """`as_numbers`, after checking that the mask fits scores of `shape` and leaves each query a key."""
    if mask is None:
        return None
    mask = as_numbers(mask)
    try:
        np.broadcast_to(mask, shape)
    except ValueError:
        raise ShapeError(f"attention: mask of shape {mask.shape} does not fit scores of shape {shape}") from None
    if np.isneginf(mask).all(axis=-1).any():
        raise ValueError(f"attention: the mask of shape {mask.shape} leaves a query no key to attend to")
    return mask.astype(dtype)


def score_shape(query: Any, key: Any, value: Any) -> tuple[int, ...]:
    """The shape of the scores, (..., T, S), after checking that queries, keys and values fit together."""
    shapes = f"query {query.shape}, key {key.shape}, value {value.shape}"
    if min(len(query.shape), len(key.shape), len(value.shape)) < 2:
        raise ShapeError(f"attention: {shapes}: expected at least two axes each, (..., tokens, features)")
    if query.shape[-1] != key.shape[-1]:
        raise ShapeError(f"attention: {shapes}: expected query and key to have equally many features")
    if key.shape[-2] != value.shape[-2]:
        raise ShapeError(f"attention: {shapes}: expected a value for each key")
    if not query.shape[:-2] == key.shape[:-2] == value.shape[:-2]:
        raise ShapeError(f"attention: {shapes}: expected equal leading axes")
    return (*query.shape[:-1], key.shape[-2])


def attention_weights(query: Any, key: Any, mask: Any = None) -> Any:
    """How much each query attends to each key: softmax(Q K^T / sqrt(d) + mask), rows sum to 1.

    Shapes: query (..., T, d), key (..., S, d), mask broadcasts to (..., T, S); returns (..., T, S).

    >>> attention_weights(np.zeros((2, 4)), np.ones((2, 4)), causal_mask(2))
    array([[1. , 0. ],
           [0.5, 0.5]])
    """
    shape = score_shape(query, key, key)
    scores = ops.matmul(query, ops.swapaxes(key, -1, -2)) * (1 / math.sqrt(query.shape[-1]))
    extra = additive(mask, shape, scores.dtype)
    return ops.softmax(scores if extra is None else scores + extra)


def attention_composite(query: Any, key: Any, value: Any, mask: Any = None) -> Any:
    """`attention` as its formula reads."""
    score_shape(query, key, value)
    return ops.matmul(attention_weights(query, key, mask), value)


def attention(query: Any, key: Any, value: Any, mask: Any = None) -> Any:
    """Scaled dot-product attention: softmax(Q K^T / sqrt(d) + mask) V, a weighted mean of values for each query.

    Parameters
    ----------
    query, key, value
        Shapes (..., T, d), (..., S, d), (..., S, e), with equal leading axes.
    mask
        Broadcasts to (..., T, S): booleans, True where attention is forbidden, or numbers added to the scores.

    Returns
    -------
    mixed
        (..., T, e).

    Raises
    ------
    ShapeError
        If shapes do not fit.
    ValueError
        If the mask forbids a query every key.

    References
    ----------
    Vaswani et al. (2017), equation 1.

    >>> attention(np.zeros((1, 2)), np.ones((2, 2)), np.array([[1.0], [3.0]]))
    array([[2.]])
    """
    shape = score_shape(query, key, value)
    if query.dtype.kind != "f" or not can_fuse(query, key, value):
        return attention_composite(query, key, value, mask)
    return attention_fused.attention(query, key, value, mask=additive(mask, shape, query.dtype))


def self_attention(qkv: Any, heads: int, mask: Any = None, keep: np.ndarray | None = None) -> Any:
    """Attention of each head over its own queries, keys and values: (B, T, 3D) to (B, T, D).

    The last axis of `qkv` holds queries, keys and values, and in each the heads one after the other. `keep`,
    (B, H, T, T), multiplies the weights (dropout). Masks as in `attention`, for scores (B, H, T, T).

    Raises
    ------
    ShapeError
        If the last axis does not split, or the mask does not fit.

    >>> self_attention(np.ones((1, 3, 12)), heads=2).shape
    (1, 3, 4)
    """
    if len(qkv.shape) != 3 or qkv.shape[2] % (3 * heads):
        raise ShapeError(
            f"self_attention: input of shape {qkv.shape}, expected (B, T, 3 D) with D divisible by {heads}"
        )
    b, t, _ = qkv.shape
    extra = additive(mask, (b, heads, t, t), qkv.dtype)
    run = attention_fused.self_attention if can_fuse(qkv) else self_attention_composite
    return run(qkv, heads=heads, mask=extra, keep=keep)


def self_attention_composite(qkv: Any, heads: int, mask: Any = None, keep: np.ndarray | None = None) -> Any:
    """`self_attention` from its parts: split, weigh, mix, join."""
    (b, t, width), d = qkv.shape, qkv.shape[2] // (3 * heads)
    split = ops.transpose(ops.reshape(qkv, (b, t, 3, heads, d)), (2, 0, 3, 1, 4))  # (3, B, H, T, D / H)
    weights = attention_weights(split[0], split[1], mask)
    mixed = ops.matmul(weights if keep is None else weights * keep, split[2])  # (B, H, T, D / H)
    return ops.reshape(ops.transpose(mixed, (0, 2, 1, 3)), (b, t, width // 3))


class MultiheadAttention(Module):
    """Attention in `num_heads` subspaces at once: each head attends on its own D / H features, `out_proj` mixes them.

    `in_proj_weight`, (3 D, D), holds the maps to queries, keys and values; it starts Xavier-uniform, biases at 0.
    `forward(query, key, value)` takes (T, B, D), (S, B, D), (S, B, D), or (B, T, D), ... with batch_first, and returns
    (output, weights) with weights (B, T, S), the mean over heads, (B, H, T, S) if not average_attn_weights, or None if
    not need_weights, which is faster.

    Masks are booleans, True where attention is forbidden, or numbers to add: key_padding_mask (B, S), attn_mask (T, S)
    or (B H, T, S).

    Raises
    ------
    ShapeError
        If shapes do not fit.
    ValueError
        If num_heads does not divide embed_dim, or the masks leave a query no key.

    References
    ----------
    Vaswani et al. (2017), section 3.2.2.

    >>> layer = MultiheadAttention(8, 2, batch_first=True, rng=np.random.default_rng(0))
    >>> x = np.ones((1, 3, 8))
    >>> output, weights = layer(x, x, x, attn_mask=causal_mask(3))
    >>> output.shape, weights.data[0].round(2)
    ((1, 3, 8), array([[1.  , 0.  , 0.  ],
           [0.5 , 0.5 , 0.  ],
           [0.33, 0.33, 0.33]]))
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        batch_first: bool = False,
        *,
        rng: Generator | None = None,
    ) -> None:
        checked_sizes(embed_dim=embed_dim, num_heads=num_heads)
        if embed_dim % num_heads:
            raise ValueError(f"num_heads: expected a divisor of embed_dim {embed_dim}, got {num_heads}")
        if not 0 <= dropout < 1:
            raise ValueError(f"dropout: expected a probability of at least 0 and below 1, got {dropout}")
        self.rng = np.random.default_rng() if rng is None else rng
        self.embed_dim, self.num_heads, self.dropout, self.batch_first = embed_dim, num_heads, dropout, batch_first
        self.in_proj_weight = parameter(init.xavier_uniform((3 * embed_dim, embed_dim), self.rng))
        self.in_proj_bias = parameter(np.zeros(3 * embed_dim)) if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias, rng=self.rng)
        if self.out_proj.bias is not None:
            self.out_proj.bias.data[:] = 0

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
    ) -> tuple[Any, Any]:
        """(output, weights)."""
        alone = query is key is value and not need_weights
        query, key, value = self.batched(query, key, value)
        mask = self.mask(key_padding_mask, attn_mask, (query.shape[0], query.shape[1], key.shape[1]))
        if alone:
            qkv = functional.linear(query, self.in_proj_weight, self.in_proj_bias)
            mixed = self_attention(qkv, self.num_heads, mask, self.keep(query, key))
            return self.swapped(self.out_proj(mixed)), None
        q, k, v = self.project(query, key, value)  # (B, H, T, D / H)
        keep = self.keep(query, key)
        weights = attention_weights(q, k, mask) if keep is None else attention_weights(q, k, mask) * keep
        mixed = ops.reshape(ops.transpose(ops.matmul(weights, v), (0, 2, 1, 3)), query.shape)
        if not need_weights:
            weights = None
        elif average_attn_weights:
            weights = ops.mean(weights, axis=1)
        return self.swapped(self.out_proj(mixed)), weights

    def swapped(self, x: Any) -> Any:
        """Between the caller's order of axes and (B, T, D)."""
        return x if self.batch_first else ops.swapaxes(x, 0, 1)

    def batched(self, query: Any, key: Any, value: Any) -> tuple[Any, Any, Any]:
        """The inputs as (B, T, D), checked."""
        inputs = {"query": query, "key": key, "value": value}
        for name, x in inputs.items():
            if len(x.shape) != 3 or x.shape[2] != self.embed_dim:
                order = "B, T" if self.batch_first else "T, B"
                raise ShapeError(f"attention: {name} of shape {x.shape}, expected ({order}, {self.embed_dim})")
        q, k, v = (self.swapped(x) for x in inputs.values())
        if not q.shape[0] == k.shape[0] == v.shape[0] or k.shape[1] != v.shape[1]:
            raise ShapeError(
                f"attention: query {query.shape}, key {key.shape}, value {value.shape}: "
                "expected one batch size, and a value for each key"
            )
        return q, k, v

    def project(self, *inputs: Any) -> list[Any]:
        """Queries, keys and values of each head, (B, H, T, D / H)."""
        d, heads, found = self.embed_dim, self.num_heads, []
        for i, x in enumerate(inputs):
            rows = slice(i * d, (i + 1) * d)
            bias = None if self.in_proj_bias is None else self.in_proj_bias[rows]
            z = functional.linear(x, self.in_proj_weight[rows], bias)
            found.append(ops.transpose(ops.reshape(z, (*x.shape[:2], heads, d // heads)), (0, 2, 1, 3)))
        return found

    def mask(self, padding: Any, attn: Any, sizes: tuple[int, int, int]) -> np.ndarray | None:
        """Both masks as numbers to add to scores of shape (B, H, T, S)."""
        (b, t, s), heads, total = sizes, self.num_heads, None
        if attn is not None:
            if attn.shape not in ((t, s), (b * heads, t, s)):
                raise ShapeError(
                    f"attention: attn_mask of shape {attn.shape}, expected {(t, s)} or {(b * heads, t, s)}"
                )
            total = as_numbers(attn)
            total = total.reshape(b, heads, t, s) if total.ndim == 3 else total
        if padding is not None:
            if padding.shape != (b, s):
                raise ShapeError(f"attention: key_padding_mask of shape {padding.shape}, expected {(b, s)}")
            rows = as_numbers(padding)[:, None, None, :]
            total = rows if total is None else total + rows
        return total

    def keep(self, query: Any, key: Any) -> np.ndarray | None:
        """What dropout multiplies the weights with, in training."""
        if not (self.training and self.dropout):
            return None
        shape = (query.shape[0], self.num_heads, query.shape[1], key.shape[1])
        return functional.dropout(np.ones(shape, query.dtype), self.dropout, self.rng)

    def extra_repr(self) -> str:
        """Sizes."""
        return f"{self.embed_dim}, num_heads={self.num_heads}" + ", batch_first=True" * self.batch_first


class TransformerEncoderLayer(Module):
    """A Transformer block: attention, then two linear layers on each token, both residual and normalised.

    Post-norm (the default): x = norm1(x + attention(x)), x = norm2(x + feedforward(x)); with norm_first:
    x = x + attention(norm1(x)), x = x + feedforward(norm2(x)). feedforward(x) = linear2(activation(linear1(x))).
    Input and output (T, B, D), or (B, T, D) with batch_first; masks as in `MultiheadAttention`.

    Source: Vaswani et al. (2017), section 3.1; norm first: Xiong et al. (2020).

    Raises
    ------
    ShapeError
        If shapes do not fit.
    ValueError
        If nhead does not divide d_model, or the activation is neither relu nor gelu.

    >>> block = TransformerEncoderLayer(8, 2, dim_feedforward=16, batch_first=True, rng=np.random.default_rng(0))
    >>> block.eval()(np.ones((1, 3, 8))).shape
    (1, 3, 8)
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        *,
        rng: Generator | None = None,
    ) -> None:
        checked_sizes(dim_feedforward=dim_feedforward)
        if activation not in ("relu", "gelu"):
            raise ValueError(f"activation: expected 'relu' or 'gelu', got {activation!r}")
        rng = np.random.default_rng() if rng is None else rng
        self.activation, self.norm_first = activation, norm_first
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, batch_first=batch_first, rng=rng)
        self.linear1 = Linear(d_model, dim_feedforward, rng=rng)
        self.linear2 = Linear(dim_feedforward, d_model, rng=rng)
        self.norm1, self.norm2 = LayerNorm(d_model, layer_norm_eps), LayerNorm(d_model, layer_norm_eps)
        self.dropout, self.dropout1, self.dropout2 = (Dropout(dropout, rng=rng) for _ in range(3))

    def forward(self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None) -> Any:
        """The tokens after attention and feed-forward."""
        if self.norm_first:
            x = src + self.attend(self.norm1(src), src_mask, src_key_padding_mask)
            return x + self.feed_forward(self.norm2(x))
        x = self.norm1(src + self.attend(src, src_mask, src_key_padding_mask))
        return self.norm2(x + self.feed_forward(x))

    def attend(self, x: Any, mask: Any, padding: Any) -> Any:
        """Attention of the tokens to one another."""
        mixed, _ = self.self_attn(x, x, x, key_padding_mask=padding, attn_mask=mask, need_weights=False)
        return self.dropout1(mixed)

    def feed_forward(self, x: Any) -> Any:
        """Two linear layers on each token."""
        activation = rules.relu if self.activation == "relu" else rules.gelu
        return self.dropout2(self.linear2(self.dropout(activation(self.linear1(x)))))

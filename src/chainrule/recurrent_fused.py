"""Recurrent layers over a whole sequence, forward and backward, on arrays (chapter 12).

`recurrent` has the same layers step by step. Here the work that does not depend on the previous step is taken out of
the loop: the products of all inputs with the input weights come before it, the gradients of all weights after it. Each
gate has an array of its own, so that every step works on whole contiguous blocks, and sigma(z) = tanh(z / 2) / 2 + 1/2
lets one call of tanh serve all gates.

Sizes: T steps, B sequences, I inputs, H units, G gates. `hidden[t]` is the state before step t, `hidden[t + 1]` after.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.primitives import primitive

__all__ = ["gru", "lstm", "rnn"]

Array = np.ndarray


def blocks(weight: Array, gates: int) -> Array:
    """A weight (G H, K) as one matrix a gate that rows are multiplied with: (G, K, H)."""
    return np.ascontiguousarray(weight.reshape(gates, -1, weight.shape[1]).swapaxes(1, 2))


def input_products(x: Array, weight: Array, bias: Array, gates: int, scale: Array) -> Array:
    """What the inputs of all steps contribute to each gate: scale * (x W^T + b), (G, T, B, H)."""
    steps, batch, size = x.shape
    out = x.reshape(steps * batch, size) @ (blocks(weight, gates) * scale)
    out += bias.reshape(gates, 1, -1) * scale
    return out.reshape(gates, steps, batch, -1)


def states(h0: Array, steps: int, dtype: Any) -> Array:
    """Room for the state before the first step and after each: (T + 1, B, H)."""
    hidden = np.empty((steps + 1, *h0.shape), dtype)
    hidden[0] = h0
    return hidden


def weight_gradient(dz: Array, inputs: Array) -> Array:
    """The gradient of a weight (G H, K) from those of the gates, (G, T, B, H), and the inputs, (T, B, K)."""
    gates, *_, units = dz.shape
    flat = dz.reshape(gates, -1, units)
    return (flat.swapaxes(1, 2) @ inputs.reshape(flat.shape[1], -1)).reshape(gates * units, -1)


def bias_gradient(dz: Array) -> Array:
    """The gradient of a bias (G H,): the sum over steps and sequences."""
    return dz.sum(axis=(1, 2)).reshape(-1)


def input_gradient(dz: Array, weight: Array) -> Array:
    """The gradient of the inputs, (T, B, I): the sum over gates of dz W."""
    gates, steps, batch, units = dz.shape
    return (dz.reshape(gates, -1, units) @ weight.reshape(gates, units, -1)).sum(axis=0).reshape(steps, batch, -1)


@primitive
def rnn(x: Any, h0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    """All states of a tanh layer, (T, B, H); see `recurrent.rnn`."""
    steps = x.shape[0]
    dtype = np.result_type(x, w_ih)
    hidden = states(h0, steps, dtype)
    hidden[1:] = input_products(x, w_ih, b_ih + b_hh, 1, np.ones(1, dtype))[0]
    recurrent, product = blocks(w_hh, 1)[0], np.empty(h0.shape, dtype)
    for t in range(steps):
        h = hidden[t + 1]
        h += np.matmul(hidden[t], recurrent, out=product)
        np.tanh(h, out=h)

    def pullback(g: Array, needs: tuple[bool, ...]) -> tuple[Any, ...]:
        slope = 1 - hidden[1:] ** 2
        dz = np.empty((1, *slope.shape), dtype)
        dh = np.zeros(h0.shape, dtype)
        for t in range(steps - 1, -1, -1):
            dh += g[t]
            np.multiply(dh, slope[t], out=dz[0, t])
            np.matmul(dz[0, t], w_hh, out=dh)
        bias = bias_gradient(dz)
        return (
            input_gradient(dz, w_ih) if needs[0] else None,
            dh,
            weight_gradient(dz, x) if needs[2] else None,
            weight_gradient(dz, hidden[:-1]) if needs[3] else None,
            bias,
            bias.copy(),  # each leaf owns its gradient
        )

    return hidden[1:], pullback


@primitive
def lstm(x: Any, h0: Any, c0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    """All hidden states of an LSTM, (T, B, H), and the last cell state, (B, H); see `recurrent.lstm`."""
    steps = x.shape[0]
    dtype = np.result_type(x, w_ih)
    halves = np.array([0.5, 0.5, 1.0, 0.5], dtype).reshape(4, 1, 1)  # i, f, o go through sigma; g through tanh
    gates = input_products(x, w_ih, b_ih + b_hh, 4, halves)
    recurrent = blocks(w_hh, 4) * halves
    hidden, cells = states(h0, steps, dtype), states(c0, steps, dtype)
    squashed = np.empty((steps, *h0.shape), dtype)  # tanh of the cell state
    product, written = np.empty((4, *h0.shape), dtype), np.empty(h0.shape, dtype)
    for t in range(steps):
        a = gates[:, t]
        a += np.matmul(hidden[t], recurrent, out=product)
        np.tanh(a, out=a)
        i, f, g, o = a
        for sigma in (a[:2], o):
            sigma *= 0.5
            sigma += 0.5
        c = np.multiply(f, cells[t], out=cells[t + 1])
        c += np.multiply(i, g, out=written)
        np.multiply(o, np.tanh(c, out=squashed[t]), out=hidden[t + 1])

    def pullback(gradients: tuple[Array, Array], needs: tuple[bool, ...]) -> tuple[Any, ...]:
        i, f, g, o = gates
        # What a gradient of the cell state (i, f, g) or of the hidden state (o) is multiplied with on its way to z.
        slopes = np.stack([g * i * (1 - i), cells[:-1] * f * (1 - f), i * (1 - g * g), squashed * o * (1 - o)])
        to_cell = o * (1 - squashed * squashed)
        dz = np.empty_like(gates)
        dh, dc = np.zeros(h0.shape, dtype), np.array(gradients[1], dtype)
        product, through = np.empty((4, *h0.shape), dtype), np.empty(h0.shape, dtype)
        for t in range(steps - 1, -1, -1):
            dh += gradients[0][t]
            dc += np.multiply(dh, to_cell[t], out=through)
            d = dz[:, t]
            np.multiply(dc, slopes[:3, t], out=d[:3])
            np.multiply(dh, slopes[3, t], out=d[3])
            dc *= f[t]
            np.matmul(d, w_blocks, out=product).sum(axis=0, out=dh)
        bias = bias_gradient(dz)
        return (
            input_gradient(dz, w_ih) if needs[0] else None,
            dh,
            dc,
            weight_gradient(dz, x) if needs[3] else None,
            weight_gradient(dz, hidden[:-1]) if needs[4] else None,
            bias,
            bias.copy(),  # each leaf owns its gradient
        )

    w_blocks = w_hh.reshape(4, -1, w_hh.shape[1])
    return (hidden[1:], cells[-1]), pullback


@primitive
def gru(x: Any, h0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    """All states of a GRU layer, (T, B, H); see `recurrent.gru`."""
    steps = x.shape[0]
    dtype = np.result_type(x, w_ih)
    halves = np.array([0.5, 0.5, 1.0], dtype).reshape(3, 1, 1)  # r and z go through sigma, n through tanh
    gates = input_products(x, w_ih, b_ih, 3, halves)
    recurrent, offset = blocks(w_hh, 3) * halves, b_hh.reshape(3, 1, -1) * halves
    hidden = states(h0, steps, dtype)
    recalled = np.empty((steps, *h0.shape), dtype)  # W_hn h + b_hn, which the reset gate multiplies
    product = np.empty((3, *h0.shape), dtype)
    for t in range(steps):
        np.matmul(hidden[t], recurrent, out=product)
        product += offset
        rz = gates[:2, t]
        rz += product[:2]
        np.tanh(rz, out=rz)
        rz *= 0.5
        rz += 0.5
        r, z, n = gates[:, t]
        recalled[t] = product[2]
        n += np.multiply(r, product[2], out=product[2])
        np.tanh(n, out=n)
        kept = np.subtract(hidden[t], n, out=hidden[t + 1])  # h' = n + z (h - n)
        kept *= z
        kept += n

    def pullback(g: Array, needs: tuple[bool, ...]) -> tuple[Any, ...]:
        r, z, n = gates
        slopes = np.stack([recalled * r * (1 - r), (hidden[:-1] - n) * z * (1 - z), (1 - z) * (1 - n * n)])
        dz, dz_hidden = np.empty_like(gates), np.empty_like(gates)  # towards the inputs, and towards the state
        dh, product, through = np.zeros(h0.shape, dtype), np.empty((3, *h0.shape), dtype), np.empty(h0.shape, dtype)
        for t in range(steps - 1, -1, -1):
            dh += g[t]
            d, back = dz[:, t], dz_hidden[:, t]
            np.multiply(dh, slopes[1:, t], out=d[1:])
            np.multiply(d[2], slopes[0, t], out=d[0])
            back[:2] = d[:2]
            np.multiply(d[2], r[t], out=back[2])
            dh *= z[t]
            dh += np.matmul(back, w_blocks, out=product).sum(axis=0, out=through)
        return (
            input_gradient(dz, w_ih) if needs[0] else None,
            dh,
            weight_gradient(dz, x) if needs[2] else None,
            weight_gradient(dz_hidden, hidden[:-1]) if needs[3] else None,
            bias_gradient(dz),
            bias_gradient(dz_hidden),
        )

    w_blocks = w_hh.reshape(3, -1, w_hh.shape[1])
    return hidden[1:], pullback

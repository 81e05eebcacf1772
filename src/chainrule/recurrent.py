"""Recurrent layers: RNN, LSTM and GRU (chapter 12).

A cell computes one step; a layer (`rnn`, `lstm`, `gru`) goes through a sequence, (T, B, I): T steps of B sequences with
I inputs. The `_composite` layers call their cell T times and are for reading; `recurrent_fused` computes the same. The
modules stack layers, with PyTorch's names, keys and order of gates.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule import ops, recurrent_fused
from chainrule.fusion import can_fuse
from chainrule.layers import checked_sizes, parameter
from chainrule.module import Module
from chainrule.rules import sigmoid, tanh
from chainrule.tape import ShapeError

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "gru",
    "gru_cell",
    "gru_composite",
    "lstm",
    "lstm_cell",
    "lstm_composite",
    "rnn",
    "rnn_cell",
    "rnn_composite",
]


def rnn_cell(x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    """One step of a tanh layer: h' = tanh(W_ih x + b_ih + W_hh h + b_hh).

    Shapes: x (B, I), h (B, H), w_ih (H, I), w_hh (H, H), both biases (H,). Source: Elman (1990).

    >>> rnn_cell(np.ones((1, 2)), np.zeros((1, 1)), np.array([[0.5, -0.5]]), np.eye(1), np.zeros(1), np.zeros(1))
    array([[0.]])
    """
    return tanh(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh)


def lstm_cell(x: Any, h: Any, c: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> tuple[Any, Any]:
    """One step of an LSTM: c' = f c + i g and h' = o tanh(c').

    The gates i, f, o = sigma(z) and the candidate g = tanh(z) each have their quarter of
    z = W_ih x + b_ih + W_hh h + b_hh, in the order i, f, g, o. Shapes: x (B, I), h and c (B, H), w_ih (4H, I),
    w_hh (4H, H), both biases (4H,). Returns (h', c').

    References
    ----------
    Hochreiter and Schmidhuber (1997); the forget gate f: Gers, Schmidhuber and Cummins (2000).

    >>> one = np.ones((1, 1))
    >>> h, c = lstm_cell(one, one, 2 * one, np.zeros((4, 1)), np.zeros((4, 1)), np.zeros(4), np.zeros(4))
    >>> float(c[0, 0])  # all gates half open: half the cell state is kept, nothing is written
    1.0
    """
    z = x @ w_ih.T + b_ih + h @ w_hh.T + b_hh
    n = h.shape[-1]
    i, f, g, o = (z[..., k * n : (k + 1) * n] for k in range(4))
    c = sigmoid(f) * c + sigmoid(i) * tanh(g)
    return sigmoid(o) * tanh(c), c


def gru_cell(x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    """One step of a GRU: h' = (1 - z) n + z h.

    Reset r and update z are sigma(W_ih x + b_ih + W_hh h + b_hh), each with its third of the rows; the candidate is
    n = tanh(W_in x + b_in + r (W_hn h + b_hn)). Order r, z, n. Shapes: x (B, I), h (B, H), w_ih (3H, I),
    w_hh (3H, H), both biases (3H,). Source: Cho et al. (2014), with the reset after the product, as in PyTorch.

    >>> one = np.ones((1, 1))
    >>> gru_cell(one, one, np.zeros((3, 1)), np.zeros((3, 1)), np.zeros(3), np.zeros(3))  # half of h is kept
    array([[0.5]])
    """
    n = h.shape[-1]
    a, b = x @ w_ih.T + b_ih, h @ w_hh.T + b_hh
    r, z = (sigmoid(a[..., k * n : (k + 1) * n] + b[..., k * n : (k + 1) * n]) for k in range(2))
    candidate = tanh(a[..., 2 * n :] + r * b[..., 2 * n :])
    return (1 - z) * candidate + z * h


def rnn_composite(x: Any, h0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    """`rnn`, one `rnn_cell` a step."""
    h, states = h0, []
    for t in range(x.shape[0]):
        h = rnn_cell(x[t], h, w_ih, w_hh, b_ih, b_hh)
        states.append(h)
    return ops.stack(states)


def lstm_composite(x: Any, h0: Any, c0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> tuple[Any, Any]:
    """`lstm`, one `lstm_cell` a step."""
    h, c, states = h0, c0, []
    for t in range(x.shape[0]):
        h, c = lstm_cell(x[t], h, c, w_ih, w_hh, b_ih, b_hh)
        states.append(h)
    return ops.stack(states), c


def gru_composite(x: Any, h0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    """`gru`, one `gru_cell` a step."""
    h, states = h0, []
    for t in range(x.shape[0]):
        h = gru_cell(x[t], h, w_ih, w_hh, b_ih, b_hh)
        states.append(h)
    return ops.stack(states)


def rnn(x: Any, h0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    """All states of a tanh layer over a sequence: h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh).

    Shapes: x (T, B, I), h0 (B, H), w_ih (H, I), w_hh (H, H), both biases (H,); returns (T, B, H).

    Raises
    ------
    ShapeError
        If a shape does not fit the others, or the sequence has no step.

    >>> x = np.zeros((3, 1, 1))
    >>> rnn(x, np.ones((1, 1)), np.eye(1), 0.5 * np.eye(1), np.zeros(1), np.zeros(1)).round(3)[:, 0, 0]
    array([0.462, 0.227, 0.113])
    """
    check("rnn", 1, x, (h0,), w_ih, w_hh, b_ih, b_hh)
    run = recurrent_fused.rnn if can_fuse(x, h0, w_ih, w_hh, b_ih, b_hh) else rnn_composite
    return run(x, h0, w_ih, w_hh, b_ih, b_hh)


def lstm(x: Any, h0: Any, c0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> tuple[Any, Any]:
    """All hidden states of an LSTM over a sequence, (T, B, H), and the last cell state, (B, H); see `lstm_cell`.

    Shapes: x (T, B, I), h0 and c0 (B, H), w_ih (4H, I), w_hh (4H, H), both biases (4H,).

    Raises
    ------
    ShapeError
        If a shape does not fit the others, or the sequence has no step.

    >>> zero = np.zeros((1, 1))
    >>> h, c = lstm(np.zeros((2, 1, 1)), zero, zero + 4, np.zeros((4, 1)), np.zeros((4, 1)), np.zeros(4), np.zeros(4))
    >>> float(c[0, 0])  # halved at each step
    1.0
    """
    check("lstm", 4, x, (h0, c0), w_ih, w_hh, b_ih, b_hh)
    run = recurrent_fused.lstm if can_fuse(x, h0, c0, w_ih, w_hh, b_ih, b_hh) else lstm_composite
    return run(x, h0, c0, w_ih, w_hh, b_ih, b_hh)


def gru(x: Any, h0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    """All states of a GRU over a sequence, (T, B, H); see `gru_cell`.

    Shapes: x (T, B, I), h0 (B, H), w_ih (3H, I), w_hh (3H, H), both biases (3H,).

    Raises
    ------
    ShapeError
        If a shape does not fit the others, or the sequence has no step.

    >>> zero = np.zeros((1, 1))
    >>> gru(np.zeros((2, 1, 1)), zero + 4, np.zeros((3, 1)), np.zeros((3, 1)), np.zeros(3), np.zeros(3))[:, 0, 0]
    array([2., 1.])
    """
    check("gru", 3, x, (h0,), w_ih, w_hh, b_ih, b_hh)
    run = recurrent_fused.gru if can_fuse(x, h0, w_ih, w_hh, b_ih, b_hh) else gru_composite
    return run(x, h0, w_ih, w_hh, b_ih, b_hh)


def check(name: str, gates: int, x: Any, states: tuple[Any, ...], w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> None:
    """Raise ShapeError, in the user's words, unless the operands of a layer fit together."""
    if len(x.shape) != 3:
        raise ShapeError(f"{name}: expected an input of shape (T, B, I), got {x.shape}")
    if x.shape[0] == 0:
        raise ShapeError(f"{name}: the input {x.shape} has no step")
    if len(w_hh.shape) != 2 or w_hh.shape[0] != gates * w_hh.shape[1]:
        raise ShapeError(f"{name}: expected w_hh of shape ({gates if gates > 1 else ''}H, H), got {w_hh.shape}")
    units = w_hh.shape[1]
    expected = {
        "w_ih": (w_ih, (gates * units, x.shape[2])),
        "b_ih": (b_ih, (gates * units,)),
        "b_hh": (b_hh, (gates * units,)),
        **{f"initial state {k}": (state, (x.shape[1], units)) for k, state in enumerate(states)},
    }
    for what, (array, shape) in expected.items():
        if array.shape != shape:
            raise ShapeError(
                f"{name}: input {x.shape} with {units} units: expected {what} of shape {shape}, got {array.shape}"
            )


class Recurrent(Module):
    """What the three modules share: parameters of each layer, order of axes, and initial states of zeros.

    Layer k has `weight_ih_lk`, `weight_hh_lk`, `bias_ih_lk`, `bias_hh_lk`, all uniform on (-a, a) at the start with
    a = 1 / sqrt(hidden_size), as in PyTorch.
    """

    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        *,
        rng: np.random.Generator | None = None,
    ) -> None:
        checked_sizes(input_size=input_size, hidden_size=hidden_size, num_layers=num_layers)
        rng = np.random.default_rng() if rng is None else rng
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first = bias, batch_first
        rows, bound = self.gates * hidden_size, 1 / math.sqrt(hidden_size)
        for k in range(num_layers):
            shapes: dict[str, tuple[int, ...]] = {
                "weight_ih": (rows, hidden_size if k else input_size),
                "weight_hh": (rows, hidden_size),
            }
            if bias:
                shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
            for name, shape in shapes.items():
                setattr(self, f"{name}_l{k}", parameter(rng.uniform(-bound, bound, shape)))

    def layer(self, k: int) -> tuple[Any, Any, Any, Any]:
        """Weights and biases of layer k; without biases, zeros."""
        w_ih, w_hh = getattr(self, f"weight_ih_l{k}"), getattr(self, f"weight_hh_l{k}")
        if not self.bias:
            none = np.zeros(w_ih.shape[:1], w_ih.dtype)
            return w_ih, w_hh, none, none
        return w_ih, w_hh, getattr(self, f"bias_ih_l{k}"), getattr(self, f"bias_hh_l{k}")

    def sequence(self, input: Any) -> Any:
        """The input with steps first."""
        name = type(self).__name__.lower()
        if len(input.shape) != 3 or input.shape[2] != self.input_size:
            order = "B, T" if self.batch_first else "T, B"
            raise ShapeError(f"{name}: input of shape {input.shape}, expected ({order}, {self.input_size})")
        return ops.swapaxes(input, 0, 1) if self.batch_first else input

    def initial(self, state: Any, batch: int, what: str) -> Any:
        """A given state, checked, or zeros: (num_layers, B, hidden_size)."""
        shape = (self.num_layers, batch, self.hidden_size)
        if state is None:
            return np.zeros(shape, self.weight_hh_l0.dtype)  # type: ignore[attr-defined]
        if state.shape != shape:
            raise ShapeError(f"{type(self).__name__.lower()}: {what} of shape {state.shape}, expected {shape}")
        return state

    def output(self, states: Any) -> Any:
        """The states of the last layer with the axes in the order of the input."""
        return ops.swapaxes(states, 0, 1) if self.batch_first else states

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """Outputs of the last layer, (T, B, H) or (B, T, H), and each layer's last state, (num_layers, B, H)."""
        x, last = self.sequence(input), []
        h0 = self.initial(hx, x.shape[1], "initial state")
        for k in range(self.num_layers):
            x = self.run(x, h0[k], *self.layer(k))
            last.append(x[-1])
        return self.output(x), ops.stack(last)

    def run(self, x: Any, h0: Any, *weights: Any) -> Any:
        """One layer over the whole sequence; every subclass says."""
        raise NotImplementedError(f"{type(self).__name__} has no run method")

    def extra_repr(self) -> str:
        """Sizes, and what differs from the default."""
        text = f"{self.input_size}, {self.hidden_size}"
        text += f", num_layers={self.num_layers}" * (self.num_layers != 1)
        return text + ", bias=False" * (not self.bias) + ", batch_first=True" * self.batch_first


class RNN(Recurrent):
    """Layers of tanh units over sequences: see `rnn` for the formula and `Recurrent` for the parameters.

    `forward(input, hx=None)` takes (T, B, input_size), or (B, T, input_size) with batch_first, and an initial state,
    (num_layers, B, H), zeros if not given. It returns the last layer's states and each layer's last state.

    Raises
    ------
    ShapeError
        If the input or the initial state has another shape.

    >>> output, last = RNN(3, 4, num_layers=2, rng=np.random.default_rng(0))(np.ones((5, 2, 3)))
    >>> output.shape, last.shape
    ((5, 2, 4), (2, 2, 4))
    """

    def run(self, x: Any, h0: Any, *weights: Any) -> Any:
        """One layer over the whole sequence."""
        return rnn(x, h0, *weights)


class GRU(Recurrent):
    """Layers of gated recurrent units over sequences: see `gru_cell`; called as `RNN` is.

    >>> output, last = GRU(3, 4, batch_first=True, rng=np.random.default_rng(0))(np.ones((2, 5, 3)))
    >>> output.shape, last.shape
    ((2, 5, 4), (1, 2, 4))
    """

    gates = 3

    def run(self, x: Any, h0: Any, *weights: Any) -> Any:
        """One layer over the whole sequence."""
        return gru(x, h0, *weights)


class LSTM(Recurrent):
    """Layers of long short-term memory over sequences: see `lstm_cell`.

    Called as `RNN` is, except that the initial and the returned last state are pairs (hidden, cell), each
    (num_layers, B, H).

    >>> output, (h, c) = LSTM(3, 4, rng=np.random.default_rng(0))(np.ones((5, 2, 3)))
    >>> output.shape, h.shape, c.shape
    ((5, 2, 4), (1, 2, 4), (1, 2, 4))
    """

    gates = 4

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, tuple[Any, Any]]:
        """Outputs of the last layer, and each layer's last hidden and cell state."""
        x, hidden, cells = self.sequence(input), [], []
        if hx is not None and not (isinstance(hx, tuple) and len(hx) == 2):
            raise TypeError("lstm: expected hx to be a pair (hidden, cell)")
        h0, c0 = hx or (None, None)
        h0 = self.initial(h0, x.shape[1], "initial hidden state")
        c0 = self.initial(c0, x.shape[1], "initial cell state")
        for k in range(self.num_layers):
            x, c = lstm(x, h0[k], c0[k], *self.layer(k))
            hidden.append(x[-1])
            cells.append(c)
        return self.output(x), (ops.stack(hidden), ops.stack(cells))

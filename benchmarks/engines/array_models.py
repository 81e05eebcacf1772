"""The array workloads for engines that look like NumPy (HIPS autograd, MyGrad), written with their functions.

`xp` is the engine's namespace of NumPy's functions; `ops` holds what it has of its own: `relu`, `sigmoid`, `conv`,
`pool`, `cross_entropy`.
"""

from typing import Any, Protocol

import numpy as np

from benchmarks.workloads import Problem


class Ops(Protocol):
    """What an engine brings beyond NumPy's functions, or what takes its place."""

    def relu(self, x: Any) -> Any: ...
    def sigmoid(self, x: Any) -> Any: ...
    def conv(self, x: Any, weight: Any, bias: Any) -> Any: ...
    def pool(self, x: Any) -> Any: ...
    def cross_entropy(self, scores: Any, labels: np.ndarray) -> Any: ...


def loss(problem: Problem, weights: dict[str, Any], xp: Any, ops: Ops) -> Any:
    """The workload's loss as an expression of the engine."""
    x = problem.inputs["x"]
    if problem.name == "MLP":
        a = x
        for layer in ("0", "2", "4"):
            z = xp.matmul(a, weights[f"{layer}.weight"].T) + weights[f"{layer}.bias"]
            a = ops.relu(z) if layer != "4" else z
        return ops.cross_entropy(a, problem.inputs["labels"])
    if problem.name == "CNN":
        a = x
        for layer in ("0", "3"):
            a = ops.pool(ops.relu(ops.conv(a, weights[f"{layer}.weight"], weights[f"{layer}.bias"])))
        a = xp.reshape(a, (x.shape[0], -1))
        return ops.cross_entropy(xp.matmul(a, weights["7.weight"].T) + weights["7.bias"], problem.inputs["labels"])
    if problem.name == "RNN":
        outputs = rnn(x, weights, xp)
        return xp.mean(outputs * outputs)
    if problem.name == "LSTM":
        outputs = lstm(x, weights, xp, ops)
        return xp.mean(outputs * outputs)
    difference = block(x, weights, xp, ops, problem.sizes["heads"]) - problem.inputs["target"]
    return xp.mean(difference * difference)


def rnn(x: np.ndarray, weights: dict[str, Any], xp: Any) -> Any:
    """All hidden states of a tanh network, (T, B, H)."""
    bias = weights["bias_ih_l0"] + weights["bias_hh_l0"]
    projected = xp.matmul(x, weights["weight_ih_l0"].T) + bias  # (T, B, H)
    recurrent = weights["weight_hh_l0"].T
    h = np.zeros((x.shape[1], recurrent.shape[0]), x.dtype)
    states = []
    for t in range(x.shape[0]):
        h = xp.tanh(projected[t] + xp.matmul(h, recurrent))
        states.append(h)
    return xp.stack(states)


def lstm(x: np.ndarray, weights: dict[str, Any], xp: Any, ops: Ops) -> Any:
    """All hidden states of an LSTM, (T, B, H)."""
    bias = weights["bias_ih_l0"] + weights["bias_hh_l0"]
    projected = xp.matmul(x, weights["weight_ih_l0"].T) + bias  # (T, B, 4H)
    recurrent = weights["weight_hh_l0"].T
    n = recurrent.shape[0]
    h = c = np.zeros((x.shape[1], n), x.dtype)
    states = []
    for t in range(x.shape[0]):
        z = projected[t] + xp.matmul(h, recurrent)
        i, f = ops.sigmoid(z[:, :n]), ops.sigmoid(z[:, n : 2 * n])
        g, o = xp.tanh(z[:, 2 * n : 3 * n]), ops.sigmoid(z[:, 3 * n :])
        c = f * c + i * g
        h = o * xp.tanh(c)
        states.append(h)
    return xp.stack(states)


def layer_norm(x: Any, weight: Any, bias: Any, xp: Any) -> Any:
    """Normalised over the last axis, then scaled and shifted."""
    centred = x - xp.mean(x, axis=-1, keepdims=True)
    variance = xp.mean(centred * centred, axis=-1, keepdims=True)
    return centred / xp.sqrt(variance + 1e-5) * weight + bias


def block(x: np.ndarray, weights: dict[str, Any], xp: Any, ops: Ops, heads: int) -> Any:
    """A post-norm Transformer encoder block, (B, T, D) to (B, T, D)."""
    b, t, d = x.shape
    projected = xp.matmul(x, weights["self_attn.in_proj_weight"].T) + weights["self_attn.in_proj_bias"]
    split = xp.transpose(xp.reshape(projected, (b, t, 3, heads, d // heads)), (2, 0, 3, 1, 4))  # (3, B, H, T, D/H)
    q, k, v = split[0], split[1], split[2]
    scores = xp.matmul(q, xp.transpose(k, (0, 1, 3, 2))) * (d // heads) ** -0.5
    e = xp.exp(scores - xp.max(scores, axis=-1, keepdims=True))
    mixed = xp.matmul(e / xp.sum(e, axis=-1, keepdims=True), v)
    mixed = xp.reshape(xp.transpose(mixed, (0, 2, 1, 3)), (b, t, d))
    attended = xp.matmul(mixed, weights["self_attn.out_proj.weight"].T) + weights["self_attn.out_proj.bias"]
    x1 = layer_norm(x + attended, weights["norm1.weight"], weights["norm1.bias"], xp)
    hidden = ops.relu(xp.matmul(x1, weights["linear1.weight"].T) + weights["linear1.bias"])
    forward = xp.matmul(hidden, weights["linear2.weight"].T) + weights["linear2.bias"]
    return layer_norm(x1 + forward, weights["norm2.weight"], weights["norm2.bias"], xp)

"""Optimisers: what a step does with the gradients (chapter 9).

Names, arguments, defaults and trajectories are PyTorch's. A step changes the parameters' arrays in place and, apart
from its state, needs one scratch array a parameter. Run it outside a graph: between `backward` and the next forward
pass.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from chainrule.tensor import Tensor

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "CosineAnnealingLR", "Optimizer", "RMSprop", "StepLR", "clip_grad_norm_"]

Array = np.ndarray


class Optimizer:
    """Base class: holds groups of parameters with their settings, and each parameter's state.

    A subclass names its settings with their defaults in `__init__` and says in `_update` what a step does to one
    parameter.

    Parameters
    ----------
    params
        Tensors that require gradients; or dicts, each with a list under ``"params"`` and settings of its own,
        such as ``[{"params": weights}, {"params": biases, "weight_decay": 0.0}]``.
    settings
        The settings of every group that does not have its own.

    Raises
    ------
    ValueError
        If there are no parameters, one comes twice, or a setting is out of range.
    TypeError
        If something else than a tensor that requires gradients is given.
    """

    def __init__(self, params: Iterable[Tensor] | Iterable[Mapping[str, Any]], settings: dict[str, Any]) -> None:
        given: list[Any] = list(params)
        groups = given if given and isinstance(given[0], Mapping) else [{"params": given}]
        self.param_groups: list[dict[str, Any]] = []
        for group in groups:
            unknown = group.keys() - settings.keys() - {"params"}
            if unknown:
                raise ValueError(f"params: {type(self).__name__} has no setting {', '.join(sorted(unknown))}")
            merged = {**settings, **group, "params": list(group["params"])}
            for name in ("lr", "weight_decay", "eps", "momentum"):
                if name in merged and not merged[name] >= 0:
                    raise ValueError(f"{name}: expected a number of at least 0, got {merged[name]}")
            for name, top in (("betas", 1), ("alpha", 1)):
                if name in merged and not all(0 <= beta < top for beta in np.atleast_1d(merged[name])):
                    raise ValueError(f"{name}: expected at least 0 and below 1, got {merged[name]}")
            self.param_groups.append(merged)
        everything = [p for group in self.param_groups for p in group["params"]]
        for p in everything:
            if not isinstance(p, Tensor) or not p.requires_grad or p.node is not None:
                raise TypeError(f"params: expected tensors that require gradients and were not computed, got {p!r}")
        if not everything or len(set(everything)) < len(everything):
            raise ValueError("params: expected each parameter once, got " + ("one twice" if everything else "none"))
        self.state: dict[Tensor, dict[str, Any]] = {p: {} for p in everything}

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self.state:
            parameter.grad = None

    def step(self) -> None:
        """Change every parameter that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if "scratch" not in state:
                    state["scratch"] = np.empty_like(parameter.data)
                    state["step"] = 0
                state["step"] += 1
                self._update(parameter.data, parameter.grad, state, group)

    def _update(self, p: Array, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        raise NotImplementedError


def _decayed(p: Array, g: Array, state: dict[str, Any], weight_decay: float) -> Array:
    """g + weight_decay p, in an array of its own so that the gradient itself stays as it is."""
    if not weight_decay:
        return g
    total = _held(state, "decayed", p)
    np.multiply(p, weight_decay, out=total)
    total += g
    return total


def _held(state: dict[str, Any], name: str, p: Array) -> Array:
    """An array kept with a parameter, zero at first."""
    if name not in state:
        state[name] = np.zeros_like(p)
    return state[name]


class SGD(Optimizer):
    """Gradient descent, with momentum on request: v <- momentum v + g, p <- p - lr v.

    The first v is g itself. With `nesterov` the step is g + momentum v (Sutskever and others 2013, in the form
    PyTorch uses). `weight_decay` adds weight_decay p to g, the gradient of (weight_decay / 2) norm(p)².

    >>> p = Tensor([1.0], requires_grad=True)
    >>> p.grad = np.array([2.0])
    >>> SGD([p], lr=0.25).step()
    >>> p.data
    array([0.5])
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "nesterov": nesterov})
        if any(group["nesterov"] and not group["momentum"] for group in self.param_groups):
            raise ValueError("nesterov: needs a momentum above 0")

    def _update(self, p: Array, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        scratch, momentum = state["scratch"], group["momentum"]
        g = _decayed(p, g, state, group["weight_decay"])
        if momentum:
            if "velocity" not in state:
                state["velocity"] = g.copy()
            else:
                state["velocity"] *= momentum
                state["velocity"] += g
            if group["nesterov"]:
                np.multiply(state["velocity"], momentum, out=scratch)
                scratch += g
                g = scratch
            else:
                g = state["velocity"]
        np.multiply(g, group["lr"], out=scratch)
        p -= scratch


class Adagrad(Optimizer):
    """Steps that shrink where gradients have been large: s <- s + g², p <- p - lr g / (sqrt(s) + eps).

    Duchi, Hazan and Singer 2011.

    >>> p = Tensor([1.0], requires_grad=True)
    >>> p.grad = np.array([4.0])
    >>> Adagrad([p], lr=0.5).step()
    >>> p.data
    array([0.5])
    """

    def __init__(self, params: Iterable[Any], lr: float = 1e-2, weight_decay: float = 0.0, eps: float = 1e-10) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, "eps": eps})

    def _update(self, p: Array, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        scratch, total = state["scratch"], _held(state, "sum", p)
        g = _decayed(p, g, state, group["weight_decay"])
        np.multiply(g, g, out=scratch)
        total += scratch
        _scaled_step(p, g, total, scratch, group["lr"], group["eps"])


class RMSprop(Optimizer):
    """Adagrad that forgets: s <- alpha s + (1 - alpha) g², p <- p - lr g / (sqrt(s) + eps).

    Hinton 2012, lecture 6e. With `momentum` the scaled gradient is accumulated: v <- momentum v + g / (sqrt(s) + eps),
    p <- p - lr v.

    >>> p = Tensor([1.0], requires_grad=True)
    >>> p.grad = np.array([4.0])
    >>> RMSprop([p], lr=0.05, alpha=0.99).step()
    >>> p.data.round(6)
    array([0.5])
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
    ) -> None:
        super().__init__(
            params, {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay, "momentum": momentum}
        )

    def _update(self, p: Array, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        scratch, mean, alpha = state["scratch"], _held(state, "mean", p), group["alpha"]
        g = _decayed(p, g, state, group["weight_decay"])
        np.multiply(g, g, out=scratch)
        scratch *= 1 - alpha
        mean *= alpha
        mean += scratch
        if not group["momentum"]:
            _scaled_step(p, g, mean, scratch, group["lr"], group["eps"])
            return
        velocity = _held(state, "velocity", p)
        np.sqrt(mean, out=scratch)
        scratch += group["eps"]
        np.divide(g, scratch, out=scratch)
        velocity *= group["momentum"]
        velocity += scratch
        np.multiply(velocity, group["lr"], out=scratch)
        p -= scratch


def _scaled_step(p: Array, g: Array, squares: Array, scratch: Array, rate: float, eps: float) -> None:
    """p <- p - rate g / (sqrt(squares) + eps)."""
    np.sqrt(squares, out=scratch)
    scratch += eps
    np.divide(g, scratch, out=scratch)
    scratch *= rate
    p -= scratch


class Adam(Optimizer):
    """Momentum and RMSprop together, both corrected for their start at 0 (Kingma and Ba 2015, algorithm 1).

    m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g²,
    p <- p - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps).

    `weight_decay` adds weight_decay p to g, and so is scaled like g; `AdamW` keeps it apart.

    >>> p = Tensor([1.0], requires_grad=True)
    >>> p.grad = np.array([4.0])
    >>> Adam([p], lr=0.5).step()
    >>> p.data.round(6)
    array([0.5])
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def _update(self, p: Array, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        g = _decayed(p, g, state, group["weight_decay"])
        scratch, (b1, b2), t = state["scratch"], group["betas"], state["step"]
        m, v = _held(state, "m", p), _held(state, "v", p)
        m *= b1
        np.multiply(g, 1 - b1, out=scratch)
        m += scratch
        v *= b2
        np.multiply(g, g, out=scratch)
        scratch *= 1 - b2
        v += scratch
        # Both corrections as factors of numbers: sqrt(v / c) + eps = (sqrt(v) + eps sqrt(c)) / sqrt(c).
        root = math.sqrt(1 - b2**t)
        _scaled_step(p, m, v, scratch, group["lr"] * root / (1 - b1**t), group["eps"] * root)


class AdamW(Adam):
    """Adam with weight decay apart from the gradient: p <- (1 - lr weight_decay) p, then Adam's step.

    Loshchilov and Hutter 2019, algorithm 2.

    >>> p = Tensor([1.0], requires_grad=True)
    >>> p.grad = np.array([0.0])
    >>> AdamW([p], lr=0.5, weight_decay=0.5).step()
    >>> p.data
    array([0.75])
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay)

    def _update(self, p: Array, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        p *= 1 - group["lr"] * group["weight_decay"]
        super()._update(p, g, state, {**group, "weight_decay": 0.0})


def clip_grad_norm_(parameters: Tensor | Iterable[Tensor], max_norm: float) -> float:
    """Scale all gradients by one factor so that their joint norm is at most `max_norm`; returns the norm before.

    Pascanu, Mikolov and Bengio 2013, algorithm 1.

    Raises
    ------
    ValueError
        If max_norm is not above 0.

    >>> p = Tensor([0.0, 0.0], requires_grad=True)
    >>> p.grad = np.array([3.0, 4.0])
    >>> clip_grad_norm_([p], max_norm=1.0)
    5.0
    >>> p.grad.round(4)
    array([0.6, 0.8])
    """
    if not max_norm > 0:
        raise ValueError(f"max_norm: expected a number above 0, got {max_norm}")
    given = [parameters] if isinstance(parameters, Tensor) else parameters
    gradients = [p.grad for p in given if p.grad is not None]
    norm = math.sqrt(sum(float(np.vdot(g, g)) for g in gradients))
    # PyTorch adds this so that a norm of 0 does no harm.
    factor = max_norm / (norm + 1e-6)
    if factor < 1:
        for g in gradients:
            g *= factor
    return norm


class _Schedule:
    """Sets the learning rate of every group to its first value times `factor(t)`, t the number of steps taken."""

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        self.first = [group["lr"] for group in optimizer.param_groups]
        self.t = 0
        self._set()

    def step(self) -> None:
        """Go on to the next learning rate; call it once an epoch, after the epoch."""
        self.t += 1
        self._set()

    def _set(self) -> None:
        for group, first in zip(self.optimizer.param_groups, self.first, strict=True):
            group["lr"] = self._rate(first)

    def _rate(self, first: float) -> float:
        raise NotImplementedError


class StepLR(_Schedule):
    """The learning rate times `gamma` every `step_size` epochs.

    >>> optimizer = SGD([Tensor([1.0], requires_grad=True)], lr=8.0)
    >>> schedule, rates = StepLR(optimizer, step_size=2, gamma=0.5), []
    >>> for epoch in range(4):
    ...     rates.append(optimizer.param_groups[0]["lr"])
    ...     schedule.step()
    >>> rates
    [8.0, 8.0, 4.0, 4.0]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        if step_size < 1:
            raise ValueError(f"step_size: expected at least 1 epoch, got {step_size}")
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer)

    def _rate(self, first: float) -> float:
        return first * self.gamma ** (self.t // self.step_size)


class CosineAnnealingLR(_Schedule):
    """From the first learning rate down to `eta_min` in `T_max` epochs along half a cosine, and up again.

    eta_t = eta_min + (eta_0 - eta_min) (1 + cos(pi t / T_max)) / 2 (Loshchilov and Hutter 2017, equation 5).

    >>> optimizer = SGD([Tensor([1.0], requires_grad=True)], lr=2.0)
    >>> schedule = CosineAnnealingLR(optimizer, T_max=2)
    >>> schedule.step()
    >>> round(optimizer.param_groups[0]["lr"], 6)
    1.0
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:
        if T_max < 1:
            raise ValueError(f"T_max: expected at least 1 epoch, got {T_max}")
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer)

    def _rate(self, first: float) -> float:
        return self.eta_min + (first - self.eta_min) * (1 + math.cos(math.pi * self.t / self.T_max)) / 2

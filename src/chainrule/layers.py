"""The layers that networks are built from (chapters 7 and 9).

Names, arguments, initial distributions and the keys of `state_dict` are PyTorch's. Parameters are float64, as NumPy's
numbers are, until `float()` makes them float32. Layers with random initial weights take a generator; without one
they draw from a fresh one, and differ from run to run.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule import functional, ops, rules
from chainrule.module import Module
from chainrule.tensor import ShapeError, Tensor

__all__ = [
    "GELU",
    "BatchNorm1d",
    "Dropout",
    "Embedding",
    "Flatten",
    "LayerNorm",
    "Linear",
    "ReLU",
    "Residual",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "parameter",
]

Generator = np.random.Generator


def parameter(array: np.ndarray) -> Tensor:
    """A tensor that is trained.

    >>> parameter(np.zeros(2)).requires_grad
    True
    """
    return Tensor(array, requires_grad=True)


def checked_sizes(**sizes: int) -> None:
    """Raise ValueError for a size that is not an integer of at least 1."""
    for name, size in sizes.items():
        if not isinstance(size, (int, np.integer)) or size < 1:
            raise ValueError(f"{name}: expected an integer of at least 1, got {size!r}")


class Linear(Module):
    """An affine layer, z = x W^T + b: input (..., in_features), output (..., out_features).

    `weight` has shape (out_features, in_features), `bias` (out_features). Both start uniform on (-a, a) with
    a = 1 / sqrt(in_features), as in PyTorch.

    Raises
    ------
    ValueError
        If a size is below 1.

    >>> layer = Linear(3, 2, rng=np.random.default_rng(0))
    >>> layer(np.ones((5, 3))).shape
    (5, 2)
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, *, rng: Generator | None = None) -> None:
        checked_sizes(in_features=in_features, out_features=out_features)
        rng = np.random.default_rng() if rng is None else rng
        self.in_features, self.out_features = in_features, out_features
        bound = 1 / math.sqrt(in_features)
        self.weight = parameter(rng.uniform(-bound, bound, (out_features, in_features)))
        self.bias = parameter(rng.uniform(-bound, bound, out_features)) if bias else None

    def forward(self, input: Any) -> Any:
        """x W^T + b."""
        return functional.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Sizes, and whether there is no bias."""
        text = f"in_features={self.in_features}, out_features={self.out_features}"
        return text if self.bias is not None else text + ", bias=False"


class Embedding(Module):
    """A learned vector for each of `num_embeddings` integers: (...) integers to (..., embedding_dim).

    `weight` has shape (num_embeddings, embedding_dim) and starts standard normal.

    >>> Embedding(10, 4, rng=np.random.default_rng(0))(np.array([[1, 2, 9]])).shape
    (1, 3, 4)
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, *, rng: Generator | None = None) -> None:
        checked_sizes(num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        rng = np.random.default_rng() if rng is None else rng
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.weight = parameter(rng.normal(size=(num_embeddings, embedding_dim)))

    def forward(self, input: Any) -> Any:
        """The rows of the weight at these indices."""
        return ops.embedding(self.weight, input)

    def extra_repr(self) -> str:
        """Sizes."""
        return f"{self.num_embeddings}, {self.embedding_dim}"


class LayerNorm(Module):
    """Normalises each example over its last axes, then scales and shifts: see `functional.layer_norm`.

    >>> LayerNorm(4)(np.array([[1.0, 2.0, 3.0, 4.0]])).data.round(3)
    array([[-1.342, -0.447,  0.447,  1.342]])
    """

    def __init__(self, normalized_shape: int | tuple[int, ...], eps: float = 1e-5) -> None:
        self.normalized_shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        for size in self.normalized_shape:
            checked_sizes(normalized_shape=size)
        self.eps = eps
        self.weight = parameter(np.ones(self.normalized_shape))
        self.bias = parameter(np.zeros(self.normalized_shape))

    def forward(self, input: Any) -> Any:
        """The normalised input, times weight, plus bias."""
        return functional.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Shape and eps."""
        return f"{self.normalized_shape}, eps={self.eps}"


class BatchNorm1d(Module):
    """Normalises each feature over the batch, then scales and shifts: (N, C) or (N, C, L) to the same shape.

    In training with the batch's own mean and (biased) variance, while running averages are kept:
    running <- (1 - momentum) running + momentum batch, with the unbiased variance. At inference with the running
    averages. Ioffe and Szegedy 2015, algorithm 1.

    Raises
    ------
    ShapeError
        If the input has another shape.
    ValueError
        If in training there is but one value a feature, whose variance is 0.

    >>> BatchNorm1d(1)(np.array([[1.0], [3.0]])).data.round(3)
    array([[-1.],
           [ 1.]])
    """

    buffers = ("running_mean", "running_var", "num_batches_tracked")

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        checked_sizes(num_features=num_features)
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.weight, self.bias = parameter(np.ones(num_features)), parameter(np.zeros(num_features))
        self.running_mean, self.running_var = np.zeros(num_features), np.ones(num_features)
        self.num_batches_tracked = np.array(0)

    def forward(self, input: Any) -> Any:
        """The normalised input, times weight, plus bias."""
        if input.ndim not in (2, 3) or input.shape[1] != self.num_features:
            c = self.num_features
            raise ShapeError(f"batch_norm: input of shape {input.shape}, expected (N, {c}) or (N, {c}, L)")
        axes, shape = ((0,), (-1,)) if input.ndim == 2 else ((0, 2), (-1, 1))
        if self.training:
            mean = ops.mean(input, axes, keepdims=True)
            centred = input - mean
            variance = ops.mean(centred * centred, axes, keepdims=True)
            self._track(ops.plain(mean).reshape(-1), ops.plain(variance).reshape(-1), input)
        else:
            centred = input - self.running_mean.reshape(shape)
            variance = self.running_var.reshape(shape)
        hat = centred / rules.sqrt(variance + self.eps)
        return hat * ops.reshape(self.weight, shape) + ops.reshape(self.bias, shape)

    def _track(self, mean: np.ndarray, variance: np.ndarray, input: Any) -> None:
        count = math.prod(input.shape) // self.num_features
        if count < 2:
            raise ValueError(f"batch_norm: input of shape {input.shape}: expected more than one value a feature")
        for running, new in ((self.running_mean, mean), (self.running_var, variance * (count / (count - 1)))):
            running *= 1 - self.momentum
            running += self.momentum * new
        self.num_batches_tracked += 1

    def extra_repr(self) -> str:
        """Features, eps and momentum."""
        return f"{self.num_features}, eps={self.eps}, momentum={self.momentum}"


class Dropout(Module):
    """In training each entry 0 with probability p, else divided by 1 - p; at inference nothing.

    Raises
    ------
    ValueError
        If p is not in [0, 1).

    >>> Dropout(0.5).eval()(np.ones(3))
    array([1., 1., 1.])
    """

    def __init__(self, p: float = 0.5, *, rng: Generator | None = None) -> None:
        if not 0 <= p < 1:
            raise ValueError(f"p: expected a probability of at least 0 and below 1, got {p}")
        self.p, self.rng = p, np.random.default_rng() if rng is None else rng

    def forward(self, input: Any) -> Any:
        """The input with random entries off, in training."""
        return functional.dropout(input, self.p, self.rng) if self.training and self.p else input

    def extra_repr(self) -> str:
        """The probability."""
        return f"p={self.p}"


class Sequential(Module):
    """Modules one after the other; `model[k]` is the k-th, and the keys of its parameters begin with ``k.``.

    >>> model = Sequential(Linear(3, 4), ReLU(), Linear(4, 1))
    >>> [name for name, _ in model.named_parameters()], len(model), model[1]
    (['0.weight', '0.bias', '2.weight', '2.bias'], 3, ReLU())
    """

    def __init__(self, *modules: Module) -> None:
        for k, module in enumerate(modules):
            if not isinstance(module, Module):
                raise TypeError(f"Sequential: expected modules, got {module!r} at position {k}")
            setattr(self, str(k), module)

    def forward(self, input: Any) -> Any:
        """Each module applied to the output of the one before."""
        for module in vars(self).values():
            if isinstance(module, Module):
                input = module(input)
        return input

    def __iter__(self) -> Iterator[Module]:
        return (module for _, module in self.named_children())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getitem__(self, index: int) -> Module:
        return list(self)[index]


class Residual(Module):
    """x + inner(x): the inner module learns what to add to the identity (He and others 2016, equation 1).

    Raises
    ------
    ShapeError
        If the inner module changes the shape.

    >>> Residual(ReLU())(np.array([-1.0, 2.0]))
    array([-1.,  4.])
    """

    def __init__(self, inner: Module) -> None:
        self.inner = inner

    def forward(self, input: Any) -> Any:
        """The input plus what the inner module makes of it."""
        output = self.inner(input)
        if output.shape != input.shape:
            raise ShapeError(f"residual: inner output has shape {output.shape}, input {input.shape}: expected the same")
        return input + output


class Flatten(Module):
    """All axes after the first made one: (N, ...) to (N, D).

    >>> Flatten()(np.zeros((5, 2, 3))).shape
    (5, 6)
    """

    def forward(self, input: Any) -> Any:
        """The input with its axes joined."""
        return ops.reshape(input, (input.shape[0], math.prod(input.shape[1:])))


class ReLU(Module):
    """max(x, 0), with derivative 0 at 0.

    >>> ReLU()(np.array([-1.0, 2.0]))
    array([0., 2.])
    """

    def forward(self, input: Any) -> Any:
        """max(x, 0)."""
        return rules.relu(input)


class Tanh(Module):
    """The hyperbolic tangent.

    >>> Tanh()(np.array([0.0]))
    array([0.])
    """

    def forward(self, input: Any) -> Any:
        """tanh x."""
        return rules.tanh(input)


class Sigmoid(Module):
    """The logistic function 1 / (1 + e^-x).

    >>> Sigmoid()(np.array([0.0]))
    array([0.5])
    """

    def forward(self, input: Any) -> Any:
        """1 / (1 + e^-x)."""
        return rules.sigmoid(input)


class Softplus(Module):
    """log(1 + e^x), a smooth ReLU.

    >>> Softplus()(np.array([0.0])).round(4)
    array([0.6931])
    """

    def forward(self, input: Any) -> Any:
        """log(1 + e^x)."""
        return rules.softplus(input)


class GELU(Module):
    """x Phi(x), Phi being the standard normal distribution function. Hendrycks and Gimpel 2016.

    >>> GELU()(np.array([0.0, 10.0]))
    array([ 0., 10.])
    """

    def forward(self, input: Any) -> Any:
        """x Phi(x)."""
        return rules.gelu(input)


class Softmax(Module):
    """exp(x_i) / sum_j exp(x_j) along axis `dim`.

    >>> Softmax(dim=-1)(np.array([[0.0, 0.0]]))
    array([[0.5, 0.5]])
    """

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """Probabilities along the axis."""
        return ops.softmax(input, axis=self.dim)

    def extra_repr(self) -> str:
        """The axis."""
        return f"dim={self.dim}"

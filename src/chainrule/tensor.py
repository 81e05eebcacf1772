"""Arrays that remember: reverse-mode differentiation of NumPy computations (chapter 6).

A `Tensor` holds an array and, if it was computed from tensors that require gradients, the node of the tape that
says how. Elementwise operations read the table in `rules`; every other operation is a function decorated with
`primitive`. The scalar engine of `value` is the same idea with numbers on the edges instead of arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.operators import Operators
from chainrule.rules import Rule, explained
from chainrule.tape import Node, ShapeError, State, debug, no_grad, run_backward

__all__ = ["ShapeError", "Tensor", "debug", "no_grad", "primitive"]  # noqa: F822 (see __getattr__)


class Tensor(Operators):
    """An array with a gradient.

    Parameters
    ----------
    data
        A NumPy array (kept, not copied), a number, or nested lists of numbers.
    requires_grad
        Whether `backward` shall leave the derivative of the output in `grad`.

    Attributes
    ----------
    data, grad
        The array, and the sum of the gradients of all backward passes so far (None before the first).
    requires_grad
        Also true of every result computed from a tensor that requires gradients.

    Operators take tensors, arrays and numbers on either side. A number, and an array without axes, takes the dtype
    of the tensor: float32 stays float32. Comparisons return plain arrays.

    Raises
    ------
    TypeError
        If data are not numbers, or gradients are asked for of a dtype that is not floating.

    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    array([2., 4.])
    """

    __slots__ = ("__weakref__", "_level", "data", "grad", "node", "requires_grad")

    def __init__(self, data: Any, requires_grad: bool = False) -> None:
        if isinstance(data, Tensor):
            data = data.data
        if not hasattr(data, "_level"):
            data = np.asarray(data)
            if data.dtype.kind not in "biufc":
                raise TypeError(f"Tensor: expected numbers of one rectangular shape, got dtype {data.dtype}")
        if requires_grad and data.dtype.kind != "f":
            raise TypeError(
                f"Tensor: gradients need floating-point data, got dtype {data.dtype}: convert it with "
                ".astype(float), or leave out requires_grad"
            )
        self.data: Any = data
        self.grad: Any = None
        self.node: Node | None = None
        self.requires_grad: bool = requires_grad
        self._level: int = 1 + getattr(data, "_level", -1)

    def __repr__(self) -> str:
        flag = ", requires_grad=True" if self.requires_grad else ""
        plain = isinstance(self.data, np.ndarray)
        text = np.array2string(self.data, separator=", ", prefix="Tensor(") if plain else repr(self.data)
        return f"Tensor({text}{flag})"

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self.data.shape

    @property
    def dtype(self) -> np.dtype:
        """The type of the entries."""
        return self.data.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.data.ndim

    @property
    def size(self) -> int:
        """The number of entries."""
        return int(np.prod(self.shape, dtype=int))

    def backward(self, gradient: Any = None) -> None:
        """Add the derivative of this tensor to the `grad` of every leaf it was computed from.

        `gradient` is dLoss/dself, of this tensor's shape; it may be left out for a tensor of one entry, where it
        is 1. The graph is spent afterwards: what it saved is freed as it is used.

        Raises
        ------
        RuntimeError
            If nothing requires a gradient, or the graph is spent.
        ShapeError
            If the gradient is missing or of another shape.
        """
        if not self.requires_grad:
            raise RuntimeError(
                "backward: this tensor does not require gradients: it was made from constants, or under no_grad"
            )
        if gradient is None:
            if self.size != 1:
                raise ShapeError(f"backward: shape {self.shape} needs a gradient; pass one, or reduce to a number")
            gradient = np.ones(self.shape, self.dtype)
        else:
            gradient = gradient if hasattr(gradient, "_level") else np.asarray(gradient, self.dtype)
            if gradient.shape != self.shape:
                raise ShapeError(f"backward: the gradient has shape {gradient.shape}, the tensor {self.shape}")
        pull_back(self, gradient)

    def detach(self) -> Tensor:
        """The same array as a constant, at every level of nested derivatives."""
        data = self.data
        while hasattr(data, "_level"):
            data = data.data if data.__class__ is Tensor else data.primal
        return Tensor(data)

    def numpy(self) -> np.ndarray:
        """The array itself, not a copy."""
        return self.data

    def item(self) -> float:
        """The number in a tensor of one entry."""
        if self.size != 1:
            raise ShapeError(f"item: expected a tensor of one entry, got shape {self.shape}")
        return self.data.item()

    def _apply(self, rule: Rule, args: tuple[Any, ...]) -> Tensor:
        """Value and partial derivatives of an elementwise rule; the partials go on the edges of the tape."""
        level = self._level
        data = tuple([a.data if a.__class__ is Tensor and a._level == level else constant(a, level) for a in args])
        try:
            # Below level 1 the data are arrays; above, they may carry derivatives of an outer level.
            out = rule.value(*data) if level == 0 else rule.function(*data)
        except ValueError as error:
            if "broadcast" not in str(error):
                raise explained(error, rule, data) from error
            raise ShapeError(f"{rule.name}: shapes {shapes(data)} do not broadcast") from error
        if level < State.floor:
            return make_tensor(out, level)
        parents, partials = [], []
        for arg, derivative in zip(args, rule.partials):  # noqa: B905 (this is the hot path)
            if arg.__class__ is Tensor and arg.requires_grad and arg._level == level:
                parents.append(arg.node or arg)
                partials.append(derivative(out, *data))
        return make_tensor(out, level, rule.name, tuple(parents), tuple(partials))

    def __lt__(self, other: Any) -> Any:
        return self.data < data_of(other)

    def __le__(self, other: Any) -> Any:
        return self.data <= data_of(other)

    def __gt__(self, other: Any) -> Any:
        return self.data > data_of(other)

    def __ge__(self, other: Any) -> Any:
        return self.data >= data_of(other)

    def __eq__(self, other: Any) -> Any:
        return self.data == data_of(other)

    def __ne__(self, other: Any) -> Any:
        return self.data != data_of(other)

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return bool(self.data)

    def __float__(self) -> float:
        return float(self.item())

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else repr(self)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a tensor without axes")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError("a Tensor is not assigned to in place: use where or concat, or assign to .data outside a graph")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if self.requires_grad or self._level:
            return super().__array__()
        return np.array(self.data, dtype=dtype, copy=copy)


def data_of(x: Any) -> Any:
    return x.data if x.__class__ is Tensor else x


def shapes(args: Any) -> str:
    """The shapes of the operands, for a message."""
    return " and ".join(str(getattr(arg, "shape", ())) for arg in args)


def constant(x: Any, level: int) -> Any:
    """An operand without a gradient at this level. Scalars become Python numbers, so that they keep the dtype."""
    if x.__class__ is float or x.__class__ is int:
        return x
    if isinstance(x, (np.ndarray, np.generic)):
        return x if x.ndim else x.item()
    its_level = getattr(x, "_level", -1)
    if x.__class__ is Tensor and not x.requires_grad:
        return constant(x.data, level)
    if its_level == level:
        raise TypeError(f"a Tensor and a {type(x).__name__} do not mix: use jvp or grad")
    if its_level < 0 and not isinstance(x, (bool, complex)):
        x = np.asarray(x)
        if x.dtype.kind not in "biufc":
            raise TypeError(f"a Tensor combines with numbers, arrays and Tensors, got dtype {x.dtype}")
    return x


def make_tensor(out: Any, level: int, name: str = "", parents: tuple[Any, ...] = (), pullbacks: Any = ()) -> Tensor:
    """The result of an operation, with a node of its own if any of its arguments requires a gradient."""
    if out.__class__ is not np.ndarray and not hasattr(out, "_level"):
        out = np.asarray(out)
    tensor = Tensor.__new__(Tensor)
    tensor.data = out
    tensor.grad = None
    tensor._level = level
    if parents and out.dtype.kind == "c":
        raise TypeError(f"{name}: the result is complex; only derivatives of real functions are recorded")
    if parents and out.dtype.kind == "f":
        tensor.requires_grad = True
        tensor.node = Node(name, parents, pullbacks, out)
    else:
        tensor.requires_grad = False
        tensor.node = None
    return tensor


def make_leaf(data: Any, level: int) -> Tensor:
    """A tensor of a transform's level that asks for its gradient."""
    leaf = make_tensor(data, level)
    leaf.requires_grad = True
    return leaf


def pull_back(tensor: Tensor, gradient: Any, retain: bool = False) -> None:
    """Run the tape from a tensor, which may itself be a leaf."""
    identity = Node("backward", (tensor.node or tensor,), (1,), tensor.data)
    run_backward(identity, gradient, retain)


def __getattr__(name: str) -> Any:
    # `primitive` is built on this module, and belongs to what a reader looks for in it.
    if name == "primitive":
        from chainrule.primitives import primitive

        return primitive
    raise AttributeError(f"module 'chainrule.tensor' has no attribute {name!r}")

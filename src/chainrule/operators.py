"""Operators and array methods, said once for `Dual` and `Tensor` (chapters 5 and 6).

Each hands its operands to the function of the same meaning in `rules` or `ops`; the function decides whose
derivative is taken. `ops` needs NumPy and is imported when the first array method is called.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from chainrule import rules

__all__ = ["Operators"]


@cache
def _ops() -> Any:
    from chainrule import ops

    return ops


class Operators:
    """What a number or an array can do, for classes with `_level` and `_apply`."""

    __slots__ = ()
    __array_ufunc__ = None  # NumPy leaves `array * self` to self.__rmul__

    def __add__(self, other: Any) -> Any:
        return rules.add(self, other)

    def __radd__(self, other: Any) -> Any:
        return rules.add(other, self)

    def __sub__(self, other: Any) -> Any:
        return rules.subtract(self, other)

    def __rsub__(self, other: Any) -> Any:
        return rules.subtract(other, self)

    def __mul__(self, other: Any) -> Any:
        return rules.multiply(self, other)

    def __rmul__(self, other: Any) -> Any:
        return rules.multiply(other, self)

    def __truediv__(self, other: Any) -> Any:
        return rules.divide(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return rules.divide(other, self)

    def __pow__(self, other: Any) -> Any:
        return rules.power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return rules.power(other, self)

    def __neg__(self) -> Any:
        return rules.negative(self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return rules.absolute(self)

    def __matmul__(self, other: Any) -> Any:
        return _ops().matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return _ops().matmul(other, self)

    def __getitem__(self, index: Any) -> Any:
        return _ops().getitem(self, index)

    def __floordiv__(self, other: Any) -> Any:
        raise TypeError(
            f"// and % have steps, where there is no derivative: not for a {type(self).__name__}, but its value"
        )

    __rfloordiv__ = __mod__ = __rmod__ = __divmod__ = __rdivmod__ = __floordiv__

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        name = type(self).__name__
        raise TypeError(
            f"a NumPy function was given a {name}, whose derivative it would drop: use the chainrule function of that "
            f"name, or hand NumPy the plain value ({'.primal' if name == 'Dual' else '.detach().numpy()'})"
        )

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function.__name__ in ("shape", "ndim", "size") and len(args) == 1:
            return getattr(args[0], function.__name__)
        raise TypeError(
            f"numpy.{function.__name__} does not take a {type(self).__name__}: use the chainrule function of that name"
        )

    # Elementwise functions and array functions as methods.
    def exp(self) -> Any:
        return rules.exp(self)

    def log(self) -> Any:
        return rules.log(self)

    def sqrt(self) -> Any:
        return rules.sqrt(self)

    def tanh(self) -> Any:
        return rules.tanh(self)

    def sigmoid(self) -> Any:
        return rules.sigmoid(self)

    def relu(self) -> Any:
        return rules.relu(self)

    @property
    def T(self) -> Any:
        return _ops().transpose(self)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        return _ops().sum(self, axis, keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        return _ops().mean(self, axis, keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Any:
        return _ops().max(self, axis, keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Any:
        return _ops().min(self, axis, keepdims)

    def reshape(self, *shape: Any) -> Any:
        return _ops().reshape(self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> Any:
        return _ops().transpose(self, axes[0] if len(axes) == 1 else axes or None)

    def swapaxes(self, axis1: int, axis2: int) -> Any:
        return _ops().swapaxes(self, axis1, axis2)

    def astype(self, dtype: Any) -> Any:
        return _ops().astype(self, dtype)

"""Functions that turn a function into its derivative, with the names and signatures of JAX (chapter 6).

Each call of a transform wraps its arguments in tensors of a level of their own, so transforms nest in any order:
`grad(grad(f))`, `jvp` of `grad`, a `grad` inside the function another `grad` is taken of.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from chainrule.dual import jvp
from chainrule.rules import fresh_level
from chainrule.shaping import as_array, stack
from chainrule.tape import ShapeError, recording
from chainrule.tensor import Tensor, make_leaf, pull_back
from chainrule.tree import leaves, tree_map

__all__ = ["grad", "hessian", "jacobian", "jvp", "value_and_grad", "vjp"]

Argnums = int | tuple[int, ...]


def _lift(name: str, x: Any, level: int) -> Tensor:
    """An argument as a tensor that asks for its gradient at this level."""
    data = as_array(x)
    if data.dtype.kind != "f":
        got = f"got dtype {data.dtype}: write 3.0 for 3, or .astype(float)"
        raise TypeError(f"{name}: expected floating-point arguments, {got}")
    return make_leaf(data, level)


class _Trace:
    """One run of a function on lifted arguments, and the gradients of its output with respect to them."""

    def __init__(self, name: str, f: Callable[..., Any], args: tuple[Any, ...], argnums: tuple[int, ...]) -> None:
        self.level = fresh_level()
        self.given = [args[i] for i in argnums]
        self.lifted = [tree_map(lambda x: _lift(name, x, self.level), args[i]) for i in argnums]
        full = list(args)
        for i, lifted in zip(argnums, self.lifted, strict=True):
            full[i] = lifted
        with recording(self.level):
            self.out = f(*full)

    def is_mine(self, out: Any) -> bool:
        return out.__class__ is Tensor and out._level == self.level

    def lower(self, out: Any) -> Any:
        """Outputs without the wrapping of this level."""
        return tree_map(lambda o: o.data if self.is_mine(o) else o, out)

    def pull(self, out: Any, cotangent: Any, retain: bool = False) -> list[Any]:
        """J^T cotangent, one tree an argument; a leaf the output does not depend on gets zeros."""
        for leaf in leaves(self.lifted):
            leaf.grad = None

        def one(o: Any, v: Any) -> None:
            if self.is_mine(o) and o.requires_grad:
                pull_back(o, v, retain)

        tree_map(one, out, cotangent)
        return [tree_map(_gradient, lifted, given) for lifted, given in zip(self.lifted, self.given, strict=True)]


def _gradient(leaf: Tensor, given: Any) -> Any:
    """The gradient of a leaf, as a Python number if a Python number was given."""
    gradient = np.zeros(leaf.shape, leaf.dtype) if leaf.grad is None else leaf.grad
    return gradient.item() if given.__class__ is float and isinstance(gradient, np.ndarray) else gradient


def _argnums(name: str, argnums: Argnums, args: tuple[Any, ...]) -> tuple[int, ...]:
    numbers = argnums if isinstance(argnums, tuple) else (argnums,)
    if not all(isinstance(i, (int, np.integer)) for i in numbers):
        raise TypeError(f"{name}: expected argnums to be an integer or a tuple of them, got {argnums!r}")
    for i in numbers:
        if not -len(args) <= i < len(args):
            raise ValueError(f"{name}: argnums names argument {i}, but the function was called with {len(args)}")
    found = tuple(i % len(args) for i in numbers)
    if len(set(found)) < len(found):
        raise ValueError(f"{name}: argnums {argnums} names an argument twice")
    return found


def _number(value: Any) -> Any:
    """An array without axes as a number; float32 stays a NumPy float32."""
    if not isinstance(value, np.ndarray) or value.shape:
        return value
    return value.item() if value.dtype == float else value[()]


def value_and_grad(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns `(f(...), gradient)`: value and gradient in one forward and one backward pass.

    Parameters
    ----------
    f
        A function of arrays, numbers, or trees of them (dict, list, tuple), that returns one number.
    argnums
        Which positional argument to differentiate with respect to, or a tuple of several (then the gradient is a
        tuple). The gradient has the structure and shapes of the argument.
    has_aux
        If set, f returns `(number, other)`, and the result is `((number, other), gradient)`.

    Raises
    ------
    TypeError
        If an argument to be differentiated is not floating-point, or f does not return a number.
    ShapeError
        If f returns an array with more than one entry.

    >>> value_and_grad(lambda w: (w * w).sum())(np.array([1.0, 2.0]))
    (5.0, array([2., 4.]))
    """

    @wraps(f)
    def with_gradient(*args: Any, **kwargs: Any) -> Any:
        trace = _Trace("grad", lambda *a: f(*a, **kwargs), args, _argnums("grad", argnums, args))
        if has_aux and not (isinstance(trace.out, tuple) and len(trace.out) == 2):
            raise TypeError("grad: with has_aux, f must return a pair (number, other)")
        out, aux = trace.out if has_aux else (trace.out, None)
        shape = getattr(out, "shape", () if isinstance(out, (int, float)) else None)
        if shape is None:
            raise TypeError(f"grad: expected f to return one number, got {type(out).__name__}")
        if shape != ():
            raise ShapeError(f"grad: expected f to return one number, got shape {shape}: reduce it, or use jacobian")
        gradients = trace.pull(out, np.ones((), out.dtype) if trace.is_mine(out) else 1.0)
        value = _number(trace.lower(out))
        gradient = tuple(gradients) if isinstance(argnums, tuple) else gradients[0]
        return ((value, trace.lower(aux)) if has_aux else value), gradient

    return with_gradient


def grad(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The gradient of a function that returns one number, by reverse mode.

    Arguments and errors as for `value_and_grad`; with `has_aux` the result is `(gradient, other)`. The gradient with
    respect to a Python float is a Python float.

    >>> grad(lambda x: x**3)(2.0), grad(grad(lambda x: x**3))(2.0)
    (12.0, 12.0)
    >>> grad(lambda p, x: (p["w"] * x).sum() + p["b"])({"w": np.ones(2), "b": 0.5}, np.array([3.0, 4.0]))
    {'w': array([3., 4.]), 'b': 1.0}
    """
    both = value_and_grad(f, argnums, has_aux)

    @wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, result = both(*args, **kwargs)
        return (result, value[1]) if has_aux else result

    return gradient


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of f and the function v -> J^T v, which runs one backward pass a call.

    `v` has the structure and shapes of `f(*primals)`; the result is a tuple with one entry an argument.

    >>> value, pullback = vjp(lambda x, y: x * y, 3.0, 4.0)
    >>> value, pullback(1.0)
    (12.0, (4.0, 3.0))
    """
    trace = _Trace("vjp", f, primals, tuple(range(len(primals))))

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        return tuple(trace.pull(trace.out, tree_map(_checked, trace.out, cotangent), retain=True))

    return tree_map(_number, trace.lower(trace.out)), pullback


def _checked(out: Any, cotangent: Any) -> Any:
    """A cotangent of the shape and dtype of the output it belongs to."""
    v = cotangent if hasattr(cotangent, "_level") else np.asarray(cotangent, getattr(out, "dtype", float))
    shape = getattr(out, "shape", ())
    if v.shape != shape:
        raise ShapeError(f"vjp: the cotangent has shape {v.shape}, the output {shape}")
    return v


def jacobian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The Jacobian of f by reverse mode, one backward pass for each entry of the output.

    For an output of shape `s` and an argument of shape `t` it has shape `s + t`: entry `[i, j]` is
    d output[i] / d argument[j]. An output or argument that is a tree gives a tree (the output's outside).
    `argnums` as for `grad`.

    >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """

    @wraps(f)
    def jacobian_of_f(*args: Any, **kwargs: Any) -> Any:
        trace = _Trace("jacobian", lambda *a: f(*a, **kwargs), args, _argnums("jacobian", argnums, args))

        def of(out: Any) -> Any:
            shape = getattr(out, "shape", ())
            size = math.prod(shape)
            basis = np.eye(size, dtype=getattr(out, "dtype", float)).reshape(size, *shape)
            rows = [trace.pull(out, v, retain=True) for v in basis]
            gathered = tree_map(lambda leaf, *row: _stacked(row, shape, leaf), trace.lifted, *rows)
            return tuple(gathered) if isinstance(argnums, tuple) else gathered[0]

        return tree_map(of, trace.out)

    return jacobian_of_f


def _stacked(rows: tuple[Any, ...], shape: tuple[int, ...], leaf: Tensor) -> Any:
    if not rows:
        return np.zeros(shape + leaf.shape, leaf.dtype)
    return _number(stack(rows).reshape(shape + leaf.shape))


def hessian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The matrix of second derivatives of a function that returns one number: the Jacobian of its gradient.

    For an argument of shape `t` it has shape `t + t`. `argnums` and trees as for `jacobian`.

    >>> hessian(lambda x: (x**3).sum())(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    return jacobian(grad(f, argnums), argnums)

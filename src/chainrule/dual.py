"""Dual numbers: forward-mode differentiation (chapter 5).

A dual number carries a value and a derivative, and every operation carries both along:
f((u, u')) = (f(u), f'(u) u'). The partial derivatives come from the table in `rules`. Parts may be numbers or
arrays, and may themselves be duals (second derivatives) or Tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from chainrule.operators import Operators
from chainrule.rules import Nesting, Rule, apply, explained, fresh_level
from chainrule.tree import tree_map

__all__ = ["Dual", "derivative", "jvp"]


class Dual(Operators):
    """A pair (u, u'): `primal` u is a value and `tangent` u' its derivative.

    The algebra is that of u + u' epsilon with epsilon^2 = 0. The variable is `Dual(x, 1.0)`; a constant is
    `Dual(c, 0.0)` or the number c itself. Both parts are numbers, or arrays of one shape (a scalar tangent is
    broadcast to the shape of the primal).

    Comparisons (`<`, `==`, ...) look at the primals, so that a program takes the same branches on duals as on
    numbers; compare `(z.primal, z.tangent)` to compare both parts. Duals are not hashable, and `float()` is
    refused because it would drop the derivative.

    Duals nest: in `Dual(Dual(x, 1.0), Dual(1.0, 0.0))` the outer pair is one level above the inner ones, and a
    number or a dual of a lower level is a constant to it. `derivative` and `jvp` give every call a level of its own, so
    that the derivatives of nested calls are never confused (Siskind & Pearlmutter 2008).

    >>> x1, x2 = Dual(3.0, 1.0), Dual(4.0, 0.0)
    >>> (2 * x1) * (x1 + x2)
    Dual(42.0, 20.0)
    """

    __slots__ = ("_level", "primal", "tangent")

    def __init__(self, primal: Any, tangent: Any = 0.0) -> None:
        if isinstance(primal, (str, bytes, dict)) or isinstance(tangent, (str, bytes, dict)):
            raise TypeError(f"Dual: expected numbers or arrays, got {primal!r} and {tangent!r}")
        if isinstance(primal, (list, tuple)):
            import numpy

            primal = numpy.asarray(primal, dtype=float)
        self.primal = primal
        self.tangent = _like(tangent, primal)
        self._level = 1 + max(getattr(primal, "_level", -1), getattr(tangent, "_level", -1))

    def __repr__(self) -> str:
        return f"Dual({self.primal!r}, {self.tangent!r})"

    def __format__(self, spec: str) -> str:
        return f"Dual({format(self.primal, spec)}, {format(self.tangent, spec)})" if spec else repr(self)

    def _apply(self, rule: Rule, args: tuple[Any, ...]) -> Dual:
        """f((u, u')) = (f(u), f'(u) u'), summed over the arguments that are duals of this level."""
        level = self._level
        active = [arg.__class__ is Dual and arg._level == level for arg in args]
        for arg, is_active in zip(args, active, strict=True):
            if not is_active and getattr(arg, "_level", -1) == level:
                raise TypeError(f"{rule.name}: a Dual and a {type(arg).__name__} do not mix: use jvp or grad")
        primals = tuple(a.primal if on else a for a, on in zip(args, active, strict=True))
        try:
            value = apply(rule, primals)
            tangent: Any = None
            for arg, is_active, partial in zip(args, active, rule.partials, strict=True):
                if is_active:
                    term = _times(partial(value, *primals), arg.tangent)
                    tangent = term if tangent is None else tangent + term
        except (ArithmeticError, ValueError) as error:
            raise explained(error, rule, primals) from error
        return make_dual(value, tangent, level)

    def __lt__(self, other: Any) -> Any:
        return self.primal < primal_of(other)

    def __le__(self, other: Any) -> Any:
        return self.primal <= primal_of(other)

    def __gt__(self, other: Any) -> Any:
        return self.primal > primal_of(other)

    def __ge__(self, other: Any) -> Any:
        return self.primal >= primal_of(other)

    def __eq__(self, other: Any) -> Any:
        return self.primal == primal_of(other)

    def __ne__(self, other: Any) -> Any:
        return self.primal != primal_of(other)

    def __bool__(self) -> bool:
        return bool(self.primal)

    def __hash__(self) -> NoReturn:
        raise TypeError("a Dual is not hashable: duals with equal primals compare equal; use .primal as the key")

    def __float__(self) -> NoReturn:
        raise TypeError(
            "float() or a function of the math module would drop the derivative of this Dual: use the chainrule "
            "function of that name (chainrule.exp for math.exp), or .primal for the value alone"
        )

    __int__ = __complex__ = __index__ = __float__

    def __round__(self, digits: int | None = None) -> NoReturn:
        raise TypeError("rounding a Dual is a step function, whose derivative is 0: round .primal")

    __floor__ = __ceil__ = __trunc__ = __round__

    def __len__(self) -> int:
        return len(self.primal)

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the primal; () for a number."""
        return getattr(self.primal, "shape", ())

    @property
    def ndim(self) -> int:
        """The number of axes; 0 for a number."""
        return len(self.shape)

    @property
    def dtype(self) -> Any:
        """The dtype of the primal, which must be an array."""
        return self.primal.dtype


def primal_of(x: Any) -> Any:
    """The value of a dual at every depth, or `x` itself."""
    return x.primal if x.__class__ is Dual else x


def make_dual(primal: Any, tangent: Any, level: int) -> Dual:
    """A dual of a given level; the public constructor counts levels from the nesting."""
    dual = Dual.__new__(Dual)
    dual.primal = primal
    dual.tangent = _like(tangent, primal)
    dual._level = level
    return dual


def _times(partial: Any, tangent: Any) -> Any:
    if partial.__class__ is int:
        return tangent if partial == 1 else partial * tangent
    return partial * tangent


def _like(tangent: Any, primal: Any) -> Any:
    """The tangent with the shape and floating dtype of the primal."""
    if not hasattr(primal, "dtype"):
        if isinstance(tangent, (list, tuple)):
            raise TypeError(f"Dual: expected a number for a tangent, as the primal is {primal!r}, got {tangent!r}")
        if hasattr(tangent, "shape") and tangent.shape != getattr(primal, "shape", ()):
            raise ValueError(f"Dual: the tangent has shape {tangent.shape}, but the primal is the number {primal!r}")
        return tangent
    from chainrule.shaping import tangent_like

    return tangent_like(tangent, primal)


def jvp(f: Callable[..., Any], primals: Any, tangents: Any) -> tuple[Any, Any]:
    """The value of f and its derivative along `tangents`, in one forward pass: f(x) and J(x) t.

    Parameters
    ----------
    f
        A function of as many arguments as there are `primals`; it may return a tree (dict, list, tuple) of values.
    primals, tangents
        Tuples (or lists) of numbers, arrays, or trees of them, of the same structure and shapes.

    Returns
    -------
    tuple
        `(f(*primals), tangent)`, both of the structure f returns.

    Raises
    ------
    TypeError
        If `primals` or `tangents` is not a tuple or list.
    ValueError
        If their structures or shapes differ.

    Source: Baydin et al. 2018, section 3.1; the signature is that of `jax.jvp`.

    >>> jvp(lambda x, y: x * y, (3.0, 4.0), (1.0, 0.0))
    (12.0, 4.0)
    """
    for name, argument in (("primals", primals), ("tangents", tangents)):
        if not isinstance(argument, (list, tuple)):
            raise TypeError(f"jvp: expected {name} to be a tuple or list, one item an argument of f, got {argument!r}")
    if len(primals) != len(tangents):
        raise ValueError(f"jvp: got {len(primals)} primals and {len(tangents)} tangents, expected as many of each")
    level = fresh_level()

    def lift(primal: Any, tangent: Any) -> Dual:
        if isinstance(primal, (str, bytes)):
            raise TypeError(f"jvp: expected numbers or arrays, got {primal!r}")
        shapes = getattr(primal, "shape", ()), getattr(tangent, "shape", ())
        if shapes[0] != shapes[1]:
            raise ValueError(f"jvp: a primal has shape {shapes[0]}, its tangent {shapes[1]}")
        return make_dual(primal, tangent, level)

    def is_active(out: Any) -> bool:
        return out.__class__ is Dual and out._level == level

    duals = tree_map(lift, tuple(primals), tuple(tangents))
    Nesting.depth += 1
    try:
        out = f(*duals)
    finally:
        Nesting.depth -= 1
    value = tree_map(lambda o: o.primal if is_active(o) else o, out)
    return value, tree_map(lambda o: o.tangent if is_active(o) else _zero_like(o), out)


def derivative(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The derivative f' of a function of one number, by a dual number with tangent 1.

    Applied to an array, f' differentiates an elementwise f at every entry. Calls nest:
    `derivative(derivative(f))` is f''.

    >>> f = lambda x: x * x * x
    >>> derivative(f)(2.0), derivative(derivative(f))(2.0)
    (12.0, 12.0)
    """

    def f_prime(x: Any) -> Any:
        if isinstance(x, (list, tuple)):
            raise TypeError(f"derivative: expected a number or an array, got {x!r}")
        slope = jvp(f, (x,), (_zero_like(x) + 1.0,))[1]
        # A function that computes with arrays inside still gives a number for a number.
        is_array = hasattr(slope, "dtype") and not hasattr(slope, "_level")
        return slope.item() if is_array and isinstance(x, (int, float)) and slope.shape == () else slope

    f_prime.__name__ = f"derivative_of_{getattr(f, '__name__', 'f')}"
    return f_prime


def _zero_like(x: Any) -> Any:
    if not hasattr(x, "shape") or x.shape == ():
        return 0.0
    from chainrule.shaping import zeros_like

    return zeros_like(x)

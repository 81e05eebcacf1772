"""The derivative rules: one table, elementwise function to value and partial derivatives (chapter 4).

Three engines read this table. `Dual` (chapter 5) sums partial times tangent, `Value` (chapter 6) stores the
partials on the edges of its graph, `Tensor` multiplies them with the incoming gradient. A rule is one entry: a
name, a formula for the reader, how to compute the value, and one partial derivative an argument, written as a
function of the value `y` and the arguments. Only the standard library is imported here: numbers go through
`math` and `cmath`, arrays through NumPy, which is loaded when the first array arrives.
"""

from __future__ import annotations

import cmath
import itertools
import math
import operator
from builtins import abs as _abs
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chainrule.error_function import erf as error_function

__all__ = [
    "RULES",
    "Nesting",
    "Rule",
    "abs",
    "absolute",
    "add",
    "apply",
    "arctan",
    "cos",
    "cosh",
    "custom_derivative",
    "divide",
    "erf",
    "exp",
    "explained",
    "expm1",
    "fresh_level",
    "gelu",
    "log",
    "log1p",
    "logsigmoid",
    "maximum",
    "minimum",
    "multiply",
    "negative",
    "power",
    "reciprocal",
    "relu",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tanh",
]

# Derivatives nest: each run of a transform takes a level of its own, and a newer (inner) level is a larger number.
# Duals nested by hand count 0, 1, 2, ... from the inside, which stays below the first level handed out here.
fresh_level: Callable[[], int] = itertools.count(1000).__next__


class Nesting:
    """How many transforms are running a function at the moment, one inside the other."""

    depth = 0


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One line of the table.

    `value(*args)` computes the function on numbers or arrays. `partials[i](y, *args)` is its derivative with
    respect to argument i, where `y` is the value already computed; it is written with operators and functions of
    this module alone, so that it can itself be differentiated. `analytic` says that the function may be checked
    with complex arguments. `function` is the public function, which takes any operand.
    """

    name: str
    value: Callable[..., Any]
    partials: tuple[Callable[..., Any], ...]
    analytic: bool
    function: Callable[..., Any]


RULES: dict[str, Rule] = {}
Function = Callable[..., Any]


def apply(rule: Rule, args: tuple[Any, ...]) -> Any:
    """The value of a rule on any operands.

    Numbers and arrays are computed here. Among operands that carry derivatives, the one of the innermost
    derivative being taken (the highest level) decides, and treats all the others as constants.
    """
    top, level = None, -1
    for arg in args:
        its_level = getattr(arg, "_level", -1)
        if its_level > level:
            top, level = arg, its_level
    if top is None:
        return rule.value(*args)
    return top._apply(rule, args)


def explained(error: Exception, rule: Rule, args: tuple[Any, ...]) -> Exception:
    """The same kind of error, which says of which function and at which arguments it was raised."""
    at = ", ".join(f"array of shape {arg.shape}" if getattr(arg, "shape", ()) else str(arg) for arg in args)
    return type(error)(f"{rule.name}({at}): no value, or no finite derivative: {error}")


def define(
    name: str, doc: str, value: Callable[..., Any], *partials: Callable[..., Any], analytic: bool = True
) -> Callable[..., Any]:
    """Enter a rule into the table and return the public function for it."""
    rule = RULES[name] = _rule(name, doc, value, partials, analytic)
    return rule.function


def _rule(name: str, doc: str, value: Function, partials: tuple[Function, ...], analytic: bool) -> Rule:
    """A rule and its public function, which takes any operands."""

    def unary(x: Any) -> Any:
        return apply(rule, (x,))

    def binary(a: Any, b: Any) -> Any:
        return apply(rule, (a, b))

    function = unary if len(partials) == 1 else binary
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    rule = Rule(name, value, partials, analytic, function)
    return rule


def custom_derivative(*partials: Function) -> Callable[[Function], Function]:
    """Give a function of one or two numbers or arrays a derivative rule of its own, for all three engines.

    `partials[i](y, *args)` is taken for the derivative of the function with respect to argument i, whatever it is
    in truth: a slope for a step function, or a form that does not overflow.

    >>> @custom_derivative(lambda y, x: sigmoid(x) * (1 - sigmoid(x)))
    ... def step(x):
    ...     return 1.0 if x > 0 else 0.0
    >>> from chainrule.dual import Dual
    >>> step(Dual(0.0, 1.0))
    Dual(0.0, 0.25)
    """

    def decorate(value: Function) -> Function:
        return _rule(value.__name__, value.__doc__ or "", value, partials, analytic=False).function

    return decorate


def _numpy(name: str, x: Any) -> Any:
    """NumPy, for an operand that is not a plain number."""
    if not hasattr(x, "dtype"):
        kind = type(x).__name__
        raise TypeError(f"{name}: expected a number, an array, a Dual, a Value or a Tensor, got {kind}: {x!r}")
    import numpy

    return numpy


def _library(name: str, on_complex: Callable[[complex], complex] | None = None, in_math: str = "") -> Callable:
    """The function of this NumPy name: from `math` for a float, `cmath` for a complex number, NumPy for an array."""
    in_math = in_math or name
    on_float: Callable[[float], float] = getattr(math, in_math)
    on_complex = on_complex or getattr(cmath, in_math)

    def value(x: Any) -> Any:
        kind = x.__class__
        if kind is float or kind is int:
            return on_float(x)
        if kind is complex:
            return on_complex(x)
        return on_float(x) if kind is bool else getattr(_numpy(name, x), name)(x)

    return value


def _is_complex(x: Any) -> bool:
    return x.__class__ is complex or (hasattr(x, "dtype") and x.dtype.kind == "c")


def _larger(a: Any, b: Any) -> Any:
    """max(a, b) on numbers, arrays, or one of each; NaN in `a` stays NaN."""
    if isinstance(a, complex) or isinstance(b, complex):
        return a if a.real >= b.real else b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)) and not hasattr(a, "dtype"):
        return max(a, b)
    return _numpy("maximum", a if hasattr(a, "dtype") else b).maximum(a, b)


def _sigmoid(x: Any) -> Any:
    if _is_complex(x):
        return 1 / (1 + exp(-x))
    # e is at most 1 and cannot overflow; the numerator is 1 for x >= 0 and e for x < 0.
    e = exp(-_abs(x))
    return _larger(e, x >= 0) / (1 + e)


def _softplus(x: Any) -> Any:
    return log(1 + exp(x)) if _is_complex(x) else _larger(x, 0) + log1p(exp(-_abs(x)))


def _sign(x: Any) -> Any:
    if isinstance(x, (int, float)) and not hasattr(x, "dtype"):
        return float((x > 0) - (x < 0))
    return _numpy("sign", x).sign(x)


def _relu(x: Any) -> Any:
    return max(x, 0.0) if x.__class__ is float else _larger(x, 0)


# Arithmetic. An integer 1 or -1 as a partial tells an engine that there is nothing to multiply.
add = define("add", "a + b", operator.add, lambda y, a, b: 1, lambda y, a, b: 1)
subtract = define("subtract", "a - b", operator.sub, lambda y, a, b: 1, lambda y, a, b: -1)
multiply = define("multiply", "a b, elementwise", operator.mul, lambda y, a, b: b, lambda y, a, b: a)
divide = define("divide", "a / b, elementwise", operator.truediv, lambda y, a, b: 1 / b, lambda y, a, b: -y / b)
negative = define("negative", "-x", operator.neg, lambda y, x: -1)
# b - (b != 0) is b - 1, but 0 where b = 0, so that the derivative of x^0 is 0 at x = 0 too;
# log(a + (a == 0)) is log a, but 0 where a = 0, the limit of a^b log a for b > 0.
power = define(
    "power",
    "a^b, elementwise. The derivative of x^0 is 0 everywhere.",
    operator.pow,
    lambda y, a, b: b * a ** (b - (b != 0)),
    lambda y, a, b: y * log(a + (a == 0)),
)
square = define("square", "x^2", lambda x: x * x, lambda y, x: 2 * x)
reciprocal = define("reciprocal", "1 / x", lambda x: 1 / x, lambda y, x: -y * y)
sqrt = define("sqrt", "The square root of x.", _library("sqrt"), lambda y, x: 0.5 / y)

# Exponentials, logarithms, trigonometry.
exp = define("exp", "e^x", _library("exp"), lambda y, x: y)
log: Function = define("log", "The natural logarithm of x.", _library("log"), lambda y, x: 1 / x)
expm1 = define("expm1", "e^x - 1, exact near 0.", _library("expm1", lambda x: cmath.exp(x) - 1), lambda y, x: exp(x))
log1p = define(
    "log1p", "log(1 + x), exact near 0.", _library("log1p", lambda x: cmath.log(1 + x)), lambda y, x: 1 / (1 + x)
)
sin = define("sin", "The sine of x (radians).", _library("sin"), lambda y, x: cos(x))
cos: Function = define("cos", "The cosine of x (radians).", _library("cos"), lambda y, x: -sin(x))
tan = define("tan", "The tangent of x (radians).", _library("tan"), lambda y, x: 1 + y * y)
arctan = define(
    "arctan", "The angle whose tangent is x.", _library("arctan", in_math="atan"), lambda y, x: 1 / (1 + x * x)
)
sinh = define("sinh", "The hyperbolic sine, (e^x - e^-x) / 2.", _library("sinh"), lambda y, x: cosh(x))
cosh: Function = define("cosh", "The hyperbolic cosine, (e^x + e^-x) / 2.", _library("cosh"), lambda y, x: sinh(x))
tanh = define("tanh", "The hyperbolic tangent, sinh x / cosh x.", _library("tanh"), lambda y, x: 1 - y * y)

# Activations, in forms that neither overflow nor lose digits for large |x|.
sigmoid = define("sigmoid", "The logistic function 1 / (1 + e^-x).", _sigmoid, lambda y, x: y * (1 - y))
softplus = define("softplus", "log(1 + e^x).", _softplus, lambda y, x: sigmoid(x))
logsigmoid = define("logsigmoid", "The logarithm of sigmoid(x).", lambda x: -_softplus(-x), lambda y, x: sigmoid(-x))
erf = define(
    "erf",
    "The error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x.",
    error_function,
    lambda y, x: 2 / math.sqrt(math.pi) * exp(-x * x),
    analytic=False,  # analytic, but computed on real numbers only
)
gelu = define(
    "gelu",
    "x Phi(x), Phi being the standard normal distribution function (Hendrycks & Gimpel 2016).",
    lambda x: 0.5 * x * (1 + erf(x * math.sqrt(0.5))),
    lambda y, x: 0.5 * (1 + erf(x * math.sqrt(0.5))) + x * exp(-0.5 * x * x) / math.sqrt(2 * math.pi),
    analytic=False,
)

# Functions with a kink: the derivative at the kink is a choice, made here once.
relu = define("relu", "max(x, 0), with derivative 0 at 0.", _relu, lambda y, x: x > 0, analytic=False)
sign = define("sign", "-1, 0 or 1 by the sign of x; its derivative is 0.", _sign, lambda y, x: 0, analytic=False)
absolute: Function = define("absolute", "|x|, with derivative 0 at 0.", _abs, lambda y, x: sign(x), analytic=False)
abs = absolute
maximum = define(
    "maximum",
    "The larger of a and b, elementwise. At a tie each gets half of the derivative, as in PyTorch.",
    _larger,
    lambda y, a, b: (a > b) * 0.5 + (a >= b) * 0.5,
    lambda y, a, b: (b > a) * 0.5 + (b >= a) * 0.5,
    analytic=False,
)
minimum = define(
    "minimum",
    "The smaller of a and b, elementwise. At a tie each gets half of the derivative, as in PyTorch.",
    lambda a, b: -_larger(-a, -b),
    lambda y, a, b: (a < b) * 0.5 + (a <= b) * 0.5,
    lambda y, a, b: (b < a) * 0.5 + (b <= a) * 0.5,
    analytic=False,
)

# What a reader sees in the docstring of each function, and doctest runs.
for example in """
add(2.0, 3.0) = 5.0; subtract(2.0, 3.0) = -1.0; multiply(2.0, 3.0) = 6.0; divide(3.0, 2.0) = 1.5; negative(2.0) = -2.0
power(2.0, 3.0) = 8.0; square(3.0) = 9.0; reciprocal(4.0) = 0.25; sqrt(9.0) = 3.0
exp(0.0) = 1.0; log(1.0) = 0.0; expm1(1e-20) = 1e-20; log1p(1e-20) = 1e-20
sin(0.0) = 0.0; cos(0.0) = 1.0; tan(0.0) = 0.0; arctan(0.0) = 0.0; sinh(0.0) = 0.0; cosh(0.0) = 1.0; tanh(0.0) = 0.0
sigmoid(0.0) = 0.5; softplus(-800.0) = 0.0; softplus(800.0) = 800.0; logsigmoid(-800.0) = -800.0
erf(0.0) = 0.0; gelu(0.0) = 0.0; relu(3.0) = 3.0; relu(-3.0) = 0.0
sign(-2.0) = -1.0; absolute(-2.0) = 2.0; maximum(2.0, 3.0) = 3.0; minimum(2.0, 3.0) = 2.0
""".replace("\n", ";").split(";"):
    if example:
        call, result = example.split(" = ")
        described = RULES[call.strip().split("(")[0]].function
        described.__doc__ = f"{described.__doc__}\n\n    >>> {call.strip()}\n    {result}"

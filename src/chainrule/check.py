"""Checks of derivatives: finite differences, the complex step, and two tests built on them (chapters 4 and 8).

A derivative computed by a rule should agree with one computed without it. Central differences need no rule but
lose half the digits; the complex step loses none, for functions made of analytic operations; the adjoint
identity compares forward with reverse mode to rounding error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.dual import jvp
from chainrule.tree import leaves, tree_map

__all__ = ["central_difference", "check_adjoint", "check_grad", "complex_step", "forward_difference"]

COMPLEX_STEP = 1e-30


def _entrywise(name: str, x: Any, slope: Callable[[Any], Any], kind: type) -> Any:
    """`slope(direction)` for a number x, or for each entry of an array x, gathered in the shape of x."""
    if np.ndim(x) == 0:
        return slope(1.0)
    x = np.asarray(x)
    if x.dtype.kind not in "iuf":
        raise TypeError(f"{name}: expected x to hold real numbers, got dtype {x.dtype}")
    columns = []
    for index in np.ndindex(x.shape):
        direction = np.zeros(x.shape, kind)
        direction[index] = 1
        columns.append(slope(direction))
    if not columns:
        return np.zeros(x.shape)
    outputs = np.stack([np.asarray(column) for column in columns], axis=-1)
    return outputs.reshape(outputs.shape[:-1] + x.shape)


def _real(x: Any) -> Any:
    return np.asarray(x, dtype=float) if np.ndim(x) else float(x)


def _checked_step(name: str, h: float) -> None:
    if not h > 0:
        raise ValueError(f"{name}: expected a step h > 0, got {h!r}")


def forward_difference(f: Callable[[Any], Any], x: Any, h: float = 1e-8) -> Any:
    """(f(x + h) - f(x)) / h: the truncation error falls with h, the rounding error grows with 1 / h.

    For an array x each entry is moved in turn; the result has the shape of f(x) followed by the shape of x
    (so the shape of x when f returns a number). Evaluates f once more than x has entries. `h` is the step;
    near 1e-8 both errors are about 1e-8.

    >>> round(forward_difference(lambda x: x * x, 3.0, h=0.5), 6)
    6.5
    """
    _checked_step("forward_difference", h)
    x = _real(x)
    start = f(x)
    return _entrywise("forward_difference", x, lambda e: (f(x + h * e) - start) / h, float)


def central_difference(f: Callable[[Any], Any], x: Any, h: float = 6e-6) -> Any:
    """(f(x + h) - f(x - h)) / (2 h): the truncation error falls with h^2.

    Shapes as for `forward_difference`; f is evaluated twice an entry. At the default step, near the cube root of
    the rounding unit, about 10 digits are right.

    >>> round(central_difference(lambda x: x * x, 3.0, h=0.5), 6)
    6.0
    """
    _checked_step("central_difference", h)
    x = _real(x)
    return _entrywise("central_difference", x, lambda e: (f(x + h * e) - f(x - h * e)) / (2 * h), float)


def complex_step(f: Callable[[Any], Any], x: Any, h: float = COMPLEX_STEP) -> Any:
    """Im f(x + i h) / h: no difference is taken, so h may be tiny and nothing is lost to rounding.

    f must be analytic where it is evaluated (no abs, no max at a tie, no comparison), and must accept complex
    numbers. Shapes as for `forward_difference`.

    Source: Squire & Trapp 1998, "Using complex variables to estimate derivatives of real functions".

    >>> import chainrule
    >>> complex_step(chainrule.exp, 0.0)
    1.0
    """
    _checked_step("complex_step", h)
    x = _real(x)

    def slope(e: Any) -> Any:
        out = f(x + 1j * h * e)
        if not np.iscomplexobj(out):
            raise TypeError("complex_step: f returned a real number; somewhere it drops the imaginary part")
        return out.imag / h

    return _entrywise("complex_step", x, slope, float)


def _dot(a: Any, b: Any) -> float:
    """The inner product of two trees of arrays."""
    products: list[float] = []
    tree_map(lambda u, v: products.append(float(np.sum(np.asarray(u) * np.asarray(v)))), a, b)
    return float(sum(products))


def _report(name: str, got: np.ndarray, want: np.ndarray, rtol: float, atol: float, where: str) -> None:
    """Raise AssertionError at the entry that is farthest outside the tolerance."""
    if got.shape != want.shape:
        raise AssertionError(f"{name}: {where} has shape {got.shape}, expected {want.shape}")
    excess = np.abs(got - want) - (atol + rtol * np.abs(want))
    excess = np.where(np.isnan(excess), np.inf, excess)
    if excess.size and np.max(excess) > 0:
        index = tuple(int(i) for i in np.unravel_index(int(np.argmax(excess)), excess.shape))
        raise AssertionError(
            f"{name}: {where} is wrong at {int((excess > 0).sum())} of {excess.size} entries; worst at {index}: "
            f"got {got[index]:.10g}, expected {want[index]:.10g}"
        )


def check_grad(f: Callable[..., Any], *args: Any, rtol: float = 1e-6, atol: float = 1e-8, h: float = 6e-6) -> None:
    """Compare reverse-mode gradients of f with central differences.

    f takes float arrays or numbers (`args`) and returns a number or an array; an array is first contracted with
    fixed weights, so that every entry of the output counts. The check is made for every argument.

    Raises
    ------
    AssertionError
        Naming the argument, how many entries are wrong, and the worst one with both values.

    >>> import chainrule
    >>> check_grad(chainrule.multiply, 2.0, 3.0)
    """
    from chainrule.transforms import grad

    args = tuple(np.asarray(a, dtype=float) for a in args)
    shape = np.shape(f(*args))
    # Irrational multiples of a fixed angle: weights without symmetry, the same in every run.
    weights = np.cos(1.0 + np.sqrt(2.0) * np.arange(int(np.prod(shape)))).reshape(shape)

    def total(*xs: Any) -> Any:
        out = f(*xs) * weights
        return out.sum() if shape else out

    gradients = grad(total, argnums=tuple(range(len(args))))(*args)
    for i, (arg, gradient) in enumerate(zip(args, gradients, strict=True)):

        def alone(x: Any, i: int = i) -> Any:
            return total(*args[:i], x, *args[i + 1 :])

        numeric = np.asarray(central_difference(alone, arg, h), dtype=float).reshape(arg.shape)
        _report("check_grad", np.asarray(gradient), numeric, rtol, atol, f"the gradient of argument {i}")


def check_adjoint(f: Callable[..., Any], *args: Any, rng: np.random.Generator, rtol: float = 1e-10) -> None:
    """Check that forward and reverse mode agree: <v, J t> = <J^T v, t> for random t and v.

    `args` are float arrays, numbers or trees of them. The identity holds to rounding error if both modes are
    right, or wrong in the same way; `check_grad` looks from outside.

    Raises
    ------
    AssertionError
        With both inner products.

    >>> import numpy as np
    >>> from chainrule import ops
    >>> check_adjoint(ops.matmul, np.eye(2), np.ones((2, 3)), rng=np.random.default_rng(0))
    """
    from chainrule.transforms import vjp

    def noise(x: Any) -> Any:
        return rng.standard_normal(np.shape(x))

    args = tree_map(lambda a: np.asarray(a, dtype=float), args)
    t = tree_map(noise, args)
    out, forward = jvp(f, args, t)
    v = tree_map(noise, out)
    _, pullback = vjp(f, *args)
    reverse = pullback(v)
    left, right = _dot(v, forward), _dot(reverse, t)
    sizes = [np.linalg.norm(np.asarray(leaf)) for leaf in (*leaves(v), *leaves(forward))]
    scale = max(1.0, *(float(s) for s in sizes)) if sizes else 1.0
    if not np.abs(left - right) <= rtol * scale:
        raise AssertionError(f"check_adjoint: <v, J t> = {left:.15g} (forward), <J^T v, t> = {right:.15g} (reverse)")

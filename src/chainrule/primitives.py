"""Operations on arrays made from a value and its pullbacks (chapter 6).

`primitive` turns one function into an operation that takes arrays, tensors (reverse mode) and duals (forward mode).
All operations in `ops` and the layers built on it are made this way, so adding one touches one place.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import numpy as np

from chainrule.dual import Dual, make_dual
from chainrule.rules import fresh_level
from chainrule.tape import Node, Parts, ShapeError, State, recording
from chainrule.tensor import Tensor, make_leaf, make_tensor, pull_back, shapes

__all__ = ["as_array", "primitive"]


def primitive(function: Callable[..., Any] | None = None, *, linear: bool = False) -> Callable[..., Any]:
    """Make an operation out of a function that returns its value and how to pull gradients back.

    The decorated function is called with positional arguments that are arrays (tensors arrive unwrapped; other
    values pass through) and with keyword arguments that are no subject of differentiation. It returns
    `(out, pullbacks)`:

    - `pullbacks` is a tuple with one function `g -> gradient` for each positional argument, where `g` has the shape of
      `out`; None for an argument that has no gradient. Only those of arguments that require gradients are kept and
      called. Or it is one function `(g, needs) -> gradients` that returns a tuple with one gradient an argument, for
      operations that compute them together; `needs[i]` says whether argument i wants its gradient (return None if not).
    - `out` may be a tuple of arrays; then `g` is a tuple of gradients, zeros for an output that was not used.
    - Pullbacks hold arrays only, and return arrays they do not keep. The engine sums a gradient over axes that were
      broadcast and casts it to the dtype of the argument.

    The operation takes arrays (and returns arrays, recording nothing), tensors, and duals. With `linear=True` it is
    linear in each argument with the others held fixed, and forward mode applies it to the tangents. Otherwise forward
    mode transposes the pullback, which like a second derivative needs the function to be written with operators,
    array methods and functions of this package instead of NumPy functions.

    Raises
    ------
    ShapeError
        A ValueError inside the function is raised as ShapeError with the operation's name and shapes in front.

    >>> @primitive
    ... def cube(x):
    ...     return x**3, (lambda g: g * 3 * x**2,)
    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> cube(x).sum().backward()
    >>> x.grad
    array([ 3., 12.])
    """
    if function is None:
        return lambda f: primitive(f, linear=linear)
    body, name = function, function.__name__.strip("_")

    @wraps(body)
    def operation(*args: Any, **kwargs: Any) -> Any:
        top: Any = None
        level = -1
        for arg in args:
            if arg.__class__ is Tensor or arg.__class__ is Dual:
                if arg._level > level:
                    top, level = arg, arg._level
                elif arg._level == level and arg.__class__ is not top.__class__:
                    raise TypeError(f"{name}: a Tensor and a Dual do not mix: use jvp or grad")
        for key, value in kwargs.items():
            if hasattr(value, "_level"):
                raise TypeError(f"{name}: pass {key} by position: a keyword argument is not differentiated")
        if top is None:
            return _run(name, body, args, kwargs)[0]
        if top.__class__ is Dual:
            return _forward(name, body, operation, level, args, kwargs, linear)
        return _reverse(name, body, level, args, kwargs)

    return operation


def as_array(x: Any) -> Any:
    """A number or a list as an array, a dual of numbers as a dual of arrays; anything with a dtype as it is."""
    if hasattr(x, "dtype"):
        return x
    if x.__class__ is Dual:
        return make_dual(as_array(x.primal), as_array(x.tangent), x._level)
    return np.asarray(x)


def _run(name: str, body: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    try:
        return body(*args, **kwargs)
    except ShapeError:
        raise
    except ValueError as error:
        operands = shapes(a for a in args if hasattr(a, "shape"))
        raise ShapeError(f"{name}: {operands}: {error}" if operands else f"{name}: {error}") from error
    except TypeError as error:
        if any(hasattr(arg, "_level") for arg in args):
            raise TypeError(
                f"{name}: its rule is written for arrays alone, so it has neither forward mode nor a second derivative"
            ) from error
        raise


def _at(arg: Any, kind: Any, level: int) -> bool:
    return arg.__class__ is kind and arg._level == level


def _reverse(name: str, body: Callable[..., Any], level: int, args: Any, kwargs: Any) -> Any:
    """Run the body on the data of the tensors and record its pullbacks."""
    data, live = list(args), []
    for i, arg in enumerate(args):
        if arg.__class__ is Tensor and (arg._level == level or not arg.requires_grad):
            data[i] = arg.data
            if arg.requires_grad:
                live.append(i)
    out, pullbacks = _run(name, body, data, kwargs)
    if not live or level < State.floor:
        parents: tuple[Any, ...] = ()
    elif callable(pullbacks):
        parents = tuple([args[i].node or args[i] for i in live])
        pullbacks = _only_needed(pullbacks, tuple([i in live for i in range(len(args))]))
    else:
        if live[-1] >= len(pullbacks):
            raise TypeError(f"{name}: argument {live[-1]} requires a gradient, but there is no pullback for it")
        parents = tuple([args[i].node or args[i] for i in live if pullbacks[i] is not None])
        pullbacks = tuple([pullbacks[i] for i in live if pullbacks[i] is not None])
    if out.__class__ is not tuple:
        return make_tensor(out, level, name, parents, pullbacks)
    if not parents:
        return tuple(make_tensor(part, level) for part in out)
    return _several(name, out, level, parents, pullbacks)


def _only_needed(joint: Callable[..., Any], needs: tuple[bool, ...]) -> Callable[[Any], list[Any]]:
    def pullback(g: Any) -> list[Any]:
        return [gradient for gradient, need in zip(joint(g, needs), needs, strict=True) if need]

    return pullback


def _several(name: str, out: tuple[Any, ...], level: int, parents: tuple[Any, ...], pullbacks: Any) -> Any:
    """Tensors for several outputs, which hand their gradients to one node that has them all."""
    kinds = [(part.shape, part.dtype) for part in out]

    def pullback(g: Parts) -> Any:
        filled = tuple(
            np.zeros(*kind) if entry is None else entry for entry, kind in zip(g.entries, kinds, strict=True)
        )
        return pullbacks(filled) if callable(pullbacks) else [p(filled) for p in pullbacks]

    node = Node(name, parents, pullback, Parts([]))
    return tuple(
        make_tensor(part, level, f"{name}[{i}]", (node,), (partial(Parts.one, i, len(out)),))
        for i, part in enumerate(out)
    )


def _forward(
    name: str, body: Callable[..., Any], operation: Callable[..., Any], level: int, args: Any, kwargs: Any, linear: bool
) -> Any:
    """Value and tangent: by the operation itself if it is linear, else by transposing its pullbacks."""
    primals = [as_array(a.primal) if _at(a, Dual, level) else a for a in args]
    tangents = {i: as_array(a.tangent) for i, a in enumerate(args) if _at(a, Dual, level)}
    if linear:
        terms = [operation(*primals[:i], t, *primals[i + 1 :], **kwargs) for i, t in tangents.items()]
        return make_dual(operation(*primals, **kwargs), sum(terms[1:], terms[0]), level)
    out, pullbacks = _run(name, body, primals, kwargs)
    many = out.__class__ is tuple
    # J^T v is linear in v, so its transpose, taken by the tape at any v, is J.
    v_level = fresh_level()
    parts = out if many else (out,)
    v = tuple(make_leaf(_zeros(part), v_level) for part in parts)
    g = v if many else v[0]
    with recording(v_level):
        needs = tuple(i in tangents for i in range(len(args)))
        if callable(pullbacks):
            gradients = _run(name, pullbacks, (g, needs), {})
        else:
            gradients = [_run(name, p, (g,), {}) if p and i in tangents else None for i, p in enumerate(pullbacks)]
    for i, t in tangents.items():
        c: Any = gradients[i]
        if _at(c, Tensor, v_level) and c.requires_grad:
            pull_back(c, _widened(t, c.shape), retain=True)
    duals = tuple(
        make_dual(part, _zeros(part) if leaf.grad is None else leaf.grad, level)
        for part, leaf in zip(parts, v, strict=True)
    )
    return duals if many else duals[0]


def _zeros(out: Any) -> np.ndarray:
    """A tangent of zeros for an output: integers have tangents too, in float64."""
    return np.zeros(out.shape, out.dtype if out.dtype.kind == "f" else float)


def _widened(t: Any, shape: tuple[int, ...]) -> Any:
    """A tangent repeated along the axes that the operation broadcast."""
    if t.shape == shape:
        return t
    from chainrule.shaping import broadcast_to

    return broadcast_to(t, shape)

"""What the judge may have done to a student's object, by name: arithmetic, items, attributes, calls."""

from __future__ import annotations

import contextlib
import copy
import operator
from collections.abc import Callable, Iterator
from typing import Any

from .errors import MESSAGE_LIMIT


def enter(manager: Any) -> Any:
    return type(manager).__enter__(manager)


def leave(manager: Any, error: Any, text: str) -> bool:
    if error is None:
        return bool(type(manager).__exit__(manager, None, None, None))
    problem = error(text)
    return bool(type(manager).__exit__(manager, type(problem), problem, None))


OPERATIONS: dict[str, Callable[..., Any]] = {
    name: getattr(operator, name)
    for name in (
        "add sub mul truediv floordiv mod pow matmul and_ or_ xor lshift rshift neg pos abs invert "
        "iadd isub imul itruediv ifloordiv imod ipow imatmul iand ior ixor ilshift irshift "
        "eq ne lt le gt ge getitem setitem delitem contains index"
    ).split()
}
OPERATIONS |= {
    "call": lambda f, *args, **kwargs: f(*args, **kwargs),
    "getattr": getattr,
    "setattr": setattr,
    "delattr": delattr,
    "divmod": divmod,
    "round": round,
    "len": len,
    "repr": lambda value: repr(value)[:MESSAGE_LIMIT],
    "str": lambda value: str(value)[:MESSAGE_LIMIT],
    "format": lambda value, spec: format(value, spec)[:MESSAGE_LIMIT],
    "iter": iter,
    "reversed": reversed,
    "next": next,
    "enter": enter,
    "exit": leave,
    "bool": bool,
    "int": int,
    "float": float,
    "complex": complex,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "dir": dir,
    "power": pow,
}


@contextlib.contextmanager
def errors_as(state: tuple[tuple[str, str], ...] | None) -> Iterator[None]:
    """NumPy's floating-point error handling as the test has set it."""
    if state is None:
        yield
        return
    import numpy as np

    with np.errstate(**dict(state)):  # type: ignore[arg-type]
        yield

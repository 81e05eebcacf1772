"""The closed set of values that cross between judge and worker, their limits, and what stands for all others.

What does not cross by value goes as a `Handle` (an object of the worker's) or a `Function` (one of the judge's).
Both sides have this folder, and nothing in it knows of tests.
"""

from __future__ import annotations

import builtins
import math
import operator
import re
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

MAX_FRAME = 64 << 20
MAX_ELEMENTS = 500_000
MAX_DEPTH = 50
MAX_INT_BYTES = 1024
MAX_NDIM = 32


class WireError(Exception):
    """A frame or a value that may not cross, with the reason."""


@dataclass(frozen=True)
class Handle:
    """An object that stays in the worker, by its number there."""

    number: int
    kind: str
    type_name: str


@dataclass(frozen=True)
class Function:
    """A function that stays in the judge, by its number there."""

    number: int
    name: str


def _known() -> dict[str, Any]:
    """Functions and types that are the same everywhere and have no effect but their result, by name."""
    table: dict[str, Any] = {f"math.{k}": v for k, v in vars(math).items() if callable(v) and k[0] != "_"}
    table |= {f"operator.{k}": getattr(operator, k) for k in ("add", "sub", "mul", "truediv", "neg", "matmul", "pow")}
    for name in ("abs", "len", "max", "min", "round", "sum", "int", "float", "complex", "bool", "str", "bytes"):
        table[name] = getattr(builtins, name)
    table |= {t.__name__: t for t in (list, tuple, dict, set, frozenset, range, slice)}
    table |= {k: v for k, v in vars(builtins).items() if isinstance(v, type) and issubclass(v, Exception)}
    for name, value in vars(np).items():
        # Not the classes of arrays: called in the judge, `ndarray` shows its memory and `memmap` opens files.
        if isinstance(value, np.ufunc) or (isinstance(value, type) and issubclass(value, np.generic)):
            table[f"numpy.{name}"] = value
    return table


KNOWN = _known()
# Several names may mean one object (np.float64 and np.double): the last one wins, on both sides alike.
NAME_OF_KNOWN = {id(value): name for name, value in KNOWN.items()}

ARRAY_KIND = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248]|c(8|16)|[SU]\d{1,6}|[mM]8(\[\d{0,6}[a-zA-Zμ]{1,7}\])?)")
GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
LEAVES = (np.ndarray, np.random.Generator)


def loaded_torch() -> Any:
    """PyTorch if something has imported it, else None."""
    return sys.modules.get("torch")


def is_tensor(value: Any) -> bool:
    """Whether `value` is a tensor of PyTorch's; imports nothing."""
    torch = loaded_torch()
    return torch is not None and isinstance(value, getattr(torch, "Tensor", ()))


def is_leaf(value: Any) -> bool:
    """Mutable, and holding no other value: an array, a tensor, a random generator."""
    return isinstance(value, LEAVES) or is_tensor(value)

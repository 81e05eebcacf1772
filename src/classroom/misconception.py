"""Plausible wrong solutions of an assignment, each with the hint a student who makes it must see.

`solutions/psNN-name/misconceptions.py` lists them:

    @wrong("multiply-check", cell="multiply", name="multiply", hint="two terms")
    def forgets_the_second_term(u, v):
        return u[0] * v[0], u[1] * v[0]

The function (or class) stands in for `name` in the solution cell `cell`; the rest of that cell stays as the
solution has it. Without `name` the body of the function is the whole cell. The test cell `item` must then
take points, and its message must contain `hint`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Misconception:
    """One wrong solution: which item it must lose points on, where it goes, and the hint it must earn."""

    item: str
    cell: str
    name: str | None
    hint: str
    definition: str


def wrong(item: str, *, cell: str, hint: str, name: str | None = None) -> Callable[[Any], Any]:
    """Mark a function or class as a wrong solution (see the module's docstring)."""

    def mark(definition: Any) -> Any:
        definition.misconception = Misconception(item, cell, name, hint, definition.__name__)
        return definition

    return mark

"""What an answer would earn that knows no more than the examples which the release shows.

Its functions and classes are the solution's while the visible part of a check runs, and give None in the hidden part.
Whatever points are left then are given for the examples alone, which a dishonest submission can hold in a table.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from ..assignments.assignment import Assignment
from ..judging.cells import HIDDEN, hidden_lines, plain_python
from ..model import Verdict
from ..submissions.transplant import Grafted

FORGETTING = """

def _forget():
    for name, value in list(globals().items()):
        if getattr(value, "__module__", "") == "__main__" and callable(value) and not name.startswith("_"):
            _known[name] = value
            globals()[name] = lambda *args, **kwargs: None


def _recall():
    globals().update(_known)
    _known.clear()


_known = {}
"""


def forgetful(cells: Sequence[Grafted]) -> tuple[Grafted, ...]:
    """The notebook with answers that are gone while hidden tests run."""
    result, told = [], False
    for cell in cells:
        if cell.runs_in_worker and cell.language == "code" and not told:
            cell, told = replace(cell, source=cell.source + FORGETTING), True
        elif cell.kind == "test":
            cell = replace(cell, source=_turned(cell.source))
        result.append(cell)
    return tuple(result)


def _turned(source: str) -> str:
    hidden = hidden_lines(source)
    statements = [node for node in ast.parse(plain_python(source)).body if node.lineno not in hidden]
    # A hidden test that fails inside a part never comes to its end mark: what is visible after it remembers again.
    visible = {min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))]) for node in statements}
    lines = []
    for number, line in enumerate(source.split("\n"), start=1):
        mark = HIDDEN.match(line)
        if mark is not None:
            line = line[: len(line) - len(line.lstrip())] + ("_forget()" if mark[1] == "BEGIN" else "_recall()")
        lines += ["_recall()", line] if number in visible else [line]
    return "\n".join(lines)


def earns_nothing(assignment: Assignment, verdict: Verdict | Exception) -> list[str]:
    """The examples alone earn no points of any item."""
    if isinstance(verdict, Exception):
        return [f"answers that know the visible examples only could not be judged: {verdict!r}"]
    found = []
    for cell in assignment.tests:
        result = verdict.items[cell.id]
        if result.points:
            parts = f" ({', '.join(result.passed)})" if result.passed else ""
            found.append(
                f"{cell.id}: an answer that knows only the visible examples gets {result.points:g} points{parts}; "
                "ask the same on other numbers among the hidden tests: with points.confirm(PART): ..."
            )
    return found

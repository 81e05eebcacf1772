"""Notebook tricks: the file handed in is edited, broken or replaced to win `square-check` with a wrong `square`.

Each gets the folder to hand in and a notebook whose `square` is wrong and whose `mean_square` is right.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

NAME = "ps99-toy"
WRONG = "def square(x):\n    return 0.0"
HONEST_MEAN = "def mean_square(xs):\n    return sum(square(x) for x in xs) / len(xs)"
SOFT = "check = Check('square')"


@dataclass(frozen=True)
class NotebookAttack:
    """What is done to the folder; what its honest part still earns; what the record must say when it is refused."""

    name: str
    hand_in: Callable[[Path, Any], None]
    mean: float = 8.0
    reason: str = ""
    wanted: str = "square-check"


ATTACKS: list[NotebookAttack] = []


def trick(name: str, **expected: Any) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """An edit of the notebook; what it returns (or the notebook itself) is handed in."""

    def register(edit: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def hand_in(folder: Path, notebook: Any) -> None:
            result = edit(notebook)
            text = result if isinstance(result, str) else json.dumps(notebook if result is None else result)
            (folder / f"{NAME}.ipynb").write_text(text, encoding="utf-8")

        ATTACKS.append(NotebookAttack(name, hand_in, **expected))
        return edit

    return register


def trick_with_files(
    name: str, **expected: Any
) -> Callable[[Callable[[Path, Any], None]], Callable[[Path, Any], None]]:
    """An edit of the folder."""

    def register(hand_in: Callable[[Path, Any], None]) -> Callable[[Path, Any], None]:
        ATTACKS.append(NotebookAttack(name, hand_in, **expected))
        return hand_in

    return register


def cell(notebook: Any, name: str) -> Any:
    return next(c for c in notebook.cells if c.id == name)


def marks(notebook: Any, name: str) -> Any:
    return cell(notebook, name).metadata["nbgrader"]


def write(folder: Path, notebook: Any, name: str = NAME) -> None:
    (folder / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


@trick("test edited")
def _(notebook: Any) -> None:
    cell(notebook, "square-check").source = SOFT


@trick("test deleted")
def _(notebook: Any) -> None:
    notebook.cells = [c for c in notebook.cells if c.id != "square-check"]


@trick("test duplicated, the copy soft")
def _(notebook: Any) -> None:
    copied = copy.deepcopy(cell(notebook, "square-check"))
    copied.id, copied.source = "copy", SOFT
    notebook.cells.append(copied)


@trick("a soft test put before the real one")
def _(notebook: Any) -> None:
    copied = copy.deepcopy(cell(notebook, "square-check"))
    copied.id, copied.source = "copy", SOFT
    notebook.cells.insert(0, copied)


@trick("cells in reverse order")
def _(notebook: Any) -> None:
    notebook.cells.reverse()


@trick("test marked as a solution")
def _(notebook: Any) -> None:
    marks(notebook, "square-check").update(grade=False, solution=True, locked=False)
    cell(notebook, "square-check").source = SOFT


@trick("test marked as answered by hand")
def _(notebook: Any) -> None:
    marks(notebook, "square-check").update(solution=True)


@trick("test turned into text")
def _(notebook: Any) -> None:
    cell(notebook, "square-check").cell_type = "markdown"


@trick("test unlocked and its checksum forged")
def _(notebook: Any) -> None:
    marks(notebook, "square-check").update(locked=False, checksum="0" * 32)
    cell(notebook, "square-check").source = SOFT


@trick("points raised")
def _(notebook: Any) -> None:
    marks(notebook, "mean-check").update(points=1000)


@trick("points below nothing")
def _(notebook: Any) -> None:
    marks(notebook, "square-check").update(points=-8)


@trick("points that are no number")
def _(notebook: Any) -> None:
    marks(notebook, "square-check").update(points="NaN")


@trick("a graded item of one's own")
def _(notebook: Any) -> None:
    bonus = nbformat.v4.new_code_cell("1000.0", id="bonus")
    bonus.metadata["nbgrader"] = {**marks(notebook, "square-check"), "grade_id": "bonus", "points": 1000}
    notebook.cells.append(bonus)


@trick("item renamed to an easier one")
def _(notebook: Any) -> None:
    marks(notebook, "square-check").update(grade_id="mean-check")
    marks(notebook, "mean-check").update(grade_id="square-check")


@trick("the solution claims to be the test")
def _(notebook: Any) -> None:
    marks(notebook, "square").update(grade_id="square-check", grade=True, points=8)


@trick("solution deleted")
def _(notebook: Any) -> None:
    notebook.cells = [c for c in notebook.cells if c.id != "square"]


@trick("solution turned into text")
def _(notebook: Any) -> None:
    cell(notebook, "square").cell_type = "markdown"


@trick("the same solution twice")
def _(notebook: Any) -> None:
    copied = copy.deepcopy(cell(notebook, "square"))
    copied.id, copied.source = "copy", "def square(x):\n    return x"
    notebook.cells.insert(0, copied)


@trick("set-up replaced by friendlier checks")
def _(notebook: Any) -> None:
    cell(notebook, "setup").source = (
        "class Check:\n    def __init__(self, *a, **k): pass\n    def call(self, *a): return self\n"
        "    def gives(self, *a, **k): pass\nPoints = generator = give = plain = Check"
    )


@trick("a cell before everything with friendlier checks")
def _(notebook: Any) -> None:
    source = "import classroom.expect as e\ne.same = lambda *a: True"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(source, id="first"))


@trick("a cell after the set-up that binds its names")
def _(notebook: Any) -> None:
    source = "class Check:\n    def __getattr__(self, name): return lambda *a, **k: self\ncheck = points = Check()"
    notebook.cells.insert(2, nbformat.v4.new_code_cell(source, id="second"))


@trick("a cell after everything that prints the points")
def _(notebook: Any) -> None:
    notebook.cells.append(nbformat.v4.new_code_cell("print('8.0')\n8.0", id="last"))


@trick("outputs forged")
def _(notebook: Any) -> None:
    forged = nbformat.v4.new_output("execute_result", {"text/plain": "8.0"}, execution_count=1)
    for name in ("square", "square-check"):
        cell(notebook, name).outputs = [forged]


@trick("another kernel")
def _(notebook: Any) -> None:
    notebook.metadata["kernelspec"] = {"name": "bash", "display_name": "Bash", "language": "bash"}
    notebook.metadata["language_info"] = {"name": "bash"}


@trick("notebook settings forged")
def _(notebook: Any) -> None:
    notebook.metadata["chainrule"] = {
        "withheld": [],
        "packages": ["sklearn"],
        "release": "../../solutions",
        "seconds": 1,
    }
    notebook.metadata["classroom"] = {"refused": "", "run": 99}


@trick("a release nobody knows", mean=0.0, reason="whose tests are not kept here")
def _(notebook: Any) -> None:
    notebook.metadata["chainrule"]["release"] = "0" * 16


@trick("format 3")
def _(notebook: Any) -> Any:
    return nbformat.convert(notebook, 3)


@trick("a format of the future")
def _(notebook: Any) -> None:
    notebook["nbformat_minor"] = 99
    cell(notebook, "square-check")["judge"] = {"points": 8}


@trick("format 5", mean=0.0, reason="expected a notebook of format 4")
def _(notebook: Any) -> None:
    notebook["nbformat"] = 5


@trick("corrupt JSON", mean=0.0, reason="does not parse as JSON")
def _(notebook: Any) -> str:
    return json.dumps(notebook)[:-3]


@trick("JSON nested without end", mean=0.0, reason="does not parse as JSON")
def _(notebook: Any) -> str:
    return '{"nbformat": 4, "cells": ' + "[" * 100_000


@trick("a huge cell", mean=0.0, reason="has 2,000,000 characters")
def _(notebook: Any) -> None:
    cell(notebook, "square").source = "#" * 2_000_000


@trick("a thousand cells too many", mean=0.0, reason="at most 1000 are accepted")
def _(notebook: Any) -> None:
    notebook.cells += [nbformat.v4.new_code_cell("x = 1", id=f"more-{i}") for i in range(1001)]


@trick("source that is no text", mean=0.0, reason="has no text as its source")
def _(notebook: Any) -> None:
    cell(notebook, "square").source = {"__class__": "str"}


@trick_with_files("no notebook", mean=0.0, reason="found no notebook")
def _(folder: Path, notebook: Any) -> None:
    (folder / "square.txt").write_text("8 points, please")


@trick_with_files("another name", mean=0.0, reason="expected ps99-toy.ipynb, found ps01-features.ipynb")
def _(folder: Path, notebook: Any) -> None:
    write(folder, notebook, "ps01-features")


@trick_with_files("link to the solution", mean=0.0, reason="ps99-toy.ipynb is a link")
def _(folder: Path, notebook: Any) -> None:
    (folder / f"{NAME}.ipynb").symlink_to("../../../../solutions/ps99-toy/ps99-toy.ipynb")


@trick_with_files("link to another student's work", mean=0.0, reason="ps99-toy.ipynb is a link")
def _(folder: Path, notebook: Any) -> None:
    (folder / f"{NAME}.ipynb").symlink_to(f"../../honest/{NAME}/{NAME}.ipynb")


@trick_with_files("link to a device", mean=0.0, reason="data.txt is a link")
def _(folder: Path, notebook: Any) -> None:
    write(folder, notebook)
    (folder / "data.txt").symlink_to("/dev/zero")


@trick_with_files("a pipe nobody writes to", mean=0.0, reason="pipe.csv is not a regular file")
def _(folder: Path, notebook: Any) -> None:
    write(folder, notebook)
    os.mkfifo(folder / "pipe.csv")


@trick_with_files("files named like libraries")
def _(folder: Path, notebook: Any) -> None:
    write(folder, notebook)
    for name in ("numpy", "classroom", "ipykernel_launcher", "sitecustomize"):
        (folder / f"{name}.py").write_text("import os\nos._exit(0)\n")


@trick_with_files("a time before the deadline, and one that is none")
def _(folder: Path, notebook: Any) -> None:
    write(folder, notebook)
    (folder / "timestamp.txt").write_text("1 January, year of the '; DROP TABLE grade; --")

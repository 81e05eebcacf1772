"""The beginning of a new assignment: a source notebook and wrong solutions that already pass `check`.

The one item in it, the mean of squared errors, is there to be replaced; around it stands everything a set needs:
a solution cell, visible and hidden checks, partial credit, hints, an item marked by hand with a rubric.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from ..assignments.assignment import AssignmentError
from ..topics import CHAPTERS

NAME = re.compile(r"ps\d\d-[a-z0-9]+(?:-[a-z0-9]+)*")

TITLE = """\
# Problem set {number}: {title}

Say in two sentences what one can do after this set, and how it differs from the chapter.

**About 60 minutes, 20 points.** Work from top to bottom. Replace each `raise NotImplementedError` by your code and run
the check below it as often as you like. When your work is graded, the same checks run again with other numbers."""

SETUP = """\
import numpy as np

from classroom.expect import Check, Points, generator"""

TASK = """\
## 1. Mean of squared errors (17 points)

`mean_squared_error(y_hat, y)`: arrays of shape $(N,)$ in, the number $\\frac1N \\sum_i (\\hat y_i - y_i)^2$ out."""

SOLUTION = '''\
def mean_squared_error(y_hat, y):
    """The mean of the squared differences of y_hat and y, both (N,): a number.

    >>> mean_squared_error(np.array([3.0, 4.0]), np.array([3.0, 2.0]))
    2.0
    """
    ### BEGIN SOLUTION
    return float(np.mean((y_hat - y) ** 2))
    ### END SOLUTION'''

CHECK = """\
check = Check("1. mean of squared errors", see="{topic}")
points = Points(17)
### BEGIN HIDDEN TESTS
# For the hidden checks below, drawn before the first part that can fail.
rng = generator()
guess, target = 3 * rng.normal(size=(2, 9))
### END HIDDEN TESTS

with points.part(7, "by hand"):
    hints = [
        (4.0, "that is the sum; the mean divides it by N"),
        (1.0, "no factor 1/2 here"),
        (lambda got: abs(got - 2**0.5) < 1e-9, "that is the root of the mean; here it is the mean itself"),
    ]
    check.call(mean_squared_error, np.array([3.0, 4.0]), np.array([3.0, 2.0])).gives(2.0, hints=hints)

with points.part(10, "other numbers"):
    check.call(mean_squared_error, np.array([1.0, 1.0]), np.array([1.0, 1.0])).gives(0.0)
    ### BEGIN HIDDEN TESTS
    hints = [(lambda got: got < 0 or abs(got) < 0.2, "errors of both signs cancel unless they are squared first")]
    check.call(mean_squared_error, guess, target).gives(float(np.mean((guess - target) ** 2)), hints=hints)
    ### END HIDDEN TESTS

### BEGIN HIDDEN TESTS
# Without this, whoever writes down the answers to the open examples would keep their points.
with points.confirm("by hand"):
    guess, target = guess[:2], target[:2]
    check.call(mean_squared_error, guess, target).gives(float(np.mean((guess - target) ** 2)))
### END HIDDEN TESTS
points.total()"""

QUESTION = """\
## 2. In your own words (3 points)

Two models have the same mean of squared errors, and yet one of them is preferred. Give a reason, with an example."""

RUBRIC = """\
### BEGIN SOLUTION
- 2 points: a reason, such as one large error against many small ones, or errors all of one sign.
- 1 point: an example with numbers that has the same mean for both.
### END SOLUTION"""

WRONG = '''\
"""Wrong solutions of problem set {number}, each with the hint that a student who makes it must see."""

import numpy as np

from classroom.misconception import wrong


@wrong("error-check", cell="error", name="mean_squared_error", hint="divides it by N")
def sum_for_mean(y_hat, y):
    return float(np.sum((y_hat - y) ** 2))


@wrong("error-check", cell="error", name="mean_squared_error", hint="no factor 1/2")
def half_of_it(y_hat, y):
    return float(np.mean((y_hat - y) ** 2) / 2)


@wrong("error-check", cell="error", name="mean_squared_error", hint="here it is the mean itself")
def root_of_it(y_hat, y):
    return float(np.sqrt(np.mean((y_hat - y) ** 2)))
'''


def _marks(kind: str, identity: str, language: str, points: float = 0) -> dict[str, Any]:
    """nbgrader's metadata of a cell: setup, solution, test or manual."""
    marks: dict[str, Any] = {
        "schema_version": 3,
        "grade_id": identity,
        "cell_type": language,
        "grade": kind in ("test", "manual"),
        "solution": kind in ("solution", "manual"),
        "locked": kind in ("setup", "test"),
        "task": False,
    }
    return marks | ({"points": points} if points else {})


def notebook(name: str, title: str, topic: str) -> Any:
    """The source notebook of a new assignment."""
    words = {"number": int(name[2:4]), "title": title, "topic": topic}
    rows = [
        ("setup", "title", TITLE.format(**words), "markdown", 0),
        ("setup", "setup", SETUP, "code", 0),
        ("setup", "error-text", TASK, "markdown", 0),
        ("solution", "error", SOLUTION, "code", 0),
        ("test", "error-check", CHECK.format(**words), "code", 17),
        ("setup", "explain-text", QUESTION, "markdown", 0),
        ("manual", "explain", RUBRIC, "markdown", 3),
    ]
    cells = []
    for kind, identity, source, language, points in rows:
        make = new_code_cell if language == "code" else new_markdown_cell
        metadata: dict[str, Any] = {"nbgrader": _marks(kind, identity, language, points)}
        if points:
            metadata["topics"] = [topic]
        cells.append(make(source, id=identity, metadata=metadata))
    settings = {
        "title": title[:1].upper() + title[1:],
        "chapter": CHAPTERS[topic.split("-")[0]],
        "minutes": 60,
        "withheld": [],
        "packages": ["numpy"],
        "seconds": 5,
    }
    metadata = {
        "chainrule": settings,
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return new_notebook(cells=cells, metadata=metadata)


def create(folder: Path, title: str, topic: str) -> Path:
    """Write a new assignment into `folder`, whose name is the assignment's; returns the notebook's path.

    Raises
    ------
    AssignmentError
        If the name, the title or the topic cannot be used, or something stands there already.
    """
    if not NAME.fullmatch(folder.name):
        raise AssignmentError(f"name: expected ps, two digits and words, as in ps14-my-subject; got {folder.name!r}")
    if not title.strip():
        raise AssignmentError("--title: expected a few words, got none")
    if not re.fullmatch(r"[A-Z]{2}-[1-9][0-9]?", topic) or topic.split("-")[0] not in CHAPTERS:
        raise AssignmentError(f"--topic: expected an ID of the topic index such as GD-2, got {topic!r}")
    taken = sorted(p.name for p in folder.parent.glob(f"{folder.name[:4]}-*"))
    if taken:
        raise AssignmentError(f"{folder.name[:4]} is there already ({taken[0]}); choose another number")
    folder.mkdir(parents=True)
    path = folder / f"{folder.name}.ipynb"
    nbformat.write(notebook(folder.name, title.strip(), topic), path)
    (folder / "misconceptions.py").write_text(WRONG.format(number=int(folder.name[2:4])), encoding="utf-8")
    return path

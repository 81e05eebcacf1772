"""Marking one's own work: the hidden checks and the page of `feedback`, without a gradebook and without a class.

For someone who learns alone, in a copy of the course that has the solutions. The hidden inputs are the same at every
try, so that a miss stays to be mended.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbconvert import HTMLExporter
from traitlets.config import Config

from .. import seeds
from ..assignments.assignment import HIDDEN, SOLUTION, Assignment
from ..grading import pipeline, record
from ..grading.pipeline import Graded, Task
from ..nbgrader_plugin import FILTERS, TEMPLATES
from ..pages.feedback import NOT_WRITTEN, FeedbackForm, code_style
from ..sandboxing.sandbox import probe
from ..submissions import inert
from .submit import Found, read

ME = "me"
# No secret: who marks their own work may read the checks.
KEY = b"the same hidden inputs for everyone who learns alone"


def mark(assignment: Assignment, found: Found, *, sandboxed: bool = True) -> Graded:
    """Judge the notebook under the assignment's hidden checks."""
    if sandboxed:
        probe()
    seed = seeds.seed(assignment.name, ME, 1, key=KEY)
    with tempfile.TemporaryDirectory(prefix="classroom-me-") as place:
        # Alone in a folder, as the work of one student is when it has been handed in.
        folder = Path(place, assignment.name)
        folder.mkdir()
        (folder / f"{assignment.name}.ipynb").write_bytes(read(found.path))
        releases = found.root / "course" / "releases"
        return pipeline.grade_one(Task(assignment, folder, ME, 1, seed, releases, sandboxed))


def earned(graded: Graded) -> float:
    """The points that tests gave."""
    return sum(pipeline.score(graded, cell.id, cell.points) for cell in graded.assignment.tests)


def most(graded: Graded) -> float:
    """The points that tests can give."""
    return sum(cell.points for cell in graded.assignment.tests)


def told(graded: Graded) -> list[str]:
    """The result for the terminal: a line an item, with the hint where there is one."""
    if graded.refused:
        return [f"{graded.assignment.name} could not be marked: {graded.refused}"]
    lines = []
    for cell in graded.assignment.tests:
        points = pipeline.score(graded, cell.id, cell.points)
        failures = graded.items[cell.id].failures if cell.id in graded.items else ()
        sign = "✓" if points >= cell.points else "✗"
        lines.append(f"{sign} {cell.id.removesuffix('-check')}: {points:g} of {cell.points:g} points")
        if failures and all(failure.problem.startswith(NOT_WRITTEN) for failure in failures):
            lines.append(f"    {NOT_WRITTEN}")
            continue
        for failure in failures:
            said = failure.hint or failure.problem
            lines.append(inert.text(f"    {failure.part + ': ' if failure.part else ''}{said}", 300))
    answered = {cell.id for cell in graded.cells if cell.answered}
    for cell in graded.assignment.manual:
        written = cell.id in answered
        what = f"not marked by machine (up to {cell.points:g} points)" if written else NOT_WRITTEN
        lines.append(f"{'…' if written else '✗'} {cell.id}: {what}")
    return [*lines, f"{earned(graded):g} of {most(graded):g} points from the checks, {graded.seconds:.1f} s"]


def page(graded: Graded, config: Any, root: Path, folder: Path, *, solution: str = "") -> str:
    """The feedback page that is to lie in `folder`, with a link to the page `solution` where there is one."""
    notebook = record.notebook(graded)
    waiting = {cell.id for cell in graded.cells if cell.kind == "manual" and cell.answered}
    for cell in notebook.cells:
        marks = cell.metadata.get("nbgrader", {})
        if marks.get("grade"):
            by_hand = bool(marks.get("solution"))
            marks["score"] = 0.0 if by_hand else pipeline.score(graded, marks["grade_id"], float(marks["points"]))
            marks["pending"] = marks["grade_id"] in waiting
    resources: dict[str, Any] = {
        "nbgrader": {
            "assignment": graded.assignment.name,
            "score": earned(graded),
            "max_score": graded.assignment.points,
            "late_penalty": 0,
            "site": _site(config, root, folder, graded.assignment.chapter),
            "book": str(root / "book"),
        },
        "alone": {"command": f"classroom grade --me {graded.assignment.name.split('-')[0]}", "solution": solution},
    }
    notebook, resources = FeedbackForm().preprocess(notebook, resources)
    return _rendered(notebook, resources)


def _site(config: Any, root: Path, folder: Path, chapter: str) -> str:
    """Where the book is: the address that the course names, else the copy that was built here, seen from `folder`."""
    built = root / "_build" / "html"
    named = str(config.SafeFeedback.get("site", "")).rstrip("/")
    if named or not (built / f"{chapter}.html").exists():
        return named
    return Path(os.path.relpath(built, folder)).as_posix()


def solution_page(assignment: Assignment) -> str:
    """The assignment's solution to read, with the rubrics of what is marked by hand and the hidden checks."""
    notebook = nbformat.from_dict(assignment.notebook)
    for cell in notebook.cells:
        lines = cell.source.split("\n")
        cell.source = "\n".join(line for line in lines if not any(marker in line for marker in SOLUTION + HIDDEN))
    return _rendered(notebook, {"title": assignment.title, "code_style": code_style()}, "solution.html.j2")


def _rendered(notebook: Any, resources: dict[str, Any], template: str = "index.html.j2") -> str:
    config = Config()
    config.HTMLExporter.template_file = template
    config.HTMLExporter.template_name = "feedback"
    config.HTMLExporter.extra_template_basedirs = [os.fspath(TEMPLATES)]
    config.HTMLExporter.filters = FILTERS
    text: str = HTMLExporter(config=config).from_notebook_node(notebook, resources)[0]
    return text

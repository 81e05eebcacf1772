"""Made-up submissions of an assignment: right, untouched, and with the mistakes its authors foresaw."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

from classroom.assignments.assignment import Assignment, load, release_form
from classroom.authoring import wrong_solutions
from classroom.submissions.transplant import StudentCell, solved, untouched

ROOT = Path(__file__).resolve().parents[1]


def assignment(name: str) -> Assignment:
    """An assignment of the course by its full name."""
    return load(ROOT / "solutions" / name)


def released(source: Assignment) -> Any:
    """The notebook students receive."""
    notebook = nbformat.from_dict(source.notebook)
    for cell in notebook.cells:
        cell.source = source.cell(cell.id).stub
    return release_form(notebook)


def page(source: Assignment, cells: tuple[StudentCell, ...]) -> Any:
    """The notebook a student with these answers hands in."""
    notebook = released(source)
    answers = {cell.grade_id: cell.source for cell in cells}
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    return notebook


def kinds(source: Assignment) -> list[tuple[StudentCell, ...]]:
    """Different submissions: the solution, the release, each misconception."""
    wrong = [wrong_solutions.submission(source, found) for found in wrong_solutions.read(source)]
    return [solved(source), untouched(source), *wrong]


def class_of(source: Assignment, number: int) -> Iterator[tuple[str, Any]]:
    """`number` students with their notebooks: two in five solve it all, one hands in the release, the rest err."""
    right, empty, *wrong = kinds(source)
    mistakes = itertools.cycle(wrong)
    for i in range(number):
        cells = right if i % 5 < 2 else empty if i % 20 == 4 else next(mistakes)
        yield f"s{i:05d}", page(source, cells)


def hand_in(course: Path, folder: str, name: str, submissions: Iterator[tuple[str, Any]]) -> None:
    """Put notebooks where nbgrader's collect step puts them."""
    for student, notebook in submissions:
        place = course / folder / student / name
        place.mkdir(parents=True)
        nbformat.write(notebook, place / f"{name}.ipynb")

"""A course with the toy assignment in a folder of its own, as an instructor would have it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup

from classroom.assignments import course as courses
from classroom.assignments.course import Course
from classroom.grading import run

ROOT = Path(__file__).resolve().parents[2]
TOY = Path(__file__).parent / "toy" / "solutions"
NAME = "ps99-toy"
RIGHT = {
    "square": "def square(x):\n    return x * x",
    "mean": "def mean_square(xs):\n    return sum(square(x) for x in xs) / len(xs)",
}


def make_course(folder: Path) -> Course:
    """The toy course in `folder`, its assignment generated."""
    shutil.copytree(TOY, folder / "solutions")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    course = courses.find(folder)
    result = course.api.generate_assignment(NAME, force=True)
    assert result["success"], result
    return course


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The generated toy course, to be copied."""
    folder = tmp_path_factory.mktemp("toy-course")
    make_course(folder)
    return folder


@pytest.fixture
def course(generated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """A fresh toy course with a secret of its own."""
    monkeypatch.setenv("CHAINRULE_SECRET_FILE", str(tmp_path / "secret"))
    shutil.copytree(generated, tmp_path / "course")
    monkeypatch.chdir(tmp_path / "course")
    return courses.find(tmp_path / "course")


def released(course: Course) -> Any:
    """The released notebook."""
    return nbformat.read(course.root / "exercises" / NAME / f"{NAME}.ipynb", as_version=4)


def answered(course: Course, **cells: str) -> Any:
    """The released notebook with these cells' sources replaced."""
    notebook = released(course)
    for cell in notebook.cells:
        if cell.id in cells:
            cell.source = cells.pop(cell.id)
    assert not cells, f"no such cells: {list(cells)}"
    return notebook


def hand_in(course: Course, student: str, notebook: Any, name: str = NAME) -> Path:
    """Put a notebook (or a file's text) where nbgrader's collect step puts it."""
    folder = course.root / "course" / "submitted" / student / NAME
    folder.mkdir(parents=True, exist_ok=True)
    text = notebook if isinstance(notebook, str) else nbformat.writes(notebook)
    (folder / f"{name}.ipynb").write_text(text, encoding="utf-8")
    return folder


def identifier(name: str) -> str:
    """An attack's name as the student who hands it in may be called."""
    return "x" + "".join(c if c.isalnum() else "-" for c in name)


def grade(course: Course, **options: Any) -> dict[str, dict[str, float]]:
    """Grade everything handed in; points by student and item."""
    course.coursedir.assignment_id, course.coursedir.student_id = NAME, "*"
    summary = run.grade_all(course.coursedir, run.submissions(course.coursedir), force=True, **options)
    assert summary.failed == {}
    return points(course)


def points(course: Course) -> dict[str, dict[str, float]]:
    """What the gradebook holds."""
    with course.api.gradebook as gradebook:
        return {
            s.student.id: {g.name: g.score for n in s.notebooks for g in n.grades}
            for s in gradebook.assignment_submissions(NAME)
        }


def feedback(course: Course, student: str) -> BeautifulSoup:
    """The student's feedback page, made anew."""
    result = course.api.generate_feedback(NAME, student_id=student, force=True)
    assert result["success"], result
    page = course.root / "course" / "feedback" / student / NAME / f"{NAME}.html"
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


def edited(notebook: Any, change: Callable[[Any], None]) -> Any:
    """The notebook after `change` was applied to it."""
    change(notebook)
    return notebook

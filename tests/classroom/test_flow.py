"""The instructor's whole way by nbgrader's own commands: generate, hand in, autograde, feedback, export."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from toycourse import NAME, RIGHT, ROOT, TOY, answered, hand_in, points, released

from classroom.assignments import course as courses
from classroom.assignments.course import Course

pytestmark = pytest.mark.sandbox

NBGRADER = Path(sys.executable).with_name("nbgrader")
TWO_MISTAKES = {
    "square": "def square(x):\n    return 2 * x",
    "mean": "def mean_square(xs):\n    if isinstance(xs, list):\n        return sum(x * x for x in xs) / len(xs)\n"
    "    return sum(xs) / len(xs)",
    "explain": "A product of two numbers of the same sign is positive. <script>alert(1)</script>",
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """The toy course after every command ran once, each as a process of its own."""
    folder = tmp_path_factory.mktemp("flow")
    shutil.copytree(TOY, folder / "solutions")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    environment = {**os.environ, "CHAINRULE_SECRET_FILE": str(folder / "secret")}

    def nbgrader(*words: str) -> None:
        done = subprocess.run([NBGRADER, *words], cwd=folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    nbgrader("generate_assignment", NAME)
    course = courses.find(folder)
    hand_in(course, "solved", answered(course, **RIGHT, explain="Equal signs give a positive product, zero gives 0."))
    hand_in(course, "untouched", released(course))
    hand_in(course, "mistaken", answered(course, **TWO_MISTAKES))
    hand_in(course, "raising", answered(course, square="def square(x):\n    return x * x\n1 / 0", mean=RIGHT["mean"]))
    nbgrader("autograde", NAME)
    nbgrader("generate_feedback", NAME)
    nbgrader("export", "--to", "grades.csv")
    yield course


def page(course: Course, student: str) -> BeautifulSoup:
    path = course.root / "course" / "feedback" / student / NAME / f"{NAME}.html"
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def test_points_of_every_item(graded: Course) -> None:
    assert points(graded) == {
        "solved": {"square-check": 8.0, "mean-check": 8.0, "explain": 0.0},
        "untouched": {"square-check": 0.0, "mean-check": 0.0, "explain": 0.0},
        "mistaken": {"square-check": 0.0, "mean-check": 5.0, "explain": 0.0},
        # The cell raised after the function was there, as in the student's own notebook.
        "raising": {"square-check": 8.0, "mean-check": 8.0, "explain": 0.0},
    }


def test_who_waits_for_a_marker(graded: Course) -> None:
    with graded.api.gradebook as gradebook:
        waiting = {s.student.id for s in gradebook.assignment_submissions(NAME) if s.needs_manual_grade}
    assert waiting == {"solved", "mistaken"}


def test_hints_stand_in_the_feedback_in_order(graded: Course) -> None:
    found = page(graded, "mistaken")
    assert [hint.text for hint in found.select(".hint")] == [
        "that is twice the number, not its square",
        "the mean of the squares, not of the values",
    ]
    item = found.select_one("#item-square-check")
    assert item is not None
    rows = dict(zip([d.text for d in item.select("dt")], [d.text for d in item.select("dd")], strict=True))
    assert rows["Tried"].startswith("square(3")
    assert rows["Got"] == "6"
    assert rows["Read again"] == "DN-3, chapter 5 (dual numbers)"
    assert "0 of 8 points" in item.text


def test_feedback_of_each_kind(graded: Course) -> None:
    assert "Every check passed." in page(graded, "solved").select_one("#item-square-check").text  # type: ignore[union-attr]
    assert "to be marked by hand" in page(graded, "solved").select_one("#item-explain").text  # type: ignore[union-attr]
    assert "not written yet" in page(graded, "untouched").select_one("#item-square-check").text  # type: ignore[union-attr]
    assert "ZeroDivisionError" in page(graded, "raising").select_one(".stderr").text  # type: ignore[union-attr]
    assert "part of the points" in page(graded, "mistaken").select_one("#item-mean-check").text  # type: ignore[union-attr]


def test_feedback_is_inert_and_hides_what_is_hidden(graded: Course) -> None:
    hidden = [cell.hidden.strip() for cell in graded.assignment(NAME).tests]
    for student in points(graded):
        found = page(graded, student)
        assert not found.find_all(["script", "iframe", "link", "object"])
        assert not [tag for tag in found.find_all(src=True) if not str(tag["src"]).startswith("data:")]
        for region in hidden:
            assert not [line for line in region.splitlines() if len(line) > 30 and line.strip() in found.text]


def test_csv(graded: Course) -> None:
    with open(graded.root / "grades.csv", newline="", encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert {name: (float(row["score"]), float(row["max_score"])) for name, row in rows.items()} == {
        "solved": (16.0, 20.0),
        "untouched": (0.0, 20.0),
        "mistaken": (5.0, 20.0),
        "raising": (16.0, 20.0),
    }
    assert {row["assignment"] for row in rows.values()} == {NAME}

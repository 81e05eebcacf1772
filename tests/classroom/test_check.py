"""`classroom check`: a sound assignment passes, and each way of being unsound is named."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from toycourse import NAME, TOY

from classroom.assignments.assignment import Assignment, AssignmentError, load
from classroom.authoring import check as checks
from classroom.authoring import wrong_solutions
from classroom.authoring.wrong_solutions import replaced

WRONG = (TOY / NAME / "misconceptions.py").read_text(encoding="utf-8")


def changed(folder: Path, change: Callable[[Any], Any] = lambda nb: None, wrong: str = WRONG) -> Assignment:
    """The toy assignment after a change to its notebook or its misconceptions."""
    notebook = copy.deepcopy(load(TOY / NAME).notebook)
    change(notebook)
    (folder / NAME).mkdir()
    nbformat.write(notebook, folder / NAME / f"{NAME}.ipynb")
    (folder / NAME / "misconceptions.py").write_text(wrong, encoding="utf-8")
    return load(folder / NAME)


def edit(cell: str, old: str, new: str) -> Callable[[Any], None]:
    def change(notebook: Any) -> None:
        found = next(c for c in notebook.cells if c.id == cell)
        assert old in found.source
        found.source = found.source.replace(old, new)

    return change


@pytest.mark.sandbox
def test_the_toy_is_sound() -> None:
    report = checks.check(load(TOY / NAME), jobs=1)
    assert report.problems == ()
    assert "6 wrong solutions tried" in report.facts
    assert "2 items graded by tests, 1 by hand" in report.facts


UNSOUND: list[tuple[str, dict[str, Any], str]] = [
    (
        "a wrong solution in the source",
        {"change": edit("square", "return x * x", "return x * x + 1")},
        "square-check: the solution gets 0 of 8",
    ),
    (
        "parts that do not add up",
        {"change": edit("mean-check", "points.part(3", "points.part(2")},
        "mean-check: the solution gets 0 of 8",
    ),
    (
        "a misconception that is right",
        {"wrong": WRONG.replace("return 2 * x", "return x * x")},
        "doubles (square-check): is not caught, it gets all 8 points",
    ),
    (
        "a hint that is not shown",
        {"wrong": WRONG.replace('hint="twice the number"', 'hint="thrice"')},
        "doubles (square-check): the hint 'thrice' is not shown; the student is told: the value is wrong; expected 9",
    ),
]


@pytest.mark.sandbox
@pytest.mark.parametrize(("parts", "words"), [u[1:] for u in UNSOUND], ids=[u[0] for u in UNSOUND])
def test_what_is_unsound_is_named(tmp_path: Path, parts: dict[str, Any], words: str) -> None:
    report = checks.check(changed(tmp_path, **parts), seeds=(1,), jobs=1)
    assert [p for p in report.problems if p.startswith(words)], report.problems


@pytest.mark.sandbox
def test_points_for_an_untouched_release_are_a_problem(tmp_path: Path) -> None:
    def gift(notebook: Any) -> None:
        next(c for c in notebook.cells if c.id == "square-check").source = "check = Check('square')"

    report = checks.check(changed(tmp_path, gift, wrong=""), seeds=(1,), jobs=1)
    assert report.problems == (
        "square-check: the untouched release gets 8 points",
        "square-check: an answer that knows only the visible examples gets 8 points; ask the same on other numbers "
        "among the hidden tests: with points.confirm(PART): ...",
    )


@pytest.mark.sandbox
def test_points_for_the_visible_examples_alone_are_a_problem(tmp_path: Path) -> None:
    change = edit("mean-check", 'with points.confirm("on numbers")', 'with points.part(0, "again")')
    report = checks.check(changed(tmp_path, change, wrong=""), seeds=(1,), jobs=1)
    assert report.problems == (
        "mean-check: an answer that knows only the visible examples gets 5 points (on numbers); ask the same on other "
        "numbers among the hidden tests: with points.confirm(PART): ...",
    )


def test_points_and_rubric(tmp_path: Path) -> None:
    def change(notebook: Any) -> None:
        notebook.cells[3].metadata["nbgrader"]["points"] = 7
        notebook.cells[6].source = "Why?\n\n### BEGIN SOLUTION\n### END SOLUTION"

    assert checks.points(changed(tmp_path, change)) == [
        "the points add up to 19, expected 20",
        "explain: no rubric between the solution markers",
    ]


def test_topics_are_taught(tmp_path: Path) -> None:
    def change(notebook: Any) -> None:
        notebook.cells[3].metadata["topics"] = ["DN-3", "XX-1"]

    assignment = changed(tmp_path, change)
    (tmp_path / "book" / "part2").mkdir(parents=True)
    (tmp_path / "book" / "part2" / "05-dual-numbers.ipynb").write_text("(dn-1)=\n(dn-3)=\n")
    found = checks.topics(assignment, tmp_path / "book")
    assert found == [
        f"square-check: no chapter teaches XX-1; known are {', '.join(checks.CHAPTERS)}",
        "mean-check: part2/05-dual-numbers has no label (dn-2)=, so feedback would link nowhere",
    ]


def test_hidden_text_in_the_release_is_found(tmp_path: Path) -> None:
    line = 'check.call(square, x).gives(x * x, hints=[(lambda got: got < 0, "a square is never negative")])'
    assignment = changed(tmp_path, edit("title", "# Toy", f"# Toy\n\n    {line}"))
    assert len(checks.hidden(assignment)) == 1
    assert checks.hidden(assignment)[0].startswith("title: the release holds hidden text of square-check")
    assert checks.hidden(load(TOY / NAME)) == []
    (assignment.folder / "notes.txt").write_text(assignment.cell("mean-check").hidden)
    assert [p.split(":")[0] for p in checks.hidden(load(assignment.folder))].count("notes.txt") >= 2


BAD_MARKS = [
    ("square-check", "cube-check", "ps99-toy has no cell 'cube-check'"),
    ('@wrong("square-check"', '@wrong("square"', "square is not a test cell"),
    ('cell="square"', 'cell="setup"', "setup is not a solution cell"),
    ('name="square"', 'name="cube"', "the solution cell defines no 'cube'"),
    ('hint="twice the number"', 'hint="twice" + str(2)', "all literals"),
    ('hint="twice the number"', 'hint="twice", extra=1', "@wrong has no argument extra"),
]


@pytest.mark.parametrize(("old", "new", "words"), BAD_MARKS)
def test_a_bad_mark_is_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(AssignmentError) as problem:
        wrong_solutions.read(changed(tmp_path, wrong=WRONG.replace(old, new, 1)))
    assert words in str(problem.value)
    assert "doubles" in str(problem.value)


def test_replacing_a_method_keeps_the_class() -> None:
    cell = "class A:\n    @property\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2\nx = A()"
    new = replaced(cell, "A.f", "def one_off(self):\n    return 0", "one_off")
    assert new == "class A:\n    def f(self):\n        return 0\n\n    def g(self):\n        return 2\nx = A()"


def test_a_body_can_stand_for_the_whole_cell(tmp_path: Path) -> None:
    wrong = (
        "from classroom.misconception import wrong\n\n\n"
        '@wrong("square-check", cell="square", hint="h")\ndef whole():\n    square = abs\n    y = 1\n'
    )
    (found,) = wrong_solutions.read(changed(tmp_path, wrong=wrong))
    assert found.cell_source("anything") == "square = abs\ny = 1"


@pytest.mark.sandbox
def test_a_hidden_test_that_fails_inside_a_part_hides_no_points_of_the_next(tmp_path: Path) -> None:
    """In the part it stands in nothing is earned, and the next visible part is looked at for itself."""

    def change(notebook: Any) -> None:
        next(c for c in notebook.cells if c.id == "square-check").source = (
            "check, points = Check('square'), Points(8)\n"
            "with points.part(3, 'inside'):\n"
            "    check.call(square, 3.0).gives(9.0)\n"
            "    ### BEGIN HIDDEN TESTS\n"
            "    check.call(square, 4.0).gives(16.0)\n"
            "    ### END HIDDEN TESTS\n"
            "with points.part(5, 'open'):\n"
            "    check.call(square, 2.0).gives(4.0)\n"
            "points.total()"
        )

    report = checks.check(changed(tmp_path, change, wrong=""), seeds=(1,), jobs=1)
    (problem,) = report.problems
    assert problem.startswith("square-check: an answer that knows only the visible examples gets 5 points (open);")

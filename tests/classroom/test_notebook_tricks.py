"""Edited, broken and replaced notebooks: none earns a point more, none keeps the class from being graded."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from attacks.notebook import ATTACKS, HONEST_MEAN, NAME, WRONG, NotebookAttack
from toycourse import RIGHT, answered, course, generated, grade, hand_in, identifier  # noqa: F401

from classroom.assignments import course as courses
from classroom.assignments.course import Course
from classroom.grading import record, run

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def class_(generated: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: F811
    """Every attack and honest classmates before and behind them, graded in one run."""
    folder = tmp_path_factory.mktemp("tricks") / "course"
    shutil.copytree(generated, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHAINRULE_SECRET_FILE", str(folder / "secret"))
        course = courses.find(folder)
        for honest in ("aaa-honest", "honest", "zzz-honest"):
            hand_in(course, honest, answered(course, **RIGHT))
        for attack in ATTACKS:
            place = folder / "course" / "submitted" / identifier(attack.name) / NAME
            place.mkdir(parents=True)
            attack.hand_in(place, answered(course, square=WRONG, mean=HONEST_MEAN))
        before = {p: p.read_bytes() for p in sorted((folder / "solutions").rglob("*")) if p.is_file()}
        points = grade(course)
        assert {p: p.read_bytes() for p in before} == before
        return course, points


def test_the_honest_keep_their_marks(class_: tuple[Course, dict[str, dict[str, float]]]) -> None:
    _, points = class_
    assert len(points) == len(ATTACKS) + 3
    for honest in ("aaa-honest", "honest", "zzz-honest"):
        assert points[honest] == {"square-check": 8.0, "mean-check": 8.0, "explain": 0.0}


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
def test_nothing_is_gained(class_: tuple[Course, dict[str, dict[str, float]]], attack: NotebookAttack) -> None:
    course, points = class_  # noqa: F811
    assert points[identifier(attack.name)] == {"square-check": 0.0, "mean-check": attack.mean, "explain": 0.0}
    found = record.read_record(course.coursedir, NAME, identifier(attack.name))
    assert attack.reason in found["refused"]
    assert bool(attack.reason) == bool(found["refused"])
    if not attack.reason:
        assert found["items"]["square-check"]["failures"], "the reason must be recorded"


def test_there_are_enough_and_each_has_a_name_of_its_own() -> None:
    assert len({identifier(attack.name) for attack in ATTACKS}) == len(ATTACKS) >= 20


def test_nothing_of_a_submission_writes_on_the_terminal(course: Course) -> None:  # noqa: F811
    """Names of files and what a worker reports are told in one line each, without control characters.

    Nor does a name that is no text, or one nobody can bear, keep the others from being graded.
    """
    said: list[str] = []
    log = logging.getLogger("tricks")
    log.setLevel(logging.INFO)
    log.addHandler(handler := logging.Handler())
    handler.emit = lambda entry: said.append(entry.getMessage())  # type: ignore[method-assign]
    forged = "import classroom.worker.cells as c\ndef cell(*a): raise ValueError('\\x1b[2J\\nada: 16 of 16 points')"
    hand_in(course, "eve", answered(course, square=f"{forged}\nc.Notebook.cell = cell"))
    hand_in(course, "bob", "[]")
    ada = hand_in(course, "ada", answered(course, **RIGHT))
    (ada / "\x9b31mred\nada: 16 of 16 points.bin").touch()
    hand_in(course, "dan", answered(course, **RIGHT), "a\x1b[2J\ndan: 16 of 16 points")
    cid = hand_in(course, "cid", answered(course, **RIGHT), "b")
    for place in (ada / "c.bin", cid / "b.ipynb"):
        place.touch()
        os.rename(place, os.fsencode(place.parent) + b"/\xff" + os.fsencode(place.suffix))
    for name in ("x\x1b[2J\nada: 16 of 16 points", "=1+1", "<script>"):
        hand_in(course, name, answered(course, **RIGHT))
    course.coursedir.assignment_id, course.coursedir.student_id = NAME, "*"
    summary = run.grade_all(course.coursedir, run.submissions(course.coursedir), log=log)
    log.removeHandler(handler)
    assert [text for text in summary.failed.values() if "rename it" not in text] == [] and len(summary.failed) == 3
    found = {row["student"]: row["points"] for row in summary.rows}
    assert found == {"ada": 16.0, "bob": 0.0, "cid": 0.0, "dan": 0.0, "eve": 0.0}
    assert "found a dan: 16 of 16 points.ipynb" in record.read_record(course.coursedir, NAME, "dan")["refused"]
    assert len(said) > 4 and all(text.isprintable() for text in said), said
    assert any("31mred ada: 16 of 16 points.bin was not read" in text for text in said)

"""Edited, broken and replaced notebooks: none earns a point more, none keeps the class from being graded."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from attacks.notebook import ATTACKS, HONEST_MEAN, NAME, WRONG, NotebookAttack
from toycourse import RIGHT, answered, generated, grade, hand_in, identifier  # noqa: F401

from classroom.assignments import course as courses
from classroom.assignments.course import Course
from classroom.grading import record

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
    course, points = class_
    assert points[identifier(attack.name)] == {"square-check": 0.0, "mean-check": attack.mean, "explain": 0.0}
    found = record.read_record(course.coursedir, NAME, identifier(attack.name))
    assert attack.reason in found["refused"]
    assert bool(attack.reason) == bool(found["refused"])
    if not attack.reason:
        assert found["items"]["square-check"]["failures"], "the reason must be recorded"


def test_there_are_enough_and_each_has_a_name_of_its_own() -> None:
    assert len({identifier(attack.name) for attack in ATTACKS}) == len(ATTACKS) >= 20

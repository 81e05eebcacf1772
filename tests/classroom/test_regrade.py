"""Regrading after a correction: whose marks change is shown before they do, and what is given by hand stays."""

from __future__ import annotations

import json
from contextlib import ExitStack

import pytest
import typer
from test_cli import change_source, classroom
from toycourse import NAME, RIGHT, answered, course, generated, hand_in, points, released  # noqa: F401
from typer.testing import CliRunner

from classroom.assignments.course import Course
from classroom.commands.app import app
from classroom.grading import lock, record, run

pytestmark = pytest.mark.sandbox

FAULT = {"check.call(square, -2.0).gives(4.0": "check.call(square, -2.0).gives(5.0"}
MENDED = {new: old for old, new in FAULT.items()}
# Wrong, and right by the faulty test.
BENT = "def square(x):\n    return 5.0 if x == -2.0 else x * x"


@pytest.fixture
def graded(course: Course) -> Course:  # noqa: F811
    """Ada is right, Bob is wrong and was paid by a faulty test, Cyd wrote nothing."""
    change_source(course, FAULT)
    hand_in(course, "ada", answered(course, **RIGHT, explain="Both factors have the same sign."))
    hand_in(course, "bob", answered(course, square=BENT, mean=RIGHT["mean"]))
    hand_in(course, "cyd", released(course))
    assert classroom("grade", "ps99", "--jobs", "1").exit_code == 0
    assert points(course)["ada"]["square-check"] == 0.0
    change_source(course, MENDED)
    return course


def regraded(course: Course) -> list[dict[str, object]]:  # noqa: F811
    paths = sorted((course.root / "course" / "regrades" / NAME).glob("*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def test_shown_asked_and_declined(graded: Course) -> None:
    before = points(graded)
    result = CliRunner().invoke(app, ["regrade", "ps99", "--jobs", "1"], input="n\n")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "student  item          before  after"
    assert lines[1] == "ada      square-check       0      8"
    assert "of 3 students" in lines[-2]
    assert "nothing was recorded" in result.output
    assert points(graded) == before
    assert regraded(graded) == []


def test_agreed_recorded_and_written_down(graded: Course) -> None:
    with graded.api.gradebook as gradebook:
        gradebook.find_grade("explain", NAME, NAME, "ada").manual_score = 3.5
        gradebook.find_grade("square-check", NAME, NAME, "cyd").manual_score = 2.0
        gradebook.find_comment("explain", NAME, NAME, "ada").manual_comment = "Good."
        gradebook.db.commit()
    result = CliRunner().invoke(app, ["regrade", "ps99", "--jobs", "2", "--reason", "the sign was wrong"], input="y\n")
    assert result.exit_code == 0, result.output
    now = points(graded)
    assert now["ada"] == {"square-check": 8.0, "mean-check": 8.0, "explain": 3.5}
    assert now["cyd"]["square-check"] == 2.0
    with graded.api.gradebook as gradebook:
        assert gradebook.find_comment("explain", NAME, NAME, "ada").comment == "Good."
    (kept,) = regraded(graded)
    assert (kept["reason"], kept["done"]) == ("the sign was wrong", True)
    assert kept["source"] == graded.assignment(NAME).source_hash
    ada = {"student": "ada", "item": "square-check", "before": 0.0, "after": 8.0, "by_hand": None}
    assert ada in kept["changes"]  # type: ignore[operator]
    assert record.read_record(graded.coursedir, NAME, "ada")["source"] == graded.assignment(NAME).source_hash
    # Once more: nothing differs.
    again = json.loads(classroom("regrade", "ps99", "--jobs", "1", "--json").stdout)
    assert (again["judged"], again["changes"], again["failed"]) == (3, [], {})


def test_another_run_that_began_while_one_was_asked_changes_nothing(
    graded: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = points(graded)
    with ExitStack() as another:

        def confirm(*_: object, **__: object) -> bool:
            another.enter_context(lock.alone(graded.coursedir))
            return True

        monkeypatch.setattr(typer, "confirm", confirm)
        result = classroom("regrade", "ps99", "--jobs", "1", "--older-too")
        assert result.exit_code == 2 and "another grading run is at work" in result.output
    assert points(graded) == before
    assert regraded(graded) == [] and not list((graded.root / "course" / "releases" / NAME).glob("*-until-*"))


def test_a_run_that_ends_half_way_has_said_what_it_would_do(graded: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise record.RecordError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(run, "grade_all", full)
        result = classroom("regrade", "ps99", "--jobs", "1", "--yes")
        assert (result.exit_code, result.output.splitlines()[-1]) == (2, "the disk is full")
    assert classroom("regrade", "ps99", "--jobs", "1", "--yes").exit_code == 0
    first, second = regraded(graded)
    assert (first["done"], second["done"]) == (False, True)
    assert first["changes"] == second["changes"] != []


def test_json_shows_and_records_nothing(graded: Course) -> None:
    before = points(graded)
    hand_in(graded, "dan", released(graded))
    result = classroom("regrade", "ps99", "--jobs", "1", "--json")
    found = json.loads(result.stdout)
    assert {(c["student"], c["item"], c["before"], c["after"]) for c in found["changes"]} >= {
        ("ada", "square-check", 0.0, 8.0)
    }
    assert found["waiting"] == ["dan"]
    assert points(graded) == before


def test_who_loses_is_counted(graded: Course) -> None:
    found = json.loads(classroom("regrade", "ps99", "--jobs", "1", "--json").stdout)
    bob = [c for c in found["changes"] if c["student"] == "bob" and c["item"] == "square-check"]
    assert [c["after"] < c["before"] for c in bob] == [True]
    assert (
        "2 change: 1 gain, 1 lose on some item"
        in CliRunner().invoke(app, ["regrade", "ps99", "--jobs", "1"], input="n\n").stdout
    )


@pytest.fixture
def moved_on(course: Course) -> tuple[Course, str]:  # noqa: F811
    """A visible check was faulty; it was mended in a new release after Ada had handed in the old one."""
    change_source(course, {"(square, 3.0).gives(9.0": "(square, 3.0).gives(10.0"})
    old = course.assignment(NAME).release_hash
    hand_in(course, "ada", answered(course, **RIGHT))
    assert classroom("grade", "ps99", "--jobs", "1").exit_code == 0
    assert points(course)["ada"]["square-check"] == 0.0
    change_source(course, {"(square, 3.0).gives(10.0": "(square, 3.0).gives(9.0"})
    assert course.assignment(NAME).release_hash != old
    return course, old


def test_older_releases_keep_their_tests_and_are_named(moved_on: tuple[Course, str]) -> None:
    _, old = moved_on
    result = CliRunner().invoke(app, ["regrade", "ps99", "--jobs", "1"], input="n\n")
    assert "of 1 students 0 change" in result.stdout
    told = f"1 started from the older release {old} and were judged by its own tests; to apply today's to them, add"
    assert told in result.stdout


def test_todays_tests_for_older_releases(moved_on: tuple[Course, str]) -> None:
    here, old = moved_on
    kept = here.root / "course" / "releases" / NAME
    before = (kept / old / NAME / f"{NAME}.ipynb").read_bytes()
    assert CliRunner().invoke(app, ["regrade", "ps99", "--jobs", "1", "--older-too"], input="n\n").exit_code == 1
    assert (kept / old / NAME / f"{NAME}.ipynb").read_bytes() == before
    assert classroom("regrade", "ps99", "--jobs", "1", "--older-too", "--yes").exit_code == 0
    assert points(here)["ada"]["square-check"] == 8.0
    # It stays so when she is graded again, and what was there before is kept.
    assert classroom("grade", "ps99", "--jobs", "1", "--force").exit_code == 0
    assert points(here)["ada"]["square-check"] == 8.0
    (earlier,) = kept.glob(f"{old}-until-*")
    assert (earlier / NAME / f"{NAME}.ipynb").read_bytes() == before


def test_a_correction_stays_when_there_is_a_newer_release(course: Course) -> None:  # noqa: F811
    change_source(course, FAULT)
    hand_in(course, "ada", answered(course, **RIGHT))
    assert classroom("grade", "ps99", "--jobs", "1").exit_code == 0
    # A hidden test is mended, and nothing generated: students see no change.
    source = course.root / "solutions" / NAME / f"{NAME}.ipynb"
    ((faulty, right),) = MENDED.items()
    source.write_text(source.read_text(encoding="utf-8").replace(faulty, right), encoding="utf-8")
    assert classroom("regrade", "ps99", "--jobs", "1", "--yes").exit_code == 0
    assert points(course)["ada"]["square-check"] == 8.0
    change_source(course, {"(square, 3.0).gives(9.0": "(square, 4.0).gives(16.0"})
    assert classroom("grade", "ps99", "--jobs", "1", "--force").exit_code == 0
    assert points(course)["ada"]["square-check"] == 8.0


def test_nothing_graded_yet(course: Course) -> None:  # noqa: F811
    hand_in(course, "ada", released(course))
    result = classroom("regrade", "ps99", "--jobs", "1")
    assert (result.exit_code, result.output) == (
        2,
        f"nothing of {NAME} has been graded yet; type: classroom grade ps99\n",
    )

"""Forgetting a student: all of it is listed, all of it goes, and nothing of anybody else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_cli import classroom
from test_collect import NOTEBOOK, spread, text
from toycourse import NAME, RIGHT, answered, course, generated, hand_in, points, released  # noqa: F401
from typer.testing import CliRunner

from classroom.assignments.course import Course
from classroom.commands.app import app

WORD = "zz-the-words-of-ada"


@pytest.fixture
def full(course: Course, tmp_path: Path) -> Course:  # noqa: F811
    """A course in which Ada and Adam have left everything there can be."""
    for version in ("first", "second"):
        answers = {
            "ada": text(course, square=f"print('{WORD} {version}')\n{RIGHT['square']}", explain=WORD),
            "adam": text(course, **RIGHT),
        }
        source = spread(tmp_path / version, {f"{name}/{NOTEBOOK}": page for name, page in answers.items()})
        assert classroom("collect", "ps99", str(source)).exit_code == 0
        assert classroom("grade", "ps99", "--force", "--jobs", "1").exit_code == 0
    assert classroom("feedback", "ps99").exit_code == 0
    assert classroom("export").exit_code == 0
    with course.api.gradebook as gradebook:
        gradebook.update_or_create_student("ada", first_name=WORD, email="ada@example.org")
    regrades = course.root / "course" / "regrades" / NAME
    regrades.mkdir(parents=True)
    changes = [{"student": name, "item": "square-check", "before": 0, "after": 1} for name in ("ada", "adam")]
    (regrades / "x.json").write_text(json.dumps({"assignment": NAME, "changes": changes}))
    with open(course.root / "nbgrader_config.py", "a") as config:
        config.write('c.LatePolicy.extensions = str(root / "course" / "extensions.csv")\n')
    table = "student,assignment,due,extra_hours,reason\nada,,,24,ill\nadam,,,12,\n"
    (course.root / "course" / "extensions.csv").write_text(table)
    return course


def holding(root: Path, words: str) -> list[str]:
    return sorted(
        p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file() and words.encode() in p.read_bytes()
    )


@pytest.mark.sandbox
def test_everything_is_listed_first(full: Course) -> None:
    result = CliRunner().invoke(app, ["forget", "ada"], input="n\n")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == f"gradebook: ada, with {NAME}"
    for path in ("submitted/ada", "autograded/ada", "feedback/ada", "replaced/ada", f"records/{NAME}/ada.json"):
        assert f"delete:    course/{path}" in lines
    assert f"delete:    course/receipts/{NAME}/ada.json" in lines
    assert "lines of:  course/extensions.csv" in lines
    assert f"lines of:  course/regrades/{NAME}/x.json" in lines
    assert "stays:     grades.csv (look yourself)" in lines
    assert not [line for line in lines if "adam" in line]
    assert "nothing was deleted" in result.output
    assert {"ada", "adam"} == set(points(full))


@pytest.mark.sandbox
def test_everything_goes_and_nothing_of_anybody_else(full: Course) -> None:
    assert len(holding(full.root, WORD)) >= 7  # submitted, replaced, autograded, feedback, two verdicts, the gradebook
    adams = {p: p.read_bytes() for p in full.root.rglob("*") if p.is_file() and "adam" in p.as_posix()}
    assert len(adams) >= 6
    result = classroom("forget", "ada", "--yes")
    assert result.exit_code == 0
    assert "ada is gone from this folder." in result.output
    assert holding(full.root, WORD) == []
    # What is left is the exported table, which was named.
    assert holding(full.root, "ada,") == ["grades.csv"]
    assert not [p for p in full.root.rglob("*") if p.stem == "ada"]
    assert {p: p.read_bytes() for p in full.root.rglob("*") if p.is_file() and "adam" in p.as_posix()} == adams
    assert set(points(full)) == {"adam"}
    assert points(full)["adam"]["square-check"] == 8.0
    extensions = (full.root / "course" / "extensions.csv").read_text()
    assert extensions == "student,assignment,due,extra_hours,reason\nadam,,,12,\n"
    kept = json.loads((full.root / "course" / "regrades" / NAME / "x.json").read_text())
    assert [c["student"] for c in kept["changes"]] == ["adam"]
    # Adam's verdict is still there: nothing is executed again.
    again = json.loads(classroom("grade", "ps99", "--force", "--json").stdout)
    assert [(row["student"], row["cached"]) for row in again["rows"]] == [("adam", True)]
    assert classroom("forget", "ada").exit_code == 2


def test_json_lists_and_deletes_nothing(course: Course) -> None:  # noqa: F811
    hand_in(course, "ada", released(course))
    result = classroom("forget", "ada", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "student": "ada",
        "gradebook": None,
        "delete": ["course/submitted/ada"],
        "lines": [],
        "elsewhere": [],
    }
    assert (course.root / "course" / "submitted" / "ada").exists()


@pytest.mark.parametrize("name", ["nobody", "*", "../solutions", ".", ""])
def test_nobody_of_that_name(course: Course, name: str) -> None:  # noqa: F811
    hand_in(course, "ada", answered(course, **RIGHT))
    result = classroom("forget", name, "--yes")
    assert result.exit_code == 2
    assert "nobody called 'nobody' is known here" in result.output or "is not a student's identifier" in result.output
    assert (course.root / "course" / "submitted" / "ada").exists()
    assert (course.root / "solutions" / NAME).exists()

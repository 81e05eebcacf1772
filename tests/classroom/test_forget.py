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
    (course.root / "downloads").mkdir()
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
    assert "stays:     downloads (look yourself)" in lines
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


@pytest.mark.sandbox
def test_executions_that_are_nobodys_make_nobody_known(full: Course) -> None:
    # The first attempts' are kept, and no record names them any more.
    result = classroom("forget", "adda", "--yes")
    assert result.exit_code == 2 and "nobody called 'adda' is known here" in result.output
    assert "is gone" not in result.output and set(points(full)) == {"ada", "adam"}


# Reports


def reported(course: Course, **texts: object) -> Path:  # noqa: F811
    """Hand in, grade and report; where the pages are."""
    for student, notebook in texts.items():
        hand_in(course, student, notebook)
    assert classroom("grade", "ps99", "--jobs", "1").exit_code == 0
    assert classroom("report", "ps99").exit_code == 0
    pages = course.root / "course" / "reports" / NAME
    (pages / "report-anonymous.html").write_text("<p>Six handed in.</p>", encoding="utf-8")
    return pages


@pytest.mark.sandbox
def test_reports_are_made_anew_without_the_student(course: Course) -> None:  # noqa: F811
    pages = reported(course, ada="{", adam=answered(course, **RIGHT), eve=released(course))
    assert classroom("similar", "ps99").exit_code == 0
    # Ada's cannot be read: the one page has her among those who need a look, the other among those left out.
    assert holding(pages, ">ada<") == ["report.html", "similar.html"]
    result = CliRunner().invoke(app, ["forget", "ada"], input="y\n")
    assert result.exit_code == 0 and "not made anew" not in result.output
    for page in ("report.html", "similar.html"):
        assert f"make anew: course/reports/{NAME}/{page}" in result.output
        assert f"stays:     course/reports/{NAME}/{page}" not in result.output
        remade = (pages / page).read_text(encoding="utf-8")
        assert (pages / page).stat().st_mode & 0o777 == 0o600
        assert classroom(page.removesuffix(".html"), "ps99").exit_code == 0
        # What the command for it makes of the two that are left.
        assert (pages / page).read_text(encoding="utf-8") == remade
    assert holding(course.root, ">ada<") == []
    # It names nobody; another beside the one that was shown would tell whose points are missing.
    assert (pages / "report-anonymous.html").read_text(encoding="utf-8") == "<p>Six handed in.</p>"


@pytest.mark.sandbox
def test_a_report_that_cannot_be_made_anew_is_deleted_and_named(course: Course) -> None:  # noqa: F811
    pages = reported(course, ada=answered(course, **RIGHT), adam=answered(course, **RIGHT))
    assert classroom("similar", "ps99").exit_code in (0, 1)
    result = classroom("forget", "ada", "--yes")
    assert result.exit_code == 0
    told = f"course/reports/{NAME}/similar.html is deleted and was not made anew: 1 of 1 submissions of {NAME} can be"
    assert told in result.output
    assert sorted(p.name for p in pages.iterdir()) == ["report-anonymous.html", "report.html"]
    # The last one takes the report along.
    result = classroom("forget", "adam", "--yes")
    assert f"{NAME}/report.html is deleted and was not made anew: nothing of {NAME} has been graded" in result.output
    assert sorted(p.name for p in pages.iterdir()) == ["report-anonymous.html"]


def test_a_report_makes_nobody_known(course: Course) -> None:  # noqa: F811
    page = course.root / "course" / "reports" / NAME / "report.html"
    page.parent.mkdir(parents=True)
    page.write_text("<p>the mean of ada</p>", encoding="utf-8")
    assert classroom("forget", "mean", "--yes").exit_code == 2
    assert page.read_text(encoding="utf-8") == "<p>the mean of ada</p>"


def test_json_lists_and_deletes_nothing(course: Course) -> None:  # noqa: F811
    hand_in(course, "ada", released(course))
    result = classroom("forget", "ada", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "student": "ada",
        "gradebook": None,
        "delete": ["course/submitted/ada"],
        "lines": [],
        "make_anew": [],
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

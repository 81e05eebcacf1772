"""Exported tables: the columns Canvas and Moodle ask for, scores with penalties taken off, blanks for no work."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from test_cli import classroom
from test_late import DUE, HOUR, due, policy
from test_record import graded, write
from toycourse import NAME, course, generated  # noqa: F401

from classroom.assignments.course import Course
from classroom.model import ItemResult

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,PS99: Toy (4711),Current Score\n"
    "    Points Possible,,,,,20.00,(read only)\n"
    '"Lovelace, Ada",17,s1,ada,Group A,,\n'
    '"Ray, Bob",18,s2,bob,Group B,,\n'
    '"Dee, Cyd",19,s3,cyd,Group B,,\n'
)
WORKSHEET = (
    "Identifier,Full name,ID number,Status,Grade,Maximum Grade,Last modified (submission),Feedback comments\n"
    "Participant 101,Ada Lovelace,ada,Submitted,,20.00,-,\n"
    "Participant 102,Bob Ray,bob,Submitted,,20.00,-,\n"
    "Participant 103,Cyd Dee,cyd,No submission,-,20.00,-,\n"
)


@pytest.fixture
def marked(course: Course) -> Course:  # noqa: F811
    """Ada in time, Bob late with less than the penalty, Cyd without work."""
    due(course)
    policy(course)
    write(
        course,
        graded(course, "ada", items={"square-check": ItemResult(7.25, 8.0)}, timestamp=DUE),
        graded(course, "bob", items={"square-check": ItemResult(1.0, 8.0)}, timestamp=DUE + HOUR),
    )
    with course.api.gradebook as gradebook:
        gradebook.update_or_create_student("ada", first_name="Ada", last_name="Lovelace", email="ada@example.org")
        gradebook.update_or_create_student("cyd")
        for student in ("ada", "bob"):
            gradebook.find_grade("explain", NAME, NAME, student).manual_score = 0.5 if student == "ada" else 0.0
            gradebook.find_grade("explain", NAME, NAME, student).needs_manual_grade = False
        gradebook.db.commit()
    return course


def rows(path: Path) -> list[list[str]]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_canvas(marked: Course, tmp_path: Path) -> None:
    (tmp_path / "canvas.csv").write_text(CANVAS)
    result = classroom(
        "export", "ps99", "--format", "canvas", "--roster", str(tmp_path / "canvas.csv"), "--to", "c.csv"
    )
    assert (result.exit_code, result.output) == (0, "scores are in c.csv\n")
    assert rows(marked.root / "c.csv") == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "PS99: Toy (4711)"],
        ["    Points Possible", "", "", "", "", "20"],
        ["Lovelace, Ada", "17", "s1", "ada", "Group A", "7.75"],
        ["Ray, Bob", "18", "s2", "bob", "Group B", "0"],
        ["Dee, Cyd", "19", "s3", "cyd", "Group B", ""],
    ]


def test_canvas_makes_a_new_column_and_tells_who_is_missing(marked: Course, tmp_path: Path) -> None:
    without = CANVAS.replace(",PS99: Toy (4711)", ",Quiz (1)").replace('"Ray, Bob",18,s2,bob,Group B,,\n', "")
    (tmp_path / "canvas.csv").write_text(without)
    words = ("export", "--format", "canvas", "--roster", str(tmp_path / "canvas.csv"), "--json")
    result = classroom(*words)
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["notes"] == [f"not in {tmp_path / 'canvas.csv'}, so not exported: bob"]
    assert rows(marked.root / "grades.csv")[0][-1] == NAME


def test_moodle_without_a_worksheet(marked: Course) -> None:
    assert classroom("export", "--format", "moodle", "--to", "m.csv").exit_code == 0
    assert rows(marked.root / "m.csv") == [
        ["Username", "First name", "Last name", "Email address", NAME],
        ["ada", "Ada", "Lovelace", "ada@example.org", "7.75"],
        ["bob", "", "", "", "0"],
    ]


def test_moodles_worksheet_is_filled_in(marked: Course, tmp_path: Path) -> None:
    (tmp_path / "sheet.csv").write_text(WORKSHEET)
    words = ("export", "ps99", "--format", "moodle", "--roster", str(tmp_path / "sheet.csv"), "--to", "m.csv")
    assert classroom(*words).exit_code == 0
    before = list(csv.reader(WORKSHEET.splitlines()))
    after = rows(marked.root / "m.csv")
    assert [row[4] for row in after] == ["Grade", "7.75", "0", "-"]
    assert [row[:4] + row[5:] for row in after] == [row[:4] + row[5:] for row in before]
    (tmp_path / "sheet.csv").write_text(WORKSHEET.replace("20.00", "100.00"))
    result = classroom(*words)
    assert result.exit_code == 2
    assert result.output.startswith(f"Moodle's maximum grade is 100, that of {NAME} is 20; set it to 20 in the")


def test_nbgraders_own(marked: Course) -> None:
    assert classroom("export", "ps99").exit_code == 0
    head, *body = rows(marked.root / "grades.csv")
    assert head == [
        "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
        "raw_score", "late_submission_penalty", "score", "max_score",
    ]  # fmt: skip
    assert {row[3]: row[7:] for row in body} == {
        "ada": ["7.75", "0.0", "7.75", "20.0"],
        "bob": ["1.0", "2.0", "0.0", "20.0"],
        "cyd": ["0.0", "0.0", "0.0", "20.0"],
    }


def test_what_is_not_final_is_told(marked: Course) -> None:
    with marked.api.gradebook as gradebook:
        gradebook.find_grade("explain", NAME, NAME, "ada").needs_manual_grade = True
        gradebook.db.commit()
    result = classroom("export", "--format", "moodle")
    assert result.exit_code == 1
    assert f"{NAME}: 1 wait for marks by hand: ada" in result.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--format", "canvas"], "Canvas knows students by numbers of its own: export the gradebook there"),
        (
            ["--format", "canvas", "--roster", "sheet.csv"],
            "sheet.csv is not Canvas's gradebook: it has no column Student",
        ),
        (["--format", "moodle", "--to", "no/such/folder.csv"], "no/such/folder.csv cannot be written: No such file"),
        (["ps98"], "no assignment is called 'ps98'"),
    ],
)
def test_what_stops_the_export(marked: Course, words: list[str], message: str) -> None:
    (marked.root / "sheet.csv").write_text(WORKSHEET)
    result = classroom("export", *words)
    assert result.exit_code == 2
    assert result.output.startswith(message)


def test_an_empty_gradebook(course: Course) -> None:  # noqa: F811
    result = classroom("export", "--format", "moodle")
    assert result.exit_code == 2
    assert result.output == "the gradebook has no scores of any assignment to export; type: classroom grade psNN\n"

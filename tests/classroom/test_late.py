"""Late work: the policy at its boundaries, time zones and changes of clock, more time for single students."""

from __future__ import annotations

import csv
import datetime
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_cli import classroom
from test_record import autograded, graded, write
from toycourse import NAME, course, feedback, generated  # noqa: F401
from traitlets import TraitError

from classroom.assignments.course import Course
from classroom.grading.late import Extension, LateError, LatePolicy, fraction, moment, read_extensions
from classroom.grading.record import RecordError, Writer
from classroom.model import ItemResult

DUE = datetime.datetime(2026, 11, 25, 22, 59)
HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-1, 0.0),
        (0, 0.0),
        (1, 0.0),
        (900, 0.0),  # the grace to its last second
        (900.001, 0.1),
        (86_400, 0.1),  # a whole day is one day
        (86_400.001, 0.2),
        (4 * 86_400, 0.4),
        (5 * 86_400, 0.5),
        (50 * 86_400, 0.5),
    ],
)
def test_the_policy_at_its_boundaries(seconds: float, expected: float) -> None:
    assert fraction(seconds, grace_minutes=15, per_day=0.1, cap=0.5) == pytest.approx(expected, abs=1e-12)


@given(st.floats(0, 1e7), st.floats(0, 1e7), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1000))
def test_later_never_costs_less_and_never_more_than_the_cap(
    first: float, second: float, per_day: float, cap: float, grace: float
) -> None:
    costs = [fraction(s, grace_minutes=grace, per_day=per_day, cap=cap) for s in sorted((first, second))]
    assert 0 <= costs[0] <= costs[1] <= cap


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2026-11-25 23:59", "UTC", "2026-11-25T23:59:00"),
        ("2026-11-25 23:59", "Europe/Berlin", "2026-11-25T22:59:00"),
        ("2026-07-25 23:59", "Europe/Berlin", "2026-07-25T21:59:00"),
        ("2026-11-25T23:59:30+05:30", "Europe/Berlin", "2026-11-25T18:29:30"),
        ("2026-11-25 23:59Z", "Asia/Tokyo", "2026-11-25T23:59:00"),
        # Clocks go back on 25 October: 02:30 happens twice, and the later one counts.
        ("2026-10-25 02:30", "Europe/Berlin", "2026-10-25T01:30:00"),
        # Clocks go forward on 29 March: 02:30 does not happen; the later reading counts.
        ("2026-03-29 02:30", "Europe/Berlin", "2026-03-29T01:30:00"),
    ],
)
def test_written_times_are_read_in_their_zone(text: str, zone: str, utc: str) -> None:
    assert moment(text, zone).isoformat() == utc


def test_an_extension_never_shortens() -> None:
    assert Extension("ada", "", DUE - DAY, datetime.timedelta()).deadline(DUE) == DUE
    assert Extension("ada", "", DUE + DAY, 2 * HOUR).deadline(DUE) == DUE + DAY + 2 * HOUR
    assert Extension("ada", "", None, 48 * HOUR).deadline(DUE) == DUE + 2 * DAY


def table(path: Path, *rows: str) -> Path:
    path.write_text("student,assignment,due,extra_hours,reason\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_the_table_of_extensions(tmp_path: Path) -> None:
    path = table(tmp_path / "more.csv", f"ada,{NAME},2026-11-27 23:59,,ill", "bob,*,,12.5,extra time", 'cyd,,"",1,')
    assert read_extensions(path, "Europe/Berlin") == [
        Extension("ada", NAME, datetime.datetime(2026, 11, 27, 22, 59), datetime.timedelta()),
        Extension("bob", "", None, 12.5 * HOUR),
        Extension("cyd", "", None, HOUR),
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (",,2026-11-27,,", r"more\.csv, line 2: the column student is empty"),
        ("ada,,,,", r"line 2: give ada a new due time, or extra_hours, or both"),
        ("ada,,next week,,", r"line 2: due must be like 2026-11-30 23:59 or .*, not 'next week'"),
        ("ada,,,soon,", r"line 2: extra_hours must be a number of hours from 0 on, not 'soon'"),
        ("ada,,,-3,", r"line 2: extra_hours must be"),
        ("ada,,,nan,", r"line 2: extra_hours must be"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(LateError, match=message):
        read_extensions(table(tmp_path / "more.csv", row), "UTC")


def test_a_table_without_its_columns(tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text("name,due\nada,2026-11-27\n")
    with pytest.raises(LateError, match="expected the columns student, assignment, due, extra_hours; student, assignm"):
        read_extensions(tmp_path / "more.csv", "UTC")


def test_an_unknown_time_zone() -> None:
    with pytest.raises(TraitError, match="'Berlin' is no time zone like Europe/Berlin"):
        LatePolicy(timezone="Berlin")


def test_the_deadline_by_command(course: Course) -> None:  # noqa: F811
    with open(course.root / "nbgrader_config.py", "a") as config:
        config.write('c.LatePolicy.timezone = "Europe/Berlin"\n')
    assert classroom("due", "ps99").output == f"{NAME} has no deadline; nothing counts as late\n"
    shown = f"{NAME} is due Wednesday 2026-11-25 23:59:00 Europe/Berlin (2026-11-25 22:59:00 UTC)\n"
    assert classroom("due", "ps99", "2026-11-25 23:59").output == shown
    assert classroom("due", "ps99").output == shown
    assert json.loads(classroom("due", "ps99", "--json").stdout)["due"] == "2026-11-25T22:59:00Z"
    result = classroom("due", "ps99", "Friday")
    assert (result.exit_code, result.output) == (2, "the deadline must be like '2026-11-30 23:59', not 'Friday'\n")
    # Generating again keeps it.
    assert classroom("generate", "ps99").exit_code == 0
    assert classroom("due", "ps99").output == shown


def test_a_time_zone_that_is_none(course: Course) -> None:  # noqa: F811
    with open(course.root / "nbgrader_config.py", "a") as config:
        config.write('c.LatePolicy.timezone = "Berlin"\n')
    result = classroom("due", "ps99", "2026-11-25 23:59")
    assert (result.exit_code, result.output) == (
        2,
        "c.LatePolicy.timezone: 'Berlin' is no time zone like Europe/Berlin; mend c.LatePolicy in nbgrader_config.py\n",
    )


# In the gradebook, whose times are UTC


def due(course: Course, when: str = "2026-11-25 23:59 Europe/Berlin") -> None:  # noqa: F811
    with course.api.gradebook as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=when)
        assert gradebook.find_assignment(NAME).duedate == DUE


def policy(course: Course, **settings: object) -> None:  # noqa: F811
    for name, value in {"grace_minutes": 15, "per_day": 0.1, "cap": 0.5, **settings}.items():
        setattr(course.config.LatePolicy, name, value)


def penalties(course: Course) -> dict[str, float]:  # noqa: F811
    with course.api.gradebook as gradebook:
        return {s.student.id: s.late_submission_penalty for s in gradebook.assignment_submissions(NAME)}


def test_penalties_are_recorded_as_nbgrader_does(course: Course) -> None:  # noqa: F811
    due(course)
    policy(course)
    times = {"early": -HOUR, "exact": 0 * HOUR, "grace": HOUR / 4, "late": HOUR / 4 + HOUR / 3600, "week": 7 * DAY}
    write(course, *(graded(course, name, timestamp=DUE + late) for name, late in times.items()))
    assert penalties(course) == {"early": 0.0, "exact": 0.0, "grace": 0.0, "late": 2.0, "week": 10.0}
    from nbgrader.plugins import CsvExportPlugin

    with course.api.gradebook as gradebook:
        CsvExportPlugin(to="grades.csv").export(gradebook)
    with open(course.root / "grades.csv", newline="", encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert {n: (r["raw_score"], r["late_submission_penalty"], r["score"]) for n, r in rows.items()} == {
        "early": ("8.0", "0.0", "8.0"),
        "exact": ("8.0", "0.0", "8.0"),
        "grace": ("8.0", "0.0", "8.0"),
        "late": ("8.0", "2.0", "6.0"),
        "week": ("8.0", "10.0", "0.0"),
    }


def test_without_a_deadline_or_a_time_nothing_is_late(course: Course) -> None:  # noqa: F811
    policy(course)
    write(course, graded(course, "ada", timestamp=DUE + DAY))
    due(course)
    write(course, graded(course, "bob"))
    assert penalties(course) == {"ada": 0.0, "bob": 0.0}


def test_extensions_move_a_students_own_deadline(course: Course) -> None:  # noqa: F811
    due(course)
    short = NAME.split("-")[0]
    rows = (f"ada,{NAME},2026-11-26 23:59,,ill", f"bob,{short},,24,extra time", "bob,other,,999,", "cyd,,,1,")
    policy(course, timezone="Europe/Berlin", extensions=str(table(course.root / "more.csv", *rows)))
    one_day = dict.fromkeys(("ada", "bob", "cyd", "dan"), DUE + DAY)
    write(course, *(graded(course, name, timestamp=when) for name, when in one_day.items()))
    assert penalties(course) == {"ada": 0.0, "bob": 0.0, "cyd": 2.0, "dan": 2.0}
    with course.api.gradebook as gradebook:
        assert gradebook.find_submission(NAME, "ada").extension == DAY
        assert gradebook.find_submission(NAME, "bob").duedate == DUE + DAY
        assert gradebook.find_submission(NAME, "dan").extension is None
    # Taken back: the next grading takes the extension out of the gradebook too.
    table(course.root / "more.csv", "cyd,,,24,")
    write(course, *(graded(course, name, timestamp=when) for name, when in one_day.items()))
    assert penalties(course) == {"ada": 2.0, "bob": 2.0, "cyd": 0.0, "dan": 2.0}


def test_marks_given_by_hand_later_do_not_change_the_penalty(course: Course) -> None:  # noqa: F811
    due(course)
    policy(course)
    write(course, graded(course, items={"square-check": ItemResult(1.0, 8.0)}, timestamp=DUE + HOUR))
    page = feedback(course, "ada")
    assert "0 of 20 points" in " ".join(page.text.split())
    assert "after 2 taken off for lateness" in page.text
    with course.api.gradebook as gradebook:
        gradebook.find_grade("explain", NAME, NAME, "ada").manual_score = 4.0
        gradebook.db.commit()
    assert penalties(course) == {"ada": 2.0}
    assert "3 of 20 points" in " ".join(feedback(course, "ada").text.split())


def test_a_broken_table_stops_before_anything_is_written(course: Course) -> None:  # noqa: F811
    policy(course, extensions=str(course.root / "none.csv"))
    with pytest.raises(RecordError, match=r"extensions .*none\.csv cannot be read .*set c\.LatePolicy\.extensions"):
        Writer(course.coursedir, parent=course.api)
    assert not (course.root / "course" / "autograded").exists()
    policy(course, extensions="")
    write(course, graded(course))
    assert autograded(course)

"""The writer: points clamped, earlier ones reset, what was given by hand kept, nbgrader of the same opinion."""

from __future__ import annotations

import datetime
import json
import math
import os
from collections.abc import Mapping
from typing import Any

import nbformat
import pytest
from nbgrader.utils import determine_grade
from toycourse import NAME, course, generated, points  # noqa: F401

from classroom.assignments.course import Course
from classroom.grading import record
from classroom.grading.pipeline import Graded
from classroom.grading.record import RecordError, Writer
from classroom.model import Failure, ItemResult
from classroom.submissions.transplant import solved, transplant, untouched

FAILURE = Failure("square", "", "square(3.0)", "the value is wrong", "6", "twice the number", "DN-3", True, "seed 7")


def graded(course: Course, student: str = "ada", *, empty: bool = False, **parts: Any) -> Graded:  # noqa: F811
    assignment = course.assignment(NAME)
    cells = transplant(assignment, (untouched if empty else solved)(assignment))
    items: Mapping[str, ItemResult] = parts.pop("items", {"square-check": ItemResult(8.0, 8.0)})
    return Graded(student, assignment, parts.pop("run", 1), cells, items, **parts)


def write(course: Course, *results: Graded) -> None:  # noqa: F811
    with Writer(course.coursedir, parent=course.api) as writer:
        for result in results:
            writer.write(result)


def autograded(course: Course, student: str = "ada") -> Any:  # noqa: F811
    return nbformat.read(course.root / "course" / "autograded" / student / NAME / f"{NAME}.ipynb", as_version=4)


@pytest.mark.parametrize(("given", "kept"), [(8.0, 8.0), (2.5, 2.5), (-3.0, 0.0), (99.0, 8.0), (math.nan, 0.0)])
def test_points_are_clamped_and_nbgrader_agrees(course: Course, given: float, kept: float) -> None:  # noqa: F811
    failures = (FAILURE,) if given < 8 else ()
    write(course, graded(course, items={"square-check": ItemResult(given, 8.0, failures)}))
    assert points(course)["ada"] == {"square-check": kept, "mean-check": 0.0, "explain": 0.0}
    cells = {cell.id: cell for cell in autograded(course).cells}
    assert determine_grade(cells["square-check"]) == (kept, 8.0)
    assert determine_grade(cells["mean-check"]) == (0.0, 8.0)
    assert determine_grade(cells["explain"]) == (None, 4.0)


def test_an_empty_answer_needs_no_marker(course: Course) -> None:  # noqa: F811
    write(course, graded(course, "ada"), graded(course, "bob", empty=True))
    assert determine_grade({c.id: c for c in autograded(course, "bob").cells}["explain"]) == (0, 4.0)
    with course.api.gradebook as gradebook:
        waiting = {s.student.id: s.needs_manual_grade for s in gradebook.assignment_submissions(NAME)}
        comment = gradebook.find_comment("explain", NAME, NAME, "bob").comment
    assert waiting == {"ada": True, "bob": False}
    assert comment == "No response."


def test_a_second_grading_resets_points_and_keeps_what_was_given_by_hand(course: Course) -> None:  # noqa: F811
    write(course, graded(course))
    with course.api.gradebook as gradebook:
        gradebook.find_grade("explain", NAME, NAME, "ada").manual_score = 3.0
        gradebook.find_grade("explain", NAME, NAME, "ada").extra_credit = 0.5
        gradebook.find_comment("square", NAME, NAME, "ada").manual_comment = "Neat."
        gradebook.db.commit()
    write(course, graded(course, items={"square-check": ItemResult(1.0, 8.0, (FAILURE,))}))
    assert points(course)["ada"] == {"square-check": 1.0, "mean-check": 0.0, "explain": 3.5}
    with course.api.gradebook as gradebook:
        assert gradebook.find_comment("square", NAME, NAME, "ada").comment == "Neat."


def test_a_refusal_is_a_zero_with_its_reason(course: Course) -> None:  # noqa: F811
    write(course, graded(course, empty=True, items={}, refused="it is a link"))
    assert set(points(course)["ada"].values()) == {0.0}
    with course.api.gradebook as gradebook:
        comment = gradebook.find_comment("square", NAME, NAME, "ada").comment
    assert comment == "This submission could not be graded: it is a link"
    assert autograded(course).metadata["classroom"]["refused"] == "it is a link"


def test_the_record_holds_what_a_dispute_needs(course: Course) -> None:  # noqa: F811
    when = datetime.datetime(2026, 11, 25, 12, 0)
    write(course, graded(course, run=3, notes=("a note",), digest="d", release="r", timestamp=when))
    found = record.read_record(course.coursedir, NAME, "ada")
    assert (found["run"], found["notes"], found["submission"], found["release"]) == (3, ["a note"], "d", "r")
    assert found["submitted"] == "2026-11-25T12:00:00"
    assert found["source"] == course.assignment(NAME).source_hash
    assert found["items"]["square-check"] == {"points": 8.0, "most": 8.0, "failures": []}


def test_instructor_lines_are_marked_and_score_is_last(course: Course) -> None:  # noqa: F811
    write(course, graded(course, items={"square-check": ItemResult(0.0, 8.0, (FAILURE,))}))
    outputs = {cell.id: cell for cell in autograded(course).cells}["square-check"].outputs
    assert [o.metadata.get("audience") for o in outputs] == ["student", "instructor", None]
    assert "twice the number" in outputs[0].data["text/plain"]
    assert "seed 7" not in outputs[0].data["text/plain"]
    assert outputs[1].data["text/plain"] == "For the instructor: seed 7"


def test_student_output_decides_nothing(course: Course) -> None:  # noqa: F811
    forged = [
        {"output_type": "execute_result", "data": {"text/plain": "8.0"}, "metadata": {}, "execution_count": 1},
        {"output_type": "stream", "name": "stderr", "text": "Warning"},
        {"output_type": "display_data", "data": {"application/javascript": "alert(1)"}, "metadata": {}},
    ]
    write(course, graded(course, items={}, outputs={"square": forged, "square-check": forged}))
    cells = {cell.id: cell for cell in autograded(course).cells}
    assert points(course)["ada"]["square-check"] == 0.0
    assert [o.output_type for o in cells["square-check"].outputs] == ["execute_result"]
    assert [o.output_type for o in cells["square"].outputs] == ["display_data", "stream"]


def test_files_are_read_only_and_nothing_is_left_over(course: Course) -> None:  # noqa: F811
    write(course, graded(course), graded(course))
    folder = course.root / "course" / "autograded" / "ada"
    assert sorted(os.listdir(folder)) == [NAME]
    assert (folder / NAME / f"{NAME}.ipynb").stat().st_mode & 0o777 == 0o444


def test_late_work_meets_nbgraders_plugin(course: Course) -> None:  # noqa: F811
    with course.api.gradebook as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate="2026-11-25 10:00:00 UTC")
    course.config.LateSubmissionPlugin.penalty_method = "zero"
    late = datetime.datetime(2026, 11, 25, 12, 0)
    write(course, graded(course, timestamp=late), graded(course, "bob", timestamp=late.replace(hour=9)))
    with course.api.gradebook as gradebook:
        found = {s.student.id: s.late_submission_penalty for s in gradebook.assignment_submissions(NAME)}
    assert found == {"ada": 8.0, "bob": 0.0}


def test_an_assignment_that_was_not_generated(course: Course) -> None:  # noqa: F811
    with course.api.gradebook as gradebook:
        gradebook.remove_assignment(NAME)
    with (
        Writer(course.coursedir) as writer,
        pytest.raises(RecordError, match=f"run: classroom generate {NAME}"),
    ):
        writer.check_ready(course.assignment(NAME))


def test_an_unknown_student_when_none_may_be_made(course: Course) -> None:  # noqa: F811
    with (
        Writer(course.coursedir, create_student=False) as writer,
        pytest.raises(RecordError, match="nbgrader db student add ada"),
    ):
        writer.write(graded(course))


def test_a_locked_gradebook_is_told_and_nothing_half_written(course: Course) -> None:  # noqa: F811
    import sqlite3

    course.coursedir.db_url += "?timeout=0"
    with Writer(course.coursedir) as writer:
        other = sqlite3.connect(course.root / "course" / "gradebook.db")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RecordError, match=r"ada: the gradebook .* cannot be used: .*locked; another"):
            writer.write(graded(course))
        other.rollback()
        other.close()
        assert not (course.root / "course" / "autograded" / "ada" / NAME).exists()
        writer.write(graded(course))
    assert points(course)["ada"]["square-check"] == 8.0


def test_a_broken_record_says_what_to_do(course: Course) -> None:  # noqa: F811
    path = record.record_path(course.coursedir, NAME, "ada")
    path.parent.mkdir(parents=True)
    path.write_text("{")
    with pytest.raises(RecordError, match="does not parse; restore it from a backup"):
        record.read_record(course.coursedir, NAME, "ada")


def test_the_notebook_is_a_valid_one(course: Course) -> None:  # noqa: F811
    write(course, graded(course, items={"square-check": ItemResult(1.0, 8.0, (FAILURE,))}))
    page = autograded(course)
    nbformat.validate(page)
    assert json.loads(json.dumps(page))["metadata"]["classroom"]["run"] == 1

"""A class's results read from the gradebook (points, marks by hand, lateness) and the records (hints, notes, time)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbgrader.api import MissingEntry

from ..assignments.assignment import Assignment
from ..assignments.course import Course
from ..grading import record, run
from ..submissions import inert
from .results import NOT_WRITTEN, Item, Miss, NoResults, Result, Results


def gather(course: Course, name: str) -> Results:
    """Read what the gradebook and the records have of an assignment.

    Raises
    ------
    NoResults
        When nothing of it has been graded.
    RecordError
        When a record cannot be read.
    """
    assignment = course.assignment(name)
    coursedir = course.coursedir
    coursedir.assignment_id, coursedir.student_id = name, "*"
    handed_in = {folder.parent.name: run.is_graded(coursedir, folder) for folder in run.submissions(coursedir)}
    with course.api.gradebook as gradebook:
        students = {student.id for student in gradebook.students}
        try:
            found = gradebook.assignment_submissions(name)
        except MissingEntry:
            found = []
        graded = [_result(course, assignment, s) for s in sorted(found, key=lambda s: s.student.id)]
    if not graded:
        short = name.split("-")[0]
        raise NoResults(f"nothing of {name} has been graded yet; type: classroom grade {short}")
    known = {result.student for result in graded}
    return Results(
        assignment=name,
        title=assignment.title,
        items=[Item(cell.id, cell.points, cell.kind == "manual") for cell in assignment.cells if cell.points],
        graded=graded,
        waiting=sorted(student for student, done in handed_in.items() if not (done and student in known)),
        absent=len(students - known - set(handed_in)),
    )


def _result(course: Course, assignment: Assignment, submission: Any) -> Result:
    student, due = submission.student.id, submission.duedate
    grades = {grade.name: grade for notebook in submission.notebooks for grade in notebook.grades}
    kept = record.read_record(course.coursedir, assignment.name, student)
    when = submission.timestamp
    return Result(
        student=student,
        points={name: _points(grade) for name, grade in sorted(grades.items())},
        missed={
            item: [_miss(failure) for failure in found["failures"]]
            for item, found in sorted(kept.get("items", {}).items())
            if found["failures"]
        },
        refused=inert.text(kept.get("refused", ""), 400),
        notes=[inert.text(note, 400) for note in kept.get("notes", [])],
        seconds=float(kept.get("seconds", 0.0)),
        sandboxed=bool(kept.get("sandboxed", True)),
        handed_in=None if due is None or when is None else round((when - due).total_seconds() / 3600, 3),
        penalty=float(submission.late_submission_penalty or 0.0),
        stale=[n for n, grade in sorted(grades.items()) if grade.manual_score is not None and grade.needs_manual_grade],
    )


def _points(grade: Any) -> float | None:
    if grade.needs_manual_grade and grade.manual_score is None and grade.auto_score is None:
        return None
    return float(grade.score)


def _miss(failure: Mapping[str, Any]) -> Miss:
    """A failure as counted: words of the assignment's own, and of an error only its kind."""
    hint = inert.text(failure.get("hint", ""), 400)
    return Miss(hint, kind(inert.text(failure.get("problem", ""), 1000)), bool(failure.get("hidden", False)))


def kind(problem: str) -> str:
    """A problem without what is particular to one submission.

    >>> kind("the value is wrong; expected [1, 2]"), kind("the shape (2,) is wrong")
    ('the value is wrong', 'the shape is wrong')
    >>> kind("`f` is not defined: no cell of the submission defines it"), kind("TypeError was raised: 'Thing'")
    ('a name is not defined', 'TypeError was raised')
    """
    if problem.startswith(NOT_WRITTEN):
        return NOT_WRITTEN
    if raised := re.search(r"\b([A-Z]\w*) was raised", problem):
        return f"{raised[1]} was raised"
    if "is not defined: no cell" in problem:
        return "a name is not defined"
    if problem.startswith("the shape "):
        return "the shape is wrong"
    return re.split(r"; expected |, got | \(|\n", problem)[0][:200]


def folder(course: Course, name: str) -> Path:
    """Where pages about a class's work on an assignment are written, for its instructors alone."""
    return course.root / "course" / "reports" / name

"""Late work: grace, a penalty for each day begun, a cap, and more time for single students.

The penalty is recorded where nbgrader records it (`late_submission_penalty`), and a student's extension as the
gradebook's own `extension`, so that formgrader, feedback and `nbgrader export` see both. Times are compared in UTC.
"""

from __future__ import annotations

import csv
import datetime
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties
from traitlets import Float, TraitError, Unicode, validate

DAY = 86_400
COLUMNS = ("student", "assignment", "due", "extra_hours")


class LateError(ValueError):
    """The late policy or the table of extensions cannot be read; the message says where and what was expected."""


def fraction(seconds_late: float, *, grace_minutes: float, per_day: float, cap: float) -> float:
    """The part of the assignment's points taken off.

    Up to and including the grace nothing is taken off. After it every day begun since the deadline counts.

    >>> [fraction(s, grace_minutes=15, per_day=0.1, cap=0.5) for s in (0, 900, 901, 86_400, 86_401, 10**7)]
    [0.0, 0.0, 0.1, 0.1, 0.2, 0.5]
    """
    if seconds_late <= 60 * grace_minutes or seconds_late <= 0:
        return 0.0
    return min(per_day * math.ceil(seconds_late / DAY), cap)


def moment(text: str, zone: str) -> datetime.datetime:
    """A written time as UTC, without tzinfo (as nbgrader keeps times).

    `text` is ISO 8601; without an offset it is read in `zone`, and a time that the change of clocks makes ambiguous
    is the later of the two, in the student's favour.

    >>> moment("2026-11-25 23:59", "Europe/Berlin").isoformat(), moment("2026-11-25 23:59+00:00", "Asia/Tokyo").hour
    ('2026-11-25T22:59:00', 23)
    """
    found = datetime.datetime.fromisoformat(text.strip())
    if found.tzinfo is None:
        here = ZoneInfo(zone)
        found = max(found.replace(tzinfo=here, fold=fold).astimezone(datetime.UTC) for fold in (0, 1))
    return found.astimezone(datetime.UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Extension:
    """One row of the table: more time for a student, for one assignment or (assignment "") for all."""

    student: str
    assignment: str
    due: datetime.datetime | None
    extra: datetime.timedelta

    def covers(self, student: str, assignment: str) -> bool:
        """Whether it is for this student and this assignment, which the table may call `ps05` as commands do."""
        return self.student == student and self.assignment in ("", assignment, assignment.split("-")[0])

    def deadline(self, due: datetime.datetime) -> datetime.datetime:
        """The student's own deadline, when everyone's is `due`."""
        return max(self.due or due, due) + self.extra


def read_extensions(path: Path, zone: str) -> list[Extension]:
    """The rows of the table of extensions.

    Raises
    ------
    LateError
        With the file, the line and what was expected there.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [c for c in COLUMNS if c not in (reader.fieldnames or [])]
            if missing:
                raise LateError(f"{path}: expected the columns {', '.join(COLUMNS)}; {', '.join(missing)} missing")
            return [_extension(row, f"{path}, line {reader.line_num}", zone) for row in reader]
    except (OSError, UnicodeDecodeError) as error:
        raise LateError(
            f"the table of extensions {path} cannot be read ({error}); mend it, or set c.LatePolicy.extensions to ''"
        ) from None


def _extension(row: dict[str, str | None], where: str, zone: str) -> Extension:
    student, assignment, due, extra = ((row[column] or "").strip() for column in COLUMNS)
    if not student:
        raise LateError(f"{where}: the column student is empty")
    if not due and not extra:
        raise LateError(f"{where}: give {student} a new due time, or extra_hours, or both")
    try:
        hours = float(extra or 0)
        if not 0 <= hours < 24 * 3650:
            raise ValueError
    except ValueError:
        raise LateError(f"{where}: extra_hours must be a number of hours from 0 on, not {extra!r}") from None
    try:
        when = moment(due, zone) if due else None
    except ValueError:
        raise LateError(f"{where}: due must be like 2026-11-30 23:59 or 2026-11-30T23:59+01:00, not {due!r}") from None
    return Extension(student, "" if assignment == "*" else assignment, when, datetime.timedelta(hours=hours))


def zone(config: Any) -> str:
    """The course's time zone, as its configuration names it.

    Raises
    ------
    LateError
        When there is none of that name.
    """
    name = str(config.LatePolicy.get("timezone", "UTC"))
    try:
        return LatePolicy(timezone=name).timezone
    except TraitError as error:
        raise _unfit(error) from None


def _unfit(error: TraitError) -> LateError:
    return LateError(f"{error}; mend c.LatePolicy in nbgrader_config.py")


class LatePolicy(LateSubmissionPlugin):
    """nbgrader's late-submission plugin with a policy by days; nothing is taken off until `per_day` is set."""

    grace_minutes = Float(0.0, min=0, help="Minutes after the deadline that cost nothing.").tag(config=True)
    per_day = Float(0.0, min=0, max=1, help="Part of the assignment's points for each day begun.").tag(config=True)
    cap = Float(1.0, min=0, max=1, help="At most this part of the points is taken off.").tag(config=True)
    timezone = Unicode("UTC", help="How times without an offset are read, e.g. Europe/Berlin.").tag(config=True)
    extensions = Unicode("", help="CSV with the columns student, assignment, due, extra_hours.").tag(config=True)

    @validate("timezone")
    def _known_zone(self, proposal: Any) -> str:
        try:
            ZoneInfo(proposal["value"])
        except (ValueError, OSError, KeyError):
            raise TraitError(
                f"c.LatePolicy.timezone: {proposal['value']!r} is no time zone like Europe/Berlin"
            ) from None
        return str(proposal["value"])

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
        """The points taken off.

        They depend on the assignment's points and not on the score so far: marks given by hand come later.
        """
        if self.penalty_method == "zero":
            return super().late_submission_penalty(student_id, score, total_seconds_late)
        taken = fraction(total_seconds_late, grace_minutes=self.grace_minutes, per_day=self.per_day, cap=self.cap)
        if not taken:
            return None
        most = self.parent.gradebook.find_assignment(self.parent.assignment_id).max_score
        return float(taken * most)

    def table(self) -> list[Extension]:
        """The extensions granted."""
        return read_extensions(Path(self.extensions), self.timezone) if self.extensions else []


class LatePenalties(AssignLatePenalties):
    """nbgrader's step that assigns penalties, on a gradebook that is open already."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        try:
            self.init_plugin()
            self.extensions = self.plugin_inst.table() if isinstance(self.plugin_inst, LatePolicy) else []
        except TraitError as error:
            raise _unfit(error) from None

    def assign(self, gradebook: Any, assignment: str, student: str) -> None:
        """Write the student's extension and penalty; the caller commits."""
        self.gradebook, self.assignment_id, self.student_id = gradebook, assignment, student
        submission = gradebook.find_submission(assignment, student)
        due = submission.assignment.duedate
        if due is not None and isinstance(self.plugin_inst, LatePolicy) and self.plugin_inst.extensions:
            own = [e for e in self.extensions if e.covers(student, assignment)]
            granted = max((e.deadline(due) for e in own), default=due) - due
            submission.extension = granted or None
        late = submission.total_seconds_late
        for notebook in submission.notebooks:
            taken = self.plugin_inst.late_submission_penalty(student, notebook.score, late) if late > 0 else None
            notebook.late_submission_penalty = None if taken is None else max(taken, 0.0)

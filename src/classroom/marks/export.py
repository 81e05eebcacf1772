"""Scores as the tables that Canvas and Moodle import; nbgrader's own CSV comes from nbgrader.

Both are nbgrader export plugins: `nbgrader export --exporter classroom.marks.export.CanvasExport` works too.
A student who handed in nothing has an empty cell, which both platforms leave as it is. Late penalties are
taken off.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nbgrader.plugins.export import CsvExportPlugin, ExportPlugin
from traitlets import Unicode

from ..collecting.archive import SourceError
from ..collecting.platforms import Person, Roster, read_roster

CANVAS_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
MOODLE_COLUMNS = ("Username", "First name", "Last name", "Email address")


class PlainExport(CsvExportPlugin):
    """nbgrader's own table, where there is something to put into it and a place to put it."""

    def export(self, gradebook: Any) -> None:
        """Write the table."""
        _check_graded(gradebook, self.assignment)
        try:
            super().export(gradebook)
        except OSError as error:
            raise _unwritable(self.to, error) from None


class PlatformExport(ExportPlugin):
    """What the two have in common: which assignments, the scores, the platform's table of students."""

    roster = Unicode("", help="The table the platform exported.").tag(config=True)
    id_column = Unicode("", help="The table's column with the gradebook's student ids.").tag(config=True)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # What the one who exports should know; filled by `export`.
        self.notes: list[str] = []

    def table(self) -> Roster | None:
        """The platform's table, when one was given."""
        return read_roster(Path(self.roster), "UTC", self.id_column) if self.roster else None

    def scores(self, gradebook: Any) -> dict[str, dict[str, float]]:
        """Scores by assignment and student, penalties taken off; notes on what is not final."""
        _check_graded(gradebook, self.assignment)
        result: dict[str, dict[str, float]] = {}
        for assignment in gradebook.assignments:
            if self.assignment and assignment.name not in self.assignment:
                continue
            submissions = list(gradebook.assignment_submissions(assignment.name))
            if not submissions and assignment.name not in self.assignment:
                continue
            result[assignment.name] = {
                s.student.id: max(0.0, s.score - s.late_submission_penalty) for s in submissions if self._wanted(s)
            }
            waiting = sorted(s.student.id for s in submissions if s.needs_manual_grade and self._wanted(s))
            if waiting:
                self.notes.append(f"{assignment.name}: {len(waiting)} wait for marks by hand: {_some(waiting)}")
        return result

    def _wanted(self, submission: Any) -> bool:
        return not self.student or submission.student.id in self.student

    def write(self, rows: Iterable[Iterable[str]]) -> None:
        """Write the table whole."""
        try:
            with open(self.to or "grades.csv", "w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(rows)
        except OSError as error:
            raise _unwritable(self.to, error) from None

    def tell_missing(self, scores: dict[str, dict[str, float]], people: Iterable[Person]) -> None:
        """Note the graded students whom the table does not have."""
        known = {person.student for person in people}
        missing = sorted({student for found in scores.values() for student in found} - known)
        if missing:
            self.notes.append(f"not in {self.roster}, so not exported: {_some(missing)}")


def _check_graded(gradebook: Any, names: list[str]) -> None:
    if not any(gradebook.assignment_submissions(a.name) for a in gradebook.assignments if not names or a.name in names):
        which = ", ".join(names) or "any assignment"
        raise SourceError(f"the gradebook has no scores of {which} to export; type: classroom grade psNN")


def _unwritable(path: str, error: OSError) -> SourceError:
    return SourceError(f"{path} cannot be written: {error.strerror}; name another file with --to")


def _some(names: list[str]) -> str:
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def number(value: float) -> str:
    """A score as platforms read it.

    >>> number(17.0), number(12.25), number(1 / 3)
    ('17', '12.25', '0.3333')
    """
    return f"{value:.4f}".rstrip("0").rstrip(".")


class CanvasExport(PlatformExport):
    """A table for Canvas's Gradebook, Import: Canvas's own columns of its export, and one for each assignment."""

    def export(self, gradebook: Any) -> None:
        """Write the table; `roster` is the gradebook as Canvas exported it."""
        table = self.table()
        if table is None:
            raise SourceError(
                "Canvas knows students by numbers of its own: export the gradebook there (Grades, Export) "
                "and give the file with --roster"
            )
        missing = [c for c in ("Student", "ID", "Section") if c not in table.header]
        if missing:
            raise SourceError(f"{self.roster} is not Canvas's gradebook: it has no column {', '.join(missing)}")
        scores = self.scores(gradebook)
        own = [c for c in CANVAS_COLUMNS if c in table.header]
        columns = {name: _canvas_column(name, table.header) for name in scores}
        most = {name: gradebook.find_assignment(name).max_score for name in scores}
        rows = [[*own, *columns.values()], ["    Points Possible", *[""] * (len(own) - 1), *map(number, most.values())]]
        for row, person in zip(table.rows, table.persons, strict=True):
            if row["Student"].strip() not in ("Points Possible", "Student, Test") and row["ID"].strip():
                points = (scores[name].get(person.student) for name in scores)
                rows.append([*(row[c] for c in own), *("" if p is None else number(p) for p in points)])
        self.tell_missing(scores, table.people)
        self.write(rows)


def _canvas_column(name: str, header: list[str]) -> str:
    """The table's column for this assignment (`Dual numbers (4711)`), or the assignment's name for a new one."""
    short = name.split("-")[0]
    for column in header:
        plain = re.sub(r"\s*\(\d+\)$", "", column).strip().casefold()
        if plain in (name, short) or plain.startswith((f"{short} ", f"{short}:")):
            return column
    return name


class MoodleExport(PlatformExport):
    """A table for Moodle: its grading worksheet filled in, or, without one, a table for Grades, Import, CSV file."""

    def export(self, gradebook: Any) -> None:
        """Write the table; `roster`, if given, is the grading worksheet of the one assignment exported."""
        scores = self.scores(gradebook)
        table = self.table()
        if table is not None and {"Identifier", "Grade"} <= set(table.header):
            self._worksheet(gradebook, scores, table)
            return
        rows = [[*MOODLE_COLUMNS, *scores]]
        for student in sorted(gradebook.students, key=lambda s: s.id):
            points = [found.get(student.id) for found in scores.values()]
            if any(p is not None for p in points):
                who = (student.id, student.first_name or "", student.last_name or "", student.email or "")
                rows.append([*who, *("" if p is None else number(p) for p in points)])
        self.write(rows)

    def _worksheet(self, gradebook: Any, scores: dict[str, dict[str, float]], table: Roster) -> None:
        if len(scores) != 1:
            raise SourceError(
                "a grading worksheet is for one assignment; name it: classroom export psNN --format moodle"
            )
        ((name, found),) = scores.items()
        most = gradebook.find_assignment(name).max_score
        rows = [table.header]
        for row, person in zip(table.rows, table.persons, strict=True):
            theirs = row.get("Maximum Grade", "").replace(",", ".")
            if theirs and float(theirs) != most:
                raise SourceError(
                    f"Moodle's maximum grade is {number(float(theirs))}, that of {name} is {number(most)}; set it to "
                    f"{number(most)} in the assignment's settings and download the worksheet again"
                )
            points = found.get(person.student)
            rows.append([row[c] if c != "Grade" or points is None else number(points) for c in table.header])
        self.tell_missing(scores, table.people)
        self.write(rows)

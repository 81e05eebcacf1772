"""One student's data found and deleted: work, marks, pages, records, receipts, verdicts, their lines in tables.

What is found is listed first. Reports that were made from the student's work are made anew without it. Copies that
left the course's folder (exported files, backups, an exchange, the learning platform) are named as well as they can
be; they are the instructor's to delete.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.api import InvalidEntry, MissingEntry
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from ..assignments.assignment import AssignmentError
from ..assignments.course import Course, CourseError
from ..grading import lock, record, run
from ..grading.cache import Cache
from ..grading.record import RecordError
from ..pages import gather, report, similar
from ..pages.results import NoResults
from ..submissions.intake import STUDENT

Progress = Callable[[Iterable[Any], int], Iterable[Any]]


def _report(course: Course, name: str, page: Path, progress: Progress) -> None:
    report.write(page, report.page(gather.gather(course, name)))


def _similar(course: Course, name: str, page: Path, progress: Progress) -> None:
    found = similar.find(course, name, progress)
    report.write(page, similar.page(found, name, course.assignment(name).title))


MADE_ANEW = {"report.html": _report, "similar.html": _similar}


@dataclass
class Found:
    """All there is of one student: folders and files, tables and lists with lines of theirs, gradebook entries.

    `reports` are pages on a class that were made with this student in it; they alone do not make somebody known.
    """

    student: str
    paths: list[Path] = field(default_factory=list)
    tables: list[Path] = field(default_factory=list)
    lists: list[Path] = field(default_factory=list)
    reports: list[Path] = field(default_factory=list)
    assignments: list[str] = field(default_factory=list)
    in_gradebook: bool = False
    elsewhere: list[str] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """Whether the course knows nobody of this name."""
        return not (self.paths or self.tables or self.lists or self.in_gradebook)


def find(course: Course, student: str) -> Found:
    """What the course holds of `student`.

    Raises
    ------
    CourseError
        When the name cannot be a student's.
    RecordError
        When a record or list cannot be read.
    """
    if not STUDENT.fullmatch(student):
        raise CourseError(f"{student!r} is not a student's identifier (letters, digits, spaces and . _ @ + - are)")
    found = Found(student)
    directories = course.coursedir
    steps = (directories.submitted_directory, directories.autograded_directory, directories.feedback_directory)
    folders = [Path(directories.format_path(step, student, ".")).parent / student for step in steps]
    folders.append(course.root / "course" / "replaced" / student)
    found.paths += [path for path in dict.fromkeys(folders) if os.path.lexists(path)]
    for kind in ("records", "receipts"):
        found.paths += sorted((course.root / "course" / kind).glob(f"*/{_literal(student)}.json"))
    table = str(course.config.LatePolicy.get("extensions", ""))
    if table and _rows_of(Path(table), student):
        found.tables.append(Path(table))
    lists = (*(course.root / "course" / "regrades").glob("*/*.json"), *_new_seeds(course))
    found.lists = [path for path in sorted(lists) if _without(_load(path), student)[1]]
    with course.api.gradebook as gradebook:
        try:
            entry = gradebook.find_student(student)
            found.in_gradebook = True
            found.assignments = sorted(s.assignment.name for s in entry.submissions)
        except MissingEntry:
            pass
    # Verdicts bear no name: those that nobody's record names make nobody known.
    found.paths += [] if found.nothing else _verdicts(course, student)
    mentions = _mentions(course, student)
    found.reports = _reports(course, found, mentions)
    found.elsewhere = [str(path.relative_to(course.root)) for path in mentions if path not in found.reports]
    found.elsewhere += [name for name in ("downloaded", "downloads") if (course.root / name).exists()]
    return found


def _reports(course: Course, found: Found, mentions: list[Path]) -> list[Path]:
    """The pages by name on assignments that the student handed in, and others that name the student.

    An anonymous report stays: it names nobody, and beside the one that was shown before, another without the student
    would tell whose points are missing.
    """
    handed_in = set(found.assignments) | {
        path.name for folder in found.paths if folder.is_dir() and not folder.is_symlink() for path in folder.iterdir()
    }
    pages = (page for kind in MADE_ANEW for page in (course.root / "course" / "reports").glob(f"*/{kind}"))
    return sorted(page for page in pages if page.parent.name in handed_in or page in mentions)


def _load(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise RecordError(f"{path} does not parse; restore it from a backup, or delete it") from None


def _literal(name: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def _verdicts(course: Course, student: str) -> list[Path]:
    """The verdicts that nobody else's record names: the student's, and earlier ones whose owner is not known."""
    folder = run.cache_folder(course.coursedir)
    if not folder.is_dir():
        return []
    cache = Cache(folder)
    records = (p for p in (course.root / "course" / "records").glob("*/*.json") if p.stem != student)
    keys = (_load(p).get("execution") for p in records if not p.name.startswith("."))
    kept = {cache.path(key) for key in keys if key}
    return sorted(p for p in folder.rglob("*") if p.is_file() and p not in kept)


def _new_seeds(course: Course) -> list[Path]:
    return sorted((course.root / "course" / "records").glob("*/.new-seed.json"))


def _rows_of(table: Path, student: str) -> int:
    try:
        with open(table, newline="", encoding="utf-8-sig") as file:
            return sum((row.get("student") or "").strip() == student for row in csv.DictReader(file))
    except FileNotFoundError:
        return 0


def _without(content: Any, student: str) -> tuple[Any, int]:
    """A list of changes, or a table of run numbers, without the student's entries, and how many there were."""
    if "changes" in content:
        kept = [c for c in content["changes"] if c["student"] != student]
        return {**content, "changes": kept}, len(content["changes"]) - len(kept)
    return {k: v for k, v in content.items() if k != student}, int(student in content)


def _mentions(course: Course, student: str) -> list[Path]:
    """Other files here that name the student, such as exported tables and reports."""
    word = re.compile(rb"(?<!\w)" + re.escape(student.encode()) + rb"(?!\w)")
    looked_through = {"submitted", "autograded", "feedback", "cache", "records", "receipts", "regrades", "replaced"}
    table = Path(str(course.config.LatePolicy.get("extensions", "")))
    below = (p for p in (course.root / "course").glob("*") if p.name not in looked_through)
    files = [*course.root.glob("*"), *(q for p in below for q in (p.rglob("*") if p.is_dir() else [p]))]
    return [
        path
        for path in sorted(files)
        if path.is_file()
        and path.suffix in (".csv", ".html", ".json", ".jsonl", ".txt")
        and path != table
        and word.search(path.read_bytes())
    ]


def forget(course: Course, found: Found, progress: Progress = lambda items, total: items) -> dict[Path, str]:
    """Delete what was found, and make the reports anew; those that cannot be are gone: which, and why.

    Raises
    ------
    RecordError, Busy
        When something cannot be deleted; what could be is gone, and the same call deletes the rest.
    """
    with lock.alone(course.coursedir):
        try:
            if found.in_gradebook:
                with course.api.gradebook as gradebook:
                    gradebook.remove_student(found.student)
                    _scrub(gradebook)
            for table in found.tables:
                _drop_rows(table, found.student)
            for path in found.lists:
                record.write_json(path, _without(_load(path), found.student)[0])
            # Made again further down: whatever may happen until then, what was made with the student is gone.
            for path in found.reports:
                _delete(path)
            # Records last among the files: they name the verdicts, should this be interrupted.
            for path in sorted(found.paths, key=lambda p: "records" in p.parts):
                _delete(path)
        except OSError as error:
            raise RecordError(
                f"{error.filename} cannot be deleted ({error.strerror}); mend that and type the same command again"
            ) from None
        except (SQLAlchemyError, InvalidEntry) as error:
            raise RecordError(record.unusable(error)) from None
        return {page: problem for page in found.reports if (problem := _make_anew(course, page, progress))}


def _make_anew(course: Course, page: Path, progress: Progress) -> str:
    """Make a page on a class again, or say why it cannot be made."""
    name = page.parent.name
    try:
        MADE_ANEW[page.name](course, name, page, progress)
    except (NoResults, RecordError, AssignmentError, CourseError) as error:
        return str(error)
    return ""


def _scrub(gradebook: Any) -> None:
    # SQLite leaves deleted rows readable in free pages until the file is written anew.
    if gradebook.engine.dialect.name == "sqlite":
        gradebook.db.commit()
        with gradebook.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM"))


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        # nbgrader makes graded folders read-only.
        for folder, _, _ in os.walk(path):
            os.chmod(folder, 0o700)
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _drop_rows(table: Path, student: str) -> None:
    with open(table, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    column = rows[0].index("student")
    kept = [row for row in rows if len(row) <= column or row[column].strip() != student]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(kept)
    draft = table.with_name(f".{table.name}.new")
    draft.write_text(out.getvalue(), encoding="utf-8")
    os.replace(draft, table)

"""From what was handed over (a platform's zip, a folder, git repositories) to nbgrader's submitted folder.

Each student's files are taken, or refused with the reason; one student's trouble is nobody else's. The time that
counts for lateness is written here, beside the notebook; a time file that came with a submission is left out.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from ..assignments.assignment import Assignment
from ..assignments.course import Course
from ..grading import lock
from ..submissions.intake import STUDENT, Refused
from . import archive, clone, platforms, store
from .archive import Entry, SourceError
from .handed import Handed, chosen, means
from .platforms import Roster, Rule
from .store import REFUSED, TAKEN, Notes, Outcome, Times


@dataclass
class _Intake:
    """One run of `collect`: what it works on, and what it has to tell so far."""

    course: Course
    assignment: Assignment
    source: Path
    stack: contextlib.ExitStack
    progress: Callable[[Iterable[Any], int], Iterable[Any]]
    outcomes: list[Outcome] = field(default_factory=list)

    def refuse(self, entry: Entry, reason: str) -> None:
        """Tell of a file that nobody could be found for."""
        self.outcomes.append(Outcome("", REFUSED, files=[str(entry.path)], reason=entry.problem or reason))


def collect(
    course: Course,
    name: str,
    source: Path,
    *,
    times: Times,
    layout: str = "auto",
    roster: Roster | None = None,
    progress: Callable[[Iterable[Any], int], Iterable[Any]] = lambda items, total: items,
) -> list[Outcome]:
    """Take in everything `source` holds for the assignment `name`.

    Raises
    ------
    SourceError, CourseError, AssignmentError, Busy
        Before anything is stored.
    """
    assignment = course.assignment(name)
    with contextlib.ExitStack() as stack:
        # Names go into the gradebook where there is a table of them.
        stack.enter_context(lock.alone(course.coursedir, database=roster is not None))
        here = _Intake(course, assignment, source, stack, progress)
        entries, layout = _entries(here, layout)
        handed = _by_student(here, entries, layout, roster)
        for one in progress(handed, len(handed)):
            here.outcomes.append(_attempt(here, one, times))
        if roster is not None:
            _enter(course, roster, {o.student for o in here.outcomes})
    return sorted(here.outcomes, key=lambda o: o.student)


# What the source holds


def _entries(here: _Intake, layout: str) -> tuple[list[Entry], str]:
    """The files, and the layout by whose rule they are named."""
    source, config = here.source, here.course.config
    if not source.exists():
        raise SourceError(f"{source} does not exist; give a zip, a folder, or a CSV that lists repositories")
    if source.suffix.lower() == ".csv":
        return list(_cloned(here)), "folders"
    if source.is_dir():
        entries = [e for found in archive.in_folder(source) for e in _bulk(here, found, layout)]
    else:
        try:
            package = here.stack.enter_context(archive.open_zip(source, source.name))
        except Refused as reason:
            raise SourceError(f"{reason}; give a zip, a folder, or a CSV that lists repositories") from None
        entries = list(archive.in_zip(package))
    if not entries:
        raise SourceError(f"{source} holds no files")
    if layout == "auto":
        layout = platforms.detect([e.path for e in entries], config)
    if layout == "nbgrader":
        if not source.is_dir():
            entries = [entry.below(source.stem) for entry in entries]
        return [e for found in entries for e in _extracted(here, found)], layout
    return _without_wrapper(entries, {here.assignment.name, here.assignment.name.split("-")[0], source.stem}), layout


def _bulk(here: _Intake, entry: Entry, layout: str) -> Iterator[Entry]:
    """A platform's whole zip inside a folder (as zip_collect's `archive` has it) is opened; others stay as they are."""
    if len(entry.path.parts) == 1 and entry.path.suffix.lower() == ".zip" and not entry.problem:
        with contextlib.suppress(Refused, SourceError), contextlib.ExitStack() as attempt:
            package = attempt.enter_context(archive.open_zip(here.source / entry.path, entry.path.name))
            inside = list(archive.in_zip(package))
            kind = platforms.detect([e.path for e in inside], here.course.config) if layout == "auto" else layout
            if inside and kind != "folders":
                here.stack.push(attempt.pop_all())
                yield from (e.below(entry.path.stem) if kind == "nbgrader" else e for e in inside)
                return
    yield entry


def _extracted(here: _Intake, entry: Entry) -> Iterator[Entry]:
    """A zip's files where zip_collect would extract them: in a folder of the zip's name."""
    if entry.path.suffix.lower() != ".zip" or entry.problem:
        yield entry
        return
    try:
        package = here.stack.enter_context(archive.open_zip(entry.read(), entry.path.name))
        yield from (inner.below(str(entry.path.with_suffix(""))) for inner in archive.in_zip(package))
    except (Refused, SourceError) as reason:
        here.refuse(entry, str(reason))


def _without_wrapper(entries: list[Entry], names: set[str]) -> list[Entry]:
    """Without the one folder around everything that many programs add when they pack."""
    tops = {e.path.parts[0] for e in entries}
    wrapper = next(iter(tops)) if len(tops) == 1 else ""
    if wrapper not in names | {"submissions", "submitted", "archive"} or any(len(e.path.parts) < 2 for e in entries):
        return entries
    return [replace(e, path=PurePosixPath(*e.path.parts[1:])) for e in entries]


def _cloned(here: _Intake) -> Iterator[Entry]:
    repositories = clone.read_list(here.source)
    work = Path(here.stack.enter_context(tempfile.TemporaryDirectory(prefix="classroom-clone-")))
    for number, one in enumerate(here.progress(repositories, len(repositories))):
        if not STUDENT.fullmatch(one.student):
            here.outcomes.append(Outcome(one.student, REFUSED, reason=_no_identifier(one.student)))
            continue
        try:
            found = archive.in_closed_zip(clone.fetch(one, work / str(number), here.source.parent))
        except (Refused, SourceError) as reason:
            here.outcomes.append(Outcome(one.student, REFUSED, reason=str(reason)))
            continue
        if not found:
            here.outcomes.append(Outcome(one.student, REFUSED, reason="the repository is empty"))
        yield from (entry.below(one.student) for entry in found)


# Whose it is


def _rule(here: _Intake, layout: str) -> Rule:
    if layout == "nbgrader":
        extracted = here.course.root / "downloaded" / here.assignment.name / "extracted"
        return platforms.nbgrader(here.course.config, extracted)
    return {"moodle": platforms.moodle, "canvas": platforms.canvas, "folders": platforms.folders}[layout]


def _by_student(here: _Intake, entries: list[Entry], layout: str, roster: Roster | None) -> list[Handed]:
    rule = _rule(here, layout)
    others = set(here.course.names) - {here.assignment.name}
    handed: dict[str, Handed] = {}
    for entry in entries:
        if layout == "nbgrader" and entry.path.suffix.lower() != ".ipynb":
            continue  # zip_collect reads notebooks only
        owner = rule(entry.path)
        if owner is None:
            here.refuse(entry, f"its name does not say whose it is (read as {layout}; --layout names another)")
            continue
        if len(owner.inner.parts) > 1 and owner.inner.parts[0] in others:
            continue  # the student's work for another assignment
        if layout == "folders" and means(PurePosixPath(entry.path.parts[0]).stem, here.assignment):
            here.refuse(entry, "cannot tell whose it is; put each student's work in a folder named after them")
            continue
        person = roster.find(owner) if roster is not None else None
        student = person.student if person else platforms.identifier(owner.name)
        if not STUDENT.fullmatch(student):
            here.refuse(entry, _no_identifier(owner.name))
            continue
        one = handed.setdefault(student, Handed(student))
        one.entries.append((owner, entry))
        one.keys.add(owner.key)
        submitted = owner.submitted or (person.submitted if person else None)
        one.submitted = max(filter(None, (one.submitted, submitted)), default=None)
        notes = [owner.note] if owner.note else []
        if roster is not None and person is None:
            notes.append(f"{owner.name} is not in the table of students; the name itself is used")
        if person is None and student != owner.name:
            notes.append(f"the name {owner.name!r} is written {student!r}")
        one.notes += [note for note in notes if note not in one.notes]
    return [handed[student] for student in sorted(handed)]


def _no_identifier(name: str) -> str:
    return f"{name!r} is no student's identifier (letters, digits, spaces and . _ @ + - are)"


# One student


def _attempt(here: _Intake, one: Handed, times: Times) -> Outcome:
    notes = Notes(one.notes)
    try:
        if len(one.keys) > 1:
            raise Refused(
                f"{len(one.keys)} people on the platform are called {one.student}; "
                "give the platform's table with --roster, so that they can be told apart"
            )
        files = chosen(here.assignment, one, notes)
        when, basis = times.of(one.submitted, notes)
        outcome = Outcome(one.student, TAKEN, when, basis, [str(p) for p in sorted(files)], notes)
        store.store(here.course, here.assignment, outcome, files, here.source.name)
        return outcome
    except Refused as reason:
        return Outcome(one.student, REFUSED, notes=notes, reason=str(reason))
    except OSError as error:
        return Outcome(one.student, REFUSED, notes=notes, reason=f"it cannot be stored: {error}")


def _enter(course: Course, roster: Roster, students: set[str]) -> None:
    """Names and addresses from the table into the gradebook, for those who handed in."""
    with course.api.gradebook as gradebook:
        for person in roster.people:
            if person.student in students:
                known = {"first_name": person.first, "last_name": person.last, "email": person.email}
                gradebook.update_or_create_student(person.student, **{k: v for k, v in known.items() if v})

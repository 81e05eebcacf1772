"""Which of the files that one student handed in are kept, and under which name: of several attempts the newest.

Files of other kinds, unsafe ones and broken ones are left out with a note; a zip is opened once.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from ..assignments.assignment import Assignment
from ..submissions.intake import COPY, EXTENSIONS, MAX_FILES, MAX_TOTAL_BYTES, Refused
from . import archive
from .archive import Entry, SourceError
from .platforms import Owner


@dataclass
class Handed:
    """One student's files as found, before any is read."""

    student: str
    entries: list[tuple[Owner, Entry]] = field(default_factory=list)
    submitted: datetime.datetime | None = None
    keys: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


def means(stem: str, assignment: Assignment) -> bool:
    """Whether a file's name without its suffix stands for the assignment: its full name or `ps05`, in any copy."""
    return COPY.sub("", stem).strip().casefold() in (
        assignment.name.casefold(),
        assignment.name.split("-")[0].casefold(),
    )


@dataclass(frozen=True)
class _Candidate:
    """A file that could be kept under a name; the greatest `rank` is. `exact`: it bears the name asked for."""

    rank: tuple[Any, ...]
    exact: bool
    shown: str
    content: bytes


def chosen(assignment: Assignment, one: Handed, notes: list[str]) -> dict[PurePosixPath, bytes]:
    """The files to keep, by the path they get: of several with one name, the newest."""
    found: dict[PurePosixPath, list[_Candidate]] = {}
    total = count = 0
    for owner, entry in _of_this(assignment, one, notes):
        try:
            content = _read(owner, entry)
        except Refused as reason:
            notes.append(f"{owner.inner} was left out: {reason}")
            continue
        total, count = total + len(content), count + 1
        if count > MAX_FILES or total > MAX_TOTAL_BYTES:
            raise Refused(f"more than {MAX_FILES} files or {MAX_TOTAL_BYTES:,} bytes were handed in")
        place, exact = _place(assignment, one, owner.inner)
        never = datetime.datetime.min
        rank = (owner.submitted or never, owner.attempt, exact, -len(owner.inner.parts), entry.modified or never)
        found.setdefault(place, []).append(_Candidate(rank, exact, str(owner.inner), content))
    files = {place: _newest(place, several, notes) for place, several in found.items()}
    _name_the_notebook(assignment, files, notes)
    if not files:
        raise Refused("nothing that belongs to an assignment was handed in")
    # A name cannot be both a file and the folder of another.
    folders = {parent for place in files for parent in place.parents}
    for place in sorted(folders & set(files)):
        del files[place]
        notes.append(f"{place} was left out: a folder has the same name")
    return files


def _of_this(assignment: Assignment, one: Handed, notes: list[str]) -> Iterator[tuple[Owner, Entry]]:
    """Of a whole course, such as a clone of the published one, what lies in the assignment's folder.

    A notebook that bears the assignment's name counts wherever it lies.
    """

    def inside(path: PurePosixPath) -> bool:
        return assignment.name in path.parts[:-1]

    def counts(path: PurePosixPath) -> bool:
        return inside(path) or (path.suffix.lower() == ".ipynb" and means(path.stem, assignment))

    # Opened twice, because a zip is closed before the next one is opened.
    paths = [owner.inner for owner, _ in _opened(one, [])]
    whole = any(map(inside, paths))
    if left := whole * sum(not counts(path) for path in paths):
        notes.append(f"{left} file{'s' * (left != 1)} outside the folder {assignment.name} left out")
    yield from (pair for pair in _opened(one, notes) if not whole or counts(pair[0].inner))


def _read(owner: Owner, entry: Entry) -> bytes:
    if entry.problem:
        raise Refused(entry.problem)
    if owner.inner.suffix.lower() not in EXTENSIONS:
        raise Refused("files of this kind are not part of an assignment")
    if owner.inner.name == "timestamp.txt":
        raise Refused("the time of handing in is not the student's to write")
    if any(len(part.encode()) > 200 for part in owner.inner.parts):
        raise Refused("its name is too long")
    return entry.read()


def _opened(one: Handed, notes: list[str]) -> Iterator[tuple[Owner, Entry]]:
    """The student's entries, zips among them opened (once: a zip within a zip is left out with its kind)."""
    for owner, entry in one.entries:
        if owner.inner.suffix.lower() != ".zip" or entry.problem:
            yield owner, entry
            continue
        try:
            with archive.open_zip(entry.read(), str(owner.inner)) as package:
                for inner in archive.in_zip(package):
                    yield Owner(owner.name, inner.path, owner.key, owner.attempt, owner.submitted), inner
        except (Refused, SourceError) as reason:
            notes.append(f"{owner.inner} was left out: {reason}")


def _place(assignment: Assignment, one: Handed, inner: PurePosixPath) -> tuple[PurePosixPath, bool]:
    """Where a file goes, and whether its name is exactly the one asked for."""
    wanted = f"{assignment.name}.ipynb"
    if inner.suffix.lower() == ".ipynb":
        if inner.name == wanted or (len(inner.parts) == 1 and inner.stem == one.student):
            return PurePosixPath(wanted), True
        if means(inner.stem, assignment):
            return PurePosixPath(wanted), False
    if assignment.name in inner.parts[:-1]:
        return PurePosixPath(*inner.parts[inner.parts.index(assignment.name) + 1 :]), True
    return inner, False


def _newest(place: PurePosixPath, several: list[_Candidate], notes: list[str]) -> bytes:
    best = max(several, key=lambda c: c.rank)
    rivals = [c for c in several if c.content != best.content]
    if any(c.rank == best.rank for c in rivals):
        names = ", ".join(sorted(c.shown for c in several))
        raise Refused(f"{names}: nothing tells which is the newest; hand over one {place}")
    if rivals:
        left = ", ".join(sorted({c.shown for c in rivals} - {best.shown})) or "earlier ones of the same name"
        notes.append(f"of {len(several)} attempts the newest was taken: {best.shown}, not {left}")
    elif best.shown != str(place) and not best.exact:
        notes.append(f"{best.shown} was taken for {place}")
    return best.content


def _name_the_notebook(assignment: Assignment, files: dict[PurePosixPath, bytes], notes: list[str]) -> None:
    """A notebook under another name is the submission when it is the only one with this assignment's cells."""
    wanted = PurePosixPath(f"{assignment.name}.ipynb")
    notebooks = [place for place in files if place.suffix.lower() == ".ipynb"]
    if wanted in files or not notebooks:
        return
    ids = {cell.id for cell in assignment.cells if cell.kind in ("solution", "test", "manual")}
    fitting = [place for place in notebooks if _grade_ids(files[place]) & ids]
    if len(fitting) == 1:
        files[wanted] = files.pop(fitting[0])
        notes.append(f"{fitting[0]} was taken for {wanted}: it has the assignment's cells")


def _grade_ids(content: bytes) -> set[str]:
    try:
        cells = json.loads(content.decode("utf-8-sig"))["cells"]
        return {str(cell["metadata"]["nbgrader"]["grade_id"]) for cell in cells if "nbgrader" in cell["metadata"]}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return set()

"""A student's files in nbgrader's submitted folder, with the time that counts and a receipt.

The same files collected again keep the time of their first receipt. What a newer submission replaces is kept aside:
nothing a student handed in is deleted here.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from ..assignments.assignment import Assignment
from ..assignments.course import Course
from ..grading import pipeline, record, run
from ..submissions import intake
from ..submissions.intake import Refused

# What can happen to a student's files. "unusable": stored, and grading will record a zero with the reason.
TAKEN, UNCHANGED, OLDER, UNUSABLE, REFUSED = "taken", "unchanged", "older", "unusable", "refused"


class Notes(list[str]):
    """Notes on one student's files; after `MOST` of them the rest is counted only."""

    MOST = 20

    def append(self, note: str) -> None:
        """Add a note, while there is room."""
        if len(self) < self.MOST:
            super().append(note)
        elif len(self) == self.MOST:
            super().append("and more")


@dataclass
class Outcome:
    """What became of one student's files, or (student "") of files that nobody could be found for."""

    student: str
    state: str
    time: datetime.datetime | None = None
    basis: str = ""
    files: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    reason: str = ""

    @property
    def fine(self) -> bool:
        """Whether nobody need look at it."""
        return self.state in (TAKEN, UNCHANGED, OLDER)


@dataclass(frozen=True)
class Times:
    """What counts as the time of handing in.

    `received` is the time of receipt: when this was run, or (`stated`) what the instructor says. With `platform`,
    the platform's own time counts where there is one.
    """

    received: datetime.datetime
    stated: bool = False
    platform: bool = False

    def of(self, submitted: datetime.datetime | None, notes: list[str]) -> tuple[datetime.datetime, str]:
        """The time that counts, and what it rests on: platform, stated or receipt."""
        if self.platform:
            if submitted is not None and submitted <= self.received:
                return submitted, "platform"
            notes.append(
                "the platform gives no time for it; the time of receipt counts"
                if submitted is None
                else f"the platform's time {submitted} UTC is after the receipt and does not count"
            )
        return self.received, "stated" if self.stated else "receipt"


def receipt_path(root: Path, assignment: str, student: str) -> Path:
    """The list of what was received of a student, and when."""
    return root / "course" / "receipts" / assignment / f"{student}.json"


def replaced_folder(root: Path, assignment: str, student: str) -> Path:
    """Where submissions go that a newer one replaced."""
    return root / "course" / "replaced" / student / assignment


def store(
    course: Course, assignment: Assignment, outcome: Outcome, files: dict[PurePosixPath, bytes], origin: str
) -> None:
    """Put a student's files where nbgrader looks for them, and complete the outcome.

    An earlier submission that is replaced is kept aside.
    """
    student, notes, when = outcome.student, outcome.notes, outcome.time
    assert when is not None
    target = Path(course.coursedir.format_path(course.coursedir.submitted_directory, student, assignment.name))
    digest = _digest(files)
    known = _known(course.root, assignment.name, student)
    if outcome.basis == "receipt" and digest in known and not target.exists():
        # The folder was removed; what it held is here again, and was received when it was.
        outcome.time = when = known[digest]
    earlier = intake.timestamp(target, []) if target.is_dir() else None
    if target.is_dir() and _digest(_stored(target)) == digest:
        outcome.state = UNCHANGED
        if earlier is not None and (outcome.basis == "receipt" or when == earlier):
            # Collected again: the first receipt counts.
            outcome.time = earlier
            _check(outcome, target, assignment, course)
            return
        notes.append(f"its time was {earlier or 'not known'}; grade it with --force for the lateness to follow")
        _stamp(target, when)
    elif outcome.basis == "receipt" and digest in known and target.exists():
        outcome.state = OLDER
        notes.append("it was received before and replaced since; if it was handed in again, say when with --received")
        return
    elif earlier is not None and when < earlier:
        outcome.state = OLDER
        notes.append(f"what is there came later ({earlier} UTC) and stays")
        return
    else:
        draft = target.with_name(f".{target.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        for place, content in files.items():
            path = draft / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        _stamp(draft, when)
        if target.exists():
            kept = replaced_folder(course.root, assignment.name, student)
            kept.mkdir(parents=True, exist_ok=True)
            stamp = f"{earlier or datetime.datetime.min:%Y-%m-%dT%H%M%S}"
            aside = next(p for n in range(10**6) if not (p := kept / (f"{stamp}-{n}" if n else stamp)).exists())
            target.rename(aside)
            notes.append(f"the earlier submission is kept in {aside.relative_to(course.root)}")
        draft.rename(target)
    _receipt(course.root, assignment.name, outcome, digest, origin)
    _check(outcome, target, assignment, course)


def _stamp(folder: Path, when: datetime.datetime) -> None:
    draft = folder / ".timestamp.new"
    draft.write_text(f"{when:%Y-%m-%d %H:%M:%S.%f} UTC\n", encoding="ascii")
    os.replace(draft, folder / "timestamp.txt")


def _stored(target: Path) -> dict[PurePosixPath, bytes]:
    found = ((PurePosixPath(p.relative_to(target)), p) for p in sorted(target.rglob("*")))
    own = PurePosixPath("timestamp.txt")
    return {place: p.read_bytes() for place, p in found if place != own and p.is_file() and not p.is_symlink()}


def _digest(files: dict[PurePosixPath, bytes]) -> str:
    rows = sorted((str(place), hashlib.sha256(content).hexdigest()) for place, content in files.items())
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def _received(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    try:
        return list(json.loads(path.read_text(encoding="utf-8"))["received"])
    except (ValueError, KeyError, TypeError):
        raise Refused(f"the receipt {path} does not parse; restore it from a backup, or delete it") from None


def _known(root: Path, name: str, student: str) -> dict[str, datetime.datetime]:
    """What was received of the student before, by hash, and its time."""
    found: dict[str, datetime.datetime] = {}
    for entry in _received(receipt_path(root, name, student)):
        if entry.get("time"):
            found.setdefault(str(entry.get("sha256")), datetime.datetime.fromisoformat(entry["time"]))
    return found


def _receipt(root: Path, name: str, outcome: Outcome, digest: str, origin: str) -> None:
    path = receipt_path(root, name, outcome.student)
    entry = {
        "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "time": outcome.time.isoformat() if outcome.time else None,
        "basis": outcome.basis,
        "source": origin,
        "files": outcome.files,
        "sha256": digest,
    }
    record.write_json(path, {"student": outcome.student, "assignment": name, "received": [*_received(path), entry]})


def _check(outcome: Outcome, target: Path, assignment: Assignment, course: Course) -> None:
    """Say now what grading will say: that it can be graded, or why not."""
    try:
        submission = intake.accept(target, outcome.student, assignment)
        pipeline.version(assignment, submission.release, run.releases_folder(course.coursedir))
    except Refused as reason:
        outcome.state, outcome.reason = UNUSABLE, str(reason)

"""Whose file is it: the names that Moodle, Canvas and nbgrader's zip_collect give, and the tables they export.

A platform's archive names a person in its own way. Its exported table (Canvas: the gradebook; Moodle: the grading
worksheet) translates that into the name the gradebook knows, and Moodle's adds when the work was handed in.
"""

from __future__ import annotations

import csv
import datetime
import logging
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo

import dateutil.parser
from nbgrader.plugins import FileNameCollectorPlugin
from nbgrader.utils import parse_utc

from .archive import SourceError

MOODLE = re.compile(r"(?P<name>.+)_(?P<key>\d{1,20})_assignsubmission_(?P<kind>[a-z]+)_?(?P<file>.*)")
CANVAS = re.compile(r"(?P<name>.+?)_(?P<late>LATE_)?(?P<key>\d{1,20})_(?P<attempt>\d{1,20})_(?P<file>.+)")
# What Canvas puts behind the name of a file handed in again.
AGAIN = re.compile(r"-\d{1,3}(?=\.\w+$)")


@dataclass(frozen=True)
class Owner:
    """Whose a file is, as its place in the source says.

    `key` is the platform's own number for the person, `name` what it calls them; `inner` is the file's path within
    what they handed in. `attempt` grows with every attempt; `submitted` is the platform's time.
    """

    name: str
    inner: PurePosixPath
    key: str = ""
    attempt: int = 0
    submitted: datetime.datetime | None = None
    note: str = ""


Rule = Callable[[PurePosixPath], Owner | None]


def moodle(path: PurePosixPath) -> Owner | None:
    """`Ada Lovelace_123_assignsubmission_file_/ps05.ipynb`, or all in one name.

    >>> moodle(PurePosixPath("Ada Lovelace_123_assignsubmission_file_/a/b.ipynb"))
    Owner(name='Ada Lovelace', inner=PurePosixPath('a/b.ipynb'), key='123', attempt=0, submitted=None, note='')
    """
    match = MOODLE.fullmatch(path.parts[0])
    if match is None:
        return None
    inner = PurePosixPath(*([match["file"]] if match["file"] else []), *path.parts[1:])
    return Owner(match["name"], inner, match["key"]) if inner.parts else None


def canvas(path: PurePosixPath) -> Owner | None:
    """`lovelaceada_LATE_17_2045_ps05.ipynb`: name, the person's number, the file's number.

    >>> canvas(PurePosixPath("lovelaceada_17_2045_ps05-dual-numbers-1.ipynb")).inner
    PurePosixPath('ps05-dual-numbers.ipynb')
    """
    match = CANVAS.fullmatch(path.parts[0])
    if match is None:
        return None
    inner = PurePosixPath(AGAIN.sub("", match["file"]), *path.parts[1:])
    note = "Canvas marks it late" if match["late"] else ""
    # Two people may share a name, and Canvas shortens names: the number keeps them apart, in every assignment.
    name = f"{match['name']}-{match['key']}"
    return Owner(name, inner, match["key"], int(match["attempt"]), note=note)


def folders(path: PurePosixPath) -> Owner | None:
    """One folder or one file a student, named after them.

    >>> folders(PurePosixPath("ada/ps05.ipynb")).name, folders(PurePosixPath("bob.ipynb")).inner.name
    ('ada', 'bob.ipynb')
    """
    if len(path.parts) == 1:
        return Owner(path.stem, path)
    return Owner(path.parts[0], PurePosixPath(*path.parts[1:]))


def nbgrader(config: Any, extracted: Path) -> Rule:
    """The rule of the course's own `FileNameCollectorPlugin.named_regexp`, asked as zip_collect asks it."""
    log = logging.getLogger("classroom.names")
    log.setLevel(logging.ERROR)
    plugin = FileNameCollectorPlugin(config=config, log=log)

    def rule(path: PurePosixPath) -> Owner | None:
        found = plugin.collect(str(extracted / path))
        if not found or not found.get("student_id") or not found.get("file_id"):
            return None
        name = PurePosixPath(found["file_id"]).with_suffix("").as_posix() + path.suffix
        return Owner(found["student_id"], PurePosixPath(name.lstrip("/")), submitted=_stamp(found.get("timestamp")))

    return rule


def _stamp(text: str | None) -> datetime.datetime | None:
    if not text:
        return None
    # Blackboard writes 2016-01-30-15-00-00, which no parser takes for a time.
    numbers = re.fullmatch(r"(\d{4}-\d\d-\d\d)[-_T](\d\d)-(\d\d)-(\d\d)", text)
    try:
        found = parse_utc(f"{numbers[1]} {numbers[2]}:{numbers[3]}:{numbers[4]}" if numbers else text)
    except (ValueError, OverflowError):
        return None
    return found if isinstance(found, datetime.datetime) else None


def detect(paths: Iterable[PurePosixPath], config: Any) -> str:
    """Which layout a source has, from its files' names."""
    every = list(paths)
    if config.FileNameCollectorPlugin.get("named_regexp"):
        return "nbgrader"
    if any(MOODLE.fullmatch(p.parts[0]) for p in every):
        return "moodle"
    return "canvas" if every and sum(bool(CANVAS.fullmatch(p.parts[0])) for p in every) * 2 > len(every) else "folders"


def identifier(name: str) -> str:
    """A name as nbgrader's folders and gradebook can have it.

    >>> identifier("Seán O'Brien"), identifier("  ../x ")
    ('Seán O-Brien', 'x')
    """
    clean = re.sub(r"[^\w .@+-]+", "-", unicodedata.normalize("NFC", name)).strip(" .")
    return re.sub(r"^\W+", "", clean)[:100].rstrip(" .")


# Tables

STUDENT_COLUMNS = ("student_id", "username", "sis login id", "id number", "sis user id", "email address", "email")
KEY_COLUMNS = ("identifier", "id")
NAME_COLUMNS = ("full name", "student", "name")
TIME_COLUMN = "last modified (submission)"


@dataclass(frozen=True)
class Person:
    """A row of a platform's table."""

    student: str
    key: str
    name: str
    first: str = ""
    last: str = ""
    email: str = ""
    submitted: datetime.datetime | None = None


class Roster:
    """A table of persons, found by the platform's number or by name; `persons` has one for each of `rows`."""

    def __init__(self, persons: list[Person], header: list[str], rows: list[dict[str, str]]) -> None:
        self.persons, self.header, self.rows = persons, header, rows
        self.people = people = [p for p in persons if p.student]
        self._by_key = {p.key: p for p in people if p.key}
        self._by_name: dict[str, list[Person]] = {}
        for person in people:
            for form in _forms(person):
                self._by_name.setdefault(form, []).append(person)

    def find(self, owner: Owner) -> Person | None:
        """The person, or None when nobody or more than one could be meant."""
        if owner.key in self._by_key:
            return self._by_key[owner.key]
        found = self._by_name.get(_folded(owner.name), [])
        return found[0] if len({p.student for p in found}) == 1 else None


def _folded(name: str) -> str:
    return re.sub(r"\W+", "", unicodedata.normalize("NFC", name)).casefold()


def _forms(person: Person) -> set[str]:
    names = {person.name, person.student, person.email, f"{person.first} {person.last}"}
    if "," in person.name:
        names.add(" ".join(reversed(person.name.split(",", 1))))
    return {_folded(n) for n in names} - {""}


def read_roster(path: Path, zone: str, column: str = "") -> Roster:
    """Read a table; `column` names the one with the gradebook's student ids, when the usual ones are not meant.

    Raises
    ------
    SourceError
        When the table has none of the columns a student could be known by.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"the table {path} cannot be read ({error}); export it again as CSV in UTF-8") from None
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.DictReader(text.splitlines(), delimiter=delimiter)
    header = list(reader.fieldnames or [])
    lower = {name.strip().casefold(): name for name in header}
    wanted = (column.casefold(),) if column else STUDENT_COLUMNS
    identity = next((lower[c] for c in wanted if c in lower), None)
    if identity is None:
        raise SourceError(
            f"{path} has no column {column or 'that names a student (' + ', '.join(STUDENT_COLUMNS) + ')'}; "
            f"it has: {', '.join(header)}; name the right one with --id-column"
        )
    rows = [{k: v or "" for k, v in row.items() if k is not None} for row in reader]
    return Roster([_person(row, lower, identity, zone) for row in rows], header, rows)


def _person(row: dict[str, str], lower: dict[str, str], identity: str, zone: str) -> Person:
    def cell(*names: str) -> str:
        return next((row[lower[n]].strip() for n in names if n in lower and row[lower[n]].strip()), "")

    return Person(
        student=identifier(row[identity].strip()),
        key=cell(*KEY_COLUMNS).removeprefix("Participant ").strip(),
        name=cell(*NAME_COLUMNS),
        first=cell("first name", "firstname", "first_name"),
        last=cell("last name", "surname", "lastname", "last_name"),
        email=cell("email address", "email"),
        submitted=_local(cell(TIME_COLUMN), zone),
    )


def _local(text: str, zone: str) -> datetime.datetime | None:
    """Moodle's `Wednesday, 25 November 2026, 10:15 AM`, in the course's time zone; "-" when nothing came."""
    # A month in numbers could be a day.
    if not re.search(r"[A-Za-z]{3}|\d{4}-\d\d-\d\d", text) or not re.search(r"\d", text):
        return None
    try:
        found = dateutil.parser.parse(text)
    except (ValueError, OverflowError):
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=ZoneInfo(zone))
    return found.astimezone(datetime.UTC).replace(tzinfo=None)

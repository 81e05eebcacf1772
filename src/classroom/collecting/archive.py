"""What lies in a zip or a folder, one entry a file, each safe to read or refused with its reason.

An entry is refused alone: a link, a name that leads out, a bomb or a broken member costs nobody else their work.
Sizes are those read, never those an archive states, and nothing is written to disk here.
"""

from __future__ import annotations

import datetime
import io
import os
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from ..submissions.intake import MAX_DEPTH, MAX_FILE_BYTES, Refused, read_file

MAX_MEMBERS = 200_000
# A notebook of text shrinks by ten; what shrinks by this much was made to fill a disk.
MAX_RATIO = 200
RATIO_MATTERS_FROM = 1_000_000
# Four levels beyond a submission's own: the platform's folder, the student's, the assignment's.
LEVELS = MAX_DEPTH + 4
LITTER = re.compile(r"__MACOSX|\.git|\.ipynb_checkpoints|__pycache__|\.DS_Store|Thumbs\.db|desktop\.ini|\._.*")
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


class SourceError(ValueError):
    """The whole source cannot be read; the message says why and what to type or hand over instead."""


@dataclass(frozen=True)
class Entry:
    """One file of a source: its cleaned path, how to read it, when it was changed, why it is refused ("" if not)."""

    path: PurePosixPath
    read: Callable[[], bytes]
    modified: datetime.datetime | None = None
    problem: str = ""

    def below(self, *parts: str) -> Entry:
        """The same entry inside a folder."""
        return replace(self, path=PurePosixPath(*parts, self.path))


def is_litter(path: PurePosixPath) -> bool:
    """Whether the path is an operating system's or a tool's own file, which nobody handed in."""
    return any(LITTER.fullmatch(part) for part in path.parts)


def in_zip(package: zipfile.ZipFile) -> Iterator[Entry]:
    """The files of an open zip."""
    members = [m for m in package.infolist() if not m.is_dir()]
    if len(members) > MAX_MEMBERS:
        raise SourceError(f"the archive holds {len(members):,} files; at most {MAX_MEMBERS:,} are read")
    for member in members:
        name = _decoded(member)
        path = PurePosixPath(unicodedata.normalize("NFC", name.replace("\\", "/")) or "(no name)")
        if not is_litter(path):
            yield Entry(path, _reader(package, member), _changed(member), _unsafe(name, path) or _odd(member))


def in_closed_zip(path: Path) -> list[Entry]:
    """The files of a zip that is opened for each read, so that a thousand of them do not stay open."""
    with open_zip(path, path.name) as package:
        found = list(in_zip(package))

    def reading(entry: Entry, index: int) -> Callable[[], bytes]:
        def read() -> bytes:
            with open_zip(path, path.name) as package:
                return list(in_zip(package))[index].read()

        return read

    return [replace(entry, read=reading(entry, index)) for index, entry in enumerate(found)]


def open_zip(content: bytes | Path, name: str) -> zipfile.ZipFile:
    """The zip, opened.

    Raises
    ------
    Refused
        When it is not one.
    """
    try:
        return zipfile.ZipFile(io.BytesIO(content) if isinstance(content, bytes) else content)
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, OSError) as error:
        raise Refused(f"{name} cannot be unpacked: {error}") from None


def in_folder(folder: Path) -> Iterator[Entry]:
    """The files below a folder, found without following a link."""
    waiting, seen = [folder], 0
    while waiting:
        with os.scandir(waiting.pop()) as found:
            inside = sorted(found, key=lambda e: e.name)
        for item in inside:
            path = Path(item.path)
            # What cannot be written as UTF-8 is shown, and refused by name.
            name = os.fsencode(path.relative_to(folder)).decode("utf-8", "backslashreplace")
            pure = PurePosixPath(unicodedata.normalize("NFC", name))
            if is_litter(pure):
                continue
            seen += 1
            if seen > MAX_MEMBERS:
                raise SourceError(f"{folder} holds more than {MAX_MEMBERS:,} files; name the folder of submissions")
            status = item.stat(follow_symlinks=False)
            changed = datetime.datetime.fromtimestamp(status.st_mtime, datetime.UTC).replace(tzinfo=None)
            problem = _unsafe(name, pure)
            if stat.S_ISLNK(status.st_mode):
                problem = "it is a link"
            elif stat.S_ISDIR(status.st_mode):
                if not problem:
                    waiting.append(path)
                    continue
            elif not stat.S_ISREG(status.st_mode):
                problem = "it is a device, pipe or socket"
            yield Entry(pure, _file_reader(path), changed, problem)


def _file_reader(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            return read_file(path, MAX_FILE_BYTES)
        except OSError as error:
            raise Refused(f"it cannot be read: {error.strerror}") from None

    return read


def _reader(package: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with package.open(member) as source:
                content = source.read(MAX_FILE_BYTES + 1)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, zlib.error) as error:
            raise Refused(f"it cannot be unpacked: {error}") from None
        if len(content) > MAX_FILE_BYTES:
            raise Refused(f"it unpacks to more than {MAX_FILE_BYTES:,} bytes")
        return content

    return read


def _decoded(member: zipfile.ZipInfo) -> str:
    """The member's name; many programs write UTF-8 without saying so."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename


def _changed(member: zipfile.ZipInfo) -> datetime.datetime | None:
    try:
        return datetime.datetime(*member.date_time)
    except ValueError:
        return None


def _unsafe(name: str, path: PurePosixPath) -> str:
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", name):
        return "its name leads out of its folder"
    if not name.strip("./") or UNSEEN.search(name):
        return "its name has invisible characters"
    if len(path.parts) > LEVELS:
        return f"it is nested more than {LEVELS} folders deep"
    return ""


def _odd(member: zipfile.ZipInfo) -> str:
    if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
        return "it is a link or special file"
    if member.flag_bits & 0x1:
        return "it is locked with a password"
    if member.file_size > RATIO_MATTERS_FROM and member.file_size > MAX_RATIO * max(member.compress_size, 1):
        return f"it unpacks to {member.file_size // max(member.compress_size, 1)} times its size"
    return ""

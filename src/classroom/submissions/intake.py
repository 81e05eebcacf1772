"""A submission accepted, or refused with a reason its author can act on.

Nothing of a submission is trusted here: links are not followed, sizes are limited before anything is read,
and of all that was handed in only the notebook's cells go on. The other files stay where they are: the worker
gets the released data, so a file named like a library has nobody to import it.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from ..assignments.assignment import Assignment

MAX_FILES = 200
MAX_FILE_BYTES = 20_000_000
MAX_TOTAL_BYTES = 50_000_000
MAX_CELLS = 1000
MAX_CELL_CHARACTERS = 200_000
MAX_DEPTH = 8
# What a notebook that is none makes its readers raise.
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, RecursionError, AssertionError, ArithmeticError)
EXTENSIONS = (".ipynb", ".txt", ".md", ".csv", ".json", ".npy", ".npz", ".png", ".jpg", ".jpeg", ".svg", ".pdf", ".py")
STUDENT = re.compile(r"\w[\w .@+-]{0,99}")
# What browsers and JupyterLab put behind a name when they keep a second copy.
COPY = re.compile(r"( ?\(\d+\)|-Copy\d+|_copy\d*)$", re.IGNORECASE)


class Refused(Exception):
    """The submission cannot be graded; the message says why and what to hand in instead."""


@dataclass(frozen=True)
class StudentCell:
    """A cell as it was handed in: its grade_id ("" for one the student added), its type and its source."""

    grade_id: str
    language: str
    source: str


@dataclass(frozen=True)
class Submission:
    """An accepted submission: its cells, the release it started from, and what the instructor should know."""

    student: str
    cells: tuple[StudentCell, ...]
    release: str
    digest: str
    timestamp: datetime.datetime | None
    notes: tuple[str, ...]


def accept(folder: Path, student: str, assignment: Assignment) -> Submission:
    """Read the submission in `folder`.

    Raises
    ------
    Refused
        When it cannot be graded; the message is for the student and the instructor alike.
    """
    if not STUDENT.fullmatch(student):
        raise Refused(f"the folder name {student!r} is not a student's identifier (letters, digits, . _ @ + -)")
    notes: list[str] = []
    files = _survey(Path(folder), notes)
    path = _notebook(files, assignment, notes)
    raw = read_file(path, MAX_FILE_BYTES)
    notebook = parse(raw, path.name)
    cells = tuple(student_cell(cell, index) for index, cell in enumerate(notebook["cells"]))
    settings = notebook["metadata"].get("chainrule")
    release = settings.get("release", "") if isinstance(settings, dict) else ""
    return Submission(
        student=student,
        cells=cells,
        release=release if isinstance(release, str) and re.fullmatch(r"[0-9a-f]{16}", release) else "",
        digest=hashlib.sha256(raw).hexdigest(),
        timestamp=timestamp(Path(folder), notes),
        notes=tuple(notes),
    )


def _survey(folder: Path, notes: list[str]) -> list[Path]:
    """Every regular file of the folder, found without following a link."""
    for place in (folder.parent, folder):
        if stat.S_ISLNK(os.lstat(place).st_mode):
            raise Refused(f"{place.name} is a link; hand in the files themselves")
    files: list[Path] = []
    total = 0
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                path = Path(entry.path)
                name = path.relative_to(folder).as_posix()
                info = entry.stat(follow_symlinks=False)
                if entry.is_symlink():
                    raise Refused(f"{name} is a link; hand in the file itself")
                if stat.S_ISDIR(info.st_mode):
                    if len(path.relative_to(folder).parts) >= MAX_DEPTH:
                        raise Refused(f"{name}: folders are nested more than {MAX_DEPTH} deep")
                    waiting.append(path)
                    continue
                if not stat.S_ISREG(info.st_mode):
                    raise Refused(f"{name} is not a regular file (a device, pipe or socket)")
                if info.st_size > MAX_FILE_BYTES:
                    raise Refused(f"{name} has {info.st_size:,} bytes; at most {MAX_FILE_BYTES:,} are accepted")
                total += info.st_size
                files.append(path)
                if len(files) > MAX_FILES or total > MAX_TOTAL_BYTES:
                    raise Refused(f"more than {MAX_FILES} files or {MAX_TOTAL_BYTES:,} bytes were handed in")
                if path.suffix.lower() not in EXTENSIONS:
                    notes.append(f"{name} was not read: files of this kind are not part of an assignment")
    return files


def _notebook(files: list[Path], assignment: Assignment, notes: list[str]) -> Path:
    wanted = f"{assignment.name}.ipynb"
    notebooks = [p for p in files if p.suffix.lower() == ".ipynb" and ".ipynb_checkpoints" not in p.parts]
    exact = [p for p in notebooks if p.name == wanted]
    near = [p for p in notebooks if COPY.sub("", p.stem).lower() == assignment.name.lower()]
    for found in (exact, near):
        if len(found) == 1:
            if found[0].name != wanted:
                notes.append(f"{found[0].name} was taken for {wanted}")
            return found[0]
        if len(found) > 1:
            names = ", ".join(sorted(str(p.name) for p in found))
            raise Refused(f"several notebooks could be the submission ({names}); hand in one, named {wanted}")
    names = ", ".join(sorted(p.name for p in notebooks)) or "no notebook"
    raise Refused(f"expected {wanted}, found {names}")


def read_file(path: Path, limit: int) -> bytes:
    """A regular file's content, at most `limit` bytes of it; anything else is Refused."""
    # Opened without following a link, in case the file was exchanged since it was looked at.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise Refused(f"{path.name} is not a regular file")
        raw = file.read(limit + 1)
    if len(raw) > limit:
        raise Refused(f"{path.name} has more than {limit:,} bytes")
    return raw


def parse(raw: bytes, name: str) -> Any:
    """A notebook's cells and metadata, in today's format and without outputs; anything else is Refused."""
    try:
        content = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Refused(f"{name} is not a notebook: it does not parse as JSON; save it in JupyterLab again") from None
    try:
        if not isinstance(content, dict) or content.get("nbformat") not in (3, 4):
            raise ValueError("expected a notebook of format 4")
        notebook = _without_outputs(content)
        if notebook["nbformat"] == 3:
            notebook = nbformat.convert(nbformat.from_dict(notebook), 4)
        cells, metadata = notebook.get("cells"), notebook.get("metadata", {})
        if not isinstance(cells, list) or not isinstance(metadata, dict):
            raise ValueError("it has no list of cells")
    except (*UNREADABLE, nbformat.ValidationError) as error:
        raise Refused(f"{name} is not a valid notebook ({str(error)[:200]}); save it in JupyterLab again") from None
    if len(cells) > MAX_CELLS:
        raise Refused(f"{name} has {len(cells)} cells; at most {MAX_CELLS} are accepted")
    return {"cells": cells, "metadata": metadata}


def _without_outputs(content: dict[str, Any]) -> dict[str, Any]:
    """Outputs in a submission are never looked at; they are dropped before anything walks through them."""
    for sheet in [content, *(w for w in content.get("worksheets") or [] if isinstance(w, dict))]:
        for cell in sheet.get("cells") or []:
            if isinstance(cell, dict) and "outputs" in cell:
                cell["outputs"] = []
            if isinstance(cell, dict):
                cell.pop("attachments", None)
    return content


def student_cell(cell: Any, index: int) -> StudentCell:
    """The cell as it is graded; what cannot be one is Refused."""
    where = f"cell {index + 1}"
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        raise Refused(f"{where} of the notebook is not a code, markdown or raw cell")
    source = cell.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise Refused(f"{where} of the notebook has no text as its source")
    if len(source) > MAX_CELL_CHARACTERS:
        raise Refused(f"{where} has {len(source):,} characters; at most {MAX_CELL_CHARACTERS:,} are accepted")
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    identity = marks.get("grade_id") if isinstance(marks, dict) else None
    # Half a surrogate pair is legal in JSON and in no file we could write.
    source = source.encode("utf-8", "replace").decode("utf-8")
    return StudentCell(identity if isinstance(identity, str) else "", cell["cell_type"], source)


def timestamp(folder: Path, notes: list[str]) -> datetime.datetime | None:
    """When nbgrader's collect step says this was handed in."""
    from nbgrader.utils import parse_utc

    path = folder / "timestamp.txt"
    if not path.is_file():
        return None
    try:
        moment: datetime.datetime = parse_utc(read_file(path, 200).decode("ascii").strip())
        return moment
    except (ValueError, OverflowError, Refused):
        notes.append("timestamp.txt does not hold a time; lateness is not known")
        return None

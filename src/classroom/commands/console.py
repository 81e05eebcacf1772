"""What the commands share: their arguments, their messages, the progress bar."""

from __future__ import annotations

import errno
import gc
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from tqdm import tqdm

Name = Annotated[str, typer.Argument(help="The assignment: ps05, or its full name.", show_default=False)]
Names = Annotated[list[str] | None, typer.Argument(help="Assignments: ps05, or full names; all when left out.")]
Jobs = Annotated[int, typer.Option(min=1, help="Processes that judge side by side.", show_default="one for each core")]
Scheduler = Annotated[
    str, typer.Option(help="A Dask scheduler whose workers judge: tls://HOST:PORT.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for scripts.")]
# What the grade extra has beyond a student's.
INSTRUCTORS = ("dask", "distributed", "cryptography")
# What the machine refuses and its user can mend.
ROOM = "make room on the disk, then type the same command again"
WHOSE = "see whose it is and whether you may write there: ls -l"
REMEDIES = {
    errno.ENOSPC: ROOM,
    errno.EDQUOT: ROOM,
    errno.EROFS: "work in a folder that can be written to",
    errno.EACCES: WHOSE,
    errno.EPERM: WHOSE,
    errno.EISDIR: "a file is expected there: move the folder away",
    errno.ENOTDIR: "a folder is expected there: move the file away",
}
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


@contextmanager
def importing() -> Iterator[None]:
    """Around the import of nbgrader and the like, whose thousands of objects stay until the command ends.

    The garbage collector would go through them again and again, and once more at the end: a third of a second.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def plain_errors() -> Iterator[None]:
    """What a user can mend is told in a line or two; anything else keeps its traceback."""
    with importing():
        from nbgrader.api import InvalidEntry
        from sqlalchemy.exc import SQLAlchemyError

        from ..assignments.assignment import AssignmentError
        from ..assignments.course import CourseError
        from ..collecting.archive import SourceError
        from ..grading.late import LateError
        from ..grading.lock import Busy
        from ..grading.pool import ClusterError
        from ..grading.record import RecordError, told_once, unusable
        from ..pages.results import NoResults
        from ..sandboxing.sandbox import SandboxMissing
        from ..seeds import SecretError

    mendable = (AssignmentError, CourseError, RecordError, Busy, SandboxMissing, SecretError, ClusterError)
    try:
        with told_once():
            yield
    except (*mendable, SourceError, LateError, NoResults) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    except (SQLAlchemyError, InvalidEntry) as error:
        typer.echo(unusable(error), err=True)
        raise typer.Exit(2) from None
    except OSError as error:
        if error.errno not in REMEDIES:
            raise
        where = f"{error.filename}: " if error.filename else ""
        typer.echo(f"{where}{error.strerror}; {REMEDIES[error.errno]}", err=True)
        raise typer.Exit(2) from None
    except ModuleNotFoundError as error:
        package = (error.name or "").split(".")[0]
        if package.startswith("psycopg"):
            typer.echo(unusable(error), err=True)
            raise typer.Exit(2) from None
        if package not in INSTRUCTORS:
            raise
        install = 'pip install -c constraints.txt -e ".[grade]"'
        typer.echo(
            f"this needs {error.name}, which is not installed here.\nIn the course's folder, type: {install}", err=True
        )
        raise typer.Exit(2) from None


class Told(logging.Handler):
    """Log lines on the terminal, without decoration."""

    def emit(self, record: logging.LogRecord) -> None:
        # Above the progress bar, where there is one.
        tqdm.write(self.format(record), file=sys.stderr)


def log() -> logging.Logger:
    """The grader's log, on the terminal."""
    found = logging.getLogger("classroom")
    if not any(isinstance(handler, Told) for handler in found.handlers):
        found.addHandler(Told())
    found.setLevel(logging.INFO)
    found.propagate = False
    return found


def counted(items: Iterable[Any], total: int) -> Iterable[Any]:
    """The items, with such a bar as `progress_bar` while they are gone through."""
    return tqdm(items, total=total, delay=2, disable=None, leave=False, file=sys.stderr)


@contextmanager
def progress_bar(what: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """A bar with the time left, on a terminal and for what takes longer than two seconds."""
    with tqdm(desc=what, unit=unit, delay=2, disable=None, leave=False, file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        try:
            yield progress
        finally:
            # A line of the log shows the bar before its two seconds are over, and tqdm then leaves it there.
            bar.clear()


def done(result: dict[str, Any], what: str) -> None:
    """nbgrader's API reports in a dictionary; on failure its log is the message."""
    if not result["success"]:
        typer.echo(f"{what} failed:\n{_in_short(result.get('log') or result.get('error', ''))}", err=True)
        raise typer.Exit(1)


def _in_short(log: str) -> str:
    """A log without the frames of its tracebacks: what was raised is for the user, where in nbgrader is not.

    >>> _in_short("[ERROR] no\\n  Traceback (most recent call last):\\n    File x\\n  OSError: full\\n[ERROR] end")
    '[ERROR] no\\n  OSError: full\\n[ERROR] end'
    """
    kept: list[str] = []
    frames: int | None = None  # how far the frames of the traceback at hand are indented; -1 before the first
    for line in log.splitlines():
        indent = len(line) - len(line.lstrip())
        if "Traceback (most recent call last)" in line:
            frames = -1
        elif frames == -1:
            frames = indent
        elif frames is None or indent < frames:
            frames = None
            kept.append(line)
    return "\n".join(kept)

"""The course's own folder: where it is, its configuration, its assignments."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets import TraitError
from traitlets.config.loader import PyFileConfigLoader

from . import assignment as assignments
from .assignment import Assignment

CONFIG = "nbgrader_config.py"


class CourseError(RuntimeError):
    """The folder, its configuration or an assignment is not there or not right; the message says what to do."""


class Course:
    """A course as its `nbgrader_config.py` describes it, with nbgrader's API on it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config = _configuration(root)
        try:
            self.coursedir = CourseDirectory(config=self.config)
        except TraitError as error:
            raise CourseError(f"{root / CONFIG}: {error}") from None
        # Made after the configuration was read, which puts this course's converters into the API.
        self.api = NbGraderAPI(self.coursedir, config=self.config)

    @property
    def names(self) -> list[str]:
        """The assignments that have a source, in order."""
        folder = Path(self.coursedir.format_path(self.coursedir.source_directory, ".", ".")).resolve()
        return sorted(p.name for p in folder.glob("*") if (p / f"{p.name}.ipynb").exists())

    def name(self, wanted: str) -> str:
        """The full name of an assignment given as `ps05` or in full."""
        found = [n for n in self.names if n == wanted] or [n for n in self.names if n.startswith(f"{wanted}-")]
        if len(found) != 1:
            raise CourseError(f"no assignment is called {wanted!r}; there are: {', '.join(self.names) or 'none yet'}")
        return found[0]

    def assignment(self, wanted: str) -> Assignment:
        """An assignment read and checked from its source."""
        source = self.coursedir.format_path(self.coursedir.source_directory, ".", self.name(wanted))
        return assignments.load(Path(source).resolve())


def _configuration(root: Path) -> Any:
    path = root / CONFIG
    try:
        return PyFileConfigLoader(CONFIG, path=str(root)).load_config()
    except Exception as error:  # it is a program, and may fail in any way
        calls = [call.lineno for call in traceback.extract_tb(error.__traceback__) if call.filename == str(path)]
        line = error.lineno if isinstance(error, SyntaxError) else calls[-1] if calls else None
        where = f"{path}, line {line}" if line else str(path)
        raise CourseError(
            f"{where}: {type(error).__name__}: {getattr(error, 'msg', error)}; mend that line, "
            f"or see what was changed: git diff {CONFIG}"
        ) from None


def find(start: Path | None = None) -> Course:
    """The course in whose folder, or below it, `start` lies."""
    place = (start or Path.cwd()).resolve()
    for folder in (place, *place.parents):
        if (folder / CONFIG).exists():
            return Course(folder)
    raise CourseError(f"no {CONFIG} in {place} or above it; change to the course's folder and try again")

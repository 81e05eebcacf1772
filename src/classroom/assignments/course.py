"""The course's own folder: where it is, its configuration, its assignments."""

from __future__ import annotations

from pathlib import Path

from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import PyFileConfigLoader

from . import assignment as assignments
from .assignment import Assignment

CONFIG = "nbgrader_config.py"


class CourseError(RuntimeError):
    """The course's folder, or an assignment in it, was not found; the message says what to type."""


class Course:
    """A course as its `nbgrader_config.py` describes it, with nbgrader's API on it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config = PyFileConfigLoader(CONFIG, path=str(root)).load_config()
        self.coursedir = CourseDirectory(config=self.config)
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


def find(start: Path | None = None) -> Course:
    """The course in whose folder, or below it, `start` lies."""
    place = (start or Path.cwd()).resolve()
    for folder in (place, *place.parents):
        if (folder / CONFIG).exists():
            return Course(folder)
    raise CourseError(f"no {CONFIG} in {place} or above it; change to the course's folder and try again")

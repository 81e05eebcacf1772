"""The single writer: points into nbgrader's gradebook, outputs into the autograded notebook, the rest beside them.

What is written here is what `generate_feedback`, formgrader and `export` read. A graded cell's output is made so
that nbgrader, reading it again, arrives at the points the judge gave. Marks and comments given by hand stay.
"""

from __future__ import annotations

import datetime
import json
import logging
import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Assignment as Entry
from nbgrader.api import Gradebook, InvalidEntry, MissingEntry, SubmittedAssignment
from nbgrader.utils import compute_checksum
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SAWarning, SQLAlchemyError

from ..assignments.assignment import Assignment
from ..model import Failure
from ..submissions import inert
from ..submissions.intake import Refused, read_file
from ..submissions.transplant import Grafted
from .late import LateError, LatePenalties
from .pipeline import Graded, score

# nbgrader's exchange names a released page by a hash of this file's content, which the student's machine knows as well.
TICKET = "submission_secret.txt"


class RecordError(RuntimeError):
    """The marks cannot be written; the message says why and what to do. Nothing was half-written."""


def notebook(graded: Graded) -> Any:
    """The autograded notebook: the source's cells with the student's answers, outputs and points."""
    marks = {c.metadata["nbgrader"]["grade_id"]: c.metadata["nbgrader"] for c in _marked(graded.assignment)}
    result = nbformat.v4.new_notebook()
    result.metadata.update(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "chainrule": {"title": graded.assignment.title, "chapter": graded.assignment.chapter},
            "classroom": {"run": graded.run, "refused": graded.refused, "release": graded.release},
        }
    )
    for grafted in graded.cells:
        cell = _new_cell(grafted)
        if grafted.origin is not None and grafted.id in marks:
            cell.metadata["nbgrader"] = _with_checksum(cell, grafted, marks[grafted.id])
        if grafted.kind == "test":
            most = grafted.origin.points if grafted.origin is not None else 0.0
            failures = graded.items[grafted.id].failures if grafted.id in graded.items else ()
            points = score(graded, grafted.id, most)
            passed = graded.items[grafted.id].passed if grafted.id in graded.items else ()
            cell.metadata["classroom"] = {
                "failures": [_public(failure) for failure in failures],
                "passed": [inert.text(name, 300) for name in passed],
            }
            cell.outputs = _test_outputs(points, failures)
        elif cell.cell_type == "code":
            cell.outputs = [nbformat.from_dict(o) for o in inert.outputs(graded.outputs.get(grafted.id, ()))]
        result.cells.append(cell)
    return result


def _marked(assignment: Assignment) -> list[Any]:
    return [cell for cell in assignment.notebook.cells if "nbgrader" in cell.metadata]


def _new_cell(grafted: Grafted) -> Any:
    # Made without nbformat's own functions, which validate every cell: the whole notebook is, when it is written.
    language = grafted.language if grafted.language in ("code", "markdown") else "raw"
    cell: dict[str, Any] = {"cell_type": language, "id": grafted.id[:64], "metadata": {}, "source": grafted.source}
    if language == "code":
        cell |= {"execution_count": None, "outputs": []}
    return nbformat.from_dict(cell)


def _with_checksum(cell: Any, grafted: Grafted, marks: Any) -> Any:
    # The checksum is that of the release: by it nbgrader knows an answer that was never written.
    released = nbformat.from_dict({"cell_type": cell.cell_type, "source": "", "metadata": {"nbgrader": dict(marks)}})
    released.source = grafted.origin.stub if grafted.origin is not None else ""
    if grafted.kind == "test" or not grafted.answered:
        released.source = cell.source
    return {**marks, "checksum": compute_checksum(released)}


def _public(failure: Failure) -> dict[str, str]:
    keys = ("item", "part", "tried", "problem", "got", "hint", "see")
    return {key: inert.text(getattr(failure, key), 4000) for key in keys}


def _test_outputs(points: float, failures: tuple[Failure, ...]) -> list[Any]:
    outputs = []
    for failure in failures:
        rows = [(k, v) for k, v in _public(failure).items() if v and k not in ("item", "part")]
        title = f"{failure.item}: not yet" + (f" ({failure.part})" if failure.part else "")
        lines = [inert.text(title, 300), *(f"  {key:<9}{value}" for key, value in rows)]
        outputs.append(_said("\n".join(lines), "student"))
        if failure.instructor:
            outputs.append(_said(f"For the instructor: {inert.text(failure.instructor)}", "instructor"))
    # nbgrader takes this number for the cell's score; without it an empty output would be full marks.
    number = {"output_type": "execute_result", "data": {"text/plain": repr(points)}, "execution_count": 1}
    return [*outputs, nbformat.from_dict({**number, "metadata": {}})]


def _said(words: str, audience: str) -> Any:
    data = {"text/plain": words}
    return nbformat.from_dict({"output_type": "display_data", "data": data, "metadata": {"audience": audience}})


class Writer:
    """Writes graded submissions one after another, each whole or not at all.

    Use as a context manager; `config` is nbgrader's, for its late-submission plugin.
    """

    def __init__(self, coursedir: Any, *, create_student: bool = True, parent: Any = None) -> None:
        self.coursedir, self.create_student = coursedir, create_student
        try:
            self.late = LatePenalties(parent=parent)
        except LateError as error:
            raise RecordError(str(error)) from None
        self.address = address(coursedir.db_url)
        try:
            self.gradebook = Gradebook(coursedir.db_url, coursedir.course_id)
        except (SQLAlchemyError, ImportError) as error:
            raise RecordError(unusable(error, self.address)) from None

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *exc: object) -> None:
        self.gradebook.close()

    def check_ready(self, assignment: Assignment) -> None:
        """Raise RecordError unless the gradebook knows this assignment as its source has it."""
        try:
            cells = {
                c.name: c.max_score for c in self.gradebook.find_notebook(assignment.name, assignment.name).grade_cells
            }
        except MissingEntry:
            cells = {}
        wanted = {c.id: c.points for c in assignment.cells if c.kind in ("test", "manual")}
        if cells != wanted:
            state = "does not know" if not cells else "has other items or points for"
            raise RecordError(f"the gradebook {state} {assignment.name}; run: classroom generate {assignment.name}")

    def students(self, assignment: str) -> set[str]:
        """The students of whom the gradebook has a submission."""
        query = self.gradebook.db.query(SubmittedAssignment.student_id)
        found = query.join(Entry, SubmittedAssignment.assignment_id == Entry.id)
        return {student for (student,) in found.filter(Entry.name == assignment)}

    def write(self, graded: Graded) -> None:
        """Put one result in the gradebook and in the autograded folder."""
        name, student = graded.assignment.name, graded.student
        target = Path(self.coursedir.format_path(self.coursedir.autograded_directory, student, name))
        draft, before = target.with_name(f".{target.name}.new"), target.with_name(f".{target.name}.old")
        page = notebook(graded)
        committed = False
        try:
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
            nbformat.write(page, draft / f"{name}.ipynb")
            if graded.timestamp is not None:
                (draft / "timestamp.txt").write_text(f"{graded.timestamp:%Y-%m-%d %H:%M:%S.%f} UTC\n", "ascii")
            if ticket := self._ticket(name, student):
                (draft / TICKET).write_bytes(ticket)
            for path in draft.iterdir():
                path.chmod(0o664 if self.coursedir.groupshared else 0o444)
            # From here until the last line it counts as not graded: a run that is killed does it again.
            if target.exists():
                shutil.rmtree(before, ignore_errors=True)
                target.rename(before)
            with told_once():
                self._record_points(graded)
            self.late.assign(self.gradebook, name, student)
            self.gradebook.db.commit()
            committed = True
            write_json(record_path(self.coursedir, name, student), _as_json(graded))
            draft.rename(target)
        except OSError as error:
            raise RecordError(f"{student}: {error.filename or target} cannot be written: {error.strerror}") from None
        except (SQLAlchemyError, InvalidEntry) as error:
            self.gradebook.db.rollback()
            raise RecordError(f"{student}: {unusable(error, self.address)}") from None
        finally:
            if before.exists() and not committed:
                before.rename(target)
            shutil.rmtree(before, ignore_errors=True)
            shutil.rmtree(draft, ignore_errors=True)

    def _ticket(self, name: str, student: str) -> bytes:
        """What the exchange put beside the submission, so that its author can fetch the feedback; empty without."""
        folder = Path(self.coursedir.format_path(self.coursedir.submitted_directory, student, name))
        try:
            return read_file(folder / TICKET, 1000)
        except (OSError, Refused):
            return b""

    def _record_points(self, graded: Graded) -> None:
        name, student = graded.assignment.name, graded.student
        if self.create_student:
            self.gradebook.update_or_create_student(student)
        try:
            self.gradebook.find_student(student)
        except MissingEntry:
            raise RecordError(f"{student} is not in the gradebook; run: nbgrader db student add {student}") from None
        times = {} if graded.timestamp is None else {"timestamp": graded.timestamp}
        with warnings.catch_warnings():
            # nbgrader builds the submission's parts before it adds them to the session, and adds them right after.
            warnings.filterwarnings("ignore", message="Object of type .* not in session", category=SAWarning)
            self.gradebook.update_or_create_submission(name, student, **times)
        pages = self.gradebook.find_submission_notebook(name, name, student)
        answers = {cell.id: cell for cell in graded.cells if cell.kind in ("solution", "manual")}
        for grade in pages.grades:
            cell = graded.assignment.cell(grade.name)
            if graded.refused:
                grade.auto_score = 0.0
            elif cell.kind == "manual":
                # An answer waits for the marker; an empty one needs none.
                grade.auto_score = None if answers[cell.id].answered else 0.0
            else:
                grade.auto_score = score(graded, cell.id, cell.points)
            grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
        for comment in pages.comments:
            answer = answers.get(comment.name)
            if graded.refused:
                comment.auto_comment = f"This submission could not be graded: {graded.refused}"
            else:
                comment.auto_comment = "No response." if answer is not None and not answer.answered else None


@contextmanager
def told_once() -> Iterator[None]:
    """nbgrader logs a database's error with its whole story and then raises it; the raised one is what is told."""
    log = logging.getLogger("tornado.application")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


def address(db_url: str) -> str:
    """A database's address as it may be shown: without the password in it.

    >>> address("postgresql+psycopg://ann:secret@host/marks")
    'postgresql+psycopg://ann:***@host/marks'
    """
    try:
        return make_url(db_url).render_as_string(hide_password=True)
    except ArgumentError:
        return "(not an address of a database)"


def reason(error: Exception) -> str:
    """What a database's error says first; the rest is the statement, which tells nothing here."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]


RESTORE = "restore it (course/gradebook.db, unless nbgrader_config.py names another) from a backup"
# A word of what a database says, and what to do then.
REMEDIES = {
    "locked": "another program holds it: end that one, then type the same command again",
    "readonly": "see whose file it is, and whether its folder may be written to",
    "full": "make room on the disk, then type the same command again",
    "not a database": RESTORE,
    "malformed": RESTORE,
    "psycopg": 'type pip install -c constraints.txt -e ".[postgresql]", and begin db_url with postgresql+psycopg://',
    "load plugin": "c.CourseDirectory.db_url in nbgrader_config.py begins with sqlite:/// or postgresql+psycopg://",
    "parse": "c.CourseDirectory.db_url in nbgrader_config.py begins with sqlite:/// or postgresql+psycopg://",
}
ELSE = "see whether the database is up, and what c.CourseDirectory.db_url in nbgrader_config.py says"


def unusable(error: Exception, where: str = "") -> str:
    """What is wrong with the gradebook, in the database's words, and what to do about it.

    >>> unusable(RuntimeError("database is locked"), "sqlite:///marks.db").split(": ")[0]
    'the gradebook sqlite:///marks.db cannot be used'
    """
    said = reason(error)
    remedy = next((remedy for word, remedy in REMEDIES.items() if word in said), ELSE)
    return f"the gradebook{where and ' '}{where} cannot be used: {said}; {remedy}"


def record_path(coursedir: Any, assignment: str, student: str) -> Path:
    """Where the full record of one graded submission lies (for disputes; not for students)."""
    return Path(coursedir.root, "course", "records", assignment, f"{student}.json")


def read_record(coursedir: Any, assignment: str, student: str) -> dict[str, Any]:
    """The record of an earlier grading, or an empty one."""
    path = record_path(coursedir, assignment, student)
    if not path.exists():
        return {}
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found
    except ValueError:
        raise RecordError(f"{path} does not parse; restore it from a backup, or delete it to start at run 1") from None


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _as_json(graded: Graded) -> dict[str, Any]:
    return {
        "student": graded.student,
        "assignment": graded.assignment.name,
        "run": graded.run,
        "release": graded.release,
        "source": graded.assignment.source_hash,
        "submission": graded.digest,
        "submitted": graded.timestamp.isoformat() if graded.timestamp else None,
        "graded": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "refused": graded.refused,
        "notes": list(graded.notes),
        "seconds": round(graded.seconds, 3),
        "sandboxed": graded.sandboxed,
        "execution": graded.execution,
        "items": {
            cell.id: {
                "points": score(graded, cell.id, cell.points),
                "most": cell.points,
                "failures": [asdict(f) for f in graded.items[cell.id].failures] if cell.id in graded.items else [],
            }
            for cell in graded.assignment.tests
        },
    }

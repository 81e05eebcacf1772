"""`classroom`: generate, check, grade, feedback, export. What nbgrader does is called, not rewritten."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    help="The instructor's commands. Run them in the course's folder.", no_args_is_help=True, add_completion=False
)

Name = Annotated[str, typer.Argument(help="The assignment: ps05, or its full name.", show_default=False)]
Names = Annotated[list[str] | None, typer.Argument(help="Assignments: ps05, or full names; all when left out.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for scripts.")]


@contextmanager
def plain_errors() -> Iterator[None]:
    """What a user can mend is told in a line or two; anything else keeps its traceback."""
    from .assignment import AssignmentError
    from .course import CourseError
    from .record import RecordError
    from .run import Busy
    from .sandbox import SandboxMissing
    from .seeds import SecretError

    try:
        yield
    except (AssignmentError, CourseError, RecordError, Busy, SandboxMissing, SecretError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


class Told(logging.Handler):
    """Log lines on the terminal, without decoration."""

    def emit(self, record: logging.LogRecord) -> None:
        typer.echo(self.format(record), err=True)


def _log() -> logging.Logger:
    log = logging.getLogger("classroom")
    if not any(isinstance(handler, Told) for handler in log.handlers):
        log.addHandler(Told())
    log.setLevel(logging.INFO)
    log.propagate = False
    return log


def _done(result: dict[str, Any], what: str) -> None:
    """nbgrader's API reports in a dictionary; on failure its log is the message."""
    if not result["success"]:
        typer.echo(f"{what} failed:\n{result.get('log') or result.get('error', '')}", err=True)
        raise typer.Exit(1)


@app.command()
def generate(names: Names = None) -> None:
    """Make the students' notebooks in exercises/ from solutions/.

    Example: classroom generate ps05
    """
    from . import course

    with plain_errors():
        here = course.find()
        for name in [here.name(n) for n in names] if names else here.names:
            here.assignment(name)
            _done(here.api.generate_assignment(name, force=True, create=True), f"generating {name}")
            typer.echo(f"{name}: released to {here.coursedir.release_directory}/{name}")


@app.command()
def check(
    names: Names = None,
    seeds: Annotated[int, typer.Option(min=1, help="Judge the solution under this many seeds.")] = 2,
    jobs: Annotated[int, typer.Option(min=1, help="Processes that judge side by side.")] = 2,
    unsafe_no_sandbox: Annotated[bool, typer.Option(help="Run without the sandbox (your own code only).")] = False,
    as_json: Json = False,
) -> None:
    """Say whether assignments are sound: solution full marks, release none, every misconception caught.

    Example: classroom check ps05
    """
    from . import check as checks
    from . import course
    from .assignment import AssignmentError

    reports = {}
    with plain_errors():
        here = course.find()
        for name in [here.name(n) for n in names] if names else here.names:
            try:
                found = checks.check(
                    here.assignment(name),
                    seeds=range(1, seeds + 1),
                    sandboxed=not unsafe_no_sandbox,
                    jobs=jobs,
                    book=here.root / "book",
                )
            except AssignmentError as error:
                found = checks.Report(tuple(str(error).splitlines()), ())
            reports[name] = found
            if not as_json:
                typer.echo(f"{name}: {'sound' if not found.problems else f'{len(found.problems)} problems'}")
                for line in (*found.problems, *found.facts):
                    typer.echo(f"  {line}")
    if as_json:
        typer.echo(json.dumps({n: {"problems": r.problems, "facts": r.facts} for n, r in reports.items()}, indent=1))
    raise typer.Exit(1 if any(r.problems for r in reports.values()) else 0)


@app.command()
def grade(
    name: Name,
    student: Annotated[str, typer.Option(help="Only this student (or a pattern like 'a*').")] = "*",
    force: Annotated[bool, typer.Option("--force", "-f", help="Grade again what has been graded.")] = False,
    new_seed: Annotated[bool, typer.Option("--new-seed", help="New hidden inputs, recorded as a new run.")] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Processes that judge side by side.")] = 1,
    unsafe_no_sandbox: Annotated[
        bool,
        typer.Option(
            "--unsafe-no-sandbox",
            help="For a demonstration: submissions can read and change your files; tests stay out of their process.",
        ),
    ] = False,
) -> None:
    """Grade the submissions in course/submitted/ and record the points in the gradebook.

    Example: classroom grade ps05 --student ada
    """
    from . import course, run

    with plain_errors():
        here = course.find()
        full = here.name(name)
        here.coursedir.assignment_id, here.coursedir.student_id = full, student
        folders = run.submissions(here.coursedir)
        if not folders:
            pattern = here.coursedir.format_path(here.coursedir.submitted_directory, student, full)
            typer.echo(f"no submission matches {pattern}", err=True)
            raise typer.Exit(2)
        if unsafe_no_sandbox:
            typer.echo("without the sandbox: submissions can read, change and send whatever you can", err=True)
        failed = run.grade_all(
            here.coursedir,
            folders,
            force=force or new_seed,
            sandboxed=not unsafe_no_sandbox,
            new_seed=new_seed,
            jobs=jobs,
            log=_log(),
            parent=here.api,
        )
    typer.echo(f"{len(folders) - len(failed)} of {len(folders)} submissions are in the gradebook")
    raise typer.Exit(1 if failed else 0)


@app.command()
def feedback(name: Name, student: Annotated[str, typer.Option(help="Only this student.")] = "*") -> None:
    """Write each student's feedback page to course/feedback/.

    Example: classroom feedback ps05
    """
    from . import course

    with plain_errors():
        here = course.find()
        full = here.name(name)
        _done(here.api.generate_feedback(full, student_id=student, force=True), f"feedback for {full}")
    typer.echo(f"feedback is in {here.coursedir.feedback_directory}/STUDENT/{full}/{full}.html")


@app.command()
def export(to: Annotated[Path, typer.Option(help="Where to write the CSV.")] = Path("grades.csv")) -> None:
    """Write every student's scores to a CSV file, as nbgrader exports them.

    Example: classroom export --to grades.csv
    """
    from nbgrader.api import Gradebook
    from nbgrader.plugins import CsvExportPlugin

    from . import course

    with plain_errors():
        here = course.find()
        with Gradebook(here.coursedir.db_url, here.coursedir.course_id) as gradebook:
            CsvExportPlugin(config=here.config, to=str(to)).export(gradebook)
    typer.echo(f"scores are in {to}")


if __name__ == "__main__":
    app()

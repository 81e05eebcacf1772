"""`classroom`: generate, check, grade, feedback, export. What nbgrader does is called, not rewritten."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

try:
    import typer
except ModuleNotFoundError:
    sys.exit(
        "classroom needs packages that are not installed here.\n"
        'In the course\'s folder, type: pip install -c constraints.txt -e ".[lab]"'
    )

from ..grading.warm import warm
from . import author as cli_author
from . import collect as cli_collect
from . import marks as cli_marks
from . import report as cli_report
from . import student as cli_student
from .console import CORES, Jobs, Json, Name, Names, Scheduler, done, log, plain_errors, progress_bar

# When nbformat is imported, jsonschema builds a parser of internationalised addresses: a second, for nothing used here.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

app = typer.Typer(
    help="The course's commands: `submit` and `grade --me` are the students', the others the instructor's.",
    no_args_is_help=True,
    add_completion=False,
)
app.command()(cli_student.submit)
app.command()(cli_collect.due)
app.command()(cli_collect.collect)


@app.command()
def generate(
    names: Names = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace notebooks that hold answers as well.")] = False,
) -> None:
    """Make the students' notebooks in exercises/ from solutions/. One that you have worked in is left as it is.

    Example: classroom generate ps05
    """
    from ..assignments import course
    from ..student import submit

    kept = False
    with plain_errors():
        here = course.find()
        # In nbgrader's hands a gradebook that cannot be opened would be a page of its own program.
        with here.api.gradebook:
            pass
        for name in [here.name(n) for n in names] if names else here.names:
            here.assignment(name)
            place = here.root / here.coursedir.release_directory / name / f"{name}.ipynb"
            if not replace and place.exists() and submit.worked_in(place):
                kept = True
                typer.echo(
                    f"{name}: left as it is, because there are answers in it. To throw them away and begin anew: "
                    f"classroom generate {name.partition('-')[0]} --replace",
                    err=True,
                )
                continue
            done(here.api.generate_assignment(name, force=True, create=True), f"generating {name}")
            typer.echo(f"{name}: released to {here.coursedir.release_directory}/{name}")
    # Asked for all, the rest is what was wanted; asked by name, it was not done.
    raise typer.Exit(1 if kept and names else 0)


def _verdict(problems: int) -> str:
    return f"{problems} problem{'s' * (problems != 1)}" if problems else "sound"


@app.command()
def check(
    names: Names = None,
    seeds: Annotated[int, typer.Option(min=1, help="Judge the solution under this many seeds.")] = 2,
    jobs: Annotated[int, typer.Option(min=1, help="Processes that judge side by side.")] = 2,
    unsafe_no_sandbox: Annotated[
        bool, typer.Option("--unsafe-no-sandbox", help="Run without the sandbox (your own code only).")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say whether assignments are sound: solution full marks, release none, every misconception caught.

    Example: classroom check ps05
    """
    from ..assignments import course
    from ..assignments.assignment import AssignmentError
    from ..authoring import check as checks
    from ..sandboxing import sandbox

    reports = {}
    with plain_errors():
        here = course.find()
        for name in [here.name(n) for n in names] if names else here.names:
            try:
                assignment = here.assignment(name)
                if not unsafe_no_sandbox:
                    sandbox.probe()
                found = checks.check(
                    assignment,
                    seeds=range(1, seeds + 1),
                    sandboxed=not unsafe_no_sandbox,
                    jobs=jobs,
                    book=here.root / "book",
                )
            except AssignmentError as error:
                found = checks.Report(tuple(str(error).splitlines()), ())
            reports[name] = found
            if not as_json:
                typer.echo(f"{name}: {_verdict(len(found.problems))}")
                for line in (*found.problems, *found.facts):
                    typer.echo(f"  {line}")
    if as_json:
        typer.echo(json.dumps({n: {"problems": r.problems, "facts": r.facts} for n, r in reports.items()}, indent=1))
    raise typer.Exit(1 if any(r.problems for r in reports.values()) else 0)


@app.command()
def grade(
    name: Name,
    notebook: cli_student.Notebook = None,
    me: cli_student.Me = False,
    show_solution: cli_student.ShowSolution = False,
    student: Annotated[str, typer.Option(help="Only this student (or a pattern like 'a*').")] = "*",
    force: Annotated[bool, typer.Option("--force", "-f", help="Grade again what has been graded.")] = False,
    new_seed: Annotated[bool, typer.Option("--new-seed", help="New hidden inputs, recorded as a new run.")] = False,
    jobs: Jobs = CORES,
    scheduler: Scheduler = "",
    unsafe_no_sandbox: Annotated[
        bool,
        typer.Option(
            "--unsafe-no-sandbox",
            help="For a demonstration: submissions can read and change your files; tests stay out of their process.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Grade the submissions in course/submitted/ and record the points in the gradebook.

    A run that was stopped goes on where it was when it is started again. Exit status: 0 when every submission is
    in the gradebook, 1 when some could not be judged, 2 when grading could not begin or go on.

    With --me you mark your own notebook: a page with feedback is written into mine/, and nothing is recorded.

    Example: classroom grade ps05 --student ada
    """
    if me:
        cli_student.grade_me(name, notebook, show_solution=show_solution, sandboxed=not unsafe_no_sandbox)
        return
    if notebook is not None or show_solution:
        raise typer.BadParameter("a NOTEBOOK and --show-solution go with --me")
    if jobs > 1 and not scheduler:
        # Before anything else is imported, so that it happens beside it.
        warm()
    with plain_errors():
        from ..assignments import course
        from ..grading import run

        here = course.find()
        full = here.name(name)
        here.coursedir.assignment_id, here.coursedir.student_id = full, student
        folders = run.submissions(here.coursedir)
        if not folders:
            pattern = here.coursedir.format_path(here.coursedir.submitted_directory, student, full)
            typer.echo(f"no submission matches {pattern}; take some in: classroom collect {name} SOURCE", err=True)
            raise typer.Exit(2)
        if unsafe_no_sandbox:
            typer.echo("without the sandbox: submissions can read, change and send whatever you can", err=True)
        with progress_bar("grading", "submission") as progress:
            summary = run.grade_all(
                here.coursedir,
                folders,
                force=force,
                sandboxed=not unsafe_no_sandbox,
                new_seed=new_seed,
                jobs=jobs,
                scheduler=scheduler,
                log=log(),
                parent=here.api,
                progress=progress,
            )
    if as_json:
        typer.echo(json.dumps({"assignment": full, **asdict(summary)}, indent=1))
    else:
        typer.echo(summary.line())
    raise typer.Exit(1 if summary.failed else 0)


@app.command()
def feedback(name: Name, student: Annotated[str, typer.Option(help="Only this student.")] = "*") -> None:
    """Write each student's feedback page to course/feedback/.

    Example: classroom feedback ps05
    """
    from glob import glob

    from ..assignments import course
    from ..pages.results import NoResults

    with plain_errors():
        here = course.find()
        full = here.name(name)
        with here.api.gradebook:
            pass
        if not glob(here.coursedir.format_path(here.coursedir.autograded_directory, student, full)):
            whose = "" if student == "*" else f" for {student}"
            raise NoResults(f"nothing of {full} has been graded yet{whose}; type: classroom grade {name}")
        done(here.api.generate_feedback(full, student_id=student, force=True), f"feedback for {full}")
    typer.echo(f"feedback is in {here.coursedir.feedback_directory}/STUDENT/{full}/{full}.html")


app.command()(cli_author.new)
app.command()(cli_author.publish)
app.command()(cli_marks.regrade)
app.command()(cli_marks.export)
app.command()(cli_marks.forget)
app.command()(cli_report.report)
app.command()(cli_report.similar)


if __name__ == "__main__":
    app()

"""The students' commands: `classroom submit`, and `classroom grade --me` for those who learn alone.

They need the `lab` extra alone. Whatever a student can mend is told as what happened, why, and what to type next.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from .console import Name, counted, plain_errors

Notebook = Annotated[
    Path | None, typer.Argument(help="Your notebook or its folder, when it is not in exercises/.", metavar="[NOTEBOOK]")
]

Me = Annotated[bool, typer.Option("--me", help="Mark your own notebook, for your eyes alone.")]
ShowSolution = Annotated[bool, typer.Option("--show-solution", help="With --me: write the solution beside it.")]


def submit(
    name: Name,
    notebook: Notebook = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Pack it although something is missing.")] = False,
) -> None:
    """Check that your notebook is complete and runs from the top, and pack it into the file to hand in.

    Ends with 0 when the file was made, 1 when something is missing, 2 when there is nothing to hand in.

    Example: classroom submit ps03
    """
    from ..student import submit as submitting

    try:
        found = submitting.find(name, notebook)
        raw = submitting.read(found.path)
        looked = submitting.look(raw, found)
        began = time.monotonic()
        failing = submitting.run(looked.notebook, found.path.parent, counted) if looked.notebook else []
        seconds = time.monotonic() - began
        saved = time.strftime("%H:%M", time.localtime(found.path.stat().st_mtime))
        typer.echo(f"{found.name}, as saved at {saved}: {found.path}")
        for note in looked.notes:
            typer.echo(f"  note: {note}")
        problems = [*looked.missing, *failing]
        for problem in problems:
            typer.echo(f"  - {problem}")
        if problems and not anyway:
            typer.echo("\nNothing was packed. Go on in the notebook, save, and submit again; or hand it in as it is:")
            typer.echo(f"  {_again(name, notebook)} --anyway")
            raise typer.Exit(1)
        if not problems:
            typer.echo(
                f"Complete: {looked.answers} answers, and every check you can see passes from a fresh start "
                f"({seconds:.0f} s)."
            )
        target = found.root / submitting.MINE / f"{found.name}.zip"
        content = submitting.packed(raw, found.name)
        submitting.write(content, target)
    except submitting.SubmitError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    typer.echo(f"\nHand in this file ({max(1, len(content) // 1000)} kB): {target}")
    if (found.root / "solutions" / found.name).is_dir():
        typer.echo(f"Learning alone? This marks it with the hidden checks: classroom grade --me {name}")


def _again(name: str, notebook: Path | None) -> str:
    return f"classroom submit {name}" + (f' "{notebook}"' if notebook else "")


def grade_me(name: str, notebook: Path | None, *, show_solution: bool, sandboxed: bool) -> None:
    """Mark one's own notebook with the hidden checks; a page with feedback goes into `mine/`."""
    from ..assignments import course
    from ..student import alone
    from ..student.submit import MINE, SubmitError, find, write

    with plain_errors():
        try:
            found = find(name, notebook)
            # The copy that students get of a course with an instructor has neither configuration nor solutions.
            here = course.find(found.root) if (found.root / course.CONFIG).exists() else None
            if here is None or found.name not in here.names:
                place = found.root / "solutions"
                raise SubmitError(
                    f"marking yourself needs the solution of {found.name}, which is not in {place}.\n"
                    f"In a course with an instructor, hand your work in instead: classroom submit {name}"
                )
            graded = alone.mark(here.assignment(found.name), found, sandboxed=sandboxed)
            full = not graded.refused and alone.earned(graded) == alone.most(graded)
            folder = found.root / MINE
            solution = folder / f"{found.name}-solution.html"
            if show_solution:
                write(alone.solution_page(graded.assignment).encode(), solution)
            page = folder / f"{found.name}.html"
            opened = solution.name if solution.exists() else ""
            write(alone.page(graded, here.config, here.root, folder, solution=opened).encode(), page)
        except SubmitError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(2) from None
    for line in alone.told(graded):
        typer.echo(line)
    typer.echo(f"\nYour feedback: {page}")
    if show_solution:
        typer.echo(f"The solution:  {solution}")
    elif full:
        typer.echo(f"The solution, to compare: classroom grade --me {name} --show-solution")
    if graded.refused:
        raise typer.Exit(1)

"""`classroom new` and `publish`: an assignment of one's own, and the public part of a private course."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .console import plain_errors


def new(
    name: Annotated[str, typer.Argument(help="ps, two digits and words, as in ps14-my-subject.", show_default=False)],
    title: Annotated[str, typer.Option(help="The set's title, as in 'my subject'.", show_default=False)],
    topic: Annotated[str, typer.Option(help="A topic of the topic index that its first item practises.")] = "GD-2",
) -> None:
    """Begin an assignment of your own: a source notebook in solutions/ that already passes `check`.

    Example: classroom new ps14-my-subject --title "my subject"
    """
    from ..assignments import course
    from ..authoring import template

    with plain_errors():
        here = course.find()
        folder = Path(here.coursedir.format_path(here.coursedir.source_directory, ".", name)).resolve()
        path = template.create(folder, title, topic)
    short = name[:4]
    typer.echo(f"{path.relative_to(here.root)} is there. Edit it in JupyterLab, then:")
    typer.echo(f"  classroom check {short}\n  classroom generate {short}")


def publish(
    target: Annotated[Path, typer.Argument(help="A folder outside the course, such as a checkout of the public one.")],
) -> None:
    """Copy what students may see into another folder: exercises and package, no solution, no hidden test.

    Example: classroom publish ../course-public
    """
    from ..assignments import course
    from ..authoring import publish as publishing

    with plain_errors():
        here = course.find()
        assignments = [here.assignment(name) for name in here.names]
        files = publishing.publish(here.root.resolve(), target, assignments)
    typer.echo(f"{len(files)} files are in {target}; nothing hidden in {len(assignments)} assignments is among them")

"""`classroom report` and `similar`: pages for the instructor about a graded assignment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from .console import Json, Name, plain_errors


def report(
    name: Name,
    anonymous: Annotated[
        bool, typer.Option("--anonymous", help="Name nobody: for readers other than those who mark.")
    ] = False,
    to: Annotated[
        Path | None, typer.Option(help="Where to write the page.", show_default="course/reports/NAME/report.html")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a page on how an assignment went: points, items, misconceptions, time, what needs a human eye.

    Ends with 0, or with 2 when there is nothing to report.

    Example: classroom report ps05
    """
    from . import course, results
    from . import report as reports

    with plain_errors():
        here = course.find()
        full = here.name(name)
        found = results.gather(here, full)
        page = reports.page(found, anonymous=anonymous)
        path = to or results.folder(here, full) / ("report-anonymous.html" if anonymous else "report.html")
        reports.write(path, page)
        numbers = reports.summary(found, anonymous=anonymous)
    if as_json:
        typer.echo(json.dumps({"page": str(path), **numbers}, indent=1, ensure_ascii=False))
        return
    typer.echo(
        f"{full}: {numbers['judged']} graded, {numbers['refused']} refused, {numbers['waiting']} not graded yet; "
        f"mean {numbers['mean']:g} of {numbers['points']:g} points"
    )
    typer.echo(f"{numbers['human_eye_number']} need a look; the report is {_shown(path, here.root)}")


def _shown(path: Path, root: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else path

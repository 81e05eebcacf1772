"""`classroom report` and `similar`: pages for the instructor about a graded assignment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from .console import Json, Name, counted, plain_errors


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
    from ..assignments import course
    from ..pages import gather as gathering
    from ..pages import report as reports

    with plain_errors():
        here = course.find()
        full = here.name(name)
        found = gathering.gather(here, full)
        page = reports.page(found, anonymous=anonymous)
        path = to or gathering.folder(here, full) / ("report-anonymous.html" if anonymous else "report.html")
        reports.write(path, page)
        numbers = reports.summary(found, anonymous=anonymous)
    if as_json:
        typer.echo(json.dumps({"page": str(path), **numbers}, indent=1, ensure_ascii=False))
        return
    typer.echo(
        f"{full}: {numbers['judged']} graded, {numbers['refused']} refused, {numbers['waiting']} not graded yet; "
        f"mean {numbers['mean']:g} of {numbers['points']:g} points"
    )
    eye = numbers["human_eye_number"]
    typer.echo(f"{eye} need{'s' * (eye == 1)} a look; the report is {_shown(path, here.root)}")


def similar(
    name: Name,
    to: Annotated[
        Path | None, typer.Option(help="Where to write the page.", show_default="course/reports/NAME/similar.html")
    ] = None,
    as_json: Json = False,
) -> None:
    """Find pairs of submissions that resemble each other beyond what release, solution and common practice explain.

    What it finds is evidence for you to read, never a mark. Ends with 0 when no pair stands out, 1 when one does,
    2 when there is nothing to compare.

    Example: classroom similar ps05
    """
    from ..assignments import course
    from ..pages import gather as gathering
    from ..pages import report as reports
    from ..pages import similar as similarity

    with plain_errors():
        here = course.find()
        full = here.name(name)
        found = similarity.find(here, full, counted)
        path = to or gathering.folder(here, full) / "similar.html"
        reports.write(path, similarity.page(found, full, here.assignment(full).title))
    if as_json:
        rows = [
            {
                "students": pair.students,
                "part": round(pair.part, 3),
                "shared": round(pair.shared, 1),
                "cells": sorted({cell for passage in pair.passages for cell in passage.cells}),
            }
            for pair in found.pairs
        ]
        answer = {"page": str(path), "assignment": full, "compared": len(found.nearest), "pairs": rows}
        typer.echo(json.dumps({**answer, "unreadable": found.unreadable}, indent=1, ensure_ascii=False))
    else:
        for pair in found.pairs:
            cells = ", ".join(sorted({passage.cells[0] for passage in pair.passages}))
            typer.echo(f"{' and '.join(pair.students)}: {100 * pair.part:.0f} % alike, in {cells}")
        number, compared = len(found.pairs), len(found.nearest)
        typer.echo(
            f"{full}: {compared} compared, {number} {'pair' if number == 1 else 'pairs'} to read; "
            f"the passages are in {_shown(path, here.root)}"
        )
    raise typer.Exit(1 if found.pairs else 0)


def _shown(path: Path, root: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else path

"""`classroom due` and `collect`: until when work may be handed in, and taking it in."""

from __future__ import annotations

import datetime
import json
import shutil
import textwrap
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from .console import Json, Name, counted, plain_errors

if TYPE_CHECKING:
    from ..collecting.store import Outcome


class Layout(StrEnum):
    """How files are named after students."""

    auto = "auto"
    moodle = "moodle"
    canvas = "canvas"
    nbgrader = "nbgrader"
    folders = "folders"


def due(
    name: Name,
    when: Annotated[
        str, typer.Argument(help="The deadline, e.g. '2026-11-30 23:59'; shown when left out.", metavar="[TIME]")
    ] = "",
    as_json: Json = False,
) -> None:
    """Set or show a deadline, in the time zone of c.LatePolicy.timezone.

    Example: classroom due ps05 "2026-11-30 23:59"
    """
    from nbgrader.api import MissingEntry

    from ..assignments import course
    from ..grading import late

    with plain_errors():
        here = course.find()
        full, zone = here.name(name), late.zone(here.config)
        try:
            moment = late.moment(when, zone) if when else None
        except ValueError:
            raise late.LateError(f"the deadline must be like '2026-11-30 23:59', not {when!r}") from None
        with here.api.gradebook as gradebook:
            if moment is not None:
                gradebook.update_or_create_assignment(full, duedate=moment)
            try:
                moment = gradebook.find_assignment(full).duedate
            except MissingEntry:
                raise late.LateError(f"the gradebook does not know {full}; type: classroom generate {name}") from None
    if as_json:
        typer.echo(json.dumps({"assignment": full, "due": moment.isoformat() + "Z" if moment else None}))
    elif moment is None:
        typer.echo(f"{full} has no deadline; nothing counts as late")
    else:
        local = moment.replace(tzinfo=datetime.UTC).astimezone(ZoneInfo(zone))
        typer.echo(f"{full} is due {local:%A %Y-%m-%d %H:%M:%S} {zone} ({moment:%Y-%m-%d %H:%M:%S} UTC)")


def collect(
    name: Name,
    source: Annotated[
        Path,
        typer.Argument(help="A zip, a folder, or a CSV (student, repository).", metavar="SOURCE"),
    ],
    roster: Annotated[
        Path | None, typer.Option(help="The platform's table (Canvas: gradebook, Moodle: grading worksheet).")
    ] = None,
    id_column: Annotated[str, typer.Option(help="The table's column that holds the gradebook's student ids.")] = "",
    layout: Annotated[Layout, typer.Option(help="How files are named after students.")] = Layout.auto,
    platform_times: Annotated[
        bool, typer.Option("--platform-times", help="Trust the platform's time of handing in, where it gives one.")
    ] = False,
    received: Annotated[
        str, typer.Option(help="When all of it was received, e.g. '2026-11-30 23:59'; now when left out.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Take in what students handed in, from a platform's zip, a folder or git repositories.

    Ends with 0 when all is well, 1 when a student's work needs a look, 2 when nothing could be done.

    Example: classroom collect ps05 downloads/submissions.zip --roster downloads/grades.csv
    """
    from ..assignments import course
    from ..collecting import collect as collecting
    from ..collecting import platforms
    from ..collecting.archive import SourceError
    from ..collecting.store import Times
    from ..grading import late

    with plain_errors():
        here = course.find()
        zone = late.zone(here.config)
        try:
            stated = late.moment(received, zone) if received else None
        except ValueError:
            raise SourceError(f"--received must be like '2026-11-30 23:59', not {received!r}") from None
        now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None, microsecond=0)
        if stated is not None and stated > now:
            raise SourceError(f"--received {received!r} is in the future ({stated} UTC); it is {now} UTC")
        outcomes = collecting.collect(
            here,
            here.name(name),
            source,
            times=Times(stated or now, stated is not None, platform_times),
            layout=layout.value,
            roster=platforms.read_roster(roster, zone, id_column) if roster else None,
            progress=counted,
        )
    if as_json:
        typer.echo(json.dumps([_as_row(o) for o in outcomes], indent=1, ensure_ascii=False))
    else:
        _tell(outcomes)
    raise typer.Exit(0 if all(o.fine for o in outcomes) else 1)


def _as_row(outcome: Outcome) -> dict[str, object]:
    return {
        "student": outcome.student,
        "state": outcome.state,
        "time": outcome.time.isoformat() + "Z" if outcome.time else None,
        "basis": outcome.basis,
        "files": outcome.files,
        "notes": outcome.notes,
        "reason": outcome.reason,
    }


def _tell(outcomes: list[Outcome]) -> None:
    from ..submissions import inert

    width = max(len(o.student or "(whose?)") for o in outcomes)
    room = max(40, shutil.get_terminal_size((100, 24)).columns - 4)
    for one in outcomes:
        when = f"  {one.time:%Y-%m-%d %H:%M:%S} UTC ({one.basis})" if one.time else ""
        typer.echo(f"{one.student or '(whose?)':<{width}}  {one.state:<9}{when}".rstrip())
        files = one.files if not one.student else []
        for line in [*files, *([one.reason] if one.reason else []), *one.notes]:
            # Names of files may hold what a terminal obeys.
            text = inert.line(line)
            typer.echo(textwrap.fill(text, room, initial_indent="    ", subsequent_indent="      "))
    counts = Counter(o.state for o in outcomes)
    typer.echo(", ".join(f"{number} {state}" for state, number in sorted(counts.items())))

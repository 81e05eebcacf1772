"""`classroom regrade`, `export` and `forget`: what is done with marks that are there."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .console import CORES, Jobs, Json, Name, Names, Scheduler, counted, plain_errors, progress_bar

if TYPE_CHECKING:
    from ..marks.regrade import Preview


def regrade(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Record without asking.")] = False,
    reason: Annotated[str, typer.Option(help="Why, for the list that is kept.")] = "",
    older_too: Annotated[
        bool, typer.Option("--older-too", help="Judge work from older releases by today's tests as well.")
    ] = False,
    jobs: Jobs = CORES,
    scheduler: Scheduler = "",
    unsafe_no_sandbox: Annotated[bool, typer.Option("--unsafe-no-sandbox", help="As for grade.")] = False,
    as_json: Json = False,
) -> None:
    """Grade everyone again after a correction: shows whose marks change, asks, then records.

    Without --yes, --json shows what would change and records nothing. Ends with 0, or with 1 when some submissions
    could not be judged or you said no.

    Example: classroom regrade ps05 --reason "triples-check expected the wrong sign"
    """
    from ..assignments import course
    from ..grading import lock, run
    from ..marks import regrade as regrading

    with plain_errors(), tempfile.TemporaryDirectory(prefix="classroom-releases-") as place:
        here = course.find()
        full = here.name(name)
        releases = regrading.correct_releases(here, full, Path(place)) if older_too else None
        how: dict[str, Any] = {"jobs": jobs, "scheduler": scheduler, "sandboxed": not unsafe_no_sandbox}
        with progress_bar("judging", "submission") as progress:
            folders, found = regrading.preview(here, full, **how, releases=releases, progress=progress)
        if not folders:
            typer.echo(f"nothing of {full} has been graded yet; type: classroom grade {name}", err=True)
            raise typer.Exit(2)
        if as_json:
            typer.echo(json.dumps(asdict(found), indent=1, ensure_ascii=False))
        else:
            _show(found, name, older_too)
        if not (yes or (not as_json and typer.confirm("Record this?", default=False))):
            typer.echo("nothing was recorded", err=True)
            raise typer.Exit(0 if as_json and not found.failed else 1)
        with lock.alone(here.coursedir) as held:
            before, path = regrading.recorded(here, full), regrading.new_list(here, full)
            regrading.write_down(path, here, full, found.changes, reason=reason, done=False)
            if releases is not None:
                regrading.keep_corrected(here, full, releases)
            regrading.keep_today(here, full)
            how |= {"parent": here.api, "held": held}
            with progress_bar("recording", "submission") as progress:
                summary = run.grade_all(here.coursedir, folders, force=True, **how, progress=progress)
            changes = regrading.since(here, full, before)
            regrading.write_down(path, here, full, changes, reason=reason, done=True)
    if not as_json:
        number = len(changes)
        typer.echo(f"recorded: {number} item{'s' * (number != 1)} changed; the list is {path.relative_to(here.root)}")
        typer.echo(f"for pages that show it, type: classroom feedback {name}")
    raise typer.Exit(1 if summary.failed else 0)


def _show(found: Preview, name: str, older_too: bool) -> None:
    if found.changes:
        width = max(len("student"), *(len(c.student) for c in found.changes))
        item = max(len("item"), *(len(c.item) for c in found.changes))
        typer.echo(f"{'student':<{width}}  {'item':<{item}}  before  after")
        for c in found.changes:
            hand = f"  (marked by hand: {c.by_hand:g}, which stays)" if c.by_hand is not None else ""
            typer.echo(f"{c.student:<{width}}  {c.item:<{item}}  {c.before:>6g}  {c.after:>5g}{hand}")
    gain = {c.student for c in found.changes if c.after > c.before}
    lose = {c.student for c in found.changes if c.after < c.before}
    typer.echo(f"of {found.judged} students {len(gain | lose)} change: {len(gain)} gain, {len(lose)} lose on some item")
    for release, number in sorted(found.releases.items()):
        by = "today's tests" if older_too else "its own tests; to apply today's to them, add --older-too"
        typer.echo(f"{number} started from the older release {release} and were judged by {by}")
    for student, problem in sorted(found.failed.items()):
        typer.echo(f"{student}: could not be judged, marks stay: {problem}")
    if found.waiting:
        typer.echo(f"{len(found.waiting)} not graded yet stay so; type: classroom grade {name}")


def forget(
    student: Annotated[str, typer.Argument(help="The student's name as in the gradebook.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Delete everything there is of one student, after showing what that is. Reports are made anew without them.

    Without --yes, --json shows what would be deleted and deletes nothing. Ends with 2 when nobody of that name is
    known.

    Example: classroom forget ada
    """
    from ..assignments import course
    from ..marks import forget as forgetting

    with plain_errors():
        here = course.find()
        found = forgetting.find(here, student)
        shown = {
            "student": student,
            "gradebook": found.assignments if found.in_gradebook else None,
            "delete": [str(p.relative_to(here.root)) for p in found.paths],
            "lines": [os.path.relpath(p, here.root) for p in [*found.tables, *found.lists]],
            "make_anew": [str(p.relative_to(here.root)) for p in found.reports],
            "elsewhere": found.elsewhere,
        }
        if as_json:
            typer.echo(json.dumps(shown, indent=1, ensure_ascii=False))
        if found.nothing:
            typer.echo(f"nobody called {student!r} is known here; nbgrader db student list shows who is", err=True)
            raise typer.Exit(2)
        if not as_json:
            if found.in_gradebook:
                typer.echo(f"gradebook: {student}, with {', '.join(found.assignments) or 'no submission'}")
            for path in shown["delete"] or []:
                typer.echo(f"delete:    {path}")
            for path in shown["lines"] or []:
                typer.echo(f"lines of:  {path}")
            for path in shown["make_anew"] or []:
                typer.echo(f"make anew: {path}")
            for path in found.elsewhere:
                typer.echo(f"stays:     {path} (look yourself)")
        if not (yes or (not as_json and typer.confirm(f"Delete all of this? {student}'s marks are gone then"))):
            typer.echo("nothing was deleted", err=True)
            raise typer.Exit(0 if as_json else 1)
        unmade = forgetting.forget(here, found, counted)
    for page, problem in unmade.items():
        typer.echo(f"{page.relative_to(here.root)} is deleted and was not made anew: {problem}", err=True)
    if not as_json:
        typer.echo(
            f"{student} is gone from this folder. Backups, the exchange and the platform have copies of their own."
        )


class Format(StrEnum):
    """What a table of scores is for."""

    nbgrader = "nbgrader"
    canvas = "canvas"
    moodle = "moodle"


def export(
    names: Names = None,
    to: Annotated[Path, typer.Option(help="Where to write the CSV.")] = Path("grades.csv"),
    form: Annotated[Format, typer.Option("--format", help="What the table is for.")] = Format.nbgrader,
    roster: Annotated[
        Path | None, typer.Option(help="Canvas: the gradebook exported there. Moodle: the grading worksheet.")
    ] = None,
    id_column: Annotated[str, typer.Option(help="The roster's column that holds the gradebook's student ids.")] = "",
    as_json: Json = False,
) -> None:
    """Write scores, late penalties taken off, to a CSV file for nbgrader, Canvas or Moodle.

    Ends with 1 when the file was written but something needs a look.

    Example: classroom export ps05 --format canvas --roster downloads/canvas.csv --to downloads/up.csv
    """
    from ..assignments import course
    from ..marks.export import CanvasExport, MoodleExport, PlainExport, PlatformExport

    with plain_errors():
        here = course.find()
        options: dict[str, Any] = {"config": here.config, "to": str(to)}
        options["assignment"] = [here.name(n) for n in names or []]
        if form is not Format.nbgrader:
            options |= {"roster": str(roster or ""), "id_column": id_column}
        kinds: dict[Format, Any] = {Format.canvas: CanvasExport, Format.moodle: MoodleExport}
        plugin = kinds.get(form, PlainExport)(**options)
        with here.api.gradebook as gradebook:
            plugin.export(gradebook)
    notes = plugin.notes if isinstance(plugin, PlatformExport) else []
    if as_json:
        typer.echo(json.dumps({"file": str(to), "format": form.value, "notes": notes}, indent=1, ensure_ascii=False))
    else:
        typer.echo(f"scores are in {to}")
        for note in notes:
            typer.echo(note, err=True)
    raise typer.Exit(1 if notes else 0)

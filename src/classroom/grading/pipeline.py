"""One submission from intake to verdict; nothing here knows of gradebooks or of other submissions."""

from __future__ import annotations

import datetime
import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..assignments import assignment as assignments
from ..assignments.assignment import Assignment
from ..judging.cells import bound
from ..judging.execution import Job, environment, execute
from ..model import Conditions, ItemResult, Step, Verdict
from ..submissions import inert, intake
from ..submissions.intake import Refused
from ..submissions.transplant import Grafted, transplant, untouched

# One cell may take the assignment's usual time several times over on a slow machine; the whole is bounded too.
CELL_FACTOR, TOTAL_FACTOR, LEAST_SECONDS = 4, 12, 20.0


@dataclass(frozen=True)
class Graded:
    """All that grading one submission gave.

    `refused` is the reason when it could not be graded; `execution` is the key of its verdict in the cache.
    """

    student: str
    assignment: Assignment
    run: int
    cells: tuple[Grafted, ...]
    items: Mapping[str, ItemResult]
    outputs: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    refused: str = ""
    notes: tuple[str, ...] = ()
    release: str = ""
    digest: str = ""
    timestamp: datetime.datetime | None = None
    seconds: float = 0.0
    sandboxed: bool = True
    execution: str = ""


def clamped(points: float, most: float) -> float:
    """`points` within [0, most]; what is not a number is 0.

    >>> clamped(7.5, 5), clamped(-1, 5), clamped(float("nan"), 5)
    (5.0, 0.0, 0.0)
    """
    return 0.0 if math.isnan(points) else float(min(max(points, 0.0), most))


def score(graded: Graded, cell_id: str, most: float) -> float:
    """The points of one test cell."""
    result = graded.items.get(cell_id)
    return clamped(result.points, most) if result is not None else 0.0


@dataclass(frozen=True)
class Task:
    """One submission to grade."""

    assignment: Assignment
    folder: Path
    student: str
    run: int
    seed: bytes
    releases: Path
    sandboxed: bool


def conditions(assignment: Assignment, data: Path | None = None) -> Conditions:
    """What the assignment's settings give a student's code."""
    packages = tuple(dict.fromkeys(["numpy", *assignment.packages]))
    return Conditions(
        packages=packages,
        withheld=assignment.withheld,
        data=data,
        seconds_per_cell=max(LEAST_SECONDS, CELL_FACTOR * assignment.seconds),
        seconds_total=max(3 * LEAST_SECONDS, TOTAL_FACTOR * assignment.seconds),
    )


def steps(cells: Sequence[Grafted]) -> list[Step]:
    """The grafted notebook as the judge takes it."""
    sources = [cell.origin.source for cell in cells if cell.origin is not None and cell.origin.kind == "solution"]
    asked = tuple(sorted(frozenset().union(*map(bound, sources))))
    result = []
    for cell in cells:
        if cell.language != "code":
            continue
        kind = "student" if cell.runs_in_worker else cell.kind
        origin = cell.origin
        points, topics = (origin.points, origin.topics) if origin is not None else (0.0, ())
        result.append(Step(kind, cell.id, cell.source, points, topics, asked if kind == "student" else None))
    return result


def released_data(assignment: Assignment) -> tuple[tuple[str, bytes], ...]:
    """The data files students receive, by name."""
    return tuple((p.relative_to(assignment.folder).as_posix(), p.read_bytes()) for p in assignment.data_files)


def job(assignment: Assignment, cells: Sequence[Grafted], seed: bytes, *, sandboxed: bool = True) -> Job:
    """What is to be executed: the grafted notebook with the data files students receive."""
    settings = conditions(assignment)
    data = released_data(assignment)
    return Job(tuple(steps(cells)), settings, data, seed, sandboxed, environment(settings.packages))


def judged(
    assignment: Assignment, cells: Sequence[Grafted], seed: bytes, *, sandboxed: bool = True, preload: bool = False
) -> Verdict:
    """Run the grafted notebook: student's cells in the worker, tests in the judge; `preload` as in `execute`."""
    return execute(job(assignment, cells, seed, sandboxed=sandboxed), preload=preload)


def graded_items(assignment: Assignment) -> set[tuple[str, str, float]]:
    """What the gradebook has of an assignment: two versions with the same can be graded side by side."""
    return {(cell.id, cell.kind, cell.points) for cell in assignment.cells if cell.points}


def version(current: Assignment, release: str, releases: Path) -> tuple[Assignment, str]:
    """The assignment as it was when `release` was handed out, and a note for the instructor.

    Raises
    ------
    Refused
        When that version is not kept, or asked for other items than the gradebook has now.
    """
    if not release:
        return current, "it does not say from which release it started; graded against today's version"
    if release == current.release_hash:
        return current, ""
    folder = releases / current.name / release / current.name
    if not folder.is_dir():
        raise Refused(
            f"it started from a release ({release}) whose tests are not kept here; open the present release, "
            f"copy the answers into it and hand that in (or the instructor restores course/releases/{current.name})"
        )
    old = assignments.load(folder)
    if graded_items(old) != graded_items(current):
        raise Refused(
            "it started from an older release whose exercises have since changed; "
            "open the present release, copy the answers into it and hand that in"
        )
    return old, f"graded against the release it started from ({release}), not today's ({current.release_hash})"


def keep_version(assignment: Assignment, releases: Path) -> None:
    """Keep the source of a release, so that submissions which start from it can be graded against it."""
    folder = releases / assignment.name / assignment.release_hash / assignment.name
    draft = folder.parent.with_name(f".{assignment.release_hash}.new")
    shutil.rmtree(draft, ignore_errors=True)
    for path in [assignment.folder / f"{assignment.name}.ipynb", *assignment.data_files]:
        target = draft / assignment.name / path.relative_to(assignment.folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    shutil.rmtree(folder.parent, ignore_errors=True)
    draft.rename(folder.parent)


@dataclass(frozen=True)
class Prepared:
    """A submission taken in and grafted: what its grading says before anything has run, and what to run."""

    task: Task
    graded: Graded
    job: Job

    def finished(self, verdict: Verdict) -> Graded:
        """The result, once the job has given its verdict."""
        return replace(
            self.graded,
            items=verdict.items,
            outputs=verdict.outputs,
            notes=(*self.graded.notes, *verdict.notes),
            seconds=verdict.seconds,
            execution=self.job.key,
        )


def prepare(task: Task) -> Prepared | Graded:
    """Take one submission in; a refused one is graded already. What we did wrong is raised.

    A folder whose name nobody can bear is our doing: it was put there, and there is no one to give a zero to. In the
    gradebook such a name would be a formula for a spreadsheet, or markup for a page.
    """
    current = task.assignment
    if not intake.STUDENT.fullmatch(task.student):
        raise ValueError("the folder's name is no identifier (letters, digits, . _ @ + -): rename it to the student's")
    try:
        submission = intake.accept(task.folder, task.student, current)
        assignment, note = version(current, submission.release, task.releases)
    except Refused as reason:
        cells = transplant(current, untouched(current))
        return Graded(task.student, current, task.run, cells, {}, refused=inert.line(reason), sandboxed=task.sandboxed)
    cells = transplant(assignment, submission.cells)
    graded = Graded(
        student=task.student,
        assignment=assignment,
        run=task.run,
        cells=cells,
        items={},
        notes=tuple(map(inert.line, (*submission.notes, *([note] if note else [])))),
        release=submission.release,
        digest=submission.digest,
        timestamp=submission.timestamp,
        sandboxed=task.sandboxed,
    )
    return Prepared(task, graded, job(assignment, cells, task.seed, sandboxed=task.sandboxed))


def grade_one(task: Task) -> Graded:
    """Grade one submission; what the student did wrong is in the result, what we did wrong is raised."""
    prepared = prepare(task)
    return prepared.finished(execute(prepared.job)) if isinstance(prepared, Prepared) else prepared

"""Grading a folder of submissions: each is taken in, grafted, judged and recorded, and none stops the others.

Submissions are judged by one or several processes; one writer, here, records what they give.
"""

from __future__ import annotations

import fcntl
import glob
import logging
import multiprocessing
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import assignment as assignments
from . import intake, record, seeds
from .assignment import Assignment
from .intake import Refused
from .model import Conditions, Step, Verdict
from .transplant import Grafted, transplant, untouched

# One cell may take the assignment's usual time several times over on a slow machine; the whole is bounded too.
CELL_FACTOR, TOTAL_FACTOR, LEAST_SECONDS = 4, 12, 20.0


class Busy(RuntimeError):
    """Another run is grading this course."""


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
    result = []
    for cell in cells:
        if cell.language != "code":
            continue
        kind = "student" if cell.runs_in_worker else cell.kind
        origin = cell.origin
        points, topics = (origin.points, origin.topics) if origin is not None else (0.0, ())
        result.append(Step(kind, cell.id, cell.source, points, topics))
    return result


@contextmanager
def released_data(assignment: Assignment) -> Iterator[Path | None]:
    """A folder with the data files students receive, and nothing else; None when there are none."""
    if not assignment.data_files:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="classroom-data-") as place:
        folder = Path(place)
        folder.chmod(0o755)
        for path in assignment.data_files:
            target = folder / path.relative_to(assignment.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        yield folder


def judged(assignment: Assignment, cells: Sequence[Grafted], seed: bytes, *, sandboxed: bool = True) -> Verdict:
    """Run the grafted notebook: student's cells in the worker, tests in the judge."""
    from .judge import judge

    with released_data(assignment) as data:
        return judge(steps(cells), conditions(assignment, data), seed, sandboxed=sandboxed)


def version(current: Assignment, release: str, releases: Path) -> tuple[Assignment, str]:
    """The assignment as it was when `release` was handed out, and a note for the instructor.

    Raises
    ------
    Refused
        When that version asked for other items than the gradebook has now.
    """
    if not release or release == current.release_hash:
        return current, ""
    folder = releases / current.name / release / current.name
    if not folder.is_dir():
        return current, f"started from a release ({release}) that is not kept here; graded against today's version"
    old = assignments.load(folder)
    graded = [{(c.id, c.kind, c.points) for c in a.cells if c.points} for a in (old, current)]
    if graded[0] != graded[1]:
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


def releases_folder(coursedir: Any) -> Path:
    """Where the sources of earlier releases are kept."""
    return Path(coursedir.root, "course", "releases")


def grade_one(task: Task) -> record.Graded:
    """Grade one submission; what the student did wrong is in the result, what we did wrong is raised."""
    began = time.perf_counter()
    current = task.assignment
    try:
        submission = intake.accept(task.folder, task.student, current)
        assignment, note = version(current, submission.release, task.releases)
    except Refused as reason:
        cells = transplant(current, untouched(current))
        return record.Graded(task.student, current, task.run, cells, {}, refused=str(reason), sandboxed=task.sandboxed)
    cells = transplant(assignment, submission.cells)
    verdict = judged(assignment, cells, task.seed, sandboxed=task.sandboxed)
    return record.Graded(
        student=task.student,
        assignment=assignment,
        run=task.run,
        cells=cells,
        items=verdict.items,
        outputs=verdict.outputs,
        notes=(*submission.notes, *([note] if note else []), *verdict.notes),
        release=submission.release,
        digest=submission.digest,
        timestamp=submission.timestamp,
        seconds=time.perf_counter() - began,
        sandboxed=task.sandboxed,
    )


def submissions(coursedir: Any) -> list[Path]:
    """The folders handed in for the assignment and students that `coursedir` names, sorted."""
    pattern = coursedir.format_path(coursedir.submitted_directory, coursedir.student_id, coursedir.assignment_id)
    excluded = {name for name in coursedir.student_id_exclude.split(",") if name}
    found = (Path(place) for place in glob.glob(pattern))
    return sorted(p for p in found if (p.is_dir() or p.is_symlink()) and p.parent.name not in excluded)


def is_graded(coursedir: Any, folder: Path) -> bool:
    """Whether this submission has been graded and not been handed in again since."""
    target = coursedir.format_path(coursedir.autograded_directory, folder.parent.name, folder.name)
    if not os.path.exists(target):
        return False
    notes: list[str] = []
    new, old = intake.timestamp(folder, notes), intake.timestamp(Path(target), notes)
    return not (new is not None and old is not None and new > old)


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Hold the course's grading lock; raise Busy when another run has it."""
    path = root / "course" / ".grading.lock"
    path.parent.mkdir(exist_ok=True)
    with open(path, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"another grading run is at work in {root}; wait until it has ended") from None
        yield


def grade_all(
    coursedir: Any,
    folders: Sequence[Path],
    *,
    force: bool = False,
    create_student: bool = True,
    sandboxed: bool = True,
    new_seed: bool = False,
    jobs: int = 1,
    log: logging.Logger | logging.LoggerAdapter[Any] | None = None,
    parent: Any = None,
) -> list[str]:
    """Grade these submissions and record them; returns the students whose submission could not be judged.

    Raises
    ------
    AssignmentError, RecordError, SecretError, SandboxMissing, Busy
        Before anything is graded, when nothing could be.
    """
    log = log or logging.getLogger("classroom")
    if sandboxed:
        from .sandbox import probe

        probe()
    waiting = [folder for folder in folders if force or not is_graded(coursedir, folder)]
    for folder in sorted(set(folders) - set(waiting)):
        log.info("%s: graded already; --force grades again", folder.parent.name)
    known: dict[str, Assignment] = {}
    failed: list[str] = []
    with alone(Path(coursedir.root)), record.Writer(coursedir, create_student=create_student, parent=parent) as writer:
        tasks = []
        for folder in waiting:
            if folder.name not in known:
                source = Path(coursedir.format_path(coursedir.source_directory, ".", folder.name)).resolve()
                known[folder.name] = assignments.load(source)
                writer.check_ready(known[folder.name])
            tasks.append(_task(coursedir, known[folder.name], folder, sandboxed, new_seed))
        for task, outcome in _results(tasks, jobs):
            if isinstance(outcome, record.Graded):
                if outcome.assignment is not task.assignment:
                    outcome = replace(outcome, assignment=_same(outcome.assignment, task.assignment))
                writer.write(outcome)
                _tell(log, outcome)
            else:
                failed.append(task.student)
                log.error("%s: could not be judged, nothing was recorded: %r", task.student, outcome)
    return failed


def _same(found: Assignment, wanted: Assignment) -> Assignment:
    # What came back from another process is a copy; the writer reads the one it checked.
    return wanted if found.source_hash == wanted.source_hash else found


def _task(coursedir: Any, assignment: Assignment, folder: Path, sandboxed: bool, new_seed: bool) -> Task:
    student = folder.parent.name
    run = int(record.read_record(coursedir, assignment.name, student).get("run", 0)) or 1
    run += bool(new_seed and record.record_path(coursedir, assignment.name, student).exists())
    seed = seeds.seed(assignment.name, student, run)
    return Task(assignment, folder, student, run, seed, releases_folder(coursedir), sandboxed)


def _attempt(task: Task) -> record.Graded | Exception:
    try:
        return grade_one(task)
    except Exception as error:
        # Whatever went wrong with one submission must not cost the others their marks; it is reported, not hidden.
        logging.getLogger("classroom").debug("grading %s failed", task.student, exc_info=True)
        return error


def _results(tasks: Sequence[Task], jobs: int) -> Iterator[tuple[Task, record.Graded | Exception]]:
    if jobs <= 1 or len(tasks) <= 1:
        for task in tasks:
            yield task, _attempt(task)
        return
    context = multiprocessing.get_context("spawn")
    left = list(tasks)
    with ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=context) as pool:
        futures: dict[Future[Any], Task] = {pool.submit(_attempt, task): task for task in tasks}
        for future in as_completed(futures):
            try:
                outcome = future.result()
            except BrokenProcessPool:
                continue
            left.remove(futures[future])
            yield futures[future], outcome
    # A process that died took the others' work with it: each of those gets a process of its own.
    for task in left:
        with ProcessPoolExecutor(1, mp_context=context) as single:
            try:
                yield task, single.submit(_attempt, task).result()
            except BrokenProcessPool as error:
                yield task, error


def _tell(log: Any, graded: record.Graded) -> None:
    if graded.refused:
        log.warning("%s: refused, 0 points: %s", graded.student, graded.refused)
        return
    earned = sum(record.score(graded, cell.id, cell.points) for cell in graded.assignment.tests)
    most = sum(cell.points for cell in graded.assignment.tests)
    log.info("%s: %g of %g points, %.1f s", graded.student, earned, most, graded.seconds)
    for note in graded.notes:
        log.info("%s: note: %s", graded.student, note)

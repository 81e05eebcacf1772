"""Grading a folder of submissions: each is taken in, grafted, judged and recorded, and none stops the others.

Submissions are judged by one or several processes (pipeline); one writer, here, records what they give.
"""

from __future__ import annotations

import fcntl
import glob
import logging
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import assignment as assignments
from . import intake, pipeline, record, seeds
from .assignment import Assignment
from .pipeline import Graded, Task


class Busy(RuntimeError):
    """Another run is grading this course."""


def releases_folder(coursedir: Any) -> Path:
    """Where the sources of earlier releases are kept."""
    return Path(coursedir.root, "course", "releases")


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
            if isinstance(outcome, Graded):
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


def _results(tasks: Sequence[Task], jobs: int) -> Iterator[tuple[Task, Graded | Exception]]:
    if jobs <= 1 or len(tasks) <= 1:
        for task in tasks:
            yield task, pipeline.attempt(task)
        return
    context = multiprocessing.get_context("spawn")
    left = list(tasks)
    with ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=context) as pool:
        futures: dict[Future[Any], Task] = {pool.submit(pipeline.attempt, task): task for task in tasks}
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
                yield task, single.submit(pipeline.attempt, task).result()
            except BrokenProcessPool as error:
                yield task, error


def _tell(log: Any, graded: Graded) -> None:
    if graded.refused:
        log.warning("%s: refused, 0 points: %s", graded.student, graded.refused)
        return
    earned = sum(pipeline.score(graded, cell.id, cell.points) for cell in graded.assignment.tests)
    most = sum(cell.points for cell in graded.assignment.tests)
    log.info("%s: %g of %g points, %.1f s", graded.student, earned, most, graded.seconds)
    for note in graded.notes:
        log.info("%s: note: %s", graded.student, note)

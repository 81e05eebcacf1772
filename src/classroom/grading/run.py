"""Grading a folder of submissions: each is taken in, grafted, judged and recorded, and none stops the others.

Submissions are taken in here and executed in this process or by a pool (pool); verdicts are kept (cache), so a
run that was killed goes on where it stopped; one writer, here, records what they give.
"""

from __future__ import annotations

import glob
import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import seeds
from ..assignments import assignment as assignments
from ..assignments.assignment import Assignment
from ..judging.execution import OtherEnvironment
from ..model import Verdict
from ..submissions import inert, intake
from . import lock, pipeline, record
from .cache import Cache
from .pipeline import Graded, Prepared, Task
from .pool import Cluster, ClusterError, Here, checked
from .warm import warm


@dataclass
class Summary:
    """What one run did: results by student, those graded before, and those that could not be judged."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def line(self) -> str:
        """The summary in one line."""
        done = len(self.rows) + len(self.skipped)
        parts = [f"{done} of {done + len(self.failed)} submissions are in the gradebook"]
        refused = sum(1 for row in self.rows if row["refused"])
        cached = sum(1 for row in self.rows if row["cached"])
        for number, what in (
            (len(self.skipped), "graded before"),
            (refused, "refused"),
            (cached, "executed before"),
            (len(self.failed), "could not be judged"),
        ):
            if number:
                parts.append(f"{number} {what}")
        judged = [row["points"] / row["most"] for row in self.rows if not row["refused"]]
        if judged:
            parts.append(f"mean {100 * sum(judged) / len(judged):.0f} % of the points tests give")
        return f"{', '.join(parts)} ({self.seconds:.1f} s)"


def releases_folder(coursedir: Any) -> Path:
    """Where the sources of earlier releases are kept."""
    return Path(coursedir.root, "course", "releases")


def cache_folder(coursedir: Any) -> Path:
    """Where verdicts are kept."""
    return Path(coursedir.root, "course", "cache")


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


def grade_all(
    coursedir: Any,
    folders: Sequence[Path],
    *,
    force: bool = False,
    create_student: bool = True,
    sandboxed: bool = True,
    new_seed: bool = False,
    jobs: int = 1,
    scheduler: str = "",
    log: logging.Logger | logging.LoggerAdapter[Any] | None = None,
    parent: Any = None,
    held: Callable[[], None] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Summary:
    """Grade these submissions and record them.

    Parameters
    ----------
    jobs
        Processes that judge side by side, where there is more than one submission to execute.
    scheduler
        The address of a Dask scheduler whose workers execute instead.
    held
        What `lock.alone` gave, where the caller has the course's locks already.
    progress
        Called with the number of submissions done and of all.

    Raises
    ------
    AssignmentError, RecordError, SecretError, SandboxMissing, ClusterError, Busy
        When nothing (more) can be graded; what was recorded before is whole, and the same call goes on from there.
    """
    log = log or logging.getLogger("classroom")
    began = time.monotonic()
    if scheduler:
        checked(scheduler)
    elif sandboxed:
        from ..sandboxing.sandbox import probe

        probe()
    summary = Summary()
    with (
        nullcontext(held) if held else lock.alone(coursedir) as sure,
        record.Writer(coursedir, create_student=create_student, parent=parent) as writer,
    ):
        plan = Plan(coursedir, folders, new_seed)
        entered = {name: writer.students(name) for name in {folder.name for folder in folders}}
        done_before = {f for f in folders if is_graded(coursedir, f) and f.parent.name in entered[f.name]}
        waiting = [f for f in folders if force or new_seed or plan.open(f) or f not in done_before]
        for folder in sorted(set(folders) - set(waiting)):
            log.info("%s: graded already; --force grades again", folder.parent.name)
            summary.skipped.append(folder.parent.name)
        if min(jobs, len(waiting)) > 1 and not scheduler:
            warm()
        known: dict[str, Assignment] = {}
        for folder in waiting:
            if folder.name not in known:
                source = Path(coursedir.format_path(coursedir.source_directory, ".", folder.name)).resolve()
                known[folder.name] = assignments.load(source)
                writer.check_ready(known[folder.name])
        tasks = (task(coursedir, known[folder.name], folder, plan.run(folder), sandboxed) for folder in waiting)
        progress(0, len(waiting))
        for done, (one, outcome, cached) in enumerate(
            results(tasks, len(waiting), open_cache(coursedir), jobs, scheduler), start=1
        ):
            if isinstance(outcome, Graded):
                sure()
                writer.write(outcome)
                summary.rows.append(_row(outcome, cached))
                _tell(log, outcome)
            else:
                told = isinstance(outcome, (ClusterError, OtherEnvironment))
                summary.failed[one.student] = str(outcome) if told else f"{type(outcome).__name__}: {outcome}"
                name = inert.line(one.student)
                log.error("%s: could not be judged, nothing was recorded: %s", name, summary.failed[one.student])
            progress(done, len(waiting))
        plan.close()
    summary.seconds = time.monotonic() - began
    return summary


class Plan:
    """The number of the run each submission is graded under.

    `--new-seed` counts it up. The new numbers are written down before anything is graded, so that a run which is
    killed and started again goes on with them and gives nobody a third set of inputs.
    """

    def __init__(self, coursedir: Any, folders: Sequence[Path], new_seed: bool) -> None:
        self.coursedir = coursedir
        self.students = {(folder.name, folder.parent.name) for folder in folders}
        self.recorded = {key: int(record.read_record(coursedir, *key).get("run", 0)) for key in self.students}
        self.new: dict[str, dict[str, int]] = {name: self._read(name) for name, _ in self.students}
        for name, student in self.students if new_seed else ():
            if self.recorded[name, student]:
                self.new[name].setdefault(student, self.recorded[name, student] + 1)
        if new_seed:
            self._write()

    def run(self, folder: Path) -> int:
        """The number for this submission."""
        key = folder.name, folder.parent.name
        return self.new[folder.name].get(folder.parent.name, self.recorded[key] or 1)

    def open(self, folder: Path) -> bool:
        """Whether it was given a new number that it has not been graded under yet."""
        return self.run(folder) > (self.recorded[folder.name, folder.parent.name] or 1)

    def close(self) -> None:
        """All of these submissions have been gone through."""
        for name, student in self.students:
            self.new[name].pop(student, None)
        self._write()

    def _path(self, name: str) -> Path:
        return record.record_path(self.coursedir, name, "x").with_name(".new-seed.json")

    def _read(self, name: str) -> dict[str, int]:
        try:
            found = json.loads(self._path(name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return {str(student): int(number) for student, number in found.items()}

    def _write(self) -> None:
        for name, numbers in self.new.items():
            if numbers:
                record.write_json(self._path(name), numbers)
            else:
                self._path(name).unlink(missing_ok=True)


def task(coursedir: Any, assignment: Assignment, folder: Path, number: int, sandboxed: bool) -> Task:
    """One submission to grade, in the run of this number."""
    student = folder.parent.name
    seed = seeds.seed(assignment.name, student, number)
    return Task(assignment, folder, student, number, seed, releases_folder(coursedir), sandboxed)


def open_cache(coursedir: Any) -> Cache:
    """The course's verdicts.

    Raises
    ------
    RecordError
        When there is no place for them.
    """
    try:
        return Cache(cache_folder(coursedir))
    except OSError as error:
        raise record.RecordError(
            f"{error.filename} cannot be made ({error.strerror}): verdicts are kept there"
        ) from None


def results(
    tasks: Iterator[Task], number: int, cache: Cache, jobs: int, scheduler: str
) -> Iterator[tuple[Task, Graded | Exception, bool]]:
    """Each of the `number` tasks with what came of it, and whether it had been executed before.

    No pool is started before there are two submissions to execute.
    """
    jobs = min(jobs, number)
    with ExitStack() as stack:
        pool: Here | Cluster | None = None
        first: Prepared | None = None

        def taken(result: tuple[Prepared, Verdict | Exception]) -> tuple[Task, Graded | Exception, bool]:
            prepared, verdict = result
            if isinstance(verdict, Exception):
                return prepared.task, verdict, False
            try:
                cache.put(prepared.job.key, verdict)
            except OSError as error:
                raise record.RecordError(f"{cache.folder} cannot be written: {error.strerror}") from None
            return prepared.task, prepared.finished(verdict), False

        for left, task in zip(range(number - 1, -1, -1), tasks, strict=True):
            try:
                prepared = pipeline.prepare(task)
                verdict = cache.get(prepared.job.key) if isinstance(prepared, Prepared) else None
            except Exception as error:
                # Whatever went wrong with one submission must not cost the others their marks; it is reported.
                yield task, error, False
                continue
            if isinstance(prepared, Graded):
                yield task, prepared, False
                continue
            if verdict is not None:
                yield task, prepared.finished(verdict), True
                continue
            if pool is None:
                if first is None and not scheduler:
                    first = prepared
                    continue
                pool = Here(preload=True) if jobs <= 1 and not scheduler else Cluster(jobs, scheduler)
                stack.enter_context(pool)
                if first is not None:
                    pool.submit(first, first.job, left + 1)
            while pool.full:
                yield taken(pool.next())
            pool.submit(prepared, prepared.job, left)
        if pool is None:
            pool = Here()
            if first is not None:
                pool.submit(first, first.job)
        while pool.busy:
            yield taken(pool.next())


def _row(graded: Graded, cached: bool) -> dict[str, Any]:
    tests = graded.assignment.tests
    return {
        "student": graded.student,
        "points": sum(pipeline.score(graded, cell.id, cell.points) for cell in tests),
        "most": sum(cell.points for cell in tests),
        "run": graded.run,
        "seconds": round(graded.seconds, 3),
        "cached": cached,
        "refused": graded.refused,
        "notes": list(graded.notes),
    }


def _tell(log: Any, graded: Graded) -> None:
    if graded.refused:
        log.warning("%s: refused, 0 points: %s", graded.student, graded.refused)
        return
    earned = sum(pipeline.score(graded, cell.id, cell.points) for cell in graded.assignment.tests)
    most = sum(cell.points for cell in graded.assignment.tests)
    log.info("%s: %g of %g points, %.1f s", graded.student, earned, most, graded.seconds)
    for note in graded.notes:
        log.info("%s: note: %s", graded.student, note)

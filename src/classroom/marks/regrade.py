"""Grading everyone again after a test was corrected: first whose marks would change, then, when agreed, the change.

Everything is judged without being recorded; verdicts are kept, so that recording runs nothing twice. What a regrade
changed is written down in `course/regrades`. Marks given by hand stay as they are.
"""

from __future__ import annotations

import copy
import datetime
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import nbformat
from nbgrader.api import MissingEntry

from ..assignments import assignment as assignments
from ..assignments.assignment import Assignment
from ..assignments.course import Course
from ..grading import lock, pipeline, record, run
from ..grading.pipeline import Graded


@dataclass(frozen=True)
class Change:
    """One item of one student whose automatic points differ; `by_hand` is a mark that stands whatever they are."""

    student: str
    item: str
    before: float
    after: float
    by_hand: float | None = None


@dataclass
class Preview:
    """What a regrade would do: how many were judged, what differs, from which releases, who could not be judged."""

    judged: int = 0
    changes: list[Change] = field(default_factory=list)
    releases: Counter[str] = field(default_factory=Counter)
    failed: dict[str, str] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)


Scores = dict[str, tuple[float, float | None]]


def recorded(course: Course, name: str) -> dict[str, Scores]:
    """Automatic and manual points of every tested item, by student, as the gradebook has them."""
    tests = {cell.id for cell in course.assignment(name).tests}
    with course.api.gradebook as gradebook:
        try:
            found = gradebook.assignment_submissions(name)
        except MissingEntry:
            return {}
        return {
            s.student.id: {
                g.name: (g.auto_score or 0.0, g.manual_score) for n in s.notebooks for g in n.grades if g.name in tests
            }
            for s in found
        }


def preview(
    course: Course,
    name: str,
    *,
    jobs: int = 1,
    scheduler: str = "",
    sandboxed: bool = True,
    releases: Path | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[list[Path], Preview]:
    """Judge every graded submission of `name` again, recording nothing; the folders, and what would change.

    `releases` is where the older releases' sources lie, if not where they are kept.

    Raises
    ------
    CourseError, AssignmentError, RecordError, SandboxMissing, ClusterError, Busy
        When nothing could be judged.
    """
    assignment = course.assignment(name)
    coursedir = course.coursedir
    coursedir.assignment_id, coursedir.student_id = name, "*"
    before = recorded(course, name)
    every = run.submissions(coursedir)
    folders = [folder for folder in every if folder.parent.name in before]
    found = Preview(waiting=[f.parent.name for f in every if f.parent.name not in before])
    if sandboxed and not scheduler:
        from ..sandboxing.sandbox import probe

        probe()
    with lock.alone(coursedir), record.Writer(coursedir, parent=course.api) as writer:
        writer.check_ready(assignment)
        plan = run.Plan(coursedir, folders, new_seed=False)
        tasks = (run.task(coursedir, assignment, folder, plan.run(folder), sandboxed) for folder in folders)
        if releases is not None:
            tasks = (replace(task, releases=releases) for task in tasks)
        outcomes = run.results(tasks, len(folders), run.open_cache(coursedir), jobs, scheduler)
        progress(0, len(folders))
        for done, (task, outcome, _) in enumerate(outcomes, start=1):
            if isinstance(outcome, Graded):
                found.judged += 1
                found.changes += _differences(assignment, outcome, before[task.student])
                if outcome.release and outcome.release != assignment.release_hash and not outcome.refused:
                    found.releases[outcome.release] += 1
            else:
                found.failed[task.student] = f"{type(outcome).__name__}: {outcome}"
            progress(done, len(folders))
    found.changes.sort(key=lambda c: (c.student, c.item))
    return folders, found


def _differences(assignment: Assignment, graded: Graded, before: Scores) -> list[Change]:
    result = []
    for cell in assignment.tests:
        after = pipeline.score(graded, cell.id, cell.points)
        was, by_hand = before.get(cell.id, (0.0, None))
        if abs(after - was) > 1e-9:
            result.append(Change(graded.student, cell.id, was, after, by_hand))
    return result


def correct_releases(course: Course, name: str, work: Path) -> Path:
    """Copies, in `work`, of the older releases' sources with today's tests in them.

    Releases that asked for other items are left out: submissions that started from them are refused in any case.
    """
    today = course.assignment(name)
    tests = {cell.id: cell.source for cell in today.tests}
    for kept in sorted((run.releases_folder(course.coursedir) / name).glob("[0-9a-f]" * 16)):
        old = assignments.load(kept / name)
        if kept.name == today.release_hash or pipeline.graded_items(old) != pipeline.graded_items(today):
            continue
        target = work / name / kept.name
        shutil.copytree(kept, target)
        notebook = copy.deepcopy(old.notebook)
        for cell in notebook.cells:
            cell.source = tests.get(cell.get("id", ""), cell.source)
        nbformat.write(notebook, target / name / f"{name}.ipynb")
    return work


def keep_corrected(course: Course, name: str, work: Path) -> None:
    """Put corrected sources in the place of the kept ones, which stay beside them under a dated name."""
    kept = run.releases_folder(course.coursedir) / name
    now = datetime.datetime.now(datetime.UTC)
    for corrected in sorted((work / name).glob("*")):
        place = kept / corrected.name
        place.rename(kept / f"{place.name}-until-{now:%Y-%m-%dT%H%M%S.%f}")
        shutil.copytree(corrected, place)


def keep_today(course: Course, name: str) -> None:
    """Keep today's source for its release: it is what grades that release's submissions once there is a newer one."""
    pipeline.keep_version(course.assignment(name), run.releases_folder(course.coursedir))


def since(course: Course, name: str, before: dict[str, Scores]) -> list[Change]:
    """What the gradebook has now and did not have `before`."""
    return [
        Change(student, item, before[student].get(item, (0.0, None))[0], now, by_hand)
        for student, items in sorted(recorded(course, name).items())
        if student in before
        for item, (now, by_hand) in sorted(items.items())
        if abs(now - before[student].get(item, (0.0, None))[0]) > 1e-9
    ]


def new_list(course: Course, name: str) -> Path:
    """Where the list of a regrade that begins now is kept."""
    now = datetime.datetime.now(datetime.UTC)
    return course.root / "course" / "regrades" / name / f"{now:%Y-%m-%dT%H%M%S.%f}.json"


def write_down(path: Path, course: Course, name: str, changes: list[Change], *, reason: str, done: bool) -> None:
    """Keep the list: before recording what is going to change, and when `done` what did."""
    content = {
        "assignment": name,
        "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "source": course.assignment(name).source_hash,
        "reason": reason,
        "done": done,
        "changes": [asdict(change) for change in changes],
    }
    record.write_json(path, content)

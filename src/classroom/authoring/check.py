"""Whether an assignment is sound: what `classroom check psNN` looks at before students see it.

The solution must earn every point under several seeds, the untouched release none, nor an answer that knows only the
visible examples; every misconception must lose points on its item and be told its hint, and the release must hold
nothing that was meant to stay hidden.
"""

from __future__ import annotations

import multiprocessing
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ..assignments.assignment import Assignment, AssignmentError, Cell, release_form
from ..grading import pipeline
from ..model import ItemResult, Verdict
from ..submissions.transplant import StudentCell, solved, transplant, untouched
from ..topics import CHAPTERS
from . import by_heart, wrong_solutions
from .wrong_solutions import WrongSolution

POINTS = 20
SEEDS = (1, 2)
# Shorter lines of a hidden test or a solution (a `for`, a `return x`) may stand in the open text as well.
TELLING = 40


@dataclass(frozen=True)
class Report:
    """What was found: `problems` to mend (none when sound) and `facts` worth knowing."""

    problems: tuple[str, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True)
class _Trial:
    assignment: Assignment
    cells: tuple[StudentCell, ...]
    seed: int
    sandboxed: bool
    until: str = ""
    by_heart: bool = False


def _judge(trial: _Trial) -> Verdict | Exception:
    grafted = transplant(trial.assignment, trial.cells)
    if trial.by_heart:
        grafted = by_heart.forgetful(grafted)
    if trial.until:
        last = next(i for i, cell in enumerate(grafted) if cell.id == trial.until)
        grafted = grafted[: last + 1]
    try:
        seed = trial.seed.to_bytes(16, "big")
        return pipeline.judged(trial.assignment, grafted, seed, sandboxed=trial.sandboxed, preload=True)
    except Exception as error:
        # Reported as a problem of the assignment; the other trials still tell something.
        return error


def check(
    assignment: Assignment,
    *,
    seeds: Sequence[int] = SEEDS,
    sandboxed: bool = True,
    jobs: int = 2,
    book: Path | None = None,
) -> Report:
    """Everything that makes an assignment sound (see the module's text).

    Parameters
    ----------
    assignment
        Read with `classroom.assignments.assignment.load`.
    seeds
        The solution is judged once under each.
    sandboxed
        Whether student-side code runs in the sandbox.
    jobs
        Processes that judge side by side.
    book
        The book's folder: topics must be taught there, in the chapters that exist.
    """
    problems = [*points(assignment), *topics(assignment, book), *hidden(assignment)]
    tests = len(assignment.tests)
    facts = [f"{tests} item{'s' * (tests != 1)} graded by tests, {len(assignment.manual)} by hand"]
    try:
        wrongs = wrong_solutions.read(assignment)
    except AssignmentError as error:
        wrongs = []
        problems.append(str(error))
    trials = [_Trial(assignment, solved(assignment), seed, sandboxed) for seed in seeds]
    trials.append(_Trial(assignment, untouched(assignment), seeds[0], sandboxed))
    trials.append(_Trial(assignment, solved(assignment), seeds[0], sandboxed, by_heart=True))
    trials += [
        _Trial(assignment, wrong_solutions.submission(assignment, wrong), seeds[0], sandboxed, wrong.mark.item)
        for wrong in wrongs
    ]
    verdicts = list(_verdicts(trials, jobs))
    for trial, verdict in zip(trials[: len(seeds)], verdicts, strict=False):
        problems += full_marks(assignment, verdict, trial.seed)
    problems += no_marks(assignment, verdicts[len(seeds)])
    problems += by_heart.earns_nothing(assignment, verdicts[len(seeds) + 1])
    for wrong, verdict in zip(wrongs, verdicts[len(seeds) + 2 :], strict=True):
        problems += caught(wrong, verdict)
    times = [v.seconds for v in verdicts[: len(seeds)] if isinstance(v, Verdict)]
    if times:
        facts.append(f"the solution is judged in {max(times):.1f} s (its limit: {assignment.seconds:g} s)")
    facts.append(f"{len(wrongs)} wrong solutions tried")
    return Report(tuple(problems), tuple(facts))


def _verdicts(trials: Sequence[_Trial], jobs: int) -> Iterator[Verdict | Exception]:
    if jobs <= 1:
        yield from map(_judge, trials)
        return
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_judge, trials)


def points(assignment: Assignment) -> list[str]:
    """20 points, some of them marked by hand against a rubric."""
    found = []
    if abs(assignment.points - POINTS) > 1e-9:
        found.append(f"the points add up to {assignment.points:g}, expected {POINTS}")
    if not assignment.manual:
        found.append("no item is marked by hand (a markdown cell with grade and solution true)")
    found += [f"{cell.id}: no rubric between the solution markers" for cell in assignment.manual if not cell.hidden]
    return found


def topics(assignment: Assignment, book: Path | None = None) -> list[str]:
    """Topics must be curriculum IDs, taught in the book where their chapter is written."""
    found = []
    for cell in (*assignment.tests, *assignment.manual):
        for topic in cell.topics:
            chapter = CHAPTERS.get(topic.split("-")[0])
            if chapter is None:
                found.append(f"{cell.id}: no chapter teaches {topic}; known are {', '.join(CHAPTERS)}")
            elif book is not None and (book / f"{chapter}.ipynb").exists():
                text = (book / f"{chapter}.ipynb").read_text(encoding="utf-8")
                if f"({topic.lower()})=" not in text:
                    found.append(
                        f"{cell.id}: {chapter} has no label ({topic.lower()})=, so feedback would link nowhere"
                    )
    return found


def hidden(assignment: Assignment) -> list[str]:
    """What must not reach students, looked for in all that does."""
    released = [(cell.id, cell.language, cell.stub) for cell in assignment.cells]
    released += [
        (path.name, "data", path.read_text(encoding="utf-8", errors="replace"))
        for path in assignment.data_files
        if path.suffix in (".py", ".txt", ".md", ".csv", ".json", ".ipynb")
    ]
    found = []
    for cell in assignment.cells:
        for place, language, text in released:
            # A helper may be written out in a hidden test and in an open cell alike; elsewhere its lines are a leak.
            secrets = _secrets(cell)[: 1 if cell.kind == "test" and language == "code" else None]
            lines = {line.strip() for line in text.split("\n")}
            for secret in secrets:
                if (len(secret) >= TELLING and secret in lines) or ("\n" in secret and secret in text):
                    found.append(
                        f"{place}: the release holds hidden text of {cell.id}: {secret.splitlines()[0][:60]!r}"
                    )
    notebook = release_form(assignment.notebook)
    if any(cell.get("outputs") for cell in notebook.cells):
        found.append("the release has outputs")
    return found


def telling_lines(cell: Cell) -> list[str]:
    """The lines of a cell's hidden part that are long enough to give something away."""
    return [line.strip() for line in cell.hidden.split("\n") if len(line.strip()) >= TELLING]


def _secrets(cell: Cell) -> list[str]:
    return [cell.hidden.strip(), *telling_lines(cell)]


def full_marks(assignment: Assignment, verdict: Verdict | Exception, seed: int) -> list[str]:
    """The solution earns every point of every item."""
    if isinstance(verdict, Exception):
        return [f"the solution could not be judged (seed {seed}): {verdict!r}"]
    found = []
    for cell in assignment.tests:
        result = verdict.items.get(cell.id)
        if result is None:
            found.append(f"{cell.id}: the judge gave no result (seed {seed})")
        elif abs(result.points - cell.points) > 1e-9:
            found.append(
                f"{cell.id}: the solution gets {result.points:g} of {cell.points:g} (seed {seed}); {_why(result)}"
            )
    return found


def no_marks(assignment: Assignment, verdict: Verdict | Exception) -> list[str]:
    """The untouched release earns nothing."""
    if isinstance(verdict, Exception):
        return [f"the untouched release could not be judged: {verdict!r}"]
    return [
        f"{cell.id}: the untouched release gets {verdict.items[cell.id].points:g} points"
        for cell in assignment.tests
        if verdict.items[cell.id].points != 0
    ]


def caught(wrong: WrongSolution, verdict: Verdict | Exception) -> list[str]:
    """A wrong solution loses points on its item, and its hint is among what the student is told."""
    name = f"{wrong.mark.definition} ({wrong.mark.item})"
    if isinstance(verdict, Exception):
        return [f"{name}: could not be judged: {verdict!r}"]
    result = verdict.items[wrong.mark.item]
    if result.points >= result.most:
        return [f"{name}: is not caught, it gets all {result.most:g} points"]
    told = " ".join(f"{f.problem} {f.hint}" for f in result.failures)
    if _words(wrong.mark.hint) not in _words(told):
        return [f"{name}: the hint {wrong.mark.hint!r} is not shown; the student is told: {told.strip() or 'nothing'}"]
    return []


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", text).lower()


def _why(result: ItemResult) -> str:
    return "; ".join(f.instructor.strip() or f"{f.tried} {f.problem}" for f in result.failures) or "no reason was given"

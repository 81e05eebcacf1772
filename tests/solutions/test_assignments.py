"""Every assignment is sound, its checks behave alike in a student's notebook and under the judge."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from classroom.assignments import course as courses
from classroom.assignments.assignment import Assignment, load, visible
from classroom.authoring import check as checks
from classroom.grading import pipeline
from classroom.judging import execution
from classroom.judging.judge import judge
from classroom.model import Failure, Step, Verdict
from classroom.submissions.transplant import StudentCell, solved, transplant, untouched

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "classroom"))
import oneprocess  # noqa: E402

NAMES = sorted(folder.name for folder in (ROOT / "solutions").glob("ps*") if (folder / f"{folder.name}.ipynb").exists())
SEED = bytes(16)
every_assignment = pytest.mark.parametrize("name", NAMES)


def assignment(name: str) -> Assignment:
    return load(ROOT / "solutions" / name)


def test_there_are_assignments() -> None:
    assert NAMES


@every_assignment
def test_five_items_by_tests_and_one_by_hand(name: str) -> None:
    found = assignment(name)
    assert len(found.tests) >= 5
    assert len(found.manual) == 1
    assert 60 <= found.minutes <= 120


@every_assignment
@pytest.mark.sandbox
def test_sound(name: str) -> None:
    """Full marks under two seeds, none for the release, three misconceptions an item, each caught with its hint."""
    found = assignment(name)
    wrong = [w.mark.item for w in checks.wrong_solutions.read(found)]
    assert {cell.id for cell in found.tests if wrong.count(cell.id) < 3} == set()
    assert checks.check(found, book=ROOT / "book").problems == ()


@every_assignment
@pytest.mark.sandbox
@pytest.mark.slow
def test_full_marks_under_ten_seeds(name: str) -> None:
    found = assignment(name)
    for seed in range(1, 11):
        verdict = pipeline.judged(found, transplant(found, solved(found)), seed.to_bytes(16, "big"))
        assert checks.full_marks(found, verdict, seed) == []


@every_assignment
@pytest.mark.sandbox
def test_a_solution_is_judged_in_time(name: str) -> None:
    """The limit is meant for a quiet core: of three tries the one least disturbed by other work must keep it."""
    found = assignment(name)
    for _ in range(3):
        seconds = pipeline.judged(found, transplant(found, solved(found)), SEED).seconds
        if seconds <= found.seconds:
            break
    assert seconds <= found.seconds


def open_steps(found: Assignment, cells: tuple[StudentCell, ...]) -> list[Step]:
    """The notebook as students have it: tests without their hidden part."""
    return [
        replace(step, source=visible(step.source)) if step.kind == "test" else step
        for step in pipeline.steps(transplant(found, cells))
    ]


def seen(verdict: Verdict) -> dict[str, list[tuple[str, ...]]]:
    """What students are told of each item, as far as both ways word it alike."""

    def told(failure: Failure) -> tuple[str, ...]:
        return (failure.item, failure.part, failure.tried, failure.got, failure.hint, failure.see)

    return {item: [told(f) for f in result.failures] for item, result in verdict.items.items()}


@every_assignment
@pytest.mark.sandbox
@pytest.mark.parametrize("who", [solved, untouched], ids=["solution", "release"])
def test_visible_checks_behave_alike_in_one_process_and_under_the_judge(
    name: str, who: Callable[[Assignment], tuple[StudentCell, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = assignment(name)
    steps = open_steps(found, who(found))
    # The judge would miss the hidden parts in the total; what the parts that are there earned is compared instead.
    earned = [replace(step, source=step.source.replace("points.total()", "points.earned")) for step in steps]
    with execution.unpacked(pipeline.released_data(found)) as data:
        judged = judge(earned, pipeline.conditions(found, data), SEED)
        monkeypatch.chdir(data or found.folder)
        compared, alone = oneprocess.run(earned), oneprocess.run(steps)
    assert {i: r.points for i, r in judged.items.items()} == {i: r.points for i, r in compared.items.items()}
    assert seen(judged) == seen(compared)
    # What Validate says: a solution passes every cell, an untouched release none.
    assert [cell for cell, item in alone.items.items() if item.points < item.most] == (
        [] if who is solved else [cell.id for cell in found.tests]
    )


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release")
    shutil.copytree(ROOT / "solutions", folder / "solutions")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    course = courses.find(folder)
    for name in NAMES:
        result = course.api.generate_assignment(name, force=True)
        assert result["success"], result
    return folder / "exercises"


@every_assignment
def test_the_release_is_current(name: str, generated: Path) -> None:
    """`exercises/` is what `classroom generate` makes of `solutions/`, file by file."""

    def files(folder: Path) -> dict[str, bytes]:
        kept = (p for p in folder.rglob("*") if p.is_file() and ".ipynb_checkpoints" not in p.parts)
        return {p.relative_to(folder).as_posix(): p.read_bytes() for p in kept}

    released = files(ROOT / "exercises" / name)
    assert released.keys() == files(generated / name).keys()
    assert released == files(generated / name), f"run: classroom generate {name}"


def test_nothing_else_is_released() -> None:
    extra = {p.name for p in (ROOT / "exercises").iterdir() if p.is_dir() and not p.name.startswith(".")} - set(NAMES)
    assert extra == set()

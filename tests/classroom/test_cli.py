"""`classroom`: thin commands with messages that say what happened and what to type next; runs that can be repeated."""

from __future__ import annotations

import csv
import json
import logging
import os
import pty
import re
import shutil
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from toycourse import NAME, RIGHT, answered, course, generated, grade, hand_in, points, released  # noqa: F401
from typer.testing import CliRunner, Result

from classroom.assignments import assignment
from classroom.assignments.course import Course
from classroom.commands import console
from classroom.commands.app import app
from classroom.grading import lock, record
from classroom.judging import execution
from classroom.student import submit

FULL = {"square-check": 8.0, "mean-check": 8.0, "explain": 0.0}


def classroom(*words: str) -> Result:
    result = CliRunner().invoke(app, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_help_has_an_example_for_every_command() -> None:
    for command in ("generate", "check", "due", "collect", "grade", "feedback", "regrade", "export", "forget"):
        assert f"Example: classroom {command}" in classroom(command, "--help").output


def test_generate_by_short_name(course: Course) -> None:  # noqa: F811
    shutil.rmtree(course.root / "exercises")
    result = classroom("generate", "ps99")
    assert (result.exit_code, result.output) == (0, f"{NAME}: released to exercises/{NAME}\n")
    assert (course.root / "exercises" / NAME / f"{NAME}.ipynb").exists()


def test_generate_leaves_answers_where_they_are(course: Course) -> None:  # noqa: F811
    path = course.root / "exercises" / NAME / f"{NAME}.ipynb"
    untouched = path.read_bytes()
    notebook = nbformat.read(path, as_version=4)
    answer = next(cell for cell in notebook.cells if cell.id == "square")
    answer.source = "def square(x):\n    return x * x"
    nbformat.write(notebook, path)
    mine = path.read_bytes()
    told = f"{NAME}: left as it is, because there are answers in it. To throw them away and begin anew: "
    told += "classroom generate ps99 --replace\n"
    # For all, as `make book` says it, and by name.
    for words, code in ((["generate"], 0), (["generate", "ps99"], 1)):
        result = classroom(*words)
        assert (result.exit_code, result.output, path.read_bytes()) == (code, told, mine)
    assert classroom("generate", "ps99", "--replace").exit_code == 0
    assert path.read_bytes() == untouched


def test_what_counts_as_work_in_a_notebook(course: Course) -> None:  # noqa: F811
    path = course.root / "exercises" / NAME / f"{NAME}.ipynb"
    text = path.read_text(encoding="utf-8")
    assert not submit.worked_in(path)

    def with_change(change: Callable[[list[Any]], object]) -> bool:
        notebook = nbformat.reads(text, as_version=4)
        change(notebook.cells)
        nbformat.write(notebook, path)
        return submit.worked_in(path)

    def run_it(cells: list[Any]) -> None:
        cells[1].execution_count = 3

    def another_text(cells: list[Any]) -> None:
        cells[0].source = "# An older title"

    assert not with_change(run_it)
    assert not with_change(another_text)
    assert not with_change(lambda cells: cells.append(nbformat.v4.new_code_cell("")))
    assert with_change(lambda cells: cells.append(nbformat.v4.new_code_cell("a = 1")))
    for name in ("square", "explain"):
        at = next(i for i, cell in enumerate(nbformat.reads(text, as_version=4).cells) if cell.id == name)
        assert with_change(lambda cells, at=at: cells[at].update(source="mine"))
    path.write_text(text[: len(text) // 2], encoding="utf-8")
    assert submit.worked_in(path)


def test_outside_a_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = classroom("generate")
    assert result.exit_code == 2
    assert re.fullmatch(r"no nbgrader_config\.py in .* or above it; change to the course's folder .*\n", result.output)


def test_an_unknown_assignment_lists_the_known(course: Course) -> None:  # noqa: F811
    result = classroom("grade", "ps98")
    assert (result.exit_code, result.output) == (2, f"no assignment is called 'ps98'; there are: {NAME}\n")


def test_nothing_handed_in(course: Course) -> None:  # noqa: F811
    result = classroom("grade", "ps99", "--student", "ada")
    assert result.exit_code == 2
    folder = f"{course.root}/course/submitted/ada/{NAME}"
    assert result.output == f"no submission matches {folder}; take some in: classroom collect ps99 SOURCE\n"


def test_a_secret_others_can_read_stops_the_run(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    path = course.root / "open-secret"
    path.write_text("s" * 64)
    path.chmod(0o644)
    monkeypatch.setenv("CHAINRULE_SECRET_FILE", str(path))
    hand_in(course, "ada", released(course))
    result = classroom("grade", "ps99")
    assert (result.exit_code, result.output.strip().splitlines()[-1].split("; ")[-1]) == (2, f"run: chmod 600 {path}")


def test_no_sandbox_on_this_machine(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    from classroom.sandboxing import sandbox

    def missing() -> None:
        raise sandbox.SandboxMissing(sandbox.LINUX_ADVICE)

    monkeypatch.setattr(sandbox, "probe", missing)
    hand_in(course, "ada", released(course))
    result = classroom("grade", "ps99")
    assert result.exit_code == 2
    assert "install bubblewrap" in result.output
    assert points(course) == {}
    # Told once, not for each wrong solution.
    assert (checked := classroom("check", "ps99")).exit_code == 2
    assert checked.output == f"{sandbox.LINUX_ADVICE}\n"


@pytest.mark.sandbox
def test_check_says_sound_and_prints_json(course: Course) -> None:  # noqa: F811
    result = classroom("check", "ps99", "--json", "--seeds", "1", "--jobs", "1")
    assert result.exit_code == 0
    assert json.loads(result.stdout)[NAME]["problems"] == []


def test_check_names_what_is_wrong_with_the_source(course: Course) -> None:  # noqa: F811
    path = course.root / "solutions" / NAME / f"{NAME}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    del notebook.cells[3].metadata["topics"]
    nbformat.write(notebook, path)
    result = classroom("check")
    assert result.exit_code == 1
    assert "cell square-check: a graded cell needs topics" in result.output


@pytest.mark.sandbox
def test_grade_feedback_export(course: Course) -> None:  # noqa: F811
    hand_in(course, "ada", answered(course, **RIGHT))
    hand_in(course, "bob", "{")
    result = classroom("grade", "ps99")
    assert result.exit_code == 0
    line = r"2 of 2 submissions are in the gradebook, 1 refused, mean 100 % of the points tests give \([\d.]+ s\)\n"
    assert re.fullmatch(line, result.stdout)
    assert "ada: 16 of 16 points" in result.output
    assert "bob: refused, 0 points: ps99-toy.ipynb is not a notebook" in result.output
    assert classroom("feedback", "ps99").exit_code == 0
    page = (course.root / "course" / "feedback" / "bob" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert "This submission could not be graded." in page
    assert classroom("export", "--to", "marks.csv").exit_code == 0
    with open(course.root / "marks.csv", newline="", encoding="utf-8") as file:
        assert {row["student_id"]: row["score"] for row in csv.DictReader(file)} == {"ada": "16.0", "bob": "0.0"}


@pytest.mark.sandbox
def test_graded_submissions_are_skipped_until_handed_in_again(course: Course) -> None:  # noqa: F811
    folder = hand_in(course, "ada", answered(course, **RIGHT))
    (folder / "timestamp.txt").write_text("2026-11-25 10:00:00 UTC\n")
    assert "16 of 16" in classroom("grade", "ps99").output
    assert "ada: graded already; --force grades again" in classroom("grade", "ps99").output
    hand_in(course, "ada", released(course))
    (folder / "timestamp.txt").write_text("2026-11-25 11:00:00 UTC\n")
    assert "0 of 16" in classroom("grade", "ps99").output


@pytest.mark.sandbox
def test_a_new_seed_is_a_new_recorded_run(course: Course) -> None:  # noqa: F811
    wrong = "def square(x):\n    return -x if x != 3.0 else 9.0"
    hand_in(course, "ada", answered(course, square=wrong))

    def tried() -> tuple[int, str]:
        found = record.read_record(course.coursedir, NAME, "ada")
        return found["run"], found["items"]["square-check"]["failures"][0]["tried"]

    classroom("grade", "ps99")
    first = tried()
    classroom("grade", "ps99", "--force")
    assert tried() == first
    classroom("grade", "ps99", "--new-seed")
    second = tried()
    assert (first[0], second[0]) == (1, 2)
    assert first[1] != second[1]
    classroom("grade", "ps99", "--force")
    assert tried() == second


@pytest.mark.sandbox
def test_without_the_sandbox_it_says_so_and_still_judges_apart(course: Course) -> None:  # noqa: F811
    forge = "import classroom.expect, sys\nclassroom.expect.same = lambda *a: True\ndef square(x):\n    return 0.0"
    hand_in(course, "ada", answered(course, square=forge))
    result = classroom("grade", "ps99", "--unsafe-no-sandbox")
    assert "without the sandbox: submissions can read, change and send whatever you can" in result.output
    assert points(course)["ada"]["square-check"] == 0.0
    assert record.read_record(course.coursedir, NAME, "ada")["sandboxed"] is False


@pytest.mark.sandbox
def test_two_processes_give_the_same_as_one(course: Course) -> None:  # noqa: F811
    for student in ("ada", "bob", "cyd"):
        hand_in(course, student, answered(course, **RIGHT))
    assert grade(course, jobs=2) == dict.fromkeys(("ada", "bob", "cyd"), FULL)


def test_a_submission_that_breaks_the_judge_costs_nobody_else(
    course: Course,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from classroom.model import ItemResult, Verdict

    def execute(job: execution.Job, **options: object) -> Verdict:
        if any("breaks" in step.source for step in job.steps):
            raise RuntimeError("the judge broke")
        return Verdict({"square-check": ItemResult(8.0, 8.0)})

    monkeypatch.setattr(execution, "execute", execute)
    for student in ("ada", "bob", "cyd"):
        hand_in(course, student, answered(course, square="breaks = 1" if student == "bob" else "x = 1"))
    result = classroom("grade", "ps99", "--jobs", "1")
    assert result.exit_code == 1
    assert "bob: could not be judged, nothing was recorded: RuntimeError: the judge broke" in result.output
    assert set(points(course)) == {"ada", "cyd"}


def test_a_second_run_is_told_of_the_first(course: Course) -> None:  # noqa: F811
    hand_in(course, "ada", released(course))
    with lock.alone(course.coursedir):
        result = classroom("grade", "ps99")
    assert result.exit_code == 2
    assert "another grading run is at work" in result.output


# Changed releases


def change_source(course: Course, change: dict[str, str], points: dict[str, int] | None = None) -> None:  # noqa: F811
    path = course.root / "solutions" / NAME / f"{NAME}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        for old, new in change.items():
            cell.source = cell.source.replace(old, new)
        if points and cell.id in points:
            cell.metadata["nbgrader"]["points"] = points[cell.id]
    nbformat.write(notebook, path)
    assert course.api.generate_assignment(NAME, force=True)["success"]


@pytest.mark.sandbox
def test_what_a_new_gradebook_does_not_have_is_graded_again(course: Course) -> None:  # noqa: F811
    hand_in(course, "ada", answered(course, **RIGHT))
    assert classroom("grade", "ps99").exit_code == 0
    # Another database, or a gradebook that was lost: the graded notebooks lie there still.
    (course.root / "course" / "gradebook.db").unlink()
    assert classroom("generate", "ps99").exit_code == 0
    (row,) = json.loads(classroom("grade", "ps99", "--json").stdout)["rows"]
    assert row["student"] == "ada" and row["cached"]
    assert points(course)["ada"]["square-check"] == 8.0
    assert "ada: graded already" in classroom("grade", "ps99").output


@pytest.mark.sandbox
def test_a_submission_is_graded_against_the_release_it_started_from(course: Course) -> None:  # noqa: F811
    hand_in(course, "old", answered(course, **RIGHT))
    old = assignment.load(course.root / "solutions" / NAME).release_hash
    change_source(course, {"(square, 3.0)": "(square, 4.0)", ".gives(9.0": ".gives(16.0", "Two small": "Two new"})
    hand_in(course, "new", answered(course, **RIGHT))
    assert grade(course) == {"old": FULL, "new": FULL}
    notes = record.read_record(course.coursedir, NAME, "old")["notes"]
    assert [note for note in notes if note.startswith(f"graded against the release it started from ({old})")]
    autograded = course.root / "course" / "autograded" / "old" / NAME / f"{NAME}.ipynb"
    assert "square, 3.0" in autograded.read_text(encoding="utf-8")


@pytest.mark.sandbox
def test_a_corrected_hidden_test_reaches_everyone(course: Course) -> None:  # noqa: F811
    hand_in(course, "ada", answered(course, **RIGHT))
    change_source(course, {"check.call(square, -2.0).gives(4.0": "check.call(square, -2.0).gives(5.0"})
    assert grade(course)["ada"]["square-check"] == 0.0
    change_source(course, {"check.call(square, -2.0).gives(5.0": "check.call(square, -2.0).gives(4.0"})
    assert grade(course)["ada"]["square-check"] == 8.0


def test_a_release_with_other_items_is_refused(course: Course) -> None:  # noqa: F811
    hand_in(course, "ada", answered(course, **RIGHT))
    change_source(course, {}, {"square-check": 9, "mean-check": 7})
    assert set(grade(course)["ada"].values()) == {0.0}
    reason = record.read_record(course.coursedir, NAME, "ada")["refused"]
    assert reason.startswith("it started from an older release whose exercises have since changed; open the present")


def test_a_bar_that_a_line_of_the_log_showed_early_is_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        with console.progress_bar("grading", "submission") as progress:
            progress(1, 2)
            console.Told().emit(logging.makeLogRecord({"msg": "ada: 5 of 8 points"}))
            progress(2, 2)
        monkeypatch.undo()
        terminal.flush()
        *_, bar, blank, after = os.read(ours, 10_000).decode().split("\r")
    os.close(ours)
    assert bar.startswith("grading:  50%") and not blank.strip() and after == ""

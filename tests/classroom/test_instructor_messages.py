"""What an instructor meets when something of the course is broken: what happened, why, and what to type next."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import typer
from test_cli import classroom
from toycourse import NAME, RIGHT, answered, course, generated, grade, hand_in  # noqa: F401

from classroom.assignments.course import Course
from classroom.commands.console import REMEDIES, plain_errors
from classroom.grading import record


def configure(course: Course, line: str) -> int:  # noqa: F811
    """Put a line at the end of the course's configuration; its number."""
    path = course.root / "nbgrader_config.py"
    with open(path, "a", encoding="utf-8") as config:
        config.write(f"{line}\n")
    return len(path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("def (", "SyntaxError: "),
        ("c.CourseDirectory.root = ROOT", "NameError: name 'ROOT' is not defined"),
        ("import a_module_of_nobody", "ModuleNotFoundError: No module named 'a_module_of_nobody'"),
    ],
)
def test_a_configuration_that_does_not_run(course: Course, line: str, why: str) -> None:  # noqa: F811
    number = configure(course, line)
    result = classroom("generate", "ps99")
    assert result.exit_code == 2
    assert result.output.startswith(f"{course.root}/nbgrader_config.py, line {number}: {why}")
    assert result.output.endswith("mend that line, or see what was changed: git diff nbgrader_config.py\n")


def test_a_configuration_with_a_value_of_the_wrong_kind(course: Course) -> None:  # noqa: F811
    configure(course, "c.CourseDirectory.groupshared = 'perhaps'")
    result = classroom("generate", "ps99")
    assert result.exit_code == 2
    assert "nbgrader_config.py: The 'groupshared' trait" in result.output and "'perhaps'" in result.output


def test_a_late_policy_with_a_value_of_the_wrong_kind(course: Course) -> None:  # noqa: F811
    hand_in(course, "ada", answered(course, **RIGHT))
    configure(course, "c.LatePolicy.per_day = 'much'")
    result = classroom("grade", "ps99")
    assert result.exit_code == 2
    assert "'per_day'" in result.output and "'much'" in result.output
    assert result.output.endswith("mend c.LatePolicy in nbgrader_config.py\n")


COMMANDS = [
    ["generate", "ps99"],
    ["due", "ps99", "2026-11-30 23:59"],
    ["grade", "ps99"],
    ["feedback", "ps99"],
    ["regrade", "ps99", "--yes"],
    ["export", "ps99"],
    ["report", "ps99"],
    ["forget", "ada", "--yes"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=[words[0] for words in COMMANDS])
def test_a_gradebook_that_is_none(course: Course, words: list[str]) -> None:  # noqa: F811
    hand_in(course, "ada", answered(course, **RIGHT))
    book = course.root / "course" / "gradebook.db"
    book.write_text("not a gradebook\n" * 100)
    result = classroom(*words)
    assert result.exit_code == 2, result.output
    assert "cannot be used: file is not a database; restore it (course/gradebook.db" in result.output
    assert "Traceback" not in result.output
    assert book.read_text() == "not a gradebook\n" * 100


@pytest.mark.parametrize(
    ("url", "why", "what"),
    [
        ("sqlitee:///x.db", "Can't load plugin", "begins with sqlite:/// or postgresql+psycopg://"),
        ("course/gradebook.db", "Could not parse", "begins with sqlite:/// or postgresql+psycopg://"),
        ("postgresql+psycopg://ann@127.0.0.1:1/x", "Connection refused", "see whether the database is up"),
    ],
)
def test_an_address_where_no_gradebook_is(course: Course, url: str, why: str, what: str) -> None:  # noqa: F811
    hand_in(course, "ada", answered(course, **RIGHT))
    configure(course, f"c.CourseDirectory.db_url = {url!r}")
    for words in (["generate", "ps99"], ["grade", "ps99"]):
        result = classroom(*words)
        assert result.exit_code == 2, result.output
        assert "cannot be used: " in result.output and why in result.output and what in result.output
        assert "Traceback" not in result.output


@pytest.mark.parametrize("words", [["generate", "ps99"], ["grade", "ps99"]], ids=["generate", "grade"])
def test_without_the_postgresql_extra(
    course: Course,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
) -> None:
    hand_in(course, "ada", answered(course, **RIGHT))
    configure(course, "c.CourseDirectory.db_url = 'postgresql+psycopg://ann@127.0.0.1:1/x'")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    result = classroom(*words)
    assert result.exit_code == 2
    assert 'type pip install -c constraints.txt -e ".[postgresql]"' in result.output


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("database is locked", "another program holds it"),
        ("attempt to write a readonly database", "see whose file it is"),
        ("database or disk is full", "make room on the disk"),
        ("database disk image is malformed", "from a backup"),
    ],
)
def test_what_a_database_says_has_a_remedy(said: str, remedy: str) -> None:
    assert remedy in record.unusable(RuntimeError(said))


def test_nothing_graded(course: Course) -> None:  # noqa: F811
    told = f"nothing of {NAME} has been graded yet"
    for words, said in {
        ("feedback", "ps99"): f"{told}; type: classroom grade ps99\n",
        ("feedback", "ps99", "--student", "ada"): f"{told} for ada; type: classroom grade ps99\n",
        ("report", "ps99"): f"{told}; type: classroom grade ps99\n",
        ("regrade", "ps99"): f"{told}; type: classroom grade ps99\n",
        ("export",): "the gradebook has no scores of any assignment to export; type: classroom grade psNN\n",
        ("export", "ps99"): f"the gradebook has no scores of {NAME} to export; type: classroom grade psNN\n",
    }.items():
        result = classroom(*words)
        assert (result.exit_code, result.output) == (2, said)
    assert not (course.root / "grades.csv").exists()


@pytest.mark.sandbox
def test_a_table_that_cannot_be_written(course: Course) -> None:  # noqa: F811
    hand_in(course, "ada", answered(course, **RIGHT))
    grade(course)
    result = classroom("export", "--to", "no/such/folder.csv")
    assert result.exit_code == 2
    assert (
        result.output
        == "no/such/folder.csv cannot be written: No such file or directory; name another file with --to\n"
    )


def test_a_source_notebook_that_was_cut_short(course: Course) -> None:  # noqa: F811
    path = course.root / "solutions" / NAME / f"{NAME}.ipynb"
    path.write_bytes(path.read_bytes()[:2000])
    for command in ("generate", "check"):
        result = classroom(command, "ps99")
        assert result.exit_code in (1, 2) and "not a valid notebook" in result.output
        assert f"go back to the last version that was committed: git restore {path}" in result.output


def test_misconceptions_that_are_not_python(course: Course) -> None:  # noqa: F811
    path = course.root / "solutions" / NAME / "misconceptions.py"
    lines = len(path.read_text(encoding="utf-8").splitlines())
    with open(path, "a", encoding="utf-8") as file:
        file.write("def (\n")
    result = classroom("check", "ps99", "--unsafe-no-sandbox")
    assert result.exit_code == 1
    assert f"misconceptions.py, line {lines + 1}: Python cannot read it: invalid syntax" in result.output


# What the machine refuses


@pytest.mark.parametrize("number", sorted(REMEDIES), ids=os.strerror)
def test_what_the_system_refuses_is_told_with_what_to_do(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, plain_errors():
        raise OSError(number, os.strerror(number), "course/somewhere")
    assert ended.value.exit_code == 2
    assert capsys.readouterr().err == f"course/somewhere: {os.strerror(number)}; {REMEDIES[number]}\n"


def test_a_folder_where_a_notebook_belongs(course: Course) -> None:  # noqa: F811
    path = course.root / "exercises" / NAME / f"{NAME}.ipynb"
    path.unlink()
    path.mkdir()
    result = classroom("generate", "ps99")
    assert result.exit_code == 2
    assert result.output == f"{path}: Is a directory; a file is expected there: move the folder away\n"


@pytest.mark.sandbox
@pytest.mark.parametrize(
    "words", [["generate"], ["new", "ps14-mine", "--title", "mine"], ["due", "ps99", "2026-11-30"]]
)
def test_a_course_that_cannot_be_written_to(course: Course, words: list[str]) -> None:  # noqa: F811
    root = str(course.root)
    fenced = ["bwrap", "--bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--ro-bind", root, root, "--chdir", root]
    command = [*fenced, sys.executable, "-m", "classroom.commands.app", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=dict(os.environ))
    said = done.stdout + done.stderr
    assert done.returncode in (1, 2) and "Traceback" not in said, said
    assert "Read-only file system" in said or "readonly database" in said, said

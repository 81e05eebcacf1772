"""`classroom submit`: what it says of a notebook, that it never stands in the way, and that its zip is taken in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from click.testing import Result
from toycourse import NAME, RIGHT, ROOT, answered, course, edited, generated, grade, released  # noqa: F401
from typer.testing import CliRunner

from classroom.assignments.assignment import load
from classroom.assignments.course import Course
from classroom.commands.app import app
from classroom.student import submit
from classroom.student.submit import Found, Looked

WORDS = "A product of equal signs is not negative."


def save(course: Course, notebook: Any) -> Path:  # noqa: F811
    path = course.root / "exercises" / NAME / f"{NAME}.ipynb"
    path.chmod(0o644)
    path.write_text(notebook if isinstance(notebook, str) else nbformat.writes(notebook), encoding="utf-8")
    return path


def right(course: Course, **changes: str) -> Any:  # noqa: F811
    return answered(course, **{**RIGHT, "explain": WORDS, **changes})


def type_in(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def looked(course: Course, notebook: Any) -> Looked:  # noqa: F811
    path = save(course, notebook)
    return submit.look(path.read_bytes(), Found(NAME, path, course.root))


# Complete


def test_a_complete_notebook_is_packed(course: Course) -> None:  # noqa: F811
    save(course, right(course))
    result = type_in("submit", "ps99")
    assert result.exit_code == 0, result.output
    assert "Complete: 3 answers, and every check you can see passes from a fresh start" in result.output
    target = course.root / "mine" / f"{NAME}.zip"
    assert f"Hand in this file (1 kB): {target}" in result.output
    with zipfile.ZipFile(target) as package:
        assert package.namelist() == [f"{NAME}.ipynb"]
        packed = nbformat.reads(package.read(f"{NAME}.ipynb").decode(), as_version=4)
    assert [cell.source for cell in packed.cells] == [cell.source for cell in right(course).cells]


@pytest.mark.sandbox
@pytest.mark.parametrize("form", ["folders", "moodle", "canvas"])
def test_the_zip_is_collected_and_graded_as_it_is(course: Course, form: str) -> None:  # noqa: F811
    save(course, right(course))
    assert type_in("submit", "ps99").exit_code == 0
    handed = (course.root / "mine" / f"{NAME}.zip").read_bytes()
    names = {
        "folders": f"ada/{NAME}.zip",
        "moodle": f"ada_4711_assignsubmission_file_/{NAME}.zip",
        "canvas": f"ada_4711_815_{NAME}.zip",
    }
    source = course.root / "download.zip"
    with zipfile.ZipFile(source, "w") as package:
        package.writestr(names[form], handed)
    result = type_in("collect", "ps99", str(source), "--layout", form, "--json")
    assert result.exit_code == 0, result.output
    [outcome] = json.loads(result.stdout)
    # Without Canvas's table of students, names there are told apart by their numbers.
    student = "ada-4711" if form == "canvas" else "ada"
    assert (outcome["student"], outcome["state"], outcome["notes"]) == (student, "taken", [])
    marks = grade(course)[student]
    assert (marks["square-check"], marks["mean-check"]) == (8.0, 8.0)


def test_outputs_are_left_out_and_a_picture_does_not_make_the_file_too_large(course: Course) -> None:  # noqa: F811
    notebook = right(course)
    notebook.cells[2].outputs = [nbformat.v4.new_output("stream", text="x" * 25_000_000)]
    content = submit.packed(nbformat.writes(notebook).encode(), NAME)
    assert len(content) < 10_000


@pytest.mark.parametrize("name", sorted(p.name for p in (ROOT / "solutions").iterdir() if p.is_dir()))
def test_nothing_is_missing_in_any_solution(name: str) -> None:
    path = ROOT / "exercises" / name / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    solution = {cell.id: cell.source for cell in load(ROOT / "solutions" / name).cells}
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = solution[cell.id]
    result = submit.look(nbformat.writes(notebook).encode(), Found(name, path, ROOT))
    assert (result.missing, result.notes) == ((), ())
    # And the release as it is has every answer missing.
    untouched = submit.look(path.read_bytes(), Found(name, path, ROOT))
    assert len(untouched.missing) == untouched.answers == result.answers > 3


# Not complete


def test_the_release_is_told_to_be_empty_and_is_packed_only_on_request(course: Course) -> None:  # noqa: F811
    result = type_in("submit", "ps99")
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert lines[1:4] == [
        "  - square: not written yet (`raise NotImplementedError` is still there)",
        "  - mean: not written yet (`raise NotImplementedError` is still there)",
        "  - explain: your answer in words is not written yet",
    ]
    assert lines[-1] == "  classroom submit ps99 --anyway"
    assert not (course.root / "mine").exists()
    result = type_in("submit", "ps99", "--anyway")
    assert result.exit_code == 0
    assert "square: not written yet" in result.output
    assert (course.root / "mine" / f"{NAME}.zip").exists()


def test_a_wrong_answer_shows_input_expected_got_and_hint(course: Course) -> None:  # noqa: F811
    save(course, right(course, square="def square(x):\n    return 2 * x"))
    result = type_in("submit", "ps99")
    assert result.exit_code == 1
    for line in (
        "square: a check does not pass yet",
        "square(3)",
        "expected   9",
        "got        6",
        "twice the number",
    ):
        assert line in result.output


def test_a_part_that_does_not_pass_is_shown(course: Course) -> None:  # noqa: F811
    save(course, right(course, mean="def mean_square(xs):\n    return sum(square(x) for x in xs)"))
    result = type_in("submit", "ps99")
    assert result.exit_code == 1
    assert "mean: a check does not pass yet" in result.output
    assert "divide the sum by the number of values" in result.output


def test_what_works_only_out_of_order_is_told(course: Course) -> None:  # noqa: F811
    notebook = right(course)
    notebook.cells.insert(2, nbformat.v4.new_code_cell("later + 1"))
    notebook.cells.append(nbformat.v4.new_code_cell("later = 1"))
    save(course, notebook)
    result = type_in("submit", "ps99")
    assert result.exit_code == 1
    assert (
        "cell 3: stops with an error when the notebook runs from the top\n    NameError: name 'later'" in result.output
    )


def test_an_endless_loop_and_a_dead_kernel_are_told(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(submit, "LEAST_SECONDS", 3)
    monkeypatch.setattr(submit, "FACTOR", 0)
    save(course, right(course, square="while True:\n    pass"))
    assert "square: still running after 3 s" in type_in("submit", "ps99").output
    save(course, right(course, square="import os\nos._exit(1)"))
    assert "square: Python itself ended while it ran" in type_in("submit", "ps99").output


def remove(identity: str) -> Callable[[Any], None]:
    def change(notebook: Any) -> None:
        notebook.cells = [cell for cell in notebook.cells if cell.id != identity]

    return change


def as_text(notebook: Any) -> None:
    for index, cell in enumerate(notebook.cells):
        if cell.id == "square":
            notebook.cells[index] = nbformat.v4.new_markdown_cell(cell.source, metadata=cell.metadata)


def renamed(notebook: Any) -> None:
    notebook.metadata.chainrule.assignment = "ps98-other"


def unmarked(notebook: Any) -> None:
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)


@pytest.mark.parametrize(
    ("changes", "change", "said"),
    [
        (
            {"square": "def square(x):\n    if x > 0:\n        return x * x\n    raise NotImplementedError"},
            None,
            "in line 4",
        ),
        ({"square": " "}, None, "square: the cell is empty"),
        ({"square": "def square(x)\n    return x"}, None, "square: Python cannot read line 1"),
        ({"explain": "\n"}, None, "explain: your answer in words is not written yet"),
        ({"square": "from chainrule.dual import Dual"}, None, "imports chainrule.dual, which is not there when"),
        ({"square": "from chainrule import dual"}, None, "imports chainrule.dual, which is not there when"),
        ({"square": "import scipy.stats"}, None, "(NumPy is enough)"),
        ({}, remove("mean"), "cells that were handed out are gone: mean."),
        ({}, remove("mean-check"), "cells that were handed out are gone: mean-check."),
        ({}, as_text, "square: the cell has become text"),
        ({}, renamed, "this is ps98-other, not ps99-toy"),
        ({}, unmarked, "is not a problem set as it was handed out"),
    ],
)
def test_what_is_missing(course: Course, changes: Any, change: Any, said: str) -> None:  # noqa: F811
    notebook = right(course, **changes)
    if change:
        change(notebook)
    missing = looked(course, notebook).missing
    assert len(missing) == 1
    assert said in missing[0]


def test_what_costs_nothing_is_a_note(course: Course) -> None:  # noqa: F811
    def change(notebook: Any) -> None:
        again = nbformat.v4.new_code_cell("y = square(2.0)", metadata=notebook.cells[2].metadata)
        notebook.cells.insert(4, again)
        notebook.cells[3].source += "\nprint(1)"

    result = looked(course, edited(right(course), change))
    assert result.missing == ()
    assert result.notes == (
        "2 cells are marked square; the first is graded, the others run as helpers",
        "square-check: you changed this cell. That costs nothing: the grader uses its own copy",
    )


@pytest.mark.parametrize("text", ['{"cells": [', "[]", '{"nbformat": 4}', '{"nbformat": 4, "cells": [7]}'])
def test_a_corrupt_notebook(course: Course, text: str) -> None:  # noqa: F811
    save(course, text)
    result = type_in("submit", "ps99")
    assert result.exit_code == 1
    assert "File > Revert Notebook to Checkpoint goes back" in result.output
    # It goes as it is, if that is what its author wants.
    assert type_in("submit", "ps99", "--anyway").exit_code == 0
    with zipfile.ZipFile(course.root / "mine" / f"{NAME}.zip") as package:
        assert package.read(f"{NAME}.ipynb") == text.encode()


# Where it is


def test_a_notebook_elsewhere(course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    place = tmp_path / "elsewhere"
    place.mkdir()
    (place / f"{NAME} (1).ipynb").write_text(nbformat.writes(right(course)), encoding="utf-8")
    monkeypatch.chdir(place)
    result = type_in("submit", "ps99", ".")
    assert result.exit_code == 0, result.output
    with zipfile.ZipFile(place / "mine" / f"{NAME}.zip") as package:
        assert package.namelist() == [f"{NAME}.ipynb"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ps98"], "no problem set is called 'ps98' in {root}/exercises.\nThere are: ps99-toy"),
        (["ps99", "nowhere.ipynb"], "nowhere.ipynb does not exist.\nName your notebook's file or its folder."),
        (
            ["ps99", "nbgrader_config.py"],
            "nbgrader_config.py is not a notebook: its name does not end in .ipynb.\nName",
        ),
        (["ps99", "solutions"], "solutions holds no notebook.\nName the one to hand in"),
    ],
)
def test_a_wrong_name(course: Course, words: list[str], said: str) -> None:  # noqa: F811
    result = type_in("submit", *words)
    assert result.exit_code == 2
    assert said.format(root=course.root) in result.output


def test_a_wrong_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = type_in("submit", "ps03")
    assert result.exit_code == 2
    assert f"there is no exercises/ in {tmp_path} or above it.\nChange to the course's folder" in result.output


@pytest.mark.sandbox
def test_no_room_on_the_disk(course: Course) -> None:  # noqa: F811
    save(course, right(course))
    mine = course.root / "mine"
    mine.mkdir()
    # A file system of one page, filled.
    fill = f"head -c 100000 /dev/zero > {mine}/full; exec {sys.executable} -m classroom.commands.app submit ps99"
    command = ["bwrap", "--dev-bind", "/", "/", "--size", "4096", "--tmpfs", str(mine), "sh", "-c", fill]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert f"{mine / NAME}.zip cannot be written: No space left on device.\nMake room on the disk" in done.stderr


def test_a_students_environment_is_enough(course: Course) -> None:  # noqa: F811
    """Nothing outside the lab extra is imported, and nothing heavy before it is needed."""
    save(course, right(course))
    code = (
        "import sys\n"
        "for name in ('dask', 'distributed', 'cryptography', 'torch', 'scipy', 'sphinx'): sys.modules[name] = None\n"
        "from classroom.commands.app import app\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('numpy', 'nbgrader', 'nbformat', 'sqlalchemy', 'nh3')])\n"
        "app(['submit', 'ps99'])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=course.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("[]\n")
    assert done.stderr == ""


def test_nothing_is_written_over_before_the_new_file_is_whole(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    target = course.root / "mine" / "x.zip"
    submit.write(b"old", target)

    def fails(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(submit.SubmitError, match="No space left"):
        submit.write(b"new", target)
    assert target.read_bytes() == b"old"
    assert [p.name for p in target.parent.iterdir()] == ["x.zip"]
    shutil.rmtree(target.parent)

"""Submissions taken in, or refused with a reason."""

from __future__ import annotations

import copy
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from toycourse import NAME, TOY

from classroom.assignments.assignment import load, release_form
from classroom.submissions import intake
from classroom.submissions.intake import Refused, StudentCell, accept

TOYS = load(TOY / NAME)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "ada" / NAME
    place.mkdir(parents=True)
    return place


def page() -> Any:
    notebook = copy.deepcopy(TOYS.notebook)
    for cell in notebook.cells:
        cell.source = TOYS.cell(cell.id).stub
    return release_form(notebook)


def put(folder: Path, notebook: Any, name: str = NAME) -> None:
    text = notebook if isinstance(notebook, str) else json.dumps(notebook)
    (folder / f"{name}.ipynb").write_text(text, encoding="utf-8")


def test_an_honest_submission(folder: Path) -> None:
    put(folder, page())
    (folder / "timestamp.txt").write_text("2026-11-25 15:00:00 UTC\n")
    taken = accept(folder, "ada", TOYS)
    assert [cell.grade_id for cell in taken.cells] == [cell.id for cell in TOYS.cells]
    assert taken.release == TOYS.release_hash
    assert taken.timestamp is not None and taken.timestamp.hour == 15
    assert taken.notes == ()


@pytest.mark.parametrize("name", [f"{NAME} (1)", f"{NAME}-Copy1", NAME.upper()])
def test_a_browsers_second_copy_is_taken(folder: Path, name: str) -> None:
    put(folder, page(), name)
    assert accept(folder, "ada", TOYS).notes == (f"{name}.ipynb was taken for {NAME}.ipynb",)


def test_old_and_new_formats_are_read(folder: Path) -> None:
    for version in (3, 4):
        put(folder, nbformat.convert(page(), version))
        assert "def square(x)" in accept(folder, "ada", TOYS).cells[2].source
    newer = page()
    newer["nbformat_minor"] = float("inf")
    newer["cells"][0]["from_the_future"] = {"a": 1}
    put(folder, newer)
    assert len(accept(folder, "ada", TOYS).cells) == len(TOYS.cells)


def test_files_that_do_not_belong_are_left_alone_and_noted(folder: Path) -> None:
    put(folder, page())
    (folder / "numpy.py").write_text("raise SystemExit")
    (folder / ".DS_Store").write_bytes(b"\0")
    notes = accept(folder, "ada", TOYS).notes
    assert notes == (".DS_Store was not read: files of this kind are not part of an assignment",)


def test_an_unreadable_timestamp_is_noted(folder: Path) -> None:
    put(folder, page())
    (folder / "timestamp.txt").write_text("yesterday, I think")
    taken = accept(folder, "ada", TOYS)
    assert taken.timestamp is None
    assert taken.notes == ("timestamp.txt does not hold a time; lateness is not known",)


def test_half_a_surrogate_pair_can_be_written_later(folder: Path) -> None:
    put(folder, json.dumps(page()).replace("def square(x)", r"def square(x): '\ud800'"))
    accept(folder, "ada", TOYS).cells[2].source.encode("utf-8")


def _cells(cells: Any) -> Callable[[Path], None]:
    return lambda folder: put(folder, {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def _fifo(folder: Path) -> None:
    put(folder, page())
    os.mkfifo(folder / "pipe.txt")


def _socket(folder: Path) -> None:
    put(folder, page())
    home = os.getcwd()
    os.chdir(folder)  # the path of a socket may not be long
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("s")
    finally:
        os.chdir(home)


def _linked_notebook(folder: Path) -> None:
    put(folder.parent, page(), "elsewhere")
    (folder / f"{NAME}.ipynb").symlink_to(folder.parent / "elsewhere.ipynb")


def _linked_folder(folder: Path) -> None:
    put(folder, page())
    (folder / "data").symlink_to(folder.parent)


def _deep(folder: Path) -> None:
    put(folder, page())
    folder.joinpath(*["d"] * 12).mkdir(parents=True)


def _many(folder: Path) -> None:
    put(folder, page())
    for i in range(intake.MAX_FILES):
        (folder / f"{i}.txt").touch()


def _large(folder: Path) -> None:
    put(folder, page())
    with open(folder / "large.csv", "wb") as file:
        file.truncate(intake.MAX_FILE_BYTES + 1)


def _two_copies(folder: Path) -> None:
    for number in (1, 2):
        put(folder, page(), f"{NAME} ({number})")


REFUSED: list[tuple[str, Callable[[Path], Any], str]] = [
    ("nothing", lambda folder: None, "found no notebook"),
    ("another name", lambda folder: put(folder, page(), "homework"), "expected ps99-toy.ipynb, found homework.ipynb"),
    ("two candidates", _two_copies, "several notebooks could be the submission"),
    ("not JSON", lambda folder: put(folder, "{'cells': ["), "does not parse as JSON"),
    ("cut short", lambda folder: put(folder, json.dumps(page())[:-40]), "does not parse as JSON"),
    ("nested deep", lambda folder: put(folder, "[" * 200_000 + "]" * 200_000), "does not parse as JSON"),
    ("a list", lambda folder: put(folder, "[1, 2]"), "expected a notebook of format 4"),
    ("format 2", lambda folder: put(folder, '{"nbformat": 2, "worksheets": []}'), "expected a notebook of format 4"),
    (
        "format 3 with a cell of no kind",
        lambda folder: put(folder, '{"nbformat": 3, "metadata": {}, "worksheets": [{"cells": [{}]}]}'),
        "not a valid notebook",
    ),
    ("format 3.5", lambda folder: put(folder, '{"nbformat": 3, "nbformat_minor": "five"}'), "not a valid notebook"),
    ("format 5", lambda folder: put(folder, '{"nbformat": 5, "cells": []}'), "expected a notebook of format 4"),
    ("cells missing", lambda folder: put(folder, '{"nbformat": 4, "metadata": {}}'), "it has no list of cells"),
    ("cells a number", _cells(3), "not a valid notebook"),
    ("a cell a number", _cells([3]), "cell 1 of the notebook is not a code, markdown or raw cell"),
    ("unknown cell type", _cells([{"cell_type": "shell", "source": ""}]), "cell 1 of the notebook is not a code"),
    ("source a number", _cells([{"cell_type": "code", "source": 3}]), "cell 1 of the notebook has no text"),
    ("huge cell", _cells([{"cell_type": "code", "source": "x" * 200_001}]), "cell 1 has 200,001 characters"),
    ("many cells", _cells([{"cell_type": "code", "source": ""}] * 1001), "has 1001 cells"),
    ("linked notebook", _linked_notebook, "ps99-toy.ipynb is a link"),
    ("linked folder", _linked_folder, "data is a link"),
    ("pipe", _fifo, "pipe.txt is not a regular file"),
    ("socket", _socket, "s is not a regular file"),
    ("deep folders", _deep, "nested more than 8 deep"),
    ("many files", _many, "more than 200 files"),
    ("large file", _large, "large.csv has 20,000,001 bytes"),
]


@pytest.mark.parametrize(("make", "reason"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_refused_with_the_reason(folder: Path, make: Callable[[Path], Any], reason: str) -> None:
    make(folder)
    with pytest.raises(Refused) as refused:
        accept(folder, "ada", TOYS)
    assert reason in str(refused.value)


def test_a_linked_student_folder(folder: Path, tmp_path: Path) -> None:
    put(folder, page())
    (tmp_path / "eve").symlink_to(tmp_path / "ada")
    with pytest.raises(Refused, match="eve is a link"):
        accept(tmp_path / "eve" / NAME, "eve", TOYS)


@pytest.mark.parametrize("student", ["", ".ada", "a/b", "a\nb", "x" * 101, "<script>"])
def test_names_that_are_no_identifiers(folder: Path, student: str) -> None:
    put(folder, page())
    with pytest.raises(Refused, match="not a student's identifier"):
        accept(folder, student, TOYS)


def test_odd_metadata_is_no_grade_id(folder: Path) -> None:
    for odd in (3, [], {"grade_id": ["square"]}, {"grade_id": 3}, None):
        cells = [{"cell_type": "code", "source": "x", "metadata": {"nbgrader": odd}, "outputs": []}]
        put(folder, {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})
        assert accept(folder, "ada", TOYS).cells == (StudentCell("", "code", "x"),)


def test_a_forged_release_is_no_path(folder: Path) -> None:
    notebook = page()
    notebook.metadata["chainrule"]["release"] = "../../../solutions"
    put(folder, notebook)
    assert accept(folder, "ada", TOYS).release == ""

"""An assignment read from its source: what is found in it, and every mistake named."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from toycourse import NAME, TOY, generated  # noqa: F401

from classroom.assignments import assignment
from classroom.assignments.assignment import AssignmentError, load, release_form, visible


def test_items_points_topics_and_settings() -> None:
    toy = load(TOY / NAME)
    assert [(c.id, c.points, c.topics) for c in toy.tests] == [
        ("square-check", 8, ("DN-3",)),
        ("mean-check", 8, ("DN-2",)),
    ]
    assert [c.id for c in toy.manual] == ["explain"]
    assert toy.points == 20
    assert toy.withheld == ("chainrule.dual", "chainrule.transforms")
    assert toy.packages == ("numpy",)
    assert (toy.title, toy.chapter, toy.minutes, toy.seconds) == ("Toy", "part2/05-dual-numbers", 5, 5.0)


def test_stub_keeps_what_surrounds_the_solution() -> None:
    toy = load(TOY / NAME)
    assert toy.cell("square").stub == (
        'def square(x):\n    """The square of x: `square(3.0)` is 9.0."""\n    raise NotImplementedError'
    )
    assert "return x * x" in toy.cell("square").hidden
    assert "never negative" in toy.cell("square-check").hidden
    assert "never negative" not in toy.cell("square-check").stub


def test_visible_leaves_no_hidden_test() -> None:
    source = "a = 1\n### BEGIN HIDDEN TESTS\nsecret = 2\n### END HIDDEN TESTS\nb = 3"
    assert visible(source) == "a = 1\nb = 3"


def test_nbgraders_release_is_the_stubs(generated: Path) -> None:  # noqa: F811
    toy = load(generated / "solutions" / NAME)
    released = nbformat.read(generated / "exercises" / NAME / f"{NAME}.ipynb", as_version=4)
    assert [(c.id, c.source) for c in released.cells] == [(c.id, c.stub) for c in toy.cells]
    assert released.metadata["chainrule"]["release"] == toy.release_hash


def test_release_has_no_outputs_and_little_metadata() -> None:
    notebook = copy.deepcopy(load(TOY / NAME).notebook)
    notebook.metadata["widgets"] = {"state": {}}
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="hello")]
    notebook.cells[1].metadata["execution"] = {"started": "now"}
    released = release_form(notebook)
    assert set(released.metadata) == {"chainrule", "kernelspec", "language_info"}
    assert released.cells[1].outputs == []
    assert "execution" not in released.cells[1].metadata
    assert notebook.cells[1].outputs, "the source notebook itself must not change"


def test_release_hash_follows_what_students_receive_only() -> None:
    notebook = load(TOY / NAME).notebook

    def hash_after(change: Callable[[Any], None]) -> str:
        changed = copy.deepcopy(notebook)
        change(changed)
        return str(release_form(changed).metadata["chainrule"]["release"])

    unchanged = hash_after(lambda nb: None)
    assert hash_after(lambda nb: nb.cells[1].metadata.update(tags=["x"])) == unchanged
    assert hash_after(lambda nb: nb.cells[0].update(source="# Other")) != unchanged
    assert hash_after(lambda nb: nb.cells[3].metadata["nbgrader"].update(points=9)) != unchanged


def _mark(index: int, **marks: Any) -> Callable[[Any], None]:
    return lambda nb: nb.cells[index].metadata["nbgrader"].update(marks)


def _source(index: int, source: str) -> Callable[[Any], None]:
    return lambda nb: nb.cells[index].update(source=source)


MISTAKES: list[tuple[str, Callable[[Any], Any], str]] = [
    ("no settings", lambda nb: nb.metadata.pop("chainrule"), 'has no "title"'),
    ("wrong kind of setting", lambda nb: nb.metadata["chainrule"].update(minutes="ten"), '"minutes" must be a int'),
    (
        "no points",
        lambda nb: nb.cells[3].metadata["nbgrader"].pop("points"),
        "square-check: a graded cell needs points",
    ),
    ("negative points", _mark(3, points=-1), "needs points above 0, not -1"),
    ("points on the solution", _mark(2, points=3), "cell square: has points but is not graded"),
    ("no topics", lambda nb: nb.cells[3].metadata.pop("topics"), "square-check: a graded cell needs topics"),
    ("odd topic", lambda nb: nb.cells[3].metadata.update(topics=["dual"]), "'dual' is not a curriculum ID"),
    ("no grade_id", _mark(2, grade_id=""), "has no grade_id"),
    ("id and grade_id differ", _mark(2, grade_id="other"), "must be its grade_id"),
    ("markdown test", lambda nb: nb.cells[3].update(cell_type="markdown"), "not a valid notebook"),
    ("task cell", _mark(6, task=True), "task cells are not used"),
    ("no solution markers", _source(2, "def square(x): pass"), "the whole cell would be removed"),
    ("unclosed solution", _source(2, "### BEGIN SOLUTION\nx"), "1 times 'BEGIN SOLUTION' but 0 times"),
    ("hidden test in a solution", _source(2, "### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS\n"), "does not belong in a"),
    ("unmarked code", lambda nb: nb.cells[1].metadata.pop("nbgrader"), "a code cell needs nbgrader metadata"),
    ("unmarked secret", lambda nb: nb.cells[2].metadata.pop("nbgrader"), "markers but no nbgrader metadata"),
]


@pytest.mark.parametrize(("change", "words"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES])
def test_a_mistake_is_named(change: Callable[[Any], Any], words: str, tmp_path: Path) -> None:
    notebook = copy.deepcopy(load(TOY / NAME).notebook)
    change(notebook)
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / f"{NAME}.ipynb").write_text(nbformat.v4.writes(notebook), encoding="utf-8")
    with pytest.raises(AssignmentError, match=words.replace("(", r"\(")):
        load(tmp_path / NAME)


def test_the_same_id_twice(tmp_path: Path) -> None:
    notebook = copy.deepcopy(load(TOY / NAME).notebook)
    twin = copy.deepcopy(notebook.cells[2])
    cells = [assignment._cell(c, i, []) for i, c in enumerate([*notebook.cells, twin])]
    problems: list[str] = []
    assignment._check_together(cells, problems)
    assert problems == ["cell square: the id is used twice"]


def test_no_notebook(tmp_path: Path) -> None:
    with pytest.raises(AssignmentError, match=r"expected the source notebook .*gone\.ipynb"):
        load(tmp_path / "gone")


def test_an_unknown_cell_lists_the_known() -> None:
    with pytest.raises(KeyError, match="its cells are title, setup, square"):
        load(TOY / NAME).cell("cube")

"""`classroom grade --me`: the hidden checks and the page, for someone who learns alone."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from test_submit import WORDS, right, save, type_in
from toycourse import NAME, ROOT, course, generated, released  # noqa: F401

from classroom.assignments.course import Course
from classroom.sandboxing import sandbox

HALF = "def mean_square(xs):\n    return sum(square(x) for x in xs)"


def page(course: Course, name: str = NAME) -> BeautifulSoup:  # noqa: F811
    return BeautifulSoup((course.root / "mine" / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


def rows(found: BeautifulSoup, item: str) -> dict[str, str]:
    section = found.select_one(f"#item-{item}")
    assert section is not None
    return {t.text: d.text for t, d in zip(section.select("dt"), section.select("dd"), strict=True)}


@pytest.mark.sandbox
def test_right(course: Course) -> None:  # noqa: F811
    save(course, right(course))
    gradebook = (course.root / "course" / "gradebook.db").read_bytes()
    result = type_in("grade", "--me", "ps99")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[:3] == [
        "✓ square: 8 of 8 points",
        "✓ mean: 8 of 8 points",
        "… explain: not marked by machine (up to 4 points)",
    ]
    assert "classroom grade --me ps99 --show-solution" in result.output
    found = page(course)
    assert "16 of 20 points, with answers still to be marked by hand" in found.text
    assert WORDS in found.text
    assert "classroom grade --me ps99 --show-solution" in found.select_one("#item-explain").text  # type: ignore[union-attr]
    assert not (course.root / "mine" / f"{NAME}-solution.html").exists()
    # The instructor's folder is as it was.
    assert hashlib.sha256((course.root / "course" / "gradebook.db").read_bytes()).digest() == (
        hashlib.sha256(gradebook).digest()
    )
    assert not {p.name for p in (course.root / "course").iterdir()} & {"submitted", "autograded", "feedback", "records"}


@pytest.mark.sandbox
def test_half_right(course: Course) -> None:  # noqa: F811
    (course.root / "book").symlink_to(ROOT / "book")
    save(course, right(course, mean="def mean_square(xs):\n    return sum(map(square, xs.tolist())) / len(xs)"))
    result = type_in("grade", "--me", "ps99")
    assert "✗ mean: 3 of 8 points" in result.output
    found = page(course)
    assert "Right: on an array." in found.select_one("#item-mean-check").text  # type: ignore[union-attr]
    told = rows(found, "mean-check")
    assert list(told) == ["Part", "Tried", "Problem", "Try next", "Read again"]
    assert told["Part"] == "on numbers" and "AttributeError was raised" in told["Problem"]
    assert told["Read again"].endswith("DN-2, chapter 5 (dual numbers), in book/part2/05-dual-numbers.ipynb")
    assert "Begin with mean, the one that is not right yet." in found.text


@pytest.mark.sandbox
def test_wrong_and_the_links_to_the_book_that_was_built_here(course: Course) -> None:  # noqa: F811
    built = course.root / "_build" / "html" / "part2" / "05-dual-numbers.html"
    built.parent.mkdir(parents=True)
    built.touch()
    save(course, right(course, square="def square(x):\n    return x * abs(x)", mean=HALF, explain="  "))
    result = type_in("grade", "--me", "ps99")
    assert "the sign belongs inside the square" in result.output
    assert "on numbers: divide the sum by the number of values" in result.output
    found = page(course)
    assert "0 of 20 points." in found.text
    assert "Begin with square, the first of 3 that are not right yet." in found.text
    told = rows(found, "square-check")
    assert list(told) == ["Tried", "Problem", "Got", "Hint", "Read again"]
    assert (told["Tried"], told["Got"], told["Hint"]) == ("square(-2)", "-4", "the sign belongs inside the square")
    link = found.select_one("#item-square-check a")
    assert link is not None and link["href"] == "../_build/html/part2/05-dual-numbers.html#dn-3"
    assert (course.root / "mine" / str(link["href"]).split("#")[0]).exists()


@pytest.mark.sandbox
def test_an_answer_that_is_not_there_is_told_once(course: Course) -> None:  # noqa: F811
    result = type_in("grade", "--me", "ps99")
    assert result.output.count("not written yet") == 3
    assert "✗ explain: not written yet" in result.output
    told = rows(page(course), "mean-check")
    assert list(told) == ["Problem", "Try next", "Read again"]


@pytest.mark.sandbox
def test_the_solution_is_shown_when_asked_for(course: Course) -> None:  # noqa: F811
    result = type_in("grade", "--me", "ps99", "--show-solution")
    assert result.exit_code == 0, result.output
    assert f"The solution:  {course.root}/mine/{NAME}-solution.html" in result.output
    solution = page(course, f"{NAME}-solution")
    assert "return x * x" in solution.text and "Rubric: 2 points" in solution.text
    assert "BEGIN" not in solution.text and not solution.select("script, link, iframe")
    link = page(course).select_one(f'a[href="{NAME}-solution.html"]')
    assert link is not None


@pytest.mark.sandbox
def test_the_same_inputs_at_every_try(course: Course) -> None:  # noqa: F811
    save(course, right(course, square="def square(x):\n    return 9.0 if x == 3 else x"))
    type_in("grade", "--me", "ps99")
    first = rows(page(course), "square-check")
    type_in("grade", "--me", "ps99")
    assert rows(page(course), "square-check") == first
    assert first["Tried"].startswith("square(")


def test_without_solutions(course: Course) -> None:  # noqa: F811
    shutil.rmtree(course.root / "solutions")
    result = type_in("grade", "--me", "ps99")
    assert result.exit_code == 2
    assert "marking yourself needs the solution of ps99-toy" in result.output
    assert result.output.rstrip().endswith("hand your work in instead: classroom submit ps99")
    # As in the public copy of a course.
    (course.root / "nbgrader_config.py").unlink()
    assert (again := type_in("grade", "--me", "ps99")).exit_code == 2
    assert again.output == result.output


def test_without_bubblewrap(course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setenv("PATH", str(tmp_path))
    sandbox.probe.cache_clear()
    try:
        result = type_in("grade", "--me", "ps99")
    finally:
        sandbox.probe.cache_clear()
    assert result.exit_code == 2
    assert "sudo apt install bubblewrap" in result.output


@pytest.mark.sandbox
def test_a_corrupt_notebook(course: Course) -> None:  # noqa: F811
    save(course, "{")
    result = type_in("grade", "--me", "ps99")
    assert "ps99-toy could not be marked: ps99-toy.ipynb is not a notebook" in result.output
    assert result.exit_code == 1
    assert "This submission could not be graded." in page(course).text


def test_a_notebook_or_the_solution_without_me(course: Course) -> None:  # noqa: F811
    for words in (["x.ipynb"], ["--show-solution"]):
        result = type_in("grade", "ps99", *words)
        assert result.exit_code == 2
        assert "go with" in result.output and "--me" in result.output

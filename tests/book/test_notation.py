"""The notation page holds every Greek letter that a chapter's formulas use, with the chapter."""

import json
import re
from pathlib import Path

import pytest
from contents_table import parts

ROOT = Path(__file__).resolve().parents[2]
GREEK = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau phi varphi "
    "chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
).split()
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$|```\{math\}(.+?)```", re.S)
PAGES = {chapter.number: chapter.page for _, chapters in parts() for chapter in chapters}


def letters(text: str) -> set[str]:
    return set(GREEK) & set(re.findall(r"\\([A-Za-z]+)", text))


def used(page: str) -> set[str]:
    """The Greek letters in the formulas of a chapter."""
    cells = json.loads((ROOT / "book" / f"{page}.ipynb").read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    return letters(" ".join("".join(found) for text in texts for found in FORMULA.findall(text)))


def table() -> tuple[set[str], dict[str, set[int]]]:
    """Letters that hold everywhere, and letter -> chapters of the others."""
    general, of_chapters = (ROOT / "book" / "notation.md").read_text(encoding="utf-8").split("## Greek letters of", 1)
    everywhere = set()
    for row in re.findall(r"^\| (\$.*?) \|", general, re.M):
        everywhere |= letters(row)
    rows = re.findall(r"^\| (\$\S+\$) \| .* \| ([\d, ]+) \|$", of_chapters, re.M)
    return everywhere, {
        letter: set(map(int, chapters.split(","))) for cell, chapters in rows for letter in letters(cell)
    }


@pytest.mark.parametrize("number", PAGES)
def test_the_greek_letters_of_chapter(number: int) -> None:
    everywhere, local = table()
    found = used(PAGES[number])
    unknown = {letter for letter in found - everywhere if number not in local.get(letter, set())}
    assert not unknown, f"book/notation.md says nothing of {sorted(unknown)} in chapter {number}"


def test_the_table_names_no_chapter_too_many() -> None:
    stale = {
        (letter, number)
        for letter, numbers in table()[1].items()
        for number in numbers
        if number in PAGES and letter not in used(PAGES[number])
    }
    assert not stale

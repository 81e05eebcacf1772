"""The map of the chapters says what the chapters say they need."""

import json
import re
from pathlib import Path

import pytest
from chapter_map import arrows, read, svg
from contents_table import parts

ROOT = Path(__file__).resolve().parents[2]
PAGES = {chapter.number: chapter.page for _, chapters in parts() for chapter in chapters}


def linked(page: str) -> set[int]:
    """The chapters that the opening card links after "You need"."""
    cells = json.loads((ROOT / "book" / f"{page}.ipynb").read_text(encoding="utf-8"))["cells"]
    (card,) = ("".join(c["source"]) for c in cells if "opening" in c["metadata"].get("tags", []))
    (line,) = (line for line in card.splitlines() if "You need" in line)
    return {int(number) for number in re.findall(r"\]\((?:\.\./part\d/)?(\d\d)-[\w-]+(?:\.ipynb)?\)", line)}


def test_every_chapter_is_on_the_map() -> None:
    assert [entry["number"] for entry in read()] == list(range(1, 14))
    assert set(PAGES) <= {entry["number"] for entry in read()}


@pytest.mark.parametrize("number", PAGES)
def test_the_map_agrees_with_the_opening_card_of(number: int) -> None:
    (entry,) = (entry for entry in read() if entry["number"] == number)
    assert set(entry["needs"]) | set(entry["helps"]) == linked(PAGES[number])


def test_arrows_that_follow_from_others_are_left_out() -> None:
    chain = [{"number": n, "needs": list(range(1, n)), "helps": []} for n in (1, 2, 3)]
    assert arrows(chain) == [(1, 2, "needs"), (2, 3, "needs")]
    weak = [
        {"number": 1, "needs": [], "helps": []},
        {"number": 2, "needs": [], "helps": [1]},
        {"number": 3, "needs": [1, 2], "helps": []},
    ]
    # What helps is no way to what is needed.
    assert arrows(weak) == [(1, 3, "needs"), (2, 3, "needs"), (1, 2, "helps")]


def test_every_box_links_to_its_chapter() -> None:
    drawn = svg(read(), PAGES)
    for number, page in PAGES.items():
        assert f'<a href="{page}.html" aria-label="Chapter {number}:' in drawn

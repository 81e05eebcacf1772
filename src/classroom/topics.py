"""The curriculum's IDs: which chapter teaches which, and the link to its section."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path

CHAPTERS = {
    "FE": "part1/01-features",
    "PE": "part1/02-perceptron",
    "GD": "part1/03-gradient-descent",
    "CR": "part2/04-chain-rule",
    "DN": "part2/05-dual-numbers",
    "CG": "part2/06-computation-graphs",
    "NN": "part3/07-networks",
    "BP": "part3/08-backpropagation",
    "TR": "part3/09-training",
    "PT": "part3/10-pytorch",
    "CN": "part4/11-convolutional",
    "RN": "part4/12-recurrent",
    "TF": "part4/13-transformers",
}


def section_link(topic: str, site: str, book: Path | None = None) -> dict[str, str]:
    """Where a topic is taught, as words and, when the book's address is known, a link.

    With the folder `book` of the book's sources the section is called by its heading; without an address the words
    say which file it is in.

    >>> section_link("DN-3", "https://example.org/book")["href"]
    'https://example.org/book/part2/05-dual-numbers.html#dn-3'
    """
    chapter = CHAPTERS.get(topic.split("-")[0], "")
    if not chapter:
        return {"text": topic, "href": ""}
    number, _, name = chapter.rpartition("/")[2].partition("-")
    words = f"{topic}, chapter {int(number)} ({name.replace('-', ' ')})"
    source = book / f"{chapter}.ipynb" if book is not None else None
    if source is not None and (title := _headings(source).get(topic.lower())):
        words = f"“{title}”, {words}"
        if not site:
            words += f", in book/{chapter}.ipynb"
    return {"text": words, "href": f"{site}/{chapter}.html#{topic.lower()}" if site else ""}


@functools.lru_cache(maxsize=32)
def _headings(chapter: Path) -> dict[str, str]:
    """The heading that stands below each label `(gd-3)=` of a chapter."""
    try:
        cells = json.loads(chapter.read_text(encoding="utf-8"))["cells"]
    except FileNotFoundError:
        return {}
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    found: dict[str, str] = {}
    for labels, title in re.findall(r"((?:^\([\w-]+\)=\n\s*)+)#+ +(.+)$", text, re.M):
        # Formulas and roles are read as words: this is a line of text.
        plain = re.sub(r"\{\w+\}`([^`<]*?)(?: <[^`]*>)?`", r"\1", title)
        plain = re.sub(r"\\\w+\{([^}]*)\}|[$`*]", r"\1", plain).strip()
        found |= {label.lower(): plain for label in re.findall(r"\(([\w-]+)\)=", labels)}
    return found

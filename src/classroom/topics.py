"""The curriculum's IDs: which chapter teaches which, and the link to its section."""

from __future__ import annotations

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


def section_link(topic: str, site: str) -> dict[str, str]:
    """Where a topic is taught, as words and, when the book's address is known, a link.

    >>> section_link("DN-3", "https://example.org/book")["href"]
    'https://example.org/book/part2/05-dual-numbers.html#dn-3'
    """
    chapter = CHAPTERS.get(topic.split("-")[0], "")
    if not chapter:
        return {"text": topic, "href": ""}
    number, _, name = chapter.rpartition("/")[2].partition("-")
    words = f"{topic}, chapter {int(number)} ({name.replace('-', ' ')})"
    return {"text": words, "href": f"{site}/{chapter}.html#{topic.lower()}" if site else ""}

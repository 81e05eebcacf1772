"""The directive `{chapter-map}`: the chapters and what each builds on, drawn from book/chapter_map.yml.

An arrow that follows from others (8 needs 7, and 7 needs 6) is left out. Every box links to its chapter; the same is
said in words for those who do not see the drawing.
"""

from html import escape
from pathlib import Path
from typing import Any

import yaml
from contents_table import parts
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

TABLE = Path(__file__).resolve().parents[1] / "chapter_map.yml"
COLUMN, ROW, WIDTH, HEIGHT, MARGIN = 124, 82, 108, 46, 22


def read() -> list[dict[str, Any]]:
    """One entry a chapter: `number`, `name`, `at` (column, row), `needs`, `helps`."""
    return yaml.safe_load(TABLE.read_text(encoding="utf-8"))


def arrows(chapters: list[dict[str, Any]]) -> list[tuple[int, int, str]]:
    """(from, to, needs or helps), without those that a path of others implies.

    An arrow of needs is implied by a path of needs alone, one of helps by any path.
    """
    needs = {(n, c["number"]) for c in chapters for n in c["needs"]}
    helps = {(n, c["number"]) for c in chapters for n in c["helps"]}
    kept = [(a, b, "needs") for a, b in sorted(needs) if not _reaches(needs - {(a, b)}, a, b)]
    return kept + [(a, b, "helps") for a, b in sorted(helps) if not _reaches(needs | helps - {(a, b)}, a, b)]


def _reaches(edges: set[tuple[int, int]], start: int, end: int) -> bool:
    found, ahead = {start}, [start]
    while ahead:
        here = ahead.pop()
        for a, b in edges:
            if a == here and b not in found:
                found.add(b)
                ahead.append(b)
    return end in found


def _box(at: tuple[int, int]) -> tuple[float, float]:
    """The middle of a box."""
    return MARGIN + WIDTH / 2 + at[0] * COLUMN, 6 + HEIGHT / 2 + at[1] * ROW


def _path(start: tuple[int, int], end: tuple[int, int]) -> str:
    """The way of an arrow between boxes, which stand on a grid; it never runs through a third box."""
    (x1, y1), (x2, y2) = _box(start), _box(end)
    columns, rows = end[0] - start[0], end[1] - start[1]
    if rows == 0:
        side = 1 if columns > 0 else -1
        if abs(columns) == 1:
            return f"M{x1 + side * WIDTH / 2} {y1}H{x2 - side * WIDTH / 2}"
        below = y1 + HEIGHT / 2  # past the box in between, underneath it
        a, b = x1 - 20, x2 + 20
        return f"M{a} {below}c0 16 -8 16 -20 16H{b + 20}c-12 0 -20 0 -20 -16"
    if columns == 0 and rows == 1:
        return f"M{x1} {y1 + HEIGHT / 2}V{y2 - HEIGHT / 2}"
    if rows == 2 and columns == -2 and end[1] == 2:  # round the second row, by the left margin
        gap = y1 + HEIGHT / 2 + 14
        return f"M{x1 - 26} {y1 + HEIGHT / 2}V{gap - 6}q0 6 -6 6H{12}q-6 0 -6 6V{y2 - 6}q0 6 6 6H{x2 - WIDTH / 2}"
    aside = 12 * ((columns > 0) - (columns < 0))
    return f"M{x1 + aside} {y1 + HEIGHT / 2}L{x2 - columns * 8} {y2 - HEIGHT / 2}"


def svg(chapters: list[dict[str, Any]], pages: dict[int, str]) -> str:
    place = {c["number"]: tuple(c["at"]) for c in chapters}
    width = 2 * MARGIN + 2 * COLUMN + WIDTH
    height = 12 + HEIGHT + max(c["at"][1] for c in chapters) * ROW
    out = [f'<svg class="cr-map" viewBox="0 0 {width} {height}">']
    for kind in ("needs", "helps"):
        out.append(
            f'<marker id="cr-map-{kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            f'orient="auto"><path class="cr-map-head cr-map-{kind}" d="M0 0L8 4L0 8z"/></marker>'
        )
    for a, b, kind in arrows(chapters):
        d = _path(place[a], place[b])
        out.append(f'<path class="cr-map-arrow cr-map-{kind}" d="{d}" marker-end="url(#cr-map-{kind})"/>')
    for c in chapters:
        x, y = _box(place[c["number"]])
        words = c["name"].split()
        half = (len(words) + 1) // 2
        lines = [" ".join(words[:half]), " ".join(words[half:])] if len(words) > 1 else words
        lines = [f"{c['number']} {lines[0]}", *lines[1:]]
        text = "".join(
            f'<tspan x="{x}" y="{y + 4.2 + (k - (len(lines) - 1) / 2) * 14.5}">{escape(line)}</tspan>'
            for k, line in enumerate(lines)
        )
        label = escape(f"Chapter {c['number']}: {c['name'].replace('- ', '')}")
        box = f'<rect x="{x - WIDTH / 2}" y="{y - HEIGHT / 2}" width="{WIDTH}" height="{HEIGHT}" rx="5"/>'
        text = f'<text text-anchor="middle">{text}</text>'
        page = pages.get(c["number"])
        out.append(f'<a href="{page}.html" aria-label="{label}">{box}{text}</a>' if page else f"<g>{box}{text}</g>")
    return "".join([*out, "</svg>"])


def words(chapters: list[dict[str, Any]]) -> str:
    def listed(numbers: list[int]) -> str:
        return ", ".join(map(str, numbers)) or "none"

    rows = "".join(
        f"<li>Chapter {c['number']}: needs {listed(c['needs'])}; helped by {listed(c['helps'])}.</li>" for c in chapters
    )
    return f'<ul class="visually-hidden" aria-label="What each chapter builds on">{rows}</ul>'


class ChapterMap(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(TABLE))
        self.env.note_reread()  # which chapters there are stands in _toc.yml
        chapters = read()
        pages = {chapter.number: chapter.page for _, group in parts() for chapter in group}
        html = (
            f'<nav class="cr-map-frame" aria-label="Map of the chapters">{svg(chapters, pages)}{words(chapters)}'
            '<p class="cr-map-key">Solid arrows: needed. Dashed: helps.</p></nav>'
        )
        return [nodes.raw("", html, format="html")]


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("chapter-map", ChapterMap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

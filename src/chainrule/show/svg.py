"""The pieces of a drawn graph as SVG: edges, and texts in the book's colours.

A text may hold marks, see `marked`: parts in a value's or a derivative's colour, and names in italics with their
subscripts. Pieces name the palette's colours alone, and have no ids, which would clash on a page.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from html import escape
from itertools import pairwise
from typing import Literal

from chainrule.show.layout import Wire
from chainrule.show.style import COLORS

__all__ = ["SIZE", "lines", "marked", "name_spans", "places", "plain", "slope", "text_width", "texts"]

SIZE = 14  # of type, in pixels
Point = tuple[float, float]

# Control characters mark the parts, for any other character may stand in a text.
MARK = re.compile("\x01([vdn])(.*?)\x02")


def marked(kind: Literal["v", "d", "n"], text: str) -> str:
    """`text` marked as a value, a derivative or a name."""
    return f"\x01{kind}{text}\x02"


def plain(text: str) -> str:
    """The text without its marks."""
    return MARK.sub(r"\2", text)


def text_width(text: str) -> float:
    """About how wide the text is set."""
    shown = plain(text).replace("_", "")
    narrow = sum(c in "(),.| 1ijl′:;" for c in shown)
    return SIZE * (0.58 * (len(shown) - narrow) + 0.36 * narrow)


def _spans(text: str) -> str:
    result, at = "", 0
    for match in MARK.finditer(text):
        result += escape(text[at : match.start()])
        kind, inner = match.groups()
        if kind == "n":
            result += name_spans(inner)
        else:
            colour = COLORS["value" if kind == "v" else "derivative"]
            result += f'<tspan fill="{colour}">{escape(inner)}</tspan>'
        at = match.end()
    return result + escape(text[at:])


def name_spans(name: str) -> str:
    """A name as it is written in formulas: a single letter in italics, what follows _ as a subscript."""
    base, _, sub = name.partition("_")
    style = ' font-style="italic"' if base.isalpha() and len(base) == 1 else ""
    result = f"<tspan{style}>{escape(base)}</tspan>"
    if sub:
        result += f'<tspan font-size="{SIZE * 0.72:.3g}" dy="4">{escape(sub)}</tspan><tspan dy="-4">\u200b</tspan>'
    return result


def _labelled(wire: Wire) -> tuple[Point, Point]:
    start, end = wire.points[wire.labelled : wire.labelled + 2]
    return start, end


def slope(wire: Wire) -> float:
    """How steep the segment is that the wire's text stands on."""
    (x0, y0), (x1, y1) = _labelled(wire)
    return abs(y1 - y0) / (x1 - x0)


def lines(points: Sequence[Point], dashed: bool) -> list[str]:
    """An edge with its arrow, and below it a dashed one back if gradients flow."""
    parts = [f'<path d="{_path(points)}" fill="none" stroke="{COLORS["value"]}" stroke-width="1.5"/>']
    parts.append(_arrow(points[-2], points[-1], COLORS["value"]))
    if dashed:
        back = [(x, y + 5) for x, y in points]
        parts.append(
            f'<path d="{_path(back)}" fill="none" stroke="{COLORS["derivative"]}" stroke-width="1.3" '
            'stroke-dasharray="4 3"/>'
        )
        parts.append(_arrow(back[1], back[0], COLORS["derivative"]))
    return parts


def places(wires: Sequence[Wire], widths: Sequence[float]) -> list[float]:
    """How far along its segment each wire's text stands best: clear of other edges and texts.

    Near the middle, rather closer to the source, where edges into one box have not met yet; the flattest first,
    for steep ones have more room to give way.
    """
    chosen: dict[int, float] = {}
    for k in sorted(range(len(wires)), key=lambda k: slope(wires[k])):
        (x0, _), (x1, _) = _labelled(wires[k])
        half = 0.4 * widths[k] / (x1 - x0)
        others = [pair for j, wire in enumerate(wires) if j != k for pair in pairwise(wire.points)]
        written = [(_at(wires[j], t), widths[j]) for j, t in chosen.items()]
        crowding = {}
        for t in (0.46, 0.4, 0.53, 0.34, 0.6, 0.28, 0.67, 0.74):
            x, y = _at(wires[k], t)
            ends = (_at(wires[k], t + shift) for shift in (-half, 0.0, half))
            edges = sum(max(0.0, 16 - _distance(end, *pair)) for end in ends for pair in others)
            crowd = sum(max(0.0, 34 - abs(y - v)) for (u, v), w in written if abs(x - u) < (w + widths[k]) / 2)
            crowding[t] = edges + crowd + 8 * abs(t - 0.46)
        chosen[k] = 0.5 if wires[k].bend else min(crowding, key=crowding.__getitem__)
    return [chosen[k] for k in range(len(wires))]


def _at(wire: Wire, t: float) -> Point:
    (x0, y0), (x1, y1) = _labelled(wire)
    return x0 + t * (x1 - x0), y0 + t * (y1 - y0)


def _distance(point: Point, start: Point, end: Point) -> float:
    """From a point to the nearest one of a segment."""
    (x, y), (x0, y0), (x1, y1) = point, start, end
    dx, dy = x1 - x0, y1 - y0
    t = min(1.0, max(0.0, ((x - x0) * dx + (y - y0) * dy) / ((dx * dx + dy * dy) or 1.0)))
    return math.hypot(x - x0 - t * dx, y - y0 - t * dy)


def texts(wire: Wire, t: float, top: str, bottom: str) -> list[str]:
    """The texts above and below a wire, along it."""
    (x0, y0), (x1, y1) = _labelled(wire)
    angle = math.degrees(math.atan2(y1 - y0, x1 - x0))
    x, y = _at(wire, t)
    return [
        f'<text transform="translate({x:.1f} {y:.1f}) rotate({angle:.1f})" y="{shift}" text-anchor="middle" '
        f'fill="{COLORS["ink"]}" stroke="{COLORS["paper"]}" stroke-width="4" stroke-linejoin="round" '
        f'paint-order="stroke">{_spans(text)}</text>'
        for text, shift in ((top, -6), (bottom, 20 if "∇" in bottom else 16))
        if text
    ]


def _path(points: Sequence[Point], radius: float = 14.0) -> str:
    """A line through the points with its corners rounded."""
    (x, y) = points[0]
    path = f"M{x:.1f} {y:.1f}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        enter, leave = _toward(corner, before, radius), _toward(corner, after, radius)
        path += f"L{enter[0]:.1f} {enter[1]:.1f}Q{corner[0]:.1f} {corner[1]:.1f} {leave[0]:.1f} {leave[1]:.1f}"
    return path + f"L{points[-1][0]:.1f} {points[-1][1]:.1f}"


def _toward(start: Point, end: Point, distance: float) -> Point:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy) or 1.0
    t = min(distance, length / 2) / length
    return start[0] + t * dx, start[1] + t * dy


def _arrow(start: Point, end: Point, colour: str) -> str:
    angle = math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))
    return (
        f'<path d="M0 0L-8 -3.6L-8 3.6Z" fill="{colour}" '
        f'transform="translate({end[0]:.1f} {end[1]:.1f}) rotate({angle:.1f})"/>'
    )

"""The report's plots as inline SVG: drawn for a narrow column, coloured by the page, each with its text alternative.

They are made here and not by matplotlib because their text is the page's own and their colours follow its light or
dark theme; a plotting library would carry its fonts and one theme into every page.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH = 420
LEFT, RIGHT = 34, 12


@dataclass
class Plot:
    """A drawing with a title, what it shows in words, and its numbers as a table.

    `rows` are the table's, the first one its head.
    """

    id: str
    title: str
    words: str
    rows: list[list[str]]
    height: float = 0.0
    parts: list[str] = field(default_factory=list)

    def svg(self) -> str:
        """The drawing, hidden from nobody: its title and description are read out."""
        name = escape(self.id)
        return (
            f'<svg viewBox="0 0 {WIDTH} {self.height:g}" role="img" aria-labelledby="{name}-title {name}-words">'
            f'<title id="{name}-title">{escape(self.title)}</title><desc id="{name}-words">{escape(self.words)}</desc>'
            + "".join(self.parts)
            + "</svg>"
        )

    def text(self, x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> None:
        """Words at a place; `kind` is a class of the page's style sheet."""
        style = f' class="{kind}"' if kind else ""
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{style}>{escape(words)}</text>')

    def box(self, x: float, y: float, width: float, height: float, kind: str) -> None:
        """A filled rectangle."""
        self.parts.append(
            f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}"/>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        """A straight line."""
        self.parts.append(f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')


def number(value: float) -> str:
    """A number in few digits, with a proper minus sign.

    >>> number(3.0), number(-0.254), number(12.5)
    ('3', '−0.25', '12.5')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".").replace("-", "−") if round(value, 2) else "0"


def step(most: float, about: int) -> float:
    """A round step (1, 2 or 5 times a power of ten) that gives at most `about` of them up to `most`.

    >>> step(20, 10), step(17, 20), step(0.9, 10)
    (2.0, 1.0, 0.1)
    """
    least = most / about
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))


def bins(values: Sequence[float], most: float, width: float, start: float = 0.0) -> list[tuple[float, float, int]]:
    """(from, to, how many) from `start` on: each bin holds its lower end, the last one its upper end too.

    >>> bins([0, 1, 4], 4, 2)
    [(0.0, 2.0, 2), (2.0, 4.0, 1)]
    >>> bins([0, 1, 2], 2, 1, -0.5)
    [(-0.5, 0.5, 1), (0.5, 1.5, 1), (1.5, 2.5, 1)]
    """
    count = max(1, math.ceil((most - start) / width - 1e-9))
    found = [0] * count
    for value in values:
        found[min(count - 1, int((value - start) / width + 1e-9))] += 1
    return [(start + k * width, start + (k + 1) * width, n) for k, n in enumerate(found)]


def histogram(
    name: str,
    title: str,
    values: Sequence[float],
    most: float,
    unit: str,
    *,
    about: int = 10,
    centred: bool = False,
    marks: Sequence[tuple[str, float]] = (),
) -> Plot:
    """Bars of how many submissions lie in each bin of [0, most]; `marks` are vertical lines with their names.

    `centred` bins stand over whole numbers, where there is room for one each.
    """
    width = step(most, about)
    whole = centred and width == 1
    found = bins(values, most, width, -0.5 if whole else 0.0)
    lower, upper = found[0][0], found[-1][1]
    spans = [(number(a + 0.5) if whole else f"{number(a)} to {number(b)}", n) for a, b, n in found]
    places = "; ".join(f"{n} at {span}" for span, n in spans if n)
    said = "".join(f" {what} {number(at)}." for what, at in marks)
    plot = Plot(name, title, f"{len(values)} submissions by {unit}: {places}.{said}", [[unit, "submissions"]])
    plot.rows += [[span, str(n)] for span, n in spans]
    top, base = 14.0 + 14 * len(marks), 150.0
    plot.height = base + 40
    across: Callable[[float], float] = lambda v: LEFT + (WIDTH - LEFT - RIGHT) * (v - lower) / (upper - lower)  # noqa: E731
    tallest = max(1, *(n for _, _, n in found))
    for a, b, n in found:
        height = (base - top - 14) * n / tallest
        plot.box(across(a) + 1, base - height, across(b) - across(a) - 2, height, "bar")
        if n:
            plot.text((across(a) + across(b)) / 2, base - height - 4, str(n), anchor="middle")
    plot.line(LEFT, base, WIDTH - RIGHT, base, "axis")
    tick = step(upper, 10)
    for k in range(int(upper / tick + 1e-9) + 1):
        plot.text(across(k * tick), base + 16, number(k * tick), "small", "middle")
    plot.text(WIDTH - RIGHT, base + 34, unit, "small", "end")
    for k, (what, at) in enumerate(marks):
        y = 12 + 14 * k
        plot.line(across(min(at, upper)), y + 3, across(min(at, upper)), base, "mark")
        right = at > upper * 0.6
        plot.text(
            across(min(at, upper)) + (-4 if right else 4), y, f"{what} {number(at)}", "", "end" if right else "start"
        )
    return plot


def shares(name: str, title: str, rows: Sequence[tuple[str, Sequence[int]]], kinds: Sequence[tuple[str, str]]) -> Plot:
    """For each row a bar cut into parts; `kinds` gives each part's words and its class."""
    words = "; ".join(
        f"{label}: {', '.join(f'{n} {what}' for n, (what, _) in zip(counts, kinds, strict=True) if n)}"
        for label, counts in rows
    )
    plot = Plot(name, title, f"{words}.", [["item", *(what for what, _ in kinds)]])
    plot.rows += [[label, *map(str, counts)] for label, counts in rows]
    x, y = 0.0, 14.0
    for what, kind in kinds:
        if x and x + 24 + 7 * len(what) > WIDTH:
            x, y = 0.0, y + 20
        plot.box(x, y - 10, 14, 12, kind)
        plot.text(x + 19, y, what, "small")
        x += 34 + 7 * len(what)
    for label, counts in rows:
        y += 30
        plot.text(0, y, label)
        y += 6
        x, whole = 0.0, max(1, sum(counts))
        for n, (_, kind) in zip(counts, kinds, strict=True):
            width = WIDTH * n / whole
            plot.box(x, y, width - 1, 20, kind)
            if width > 16:
                plot.text(x + width / 2, y + 15, str(n), f"on-{kind}", "middle")
            x += width
        y += 20
    plot.height = y + 6
    return plot


def two_numbers(
    name: str, title: str, rows: Sequence[tuple[str, float | None, float | None]], heads: tuple[str, str], low: float
) -> Plot:
    """For each row a bar on [0, 1] and beside it a dot on [-1, 1], with a line at `low` for the second."""
    words = "; ".join(
        f"{label}: {heads[0]} {_or_none(first)}, {heads[1]} {_or_none(second)}" for label, first, second in rows
    )
    plot = Plot(name, title, f"{words}.", [["item", *heads]])
    plot.rows += [[label, _or_none(first), _or_none(second)] for label, first, second in rows]
    half = WIDTH / 2 - 12
    right: Callable[[float], float] = lambda v: WIDTH / 2 + 12 + (half - 12) * (v + 1) / 2  # noqa: E731
    plot.text(0, 13, heads[0], "strong")
    plot.text(WIDTH / 2 + 12, 13, heads[1], "strong")
    y = 13.0
    for label, first, second in rows:
        y += 30
        plot.text(0, y, label)
        y += 6
        plot.box(0, y, half, 16, "track")
        if first is not None:
            plot.box(0, y, half * first, 16, "bar")
        plot.text(half, y - 6, _or_none(first), "", "end")
        plot.line(right(-1), y + 8, right(1), y + 8, "axis")
        if second is not None:
            plot.parts.append(f'<circle class="dot" cx="{right(second):.1f}" cy="{y + 8:.1f}" r="6"/>')
        plot.text(WIDTH, y - 6, _or_none(second), "", "end")
        y += 16
    for at in (0.0, low):
        plot.line(right(at), 24, right(at), y + 4, "mark" if at else "grid")
    for at in (0.0, 0.5, 1.0):
        plot.text(half * at, y + 20, number(at), "small", {0.0: "start", 1.0: "end"}.get(at, "middle"))
    for at in (-1.0, 0.0, 1.0):
        plot.text(right(at), y + 20, number(at), "small", {-1.0: "start", 1.0: "end"}.get(at, "middle"))
    plot.height = y + 28
    return plot


def _or_none(value: float | None) -> str:
    return "not known" if value is None else number(value)


def arrivals(name: str, title: str, hours: Sequence[float]) -> Plot:
    """A rising line: how many had handed in, against days from the deadline."""
    days = sorted(h / 24 for h in hours)
    first, last = min(-1.0, math.floor(days[0])), max(0.5, math.ceil(days[-1] * 2) / 2)
    late = sum(day > 0 for day in days)
    day_before = sum(-1 <= day <= 0 for day in days)
    plot = Plot(
        name,
        title,
        f"Of {len(days)}, {day_before} came in the last 24 hours before the deadline and {late} after it; the first "
        f"{number(-days[0])} days before.",
        [["day from the deadline", "handed in by its end"]],
    )
    ends = range(int(first) + 1, math.ceil(last) + 1)
    plot.rows += [[number(end - 1) + " to " + number(end), str(sum(day <= end for day in days))] for end in ends]
    base, top = 150.0, 26.0
    plot.height = base + 40
    across: Callable[[float], float] = lambda d: LEFT + (WIDTH - LEFT - RIGHT) * (d - first) / (last - first)  # noqa: E731
    up: Callable[[float], float] = lambda n: base - (base - top) * n / len(days)  # noqa: E731
    path = f"M{across(first):.1f} {base:.1f}"
    for n, day in enumerate(days, start=1):
        path += f"H{across(day):.1f}V{up(n):.1f}"
    plot.parts.append(f'<path class="line" d="{path}H{across(last):.1f}"/>')
    plot.line(LEFT, base, WIDTH - RIGHT, base, "axis")
    plot.line(across(0), 16, across(0), base, "mark")
    plot.text(across(0) - 4, 13, "deadline", "", "end")
    for n in sorted({0, len(days) // 2, len(days)}):
        plot.text(LEFT - 6, up(n) + 4, str(n), "small", "end")
    tick = max(1, round(step(last - first, 8)))
    for k in range(math.ceil(first / tick), math.floor(last / tick) + 1):
        plot.text(across(k * tick), base + 16, number(k * tick), "small", "middle")
    plot.text(WIDTH - RIGHT, base + 34, "days from the deadline", "small", "end")
    return plot

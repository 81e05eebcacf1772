"""How an assignment did with a class: difficulty, discrimination, misconceptions met, what needs a human eye.

Submissions that were refused are left out of every mean: they say nothing about an item. Items that still wait for
marks by hand on some submission are left out of totals, so that all totals are of the same items.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .results import NOT_WRITTEN, Item, Result, Results

# With fewer, a correlation says next to nothing.
ENOUGH = 5
# Below this an item hardly tells those who know more from those who know less (Ebel and Frisbie's rule of thumb).
LOW = 0.2


@dataclass(frozen=True)
class ItemStatistics:
    """One item over a class: counts of full, part, no points and of stubs left, and the two numbers of item analysis.

    `difficulty` is the mean share of the item's points, from 0 (nobody earned any) to 1: the higher, the easier.
    `discrimination` is the corrected item-total correlation: Pearson's r between the points on the item and the
    points on all other settled items; None where it does not exist (too few submissions, or no spread).
    """

    item: Item
    number: int
    full: int
    part: int
    none: int
    blank: int
    difficulty: float | None
    discrimination: float | None


@dataclass(frozen=True)
class Met:
    """A hint that was given, on which item, and to how many students."""

    item: str
    hint: str
    students: int


def settled(results: Results) -> list[Item]:
    """The items that have points on every judged submission."""
    return [item for item in results.items if all(one.points.get(item.id) is not None for one in results.judged)]


def total(result: Result, items: Sequence[Item]) -> float:
    """The points on these items."""
    return sum(result.points.get(item.id) or 0.0 for item in items)


def totals(results: Results) -> list[float]:
    """Each judged submission's points on the settled items, before penalties."""
    items = settled(results)
    return [total(one, items) for one in results.judged]


def of_item(results: Results, item: Item) -> ItemStatistics:
    """The statistics of one item."""
    marked = [(one, points) for one in results.judged if (points := one.points.get(item.id)) is not None]
    shares = [points / item.most for _, points in marked]
    blank = [not points and _left_blank(one, item) for one, points in marked]
    others = [other for other in settled(results) if other.id != item.id]
    rest = [total(one, others) for one, _ in marked]
    return ItemStatistics(
        item=item,
        number=len(marked),
        full=sum(share >= 1 for share in shares),
        part=sum(0 < share < 1 for share in shares),
        none=sum(share <= 0 for share in shares) - sum(blank),
        blank=sum(blank),
        difficulty=statistics.fmean(shares) if shares else None,
        discrimination=correlation(shares, rest) if others else None,
    )


def _left_blank(result: Result, item: Item) -> bool:
    missed = result.missed.get(item.id, ())
    return bool(missed) and all(miss.problem == NOT_WRITTEN for miss in missed)


def correlation(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Pearson's r, None for fewer than five pairs or where one side has no spread.

    >>> round(correlation([0, 0, 0, 1, 1], [2, 2, 2, 5, 5]), 6), correlation([1, 1, 1, 1, 1], [2, 3, 5, 6, 6])
    (1.0, None)
    """
    if len(x) < ENOUGH or len(set(x)) < 2 or len(set(y)) < 2:
        return None
    return statistics.correlation(x, y)


def misconceptions(results: Results) -> list[Met]:
    """The hints given, those that most students met first, item by item."""
    counts: Counter[tuple[str, str]] = Counter()
    for one in results.judged:
        for item, missed in one.missed.items():
            counts.update((item, hint) for hint in {miss.hint for miss in missed if miss.hint})
    order = {item.id: place for place, item in enumerate(results.items)}
    found = [Met(item, hint, number) for (item, hint), number in counts.items()]
    return sorted(found, key=lambda met: (order.get(met.item, len(order)), -met.students, met.hint))


def without_hint(results: Results) -> dict[str, Counter[str]]:
    """By item, the problems for which no hint fitted, each counted once a student; stubs left as they were apart."""
    found: dict[str, Counter[str]] = {}
    for one in results.judged:
        for item, missed in one.missed.items():
            if not any(miss.hint for miss in missed):
                found.setdefault(item, Counter()).update(
                    {miss.problem for miss in missed if miss.problem != NOT_WRITTEN}
                )
    return {item.id: found[item.id] for item in results.items if found.get(item.id)}


def human_eye(results: Results) -> list[tuple[str, list[str]]]:
    """The submissions to look at, each with the reasons, and the refused ones first."""
    usual = statistics.median(one.seconds for one in results.judged) if results.judged else 0.0
    found = [(one.student, reasons) for one in results.graded if (reasons := _reasons(one, results, usual))]
    refused = {one.student for one in results.graded if one.refused}
    found.sort(key=lambda pair: (pair[0] not in refused, pair[0]))
    return found + [(student, ["handed in and not graded yet"]) for student in results.waiting]


def _reasons(one: Result, results: Results, usual: float) -> list[str]:
    if one.refused:
        return [f"refused: {one.refused}"]
    found = [f"note: {note}" for note in one.notes]
    tested = [item for item in results.items if not item.by_hand]
    wrote = [item for item in tested if not _left_blank(one, item)]
    if wrote and not total(one, tested):
        found.append("no tested item earned a point, though something was written")
    for item in tested:
        missed = one.missed.get(item.id, ())
        if missed and all(miss.hidden and not miss.hint for miss in missed):
            found.append(
                f"{item.name}: right on every input that is shown, wrong on others, and no hint fits: "
                "fitted to the checks, or a mistake that has no hint yet"
            )
    for item_id in one.stale:
        found.append(f"{Item(item_id, 1.0).name}: marked by hand before it was last graded")
    if one.penalty:
        late = f"{one.handed_in:.1f} hours late: " if one.handed_in is not None else ""
        found.append(f"{late}{one.penalty:g} points taken off for lateness")
    if one.seconds > max(10.0, 5 * usual):
        found.append(f"took {one.seconds:.0f} s to judge, where the median is {usual:.1f} s")
    if not one.sandboxed:
        found.append("judged without the sandbox")
    return found


def unmarked(results: Results) -> dict[str, int]:
    """By item, the answers that wait for marks by hand."""
    counts = {item.id: sum(one.points.get(item.id) is None for one in results.judged) for item in results.items}
    return {item: number for item, number in counts.items() if number}

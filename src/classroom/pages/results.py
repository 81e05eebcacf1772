"""What grading found out about a class, on one assignment: the data the report is made from.

It holds no code and no answer of a student's, and can be kept as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

NOT_WRITTEN = "not written yet"


class NoResults(RuntimeError):
    """There is nothing to report on; the message says what to type first."""


@dataclass(frozen=True)
class Item:
    """A cell with points; `by_hand` when a person marks it."""

    id: str
    most: float
    by_hand: bool = False

    @property
    def name(self) -> str:
        """What students know it by."""
        return re.sub(r"-check$", "", self.id)


@dataclass(frozen=True)
class Miss:
    """One part of an item that went wrong: the hint the student was given, if one fitted, and the kind of problem."""

    hint: str
    problem: str
    hidden: bool = False


@dataclass(frozen=True)
class Result:
    """One graded submission.

    `points` has None for an answer that waits to be marked by hand; `stale` lists items marked by hand before the
    latest grading. `handed_in` is hours from the deadline (negative: before it), None where either is not known.
    """

    student: str
    points: Mapping[str, float | None]
    missed: Mapping[str, Sequence[Miss]] = field(default_factory=dict)
    refused: str = ""
    notes: Sequence[str] = ()
    seconds: float = 0.0
    sandboxed: bool = True
    handed_in: float | None = None
    penalty: float = 0.0
    stale: Sequence[str] = ()


@dataclass(frozen=True)
class Results:
    """A class's results; `waiting` handed in and are not graded, `absent` students handed in nothing."""

    assignment: str
    title: str
    items: Sequence[Item]
    graded: Sequence[Result]
    waiting: Sequence[str] = ()
    absent: int = 0

    @property
    def judged(self) -> list[Result]:
        """Those that could be graded."""
        return [result for result in self.graded if not result.refused]

    def as_json(self) -> dict[str, Any]:
        """Plain data, the same for the same results."""
        return asdict(self)


def from_json(found: Mapping[str, Any]) -> Results:
    """The results that `as_json` gave as this."""
    graded = [
        Result(**{**one, "missed": {item: [Miss(**m) for m in missed] for item, missed in one["missed"].items()}})
        for one in found["graded"]
    ]
    return Results(**{**found, "items": [Item(**item) for item in found["items"]], "graded": graded})

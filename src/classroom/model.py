"""What the parts of the grader hand to one another: steps in, conditions for the worker, a verdict out.

These are plain records. The outer part (assignment, transplant) makes `Step` and `Conditions`; the judge
returns a `Verdict`, which the record and the feedback read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MB = 1 << 20


@dataclass(frozen=True)
class Step:
    """One cell in the order of running.

    `kind` is "setup" (the instructor's, runs in the judge and in the worker), "student" (runs in the worker
    only) or "test" (runs in the judge only). `id` is the grade_id, or the cell's id where there is none.
    """

    kind: str
    id: str
    source: str
    points: float = 0.0
    topics: tuple[str, ...] = ()
    # Names that the answers asked for bind; None where that is not known.
    asked: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.kind not in ("setup", "student", "test"):
            raise ValueError(f'kind must be "setup", "student" or "test", got {self.kind!r}')


@dataclass(frozen=True)
class Conditions:
    """What the student's code may use: packages, data, time, memory.

    `packages` are the top-level packages importable besides the standard library, with what they need;
    `withheld` are modules that are absent all the same. `data` is the folder of released data files.
    `seconds_per_cell` bounds one student cell, and all calls of one test cell together; `seconds_total`
    bounds the submission.
    """

    packages: tuple[str, ...] = ("numpy",)
    withheld: tuple[str, ...] = ()
    data: Path | None = None
    seconds_per_cell: float = 20.0
    seconds_total: float = 120.0
    memory_bytes: int = 2048 * MB
    output_bytes: int = 1 * MB
    processes: int = 32


@dataclass(frozen=True)
class Failure:
    """One thing that went wrong in an item: what the student may read, and the whole story for the instructor."""

    item: str
    part: str = ""
    tried: str = ""
    problem: str = ""
    got: str = ""
    hint: str = ""
    see: str = ""
    hidden: bool = False
    instructor: str = ""


@dataclass(frozen=True)
class ItemResult:
    """Points of one test cell, out of `most`, what was missed, and the names of the parts that were right."""

    points: float
    most: float
    failures: tuple[Failure, ...] = ()
    passed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What judging one submission gave.

    `items` by test cell id; `outputs` by cell id, as nbformat output dictionaries, limited in size and inert
    (text and PNG only); `notes` are for the instructor. `limited` says that a limit of time or memory ended
    something, so that another try may give something else.
    """

    items: dict[str, ItemResult]
    outputs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    limited: bool = False

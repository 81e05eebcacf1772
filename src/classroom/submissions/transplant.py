"""The student's cells grafted into the instructor's source notebook.

The source decides what there is: its set-up cells, its tests and their order. Of the submission come the
solution cells, by `grade_id`, and the cells the student added, each behind the cell it stood behind. So edited,
deleted, duplicated, reordered and re-labelled cells of the instructor's have no effect.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..assignments.assignment import Assignment, Cell
from .intake import StudentCell


@dataclass(frozen=True)
class Grafted:
    """One cell of the notebook to be graded.

    `kind` is that of the source's cell, or "extra" for a cell the student added; `source` is what runs or is
    shown, and `answered` says whether the student changed what was handed out.
    """

    id: str
    kind: str
    language: str
    source: str
    origin: Cell | None = None
    answered: bool = True

    @property
    def runs_in_worker(self) -> bool:
        """Whether this is the student's code."""
        return self.language == "code" and self.kind in ("solution", "extra")


def transplant(assignment: Assignment, cells: Iterable[StudentCell]) -> tuple[Grafted, ...]:
    """The notebook to be graded: the source's cells in the source's order, with the student's in their places."""
    known = {cell.id: cell for cell in assignment.cells}
    answers: dict[str, StudentCell] = {}
    added: dict[str, list[Grafted]] = {}
    # Text cells outside nbgrader's come back without a grade_id; they are the source's all the same.
    texts = {cell.source.strip() for cell in assignment.cells if cell.kind == "text"}
    behind, number = "", 0
    for cell in cells:
        place = known.get(cell.grade_id)
        if place is not None and (place.kind not in ("solution", "manual") or place.id not in answers):
            if place.kind in ("solution", "manual"):
                answers[place.id] = cell
            behind = place.id
            continue
        if cell.language != "code" and cell.source.strip() in texts:
            continue
        # A second cell of the same solution runs too, as it does in the student's kernel.
        number += 1
        extra = Grafted(_free(f"added-{number}", known), "extra", cell.language, cell.source)
        added.setdefault(behind, []).append(extra)
    result = list(added.get("", []))
    for origin in assignment.cells:
        result.append(_graft(origin, answers.get(origin.id)))
        result.extend(added.get(origin.id, []))
    return tuple(result)


def _graft(origin: Cell, answer: StudentCell | None) -> Grafted:
    if origin.kind == "solution":
        # A solution cell turned into text does not run in the student's notebook either.
        source = answer.source if answer is not None and answer.language == "code" else ""
        return Grafted(origin.id, origin.kind, "code", source, origin, source.strip() != origin.stub.strip())
    if origin.kind == "manual":
        source = answer.source if answer is not None else ""
        answered = bool(source.strip()) and source.strip() != origin.stub.strip()
        return Grafted(origin.id, origin.kind, origin.language, source, origin, answered)
    return Grafted(origin.id, origin.kind, origin.language, origin.source, origin)


def _free(wanted: str, taken: dict[str, Cell]) -> str:
    while wanted in taken:
        wanted = f"{wanted}-x"
    return wanted


def solved(assignment: Assignment) -> tuple[StudentCell, ...]:
    """The source's own solution as a submission."""
    return tuple(
        StudentCell(cell.id, cell.language, cell.source)
        for cell in assignment.cells
        if cell.kind in ("solution", "manual")
    )


def untouched(assignment: Assignment) -> tuple[StudentCell, ...]:
    """The release as a submission."""
    return tuple(
        StudentCell(cell.id, cell.language, cell.stub)
        for cell in assignment.cells
        if cell.kind in ("solution", "manual")
    )

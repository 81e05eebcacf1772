"""An assignment read from its source notebook: cells, items, points, topics, what is withheld, its release.

The source notebook in `solutions/` is the one place an assignment is written; everything the grader knows
of it comes from here, and every mistake an author can make in it is named with the cell it is in.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

STUB = "raise NotImplementedError"
TEXT_STUB = "*Write your answer here.*"
HIDDEN = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
SOLUTION = ("BEGIN SOLUTION", "END SOLUTION")
SETTINGS: dict[str, Any] = {
    "title": str,
    "chapter": str,
    "minutes": int,
    "withheld": list,
    "packages": list,
    "seconds": (int, float),
}
TOPIC = re.compile(r"[A-Z]{2}-[1-9][0-9]?")
RELEASE_CELL_METADATA = ("tags", "nbgrader", "topics", "deletable", "editable")


class AssignmentError(ValueError):
    """A source notebook that cannot be an assignment; the message names the notebook, the cell and the remedy."""


@dataclass(frozen=True)
class Cell:
    """One cell of the source notebook; `kind` is setup, solution, test, manual or text."""

    id: str
    kind: str
    language: str  # code or markdown
    source: str
    points: float = 0.0
    topics: tuple[str, ...] = ()

    @property
    def stub(self) -> str:
        """What a student receives: the solution replaced, hidden tests removed."""
        stub = STUB if self.language == "code" else TEXT_STUB
        if self.kind in ("solution", "manual"):
            return _without_solution(self.source, stub)
        return _cut(self.source, HIDDEN) if self.kind == "test" else self.source

    @property
    def hidden(self) -> str:
        """What a student must never see: the hidden tests, or the solution's text."""
        markers = HIDDEN if self.kind == "test" else SOLUTION
        return "\n".join(_regions(self.source, markers))


@dataclass(frozen=True)
class Assignment:
    """A source notebook, checked: what each cell is, and the settings its worker gets."""

    name: str
    folder: Path
    cells: tuple[Cell, ...]
    title: str
    chapter: str
    minutes: int
    withheld: tuple[str, ...]
    packages: tuple[str, ...]
    seconds: float
    notebook: Any = field(repr=False, compare=False)

    @property
    def tests(self) -> tuple[Cell, ...]:
        """Cells graded by running them."""
        return tuple(cell for cell in self.cells if cell.kind == "test")

    @property
    def manual(self) -> tuple[Cell, ...]:
        """Cells marked by hand."""
        return tuple(cell for cell in self.cells if cell.kind == "manual")

    @property
    def points(self) -> float:
        """The sum of all cells' points."""
        return sum(cell.points for cell in self.cells)

    @property
    def data_files(self) -> tuple[Path, ...]:
        """Files handed out with the notebook."""
        kept = (p for p in sorted(self.folder.rglob("*")) if p.is_file() and not p.is_symlink())
        hidden = {f"{self.name}.ipynb", "misconceptions.py"}
        return tuple(
            p
            for p in kept
            if p.relative_to(self.folder).as_posix() not in hidden
            and not any(part.startswith((".", "__pycache__")) for part in p.relative_to(self.folder).parts)
        )

    def cell(self, cell_id: str) -> Cell:
        """The cell of this id."""
        for cell in self.cells:
            if cell.id == cell_id:
                return cell
        raise KeyError(f"{self.name} has no cell {cell_id!r}; its cells are {', '.join(c.id for c in self.cells)}")

    @property
    def release_hash(self) -> str:
        """The hash of what students receive of the notebook."""
        return content_hash((cell.id, cell.language, cell.stub, cell.points) for cell in self.cells)

    @property
    def source_hash(self) -> str:
        """The hash of the whole source, data files included: what a graded result depends on."""
        digest = hashlib.sha256(json.dumps(self.notebook, sort_keys=True).encode())
        for path in self.data_files:
            digest.update(path.relative_to(self.folder).as_posix().encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()[:16]


def content_hash(cells: Any) -> str:
    """A short hash of cells given as (id, language, source, points)."""
    rows = [[identity, language, source.rstrip(), float(points)] for identity, language, source, points in cells]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]


def load(folder: Path) -> Assignment:
    """Read and check `folder`/`<folder's name>.ipynb`.

    Raises
    ------
    AssignmentError
        With every problem found, one a line.
    """
    folder = Path(folder)
    path = folder / f"{folder.name}.ipynb"
    if not path.is_file():
        raise AssignmentError(f"{folder.name}: expected the source notebook {path}, which does not exist")
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except (ValueError, nbformat.ValidationError) as error:
        raise AssignmentError(
            f"{path.name}: not a valid notebook: {str(error).splitlines()[0]}\n"
            f"Save it in JupyterLab again, or go back to the last version that was committed: git restore {path}"
        ) from None
    problems: list[str] = []
    settings = _settings(notebook, problems)
    cells = [_cell(cell, index, problems) for index, cell in enumerate(notebook.cells)]
    _check_together(cells, problems)
    if problems:
        raise AssignmentError("\n".join(f"{path.name}: {problem}" for problem in problems))
    return Assignment(
        name=folder.name,
        folder=folder,
        cells=tuple(cells),
        title=settings["title"],
        chapter=settings["chapter"],
        minutes=settings["minutes"],
        withheld=tuple(settings["withheld"]),
        packages=tuple(settings["packages"]),
        seconds=float(settings["seconds"]),
        notebook=notebook,
    )


def _settings(notebook: Any, problems: list[str]) -> dict[str, Any]:
    found = notebook.metadata.get("chainrule", {})
    for key, kind in SETTINGS.items():
        if key not in found:
            problems.append(f'notebook metadata "chainrule" has no "{key}"')
        elif not isinstance(found[key], kind):
            expected = kind.__name__ if isinstance(kind, type) else "number"
            problems.append(f'notebook metadata "chainrule": "{key}" must be a {expected}, not {found[key]!r}')
    return dict(found)


def _cell(cell: Any, index: int, problems: list[str]) -> Cell:
    marks = cell.metadata.get("nbgrader")
    where = f"cell {index + 1} ({cell.get('id', '')})"
    topics = cell.metadata.get("topics", [])
    if marks is None:
        if any(marker in cell.source for marker in HIDDEN + SOLUTION):
            problems.append(f"{where}: has solution or hidden-test markers but no nbgrader metadata")
        if cell.cell_type == "code":
            problems.append(f"{where}: a code cell needs nbgrader metadata; lock it (locked true) if it sets things up")
        # Text outside nbgrader's cells belongs to the release as it is.
        return Cell(cell.get("id", f"cell-{index}"), "text", cell.cell_type, cell.source)
    identity = marks.get("grade_id", "")
    where = f"cell {identity or index + 1}"
    if not identity:
        problems.append(f"{where}: nbgrader metadata has no grade_id")
    elif cell.get("id", identity) != identity:
        problems.append(f"{where}: the cell's id is {cell['id']!r}; it must be its grade_id")
    grade, solution = bool(marks.get("grade")), bool(marks.get("solution"))
    kind = {(True, False): "test", (False, True): "solution", (True, True): "manual"}.get((grade, solution), "setup")
    if kind == "setup" and cell.cell_type != "code":
        kind = "text"
    if marks.get("task"):
        problems.append(f"{where}: task cells are not used here; mark by hand in a cell with grade and solution")
    _check_marks(kind, cell, marks, topics, where, problems)
    points = marks.get("points", 0) if grade and isinstance(marks.get("points", 0), (int, float)) else 0
    return Cell(identity, kind, cell.cell_type, cell.source, float(points), tuple(topics))


def _check_marks(kind: str, cell: Any, marks: Any, topics: Any, where: str, problems: list[str]) -> None:
    points = marks.get("points")
    if kind in ("test", "manual"):
        if not isinstance(points, (int, float)) or not points > 0:
            problems.append(f"{where}: a graded cell needs points above 0, not {points!r}")
        if not topics:
            problems.append(f'{where}: a graded cell needs topics, for example "topics": ["DN-3"]')
    elif points:
        problems.append(f"{where}: has points but is not graded; points belong in the test cell or the manual cell")
    problems += [
        f"{where}: topic {t!r} is not a curriculum ID like DN-3" for t in topics if not TOPIC.fullmatch(str(t))
    ]
    if kind == "test" and cell.cell_type != "code":
        problems.append(f"{where}: a test cell must be code; to mark text by hand, set solution to true as well")
    if kind == "manual" and cell.cell_type != "markdown":
        problems.append(f"{where}: a cell marked by hand must be markdown, or its text would run as code")
    markers = {"test": [HIDDEN], "solution": [SOLUTION], "manual": [SOLUTION]}.get(kind, [])
    for pair in (HIDDEN, SOLUTION):
        counts = [cell.source.count(marker) for marker in pair]
        if counts[0] != counts[1]:
            problems.append(f"{where}: {counts[0]} times {pair[0]!r} but {counts[1]} times {pair[1]!r}")
        elif counts[0] and pair not in markers:
            problems.append(f"{where}: {pair[0]!r} does not belong in a {kind} cell")
    if kind in ("solution", "manual") and SOLUTION[0] not in cell.source:
        problems.append(f"{where}: no {SOLUTION[0]!r}: the whole cell would be removed from the release")


def _check_together(cells: list[Cell], problems: list[str]) -> None:
    seen: set[str] = set()
    for cell in cells:
        if cell.id in seen:
            problems.append(f"cell {cell.id}: the id is used twice")
        seen.add(cell.id)
    if not any(cell.kind == "test" for cell in cells):
        problems.append("there is no test cell (nbgrader metadata with grade true and solution false)")


def _regions(source: str, markers: tuple[str, str]) -> list[str]:
    regions: list[str] = []
    inside = False
    for line in source.split("\n"):
        if markers[0] in line:
            inside = True
            regions.append("")
        elif markers[1] in line:
            inside = False
        elif inside:
            regions[-1] += line + "\n"
    return regions


def _cut(source: str, markers: tuple[str, str], stub: str | None = None) -> str:
    lines: list[str] = []
    inside = False
    for line in source.split("\n"):
        if markers[0] in line:
            inside = True
            if stub is not None:
                lines.append(line[: len(line) - len(line.lstrip())] + stub)
        elif markers[1] in line:
            inside = False
        elif not inside:
            lines.append(line)
    return "\n".join(lines)


def _without_solution(source: str, stub: str) -> str:
    return _cut(source, SOLUTION, stub)


def visible(source: str) -> str:
    """A test cell's source without its hidden part."""
    return _cut(source, HIDDEN).strip("\n")


def release_form(notebook: Any, name: str = "") -> Any:
    """The notebook as it is released: minimal metadata, and in `chainrule` its hash, name and cells.

    By the latter two a student's copy can be looked over without the source: whose it is, and what is missing.
    """
    result = copy.deepcopy(notebook)
    settings = dict(result.metadata.get("chainrule", {}))
    rows = []
    for cell in result.cells:
        marks = cell.metadata.get("nbgrader", {})
        rows.append((cell.id, cell.cell_type, cell.source, marks.get("points", 0) or 0))
        cell.metadata = {key: cell.metadata[key] for key in RELEASE_CELL_METADATA if key in cell.metadata}
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    settings["release"] = content_hash(rows)
    settings["cells"] = [cell.id for cell in result.cells if "nbgrader" in cell.metadata]
    if name:
        settings["assignment"] = name
    result.metadata = nbformat.from_dict(
        {
            "chainrule": settings,
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    result.nbformat, result.nbformat_minor = 4, 5
    return nbformat.from_dict(result)

"""What a student hands in: one notebook, looked over, run once from the top, and packed.

Works where the solutions are not: what the problem set's cells were is told by the released notebook itself. Nothing
here keeps anybody from handing in; it says in words what is missing.
"""

from __future__ import annotations

import ast
import io
import json
import os
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.utils import compute_checksum

from ..assignments.assignment import STUB
from ..submissions.intake import COPY, MAX_FILE_BYTES, Refused, parse, student_cell

EXERCISES, MINE = "exercises", "mine"
# What the grader gives a cell: see pipeline.conditions, which needs the source.
LEAST_SECONDS, FACTOR = 20, 4


class SubmitError(RuntimeError):
    """Nothing can be handed in from here; the message says why and what to type instead."""


@dataclass(frozen=True)
class Found:
    """A student's notebook: the problem set's name, its file, and the folder that `mine/` is made in."""

    name: str
    path: Path
    root: Path


def find(wanted: str, place: Path | None = None, start: Path | None = None) -> Found:
    """The notebook of the problem set called `wanted` (ps03, or its full name).

    `place` is the notebook or the folder it lies in; without it the course's `exercises/` is looked for in `start`
    (the present folder) and above.

    Raises
    ------
    SubmitError
        When there is none.
    """
    start = (start or Path.cwd()).resolve()
    root = next((folder for folder in (start, *start.parents) if (folder / EXERCISES).is_dir()), None)
    released = (root / EXERCISES).glob("*/*.ipynb") if root else ()
    known = sorted(p.stem for p in released if p.stem == p.parent.name)
    names = [n for n in known if n == wanted] or [n for n in known if n.startswith(f"{wanted}-")]
    if place is None:
        if root is None:
            raise SubmitError(
                f"there is no {EXERCISES}/ in {start} or above it.\n"
                f"Change to the course's folder (cd FOLDER), or name the notebook: classroom submit {wanted} NOTEBOOK"
            )
        if len(names) != 1:
            raise SubmitError(
                f"no problem set is called {wanted!r} in {root / EXERCISES}.\n"
                f"There are: {', '.join(known) or 'none yet'}"
            )
        return Found(names[0], root / EXERCISES / names[0] / f"{names[0]}.ipynb", root)
    path = _notebook_at(place, names[0] if names else wanted)
    name = names[0] if len(names) == 1 else COPY.sub("", path.stem)
    return Found(name, path, root or path.parent)


def _notebook_at(place: Path, name: str) -> Path:
    if not place.exists():
        raise SubmitError(f"{place} does not exist.\nName your notebook's file or its folder.")
    if place.is_file():
        if place.suffix != ".ipynb":
            raise SubmitError(
                f"{place} is not a notebook: its name does not end in .ipynb.\nName your notebook's file."
            )
        return place.resolve()
    found = sorted(p for p in place.glob("*.ipynb") if COPY.sub("", p.stem).startswith(name))
    exact = [p for p in found if p.stem == name] or found
    if len(exact) != 1:
        shown = ", ".join(p.name for p in (exact or sorted(place.glob("*.ipynb")))) or "no notebook"
        raise SubmitError(f"{place} holds {shown}.\nName the one to hand in: classroom submit {name} NOTEBOOK")
    return exact[0].resolve()


def read(path: Path) -> bytes:
    """The file's content.

    Raises
    ------
    SubmitError
        When it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise SubmitError(f"{path} cannot be read: {error.strerror}.\nIs it your file, and closed elsewhere?") from None


def worked_in(path: Path) -> bool:
    """Whether a handed-out notebook holds more than was handed out: an answer, or a cell of one's own.

    A file that is no whole notebook counts too: its author may yet save something of it.
    """
    try:
        cells = [nbformat.from_dict(cell) for cell in parse(path.read_bytes(), path.name)["cells"]]
        for index, cell in enumerate(cells):
            student_cell(cell, index)
    except Refused:
        return True
    for cell in cells:
        cell.source = "".join(cell.source)
        marks = cell.metadata.get("nbgrader")
        if not isinstance(marks, dict) or not marks.get("grade_id"):
            if cell.source.strip():
                return True
        elif marks.get("solution") and _checksum(cell) != marks.get("checksum"):
            return True
    return False


# Is it complete?


@dataclass(frozen=True)
class Looked:
    """What looking a notebook over gave: what is missing, what is worth knowing, and the notebook (None: broken)."""

    missing: tuple[str, ...]
    notes: tuple[str, ...] = ()
    notebook: Any = None
    answers: int = 0


def look(raw: bytes, found: Found) -> Looked:
    """Whether every answer of the problem set is there."""
    try:
        parsed = parse(raw, found.path.name)
        for index, cell in enumerate(parsed["cells"]):
            student_cell(cell, index)
    except Refused as reason:
        return Looked(
            (
                f"{reason}. As it is, it cannot be graded. In JupyterLab, File > Revert Notebook to Checkpoint goes "
                "back to the last state you saved",
            )
        )
    notebook = nbformat.from_dict({**parsed, "nbformat": 4, "nbformat_minor": 5})
    for cell in notebook.cells:
        cell.source = "".join(cell.source)
    if not isinstance(notebook.metadata.get("chainrule"), dict):
        notebook.metadata.chainrule = {}
    for cell in notebook.cells:
        if not isinstance(cell.metadata.get("nbgrader"), dict):
            cell.metadata.nbgrader = {}
    settings = notebook.metadata.chainrule
    marked = [cell for cell in notebook.cells if cell.metadata.nbgrader.get("grade_id")]
    if not marked or not settings.get("release"):
        what = "no cell of it is marked as one" if not marked else "it does not say from which release it started"
        problem = f"{found.path.name} is not a problem set as it was handed out: {what}"
        return Looked((f"{problem}. Copy your answers into a fresh one",), notebook=notebook)
    missing, notes = _cells(found, settings, marked)
    missing += _imports(settings, notebook.cells)
    answers = [cell for cell in marked if cell.metadata.nbgrader.get("solution")]
    return Looked(tuple(missing), tuple(notes), notebook, len({cell.metadata.nbgrader.grade_id for cell in answers}))


def _cells(found: Found, settings: Any, marked: list[Any]) -> tuple[list[str], list[str]]:
    missing, notes = [], []
    belongs = settings.get("assignment", found.name)
    if belongs != found.name:
        missing.append(f"this is {belongs}, not {found.name}. Hand it in as what it is: classroom submit {belongs}")
    ids = Counter(cell.metadata.nbgrader.grade_id for cell in marked)
    gone = [name for name in settings.get("cells", []) if name not in ids]
    if gone:
        missing.append(
            f"cells that were handed out are gone: {', '.join(gone)}. Edit > Undo Delete Cells brings them back, or "
            "copy your answers into a fresh copy of the problem set"
        )
    seen: set[str] = set()
    for cell in marked:
        marks = cell.metadata.nbgrader
        name = marks.grade_id
        if name in seen:
            continue
        seen.add(name)
        if marks.get("solution"):
            missing += [f"{name}: {problem}" for problem in _answer(cell, marks)]
            if ids[name] > 1:
                notes.append(f"{ids[name]} cells are marked {name}; the first is graded, the others run as helpers")
        elif marks.get("checksum") and _checksum(cell) != marks.checksum:
            notes.append(f"{name}: you changed this cell. That costs nothing: the grader uses its own copy")
    return missing, notes


def _answer(cell: Any, marks: Any) -> list[str]:
    unchanged = marks.get("checksum") and _checksum(cell) == marks.checksum
    if marks.get("grade"):
        return ["your answer in words is not written yet"] if unchanged or not cell.source.strip() else []
    if cell.cell_type != "code":
        return ["the cell has become text; turn it back into code (select it and press Y)"]
    if unchanged or not cell.source.strip():
        return [f"not written yet (`{STUB}` is still there)" if unchanged else "the cell is empty"]
    try:
        tree = ast.parse(cell.source)
    except SyntaxError as error:
        # A cell may use IPython's own syntax; running it tells. What Python reports is told there too.
        return [] if cell.source.lstrip()[:1] in "%!" else [f"Python cannot read line {error.lineno}: {error.msg}"]
    stubs = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Raise) and _is_stub(node)]
    return [f"a part is not written yet (`{STUB}` in line {line})" for line in stubs[:1]]


def _is_stub(node: ast.Raise) -> bool:
    return isinstance(node.exc, ast.Name) and node.exc.id == "NotImplementedError"


def _checksum(cell: Any) -> str:
    try:
        return str(compute_checksum(cell))
    except (KeyError, TypeError, ValueError, AttributeError):
        return ""


def _imports(settings: Any, cells: Iterable[Any]) -> list[str]:
    """Imports that work here and not where the work is graded."""
    allowed = {"numpy", "classroom", *settings.get("packages", [])}
    withheld = tuple(settings.get("withheld", []))
    problems = []
    for index, cell in enumerate(cells):
        marks = cell.metadata.nbgrader
        if cell.cell_type != "code" or (marks.get("grade_id") and not marks.get("solution")):
            continue
        for module in _imported(cell.source):
            top = module.split(".")[0]
            theirs = any(module == name or module.startswith(f"{name}.") for name in withheld)
            if theirs or (top not in allowed and top not in sys.stdlib_module_names):
                where = marks.get("grade_id") or f"cell {index + 1}"
                why = "the exercise is to write it yourself" if theirs or top == "chainrule" else "NumPy is enough"
                problems.append(f"{where}: imports {module}, which is not there when your work is graded ({why})")
    return problems


def _imported(source: str) -> list[str]:
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return []
    found = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            # `from chainrule import dual` imports a module.
            names = [f"chainrule.{alias.name}" for alias in node.names] if node.module == "chainrule" else []
            found += names or [node.module]
    return list(dict.fromkeys(found))


# Does it run from the top?


def run(notebook: Any, folder: Path, counted: Callable[[Iterable[Any], int], Iterable[Any]]) -> list[str]:
    """Run every cell in order in a fresh kernel, in the notebook's folder; what did not go well, in words."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    copy = nbformat.from_dict(notebook)
    seconds = copy.metadata.chainrule.get("seconds", 0)
    seconds = seconds if isinstance(seconds, (int, float)) else 0
    limit = int(max(LEAST_SECONDS, FACTOR * seconds))
    client = NotebookClient(
        copy,
        timeout=limit,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
        # Its remarks on how it talks to us are nothing to a student.
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    )
    problems: list[str] = []
    with client.setup_kernel():
        for index, cell in enumerate(counted(copy.cells, len(copy.cells))):
            if cell.cell_type != "code":
                continue
            marks = cell.metadata.nbgrader
            name = marks.get("grade_id") or f"cell {index + 1}"
            try:
                client.execute_cell(cell, index)
            except CellTimeoutError:
                problems.append(f"{name}: still running after {limit} s, where the grader stops it. An endless loop?")
                break
            except DeadKernelError:
                problems.append(f"{name}: Python itself ended while it ran, perhaps for lack of memory")
                break
            problems += _went(name, cell, marks)
    return problems


def _went(name: str, cell: Any, marks: Any) -> list[str]:
    """What a cell's outputs say: nothing, where all is well or the answer is known to be missing."""
    errors = [o for o in cell.outputs if o.output_type == "error"]
    if marks.get("grade"):
        item = name.removesuffix("-check")
        printed = "".join(o.text for o in cell.outputs if o.output_type == "stream" and o.name == "stdout")
        said = [_error(o) for o in errors] or ([printed.strip()] if "points missed]" in printed else [])
        said = [text for text in said if "not written yet" not in text and "NotImplementedError" not in text]
        return [f"{item}: a check does not pass yet\n{_indented(text)}" for text in said]
    return [
        f"{name}: stops with an error when the notebook runs from the top\n{_indented(_error(o))}"
        for o in errors
        if o.ename != "NotImplementedError"
    ]


def _error(output: Any) -> str:
    return output.evalue if output.ename == "CheckFailed" else f"{output.ename}: {output.evalue}"


def _indented(text: str) -> str:
    return "\n".join("    " + line for line in text.splitlines()[:40])


# Packing


def packed(raw: bytes, name: str) -> bytes:
    """A zip of the notebook under the name the grader expects, without outputs: grading makes them anew."""
    content = raw
    try:
        notebook = json.loads(raw.decode("utf-8-sig"))
        for cell in notebook["cells"]:
            if cell.get("cell_type") == "code":
                cell["outputs"], cell["execution_count"] = [], None
        content = (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")
    except (ValueError, TypeError, KeyError, AttributeError):
        # Broken: it goes as it is, if that is what its author wants.
        pass
    if len(content) > MAX_FILE_BYTES:
        raise SubmitError(
            f"{name}.ipynb has {len(content):,} bytes; at most {MAX_FILE_BYTES:,} are accepted.\n"
            "Take out pictures or data pasted into its cells."
        )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(f"{name}.ipynb", content)
    return buffer.getvalue()


def write(content: bytes, target: Path) -> None:
    """Write whole or not at all.

    Raises
    ------
    SubmitError
        When there is no room or no right to write.
    """
    draft = target.with_name(f".{target.name}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            draft.write_bytes(content)
            os.replace(draft, target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise SubmitError(
            f"{target} cannot be written: {error.strerror}.\nMake room on the disk, or work in a folder of your own."
        ) from None

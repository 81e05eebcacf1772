"""The wrong solutions of an assignment, read from its `misconceptions.py` and put in the solution's place.

They are read as text, never imported: each runs where a student's code would, in the worker.
"""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass

from ..assignments.assignment import Assignment, AssignmentError
from ..misconception import Misconception
from ..submissions.transplant import StudentCell, solved


@dataclass(frozen=True)
class WrongSolution:
    """One misconception with its definition's source."""

    mark: Misconception
    source: str
    body: str

    def cell_source(self, solution: str) -> str:
        """The solution cell's source with the wrong definition in place of the right one."""
        if self.mark.name is None:
            return self.body
        return replaced(solution, self.mark.name, self.source, self.mark.definition)


def read(assignment: Assignment) -> list[WrongSolution]:
    """Every `@wrong(...)` of the assignment's `misconceptions.py`, in order; none without such a file.

    Raises
    ------
    AssignmentError
        When the file is not Python, or a mark is not made of literals or names a cell, an item or a definition that is
        not there.
    """
    path = assignment.folder / "misconceptions.py"
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise AssignmentError(f"{path.name}, line {error.lineno}: Python cannot read it: {error.msg}") from None
    found, problems = [], []
    for node in tree.body:
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            continue
        for call in node.decorator_list:
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "wrong"):
                continue
            try:
                found.append(_wrong(node, call, text, assignment))
            except (ValueError, TypeError, KeyError) as error:
                problems.append(
                    f"{path.name}, line {node.lineno}, {node.name}: {error.args[0] if error.args else error}"
                )
    if problems:
        raise AssignmentError("\n".join(problems))
    return found


def _wrong(node: ast.FunctionDef | ast.ClassDef, call: ast.Call, text: str, assignment: Assignment) -> WrongSolution:
    try:
        item = ast.literal_eval(call.args[0])
        given = {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
        mark = Misconception(item, given.pop("cell"), given.pop("name", None), given.pop("hint"), node.name)
    except (ValueError, IndexError, KeyError):
        raise ValueError('expected @wrong("item-check", cell="...", name="...", hint="..."), all literals') from None
    if given:
        raise ValueError(f"@wrong has no argument {', '.join(given)}")
    if assignment.cell(mark.item).kind != "test":
        raise ValueError(f"{mark.item} is not a test cell")
    if assignment.cell(mark.cell).kind != "solution":
        raise ValueError(f"{mark.cell} is not a solution cell")
    lines = text.splitlines()
    source = "\n".join(lines[node.lineno - 1 : node.end_lineno])
    first = node.body[0].lineno
    if isinstance(node.body[0], (ast.FunctionDef, ast.ClassDef)) and node.body[0].decorator_list:
        first = node.body[0].decorator_list[0].lineno
    body = textwrap.dedent("\n".join(lines[first - 1 : node.end_lineno]))
    wrong = WrongSolution(mark, source, body)
    wrong.cell_source(assignment.cell(mark.cell).source)
    return wrong


def replaced(cell: str, name: str, definition: str, written_as: str) -> str:
    """`cell` with the function, class or method `name` ("f" or "Class.method") replaced by `definition`.

    >>> print(replaced("def f(x):\\n    return x", "f", "def wrong_f(x):\\n    return 0", "wrong_f"))
    def f(x):
        return 0
    """
    *owners, last = name.split(".")
    nodes = ast.parse(cell).body
    for owner in owners:
        nodes = next((n.body for n in nodes if isinstance(n, ast.ClassDef) and n.name == owner), [])
    kinds = (ast.FunctionDef, ast.ClassDef)
    # The last definition of a name is the one that counts.
    node = next((n for n in reversed(nodes) if isinstance(n, kinds) and n.name == last), None)
    if node is None:
        raise ValueError(f"the solution cell defines no {name!r}")
    start = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    lines = cell.split("\n")
    indent = lines[node.lineno - 1][: node.col_offset]
    keyword, rest = definition.split(written_as, 1)
    new = textwrap.indent(f"{keyword}{last}{rest}", indent)
    return "\n".join([*lines[: start - 1], *new.split("\n"), *lines[node.end_lineno or node.lineno :]])


def submission(assignment: Assignment, wrong: WrongSolution) -> tuple[StudentCell, ...]:
    """The solution as a submission, with one misconception in it."""
    return tuple(
        StudentCell(cell.grade_id, cell.language, wrong.cell_source(cell.source))
        if cell.grade_id == wrong.mark.cell
        else cell
        for cell in solved(assignment)
    )

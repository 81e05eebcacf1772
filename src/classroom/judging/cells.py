"""Cells of the instructor's: as plain Python, compiled, with the names they use and the lines that are hidden."""

from __future__ import annotations

import ast
import functools
import re
import types
from dataclasses import dataclass

HIDDEN = re.compile(r"^\s*###\s*(BEGIN|END) HIDDEN TESTS")


def plain_python(source: str) -> str:
    """A cell of the instructor's as plain Python: IPython's magic lines become empty."""
    return "\n".join("" if re.match(r"\s*[%!]", line) else line for line in source.split("\n"))


@dataclass(frozen=True)
class TestCell:
    """A test cell compiled: all but its last expression, that expression, the names it reads and binds."""

    tree: ast.Module
    last: ast.expr | None
    body: types.CodeType
    value: types.CodeType
    loads: frozenset[str]
    stores: frozenset[str]


@functools.lru_cache(maxsize=256)
def compiled(source: str, file: str) -> TestCell:
    """The cell, which is the same for every submission."""
    tree = ast.parse(plain_python(source), file)
    end = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    last = end.value if isinstance(end, ast.Expr) else None
    shown = last if last is not None else ast.Constant(None, lineno=1, col_offset=0)
    return TestCell(
        tree,
        last,
        compile(tree, file, "exec", dont_inherit=True),
        compile(ast.Expression(shown), file, "eval", dont_inherit=True),
        frozenset(_loads(tree, end)),
        frozenset(_stores(tree)),
    )


@functools.lru_cache(maxsize=256)
def named(source: str) -> frozenset[str]:
    """Every name in a test cell; asked again for each function that is given and for each submission."""
    return frozenset(n.id for n in ast.walk(ast.parse(plain_python(source))) if isinstance(n, ast.Name))


@functools.lru_cache(maxsize=256)
def bound(source: str) -> frozenset[str]:
    """The names that a solution cell binds for the cells below it; none where it is no Python."""
    found: set[str] = set()
    try:
        queue: list[ast.AST] = [ast.parse(plain_python(source))]
    except SyntaxError:
        return frozenset()
    while queue:
        node = queue.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        if isinstance(node, ast.alias):
            found.add((node.asname or node.name).split(".")[0])
        queue += ast.iter_child_nodes(node)
    return frozenset(found)


def hidden_lines(source: str) -> set[int]:
    """Numbers of the lines between the marks of hidden tests, the marks included."""
    found: set[int] = set()
    inside = False
    for number, line in enumerate(source.split("\n"), start=1):
        mark = HIDDEN.match(line)
        inside = inside or (mark is not None and mark[1] == "BEGIN")
        if inside:
            found.add(number)
        if mark is not None and mark[1] == "END":
            inside = False
    return found


def _loads(tree: ast.Module, last: ast.stmt | None) -> set[str]:
    nodes = [*ast.walk(tree), *(ast.walk(last) if last is not None else ())]
    return {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def of_student(tree: ast.Module, last: ast.expr, read: set[str]) -> bool:
    """Whether the last line is a value of the student's: it names one, or a variable that was only ever set to one."""

    def names(node: ast.AST) -> set[str]:
        return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}

    if names(last) & read:
        return True
    if not isinstance(last, ast.Name):
        return False
    bound = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and any(last.id in names(target) for target in node.targets)
    ]
    return bool(bound) and all(names(value) & read for value in bound)


def _stores(tree: ast.Module) -> set[str]:
    """Names the cell binds at its top level or in its functions' bodies."""
    found = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    found |= {n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    return found | {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}

"""The package's own source in a page: `source(obj)`, so that what a chapter shows is what runs."""

from __future__ import annotations

import ast
import inspect
import io
import textwrap
import tokenize
from typing import Any, Literal

from chainrule import rules
from chainrule.rules import RULES

__all__ = ["Listing", "source"]

WIDTH = 74  # what a page's column of code holds


class Listing:
    """Python source that a notebook shows highlighted: as Markdown on a page, as plain text elsewhere."""

    def __init__(self, text: str) -> None:
        self.text = text

    def _repr_markdown_(self) -> str:
        return f"```python\n{self.text}\n```"

    def __repr__(self) -> str:
        return self.text


def source(*objects: Any, docstrings: Literal["first line", "all", "none"] = "first line") -> Listing:
    """The source of functions, methods, classes or modules, ready to be shown.

    Of an elementwise function it is the entry in the table of rules.

    Parameters
    ----------
    *objects
        What to show, in this order.
    docstrings
        How much of each docstring to keep: its first line, all of it, or nothing.

    Raises
    ------
    TypeError
        If an object has no Python source (a number, a built-in).
    ValueError
        If `docstrings` is none of the three.

    Examples
    --------
    >>> print(source(Listing.__repr__))
    def __repr__(self) -> str:
        return self.text
    """
    if docstrings not in ("first line", "all", "none"):
        raise ValueError(f"docstrings: expected 'first line', 'all' or 'none', got {docstrings!r}")
    if not objects:
        raise TypeError("source: expected at least one object to show")
    return Listing("\n\n".join(_text(obj, docstrings) for obj in objects))


def _text(obj: Any, docstrings: str) -> str:
    if isinstance(obj, property):
        obj = obj.fget
    rule = RULES.get(getattr(obj, "__name__", ""))
    if rule is not None and rule.function is obj:
        return wrap_code(_table_entry(rule.name))
    try:
        text = textwrap.dedent(inspect.getsource(inspect.unwrap(obj) if callable(obj) else obj))
    except (TypeError, OSError) as error:
        raise TypeError(f"source: expected something written in Python, got {obj!r}") from error
    if docstrings != "all":
        text = _trim_docstrings(text, keep_first=docstrings == "first line")
    return wrap_code(text.strip("\n"))


def _table_entry(name: str) -> str:
    """The line of the rule table that defines an elementwise function."""
    text = inspect.getsource(rules)
    for statement in ast.parse(text).body:
        call = getattr(statement, "value", None)
        if isinstance(call, ast.Call) and call.args and getattr(call.args[0], "value", None) == name:
            return ast.get_source_segment(text, statement) or ""
    raise TypeError(f"source: {name} is not defined in the rule table's own module")


def _trim_docstrings(text: str, keep_first: bool) -> str:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        # A lambda's "source" is the line it stands on, which need not parse alone.
        return text
    lines = text.splitlines()
    holders = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)
    found = [
        (node.body[0], len(node.body))
        for node in ast.walk(tree)
        if isinstance(node, holders) and ast.get_docstring(node, clean=False) is not None
    ]
    for statement, size in sorted(found, key=lambda pair: -pair[0].lineno):
        assert isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        indent = " " * statement.col_offset
        start, stop = statement.lineno - 1, statement.end_lineno or statement.lineno
        first = inspect.cleandoc(str(statement.value.value)).splitlines()[0]
        prefix = "r" if "\\" in first else ""
        if keep_first:
            lines[start:stop] = [f'{indent}{prefix}"""{first}"""']
            continue
        # A body that was only its docstring needs something to stand in its place.
        lines[start:stop] = [indent + "..."] if size == 1 else []
        if size > 1 and start < len(lines) and not lines[start].strip():
            del lines[start]
    return "\n".join(lines)


def wrap_code(text: str, width: int = WIDTH) -> str:
    """`text` with the long lines inside brackets broken after a comma or before an operator.

    A comment at the end of a long line moves to a line of its own above it. Lines that cannot be broken
    this way (strings, long names) stay as they are.
    """
    for _ in range(8):
        lines = text.splitlines()
        if all(len(line) <= width for line in lines):
            break
        try:
            tokens = list(tokenize.generate_tokens(io.StringIO(text + "\n").readline))
        except (tokenize.TokenError, IndentationError):
            break
        changed = _wrap_once(lines, tokens, width)
        if changed == lines:
            break
        text = "\n".join(changed)
    return text


def _wrap_once(lines: list[str], tokens: list[tokenize.TokenInfo], width: int) -> list[str]:
    breaks: dict[int, tuple[int, int]] = {}  # row -> (badness, column) of the best place to break
    comments: dict[int, int] = {}
    depth = 0
    in_targets = False  # between `for` and `in`, or in the arguments of a lambda
    for token in tokens:
        (row, column), (end_row, end) = token.start, token.end
        if token.type == tokenize.COMMENT and lines[row - 1][:column].strip():
            comments[row] = column
        if token.type != tokenize.OP:
            if token.type == tokenize.NAME and token.string in ("and", "or", "if", "else", "for") and depth:
                _offer(breaks, row, 10 * depth, column, width)
            if token.type == tokenize.NAME and token.string in ("for", "in", "lambda"):
                in_targets = token.string != "in"
            continue
        if token.string in "([{":
            depth += 1
            # Opening a bracket's own line is the last resort, for it breaks least well.
            _offer(breaks, row, 10 * depth + 1000, end, width)
        elif token.string in ")]}":
            depth -= 1
        elif token.string == ":":
            in_targets = False
        elif token.string == "," and depth and row == end_row and not in_targets:
            _offer(breaks, row, 10 * depth + 3, end, width)
        elif token.string in ("+", "-", "*", "/", "@") and depth and lines[row - 1][column - 1] == " ":
            _offer(breaks, row, 10 * depth + 6, column, width)
    result: list[str] = []
    for row, line in enumerate(lines, start=1):
        indent = line[: len(line) - len(line.lstrip())]
        if len(line) > width and row in comments:
            result += [indent + line[comments[row] :], line[: comments[row]].rstrip()]
        elif len(line) > width and row in breaks:
            column = breaks[row][1]
            # A continuation is set deeper than a block's body, so that it cannot be taken for one.
            extra = "" if _continues(tokens, row) else (" " * 8 if line.rstrip().endswith(":") else " " * 4)
            result += [line[:column].rstrip(), indent + extra + line[column:].lstrip()]
        else:
            result.append(line)
    return result


def _offer(breaks: dict[int, tuple[int, int]], row: int, badness: int, column: int, width: int) -> None:
    """Keep the least bad place, and among those the one furthest right within the width."""
    if column <= width and (row not in breaks or badness <= breaks[row][0]):
        breaks[row] = (badness, column)


def _continues(tokens: list[tokenize.TokenInfo], row: int) -> bool:
    """Whether this row begins inside brackets opened on an earlier row."""
    depth = 0
    for token in tokens:
        if token.start[0] >= row:
            break
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
    return depth > 0

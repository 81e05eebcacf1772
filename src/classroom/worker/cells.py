"""Runs the cells of a student's notebook in a module of its own, and says what came of each."""

from __future__ import annotations

import ast
import linecache
import re
import sys
import types
from typing import Any

from .errors import message_of, traceback_of
from .outputs import Stream, Streams, figures

MAGIC = re.compile(r"^\s*([%!]|.*\?{1,2}\s*$)")


def without_magics(source: str) -> str:
    """The cell as plain Python: lines that only IPython understands become empty ones."""
    try:
        ast.parse(source)
    except SyntaxError:
        lines = source.split("\n")
        return "\n".join("" if MAGIC.match(line) else line for line in lines)
    return source


class Notebook:
    """The module that the cells run in, which passes for `__main__`, and the limit of what they show."""

    def __init__(self) -> None:
        self.output_limit = 100_000
        self.main = types.ModuleType("__main__")
        self.main.__dict__["__builtins__"] = __builtins__
        self.main.__dict__["display"] = lambda *values: [print(repr(value)) for value in values] and None
        sys.modules["__main__"] = self.main

    def cell(self, name: str, source: str) -> tuple[bool, list[Any], list[str]]:
        """Run one cell: whether it went through, its outputs, the names it bound."""
        before = dict(self.main.__dict__)
        streams = Streams(self.output_limit)
        outer = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = Stream("stdout", streams), Stream("stderr", streams)
        problem: list[Any] = []
        shown: list[Any] = []
        try:
            value = self.run(name, source)
            if value is not None:
                text = repr(value)[: self.output_limit]
                shown = [{"output_type": "execute_result", "text": text}]
        except BaseException as error:
            lines = traceback_of(error).split("\n")
            problem = [
                {
                    "output_type": "error",
                    "ename": type(error).__name__,
                    "evalue": message_of(error),
                    "traceback": lines,
                }
            ]
        finally:
            sys.stdout, sys.stderr = outer
        outputs = [*streams.outputs(), *shown, *figures(), *problem]
        bound = [n for n, v in self.main.__dict__.items() if type(n) is str and before.get(n, outer) is not v]
        return not problem, outputs, bound

    def run(self, name: str, source: str) -> Any:
        """Execute the cell and return the value of its last expression."""
        file = f"<{name}>"
        source = without_magics(source)
        linecache.cache[file] = (len(source), None, [line + "\n" for line in source.split("\n")], file)
        tree = ast.parse(source, file)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, file, "exec", dont_inherit=True), self.main.__dict__)
        if not isinstance(last, ast.Expr) or source.rstrip().endswith(";"):
            if last is not None:
                exec(compile(ast.Module([last], []), file, "exec", dont_inherit=True), self.main.__dict__)
            return None
        return eval(compile(ast.Expression(last.value), file, "eval", dont_inherit=True), self.main.__dict__)

"""Runs the cells of a student's notebook in a module of its own, and says what came of each."""

from __future__ import annotations
import __future__

import ast
import inspect
import io
import linecache
import re
import sys
import tokenize
import types
from typing import Any

from .errors import message_of, traceback_of
from .outputs import Stream, Streams, figures

# %magic, !command, help? and ?help, names = !command. A comment or a text may end with a question mark, too.
MAGIC = re.compile(r"\s*([%!?].*|[\w.*%]+\s*\?{1,2}\s*|[\w.,\s]+=\s*[%!].*)")
TIMED = re.compile(r"(\s*)%time\s+(?=\S)")
# Cell magics whose cell is Python that binds names; of any other the cell is a text for something else.
PYTHON = ("%%time", "%%timeit", "%%capture", "%%prun")


def without_magics(source: str) -> str:
    """The cell as plain Python: lines that only IPython understands become empty, or `pass` where one is needed."""
    try:
        ast.parse(source)
    except SyntaxError:
        lines = source.split("\n")
        words = source.split(maxsplit=1)
        if words and words[0].startswith("%%") and words[0] not in PYTHON:
            return ""
        for number, line in enumerate(lines):
            if MAGIC.fullmatch(line) and not _unfinished(lines[:number]):
                indent = line[: len(line) - len(line.lstrip())] if "".join(lines[:number]).strip() else ""
                timed = TIMED.match(line)
                lines[number] = indent + line[timed.end() :] if timed else indent + "pass" if indent else ""
        return "\n".join(lines)
    return source


def _unfinished(lines: list[str]) -> bool:
    """Whether the next line belongs to a statement of these: a bracket or a text of several lines is open."""
    try:
        for _ in tokenize.generate_tokens(io.StringIO("\n".join(lines) + "\n").readline):
            pass
    except tokenize.TokenError:
        return True
    except SyntaxError:
        return False
    return bool(lines) and lines[-1].endswith("\\")


def show_help(*about: Any) -> None:
    """Python's `help`, which a started interpreter has and this one, without the `site` module, has not."""
    import pydoc

    pydoc.help(*about)


class Notebook:
    """The module that the cells run in, which passes for `__main__`, and the limit of what they show."""

    def __init__(self) -> None:
        self.output_limit = 100_000
        self.main = types.ModuleType("__main__")
        self.main.__dict__["__builtins__"] = __builtins__
        self.main.__dict__["display"] = lambda *values: [print(repr(value)) for value in values] and None
        self.main.__dict__["help"] = show_help
        sys.modules["__main__"] = self.main
        # As in a notebook, `from __future__ import annotations` holds for the cells below as well.
        self.flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

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
        self.execute(tree, file, "exec")
        if not isinstance(last, ast.Expr) or source.rstrip().endswith(";"):
            if last is not None:
                self.execute(ast.Module([last], []), file, "exec")
            return None
        return self.execute(ast.Expression(last.value), file, "eval")

    def execute(self, tree: Any, file: str, mode: str) -> Any:
        """Run a part of a cell; one that awaits something gets a loop of its own."""
        code = compile(tree, file, mode, flags=self.flags, dont_inherit=True)
        self.flags |= code.co_flags & __future__.annotations.compiler_flag
        value = eval(code, self.main.__dict__)
        if not code.co_flags & inspect.CO_COROUTINE:
            return value
        import asyncio

        return asyncio.run(value)

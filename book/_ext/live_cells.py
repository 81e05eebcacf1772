"""Run a chapter's cells one at a time: what a cell needs from the cells above it is found and run first.

The same code runs in two places: at build time, with this machine's Python, to find the cells that need nothing a
reader's browser lacks; and in the reader's browser, in Pyodide. So it needs the standard library alone.

What a cell needs is found by following names backwards through the statements above it (a slice of the program). A
statement is taken when it binds or changes a name that is wanted, and what it uses is wanted in turn. Statements that
show or check something, `print(...)` and `assert`, are not taken.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import io
import itertools
import json
import linecache
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

FILE = "<cell {}>"
ONLY_SHOW = {"print", "show", "plt", "widget_data"}  # calls that change none of the chapter's objects


@dataclass
class Statement:
    """One statement of a cell, with the global names it has to do with."""

    cell: str
    node: ast.stmt
    binds: set[str] = field(default_factory=set)  # given a value, imported, defined
    uses: set[str] = field(default_factory=set)  # read when the statement runs
    uses_later: set[str] = field(default_factory=set)  # read when a function made here is called
    sets_part_of: set[str] = field(default_factory=set)  # `v.grad = 0`, `a[0] = 1`, `n += 1`
    effects: list[tuple[str, set[str]]] = field(default_factory=list)  # `a.add(b)`: ("a", {"a", "b"})
    settles: set[str] = field(default_factory=set)  # bound whatever happens: earlier values do not matter any more
    definition: bool = False  # an import, a function or a class
    forced: bool = False  # in a cell that the reader has changed


@functools.lru_cache(maxsize=1000)
def statements(cell: str, source: str, forced: bool = False) -> tuple[Statement, ...]:
    """The statements of a cell, an import of several names as several statements."""
    found = []
    for node in ast.parse(source, FILE.format(cell)).body:
        found += [described(cell, part, forced) for part in single_imports(node)]
    return tuple(found)


def single_imports(node: ast.stmt) -> Iterator[ast.stmt]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield ast.copy_location(ast.Import([alias]), node)
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            yield ast.copy_location(ast.ImportFrom(node.module, [alias], node.level), node)
    else:
        yield node


def described(cell: str, node: ast.stmt, forced: bool) -> Statement:
    found = Statement(cell, node, forced=forced)
    Names(found).visit(node)
    found.definition = isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef))
    if found.definition or isinstance(node, (ast.Assign, ast.AnnAssign)):
        found.settles = found.binds
    elif isinstance(node, ast.For):  # over something that is not empty, as a chapter's loops are
        found.settles = _names(node.target)
    for part in ast.walk(node):
        if isinstance(part, (ast.Attribute, ast.Subscript)) and isinstance(part.ctx, (ast.Store, ast.Del)):
            found.sets_part_of |= _root(part)
        elif isinstance(part, ast.AugAssign):
            found.sets_part_of |= _root(part.target)
        elif isinstance(part, ast.Expr) and isinstance(part.value, ast.Call) and not found.definition:
            root = "".join(_root(part.value.func))
            if root not in ONLY_SHOW:
                found.effects.append((root, _names(part)))
    return found


class Names(ast.NodeVisitor):
    """Sorts the global names of a statement by what it does with them, and leaves out those that belong to a function
    or comprehension inside it. (The module symtable answers differently in different versions of Python.)"""

    def __init__(self, found: Statement) -> None:
        self.found = found
        self.inner: list[set[str]] = []  # the local names of each function around this place
        self.late = False  # inside a function, which runs when it is called

    def visit_Name(self, node: ast.Name) -> None:
        if any(node.id in names for names in self.inner):
            return
        if self.late:  # what a function binds is its own, unless it says `global`
            (self.found.uses_later if isinstance(node.ctx, ast.Load) else self.found.sets_part_of).add(node.id)
        else:
            (self.found.uses if isinstance(node.ctx, ast.Load) else self.found.binds).add(node.id)

    def visit_alias(self, node: ast.alias) -> None:
        self._bind(node.asname or node.name.split(".")[0])

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self._bind(node.name)
        self.generic_visit(node)

    def _bind(self, name: str) -> None:
        if not any(name in names for names in self.inner):
            self.found.binds.add(name)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._bind(node.name)
        self._all(*node.decorator_list, *node.args.defaults, *node.args.kw_defaults)
        shared = {name for part in ast.walk(node) if isinstance(part, ast.Global) for name in part.names}
        self._inside(_arguments(node.args) | (_bound(node.body) - shared), True, *node.body)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._all(*node.args.defaults, *node.args.kw_defaults)
        self._inside(_arguments(node.args), True, node.body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._bind(node.name)
        self._all(*node.decorator_list, *node.bases, *node.keywords)
        own = _bound(node.body)
        for part in node.body:
            # What a class binds is not seen by its methods.
            method = isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef))
            self._inside({part.name} if method else own, self.late, part)

    def visit_For(self, node: ast.For) -> None:
        self._all(node.iter, node.target)
        self._inside(_names(node.target), self.late, *node.body, *node.orelse)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        targets = [_names(generator.target) for generator in node.generators]
        self._inside(set().union(*targets), self.late, *ast.iter_child_nodes(node))

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def _inside(self, names: set[str], late: bool, *nodes: ast.AST | None) -> None:
        before, self.late = self.late, late
        self.inner.append(names)
        self._all(*nodes)
        self.inner.pop()
        self.late = before

    def _all(self, *nodes: ast.AST | None) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)


def _names(target: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def _arguments(arguments: ast.arguments) -> set[str]:
    found = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return {argument.arg for argument in found if argument is not None}


def _bound(body: list[ast.stmt]) -> set[str]:
    """The names that the body of a function or class binds for itself."""
    found = Statement("", ast.Pass())
    names = Names(found)
    for node in body:
        names.visit(node)
    return found.binds


def _root(node: ast.AST) -> set[str]:
    """The name that `name.part[0].other` starts with."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def needed(above: list[Statement], text: Iterable[Statement]) -> list[Statement]:
    """The statements of `above`, in order, that must run before `text`."""
    text = list(text)
    program = above + text
    changed = _changed_by_calls(program)
    later = _later(program)
    at_end: set[str] = set()
    while True:
        taken = _slice(program, len(above), set(at_end), changed, later)
        # A function may also be called by a method, unseen, as late as at the end.
        unseen = set().union(*(program[place].uses_later for place in taken if place < len(above)))
        if unseen <= at_end:
            return [program[place] for place in taken if place < len(above)]
        at_end |= unseen


def _slice(
    program: list[Statement], first: int, wanted: set[str], changed: list[set[str]], later: dict[str, set[str]]
) -> list[int]:
    """The places of the statements taken; those from `first` on are the cell itself."""
    taken = []
    for place in reversed(range(len(program))):
        statement = program[place]
        if place >= first or statement.forced or wanted & (statement.binds | statement.sets_part_of | changed[place]):
            taken.append(place)
            wanted -= statement.settles
            used = statement.uses | statement.sets_part_of
            if place >= first or not statement.definition:
                used = used | statement.uses_later
            wanted |= used.union(*(later.get(name, set()) for name in used))
    return taken[::-1]


def _later(program: list[Statement]) -> dict[str, set[str]]:
    """For each function and class the names it reads when it is called, itself or through others."""
    result: dict[str, set[str]] = {}
    for statement in program:
        for name in statement.binds if statement.uses_later else ():
            result[name] = result.get(name, set()) | statement.uses_later
    while True:
        grown = {name: names.union(*(result.get(other, set()) for other in names)) for name, names in result.items()}
        if grown == result:
            return result
        result = grown


def _changed_by_calls(above: list[Statement]) -> list[set[str]]:
    """For each statement the names whose objects a call in it may change.

    A method may change its object and what that was made from (`loss.backward()` fills the leaves' gradients); a
    function may change its arguments and what they were made from. Modules, functions and classes are left alone.
    """
    made_from: dict[str, set[str]] = {}
    sets_global: dict[str, set[str]] = {}  # functions with `global` in them
    result = []
    for statement in above:
        used = statement.uses | statement.uses_later
        changed = set()
        if not statement.definition:
            changed = changed.union(*(sets_global.get(name, set()) for name in used))
        for root, names in statement.effects:
            for name in [root] if made_from.get(root) else names:
                changed |= made_from.get(name, set())
        result.append(changed)
        reached = set().union(*(made_from.get(name, set()) for name in used))
        for name in statement.binds:
            made_from[name] = set() if statement.definition else {name} | reached
            sets_global[name] = statement.sets_part_of if statement.definition else set()
        for name in statement.sets_part_of & made_from.keys():
            made_from[name] |= reached
    return result


class Writer(io.TextIOBase):
    """Where a cell prints to: hands every piece on, up to a limit; with nobody to hand it to, forgets it."""

    def __init__(self, send: Callable[[str], Any] | None, limit: int) -> None:
        self.send, self.left = send, limit

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self.send is None or self.left <= 0:
            return len(text)
        self.send(text[: self.left])
        self.left -= len(text)
        if self.left <= 0:
            self.send("\n… the rest of the output is left out\n")
        return len(text)


class Session:
    """The cells of one page and the names that running them has left behind.

    `cells` are pairs of id and source, in the order of the page. What a reader ran last in a cell replaces the source.
    """

    def __init__(self, cells: Iterable[tuple[str, str]]) -> None:
        self.cells = dict(cells)
        self.changed: dict[str, str] = {}
        self.names: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}

    def reset(self, cell: str) -> None:
        """Take the cell as the page has it again."""
        self.changed.pop(cell, None)

    def before(self, cell: str, text: str) -> list[Statement]:
        """The statements of the cells above that must run before `text` in the place of the cell."""
        above: list[Statement] = []
        for name, source in itertools.takewhile(lambda item: item[0] != cell, self.cells.items()):
            above += statements(name, self.changed.get(name, source), forced=name in self.changed)
        return needed(above, statements(cell, text))

    def run(self, cell: str, text: str, send: Callable[[str], Any], limit: int = 20_000) -> dict[str, str]:
        """Run `text` in the place of the cell: prints, and the value of a last expression, go to `send`.

        Returns what went wrong, nothing if nothing did: `error` as Python tells it, `missing` a module that is not
        there, `above` the cell where it went wrong if it was one of those before this.
        """
        if cell not in self.cells:
            raise KeyError(f"no cell {cell!r} on this page")
        statement, writer = None, Writer(send, limit)
        try:
            body = ast.parse(text, FILE.format(cell)).body
            with contextlib.redirect_stdout(Writer(None, limit)), contextlib.redirect_stderr(Writer(None, limit)):
                for statement in self.before(cell, text):
                    source = self.changed.get(statement.cell, self.cells[statement.cell])
                    self._execute(ast.Module([statement.node], []), statement.cell, source)
            statement = None
            last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
            with contextlib.redirect_stdout(writer), contextlib.redirect_stderr(writer):
                self._execute(ast.Module(body, []), cell, text)
                if isinstance(last, ast.Expr):
                    value = self._execute(ast.Expression(last.value), cell, text)
                    if value is not None:
                        writer.write(repr(value) + "\n")
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            return told(error) | ({"above": statement.cell} if statement else {})
        if text.strip() == self.cells[cell].strip():
            self.reset(cell)
        else:
            self.changed[cell] = text
        return {}

    def _execute(self, tree: ast.Module | ast.Expression, cell: str, source: str) -> Any:
        file = FILE.format(cell)
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        mode = "eval" if isinstance(tree, ast.Expression) else "exec"
        return eval(compile(ast.fix_missing_locations(tree), file, mode), self.names)


def told(error: BaseException) -> dict[str, str]:
    """The error as Python tells it, from the first line of a cell on."""
    trace = error.__traceback__
    while trace and not trace.tb_frame.f_code.co_filename.startswith("<cell "):
        trace = trace.tb_next
    result = {"error": "".join(traceback.format_exception(type(error), error, trace))}
    if isinstance(error, ModuleNotFoundError) and error.name:
        result = {"error": f"{type(error).__name__}: No module named {error.name!r}\n", "missing": error.name}
    return result


class OnlyThese:
    """An import hook: of what is not in the standard library, only the named packages can be imported."""

    def __init__(self, packages: set[str]) -> None:
        self.packages = packages

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        top = name.split(".")[0]
        if (top not in self.packages and top not in sys.stdlib_module_names) or name == "chainrule.show":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def try_each(
    cells: list[tuple[str, str]], barred: set[str], packages: set[str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Run each cell from nothing, with these packages alone: what it printed, and what went wrong if something did.
    Barred cells, and those that need one of them, are passed over."""
    sys.meta_path.insert(0, OnlyThese(packages))
    for cell, source in cells:
        session = Session(cells)
        printed: list[str] = []
        if cell not in barred and not barred & {statement.cell for statement in session.before(cell, source)}:
            outcome = session.run(cell, source, printed.append)
            yield cell, {"printed": "".join(printed), **outcome}


if __name__ == "__main__":
    order = json.load(sys.stdin)
    sys.path.insert(0, order["path"])
    json.dump(dict(try_each(order["cells"], set(order["barred"]), set(order["packages"]))), sys.stdout)

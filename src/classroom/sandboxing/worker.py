"""Runs a student's cells and answers calls. It lives in the sandbox, and nothing it says is believed.

Started as a script with the number of its socket and the folders to import from. It knows nothing of tests:
it runs cells, hands out objects by number, applies operations to them and sends back what came of it. All of
this module may be rewritten by the code it runs; the judge counts on none of it.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import copy
import importlib.util
import io
import linecache
import operator
import os
import re
import socket
import sys
import threading
import traceback
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

MESSAGE_LIMIT = 2_000
TRACEBACK_LIMIT = 8_000
FIGURES = 10
MAGIC = re.compile(r"^\s*([%!]|.*\?{1,2}\s*$)")


def drop_privileges(limits: dict[str, int], uid: int | None) -> None:
    """Become an unprivileged user, if this process is root, under these resource limits."""
    import resource

    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    for name, value in limits.items():
        which = getattr(resource, name)
        _, hard = resource.getrlimit(which)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, value))


class Withheld:
    """Import hook that says why a module is not there. What keeps it away is its absence from disk."""

    def __init__(self, withheld: tuple[str, ...], available: tuple[str, ...]) -> None:
        self.withheld, self.available = withheld, available

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Refuse a withheld module; leave any other to the next finder."""
        if any(name == w or name.startswith(w + ".") for w in self.withheld):
            raise ModuleNotFoundError(
                f"{name} is withheld in this assignment: it holds what the exercise asks you to write", name=name
            )

    def missing(self, name: str) -> None:
        """Called last, for a module no other finder knows."""
        if "." not in name and name not in sys.stdlib_module_names and not name.startswith("_"):
            others = ", ".join(self.available) or "nothing else"
            raise ModuleNotFoundError(
                f"{name} is not available in this assignment (there is the standard library and: {others})", name=name
            )


class Last:
    """The end of the search for a module."""

    def __init__(self, hook: Withheld) -> None:
        self.hook = hook

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        # importlib.util.find_spec only asks whether a module is there, as torch does when it makes its first optimiser.
        if sys._getframe(2).f_code is not importlib.util.find_spec.__code__:
            self.hook.missing(name)


class Streams:
    """Text written to stdout and stderr, in order, up to a limit."""

    def __init__(self, limit: int) -> None:
        self.limit, self.used, self.parts = limit, 0, []  # type: ignore[var-annotated]

    def write(self, name: str, text: str) -> None:
        room = self.limit - self.used
        if room <= 0:
            return
        if len(text) > room:
            text = text[:room] + f"\n[output cut after {self.limit} characters]\n"
        self.used += len(text)
        if self.parts and self.parts[-1][0] == name:
            self.parts[-1][1].append(text)
        else:
            self.parts.append((name, [text]))

    def outputs(self) -> list[dict[str, Any]]:
        return [{"output_type": "stream", "name": name, "text": "".join(texts)} for name, texts in self.parts]

    def text(self) -> str:
        return "".join(text for _, texts in self.parts for text in texts)


class Stream(io.TextIOBase):
    """One of the two standard streams, writing to a `Streams`."""

    def __init__(self, name: str, streams: Streams) -> None:
        self.stream, self.streams = name, streams

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.streams.write(self.stream, str(text))
        return len(text)


@contextlib.contextmanager
def capturing(limit: int) -> Iterator[Streams]:
    """Collect what is printed inside the block."""
    streams = Streams(limit)
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Stream("stdout", streams), Stream("stderr", streams)
    try:
        yield streams
    finally:
        sys.stdout, sys.stderr = before


def message_of(error: BaseException) -> str:
    """The error's own text, whatever its `__str__` does."""
    try:
        arguments = error.args
        if type(error) is KeyError and len(arguments) == 1 and type(arguments[0]) is str:
            return arguments[0][:MESSAGE_LIMIT]
        return str(error)[:MESSAGE_LIMIT]
    except BaseException as problem:
        return f"(no text: __str__ raised {type(problem).__name__})"


def traceback_of(error: BaseException) -> str:
    """The traceback without this package's own frames."""
    own = os.path.join(os.path.dirname(os.path.dirname(__file__)), "")
    try:
        report = traceback.TracebackException.from_exception(error)
        seen: Any = report
        while seen is not None:
            seen.stack[:] = [frame for frame in seen.stack if not frame.filename.startswith(own)]
            seen = seen.__cause__ or seen.__context__
        text = "".join(report.format())
    except BaseException:
        text = f"{type(error).__name__}: {message_of(error)}"
    return text if len(text) <= TRACEBACK_LIMIT else text[:4000] + "\n[...]\n" + text[-4000:]


def without_magics(source: str) -> str:
    """The cell as plain Python: lines that only IPython understands become empty ones."""
    try:
        ast.parse(source)
    except SyntaxError:
        lines = source.split("\n")
        return "\n".join("" if MAGIC.match(line) else line for line in lines)
    return source


def enter(manager: Any) -> Any:
    return type(manager).__enter__(manager)


def leave(manager: Any, error: Any, text: str) -> bool:
    if error is None:
        return bool(type(manager).__exit__(manager, None, None, None))
    problem = error(text)
    return bool(type(manager).__exit__(manager, type(problem), problem, None))


OPERATIONS: dict[str, Callable[..., Any]] = {
    name: getattr(operator, name)
    for name in (
        "add sub mul truediv floordiv mod pow matmul and_ or_ xor lshift rshift neg pos abs invert "
        "iadd isub imul itruediv ifloordiv imod ipow imatmul iand ior ixor ilshift irshift "
        "eq ne lt le gt ge getitem setitem delitem contains index"
    ).split()
}
OPERATIONS |= {
    "call": lambda f, *args, **kwargs: f(*args, **kwargs),
    "getattr": getattr,
    "setattr": setattr,
    "delattr": delattr,
    "divmod": divmod,
    "round": round,
    "len": len,
    "repr": lambda value: repr(value)[:MESSAGE_LIMIT],
    "str": lambda value: str(value)[:MESSAGE_LIMIT],
    "format": lambda value, spec: format(value, spec)[:MESSAGE_LIMIT],
    "iter": iter,
    "reversed": reversed,
    "next": next,
    "enter": enter,
    "exit": leave,
    "bool": bool,
    "int": int,
    "float": float,
    "complex": complex,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "dir": dir,
    "power": pow,
}


class Worker:
    """The namespace of the student's notebook, and the conversation about it."""

    def __init__(self, channel: Any, wire: Any) -> None:
        self.channel, self.wire = channel, wire
        self.lock = threading.RLock()
        self.objects: dict[int, Any] = {}
        self.numbers: dict[int, int] = {}
        self.given: dict[int, Any] = {}
        self.given_number: dict[int, int] = {}
        self.next_number = 1
        self.output_limit = 100_000
        self.tokens: dict[int, int] = {}
        self.covered: list[dict[str, Any]] = []
        self.main = types.ModuleType("__main__")
        self.main.__dict__["__builtins__"] = __builtins__
        self.main.__dict__["display"] = lambda *values: [print(repr(value)) for value in values] and None
        sys.modules["__main__"] = self.main

    # --- what crosses ---------------------------------------------------------------------------------------

    def lower(self, value: Any) -> Any:
        """The number of an object that stays here."""
        number = self.given_number.get(id(value))
        if number is not None and self.given.get(number) is value:
            return self.wire.Function(number, "")
        kind = "instance"
        if isinstance(value, type):
            kind = "class"
        elif isinstance(value, (types.FunctionType, types.BuiltinFunctionType, types.MethodType)):
            kind = "function"
        elif isinstance(value, types.GeneratorType):
            kind = "generator"
        name = value.__name__ if kind in ("class", "function") else type(value).__name__
        return self.wire.Handle(self.keep(value), kind, str(name))

    def keep(self, value: Any) -> int:
        """Hold on to `value` under a number until the judge lets go of it."""
        number = self.numbers.get(id(value))
        if number is None:
            number = self.next_number
            self.next_number += 1
            self.objects[number], self.numbers[id(value)] = value, number
        return number

    def lift(self, item: Any) -> Any:
        """The object a number stands for, or a function that calls the judge's."""
        if isinstance(item, self.wire.Handle):
            return self.objects[item.number]
        if item.number not in self.given:
            self.given[item.number] = function = self.caller(item.number, item.name)
            self.given_number[id(function)] = item.number
        return self.given[item.number]

    def caller(self, number: int, name: str) -> Callable[..., Any]:
        def given(*args: Any, **kwargs: Any) -> Any:
            return self.call_back(number, args, kwargs)

        given.__name__ = given.__qualname__ = name or "given"
        given.__doc__ = "A function that the test passed in."
        return given

    def release(self, numbers: tuple[int, ...]) -> None:
        for number in numbers:
            if number in self.objects:
                self.numbers.pop(id(self.objects[number]), None)
                del self.objects[number]

    # --- conversation ---------------------------------------------------------------------------------------

    def serve(self) -> None:
        """Answer requests until the judge hangs up."""
        while True:
            try:
                frame = self.channel.receive()
            except (EOFError, OSError):
                return
            self.answer(frame)

    def answer(self, frame: bytes) -> None:
        """One request: decode, do, reply."""
        nodes: list[Any] = []
        decoder = self.wire.Decoder(
            frame[1:], self.lift, nodes=nodes, share=True, scalars=True, torch=True, original=self.objects.__getitem__
        )
        kind, arguments, context = decoder.decode()
        self.release(context[0])
        before = self.wire.snapshot(nodes)
        reply: tuple[Any, ...]
        with capturing(self.output_limit) as streams, warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always" if kind == "op" else "default")
            try:
                reply = self.perform(kind, arguments, context)
            except BaseException as error:
                reply = self.failure(error)
        if kind == "op":
            reply = (*reply, self.wire.changes(nodes, before), streams.text(), heard(caught))
        else:
            reply = (*reply, [], "", [])
        self.send(b"R", reply, nodes)

    def send(self, mark: bytes, message: tuple[Any, ...], nodes: list[Any]) -> None:
        """Send a message; one that cannot cross is replaced by the reason."""
        try:
            frame = self.wire.Encoder(self.lower, exact=False, nodes=nodes).encode(message)
        except BaseException as error:
            text = f"what came back cannot be passed on: {message_of(error)}"
            report: Any = ("error", (["TypeError"], text, "TypeError", "", None), None, [], "", [])
            frame = self.wire.Encoder(self.lower, exact=False).encode(report)
        self.channel.send(mark + frame)

    def failure(self, error: BaseException) -> tuple[Any, ...]:
        names = [c.__name__ for c in type(error).__mro__ if c.__module__ == "builtins"]
        if isinstance(error, StopIteration):
            return ("stop", None, None)
        token = self.tokens.pop(id(error), None)
        return ("error", (names, message_of(error), type(error).__name__, traceback_of(error), token), None)

    def call_back(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a function of the judge's; serve what it asks for while it runs."""
        with self.lock:
            nodes: list[Any] = []
            frame = self.wire.Encoder(self.lower, exact=False, nodes=nodes, number=True).encode((number, args, kwargs))
            self.channel.send(b"C" + frame)
            while True:
                answer = self.channel.receive()
                if answer[:1] == b"A":
                    break
                self.answer(answer)
            status, value, changed = self.wire.Decoder(
                answer[1:],
                self.lift,
                nodes=nodes,
                share=True,
                scalars=True,
                torch=True,
                original=self.objects.__getitem__,
            ).decode()
        if status == "error":
            name, text, token = value
            error = getattr(__import__("builtins"), name, RuntimeError)(text)
            self.tokens[id(error)] = token
            raise error
        self.wire.apply_changes(nodes, changed)
        return value

    # --- requests -------------------------------------------------------------------------------------------

    def perform(self, kind: str, arguments: tuple[Any, ...], context: tuple[Any, ...]) -> tuple[Any, ...]:
        if kind == "op":
            name, args, kwargs = arguments
            with errors_as(context[1]):
                value = self.plain(*args) if name == "plain" else OPERATIONS[name](*args, **kwargs)
            origin = self.keep(value) if name in ("getattr", "getitem") and self.wire.is_leaf(value) else None
            return ("ok", value, origin)
        if kind == "name":
            (name,) = arguments
            if name not in self.main.__dict__:
                return ("missing", None, None)
            value = self.main.__dict__[name]
            return ("ok", value, self.keep(value) if self.wire.is_leaf(value) else None)
        if kind == "cell":
            return ("ok", self.cell(*arguments), None)
        if kind == "give":
            (functions,) = arguments
            space = self.main.__dict__
            self.covered.append({name: space[name] for name in functions if name in space})
            space.update(functions)
            return ("ok", None, None)
        if kind == "take":
            (names,) = arguments
            before = self.covered.pop()
            for name in names:
                self.main.__dict__.pop(name, None)
            self.main.__dict__.update(before)
            return ("ok", None, None)
        raise ValueError(kind)

    def plain(self, value: Any) -> Any:
        from classroom import expect

        return expect.plain(value)

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
        exec(compile(tree, file, "exec"), self.main.__dict__)
        if not isinstance(last, ast.Expr) or source.rstrip().endswith(";"):
            if last is not None:
                exec(compile(ast.Module([last], []), file, "exec"), self.main.__dict__)
            return None
        return eval(compile(ast.Expression(last.value), file, "eval"), self.main.__dict__)


def heard(caught: list[warnings.WarningMessage] | None) -> list[tuple[list[str], str]]:
    """Warnings as names of built-in categories, nearest first, and their text."""
    found = []
    for warning in (caught or [])[:20]:
        names = [c.__name__ for c in warning.category.__mro__ if c.__module__ == "builtins"]
        found.append((names, str(warning.message)[:MESSAGE_LIMIT]))
    return found


@contextlib.contextmanager
def errors_as(state: tuple[tuple[str, str], ...] | None) -> Iterator[None]:
    """NumPy's floating-point error handling as the test has set it."""
    if state is None:
        yield
        return
    import numpy as np

    with np.errstate(**dict(state)):  # type: ignore[arg-type]
        yield


def figures() -> list[dict[str, Any]]:
    """The figures left open, as PNG, closed afterwards."""
    plt = sys.modules.get("matplotlib.pyplot")
    if plt is None:
        return []
    found = []
    try:
        for number in plt.get_fignums()[:FIGURES]:
            buffer = io.BytesIO()
            plt.figure(number).savefig(buffer, format="png", dpi=72, bbox_inches="tight")
            found.append(
                {"output_type": "display_data", "png": base64.b64encode(buffer.getvalue()).decode("ascii")},
            )
        plt.close("all")
    except Exception as error:
        found.append({"output_type": "stream", "name": "stderr", "text": f"a figure could not be drawn: {error}\n"})
    return found


def converse(channel: Any) -> None:
    """Take the first message, which sets the limits, then serve; ends the process."""
    from classroom.sandboxing import wire

    worker = Worker(channel, wire)
    kind, setting, _ = wire.Decoder(channel.receive()[1:], worker.lift, share=True).decode()
    if kind != "start":
        raise ValueError(kind)
    drop_privileges(setting["limits"], setting["uid"])
    os.umask(0o022)
    hook = Withheld(setting["withheld"], setting["available"])
    sys.meta_path.insert(0, hook)
    sys.meta_path.append(Last(hook))
    worker.output_limit = setting["output"]
    # As in a notebook, a module written beside it can be imported, but never in place of another.
    sys.path.append("")
    warnings.filterwarnings("ignore", message=".*non-interactive.*")
    worker.send(b"R", ("ok", None, None, [], "", []), [])
    worker.serve()
    # What the student left running must not keep this process alive.
    os._exit(0)


def main(argv: list[str]) -> None:
    """`worker.py SOCKET FOLDER...`: import from these folders, then serve."""
    channel_number, *folders = argv
    sys.path[:0] = folders
    sys.argv = [""]
    from classroom.sandboxing import wire

    converse(wire.Channel(socket.socket(fileno=int(channel_number))))


if __name__ == "__main__":
    main(sys.argv[1:])

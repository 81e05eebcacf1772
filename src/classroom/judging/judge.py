"""Judges one submission: test cells run here, in notebook order; the student's cells run in the worker.

This process never imports or executes a student's code. A name the student defined resolves to a proxy (or, for
plain data, to a copy); points are what the test cells of the instructor's own notebook say, between nothing and
the item's points; every failure has a sentence for the student and the whole story for the instructor.
"""

from __future__ import annotations

import ast
import base64
import builtins
import contextlib
import ctypes
import functools
import hashlib
import hmac
import io
import linecache
import math
import os
import re
import sys
import threading
import time
import traceback
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from classroom import expect
from classroom.judging.proxy import Link, Refused, WorkerLost
from classroom.model import Conditions, Failure, ItemResult, Step, Verdict
from classroom.sandboxing import nursery

HIDDEN = re.compile(r"^\s*###\s*(BEGIN|END) HIDDEN TESTS")
RESTARTS = 10
WATCH_SECONDS = 0.05
FIGURE_BYTES = 2 << 20
CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]")
PNG = b"\x89PNG\r\n\x1a\n"


def judge(steps: Sequence[Step], conditions: Conditions, seed: bytes, *, sandboxed: bool = True) -> Verdict:
    """What `steps` earn under `conditions`, with hidden tests drawing from generators made from `seed`.

    Raises `sandbox.SandboxMissing` where there is no sandbox, and ValueError when two test cells share an id.
    """
    tests = [step.id for step in steps if step.kind == "test"]
    if len(set(tests)) != len(tests):
        raise ValueError("steps: two test cells have the same id")
    session = Session(steps, conditions, seed, sandboxed)
    with session.folder():
        try:
            return session.run()
        finally:
            session.close()


class OutOfTime(BaseException):
    """Raised inside a test cell that goes on beyond its time; no test may catch it."""


class Namespace(dict[str, Any]):
    """The judge's names; one that is missing is the student's.

    The instructor's names come first whatever the student calls their own. A name which an earlier test cell and
    a later cell of the student's both bind is neither: reading it is refused.
    """

    def __init__(self, fetch: Callable[[str], Any]) -> None:
        super().__init__(__builtins__=builtins, __name__="__main__")
        self.fetch = fetch
        self.read: set[str] = set()

    def __missing__(self, name: str) -> Any:
        if hasattr(builtins, name):
            raise KeyError(name)
        self.read.add(name)
        return self.fetch(name)


class Printed(io.TextIOBase):
    """What a test cell prints, kept apart by whether the printing line is hidden."""

    def __init__(self, hidden: dict[str, set[int]], limit: int) -> None:
        self.hidden, self.limit = hidden, limit
        self.visible: list[str] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        frame: types.FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame.f_lineno in self.hidden.get(frame.f_code.co_filename, ()):
                return len(text)
            frame = frame.f_back
        if self.size < self.limit:
            self.visible.append(text[: self.limit - self.size])
        self.size += len(text)
        return len(text)


class Run:
    """What `classroom.expect` asks for while one test cell runs: generators, given functions, a place for points."""

    def __init__(self, session: Session, step: Step) -> None:
        self.session, self.step = session, step
        self.points: list[expect.Points] = []
        self.generators = 0

    def generator(self) -> np.random.Generator:
        """A generator that depends on the seed, the test cell and how many it asked for before.

        Once a submission has drawn from it, its state is replaced: see `Link.own_generators`.
        """
        found = self.fresh()
        self.session.link.own_generators[id(found)] = found
        return found

    def fresh(self) -> np.random.Generator:
        text = f"{self.step.id}\0{self.generators}".encode()
        self.generators += 1
        return np.random.default_rng(int.from_bytes(hmac.digest(self.session.seed, text, hashlib.sha256), "big"))

    def note_points(self, points: expect.Points) -> None:
        self.points.append(points)

    @contextlib.contextmanager
    def give(self, functions: dict[str, Any]) -> Iterator[None]:
        """Bind trusted functions in the worker, only under names that no later test asks about."""
        link = self.session.link
        for name in functions:
            if name in self.session.asked_later(self.step):
                raise link.refuse(
                    f"give({name}=...): a later test cell still judges {name}; move that test before this one"
                )
        names = list(functions)
        link.request("give", dict(functions))
        try:
            yield
        finally:
            given = {id(function) for function in functions.values()}
            link.functions = {n: f for n, f in link.functions.items() if id(f) not in given}
            link.function_numbers = {i: n for i, n in link.function_numbers.items() if i not in given}
            if not link.lost:
                link.request("take", names)


class Session:
    """One submission: the judge's namespace, the worker and its replacements, the clock."""

    def __init__(self, steps: Sequence[Step], conditions: Conditions, seed: bytes, sandboxed: bool) -> None:
        self.steps, self.conditions, self.seed, self.sandboxed = steps, conditions, seed, sandboxed
        self.began = time.monotonic()
        self.step_ends = self.total_ends = self.began + conditions.seconds_total
        self.space = Namespace(self.fetch)
        self.hidden: dict[str, set[int]] = {}
        self.done: list[Step] = []
        self.culprits: set[str] = set()
        # Names that test cells bound, and those of them that a later cell of the student's bound too.
        self.of_tests: set[str] = set()
        self.disputed: dict[str, str] = {}
        self.outputs: dict[str, list[dict[str, Any]]] = {}
        self.items: dict[str, ItemResult] = {}
        self.notes: list[str] = []
        self.restarts = 0
        self.over = ""
        self.watch = Watch(self)
        self.link = self.start()
        self.watch.start()

    @contextlib.contextmanager
    def folder(self) -> Iterator[None]:
        """Set-up cells read the released data from the working folder, as in the notebook."""
        before = os.getcwd()
        if self.conditions.data is not None:
            os.chdir(self.conditions.data)
        try:
            yield
        finally:
            os.chdir(before)

    def close(self) -> None:
        self.watch.stop()
        self.link.process.end()

    # --- the worker -----------------------------------------------------------------------------------------

    def start(self) -> Link:
        process = nursery.start(self.conditions, sandboxed=self.sandboxed)
        return Link(process, lambda: min(self.step_ends, self.total_ends), torch="torch" in self.conditions.packages)

    def replace_worker(self) -> None:
        """After a loss: a new worker with the cells run so far, but for the one that ended the old one."""
        while self.link.lost and not self.over:
            self.link.process.end()
            self.restarts += 1
            if self.restarts > RESTARTS:
                self.over = "the submission ended its process too many times"
                return
            self.link = self.start()
            for step in self.done:
                if step.id in self.culprits:
                    continue
                self.limit_step()
                try:
                    self.link.request("cell", step.id, step.source)
                except Exception:  # as in `cell`
                    self.culprits.add(step.id)
                    self.notes.append(f"{step.id}: ended the process when it was run again; left out from then on")
                    if self.link.lost:
                        break

    def limit_step(self) -> None:
        self.step_ends = time.monotonic() + self.conditions.seconds_per_cell

    def fetch(self, name: str) -> Any:
        """The student's `name`."""
        try:
            return self.link.request("name", name, memory=("name", name))
        except KeyError:
            raise NameError(f"`{name}` is not defined: no cell of the submission defines it", name=name) from None

    # --- steps ----------------------------------------------------------------------------------------------

    def run(self) -> Verdict:
        for step in self.steps:
            if not self.over and time.monotonic() >= self.total_ends:
                self.over = f"the submission used up its {self.conditions.seconds_total:g} seconds"
            if self.link.lost:
                self.replace_worker()
            if step.kind == "test":
                self.items[step.id] = self.test(step)
            elif not self.over:
                if step.kind == "setup":
                    self.set_up(step)
                self.cell(step)
        limited = bool(self.over or self.restarts or self.link.lost)
        return Verdict(self.items, self.outputs, tuple(self.notes), time.monotonic() - self.began, limited)

    def set_up(self, step: Step) -> None:
        """A set-up cell in the judge; it sees no name of the student's."""
        file = self.register(step)
        stream = io.StringIO()
        fetch, self.space.fetch = self.space.fetch, _no_student
        try:
            with contextlib.redirect_stdout(stream):
                self.guarded(lambda: exec(compile(_clean(step.source), file, "exec"), self.space))
        except OutOfTime:
            self.notes.append(f"{step.id}: the set-up cell took too long in the judge")
        except (Exception, SystemExit) as error:
            self.notes.append(f"{step.id}: the set-up cell failed in the judge: {type(error).__name__}: {error}")
        finally:
            self.space.fetch = fetch

    def cell(self, step: Step) -> None:
        """A cell in the worker: its outputs, inert, and whether it ended the worker."""
        self.limit_step()
        self.link.begin()
        try:
            ok, outputs, bound = _cell_report(self.link.request("cell", step.id, step.source))
        except Exception as error:  # whatever the worker answered, it was no report of a cell
            self.culprits.add(step.id)
            reason = f"this cell was stopped: {error}"
            self.outputs[step.id] = [
                {"output_type": "error", "ename": "Stopped", "evalue": reason, "traceback": [reason]}
            ]
            self.notes.append(f"{step.id}: {error}")
        else:
            self.outputs[step.id] = inert(outputs, self.conditions.output_bytes)
            if step.kind == "setup" and not ok:
                self.notes.append(f"{step.id}: the set-up cell failed in the worker")
            if step.kind == "student":
                for name in set(bound) & self.of_tests:
                    self.disputed[name] = step.id
        self.done.append(step)

    def asked_later(self, step: Step) -> set[str]:
        """Names that test cells after `step` read, other than to give them."""
        found: set[str] = set()
        for later in self.steps[self.steps.index(step) + 1 :]:
            if later.kind == "test":
                found |= _named(later.source)
        return found

    def register(self, step: Step) -> str:
        """A file name for the cell, its source for tracebacks, its hidden lines."""
        file = f"<{step.kind} {step.id}>"
        source = _clean(step.source)
        linecache.cache[file] = (len(source), None, [line + "\n" for line in source.split("\n")], file)
        self.hidden[file] = hidden_lines(source)
        return file

    # --- one test cell --------------------------------------------------------------------------------------

    def test(self, step: Step) -> ItemResult:
        file = self.register(step)
        if self.over:
            return self.lost_item(step, self.over)
        self.limit_step()
        self.link.begin()
        self.space.read.clear()
        run = Run(self, step)
        self.link.fresh = run.fresh
        printed = Printed(self.hidden, self.conditions.output_bytes)
        value: Any = None
        error: BaseException | None = None
        disputed = {name: dict.pop(self.space, name) for name in self.disputed if name in self.space}
        before = dict(self.space)
        token = expect.RUN.set(run)
        try:
            # A warning of the submission's is no matter for the instructor's terminal.
            with contextlib.redirect_stdout(printed), warnings.catch_warnings(record=True):
                value = self.guarded(lambda: self.execute(step, file))
        except OutOfTime:
            # It may have struck between a question and its answer: this worker is not to be asked again.
            self.link.give_up("the time limit was reached")
            error = WorkerLost(self.link.lost)
        except KeyboardInterrupt:
            raise
        except BaseException as problem:  # pytest's Failed is no Exception
            error = problem
        finally:
            expect.RUN.reset(token)
        bound = {name for name, now in self.space.items() if name not in before or before[name] is not now}
        for name, old in disputed.items():
            if name not in self.space:
                self.space[name] = old
            else:
                del self.disputed[name]
        self.of_tests |= bound
        if printed.visible:
            text = [{"output_type": "stream", "name": "stdout", "text": "".join(printed.visible)}]
            self.outputs[step.id] = inert(text, self.conditions.output_bytes)
        return self.result(step, run, value, error)

    def execute(self, step: Step, file: str) -> Any:
        """Run the cell; the value of its last expression, which is the points if it is a number."""
        cell = _compiled(step.source, file)
        for name in cell.loads:
            if name in self.disputed and name not in cell.stores:
                raise self.refuse_at(
                    file,
                    f"`{name}` is bound by an earlier test cell and by the cell {self.disputed[name]}: give the "
                    f"test's own variable another name",
                )
        exec(cell.body, self.space)
        if cell.last is None:
            return None
        value = eval(cell.value, self.space)
        if type(value) in (int, float) and _of_student(cell.tree, cell.last, self.space.read):
            raise self.refuse_at(
                f"{file}, line {cell.last.lineno}",
                "the last line of a test cell is its points, and here it is a value of the student's: check it with "
                "check.value(...).gives(...), or end the cell with points.total()",
            )
        return value

    def refuse_at(self, where: str, text: str) -> Refused:
        error = self.link.refuse(text)
        error.where = where
        return error

    def guarded(self, action: Callable[[], Any]) -> Any:
        """Run the instructor's code under the clock: data of the student's could keep it busy for ever."""
        self.watch.arm(min(self.total_ends, time.monotonic() + 2 * self.conditions.seconds_per_cell + 1) + 1)
        try:
            return action()
        finally:
            self.watch.disarm()

    def result(self, step: Step, run: Run, value: Any, error: BaseException | None) -> ItemResult:
        """Points and failures of one test cell."""
        missed = [(name, problem) for points in run.points for name, _, problem in points.failures]
        failures = [self.failure(step, problem, name) for name, problem in missed]
        if error is not None:
            failures.append(self.failure(step, error, ""))
        raised: list[BaseException] = [problem for _, problem in missed] + ([error] if error is not None else [])
        swallowed = [i for i in self.link.incidents if not any(_in_chain(i, problem) for problem in raised)]
        if not self.link.lost:
            try:
                changed = self.link.changed_here()
            except (WorkerLost, Refused):
                changed = []
            if changed:
                swallowed.append(
                    Refused(f"the test changed {', '.join(changed)} in place: change a copy, or ask the object to")
                )
        if swallowed:
            failures.append(self.failure(step, swallowed[0], ""))
        points, note = 0.0, ""
        if error is None and not swallowed:
            points, note = self.points(step, run, value)
        if note:
            self.notes.append(f"{step.id}: {note}")
            failures.append(Failure(step.id, problem="the check gave no valid number of points", instructor=note))
        passed = [name for counted in run.points for name in counted.passed] if error is None and not swallowed else []
        return ItemResult(points, step.points, tuple(failures), tuple(passed))

    def points(self, step: Step, run: Run, value: Any) -> tuple[float, str]:
        """The points of a test cell that went through, and what was wrong with the number it gave."""
        if type(value) not in (int, float) and not issubclass(type(value), np.number):
            value = None
        if value is None:
            if run.points:
                return min(step.points, sum(points.earned for points in run.points)), ""
            return step.points, ""
        number = float(value) if not isinstance(value, np.complexfloating) else math.nan
        if not math.isfinite(number):
            return 0.0, f"the cell's last line gave {number} points"
        return min(max(number, 0.0), step.points), ""

    def lost_item(self, step: Step, reason: str) -> ItemResult:
        failure = Failure(step.id, problem=f"not checked: {reason}", instructor=reason)
        return ItemResult(0.0, step.points, (failure,))

    # --- messages -------------------------------------------------------------------------------------------

    def is_hidden(self, error: BaseException) -> bool:
        """Whether the error came up while a hidden line ran; one from nowhere counts as hidden."""
        hidden, found = False, False
        for frame, line in traceback.walk_tb(error.__traceback__):
            lines = self.hidden.get(frame.f_code.co_filename)
            found = found or lines is not None
            hidden = hidden or (lines is not None and line in lines)
        if isinstance(error, SyntaxError) and not found:
            return True
        return hidden or (not found and not isinstance(error, Refused))

    def failure(self, step: Step, error: BaseException, part: str) -> Failure:
        """One failure: what the student may read, and everything for the instructor."""
        hidden = self.is_hidden(error)
        story = "".join(traceback.format_exception(error))[-8000:]
        theirs = getattr(error, "student_traceback", "") or getattr(error.__cause__, "student_traceback", "")
        story += f"\nIn the submission:\n{theirs}" if theirs else ""
        if isinstance(error, Refused) and error.where:
            story += f"\nAt {error.where}"
        story += f"\nSeed: {self.seed.hex()}, item {step.id}"
        if isinstance(error, expect.CheckFailed):
            problem = error.blind if hidden else error.problem
            if error.want and not hidden:
                problem += f"; expected {error.want}"
            return Failure(
                error.item,
                part or error.part,
                clean(error.tried),
                clean(problem),
                clean(error.got),
                error.hint,
                error.see,
                hidden,
                clean(story),
            )
        return Failure(step.id, part, "", clean(self.sentence(error, hidden)), "", "", "", hidden, clean(story))

    def sentence(self, error: BaseException, hidden: bool) -> str:
        """What the student reads of an error that no check worded."""
        name, text = type(error).__name__, str(error)
        if isinstance(error, WorkerLost):
            return f"your code was stopped: {text}"
        if isinstance(error, Refused):
            return "what your code gave back is an object where a plain value was expected, so it cannot be checked"
        if isinstance(error, NotImplementedError) and hasattr(error, "student_traceback"):
            return "not written yet: the stub still raises NotImplementedError"
        if hasattr(error, "student_traceback"):
            return f"{name} was raised by your code: {text}"
        if isinstance(error, NameError):
            return text if "of the submission" in text else f"a name is not defined: {text}"
        if hidden:
            return "a check that is not shown did not pass"
        return f"{name}: {text}" if text else f"a check did not pass ({name})"


class Watch(threading.Thread):
    """Ends the worker that takes too much memory, and interrupts a test cell that runs beyond its time."""

    def __init__(self, session: Session) -> None:
        super().__init__(daemon=True, name="judge-watch")
        self.session = session
        self.judge_thread = threading.get_ident()
        self.lock = threading.Lock()
        self.ends: float | None = None
        self.stopped = threading.Event()

    def arm(self, ends: float) -> None:
        with self.lock:
            self.ends = ends

    def disarm(self) -> None:
        with self.lock:
            self.ends = None

    def stop(self) -> None:
        self.stopped.set()
        if self.is_alive():
            self.join()

    def run(self) -> None:
        while not self.stopped.wait(WATCH_SECONDS):
            process = self.session.link.process
            if process.uses_more_than(self.session.conditions.memory_bytes):
                process.kill(f"it used more than {self.session.conditions.memory_bytes >> 20} MB of memory")
            with self.lock:
                if self.ends is not None and time.monotonic() > self.ends:
                    self.ends = time.monotonic() + 1
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(
                        ctypes.c_ulong(self.judge_thread), ctypes.py_object(OutOfTime)
                    )


# --- small helpers --------------------------------------------------------------------------------------------


def _no_student(name: str) -> Any:
    raise NameError(f"name '{name}' is not defined", name=name)


def _clean(source: str) -> str:
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
def _compiled(source: str, file: str) -> TestCell:
    """The cell, which is the same for every submission."""
    tree = ast.parse(_clean(source), file)
    end = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    last = end.value if isinstance(end, ast.Expr) else None
    return TestCell(
        tree,
        last,
        compile(tree, file, "exec"),
        compile(ast.Expression(last if last is not None else ast.Constant(None, lineno=1, col_offset=0)), file, "eval"),
        frozenset(_loads(tree, end)),
        frozenset(_stores(tree)),
    )


@functools.lru_cache(maxsize=256)
def _named(source: str) -> frozenset[str]:
    """Every name in a test cell; asked again for each function that is given and for each submission."""
    return frozenset(n.id for n in ast.walk(ast.parse(_clean(source))) if isinstance(n, ast.Name))


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


def _of_student(tree: ast.Module, last: ast.expr, read: set[str]) -> bool:
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


def _in_chain(incident: Exception, error: BaseException | None) -> bool:
    seen: set[int] = set()
    queue = [error]
    while queue:
        current = queue.pop()
        if current is None or id(current) in seen:
            continue
        if current is incident:
            return True
        seen.add(id(current))
        queue += [current.__cause__, current.__context__]
    return False


def clean(text: str) -> str:
    """Text without control characters and terminal colours."""
    return CONTROL.sub("", text)


def _cell_report(value: Any) -> tuple[bool, list[Any], list[str]]:
    """The worker's account of a cell, of the right types at least."""
    if type(value) is not tuple or len(value) != 3 or type(value[1]) is not list or type(value[2]) is not list:
        return False, [], []
    return value[0] is True, value[1], [name for name in value[2] if type(name) is str]


def inert(outputs: list[Any], limit: int) -> list[dict[str, Any]]:
    """The worker's outputs as nbformat dictionaries that hold text and PNG only, within the limit."""
    found: list[dict[str, Any]] = []
    left, pictures = limit, FIGURE_BYTES

    def text_of(value: Any) -> str:
        nonlocal left
        text = clean(value)[: max(left, 0)] if type(value) is str else ""
        left -= len(text)
        return text

    for output in outputs[:1000]:
        kind = output.get("output_type") if type(output) is dict else None
        if kind == "stream":
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            text = text_of(output.get("text"))
            if text:
                found.append({"output_type": "stream", "name": name, "text": text})
        elif kind == "execute_result":
            data = {"text/plain": text_of(output.get("text"))}
            found.append({"output_type": "execute_result", "execution_count": None, "metadata": {}, "data": data})
        elif kind == "error":
            lines = output.get("traceback") if type(output.get("traceback")) is list else []
            found.append(
                {
                    "output_type": "error",
                    "ename": text_of(output.get("ename"))[:100],
                    "evalue": text_of(output.get("evalue")),
                    "traceback": [text_of(line) for line in lines[:200]],
                }
            )
        elif kind == "display_data":
            png = output.get("png")
            if type(png) is str and len(png) <= pictures and _is_png(png):
                pictures -= len(png)
                data = {"image/png": png, "text/plain": "[figure]"}
                found.append({"output_type": "display_data", "metadata": {}, "data": data})
    return found


def _is_png(text: str) -> bool:
    try:
        return base64.b64decode(text, validate=True).startswith(PNG)
    except ValueError:
        return False

"""One submission under way: the judge's names, the worker and its replacements, the clock, and all cells but tests."""

from __future__ import annotations

import builtins
import contextlib
import io
import linecache
import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..model import Conditions, Step
from ..sandboxing import nursery
from .cells import hidden_lines, named, plain_python
from .link import Link
from .outputs import ALL_BYTES, inert, size
from .replies import cell_report
from .watch import OutOfTime, Watch

RESTARTS = 10


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


def _no_student(name: str) -> Any:
    raise NameError(f"name '{name}' is not defined", name=name)


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
        self.room = ALL_BYTES
        self.notes: list[str] = []
        self.restarts = 0
        # Why nothing more is run of it, once that is so.
        self.over = ""
        self.watch = Watch(lambda: self.link.process, conditions.memory_bytes)
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
        """End the watch, and the worker with everything it started."""
        self.watch.stop()
        self.link.process.end()

    # --- the worker -----------------------------------------------------------------------------------------

    def start(self) -> Link:
        """A new worker, and the link to it."""
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
        """From now on the next cell has its time."""
        self.step_ends = time.monotonic() + self.conditions.seconds_per_cell

    def fetch(self, name: str) -> Any:
        """The student's `name`."""
        try:
            return self.link.request("name", name, memory=("name", name))
        except KeyError:
            raise NameError(f"`{name}` is not defined: no cell of the submission defines it", name=name) from None

    # --- cells ----------------------------------------------------------------------------------------------

    def set_up(self, step: Step) -> None:
        """A set-up cell in the judge; it sees no name of the student's."""
        file = self.register(step)
        stream = io.StringIO()
        fetch, self.space.fetch = self.space.fetch, _no_student
        try:
            with contextlib.redirect_stdout(stream):
                cell = plain_python(step.source)
                self.guarded(lambda: exec(compile(cell, file, "exec", dont_inherit=True), self.space))
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
            ok, outputs, bound = cell_report(self.link.request("cell", step.id, step.source))
        except Exception as error:  # whatever the worker answered, it was no report of a cell
            self.culprits.add(step.id)
            reason = f"this cell was stopped: {error}"
            self.show(step, [{"output_type": "error", "ename": "Stopped", "evalue": reason, "traceback": [reason]}])
            self.notes.append(f"{step.id}: {error}")
        else:
            self.show(step, inert(outputs, self.conditions.output_bytes))
            if step.kind == "setup" and not ok:
                self.notes.append(f"{step.id}: the set-up cell failed in the worker")
            if step.kind == "student":
                # A name that nothing asks for is the test's own: a helper of the student's happens to have it too.
                for name in set(bound) & self.of_tests & set(bound if step.asked is None else step.asked):
                    self.disputed[name] = step.id
        self.done.append(step)

    def show(self, step: Step, outputs: list[dict[str, Any]]) -> None:
        """Keep what a cell or a test shows, as long as there is room: each has a limit, and there may be a thousand."""
        if size(outputs) > self.room:
            text = "(not shown: this notebook shows too much altogether)\n"
            outputs = [{"output_type": "stream", "name": "stderr", "text": text}]
        self.room -= size(outputs)
        self.outputs[step.id] = outputs

    def asked_later(self, step: Step) -> set[str]:
        """Names that test cells after `step` read, other than to give them."""
        found: set[str] = set()
        for later in self.steps[self.steps.index(step) + 1 :]:
            if later.kind == "test":
                found |= named(later.source)
        return found

    def register(self, step: Step) -> str:
        """A file name for the cell, its source for tracebacks, its hidden lines."""
        file = f"<{step.kind} {step.id}>"
        source = plain_python(step.source)
        linecache.cache[file] = (len(source), None, [line + "\n" for line in source.split("\n")], file)
        self.hidden[file] = hidden_lines(source)
        return file

    def guarded(self, action: Callable[[], Any]) -> Any:
        """Run the instructor's code under the clock: data of the student's could keep it busy for ever."""
        self.watch.arm(min(self.total_ends, time.monotonic() + 2 * self.conditions.seconds_per_cell + 1) + 1)
        try:
            return action()
        finally:
            while self.watch.ends is not None:
                try:
                    self.watch.disarm()
                except OutOfTime:
                    # It was on its way when the action ended: too late, and it must not strike further out.
                    continue

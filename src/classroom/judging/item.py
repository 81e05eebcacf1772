"""One test cell: run under the clock, with what it asked of the submission, and the points that it gives."""

from __future__ import annotations

import contextlib
import math
import warnings
from typing import Any

import numpy as np

from .. import expect
from ..model import Failure, ItemResult, Step
from .cells import compiled, of_student
from .errors import Refused, WorkerLost
from .failures import failure, in_chain
from .outputs import Printed, inert
from .run import Run
from .session import Session
from .watch import OutOfTime


class Item:
    """A test cell of a submission under way."""

    def __init__(self, session: Session, step: Step) -> None:
        self.session, self.step = session, step
        self.run = Run(session, step)

    def judged(self) -> ItemResult:
        """Run the cell, and say what it earns."""
        session, step, run = self.session, self.step, self.run
        file = session.register(step)
        if session.over:
            lost = Failure(step.id, problem=f"not checked: {session.over}", instructor=session.over)
            return ItemResult(0.0, step.points, (lost,))
        session.limit_step()
        session.link.begin()
        session.space.read.clear()
        session.link.fresh = run.fresh
        printed = Printed(session.hidden, session.conditions.output_bytes)
        value: Any = None
        error: BaseException | None = None
        disputed = {name: dict.pop(session.space, name) for name in session.disputed if name in session.space}
        before = dict(session.space)
        token = expect.RUN.set(run)
        try:
            # A warning of the submission's is no matter for the instructor's terminal.
            with contextlib.redirect_stdout(printed), warnings.catch_warnings(record=True):
                value = session.guarded(lambda: self.execute(file))
        except OutOfTime:
            # It may have struck between a question and its answer: this worker is not to be asked again.
            session.link.give_up("the time limit was reached")
            error = WorkerLost(session.link.lost)
        except KeyboardInterrupt:
            raise
        except BaseException as problem:  # pytest's Failed is no Exception
            error = problem
        finally:
            expect.RUN.reset(token)
        bound = {name for name, now in session.space.items() if name not in before or before[name] is not now}
        for name, old in disputed.items():
            if name not in session.space:
                session.space[name] = old
            else:
                del session.disputed[name]
        session.of_tests |= bound
        if printed.visible:
            text = [{"output_type": "stream", "name": "stdout", "text": "".join(printed.visible)}]
            session.show(step, inert(text, session.conditions.output_bytes))
        return self.result(value, error)

    def execute(self, file: str) -> Any:
        """Run the cell; the value of its last expression, which is the points if it is a number."""
        cell, disputed = compiled(self.step.source, file), self.session.disputed
        for name in cell.loads:
            if name in disputed and name not in cell.stores:
                raise self.refuse_at(
                    file,
                    f"`{name}` is bound by an earlier test cell and by the cell {disputed[name]}: give the "
                    f"test's own variable another name",
                )
        exec(cell.body, self.session.space)
        if cell.last is None:
            return None
        value = eval(cell.value, self.session.space)
        if type(value) in (int, float) and of_student(cell.tree, cell.last, self.session.space.read):
            raise self.refuse_at(
                f"{file}, line {cell.last.lineno}",
                "the last line of a test cell is its points, and here it is a value of the student's: check it with "
                "check.value(...).gives(...), or end the cell with points.total()",
            )
        return value

    def refuse_at(self, where: str, text: str) -> Refused:
        """A refusal of the cell itself rather than of a line that runs."""
        error = self.session.link.refuse(text)
        error.where = where
        return error

    def result(self, value: Any, error: BaseException | None) -> ItemResult:
        """Points and failures of the cell, from the value of its last line and the error that ended it."""
        step, run = self.step, self.run
        missed = [(name, problem) for points in run.points for name, _, problem in points.failures]
        failures = [self.failure(problem, name) for name, problem in missed]
        if error is not None:
            failures.append(self.failure(error, ""))
        raised: list[BaseException] = [problem for _, problem in missed] + ([error] if error is not None else [])
        raised += [problem for points in run.points for problem in points.again]
        swallowed = [i for i in self.session.link.incidents if not any(in_chain(i, problem) for problem in raised)]
        if not self.session.link.lost:
            try:
                changed = self.session.link.reads.changed_here()
            except (WorkerLost, Refused):
                changed = []
            if changed:
                swallowed.append(
                    Refused(f"the test changed {', '.join(changed)} in place: change a copy, or ask the object to")
                )
        if swallowed:
            failures.append(self.failure(swallowed[0], ""))
        points, note = 0.0, ""
        if error is None and not swallowed:
            points, note = self.points(value)
        if note:
            self.session.notes.append(f"{step.id}: {note}")
            failures.append(Failure(step.id, problem="the check gave no valid number of points", instructor=note))
        passed = [name for counted in run.points for name in counted.passed] if error is None and not swallowed else []
        return ItemResult(points, step.points, tuple(failures), tuple(passed))

    def failure(self, error: BaseException, part: str) -> Failure:
        return failure(self.step, error, part, hidden_lines=self.session.hidden, seed=self.session.seed)

    def points(self, value: Any) -> tuple[float, str]:
        """The points of a cell that went through, and what was wrong with the number it gave."""
        most, counted = self.step.points, self.run.points
        if type(value) not in (int, float) and not issubclass(type(value), np.number):
            value = None
        if value is None:
            if counted:
                return min(most, sum(points.earned for points in counted)), ""
            return most, ""
        number = float(value) if not isinstance(value, np.complexfloating) else math.nan
        if not math.isfinite(number):
            return 0.0, f"the cell's last line gave {number} points"
        return min(max(number, 0.0), most), ""

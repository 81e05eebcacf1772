"""A notebook's code cells run one after another in one namespace, as in a student's own JupyterLab."""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
from collections.abc import Iterable
from typing import Any

from classroom import expect
from classroom.expect import CheckFailed
from classroom.model import Failure, ItemResult, Step, Verdict


def run(steps: Iterable[Step]) -> Verdict:
    """What each test cell gives when everything shares one process (an honest student's own notebook)."""
    names: dict[str, Any] = {"__name__": "__main__"}
    items: dict[str, ItemResult] = {}
    for step in steps:
        result, error = _execute(step, names)
        if step.kind == "test":
            items[step.id] = _result(step, result, error, names)
    return Verdict(items)


def _execute(step: Step, names: dict[str, Any]) -> tuple[Any, Exception | None]:
    filename = f"<{step.id}>"
    linecache.cache[filename] = (len(step.source), None, step.source.splitlines(True), filename)
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            tree = ast.parse(step.source)
            last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, filename, "exec"), names)
            value = eval(compile(ast.Expression(last.value), filename, "eval"), names) if last is not None else None
            return value, None
        except Exception as error:
            return None, error


def _result(step: Step, value: Any, error: Exception | None, names: dict[str, Any]) -> ItemResult:
    if error is not None:
        return ItemResult(0.0, step.points, (_failure(step, error),))
    points = step.points if not isinstance(value, (int, float)) else float(value)
    failures = ()
    counted = names.get("points")
    if isinstance(counted, expect.Points) and isinstance(value, float):
        failures = tuple(_failure(step, e, part) for part, _, e in counted.failures)
    return ItemResult(points, step.points, failures)


def _failure(step: Step, error: Exception, part: str = "") -> Failure:
    if isinstance(error, CheckFailed):
        return Failure(error.item, part, error.tried, error.problem, error.got, error.hint, error.see)
    return Failure(step.id, part, "", f"{type(error).__name__}: {error}")

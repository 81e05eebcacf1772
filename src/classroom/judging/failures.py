"""What is said when a check fails: to the student what they may see, to the instructor the whole story."""

from __future__ import annotations

import traceback

from .. import expect
from ..model import Failure, Step
from .errors import Refused, WorkerLost
from .outputs import clean


def is_hidden(error: BaseException, hidden_lines: dict[str, set[int]]) -> bool:
    """Whether the error came up while a hidden line ran; one from nowhere counts as hidden."""
    hidden, found = False, False
    for frame, line in traceback.walk_tb(error.__traceback__):
        lines = hidden_lines.get(frame.f_code.co_filename)
        found = found or lines is not None
        hidden = hidden or (lines is not None and line in lines)
    if isinstance(error, SyntaxError) and not found:
        return True
    return hidden or (not found and not isinstance(error, Refused))


def failure(step: Step, error: BaseException, part: str, *, hidden_lines: dict[str, set[int]], seed: bytes) -> Failure:
    """One failure: what the student may read, and everything for the instructor.

    `hidden_lines` are the numbers of hidden lines by the name of the cell's file.
    """
    hidden = is_hidden(error, hidden_lines)
    story = "".join(traceback.format_exception(error))[-8000:]
    theirs = getattr(error, "student_traceback", "") or getattr(error.__cause__, "student_traceback", "")
    story += f"\nIn the submission:\n{theirs}" if theirs else ""
    if isinstance(error, Refused) and error.where:
        story += f"\nAt {error.where}"
    story += f"\nSeed: {seed.hex()}, item {step.id}"
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
    return Failure(step.id, part, "", clean(sentence(error, hidden)), "", "", "", hidden, clean(story))


def sentence(error: BaseException, hidden: bool) -> str:
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


def in_chain(incident: Exception, error: BaseException) -> bool:
    """Whether `error` is this incident, or came up because of it or while it was handled."""
    seen: set[int] = set()
    queue: list[BaseException | None] = [error]
    while queue:
        current = queue.pop()
        if current is None or id(current) in seen:
            continue
        if current is incident:
            return True
        seen.add(id(current))
        queue += [current.__cause__, current.__context__]
    return False

"""Errors and warnings of a student's code as texts and names of built-in types."""

from __future__ import annotations

import os
import traceback
import warnings
from typing import Any

MESSAGE_LIMIT = 2_000
TRACEBACK_LIMIT = 8_000


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


def heard(caught: list[warnings.WarningMessage] | None) -> list[tuple[list[str], str]]:
    """Warnings as names of built-in categories, nearest first, and their text."""
    found = []
    for warning in (caught or [])[:20]:
        names = [c.__name__ for c in warning.category.__mro__ if c.__module__ == "builtins"]
        found.append((names, str(warning.message)[:MESSAGE_LIMIT]))
    return found

"""The judge's own errors about a worker, and the built-in ones that a student's errors and warnings arrive as."""

from __future__ import annotations

import builtins


class Refused(TypeError):
    """The test asked a student's object for something that only a plain value can be trusted with."""

    where = ""


class WorkerLost(RuntimeError):
    """The worker ended or was ended: out of time or memory, crashed, or answered with nonsense."""


def _constructible(kind: type) -> bool:
    try:
        return str(kind("text")) in ("text", "'text'")
    except TypeError:
        return False


# Built-in exceptions that one text makes. Never one that is no Exception, such as SystemExit.
EXCEPTIONS: dict[str, type[Exception]] = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, Exception) and name != "StopIteration" and _constructible(kind)
}

WARNINGS: dict[str, type[Warning]] = {
    name: kind for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, Warning)
}

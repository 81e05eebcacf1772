"""The shape of what a worker answers, checked: whatever it sends, what goes on is of these types and sizes."""

from __future__ import annotations

from typing import Any

from ..wire.values import WireError


def reply(message: Any) -> tuple[str, Any, Any, Any, str, list[tuple[list[str], str]]]:
    """Status, value, its origin, changes, printed text and warnings, as (names of categories, text)."""
    if type(message) is not tuple or len(message) != 6:
        raise WireError("a malformed reply")
    status, _, _, _, printed, heard = message
    known = type(status) is str and status in ("ok", "error", "stop", "missing")
    good = known and type(printed) is str and type(heard) is list
    if not good or not all(
        type(w) is tuple and len(w) == 2 and _texts(w[0]) and type(w[1]) is str for w in heard[:100]
    ):
        raise WireError("a malformed reply")
    return (*message[:5], heard[:20])


def _texts(value: Any) -> bool:
    return type(value) is list and all(type(item) is str for item in value)


def report(value: Any) -> tuple[list[str], str, str, str, int | None]:
    """An error of the student's: names of built-in types, text, type, traceback, token of an error of the test's."""
    if type(value) is not tuple or len(value) != 5 or not _texts(value[0]):
        raise WireError("a malformed report of an error")
    if not all(type(text) is str for text in value[1:4]) or type(value[4]) not in (int, type(None)):
        raise WireError("a malformed report of an error")
    names, text, type_name, trace, token = value
    return names[:20], text[:2000], type_name[:100], trace[:10_000], token


def cell_report(value: Any) -> tuple[bool, list[Any], list[str]]:
    """The worker's account of a cell, of the right types at least."""
    if type(value) is not tuple or len(value) != 3 or type(value[1]) is not list or type(value[2]) is not list:
        return False, [], []
    return value[0] is True, value[1], [name for name in value[2] if type(name) is str]

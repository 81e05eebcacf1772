"""Workers for submissions that follow one another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from . import sandbox
from .model import Conditions

_preload = False


@contextmanager
def preloading(wanted: bool) -> Iterator[None]:
    global _preload
    before, _preload = _preload, wanted
    try:
        yield
    finally:
        _preload = before


def start(conditions: Conditions, *, sandboxed: bool = True) -> sandbox.Process:
    return sandbox.start(conditions, sandboxed=sandboxed)

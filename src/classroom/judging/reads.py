"""What a test read from a student's objects: the same value again while nothing changed, and none changed unseen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..wire.changes import become
from ..wire.encoding import Encoder
from ..wire.values import Function, Handle, WireError, is_leaf
from .proxy import Proxy


class Reads:
    """Names and attributes read during one test cell, by what was asked for.

    `origins` are the worker's numbers of arrays, tensors and generators that were read; `borrowed` all mutable
    values that were, by their identity here.
    """

    def __init__(self, lower: Callable[[Any], Handle | Function]) -> None:
        self.lower = lower
        self.origins: dict[int, int] = {}
        self.fetched: dict[Any, tuple[bytes, Any, bytes]] = {}
        self.borrowed: dict[int, Any] = {}

    def remember(self, memory: Any, frame: bytes, value: Any, origin: Any) -> Any:
        """Keep the answer to a reading; arrays in it cannot be written to, and one read before is renewed."""
        _, earlier, _ = self.fetched.get(memory, (b"", None, b""))
        if (
            type(earlier) is type(value) is np.ndarray
            and self.origins.get(id(earlier)) == origin
            and (earlier.shape, earlier.dtype) == (value.shape, value.dtype)
        ):
            # The student's array is the same one with new numbers in it, and so is its copy here.
            become(earlier, value)
            value = earlier
        self._borrow(value)
        if type(value) is not Proxy and is_leaf(value) and type(origin) is int and 0 < origin < 1 << 64:
            self.origins[id(value)] = origin
        content = b""
        if type(value) in (list, dict, set, tuple):
            content = self._content(value)
        self.fetched[memory] = (frame, value, content)
        return value

    def _content(self, value: Any) -> bytes:
        return Encoder(self.lower, exact=True).encode(value)

    def _borrow(self, value: Any) -> None:
        """Mark what was read from the worker: a change made to it here would not reach the object there."""
        if type(value) is np.ndarray:
            value.flags.writeable = False
        if type(value) in (list, tuple):
            for item in value:
                self._borrow(item)
        if type(value) is dict:
            for item in value.values():
                self._borrow(item)
        if type(value) in (list, dict, set) or (type(value) is not Proxy and is_leaf(value)):
            self.borrowed[id(value)] = value

    def changed_here(self) -> list[str]:
        """Names and attributes read from the worker as lists or dictionaries which the test then changed."""
        return [
            str(memory[-1])
            for memory, (_, value, content) in self.fetched.items()
            if content and self._changed(value, content)
        ]

    def _changed(self, value: Any, content: bytes) -> bool:
        try:
            return self._content(value) != content
        except WireError:  # what cannot cross was not in it when it came
            return True

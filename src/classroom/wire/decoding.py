"""From a frame to its value: a frame is decoded by `Decoder` alone, never unpickled.

Whatever the bytes are, `decode` returns a value made of exact built-in types, plain NumPy arrays (and, where
allowed, torch tensors and random generators) or raises `WireError`. The layout is that of `encoding`.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from .generators import generator_of
from .values import (
    ARRAY_KIND,
    KNOWN,
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_FRAME,
    MAX_INT_BYTES,
    MAX_NDIM,
    Function,
    Handle,
    WireError,
)


class Decoder:
    """Reads one frame. `lift` turns a Handle or a Function into what stands for it on this side.

    `nodes` are the numbered mutable values a reference may mean; with `share` new ones are added to it and may
    be referred to (frames from the judge). Without, only those present at the start may be, as a hostile sender
    must not write one list and refer to it a thousand times over; `number` adds new ones all the same.
    `scalars` allows exact NumPy scalars, `torch` allows tensors, `original` finds the value an origin means.
    """

    def __init__(
        self,
        frame: bytes,
        lift: Callable[[Handle | Function], Any],
        *,
        nodes: list[Any] | None = None,
        share: bool = False,
        scalars: bool = False,
        torch: bool = False,
        number: bool = False,
        original: Callable[[int], Any] | None = None,
    ) -> None:
        self.frame, self.lift, self.at = frame, lift, 0
        self.nodes: list[Any] = [] if nodes is None else nodes
        self.share, self.scalars, self.torch = share, scalars, torch
        self.number = share or number
        self.original = original
        self.referable = len(self.nodes)
        self.elements = 0
        self.unfinished: set[int] = set()

    def decode(self) -> Any:
        """The value of the whole frame, or WireError."""
        if len(self.frame) > MAX_FRAME:
            raise WireError("a frame that is too long")
        try:
            value = self._read(0)
        except WireError:
            raise
        except (ValueError, TypeError, OverflowError, KeyError, IndexError, RecursionError, struct.error) as error:
            raise WireError(f"a malformed frame ({type(error).__name__})") from None
        except (MemoryError, AttributeError, ArithmeticError, RuntimeError) as error:
            raise WireError(f"a malformed value ({type(error).__name__})") from None
        if self.at != len(self.frame):
            raise WireError("bytes left over after the value")
        return value

    def _take(self, size: int) -> bytes:
        end = self.at + size
        if end > len(self.frame):
            raise WireError("a frame that ends too early")
        piece = self.frame[self.at : end]
        self.at = end
        return piece

    def _length(self) -> int:
        return int.from_bytes(self._take(4), "big")

    def _payload(self, limit: int = MAX_FRAME) -> bytes:
        size = self._length()
        if size > limit:
            raise WireError("a payload that is too long")
        return self._take(size)

    def _read(self, depth: int) -> Any:
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise WireError(f"more than {MAX_ELEMENTS} elements")
        if depth > MAX_DEPTH:
            raise WireError(f"nested more than {MAX_DEPTH} deep")
        reader = self._readers.get(self._take(1))
        if reader is None:
            raise WireError("an unknown tag")
        return reader(self, depth)

    def _empty(self, value: Any) -> Any:
        if self._length():
            raise WireError("a payload where none belongs")
        return value

    def _count(self) -> int:
        count = self._length()
        # Every item takes at least one byte, so a count beyond the frame is a lie.
        if count > len(self.frame) - self.at:
            raise WireError("more items than bytes")
        return count

    def _new(self, value: Any) -> int:
        if self.number:
            self.nodes.append(value)
            self.unfinished.add(len(self.nodes) - 1)
        return len(self.nodes) - 1

    def _list(self, depth: int) -> list[Any]:
        count, value = self._count(), []  # type: ignore[var-annotated]
        index = self._new(value)
        for _ in range(count):
            value.append(self._read(depth + 1))
        self.unfinished.discard(index)
        return value

    def _items(self, depth: int) -> list[Any]:
        return [self._read(depth + 1) for _ in range(self._count())]

    def _set(self, depth: int) -> set[Any]:
        value: set[Any] = set()
        index = self._new(value)
        for item in self._items(depth):
            value.add(_hashable(item))
        self.unfinished.discard(index)
        return value

    def _dict(self, depth: int) -> dict[Any, Any]:
        count, value = self._count(), {}  # type: ignore[var-annotated]
        index = self._new(value)
        for _ in range(count):
            key = _hashable(self._read(depth + 1))
            value[key] = self._read(depth + 1)
        self.unfinished.discard(index)
        return value

    def _three(self, depth: int) -> list[Any]:
        self._empty(None)
        return [self._read(depth + 1) for _ in range(3)]

    def _slice(self, depth: int) -> slice:
        parts = self._three(depth)
        if not all(type(p) in (int, type(None)) for p in parts):
            raise WireError("a slice of something other than integers")
        return slice(*parts)

    def _range(self, depth: int) -> range:
        parts = self._three(depth)
        if not all(type(p) is int for p in parts):
            raise WireError("a range of something other than integers")
        value = range(*parts)
        if not self.share and len(value) > MAX_ELEMENTS:
            # Short to write, and going through it takes for ever, where nothing can interrupt it.
            raise WireError(f"a range of more than {MAX_ELEMENTS} numbers")
        return value

    def _dtype(self, depth: int = 0) -> np.dtype[Any]:
        text = self._payload(64).decode("ascii")
        if not ARRAY_KIND.fullmatch(text):
            raise WireError("a dtype that may not cross")
        return np.dtype(text)

    def _array(self, depth: int) -> np.ndarray[Any, Any]:
        self._empty(None)
        if self._take(1) != b"y":
            raise WireError("an array without a dtype")
        dtype = self._dtype()
        ndim = self._length()
        if ndim > MAX_NDIM:
            raise WireError("too many dimensions")
        shape = struct.unpack(f">{ndim}Q", self._take(8 * ndim))
        if self._take(1) != b"b":
            raise WireError("an array without data")
        data = self._payload()
        if math.prod(shape) * dtype.itemsize != len(data) or any(n >= 1 << 40 for n in shape):
            raise WireError("an array whose shape and size differ")
        if dtype.itemsize == 0:
            raise WireError("an array of items without size")
        value = np.frombuffer(bytearray(data), dtype=dtype).reshape(shape)
        if dtype.kind == "b" and value.size and value.view(np.uint8).max() > 1:
            raise WireError("a truth value that is neither true nor false")
        if dtype.kind == "U" and value.size and np.frombuffer(data, dtype.byteorder + "u4").max() > 0x10FFFF:
            raise WireError("text that is not Unicode")
        self._finished(value)
        return value

    def _finished(self, leaf: Any) -> None:
        self.unfinished.discard(self._new(leaf))

    def _scalar(self, depth: int) -> Any:
        self._empty(None)
        if not self.scalars:
            raise WireError("a NumPy scalar")
        if self._take(1) != b"a":
            raise WireError("a scalar without a value")
        numbered, self.number = self.number, False
        value = self._array(depth + 1)
        self.number = numbered
        return value[()]

    def _generator(self, depth: int) -> np.random.Generator:
        self._empty(None)
        numbered, self.number = self.number, False
        state = self._read(depth + 1)
        self.number = numbered
        value = generator_of(state)
        self._finished(value)
        return value

    def _tensor(self, depth: int) -> Any:
        self._empty(None)
        if not self.torch:
            raise WireError("a tensor")
        import torch

        numbered, self.number = self.number, False
        array = self._read(depth + 1)
        self.number = numbered
        if type(array) is not np.ndarray:
            raise WireError("a tensor without an array")
        value = torch.from_numpy(array)
        self._finished(value)
        return value

    def _known(self, depth: int) -> Any:
        name = self._payload(64).decode("ascii")
        if name not in KNOWN:
            raise WireError("an unknown name")
        return KNOWN[name]

    def _handle(self, depth: int) -> Any:
        payload = self._payload(1000)
        kind, _, name = payload[8:].decode().partition(":")
        return self.lift(Handle(int.from_bytes(payload[:8], "big"), kind, name))

    def _function(self, depth: int) -> Any:
        payload = self._payload(1000)
        return self.lift(Function(int.from_bytes(payload[:8], "big"), payload[8:].decode()))

    def _reference(self, depth: int) -> Any:
        (index,) = struct.unpack(">I", self._payload(4))
        if index >= (len(self.nodes) if self.share else self.referable) or index in self.unfinished:
            raise WireError("a reference to nothing")
        return self.nodes[index]

    def _origin(self, depth: int) -> Any:
        (number,) = struct.unpack(">Q", self._payload(8))
        if self.original is None:
            raise WireError("an origin")
        value = self.original(number)
        self._finished(value)
        return value

    _readers: ClassVar[dict[bytes, Callable[[Decoder, int], Any]]] = {
        b"N": lambda self, d: self._empty(None),
        b".": lambda self, d: self._empty(...),
        b"n": lambda self, d: self._empty(NotImplemented),
        b"1": lambda self, d: self._empty(True),
        b"0": lambda self, d: self._empty(False),
        b"i": lambda self, d: int.from_bytes(self._payload(MAX_INT_BYTES), "big", signed=True),
        b"x": lambda self, d: struct.unpack(">d", self._payload(8))[0],
        b"c": lambda self, d: complex(*struct.unpack(">dd", self._payload(16))),
        b"u": lambda self, d: self._payload().decode("utf-8", "surrogatepass"),
        b"b": lambda self, d: self._payload(),
        b"(": lambda self, d: tuple(self._items(d)),
        b"E": lambda self, d: frozenset(_hashable(item) for item in self._items(d)),
        b"l": _list,
        b"e": _set,
        b"d": _dict,
        b":": _slice,
        b"R": _range,
        b"y": _dtype,
        b"a": _array,
        b"s": _scalar,
        b"g": _generator,
        b"t": _tensor,
        b"k": _known,
        b"h": _handle,
        b"f": _function,
        b"r": _reference,
        b"o": _origin,
    }


def _hashable(value: Any) -> Any:
    """`value` if it may be a key or a member of a set: exact plain types, tuples of them."""
    if type(value) in (type(None), bool, int, float, complex, str, bytes) or isinstance(value, (type, np.dtype)):
        return value
    if type(value) in (tuple, frozenset):
        for item in value:
            _hashable(item)
        return value
    raise WireError("a key that is not a plain value")

"""What crosses between the judge and the worker: length-limited frames that hold a closed set of types.

A frame is decoded by this module alone, never unpickled. Whatever the bytes are, `decode` returns a value made
of exact built-in types, plain NumPy arrays (and, where allowed, torch tensors and random generators) or raises
`WireError`. What does not cross by value goes as a `Handle` (an object of the worker's) or a `Function` (one of
the judge's). Both sides import this module; it knows nothing of tests.

Layout: one tag byte, then lengths as 4 bytes big-endian, then the payload; containers hold their items in order.
Mutable values are numbered as they are met, so that both sides can say "the third array of this call".
"""

from __future__ import annotations

import builtins
import math
import operator
import re
import select
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

MAX_FRAME = 64 << 20
CHUNK = 1 << 16
MAX_ELEMENTS = 500_000
MAX_DEPTH = 50
MAX_INT_BYTES = 1024
MAX_NDIM = 32


class WireError(Exception):
    """A frame or a value that may not cross, with the reason."""


@dataclass(frozen=True)
class Handle:
    """An object that stays in the worker, by its number there."""

    number: int
    kind: str
    type_name: str


@dataclass(frozen=True)
class Function:
    """A function that stays in the judge, by its number there."""

    number: int
    name: str


def _known() -> dict[str, Any]:
    """Functions and types that are the same everywhere and have no effect but their result, by name."""
    table: dict[str, Any] = {f"math.{k}": v for k, v in vars(math).items() if callable(v) and k[0] != "_"}
    table |= {f"operator.{k}": getattr(operator, k) for k in ("add", "sub", "mul", "truediv", "neg", "matmul", "pow")}
    for name in ("abs", "len", "max", "min", "round", "sum", "int", "float", "complex", "bool", "str", "bytes"):
        table[name] = getattr(builtins, name)
    table |= {t.__name__: t for t in (list, tuple, dict, set, frozenset, range, slice)}
    table |= {k: v for k, v in vars(builtins).items() if isinstance(v, type) and issubclass(v, Exception)}
    for name, value in vars(np).items():
        if isinstance(value, np.ufunc) or (isinstance(value, type) and issubclass(value, (np.generic, np.ndarray))):
            table[f"numpy.{name}"] = value
    return table


KNOWN = _known()
# Several names may mean one object (np.float64 and np.double): the last one wins, on both sides alike.
NAME_OF_KNOWN = {id(value): name for name, value in KNOWN.items()}

ARRAY_KIND = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248]|c(8|16)|[SU]\d{1,6}|[mM]8(\[\d{0,6}[a-zA-Zμ]{1,7}\])?)")
GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
LEAVES = (np.ndarray, np.random.Generator)


def _torch() -> Any:
    return sys.modules.get("torch")


def _is_tensor(value: Any) -> bool:
    torch = _torch()
    return torch is not None and isinstance(value, getattr(torch, "Tensor", ()))


def is_leaf(value: Any) -> bool:
    """Mutable, and holding no other value: an array, a tensor, a random generator."""
    return isinstance(value, LEAVES) or _is_tensor(value)


class Encoder:
    """Writes one value. `exact` refuses subclasses (the judge's side); otherwise they are normalised.

    `lower` turns an object that does not cross by value into a Handle or a Function, or raises WireError.
    `nodes` numbers the mutable values met; a value already in it is written as a reference. With `share`
    new ones are added for reference too; without, only those there from the start can be referred to, and with
    `number` new ones are added all the same, each time they are met.
    `origins` names values that are copies of the other side's own: it is told to use its original.
    """

    def __init__(
        self,
        lower: Callable[[Any], Handle | Function],
        *,
        exact: bool,
        nodes: list[Any] | None = None,
        share: bool = False,
        number: bool = False,
        origins: Mapping[int, int] | None = None,
    ) -> None:
        self.out = bytearray()
        self.origins = origins or {}
        self.lower, self.exact, self.share, self.number = lower, exact, share, number
        self.nodes: list[Any] = [] if nodes is None else nodes
        self.seen = {id(node): i for i, node in enumerate(self.nodes)}
        self.elements = 0
        self.open: set[int] = set()

    def encode(self, value: Any) -> bytes:
        """The frame of `value`, or WireError."""
        try:
            self._write(value, 0)
        except RecursionError:
            raise WireError("a value nested too deep") from None
        return bytes(self.out)

    def _tag(self, tag: bytes, payload: bytes = b"") -> None:
        self.out += tag
        self.out += struct.pack(">I", len(payload))
        self.out += payload
        if len(self.out) > MAX_FRAME:
            raise WireError(f"a value larger than {MAX_FRAME >> 20} MB")

    def _write(self, value: Any, depth: int) -> None:
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise WireError(f"a value of more than {MAX_ELEMENTS} elements")
        if depth > MAX_DEPTH:
            raise WireError(f"a value nested more than {MAX_DEPTH} deep")
        kind = type(value)
        writer = self._writers.get(kind)
        if writer is not None:
            writer(self, value, depth)
        elif hasattr(kind, "__by_handle__"):
            self._foreign(value)
        elif id(value) in NAME_OF_KNOWN:
            self._tag(b"k", NAME_OF_KNOWN[id(value)].encode())
        elif isinstance(value, np.generic) and ARRAY_KIND.fullmatch(value.dtype.str):
            if self.exact:
                self._tag(b"s")
                self.out += Encoder(self.lower, exact=True).encode(np.asarray(value))
            else:
                self._write(value.item(), depth)
        elif isinstance(value, np.dtype):
            self._write_dtype(value)
        elif kind is np.random.Generator or (self.exact and isinstance(value, np.random.Generator)):
            self._write_generator(value, depth)
        elif isinstance(value, np.ndarray) and not self.exact:
            self._write_array(value, depth)
        elif _is_tensor(value):
            self._write_tensor(value, depth)
        elif not self.exact and isinstance(value, (list, tuple, dict, set, frozenset, str, bytes)):
            bases: tuple[Any, ...] = (list, tuple, dict, set, frozenset, str, bytes)
            self._write(next(base for base in bases if isinstance(value, base))(value), depth)
        else:
            self._foreign(value)

    def _foreign(self, value: Any) -> None:
        item = self.lower(value)
        if isinstance(item, Handle):
            self._tag(b"h", struct.pack(">Q", item.number) + f"{item.kind}:{item.type_name[:100]}".encode())
        else:
            self._tag(b"f", struct.pack(">Q", item.number) + item.name[:100].encode())

    def _node(self, value: Any) -> bool:
        """True when `value` was written as a reference; otherwise it is numbered."""
        index = self.seen.get(id(value))
        if index is not None:
            self._tag(b"r", struct.pack(">I", index))
            return True
        if self.share:
            self.seen[id(value)] = len(self.nodes)
            self.nodes.append(value)
        elif self.number:
            self.nodes.append(value)
        if id(value) in self.origins:
            self._tag(b"o", struct.pack(">Q", self.origins[id(value)]))
            return True
        return False

    def _write_int(self, value: int, depth: int) -> None:
        size = value.bit_length() // 8 + 1
        if size > MAX_INT_BYTES:
            raise WireError(f"an integer of more than {MAX_INT_BYTES} bytes")
        self._tag(b"i", value.to_bytes(size, "big", signed=True))

    def _write_items(self, tag: bytes, items: Any, depth: int) -> None:
        if id(items) in self.open:
            raise WireError("a container that holds itself")
        self.open.add(id(items))
        copy = list(items)
        self.out += tag + struct.pack(">I", len(copy))
        for item in copy:
            self._write(item, depth + 1)
        self.open.discard(id(items))

    def _write_list(self, value: list[Any], depth: int) -> None:
        if not self._node(value):
            self._write_items(b"l", value, depth)

    def _write_set(self, value: set[Any], depth: int) -> None:
        if not self._node(value):
            self._write_items(b"e", value, depth)

    def _write_dict(self, value: dict[Any, Any], depth: int) -> None:
        if self._node(value):
            return
        if id(value) in self.open:
            raise WireError("a container that holds itself")
        self.open.add(id(value))
        pairs = list(value.items())
        self.out += b"d" + struct.pack(">I", len(pairs))
        for k, v in pairs:
            self._write(k, depth + 1)
            self._write(v, depth + 1)
        self.open.discard(id(value))

    def _write_slice(self, value: slice, depth: int) -> None:
        self._tag(b":")
        for part in (value.start, value.stop, value.step):
            self._write(part, depth + 1)

    def _write_range(self, value: range, depth: int) -> None:
        self._tag(b"R")
        for part in (value.start, value.stop, value.step):
            self._write(part, depth + 1)

    def _write_dtype(self, value: np.dtype[Any]) -> None:
        if not ARRAY_KIND.fullmatch(value.str):
            raise WireError(f"a dtype {value}")
        self._tag(b"y", value.str.encode())

    def _write_array(self, value: np.ndarray[Any, Any], depth: int) -> None:
        if not ARRAY_KIND.fullmatch(value.dtype.str):
            if self.exact:
                raise WireError(f"an array of dtype {value.dtype}")
            self._foreign(value)
            return
        if self._node(value):
            return
        if value.nbytes > MAX_FRAME:
            raise WireError(f"an array larger than {MAX_FRAME >> 20} MB")
        plain = np.asarray(value)
        self._tag(b"a")
        self._tag(b"y", plain.dtype.str.encode())
        self.out += struct.pack(">I", plain.ndim) + struct.pack(f">{plain.ndim}Q", *plain.shape)
        self._tag(b"b", plain.tobytes())

    def _write_generator(self, value: np.random.Generator, depth: int) -> None:
        if self._node(value):
            return
        name = type(value.bit_generator).__name__
        if name not in GENERATORS:
            raise WireError(f"a random generator of kind {name}")
        self._tag(b"g")
        # The state is a value of its own: its dictionary and arrays are not numbered.
        inner = Encoder(self.lower, exact=True)
        self.out += inner.encode(value.bit_generator.state)

    def _write_tensor(self, value: Any, depth: int) -> None:
        torch = _torch()
        wanted = value.device.type == "cpu" and value.layout == torch.strided
        if not wanted or value.dtype in (torch.bfloat16,) or not ARRAY_KIND.fullmatch(_numpy_dtype(value)):
            self._foreign(value)
            return
        if self._node(value):
            return
        self._tag(b"t")
        inner = Encoder(self.lower, exact=True)
        self.out += inner.encode(np.array(value.detach().resolve_conj().resolve_neg().numpy()))

    _writers: ClassVar[dict[type, Callable[[Encoder, Any, int], None]]] = {
        type(None): lambda self, v, d: self._tag(b"N"),
        type(Ellipsis): lambda self, v, d: self._tag(b"."),
        type(NotImplemented): lambda self, v, d: self._tag(b"n"),
        bool: lambda self, v, d: self._tag(b"1" if v else b"0"),
        int: _write_int,
        float: lambda self, v, d: self._tag(b"x", struct.pack(">d", v)),
        complex: lambda self, v, d: self._tag(b"c", struct.pack(">dd", v.real, v.imag)),
        str: lambda self, v, d: self._tag(b"u", v.encode("utf-8", "surrogatepass")),
        bytes: lambda self, v, d: self._tag(b"b", v),
        tuple: lambda self, v, d: self._write_items(b"(", v, d),
        frozenset: lambda self, v, d: self._write_items(b"E", v, d),
        list: _write_list,
        set: _write_set,
        dict: _write_dict,
        slice: _write_slice,
        range: _write_range,
        np.ndarray: _write_array,
    }


def _numpy_dtype(tensor: Any) -> str:
    try:
        return str(tensor.detach()[..., :0].reshape(-1).numpy().dtype.str) if tensor.ndim else tensor.numpy().dtype.str
    except (TypeError, RuntimeError):
        return "none"


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
        return range(*parts)

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


def generator_of(state: Any) -> np.random.Generator:
    """The generator with this state; the state is checked, as NumPy trusts it with array indices."""
    if type(state) is not dict or state.get("bit_generator") not in GENERATORS:
        raise WireError("a random generator of unknown kind")
    name = state["bit_generator"]
    inner = state.get("state")
    flat = list(state.values()) + (list(inner.values()) if type(inner) is dict else [])
    if type(inner) is not dict or not all(type(v) in (str, int, dict, np.ndarray) for v in flat):
        raise WireError("a random generator with a malformed state")
    bounds = {"pos": 624, "buffer_pos": 4, "has_uint32": 1, "uinteger": 2**32 - 1}
    for key, value in [*state.items(), *inner.items()]:
        if key in bounds and not (type(value) is int and 0 <= value <= bounds[key]):
            raise WireError("a random generator whose state is out of range")
        if type(value) is int and not 0 <= value < 2**128:
            raise WireError("a random generator whose state is out of range")
    lengths = {"key": (624, 2), "counter": (4,), "buffer": (4,), "state": (4,)}
    for key, value in [*state.items(), *inner.items()]:
        if type(value) is np.ndarray and not (
            value.ndim == 1 and value.dtype.kind == "u" and len(value) in lengths.get(key, ())
        ):
            raise WireError("a random generator with a malformed state")
    if name == "MT19937" and not (type(inner.get("key")) is np.ndarray and len(inner["key"]) == 624):
        raise WireError("a random generator with a malformed state")
    bits = getattr(np.random, name)(0)
    bits.state = state
    return np.random.Generator(bits)


# --- arguments changed in place -------------------------------------------------------------------------------


def snapshot(nodes: Sequence[Any]) -> list[Any]:
    """What `changes` needs to tell later which of the numbered values changed; taken before the call."""
    return [_content(node) for node in nodes]


def _content(node: Any) -> Any:
    if isinstance(node, np.ndarray):
        return np.array(node, subok=False)
    if isinstance(node, np.random.Generator):
        return generator_of(node.bit_generator.state)
    if _is_tensor(node):
        return node.detach().clone()
    if isinstance(node, dict):
        return dict(node)
    return list(node) if isinstance(node, list) else set(node)


def changes(nodes: Sequence[Any], before: Sequence[Any]) -> list[tuple[int, Any]]:
    """Number and present content of every value that is no longer what it was."""
    return [(i, _content(node)) for i, (node, old) in enumerate(zip(nodes, before, strict=True)) if _differ(node, old)]


def _differ(node: Any, old: Any) -> bool:
    if isinstance(node, np.ndarray):
        return node.shape != old.shape or node.dtype != old.dtype or node.tobytes() != old.tobytes()
    if isinstance(node, np.random.Generator):
        return repr(node.bit_generator.state) != repr(old.bit_generator.state)
    if _is_tensor(node):
        torch = _torch()
        return node.shape != old.shape or node.dtype != old.dtype or not torch.equal(node.detach(), old)
    if isinstance(node, list):
        return len(node) != len(old) or any(a is not b for a, b in zip(node, old, strict=True))
    if isinstance(node, dict):
        return len(node) != len(old) or any(
            a is not c or b is not d for (a, b), (c, d) in zip(node.items(), old.items(), strict=True)
        )
    return {id(item) for item in node} != {id(item) for item in old}


def apply_changes(nodes: Sequence[Any], changed: Any) -> None:
    """Bring the values of this side to the contents the other side reports, or raise WireError."""
    if type(changed) is not list:
        raise WireError("a malformed list of changes")
    planned = []
    for entry in changed:
        if type(entry) is not tuple or len(entry) != 2 or type(entry[0]) is not int:
            raise WireError("a malformed change")
        index, content = entry
        if not 0 <= index < len(nodes):
            raise WireError("a change to nothing")
        planned.append((nodes[index], content))
    contents = {id(node): content for node, content in planned}
    for node, content in planned:
        _expanded(content, contents, {id(node)}, [0])
    for node, content in planned:
        become(node, content)


def _expanded(value: Any, contents: dict[int, Any], above: set[int], count: list[int]) -> None:
    """Count the elements of `value` as it will be after the changes; refuse circles and explosions."""
    count[0] += 1
    if count[0] > MAX_ELEMENTS or len(above) > MAX_DEPTH:
        raise WireError("a change that grows beyond the limits")
    inside = contents.get(id(value), value)
    if type(inside) not in (list, dict, set, tuple, frozenset):
        return
    if id(value) in above:
        raise WireError("a container that holds itself")
    parts = [*inside.keys(), *inside.values()] if type(inside) is dict else list(inside)
    for part in parts:
        _expanded(part, contents, above | {id(value)}, count)


def become(node: Any, content: Any) -> None:
    """Give `node` the contents of `content`, or raise WireError where their types or shapes differ."""
    if isinstance(node, np.ndarray) and type(content) is np.ndarray:
        if node.shape != content.shape or node.dtype != content.dtype:
            raise WireError("an array whose shape or dtype was changed in place")
        writeable = node.flags.writeable
        if not writeable:
            node.flags.writeable = True
        node[...] = content
        node.flags.writeable = writeable
    elif isinstance(node, np.random.Generator) and type(content) is np.random.Generator:
        _advance(node, content)
    elif _is_tensor(node) and _is_tensor(content):
        if node.shape != content.shape or node.dtype != content.dtype:
            raise WireError("a tensor whose shape or dtype was changed in place")
        node.detach().copy_(content)
    elif type(node) is list and type(content) is list:
        node[:] = content
    elif type(node) is type(content) and isinstance(node, (dict, set)):
        node.clear()
        node.update(content)
    else:
        raise WireError("a change to another type")


PCG_MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645
MAX_DRAWS = 1 << 24


def _advance(node: np.random.Generator, content: np.random.Generator) -> None:
    """Take over the state of a generator that was drawn from, and only drawn from.

    A state that drawing cannot lead to would let a submission choose the inputs of the next test.
    """
    old, new = node.bit_generator.state, content.bit_generator.state
    if old["bit_generator"] != "PCG64" or new["bit_generator"] != "PCG64":
        raise WireError("a random generator that is not NumPy's default: make it with generator()")
    steps = _distance(old["state"]["state"], new["state"]["state"], old["state"]["inc"])
    if old["state"]["inc"] != new["state"]["inc"] or steps > MAX_DRAWS:
        raise WireError("a random generator whose state was changed otherwise than by drawing from it")
    node.bit_generator.state = new


def _distance(start: int, goal: int, increment: int) -> int:
    """How many steps of the linear congruential generator lead from `start` to `goal`, bit by bit."""
    mask, multiplier, plus, bit, distance = (1 << 128) - 1, PCG_MULTIPLIER, increment, 1, 0
    while start != goal:
        if (start & bit) != (goal & bit):
            start = (start * multiplier + plus) & mask
            distance |= bit
        bit <<= 1
        plus = ((multiplier + 1) * plus) & mask
        multiplier = (multiplier * multiplier) & mask
        if bit > mask:
            break
    return distance


# --- frames on a socket ---------------------------------------------------------------------------------------


class Channel:
    """Sends and receives frames over a socket, each with its length before it, within a deadline."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.buffer = bytearray()

    def send(self, frame: bytes, deadline: float | None = None) -> None:
        """Send one frame; TimeoutError when the other side does not take it in time."""
        if len(frame) > MAX_FRAME:
            raise WireError("a frame that is too long")
        view = memoryview(struct.pack(">I", len(frame)) + frame)
        while view:
            try:
                # Without a deadline this blocks; with one, there is room at once unless the other side is behind.
                view = view[self.sock.send(view, socket.MSG_DONTWAIT if deadline else 0) :]
            except BlockingIOError:
                self._wait(deadline, write=True)
            if view:
                self._wait(deadline, write=True)

    def receive(self, deadline: float | None = None) -> bytes:
        """The next frame; EOFError when the other side is gone, TimeoutError when it is too slow."""
        if deadline is not None and time.monotonic() >= deadline:
            raise TimeoutError
        self._fill(4, deadline)
        (size,) = struct.unpack_from(">I", self.buffer)
        if size > MAX_FRAME:
            raise WireError("a frame that is too long")
        self._fill(4 + size, deadline)
        frame = bytes(self.buffer[4 : 4 + size])
        del self.buffer[: 4 + size]
        return frame

    def _fill(self, size: int, deadline: float | None) -> None:
        """Have `size` bytes at hand; a frame and its length mostly come in one piece."""
        while len(self.buffer) < size:
            self._wait(deadline, write=False)
            piece = self.sock.recv(min(max(size - len(self.buffer), CHUNK), 1 << 20))
            if not piece:
                raise EOFError
            self.buffer += piece

    def _wait(self, deadline: float | None, *, write: bool) -> None:
        if deadline is None:
            return
        poll = select.poll()
        poll.register(self.sock, select.POLLOUT if write else select.POLLIN)
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(max(1, math.ceil(left * 1000))):
            raise TimeoutError

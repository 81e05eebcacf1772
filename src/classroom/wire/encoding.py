"""From a value to its frame: `Encoder` writes plain values, and what must stay on this side by its number.

Layout: one tag byte, then lengths as 4 bytes big-endian, then the payload; containers hold their items in order.
Mutable values are numbered as they are met, so that both sides can say "the third array of this call".
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from .values import (
    ARRAY_KIND,
    GENERATORS,
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_FRAME,
    MAX_INT_BYTES,
    NAME_OF_KNOWN,
    Function,
    Handle,
    WireError,
    is_tensor,
    loaded_torch,
)


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
        elif is_tensor(value):
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
        torch = loaded_torch()
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

"""What stands in the judge for a student's objects: proxies that talk to the worker, and the link they use.

A proxy forwards what asks the object to compute something, and refuses what asks it whether it is right:
equality, ordering, truth, hash, conversions, isinstance. A refusal is raised at the test's own line and says
what to write instead. Whatever the worker answers is data.
"""

from __future__ import annotations

import builtins
import sys
import types
import warnings
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from classroom import expect
from classroom.sandboxing import wire
from classroom.sandboxing.sandbox import Process

MAX_ITERATIONS = 100_000
MAX_LENGTH = 10_000_000
MAX_NESTED_CALLS = 30
PRINTED = 100_000


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


class Link:
    """The judge's end of the conversation with one worker, for one submission after the other cell.

    `deadline()` says until when the worker may take; `torch` allows tensors in what it sends.
    """

    def __init__(self, process: Process, deadline: Callable[[], float], *, torch: bool) -> None:
        self.process, self.deadline, self.torch = process, deadline, torch
        self.lost = ""
        self.depth = 0
        self.incidents: list[Exception] = []
        self.proxies: weakref.WeakValueDictionary[int, Proxy] = weakref.WeakValueDictionary()
        self.released: set[int] = set()
        # Generators of the run, and what gives one of them a new state that nobody could choose.
        self.own_generators: dict[int, np.random.Generator] = {}
        self.fresh: Callable[[], np.random.Generator] = np.random.default_rng
        self.begin()

    def begin(self) -> None:
        """Forget what belongs to one test cell: functions passed in, values read, refusals."""
        self.functions: dict[int, Callable[..., Any]] = {}
        self.function_numbers: dict[int, int] = {}
        self.origins: dict[int, int] = {}
        self.fetched: dict[Any, tuple[bytes, Any, bytes]] = {}
        self.borrowed: dict[int, Any] = {}
        self.raised: dict[int, Exception] = {}
        self.iterations = 0
        self.incidents = []

    # --- asking ---------------------------------------------------------------------------------------------

    def request(self, kind: str, *arguments: Any, memory: Any = None) -> Any:
        """Ask the worker; the answer's value, or the student's exception as the nearest built-in one.

        With `memory` (a key) the answer is read rather than computed: arrays in it cannot be written to, and
        asking again gives the same object as long as the worker's has not changed.
        """
        if self.lost:
            raise self._incident(WorkerLost(self.lost))
        nodes: list[Any] = []
        state = np.geterr()
        context = (tuple(sorted(self.released)), None if state == DEFAULT_ERRORS else tuple(state.items()))
        encoder = wire.Encoder(self._lower, exact=True, nodes=nodes, share=True, origins=self.origins)
        try:
            frame = encoder.encode((kind, arguments, context))
        except wire.WireError as error:
            raise self.refuse(f"this cannot be passed to a student's code: {error}") from None
        self.released.clear()
        self._send(b"Q" + frame)
        reply = self._receive()
        return self._answered(kind, reply, nodes, memory)

    def _send(self, frame: bytes) -> None:
        try:
            self.process.channel.send(frame, self.deadline())
        except (OSError, wire.WireError) as error:
            raise self._lose(error) from None

    def _receive(self) -> bytes:
        """The next reply; functions of the test that the student's code calls meanwhile are served."""
        while True:
            try:
                frame = self.process.channel.receive(self.deadline())
            except (OSError, EOFError, wire.WireError) as error:
                raise self._lose(error) from None
            if frame[:1] == b"R":
                return frame
            if frame[:1] != b"C":
                raise self._lose(wire.WireError("a message of unknown kind"))
            self._serve(frame)

    def give_up(self, reason: str) -> None:
        """End the worker; whatever is asked of it from now on raises WorkerLost."""
        self.lost = reason
        self.process.end()

    def _lose(self, error: Exception) -> Exception:
        reason = "the process that runs the submission ended"
        if isinstance(error, TimeoutError):
            reason = "the time limit was reached"
        elif isinstance(error, wire.WireError):
            reason = f"the process that runs the submission answered with something malformed: {error}"
        self.give_up(self.process.reason or reason)
        return self._incident(WorkerLost(self.lost))

    def _incident(self, error: Exception) -> Exception:
        self.incidents.append(error)
        return error

    def refuse(self, text: str) -> Refused:
        """A refusal, kept on record so that a test that swallows it does not pass for that."""
        error = Refused(text)
        frame: types.FrameType | None = sys._getframe(1)
        while frame is not None and not frame.f_code.co_filename.startswith("<test "):
            frame = frame.f_back
        if frame is not None:
            error.where = f"{frame.f_code.co_filename}, line {frame.f_lineno}"
        self.incidents.append(error)
        return error

    def _decode(self, frame: bytes, nodes: list[Any], *, number: bool = False) -> Any:
        return wire.Decoder(frame[1:], self._lift, nodes=nodes, number=number, torch=self.torch).decode()

    def _answered(self, kind: str, frame: bytes, nodes: list[Any], memory: Any) -> Any:
        if memory is not None and memory in self.fetched and self.fetched[memory][0] == frame:
            return self.fetched[memory][1]
        try:
            message = self._decode(frame, nodes)
            status, value, origin, changed, printed, heard = _reply(message)
            if (status == "stop" and kind != "op") or (status == "missing" and kind != "name"):
                raise wire.WireError("a reply that does not fit the question")
            if status == "error":
                names, text, type_name, trace, token = _report(value)
        except wire.WireError as error:
            raise self._lose(error) from None
        if printed:
            sys.stdout.write(printed[:PRINTED])
        self._take_over(nodes, changed)
        for names_of_warning, text_of_warning in heard:
            category = next((WARNINGS[n] for n in names_of_warning if n in WARNINGS), UserWarning)
            warnings.warn(text_of_warning, category, stacklevel=4)
        if status == "stop":
            raise StopIteration
        if status == "missing":
            raise KeyError
        if status == "error":
            original = self.raised.pop(token, None) if token is not None else None
            if original is not None:
                raise original
            error_kind = next((EXCEPTIONS[n] for n in names if n in EXCEPTIONS), RuntimeError)
            if error_kind is RuntimeError and type_name in ("SystemExit", "KeyboardInterrupt", "GeneratorExit"):
                text = f"{type_name} was raised: {text}"
            problem = error_kind(text)
            problem.student_traceback = trace  # type: ignore[attr-defined]
            raise problem
        return value if memory is None else self._remember(memory, frame, value, origin)

    def _take_over(self, nodes: list[Any], changed: Any) -> None:
        """Carry back what the student's code did to the arguments."""
        try:
            if type(changed) is list:
                for entry in changed:
                    node = nodes[entry[0]] if type(entry) is tuple and type(entry[0]) is int else None
                    if id(node) in self.borrowed and id(node) not in self.origins:
                        raise wire.WireError(
                            "it holds values read from the student's object, which the call cannot change there: "
                            "pass a copy"
                        )
            wire.apply_changes(nodes, changed)
        except (wire.WireError, IndexError, ValueError) as error:
            raise self.refuse(f"an argument was changed in a way that cannot be carried back: {error}") from None
        for index, _ in changed:
            if id(nodes[index]) in self.own_generators:
                # How often it was drawn from is the student's choice; what the test draws next must not be.
                nodes[index].bit_generator.state = self.fresh().bit_generator.state

    def _remember(self, memory: Any, frame: bytes, value: Any, origin: Any) -> Any:
        _, earlier, _ = self.fetched.get(memory, (b"", None, b""))
        if (
            type(earlier) is type(value) is np.ndarray
            and self.origins.get(id(earlier)) == origin
            and (earlier.shape, earlier.dtype) == (value.shape, value.dtype)
        ):
            # The student's array is the same one with new numbers in it, and so is its copy here.
            wire.become(earlier, value)
            value = earlier
        self._borrow(value)
        if type(value) is not Proxy and wire.is_leaf(value) and type(origin) is int and origin > 0:
            self.origins[id(value)] = origin
        content = b""
        if type(value) in (list, dict, set, tuple):
            content = self._content(value)
        self.fetched[memory] = (frame, value, content)
        return value

    def _content(self, value: Any) -> bytes:
        return wire.Encoder(self._lower, exact=True).encode(value)

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
        if type(value) in (list, dict, set) or (type(value) is not Proxy and wire.is_leaf(value)):
            self.borrowed[id(value)] = value

    def changed_here(self) -> list[str]:
        """Names and attributes read from the worker as lists or dictionaries which the test then changed."""
        return [
            str(memory[-1])
            for memory, (_, value, content) in self.fetched.items()
            if content and self._content(value) != content
        ]

    # --- being asked ----------------------------------------------------------------------------------------

    def _serve(self, frame: bytes) -> None:
        """Call a function of the test for the student's code, and answer."""
        nodes: list[Any] = []
        try:
            message = self._decode(frame, nodes, number=True)
            if type(message) is not tuple or len(message) != 3 or type(message[0]) is not int:
                raise wire.WireError("a malformed call")
            number, args, kwargs = message
            if type(args) is not tuple or type(kwargs) is not dict or not all(type(k) is str for k in kwargs):
                raise wire.WireError("a malformed call")
        except wire.WireError as error:
            raise self._lose(error) from None
        answer: tuple[Any, ...]
        function = self.functions.get(number)
        before = wire.snapshot(nodes)
        self.depth += 1
        try:
            if function is None:
                raise RuntimeError("this function was given for one test only, which is over")
            if self.depth > MAX_NESTED_CALLS:
                raise RecursionError("calls between test and submission nested too deep")
            answer = ("ok", function(*args, **kwargs), wire.changes(nodes, before))
        except Exception as error:
            answer = ("error", self._report_to_student(error), [])
        finally:
            self.depth -= 1
        encoder = wire.Encoder(self._lower, exact=True, nodes=nodes, share=True, origins=self.origins)
        try:
            reply = encoder.encode(answer)
        except wire.WireError as error:
            refusal = self.refuse(f"what the test's function returned cannot be passed on: {error}")
            reply = self._encoder().encode(("error", self._report_to_student(refusal), []))
        self._send(b"A" + reply)

    def _encoder(self) -> wire.Encoder:
        return wire.Encoder(self._lower, exact=True, share=True)

    def _report_to_student(self, error: Exception) -> tuple[str, str, int]:
        """Type and text of an error in a function of the test; an assertion's text could give an answer away."""
        name = next(c.__name__ for c in type(error).__mro__ if c.__name__ in EXCEPTIONS or c is Exception)
        private = isinstance(error, (AssertionError, Refused))
        token = len(self.raised) + 1
        self.raised[token] = error
        return name, "raised by the test" if private else str(error)[:500], token

    # --- what crosses ---------------------------------------------------------------------------------------

    def _lower(self, value: Any) -> wire.Handle | wire.Function:
        if type(value) is Proxy:
            number, link = _number(value), _link(value)
            if link is not self:
                raise wire.WireError("an object of a worker that has ended")
            return wire.Handle(number, "", "")
        if isinstance(value, type):
            raise wire.WireError(f"the class {value.__name__}; pass a function that makes what is needed")
        if callable(value):
            number = self.function_numbers.setdefault(id(value), len(self.function_numbers) + 1)
            self.functions[number] = value
            return wire.Function(number, str(getattr(value, "__name__", "given")))
        kind = type(value).__name__
        if isinstance(value, (types.GeneratorType, map, filter, zip, enumerate)) or hasattr(value, "__next__"):
            raise wire.WireError(f"a {kind}; pass a list, e.g. list(...)")
        raise wire.WireError(f"a {kind}; pass numbers, text, lists, tuples, dicts, arrays or functions")

    def _lift(self, item: wire.Handle | wire.Function) -> Any:
        if isinstance(item, wire.Function):
            if item.number not in self.functions:
                raise wire.WireError("a function that was never given")
            return self.functions[item.number]
        known = self.proxies.get(item.number)
        self.released.discard(item.number)
        if known is not None:
            return known
        proxy = Proxy(self, item.number, item.kind, item.type_name)
        self.proxies[item.number] = proxy
        return proxy


DEFAULT_ERRORS = np.geterr()
WARNINGS: dict[str, type[Warning]] = {
    name: kind for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, Warning)
}


def _reply(message: Any) -> tuple[str, Any, Any, Any, str, list[tuple[list[str], str]]]:
    if type(message) is not tuple or len(message) != 6:
        raise wire.WireError("a malformed reply")
    status, _, _, _, printed, heard = message
    good = status in ("ok", "error", "stop", "missing") and type(printed) is str and type(heard) is list
    if not good or not all(
        type(w) is tuple and len(w) == 2 and _texts(w[0]) and type(w[1]) is str for w in heard[:100]
    ):
        raise wire.WireError("a malformed reply")
    return (*message[:5], heard[:20])


def _texts(value: Any) -> bool:
    return type(value) is list and all(type(item) is str for item in value)


def _report(value: Any) -> tuple[list[str], str, str, str, int | None]:
    if type(value) is not tuple or len(value) != 5 or not _texts(value[0]):
        raise wire.WireError("a malformed report of an error")
    if not all(type(text) is str for text in value[1:4]) or type(value[4]) not in (int, type(None)):
        raise wire.WireError("a malformed report of an error")
    names, text, type_name, trace, token = value
    return names[:20], text[:2000], type_name[:100], trace[:10_000], token


# --- proxies --------------------------------------------------------------------------------------------------

LOCAL_DUNDERS = ("__name__", "__qualname__")
FORWARDED_DUNDERS = ("__doc__", "__defaults__", "__kwdefaults__", "__annotations__", "__wrapped__")


class Proxy:
    """An object of the student's, which lives in the worker."""

    __slots__ = ("__kind", "__link", "__number", "__type_name", "__weakref__")
    __by_handle__ = True
    __array_ufunc__ = None  # so that `array * proxy` asks the proxy

    def __init__(self, link: Link, number: int, kind: str, type_name: str) -> None:
        set_own = object.__setattr__
        set_own(self, "_Proxy__link", link)
        set_own(self, "_Proxy__number", number)
        set_own(self, "_Proxy__kind", kind)
        set_own(self, "_Proxy__type_name", type_name)

    def __del__(self) -> None:
        self.__link.released.add(self.__number)

    def __ask(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        return self.__link.request("op", operation, (self, *args), kwargs)

    def __what(self) -> str:
        return f"{self.__kind} {self.__type_name}" if self.__kind in ("class", "function") else f"a {self.__type_name}"

    def __refuse(self, asked: str, remedy: str) -> Refused:
        return self.__link.refuse(f"{asked} is not asked of a student's object ({self.__what()}): {remedy}")

    # Attributes and calls

    def __getattr__(self, name: str) -> Any:
        if name in LOCAL_DUNDERS and self.__kind in ("class", "function"):
            return self.__type_name
        if name.startswith("__") and name.endswith("__") and name not in FORWARDED_DUNDERS:
            # Protocols are looked up under such names; none of them may be answered by the student.
            raise AttributeError(f"{name} of a student's object is not read")
        return self.__link.request("op", "getattr", (self, name), {}, memory=("attribute", self.__number, name))

    def __setattr__(self, name: str, value: Any) -> None:
        self.__ask("setattr", name, value)

    def __delattr__(self, name: str) -> None:
        self.__ask("delattr", name)

    def __dir__(self) -> list[str]:
        found = self.__ask("dir")
        return [name for name in found if type(name) is str] if type(found) is list else []

    @property
    def __doc__(self) -> Any:  # type: ignore[override]
        return self.__getattr__("__doc__")

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        if self.__link.depth:
            return Proxy
        raise self.__refuse("isinstance or type", "check what it computes, e.g. plain(x.value, float)")

    @property
    def __array_interface__(self) -> Any:
        raise self.__refuse("conversion to an array", "fetch it with plain(x, np.ndarray)")

    @property
    def __array_struct__(self) -> Any:
        raise self.__refuse("conversion to an array", "fetch it with plain(x, np.ndarray)")

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise self.__refuse("conversion to an array", "fetch it with plain(x, np.ndarray)")

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return self.__ask("call", *args, **kwargs)

    def __mro_entries__(self, bases: Any) -> Any:
        raise self.__refuse("being a base class", "write the subclass as a cell of the student's or a function")

    def __instancecheck__(self, instance: Any) -> bool:
        raise self.__refuse("isinstance", "check what the object computes, e.g. plain(x.value, float)")

    def __subclasscheck__(self, subclass: Any) -> bool:
        raise self.__refuse("issubclass", "check what its objects compute")

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise self.__refuse("pickling", "send or store plain values")

    def __copy__(self) -> Any:
        return self.__ask("copy")

    def __deepcopy__(self, memo: Any) -> Any:
        return self.__ask("deepcopy")

    # For classroom.expect

    def __plain__(self) -> Any:
        value = self.__link.request("op", "plain", (self,), {})
        if type(value) is Proxy:
            raise TypeError(f"expected a plain value (numbers, text, lists, arrays), got {self.__what()}")
        return expect.plain(value)

    def __described__(self) -> str:
        return self.__type_name if self.__kind in ("class", "function") else f"<{self.__type_name}>"

    # Text, length, items, iteration, contexts

    def __text(self, operation: str, *args: Any) -> str:
        text = self.__ask(operation, *args)
        if type(text) is not str:
            raise TypeError(f"{operation} returned a {type(text).__name__}, not text")
        return text

    def __repr__(self) -> str:
        return self.__text("repr")

    def __str__(self) -> str:
        return self.__text("str")

    def __format__(self, spec: str) -> str:
        return self.__text("format", spec)

    def __len__(self) -> int:
        length = self.__ask("len")
        if type(length) is not int or length < 0:
            raise TypeError("len returned something that is no length")
        if length > MAX_LENGTH:
            raise self.__refuse(f"a length of {length}", "the judge goes through fewer items than that")
        return length

    def __getitem__(self, key: Any) -> Any:
        return self.__ask("getitem", key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.__ask("setitem", key, value)

    def __iter__(self) -> Any:
        return self.__ask("iter")

    def __reversed__(self) -> Any:
        return self.__ask("reversed")

    def __next__(self) -> Any:
        self.__link.iterations += 1
        if self.__link.iterations > MAX_ITERATIONS:
            raise self.__refuse(f"more than {MAX_ITERATIONS} items", "take a slice of it, e.g. itertools.islice")
        return self.__ask("next")

    def __enter__(self) -> Any:
        return self.__ask("enter")

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if error is None:
            return self.__ask("exit", None, "") is True
        name = next((c.__name__ for c in type(error).__mro__ if c.__name__ in EXCEPTIONS), "RuntimeError")
        return self.__ask("exit", EXCEPTIONS[name], str(error)[:500]) is True

    # Arithmetic, both sides

    def __divmod__(self, other: Any) -> Any:
        return _computed(self.__link, "divmod", (self, other))

    def __rdivmod__(self, other: Any) -> Any:
        return _computed(self.__link, "divmod", (other, self))

    def __pow__(self, other: Any, modulus: Any = None) -> Any:
        if modulus is None:
            return _computed(self.__link, "pow", (self, other))
        return _computed(self.__link, "power", (self, other, modulus))

    def __round__(self, *digits: Any) -> Any:
        return _computed(self.__link, "round", (self, *digits))

    # What only a plain value can be trusted with; in a function the student's code calls, it decides nothing.

    def __compare(self, operation: str, sign: str, other: Any) -> Any:
        if self.__link.depth:
            return self.__ask(operation, other)
        raise self.__refuse(f"`{sign}`", "compare plain values: plain(x, float) or check.call(...).gives(...)")

    def __convert(self, operation: str, kind: type) -> Any:
        if self.__link.depth:
            value = self.__ask(operation)
            if type(value) is not kind:
                raise TypeError(f"{operation} returned a {type(value).__name__}")
            return value
        raise self.__refuse(f"{operation}()", f"fetch a checked value with plain(x, {kind.__name__})")

    def __eq__(self, other: Any) -> Any:
        return self.__compare("eq", "==", other)

    def __ne__(self, other: Any) -> Any:
        return self.__compare("ne", "!=", other)

    def __lt__(self, other: Any) -> Any:
        return self.__compare("lt", "<", other)

    def __le__(self, other: Any) -> Any:
        return self.__compare("le", "<=", other)

    def __gt__(self, other: Any) -> Any:
        return self.__compare("gt", ">", other)

    def __ge__(self, other: Any) -> Any:
        return self.__compare("ge", ">=", other)

    def __bool__(self) -> bool:
        return self.__convert("bool", bool)

    def __int__(self) -> int:
        return self.__convert("int", int)

    def __index__(self) -> int:
        return self.__convert("index", int)

    def __float__(self) -> float:
        return self.__convert("float", float)

    def __complex__(self) -> complex:
        return self.__convert("complex", complex)

    def __contains__(self, item: Any) -> bool:
        if self.__link.depth:
            return self.__ask("contains", item) is True
        raise self.__refuse("`in`", "fetch the items, e.g. plain(list(x)), and look there")

    def __hash__(self) -> int:
        raise self.__refuse("hash", "use a plain value as the key")


DIFFERENCES = ("sub", "isub", "mod", "imod", "xor", "ixor")
OWN_VERDICT = (
    "a student's object would say itself how far it is from being right: take plain(x, float) first, or let "
    'check.expr("...").gives(...) compare'
)


def _computed(link: Link, operation: str, operands: tuple[Any, ...]) -> Any:
    """Arithmetic in which a student's object takes part.

    `abs(f(x) - want) < tol` must not be left to an object that makes every difference vanish. So no difference
    is taken between such an object and a value of the test's, and what arithmetic with one gives must be an
    object again. An expression that a check evaluates is free of this: its value is compared outside of it.
    """
    judging = link.depth == 0 and not expect.IN_EXPRESSION.get()
    mixed = judging and not all(type(operand) is Proxy for operand in operands)
    if mixed and operation in DIFFERENCES:
        raise link.refuse(f"a difference between a student's object and a value of the test: {OWN_VERDICT}")
    result = link.request("op", operation, operands, {})
    if judging and (mixed or len(operands) == 1) and type(result) is not Proxy:
        raise link.refuse(f"arithmetic with a student's object that gives a plain value: {OWN_VERDICT}")
    return result


def _binary(operation: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def forward(self: Any, other: Any) -> Any:
        return _computed(_link(self), operation, (self, other))

    def backward(self: Any, other: Any) -> Any:
        return _computed(_link(self), operation, (other, self))

    return forward, backward


def _unary(operation: str) -> Callable[..., Any]:
    def forward(self: Any) -> Any:
        return _computed(_link(self), operation, (self,))

    return forward


def _delete(self: Any, key: Any) -> None:
    _link(self).request("op", "delitem", (self, key), {})


def _link(proxy: Proxy) -> Link:
    return object.__getattribute__(proxy, "_Proxy__link")


def _number(proxy: Proxy) -> int:
    return object.__getattribute__(proxy, "_Proxy__number")


def _add_arithmetic(names: Sequence[str]) -> None:
    for name in names:
        forward, backward = _binary(name + "_" if name in ("and", "or") else name)
        if name != "pow":
            setattr(Proxy, f"__{name}__", forward)
        setattr(Proxy, f"__r{name}__", backward)
        setattr(Proxy, f"__i{name}__", _binary("i" + name)[0])
    for name in ("neg", "pos", "abs", "invert"):
        setattr(Proxy, f"__{name}__", _unary(name))
    Proxy.__delitem__ = _delete  # type: ignore[attr-defined]


_add_arithmetic("add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split())

"""What stands in the judge for a student's objects: proxies that have the worker do what is asked of them.

A proxy forwards what asks the object to compute something, and refuses what asks it whether it is right:
equality, ordering, truth, hash, conversions, isinstance. A refusal is raised at the test's own line and says
what to write instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from .. import expect
from .errors import EXCEPTIONS, Refused

MAX_ITERATIONS = 100_000
MAX_LENGTH = 10_000_000
LOCAL_DUNDERS = ("__name__", "__qualname__")
FORWARDED_DUNDERS = ("__doc__", "__defaults__", "__kwdefaults__", "__annotations__", "__wrapped__")


class Conversation(Protocol):
    """What a proxy needs of the link through which it asks.

    `depth` counts the test's functions that the student's code has called and waits for, `iterations` the items a
    test cell went through; `released` are numbers of objects that nothing here stands for any longer, `plains` the
    plain values of objects by their numbers.
    """

    depth: int
    iterations: int
    released: set[int]
    plains: dict[int, Any]

    def request(self, kind: str, *arguments: Any, memory: Any = None) -> Any: ...
    def refuse(self, text: str) -> Refused: ...


class Proxy:
    """An object of the student's, which lives in the worker."""

    __slots__ = ("__kind", "__link", "__number", "__type_name", "__weakref__")
    __by_handle__ = True
    __array_ufunc__ = None  # so that `array * proxy` asks the proxy

    def __init__(self, link: Conversation, number: int, kind: str, type_name: str) -> None:
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
        # Asked once: a number of a class of the student's could be another one for each check that looks at it.
        known = self.__link.plains
        if self.__number not in known:
            value = self.__link.request("op", "plain", (self,), {})
            if type(value) is Proxy:
                raise TypeError(f"expected a plain value (numbers, text, lists, arrays), got {self.__what()}")
            known[self.__number] = expect.plain(value)
        return expect.plain(known[self.__number])

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
            self.__ask("exit", None, "")
            return False
        name = next((c.__name__ for c in type(error).__mro__ if c.__name__ in EXCEPTIONS), "RuntimeError")
        text = "raised by the test" if isinstance(error, (AssertionError, Refused)) else str(error)[:500]
        # An error ends the test's block, whatever the student's object says to it: it must not undo a failed check.
        return self.__ask("exit", EXCEPTIONS[name], text) is True and self.__link.depth > 0

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


def _computed(link: Conversation, operation: str, operands: tuple[Any, ...]) -> Any:
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
        return _computed(link_of(self), operation, (self, other))

    def backward(self: Any, other: Any) -> Any:
        return _computed(link_of(self), operation, (other, self))

    return forward, backward


def _unary(operation: str) -> Callable[..., Any]:
    def forward(self: Any) -> Any:
        return _computed(link_of(self), operation, (self,))

    return forward


def _delete(self: Any, key: Any) -> None:
    link_of(self).request("op", "delitem", (self, key), {})


def link_of(proxy: Proxy) -> Conversation:
    """The link of a proxy, which answers no question about itself."""
    return object.__getattribute__(proxy, "_Proxy__link")


def number_of(proxy: Proxy) -> int:
    """The worker's number of the object that a proxy stands for."""
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

"""The student's objects by their numbers, which is how the judge names them, and the judge's functions by theirs."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from ..wire.values import Function, Handle


class Objects:
    """Objects that stay here, and stand-ins for functions that stay in the judge, called by `call_back`."""

    def __init__(self, call_back: Callable[[int, tuple[Any, ...], dict[str, Any]], Any]) -> None:
        self.call_back = call_back
        self.held: dict[int, Any] = {}
        self.numbers: dict[int, int] = {}
        self.given: dict[int, Any] = {}
        self.given_number: dict[int, int] = {}
        self.next_number = 1

    def lower(self, value: Any) -> Any:
        """The number of an object that stays here."""
        number = self.given_number.get(id(value))
        if number is not None and self.given.get(number) is value:
            return Function(number, "")
        kind = "instance"
        if isinstance(value, type):
            kind = "class"
        elif isinstance(value, (types.FunctionType, types.BuiltinFunctionType, types.MethodType)):
            kind = "function"
        elif isinstance(value, types.GeneratorType):
            kind = "generator"
        name = value.__name__ if kind in ("class", "function") else type(value).__name__
        return Handle(self.keep(value), kind, str(name))

    def keep(self, value: Any) -> int:
        """Hold on to `value` under a number until the judge lets go of it."""
        number = self.numbers.get(id(value))
        if number is None:
            number = self.next_number
            self.next_number += 1
            self.held[number], self.numbers[id(value)] = value, number
        return number

    def lift(self, item: Any) -> Any:
        """The object a number stands for, or a function that calls the judge's."""
        if isinstance(item, Handle):
            return self.held[item.number]
        if item.number not in self.given:
            self.given[item.number] = function = self.caller(item.number, item.name)
            self.given_number[id(function)] = item.number
        return self.given[item.number]

    def caller(self, number: int, name: str) -> Callable[..., Any]:
        def given(*args: Any, **kwargs: Any) -> Any:
            return self.call_back(number, args, kwargs)

        given.__name__ = given.__qualname__ = name or "given"
        given.__doc__ = "A function that the test passed in."
        return given

    def release(self, numbers: tuple[int, ...]) -> None:
        for number in numbers:
            if number in self.held:
                self.numbers.pop(id(self.held[number]), None)
                del self.held[number]

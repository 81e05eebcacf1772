"""The link between the judge and one worker: it asks, serves the functions that a test passed in, and believes nothing.

Whatever the worker answers is data. Too late, malformed or not at all: then the worker is lost.
"""

from __future__ import annotations

import sys
import types
import warnings
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from ..sandboxing.process import Process
from ..wire.changes import apply_changes, changes, snapshot
from ..wire.decoding import Decoder
from ..wire.encoding import Encoder
from ..wire.values import Function, Handle, WireError
from .errors import EXCEPTIONS, WARNINGS, Refused, WorkerLost
from .proxy import Proxy, link_of, number_of
from .reads import Reads
from .replies import reply, report

MAX_NESTED_CALLS = 30
PRINTED = 100_000
# So many objects are let go of with one question; of a list of a million the rest goes with the next ones.
RELEASED = 50_000
DEFAULT_ERRORS = np.geterr()


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
        self.functions_passed = 0
        self.reads = Reads(self._lower)
        self.raised: dict[int, Exception] = {}
        self.iterations = 0
        self.incidents = []
        self.plains: dict[int, Any] = {}

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
        released = sorted(self.released)[:RELEASED]
        context = (tuple(released), None if state == DEFAULT_ERRORS else tuple(state.items()))
        encoder = Encoder(self._lower, exact=True, nodes=nodes, share=True, origins=self.reads.origins)
        try:
            frame = encoder.encode((kind, arguments, context))
        except WireError as error:
            raise self.refuse(f"this cannot be passed to a student's code: {error}") from None
        self.released.difference_update(released)
        self._send(b"Q" + frame)
        return self._answered(kind, self._receive(), nodes, memory)

    def _send(self, frame: bytes) -> None:
        try:
            self.process.channel.send(frame, self.deadline())
        except (OSError, WireError) as error:
            raise self._lose(error) from None

    def _receive(self) -> bytes:
        """The next reply; functions of the test that the student's code calls meanwhile are served."""
        while True:
            try:
                frame = self.process.channel.receive(self.deadline())
            except (OSError, EOFError, WireError) as error:
                raise self._lose(error) from None
            if frame[:1] == b"R":
                return frame
            if frame[:1] != b"C":
                raise self._lose(WireError("a message of unknown kind"))
            self._serve(frame)

    def give_up(self, reason: str) -> None:
        """End the worker; whatever is asked of it from now on raises WorkerLost."""
        self.lost = reason
        self.process.end()

    def _lose(self, error: Exception) -> Exception:
        reason = "the process that runs the submission ended"
        if isinstance(error, TimeoutError):
            reason = "the time limit was reached"
        elif isinstance(error, WireError):
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
        return Decoder(frame[1:], self._lift, nodes=nodes, number=number, torch=self.torch).decode()

    def _answered(self, kind: str, frame: bytes, nodes: list[Any], memory: Any) -> Any:
        if memory is not None and memory in self.reads.fetched and self.reads.fetched[memory][0] == frame:
            return self.reads.fetched[memory][1]
        try:
            message = self._decode(frame, nodes)
            status, value, origin, changed, printed, heard = reply(message)
            if (status == "stop" and kind != "op") or (status == "missing" and kind != "name"):
                raise WireError("a reply that does not fit the question")
            if status == "error":
                names, text, type_name, trace, token = report(value)
        except WireError as error:
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
        return value if memory is None else self.reads.remember(memory, frame, value, origin)

    def _take_over(self, nodes: list[Any], changed: Any) -> None:
        """Carry back what the student's code did to the arguments."""
        try:
            if type(changed) is list:
                for entry in changed:
                    node = nodes[entry[0]] if type(entry) is tuple and type(entry[0]) is int else None
                    if id(node) in self.reads.borrowed and id(node) not in self.reads.origins:
                        raise WireError(
                            "it holds values read from the student's object, which the call cannot change there: "
                            "pass a copy"
                        )
            apply_changes(nodes, changed)
        except (WireError, IndexError, ValueError) as error:
            raise self.refuse(f"an argument was changed in a way that cannot be carried back: {error}") from None
        for index, _ in changed:
            if id(nodes[index]) in self.own_generators:
                # How often it was drawn from is the student's choice; what the test draws next must not be.
                nodes[index].bit_generator.state = self.fresh().bit_generator.state

    # --- being asked ----------------------------------------------------------------------------------------

    def _serve(self, frame: bytes) -> None:
        """Call a function of the test for the student's code, and answer."""
        nodes: list[Any] = []
        try:
            message = self._decode(frame, nodes, number=True)
            if type(message) is not tuple or len(message) != 3 or type(message[0]) is not int:
                raise WireError("a malformed call")
            number, args, kwargs = message
            if type(args) is not tuple or type(kwargs) is not dict or not all(type(k) is str for k in kwargs):
                raise WireError("a malformed call")
        except WireError as error:
            raise self._lose(error) from None
        answer: tuple[Any, ...]
        function = self.functions.get(number)
        before = snapshot(nodes)
        self.depth += 1
        try:
            if function is None:
                raise RuntimeError("this function was given for one test only, which is over")
            if self.depth > MAX_NESTED_CALLS:
                raise RecursionError("calls between test and submission nested too deep")
            answer = ("ok", function(*args, **kwargs), changes(nodes, before))
        except Exception as error:
            answer = ("error", self._report_to_student(error), [])
        finally:
            self.depth -= 1
        encoder = Encoder(self._lower, exact=True, nodes=nodes, share=True, origins=self.reads.origins)
        try:
            frame = encoder.encode(answer)
        except WireError as error:
            refusal = self.refuse(f"what the test's function returned cannot be passed on: {error}")
            answer = ("error", self._report_to_student(refusal), [])
            frame = Encoder(self._lower, exact=True, share=True).encode(answer)
        self._send(b"A" + frame)

    def _report_to_student(self, error: Exception) -> tuple[str, str, int]:
        """Type and text of an error in a function of the test; an assertion's text could give an answer away."""
        name = next(c.__name__ for c in type(error).__mro__ if c.__name__ in EXCEPTIONS or c is Exception)
        private = isinstance(error, (AssertionError, Refused))
        token = len(self.raised) + 1
        self.raised[token] = error
        return name, "raised by the test" if private else str(error)[:500], token

    # --- what crosses ---------------------------------------------------------------------------------------

    def _lower(self, value: Any) -> Handle | Function:
        if type(value) is Proxy:
            number, link = number_of(value), link_of(value)
            if link is not self:
                raise WireError("an object of a worker that has ended")
            return Handle(number, "", "")
        if isinstance(value, type):
            raise WireError(f"the class {value.__name__}; pass a function that makes what is needed")
        if callable(value):
            if id(value) not in self.function_numbers:
                # Counted on: the number of a function that was taken back must not come to mean another.
                self.functions_passed += 1
                self.function_numbers[id(value)] = self.functions_passed
            number = self.function_numbers[id(value)]
            self.functions[number] = value
            return Function(number, str(getattr(value, "__name__", "given")))
        kind = type(value).__name__
        if isinstance(value, (types.GeneratorType, map, filter, zip, enumerate)) or hasattr(value, "__next__"):
            raise WireError(f"a {kind}; pass a list, e.g. list(...)")
        raise WireError(f"a {kind}; pass numbers, text, lists, tuples, dicts, arrays or functions")

    def _lift(self, item: Handle | Function) -> Any:
        if isinstance(item, Function):
            if item.number not in self.functions:
                raise WireError("a function that was never given")
            return self.functions[item.number]
        known = self.proxies.get(item.number)
        self.released.discard(item.number)
        if known is not None:
            return known
        proxy = Proxy(self, item.number, item.kind, item.type_name)
        self.proxies[item.number] = proxy
        return proxy

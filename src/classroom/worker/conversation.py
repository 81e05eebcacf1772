"""The worker's end of the conversation: it answers the judge's requests, and calls functions of the judge's.

It knows nothing of tests: it runs cells, hands out objects by number, applies operations to them and sends back
what came of it.
"""

from __future__ import annotations

import os
import sys
import threading
import warnings
from typing import Any

from ..wire.changes import apply_changes, changes, snapshot
from ..wire.channel import Channel
from ..wire.decoding import Decoder
from ..wire.encoding import Encoder
from ..wire.values import is_leaf
from .cells import Notebook
from .confinement import Last, Withheld, drop_privileges
from .errors import heard, message_of, traceback_of
from .objects import Objects
from .operations import OPERATIONS, errors_as
from .outputs import capturing


class Worker:
    """The student's notebook and the objects in it, and the conversation about them."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.lock = threading.RLock()
        self.objects = Objects(self.call_back)
        self.notebook = Notebook()
        self.tokens: dict[int, int] = {}
        self.covered: list[dict[str, Any]] = []

    def serve(self) -> None:
        """Answer requests until the judge hangs up."""
        while True:
            try:
                frame = self.channel.receive()
            except (EOFError, OSError):
                return
            self.answer(frame)

    def answer(self, frame: bytes) -> None:
        """One request: decode, do, reply."""
        nodes: list[Any] = []
        kind, arguments, context = self.decoded(frame, nodes)
        self.objects.release(context[0])
        before = snapshot(nodes)
        reply: tuple[Any, ...]
        with capturing(self.notebook.output_limit) as streams, warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always" if kind == "op" else "default")
            try:
                reply = self.perform(kind, arguments, context)
            except BaseException as error:
                reply = self.failure(error)
        if kind == "op":
            reply = (*reply, changes(nodes, before), streams.text(), heard(caught))
        else:
            reply = (*reply, [], "", [])
        self.send(b"R", reply, nodes)

    def decoded(self, frame: bytes, nodes: list[Any]) -> Any:
        """What the judge sent; values in it that can be changed are put into `nodes`."""
        own = self.objects.held.__getitem__
        return Decoder(
            frame[1:], self.objects.lift, nodes=nodes, share=True, scalars=True, torch=True, original=own
        ).decode()

    def send(self, mark: bytes, message: tuple[Any, ...], nodes: list[Any]) -> None:
        """Send a message; one that cannot cross is replaced by the reason."""
        try:
            frame = Encoder(self.objects.lower, exact=False, nodes=nodes).encode(message)
        except BaseException as error:
            text = f"what came back cannot be passed on: {message_of(error)}"
            report: Any = ("error", (["TypeError"], text, "TypeError", "", None), None, [], "", [])
            frame = Encoder(self.objects.lower, exact=False).encode(report)
        self.channel.send(mark + frame)

    def failure(self, error: BaseException) -> tuple[Any, ...]:
        names = [c.__name__ for c in type(error).__mro__ if c.__module__ == "builtins"]
        if isinstance(error, StopIteration):
            return ("stop", None, None)
        token = self.tokens.pop(id(error), None)
        return ("error", (names, message_of(error), type(error).__name__, traceback_of(error), token), None)

    def call_back(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a function of the judge's; serve what it asks for while it runs."""
        with self.lock:
            nodes: list[Any] = []
            frame = Encoder(self.objects.lower, exact=False, nodes=nodes, number=True).encode((number, args, kwargs))
            self.channel.send(b"C" + frame)
            while True:
                answer = self.channel.receive()
                if answer[:1] == b"A":
                    break
                self.answer(answer)
            status, value, changed = self.decoded(answer, nodes)
        if status == "error":
            name, text, token = value
            error = getattr(__import__("builtins"), name, RuntimeError)(text)
            self.tokens[id(error)] = token
            raise error
        apply_changes(nodes, changed)
        return value

    def perform(self, kind: str, arguments: tuple[Any, ...], context: tuple[Any, ...]) -> tuple[Any, ...]:
        """What was asked for: how it went, the value, and the value's number where the judge gets a copy of it."""
        if kind == "op":
            name, args, kwargs = arguments
            with errors_as(context[1]):
                value = self.plain(*args) if name == "plain" else OPERATIONS[name](*args, **kwargs)
            origin = self.objects.keep(value) if name in ("getattr", "getitem") and is_leaf(value) else None
            return ("ok", value, origin)
        space = self.notebook.main.__dict__
        if kind == "name":
            (name,) = arguments
            if name not in space:
                return ("missing", None, None)
            value = space[name]
            return ("ok", value, self.objects.keep(value) if is_leaf(value) else None)
        if kind == "cell":
            return ("ok", self.notebook.cell(*arguments), None)
        if kind == "give":
            (functions,) = arguments
            self.covered.append({name: space[name] for name in functions if name in space})
            space.update(functions)
            return ("ok", None, None)
        if kind == "take":
            (names,) = arguments
            before = self.covered.pop()
            for name in names:
                space.pop(name, None)
            space.update(before)
            return ("ok", None, None)
        raise ValueError(kind)

    def plain(self, value: Any) -> Any:
        from classroom import expect

        return expect.plain(value)


def converse(channel: Channel) -> None:
    """Take the first message, which sets the limits, then serve; ends the process."""
    worker = Worker(channel)
    kind, setting, _ = Decoder(channel.receive()[1:], worker.objects.lift, share=True).decode()
    if kind != "start":
        raise ValueError(kind)
    drop_privileges(setting["limits"], setting["uid"])
    os.umask(0o022)
    hook = Withheld(setting["withheld"], setting["available"])
    sys.meta_path.insert(0, hook)
    sys.meta_path.append(Last(hook))
    worker.notebook.output_limit = setting["output"]
    # As in a notebook, a module written beside it can be imported, but never in place of another.
    sys.path.append("")
    warnings.filterwarnings("ignore", message=".*non-interactive.*")
    worker.send(b"R", ("ok", None, None, [], "", []), [])
    worker.serve()
    # What the student left running must not keep this process alive.
    os._exit(0)

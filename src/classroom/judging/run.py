"""What the checks of one test cell ask for while it runs: generators, trusted functions, a place for points."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import expect
from ..model import Step
from .session import Session


class Run:
    """What `classroom.expect` asks for while one test cell runs: generators, given functions, a place for points."""

    def __init__(self, session: Session, step: Step) -> None:
        self.session, self.step = session, step
        self.points: list[expect.Points] = []
        self.generators = 0

    def generator(self) -> np.random.Generator:
        """A generator that depends on the seed, the test cell and how many it asked for before.

        Once a submission has drawn from it, its state is replaced: see `link.Link.own_generators`.
        """
        found = self.fresh()
        self.session.link.own_generators[id(found)] = found
        return found

    def fresh(self) -> np.random.Generator:
        text = f"{self.step.id}\0{self.generators}".encode()
        self.generators += 1
        return np.random.default_rng(int.from_bytes(hmac.digest(self.session.seed, text, hashlib.sha256), "big"))

    def note_points(self, points: expect.Points) -> None:
        self.points.append(points)

    @contextlib.contextmanager
    def give(self, functions: dict[str, Any]) -> Iterator[None]:
        """Bind trusted functions in the worker, only under names that no later test asks about."""
        link = self.session.link
        for name in functions:
            if name in self.session.asked_later(self.step):
                raise link.refuse(
                    f"give({name}=...): a later test cell still judges {name}; move that test before this one"
                )
        names = list(functions)
        link.request("give", dict(functions))
        try:
            yield
        finally:
            given = {id(function) for function in functions.values()}
            link.functions = {n: f for n, f in link.functions.items() if id(f) not in given}
            link.function_numbers = {i: n for i, n in link.function_numbers.items() if i not in given}
            if not link.lost:
                link.request("take", names)

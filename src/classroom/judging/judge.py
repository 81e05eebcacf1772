"""Judges one submission: test cells run here, in notebook order; the student's cells run in the worker.

This process never imports or executes a student's code. A name the student defined resolves to a proxy (or, for
plain data, to a copy); points are what the test cells of the instructor's own notebook say, between nothing and
the item's points; every failure has a sentence for the student and the whole story for the instructor.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from ..model import Conditions, ItemResult, Step, Verdict
from .item import Item
from .outputs import clean
from .session import Session
from .watch import bounded_memory


def judge(steps: Sequence[Step], conditions: Conditions, seed: bytes, *, sandboxed: bool = True) -> Verdict:
    """What `steps` earn under `conditions`, with hidden tests drawing from generators made from `seed`.

    Raises `sandbox.SandboxMissing` where there is no sandbox, and ValueError when two test cells share an id.
    """
    tests = [step.id for step in steps if step.kind == "test"]
    if len(set(tests)) != len(tests):
        raise ValueError("steps: two test cells have the same id")
    session = Session(steps, conditions, seed, sandboxed)
    with session.folder(), bounded_memory(conditions.memory_bytes):
        try:
            return _run(session)
        finally:
            session.close()


def _run(session: Session) -> Verdict:
    """One step after the other, with a new worker where the last one was lost."""
    items: dict[str, ItemResult] = {}
    for step in session.steps:
        if not session.over and time.monotonic() >= session.total_ends:
            session.over = f"the submission used up its {session.conditions.seconds_total:g} seconds"
        if session.link.lost:
            session.replace_worker()
        if step.kind == "test":
            items[step.id] = Item(session, step).judged()
        elif not session.over:
            if step.kind == "setup":
                session.set_up(step)
            session.cell(step)
    limited = bool(session.over or session.restarts or session.link.lost)
    notes = tuple(" ".join(clean(note).split()) for note in session.notes)
    return Verdict(items, session.outputs, notes, time.monotonic() - session.began, limited)

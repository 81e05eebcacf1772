"""Random generators that cross: made from a checked state, and changed in no way but by drawing from them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .values import GENERATORS, WireError

PCG_MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645
MAX_DRAWS = 1 << 24


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


def advance(node: np.random.Generator, content: np.random.Generator) -> None:
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

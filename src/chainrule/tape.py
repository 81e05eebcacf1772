"""The record of an array computation, and the way back through it (chapter 6).

A `Node` stands for one operation: it knows the nodes its arguments came from and how to pull a gradient of its
output back to each of them. It holds arrays, never a `Tensor` it produced, so a graph has no reference cycles and
its memory is free as soon as it is dropped.
"""

from __future__ import annotations

import itertools
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import Any

import numpy as np

from chainrule.rules import Nesting

__all__ = ["Node", "ShapeError", "debug", "fit", "no_grad", "recording", "run_backward"]


class ShapeError(ValueError):
    """Shapes that do not fit an operation; the message names the operation and the shapes."""


class State:
    """What the tape does at the moment: operations of a level below `floor` are not recorded."""

    floor: float = 0
    debugging = False


@contextmanager
def no_grad() -> Iterator[None]:
    """Record nothing inside the block: results do not require gradients.

    >>> from chainrule import Tensor
    >>> w = Tensor([1.0], requires_grad=True)
    >>> with no_grad():
    ...     print((w * 2).requires_grad)
    False
    """
    before, State.floor = State.floor, math.inf
    try:
        yield
    finally:
        State.floor = before


@contextmanager
def recording(level: int) -> Iterator[None]:
    """Record operations of `level` and above inside the block, whatever `no_grad` says around it."""
    before, State.floor = State.floor, min(State.floor, level)
    Nesting.depth += 1
    try:
        yield
    finally:
        State.floor = before
        Nesting.depth -= 1


@contextmanager
def debug() -> Iterator[None]:
    """Slower, and watchful: detect arrays changed in place between the forward and the backward pass.

    Inside the block every recorded operation also takes a checksum of each array it saves for the backward pass;
    `backward` compares, and raises RuntimeError that names the operation. Nodes keep their value and, after
    `backward`, their gradient (`node.trace.value`, `node.trace.grad`), which a drawing of the graph shows.

    >>> from chainrule import Tensor
    >>> import numpy as np
    >>> saved = np.ones(2)
    >>> with debug():
    ...     y = (Tensor([1.0, 2.0], requires_grad=True) * saved).sum()
    >>> saved[0] = 5.0
    >>> y.backward()
    Traceback (most recent call last):
      ...
    RuntimeError: multiply: an array of shape (2,) saved for the backward pass was changed in place since
    """
    before, State.debugging = State.debugging, True
    try:
        yield
    finally:
        State.debugging = before


class Trace:
    """What `debug` remembers of a node: its value, its gradient once known, and checksums of what it saved."""

    __slots__ = ("grad", "saved", "value")

    def __init__(self, value: Any, pullbacks: Any) -> None:
        self.value = value
        self.grad: Any = None
        self.saved = [(array, checksum(array)) for array in arrays_in(pullbacks)]

    def compare(self, name: str) -> None:
        for array, before in self.saved:
            if checksum(array) != before:
                raise RuntimeError(
                    f"{name}: an array of shape {array.shape} saved for the backward pass was changed in place since"
                )


def checksum(array: np.ndarray) -> int:
    return zlib.crc32(array.tobytes())


def arrays_in(saved: Any) -> Iterator[np.ndarray]:
    """The arrays among partial derivatives, and those that pullbacks close over."""
    if isinstance(saved, np.ndarray):
        yield saved
    elif isinstance(saved, (list, tuple)):
        for item in saved:
            yield from arrays_in(item)
    else:
        for cell in getattr(saved, "__closure__", None) or ():
            yield from arrays_in(cell.cell_contents)


class Parts:
    """The gradient of an operation with several outputs: one entry an output, None where nothing has arrived."""

    shape: tuple[int, ...] | None = None
    dtype = None

    def __init__(self, entries: list[Any]) -> None:
        self.entries = entries

    @classmethod
    def one(cls, index: int, count: int, gradient: Any) -> Parts:
        """The gradient of output `index` of `count` alone."""
        return cls([gradient if i == index else None for i in range(count)])

    def __add__(self, other: Parts) -> Parts:
        pairs = zip(self.entries, other.entries, strict=True)
        return Parts([b if a is None else a if b is None else a + b for a, b in pairs])


next_serial = itertools.count().__next__
by_serial = attrgetter("serial")


class Node:
    """One recorded operation.

    `parents` are the nodes (or leaf tensors) of the arguments that require gradients. `pullbacks` is either a tuple
    aligned with them, of functions of the gradient or of partial derivatives to multiply it with, or one function
    that returns all their gradients. `serial` is the order of creation. `parents` is None once the node is spent.
    """

    __slots__ = ("__weakref__", "dtype", "name", "parents", "pullbacks", "serial", "shape", "trace")

    def __init__(self, name: str, parents: tuple[Any, ...], pullbacks: Any, out: Any) -> None:
        self.name = name
        self.parents: tuple[Any, ...] | None = parents
        self.pullbacks = pullbacks
        self.shape = out.shape
        self.dtype = out.dtype
        self.serial = next_serial()
        self.trace = Trace(out, pullbacks) if State.debugging else None


def fit(gradient: Any, parent: Any, name: str) -> Any:
    """A gradient with the shape and dtype of what it belongs to: sums over the axes that were broadcast."""
    if gradient.__class__ is not np.ndarray and not hasattr(gradient, "dtype"):
        gradient = np.asarray(gradient)
    shape = parent.shape
    if gradient.shape != shape:  # (None for several outputs, whose parts fit already)
        extra = gradient.ndim - len(shape)
        broadcast = [i for i, n in enumerate(shape, extra) if n == 1 and gradient.shape[i] != 1] if extra >= 0 else []
        total = gradient.sum(axis=(*range(extra), *broadcast), keepdims=True) if extra or broadcast else gradient
        if total.shape[max(extra, 0) :] != shape:
            raise ShapeError(f"{name}: a pullback returned shape {gradient.shape} for an argument of shape {shape}")
        gradient = total.reshape(shape) if extra else total
    return gradient if gradient.dtype == parent.dtype else gradient.astype(parent.dtype)


def run_backward(root: Node, gradient: Any, retain: bool = False) -> None:
    """Pull `gradient` back from `root` to every leaf, nodes in descending order of creation.

    A gradient is stored by reference when it first arrives, is replaced by a sum the tape owns at the second
    arrival, and is added to in place from then on; it is dropped when its node has used it. Unless `retain` is
    set, nodes are spent on the way.
    """
    nodes, stack, seen = [], [root], {root}
    while stack:
        node = stack.pop()
        if node.parents is None:
            raise RuntimeError(
                f"backward: the graph of this {node.name} is spent, a backward pass has been through it and freed what "
                "it saved; compute the output again, or add up losses before one backward pass"
            )
        nodes.append(node)
        for parent in node.parents:
            if parent.__class__ is Node and parent not in seen:
                seen.add(parent)
                stack.append(parent)
    nodes.sort(key=by_serial, reverse=True)
    gradients: dict[Node, Any] = {root: gradient}
    owned: set[Node] = set()
    for node in nodes:
        g = gradients.pop(node, None)
        if g is not None:
            if node.trace is not None:
                node.trace.compare(node.name)
                node.trace.grad = g
            for parent, contribution in zip(node.parents or (), contributions(node, g), strict=True):
                if contribution is None:
                    continue
                if parent.__class__ is not Node:
                    accumulate(parent, contribution, g)
                elif parent not in gradients:
                    gradients[parent] = contribution
                elif parent in owned:
                    gradients[parent] = added(gradients[parent], contribution)
                else:
                    gradients[parent] = gradients[parent] + contribution
                    owned.add(parent)
        if not retain:
            node.parents = node.pullbacks = None


def contributions(node: Node, g: Any) -> list[Any]:
    """What a node hands back to each of its parents when the gradient `g` of its output has arrived."""
    pullbacks, parents = node.pullbacks, node.parents or ()
    one_each = pullbacks.__class__ is tuple
    found = []
    try:
        for parent, pulled in zip(parents, pullbacks if one_each else pullbacks(g), strict=True):
            if one_each:
                pulled = _pull(pulled, g)
            found.append(None if pulled is None else fit(pulled, parent, node.name))
    except TypeError as error:
        if any(hasattr(entry, "_level") for entry in (g.entries if g.__class__ is Parts else (g,))):
            raise TypeError(
                f"{node.name}: its pullbacks are written for arrays alone, and the gradient depends on an outer "
                "derivative: take that with respect to the arguments of this operation too, or use its composite"
            ) from error
        raise
    return found


def _pull(pullback: Any, g: Any) -> Any:
    if pullback.__class__ is np.ndarray:  # the commonest kind first
        return g * pullback
    if callable(pullback):
        return pullback(g)
    if pullback.__class__ is int:
        return g if pullback == 1 else -g if pullback == -1 else g * pullback
    return g * pullback


def added(total: Any, contribution: Any) -> Any:
    """`total`, which nobody else holds, with a contribution added: in place where both are arrays."""
    if isinstance(total, np.ndarray) and hasattr(contribution, "_level"):
        return total + contribution  # part of it depends on an outer derivative
    total += contribution
    return total


def accumulate(leaf: Any, contribution: Any, g: Any) -> None:
    """Add to the gradient of a leaf, which owns its array: nothing that others hold may be written to later."""
    if leaf.grad is not None:
        leaf.grad = added(leaf.grad, contribution)
    elif isinstance(contribution, (np.ndarray, np.generic)):
        leaf.grad = np.array(contribution) if _shares(contribution, g) else np.asarray(contribution)
    else:
        leaf.grad = contribution


def _shares(a: Any, b: Any) -> bool:
    """Whether array a is b, a view of it, or a view of the same array; read-only views count as shared."""
    if a is b or not a.flags.writeable:
        return True
    if b.__class__ is Parts:
        return any(_shares(a, entry) for entry in b.entries if entry is not None)
    owner = b if b.base is None else b.base
    return a.base is not None and (a.base is owner or a.base is b)

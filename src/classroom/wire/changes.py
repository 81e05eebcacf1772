"""Arguments changed in place: which of a call's numbered values changed, and the same change made on the other side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .generators import advance, generator_of
from .values import MAX_DEPTH, MAX_ELEMENTS, WireError, is_tensor, loaded_torch


def snapshot(nodes: Sequence[Any]) -> list[Any]:
    """What `changes` needs to tell later which of the numbered values changed; taken before the call."""
    return [_content(node) for node in nodes]


def _content(node: Any) -> Any:
    if isinstance(node, np.ndarray):
        return np.array(node, subok=False)
    if isinstance(node, np.random.Generator):
        return generator_of(node.bit_generator.state)
    if is_tensor(node):
        return node.detach().clone()
    if isinstance(node, dict):
        return dict(node)
    return list(node) if isinstance(node, list) else set(node)


def changes(nodes: Sequence[Any], before: Sequence[Any]) -> list[tuple[int, Any]]:
    """Number and present content of every value that is no longer what it was."""
    return [(i, _content(node)) for i, (node, old) in enumerate(zip(nodes, before, strict=True)) if _differ(node, old)]


def _differ(node: Any, old: Any) -> bool:
    if isinstance(node, np.ndarray):
        return node.shape != old.shape or node.dtype != old.dtype or node.tobytes() != old.tobytes()
    if isinstance(node, np.random.Generator):
        return repr(node.bit_generator.state) != repr(old.bit_generator.state)
    if is_tensor(node):
        torch = loaded_torch()
        return node.shape != old.shape or node.dtype != old.dtype or not torch.equal(node.detach(), old)
    if isinstance(node, list):
        return len(node) != len(old) or any(a is not b for a, b in zip(node, old, strict=True))
    if isinstance(node, dict):
        return len(node) != len(old) or any(
            a is not c or b is not d for (a, b), (c, d) in zip(node.items(), old.items(), strict=True)
        )
    return {id(item) for item in node} != {id(item) for item in old}


def apply_changes(nodes: Sequence[Any], changed: Any) -> None:
    """Bring the values of this side to the contents the other side reports, or raise WireError."""
    if type(changed) is not list:
        raise WireError("a malformed list of changes")
    planned = []
    for entry in changed:
        if type(entry) is not tuple or len(entry) != 2 or type(entry[0]) is not int:
            raise WireError("a malformed change")
        index, content = entry
        if not 0 <= index < len(nodes):
            raise WireError("a change to nothing")
        planned.append((nodes[index], content))
    contents = {id(node): content for node, content in planned}
    for node, content in planned:
        _expanded(content, contents, {id(node)}, [0])
    for node, content in planned:
        become(node, content)


def _expanded(value: Any, contents: dict[int, Any], above: set[int], count: list[int]) -> None:
    """Count the elements of `value` as it will be after the changes; refuse circles and explosions."""
    count[0] += 1
    if count[0] > MAX_ELEMENTS or len(above) > MAX_DEPTH:
        raise WireError("a change that grows beyond the limits")
    inside = contents.get(id(value), value)
    if type(inside) not in (list, dict, set, tuple, frozenset):
        return
    if id(value) in above:
        raise WireError("a container that holds itself")
    parts = [*inside.keys(), *inside.values()] if type(inside) is dict else list(inside)
    for part in parts:
        _expanded(part, contents, above | {id(value)}, count)


def become(node: Any, content: Any) -> None:
    """Give `node` the contents of `content`, or raise WireError where their types or shapes differ."""
    if isinstance(node, np.ndarray) and type(content) is np.ndarray:
        if node.shape != content.shape or node.dtype != content.dtype:
            raise WireError("an array whose shape or dtype was changed in place")
        writeable = node.flags.writeable
        if not writeable:
            node.flags.writeable = True
        node[...] = content
        node.flags.writeable = writeable
    elif isinstance(node, np.random.Generator) and type(content) is np.random.Generator:
        advance(node, content)
    elif is_tensor(node) and is_tensor(content):
        if node.shape != content.shape or node.dtype != content.dtype:
            raise WireError("a tensor whose shape or dtype was changed in place")
        node.detach().copy_(content)
    elif type(node) is list and type(content) is list:
        node[:] = content
    elif type(node) is type(content) and isinstance(node, (dict, set)):
        node.clear()
        node.update(content)
    else:
        raise WireError("a change to another type")

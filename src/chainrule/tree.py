"""Parameters held in dicts, lists and tuples: their leaves, and the same structure with other leaves.

The transforms (chapters 5 and 6) take such trees wherever they take an array, as JAX does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["leaves", "tree_map"]


def tree_map(f: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """Apply `f` to each leaf of `tree` and the leaves at the same place in `others`.

    Anything that is not a dict, list, tuple or None is a leaf.

    >>> tree_map(lambda a, b: a + b, {"w": [1, 2], "b": 3}, {"w": [10, 20], "b": 30})
    {'w': [11, 22], 'b': 33}
    """
    if isinstance(tree, dict):
        for other in others:
            if not isinstance(other, dict) or other.keys() != tree.keys():
                raise ValueError(f"trees differ: expected a dict with keys {list(tree)}, got {_described(other)}")
        return {key: tree_map(f, tree[key], *(other[key] for other in others)) for key in tree}
    if isinstance(tree, (list, tuple)):
        for other in others:
            if not isinstance(other, (list, tuple)) or len(other) != len(tree):
                expected = f"{type(tree).__name__} of length {len(tree)}"
                raise ValueError(f"trees differ: expected a {expected}, got {_described(other)}")
        items = [tree_map(f, *branch) for branch in zip(tree, *others, strict=True)]
        if hasattr(tree, "_fields"):  # a named tuple takes its items one by one
            return type(tree)(*items)
        return type(tree)(items)
    return None if tree is None else f(tree, *others)


def leaves(tree: Any) -> list[Any]:
    """The leaves of a tree from left to right.

    >>> leaves({"w": [1, 2], "b": (3,)})
    [1, 2, 3]
    """
    found: list[Any] = []
    tree_map(found.append, tree)
    return found


def _described(tree: Any) -> str:
    if isinstance(tree, dict):
        return f"a dict with keys {list(tree)}"
    if isinstance(tree, (list, tuple)):
        return f"a {type(tree).__name__} of length {len(tree)}"
    return f"a {type(tree).__name__}"

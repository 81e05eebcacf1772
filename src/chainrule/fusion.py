"""When a fused operation may stand in for its composite (chapters 11 to 13).

A fused operation computes on arrays and pulls one gradient back. Forward mode and second derivatives need every step
on record, so for them the composite runs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.rules import Nesting
from chainrule.tensor import Tensor

__all__ = ["can_fuse"]


def can_fuse(*args: Any) -> bool:
    """Whether all operands are arrays, or tensors of one level that hold arrays; None and numbers do not count.

    Never inside nested transforms: what comes after the operation may depend on an outer derivative, and so may then
    the gradient that reaches it.

    >>> from chainrule import Dual
    >>> can_fuse(np.ones(2), Tensor([1.0]), None), can_fuse(Dual(np.ones(2), np.ones(2)))
    (True, False)
    """
    if Nesting.depth > 1:
        return False
    level = None
    for arg in args:
        its_level = getattr(arg, "_level", None)
        if its_level is None:
            continue
        if arg.__class__ is not Tensor or type(arg.data) is not np.ndarray or level not in (None, its_level):
            return False
        level = its_level
    return True

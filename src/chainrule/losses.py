"""How wrong a prediction is, as one number (chapters 3 and 8).

Names and arguments are those of `torch.nn.functional`. The two losses that start from logits come twice: a composite
to read, which also runs in forward mode and for second derivatives, and a fused one with its gradient worked out.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from chainrule import ops
from chainrule.fusion import can_fuse
from chainrule.rules import absolute, maximum, softplus
from chainrule.tensor import ShapeError, Tensor, primitive

__all__ = [
    "binary_cross_entropy_with_logits",
    "binary_cross_entropy_with_logits_composite",
    "cross_entropy",
    "cross_entropy_composite",
    "hinge_loss",
    "l1_loss",
    "mse_loss",
]

Reduction = Literal["mean", "sum", "none"]


def mse_loss(input: Any, target: Any, reduction: Reduction = "mean") -> Any:
    """The mean squared error, mean of (input - target)².

    Parameters
    ----------
    input, target
        Predictions and what they should be, of one shape.
    reduction
        "mean" over all entries, their "sum", or "none": an entry each.

    Raises
    ------
    ShapeError
        If the shapes differ: broadcasting (N, 1) against (N,) would compare every pair.
    ValueError
        If `reduction` is none of the three, or there is nothing to average.

    Examples
    --------
    >>> mse_loss(np.array([1.0, 2.0]), np.array([0.0, 4.0])).item()
    2.5
    """
    target = _constant(target, input)
    _same_shape("mse_loss", input, target)
    error = input - target
    return _reduced(error * error, reduction)


def l1_loss(input: Any, target: Any, reduction: Reduction = "mean") -> Any:
    """The mean absolute error, mean of |input - target|. Arguments and errors as for `mse_loss`.

    >>> l1_loss(np.array([1.0, 2.0]), np.array([0.0, 4.0])).item()
    1.5
    """
    target = _constant(target, input)
    _same_shape("l1_loss", input, target)
    return _reduced(absolute(input - target), reduction)


def hinge_loss(input: Any, target: Any, reduction: Reduction = "mean") -> Any:
    """The loss of the support-vector machine, mean of max(0, 1 - target input), for targets -1 and +1.

    Arguments as for `mse_loss`. Cortes and Vapnik 1995.

    Raises
    ------
    ShapeError, ValueError
        As `mse_loss`; and ValueError if a target is neither -1 nor +1.

    >>> hinge_loss(np.array([0.5, -3.0]), np.array([1.0, -1.0])).item()
    0.25
    """
    target = _constant(target, input)
    _same_shape("hinge_loss", input, target)
    if not np.all(np.abs(ops.plain(target)) == 1):
        raise ValueError("hinge_loss: expected every target to be -1 or +1")
    return _reduced(maximum(1 - target * input, 0.0), reduction)


def binary_cross_entropy_with_logits(input: Any, target: Any, reduction: Reduction = "mean") -> Any:
    """The cross-entropy of a yes-or-no prediction given as a logit z: mean of log(1 + e^z) - target z.

    That is -target log p - (1 - target) log(1 - p) with p = sigmoid(z), in a form that is finite for every z. Its
    gradient is (p - target) / N.

    Parameters
    ----------
    input
        Logits, of any shape.
    target
        Numbers from 0 to 1 of the same shape.
    reduction
        As for `mse_loss`.

    Raises
    ------
    ShapeError
        If the shapes differ.
    ValueError
        If a target is not between 0 and 1, or as `mse_loss`.

    Examples
    --------
    >>> round(binary_cross_entropy_with_logits(np.array([0.0]), np.array([1.0])).item(), 4)
    0.6931
    """
    target = _probabilities("binary_cross_entropy_with_logits", input, target)
    if hasattr(target, "_level") or not can_fuse(input):
        return binary_cross_entropy_with_logits_composite(input, target, reduction)
    return _binary_cross_entropy(input, target=target, reduction=reduction)


def binary_cross_entropy_with_logits_composite(input: Any, target: Any, reduction: Reduction = "mean") -> Any:
    """`binary_cross_entropy_with_logits` as its formula reads.

    >>> round(binary_cross_entropy_with_logits_composite(np.array([0.0]), np.array([1.0])).item(), 4)
    0.6931
    """
    target = _probabilities("binary_cross_entropy_with_logits", input, target)
    return _reduced(softplus(input) - target * input, reduction)


@primitive
def _binary_cross_entropy(z: Any, *, target: Any, reduction: Reduction) -> Any:
    e = np.exp(-np.abs(z))  # at most 1
    loss = np.maximum(z, 0) + np.log1p(e) - target * z
    p = np.maximum(e, z >= 0) / (1 + e)
    scale = 1 / z.size if reduction == "mean" and z.size else 1
    return _reduced(loss, reduction), (lambda g: (p - target) * (g * scale),)


def cross_entropy(input: Any, target: Any, reduction: Reduction = "mean") -> Any:
    """The cross-entropy of a prediction among C classes given as logits z: mean of logsumexp(z) - z[target].

    That is -log p[target] with p = softmax(z); its gradient is (p - y) / N, y being 1 at the target and 0 elsewhere.

    Parameters
    ----------
    input
        Logits, N x C.
    target
        N class numbers from 0 to C - 1; or N x C probabilities, for the loss -sum_c target_c log p_c.
    reduction
        "mean" over the N examples, their "sum", or "none": a loss for each.

    Raises
    ------
    ShapeError
        If the shapes do not fit.
    ValueError
        If a class number is out of range, or as `mse_loss`.
    TypeError
        If class numbers are not integers.

    Examples
    --------
    >>> round(cross_entropy(np.zeros((2, 4)), np.array([0, 3])).item(), 4)
    1.3863
    """
    target = _classes(input, target)
    if target.ndim == 2 or input.dtype.kind != "f" or not can_fuse(input):
        return cross_entropy_composite(input, target, reduction)
    return _cross_entropy(input, target=target, reduction=reduction)


def cross_entropy_composite(input: Any, target: Any, reduction: Reduction = "mean") -> Any:
    """`cross_entropy` as its formula reads.

    >>> round(cross_entropy_composite(np.zeros((2, 4)), np.array([0, 3])).item(), 4)
    1.3863
    """
    target = _classes(input, target)
    log_p = ops.log_softmax(input)
    if target.ndim == 2:
        return _reduced(-ops.sum(log_p * target, axis=1), reduction)
    return _reduced(-ops.getitem(log_p, (np.arange(len(target)), target)), reduction)


@primitive
def _cross_entropy(z: Any, *, target: Any, reduction: Reduction) -> Any:
    rows = np.arange(len(target))
    p = z - z.max(axis=1, keepdims=True)
    at_target = p[rows, target]
    np.exp(p, out=p)
    total = p.sum(axis=1)
    p /= total[:, None]
    p[rows, target] -= 1  # now p - y
    scale = 1 / len(z) if reduction == "mean" and len(z) else 1
    return _reduced(np.log(total) - at_target, reduction), (lambda g: p * (g * scale)[..., None],)


def _reduced(losses: Any, reduction: str) -> Any:
    if reduction == "none":
        return losses
    if reduction == "sum":
        return ops.sum(losses)
    if reduction != "mean":
        raise ValueError(f"reduction: expected 'mean', 'sum' or 'none', got {reduction!r}")
    if 0 in losses.shape:
        raise ValueError("input: expected at least one example, got none")
    return ops.mean(losses)


def _constant(target: Any, input: Any) -> Any:
    """A target as an array of the input's dtype; one that is differentiated (a Tensor, a Dual) as it is."""
    if isinstance(target, Tensor) and not target.requires_grad and not target._level:
        target = target.data
    if hasattr(target, "_level"):
        return target
    dtype = getattr(input, "dtype", None)
    return np.asarray(target, dtype if dtype is not None and dtype.kind == "f" else None)


def _same_shape(name: str, input: Any, target: Any) -> None:
    if np.shape(input) != np.shape(target):
        raise ShapeError(f"{name}: input has shape {np.shape(input)}, target {np.shape(target)}: expected the same")


def _probabilities(name: str, input: Any, target: Any) -> Any:
    target = _constant(target, input)
    _same_shape(name, input, target)
    if not (np.all(target >= 0) and np.all(target <= 1)):
        raise ValueError(f"{name}: expected every target between 0 and 1")
    return target


def _classes(input: Any, target: Any) -> Any:
    """The checked targets: class numbers (N) or probabilities (N x C)."""
    target = target if hasattr(target, "_level") else np.asarray(target)
    if len(input.shape) != 2 or target.shape not in (input.shape[:1], input.shape):
        raise ShapeError(
            f"cross_entropy: input has shape {input.shape}, target {target.shape}: expected N x C logits and N class "
            "numbers (or N x C probabilities); reshape a sequence of predictions to (N T, C)"
        )
    if target.ndim == 1:
        target = ops.plain(target)
        if target.dtype.kind not in "iu":
            raise TypeError(f"cross_entropy: expected integers as class numbers, got dtype {target.dtype}")
        if target.size and not (target.min() >= 0 and target.max() < input.shape[1]):
            bad = target[(target < 0) | (target >= input.shape[1])][0]
            raise ValueError(f"cross_entropy: class {bad} is out of range for {input.shape[1]} classes")
        return target
    return _probabilities("cross_entropy", input, target)

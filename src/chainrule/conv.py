"""Convolution and pooling over images (chapter 11).

Images are (B, C, H, W): batch, channels, height, width. What is called convolution is cross-correlation, as in
PyTorch: the kernel is not turned round. `conv2d_composite` says what a convolution is, one shifted product a kernel
entry; `conv2d` computes the same by gathering every window into a column (im2col) and multiplying matrices.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.fusion import can_fuse
from chainrule.layers import checked_sizes, parameter
from chainrule.module import Module
from chainrule.primitives import primitive
from chainrule.tape import ShapeError
from chainrule.windows import Geometry, Pair, col2im, im2col, output_size, pair

__all__ = [
    "AvgPool2d",
    "Conv2d",
    "MaxPool2d",
    "avg_pool2d",
    "col2im",
    "conv2d",
    "conv2d_composite",
    "im2col",
    "max_pool2d",
    "output_size",
]


def conv2d_geometry(x: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any) -> Geometry:
    """Check the operands of a convolution and place its windows."""
    if len(weight.shape) != 4:
        raise ShapeError(f"conv2d: expected a weight of shape (O, C, KH, KW), got {weight.shape}")
    at = Geometry("conv2d", x.shape, weight.shape[2:], stride, padding, dilation)
    if x.shape[1] != weight.shape[1]:
        raise ShapeError(
            f"conv2d: input {x.shape} has {x.shape[1]} channels, weight {weight.shape} expects {weight.shape[1]}"
        )
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ShapeError(f"conv2d: bias {bias.shape} does not fit weight {weight.shape}: expected {weight.shape[:1]}")
    return at


def bordered(x: Any, at: Geometry, fill: float) -> Any:
    """The image with its border, on record where x is a tensor or a dual."""
    for axis, border in zip((2, 3), at.padding, strict=True):
        if border:
            shape = [*x.shape]
            shape[axis] = border
            edge = np.full(shape, fill, x.dtype)
            x = ops.concat([edge, x, edge], axis=axis)
    return x


def conv2d_composite(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
) -> Any:
    """`conv2d` as its formula reads: a sum over kernel entries of weight times the shifted image.

    The same arguments, shapes and errors. Each term is one matrix product over channels; tensors, duals and arrays of
    any nesting are taken.

    >>> x, w = np.arange(9.0).reshape(1, 1, 3, 3), np.ones((1, 1, 2, 2))
    >>> conv2d_composite(x, w)[0, 0]
    array([[ 8., 12.],
           [20., 24.]])
    """
    at = conv2d_geometry(x, weight, bias, stride, padding, dilation)
    (b, c), (h, w) = x.shape[:2], at.out
    x = bordered(x, at, 0.0)
    out: Any = 0.0 if bias is None else ops.reshape(bias, (-1, 1))
    for i, j, pixels in at.views(x):
        out = out + ops.matmul(weight[:, :, i, j], ops.reshape(pixels, (b, c, h * w)))  # (B, O, OH OW)
    return ops.reshape(out, (b, weight.shape[0], h, w))


def conv2d(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
) -> Any:
    """Convolve images with kernels: y[b, o, i, j] = bias[o] + sum_cmn weight[o, c, m, n] x[b, c, si + dm, sj + dn].

    Here s is the stride and d the dilation, m and n start at 0, and x has a border of `padding` zeros.

    Parameters
    ----------
    x
        Images, (B, C, H, W).
    weight, bias
        Kernels, (O, C, KH, KW), and one number a kernel, (O,), or None.
    stride, padding, dilation
        Integers, or pairs for height and width.

    Returns
    -------
    y
        (B, O, OH, OW) with sizes from `output_size`.

    Raises
    ------
    ShapeError
        If channels, bias or the number of axes do not fit, or the kernel does not fit into the image.
    ValueError
        If a stride or dilation is below 1 or a padding below 0.

    References
    ----------
    Dumoulin and Visin (2016), *A guide to convolution arithmetic for deep learning*; im2col: Chellapilla, Puri and
    Simard (2006).

    >>> x, w = np.arange(9.0).reshape(1, 1, 3, 3), np.array([[[[-1.0, 1.0]]]])
    >>> conv2d(x, w)[0, 0]
    array([[1., 1.],
           [1., 1.],
           [1., 1.]])
    """
    run = _conv2d if can_fuse(x, weight, bias) else conv2d_composite
    return run(x, weight, bias, stride=stride, padding=padding, dilation=dilation)


@primitive
def _conv2d(x: Any, weight: Any, bias: Any, *, stride: Any, padding: Any, dilation: Any) -> Any:
    """Columns of a few images at a time, in one workspace, each lot one batched matrix product."""
    at = conv2d_geometry(x, weight, bias, stride, padding, dilation)
    (o, *_), (b, *_), pixels = weight.shape, x.shape, at.out[0] * at.out[1]
    kernels = weight.reshape(o, -1)  # (O, C KH KW)

    def columns_of(wide: np.ndarray, workspace: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        for part in at.parts():
            images = wide[part]
            columns = workspace[: len(images)]
            at.gather(images, columns)
            yield part, columns.reshape(len(images), kernels.shape[1], pixels)

    dtype = np.result_type(x, weight)
    out = np.empty((b, o, pixels), dtype)
    for part, columns in columns_of(at.padded(x), at.workspace(x.dtype)):
        np.matmul(kernels, columns, out=out[part])
        if bias is not None:
            out[part] += bias[:, None]

    def to_x(g: np.ndarray) -> np.ndarray:
        g, wide, workspace = g.reshape(b, o, pixels), at.blank(b, dtype), at.workspace(dtype)
        for part in at.parts():
            columns = workspace[: len(g[part])]
            np.matmul(kernels.T, g[part], out=columns.reshape(len(columns), kernels.shape[1], pixels))
            at.scatter(columns, wide[part])
        return at.cropped(wide)

    def to_weight(g: np.ndarray) -> np.ndarray:
        # Transposed beforehand: BLAS takes columns @ g.T faster than g @ columns.T at these sizes.
        turned = np.ascontiguousarray(g.reshape(b, o, pixels).swapaxes(1, 2))
        total = np.zeros((kernels.shape[1], o), dtype)
        for part, columns in columns_of(at.padded(x), at.workspace(x.dtype)):
            total += (columns @ turned[part]).sum(axis=0)
        return total.T.reshape(weight.shape)

    def to_bias(g: np.ndarray) -> np.ndarray:
        return g.reshape(b, o, pixels).sum(axis=(0, 2))

    return out.reshape(b, o, *at.out), (to_x, to_weight, to_bias)


def _entries(x: Any, axis: int, kernel: int, stride: int) -> list[Any]:
    """The first entries of all windows along an axis, the second entries, ...: `kernel` views."""
    places = (x.shape[axis] - kernel) // stride + 1
    index: list[slice] = [slice(None)] * 4
    found = []
    for offset in range(kernel):
        index[axis] = slice(offset, offset + (places - 1) * stride + 1, stride)
        found.append(x[tuple(index)])
    return found


def _max_along_composite(x: Any, *, axis: int, kernel: int, stride: int) -> Any:
    """`_max_along` by comparing entries one after the other; a later one wins only if it is larger."""
    out, *rest = _entries(x, axis, kernel, stride)
    for entry in rest:
        out = ops.where(ops.plain(entry) > ops.plain(out), entry, out)
    return out


@primitive
def _max_along(x: Any, *, axis: int, kernel: int, stride: int) -> Any:
    """The maximum of each window along one axis; the gradient goes to the first entry that has it."""
    entries = _entries(x, axis, kernel, stride)
    out = entries[0].copy() if kernel == 1 else np.maximum(entries[0], entries[1])
    for entry in entries[2:]:
        np.maximum(out, entry, out=out)
    # Where windows tile the axis each pixel is written once; else the gradients of several windows add up.
    tiled = stride == kernel and out.shape[axis] * stride == x.shape[axis]

    def pullback(g: np.ndarray) -> np.ndarray:
        dx = np.empty(x.shape, g.dtype) if tiled else np.zeros(x.shape, g.dtype)
        *parts, last = _entries(dx, axis, kernel, stride)
        left = g
        for entry, part in zip(entries, parts, strict=False):
            taken = np.multiply(left, entry == out, out=part if tiled else None)
            if not tiled:
                part += taken
            left = left - taken  # once an entry has taken a gradient, nothing is left for later ones
        if tiled:
            last[...] = left
        else:
            last += left
        return dx

    return out, (pullback,)


def max_pool2d(x: Any, kernel_size: int | Pair, stride: int | Pair | None = None, padding: int | Pair = 0) -> Any:
    """The maximum over each window, (B, C, H, W) to (B, C, OH, OW); `stride` is the kernel size if not given.

    The gradient of an output goes to the first entry, in reading order, that has the maximum. Rows come before
    columns: the maximum along each row of the window, then among rows, which keeps that order and takes KH + KW
    comparisons instead of KH KW. The border of `padding` holds minus infinity.

    Raises
    ------
    ShapeError
        If x has not four axes or is smaller than the kernel.
    ValueError
        If padding is more than half the kernel, where a window could hold nothing but border.

    >>> x = np.arange(16.0).reshape(1, 1, 4, 4)
    >>> max_pool2d(x, 2)[0, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """
    at = Geometry("max_pool2d", x.shape, kernel_size, kernel_size if stride is None else stride, padding)
    if at.padding[0] * 2 > at.kernel[0] or at.padding[1] * 2 > at.kernel[1]:
        raise ValueError(f"max_pool2d: padding {at.padding} is more than half the kernel {at.kernel}")
    x = bordered(x, at, -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min)
    run = _max_along if can_fuse(x) else _max_along_composite
    x = run(x, axis=3, kernel=at.kernel[1], stride=at.stride[1])
    return run(x, axis=2, kernel=at.kernel[0], stride=at.stride[0])


def avg_pool2d(x: Any, kernel_size: int | Pair, stride: int | Pair | None = None, padding: int | Pair = 0) -> Any:
    """The mean over each window, (B, C, H, W) to (B, C, OH, OW); `stride` is the kernel size if not given.

    A border of `padding` zeros counts in the mean, as PyTorch counts it.

    Raises
    ------
    ShapeError
        If x has not four axes or is smaller than the kernel.

    >>> x = np.arange(16.0).reshape(1, 1, 4, 4)
    >>> avg_pool2d(x, 2)[0, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    at = Geometry("avg_pool2d", x.shape, kernel_size, kernel_size if stride is None else stride, padding)
    total: Any = 0.0
    for _, _, pixels in at.views(bordered(x, at, 0.0)):
        total = total + pixels
    return total * (1 / (at.kernel[0] * at.kernel[1]))


class Conv2d(Module):
    """A layer of `out_channels` kernels over images, (B, in_channels, H, W): see `conv2d`.

    `weight` has shape (out_channels, in_channels, KH, KW), `bias` (out_channels,). Both start uniform on (-a, a) with
    a = 1 / sqrt(in_channels KH KW), as in PyTorch.

    Raises
    ------
    ValueError
        If a size, stride or dilation is below 1, a padding below 0, or groups not 1.

    >>> layer = Conv2d(3, 8, 3, padding=1, rng=np.random.default_rng(0))
    >>> layer(np.ones((2, 3, 6, 6))).shape
    (2, 8, 6, 6)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Pair,
        stride: int | Pair = 1,
        padding: int | Pair = 0,
        dilation: int | Pair = 1,
        groups: int = 1,
        bias: bool = True,
        *,
        rng: np.random.Generator | None = None,
    ) -> None:
        checked_sizes(in_channels=in_channels, out_channels=out_channels)
        if groups != 1:
            raise ValueError(f"groups: expected 1, every kernel sees all channels here, got {groups!r}")
        rng = np.random.default_rng() if rng is None else rng
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size, self.stride = pair(kernel_size, "kernel_size"), pair(stride, "stride")
        self.padding, self.dilation = pair(padding, "padding", least=0), pair(dilation, "dilation")
        shape = (out_channels, in_channels, *self.kernel_size)
        bound = 1 / math.sqrt(math.prod(shape[1:]))
        self.weight = parameter(rng.uniform(-bound, bound, shape))
        self.bias = parameter(rng.uniform(-bound, bound, out_channels)) if bias else None

    def forward(self, input: Any) -> Any:
        """The feature maps, (B, out_channels, OH, OW)."""
        return conv2d(input, self.weight, self.bias, self.stride, self.padding, self.dilation)

    def extra_repr(self) -> str:
        """Channels and geometry."""
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        text += f", padding={self.padding}" * (self.padding != (0, 0))
        text += f", dilation={self.dilation}" * (self.dilation != (1, 1))
        return text + ", bias=False" * (self.bias is None)


class Pool2d(Module):
    """What the pooling layers share; `stride` is the kernel size if not given."""

    def __init__(self, kernel_size: int | Pair, stride: int | Pair | None = None, padding: int | Pair = 0) -> None:
        self.kernel_size = pair(kernel_size, "kernel_size")
        self.stride = self.kernel_size if stride is None else pair(stride, "stride")
        self.padding = pair(padding, "padding", least=0)

    def extra_repr(self) -> str:
        """Kernel, stride and padding."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxPool2d(Pool2d):
    """The maximum over each window; the first of equal entries takes the gradient: see `max_pool2d`.

    >>> MaxPool2d(2)(np.arange(16.0).reshape(1, 1, 4, 4))[0, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """

    def forward(self, input: Any) -> Any:
        """The maxima, (B, C, OH, OW)."""
        return max_pool2d(input, self.kernel_size, self.stride, self.padding)


class AvgPool2d(Pool2d):
    """The mean over each window: see `avg_pool2d`.

    >>> AvgPool2d(2)(np.arange(16.0).reshape(1, 1, 4, 4))[0, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """

    def forward(self, input: Any) -> Any:
        """The means, (B, C, OH, OW)."""
        return avg_pool2d(input, self.kernel_size, self.stride, self.padding)

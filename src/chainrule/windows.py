"""Windows over images: where a kernel lies, and its pixels as columns (chapter 11).

Convolution and pooling slide a window over an image of shape (B, C, H, W). `Geometry` says where the windows are;
`im2col` copies each into a column, and `col2im` is its transpose, which carries gradients back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.tape import ShapeError

__all__ = ["Geometry", "Pair", "col2im", "im2col", "output_size", "pair"]

Pair = tuple[int, int]
WORKSPACE = 1 << 18  # numbers held as columns at a time: about what the second-level cache holds in float32


def pair(value: int | Pair, name: str, least: int = 1) -> Pair:
    """A size for height and width from one number or two, each at least `least`."""
    both = tuple(value) if hasattr(value, "__iter__") else (value, value)
    if len(both) != 2 or not all(isinstance(n, (int, np.integer)) and n >= least for n in both):
        raise ValueError(f"{name}: expected an integer of at least {least} or two of them, got {value!r}")
    return int(both[0]), int(both[1])


def output_size(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """How many places a kernel has along one axis: floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1.

    Not positive if the kernel does not fit. Source: Dumoulin and Visin (2016), relationship 15.

    >>> output_size(28, kernel=3), output_size(28, kernel=3, padding=1), output_size(5, kernel=3, stride=2)
    (26, 28, 2)
    """
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


class Geometry:
    """Where the windows of a kernel lie in an image: shared by convolution and pooling, forward and backward."""

    def __init__(
        self, name: str, shape: tuple[int, ...], kernel: Any, stride: Any, padding: Any, dilation: Any = 1
    ) -> None:
        if len(shape) != 4:
            raise ShapeError(f"{name}: expected an input of shape (B, C, H, W), got {shape}")
        self.shape = shape
        self.kernel = pair(kernel, f"{name}: kernel_size")
        self.stride = pair(stride, f"{name}: stride")
        self.padding = pair(padding, f"{name}: padding", least=0)
        self.dilation = pair(dilation, f"{name}: dilation")
        sizes = zip(shape[2:], self.kernel, self.stride, self.padding, self.dilation, strict=True)
        self.out = h, w = tuple([output_size(*each) for each in sizes])
        if h < 1 or w < 1:
            raise ShapeError(
                f"{name}: input {shape} is smaller than the kernel {self.kernel} "
                f"(stride {self.stride}, padding {self.padding}, dilation {self.dilation}): output would be {h} x {w}"
            )

    def padded(self, x: np.ndarray, fill: float = 0.0) -> np.ndarray:
        """The image with its border; the image itself where there is none."""
        top, left = self.padding
        if not top and not left:
            return x
        b, c, h, w = x.shape
        wide = np.full((b, c, h + 2 * top, w + 2 * left), fill, x.dtype)
        wide[:, :, top : top + h, left : left + w] = x
        return wide

    def cropped(self, wide: np.ndarray) -> np.ndarray:
        """The inverse of `padded`."""
        top, left = self.padding
        h, w = self.shape[2:]
        return wide[:, :, top : top + h, left : left + w] if top or left else wide

    def blank(self, batch: int, dtype: Any) -> np.ndarray:
        """Zeros in the shape of a padded batch."""
        (c, h, w), (top, left) = self.shape[1:], self.padding
        return np.zeros((batch, c, h + 2 * top, w + 2 * left), dtype)

    def views(self, wide: Any) -> Iterator[tuple[int, int, Any]]:
        """For each kernel entry (i, j) the pixels it meets, one for each place of the kernel: (B, C, OH, OW)."""
        for i in range(self.kernel[0]):
            for j in range(self.kernel[1]):
                yield i, j, wide[:, :, self.span(0, i), self.span(1, j)]

    def span(self, axis: int, offset: int) -> slice:
        """The pixels that kernel row (axis 0) or column (axis 1) `offset` meets."""
        start, step = offset * self.dilation[axis], self.stride[axis]
        return slice(start, start + (self.out[axis] - 1) * step + 1, step)

    def parts(self) -> Iterator[slice]:
        """Slices of the batch small enough for their columns to fit in the workspace."""
        columns = self.shape[1] * self.kernel[0] * self.kernel[1] * self.out[0] * self.out[1]
        step = max(1, WORKSPACE // max(columns, 1))
        return (slice(start, start + step) for start in range(0, self.shape[0], step))

    def gather(self, wide: np.ndarray, columns: np.ndarray) -> None:
        """Copy every window into `columns`, (B, C, KH, KW, OH, OW)."""
        for i, j, pixels in self.views(wide):
            columns[:, :, i, j] = pixels

    def scatter(self, columns: np.ndarray, wide: np.ndarray) -> None:
        """Add every window of `columns` to its place in the image; a pixel receives from all windows it is in."""
        for i, j, pixels in self.views(wide):
            pixels += columns[:, :, i, j]

    def workspace(self, dtype: Any) -> np.ndarray:
        """Room for the columns of the largest part: (B, C, KH, KW, OH, OW)."""
        first = next(self.parts(), slice(0, 0))
        return np.empty((min(first.stop, self.shape[0]), self.shape[1], *self.kernel, *self.out), dtype)


def im2col(
    x: np.ndarray, kernel_size: int | Pair, stride: int | Pair = 1, padding: int | Pair = 0, dilation: int | Pair = 1
) -> np.ndarray:
    """Every window of an image as a column: (B, C, H, W) to (B, C KH KW, OH OW).

    A convolution is then one matrix product, weight (O, C KH KW) times columns. PyTorch calls this `unfold`.

    Raises
    ------
    ShapeError
        If x has not four axes or is smaller than the kernel.

    >>> im2col(np.arange(9.0).reshape(1, 1, 3, 3), 2)[0]
    array([[0., 1., 3., 4.],
           [1., 2., 4., 5.],
           [3., 4., 6., 7.],
           [4., 5., 7., 8.]])
    """
    at = Geometry("im2col", x.shape, kernel_size, stride, padding, dilation)
    columns = np.empty((*x.shape[:2], *at.kernel, *at.out), x.dtype)
    at.gather(at.padded(x), columns)
    return columns.reshape(x.shape[0], -1, at.out[0] * at.out[1])


def col2im(
    columns: np.ndarray,
    shape: tuple[int, int, int, int],
    kernel_size: int | Pair,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
) -> np.ndarray:
    """The transpose of `im2col`: add every column back at its window's place in an image of `shape`.

    A pixel that lies in several windows receives the sum, which is what gradients do at a fan-out.

    >>> x = np.ones((1, 1, 3, 3))
    >>> col2im(im2col(x, 2), x.shape, 2)[0, 0]
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    """
    at = Geometry("col2im", shape, kernel_size, stride, padding, dilation)
    expected = (shape[0], shape[1] * at.kernel[0] * at.kernel[1], at.out[0] * at.out[1])
    if columns.shape != expected:
        raise ShapeError(f"col2im: columns {columns.shape} do not belong to an image {shape}: expected {expected}")
    wide = at.blank(shape[0], columns.dtype)
    at.scatter(columns.reshape(*shape[:2], *at.kernel, *at.out), wide)
    return at.cropped(wide)

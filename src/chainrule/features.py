"""Chapter 1: features made by hand, from tables, series, images and text.

Each function turns raw data into numbers a linear model can use. Arrays are NumPy; a series has shape (T,),
a grey image (H, W), a colour image (H, W, 3) with values from 0 to 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "SOBEL_X",
    "SOBEL_Y",
    "STOP_WORDS",
    "aggregate",
    "bag_of_words",
    "band_energy",
    "colour_histogram",
    "convolve",
    "edges",
    "lags",
    "peak_frequency",
    "shape_vector",
    "sliding_windows",
    "slope",
    "tokenise",
    "vocabulary",
    "window_features",
    "zero_crossing_rate",
]

Array = NDArray[np.float64]


def _series(name: str, x: ArrayLike, least: int = 1) -> Array:
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or len(x) < least:
        raise ValueError(f"{name}: a series of at least {least} values expected, got shape {x.shape}")
    return x


# Tables


def aggregate(
    keys: Sequence[object], values: ArrayLike, how: Callable[[Array], float] = np.mean
) -> dict[object, float]:
    """One number a group: `how` of the values whose key is the same (mean, len, np.min, np.max, ...).

    >>> aggregate(["a", "b", "a"], [1.0, 5.0, 3.0])
    {'a': 2.0, 'b': 5.0}
    """
    x = _series("aggregate", values)
    if len(keys) != len(x):
        raise ValueError(f"aggregate: {len(keys)} keys for {len(x)} values")
    groups: dict[object, list[float]] = {}
    for key, value in zip(keys, x, strict=True):
        groups.setdefault(key, []).append(value)
    return {key: float(how(np.array(group))) for key, group in groups.items()}


# Series


def lags(x: ArrayLike, k: int) -> Array:
    """The k previous values of every point that has them: row i holds x[t-1], ..., x[t-k] with t = i + k.

    Shape (T - k, k).

    >>> lags([1, 2, 3, 4], 2)
    array([[2., 1.],
           [3., 2.]])
    """
    x = _series("lags", x)
    if not 1 <= k < len(x):
        raise ValueError(f"lags: k must be from 1 to {len(x) - 1}, got {k}")
    return np.column_stack([x[k - j : len(x) - j] for j in range(1, k + 1)])


def sliding_windows(x: ArrayLike, width: int) -> Array:
    """Every run of `width` neighbouring values, as rows: shape (T - width + 1, width).

    >>> sliding_windows([1, 2, 3, 4], 3)
    array([[1., 2., 3.],
           [2., 3., 4.]])
    """
    x = _series("sliding_windows", x)
    if not 1 <= width <= len(x):
        raise ValueError(f"sliding_windows: width must be from 1 to {len(x)}, got {width}")
    return np.lib.stride_tricks.sliding_window_view(x, width).copy()


def slope(x: ArrayLike) -> float:
    """Trend of a window: the slope of the line fitted to it by least squares, per time step.

    With t = 0, 1, ..., n - 1: sum (t - mean t)(x - mean x) / sum (t - mean t)^2.

    >>> slope([1.0, 3.0, 5.0])
    2.0
    """
    x = _series("slope", x, least=2)
    t = np.arange(len(x)) - (len(x) - 1) / 2
    return float(t @ x / (t @ t))


def window_features(x: ArrayLike, width: int) -> dict[str, Array]:
    """Mean, standard deviation (divisor n), min, max, range and slope of every window: each (T - width + 1,).

    >>> window_features([1, 2, 4], 2)["mean"]
    array([1.5, 3. ])
    """
    if width < 2:
        raise ValueError(f"window_features: width must be at least 2, got {width}")
    windows = sliding_windows(x, width)
    low, high = windows.min(axis=1), windows.max(axis=1)
    return {
        "mean": windows.mean(axis=1),
        "std": windows.std(axis=1),
        "min": low,
        "max": high,
        "range": high - low,
        "slope": np.array([slope(row) for row in windows]),
    }


def _spectrum(name: str, x: ArrayLike, rate: float) -> tuple[Array, Array]:
    """Frequencies (in cycles per unit of time) and the squared magnitudes of the mean-free series' FFT."""
    x = _series(name, x, least=2)
    if rate <= 0:
        raise ValueError(f"{name}: rate (samples per unit of time) must be positive, got {rate}")
    power: Array = np.abs(np.fft.rfft(x - x.mean())) ** 2
    frequencies: Array = np.asarray(np.fft.rfftfreq(len(x), 1 / rate), dtype=float)
    return frequencies, power


def peak_frequency(x: ArrayLike, rate: float = 1.0) -> float:
    """Frequency with the most energy, mean left out, in cycles per unit of time (`rate` samples a unit).

    >>> t = np.arange(100) / 50
    >>> peak_frequency(np.sin(2 * np.pi * 5 * t), rate=50)
    5.0
    """
    frequencies, power = _spectrum("peak_frequency", x, rate)
    return float(frequencies[np.argmax(power)])


def band_energy(x: ArrayLike, low: float, high: float, rate: float = 1.0) -> float:
    """Share of the mean-free series' energy at frequencies low <= f < high: from 0 to 1.

    >>> t = np.arange(100) / 50
    >>> round(band_energy(np.sin(2 * np.pi * 5 * t), 4, 6, rate=50), 6)
    1.0
    """
    if not low < high:
        raise ValueError(f"band_energy: low must be below high, got {low} and {high}")
    frequencies, power = _spectrum("band_energy", x, rate)
    # Every frequency but 0 and Nyquist's stands for two terms of the full transform.
    weight = np.full(len(power), 2.0)
    weight[0] = 1.0
    if np.size(x) % 2 == 0:
        weight[-1] = 1.0
    energy = weight * power
    total = energy.sum()
    return float(energy[(frequencies >= low) & (frequencies < high)].sum() / total) if total > 0 else 0.0


def zero_crossing_rate(x: ArrayLike) -> float:
    """Share of neighbouring pairs whose signs differ; a value of exactly 0 counts as positive.

    >>> zero_crossing_rate([1.0, -1.0, 2.0, 3.0])
    0.6666666666666666
    """
    positive = _series("zero_crossing_rate", x, least=2) >= 0
    return float(np.mean(positive[1:] != positive[:-1]))


# Images

SOBEL_X: Array = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
"""Edge kernel that answers where brightness grows from left to right (Sobel and Feldman 1968)."""
SOBEL_Y: Array = SOBEL_X.T.copy()
"""Edge kernel that answers where brightness grows from top to bottom."""


def colour_histogram(image: ArrayLike, bins: int = 4) -> Array:
    """Share of pixels by red, green and blue value: three histograms of `bins` bins, shape (3 * bins,).

    Each third sums to 1, so images of different sizes compare.

    >>> colour_histogram(np.zeros((2, 2, 3)), bins=2)
    array([1., 0., 1., 0., 1., 0.])
    """
    image = np.asarray(image, dtype=float)
    if image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"colour_histogram: an image of shape (H, W, 3) expected, got {image.shape}")
    if image.min() < 0 or image.max() > 1:
        raise ValueError("colour_histogram: values from 0 to 1 expected (divide bytes by 255)")
    counts = [np.histogram(image[..., c], bins=bins, range=(0, 1))[0] for c in range(3)]
    return np.concatenate(counts) / (image.shape[0] * image.shape[1])


def convolve(image: ArrayLike, kernel: ArrayLike) -> Array:
    """Slide `kernel` (K, L) over `image` (H, W), no padding: shape (H - K + 1, W - L + 1).

    h_ij = sum_m sum_n w_mn x_{i+m, j+n}: a cross-correlation, which machine learning calls convolution.

    >>> convolve([[1, 2, 4]], [[-1, 1]])
    array([[1., 2.]])
    """
    x, w = np.asarray(image, dtype=float), np.asarray(kernel, dtype=float)
    if x.ndim != 2 or w.ndim != 2 or w.shape[0] > x.shape[0] or w.shape[1] > x.shape[1]:
        raise ValueError(f"convolve: kernel {w.shape} does not fit in image {x.shape}")
    rows, columns = x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1
    h = np.zeros((rows, columns))
    for m in range(w.shape[0]):
        for n in range(w.shape[1]):
            h += w[m, n] * x[m : m + rows, n : n + columns]
    return h


def edges(image: ArrayLike) -> tuple[Array, Array]:
    """Strength and direction (radians, 0 = brightness grows to the right) of edges: two arrays (H - 2, W - 2)."""
    gx, gy = convolve(image, SOBEL_X), convolve(image, SOBEL_Y)
    return np.hypot(gx, gy), np.arctan2(gy, gx)


def shape_vector(image: ArrayLike, cells: int = 2, bins: int = 4) -> Array:
    """Edge strength by cell and direction: a short description of shape, (cells * cells * bins,), sum 1 or 0.

    The edge image is cut into cells x cells pieces; in each, strengths are added up by direction, opposite
    directions together (a histogram of oriented gradients; Dalal and Triggs 2005, without their block step).
    """
    strength, direction = edges(image)
    if min(strength.shape) < cells:
        raise ValueError(f"shape_vector: {cells} cells do not fit in edges of shape {strength.shape}")
    # Half a bin of shift puts 0 and 90 degrees in the middle of their bins.
    which = np.floor((direction % np.pi) / np.pi * bins + 0.5).astype(int) % bins
    parts = []
    for rows in np.array_split(np.arange(strength.shape[0]), cells):
        for columns in np.array_split(np.arange(strength.shape[1]), cells):
            piece = np.ix_(rows, columns)
            parts.append(np.bincount(which[piece].ravel(), strength[piece].ravel(), minlength=bins))
    vector: Array = np.concatenate(parts)
    total = vector.sum()
    return vector / total if total > 0 else vector


# Text

STOP_WORDS = frozenset(
    "a an and are as at be been but by for from had has have he her his i in is it its me my of on or our she so "
    "that the their them there they this to us was we were will with you your".split()
)
"""Words that carry little. Unlike many published lists, this one keeps "too", "not" and "very"."""


def tokenise(text: str, *, stop_words: Iterable[str] = (), normal: Callable[[str], str] | None = None) -> list[str]:
    """Lower-case words of `text` without stop words, each passed through `normal` (a stemmer or lemmatiser).

    >>> tokenise("The soup was TOO salty!", stop_words=STOP_WORDS)
    ['soup', 'too', 'salty']
    """
    dropped = frozenset(stop_words)
    words = [w for w in re.findall(r"[a-z]+(?:'[a-z]+)?", text.lower()) if w not in dropped]
    return words if normal is None else [normal(w) for w in words]


def vocabulary(documents: Iterable[Iterable[str]]) -> list[str]:
    """All distinct tokens of tokenised documents, in alphabetical order.

    >>> vocabulary([["b", "a"], ["b", "c"]])
    ['a', 'b', 'c']
    """
    return sorted({token for document in documents for token in document})


def bag_of_words(document: Iterable[str], words: Sequence[str]) -> Array:
    """How often each of `words` occurs in a tokenised document: shape (len(words),); others are not counted.

    >>> bag_of_words(["b", "a", "b", "z"], ["a", "b", "c"])
    array([1., 2., 0.])
    """
    place = {word: i for i, word in enumerate(words)}
    if len(place) != len(words):
        raise ValueError("bag_of_words: the vocabulary names a word twice")
    counts = np.zeros(len(words))
    for token in document:
        if token in place:
            counts[place[token]] += 1
    return counts

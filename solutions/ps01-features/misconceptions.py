"""Wrong solutions of problem set 1, from slips with groups, windows, lags, kernels and words."""

import numpy as np

from classroom.misconception import wrong

# 1 Features of a table


@wrong("table-check", cell="table", name="order_features", hint="not minus the first")
def last_minus_first(customer, customers, amounts):
    own = [a for n, a in zip(customers, amounts) if n == customer]
    return [len(own), sum(own), min(own), max(own), own[-1] - own[0]] if own else [0] * 5


@wrong("table-check", cell="table", name="order_features", hint="not the mean")
def mean_for_sum(customer, customers, amounts):
    own = [a for n, a in zip(customers, amounts) if n == customer]
    last = own[-1] - own[-2] if len(own) > 1 else 0
    return [len(own), sum(own) / len(own), min(own), max(own), last] if own else [0] * 5


@wrong("table-check", cell="table", name="order_features", hint="Only the orders of this customer")
def all_customers(customer, customers, amounts):
    return [len(amounts), sum(amounts), min(amounts), max(amounts), amounts[-1] - amounts[-2]]


@wrong("table-check", cell="table", name="order_features", hint="not largest minus smallest")
def range_for_difference(customer, customers, amounts):
    own = [a for n, a in zip(customers, amounts) if n == customer]
    return [len(own), sum(own), min(own), max(own), max(own) - min(own)] if own else [0] * 5


# 2 Sliding windows


@wrong("windows-check", cell="windows", name="window_rows", hint="not only the first and the last")
def slope_of_the_ends(x, width):
    return np.array(
        [
            [x[i : i + width].mean(), np.ptp(x[i : i + width]), (x[i + width - 1] - x[i]) / (width - 1)]
            for i in range(len(x) - width + 1)
        ]
    )


@wrong("windows-check", cell="windows", name="window_rows", hint="T - width + 1")
def last_window_forgotten(x, width):
    t = np.arange(width) - (width - 1) / 2
    windows = [x[i : i + width] for i in range(max(1, len(x) - width))]
    return np.array([[w.mean(), np.ptp(w), (t * w).sum() / (t**2).sum()] for w in windows])


@wrong("windows-check", cell="windows", name="window_rows", hint="change per step")
def slope_without_its_divisor(x, width):
    t = np.arange(width) - (width - 1) / 2
    windows = [x[i : i + width] for i in range(len(x) - width + 1)]
    return np.array([[w.mean(), np.ptp(w), (t * w).sum()] for w in windows])


@wrong("windows-check", cell="windows", name="window_rows", hint="largest minus smallest")
def deviation_for_range(x, width):
    t = np.arange(width) - (width - 1) / 2
    windows = [x[i : i + width] for i in range(len(x) - width + 1)]
    return np.array([[w.mean(), w.std(), (t * w).sum() / (t**2).sum()] for w in windows])


@wrong("windows-check", cell="windows", name="window_rows", hint="the trend is not")
def time_not_centred(x, width):
    t = np.arange(width)
    windows = [x[i : i + width] for i in range(len(x) - width + 1)]
    return np.array([[w.mean(), np.ptp(w), (t * w).sum() / (t**2).sum()] for w in windows])


# 3 Lags and the strongest frequency


@wrong("lags-check", cell="lags", name="with_lags", hint="follow the order of the list")
def oldest_first(x, lags):
    first = max(lags)
    return np.array([[x[t - k] for k in sorted(lags, reverse=True)] for t in range(first, len(x))]), x[first:]


@wrong("lags-check", cell="lags", name="with_lags", hint="negative index")
def wraps_round(x, lags):
    return np.array([[x[t - k] for k in lags] for t in range(len(x))]), x


@wrong("lags-check", cell="lags", name="with_lags", hint="contains the target itself")
def lag_zero(x, lags):
    first = max(lags)
    return np.array([[x[t - k + 1] for k in lags] for t in range(first, len(x))]), x[first:]


@wrong("lags-check", cell="lags", name="strongest", hint="take the mean away")
def mean_left_in(x, rate):
    return float(np.fft.rfftfreq(len(x), 1 / rate)[np.argmax(np.abs(np.fft.rfft(x)))])


@wrong("lags-check", cell="lags", name="strongest", hint="place in the array")
def index_for_frequency(x, rate):
    return float(np.argmax(np.abs(np.fft.rfft(x - x.mean()))))


@wrong("lags-check", cell="lags", name="strongest", hint="The rate is missing")
def no_rate(x, rate):
    return float(np.fft.rfftfreq(len(x))[np.argmax(np.abs(np.fft.rfft(x - x.mean())))])


# 4 Edges


@wrong("edges-check", cell="edges", name="slide_kernel", hint="kernel was flipped")
def flipped(image, kernel):
    (H, W), (K, L) = image.shape, kernel.shape
    turned = kernel[::-1, ::-1]
    return np.array(
        [[(turned * image[i : i + K, j : j + L]).sum() for j in range(W - L + 1)] for i in range(H - K + 1)]
    )


@wrong("edges-check", cell="edges", name="slide_kernel", hint="last place of the kernel is missing")
def one_place_short(image, kernel):
    (H, W), (K, L) = image.shape, kernel.shape
    return np.array([[(kernel * image[i : i + K, j : j + L]).sum() for j in range(W - L)] for i in range(H - K)])


@wrong("edges-check", cell="edges", name="slide_kernel", hint="no padding")
def padded(image, kernel):
    (H, W), (K, L) = image.shape, kernel.shape
    wide = np.pad(image, ((0, K - 1), (0, L - 1)))
    return np.array([[(kernel * wide[i : i + K, j : j + L]).sum() for j in range(W)] for i in range(H)])


# 5 A bag of words


@wrong("bag-check", cell="bag", name="bags", hint="Lower-case first")
def case_kept(texts, stop_words):
    rows = [["".join(c for c in w if c.isalpha()) for w in t.split()] for t in texts]
    rows = [[w for w in row if w and w.lower() not in stop_words] for row in rows]
    words = sorted({w for row in rows for w in row})
    return words, [[row.count(w) for w in words] for row in rows]


@wrong("bag-check", cell="bag", name="bags", hint="Punctuation is not part of a word")
def punctuation_kept(texts, stop_words):
    rows = [[w for w in t.lower().split() if w not in stop_words] for t in texts]
    words = sorted({w for row in rows for w in row})
    return words, [[row.count(w) for w in words] for row in rows]


@wrong("bag-check", cell="bag", name="bags", hint="not only whether")
def presence_for_count(texts, stop_words):
    rows = [
        {w for w in "".join(c if c.isalpha() else " " for c in t.lower()).split() if w not in stop_words} for t in texts
    ]
    words = sorted(set().union(*rows))
    return words, [[int(w in row) for w in words] for row in rows]


@wrong("bag-check", cell="bag", name="bags", hint="A stop word is still in")
def stop_words_kept(texts, stop_words):
    rows = ["".join(c if c.isalpha() else " " for c in t.lower()).split() for t in texts]
    words = sorted({w for row in rows for w in row})
    return words, [[row.count(w) for w in words] for row in rows]


# 6 A transform that separates


@wrong("lift-check", cell="lift", name="separate", hint="measured from the centre")
def centre_ignored(X, y, centre):
    r = (X**2).sum(axis=1)
    return r, (r[y == 0].max() + r[y == 1].min()) / 2


@wrong("lift-check", cell="lift", name="separate", hint="this is the distance itself")
def not_squared(X, y, centre):
    r = np.linalg.norm(X - centre, axis=1)
    return r, (r[y == 0].max() + r[y == 1].min()) / 2


@wrong("lift-check", cell="lift", name="separate", hint="not between means")
def mean_of_everything(X, y, centre):
    r = ((X - centre) ** 2).sum(axis=1)
    return r, r.mean()


@wrong("lift-check", cell="lift", name="separate", hint="the closest pair decides")
def smallest_and_largest(X, y, centre):
    r = ((X - centre) ** 2).sum(axis=1)
    return r, (r.min() + r.max()) / 2

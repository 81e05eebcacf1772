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


@wrong("table-check", cell="table", name="order_features", hint="keep the amounts in order of time")
def amounts_sorted(customer, customers, amounts):
    own = sorted(a for n, a in zip(customers, amounts) if n == customer)
    last = own[-1] - own[-2] if len(own) > 1 else 0
    return [len(own), sum(own), own[0], own[-1], last] if own else [0] * 5


@wrong("table-check", cell="table", name="order_features", hint="The difference is turned round")
def before_minus_last(customer, customers, amounts):
    own = [a for n, a in zip(customers, amounts) if n == customer]
    last = own[-2] - own[-1] if len(own) > 1 else 0
    return [len(own), sum(own), min(own), max(own), last] if own else [0] * 5


@wrong("table-check", cell="table", name="order_features", hint="one order, and none before it")
def single_order_not_treated(customer, customers, amounts):
    own = [a for n, a in zip(customers, amounts) if n == customer]
    return [len(own), sum(own), min(own), max(own), own[-1] - own[-2]]


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


@wrong("windows-check", cell="windows", name="window_rows", hint="np.polyfit gives it first")
def intercept_for_slope(x, width):
    t = np.arange(width)
    windows = [x[i : i + width] for i in range(len(x) - width + 1)]
    return np.array([[w.mean(), np.ptp(w), np.polyfit(t, w, 1)[1]] for w in windows])


@wrong("windows-check", cell="windows", name="window_rows", hint="rows and columns are exchanged")
def one_column_a_window(x, width):
    t = np.arange(width)
    windows = [x[i : i + width] for i in range(len(x) - width + 1)]
    return np.array([[w.mean(), np.ptp(w), np.polyfit(t, w, 1)[0]] for w in windows]).T


# 3 Lags and the strongest frequency


@wrong("lags-check", cell="lags", name="with_lags", hint="follow the order of the list")
def oldest_first(x, lags):
    first = max(lags)
    return np.array([[x[t - k] for k in sorted(lags, reverse=True)] for t in range(first, len(x))]), x[first:]


@wrong("lags-check", cell="lags", name="with_lags", hint="negative index")
def wraps_round(x, lags):
    return np.array([[x[t - k] for k in lags] for t in range(len(x))]), x


@wrong("lags-check", cell="lags", name="with_lags", hint="A lag looks back")
def looks_ahead(x, lags):
    times = range(len(x) - max(lags))
    return np.array([[x[t + k] for k in lags] for t in times]), x[: len(times)]


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


@wrong("lags-check", cell="lags", name="with_lags", hint="not the number of lags")
def starts_at_the_number_of_lags(x, lags):
    first = len(lags)
    return np.array([[x[t - k] for k in lags] for t in range(first, len(x))]), x[first:]


@wrong("lags-check", cell="lags", name="with_lags", hint="Return two things")
def no_targets(x, lags):
    return np.array([[x[t - k] for k in lags] for t in range(max(lags), len(x))])


@wrong("lags-check", cell="lags", name="strongest", hint="one too low")
def mean_cut_off_with_its_place(x, rate):
    power = np.abs(np.fft.rfft(x)) ** 2
    return float(np.fft.rfftfreq(len(x), 1 / rate)[np.argmax(power[1:])])


@wrong("lags-check", cell="lags", name="strongest", hint="np.abs")
def complex_numbers_compared(x, rate):
    return float(np.fft.rfftfreq(len(x), 1 / rate)[np.argmax(np.fft.rfft(x - x.mean()))])


@wrong("lags-check", cell="lags", name="strongest", hint="1 / rate, not the rate")
def rate_for_spacing(x, rate):
    return float(np.fft.rfftfreq(len(x), rate)[np.argmax(np.abs(np.fft.rfft(x - x.mean())))])


# 4 Edges


@wrong("edges-check", cell="edges", name="slide_kernel", hint="kernel was flipped")
def flipped(image, kernel):
    (H, W), (K, L) = image.shape, kernel.shape
    turned = kernel[::-1, ::-1]
    return np.array(
        [[(turned * image[i : i + K, j : j + L]).sum() for j in range(W - L + 1)] for i in range(H - K + 1)]
    )


@wrong("edges-check", cell="edges", name="slide_kernel", hint="kernel was transposed")
def transposed(image, kernel):
    (H, W), (K, L) = image.shape, kernel.T.shape
    return np.array(
        [[(kernel.T * image[i : i + K, j : j + L]).sum() for j in range(W - L + 1)] for i in range(H - K + 1)]
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


@wrong("edges-check", cell="edges", name="slide_kernel", hint="product of matrices")
def matrix_product(image, kernel):
    (H, W), (K, L) = image.shape, kernel.shape
    return np.array(
        [[(kernel @ image[i : i + K, j : j + L]).sum() for j in range(W - L + 1)] for i in range(H - K + 1)]
    )


@wrong("edges-check", cell="edges", name="slide_kernel", hint="K rows, L columns")
def square_kernels_only(image, kernel):
    (H, W), K = image.shape, len(kernel)
    return np.array(
        [[(kernel * image[i : i + K, j : j + K]).sum() for j in range(W - K + 1)] for i in range(H - K + 1)]
    )


@wrong("edges-check", cell="edges", name="slide_kernel", hint="the number of rows comes first")
def width_before_height(image, kernel):
    (W, H), (K, L) = image.shape, kernel.shape
    return np.array(
        [[(kernel * image[i : i + K, j : j + L]).sum() for j in range(W - L + 1)] for i in range(H - K + 1)]
    )


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


@wrong("bag-check", cell="bag", name="bags", hint="not letters in a row")
def counts_inside_words(texts, stop_words):
    rows = ["".join(c if c.isalpha() else " " for c in t.lower()).split() for t in texts]
    words = sorted({w for row in rows for w in row if w not in stop_words})
    return words, [[t.lower().count(w) for w in words] for t in texts]


@wrong("bag-check", cell="bag", name="bags", hint="ends a word, with or without a space")
def punctuation_deleted(texts, stop_words):
    rows = ["".join(c for c in t.lower() if c.isalpha() or c == " ").split() for t in texts]
    rows = [[w for w in row if w not in stop_words] for row in rows]
    words = sorted({w for row in rows for w in row})
    return words, [[row.count(w) for w in words] for row in rows]


@wrong("bag-check", cell="bag", name="bags", hint="the vocabulary first, then the table")
def table_alone(texts, stop_words):
    rows = ["".join(c if c.isalpha() else " " for c in t.lower()).split() for t in texts]
    words = sorted({w for row in rows for w in row if w not in stop_words})
    return [[row.count(w) for w in words] for row in rows]


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


@wrong("lift-check", cell="lift", name="separate", hint="half the width of the gap")
def half_the_gap(X, y, centre):
    r = ((X - centre) ** 2).sum(axis=1)
    return r, (r[y == 1].min() - r[y == 0].max()) / 2


@wrong("lift-check", cell="lift", name="separate", hint="for every row of X")
def summed_over_the_points(X, y, centre):
    r = ((X - centre) ** 2).sum(axis=0)
    return r, r.mean()

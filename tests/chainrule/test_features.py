"""Chapter 1's module: each feature against a hand calculation or another library's result."""

import numpy as np
import pytest
from scipy import signal, stats

from chainrule.features import (
    SOBEL_X,
    SOBEL_Y,
    STOP_WORDS,
    aggregate,
    bag_of_words,
    band_energy,
    colour_histogram,
    convolve,
    edges,
    lags,
    peak_frequency,
    shape_vector,
    sliding_windows,
    slope,
    tokenise,
    vocabulary,
    window_features,
    zero_crossing_rate,
)


@pytest.fixture
def series():
    return np.random.default_rng(0).normal(size=40)


def test_lags_align_with_their_target(series):
    rows = lags(series, 3)
    assert rows.shape == (37, 3)
    for i, row in enumerate(rows):
        assert row.tolist() == [series[i + 2], series[i + 1], series[i]]


def test_window_features_against_numpy_and_scipy(series):
    got = window_features(series, 5)
    for i, window in enumerate(sliding_windows(series, 5)):
        assert got["range"][i] == max(window) - min(window) == got["max"][i] - got["min"][i]
        assert got["mean"][i] == pytest.approx(sum(window) / 5)
        assert got["std"][i] == pytest.approx(np.sqrt(sum((v - sum(window) / 5) ** 2 for v in window) / 5))
        assert got["slope"][i] == pytest.approx(stats.linregress(range(5), window).slope)


def test_spectrum_of_known_waves():
    t = np.arange(200) / 50
    wave = 7 + 2 * np.sin(2 * np.pi * 3 * t) + np.sin(2 * np.pi * 10 * t)
    assert peak_frequency(wave, rate=50) == pytest.approx(3)
    # Energy goes with the square of the amplitude: 4 to 1.
    assert band_energy(wave, 2, 4, rate=50) == pytest.approx(0.8)
    assert band_energy(wave, 9, 11, rate=50) == pytest.approx(0.2)
    assert band_energy(np.ones(10), 0, 1) == 0.0


def test_bands_add_up_to_one_and_agree_with_scipy(series):
    assert band_energy(series, 0, 0.2) + band_energy(series, 0.2, 0.6) == pytest.approx(1)
    frequencies, density = signal.periodogram(series, detrend="constant")
    inside = frequencies < 0.2
    assert band_energy(series, 0, 0.2) == pytest.approx(density[inside].sum() / density.sum())


def test_zero_crossings_by_hand():
    assert zero_crossing_rate([1, -1, -2, 3, 0, -1]) == pytest.approx(3 / 5)


def test_convolve_against_scipy():
    rng = np.random.default_rng(1)
    image, kernel = rng.normal(size=(7, 9)), rng.normal(size=(3, 2))
    np.testing.assert_allclose(convolve(image, kernel), signal.correlate2d(image, kernel, mode="valid"))
    # By hand: a 3 x 3 image with a bright right column under the horizontal edge kernel.
    assert convolve([[0, 0, 1]] * 3, SOBEL_X).item() == 4
    assert convolve([[0, 0, 1]] * 3, SOBEL_Y).item() == 0


def test_edges_point_to_the_bright_side():
    image = np.zeros((5, 5))
    image[:, 3:] = 1
    strength, direction = edges(image)
    assert strength.max() == 4
    assert direction[strength > 0] == pytest.approx(0)


def test_shape_vector_tells_bars_apart():
    upright, lying = np.zeros((10, 10)), np.zeros((10, 10))
    upright[:, 4:6], lying[4:6, :] = 1, 1
    a, b = shape_vector(upright), shape_vector(lying)
    assert a.shape == (16,) and a.sum() == pytest.approx(1) and b.sum() == pytest.approx(1)
    assert a.reshape(4, 4)[:, 0].sum() == pytest.approx(1)
    assert b.reshape(4, 4)[:, 2].sum() == pytest.approx(1)
    assert shape_vector(np.zeros((5, 5))).sum() == 0


def test_colour_histogram_counts_shares():
    image = np.zeros((2, 2, 3))
    image[0, 0] = (1.0, 0.3, 0.6)
    assert colour_histogram(image, bins=2).tolist() == [0.75, 0.25, 1, 0, 0.75, 0.25]


def test_text_to_vector():
    a = tokenise("The soup was TOO salty; it wasn't good.", stop_words=STOP_WORDS)
    assert a == ["soup", "too", "salty", "wasn't", "good"]
    words = vocabulary([a, ["good", "bread"]])
    assert words == ["bread", "good", "salty", "soup", "too", "wasn't"]
    assert bag_of_words(["good", "good", "unknown"], words).tolist() == [0, 2, 0, 0, 0, 0]
    assert tokenise("Runs running", normal=lambda w: w[:3]) == ["run", "run"]
    assert not {"too", "not", "very"} & STOP_WORDS


def test_aggregate_by_group():
    assert aggregate("abab", [1, 2, 3, 5], len) == {"a": 2.0, "b": 2.0}
    assert aggregate("abab", [1, 2, 3, 5], np.max) == {"a": 3.0, "b": 5.0}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: lags([1, 2], 2), "k must be from 1 to 1"),
        (lambda: sliding_windows([1, 2], 3), "width must be from 1 to 2"),
        (lambda: window_features([1, 2], 1), "width must be at least 2"),
        (lambda: slope([[1, 2]]), "slope: a series"),
        (lambda: peak_frequency([1, 2], rate=0), "rate"),
        (lambda: band_energy([1, 2], 2, 1), "low must be below high"),
        (lambda: convolve(np.ones((2, 2)), np.ones((3, 3))), "does not fit"),
        (lambda: colour_histogram(np.full((2, 2, 3), 255)), "divide bytes by 255"),
        (lambda: colour_histogram(np.ones((2, 2))), r"\(H, W, 3\)"),
        (lambda: shape_vector(np.ones((3, 3)), cells=2), "do not fit"),
        (lambda: bag_of_words([], ["a", "a"]), "names a word twice"),
        (lambda: aggregate("ab", [1]), "2 keys for 1 values"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()

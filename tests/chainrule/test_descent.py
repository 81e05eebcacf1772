"""Gradient descent on numbers, lists and arrays: paths, stops, batches, errors, and life without NumPy."""

import math
import random
import subprocess
import sys
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from chainrule.descent import batches, gradient_descent, minibatch_descent

SOURCE = Path(__file__).resolve().parents[2] / "src"


def slope(w):
    """The gradient of 1/2 * 10 * w**2."""
    return 10 * w


def mean_square_gradient(X, y):
    """The gradient of the mean squared error over a batch of the rows of X."""

    def gradient(w, batch):
        return 2 * X[batch].T @ (X[batch] @ w - y[batch]) / len(batch)

    return gradient


@pytest.fixture
def line():
    rng = np.random.default_rng(3)
    X = np.column_stack([np.ones(24), rng.normal(size=24)])
    return X, X @ [1.0, -2.0] + 0.1 * rng.normal(size=24)


@pytest.mark.parametrize(("rate", "steps"), [(0.01, 81), (0.03, 24), (0.1, 1)])
def test_steps_until_the_weight_is_below_a_thousandth(rate, steps):
    path = gradient_descent(slope, 5.0, rate, tolerance=10 * 1e-3)
    assert path.steps == steps
    assert path.reason == "gradient is small"
    assert abs(path.last) <= 1e-3 < min(abs(w) for w in path.points[:-1])


def test_every_point_of_the_path_follows_the_closed_form():
    path = gradient_descent(slope, 5.0, 0.03, steps=20)
    assert path.reason == "steps used up"
    assert path.points == pytest.approx([5 * 0.7**n for n in range(21)], rel=1e-12)
    assert path.seen == list(range(21))
    assert path.losses(lambda w: 5 * w * w) == pytest.approx([125 * 0.49**n for n in range(21)], rel=1e-12)


def test_a_rate_of_one_diverges_and_the_path_ends_at_the_first_weight_that_is_not_finite():
    path = gradient_descent(slope, 5.0, 1.0, steps=10_000)
    assert path.reason == "diverged"
    assert not math.isfinite(path.last)
    assert all(math.isfinite(w) for w in path.points[:-1])


def test_no_steps_keeps_the_start():
    assert gradient_descent(slope, 5.0, 0.1, steps=0).points == [5.0]


def test_lists_and_arrays_take_the_same_path():
    def on_lists(w):
        return [2 * w[0], 6 * w[1]]

    def on_arrays(w):
        return np.array([2.0, 6.0]) * w

    listed = gradient_descent(on_lists, (4, -1), 0.1, steps=15)
    arrayed = gradient_descent(on_arrays, np.array([4, -1]), 0.1, steps=15)
    assert np.array_equal(listed.points, arrayed.points)
    assert isinstance(listed.last, list)
    assert isinstance(arrayed.last, np.ndarray)


def test_the_start_is_not_changed_and_points_do_not_share_memory():
    start = np.array([1.0, 2.0])

    def in_place(w):
        return w  # the gradient is the array itself

    path = gradient_descent(in_place, start, 0.5, steps=3)
    assert start.tolist() == [1.0, 2.0]
    assert [p.tolist() for p in path.points] == [[1, 2], [0.5, 1], [0.25, 0.5], [0.125, 0.25]]
    start[:] = 0
    assert path.points[0].tolist() == [1.0, 2.0]


def test_a_matrix_of_weights_keeps_its_shape():
    path = gradient_descent(lambda W: 2 * W, np.ones((2, 3)), 0.25, steps=4)
    assert path.last.shape == (2, 3)
    assert np.allclose(path.last, 0.5**4)


def test_a_batch_of_everything_is_batch_descent(line):
    X, y = line
    gradient, rng = mean_square_gradient(X, y), np.random.default_rng(0)
    mini = minibatch_descent(gradient, np.zeros(2), 0.1, examples=24, batch_size=24, epochs=30, rng=rng)
    full = gradient_descent(lambda w: gradient(w, list(range(24))), np.zeros(2), 0.1, steps=30)
    assert np.allclose(mini.points, full.points, rtol=1e-12, atol=1e-14)
    by_hand = np.zeros(2)
    for point in mini.points[1:]:
        by_hand = by_hand - 0.1 * 2 * X.T @ (X @ by_hand - y) / 24
        assert np.allclose(point, by_hand, rtol=1e-12, atol=1e-14)
    assert mini.seen == [24 * k for k in range(31)]


def test_stochastic_descent_takes_one_example_a_step_and_comes_near_the_minimum(line):
    X, y = line
    best = np.linalg.lstsq(X, y, rcond=None)[0]
    for seed in range(5):
        rng = np.random.default_rng(seed)
        path = minibatch_descent(
            mean_square_gradient(X, y), np.zeros(2), 0.05, examples=24, batch_size=1, epochs=20, rng=rng
        )
        assert path.steps == 480
        assert path.seen == list(range(481))
        assert np.linalg.norm(path.last - best) < 0.2


def test_the_same_seed_gives_the_same_path(line):
    X, y = line
    settings = {"examples": 24, "batch_size": 5, "epochs": 3}
    gradient = mean_square_gradient(X, y)
    one, two, other = (
        minibatch_descent(gradient, np.zeros(2), 0.05, rng=np.random.default_rng(seed), **settings)
        for seed in (1, 1, 2)
    )
    assert np.array_equal(one.points, two.points)
    assert not np.array_equal(one.points, other.points)


def test_a_diverging_minibatch_descent_ends_early():
    path = minibatch_descent(
        lambda w, batch: 10 * w, 1.0, 1.0, examples=2, batch_size=1, epochs=10_000, rng=random.Random(0)
    )
    assert path.reason == "diverged"
    assert path.steps < 1000


@pytest.mark.parametrize("rng", [np.random.default_rng(0), random.Random(0)])
def test_an_epoch_holds_every_example_once_in_a_new_order(rng):
    first, second = (list(batches(100, 32, rng)) for _ in range(2))
    for parts in (first, second):
        assert [len(part) for part in parts] == [32, 32, 32, 4]
        assert sorted(chain(*parts)) == list(range(100))
    assert first != second
    assert list(chain(*first)) != list(range(100))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"rate": 0}, ValueError, "rate: expected a positive"),
        ({"rate": -0.1}, ValueError, "rate: expected a positive"),
        ({"rate": math.nan}, ValueError, "rate: expected a positive"),
        ({"rate": "fast"}, TypeError, "rate: expected a number, got str"),
        ({"start": math.inf}, ValueError, "start: expected finite"),
        ({"start": "here"}, TypeError, "start: expected a number"),
        ({"start": None}, TypeError, "start: expected a number"),
        ({"steps": -1}, ValueError, "steps: expected at least 0"),
        ({"steps": 2.5}, TypeError, "steps: expected a whole number"),
        ({"tolerance": -1}, ValueError, "tolerance: expected a number >= 0"),
        ({"tolerance": math.nan}, ValueError, "tolerance: expected a number >= 0"),
    ],
)
def test_bad_arguments_are_named(change, error, message):
    arguments = {"start": 5.0, "rate": 0.1, **change}
    with pytest.raises(error, match=message):
        gradient_descent(slope, **arguments)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"examples": 0}, ValueError, "examples: expected at least 1"),
        ({"batch_size": 0}, ValueError, "batch_size: expected at least 1"),
        ({"batch_size": 4}, ValueError, "batch_size: expected at most the 3 examples"),
        ({"batch_size": True}, TypeError, "batch_size: expected a whole number"),
        ({"epochs": -1}, ValueError, "epochs: expected at least 0"),
        ({"rate": 0}, ValueError, "rate: expected a positive"),
    ],
)
def test_bad_batches_are_named(change, error, message):
    arguments = {"start": 1.0, "rate": 0.1, "examples": 3, "batch_size": 1, "epochs": 1, **change}
    with pytest.raises(error, match=message):
        minibatch_descent(lambda w, batch: w, rng=random.Random(0), **arguments)


@pytest.mark.parametrize(
    ("start", "gradient", "message"),
    [
        (np.zeros(2), lambda w: np.ones((2, 1)), r"an array of shape \(2,\) like the weights, got .* \(2, 1\)"),
        (np.zeros(2), lambda w: 1.0, r"an array of shape \(2,\) like the weights, got a number"),
        (0.0, lambda w: np.ones(2), r"a number like the weights, got an array of shape \(2,\)"),
        ([0.0, 0.0], lambda w: [1.0], "a list of 2 numbers like the weights, got a list of 1"),
    ],
)
def test_a_gradient_of_another_form_is_refused(start, gradient, message):
    with pytest.raises(ValueError, match=message):
        gradient_descent(gradient, start, 0.1)


def test_a_gradient_that_was_not_returned_is_named():
    with pytest.raises(TypeError, match="gradient: expected numbers, got NoneType"):
        gradient_descent(lambda w: None, 1.0, 0.1)
    with pytest.raises(ValueError, match="gradient: expected a number like the weights, got None"):
        minibatch_descent(lambda w, batch: None, 1.0, 0.1, examples=2, batch_size=1, epochs=1, rng=random.Random(0))


def test_a_gradient_that_is_not_a_number_ends_the_descent():
    assert gradient_descent(lambda w: math.nan, 1.0, 0.1).reason == "diverged"


def test_runs_without_numpy():
    """In a fresh interpreter whose imports of NumPy fail, numbers and lists descend."""
    program = """
import sys
sys.modules["numpy"] = None
from random import Random
from chainrule.descent import gradient_descent, minibatch_descent
assert gradient_descent(lambda w: 10 * w, 5.0, 0.03, tolerance=0.01).steps == 24
path = gradient_descent(lambda w: [2 * w[0], 4 * w[1]], [1.0, 1.0], 0.25)
assert path.points[1] == [0.5, 0.0], path
minibatch_descent(lambda w, batch: w, 1.0, 0.1, examples=4, batch_size=2, epochs=1, rng=Random(0))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(SOURCE)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr

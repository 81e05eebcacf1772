import builtins

import numpy as np
import pytest

from chainrule import data

PLANE = [data.two_moons, data.rings, data.xor]


@pytest.mark.parametrize("make", PLANE)
class TestPlane:
    def test_shape_labels_and_balance(self, make):
        X, y = make(101, 0.1, np.random.default_rng(0))
        assert X.shape == (101, 2) and X.dtype == float and y.dtype == np.int64
        assert np.bincount(y).tolist() == [51, 50]
        assert y[:50].min() == 0 and y[:50].max() == 1  # shuffled

    def test_the_generator_decides(self, make):
        first, again = (make(20, 0.1, np.random.default_rng(3)) for _ in range(2))
        other = make(20, 0.1, np.random.default_rng(4))
        assert np.array_equal(first[0], again[0]) and not np.array_equal(first[0], other[0])

    @pytest.mark.parametrize(
        ("n", "noise", "rng", "error", "name"),
        [
            (1, 0.1, np.random.default_rng(0), ValueError, "n"),
            (10, -0.1, np.random.default_rng(0), ValueError, "noise"),
            (10, np.nan, np.random.default_rng(0), ValueError, "noise"),
            (10, 0.1, 0, TypeError, "rng"),
        ],
    )
    def test_bad_input(self, make, n, noise, rng, error, name):
        with pytest.raises(error, match=f"^{name}: expected"):
            make(n, noise, rng)


def test_noiseless_shapes():
    rng = np.random.default_rng(0)
    X, y = data.two_moons(60, 0.0, rng)
    centre = np.where(y[:, None] == 1, [1.0, 0.5], [0.0, 0.0])
    assert np.allclose(np.linalg.norm(X - centre, axis=1), 1)


def test_noise_has_the_stated_spread():
    X, _ = data.xor(20_000, 0.25, np.random.default_rng(0))
    assert (X - np.sign(X)).std() == pytest.approx(0.25, rel=0.02)


def test_options_are_checked():
    rng = np.random.default_rng(0)
    for call in (
        lambda: data.rings(5, 0, rng, inner=1.5),
        lambda: data.series(0, rng),
        lambda: data.series(5, rng, noise=-1),
        lambda: data.series(5, rng, period=0),
    ):
        with pytest.raises(ValueError, match="expected"):
            call()


def test_series_has_trend_season_and_correlated_noise():
    x = data.series(20_000, np.random.default_rng(0), trend=0.001, season=2.0, period=20, noise=0.3)
    t = np.arange(20_000)
    design = np.stack([t, np.sin(2 * np.pi * t / 20)], axis=1)
    (slope, amplitude), *_ = np.linalg.lstsq(design, x, rcond=None)
    assert slope == pytest.approx(0.001, rel=0.01) and amplitude == pytest.approx(2.0, rel=0.02)
    rest = x - design @ [0.001, 2.0]
    assert np.corrcoef(rest[1:], rest[:-1])[0, 1] == pytest.approx(0.6, abs=0.03)


def test_python_docs():
    text = data.python_docs()
    assert 300_000 < len(text) < 800_000 and text.isascii() and text == data.python_docs()


class TestLibrarySets:
    pytest.importorskip("sklearn")

    def test_digits(self):
        X, y = data.digits()
        assert X.shape == (1797, 8, 8) and (X.min(), X.max()) == (0.0, 1.0) and sorted(set(y.tolist())) == [*range(10)]

    def test_tables(self):
        patients, wines = data.diabetes(), data.wine()
        assert patients.X.shape == (442, 10) and (patients.y.min(), patients.y.max()) == (25, 346)
        assert patients.names[:2] == ("age", "sex") and patients.X[:, 0].max() > 70  # years, not scaled
        assert wines.X.shape == (178, 13) and np.bincount(wines.y).tolist() == [59, 71, 48]

    def test_without_scikit_learn(self, monkeypatch):
        real = builtins.__import__

        def fail(name, *args, **kwargs):
            if name.startswith("sklearn"):
                raise ImportError(name)
            return real(name, *args, **kwargs)

        monkeypatch.setattr(builtins, "__import__", fail)
        for load in (data.digits, data.diabetes, data.wine):
            with pytest.raises(ImportError, match="pip install scikit-learn"):
                load()


class TestStandardise:
    def test_fitted_on_training_data_alone(self):
        rng = np.random.default_rng(0)
        train, other = rng.normal(3, 2, (50, 4)), rng.normal(3, 2, (20, 4))
        scale = data.standardise(train)
        assert np.allclose(scale(train).mean(0), 0) and np.allclose(scale(train).std(0), 1)
        assert np.allclose(scale(other), (other - train.mean(0)) / train.std(0))
        assert np.allclose(scale.undo(scale(other)), other)

    def test_a_constant_feature_is_only_shifted(self):
        assert data.standardise([[1.0, 5.0], [3.0, 5.0]])([[3.0, 6.0]]).tolist() == [[1.0, 1.0]]

    @pytest.mark.parametrize("value", [0.1, 1e6 + 0.3])
    def test_so_is_one_whose_deviation_rounds_to_more_than_zero(self, value):
        X = np.column_stack([np.full(10, value), np.arange(10.0)])
        scale = data.standardise(X)
        assert scale.std[0] == 1.0 and np.allclose(scale(X)[:, 0], 0.0, atol=1e-9)

    @pytest.mark.parametrize("bad", [np.zeros((0, 3)), np.array([[np.nan]]), 3.0])
    def test_bad_input(self, bad):
        with pytest.raises(ValueError, match=r"^train"):
            data.standardise(bad)


class TestSplit:
    def test_every_example_once(self):
        X = np.arange(100)
        parts = data.split(X, 2 * X, (0.6, 0.2, 0.2), np.random.default_rng(0))
        assert [len(x) for x, _ in parts] == [60, 20, 20]
        assert sorted(np.concatenate([x for x, _ in parts])) == [*range(100)]
        assert all(np.array_equal(y, 2 * x) for x, y in parts)

    @pytest.mark.parametrize("shares", [(0.5, 0.6), (1.2, -0.2), (0.999, 0.001), ()])
    def test_bad_shares(self, shares):
        with pytest.raises(ValueError, match=r"^fractions"):
            data.split(np.arange(10), np.arange(10), shares, np.random.default_rng(0))

    def test_lengths(self):
        with pytest.raises(ValueError, match="as many targets as examples"):
            data.split(np.arange(10), np.arange(9), (0.5, 0.5), np.random.default_rng(0))


class TestBatches:
    def test_an_epoch_holds_every_example_once(self):
        X = np.arange(23)
        seen = [*data.batches(X, -X, 5, np.random.default_rng(0))]
        assert [len(x) for x, _ in seen] == [5, 5, 5, 5, 3]
        order = np.concatenate([x for x, _ in seen])
        assert sorted(order) == [*range(23)] and not np.array_equal(order, X)
        assert all(np.array_equal(y, -x) for x, y in seen)

    def test_in_order_without_a_generator(self):
        assert [x.tolist() for x, _ in data.batches([1, 2, 3], [0, 0, 0], 2)] == [[1, 2], [3]]

    def test_bad_input_is_told_at_once(self):
        with pytest.raises(ValueError, match=r"^X: expected at least one"):
            data.batches([], [], 2)
        with pytest.raises(ValueError, match=r"^size"):
            data.batches([1], [1], 0)

"""Chapter 2's module: the sign at 0, the angle, and the learning algorithm against its own theory."""

import numpy as np
import pytest

from chainrule.perceptron import Perceptron, angle, cosine_similarity, sgn, with_bias


def separable(rng, n=60, margin=0.5):
    """Points with bias column, labels of a known line, and that line's unit weight vector."""
    w = rng.normal(size=3)
    w /= np.linalg.norm(w)
    X = with_bias(rng.uniform(-3, 3, size=(4 * n, 2)))
    X = X[np.abs(X @ w) > margin][:n]
    return X, sgn(X @ w), w


def test_sgn_of_zero_is_minus_one():
    assert sgn([0.0, -0.0, 1e-300, -1e-300]).tolist() == [-1, -1, 1, -1]
    assert sgn(3.0).shape == ()


def test_angle_of_the_curriculum():
    w, x = np.array([-5.0, 0.0]), np.array([1.0, 0.5])
    assert [round(angle(w + k * x, x), 1) for k in (0, 1, 2)] == [153.4, 146.3, 135.0]
    # The slope of arccos grows without bound towards 1: half the digits are left for an angle of 0.
    assert angle(x, x) == pytest.approx(0.0, abs=1e-5)
    with pytest.raises(ValueError, match="zero vector"):
        cosine_similarity([0, 0], [1, 2])
    with pytest.raises(ValueError, match=r"shapes \(2,\) and \(3,\)"):
        cosine_similarity([1, 0], [1, 2, 3])


@pytest.mark.parametrize("seed", range(5))
def test_converges_within_novikoffs_bound(seed):
    rng = np.random.default_rng(seed)
    X, y, w_true = separable(rng)
    model = Perceptron().fit(X, y, rng=rng)
    assert model.converged and (model.predict(X) == y).all()
    radius = np.linalg.norm(X, axis=1).max()
    margin = (y * (X @ w_true)).min()
    assert 0 < len(model.path) <= (radius / margin) ** 2


def test_path_is_chained_and_each_update_is_the_rule():
    X, y, _ = separable(np.random.default_rng(7))
    model = Perceptron(eta=0.3).fit(X, y)
    assert len(model.path) == sum(model.errors) > 0
    before = np.zeros(3)
    for step in model.path:
        assert np.array_equal(step.before, before)
        assert sgn(before @ X[step.index]) != y[step.index]
        np.testing.assert_allclose(step.after, before + 0.3 * 2 * y[step.index] * X[step.index])
        before = step.after
    assert np.array_equal(model.w, before)


def test_rate_only_rescales_from_zero():
    X, y, _ = separable(np.random.default_rng(3))
    a, b = Perceptron(eta=1.0).fit(X, y), Perceptron(eta=0.01).fit(X, y)
    assert [u.index for u in a.path] == [u.index for u in b.path]
    np.testing.assert_allclose(a.w, 100 * b.w)


def test_xor_never_converges():
    X = with_bias([[0, 0], [0, 1], [1, 0], [1, 1]])
    model = Perceptron(max_epochs=200).fit(X, [-1, 1, 1, -1])
    assert not model.converged and len(model.errors) == 200 and min(model.errors) > 0


def test_bad_input_is_named():
    X = with_bias([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(ValueError, match="labels must be"):
        Perceptron().fit(X, [0, 1])
    with pytest.raises(ValueError, match=r"y must have shape \(2,\)"):
        Perceptron().fit(X, [1, -1, 1])
    with pytest.raises(ValueError, match="X must have shape"):
        Perceptron().fit(np.empty((0, 3)), [])
    with pytest.raises(ValueError, match="w0 must have shape"):
        Perceptron().fit(X, [1, -1], w0=[0.0])
    with pytest.raises(ValueError, match="eta must be positive"):
        Perceptron(eta=0).fit(X, [1, -1])
    with pytest.raises(ValueError, match="with_bias"):
        with_bias([1.0, 2.0])

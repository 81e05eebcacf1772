import numpy as np
import pytest

from chainrule import init

torch = pytest.importorskip("torch")
SHAPES = [(300, 200), (40, 30, 5, 5)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("xavier_uniform", {}),
        ("xavier_normal", {"gain": 5 / 3}),
        ("kaiming_uniform", {}),
        ("kaiming_uniform", {"mode": "fan_out", "nonlinearity": "tanh"}),
        ("kaiming_normal", {"mode": "fan_out"}),
        ("kaiming_normal", {"nonlinearity": "linear"}),
    ],
)
def test_distribution_is_pytorchs(shape, name, settings):
    ours = getattr(init, name)(shape, np.random.default_rng(0), **settings)
    theirs = torch.empty(shape, dtype=torch.float64)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        given = dict(settings) if name.startswith("xavier") else {"nonlinearity": "relu", **settings}
        getattr(torch.nn.init, name + "_")(theirs, **given)
    assert ours.shape == shape and abs(ours.mean()) < 5 * ours.std() / np.sqrt(ours.size)
    assert ours.std() == pytest.approx(float(theirs.std()), rel=0.02)
    if name.endswith("uniform"):
        assert np.abs(ours).max() == pytest.approx(float(theirs.abs().max()), rel=1e-3)


@pytest.mark.parametrize("shape", [(5, 5), (3, 8), (8, 3), (4, 2, 3, 3), (30, 2, 3, 3)])
def test_orthogonal(shape):
    w = init.orthogonal(shape, np.random.default_rng(0), gain=2.0)
    assert w.shape == shape
    flat = w.reshape(shape[0], -1)
    product = flat @ flat.T if flat.shape[0] <= flat.shape[1] else flat.T @ flat
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-12)


def test_orthogonal_matrices_are_all_equally_likely():
    rng = np.random.default_rng(0)
    angles = [np.arctan2(*init.orthogonal((2, 2), rng)[0]) for _ in range(4000)]
    counts, _ = np.histogram(angles, bins=8, range=(-np.pi, np.pi))
    assert np.sum((counts - 500) ** 2 / 500) < 24.3  # chi-squared with 7 degrees of freedom, 0.1 %


def test_normal_and_zeros():
    assert init.normal((500, 400), np.random.default_rng(0), std=0.3).std() == pytest.approx(0.3, rel=0.01)
    assert not init.zeros((3, 2)).any()


def test_xavier_keeps_the_variance_of_a_linear_network():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(500, 200))
    for _ in range(10):
        a = a @ init.xavier_normal((200, 200), rng).T
    assert a.var() == pytest.approx(1.0, rel=0.4)


@pytest.mark.parametrize("name", ["tanh", "relu", "sigmoid", "linear"])
def test_gain(name):
    assert init.calculate_gain(name) == pytest.approx(torch.nn.init.calculate_gain(name), rel=1e-15)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda rng: init.xavier_normal((3,), rng), "shape"),
        (lambda rng: init.orthogonal((3, 0), rng), "shape"),
        (lambda rng: init.kaiming_normal((3, 2), rng, mode="fan"), "mode"),
        (lambda rng: init.kaiming_normal((3, 2), rng, nonlinearity="step"), "nonlinearity"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(ValueError, match=words):
        call(np.random.default_rng(0))

"""Every optimiser goes the way of PyTorch's, in float64 to 1e-9 over 20 steps."""

import numpy as np
import pytest

from chainrule import Tensor, optim

torch = pytest.importorskip("torch")

CASES = [
    ("SGD", {"lr": 0.05}),
    ("SGD", {"lr": 0.05, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.05, "momentum": 0.9}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("Adagrad", {"lr": 0.1}),
    ("Adagrad", {"weight_decay": 0.1}),
    ("RMSprop", {"lr": 0.02}),
    ("RMSprop", {"alpha": 0.9, "weight_decay": 0.1}),
    ("RMSprop", {"momentum": 0.8, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.05}),
    ("Adam", {"betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.1}),
    ("AdamW", {"lr": 0.05}),
    ("AdamW", {"weight_decay": 0.3, "betas": (0.7, 0.95)}),
]


def gradients(w, b, t):
    """Gradients of a bumpy loss, another one each step; b has none in every third step."""
    return np.sin(3 * w + t) + 0.2 * w, None if t % 3 == 2 else np.cos(b * t) - 0.1


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_trajectory(name, settings):
    rng = np.random.default_rng(0)
    start = rng.normal(size=(3, 4)), rng.normal(size=4)
    ours = [Tensor(a.copy(), requires_grad=True) for a in start]
    theirs = [torch.tensor(a, requires_grad=True) for a in start]
    mine, reference = getattr(optim, name)(ours, **settings), getattr(torch.optim, name)(theirs, **settings)
    for t in range(20):
        for p, q, g in zip(ours, theirs, gradients(ours[0].data, ours[1].data, t), strict=True):
            p.grad, q.grad = g, None if g is None else torch.tensor(g)
        before = [None if p.grad is None else p.grad.copy() for p in ours]
        mine.step()
        reference.step()
        for p, q, g in zip(ours, theirs, before, strict=True):
            np.testing.assert_allclose(p.data, q.detach().numpy(), rtol=1e-9, atol=1e-15)
            assert g is None or np.array_equal(p.grad, g)  # a step leaves the gradient as it was


@pytest.mark.parametrize("name", ["SGD", "Adagrad", "RMSprop", "Adam", "AdamW"])
def test_dtype_and_array_are_kept(name):
    array = np.ones(3, np.float32)
    p = Tensor(array, requires_grad=True)
    p.grad = np.ones(3, np.float32)
    optimizer = getattr(optim, name)([p], lr=0.1, weight_decay=0.1)
    optimizer.step()
    optimizer.step()
    assert p.data is array and array.dtype == np.float32 and array[0] != 1
    assert all(a.dtype == np.float32 for a in optimizer.state[p].values() if isinstance(a, np.ndarray))


def test_groups_have_settings_of_their_own():
    w, b = Tensor([1.0], requires_grad=True), Tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([{"params": [w]}, {"params": [b], "weight_decay": 0.0, "lr": 0.2}], lr=0.1, weight_decay=0.5)
    w.grad, b.grad = np.zeros(1), np.ones(1)
    optimizer.step()
    assert w.data[0] == pytest.approx(0.95) and b.data[0] == pytest.approx(0.8)


def test_zero_grad_and_generators():
    p = Tensor([1.0], requires_grad=True)
    optimizer = optim.SGD(x for x in [p])
    p.grad = np.ones(1)
    optimizer.zero_grad()
    assert p.grad is None


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda p: optim.SGD([]), ValueError, "got none"),
        (lambda p: optim.SGD([p, p]), ValueError, "got one twice"),
        (lambda p: optim.SGD([p.data]), TypeError, "require gradients"),
        (lambda p: optim.SGD([Tensor([1.0])]), TypeError, "require gradients"),
        (lambda p: optim.SGD([p * 2]), TypeError, "not computed"),
        (lambda p: optim.SGD(p), TypeError, "not computed"),
        (lambda p: optim.SGD([p], lr=-1), ValueError, "lr"),
        (lambda p: optim.SGD([p], lr=float("nan")), ValueError, "lr"),
        (lambda p: optim.SGD([p], nesterov=True), ValueError, "nesterov"),
        (lambda p: optim.Adam([p], betas=(1.0, 0.9)), ValueError, "betas"),
        (lambda p: optim.RMSprop([p], alpha=1.5), ValueError, "alpha"),
        (lambda p: optim.SGD([{"params": [p], "betas": 1}]), ValueError, "no setting betas"),
        (lambda p: optim.StepLR(optim.SGD([p]), 0), ValueError, "step_size"),
        (lambda p: optim.CosineAnnealingLR(optim.SGD([p]), 0), ValueError, "T_max"),
        (lambda p: optim.clip_grad_norm_([p], 0), ValueError, "max_norm"),
    ],
)
def test_bad_input(make, error, words):
    with pytest.raises(error, match=words):
        make(Tensor([1.0], requires_grad=True))


@pytest.mark.parametrize(
    ("name", "settings"),
    [("StepLR", {"step_size": 3, "gamma": 0.5}), ("CosineAnnealingLR", {"T_max": 7, "eta_min": 0.01})],
)
def test_schedules(name, settings):
    ours = optim.SGD([Tensor([1.0], requires_grad=True)], lr=0.3)
    theirs = torch.optim.SGD([torch.tensor([1.0], requires_grad=True)], lr=0.3)
    mine, reference = (
        getattr(optim, name)(ours, **settings),
        getattr(torch.optim.lr_scheduler, name)(theirs, **settings),
    )
    for _ in range(7):
        assert ours.param_groups[0]["lr"] == pytest.approx(theirs.param_groups[0]["lr"], rel=1e-12)
        theirs.step()
        reference.step()
        mine.step()


@pytest.mark.parametrize("max_norm", [0.5, 100.0])
def test_clipping(max_norm):
    rng = np.random.default_rng(0)
    given = [rng.normal(size=(3, 2)), rng.normal(size=5), None]
    ours = [Tensor(np.zeros(1 if g is None else g.shape), requires_grad=True) for g in given]
    theirs = [torch.zeros(p.shape, dtype=torch.float64, requires_grad=True) for p in ours]
    for p, q, g in zip(ours, theirs, given, strict=True):
        p.grad, q.grad = (None, None) if g is None else (g.copy(), torch.tensor(g))
    norm = optim.clip_grad_norm_((p for p in ours), max_norm)
    assert norm == pytest.approx(float(torch.nn.utils.clip_grad_norm_(theirs, max_norm)), rel=1e-12)
    for p, q in zip(ours[:2], theirs, strict=False):
        np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=1e-12)


def test_one_tensor_may_be_clipped_alone():
    p = Tensor([0.0, 0.0], requires_grad=True)
    p.grad = np.array([3.0, 4.0])
    assert optim.clip_grad_norm_(p, 1.0) == 5.0
    np.testing.assert_allclose(p.grad, [0.6, 0.8], rtol=1e-6)

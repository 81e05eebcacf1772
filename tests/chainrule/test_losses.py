"""Losses against PyTorch in float64, and the fused against the composite ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule import Dual, Tensor, losses
from chainrule.transforms import grad, hessian

torch = pytest.importorskip("torch")
F = torch.nn.functional


def compare(ours, theirs, logits, target, torch_target, reduction):
    x, z = Tensor(logits, requires_grad=True), torch.tensor(logits, requires_grad=True)
    mine, reference = ours(x, target, reduction=reduction), theirs(z, torch_target, reduction=reduction)
    np.testing.assert_allclose(mine.data, reference.detach().numpy(), rtol=1e-9, atol=1e-14)
    weights = np.random.default_rng(0).normal(size=mine.shape)
    mine.backward(weights)
    reference.backward(torch.tensor(weights))
    np.testing.assert_allclose(x.grad, z.grad.numpy(), rtol=1e-9, atol=1e-14)


reductions = pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
shapes = st.lists(st.integers(1, 5), min_size=1, max_size=3)


@reductions
@settings(max_examples=25, deadline=None)
@given(shape=shapes, seed=st.integers(0, 2**16))
def test_on_entries(reduction, shape, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(0, 10, shape), rng.normal(0, 10, shape)
    compare(losses.mse_loss, F.mse_loss, x, y, torch.tensor(y), reduction)
    compare(losses.l1_loss, F.l1_loss, x, y, torch.tensor(y), reduction)
    p = rng.uniform(0, 1, shape)
    theirs = F.binary_cross_entropy_with_logits
    compare(losses.binary_cross_entropy_with_logits, theirs, x, p, torch.tensor(p), reduction)
    sign = rng.choice([-1.0, 1.0], shape)

    def hinge(z, t, reduction):
        loss = torch.clamp(1 - t * z, min=0)
        return {"mean": loss.mean, "sum": loss.sum, "none": lambda: loss}[reduction]()

    compare(losses.hinge_loss, hinge, x, sign, torch.tensor(sign), reduction)


@reductions
@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 6), classes=st.integers(1, 6), seed=st.integers(0, 2**16))
def test_cross_entropy(reduction, n, classes, seed):
    rng = np.random.default_rng(seed)
    z, labels = rng.normal(0, 10, (n, classes)), rng.integers(0, classes, n)
    compare(losses.cross_entropy, F.cross_entropy, z, labels, torch.tensor(labels), reduction)
    compare(losses.cross_entropy_composite, F.cross_entropy, z, labels, torch.tensor(labels), reduction)
    p = rng.dirichlet(np.ones(classes), n)
    compare(losses.cross_entropy, F.cross_entropy, z, p, torch.tensor(p), reduction)


class TestFused:
    rng = np.random.default_rng(1)
    z, labels, p = rng.normal(0, 5, (7, 4)), rng.integers(0, 4, 7), rng.uniform(0, 1, (7, 4))
    PAIRS = (
        (losses.cross_entropy, losses.cross_entropy_composite, labels),
        (losses.binary_cross_entropy_with_logits, losses.binary_cross_entropy_with_logits_composite, p),
    )

    @reductions
    @pytest.mark.parametrize(("fused", "composite", "target"), PAIRS)
    def test_equals_composite(self, fused, composite, target, reduction):
        results = []
        for f in (fused, composite):
            x = Tensor(self.z, requires_grad=True)
            loss = f(x, target, reduction)
            loss.backward(np.cos(np.arange(loss.size)).reshape(loss.shape))
            results.append((loss.data, x.grad))
        np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-12)
        np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-12, atol=1e-15)

    @pytest.mark.parametrize(("fused", "composite", "target"), PAIRS)
    def test_forward_mode_and_second_derivatives(self, fused, composite, target):
        direction = np.sin(np.arange(28.0)).reshape(7, 4)
        gradient = grad(lambda z: fused(z, target))(self.z)
        dual = fused(Dual(self.z, direction), target)
        np.testing.assert_allclose(dual.tangent, np.sum(gradient * direction), rtol=1e-12)
        h = hessian(lambda z: fused(z, target[:2]))(self.z[:2])
        step = 1e-5 * direction[:2]
        g = grad(lambda z: fused(z, target[:2]))
        want = (g(self.z[:2] + step) - g(self.z[:2] - step)) / 2
        np.testing.assert_allclose(np.tensordot(h, step, 2), want, rtol=1e-6, atol=1e-12)


def test_finite_where_naive_formulas_are_not():
    z = Tensor(np.array([[1000.0, -1000.0], [-1000.0, 1000.0]]), requires_grad=True)
    loss = losses.cross_entropy(z, np.array([1, 1]))
    loss.backward()
    assert loss.item() == 1000.0 and z.grad.tolist() == [[0.5, -0.5], [0.0, 0.0]]
    z = Tensor(np.array([1000.0, -1000.0]), requires_grad=True)
    loss = losses.binary_cross_entropy_with_logits(z, np.array([0, 0]))
    loss.backward()
    assert loss.item() == 500.0 and z.grad.tolist() == [0.5, 0.0]


def test_the_gradient_is_p_minus_y():
    rng = np.random.default_rng(0)
    z, y = rng.normal(size=(5, 3)), rng.integers(0, 3, 5)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(grad(lambda z: losses.cross_entropy(z, y))(z), (p - np.eye(3)[y]) / 5, rtol=1e-12)


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "hinge_loss", "binary_cross_entropy_with_logits"])
@pytest.mark.parametrize("dtype", [float, int])
def test_float32_stays(name, dtype):
    x = Tensor(np.ones(3, np.float32), requires_grad=True)
    loss = getattr(losses, name)(x, np.ones(3, dtype))
    loss.backward()
    assert loss.dtype == np.float32 and x.grad.dtype == np.float32


def test_cross_entropy_keeps_float32():
    x = Tensor(np.ones((3, 2), np.float32), requires_grad=True)
    loss = losses.cross_entropy(x, np.array([0, 1, 1]))
    loss.backward()
    assert loss.dtype == np.float32 and x.grad.dtype == np.float32


def test_a_target_may_be_a_tensor():
    x, y = Tensor([1.0, 2.0], requires_grad=True), Tensor([0.0, 0.0], requires_grad=True)
    losses.mse_loss(x, y).backward()
    assert y.grad.tolist() == [-1.0, -2.0]
    assert losses.mse_loss(x, y.detach()).item() == 2.5
    assert losses.cross_entropy(Tensor(np.zeros((1, 2))), Tensor(np.array([1]))).item() == pytest.approx(np.log(2))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: losses.mse_loss(np.ones((3, 1)), np.ones(3)), ValueError, r"mse_loss: input has shape \(3, 1\)"),
        (lambda: losses.l1_loss(np.ones(2), np.ones(3)), ValueError, "l1_loss"),
        (lambda: losses.hinge_loss(np.ones(2), np.array([0, 1])), ValueError, "-1 or"),
        (lambda: losses.mse_loss(np.ones(2), np.ones(2), "average"), ValueError, "reduction"),
        (lambda: losses.mse_loss(np.ones(0), np.ones(0)), ValueError, "at least one example"),
        (lambda: losses.cross_entropy(np.ones((0, 3)), np.ones(0, int)), ValueError, "at least one example"),
        (lambda: losses.binary_cross_entropy_with_logits(np.ones(2), np.array([0, 2])), ValueError, "between 0 and 1"),
        (lambda: losses.binary_cross_entropy_with_logits(np.ones(1), np.array([np.nan])), ValueError, "between"),
        (lambda: losses.cross_entropy(np.ones((2, 3)), np.array([0, 3])), ValueError, "class 3 is out of range for 3"),
        (lambda: losses.cross_entropy(np.ones((2, 3)), np.array([0, -1])), ValueError, "class -1"),
        (lambda: losses.cross_entropy(np.ones((2, 3)), np.array([0.0, 1.0])), TypeError, "integers"),
        (lambda: losses.cross_entropy(np.ones((2, 5, 3)), np.zeros((2, 5), int)), ValueError, "reshape a sequence"),
        (lambda: losses.cross_entropy(np.ones((2, 3)), np.zeros(3, int)), ValueError, "N x C"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call()


@reductions
@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("cross_entropy", [[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]]),
        ("binary_cross_entropy_with_logits", [[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]]),
    ],
)
def test_the_derivative_with_respect_to_probabilities_as_targets(name, target, reduction):
    z, target = np.array([[0.3, -2.0, 1.0], [0.1, 0.4, -1.0]]), np.array(target)
    ours, theirs = (Tensor(z, True), Tensor(target, True)), [torch.tensor(a, requires_grad=True) for a in (z, target)]
    loss = getattr(losses, name)(*ours, reduction)
    v = np.cos(np.arange(loss.size)).reshape(loss.shape)
    loss.backward(v)
    getattr(F, name)(*theirs, reduction=reduction).backward(torch.from_numpy(v))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=1e-12)
    if reduction == "mean":
        alone = grad(lambda t: getattr(losses, name)(z, t))(target)
        np.testing.assert_allclose(alone, theirs[1].grad.numpy(), rtol=1e-12)
        along = getattr(losses, name)(z, Dual(target, z)).tangent
        np.testing.assert_allclose(along, (alone * z).sum(), rtol=1e-12)


def test_integers_as_logits():
    z, y = np.array([[1, 2], [3, -4]]), np.array([0, 1])
    for name, target in (("cross_entropy", y), ("binary_cross_entropy_with_logits", np.eye(2))):
        f = getattr(losses, name)
        assert f(z, target) == pytest.approx(f(z.astype(float), target), rel=1e-14)

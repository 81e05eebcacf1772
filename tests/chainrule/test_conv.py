"""Convolution and pooling: equal to PyTorch, the fused version equal to the composite, errors in the user's words."""

import numpy as np
import pytest

from chainrule import Tensor, grad, jvp, nn
from chainrule.conv import (
    avg_pool2d,
    col2im,
    conv2d,
    conv2d_composite,
    im2col,
    max_pool2d,
    output_size,
)
from chainrule.tape import ShapeError

torch = pytest.importorskip("torch")
functional = torch.nn.functional

# batch, channels in, channels out, image, kernel, stride, padding, dilation
CASES = [
    (2, 3, 4, (7, 8), (3, 3), 1, 0, 1),
    (1, 1, 1, (3, 3), (3, 3), 1, 0, 1),
    (2, 2, 3, (5, 5), (1, 1), 1, 0, 1),
    (1, 2, 3, (8, 9), (3, 2), 2, 1, 1),
    (3, 1, 2, (9, 7), (2, 3), (2, 1), (0, 2), (1, 2)),
    (2, 3, 2, (11, 10), (3, 3), 2, 2, 2),
    (2, 2, 2, (6, 6), (2, 2), 3, 0, 1),
]


def operands(case, seed=0, dtype=float):
    b, c, o, image, kernel, *rest = case
    rng = np.random.default_rng(seed)
    x, w = rng.normal(size=(b, c, *image)), rng.normal(size=(o, c, *kernel))
    return [a.astype(dtype) for a in (x, w, rng.normal(size=o))], dict(zip(("stride", "padding", "dilation"), rest))  # noqa: B905


def ours(function, arrays, weights=None, **options):
    """Value and gradients of sum(weights * function(*arrays))."""
    tensors = [Tensor(a.copy(), requires_grad=True) for a in arrays]
    y = function(*tensors, **options)
    weights = np.random.default_rng(9).normal(size=y.shape) if weights is None else weights
    y.backward(weights)
    return y.data, [t.grad for t in tensors], weights


def theirs(function, arrays, weights, **options):
    tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
    y = function(*tensors, **options)
    y.backward(torch.tensor(weights))
    return y.detach().numpy(), [t.grad.numpy() for t in tensors]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("bias", [True, False])
def test_conv2d_equals_torch(case, bias):
    arrays, options = operands(case)
    arrays = arrays if bias else arrays[:2]
    y, gradients, weights = ours(conv2d, arrays, **options)
    want, reference = theirs(functional.conv2d, arrays, weights, **options)
    np.testing.assert_allclose(y, want, rtol=1e-9, atol=1e-12)
    for got, expected in zip(gradients, reference, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_fused_equals_composite(case):
    arrays, options = operands(case)
    y, gradients, weights = ours(conv2d, arrays, **options)
    y2, gradients2, _ = ours(conv2d_composite, arrays, weights, **options)
    np.testing.assert_allclose(y, y2, rtol=0, atol=1e-12)
    for a, b in zip(gradients, gradients2, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-12)


def test_many_parts_of_a_batch_equal_one(monkeypatch):
    arrays, options = operands((5, 3, 4, (7, 8), (3, 3), 1, 1, 1))
    whole = ours(conv2d, arrays, **options)
    monkeypatch.setattr("chainrule.windows.WORKSPACE", 2 * 3 * 9 * 7 * 8)
    parts = ours(conv2d, arrays, whole[2], **options)
    np.testing.assert_allclose(whole[0], parts[0], atol=1e-13)
    for a, b in zip(whole[1], parts[1], strict=True):
        np.testing.assert_allclose(a, b, atol=1e-13)


def test_arrays_in_arrays_out_and_float32_stays():
    arrays, options = operands(CASES[0], dtype=np.float32)
    assert isinstance(conv2d(*arrays, **options), np.ndarray)
    y, gradients, _ = ours(conv2d, arrays, np.ones((2, 4, 5, 6), np.float32))
    assert y.dtype == np.float32 and all(g.dtype == np.float32 for g in gradients)
    y, gradients, _ = ours(max_pool2d, arrays[:1], np.ones((2, 3, 3, 4), np.float32), kernel_size=2)
    assert y.dtype == gradients[0].dtype == np.float32


def test_an_input_without_gradient_gets_none():
    (x, w, b), options = operands(CASES[0])
    image, weight = Tensor(x), Tensor(w, requires_grad=True)
    conv2d(image, weight, b, **options).sum().backward()
    assert image.grad is None and weight.grad.shape == w.shape


@pytest.mark.parametrize("case", CASES)
def test_forward_mode_is_adjoint(case):
    (x, w, b), options = operands(case)
    tangents = operands(case, seed=1)[0]
    _, dy = jvp(lambda *a: conv2d(*a, **options), (x, w, b), tuple(tangents))
    _, gradients, weights = ours(conv2d, (x, w, b), **options)
    inner = sum((g * t).sum() for g, t in zip(gradients, tangents, strict=True))
    np.testing.assert_allclose((weights * dy).sum(), inner, rtol=1e-10)


def test_second_derivatives():
    (x, w, _), options = operands(CASES[3])
    along = np.random.default_rng(5).normal(size=w.shape)

    def loss(weight):
        return (conv2d(x, weight, **options) ** 3).sum()

    got = grad(lambda weight: (grad(loss)(weight) * along).sum())(w)
    wt = torch.tensor(w, requires_grad=True)
    y = (functional.conv2d(torch.tensor(x), wt, **options) ** 3).sum()
    (first,) = torch.autograd.grad(y, wt, create_graph=True)
    (second,) = torch.autograd.grad((first * torch.tensor(along)).sum(), wt)
    np.testing.assert_allclose(got, second.numpy(), rtol=1e-9)


POOLS = [(2, None, 0), (3, 2, 1), ((2, 3), (1, 2), (1, 0)), (1, 1, 0), (4, 3, 2), ((3, 1), None, 0)]


@pytest.mark.parametrize(("kernel", "stride", "padding"), POOLS)
@pytest.mark.parametrize(("function", "name"), [(max_pool2d, "max_pool2d"), (avg_pool2d, "avg_pool2d")])
@pytest.mark.parametrize("levels", [3, 1000])
def test_pooling_equals_torch_with_ties(function, name, kernel, stride, padding, levels):
    """With three grey levels nearly every window has ties: the first in reading order takes the gradient."""
    x = np.random.default_rng(3).integers(0, levels, (2, 3, 9, 10)).astype(float)
    options = {"kernel_size": kernel, "stride": stride, "padding": padding}
    y, gradients, weights = ours(function, [x], **options)
    want, reference = theirs(getattr(functional, name), [x], weights, **options)
    np.testing.assert_allclose(y, want, rtol=1e-9)
    np.testing.assert_allclose(gradients[0], reference[0], rtol=1e-9, atol=1e-12)
    tangent = np.random.default_rng(4).normal(size=x.shape)
    _, dy = jvp(lambda a: function(a, **options), (x,), (tangent,))
    np.testing.assert_allclose((weights * dy).sum(), (reference[0] * tangent).sum(), rtol=1e-10)


def test_im2col_is_unfold_and_col2im_its_transpose():
    (x, _, _), _ = operands(CASES[5])
    columns = im2col(x, (3, 2), stride=2, padding=1, dilation=2)
    want = functional.unfold(torch.tensor(x), (3, 2), stride=2, padding=1, dilation=2)
    np.testing.assert_array_equal(columns, want.numpy())
    c = np.random.default_rng(0).normal(size=columns.shape)
    back = col2im(c, x.shape, (3, 2), stride=2, padding=1, dilation=2)
    np.testing.assert_allclose((c * columns).sum(), (back * x).sum(), rtol=1e-12)


def test_output_size_counts_places():
    for size in range(1, 9):
        for kernel, stride, padding, dilation in [(1, 1, 0, 1), (3, 1, 1, 1), (3, 2, 0, 1), (2, 3, 2, 2)]:
            last = size + 2 * padding - dilation * (kernel - 1) - 1
            places = len(range(0, last + 1, stride)) if last >= 0 else 0
            assert max(output_size(size, kernel, stride, padding, dilation), 0) == places


def test_conv_is_shift_equivariant_away_from_the_border():
    (x, w, _), _ = operands((1, 2, 3, (12, 12), (3, 3)))
    shifted = np.roll(x, (2, 1), axis=(2, 3))
    a, b = conv2d(x, w), conv2d(shifted, w)
    np.testing.assert_allclose(np.roll(a, (2, 1), axis=(2, 3))[:, :, 2:, 1:], b[:, :, 2:, 1:], atol=1e-12)


@pytest.mark.parametrize("run", [conv2d, conv2d_composite])
def test_conv_errors_name_operation_and_shapes(run):
    x, w = np.ones((2, 3, 5, 5)), np.ones((4, 3, 3, 3))
    with pytest.raises(ShapeError, match=r"conv2d: input \(2, 2, 5, 5\) has 2 channels, weight .* expects 3"):
        run(x[:, :2], w)
    with pytest.raises(ShapeError, match=r"input \(2, 3, 2, 5\) is smaller than the kernel \(3, 3\)"):
        run(x[:, :, :2], w)
    with pytest.raises(ShapeError, match=r"expected an input of shape \(B, C, H, W\), got \(3, 5, 5\)"):
        run(x[0], w)
    with pytest.raises(ShapeError, match=r"bias \(3,\) does not fit"):
        run(x, w, np.ones(3))
    with pytest.raises(ValueError, match="stride: expected an integer of at least 1"):
        run(x, w, stride=0)
    with pytest.raises(ValueError, match="padding: expected an integer of at least 0"):
        run(x, w, padding=-1)
    with pytest.raises(ValueError, match=r"stride: expected an integer of at least 1 or two of them, got 1.5"):
        run(x, w, stride=1.5)


def test_pooling_errors():
    with pytest.raises(ShapeError, match=r"max_pool2d: input .* is smaller than the kernel"):
        max_pool2d(np.ones((1, 1, 2, 2)), 3)
    with pytest.raises(ValueError, match="more than half the kernel"):
        max_pool2d(np.ones((1, 1, 4, 4)), 2, padding=2)


def test_empty_batch():
    y, gradients, _ = ours(conv2d, [np.ones((0, 2, 4, 4)), np.ones((3, 2, 3, 3)), np.ones(3)])
    assert y.shape == (0, 3, 2, 2) and not gradients[1].any() and gradients[0].shape == (0, 2, 4, 4)


LAYERS = [
    ("Conv2d", (3, 4, 3), {}),
    ("Conv2d", (3, 4, (3, 2)), {"stride": (2, 1), "padding": 1, "dilation": 2, "bias": False}),
    ("MaxPool2d", (2,), {}),
    ("MaxPool2d", ((3, 2),), {"stride": 1, "padding": 1}),
    ("AvgPool2d", (3,), {"stride": 2, "padding": 1}),
]


@pytest.mark.parametrize(("name", "args", "options"), LAYERS)
@pytest.mark.parametrize("batch", [1, 3])
def test_modules_equal_torch_from_the_same_weights(name, args, options, batch):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        reference = getattr(torch.nn, name)(*args, **options).double()
    module = getattr(nn, name)(*args, **options)
    module.load_state_dict(reference.state_dict())
    x = np.random.default_rng(1).normal(size=(batch, 3, 9, 8))
    y, (dx,), weights = ours(module, [x])
    want, (dx2,) = theirs(reference, [x], weights)
    np.testing.assert_allclose(y, want, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(dx, dx2, rtol=1e-9, atol=1e-12)
    theirs_by_name = dict(reference.named_parameters())
    assert [key for key, _ in module.named_parameters()] == list(theirs_by_name)
    for key, p in module.named_parameters():
        np.testing.assert_allclose(p.grad, theirs_by_name[key].grad.numpy(), rtol=1e-9, atol=1e-12)


def test_initial_weights_follow_the_generator_and_the_fan_in():
    a, b = (nn.Conv2d(4, 64, 3, rng=np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(a.weight.data, b.weight.data)
    assert 0.95 / 6 < np.abs(a.weight.data).max() <= 1 / 6 and np.abs(a.bias.data).max() <= 1 / 6


def test_module_errors_name_the_layer():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Conv2d(3, 2, 3))
    with pytest.raises(ShapeError, match=r"Conv2d\(3, 2, .* '2': conv2d: input .* has 2 channels, .* expects 3"):
        model(np.ones((1, 1, 8, 8)))
    with pytest.raises(ValueError, match="out_channels: expected an integer of at least 1, got 0"):
        nn.Conv2d(1, 0, 3)
    with pytest.raises(ValueError, match="groups: expected 1"):
        nn.Conv2d(2, 2, 3, groups=2)
    with pytest.raises(ValueError, match="stride: expected an integer of at least 1"):
        nn.MaxPool2d(2, stride=0)


def test_integer_images_are_pooled_with_a_border():
    x = np.array([[[[-5, -6, 2], [-7, -8, 3], [1, -1, -9]]]])
    pooled = max_pool2d(x, 2, padding=1)
    np.testing.assert_array_equal(pooled, max_pool2d(x.astype(float), 2, padding=1))
    assert pooled.dtype == x.dtype

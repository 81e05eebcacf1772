"""Recurrent layers: equal to PyTorch, the fused version equal to the composite, errors in the user's words."""

import numpy as np
import pytest

from chainrule import Tensor, jvp, nn
from chainrule.recurrent import gru, gru_composite, lstm, lstm_composite, rnn, rnn_composite
from chainrule.tape import ShapeError

torch = pytest.importorskip("torch")

LAYERS = {"RNN": (rnn, rnn_composite, 1), "LSTM": (lstm, lstm_composite, 4), "GRU": (gru, gru_composite, 3)}
SIZES = [(5, 3, 4, 6), (1, 1, 1, 1), (1, 2, 3, 4), (7, 1, 2, 3)]  # T, B, I, H


def operands(kind, sizes, seed=0):
    """x, the initial states, w_ih, w_hh, b_ih, b_hh."""
    t, b, i, h = sizes
    rng, gates = np.random.default_rng(seed), LAYERS[kind][2]
    states = [rng.normal(size=(b, h)) for _ in range(2 if kind == "LSTM" else 1)]
    weights = [rng.normal(size=shape) / 2 for shape in [(gates * h, i), (gates * h, h), (gates * h,), (gates * h,)]]
    return [rng.normal(size=(t, b, i)), *states, *weights]


def outputs_of(result):
    return list(result) if isinstance(result, tuple) else [result]


def ours(function, arrays, seed=9):
    """Outputs, and gradients of the sum of all outputs with random weights."""
    tensors = [Tensor(a.copy(), requires_grad=True) for a in arrays]
    outputs = outputs_of(function(*tensors))
    rng = np.random.default_rng(seed)
    sum((y * rng.normal(size=y.shape)).sum() for y in outputs).backward()
    return [y.data for y in outputs], [t.grad for t in tensors]


def theirs(kind, arrays, seed=9):
    x, *states, w_ih, w_hh, b_ih, b_hh = [torch.tensor(a, requires_grad=True) for a in arrays]
    module = getattr(torch.nn, kind)(x.shape[2], states[0].shape[1]).double()
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    start = tuple(s[None] for s in states)
    out, last = torch.func.functional_call(
        module, dict(zip(names, (w_ih, w_hh, b_ih, b_hh), strict=True)), (x, start if kind == "LSTM" else start[0])
    )
    outputs = [out, last[1][0]] if kind == "LSTM" else [out]
    rng = np.random.default_rng(seed)
    sum((y * torch.tensor(rng.normal(size=y.shape))).sum() for y in outputs).backward()
    return [y.detach().numpy() for y in outputs], [t.grad.numpy() for t in (x, *states, w_ih, w_hh, b_ih, b_hh)]


def close(got, want, **tolerance):
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, **tolerance)


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("sizes", SIZES)
def test_layers_equal_torch(kind, sizes):
    arrays = operands(kind, sizes)
    (y, gradients), (want, reference) = ours(LAYERS[kind][0], arrays), theirs(kind, arrays)
    close(y, want, rtol=1e-9, atol=1e-12)
    close(gradients, reference, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("sizes", SIZES)
def test_fused_equals_composite(kind, sizes):
    fused, composite, _ = LAYERS[kind]
    arrays = operands(kind, sizes)
    (y, gradients), (y2, gradients2) = ours(fused, arrays), ours(composite, arrays)
    close(y, y2, rtol=0, atol=1e-12)
    close(gradients, gradients2, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", LAYERS)
def test_forward_mode_is_adjoint(kind):
    function = LAYERS[kind][0]
    arrays, tangents = operands(kind, SIZES[0]), operands(kind, SIZES[0], seed=1)
    _, dy = jvp(lambda *a: outputs_of(function(*a))[0], tuple(arrays), tuple(tangents))
    weights = np.random.default_rng(2).normal(size=dy.shape)
    tensors = [Tensor(a, requires_grad=True) for a in arrays]
    outputs_of(function(*tensors))[0].backward(weights)
    inner = sum((t.grad * v).sum() for t, v in zip(tensors, tangents, strict=True))
    np.testing.assert_allclose((weights * dy).sum(), inner, rtol=1e-10)


@pytest.mark.parametrize("kind", LAYERS)
def test_float32_stays_and_constants_get_no_gradient(kind):
    x, *rest = [a.astype(np.float32) for a in operands(kind, SIZES[0])]
    tensors = [Tensor(a, requires_grad=True) for a in rest]
    inputs = Tensor(x)
    y = outputs_of(LAYERS[kind][0](inputs, *tensors))[0]
    y.sum().backward()
    assert y.dtype == np.float32 and inputs.grad is None
    assert all(t.grad.dtype == np.float32 for t in tensors)


@pytest.mark.parametrize("kind", LAYERS)
def test_backward_leaves_what_it_saved_as_it_was(kind):
    """Two rows of a Jacobian need two passes back through one forward pass."""
    from chainrule import vjp

    arrays = operands(kind, SIZES[0])
    y, pull = vjp(lambda *a: outputs_of(LAYERS[kind][0](*a))[0], *arrays)
    first, second = pull(np.ones(y.shape)), pull(np.ones(y.shape))
    close(first, second, rtol=0)


@pytest.mark.parametrize("kind", LAYERS)
def test_errors_name_layer_and_shapes(kind):
    function, _, gates = LAYERS[kind]
    name = function.__name__
    x, *rest = operands(kind, (5, 3, 4, 6))
    with pytest.raises(ShapeError, match=rf"{name}: expected an input of shape \(T, B, I\), got \(5, 3\)"):
        function(x[:, :, 0], *rest)
    with pytest.raises(
        ShapeError, match=rf"{name}: input \(5, 3, 2\) with 6 units: expected w_ih of shape \({gates * 6}, 2\)"
    ):
        function(x[:, :, :2], *rest)
    with pytest.raises(ShapeError, match=rf"{name}: .* expected initial state 0 of shape \(2, 6\), got \(3, 6\)"):
        function(x[:, :2], *rest)
    with pytest.raises(ShapeError, match="has no step"):
        function(x[:0], *rest)
    with pytest.raises(ShapeError, match="expected w_hh of shape"):
        function(x, *rest[:-3], rest[-3][:, :2], *rest[-2:])


def reference_and_module(kind, *args, **options):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        reference = getattr(torch.nn, kind)(*args, **options).double()
    module = getattr(nn, kind)(*args, **options)
    module.load_state_dict(reference.state_dict())
    return reference, module


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("sizes", [(1, 1), (5, 3)])
def test_modules_equal_torch_from_the_same_weights(kind, layers, batch_first, bias, given, sizes):
    reference, module = reference_and_module(kind, 4, 6, num_layers=layers, batch_first=batch_first, bias=bias)
    rng = np.random.default_rng(0)
    steps, batch = sizes
    arrays = [rng.normal(size=(batch, steps, 4) if batch_first else (steps, batch, 4))]
    if given:
        arrays += [rng.normal(size=(layers, batch, 6)) for _ in range(2 if kind == "LSTM" else 1)]

    def call(module, tensors):
        x, *start = tensors
        state = None if not start else tuple(start) if kind == "LSTM" else start[0]
        out, last = module(x, state)
        return [out, *last] if kind == "LSTM" else [out, last]

    mine = [Tensor(a, requires_grad=True) for a in arrays]
    yours = [torch.tensor(a, requires_grad=True) for a in arrays]
    outputs, want = call(module, mine), call(reference, yours)
    weights = [rng.normal(size=y.shape) for y in outputs]
    sum((y * w).sum() for y, w in zip(outputs, weights, strict=True)).backward()
    sum((y * torch.tensor(w)).sum() for y, w in zip(want, weights, strict=True)).backward()
    close([y.data for y in outputs], [y.detach().numpy() for y in want], rtol=1e-9, atol=1e-12)
    close([t.grad for t in mine], [t.grad.numpy() for t in yours], rtol=1e-9, atol=1e-12)
    by_name = dict(reference.named_parameters())
    assert [key for key, _ in module.named_parameters()] == list(by_name)
    close([p.grad for p in module.parameters()], [p.grad.numpy() for p in by_name.values()], rtol=1e-9, atol=1e-12)


def test_module_errors_name_the_layer_and_shapes():
    with pytest.raises(ShapeError, match=r"RNN\(3, 4\): rnn: input of shape \(5, 2, 2\), expected \(T, B, 3\)"):
        nn.RNN(3, 4)(np.ones((5, 2, 2)))
    with pytest.raises(ShapeError, match=r"expected \(B, T, 3\)"):
        nn.GRU(3, 4, batch_first=True)(np.ones((5, 3)))
    with pytest.raises(ShapeError, match=r"gru: initial state of shape \(1, 2, 4\), expected \(2, 2, 4\)"):
        nn.GRU(3, 4, num_layers=2)(np.ones((5, 2, 3)), np.ones((1, 2, 4)))
    with pytest.raises(TypeError, match="a pair"):
        nn.LSTM(3, 4)(np.ones((5, 2, 3)), np.ones((1, 2, 4)))
    with pytest.raises(ValueError, match="hidden_size: expected an integer of at least 1"):
        nn.LSTM(3, 0)

"""What holds for every fused layer: no reference cycles, a backward pass that can be repeated, shapes of any size."""

import gc

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from chainrule import Tensor, nn, vjp
from chainrule.attention import attention, self_attention
from chainrule.conv import avg_pool2d, conv2d, max_pool2d, output_size
from chainrule.recurrent import gru, lstm, rnn

torch = pytest.importorskip("torch")


def recurrent(gates, states=1):
    return [(4, 2, 3), *[(2, 5)] * states, (gates * 5, 3), (gates * 5, 5), (gates * 5,), (gates * 5,)]


LAYERS = {
    "conv2d": (lambda *a: conv2d(*a, stride=2, padding=1), [(2, 3, 6, 7), (4, 3, 3, 2), (4,)]),
    "max_pool2d": (lambda x: max_pool2d(x, 3, 2, 1), [(2, 3, 6, 7)]),
    "avg_pool2d": (lambda x: avg_pool2d(x, 2), [(2, 3, 6, 7)]),
    "rnn": (rnn, recurrent(1)),
    "lstm": (lambda *a: lstm(*a)[0], recurrent(4, states=2)),
    "gru": (gru, recurrent(3)),
    "attention": (attention, [(2, 4, 3), (2, 5, 3), (2, 5, 3)]),
    "self_attention": (lambda x: self_attention(x, 2), [(2, 4, 12)]),
}


def operands(name, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in LAYERS[name][1]]


@pytest.mark.parametrize("name", LAYERS)
def test_memory_is_freed_without_the_garbage_collector(name):
    tensors = [Tensor(a, requires_grad=True) for a in operands(name)]
    gc.collect()
    gc.disable()
    try:
        y = LAYERS[name][0](*tensors)
        del y  # a graph dropped before its backward pass
        LAYERS[name][0](*tensors).sum().backward()
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.parametrize("name", LAYERS)
def test_a_second_pass_back_finds_what_the_first_found(name):
    y, pull = vjp(LAYERS[name][0], *operands(name))
    g = np.random.default_rng(1).normal(size=y.shape)
    first = [np.array(a) for a in pull(g)]
    pull(2 * g)
    for a, b in zip(first, pull(g), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", LAYERS)
def test_the_operands_are_left_as_they_were(name):
    arrays = operands(name)
    before = [a.copy() for a in arrays]
    tensors = [Tensor(a, requires_grad=True) for a in arrays]
    LAYERS[name][0](*tensors).sum().backward()
    for a, b in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", LAYERS)
def test_each_leaf_owns_its_gradient(name):
    """Adding to one gradient in place changes no other."""
    tensors = [Tensor(a, requires_grad=True) for a in operands(name)]
    LAYERS[name][0](*tensors).sum().backward()
    before = [t.grad.copy() for t in tensors]
    tensors[-1].grad += 1
    for t, grad in zip(tensors[:-1], before[:-1], strict=True):
        np.testing.assert_array_equal(t.grad, grad)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_convolution_that_fits_equals_torch(data):
    def draw(least, most):
        return data.draw(st.integers(least, most))

    b, c, o = draw(1, 3), draw(1, 3), draw(1, 3)
    sides = []
    for _ in range(2):
        kernel, stride, padding, dilation = draw(1, 3), draw(1, 3), draw(0, 2), draw(1, 2)
        smallest = max(1, dilation * (kernel - 1) + 1 - 2 * padding)
        sides.append((draw(smallest, smallest + 5), kernel, stride, padding, dilation))
    size, kernel, stride, padding, dilation = zip(*sides, strict=True)
    rng = np.random.default_rng(draw(0, 10**6))
    arrays = [rng.normal(size=shape) for shape in ((b, c, *size), (o, c, *kernel), (o,))]
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    mine = [Tensor(a, requires_grad=True) for a in arrays]
    yours = [torch.tensor(a, requires_grad=True) for a in arrays]
    y, want = conv2d(*mine, **options), torch.nn.functional.conv2d(*yours, **options)
    assert y.shape == (b, o, *(output_size(*side) for side in sides))
    np.testing.assert_allclose(y.data, want.detach().numpy(), rtol=1e-9, atol=1e-12)
    g = rng.normal(size=y.shape)
    y.backward(g)
    want.backward(torch.tensor(g))
    for a, b_ in zip(mine, yours, strict=True):
        np.testing.assert_allclose(a.grad, b_.grad.numpy(), rtol=1e-9, atol=1e-11)


@settings(max_examples=25, deadline=None)
@given(
    kind=st.sampled_from(["RNN", "LSTM", "GRU"]),
    sizes=st.tuples(*[st.integers(1, 5)] * 4),
    layers=st.integers(1, 2),
    seed=st.integers(0, 10**6),
)
def test_any_recurrent_network_equals_torch(kind, sizes, layers, seed):
    steps, batch, inputs, units = sizes
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        reference = getattr(torch.nn, kind)(inputs, units, layers).double()
    module = getattr(nn, kind)(inputs, units, layers)
    module.load_state_dict(reference.state_dict())
    x = np.random.default_rng(seed).normal(size=(steps, batch, inputs))
    y, want = module(x)[0], reference(torch.tensor(x))[0]
    np.testing.assert_allclose(y.data, want.detach().numpy(), rtol=1e-9, atol=1e-12)
    (y * y).sum().backward()
    (want * want).sum().backward()
    for (key, p), q in zip(module.named_parameters(), reference.parameters(), strict=True):
        np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=1e-9, atol=1e-11, err_msg=key)
    back = {key: torch.tensor(value) for key, value in module.state_dict().items()}
    reference.load_state_dict(back)  # the weights travel the other way too

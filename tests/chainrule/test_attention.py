"""Attention: equal to PyTorch's modules, the fused version equal to the composite, masks, errors."""

import math

import numpy as np
import pytest

from chainrule import Tensor, grad, jvp, nn
from chainrule.attention import (
    attention,
    attention_composite,
    attention_weights,
    causal_mask,
    positional_encoding,
    self_attention,
    self_attention_composite,
)
from chainrule.tape import ShapeError

torch = pytest.importorskip("torch")
TOLERANCE = {"rtol": 1e-9, "atol": 1e-12}


def ours(function, arrays, seed=9):
    """Value, and gradients of its sum with random weights."""
    tensors = [Tensor(a.copy(), requires_grad=True) for a in arrays]
    y = function(*tensors)
    y.backward(np.random.default_rng(seed).normal(size=y.shape))
    return y.data, [t.grad for t in tensors]


def theirs(function, arrays, seed=9):
    tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
    y = function(*tensors)
    y.backward(torch.tensor(np.random.default_rng(seed).normal(size=tuple(y.shape))))
    return y.detach().numpy(), [t.grad.numpy() for t in tensors]


def same(got, want, **tolerance):
    np.testing.assert_allclose(got[0], want[0], **tolerance)
    for a, b in zip(got[1], want[1], strict=True):
        np.testing.assert_allclose(a, b, **tolerance)


def random_mask(rng, *shape):
    """Forbids some keys, never all of a query's."""
    mask = rng.random(shape) < 0.4
    mask[..., 0] = False
    return mask


SHAPES = [((4, 3), (5, 3), (5, 2)), ((2, 3, 4, 3), (2, 3, 4, 3), (2, 3, 4, 3)), ((1, 1, 2), (1, 1, 2), (1, 1, 2))]


@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("masked", [None, "boolean", "numbers"])
def test_attention_equals_torch_and_composite(shapes, masked):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=s) for s in shapes]
    mask = None
    if masked:
        mask = random_mask(rng, shapes[0][-2], shapes[1][-2])
        mask = mask if masked == "boolean" else np.where(mask, -np.inf, rng.normal(size=mask.shape))
    got = ours(lambda *a: attention(*a, mask), arrays)
    same(got, ours(lambda *a: attention_composite(*a, mask), arrays), rtol=0, atol=1e-12)
    # PyTorch's function takes booleans the other way round: True where attention is allowed.
    other = None if mask is None else torch.tensor(~mask if masked == "boolean" else mask)
    same(got, theirs(lambda *a: torch.nn.functional.scaled_dot_product_attention(*a, other), arrays), **TOLERANCE)


@pytest.mark.parametrize("dropped", [False, True])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("sizes", [(2, 5, 8, 2), (1, 1, 4, 4), (3, 2, 3, 1)])
def test_self_attention_equals_composite(sizes, masked, dropped):
    b, t, d, heads = sizes
    rng = np.random.default_rng(1)
    qkv = rng.normal(size=(b, t, 3 * d))
    mask = random_mask(rng, b, 1, t, t) if masked else None
    keep = (rng.random((b, heads, t, t)) < 0.5) * 2.0 if dropped else None
    fused = ours(lambda x: self_attention(x, heads, mask, keep), [qkv])
    composite = ours(lambda x: self_attention_composite(x, heads, mask, keep), [qkv])
    same(fused, composite, rtol=0, atol=1e-12)


def test_rows_of_weights_sum_to_one_and_masked_keys_get_none():
    rng = np.random.default_rng(2)
    q, k = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    weights = attention_weights(q, k, causal_mask(4))
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert not weights[causal_mask(4)].any() and (weights[~causal_mask(4)] > 0).all()
    np.testing.assert_allclose(attention_weights(1000 * q, k).sum(axis=1), 1)  # nothing overflows


def test_a_later_token_changes_nothing_before_it_under_a_causal_mask():
    rng = np.random.default_rng(3)
    block = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, rng=rng).eval()
    x = rng.normal(size=(1, 6, 8))
    changed = x.copy()
    changed[:, 4] += 1
    a, b = (block(v, src_mask=causal_mask(6)).data for v in (x, changed))
    np.testing.assert_array_equal(a[:, :4], b[:, :4])
    assert (a[:, 4:] != b[:, 4:]).any(axis=2).all()


def test_forward_mode_and_second_derivatives():
    rng = np.random.default_rng(4)
    arrays, tangents = ([rng.normal(size=(3, 2)) for _ in range(3)] for _ in range(2))
    _, dy = jvp(attention, tuple(arrays), tuple(tangents))
    tensors = [Tensor(a, requires_grad=True) for a in arrays]
    weights = rng.normal(size=dy.shape)
    attention(*tensors).backward(weights)
    inner = sum((t.grad * v).sum() for t, v in zip(tensors, tangents, strict=True))
    np.testing.assert_allclose((weights * dy).sum(), inner, rtol=1e-10)

    q, k, v = arrays
    along = tangents[0]
    got = grad(lambda a: (grad(lambda b: (attention(b, k, v) ** 2).sum())(a) * along).sum())(q)
    qt, kt, vt = (torch.tensor(a) for a in arrays)
    qt.requires_grad_()
    y = (torch.softmax(qt @ kt.T / math.sqrt(2), -1) @ vt).square().sum()
    (first,) = torch.autograd.grad(y, qt, create_graph=True)
    (second,) = torch.autograd.grad((first * torch.tensor(along)).sum(), qt)
    np.testing.assert_allclose(got, second.numpy(), **TOLERANCE)


def pair_of_modules(name, *args, **options):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        reference = getattr(torch.nn, name)(*args, **options).double()
        for p in reference.parameters():
            torch.nn.init.normal_(p, std=0.3)  # biases too, which start at 0
    module = getattr(nn, name)(*args, **options)
    module.load_state_dict(reference.state_dict())
    return module, reference


def same_parameter_gradients(module, reference):
    names = [key for key, _ in reference.named_parameters()]
    assert sorted(key for key, _ in module.named_parameters()) == sorted(names)
    mine = dict(module.named_parameters())
    for key, p in reference.named_parameters():
        np.testing.assert_allclose(mine[key].grad, p.grad.numpy(), err_msg=key, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("need_weights", [False, True])
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("cross", [False, True])
@pytest.mark.parametrize("masks", ["none", "causal", "each head", "padding", "both"])
@pytest.mark.parametrize("sizes", [(1, 1, 1), (2, 5, 4)])
def test_multihead_attention_equals_torch(need_weights, batch_first, cross, masks, sizes):
    batch, t, s = sizes
    s = s if cross else t
    module, reference = pair_of_modules("MultiheadAttention", 8, 2, batch_first=batch_first)
    rng = np.random.default_rng(5)
    shapes = [(batch, t, 8), (batch, s, 8), (batch, s, 8)][: 3 if cross else 1]
    arrays = [rng.normal(size=shape if batch_first else (shape[1], shape[0], 8)) for shape in shapes]
    options = {}
    if masks in ("causal", "both"):
        options["attn_mask"] = causal_mask(max(t, s))[:t, :s]
    elif masks == "each head":
        options["attn_mask"] = random_mask(rng, batch * 2, t, s)
    if masks in ("padding", "both"):
        options["key_padding_mask"] = random_mask(rng, batch, s)
    kept = []

    def call(layer, as_mask):
        def run(*inputs):
            q, k, v = inputs if cross else inputs * 3
            masks = {key: as_mask(value) for key, value in options.items()}
            out, weights = layer(q, k, v, need_weights=need_weights, **masks)
            kept.append(weights)
            return out

        return run

    same(ours(call(module, np.asarray), arrays), theirs(call(reference, torch.tensor), arrays), **TOLERANCE)
    same_parameter_gradients(module, reference)
    if need_weights:
        np.testing.assert_allclose(kept[0].data, kept[1].detach().numpy(), **TOLERANCE)
    else:
        assert kept == [None, None]


def test_weights_of_each_head_and_their_gradient():
    module, reference = pair_of_modules("MultiheadAttention", 6, 3, bias=False, batch_first=True)
    x = np.random.default_rng(6).normal(size=(2, 4, 6))

    def call(layer):
        return lambda a: layer(a, a, a, average_attn_weights=False)[1]

    mine, yours = ours(call(module), [x]), theirs(call(reference), [x])
    assert mine[0].shape == (2, 3, 4, 4)
    same(mine, yours, **TOLERANCE)


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("sizes", [(1, 1), (2, 5)])
def test_encoder_layer_equals_torch(norm_first, activation, batch_first, masked, sizes):
    options = {"dim_feedforward": 12, "dropout": 0.0, "activation": activation}
    module, reference = pair_of_modules(
        "TransformerEncoderLayer", 8, 2, **options, batch_first=batch_first, norm_first=norm_first
    )
    batch, t = sizes
    rng = np.random.default_rng(7)
    x = rng.normal(size=(batch, t, 8) if batch_first else (t, batch, 8))
    masks = (causal_mask(t), random_mask(rng, batch, t)) if masked else (None, None)
    other = [None if m is None else torch.tensor(m) for m in masks]
    same(ours(lambda a: module(a, *masks), [x]), theirs(lambda a: reference(a, *other), [x]), **TOLERANCE)
    same_parameter_gradients(module, reference)


def test_dropout_acts_in_training_alone_and_follows_the_generator():
    x = np.random.default_rng(8).normal(size=(2, 3, 8))

    def made(p):
        return nn.TransformerEncoderLayer(8, 2, 12, p, batch_first=True, rng=np.random.default_rng(1))

    a, b, none = made(0.5), made(0.5), made(0.0)
    np.testing.assert_array_equal(a(x).data, b(x).data)
    assert (a(x).data != none(x).data).any()
    np.testing.assert_allclose(a.eval()(x).data, none(x).data, rtol=1e-14)
    layer = nn.MultiheadAttention(8, 2, dropout=0.5, batch_first=True, rng=np.random.default_rng(2))
    _, weights = layer(x, x, x, average_attn_weights=False)
    assert 0.2 < (weights.data == 0).mean() < 0.8


def test_float32_stays():
    x = np.random.default_rng(8).normal(size=(2, 3, 8)).astype(np.float32)
    block = nn.TransformerEncoderLayer(8, 2, 12, 0.1, batch_first=True).float()
    y = block(x, causal_mask(3))
    y.sum().backward()
    assert y.dtype == np.float32 and all(p.grad.dtype == np.float32 for p in block.parameters())


def test_positional_encoding_by_its_formula():
    table = positional_encoding(7, 6)
    for t in range(7):
        for i in range(3):
            angle = t / 10000 ** (2 * i / 6)
            np.testing.assert_allclose(table[t, 2 * i : 2 * i + 2], [math.sin(angle), math.cos(angle)], atol=1e-14)


def test_errors_name_layer_and_shapes():
    x = np.ones((2, 3, 8))
    with pytest.raises(ShapeError, match=r"query \(2, 3\), key \(2, 4\), .* equally many features"):
        attention(np.ones((2, 3)), np.ones((2, 4)), np.ones((2, 4)))
    with pytest.raises(ShapeError, match="a value for each key"):
        attention(np.ones((2, 3)), np.ones((2, 3)), np.ones((3, 3)))
    with pytest.raises(ShapeError, match="equal leading axes"):
        attention(np.ones((1, 2, 3)), np.ones((2, 2, 3)), np.ones((2, 2, 3)))
    with pytest.raises(ShapeError, match=r"mask of shape \(4, 4\) does not fit scores of shape \(3, 3\)"):
        attention(np.ones((3, 2)), np.ones((3, 2)), np.ones((3, 2)), causal_mask(4))
    with pytest.raises(ValueError, match="leaves a query no key"):
        attention(np.ones((3, 2)), np.ones((3, 2)), np.ones((3, 2)), np.ones((3, 3), bool))
    layer = nn.MultiheadAttention(8, 2, batch_first=True)
    with pytest.raises(ShapeError, match=r"MultiheadAttention.*query of shape \(2, 3, 7\), expected \(B, T, 8\)"):
        layer(x[..., :7], x, x)
    with pytest.raises(ShapeError, match=r"key_padding_mask of shape \(3, 2\), expected \(2, 3\)"):
        layer(x, x, x, key_padding_mask=np.zeros((3, 2), bool))
    with pytest.raises(ShapeError, match=r"attn_mask of shape \(2, 2\), expected \(3, 3\) or \(4, 3, 3\)"):
        layer(x, x, x, attn_mask=causal_mask(2))
    with pytest.raises(ValueError, match="num_heads: expected a divisor of embed_dim 8, got 3"):
        nn.MultiheadAttention(8, 3)
    with pytest.raises(ValueError, match="activation: expected 'relu' or 'gelu', got 'tanh'"):
        nn.TransformerEncoderLayer(8, 2, activation="tanh")
    with pytest.raises(ShapeError, match=r"expected \(B, T, 3 D\) with D divisible by 2"):
        self_attention(np.ones((1, 3, 9)), 2)
    with pytest.raises(ValueError, match="even"):
        positional_encoding(3, 5)


def test_integers_are_numbers():
    q, k, v = np.array([[1, 0], [0, 2]]), np.array([[1, 1], [0, 3]]), np.array([[1], [3]])
    want = attention(q.astype(float), k.astype(float), v.astype(float), causal_mask(2))
    np.testing.assert_allclose(attention(q, k, v, causal_mask(2)), want, rtol=1e-14)

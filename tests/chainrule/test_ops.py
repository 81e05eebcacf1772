"""Every array operation: central differences, both modes against each other, and PyTorch in float64."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import array_shapes, mutually_broadcastable_shapes

import chainrule
from chainrule import ShapeError, Tensor, grad, hessian, jvp, ops
from chainrule.check import central_difference, check_adjoint, check_grad
from chainrule.rules import RULES

MASK = np.array([[True, False, True], [False, False, True]])
ROWS = np.array([[1, 1], [0, 1]])

# name -> (shapes of the operands, the operation here, the operation in PyTorch)
CASES = {
    "matmul": ([(2, 3), (3, 4)], lambda a, b: a @ b, lambda t, a, b: a @ b),
    "matmul vectors": ([(3,), (3,)], ops.matmul, lambda t, a, b: a @ b),
    "matmul vector left": ([(3,), (3, 2)], ops.matmul, lambda t, a, b: a @ b),
    "matmul vector right": ([(2, 3), (3,)], ops.matmul, lambda t, a, b: a @ b),
    "matmul vector left of a stack": ([(3,), (5, 3, 2)], ops.matmul, lambda t, a, b: a @ b),
    "matmul vector right of a stack": ([(5, 2, 3), (3,)], ops.matmul, lambda t, a, b: a @ b),
    "matmul stack by matrix": ([(5, 2, 3), (3, 4)], ops.matmul, lambda t, a, b: a @ b),
    "matmul matrix by stack": ([(2, 3), (5, 3, 4)], ops.matmul, lambda t, a, b: a @ b),
    "matmul stacks": ([(1, 5, 2, 3), (4, 1, 3, 2)], ops.matmul, lambda t, a, b: a @ b),
    "matmul without rows": ([(0, 3), (3, 4)], ops.matmul, lambda t, a, b: a @ b),
    "matmul without inner size": ([(4, 2, 0), (0, 3)], ops.matmul, lambda t, a, b: a @ b),
    "sum": ([(2, 3)], lambda a: a.sum(), lambda t, a: a.sum()),
    "sum over an axis": ([(2, 3, 4)], lambda a: a.sum(axis=1), lambda t, a: a.sum(1)),
    "sum over axes": ([(2, 3, 4)], lambda a: a.sum(axis=(0, -1)), lambda t, a: a.sum((0, -1))),
    "sum keeping the axis": ([(2, 3)], lambda a: a.sum(axis=-1, keepdims=True), lambda t, a: a.sum(-1, keepdim=True)),
    "sum of nothing": ([(0, 3)], lambda a: a.sum(axis=0), lambda t, a: a.sum(0)),
    "mean": ([(2, 3)], lambda a: a.mean(), lambda t, a: a.mean()),
    "mean over axes": ([(2, 3, 4)], lambda a: a.mean(axis=(0, 2)), lambda t, a: a.mean((0, 2))),
    "max": ([(2, 3)], lambda a: a.max(), lambda t, a: a.max()),
    "max over an axis": ([(2, 3, 4)], lambda a: a.max(axis=1), lambda t, a: a.amax(1)),
    "max over axes": ([(2, 3, 4)], lambda a: a.max(axis=(0, 1)), lambda t, a: a.amax((0, 1))),
    "min": ([(2, 3)], lambda a: a.min(axis=-1, keepdims=True), lambda t, a: a.amin(-1, keepdim=True)),
    "norm": ([(2, 3)], ops.norm, lambda t, a: a.norm()),
    "norm over an axis": ([(2, 3)], lambda a: ops.norm(a, axis=1), lambda t, a: a.norm(dim=1)),
    "norm keeping the axis": ([(2, 3)], lambda a: ops.norm(a, 0, True), lambda t, a: a.norm(dim=0, keepdim=True)),
    "reshape": ([(2, 6)], lambda a: a.reshape(3, -1), lambda t, a: a.reshape(3, -1)),
    "reshape to a number": ([(1, 1)], lambda a: a.reshape(()), lambda t, a: a.reshape(())),
    "transpose": ([(2, 3, 4)], lambda a: a.T, lambda t, a: a.permute(2, 1, 0)),
    "transpose in an order": ([(2, 3, 4)], lambda a: a.transpose(1, -1, 0), lambda t, a: a.permute(1, -1, 0)),
    "swapaxes": ([(2, 3, 4)], lambda a: a.swapaxes(-1, 0), lambda t, a: a.swapaxes(-1, 0)),
    "broadcast_to": ([(3, 1)], lambda a: ops.broadcast_to(a, (2, 3, 4)), lambda t, a: a.broadcast_to(2, 3, 4)),
    "index": ([(4, 3)], lambda a: a[1], lambda t, a: a[1]),
    "slice": ([(4, 3)], lambda a: a[1:, ::2], lambda t, a: a[1:, ::2]),
    "new axis and ellipsis": ([(4, 3)], lambda a: a[None, ..., 1], lambda t, a: a[None, ..., 1]),
    "integer array": ([(4, 3)], lambda a: a[[3, 3, 0]], lambda t, a: a[[3, 3, 0]]),
    "pairs of integer arrays": (
        [(4, 3)],
        lambda a: a[np.arange(2), np.array([2, 2])],
        lambda t, a: a[t.arange(2), t.tensor([2, 2])],
    ),
    "boolean array": ([(2, 3)], lambda a: a[MASK], lambda t, a: a[t.tensor(MASK)]),
    "embedding": (
        [(3, 4)],
        lambda a: ops.embedding(a, ROWS),
        lambda t, a: t.nn.functional.embedding(t.tensor(ROWS), a),
    ),
    "concat": (
        [(2, 3), (2, 1), (2, 2)],
        lambda *xs: ops.concat(xs, axis=-1),
        lambda t, *xs: t.cat(xs, dim=-1),
    ),
    "stack": ([(2, 3), (2, 3)], lambda *xs: ops.stack(xs, axis=-1), lambda t, *xs: t.stack(xs, dim=-1)),
    "where": ([(2, 3), (3,)], lambda a, b: ops.where(MASK, a, b), lambda t, a, b: t.where(t.tensor(MASK), a, b)),
    "softmax": ([(2, 3)], ops.softmax, lambda t, a: a.softmax(-1)),
    "softmax over the first axis": ([(2, 3)], lambda a: ops.softmax(a, axis=0), lambda t, a: a.softmax(0)),
    "log_softmax": ([(2, 3)], ops.log_softmax, lambda t, a: a.log_softmax(-1)),
    "logsumexp": ([(2, 3)], ops.logsumexp, lambda t, a: a.logsumexp(-1)),
    "logsumexp over axes": (
        [(2, 3, 2)],
        lambda a: ops.logsumexp(a, (0, 1), keepdims=True),
        lambda t, a: a.logsumexp((0, 1), keepdim=True),
    ),
}


def operands(name, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in CASES[name][0]]


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


@pytest.mark.parametrize("name", CASES)
def test_against_central_differences(name):
    check_grad(CASES[name][1], *operands(name), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_forward_and_reverse_mode_are_adjoint(name):
    check_adjoint(CASES[name][1], *operands(name), rng=np.random.default_rng(1), rtol=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_against_pytorch(torch, name):
    arrays, (_, ours, theirs) = operands(name), CASES[name]
    leaves = [Tensor(a, requires_grad=True) for a in arrays]
    out = ours(*leaves)
    in_torch = [torch.tensor(a, requires_grad=True) for a in arrays]
    want = theirs(torch, *in_torch)
    np.testing.assert_allclose(out.data, want.detach().numpy(), rtol=1e-9, atol=1e-14)
    v = np.random.default_rng(2).normal(size=out.shape)
    out.backward(v)
    want.backward(torch.tensor(v))
    for leaf, other in zip(leaves, in_torch, strict=True):
        np.testing.assert_allclose(leaf.grad, other.grad.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_arrays_in_arrays_out(name):
    arrays, (_, ours, _) = operands(name), CASES[name]
    out = ours(*arrays)
    assert isinstance(out, (np.ndarray, np.generic))
    np.testing.assert_array_equal(out, ours(*map(Tensor, arrays)).data)


@pytest.mark.parametrize("name", [n for n in CASES if "without" not in n and "nothing" not in n])
def test_second_derivatives(name):
    arrays, (_, ours, _) = operands(name), CASES[name]

    def f(a):
        return (ours(a, *arrays[1:]) ** 3).sum()

    second = np.asarray(central_difference(grad(f), arrays[0]))
    np.testing.assert_allclose(hessian(f)(arrays[0]), second, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_float32_stays_float32(name):
    arrays, (_, ours, _) = operands(name), CASES[name]
    leaves = [Tensor(a.astype(np.float32), requires_grad=True) for a in arrays]
    out = ours(*leaves)
    assert out.dtype == np.float32
    out.backward(np.ones(out.shape))
    assert all(leaf.grad.dtype == np.float32 for leaf in leaves)


@pytest.mark.parametrize("name", [n for n in sorted(RULES) if len(RULES[n].partials) == 1])
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), shape=array_shapes(min_dims=0, max_dims=3, max_side=4))
def test_elementwise_against_pytorch(name, seed, shape):
    torch = pytest.importorskip("torch")
    positive = name in ("log", "sqrt", "log1p", "reciprocal")
    x = np.random.default_rng(seed).uniform(0.1 if positive else -3, 3, shape)
    functional = torch.nn.functional
    other = {
        "gelu": functional.gelu,
        "softplus": functional.softplus,
        "logsigmoid": functional.logsigmoid,
    }.get(name) or getattr(torch, {"absolute": "abs", "negative": "neg", "arctan": "atan"}.get(name, name))
    ours, theirs = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    out, want = getattr(chainrule, name)(ours), other(theirs)
    np.testing.assert_allclose(out.data, want.detach().numpy(), rtol=1e-9, atol=1e-15)
    out.backward(np.ones(shape))
    want.backward(torch.ones(shape, dtype=torch.float64))
    np.testing.assert_allclose(ours.grad, theirs.grad.numpy(), rtol=1e-9, atol=1e-14)
    check_adjoint(getattr(chainrule, name), x, rng=np.random.default_rng(seed))


@pytest.mark.parametrize("name", [n for n in sorted(RULES) if len(RULES[n].partials) == 2])
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6), shapes=mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3))
def test_elementwise_of_two_against_pytorch(name, seed, shapes):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(seed)
    arrays = [rng.uniform(0.3, 3, shape) for shape in shapes.input_shapes]
    other = getattr(torch, {"power": "pow"}.get(name, name))
    ours, theirs = [Tensor(a, True) for a in arrays], [torch.tensor(a, requires_grad=True) for a in arrays]
    out, want = getattr(chainrule, name)(*ours), other(*theirs)
    np.testing.assert_allclose(out.data, want.detach().numpy(), rtol=1e-12)
    v = rng.normal(size=out.shape)
    out.backward(v)
    want.backward(torch.tensor(v))
    for mine, yours in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine.grad, yours.grad.numpy(), rtol=1e-9, atol=1e-12)
    check_adjoint(getattr(chainrule, name), *arrays, rng=rng)


def test_elementwise_ties_as_in_pytorch(torch):
    values = np.array([1.0, 2.0, 2.0])
    for name in ("maximum", "minimum"):
        a, b = Tensor(values, True), Tensor(np.full(3, 2.0), True)
        getattr(chainrule, name)(a, b).sum().backward()
        ta, tb = (
            torch.tensor(values, requires_grad=True),
            torch.full((3,), 2.0, dtype=torch.float64, requires_grad=True),
        )
        getattr(torch, name)(ta, tb).sum().backward()
        np.testing.assert_array_equal(a.grad, ta.grad.numpy())
        np.testing.assert_array_equal(b.grad, tb.grad.numpy())


def test_ties_of_max_share_evenly():
    x = Tensor([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]], requires_grad=True)
    x.max(axis=1).sum().backward()
    np.testing.assert_allclose(x.grad, [[0, 0.5, 0.5], [1 / 3, 1 / 3, 1 / 3]], rtol=1e-15)


def test_norm_at_zero_has_gradient_zero():
    x = Tensor([[0.0, 0.0], [3.0, 4.0]], requires_grad=True)
    with np.errstate(all="raise"):
        y = ops.norm(x, axis=1)
        y.sum().backward()
    np.testing.assert_array_equal(y.data, [0, 5])
    np.testing.assert_array_equal(x.grad, [[0, 0], [0.6, 0.8]])


def test_an_infinite_gradient_stays_out_of_the_branch_not_taken():
    x = Tensor([0.0, 4.0], requires_grad=True)
    with np.errstate(divide="ignore"):
        ops.where(x > 0, chainrule.sqrt(ops.where(x > 0, x, 1.0)), 0.0).sum().backward()
    np.testing.assert_array_equal(x.grad, [0.0, 0.25])


def test_softmax_of_huge_entries():
    x = np.array([1e4, 1e4 - 1, -1e4])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert ops.softmax(x).sum() == pytest.approx(1)
        np.testing.assert_allclose(ops.log_softmax(x)[:2], np.log(ops.softmax(x)[:2]), rtol=1e-12)
        assert ops.logsumexp(x) == pytest.approx(1e4 + np.log1p(np.exp(-1)))


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (
            lambda: ops.matmul(np.ones((3, 4)), Tensor(np.ones((3, 4)))),
            r"matmul: \(3, 4\) @ \(3, 4\): inner sizes 4 and 3",
        ),
        (lambda: ops.matmul(Tensor(2.0), np.ones((3, 4))), r"matmul: \(\) @ \(3, 4\): operands need at least one axis"),
        (lambda: ops.matmul(np.ones((2, 3, 4)), Tensor(np.ones((5, 4, 3)))), r"matmul: \(2, 3, 4\) and \(5, 4, 3\)"),
        (lambda: Tensor(np.ones((3, 4))) + np.ones(3), r"add: shapes \(3, 4\) and \(3,\) do not broadcast"),
        (lambda: Tensor(np.ones((3, 4))).reshape(5), r"reshape: \(3, 4\): cannot reshape array of size 12"),
        (lambda: Tensor(np.ones((3, 4))).transpose(0, 0), r"transpose: \(3, 4\): repeated axis"),
        (lambda: Tensor(np.ones((3, 4))).sum(axis=2), r"sum: \(3, 4\): axis 2 is out of bounds"),
        (lambda: Tensor(np.ones((0, 4))).max(), r"max: \(0, 4\): zero-size array"),
        (lambda: ops.concat([Tensor(np.ones((2, 3))), np.ones((3, 2))]), r"concat: \(2, 3\) and \(3, 2\)"),
        (lambda: ops.concat([]), "concat: expected at least one array, got none"),
        (lambda: ops.stack([Tensor(np.ones(2)), Tensor(np.ones(3))]), r"stack: \(2,\) and \(3,\)"),
        (lambda: ops.stack([]), "stack: expected at least one array, got none"),
        (lambda: ops.broadcast_to(Tensor(np.ones(3)), (2,)), r"broadcast_to: \(3,\)"),
    ],
)
def test_shape_errors_name_operation_and_shapes(attempt, message):
    with pytest.raises(ShapeError, match=message):
        attempt()


def test_lists_and_numbers_are_arrays():
    assert ops.matmul([[1.0, 2.0]], [[1.0], [2.0]]).item() == 5.0
    assert ops.softmax([0.0, 0.0])[0] == 0.5
    assert ops.logsumexp([0.0]) == ops.log_softmax([0.0])[0] == 0.0
    assert ops.reshape([1, 2], (2, 1)).shape == ops.transpose([[1, 2]]).shape == (2, 1)
    assert ops.sum(2.0) == ops.mean(2.0) == ops.max([1.0, 2.0]) == ops.norm(2.0) == 2.0
    assert ops.sum(Tensor(1.0), axis=0).shape == ()
    assert ops.stack([1.0, Tensor(2.0)]).shape == (2,)
    assert ops.getitem([1, 2], 0) == 1


def test_other_bad_input():
    weight = Tensor(np.ones((3, 2)), requires_grad=True)
    with pytest.raises(IndexError, match="embedding: index 3 is out of range for 3 rows"):
        ops.embedding(weight, [0, 3])
    with pytest.raises(IndexError, match="embedding: index -1 is out of range for 3 rows"):
        ops.embedding(weight, [-1])
    with pytest.raises(TypeError, match="embedding: expected index to hold integers, got dtype float64"):
        ops.embedding(weight, [0.5])
    with pytest.raises(IndexError, match=r"getitem: \(3, 2\): index 5 is out of bounds"):
        weight[5]
    with pytest.raises(TypeError, match="matmul: pass b by position"):
        ops.matmul(np.ones((2, 3)), b=weight)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), shape=array_shapes(min_dims=1, max_dims=3, max_side=3))
def test_scatter_adds_rows_as_a_loop_would(seed, shape):
    rng = np.random.default_rng(seed)
    index = rng.integers(-4, 4, shape)
    rows = rng.normal(size=(*shape, 2, 3))
    want = np.zeros((4, 2, 3))
    for i in np.ndindex(shape):
        want[index[i]] += rows[i]
    np.testing.assert_allclose(ops.scatter(rows, index, (4, 2, 3)), want, rtol=1e-12, atol=1e-14)
    small = index.astype(np.int8)
    np.testing.assert_allclose(ops.scatter(rows, small, (4, 2, 3)), want, rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(ops.scatter(rows[:0], index[:0], (4, 2, 3)), np.zeros((4, 2, 3)))


def test_gradients_of_embedding_add_up_for_repeated_rows():
    weight = Tensor(np.zeros((3, 2)), requires_grad=True)
    ops.embedding(weight, Tensor(np.array([1, 1, 2]))).backward(np.array([[1.0, 2.0], [10.0, 20.0], [5.0, 6.0]]))
    np.testing.assert_array_equal(weight.grad, [[0, 0], [11, 22], [5, 6]])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: ops.max(x * x, axis=1),
        lambda x: ops.min(x, axis=0),
        lambda x: ops.where(MASK, x, 0),
        lambda x: ops.concat([x, x * x], axis=1),
        lambda x: ops.stack([x, 3 * x]),
        lambda x: ops.norm(x, axis=1),
        lambda x: ops.softmax(x),
    ],
)
def test_forward_mode_of_integers_is_that_of_the_same_numbers(f):
    x, t = np.array([[1, 3, 3], [-2, 0, 3]]), np.array([[1.0, 2.0, 5.0], [-1.0, 0.5, 4.0]])
    value, tangent = jvp(f, (x,), (t,))
    want = jvp(f, (x.astype(float),), (t,))
    np.testing.assert_allclose(value, want[0], rtol=1e-14)
    np.testing.assert_allclose(tangent, want[1], rtol=1e-14)


def test_conversion_to_integers_has_derivative_zero():
    x = np.array([1.7, -0.4])
    value, tangent = jvp(lambda x: ops.astype(x, int), (x,), (np.array([1.5, 2.5]),))
    assert value.tolist() == [1, 0] and tangent.tolist() == [0.0, 0.0]
    assert grad(lambda x: (x * x.astype(int)).sum())(x).tolist() == [1.0, 0.0]
    narrow = jvp(lambda x: ops.astype(x, np.float32), (x,), (np.array([1.5, 2.5]),))[1]
    assert narrow.dtype == np.float32 and narrow.tolist() == [1.5, 2.5]


def test_logsumexp_of_infinite_entries():
    low = np.array([-np.inf, -np.inf])
    with np.errstate(divide="ignore", invalid="raise"):
        assert ops.logsumexp(low) == -np.inf and ops.logsumexp(-low) == np.inf
    with np.errstate(all="raise"):
        assert ops.logsumexp(np.array([-np.inf, 2.0])) == 2.0
        assert grad(ops.logsumexp)(np.array([-np.inf, 2.0])).tolist() == [0.0, 1.0]

"""The array tape: gradients, broadcasting, dtypes, `primitive`, and errors a user can act on."""

import copy
import pickle

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import mutually_broadcastable_shapes

import chainrule
from chainrule import Dual, ShapeError, Tensor, Value, debug, grad, hessian, jvp, no_grad, ops
from chainrule.check import check_adjoint, check_grad
from chainrule.primitives import primitive


def test_attributes():
    x = Tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    assert (x.shape, x.ndim, x.size, x.dtype, len(x)) == ((1, 3), 2, 3, np.float64, 1)
    assert x.T.shape == (3, 1)
    assert x.numpy() is x.data
    assert x.grad is None
    assert not x.detach().requires_grad
    assert x.detach().data is x.data
    assert x[0, 1].item() == 2.0
    assert float(x[0, 2]) == 3.0
    assert [row.shape for row in x] == [(3,)]
    assert repr(x) == "Tensor([[1., 2., 3.]], requires_grad=True)"
    assert repr(Tensor(2.0)) == f"{Tensor(2.0)}" == "Tensor(2.)"
    assert f"{Tensor([2.0]):.3f}" == "2.000"
    np.testing.assert_array_equal(np.asarray(Tensor([1, 2])), [1, 2])
    np.testing.assert_array_equal(x > 1.5, [[False, True, True]])
    np.testing.assert_array_equal(x == Tensor([[1.0, 0.0, 3.0]]), [[True, False, True]])
    assert Tensor(1.0) < 2.0
    assert Tensor(1.0) != 2.0


def test_data_are_kept_not_copied():
    array = np.ones(3)
    assert Tensor(array).data is array


@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (lambda x: x + 2, 1),
        (lambda x: 2 + x, 1),
        (lambda x: x - 2, 1),
        (lambda x: 2 - x, -1),
        (lambda x: 3 * x, 3),
        (lambda x: x * 3, 3),
        (lambda x: x / 4, 0.25),
        (lambda x: 4 / x, -1),
        (lambda x: x**2, 4),
        (lambda x: x**-1, -0.25),
        (lambda x: x**0, 0),
        (lambda x: 2**x, 4 * np.log(2)),
        (lambda x: -x, -1),
        (lambda x: +x, 1),
        (lambda x: abs(x), 1),
        (lambda x: x.exp() / x.exp() + x.log(), 0.5),
        (lambda x: x.sqrt(), 0.5 / np.sqrt(2)),
        (lambda x: x.relu() + x.tanh() - x.tanh() + x.sigmoid() - x.sigmoid(), 1),
        (lambda x: np.array([2.0, 2.0]) * x, 2),
        (lambda x: x * np.array([2.0, 2.0]), 2),
        (lambda x: np.array([2.0, 2.0]) - x, -1),
        (lambda x: x * [5, 5], 5),
        (lambda x: np.float64(3.0) * x, 3),
        (lambda x: np.eye(2) @ x, 1),
        (lambda x: x @ np.eye(2), 1),
    ],
)
def test_operators_on_both_sides(f, slope):
    x = Tensor([2.0, 2.0], requires_grad=True)
    y = f(x)
    assert isinstance(y, Tensor)
    y.sum().backward()
    np.testing.assert_allclose(x.grad, [slope, slope], rtol=1e-13, atol=1e-14)


@settings(max_examples=40, deadline=None)
@given(shapes=mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=3), seed=st.integers(0, 999))
def test_gradients_have_the_shape_of_what_was_broadcast(shapes, seed):
    rng = np.random.default_rng(seed)
    arrays = [rng.normal(size=shape) for shape in shapes.input_shapes]
    leaves = [Tensor(a, requires_grad=True) for a in arrays]
    a, b, c = leaves
    out = a * b - c + a
    v = rng.normal(size=out.shape)
    out.backward(v)

    def summed(array, shape):
        while array.ndim > len(shape):
            array = array.sum(axis=0)
        for axis, n in enumerate(shape):
            if n == 1:
                array = array.sum(axis=axis, keepdims=True)
        return array

    b_full = np.broadcast_to(arrays[1], out.shape)
    a_full = np.broadcast_to(arrays[0], out.shape)
    for leaf, want in zip(leaves, (v * (b_full + 1), v * a_full, -v), strict=True):
        np.testing.assert_allclose(leaf.grad, summed(want, leaf.shape), rtol=1e-10, atol=1e-12)
        assert leaf.grad.shape == leaf.shape


@pytest.mark.parametrize("scalar", [2, 2.0, np.float64(2.0), np.float32(2.0), np.int64(2), np.array(2.0), True])
def test_scalars_do_not_change_the_dtype(scalar):
    x = Tensor(np.ones(3, np.float32), requires_grad=True)
    for y in (x * scalar, scalar * x, x + scalar, scalar - x, x / scalar, x**scalar, chainrule.maximum(x, scalar)):
        assert y.dtype == np.float32
    total = (x * scalar).sum() / scalar  # a result without axes
    assert (total.dtype, (total * 3.0).dtype, (np.float64(1) + total).dtype) == (np.float32,) * 3
    total.backward()
    assert x.grad.dtype == np.float32


def test_gradients_take_the_dtype_of_the_leaf():
    w = Tensor(np.ones((2, 2), np.float32), requires_grad=True)
    y = w @ np.ones(2)  # float64 data
    assert y.dtype == np.float64
    y.sum().backward()
    assert w.grad.dtype == np.float32


def test_backward_wants_a_gradient_that_fits():
    x = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(ShapeError, match=r"backward: shape \(2,\) needs a gradient; pass one, or reduce to a number"):
        (x * 2).backward()
    with pytest.raises(ShapeError, match=r"backward: the gradient has shape \(3,\), the tensor \(2,\)"):
        (x * 2).backward(np.ones(3))
    (x * 2).backward([1.0, 10.0])
    np.testing.assert_array_equal(x.grad, [2.0, 20.0])
    with pytest.raises(RuntimeError, match="does not require gradients: it was made from constants, or under no_grad"):
        Tensor(1.0).backward()
    leaf = Tensor([3.0], requires_grad=True)
    leaf.backward()
    leaf.backward()
    np.testing.assert_array_equal(leaf.grad, [2.0])


def test_gradients_add_up_over_graphs_until_cleared():
    x = Tensor([1.0, 2.0], requires_grad=True)
    (x * 2).sum().backward()
    first = x.grad
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad, [4.0, 6.0])
    assert x.grad is first  # added in place
    x.grad = None
    (x * 2).sum().backward()
    np.testing.assert_array_equal(x.grad, [2.0, 2.0])


def test_leaves_own_their_gradients():
    a, b = Tensor(np.zeros((2, 2)), requires_grad=True), Tensor(np.zeros((2, 2)), requires_grad=True)
    v = np.ones((2, 2))
    (a + b.reshape(4).reshape(2, 2) + a.T - a).backward(v)
    a.grad += 100
    np.testing.assert_array_equal(b.grad, v)
    np.testing.assert_array_equal(v, np.ones((2, 2)))
    c = Tensor(np.zeros(3), requires_grad=True)
    c.sum().backward()
    c.grad *= 2  # a sum's gradient is a read-only view until the leaf owns it
    np.testing.assert_array_equal(c.grad, [2, 2, 2])


def test_a_second_backward_raises_and_says_why():
    x = Tensor([1.0], requires_grad=True)
    h = x * 2
    y = h.exp()
    y.backward()
    with pytest.raises(RuntimeError, match=r"the graph of this exp is spent.*compute the output again"):
        y.backward()
    with pytest.raises(RuntimeError, match="the graph of this multiply is spent"):
        (h + 1).backward()


def test_no_grad_records_nothing():
    x = Tensor([1.0], requires_grad=True)
    with no_grad():
        y = x * 2
        z = ops.softmax(x)
        with pytest.raises(ZeroDivisionError), no_grad():
            1 / 0  # noqa: B018
        assert not (x * 2).requires_grad
    assert not y.requires_grad
    assert y.node is None
    assert not z.requires_grad
    assert (x * 2).requires_grad


def test_integers_cannot_ask_for_gradients():
    with pytest.raises(TypeError, match=r"gradients need floating-point data, got dtype int64.*\.astype\(float\)"):
        Tensor([1, 2], requires_grad=True)
    assert not (Tensor([1, 2]) * 2).requires_grad
    assert (Tensor([1, 2]) / 2).dtype == np.float64


def test_other_data_are_refused():
    with pytest.raises(TypeError, match="expected numbers of one rectangular shape, got dtype object"):
        Tensor(None)
    with pytest.raises(ValueError, match="inhomogeneous"):
        Tensor([[1.0], [1.0, 2.0]])
    with pytest.raises(TypeError, match="a Tensor combines with numbers, arrays and Tensors, got dtype <U1"):
        Tensor([1.0]) * "a"
    for other in (Dual(1.0, 1.0), Value(1.0)):
        with pytest.raises(TypeError, match="do not mix"):
            Tensor([1.0]) * other
    with pytest.raises(TypeError, match="multiply: the result is complex"):
        Tensor([1.0], requires_grad=True) * 1j
    with pytest.raises(TypeError, match="not assigned to in place: use where or concat"):
        Tensor([1.0])[0] = 2.0
    with pytest.raises(ShapeError, match=r"item: expected a tensor of one entry, got shape \(2,\)"):
        Tensor([1.0, 2.0]).item()
    with pytest.raises(TypeError, match=r"a NumPy function was given a Tensor.*\.detach\(\)\.numpy\(\)"):
        np.asarray(Tensor([1.0], requires_grad=True))
    with pytest.raises(TypeError, match=r"numpy\.concatenate does not take a Tensor"):
        np.concatenate([Tensor([1.0]), Tensor([2.0])])
    with pytest.raises(TypeError):
        len(Tensor(1.0))


def test_copies():
    x = Tensor([1.0, 2.0], requires_grad=True)
    for y in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert y.requires_grad
        assert y.data is not x.data
        np.testing.assert_array_equal(y.data, x.data)


# ---- primitive ------------------------------------------------------------------------------------------------------


@primitive
def scaled_cube(x, y, power=3):
    """x^power y, written by hand."""
    return x**power * y, (lambda g: g * power * x ** (power - 1) * y, lambda g: g * x**power)


@primitive
def polar(r, angle):
    """Two outputs and one pullback for both arguments."""
    c, s = chainrule.cos(angle), chainrule.sin(angle)

    def pullback(g, needs):
        dx, dy = g
        return (
            dx * c + dy * s if needs[0] else None,
            (dy * c - dx * s) * r if needs[1] else None,
        )

    return (r * c, r * s), pullback


@primitive
def on_arrays_alone(x):
    return np.exp(x), (lambda g: np.multiply(g, np.exp(x)),)


def test_primitive_on_arrays_tensors_and_duals():
    x, y = np.array([1.0, 2.0]), np.array([[3.0], [4.0]])
    assert type(scaled_cube(x, y)) is np.ndarray
    assert scaled_cube.__doc__ == "x^power y, written by hand."
    check_grad(scaled_cube, x, y)
    check_grad(lambda x, y: scaled_cube(x, y, power=2), x, y)
    check_grad(lambda x, y: scaled_cube(x, y, 2), x, y)
    check_adjoint(scaled_cube, x, y, rng=np.random.default_rng(0))
    np.testing.assert_allclose(hessian(lambda x: scaled_cube(x, 2.0).sum())(x), np.diag(12 * x))
    assert scaled_cube(Dual(2.0, 1.0), 1.0).tangent == 12.0


def test_primitive_calls_only_the_pullbacks_that_are_needed():
    called = []

    @primitive
    def product(a, b):
        return a * b, (lambda g: called.append("a") or g * b, lambda g: called.append("b") or g * a)

    x = Tensor([1.0], requires_grad=True)
    product(Tensor([2.0]), x).backward()
    assert called == ["b"]
    product(x, x).backward()
    assert called == ["b", "a", "b"]
    np.testing.assert_array_equal(x.grad, [2.0 + 2.0])


def test_primitive_with_several_outputs_and_a_joint_pullback():
    r, angle = np.array([1.0, 2.0]), np.array([0.3, -0.5])
    x, y = polar(r, angle)
    np.testing.assert_allclose(x * x + y * y, r * r)
    both = lambda r, a: chainrule.exp(polar(r, a)[0]) * polar(r, a)[1]  # noqa: E731
    check_grad(both, r, angle)
    check_adjoint(both, r, angle, rng=np.random.default_rng(0))
    check_adjoint(polar, r, angle, rng=np.random.default_rng(0))
    check_grad(lambda r, a: polar(r, a)[1], r, angle)  # one output not used
    leaf = Tensor(r, requires_grad=True)
    x, y = polar(leaf, angle)
    (x + y).sum().backward()
    np.testing.assert_allclose(leaf.grad, np.cos(angle) + np.sin(angle))
    H = hessian(lambda a: (polar(1.0, a)[0]).sum())(angle)
    np.testing.assert_allclose(H, np.diag(-np.cos(angle)), rtol=1e-12)
    with no_grad():
        assert not polar(leaf, angle)[0].requires_grad


def test_primitive_that_computes_with_numpy_alone():
    x = np.array([0.5])
    np.testing.assert_allclose(grad(lambda x: on_arrays_alone(x).sum())(x), np.exp(x))
    with pytest.raises(TypeError, match="on_arrays_alone: its rule is written for arrays alone"):
        grad(lambda x: grad(lambda x: on_arrays_alone(x).sum())(x).sum())(x)
    with pytest.raises(TypeError, match="on_arrays_alone: its rule is written for arrays alone"):
        jvp(on_arrays_alone, (x,), (x,))


def test_primitive_faults_are_named():
    @primitive
    def wrong_shape(a):
        return a * 2, (lambda g: g[:1],)

    with pytest.raises(ShapeError, match=r"wrong_shape: a pullback returned shape \(1,\) for an argument"):
        wrong_shape(Tensor(np.ones(3), requires_grad=True)).sum().backward()

    @primitive
    def refuses(a):
        raise ValueError("no good")

    with pytest.raises(ShapeError, match=r"refuses: \(3,\): no good"):
        refuses(Tensor(np.ones(3)))

    @primitive
    def one_pullback(a, b):
        return a + b, (lambda g: g,)

    with pytest.raises(TypeError, match="one_pullback: argument 1 requires a gradient, but there is no pullback"):
        one_pullback(np.ones(3), Tensor(np.ones(3), requires_grad=True))
    with pytest.raises(TypeError, match="one_pullback: a Tensor and a Dual do not mix"):
        one_pullback(Dual(np.ones(3), 1.0), Tensor(np.ones(3)))


def test_an_argument_without_a_gradient():
    @primitive
    def shifted(a, offset):
        return a + offset, (lambda g: g, None)

    offset = Tensor([1.0], requires_grad=True)
    assert not shifted(np.ones(1), offset).requires_grad
    a = Tensor([1.0], requires_grad=True)
    shifted(a, offset).backward()
    assert offset.grad is None
    np.testing.assert_array_equal(a.grad, [1.0])


# ---- debug ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "f"),
    [
        ("multiply", lambda x, saved: x * saved),
        ("matmul", lambda x, saved: x @ saved),
        ("exp", lambda x, saved: (x * 1.0).exp()),
        ("softmax", lambda x, saved: ops.softmax(x)),
        ("polar", lambda x, saved: polar(saved, x)[0]),
    ],
)
def test_debug_finds_an_array_changed_in_place(name, f):
    x, saved = Tensor(np.ones((2, 2)), requires_grad=True), np.ones((2, 2))
    with debug():
        y = f(x, saved)
        z = y.sum()
    y.data[0, 0] += 1 if name in ("exp", "softmax") else 0
    saved[0, 0] += 1
    with pytest.raises(RuntimeError, match=rf"{name}: an array of shape \(2, 2\) saved for the backward pass"):
        z.backward()


def test_debug_is_silent_otherwise_and_keeps_values_and_gradients():
    x = Tensor([1.0, np.nan, 3.0], requires_grad=True)
    with debug():
        y = x * x
        z = y.sum()
    z.backward()
    np.testing.assert_array_equal(y.node.trace.value, y.data)
    np.testing.assert_array_equal(y.node.trace.grad, [1, 1, 1])
    assert (x * x).node.trace is None


def test_a_fault_that_is_not_of_shapes_is_not_called_one():
    with pytest.raises(ValueError, match=r"power.*negative integer powers"):
        Tensor([1, 2]) ** -1

    @chainrule.custom_derivative(lambda y, x: 1)
    def step(x):
        return 1.0 if x > 0 else 0.0

    with pytest.raises(ValueError, match=r"step\(array of shape \(2,\)\).*truth value"):
        step(Tensor([1.0, 2.0], requires_grad=True))

"""grad, value_and_grad, vjp, jacobian, hessian: against formulas, each other, and PyTorch's transforms."""

import math

import numpy as np
import pytest

import chainrule
from chainrule import (
    ShapeError,
    Tensor,
    attention,
    conv,
    derivative,
    functional,
    grad,
    hessian,
    jacobian,
    jvp,
    losses,
    no_grad,
    ops,
    recurrent,
    value_and_grad,
    vjp,
)
from chainrule.check import central_difference

RNG = np.random.default_rng(0)
X = np.array([[1, 0.5, -0.35], [1, -0.1, 0.1], [1, -1.2, 1]])
Y = np.array([0.0, 0.0, 1.0])
X12 = np.tile(X, (4, 1))


def log_loss(w):
    z = X @ w
    return (chainrule.softplus(z) - Y * z).mean()


def test_logistic_regression_of_the_book():
    w = np.array([0.0, -1.0, 1.0])
    loss, gradient = value_and_grad(log_loss)(w)
    assert loss == pytest.approx(0.4197, abs=5e-5)
    np.testing.assert_allclose(gradient, [0.250, 0.071, -0.050], atol=5e-4)
    np.testing.assert_allclose(gradient, (chainrule.sigmoid(X @ w) - Y) @ X / 3, rtol=1e-12)
    assert log_loss(w - 3 * gradient) == pytest.approx(0.2577, abs=5e-5)
    z = X @ w
    s = chainrule.sigmoid(z)
    np.testing.assert_allclose(hessian(log_loss)(w), (X.T * (s * (1 - s))) @ X / 3, rtol=1e-12)


def test_against_torch_func():
    torch = pytest.importorskip("torch")
    W, x = RNG.normal(size=(4, 3)), RNG.normal(size=3)

    def ours(x):
        return chainrule.tanh(W @ x)

    def theirs(x):
        return torch.tanh(torch.tensor(W) @ x)

    tx = torch.tensor(x)
    np.testing.assert_allclose(jacobian(ours)(x), torch.func.jacrev(theirs)(tx).numpy(), rtol=1e-9)
    np.testing.assert_allclose(
        hessian(lambda x: (ours(x) ** 2).sum())(x),
        torch.func.hessian(lambda x: (theirs(x) ** 2).sum())(tx).numpy(),
        rtol=1e-9,
    )
    t = RNG.normal(size=3)
    value, tangent = jvp(ours, (x,), (t,))
    want = torch.func.jvp(theirs, (tx,), (torch.tensor(t),))
    np.testing.assert_allclose(value, want[0].numpy(), rtol=1e-9)
    np.testing.assert_allclose(tangent, want[1].numpy(), rtol=1e-9)


def test_argnums_and_keyword_arguments():
    def f(a, b, *, c=1.0):
        return (a * b * c).sum()

    a, b = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    np.testing.assert_array_equal(grad(f)(a, b), b)
    np.testing.assert_array_equal(grad(f, argnums=1)(a, b, c=2.0), 2 * a)
    np.testing.assert_array_equal(grad(f, argnums=-1)(a, b), a)
    both = grad(f, argnums=(1, 0))(a, b)
    assert isinstance(both, tuple)
    np.testing.assert_array_equal(both, [a, b])
    with pytest.raises(ValueError, match="argnums names argument 2, but the function was called with 2"):
        grad(f, argnums=2)(a, b)
    with pytest.raises(ValueError, match=r"argnums \(0, -2\) names an argument twice"):
        grad(f, argnums=(0, -2))(a, b)
    with pytest.raises(TypeError, match=r"argnums to be an integer or a tuple of them, got \[0, 1\]"):
        grad(f, argnums=[0, 1])(a, b)


def test_trees_of_parameters():
    params = {"w": RNG.normal(size=(2, 3)), "layers": [RNG.normal(size=2), (0.5, np.ones(1))], "off": None}
    x = RNG.normal(size=3)

    def f(p, x):
        h = p["w"] @ x + p["layers"][0]
        return (chainrule.tanh(h) * p["layers"][1][0]).sum() + p["layers"][1][1].sum() * 2

    value, g = value_and_grad(f)(params, x)
    assert value == pytest.approx(f(params, x))
    assert g.keys() == params.keys()
    assert g["off"] is None
    assert isinstance(g["layers"][1], tuple)
    assert isinstance(g["layers"][1][0], float)
    h = params["w"] @ x + params["layers"][0]
    np.testing.assert_allclose(g["layers"][0], 0.5 * (1 - np.tanh(h) ** 2), rtol=1e-12)
    np.testing.assert_allclose(g["w"], np.outer(g["layers"][0], x), rtol=1e-12)
    assert g["layers"][1][0] == pytest.approx(np.tanh(h).sum())
    np.testing.assert_array_equal(g["layers"][1][1], [2.0])


def test_auxiliary_output():
    def f(x):
        y = x * x
        return y.sum(), {"y": y}

    (value, aux), g = value_and_grad(f, has_aux=True)(np.array([1.0, 2.0]))
    assert value == 5.0
    np.testing.assert_array_equal(aux["y"], [1.0, 4.0])
    assert isinstance(aux["y"], np.ndarray)
    g, aux = grad(f, has_aux=True)(np.array([1.0, 2.0]))
    np.testing.assert_array_equal(g, [2.0, 4.0])
    with pytest.raises(TypeError, match="f must return a pair"):
        grad(lambda x: x.sum(), has_aux=True)(np.ones(2))


def test_python_numbers():
    assert grad(lambda x: x**3)(2.0) == 12.0
    assert type(grad(lambda x: x**3)(2.0)) is float
    assert type(value_and_grad(lambda x: x**3)(2.0)[0]) is float
    assert grad(lambda x: 5.0)(2.0) == 0.0
    assert jacobian(lambda x: x**2)(3.0) == 6.0
    assert hessian(lambda x: x**3)(3.0) == 18.0
    assert grad(lambda x: x if x > 1 else x * x)(0.5) == 1.0


@pytest.mark.parametrize("first", [grad, derivative])
@pytest.mark.parametrize("second", [grad, derivative])
@pytest.mark.parametrize("third", [grad, derivative])
def test_transforms_nest_in_any_order(first, second, third):
    f = lambda x: chainrule.sin(2 * x) * x**2  # noqa: E731
    x = 0.7
    want = -8 * x * x * math.cos(2 * x) - 24 * x * math.sin(2 * x) + 12 * math.cos(2 * x)
    assert first(second(third(f)))(x) == pytest.approx(want, rel=1e-12)


def test_no_perturbation_confusion_in_reverse_mode():
    for outer in (grad, derivative):
        for inner in (grad, derivative):
            assert outer(lambda x: x * inner(lambda y: x + y)(1.0))(1.0) == 1.0  # noqa: B023
            assert outer(lambda x: inner(lambda y: x * y)(3.0))(2.0) == 1.0  # noqa: B023


def test_grad_inside_a_function_of_user_tensors():
    w = Tensor([2.0, 3.0], requires_grad=True)
    # The gradient of sum w x^2 is 2 w x; its sum has the derivative 2 x with respect to w.
    x = np.array([5.0, 7.0])
    grad(lambda x: (w * x * x).sum())(x).sum().backward()
    np.testing.assert_array_equal(w.grad, 2 * x)


def test_constant_tensors_and_detached_ones_do_not_show_in_the_result():
    x, constant = np.array([5.0, 7.0]), Tensor([2.0, 3.0])
    for g in (
        grad(lambda x: (x * constant).sum())(x),
        grad(lambda x: ops.matmul(constant, x))(x),
        grad(lambda x: (x.detach() * x).sum() - ((x - constant) * x.detach()).sum() + (x * constant).sum())(x),
    ):
        assert type(g) is np.ndarray
        np.testing.assert_array_equal(g, constant.data)
    # Detached is constant for every level: d/dx of [d/dy of x y] through a detached x is 0.
    assert grad(lambda x: grad(lambda y: x.detach() * y)(3.0))(2.0) == 0.0


def test_hessian_vector_product_three_ways():
    x, v = RNG.normal(size=4), RNG.normal(size=4)
    f = lambda x: ops.logsumexp(x * x) + (x**4).sum()  # noqa: E731
    H = hessian(f)(x)
    np.testing.assert_allclose(H, central_difference(grad(f), x), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(jvp(grad(f), (x,), (v,))[1], H @ v, rtol=1e-11)
    np.testing.assert_allclose(grad(lambda x: grad(f)(x) @ v)(x), H @ v, rtol=1e-11)
    np.testing.assert_allclose(grad(lambda x: jvp(f, (x,), (v,))[1])(x), H @ v, rtol=1e-11)


def test_jacobian_shapes_and_trees():
    x = RNG.normal(size=(2, 3))
    J = jacobian(lambda x: x.T @ x)(x)
    assert J.shape == (3, 3, 2, 3)
    np.testing.assert_allclose(J, central_difference(lambda x: x.T @ x, x), rtol=1e-7, atol=1e-8)
    tree = jacobian(lambda p: {"y": p["a"] * p["b"], "n": 3.0})({"a": np.ones(2), "b": 2.0})
    np.testing.assert_array_equal(tree["y"]["a"], 2 * np.eye(2))
    np.testing.assert_array_equal(tree["y"]["b"], np.ones(2))
    assert tree["n"]["b"] == 0.0
    assert jacobian(lambda x: x[:0])(np.ones(3)).shape == (0, 3)
    assert jacobian(lambda x: x * 2)(np.ones((0,))).shape == (0, 0)
    pair = jacobian(lambda a, b: a * b, argnums=(0, 1))(np.ones(2), np.full(2, 3.0))
    np.testing.assert_array_equal(pair[1], np.eye(2))
    H = hessian(lambda p: (p["a"] ** 2).sum() * p["b"])({"a": np.ones(2), "b": 2.0})
    np.testing.assert_array_equal(H["a"]["a"], 4 * np.eye(2))
    np.testing.assert_array_equal(H["a"]["b"], [2, 2])
    assert H["b"]["b"] == 0.0


def test_vjp_may_be_used_again():
    value, pullback = vjp(lambda a, b: {"p": a @ b}, np.eye(2), np.ones((2, 1)))
    np.testing.assert_array_equal(value["p"], np.ones((2, 1)))
    for scale in (1.0, 2.0):
        a, b = pullback({"p": np.full((2, 1), scale)})
        np.testing.assert_array_equal(a, np.full((2, 2), scale))
        np.testing.assert_array_equal(b, np.full((2, 1), scale))
    with pytest.raises(ShapeError, match=r"vjp: the cotangent has shape \(2,\), the output \(2, 1\)"):
        pullback({"p": np.ones(2)})


def test_no_grad_inside_stops_and_outside_does_not():
    def f(x):
        with no_grad():
            y = x * x
        return (x * y.data if isinstance(y, Tensor) else x * y).sum()

    x = np.array([2.0, 3.0])
    np.testing.assert_array_equal(grad(f)(x), x * x)
    with no_grad():
        np.testing.assert_array_equal(grad(lambda x: (x * x).sum())(x), 2 * x)
        w = Tensor(x, requires_grad=True)
        assert not grad(lambda x: (w * x).sum())(x).requires_grad


def test_errors_say_what_was_expected():
    with pytest.raises(TypeError, match=r"grad: expected floating-point arguments, got dtype int64: write 3.0 for 3"):
        grad(lambda x: x * x)(3)
    with pytest.raises(ShapeError, match=r"expected f to return one number, got shape \(2,\): reduce it, or use"):
        grad(lambda x: x * x)(np.ones(2))
    with pytest.raises(TypeError, match="expected f to return one number, got tuple"):
        grad(lambda x: (x, x))(1.0)
    with pytest.raises(TypeError, match="expected f to return one number, got NoneType"):
        grad(lambda x: None)(1.0)


FUSED = {
    "linear": (lambda a: functional.linear(a, X[:2]), X[:2]),
    "layer_norm": (lambda a: functional.layer_norm(X[:2], (3,), a, Y), X[0]),
    "cross_entropy": (lambda a: losses.cross_entropy(a, np.array([2, 0]), "none"), X[:2]),
    "binary_cross_entropy": (lambda a: losses.binary_cross_entropy_with_logits(a, Y, "none"), X[0]),
    "conv2d": (lambda a: conv.conv2d(X[None, None], a), X[None, None, :2, :2]),
    "max_pool2d": (lambda a: conv.max_pool2d(a, 2, 1), X[None, None]),
    "rnn": (lambda a: recurrent.rnn(X[:, None], X[:1], a, X / 2, Y, Y), X),
    "lstm": (lambda a: recurrent.lstm(X[:, None], X[:1], X[:1], a, np.tile(X, (4, 1)), *2 * [np.tile(Y, 4)])[1], X12),
    "gru": (lambda a: recurrent.gru(X[:, None], X[:1], a, np.tile(X, (3, 1)), *2 * [np.tile(Y, 3)]), X12[:9]),
    "attention": (lambda a: attention.attention(a, X, X[::-1]), X),
    "self_attention": (lambda a: attention.self_attention(a, 1), X[None]),
}


@pytest.mark.parametrize("name", FUSED)
def test_mixed_second_derivatives_through_fused_operations(name):
    """What comes after the operation depends on the outer variable alone, the operation on the inner one alone."""
    f, a = FUSED[name]

    def slope(s):
        return grad(lambda a: (chainrule.tanh(s * f(a)) ** 2).sum())(a)

    want = (slope(0.7 + 1e-6) - slope(0.7 - 1e-6)) / 2e-6
    np.testing.assert_allclose(jvp(slope, (0.7,), (1.0,))[1], want, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(jacobian(slope)(0.7), want, rtol=1e-6, atol=1e-8)


def test_a_fused_operation_says_why_it_cannot_be_differentiated_again():
    s = Tensor(0.7, requires_grad=True)
    with pytest.raises(TypeError, match="layer_norm: its pullbacks are written for arrays alone"):
        grad(lambda a: (functional.layer_norm(X, (3,), a, Y) * s).sum())(X[0])

"""Dual numbers: the algebra, nesting without confusion, and what is refused."""

import math

import numpy as np
import pytest

import chainrule
from chainrule import Dual, Tensor, derivative, jvp
from chainrule.check import central_difference


def pair(z):
    return z.primal, z.tangent


def test_the_worked_examples():
    x1, x2 = Dual(3.0, 1.0), Dual(4.0, 0.0)
    u, v = 2 * x1, x1 + x2
    assert pair(u + v) == (13.0, 3.0)
    assert pair(u * v) == (42.0, 20.0)
    y, z, x = Dual(3.0, 0.0), Dual(-1.0, 0.0), Dual(2.0, 1.0)
    assert pair(2 * x) == (4.0, 2.0)
    assert pair(y * z) == (-3.0, 0.0)
    assert pair(chainrule.maximum(y * z, y + 2 * x)) == (7.0, 2.0)


@pytest.mark.parametrize(
    ("f", "want"),
    [
        (lambda x: x + 2, (5, 1)),
        (lambda x: 2 + x, (5, 1)),
        (lambda x: x - 2, (1, 1)),
        (lambda x: 2 - x, (-1, -1)),
        (lambda x: x * 2, (6, 2)),
        (lambda x: 2 * x, (6, 2)),
        (lambda x: x / 2, (1.5, 0.5)),
        (lambda x: 2 / x, (2 / 3, -2 / 9)),
        (lambda x: x**2, (9, 6)),
        (lambda x: 2**x, (8, 8 * math.log(2))),
        (lambda x: x**x, (27, 27 * (1 + math.log(3)))),
        (lambda x: -x, (-3, -1)),
        (lambda x: +x, (3, 1)),
        (lambda x: abs(-x), (3, 1)),
        (lambda x: x**0, (1, 0)),
    ],
)
def test_operators_on_both_sides(f, want):
    assert pair(f(Dual(3.0, 1.0))) == pytest.approx(want, rel=1e-14)
    array = f(Dual(np.array([3.0, 3.0]), np.array([1.0, 2.0])))
    np.testing.assert_allclose(array.primal, [want[0]] * 2, rtol=1e-14)
    np.testing.assert_allclose(array.tangent, [want[1], 2 * want[1]], rtol=1e-14)


def test_arrays_and_numpy_numbers_on_the_left():
    z = np.array([1.0, 2.0]) * Dual(3.0, 1.0)
    assert isinstance(z, Dual)
    np.testing.assert_array_equal(z.primal, [3.0, 6.0])
    np.testing.assert_array_equal(z.tangent, [1.0, 2.0])
    assert pair(np.float64(2.0) * Dual(3.0, 1.0)) == (6.0, 2.0)
    z = np.ones((2, 2)) @ Dual(np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    np.testing.assert_array_equal(z.tangent, [1.0, 1.0])


def test_a_scalar_tangent_takes_the_shape_and_dtype_of_the_primal():
    z = Dual(np.ones((2, 3), np.float32), 1.0)
    assert (z.tangent.shape, z.tangent.dtype) == ((2, 3), np.float32)
    assert z.sum().tangent == 6.0
    broadcast = z + np.zeros((4, 1, 1), np.float32)
    assert broadcast.tangent.shape == broadcast.primal.shape == (4, 2, 3)
    with pytest.raises(ValueError, match=r"Dual: a tangent of shape \(2,\) for a primal of shape \(3,\)"):
        Dual(np.ones(3), np.ones(2))
    with pytest.raises(ValueError, match=r"the tangent has shape \(2,\), but the primal is the number 1.0"):
        Dual(1.0, np.ones(2))
    with pytest.raises(TypeError, match=r"expected a number for a tangent, as the primal is 1.0, got \[1.0, 2.0\]"):
        Dual(1.0, [1.0, 2.0])


def test_array_methods_carry_tangents():
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    z = Dual(x, t)
    assert (z.shape, z.ndim, len(z)) == ((2, 3), 2, 2)
    for f in (
        lambda a: a.sum(axis=0),
        lambda a: a.mean(),
        lambda a: a.T,
        lambda a: a[1, :2],
        lambda a: a.reshape(3, 2),
        lambda a: a @ a.T,
        lambda a: chainrule.softmax(a),
        lambda a: chainrule.concat([a, 2 * a], axis=1),
    ):
        numeric = (f(x + 1e-6 * t) - f(x - 1e-6 * t)) / 2e-6
        np.testing.assert_allclose(f(z).tangent, numeric, rtol=1e-7, atol=1e-9)
    assert [pair(row)[0][0] for row in z] == [x[0, 0], x[1, 0]]


def test_derivative_of_numbers_and_arrays():
    f = lambda x: chainrule.exp(x) * chainrule.sin(x)  # noqa: E731
    assert derivative(f)(0.5) == pytest.approx(math.exp(0.5) * (math.sin(0.5) + math.cos(0.5)), rel=1e-15)
    xs = np.linspace(-1, 1, 5)
    np.testing.assert_allclose(derivative(f)(xs), [derivative(f)(float(x)) for x in xs], rtol=1e-14)
    assert derivative(lambda x: 3.0)(1.0) == 0.0
    with pytest.raises(TypeError, match=r"derivative: expected a number or an array, got \[1.0, 2.0\]"):
        derivative(f)([1.0, 2.0])
    assert derivative(lambda x: x**2)(3) == 6.0


def test_higher_derivatives():
    third = derivative(derivative(derivative(chainrule.sin)))
    assert third(0.4) == pytest.approx(-math.cos(0.4), rel=1e-14)
    by_hand = chainrule.exp(2 * Dual(Dual(0.0, 1.0), Dual(1.0, 0.0)))
    assert (by_hand.primal.primal, by_hand.tangent.primal, by_hand.tangent.tangent) == (1.0, 2.0, 4.0)


def test_no_perturbation_confusion():
    # d/dx [x * d/dy (x + y)] = 1; an engine that confuses the two epsilons gives 2.
    assert derivative(lambda x: x * derivative(lambda y: x + y)(1.0))(1.0) == 1.0
    # The same between a hand-made dual and a derivative inside.
    z = Dual(2.0, 1.0)
    assert pair(z * derivative(lambda y: z * y)(5.0)) == (4.0, 4.0)
    # Inner duals nested by hand are constants of the outer level.
    outer, inner = Dual(Dual(3.0, 0.0), Dual(1.0, 0.0)), Dual(5.0, 1.0)
    product = outer * inner
    assert pair(product.primal) == (15.0, 3.0)
    assert pair(product.tangent) == (5.0, 1.0)


def test_jvp_with_trees_and_arrays():
    rng = np.random.default_rng(1)
    p = {"w": rng.normal(size=(2, 3)), "b": [rng.normal(size=2), 0.5]}
    t = {"w": rng.normal(size=(2, 3)), "b": [rng.normal(size=2), -1.0]}
    x = rng.normal(size=3)

    def f(p, x):
        z = p["w"] @ x + p["b"][0]
        return {"z": z, "loss": chainrule.tanh(z).sum() * p["b"][1], "constant": 2.0}

    value, tangent = jvp(f, (p, x), (t, np.zeros(3)))
    np.testing.assert_allclose(tangent["z"], t["w"] @ x + t["b"][0], rtol=1e-14)
    assert tangent["constant"] == 0.0
    assert value["loss"] == pytest.approx(f(p, x)["loss"])
    moved = lambda s: f({"w": p["w"] + s * t["w"], "b": [p["b"][0] + s * t["b"][0], 0.5 - s]}, x)["loss"]  # noqa: E731
    assert tangent["loss"] == pytest.approx(central_difference(moved, 0.0), rel=1e-8)


def test_jvp_errors_name_the_argument():
    with pytest.raises(TypeError, match="expected primals to be a tuple or list"):
        jvp(chainrule.exp, 1.0, (1.0,))
    with pytest.raises(ValueError, match="2 primals and 1 tangents"):
        jvp(chainrule.add, (1.0, 2.0), (1.0,))
    with pytest.raises(ValueError, match=r"a primal has shape \(2,\), its tangent \(3,\)"):
        jvp(chainrule.exp, (np.ones(2),), (np.ones(3),))
    with pytest.raises(ValueError, match="trees differ: expected a dict with keys"):
        jvp(lambda p: p["a"], ({"a": 1.0},), ({"b": 1.0},))


def test_comparisons_look_at_the_primal():
    a, b = Dual(1.0, 5.0), Dual(2.0, 0.0)
    assert a < b
    assert a <= 1.0
    assert b > a
    assert b <= 3.0
    assert a == 1.0
    assert a == Dual(1.0, -5.0)
    assert a != b
    assert max(a, b) is b
    assert bool(a)
    assert not Dual(0.0, 1.0)
    np.testing.assert_array_equal(Dual(np.array([1.0, 3.0]), 0.0) > 2, [False, True])
    outer = Dual(Dual(1.0, 1.0), Dual(1.0, 0.0))
    assert outer < 2.0


def test_what_would_drop_the_derivative_is_refused_with_the_way_out():
    z = Dual(1.0, 1.0)
    for attempt in (float, math.exp, int):
        with pytest.raises(TypeError, match=r"chainrule\.exp for math\.exp"):
            attempt(z)
    with pytest.raises(TypeError, match=r"not hashable.*\.primal"):
        hash(z)
    with pytest.raises(TypeError, match=r"round \.primal"):
        round(z)
    with pytest.raises(TypeError, match=r"// and % have steps"):
        z // 2
    with pytest.raises(TypeError, match=r"use the chainrule function of that name.*\.primal"):
        np.asarray(z)
    with pytest.raises(TypeError, match=r"numpy\.sum does not take a Dual"):
        np.sum(z)
    with pytest.raises(TypeError, match="expected numbers or arrays"):
        Dual("x", 1.0)
    with pytest.raises(TypeError, match="a Dual and a Tensor do not mix"):
        z * Tensor([1.0], requires_grad=True)


def test_points_without_a_derivative_are_named():
    with pytest.raises(ZeroDivisionError, match=r"sqrt\(0.0\): no value, or no finite derivative"):
        chainrule.sqrt(Dual(0.0, 1.0))
    with pytest.raises(ValueError, match=r"log\(0.0\): .*math domain error"):
        chainrule.log(Dual(0.0, 1.0))
    with pytest.raises(ValueError, match=r"add\(array of shape \(2,\), array of shape \(3,\)\)"):
        Dual(np.ones(2), 1.0) + np.ones(3)
    with pytest.raises(TypeError, match="jvp: expected numbers or arrays, got 'a'"):
        derivative(lambda x: x)("a")


def test_repr_shows_both_parts():
    assert repr(Dual(1.0, 2.0)) == f"{Dual(1.0, 2.0)}" == "Dual(1.0, 2.0)"
    assert f"{Dual(1.0, 2.0):.2f}" == "Dual(1.00, 2.00)"

"""The checkers: how exact they are, and that wrong rules are caught."""

import math

import numpy as np
import pytest

import chainrule
from chainrule import ops
from chainrule.check import central_difference, check_adjoint, check_grad, complex_step, forward_difference
from chainrule.primitives import primitive
from chainrule.rules import custom_derivative

RNG = np.random.default_rng(0)


def test_errors_fall_with_the_step_as_they_should():
    exact, hs = math.cos(1.0), np.array([1e-1, 1e-2, 1e-3])
    forward = [abs(forward_difference(chainrule.sin, 1.0, h) - exact) for h in hs]
    central = [abs(central_difference(chainrule.sin, 1.0, h) - exact) for h in hs]
    assert np.polyfit(np.log(hs), np.log(forward), 1)[0] == pytest.approx(1, abs=0.05)
    assert np.polyfit(np.log(hs), np.log(central), 1)[0] == pytest.approx(2, abs=0.05)


def test_accuracy_at_the_default_steps():
    exact = math.cos(1.0)
    assert forward_difference(chainrule.sin, 1.0) == pytest.approx(exact, rel=1e-7)
    assert central_difference(chainrule.sin, 1.0) == pytest.approx(exact, rel=1e-9)
    assert complex_step(chainrule.sin, 1.0) == pytest.approx(exact, rel=1e-15)


@pytest.mark.parametrize(
    ("method", "rtol"), [(forward_difference, 1e-5), (central_difference, 1e-8), (complex_step, 1e-13)]
)
def test_arrays_give_gradients_and_jacobians(method, rtol):
    x = RNG.normal(size=(2, 3))
    np.testing.assert_allclose(method(lambda x: (x**3).sum(), x), 3 * x**2, rtol=rtol)
    A = RNG.normal(size=(4, 2))
    J = method(lambda x: A @ x, x)
    assert J.shape == (4, 3, 2, 3)
    np.testing.assert_allclose(J, np.einsum("ik,jl->ijkl", A, np.eye(3)), rtol=rtol, atol=1e-6)
    assert method(lambda x: x.sum(), np.zeros((0, 2))).shape == (0, 2)
    assert isinstance(method(lambda x: x * x, 3), float)


@pytest.mark.parametrize("method", [forward_difference, central_difference, complex_step])
def test_bad_input(method):
    with pytest.raises(ValueError, match=f"{method.__name__}: expected a step h > 0, got 0"):
        method(chainrule.sin, 1.0, 0)


def test_complex_step_says_when_the_imaginary_part_is_lost():
    with pytest.raises(TypeError, match="f returned a real number; somewhere it drops the imaginary part"):
        complex_step(abs, 1.0)


def test_the_checker_leaves_right_rules_alone():
    check_grad(lambda a, b: chainrule.tanh(a @ b).sum(), RNG.normal(size=(2, 3)), RNG.normal(size=(3, 2)))
    check_grad(lambda x: x**2, 3.0)
    check_adjoint(lambda p: {"y": p["a"] * p["b"]}, {"a": RNG.normal(size=3), "b": 2.0}, rng=RNG)


# Wrong rules, each by a mistake people make.
twice_too_large = custom_derivative(lambda y, x: 4 * x)(lambda x: x * x)
sign_wrong = custom_derivative(lambda y, x: chainrule.sin(x))(chainrule.cos)
of_the_output = custom_derivative(lambda y, x: 1 - x * x)(chainrule.tanh)


@primitive(linear=True)
def transpose_forgotten(a, b):
    return a @ b, (lambda g: g @ b, lambda g: a.T @ g)


@primitive
def sum_over_the_wrong_axis(a):
    return a.sum(axis=0), (lambda g: ops.broadcast_to(g[:, None], a.shape),)


@primitive
def max_to_all(a):
    return a.max(), (lambda g: g * (a * 0 + 1),)


@primitive
def softmax_diagonal_only(a):
    y = ops.softmax(a)
    return y, (lambda g: g * y * (1 - y),)


@primitive
def second_argument_wrong(a, b):
    return a * b, (lambda g: g * b, lambda g: g * b)


@pytest.mark.parametrize(
    ("f", "shapes", "argument"),
    [
        (twice_too_large, [(3,)], 0),
        (sign_wrong, [(3,)], 0),
        (of_the_output, [(3,)], 0),
        (transpose_forgotten, [(3, 3), (3, 3)], 0),
        (sum_over_the_wrong_axis, [(3, 3)], 0),
        (max_to_all, [(3,)], 0),
        (softmax_diagonal_only, [(3,)], 0),
        (second_argument_wrong, [(3,), (3,)], 1),
    ],
)
def test_wrong_rules_are_caught(f, shapes, argument):
    rng = np.random.default_rng(1)
    arrays = [rng.uniform(0.5, 2, shape) for shape in shapes]
    with pytest.raises(AssertionError, match=rf"check_grad: the gradient of argument {argument} is wrong at \d+ of"):
        check_grad(f, *arrays)


def test_the_report_points_at_the_worst_entry():
    @primitive
    def one_entry_wrong(a):
        return a * 2, (lambda g: g * np.array([[2.0, 2.0], [2.5, 2.0]]),)

    with pytest.raises(AssertionError, match=r"wrong at 1 of 4 entries; worst at \(1, 0\): got .*, expected"):
        check_grad(one_entry_wrong, np.ones((2, 2)))


def test_a_gradient_that_is_nan_is_caught():
    with pytest.raises(AssertionError, match="got nan"):
        check_grad(custom_derivative(lambda y, x: x * np.nan)(lambda x: x * 2), np.ones(2))


def test_modes_that_disagree_are_caught():
    # Forward mode of a linear operation does not use the pullbacks, so a wrong one shows.
    with pytest.raises(AssertionError, match=r"check_adjoint: <v, J t> = .* \(forward\), <J\^T v, t> = .* \(reverse\)"):
        check_adjoint(transpose_forgotten, RNG.normal(size=(3, 3)), RNG.normal(size=(3, 3)), rng=RNG)

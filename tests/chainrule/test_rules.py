"""The rule table against derivatives computed without it, and what its functions promise at the edges."""

import math
import subprocess
import sys
import textwrap
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import array_shapes, mutually_broadcastable_shapes

import chainrule
from chainrule import Dual, Tensor, Value
from chainrule.check import central_difference, complex_step
from chainrule.rules import RULES, custom_derivative

SOURCE = Path(chainrule.__file__).parents[1]

# Where a function is defined, and away from where it is steep beyond what a central difference can follow.
DOMAIN = {"log": (0.1, 5), "sqrt": (0.1, 5), "log1p": (-0.9, 5), "reciprocal": (0.2, 5), "tan": (-1.4, 1.4)}
UNARY = sorted(name for name, rule in RULES.items() if len(rule.partials) == 1)
BINARY = sorted(name for name, rule in RULES.items() if len(rule.partials) == 2)


def draw(seed, shape, name=""):
    low, high = DOMAIN.get(name, (-3, 3))
    x = np.random.default_rng(seed).uniform(low, high, shape)
    # The kinks of relu, abs and sign are at 0, those of maximum and minimum where the operands meet.
    return x if RULES[name].analytic else np.where(np.abs(x) < 1e-2, 0.5, x)


def partial(name, index, *args):
    rule = RULES[name]
    y = rule.value(*args)
    return np.broadcast_to(rule.partials[index](y, *args), np.shape(y))


@pytest.mark.parametrize("name", UNARY)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), shape=array_shapes(min_dims=0, max_dims=2, max_side=4))
def test_unary_partials(name, seed, shape):
    x, rule = draw(seed, shape, name), RULES[name]
    step = np.ones(shape)  # elementwise: one step moves every entry
    if rule.analytic:
        want = rule.value(x + 1e-30j * step).imag / 1e-30
        np.testing.assert_allclose(partial(name, 0, x), want, rtol=1e-12, atol=1e-14)
    else:
        want = (rule.value(x + 1e-6) - rule.value(x - 1e-6)) / 2e-6
        np.testing.assert_allclose(partial(name, 0, x), want, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("name", BINARY)
@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    shapes=mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3),
)
def test_binary_partials(name, seed, shapes):
    rng = np.random.default_rng(seed)
    a, b = (rng.uniform(0.3, 3, shape) for shape in shapes.input_shapes)
    rule = RULES[name]
    if rule.analytic:
        want = [rule.value(a + 1e-30j, b).imag / 1e-30, rule.value(a, b + 1e-30j).imag / 1e-30]
        tolerance = {"rtol": 1e-12, "atol": 1e-14}
    else:
        b = b + 1e-2 * (np.abs(a - b).min(initial=1) < 1e-3)
        h = 1e-6
        want = [
            (rule.value(a + h, b) - rule.value(a - h, b)) / (2 * h),
            (rule.value(a, b + h) - rule.value(a, b - h)) / (2 * h),
        ]
        tolerance = {"rtol": 1e-8, "atol": 1e-8}
    for i in (0, 1):
        np.testing.assert_allclose(partial(name, i, a, b), want[i], **tolerance)


@pytest.mark.parametrize("name", UNARY)
def test_numbers_arrays_duals_values_and_tensors_agree(name):
    f = getattr(chainrule, name)
    for x in draw(3, (6,), name).tolist():
        y, slope = f(x), float(RULES[name].partials[0](f(x), x))
        assert type(y) is float
        np.testing.assert_allclose(f(np.array([x])), [y], rtol=1e-14)
        dual = f(Dual(x, 1.0))
        value = Value(x)
        out = f(value)
        out.backward()
        tensor = Tensor([x], requires_grad=True)
        result = f(tensor)
        result.backward()
        np.testing.assert_allclose([dual.primal, out.data, result.item()], y, rtol=1e-14)
        np.testing.assert_allclose([dual.tangent, value.grad, tensor.grad[0]], slope, rtol=1e-13)


@pytest.mark.parametrize("name", [n for n in UNARY if RULES[n].analytic])
def test_complex_numbers(name):
    x = float(draw(5, (), name))
    f = getattr(chainrule, name)
    assert complex_step(f, x) == pytest.approx(complex_step(f, np.array([x])).item(), rel=1e-12)
    assert complex_step(f, x) == pytest.approx(central_difference(f, x), rel=1e-8)


@pytest.mark.parametrize("name", UNARY)
def test_float32_stays_float32(name):
    x = draw(7, (3,), name).astype(np.float32)
    f = getattr(chainrule, name)
    assert f(x).dtype == np.float32
    assert f(x[0]).dtype == np.float32
    tensor = Tensor(x, requires_grad=True)
    y = f(tensor)
    y.sum().backward()
    assert (y.dtype, tensor.grad.dtype) == (np.float32, np.float32)
    dual = f(Dual(x, np.ones_like(x)))
    assert (dual.primal.dtype, dual.tangent.dtype) == (np.float32, np.float32)


@pytest.mark.parametrize("zero", [0.0, np.zeros(2)])
def test_the_conventions_at_a_kink(zero):
    for name in ("relu", "absolute", "sign"):
        assert np.all(partial(name, 0, zero) == 0)
    for name in ("maximum", "minimum"):
        assert np.all(partial(name, 0, zero, zero) == 0.5)
        assert np.all(partial(name, 1, zero, zero) == 0.5)


def test_every_function_has_a_formula_and_an_example():
    for name, rule in RULES.items():
        assert rule.function.__name__ == name
        formula, *examples = rule.function.__doc__.split(">>> ")
        assert formula.strip()
        assert all(example.startswith(f"{name}(") for example in examples)
        assert examples


def test_the_zeroth_power_has_derivative_zero():
    assert partial("power", 0, 0.0, 0) == 0
    assert partial("power", 0, 3.0, 0) == 0
    np.testing.assert_array_equal(partial("power", 0, np.array([0.0, 2.0]), np.array([0.0, 0.0])), [0, 0])
    assert partial("power", 1, 0.0, 2.0) == 0  # a^b log a -> 0 as a -> 0
    assert partial("power", 0, -2.0, 3) == 12.0


def test_activations_neither_overflow_nor_lose_digits():
    x = np.array([-1e4, -750.0, -40.0, 40.0, 750.0, 1e4])
    with np.errstate(all="raise", under="ignore"):
        sigmoid, softplus, logsigmoid = chainrule.sigmoid(x), chainrule.softplus(x), chainrule.logsigmoid(x)
    np.testing.assert_allclose(sigmoid, [0, 0, math.exp(-40), 1, 1, 1], rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(softplus, [0, 0, math.exp(-40), 40, 750, 1e4], rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(logsigmoid, [-1e4, -750, -40, -math.exp(-40), 0, 0], rtol=1e-12, atol=1e-300)
    for value in x.tolist():
        assert chainrule.sigmoid(value) == pytest.approx(float(chainrule.sigmoid(np.array(value))), rel=1e-14)
        assert math.isfinite(chainrule.softplus(value))


@pytest.mark.parametrize("name", ["relu", "sigmoid", "softplus", "tanh", "absolute"])
def test_nan_stays_nan(name):
    f = getattr(chainrule, name)
    assert math.isnan(f(math.nan))
    assert np.isnan(f(np.array([math.nan]))).all()


@pytest.mark.parametrize("name", UNARY)
def test_empty_arrays(name):
    assert getattr(chainrule, name)(np.zeros((0, 3))).shape == (0, 3)


def test_something_else_is_refused_with_what_was_expected():
    with pytest.raises(TypeError, match="exp: expected a number, an array, a Dual, a Value or a Tensor, got str"):
        chainrule.exp("2")
    with pytest.raises(TypeError, match="tanh: expected a number"):
        chainrule.tanh(None)


def test_custom_derivative_serves_all_engines():
    @custom_derivative(lambda y, x: 7.0)
    def step(x):
        """1 for positive x."""
        return (x > 0) * 1.0

    assert (step.__name__, step.__doc__) == ("step", "1 for positive x.")
    assert "step" not in RULES
    assert step(2.0) == 1.0
    assert step(Dual(2.0, 1.0)).tangent == 7.0
    value, tensor = Value(2.0), Tensor([2.0, -1.0], requires_grad=True)
    step(value).backward()
    step(tensor).sum().backward()
    assert value.grad == 7.0
    np.testing.assert_array_equal(tensor.grad, [7.0, 7.0])


def test_rules_dual_and_value_run_where_numpy_is_not_installed():
    program = """
    import sys

    class Missing:
        def find_spec(self, name, path=None, target=None):
            if name.split(".")[0] in ("numpy", "torch", "matplotlib"):
                raise ModuleNotFoundError(f"No module named {name!r}")

    sys.meta_path.insert(0, Missing())
    import chainrule as c
    from chainrule import Dual, Value, derivative, jvp, rules

    unary = {name: rule.function for name, rule in rules.RULES.items() if len(rule.partials) == 1}
    for name, f in unary.items():
        y = f(Dual(0.3, 1.0))
        value = Value(0.3)
        out = f(value)
        out.backward()
        assert y.primal == out.data == f(0.3), name
        assert y.tangent == value.grad, name
        if rules.RULES[name].analytic:
            f(0.3 + 0.1j)
    assert c.maximum(2.0, Dual(2.0, 1.0)).tangent == 0.5
    assert derivative(derivative(lambda x: x**3))(2.0) == 12.0
    assert jvp(lambda p: {"out": p["a"] * p["b"]}, ({"a": 3.0, "b": 4.0},), ({"a": 1.0, "b": 0.0},)) == (
        {"out": 12.0}, {"out": 4.0})
    assert (Value(3.0) * 2 + 1).data == 7.0
    try:
        c.exp("2")
    except TypeError as error:
        assert "expected a number" in str(error)
    assert "numpy" not in sys.modules
    print("ok")
    """
    run = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys; sys.path.insert(0, {str(SOURCE)!r})\n" + textwrap.dedent(program),
        ],
        capture_output=True,
        text=True,
    )
    assert run.stdout == "ok\n", run.stderr


def test_erf_to_the_last_digits():
    """Against the standard library, in all three ranges of the approximation, at their borders and beyond them."""
    x = np.concatenate([np.linspace(-7, 7, 2801), [0.46875, 4.0, 6.0, 1e-300, 0.0, np.inf, -np.inf]])
    want = np.array([math.erf(v) for v in x])
    np.testing.assert_allclose(chainrule.erf(x), want, rtol=1e-15, atol=0)
    np.testing.assert_allclose(chainrule.erf(x.astype(np.float32)), want, rtol=1e-6, atol=1e-38)
    assert np.isnan(chainrule.erf(np.array([np.nan]))).all() and np.signbit(chainrule.erf(np.array([-0.0]))).all()

"""The scalar tape against micrograd's own scenarios, PyTorch, and dual numbers."""

import gc
import math
import weakref

import numpy as np
import pytest

import chainrule
from chainrule import Dual, Tensor, Value, rules


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


def scenario_small(number, relu):
    """The sanity check of micrograd's engine tests."""
    x = number(-4.0)
    z = 2 * x + 2 + x
    q = relu(z) + z * x
    h = relu(z * z)
    y = h + q + q * x
    return y, [x]


def scenario_large(number, relu):
    """The longer check of micrograd's engine tests."""
    a, b = number(-4.0), number(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + relu(b + a)
    d += 3 * d + relu(b - a)
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return g, [a, b]


@pytest.mark.parametrize("scenario", [scenario_small, scenario_large])
def test_micrograds_engine_tests(torch, scenario):
    from micrograd.engine import Value as MicrogradValue

    def run(number, relu):
        out, leaves = scenario(number, relu)
        out.backward()
        return [float(out.data), *(float(leaf.grad) for leaf in leaves)]

    ours = run(Value, lambda v: v.relu())
    assert ours == pytest.approx(run(MicrogradValue, lambda v: v.relu()), abs=1e-12)
    in_torch = run(lambda v: torch.tensor(v, dtype=torch.float64, requires_grad=True), lambda v: v.relu())
    assert ours == pytest.approx(in_torch, abs=1e-12)


def test_a_module_written_for_micrograd_runs_on_value(monkeypatch):
    nn = pytest.importorskip("micrograd.nn")
    monkeypatch.setattr(nn, "Value", Value)
    model = nn.MLP(3, [4, 4, 1])
    out = model([1.0, -2.0, 0.5])
    assert isinstance(out, Value)
    model.zero_grad()
    out.backward()
    parameters = model.parameters()
    for p in parameters[:5]:
        kept, moved = p.data, []
        for h in (1e-6, -1e-6):
            p.data = kept + h
            moved.append(model([1.0, -2.0, 0.5]).data)
        p.data = kept
        assert p.grad == pytest.approx((moved[0] - moved[1]) / 2e-6, abs=1e-7)


@pytest.mark.parametrize(
    "f",
    [
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a * b,
        lambda a, b: a / b,
        lambda a, b: a**b,
        lambda a, b: a**3 + 2**b,
        lambda a, b: 5 - a + (5 / b),
        lambda a, b: -a * abs(b),
        lambda a, b: a.exp() * b.log(),
        lambda a, b: a.tanh() + b.sigmoid() + a.relu(),
        lambda a, b: chainrule.maximum(a, b) * chainrule.minimum(a, 1.0),
        lambda a, b: chainrule.softplus(a) / chainrule.sqrt(b),
    ],
)
def test_gradients_equal_those_of_dual_numbers(f):
    a, b = Value(1.3), Value(2.1)
    out = f(a, b)
    out.backward()
    forward = [f(Dual(1.3, 1.0), Dual(2.1, 0.0)), f(Dual(1.3, 0.0), Dual(2.1, 1.0))]
    assert out.data == pytest.approx(forward[0].primal, rel=1e-15)
    assert [a.grad, b.grad] == pytest.approx([z.tangent for z in forward], rel=1e-13)


def test_sum_and_product_are_the_rules_of_the_table():
    a, b = Value(1.5), Value(-2.5)
    for name, out in (("add", a + b), ("multiply", a * b)):
        rule = rules.RULES[name]
        assert out.data == rule.value(a.data, b.data)
        assert out.partials == tuple(p(out.data, a.data, b.data) for p in rule.partials)
        assert (out.op, out.parents) == (name, (a, b))


def test_fan_out_adds():
    a = Value(3.0)
    b = a + a
    c = b * b
    c.backward()
    assert (a.grad, b.grad, c.grad) == (24.0, 12.0, 1.0)
    # A node that is also used further on waits for all its uses.
    x = Value(2.0)
    y = x * x
    z = y * x + y
    z.backward()
    assert x.grad == 3 * 4 + 2 * 2


def test_gradients_of_leaves_add_up_over_graphs():
    w = Value(3.0)
    (w * 2).backward()
    (w * 5).backward()
    assert w.grad == 7.0


def test_a_second_backward_adds_on_nodes_in_between_as_micrograd_does():
    from micrograd.engine import Value as MicrogradValue

    grads = []
    for kind in (Value, MicrogradValue):
        x = kind(2.0)
        y = x * 3.0
        z = y * 4.0
        z.backward()
        z.backward()
        grads.append((x.grad, y.grad, z.grad))
    assert grads[0] == grads[1] == (36.0, 8.0, 1.0)


def test_deep_chains_and_doublings():
    x = Value(1.0)
    y = x
    for _ in range(20_000):
        y = y + 1e-3
    y.backward()
    assert x.grad == 1.0
    y = x = Value(1.0)
    for _ in range(60):
        y = y + y
    y.backward()
    assert x.grad == 2.0**60


def test_memory_is_free_at_once():
    gc.collect()
    gc.disable()
    try:
        x = Value(1.0)
        y = (x * 2).tanh()
        seen = weakref.ref(y)
        (y * y).backward()
        del y
        assert seen() is None
    finally:
        gc.enable()


def test_numbers_of_numpy_and_order():
    v = np.float64(2.0) * Value(3.0) + np.float32(1.0)
    assert isinstance(v, Value)
    assert v.data == 7.0
    assert Value(1.0) < Value(2.0) <= 2.0
    assert Value(3.0) > 2
    assert Value(3.0) >= Value(3.0)
    assert Value(1.0) != Value(1.0)
    assert len({Value(1.0), Value(1.0)}) == 2
    assert repr(Value(2.0)) == "Value(data=2.0, grad=0.0)"


def test_what_does_not_combine_is_refused():
    for other in ("2", [1.0], np.ones(2), Dual(1.0, 1.0), Tensor([1.0]), None):
        with pytest.raises(TypeError):
            Value(1.0) * other
    with pytest.raises(TypeError, match="a Value combines with numbers and Values only, got list"):
        Value(1.0) * [1.0]
    with pytest.raises(ZeroDivisionError, match=r"divide\(1, 0.0\): no value"):
        1 / Value(0.0)
    assert f"{Value(1.0):.2f}" == "1.00"
    assert math.isclose(chainrule.exp(Value(1.0)).data, math.e)

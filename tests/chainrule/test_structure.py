"""The engine as a whole: depth, reuse, memory, start-up time, module sizes, the lazy package."""

import gc
import importlib
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest

import chainrule
from chainrule import Tensor, grad, ops

SOURCE = Path(chainrule.__file__).parent
CORE = "error_function rules operators tree dual value tape tensor primitives shaping ops transforms check".split()


def test_a_chain_of_20_000_operations():
    x = Tensor([1.0], requires_grad=True)
    y = x
    for _ in range(10_000):
        y = (y + 1e-4).reshape(1)
    y.backward()
    np.testing.assert_array_equal(x.grad, [1.0])
    # A chain that is dropped without a backward pass is freed without recursion too.
    y = x
    for _ in range(20_000):
        y = y * 1.0
    del y
    assert grad(lambda x: sum((x * 1.0 for _ in range(5_000)), x))(1.0) == 5001.0


def test_sixty_doublings():
    x = Tensor([1.0], requires_grad=True)
    y = x
    for _ in range(60):
        y = y + y
    y.backward()
    np.testing.assert_array_equal(x.grad, [2.0**60])


def test_shared_nodes_wait_for_all_their_uses():
    x = Tensor([2.0], requires_grad=True)
    y = x * x
    z = y * x + y.exp() * 0 + y[0]
    z.backward()
    np.testing.assert_array_equal(x.grad, [3 * 4 + 2 * 2])


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def everything(x):
    y = ops.softmax((x @ x.T).tanh() * 2 + x.sum(axis=0).max(), axis=0)
    z = ops.concat([y, ops.where(y > 0, y, -y)[:1]], axis=0)
    return ops.logsumexp(z.reshape(-1) ** 2) + ops.norm(z) + ops.embedding(z, [0, 0]).mean()


def test_memory_is_free_with_the_collector_off(no_collector):
    x = Tensor(np.ones((3, 3)), requires_grad=True)
    for run_backward in (False, True):
        hidden = x * 2.0
        out = everything(hidden)
        seen = [weakref.ref(o) for o in (out, out.node, out.data, hidden, hidden.node, hidden.data)]
        if run_backward:
            out.backward()
        del out, hidden
        assert [ref() for ref in seen] == [None] * 6


@pytest.mark.parametrize("transform", ["grad", "hessian", "vjp", "jvp"])
def test_transforms_leave_no_cycles(no_collector, transform):
    refs = []

    def f(x):
        refs.append(weakref.ref(ops.plain(x)))
        hidden = (x * 2).tanh()
        refs.append(weakref.ref(ops.plain(hidden)))
        return everything(hidden)

    x = np.ones((2, 2))
    if transform == "jvp":
        chainrule.jvp(f, (x,), (x,))
    elif transform == "vjp":
        chainrule.vjp(f, x)[1](np.ones(()))
    else:
        getattr(chainrule, transform)(f)(x)
    del x
    assert [ref() for ref in refs] == [None] * 2


def test_a_backward_pass_frees_what_it_has_used():
    x = Tensor(np.ones(3), requires_grad=True)
    saved = np.full(3, 2.0)
    seen = weakref.ref(saved)
    y = (x * saved).sum()
    del saved
    assert seen() is not None
    y.backward()
    assert seen() is None


@pytest.mark.parametrize("shape", [(), (0,), (2, 0), (1,), (1, 1)])
def test_odd_shapes(shape):
    x = Tensor(np.ones(shape), requires_grad=True)
    y = (x * 2.0 + x).exp().relu() / 3
    assert y.shape == shape
    assert isinstance(y.data, np.ndarray)
    y.sum().backward()
    np.testing.assert_allclose(x.grad, np.full(shape, np.exp(3.0)))
    assert isinstance(x.grad, np.ndarray)


def run_python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_import_is_quick_and_light():
    code = """
import sys, time
start = time.perf_counter()
import chainrule
from chainrule import Tensor, grad, exp, Value, derivative
seconds = time.perf_counter() - start
assert not {"torch", "matplotlib", "scipy", "sklearn"} & set(sys.modules), sorted(sys.modules)
print(seconds)
"""
    runs = [run_python(code) for _ in range(3)]
    assert all(run.returncode == 0 for run in runs), runs[0].stderr
    assert min(float(run.stdout) for run in runs) < 0.3


def test_every_public_name_of_the_core_loads_and_is_documented():
    for module in CORE:
        loaded = importlib.import_module(f"chainrule.{module}")
        assert loaded.__doc__
        for name in loaded.__all__:
            assert getattr(loaded, name).__doc__ or not callable(getattr(loaded, name)), f"{module}.{name}"
    for name, module in chainrule._NAMES.items():
        assert getattr(chainrule, name) is getattr(importlib.import_module(f"chainrule.{module}"), name)
        assert name in dir(chainrule)
    for name in chainrule._MODULES:
        assert getattr(chainrule, name).__name__ == f"chainrule.{name}"
    with pytest.raises(AttributeError, match="module 'chainrule' has no attribute 'nothing'"):
        chainrule.nothing  # noqa: B018


def test_modules_stay_small():
    for path in SOURCE.rglob("*.py"):
        lines = len(path.read_text().splitlines())
        assert lines < (300 if path.name == "tensor.py" else 400), f"{path.name} has {lines} lines"


def test_each_module_of_the_core_imports_only_earlier_ones():
    order = {name: i for i, name in enumerate(CORE)}
    for name in CORE:
        for line in (SOURCE / f"{name}.py").read_text().splitlines():
            if line.startswith("from chainrule.") and " import " in line:
                imported = line.split()[1].removeprefix("chainrule.")
                assert order[imported] < order[name], f"{name} imports {imported}"

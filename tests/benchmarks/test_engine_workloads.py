"""Every engine's version of every workload has PyTorch's gradients, at tiny sizes; nothing is timed here."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # the repository root, where `benchmarks` is

from benchmarks.workloads import TINY, problem

ENGINES = ("chainrule", "autograd", "mygrad", "micrograd")


def engine(name):
    return importlib.import_module(f"benchmarks.engines.{name}_engine")


PAIRS = [(name, work) for name in ENGINES for work in engine(name).WORKLOADS]


@pytest.mark.parametrize(("name", "work"), PAIRS)
def test_gradients_agree_with_torch_in_float64(name, work):
    small = problem(work, TINY[work], dtype="float64")
    want = engine("torch").job(small).gradients()
    got = engine(name).job(small).gradients()
    assert set(got) == set(want) == set(small.weights)
    for key in want:
        np.testing.assert_allclose(got[key], want[key], rtol=1e-8, atol=1e-11, err_msg=f"{name} {work} {key}")


@pytest.mark.parametrize(("name", "work"), PAIRS)
def test_a_run_of_float32_stays_close_to_torch(name, work):
    """One run (with its SGD step), then the gradients at the new weights."""
    small = problem(work, TINY[work])
    ours, theirs = engine(name).job(small), engine("torch").job(small)
    ours.run()
    theirs.run()
    want = theirs.gradients()
    for key, value in ours.gradients().items():
        np.testing.assert_allclose(value, want[key], rtol=1e-3, atol=1e-5, err_msg=f"{name} {work} {key}")

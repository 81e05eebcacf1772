"""The engine benchmark as a program, in a process of its own because it sets the number of threads for good."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*arguments):
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300)


def test_it_prints_a_ratio_for_each_engine_asked_for():
    done = run(
        "benchmarks/engine.py", "--only", "RNN", "--engines", "chainrule,mygrad", "--rounds", "1", "--table-only"
    )
    assert done.returncode == 0, done.stderr
    head, _, row = done.stdout.strip().splitlines()
    assert head.split("|")[4:6] == [" chainrule ", " mygrad "]
    cells = [cell.strip() for cell in row.split("|")[1:-1]]
    assert cells[0] == "RNN" and cells[-1] == "0.85"
    assert all(0.01 < float(cell) < 100 for cell in cells[3:5])


def test_an_unknown_workload_is_refused():
    done = run("-m", "benchmarks.engine", "--only", "GAN")
    assert done.returncode == 2 and "'GAN' is none of MLP, CNN" in done.stderr


def test_a_wrong_gradient_is_never_timed():
    code = """
import numpy as np
from benchmarks import engine
from benchmarks.engines import chainrule_engine
from benchmarks.workloads import TINY, Job, problem

right = chainrule_engine.job
def wrong(task):
    job = right(task)
    return Job(job.run, lambda: {key: value * 1.01 for key, value in job.gradients().items()})
chainrule_engine.job = wrong
engine.jobs(problem("MLP", TINY["MLP"]), ["torch", "chainrule"])
"""
    done = run("-c", code)
    assert done.returncode == 1 and "differs from PyTorch's; nothing timed" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from Linux's /proc")
def test_peak_memory_sees_what_a_run_allocates():
    code = """
import numpy as np
from benchmarks import machine
from benchmarks.engines import chainrule_engine
from benchmarks.workloads import Job

chainrule_engine.job = lambda task: Job(lambda: np.ones(SIZE), dict)
print(machine.measure("chainrule", "MLP"))
"""
    small, large = (int(run("-c", code.replace("SIZE", str(n))).stdout) for n in (1, 4_000_000))
    assert small < 8e6 < large < 64e6

"""The engine against PyTorch and its peers: `python -m benchmarks.engine`, or `--only MLP,CNN` for some workloads.

One process, one thread, float32. Every gradient is compared with PyTorch's before it is timed. Engines take turns in
each round, in an order shuffled anew, and the clock is processor time; a ratio is the median over rounds of an
engine's time by PyTorch's in the same round. The table, peak memory and slopes go to `benchmarks/results.md`.
"""

import argparse
import importlib
import os
import statistics
import sys
import time
from collections.abc import Iterable
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # read when NumPy and PyTorch are first imported
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402

from benchmarks import machine, report  # noqa: E402
from benchmarks.workloads import FULL, Job, Problem, problem  # noqa: E402

ENGINES = ("torch", "chainrule", "autograd", "mygrad", "micrograd")
SWEEPS = {
    # workload, what grows, sizes to replace: time against each is fitted by a line in logarithms
    ("MLP", "batch"): [{"batch": n} for n in (64, 128, 256, 512, 1024)],
    ("MLP", "width"): [{"widths": (784, n, n, 10)} for n in (128, 256, 512, 1024)],
    ("LSTM", "length"): [{"length": n} for n in (25, 50, 100, 200)],
    ("LSTM", "width"): [{"hidden": n} for n in (64, 128, 256, 512)],
    ("Transformer", "length"): [{"length": n} for n in (32, 64, 128, 256)],
    ("Transformer", "batch"): [{"batch": n} for n in (4, 8, 16, 32)],
}


def load(engine: str) -> object:
    """The module that writes the workloads in `engine`."""
    return importlib.import_module(f"benchmarks.engines.{engine}_engine")


def jobs(task: Problem, engines: Iterable[str]) -> dict[str, Job]:
    """A job in each engine that has the workload, its gradients equal to PyTorch's."""
    found = {name: load(name).job(task) for name in engines if task.name in load(name).WORKLOADS}  # type: ignore[attr-defined]
    want = found["torch"].gradients()
    for name, job in found.items():
        got = job.gradients()
        for key, reference in want.items():
            scale = np.abs(reference).max()
            if not np.abs(got[key] - reference).max() <= 1e-3 * scale + 1e-6:  # NaN is refused too
                raise SystemExit(f"{name}: the gradient of {key} in {task.name} differs from PyTorch's; nothing timed")
    return found


def seconds(job: Job, repeats: int) -> float:
    """Processor time of one run, averaged over `repeats`."""
    start = time.process_time()
    for _ in range(repeats):
        job.run()
    return (time.process_time() - start) / repeats


def race(found: dict[str, Job], rounds: int, slice_seconds: float = 0.05) -> dict[str, list[float]]:
    """Seconds a run of each engine in each round, the engines taking turns."""
    rng = np.random.default_rng(0)
    repeats = {}
    for name, job in found.items():
        job.run()
        repeats[name] = max(1, round(slice_seconds / max(seconds(job, 2), 1e-6)))
    times: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(rounds):
        for name in rng.permutation(list(found)):
            times[str(name)].append(seconds(found[str(name)], repeats[str(name)]))
    return times


def ratios(times: dict[str, list[float]]) -> dict[str, float]:
    """The median over rounds of each engine's time by PyTorch's."""
    return {
        name: statistics.median(a / b for a, b in zip(own, times["torch"], strict=True)) for name, own in times.items()
    }


def slopes(rounds: int, only: Iterable[str]) -> list[tuple[str, str, list[object], float, float]]:
    """For each sweep: workload, what grows, its values, and the fitted exponents of PyTorch and of this package."""
    rows = []
    for (name, what), changes in SWEEPS.items():
        if name not in only:
            continue
        medians: dict[str, list[float]] = {"torch": [], "chainrule": []}
        values: list[object] = []
        for change in changes:
            task = problem(name, FULL[name] | change)
            times = race(jobs(task, medians), rounds, 0.02)
            for engine, own in times.items():
                medians[engine].append(statistics.median(own))
            value = next(iter(change.values()))
            values.append(value[1] if isinstance(value, tuple) else value)
        fitted = [np.polyfit(np.log(np.array(values, float)), np.log(medians[e]), 1)[0] for e in medians]
        rows.append((name, what, values, *fitted))
    return rows


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(FULL), help="workloads, separated by commas (default: all)")
    parser.add_argument("--engines", default=",".join(ENGINES), help="engines, separated by commas (default: all)")
    parser.add_argument("--rounds", type=int, default=15, help="rounds in which the engines take turns")
    parser.add_argument("--table-only", action="store_true", help="no memory, no slopes, results.md left as it is")
    options = parser.parse_args()
    only, engines = options.only.split(","), ["torch", *(e for e in options.engines.split(",") if e != "torch")]
    for name in only:
        if name not in FULL:
            parser.error(f"--only: {name!r} is none of {', '.join(FULL)}")
    results: dict[str, dict[str, list[float]]] = {}
    for name in only:
        print(f"{name} ...", file=sys.stderr, flush=True)
        results[name] = race(jobs(problem(name), engines), options.rounds)
    table = report.table({name: (times, ratios(times)) for name, times in results.items()}, engines)
    print(table)
    if options.table_only:
        return
    peaks = {name: {e: machine.peak_of(e, name) for e in ("torch", "chainrule")} for name in only}
    grown = slopes(max(3, options.rounds // 3), only)
    text = report.page(table, report.memory(peaks), report.growth(grown), machine.description(), options.rounds)
    print(text[text.index("## Peak memory") :])
    if set(only) == set(FULL) and set(engines) == set(ENGINES):
        Path(__file__).with_name("results.md").write_text(text, encoding="utf-8")
    else:
        print("results.md left as it is: it holds all workloads and engines", file=sys.stderr)


if __name__ == "__main__":
    main()

"""Benchmark results as Markdown."""

import statistics
from collections.abc import Iterable, Mapping

from benchmarks.workloads import TARGETS, WHAT

Times = dict[str, list[float]]


def grid(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    head = list(head)
    lines = [head, ["---"] * len(head), *map(list, rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def table(results: Mapping[str, tuple[Times, dict[str, float]]], engines: Iterable[str]) -> str:
    """Ratios to PyTorch, one row a workload."""
    engines = [name for name in engines if name != "torch"]
    rows = []
    for name, (times, ratio) in results.items():
        torch_time = f"{statistics.median(times['torch']) * 1e3:.2f} ms"
        cells = [f"{ratio[e]:.2f}" if e in ratio else "" for e in engines]
        rows.append([name, WHAT[name], torch_time, *cells, f"{TARGETS[name]:.2f}"])
    return grid(["workload", "what runs", "PyTorch", *engines, "goal for chainrule"], rows)


def memory(peaks: Mapping[str, Mapping[str, float | None]]) -> str:
    """Peak memory, one row a workload."""

    def show(number: float | None) -> str:
        return "not measured" if number is None else f"{number:.1f} MB"

    rows = [[name, show(both["torch"]), show(both["chainrule"])] for name, both in peaks.items()]
    return grid(["workload", "PyTorch", "chainrule"], rows)


def growth(rows: Iterable[tuple[str, str, list[object], float, float]]) -> str:
    """Fitted exponents of time, one row a sweep."""
    cells = [
        [name, what, ", ".join(map(str, values)), f"{theirs:.2f}", f"{ours:.2f}"]
        for name, what, values, theirs, ours in rows
    ]
    return grid(["workload", "grows", "values", "exponent, PyTorch", "exponent, chainrule"], cells)


def page(table: str, memory: str, growth: str, machine: str, rounds: int) -> str:
    """The whole of results.md."""
    return f"""# The engine's speed

Written by `make bench` (`python -m benchmarks.engine`). Ratios to PyTorch's time, below 1 is faster than PyTorch:
one process, one thread, float32, forward and backward pass (and the SGD step where said), processor time, median of
{rounds} rounds in which the engines take turns. Each gradient agreed with PyTorch's before it was timed.

{machine}

{table}

## Peak memory

What three runs add to the process at their peak, each engine in a process of its own, after a tiny run that sets up
what a library sets up once.

{memory}

## Growth

Time against one size, all others as above: the slope of a line fitted to the logarithms.

{growth}
"""

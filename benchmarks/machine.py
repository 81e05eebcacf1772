"""The machine a benchmark ran on, and the peak memory of a workload in a process of its own."""

import importlib
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("numpy", "torch", "autograd", "mygrad", "micrograd")


def description() -> str:
    """Processor, system and versions, one line each."""
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if "model name" in line]
        processor = f"{len(names)} x {names[0]}" if names else processor
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"- {processor}\n- {platform.system()} {platform.machine()}, Python {platform.python_version()}\n- {versions}"
    )


def resident(field: str) -> int:
    """A figure of this process from Linux's /proc, in bytes: VmRSS (now) or VmHWM (the highest so far)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"/proc/self/status has no line {field}")


def measure(engine: str, name: str) -> int:
    """Bytes by which three runs of a workload raise this process's peak above what it held before them.

    A tiny run comes first, so that what a library sets up once is not counted.
    """
    from benchmarks.workloads import TINY, problem

    load = importlib.import_module(f"benchmarks.engines.{engine}_engine").job
    load(problem(name, TINY[name])).run()
    job = load(problem(name))
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from what is resident now
    before = resident("VmRSS")
    for _ in range(3):
        job.run()
    return resident("VmHWM") - before


def peak_of(engine: str, name: str) -> float | None:
    """Megabytes a workload adds at its peak, measured in a fresh process; None where the system is not Linux."""
    if platform.system() != "Linux":
        return None
    command = [sys.executable, "-m", "benchmarks.machine", engine, name]
    return int(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout) / 1e6


if __name__ == "__main__":
    print(measure(*sys.argv[1:]))

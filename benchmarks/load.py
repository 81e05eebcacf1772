"""A load run: `python -m benchmarks.load 1000`. Generated submissions of ps05, graded in a course of their own.

One in a hundred is hostile, one in a hundred slow, one in twenty broken; the rest are right, half right or wrong.
While the run goes on, marks recorded and memory are sampled: time is to grow linearly and memory to stay flat.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy as np

from benchmarks import machine, submissions
from benchmarks.grading import family_memory, new_course
from benchmarks.report import grid
from classroom.assignments.assignment import Assignment

ROOT = Path(__file__).resolve().parents[1]
NAME = "ps05-dual-numbers"
HOSTILE = (
    "import os\nos._exit(0)",
    "block = bytearray(4 << 30)",
    "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        break",
    "import numpy as np\nnp.testing.assert_allclose = lambda *a, **k: None",
    "open('big', 'wb').write(bytes(200 << 20))",
    "print('x' * 50_000_000)",
)
SLOW = "import time\ntime.sleep(3)"
BROKEN = ("def (", "raise RuntimeError('nothing works')", "import nowhere")


def kind_of(number: int) -> str:
    """What the submission of this number is."""
    place = number % 100
    names = {7: "hostile", 57: "slow"}
    return names.get(place) or ("broken" if place % 20 == 11 else "right" if place % 5 < 2 else "wrong")


def generated(source: Assignment, number: int, seed: int = 0) -> Iterator[tuple[str, str, str]]:
    """Student, kind and text of each submission; no two are the same, so that nothing comes from the cache."""
    rng = random.Random(seed)
    right, empty, *wrong = [submissions.page(source, cells) for cells in submissions.kinds(source)]
    mistakes = itertools.cycle([empty, *wrong])
    for i in range(number):
        kind = kind_of(i)
        page = nbformat.from_dict(right if kind != "wrong" else next(mistakes))
        page = nbformat.reads(nbformat.writes(page), as_version=4)
        answer = next(cell for cell in page.cells if cell.id == "arithmetic")
        extra = {"hostile": rng.choice(HOSTILE), "slow": SLOW, "broken": rng.choice(BROKEN)}.get(kind, "")
        answer.source = f"# {i}, {rng.random()}\n{extra}\n{answer.source}" if extra else f"# {i}\n{answer.source}"
        yield f"s{i:05d}", kind, nbformat.writes(page)


def load(number: int, jobs: int, folder: Path) -> dict[str, Any]:
    """Generate, grade, and what was seen meanwhile."""
    source = submissions.assignment(NAME)
    course, environment = new_course(source, folder)
    kinds = {}
    for student, kind, text in generated(source, number):
        kinds[student] = kind
        place = course / "course" / "submitted" / student / NAME
        place.mkdir(parents=True)
        (place / f"{NAME}.ipynb").write_text(text, encoding="utf-8")
    command = [str(Path(sys.executable).with_name("classroom")), "grade", NAME, "--json", "--jobs", str(jobs)]
    began = time.perf_counter()
    result = open(folder / "result.json", "w+", encoding="utf-8")  # noqa: SIM115
    process = subprocess.Popen(command, cwd=course, env=environment, stdout=result, stderr=subprocess.PIPE, text=True)
    lines = 0

    def read() -> None:
        nonlocal lines
        assert process.stderr is not None
        for line in process.stderr:
            lines += ": note: " not in line

    reader = threading.Thread(target=read)
    reader.start()
    samples: list[tuple[float, int, int, int]] = []
    while process.poll() is None:
        time.sleep(1)
        main = machine_memory(process.pid)
        samples.append((time.perf_counter() - began, lines, main, family_memory(process.pid)))
    reader.join()
    with result:
        result.seek(0)
        output = result.read()
    if process.returncode != 0:
        raise RuntimeError(f"classroom grade ended with {process.returncode}")
    return {"seconds": time.perf_counter() - began, "samples": samples, "kinds": kinds, **json.loads(output)}


def machine_memory(pid: int) -> int:
    """Resident bytes of one process, 0 when it has gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:")), 0)


def report(found: dict[str, Any], number: int, jobs: int) -> list[str]:
    """The run as Markdown."""
    samples = np.array([s for s in found["samples"] if s[1] > 0 and s[2] > 0], dtype=float)
    quarters = np.array_split(samples, 4)
    rows = []
    for i, part in enumerate(quarters):
        rate = (part[-1, 1] - part[0, 1]) / (part[-1, 0] - part[0, 0])
        rows.append([f"{i + 1}", f"{60 * rate:.0f}", f"{part[:, 2].max() / 1e6:.0f}", f"{part[:, 3].max() / 1e6:.0f}"])
    points: dict[str, list[float]] = {}
    for row in found["rows"]:
        points.setdefault(found["kinds"][row["student"]], []).append(row["points"])
    marks = [
        [kind, str(len(got)), f"{min(got):g} to {max(got):g}", f"{np.mean(got):.1f}"] for kind, got in points.items()
    ]
    per_core_hour = 3600 * number / found["seconds"] / jobs
    seconds = Counter({row["student"]: row["seconds"] for row in found["rows"]})
    return [
        f"## {number} submissions of {NAME}, {jobs} workers",
        "",
        f"- {found['seconds']:.0f} s, {60 * number / found['seconds']:.0f} submissions a minute; "
        f"{len(found['rows'])} recorded, {len(found['failed'])} could not be judged",
        f"- one core grades {per_core_hour:.0f} an hour; "
        f"a class of 10 000 needs {10_000 / per_core_hour:.1f} core hours",
        f"- the longest took {max(seconds.values()):.1f} s, the median {np.median(list(seconds.values())):.2f} s",
        "",
        grid(["quarter of the run", "submissions a minute", "peak MB, main process", "peak MB, all processes"], rows),
        "",
        grid(["kind", "number", "points of 17", "mean"], marks),
        "",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", type=int)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="load-") as place:
        found = load(options.number, options.jobs, Path(place) / "course")
    lines = [
        "# Load",
        "",
        f"Made by `python -m benchmarks.load {options.number}`.",
        "",
        machine.description(),
        f"- busy processes before the run (load average): {busy:.1f}",
        "",
        *report(found, options.number, options.jobs),
    ]
    text = "\n".join(lines).rstrip() + "\n"
    (ROOT / "benchmarks" / "load.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()

"""The same submissions graded by stock nbgrader and by this course, in one run: `python -m benchmarks.grading`.

Each grader is timed as its command is typed, start-up included. The cells' own time is what they take one after
the other in a process that has imported everything, tests included; overhead is the rest.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import machine, submissions
from benchmarks.report import grid
from classroom.assignments.assignment import Assignment
from classroom.submissions.transplant import transplant

ROOT = Path(__file__).resolve().parents[1]
SETS = ("ps05-dual-numbers", "ps10-pytorch")
REPEATS = 3
STOCK_CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "stock"
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError"}
c.ExecutePreprocessor.timeout = 60
"""
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


@dataclass
class Measured:
    """One command: seconds, processor seconds and the highest memory of all its processes together."""

    seconds: float
    processor: float | None
    peak: int
    output: str


class Account:
    """A control group of the kernel, where there is one: it counts processor time of a command and all it starts."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        for place in (Path("/sys/fs/cgroup/cpuacct"), Path("/sys/fs/cgroup")):
            folder = place / f"grading-{os.getpid()}"
            with contextlib.suppress(OSError):
                if (place / "cgroup.procs").exists():
                    folder.mkdir()
                    self.folder = folder
                    break

    def joined(self, command: list[str]) -> list[str]:
        """The command, run inside the group."""
        if self.folder is None:
            return command
        return ["sh", "-c", 'echo $$ > "$0" && exec "$@"', str(self.folder / "cgroup.procs"), *command]

    def close(self) -> float | None:
        """Seconds used; None where nothing counts them."""
        if self.folder is None:
            return None
        if (usage := self.folder / "cpuacct.usage").exists():
            seconds = int(usage.read_text()) / 1e9
        else:
            lines = (self.folder / "cpu.stat").read_text().split()
            seconds = int(lines[lines.index("usage_usec") + 1]) / 1e6
        for _ in range(100):
            with contextlib.suppress(OSError):
                self.folder.rmdir()
                break
            time.sleep(0.05)
        return seconds


def measured(command: list[str], folder: Path, environment: dict[str, str]) -> Measured:
    """Run a command to its end and measure it."""
    account = Account()
    began = time.perf_counter()
    process = subprocess.Popen(
        account.joined(command),
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    peak, ended = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(0.25):
            peak = max(peak, family_memory(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    output, _ = process.communicate()
    seconds = time.perf_counter() - began
    ended.set()
    watcher.join()
    if process.returncode not in (0, 1):
        raise RuntimeError(f"{command} ended with {process.returncode}: {output[-2000:]}")
    return Measured(seconds, account.close(), peak, output)


def family_memory(first: int) -> int:
    """Bytes of memory of a process and its descendants, shared pages counted once among those who share them."""
    total, queue = 0, [first]
    while queue:
        pid = queue.pop()
        with contextlib.suppress(OSError, ValueError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
            for task in os.listdir(f"/proc/{pid}/task"):
                queue += [int(p) for p in Path(f"/proc/{pid}/task/{task}/children").read_text().split()]
    return total


def stock(source: Assignment, number: int, folder: Path) -> tuple[Measured, dict[str, float]]:
    """`nbgrader autograde` as it comes."""
    course = folder / "stock"
    shutil.copytree(source.folder, course / "source" / source.name)
    (course / "nbgrader_config.py").write_text(STOCK_CONFIG)
    nbgrader = str(Path(sys.executable).with_name("nbgrader"))
    subprocess.run([nbgrader, "generate_assignment", source.name], cwd=course, env=ENVIRONMENT, check=True, **QUIET)
    submissions.hand_in(course, "submitted", source.name, submissions.class_of(source, number))
    found = measured([nbgrader, "autograde", source.name], course, ENVIRONMENT)
    return found, marks(f"sqlite:///{course / 'gradebook.db'}", source.name)


QUIET: dict[str, object] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def new_course(source: Assignment, folder: Path) -> tuple[Path, dict[str, str]]:
    """This course in a folder of its own, one assignment generated, with a secret of its own."""
    shutil.copytree(source.folder, folder / "solutions" / source.name)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    environment = {**ENVIRONMENT, "CHAINRULE_SECRET_FILE": str(folder / "secret")}
    command = [str(Path(sys.executable).with_name("classroom")), "generate", source.name]
    subprocess.run(command, cwd=folder, env=environment, check=True, **QUIET)
    return folder, environment


def ours(source: Assignment, number: int, folder: Path, jobs: int) -> tuple[Measured, dict[str, float]]:
    """`classroom grade`, nothing cached."""
    course, environment = new_course(source, folder)
    submissions.hand_in(course, "course/submitted", source.name, submissions.class_of(source, number))
    command = [str(Path(sys.executable).with_name("classroom")), "grade", source.name, "--json", "--jobs", str(jobs)]
    found = measured(command, course, environment)
    assert json.loads(found.output)["failed"] == {}, found.output
    return found, marks(f"sqlite:///{course / 'course' / 'gradebook.db'}", source.name)


def marks(db_url: str, name: str) -> dict[str, float]:
    """Every student's points."""
    from nbgrader.api import Gradebook

    with Gradebook(db_url) as gradebook:
        return {s.student.id: s.score for s in gradebook.assignment_submissions(name)}


def own_seconds(name: str, number: int) -> float:
    """Seconds the notebooks' cells take by themselves, in a fresh process that has imported everything."""
    command = [sys.executable, "-m", "benchmarks.grading", "--own", name, "--submissions", str(number)]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, check=True, capture_output=True, text=True)
    return float(done.stdout)


def run_cells(source: Assignment, number: int) -> float:
    """One notebook after another in this process; the first one is run twice and its first time not counted."""
    total = 0.0
    everyone = [cells for _, cells in zip(range(number), _answers(source, number), strict=True)]
    with tempfile.TemporaryDirectory() as place:
        for path in source.data_files:
            shutil.copy(path, place)
        os.chdir(place)
        for turn, answers in enumerate([everyone[0], *everyone]):
            names: dict[str, object] = {"__name__": "__main__"}
            began = time.perf_counter()
            for cell in transplant(source, answers):
                if cell.language == "code":
                    _run(cell.source, names)
            total += (time.perf_counter() - began) if turn else 0.0
    return total


def _answers(source: Assignment, number: int) -> list[tuple[submissions.StudentCell, ...]]:
    answers = []
    for _, notebook in submissions.class_of(source, number):
        answers.append(tuple(submissions.StudentCell(c.id, c.cell_type, c.source) for c in notebook.cells))
    return answers


def _run(cell: str, names: dict[str, object]) -> None:
    # Wrong submissions fail, as they do in their kernels.
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Exception):
        exec(compile(ast.parse(cell), "<cell>", "exec"), names)


def repeated(source: Assignment, number: int, jobs: int, folder: Path) -> tuple[Measured, Measured, dict[str, float]]:
    """The same submissions with `jobs` workers and with one, in turn: the median of each, and the marks."""
    several: list[Measured] = []
    single: list[Measured] = []
    marked: dict[str, float] = {}
    for turn in range(REPEATS):
        # In turn, because a machine is not as fast in one minute as in the next.
        for found, workers in ((several, jobs), (single, 1)):
            measured_once, marks_once = ours(source, number, folder / f"{number}-{workers}-{turn}", workers)
            assert marked in ({}, marks_once)
            marked = marks_once
            found.append(measured_once)
    middle = REPEATS // 2
    return *(sorted(found, key=lambda m: m.seconds)[middle] for found in (several, single)), marked


def compare(name: str, number: int, jobs: int, most: int) -> list[str]:
    """Everything that is measured of one assignment, as Markdown."""
    busy = os.getloadavg()[0]
    source = submissions.assignment(name)
    own = own_seconds(name, number)
    few, many = max(4, number // 4), 4 * number
    with tempfile.TemporaryDirectory(prefix="grading-") as place:
        folder = Path(place)
        mine, single, my_marks = repeated(source, number, jobs, folder)
        # How much a second worker brings shows in runs so long that starting no longer counts.
        large, large_single, _ = repeated(source, many, jobs, folder)
        small_single, _ = ours(source, few, folder / "small-single", 1)
        whole, _ = ours(source, most, folder / "whole", jobs)
        whole_single, _ = ours(source, most, folder / "whole-single", 1)
        theirs, their_marks = stock(source, number, folder)

    def row(what: str, found: Measured) -> list[str]:
        rate = number / found.seconds * 60
        return [what, f"{found.seconds:.1f}", f"{rate:.0f}", used(found), f"{found.peak / 1e6:.0f}"]

    def used(found: Measured) -> str:
        return "not counted" if found.processor is None else f"{found.processor:.1f}"

    def times(one: Measured, several: Measured) -> str:
        return f"{one.seconds / several.seconds:.2f} times ({one.seconds:.1f} s, {several.seconds:.1f} s)"

    rows = [
        row("stock `nbgrader autograde`", theirs),
        row(f"`classroom grade`, {jobs} workers", mine),
        row("`classroom grade`, 1 worker", single),
    ]
    one_more = (single.seconds - small_single.seconds) / (number - few)
    each = (large.seconds - mine.seconds) / (many - number)
    each_single = (large_single.seconds - single.seconds) / (many - number)
    differ = sum(1 for student in my_marks if my_marks[student] != their_marks.get(student))
    return [
        f"## {name}, {number} submissions",
        "",
        grid(["grader", "seconds", "submissions a minute", "processor seconds", "peak MB, all processes"], rows),
        "",
        f"- {theirs.seconds / mine.seconds:.1f} times as many submissions a minute as stock, start-up included",
        f"- the cells' own time, tests included: {own / number:.3f} s a submission",
        f"- overhead a submission, everything included: stock {(theirs.seconds - own) / number:.2f} s, "
        f"this grader with one worker {(single.seconds - own) / number:.2f} s",
        f"- overhead of one submission more (from {few} to {number}), one worker: {one_more - own / number:.3f} s",
        f"- from one worker to {jobs}, start-up included: {times(single, mine)} as fast for {number} submissions, "
        f"{times(large_single, large)} for {many}, {times(whole_single, whole)} for {most}",
        f"- from one worker to {jobs}, for each submission from number {number + 1} to number {many}: "
        f"{each_single / each:.2f} times ({1000 * each_single:.0f} ms, {1000 * each:.0f} ms)",
        f"- marks that differ from stock's: {differ} of {number}",
        f"- busy processes before the run (load average): {busy:.1f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--most", type=int, default=1000, help="submissions of the longest run")
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--own", help="only print the seconds of this assignment's cells")
    options = parser.parse_args()
    if options.own:
        print(run_cells(submissions.assignment(options.own), options.submissions), file=sys.stdout)
        return
    head = [
        "# Grading: this course beside stock nbgrader",
        "",
        "Made by `make bench-grading`. Both graders get the same submissions (solutions, releases, misconceptions)",
        "and are timed as commands, start-up included. Hidden inputs are drawn anew for each student here, and fixed",
        "in stock nbgrader, so a misconception that depends on the input may score differently. This grader's times",
        f"for few submissions are medians of {REPEATS}, one worker and several in turn; the longest run is made once.",
        "",
        machine.description(),
    ]
    path = ROOT / "benchmarks" / "grading.md"
    # Sets that are not measured this time keep what was measured before.
    before = path.read_text(encoding="utf-8").split("\n## ")[1:] if path.exists() else []
    parts = {part.split(",")[0]: f"## {part.strip()}" for part in before}
    for name in options.sets:
        parts[name] = "\n".join(compare(name, options.submissions, options.jobs, options.most))
        print(parts[name], flush=True)
        # Each at once: the next takes half an hour, and whatever stops it must not cost this one.
        path.write_text("\n\n".join(["\n".join(head), *parts.values()]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Dishonest submissions against stock nbgrader and against this course's grader: `python benchmarks/attacks.py`.

Writes benchmarks/attacks.md. Stock nbgrader runs tests in the submission's own kernel, so each of its runs happens
behind a fence: bubblewrap with no network and nothing writable but a private copy of a small course. Submissions
that exhaust a machine, and those whose success would depend on the fence (reaching for files, processes and the
network), are left out of stock's column; `tests/classroom` runs them against this course's sandbox.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "classroom"))

import attacks as assignment  # noqa: E402
from attacks import forging, notebook  # noqa: E402
from toycourse import NAME as TOY_NAME  # noqa: E402
from toycourse import TOY  # noqa: E402

from classroom.assignments.assignment import load  # noqa: E402
from classroom.grading import pipeline  # noqa: E402
from classroom.judging.judge import judge  # noqa: E402
from classroom.model import Conditions  # noqa: E402

SECONDS = 100
# Stock nbgrader would copy the device this link leads to until the disk is full.
NOT_FOR_STOCK = {"link to a device"}
STOCK_CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "stock"
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError"}
"""
# Runs inside the fence: nbgrader's own Autograde on everything handed in, then the gradebook as JSON.
GRADE = """
import json, sys
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
config = Config()
config.CourseDirectory.root = "/mnt"
config.CourseDirectory.course_id = "stock"
config.Execute.timeout = 15
api = NbGraderAPI(CourseDirectory(config=config), config=config)
for student in sys.argv[2:]:
    result = api.autograde(sys.argv[1], student)
    with open("/mnt/log.txt", "a") as file:
        file.write(result.get("log", "") + result.get("error", ""))
with api.gradebook as gradebook:
    points = {
        s.student.id: {g.name: g.score for n in s.notebooks for g in n.grades}
        for s in gradebook.assignment_submissions(sys.argv[1])
    }
with open("/mnt/points.json", "w") as file:
    json.dump(points, file)
"""


def fenced(course: Path, *words: str) -> None:
    """Run Python in the fence: the machine read-only, no network, only `course` writable."""
    command = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    command += ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", "/run"]
    command += ["--bind", str(course), "/mnt", "--chdir", "/mnt"]
    command += ["--clearenv", "--setenv", "PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin"]
    command += ["--setenv", "HOME", "/tmp", "--setenv", "OMP_NUM_THREADS", "1"]
    done = subprocess.run([*command, sys.executable, *words], capture_output=True, text=True, timeout=SECONDS)
    if not (course / "points.json").exists():
        raise RuntimeError(f"stock nbgrader did not come to an end behind the fence:\n{done.stderr[-3000:]}")


def stock_points(template: Path, name: str, hand_in: Callable[[Path], None]) -> dict[str, dict[str, float]]:
    """What stock nbgrader's gradebook holds after an attack and an honest classmate were graded; {} if that hangs."""
    with tempfile.TemporaryDirectory(prefix="fence-") as place:
        course = Path(place) / "course"
        shutil.copytree(template, course)
        folder = course / "submitted" / "attack" / name
        folder.mkdir(parents=True)
        hand_in(folder)
        try:
            fenced(course, "-c", GRADE, name, "honest", "attack")
        except subprocess.TimeoutExpired:
            return {}
        points: dict[str, dict[str, float]] = json.loads((course / "points.json").read_text())
        return points


def stock_course(folder: Path, source: Path, name: str, honest: Any) -> Path:
    """A course of stock nbgrader's with one assignment generated and an honest submission."""
    shutil.copytree(source, folder / "source" / name)
    (folder / "nbgrader_config.py").write_text(STOCK_CONFIG)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    command = [Path(sys.executable).with_name("nbgrader"), "generate_assignment", name]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    place = folder / "submitted" / "honest" / name
    place.mkdir(parents=True)
    nbformat.write(honest, place / f"{name}.ipynb")
    return folder


# The two assignments that are attacked


def marked(source: str, kind: str, name: str, points: float = 0) -> Any:
    """A code cell with nbgrader's marks."""
    cell = nbformat.v4.new_code_cell(source.strip("\n"), id=name)
    flags = {"setup": (False, False, True), "solution": (False, True, False), "test": (True, False, True)}[kind]
    cell.metadata["nbgrader"] = dict(zip(("grade", "solution", "locked"), flags, strict=True))
    cell.metadata["nbgrader"].update(schema_version=3, task=False, grade_id=name, cell_type="code")
    if kind == "test":
        cell.metadata["nbgrader"]["points"] = points
    return cell


# For each item what goes before, and what is compared with what.
TRIED: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "multiply-check": (
        "u, v = (6.0, 2.0), (7.0, 1.0)\n",
        [("multiply(u, v)", "(u[0] * v[0], u[1] * v[0] + u[0] * v[1])"), ("multiply(v, v)", "(49.0, 14.0)")],
    ),
    "pair-check": ("product = Pair(2.0, 1.0) * Pair(3.0, 0.0)\n", [("product.v", "6.0"), ("product.d", "3.0")]),
    "normalise-check": ("x = np.array([1.0, 3.0])\n", [("normalise(x).tolist()", "[0.25, 0.75]")]),
    "noisy-check": (
        "rng, twin, x = np.random.default_rng(11), np.random.default_rng(11), np.ones(3)\n",
        [("noisy(x, rng).tolist()", "(x + twin.normal(size=3)).tolist()")],
    ),
}
# Three ways of writing the tests: the first two are usual, the third is this course's.
STYLES = {
    "assert ==": "assert {} == {}\n",
    "assert_allclose": "np.testing.assert_allclose({}, {})\n",
    "this course's checks": "",
}


def in_style(item: str, source: str, style: str) -> str:
    """The test of an item, written with plain assertions where `style` says so."""
    if item not in TRIED or not STYLES[style]:
        return source
    before, pairs = TRIED[item]
    return before + "".join(STYLES[style].format(got, want) for got, want in pairs)


def forging_page(cells: tuple[str, ...], style: str = "this course's checks") -> Any:
    """The assignment that the forging attacks are written for, with these cells in it."""
    page = nbformat.v4.new_notebook()
    page.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    for step in assignment.steps(cells):
        if step.id.startswith("attack-"):
            page.cells.append(nbformat.v4.new_code_cell(step.source.strip("\n"), id=step.id))
        else:
            kind = {"setup": "setup", "student": "solution", "test": "test"}[step.kind]
            page.cells.append(marked(in_style(step.id, step.source, style), kind, step.id, step.points))
    return page


def toy_page() -> Any:
    """The toy assignment's release with the honest and the wrong answer every notebook trick starts from."""
    toy = load(TOY / TOY_NAME)
    page = nbformat.from_dict(json.loads(json.dumps(toy.notebook)))
    answers = {"square": notebook.WRONG, "mean": notebook.HONEST_MEAN}
    for cell in page.cells:
        cell.source = answers.get(cell.id, toy.cell(cell.id).stub)
    page.metadata["chainrule"]["release"] = toy.release_hash
    return page


# Both graders


def stock_results(work: Path) -> dict[str, list[str]]:
    """Each attack's outcomes under stock nbgrader, in words: one for each style of test."""
    pages = {style: stock_forging(work, style) for style in STYLES}
    toy = stock_course(work / "toy", TOY / TOY_NAME, TOY_NAME, toy_page())
    unchanged = stock_points(toy, TOY_NAME, lambda f: nbformat.write(toy_page(), f / f"{TOY_NAME}.ipynb"))

    def forge(attack: assignment.Attack, style: str) -> str:
        course, honest = pages[style]
        page = forging_page(attack.cells, style)
        found = stock_points(course, "forging", lambda folder: nbformat.write(page, folder / "forging.ipynb"))
        return outcome(found, honest, attack.wanted, 3.0)

    def trick(attack: notebook.NotebookAttack) -> str:
        if attack.name in NOT_FOR_STOCK:
            return "not run"
        found = stock_points(toy, TOY_NAME, lambda folder: attack.hand_in(folder, toy_page()))
        return outcome(found, unchanged, attack.wanted, 8.0)

    with ThreadPoolExecutor(2) as pool:
        jobs = [(a.name, pool.submit(forge, a, style)) for a in forging.ATTACKS for style in STYLES]
        jobs += [(a.name, pool.submit(trick, a)) for a in notebook.ATTACKS]
        results: dict[str, list[str]] = {}
        for name, job in tqdm(jobs, desc="stock nbgrader", unit="attack"):
            results.setdefault(name, []).append(job.result())
        return results


def stock_forging(work: Path, style: str) -> tuple[Path, dict[str, dict[str, float]]]:
    """The stock course with its tests in one style, and what wrong answers get there without any attack."""
    place = work / f"forging-{list(STYLES).index(style)}"
    source = place / "forging-source"
    source.mkdir(parents=True)
    nbformat.write(forging_page((), style), source / "forging.ipynb")
    course = stock_course(place / "course", source, "forging", forging_page((), style))
    wrong = forging_page((), style)
    return course, stock_points(course, "forging", lambda f: nbformat.write(wrong, f / "forging.ipynb"))


def outcome(found: dict[str, Any], honest: dict[str, Any], wanted: str, most: float) -> str:
    """Points gained on the item an attack is after, and whether a classmate's marks changed."""
    if not found:
        return f"grading did not end in {SECONDS} s"
    if found.get("honest") != honest["honest"]:
        return "**changed another student's marks**"
    gained = found.get("attack", {}).get(wanted, 0.0) - honest["attack"][wanted]
    if gained >= most:
        return "**full points**"
    return f"**{gained:g} of {most:g} points**" if gained > 0 else "nothing"


def our_results(work: Path) -> Iterator[tuple[str, str]]:
    """The same attacks under the judge."""
    for attack in tqdm(forging.ATTACKS, desc="this grader: forging", unit="attack"):
        verdict = judge(assignment.steps(attack.cells), Conditions(seconds_per_cell=5, seconds_total=30), bytes(16))
        gained = verdict.items[attack.wanted].points
        yield attack.name, "nothing" if gained == 0 else f"**{gained:g} points**"
    toy = load(TOY / TOY_NAME)
    for trick in tqdm(notebook.ATTACKS, desc="this grader: notebooks", unit="attack"):
        folder = work / "submitted" / f"s{notebook.ATTACKS.index(trick)}" / TOY_NAME
        folder.mkdir(parents=True)
        trick.hand_in(folder, toy_page())
        task = pipeline.Task(toy, folder, folder.parent.name, 1, bytes(16), work / "releases", True)
        graded = pipeline.grade_one(task)
        gained = pipeline.score(graded, trick.wanted, 8.0)
        told = f"nothing ({'refused' if graded.refused else 'graded'})"
        yield trick.name, told if gained == 0 else f"**{gained:g} points**"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="attacks-") as place:
        stock = stock_results(Path(place))
        ours = dict(our_results(Path(place)))
    lines = [
        "# Dishonest submissions: what each gains",
        "",
        "Made by `python benchmarks/attacks.py`. Every submission's answer is wrong; the columns say what it gains all",
        "the same, under stock nbgrader 0.9.6 and under this course's grader. Forging is tried on stock nbgrader with",
        "tests written in three ways. Submissions that exhaust a machine or reach for what is not theirs are run",
        "against this course's sandbox only, by the test suite.",
        "",
    ]
    for title, found, columns in [
        ("Forging a result", forging.ATTACKS, [f"stock, `{style}`" for style in STYLES]),
        ("Notebook tricks", notebook.ATTACKS, ["stock"]),
    ]:
        heads = ["submission", *columns, "this grader"]
        lines += [f"## {title}", "", f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
        lines += [f"| {' | '.join([attack.name, *stock[attack.name], ours[attack.name]])} |" for attack in found]
        lines.append("")
    won = [name for name, said in stock.items() if any(word.startswith("**") for word in said)]
    lost = [name for name, said in ours.items() if said.startswith("**")]
    lines.append(
        f"Stock nbgrader gave something to {len(won)} of {len(stock)}; this grader to {len(lost)} of {len(ours)}."
    )
    text = "\n".join(lines) + "\n"
    (ROOT / "benchmarks" / "attacks.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()

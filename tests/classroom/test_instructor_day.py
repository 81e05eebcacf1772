"""An instructor's day: change an exercise, grade thirty, settle a dispute, mark by hand in formgrader, export."""

from __future__ import annotations

import csv
import difflib
import itertools
import json
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, expect
from running_jupyter import serving
from toycourse import NAME, RIGHT, answered, course, generated, grade, hand_in, points, released  # noqa: F401
from typer.testing import CliRunner

from classroom.assignments.course import Course
from classroom.commands.app import app
from classroom.grading import record

pytestmark = pytest.mark.sandbox
TOKEN = "an-instructors-day"
# What is handed in, and the points of its two items marked by tests: known before anything is graded.
KINDS = {
    "right": (RIGHT, (8, 8)),
    "doubled": ({**RIGHT, "square": "def square(x):\n    return 2 * x"}, (0, 8)),
    "summed": ({**RIGHT, "mean": "def mean_square(xs):\n    return sum(square(x) for x in xs)"}, (8, 0)),
    "broken": ({**RIGHT, "mean": "def mean_square(xs:"}, (8, 0)),
    "empty": ({}, (0, 0)),
}


@pytest.fixture
def thirty(course: Course) -> dict[str, tuple[int, int]]:  # noqa: F811
    """Thirty submissions; the marks each must get."""
    known = {}
    for number, kind in zip(range(30), itertools.cycle(KINDS), strict=False):
        cells, marks = KINDS[kind]
        student = f"s{number:02}-{kind}"
        hand_in(course, student, answered(course, **cells, explain=f"A product of equal signs, says {student}."))
        known[student] = marks
    return known


def test_what_students_will_see_of_a_change(course: Course) -> None:  # noqa: F811
    release = course.root / "exercises" / NAME / f"{NAME}.ipynb"
    before = release.read_text(encoding="utf-8").splitlines()
    source = course.root / "solutions" / NAME / f"{NAME}.ipynb"
    notebook = nbformat.read(source, as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace("Two small functions", "Two short functions").replace("x * x", "x**2")
    nbformat.write(notebook, source)
    assert CliRunner().invoke(app, ["generate", "ps99"]).exit_code == 0
    after = release.read_text(encoding="utf-8").splitlines()
    changed = [line for line in difflib.ndiff(before, after) if line[:2] in ("- ", "+ ")]
    text = [line for line in changed if '"release"' not in line]
    # The words, the visible check and the release's hash: the solution's own change is not there.
    assert any("Two short functions" in line for line in text)
    assert not any("return x" in line for line in changed)
    assert len(changed) - len(text) == 2


def test_thirty_with_known_marks_and_one_disputed(course: Course, thirty: dict[str, tuple[int, int]]) -> None:  # noqa: F811
    done = CliRunner().invoke(app, ["grade", "ps99", "--jobs", "2", "--json"])
    assert done.exit_code == 0, done.output
    marks = points(course)
    assert {s: (m["square-check"], m["mean-check"]) for s, m in marks.items()} == thirty

    # A student asks why; the record says what was tried, and the same command meets the same numbers.
    disputed = "s02-summed"
    path = record.record_path(course.coursedir, NAME, disputed)
    before = json.loads(path.read_text(encoding="utf-8"))
    assert CliRunner().invoke(app, ["grade", "ps99", "--student", disputed, "--force"]).exit_code == 0
    after = json.loads(path.read_text(encoding="utf-8"))
    assert after["items"] == before["items"] and after["run"] == before["run"]
    assert "divide the sum by the number of values" in json.dumps(after)


def test_marks_by_hand_in_formgrader_reach_the_export(course: Course, browser: Browser) -> None:  # noqa: F811
    hand_in(course, "ada", answered(course, **RIGHT, explain="Equal signs multiply to plus."))
    grade(course)
    assert points(course)["ada"]["explain"] == 0  # nothing yet
    with course.api.gradebook as gradebook:
        submission = gradebook.find_submission_notebook(NAME, NAME, "ada").id
    with serving(course.root, ["jupyterlab"], TOKEN) as address:
        page = browser.new_page()
        page.set_default_timeout(60_000)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        # The token once; the page's own requests go by the cookie.
        page.goto(f"{address}/login?token={TOKEN}&next=/formgrader/submissions/{submission}/")
        # The tests' marks stand there, and the answer to be marked.
        expect(page.locator("input.score#square-check")).to_have_attribute("placeholder", "8", timeout=60_000)
        expect(page.get_by_text("Equal signs multiply to plus.").first).to_be_visible()
        score = page.locator("input.score#explain")
        with page.expect_response(lambda response: "/api/grade/" in response.url and response.request.method == "PUT"):
            score.fill("3")
            score.press("Tab")
        assert errors == []
        page.close()
    assert points(course)["ada"] == {"square-check": 8, "mean-check": 8, "explain": 3}
    # The export for Canvas holds the sum.
    roster = Path("canvas-gradebook.csv")
    roster.write_text("Student,ID,SIS User ID,SIS Login ID,Section\nAda Lovelace,17,ada,ada,A\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["export", "ps99", "--format", "canvas", "--roster", str(roster), "--to", "out.csv"])
    assert done.exit_code == 0, done.output
    rows = csv.DictReader(Path("out.csv").read_text(encoding="utf-8").splitlines())
    (row,) = [r for r in rows if r["ID"] == "17"]
    assert 19.0 in [float(v) for k, v in row.items() if k.startswith("Toy") or NAME in k]
    # Grading again leaves the mark, and asks for another look at it.
    grade(course)
    assert points(course)["ada"]["explain"] == 3
    done = CliRunner().invoke(app, ["export", "ps99", "--format", "canvas", "--roster", str(roster), "--to", "out.csv"])
    assert done.exit_code == 1 and "wait for marks by hand: ada" in done.output

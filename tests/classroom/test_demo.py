"""`make demo`: a made-up class goes the whole way, and what it shows is what the site shows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from classroom.assignments import assignment
from classroom.authoring import check

ROOT = Path(__file__).resolve().parents[2]
NAME = "ps00-descent"


@dataclass
class Demo:
    folder: Path
    output: str

    @property
    def course(self) -> Path:
        return self.folder / "course"

    def points(self, student: str) -> dict[str, float]:
        found = json.loads((self.course / "records" / NAME / f"{student}.json").read_text(encoding="utf-8"))
        return {item: entry["points"] for item, entry in found["items"].items()}


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"DEMO_FOLDER": str(folder)}
    command = [sys.executable, ROOT / "tools" / "demo.py", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=540)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo") / "course-of-its-own"
    done = run(folder)
    assert done.returncode == 0, done.stderr[-3000:]
    yield Demo(folder, done.stdout)


@pytest.mark.sandbox
def test_its_problem_set_is_sound() -> None:
    assert check.check(assignment.load(ROOT / "demo" / "solutions" / NAME), seeds=[1], jobs=1).problems == ()


@pytest.mark.sandbox
def test_it_says_where_to_look_and_all_of_that_is_there(demo: Demo) -> None:
    shown = [Path(line.split("open ")[1]) for line in demo.output.splitlines() if " open " in line]
    assert [path.name for path in shown] == ["report.html", "similar.html", f"{NAME}.html", "submitted"]
    assert all(path.exists() for path in shown)
    assert all(path.is_relative_to(demo.folder) for path in shown)


@pytest.mark.sandbox
def test_every_kind_of_submission_gets_what_it_should(demo: Demo) -> None:
    full = {"scale-check": 5.0, "loss-check": 6.0, "descend-check": 6.0}
    assert demo.points("ada") == demo.points("finn") == full  # right; right and late
    assert 0 < sum(demo.points("ben").values()) < 17  # half right
    assert demo.points("cleo") == {**full, "descend-check": 0.0}  # a misconception
    assert sum(demo.points("dan").values()) == 0  # dishonest
    assert sum(demo.points("eva").values()) == 0  # a broken notebook
    assert sum(demo.points("quin").values()) == 0  # untouched


@pytest.mark.sandbox
def test_feedback_names_the_misconception(demo: Demo) -> None:
    page = (demo.course / "feedback" / "cleo" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert "This climbs: a step goes against the gradient." in page


@pytest.mark.sandbox
def test_the_copied_pair_is_found_and_no_other(demo: Demo) -> None:
    lines = [line for line in demo.output.splitlines() if " alike, in " in line]
    assert [line.split(":")[0] for line in lines] == ["gil and hana"]


@pytest.mark.sandbox
def test_the_recorded_results_are_todays(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    from classroom.assignments import course
    from classroom.pages.gather import gather

    def timeless(found: dict[str, Any]) -> dict[str, Any]:
        return {**found, "graded": [{**one, "seconds": 0.0} for one in found["graded"]]}

    today = json.loads(json.dumps(gather(course.find(demo.folder), NAME).as_json()))
    kept = json.loads((ROOT / "demo" / "results.json").read_text(encoding="utf-8"))
    assert timeless(today) == timeless(kept), "type: python tools/demo.py --record"


@pytest.mark.sandbox
def test_it_stays_in_its_own_folder(demo: Demo) -> None:
    assert (demo.folder / "secret").stat().st_mode & 0o077 == 0
    assert not list((ROOT / "course").glob(f"*/*/{NAME}"))
    assert not (ROOT / "exercises" / NAME).exists()


def test_an_unknown_argument(tmp_path: Path) -> None:
    done = run(tmp_path / "x", "--sandbox-off")
    assert done.returncode == 1
    assert done.stderr == ("demo.py: unknown argument --sandbox-off; expected --record, --no-sandbox or nothing\n")
    assert not (tmp_path / "x").exists()

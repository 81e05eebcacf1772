"""No submission reads, writes or reaches anything but what it was given, and none leaves anything behind."""

import dataclasses
import os
import socket
import time
import uuid
from pathlib import Path

import pytest
from attacks import CONTROLS, Attack, steps
from attacks.reaching_out import ATTACKS

from classroom.judging.judge import judge
from classroom.model import Conditions, Step
from classroom.sandboxing import sandbox

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("way")]
CONDITIONS = Conditions(seconds_per_cell=10, seconds_total=30)


def filled(a: Attack, **words: str) -> Attack:
    cells = []
    for cell in a.cells:
        for word, text in words.items():
            cell = cell.replace("{" + word + "}", text)
        cells.append(cell.replace("{{", "{").replace("}}", "}"))
    return dataclasses.replace(a, cells=tuple(cells))


def command_lines() -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and entry.name != str(os.getpid()):
            try:
                found.append((entry / "cmdline").read_bytes().decode(errors="replace"))
            except OSError:
                continue
    return found


@pytest.fixture
def words(tmp_path, monkeypatch):
    """What the attacks look for, and afterwards: untouched, and nobody left."""
    (tmp_path / "gradebook.db").write_text("TREASURE")
    (tmp_path / "solution.ipynb").write_text("TREASURE")
    (tmp_path / "gradebook.db").chmod(0o666)
    tmp_path.chmod(0o777)
    monkeypatch.setenv("SECRET_OF_THE_COURSE", "TREASURE")
    marker = f"marker-{uuid.uuid4().hex}"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as named:
        named.bind("\0" + marker)
        named.listen()
        yield {"secret": str(tmp_path), "port": str(server.getsockname()[1]), "marker": marker}
    assert (tmp_path / "gradebook.db").read_text() == "TREASURE"
    assert not [line for line in command_lines() if marker in line]


def test_there_are_at_least_10():
    assert len({a.name for a in ATTACKS}) == len(ATTACKS) >= 10


@pytest.mark.parametrize("a", ATTACKS, ids=lambda a: a.name)
def test_finds_nothing(a: Attack, words):
    verdict = judge(steps(filled(a, **words).cells), CONDITIONS, b"seed")
    result = verdict.items[a.wanted]
    assert result.points == 0, result
    # It looked, and came back with an empty text.
    assert result.failures[0].got in ("''", '""'), (result, verdict.outputs)
    assert {k: verdict.items[k].points for k in CONTROLS} == CONTROLS


def test_nothing_outlives_the_worker_even_when_it_is_ended_early(words):
    a = next(a for a in ATTACKS if "outlive" in a.name)
    cells = (*filled(a, **words).cells, "while True: pass")
    verdict = judge(steps(cells), dataclasses.replace(CONDITIONS, seconds_per_cell=1), b"seed")
    assert {k: verdict.items[k].points for k in CONTROLS} == CONTROLS


def test_what_is_withheld_is_absent_from_disk_and_says_so():
    cell = """
import os
problem = ""
try:
    import chainrule.dual
except ModuleNotFoundError as error:
    problem = str(error)
import chainrule
folder = os.path.dirname(chainrule.__file__)
names = sorted(os.listdir(folder))
compiled = sorted(os.listdir(folder + "/__pycache__")) if "__pycache__" in names else []
try:
    import pandas
except ModuleNotFoundError as error:
    other = str(error)
"""
    test = """
assert "withheld in this assignment" in problem
assert "dual.py" not in names and "rules.py" in names
assert not [name for name in compiled if name.startswith("dual.")]
assert "pandas is not available in this assignment" in other
"""
    conditions = Conditions(("numpy", "chainrule"), ("chainrule.dual",))
    verdict = judge([Step("student", "c", cell), Step("test", "t", test, 1.0)], conditions, b"s")
    assert verdict.items["t"].points == 1.0, verdict


def test_released_data_is_there_and_only_that(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "points.csv").write_text("1,2\n")
    (tmp_path / "data" / "more").mkdir()
    (tmp_path / "data" / "more" / "b.txt").write_text("b")
    (tmp_path / "secret.txt").write_text("s")
    (tmp_path / "data" / "link").symlink_to(tmp_path / "secret.txt")
    read = "with open('points.csv') as file: line = file.read()"
    cell = "import os\nfound = sorted(os.path.join(t, f) for t, _, fs in os.walk('.') for f in fs)\nmine = line"
    test = "assert found == ['./more/b.txt', './points.csv'] and mine == line == '1,2\\n'"
    steps_ = [Step("setup", "s", read), Step("student", "c", cell), Step("test", "t", test, 1.0)]
    before = os.getcwd()
    verdict = judge(steps_, Conditions(data=tmp_path / "data"), b"s")
    assert verdict.items["t"].points == 1.0, verdict
    assert os.getcwd() == before


def test_the_worker_is_dead_when_the_judge_is_done():
    process = sandbox.start(Conditions())
    inner = process.inner
    assert Path(f"/proc/{inner}").exists()
    process.end()
    for _ in range(100):
        if not Path(f"/proc/{inner}").exists():
            break
        time.sleep(0.02)
    assert not Path(f"/proc/{inner}").exists() and process.process.returncode is not None

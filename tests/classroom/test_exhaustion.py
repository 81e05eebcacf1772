"""No submission stops the judge, or keeps another item from being judged, by using things up."""

import dataclasses
import resource
import time

import pytest
from attacks import CONTROLS, ITEMS, Attack, steps
from attacks.exhaustion import ATTACKS

from classroom.judging.judge import judge
from classroom.judging.outputs import ALL_BYTES
from classroom.model import MB, Conditions, Step

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("way")]
CONDITIONS = Conditions(seconds_per_cell=1.0, seconds_total=20, memory_bytes=512 * MB, output_bytes=100_000)


def test_there_are_at_least_12():
    assert len({a.name for a in ATTACKS}) == len(ATTACKS) >= 12


@pytest.mark.parametrize("a", ATTACKS, ids=lambda a: a.name)
def test_is_stopped_and_the_rest_is_judged(a: Attack):
    began = time.monotonic()
    verdict = judge(steps(a.cells), CONDITIONS, b"seed")
    assert time.monotonic() - began < CONDITIONS.seconds_total
    for item in ITEMS:
        assert verdict.items[item].points == 0 and verdict.items[item].failures[0].problem
    assert {k: verdict.items[k].points for k in CONTROLS} == CONTROLS, [
        f.instructor for k in CONTROLS for f in verdict.items[k].failures
    ]
    sizes = [len(str(outputs)) for outputs in verdict.outputs.values()]
    assert max(sizes, default=0) < 3 * CONDITIONS.output_bytes


def test_a_test_cell_led_astray_by_the_students_data_is_stopped():
    cells = [
        Step("student", "a", "def n(): return 10**18\ndef one(): return 1"),
        Step("test", "long", "total = 0\nfor i in range(n()): total += i", 1.0),
        Step("test", "short", "assert one() == 1", 1.0),
    ]
    verdict = judge(cells, dataclasses.replace(CONDITIONS, seconds_per_cell=0.5), b"seed")
    assert verdict.items["long"].points == 0 and "time limit" in verdict.items["long"].failures[0].problem
    assert verdict.items["short"].points == 1


def test_the_whole_submission_has_a_limit():
    cells = [Step("student", f"s{i}", "import time\ntime.sleep(0.6)") for i in range(20)]
    cells += [Step("test", "t", "assert True", 1.0)]
    conditions = dataclasses.replace(CONDITIONS, seconds_total=2)
    began = time.monotonic()
    verdict = judge(cells, conditions, b"seed")
    assert time.monotonic() - began < 5
    assert verdict.items["t"].points == 0 and "used up its 2 seconds" in verdict.items["t"].failures[0].problem


def test_what_all_cells_show_together_is_limited():
    cell = "import os\nprint(os.urandom(40_000).hex() * 9)"
    cells = [Step("student", f"s{i}", cell) for i in range(60)] + [Step("test", "t", "assert True", 1.0)]
    verdict = judge(cells, dataclasses.replace(CONDITIONS, output_bytes=1_000_000), b"seed")
    assert verdict.items["t"].points == 1 and "".join(verdict.outputs["s1"][0]["text"]).strip()
    assert ALL_BYTES / 2 < sum(len(str(outputs)) for outputs in verdict.outputs.values()) < 1.1 * ALL_BYTES
    assert "shows too much" in verdict.outputs["s59"][0]["text"]


def test_a_function_of_the_tests_called_with_a_column_and_a_row_does_not_fill_the_memory():
    call = """
import numpy as np
def slope(f):
    column = np.ones((20_000, 1))
    try:
        return np.shape(f(column, column.T))
    except MemoryError:
        return "refused"
"""
    cells = [
        Step("setup", "setup", "from classroom.expect import Check"),
        Step("student", "a", call),
        Step("test", "t", "Check('slope').call(slope, lambda x, y: x * y).gives('refused')", 1.0),
    ]
    verdict = judge(cells, CONDITIONS, b"seed")
    assert verdict.items["t"].points == 1, verdict
    assert resource.getrlimit(resource.RLIMIT_DATA)[0] == resource.RLIM_INFINITY


def test_more_objects_than_one_message_names_cost_nothing_later():
    many = "class A: pass\nkept = []\ndef objects():\n    kept[:] = [A() for _ in range(300_000)]\n    return kept"
    both = "objects(), objects()"
    cells = [Step("student", "a", many + "\ndef one(): return 1")]
    cells += [Step("test", "many", f"x = [len(o) for o in ({both})]\nassert x == [300_000] * 2", 1.0)]
    cells += [Step("test", "one", "assert one() == 1", 1.0)]
    conditions = dataclasses.replace(CONDITIONS, seconds_per_cell=30, seconds_total=90, memory_bytes=1024 * MB)
    verdict = judge(cells, conditions, b"seed")
    assert verdict.items["one"].points == 1, verdict

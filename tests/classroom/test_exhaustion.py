"""No submission stops the judge, or keeps another item from being judged, by using things up."""

import dataclasses
import time

import pytest
from attacks import CONTROLS, ITEMS, Attack, steps
from attacks.exhaustion import ATTACKS

from classroom.judging.judge import judge
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

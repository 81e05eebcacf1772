"""No submission earns a point by making a wrong answer look right."""

import pytest
from attacks import CONTROLS, ITEMS, WRONG, Attack, steps
from attacks.forging import ATTACKS

from classroom.judging.judge import judge
from classroom.model import Conditions

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("way")]
CONDITIONS = Conditions(seconds_per_cell=5, seconds_total=30)
RIGHT = """
import numpy as np
def multiply(u, v): return (u[0] * v[0], u[1] * v[0] + u[0] * v[1])
class Pair:
    def __init__(self, v, d): self.v, self.d = v, d
    def __mul__(self, o): return Pair(self.v * o.v, self.d * o.v + self.v * o.d)
def normalise(x): return x / x.sum()
def noisy(x, rng): return x + rng.normal(size=x.shape)
def slope(x): return 2 * x ** 2
def loot(): return "found"
"""


def test_there_are_at_least_25():
    assert len({a.name for a in ATTACKS}) == len(ATTACKS) >= 25 and {a.wanted for a in ATTACKS} <= set(ITEMS)


def test_the_right_answers_earn_every_item():
    verdict = judge(steps((RIGHT,)), CONDITIONS, b"seed")
    assert {k: (i.points, i.most) for k, i in verdict.items.items()} == {
        k: (CONTROLS.get(k, 3.0),) * 2 for k in (*ITEMS, *CONTROLS)
    }, [f.instructor for i in verdict.items.values() for f in i.failures]


def test_the_wrong_answers_earn_the_controls_only():
    verdict = judge(steps((WRONG,)), CONDITIONS, b"seed")
    assert {k: i.points for k, i in verdict.items.items() if i.points} == CONTROLS


@pytest.mark.parametrize("a", ATTACKS, ids=lambda a: a.name)
def test_earns_nothing(a: Attack):
    verdict = judge(steps(a.cells), CONDITIONS, b"seed")
    for item in ITEMS:
        result = verdict.items[item]
        assert result.points == 0, (item, result)
        assert result.failures and all(f.problem and f.instructor for f in result.failures), item
    # What was earned honestly stays, as no test of it runs where the attack is.
    assert {k: verdict.items[k].points for k in CONTROLS} == CONTROLS, [
        f.instructor for k in CONTROLS for f in verdict.items[k].failures
    ]

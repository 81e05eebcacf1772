"""Dishonest and broken submissions, one `Attack` each, with the small assignment they attack.

Nothing here may harm a machine it runs on without a sandbox: processes are few and end by themselves, memory
and disk use is bounded, nothing outside the working folder is deleted, unmounted or overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent

from classroom.model import Step


@dataclass(frozen=True)
class Attack:
    """One submission: cells in place of the student's, and the item it should win without having earned it."""

    name: str
    group: str
    cells: tuple[str, ...]
    wanted: str


def attack(group: str, name: str, *cells: str, wanted: str = "multiply-check") -> Attack:
    return Attack(name, group, tuple(dedent(cell) for cell in cells), wanted)


SETUP = """
import numpy as np
from classroom.expect import Check, Points, generator, give, plain
"""

# The student's honest part, written without libraries that an attack may have changed.
HONEST = """
def add(u, v):
    return (u[0] + v[0], u[1] + v[1])
"""
HONEST_AFTER = """
def scale(c, u):
    return (c * u[0], c * u[1])
"""

# The wrong answers an attack starts from.
WRONG = """
def multiply(u, v):
    return (0.0, 0.0)
class Pair:
    def __init__(self, v, d):
        self.v, self.d = v, d
    def __mul__(self, other):
        return Pair(0.0, 0.0)
def normalise(x):
    return x
def noisy(x, rng):
    return x
def slope(x):
    return x
def loot():
    return ''
"""

ADD = """
check = Check("add", see="DN-2")
check.call(add, (6.0, 2.0), (7.0, 1.0)).gives((13.0, 3.0))
### BEGIN HIDDEN TESTS
rng = generator()
u, v = tuple(rng.normal(size=2).tolist()), tuple(rng.normal(size=2).tolist())
check.call(add, u, v).gives((u[0] + v[0], u[1] + v[1]))
### END HIDDEN TESTS
"""
MULTIPLY = """
check = Check("multiply", see="DN-3")
assert multiply((6.0, 2.0), (7.0, 1.0)) == (42.0, 20.0)
np.testing.assert_allclose(multiply((6.0, 2.0), (7.0, 1.0)), (42.0, 20.0))
### BEGIN HIDDEN TESTS
rng = generator()
for _ in range(3):
    u, v = tuple(rng.normal(size=2).tolist()), tuple(rng.normal(size=2).tolist())
    check.call(multiply, u, v).gives((u[0] * v[0], u[1] * v[0] + u[0] * v[1]))
### END HIDDEN TESTS
"""
PAIR = """
points = Points(3)
check = Check("Pair")
with points.part(1, "value"):
    check.expr("(Pair(2.0, 1.0) * Pair(3.0, 0.0)).v", Pair=Pair).gives(6.0)
### BEGIN HIDDEN TESTS
rng = generator()
a, b, c, d = rng.uniform(1, 2, size=4).tolist()
with points.part(2, "derivative"):
    product = Pair(a, b) * Pair(c, d)
    assert abs(plain(product.d, float) - (b * c + a * d)) < 1e-9
    assert abs(plain(product.v, float) - a * c) < 1e-9
### END HIDDEN TESTS
points.total()
"""
NORMALISE = """
check = Check("normalise")
check.call(normalise, np.array([1.0, 3.0])).gives(np.array([0.25, 0.75]))
### BEGIN HIDDEN TESTS
x = generator().uniform(1, 2, size=5)
check.call(normalise, x).gives(x / x.sum())
### END HIDDEN TESTS
"""
NOISY = """
check = Check("noisy")
### BEGIN HIDDEN TESTS
rng, twin = np.random.default_rng(11), np.random.default_rng(11)
for _ in range(2):
    x = rng.normal(size=3)
    twin.normal(size=3)
    want = x + twin.normal(size=3)
    check.call(noisy, x, rng).gives(want)
### END HIDDEN TESTS
"""
# As tests are often written: the error is computed, and compared with a tolerance.
SLOPE = """
x, want = np.array([1.0, 2.0]), np.array([2.0, 8.0])
assert abs(slope(3.0) - 18.0) < 1e-9
assert ((slope(x) - want) ** 2).mean() < 1e-12
assert (want - slope(x))[0] == 0
assert np.linalg.norm(slope(x) / want - 1) < 1e-9
assert max(abs(g - w) for g, w in zip(slope(x), want)) < 1e-9
"""
LOOT = """
Check("loot").call(loot).satisfies(lambda found: isinstance(found, str) and found != "", "nothing was found")
"""
SCALE = ADD.replace(
    "add, (6.0, 2.0), (7.0, 1.0)).gives((13.0, 3.0))", "scale, 2.0, (7.0, 1.0)).gives((14.0, 2.0))"
).replace("call(add, u, v).gives((u[0] + v[0], u[1] + v[1]))", "call(scale, 3.0, v).gives((3.0 * v[0], 3.0 * v[1]))")

CONTROLS = {"add-check": 2.0, "scale-check": 2.0}
ITEMS = {
    "multiply-check": MULTIPLY,
    "pair-check": PAIR,
    "normalise-check": NORMALISE,
    "noisy-check": NOISY,
    "slope-check": SLOPE,
    "loot-check": LOOT,
}


def steps(cells: tuple[str, ...]) -> list[Step]:
    """The assignment with these cells as the dishonest part, between two honest ones."""
    found = [
        Step("setup", "setup", SETUP),
        Step("student", "add", HONEST),
        Step("test", "add-check", ADD, CONTROLS["add-check"]),
        Step("student", "wrong", WRONG),
    ]
    found += [Step("student", f"attack-{i}", cell) for i, cell in enumerate(cells)]
    found += [Step("test", name, source, 3.0) for name, source in ITEMS.items()]
    found += [Step("student", "scale", HONEST_AFTER), Step("test", "scale-check", SCALE, CONTROLS["scale-check"])]
    return found

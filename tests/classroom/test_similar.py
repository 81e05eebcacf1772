"""What resembles and what does not: copies under disguise are found, what everybody has or arrives at is not."""

from __future__ import annotations

import json
import re
import time

import numpy as np
import pytest
from bs4 import BeautifulSoup
from toycourse import NAME, RIGHT, answered, course, generated, hand_in, released  # noqa: F401
from typer.testing import CliRunner, Result

from classroom.assignments.course import Course
from classroom.commands.app import app
from classroom.pages import similar

# A way of one's own to mean and deviation, and to a running sum: the code of these tests.
FIRST = """def spread(xs):
    total = 0.0
    for value in xs:
        total = total + value
    middle = total / len(xs)
    squares = [(value - middle) ** 2 for value in xs]
    return (sum(squares) / len(squares)) ** 0.5
"""
SECOND = """def running(xs, width):
    out = []
    for i in range(len(xs)):
        window = xs[max(0, i - width + 1) : i + 1]
        out.append(sum(window) / len(window) if window else 0.0)
    return {"values": out, "width": width}
"""
RENAMED_FIRST = '''def spread(numbers):
    """How far they lie apart."""
    # add everything up
    s = 0.0
    for n in numbers:
        s = s + n
    m = s / len(numbers)
    q = [(n - m)**2
         for n in numbers]
    return (sum(q) / len(q))**0.5
'''
RENAMED_SECOND = """def running(series, w):
    result = []
    for place in range(len(series)):
        part = series[max(0, place - w + 1):place + 1]  # the window
        result.append(sum(part) / len(part) if part else 0.0)
    return {"values": result, "width": w}
"""
OTHER = """def spread(xs):
    n, mean, m2 = 0, 0.0, 0.0
    for x in xs:
        n += 1
        delta = x - mean
        mean += delta / n
        m2 += delta * (x - mean)
    return math.sqrt(m2 / n)

def running(xs, width):
    padded = np.concatenate([np.zeros(width), np.cumsum(xs)])
    counts = np.minimum(np.arange(1, len(xs) + 1), width)
    return dict(values=list((padded[width:] - padded[:-width]) / counts), width=width)
"""


def pairs(found: similar.Found) -> list[tuple[str, str]]:
    return [pair.students for pair in found.pairs]


def compare(explained: list[str] | None = None, **sources: str) -> similar.Found:
    return similar.compare({name: [("cell", source)] for name, source in sources.items()}, explained or [])


def test_renamed_reformatted_and_commented_is_the_same() -> None:
    found = compare(ada=FIRST + SECOND, ben=RENAMED_FIRST + RENAMED_SECOND, cleo=OTHER)
    assert pairs(found) == [("ada", "ben")]
    assert found.pairs[0].part == 1.0
    assert found.nearest["cleo"] < 0.1


def test_functions_in_another_order_and_in_other_cells_are_the_same() -> None:
    submissions = {
        "ada": [("one", FIRST), ("two", SECOND)],
        "ben": [("one", RENAMED_SECOND + "\n\n" + RENAMED_FIRST)],
        "cleo": [("one", OTHER)],
    }
    found = similar.compare(submissions, [])
    assert pairs(found) == [("ada", "ben")]
    assert found.pairs[0].part > 0.8
    assert [passage.cells for passage in found.pairs[0].passages] == [("one", "one"), ("two", "one")]


def test_both_like_the_solution_is_no_resemblance() -> None:
    found = compare([FIRST + SECOND], ada=FIRST + SECOND, ben=RENAMED_FIRST + RENAMED_SECOND, cleo=OTHER)
    assert pairs(found) == []
    assert found.nearest == {"ada": 0.0, "ben": 0.0, "cleo": 0.0}


def test_what_the_solution_does_not_explain_still_counts() -> None:
    found = compare([FIRST], ada=FIRST + SECOND, ben=RENAMED_FIRST + RENAMED_SECOND, cleo=OTHER)
    assert pairs(found) == [("ada", "ben")]
    assert all("running" in p.before[0] + p.same[0] for p in found.pairs[0].passages)


def test_two_ways_to_the_same_result_do_not_resemble() -> None:
    assert pairs(compare(ada=FIRST + SECOND, cleo=OTHER)) == []


def test_a_few_like_tokens_are_no_pair() -> None:
    short = "def half(x):\n    return [value / 2 for value in x]\n"
    assert pairs(compare(ada=short, ben=short, cleo=OTHER)) == []


def test_one_copied_function_among_ones_own_is_found() -> None:
    own = "\n".join(
        f"def own_{k}(a):\n    return a[{k}] - {k} * a[-{k + 1}] + sum(a[{k}:]) % {k + 7}" for k in range(5)
    )
    found = compare(ada=OTHER + FIRST + SECOND, ben=own + RENAMED_FIRST + RENAMED_SECOND)
    assert pairs(found) == [("ada", "ben")]
    assert found.pairs[0].part < 1


def test_what_many_wrote_counts_nothing() -> None:
    class_of_thirty = {f"s{k:02}": FIRST + SECOND for k in range(20)} | {f"t{k:02}": OTHER for k in range(10)}
    found = compare(**class_of_thirty)
    assert not [pair for pair in pairs(found) if pair[0].startswith("s")]


def test_code_that_is_no_python_is_compared_too() -> None:
    broken = FIRST.replace("(xs):", "(xs)", 1) + "'''never closed\n" + SECOND
    assert pairs(compare(ada=broken, ben=broken, cleo=OTHER)) == [("ada", "ben")]


def test_strings_and_their_prefixes_count_as_one_token() -> None:
    texts = [[token.text for token in similar.tokens(source)] for source in ('f("a b")', "f('')", "f(r'x' )")]
    assert texts == [["n", "(", "s", ")"]] * 3


def test_passages_are_the_lines_of_both_cut_where_the_likeness_ends() -> None:
    found = compare(ada="start = 1\n" + FIRST, ben="first, other = [], {}\n" + RENAMED_FIRST, cleo=OTHER)
    (passage,) = found.pairs[0].passages
    assert passage.same[0].startswith("def spread(xs)") and passage.same[1].startswith("def spread(numbers)")
    assert passage.same[0].rstrip().endswith("** 0.5")
    assert passage.same[1].rstrip().endswith("**0.5")
    assert "squares" in passage.same[0] and "q = [" in passage.same[1]


def random_code(rng: np.random.Generator) -> str:
    """Ten functions nobody would write twice."""
    operators = ["+", "-", "*", "/", "//", "%", "**", "@", "<<", "|"]
    names = ["alpha", "beta", "gamma", "delta", "items", "total"]
    lines = []
    for k in range(10):
        lines.append(f"def function_{k}(alpha, beta, gamma):")
        for _ in range(int(rng.integers(4, 9))):
            left, a, b, c = (names[i] for i in rng.integers(0, len(names), 4))
            one, two = (operators[i] for i in rng.integers(0, len(operators), 2))
            lines.append(f"    {left} = {a}[{rng.integers(9)}] {one} ({b} {two} {rng.integers(99)}).sum({c})")
        lines.append(f"    return {names[int(rng.integers(len(names)))]}")
    return "\n".join(lines) + "\n"


def renamed(source: str) -> str:
    other = {"alpha": "x", "beta": "why", "gamma": "z3", "delta": "dd", "items": "things", "total": "acc"}
    source = re.sub(r"\b(" + "|".join(other) + r")\b", lambda m: other[m[1]], source)
    functions = source.split("def ")[1:]
    return "".join(f"def {function}# next\n" for function in reversed(functions))


def test_two_hundred_submissions_within_a_minute(course: Course) -> None:  # noqa: F811
    rng = np.random.default_rng(5)
    for k in range(200):
        code = random_code(rng)
        if k == 17:
            copied = code
        hand_in(course, f"s{k:03}", answered(course, square=renamed(copied) if k == 142 else code))
    start = time.monotonic()
    found = similar.find(course, NAME)
    seconds = time.monotonic() - start
    assert pairs(found) == [("s017", "s142")]
    assert found.pairs[0].part > 0.9
    assert seconds < 60


# The page and the command


def classroom(*words: str) -> Result:
    result = CliRunner().invoke(app, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def hand_in_code(course: Course, student: str, code: str) -> None:  # noqa: F811
    hand_in(course, student, answered(course, square=code))


def test_code_on_the_page_is_text() -> None:
    evil = FIRST.replace("total", "'</pre><script>alert(1)</script>'") + SECOND
    page = BeautifulSoup(similar.page(compare(ada=evil, ben=evil, cleo=OTHER), NAME, "<b>Toy"), "html.parser")
    assert not page.find_all(["script", "img", "link", "iframe"])
    assert "<script>alert(1)" in page.find("pre").text
    assert page.find("h1").text.startswith("<b>Toy")
    assert len(page.find_all("pre")) == 2 * len(compare(ada=evil, ben=evil, cleo=OTHER).pairs[0].passages)


def test_pairs_on_the_terminal_and_side_by_side_on_the_page(course: Course) -> None:  # noqa: F811
    hand_in_code(course, "ada", FIRST + SECOND)
    hand_in_code(course, "ben", RENAMED_FIRST + RENAMED_SECOND)
    hand_in_code(course, "cleo", OTHER)
    hand_in(course, "dan", "{")
    result = classroom("similar", "ps99")
    assert result.exit_code == 1
    assert result.output == (
        "ada and ben: 100 % alike, in square\n"
        f"{NAME}: 3 compared, 1 pair to read; the passages are in course/reports/{NAME}/similar.html\n"
    )
    path = course.root / "course" / "reports" / NAME / "similar.html"
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    (pair,) = page.select("section.pair")
    sides = pair.select("pre")
    assert "middle = total / len(xs)" in sides[0].text and "m = s / len(numbers)" in sides[1].text
    assert "dan: " in page.text and "does not parse as JSON" in page.text


def test_solution_release_and_known_mistakes_are_no_pairs(course: Course) -> None:  # noqa: F811
    for student in ("ada", "ben"):
        hand_in(course, student, answered(course, **RIGHT))
    for student in ("cleo", "dan"):
        hand_in(course, student, released(course))
    for student in ("eva", "finn"):
        hand_in_code(course, student, "def square(x):\n    return x * abs(x)")
    result = classroom("similar", "ps99", "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert (found["compared"], found["pairs"]) == (6, [])


def test_the_assignments_own_solution_explains(course: Course) -> None:  # noqa: F811
    """The same long code is a resemblance, until the source notebook has it."""
    import nbformat

    for student in ("ada", "ben"):
        hand_in_code(course, student, FIRST + SECOND)
    assert classroom("similar", "ps99").exit_code == 1
    path = course.root / "solutions" / NAME / f"{NAME}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell = next(cell for cell in notebook.cells if cell.id == "square")
    cell.source += "\n### BEGIN SOLUTION\n" + FIRST + SECOND + "### END SOLUTION\n"
    nbformat.write(notebook, path)
    assert classroom("similar", "ps99").exit_code == 0


@pytest.mark.parametrize("many", [0, 1])
def test_nothing_to_compare(course: Course, many: int) -> None:  # noqa: F811
    for student in ["ada", "ben"][:many]:
        hand_in(course, student, released(course))
    result = classroom("similar", "ps99")
    assert result.exit_code == 2
    said = f"{many} of {many} submissions of {NAME} can be read: there is nothing to compare; take in more: "
    assert result.output == f"{said}classroom collect ps99 SOURCE\n"


def test_help_has_an_example() -> None:
    for command in ("report", "similar"):
        assert f"Example: classroom {command} ps05" in classroom(command, "--help").output

"""The judge runs everyday test cells as one process would, or refuses at the test's own line; none passes wrongly."""

import base64
import struct

import pytest
from snippets import SNIPPETS, Snippet

from classroom.judging.judge import judge
from classroom.judging.outputs import inert
from classroom.judging.session import Session
from classroom.judging.watch import OutOfTime
from classroom.model import Conditions, Step, Verdict

CONDITIONS = Conditions(seconds_per_cell=10, seconds_total=100)
SEED = b"a seed for these tests"


def judged(cells: list[tuple[str, str]], sandboxed: bool = True, conditions: Conditions = CONDITIONS) -> Verdict:
    """The verdict on ("student" or "setup" or "test", source) cells, each test worth 1 point."""
    steps = [
        Step(kind, f"{kind}-{i}", source, 1.0 if kind == "test" else 0.0) for i, (kind, source) in enumerate(cells)
    ]
    return judge(steps, conditions, SEED, sandboxed=sandboxed)


def one_process(submission: str, test: str) -> bool:
    """Whether the test cell goes through where submission and test share a process."""
    space: dict[str, object] = {"__name__": "__main__"}
    try:
        exec(submission, space)
        exec(test, space)
    except (Exception, pytest.fail.Exception):
        return False
    return True


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    """All right submissions in one session, and all wrong ones in another."""
    found = {}
    for which in ("right", "wrong"):
        steps = []
        for s in SNIPPETS:
            steps += [Step("student", s.name + " cell", getattr(s, which)), Step("test", s.name, s.test, 1.0)]
        found[which] = judge(steps, CONDITIONS, SEED)
    return found


def test_there_are_enough_everyday_snippets():
    names = [s.name for s in SNIPPETS]
    assert len(set(names)) == len(names) and sum(not s.refused for s in SNIPPETS) >= 60


@pytest.mark.sandbox
@pytest.mark.parametrize("s", SNIPPETS, ids=lambda s: s.name)
def test_snippet(s: Snippet, verdicts):
    right, wrong = verdicts["right"].items[s.name], verdicts["wrong"].items[s.name]
    if s.refused:
        assert right.points == 0 and wrong.points == 0
        story = right.failures[0].instructor
        assert s.refused in story and (f"<test {s.name}>" in story or "in place" in story), story
        return
    assert one_process(s.right, s.test) and not one_process(s.wrong, s.test)
    assert (right.points, right.failures) == (1.0, ()), [f.instructor for f in right.failures]
    assert wrong.points == 0 and wrong.failures


# --- points and messages --------------------------------------------------------------------------------------

VOCABULARY = "import numpy as np\nfrom classroom.expect import Check, Points, generator, give, plain"


def one(test: str, submission: str = "", points: float = 4.0, seed: bytes = SEED, sandboxed: bool = False):
    """Result and verdict of one test cell; without the sandbox, where that is not what is tested."""
    steps = [
        Step("setup", "setup", VOCABULARY),
        Step("student", "cell", submission),
        Step("test", "item", test, points),
    ]
    verdict = judge(steps, CONDITIONS, seed, sandboxed=sandboxed)
    return verdict.items["item"], verdict


@pytest.mark.parametrize(
    ("test", "points"),
    [
        ("pass", 4.0),
        ("2.5", 2.5),
        ("9", 4.0),
        ("-3", 0.0),
        ("float('nan')", 0.0),
        ("float('inf')", 0.0),
        ("np.float64(1.5)", 1.5),
        ("True", 4.0),
        ("'text'", 4.0),
        ("None", 4.0),
        ("assert False", 0.0),
        ("p = Points(4)\nwith p.part(1, 'a'): pass\nwith p.part(3, 'b'): assert False\np.total()", 1.0),
        ("p = Points(4)\nwith p.part(1, 'a'): pass\nwith p.part(3, 'b'): assert False", 1.0),
        ("p = Points(4)\nwith p.part(1, 'a'): pass\np.total()", 0.0),
        ("p = Points(4)\nwith p.part(4, 'a'): pass\nraise ValueError", 0.0),
        ("raise SystemExit", 0.0),
        ("this is no Python", 0.0),
        ("%matplotlib inline\n3", 3.0),
    ],
)
def test_points(test, points):
    result, _ = one(test)
    assert result.points == points and result.most == 4.0
    assert bool(result.failures) == (
        points < 4.0 and test not in ("2.5", "-3", "np.float64(1.5)", "%matplotlib inline\n3")
    )


def test_a_visible_failure_tells_what_was_tried_expected_and_got():
    test = "Check('half', see='GD-3').call(half, 6).gives(3, hints=[(6, 'nothing was divided')])"
    result, _ = one(test, "def half(x): return x")
    (failure,) = result.failures
    assert (failure.item, failure.tried, failure.got) == ("half", "half(6)", "6")
    assert (failure.hint, failure.see, failure.hidden) == ("nothing was divided", "GD-3", False)
    assert "expected 3" in failure.problem and SEED.hex() in failure.instructor


HIDDEN_FAILURES = [
    "Check('f').call(f, 1).gives(7731.5)",
    "Check('f').call(f, 1).gives(np.full(7731, 7731.5))",
    "assert f(1) == 7731.5, 'the answer is 7731.5'",
    "np.testing.assert_allclose(f(1), 7731.5)",
    "Check('f').call(f, 1).raises(OverflowError)",
    "print('the answer is 7731.5')\nassert False",
    "with P.part(4, 'hidden part'): Check('f').call(f, 1).gives(7731.5)",
    "f(1, 7731.5)",
    "np.zeros(7731) @ np.zeros(2)",
]


@pytest.mark.parametrize("test", HIDDEN_FAILURES)
def test_a_hidden_failure_gives_neither_code_nor_answer_away(test):
    cell = f"P = Points(4)\n### BEGIN HIDDEN TESTS\n{test}\n### END HIDDEN TESTS\n"
    cell += "P.total() if P.offered else None"
    result, verdict = one(cell, "def f(x): return np.zeros(3)")
    assert result.points == 0 and result.failures
    for failure in result.failures:
        seen = " ".join((failure.item, failure.part, failure.tried, failure.problem, failure.got, failure.hint))
        assert failure.hidden and failure.problem
        assert "7731" not in seen and "OverflowError" not in seen and "assert" not in seen
        assert "<test item>" in failure.instructor
    assert "7731" not in str(verdict.outputs)


def test_the_story_for_the_instructor_holds_the_students_traceback():
    result, _ = one("Check('f').call(f, 0).gives(1)", "def g(x): return 1 / x\ndef f(x): return g(x)")
    (failure,) = result.failures
    assert "ZeroDivisionError" in failure.problem
    assert "def g(x): return 1 / x" in failure.instructor and "In the submission" in failure.instructor


@pytest.mark.parametrize(
    ("submission", "words"),
    [
        ("def f(x): raise NotImplementedError", "not written yet"),
        ("", "no cell of the submission defines it"),
        ("def f(x): return object()", "an object"),
        ("def f(x): raise KeyError('k')", "KeyError was raised: 'k'"),
        ("class Mine(ArithmeticError): pass\ndef f(x): raise Mine('sum')", "ArithmeticError was raised: sum"),
        ("def f(x): raise SystemExit(3)", "SystemExit was raised"),
        ("def f(x): return None", "is there a return"),
    ],
)
def test_sentences(submission, words):
    result, _ = one("Check('f').call(f, 2).gives(3)", submission)
    assert result.points == 0 and words in result.failures[0].problem


def test_hidden_tests_draw_from_the_seed_alone():
    test = "a, b = generator().normal(), generator().normal()\nassert a != b\nprint(a, b)"
    drawn = [one(test, seed=seed)[1].outputs["item"][0]["text"] for seed in (b"1", b"1", b"2")]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_submission_cannot_choose_what_a_test_draws_next():
    test = """
rng = generator()
state = rng.bit_generator.state
untouched(rng)
assert rng.bit_generator.state == state
drawn(rng, 1)
assert rng.bit_generator.state != state
print(rng.random())
"""
    submission = "def untouched(r): pass\ndef drawn(r, n): r.random(N)\nN = {}"
    found = [one(test, submission.format(n)) for n in (1, 1000)]
    assert [result.points for result, _ in found] == [4.0, 4.0]
    assert found[0][1].outputs["item"] == found[1][1].outputs["item"]


def test_draws_do_not_depend_on_other_items():
    cells = [
        Step("setup", "s", VOCABULARY),
        Step("test", "a", "generator()", 1.0),
        Step("test", "b", "print(generator().random())", 1.0),
    ]
    both = judge(cells, CONDITIONS, SEED, sandboxed=False).outputs["b"]
    alone = judge([cells[0], cells[2]], CONDITIONS, SEED, sandboxed=False).outputs["b"]
    assert both == alone


# --- names ----------------------------------------------------------------------------------------------------


def test_the_instructors_names_come_first():
    submission = "np = Check = X = None\ndef f(): return 1"
    result, _ = one("assert np.pi > 3 and f() == 1", submission)
    assert result.points == 4


def test_a_name_that_test_and_submission_bind_in_turn_is_refused():
    cells = [
        Step("student", "a", "w = 0"),
        Step("test", "one", "w_want = 1\nw = 5", 1.0),
        Step("student", "b", "w = 1"),
        Step("test", "two", "assert w == 5", 1.0),
        Step("test", "three", "w = 7\nassert w == 7", 1.0),
        Step("test", "four", "assert w == 7", 1.0),
    ]
    verdict = judge(cells, CONDITIONS, SEED, sandboxed=False)
    assert [verdict.items[k].points for k in ("one", "two", "three", "four")] == [1, 0, 1, 1]
    assert "give the test's own variable another name" in verdict.items["two"].failures[0].instructor


def test_set_up_runs_on_both_sides_and_tests_use_the_judges_copy():
    cells = [
        Step("setup", "data", "import numpy as np\nX = np.arange(3.0)"),
        Step("student", "a", "X[...] = 0\ndef total(x): return float(x.sum())"),
        Step("test", "t", "assert X.sum() == 3 and total(X) == 3", 1.0),
    ]
    assert judge(cells, CONDITIONS, SEED, sandboxed=False).items["t"].points == 1


def test_give_is_refused_for_what_is_still_to_be_judged():
    cells = [
        Step("setup", "s", VOCABULARY),
        Step("student", "a", "def f(x): return 0\ndef g(x): return f(x)"),
        Step("test", "g", "with give(f=lambda x: x): assert g(3) == 3", 1.0),
        Step("test", "f", "assert f(3) == 3", 1.0),
    ]
    verdict = judge(cells, CONDITIONS, SEED, sandboxed=False)
    assert verdict.items["g"].points == 0 and "move that test" in verdict.items["g"].failures[0].instructor
    verdict = judge([*cells[:2], cells[3], cells[2]], CONDITIONS, SEED, sandboxed=False)
    assert (verdict.items["g"].points, verdict.items["f"].points) == (1, 0)


def test_a_given_function_is_gone_after_its_test():
    cells = [
        Step("setup", "s", VOCABULARY),
        Step(
            "student",
            "a",
            "kept = []\ndef f(x): return 0\ndef g(x):\n    kept.append(f)\n    return f(x)\n"
            "def h(x): return kept[0](x)",
        ),
        Step("test", "g", "with give(f=lambda x: x): assert g(3) == 3", 1.0),
        Step("test", "f", "assert g(3) == 0", 1.0),
        Step("test", "h", "assert h(3) == 3", 1.0),
    ]
    verdict = judge(cells, CONDITIONS, SEED, sandboxed=False)
    assert [verdict.items[k].points for k in "gfh"] == [1, 1, 0]


def test_functions_passed_while_others_are_given_stay_apart():
    cells = [
        Step("setup", "s", VOCABULARY),
        Step("student", "a", "def f(x): return x\ndef call(b): return b()\ndef pair(b, c): return b(), c()"),
        Step(
            "test",
            "t",
            "b, c = (lambda: 3), (lambda: 4)\nwith give(f=lambda x: x): assert call(b) == 3\n"
            "assert pair(b, c) == (3, 4)",
            1.0,
        ),
    ]
    assert judge(cells, CONDITIONS, SEED, sandboxed=False).items["t"].points == 1


def test_what_cannot_cross_put_into_what_was_read_costs_that_test_alone():
    cells = [
        Step("student", "a", "table = [1.0, 2.0]"),
        Step("test", "t", "table.append(object())", 1.0),
        Step("test", "u", "assert table[0] == 1.0", 1.0),
    ]
    verdict = judge(cells, CONDITIONS, SEED, sandboxed=False)
    assert [verdict.items[k].points for k in "tu"] == [0, 1]
    assert "the test changed table in place" in verdict.items["t"].failures[0].instructor


def test_annotations_are_objects_as_in_a_notebook():
    cells = [
        Step("student", "a", "def f(x: int) -> float: return float(x)\nkind = f.__annotations__['x'].__name__"),
        Step("test", "t", "def g(x: int): return x\nassert g.__annotations__['x'] is int and kind == 'int'", 1.0),
    ]
    assert judge(cells, CONDITIONS, SEED, sandboxed=False).items["t"].points == 1


def test_two_tests_of_one_id_are_an_error():
    with pytest.raises(ValueError, match="same id"):
        judge([Step("test", "t", "", 1.0), Step("test", "t", "", 1.0)], CONDITIONS, SEED)


# --- cells and outputs ----------------------------------------------------------------------------------------


def test_outputs_of_cells_are_kept_limited_and_inert():
    cell = "import sys\nprint('a\\x1b[31mred\\x1b[0m')\nprint('e', file=sys.stderr)\n[1, 2]"
    verdict = judge([Step("student", "c", cell)], CONDITIONS, SEED, sandboxed=False)
    assert verdict.outputs["c"] == [
        {"output_type": "stream", "name": "stdout", "text": "ared\n"},
        {"output_type": "stream", "name": "stderr", "text": "e\n"},
        {"output_type": "execute_result", "execution_count": None, "metadata": {}, "data": {"text/plain": "[1, 2]"}},
    ]


def test_an_error_in_a_cell_is_shown_with_its_line_and_the_rest_goes_on():
    cells = [
        Step("student", "bad", "x = 1\n1 / 0"),
        Step("student", "good", "y = x + 1"),
        Step("test", "t", "assert y == 2", 1.0),
    ]
    verdict = judge(cells, CONDITIONS, SEED, sandboxed=False)
    assert verdict.items["t"].points == 1
    (error,) = verdict.outputs["bad"]
    text = "\n".join(error["traceback"])
    assert error["ename"] == "ZeroDivisionError" and "1 / 0" in text and "classroom" not in text


def test_printing_warning_and_open_figures_cost_nothing():
    cell = """
import warnings, sys
import matplotlib.pyplot as plt
warnings.warn("careful")
print("noise", file=sys.stderr)
plt.plot([1, 2]); plt.show()
plt.figure().gca().set_title("second")
def f(x):
    print("in the call", file=sys.stderr)
    plt.figure()
    return x
"""
    steps = [Step("student", "c", cell), Step("test", "t", "assert f(2) == 2", 1.0)]
    verdict = judge(steps, Conditions(("numpy", "matplotlib"), seconds_total=60), SEED)
    assert verdict.items["t"].points == 1
    pictures = [o for o in verdict.outputs["c"] if o["output_type"] == "display_data"]
    assert len(pictures) == 2 and all(set(p["data"]) == {"image/png", "text/plain"} for p in pictures)
    assert "non-interactive" not in str(verdict.outputs)


@pytest.mark.parametrize(
    "value", ["[3, 4]", "(3, 4)", "np.array([3, 4])", "np.array([3, 4], 'float32')", "[np.int64(3), np.float32(4)]"]
)
def test_another_form_of_the_right_answer_costs_nothing(value):
    result, _ = one("Check('f').call(f).gives([3.0, 4.0])", f"import numpy as np\ndef f(): return {value}")
    assert result.points == 4


def test_magics_in_a_students_cell_are_passed_over():
    cell = "%matplotlib inline\n!ls\nx = 7 % 4\nprint?\n"
    verdict = judge(
        [Step("student", "c", cell), Step("test", "t", "assert x == 3", 1.0)], CONDITIONS, SEED, sandboxed=False
    )
    assert verdict.items["t"].points == 1


# --- loss and replacement -------------------------------------------------------------------------------------


@pytest.mark.sandbox
def test_a_call_that_ends_the_worker_costs_its_own_item_only():
    cells = [
        Step("student", "a", "calls = []\ndef ok(x): return x\ndef dies(x):\n    import os\n    os._exit(1)"),
        Step("test", "one", "assert ok(1) == 1", 1.0),
        Step("student", "b", "import os\nos._exit(1)"),
        Step("test", "two", "assert ok(2) == 2", 1.0),
        Step("test", "three", "assert dies(2) == 2", 1.0),
        Step("test", "four", "assert ok(3) == 3", 1.0),
        Step("student", "c", "def late(): return ok(5)"),
        Step("test", "five", "assert late() == 5", 1.0),
    ]
    verdict = judge(cells, CONDITIONS, SEED)
    assert {k: i.points for k, i in verdict.items.items()} == {"one": 1, "two": 1, "three": 0, "four": 1, "five": 1}
    assert "stopped" in verdict.items["three"].failures[0].problem
    assert verdict.outputs["b"][0]["ename"] == "Stopped" and any(note.startswith("b:") for note in verdict.notes)


@pytest.mark.sandbox
def test_the_end_of_the_worker_does_not_pass_for_the_expected_exception():
    cells = [
        Step("setup", "s", VOCABULARY),
        Step("student", "a", "import os\ndef f(x): os._exit(1)"),
        Step("test", "t", "Check('f').call(f, -1).raises(RuntimeError)", 1.0),
        Step("test", "u", "import pytest\nwith pytest.raises(Exception): f(-1)", 1.0),
    ]
    verdict = judge(cells, CONDITIONS, SEED)
    assert [i.points for i in verdict.items.values()] == [0, 0]


@pytest.mark.sandbox
def test_sandboxed_or_not_the_verdict_is_the_same():
    for s in (s for s in SNIPPETS if s.name in ("callback", "in-place update", "equality of objects")):
        cells = [("student", s.right), ("test", s.test)]
        inside, outside = judged(cells), judged(cells, sandboxed=False)
        assert [i.points for i in inside.items.values()] == [i.points for i in outside.items.values()]


def test_without_bubblewrap_nothing_is_graded(monkeypatch):
    from classroom.sandboxing import sandbox

    def missing():
        raise sandbox.SandboxMissing("install it")

    monkeypatch.setattr(sandbox, "probe", missing)
    with pytest.raises(sandbox.SandboxMissing):
        judge([Step("test", "t", "", 1.0)], CONDITIONS, SEED)


def test_a_helper_of_the_students_may_be_called_like_one_of_the_tests():
    """Only a name that answers bind can be meant by both; any other that a test has bound is the test's."""
    first = "def slope(x): return 2 * x\nassert f(3.0) == 6.0"
    second = "assert g(3.0) == slope(3.0) / 2"
    for asked, points in ((("f", "g"), 1.0), (("f", "g", "slope"), 0.0), (None, 0.0)):
        cells = [
            Step("student", "f", "def f(x): return x + x", asked=asked),
            Step("test", "f-check", first, 1.0),
            Step("student", "g", "def slope(x): return 'mine'\ndef g(x): return x", asked=asked),
            Step("test", "g-check", second, 1.0),
        ]
        verdict = judge(cells, CONDITIONS, SEED)
        assert [verdict.items[name].points for name in ("f-check", "g-check")] == [1.0, points], verdict


@pytest.mark.sandbox
def test_a_context_of_the_students_swallows_no_failed_check():
    context = """
heard = []
class quiet:
    def __enter__(self): pass
    def __exit__(self, kind, error, trace):
        heard.append(str(error))
        return True
def f(x): return "no number"
def g(x): raise ValueError("mine")
"""
    check = "check = Check('f')\nwith quiet(): check.call(f, 3.0).gives(9.0)"
    cells = [
        ("setup", "from classroom.expect import Check, plain"),
        ("student", context),
        ("test", check),
        ("test", "with quiet(): assert plain(f(3.0), float) == 9.0"),
        ("test", "with quiet(): assert g(3.0) == 9.0"),
        ("test", "assert plain(heard)[0] == 'raised by the test' and plain(heard)[-1] == 'mine'"),
    ]
    verdict = judged(cells)
    assert [item.points for item in verdict.items.values()] == [0.0, 0.0, 0.0, 1.0], verdict


@pytest.mark.sandbox
def test_a_number_is_the_same_for_every_check():
    lying = """
class Real(float):
    asked = 0
    def __float__(self):
        Real.asked += 1
        return float(Real.asked)
def f(): return [Real(1.0)]
"""
    test = """
out = Check("f").call(f)
out.satisfies(lambda got: got == [1.0], "not 1")
out.satisfies(lambda got: got == [1.0], "no longer 1")
assert plain(out.value()) == [1.0]
"""
    verdict = judged([("setup", "from classroom.expect import Check, plain"), ("student", lying), ("test", test)])
    assert verdict.items["test-2"].points == 1.0, verdict


@pytest.mark.sandbox
def test_what_is_called_in_the_judge_has_no_effect():
    """`memmap` opens files and `ndarray` shows what memory held before: in the worker they find nothing."""
    cells = [
        ("setup", "from classroom.expect import Check"),
        ("student", "import numpy as np\nmapped, empty = np.memmap, np.ndarray"),
        ("test", f"Check('mapped').call(mapped, {__file__!r}).raises(FileNotFoundError)"),
        ("test", "assert 'Proxy' in str(type(empty))"),
    ]
    assert [item.points for item in judged(cells).items.values()] == [1.0, 1.0]


@pytest.mark.parametrize(("width", "shown"), [(100, True), (100_000, False)])
def test_a_picture_that_unfolds_to_gigabytes_is_not_shown(width, shown):
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, width) + bytes(9)
    picture = {"output_type": "display_data", "png": base64.b64encode(head).decode()}
    assert bool(inert([picture], 1000)) is shown


def test_an_interruption_that_comes_too_late_is_dropped():
    class Late:
        ends = None

        def arm(self, ends):
            self.ends = ends

        def disarm(self):
            if self.ends != 0.0:
                self.ends = 0.0
                raise OutOfTime
            self.ends = None

    session = object.__new__(Session)
    session.watch, session.total_ends, session.conditions = Late(), 1.0, CONDITIONS
    assert session.guarded(lambda: "done") == "done" and session.watch.ends is None


@pytest.mark.sandbox
def test_an_answer_that_knows_the_examples_only_loses_their_points():
    test = """
points = Points(3)
with points.part(2, "small"):
    Check("f").call(f, 3.0).gives(9.0)
### BEGIN HIDDEN TESTS
with points.confirm("small"):
    Check("f").call(f, 5.0).gives(25.0)
with points.part(1, "other"):
    Check("g").call(g).gives(1.0)
### END HIDDEN TESTS
points.total()
"""
    setup = Step("setup", "setup", "from classroom.expect import Check, Points")
    for answer, earned, missed in (
        ("def f(x): return x * x\ndef g(): return 1.0", 3.0, []),
        ("def f(x): return {3.0: 9.0}.get(x)\ndef g(): return 1.0", 1.0, ["small"]),
        # It fails in both places: said once, and the other part stays.
        ("def f(x): return {}[x]\ndef g(): return 1.0", 1.0, ["small"]),
        ("def f(x): return object() if x == 3.0 else f\ndef g(): return 1.0", 1.0, ["small"]),
    ):
        item = judge([setup, Step("student", "f", answer), Step("test", "check", test, 3.0)], CONDITIONS, SEED).items[
            "check"
        ]
        assert (item.points, [failure.part for failure in item.failures]) == (earned, missed), answer

"""The vocabulary of checks: what passes, what fails, and what is said."""

import numpy as np
import pytest

from classroom import expect
from classroom.expect import Check, CheckFailed, Points, generator, give, plain


def failed(action) -> CheckFailed:
    with pytest.raises(CheckFailed) as caught:
        action()
    return caught.value


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (1, 1.0),
        (1.0, 1),
        (np.float32(0.5), 0.5),
        ([1, 2], (1.0, 2.0)),
        (np.array([1, 2]), [1.0, 2.0]),
        ([1.0, 2.0], np.array([1, 2])),
        ({"a": [1]}, {"a": (1,)}),
        ({1, 2}, {1, 2}),
        ("a", "a"),
        (None, None),
        (True, True),
        (float("nan"), float("nan")),
        (1 + 1e-9, 1.0),
        ([[1, 2], [3]], [[1, 2], [3]]),
        (np.zeros((0, 2)), np.zeros((0, 2))),
    ],
)
def test_the_same(got, want):
    assert expect.same(plain(got), plain(want), 1e-7, 1e-9)
    Check("f").call(lambda: got).gives(want)


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (1, True),
        (True, 1),
        (1, "1"),
        (None, 0),
        ([], 0.0),
        (np.zeros(0), 5.0),
        (np.zeros(0), np.ones(1)),
        (np.ones(1), 1.0),
        ([1.0], 1.0),
        ([1, 2, 3], [1, 2]),
        (np.zeros((2, 1)), np.zeros(2)),
        ({"a": 1}, {"a": 1, "b": 2}),
        (float("nan"), 1.0),
        (float("inf"), 1e300),
        (1.001, 1.0),
        ("1.0", 1.0),
        (b"a", "a"),
        ([[1, 2], [3]], np.ones((2, 2))),
    ],
)
def test_not_the_same(got, want):
    assert not expect.same(plain(got), plain(want), 1e-7, 1e-9)
    failed(lambda: Check("f").call(lambda: got).gives(want))


def test_a_message_shows_input_expected_got_hint_and_section():
    check = Check("square", see="CR-1")
    error = failed(
        lambda: check.call(abs, -3).gives(9, hints=[(4, "no"), (lambda x: x == 3, "square it"), (3, "late")])
    )
    assert (error.item, error.tried, error.want, error.got) == ("square", "abs(-3)", "9", "3")
    assert (error.hint, error.see) == ("square it", "CR-1")
    assert str(error).splitlines()[0] == "square: not yet" and "expected   9" in str(error)
    assert not any("expected" in line for line in error.lines(with_expected=False))


def test_what_a_hidden_check_says_leaves_the_expected_out():
    error = failed(lambda: Check("f").call(lambda: np.zeros(3)).gives(np.ones(77)))
    assert "77" in error.problem and "77" not in error.blind
    error = failed(lambda: Check("f").call(lambda: 1).raises(OverflowError))
    assert "OverflowError" in error.problem and "OverflowError" not in error.blind
    error = failed(lambda: Check("f").call(lambda: 1 / 0).raises(OverflowError))
    assert "OverflowError" not in error.blind and "ZeroDivisionError" in error.blind


def changes(x):
    x[0] = 7
    return 1


@pytest.mark.parametrize("value", [np.zeros(2), [0, 1], {0: 1}], ids=["array", "list", "dict"])
def test_a_call_that_changes_its_input_fails_unless_it_may(value):
    error = failed(lambda: Check("f").call(changes, value).gives(1))
    assert "changed its input" in error.problem
    value[0] = 0
    Check("f").call(changes, value).gives(1, may_change_input=True)


def test_a_call_that_leaves_its_input_alone_passes():
    nan = np.array([np.nan, 1.0])
    Check("f").call(lambda *a: 1, nan, [nan, float("nan")], {"a": [1]}, {1}, generator(), print).gives(1)


def test_satisfies_fails_in_words_whatever_came_back():
    check = Check("f")
    check.call(lambda: [1.0]).satisfies(lambda x: sum(x) == 1, "sums to 1")
    assert (
        failed(lambda: check.call(lambda: 5).satisfies(lambda x: sum(x) == 1, "must sum to 1")).problem
        == "must sum to 1"
    )
    assert "object" in failed(lambda: check.call(object).satisfies(lambda x: True, "no")).problem


def test_satisfies_gives_the_hint_for_an_error_that_was_raised():
    hints = [(KeyError, "a key"), (ValueError, "not a number")]
    error = failed(lambda: Check("f").call(int, "x").satisfies(lambda x: x == 1, "must be 1", hints=hints))
    assert "ValueError was raised" in error.problem and error.hint == "not a number"


def test_plain_takes_nothing_that_only_looks_plain():
    class Real(float):
        def __eq__(self, other):
            return True

    class Row(list):
        def __eq__(self, other):
            return True

    class Grid(np.ndarray):
        pass

    for value, kind in ((Real(2), float), (Row([Real(2)]), list), (np.zeros(2).view(Grid), np.ndarray)):
        assert type(plain(value)) is kind
    assert type(plain(Row([Real(2)]))[0]) is float
    assert plain(3, float) == 3.0 and type(plain(3, float)) is float
    for value, kind in ((object(), None), ("3", float), (3.5, int), (np.array([object()]), None), (True, float)):
        with pytest.raises(TypeError):
            plain(value, kind)
    own: list = []
    own.append(own)
    with pytest.raises(TypeError, match="deep"):
        plain(own)


def test_points_of_parts(capsys):
    points = Points(3)
    with points.part(1, "easy"):
        pass
    with points.part(2, "hard"):
        Check("f").call(lambda: 1).gives(2)
    assert points.total() == 1 and "hard: 2 of 3 points missed" in capsys.readouterr().out
    wrong = Points(3)
    with wrong.part(4, "a"):
        pass
    with pytest.raises(ValueError, match="offer 4 points"):
        wrong.total()


def test_a_part_that_is_not_confirmed_is_lost(capsys):
    points = Points(6)
    for worth, name, right in ((1, "known by heart", True), (2, "understood", True), (3, "wrong", False)):
        with points.part(worth, name):
            assert right
    with points.confirm("known by heart"):
        Check("f").call(lambda: 1).gives(2)
    with points.confirm("understood"):
        Check("f").call(lambda: 2).gives(2)
    with points.confirm("wrong"):
        raise AssertionError
    assert points.total() == 2 and points.passed == ["understood"]
    assert [name for name, *_ in points.failures] == ["wrong", "known by heart"]
    assert "known by heart: 1 of 6 points missed" in capsys.readouterr().out
    with (
        pytest.raises(ValueError, match=r"expected one of the parts \['known by heart', 'understood', 'wrong'\]"),
        points.confirm("unknown"),
    ):
        pass


def test_the_generator_is_fixed_in_a_notebook():
    assert generator().random() == generator().random() == np.random.default_rng(0).random()


def inner():
    return "theirs"


def test_give_replaces_a_name_for_the_block():
    with give(inner=lambda: "given", new_name=1):
        assert inner() == "given" and "new_name" in globals()
    assert inner() == "theirs" and "new_name" not in globals()


def test_a_failure_names_the_section_to_read_again() -> None:
    with pytest.raises(CheckFailed) as failed:
        Check("square", see="DN-3").call(lambda x: 2 * x, 3.0).gives(9.0)
    where = "“Products”, DN-3, chapter 5 (dual numbers), in book/part2/05-dual-numbers.ipynb"
    assert f"read again {where}" in str(failed.value)

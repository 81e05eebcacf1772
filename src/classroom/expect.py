"""What the checks of an assignment use: they show the input, what was expected, what came back, and a hint.

Needs NumPy only, and behaves the same in a student's own notebook (one process)
and under the judge, where the student's functions are proxies that talk to a sandbox. Everything a check
compares goes through `plain` first, so no object of a student's is ever asked whether it is right.
"""

from __future__ import annotations

import contextlib
import contextvars
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from classroom.topics import section_link

__all__ = ["Check", "CheckFailed", "Points", "generator", "give", "plain"]

# The book's sources, where the course's folder is at hand: a section is then named by its heading.
BOOK = Path(__file__).resolve().parents[2] / "book"

# What runs the checks, when that is the judge: it hands out generators, gives functions, collects points.
# In a student's notebook there is none.
RUN: contextvars.ContextVar[Any] = contextvars.ContextVar("run", default=None)

# Set while `Check.expr` evaluates its text: what comes of it is compared outside, by `gives`.
IN_EXPRESSION: contextvars.ContextVar[bool] = contextvars.ContextVar("in_expression", default=False)

SCALARS = (type(None), bool, int, float, complex, str, bytes, range, slice)


class CheckFailed(AssertionError):
    """One failed comparison, with its parts kept apart so that each audience is shown what it may see."""

    def __init__(
        self,
        item: str,
        tried: str,
        problem: str,
        *,
        want: str = "",
        got: str = "",
        hint: str = "",
        see: str = "",
        part: str = "",
        blind: str = "",
    ) -> None:
        self.item, self.tried, self.problem = item, tried, problem
        # What a hidden check says instead, where the problem itself gives away what was expected.
        self.blind = blind or problem
        self.want, self.got, self.hint, self.see, self.part = want, got, hint, see, part
        super().__init__(f"{item}: {problem}")

    def lines(self, *, with_expected: bool = True) -> list[str]:
        """The message line by line; a hidden check leaves out what was expected."""
        rows = [("tried", self.tried), ("problem", self.problem)]
        if with_expected and self.want:
            rows.append(("expected", self.want))
        rows += [("got", self.got), ("hint", self.hint)]
        if self.see:
            rows.append(("read again", section_link(self.see, "", BOOK)["text"]))
        return [f"{label:<11}{text}" for label, text in rows if text]

    def __str__(self) -> str:
        title = f"{self.item}: not yet" + (f" ({self.part})" if self.part else "")
        return "\n".join([title, *("  " + line for line in self.lines())])

    def _render_traceback_(self) -> list[str]:
        # IPython calls this: the student sees the message, not the frames of this module.
        return str(self).splitlines()


def plain(value: Any, kind: type | None = None) -> Any:
    """`value` made of exact built-in types and plain NumPy arrays, or TypeError.

    NumPy scalars become Python numbers and subclasses of containers become the container. With `kind`
    the result must be of that type (an int passes for a float). A judge's proxy brings its own `__plain__`.
    """
    result = _normalised(value, 0)
    if kind is None or type(result) is kind or (kind is np.ndarray and isinstance(result, np.ndarray)):
        return result
    if kind is float and type(result) is int:
        return float(result)
    raise TypeError(f"expected {_article(kind.__name__)}, got {_article(type(result).__name__)}: {shown(result)}")


def _article(name: str) -> str:
    return f"{'an' if name[:1] in 'aeiou' else 'a'} {name}"


def _normalised(value: Any, depth: int) -> Any:
    if depth > 50:
        raise TypeError("expected a plain value, got one nested more than 50 deep")
    if type(value) in SCALARS:
        return value
    fetch = getattr(type(value), "__plain__", None)
    if fetch is not None:
        return fetch(value)
    if isinstance(value, np.generic):
        return value.item()
    kinds: tuple[Any, ...] = (bool, int, float, complex, str, bytes)
    for scalar in kinds:
        if isinstance(value, scalar):
            return scalar(value)
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            raise TypeError("expected an array of numbers, got one of Python objects")
        return np.array(value, copy=True, subok=False)
    if isinstance(value, (list, tuple)):
        items = [_normalised(item, depth + 1) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, (set, frozenset)):
        return {_normalised(item, depth + 1) for item in value}
    if isinstance(value, dict):
        return {_normalised(k, depth + 1): _normalised(v, depth + 1) for k, v in value.items()}
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return value.detach().cpu().numpy().copy()
    raise TypeError(f"expected a plain value (numbers, text, lists, arrays), got {_article(type(value).__name__)}")


def shown(value: Any, limit: int = 300) -> str:
    """A short text of a plain value, the same on every machine."""
    if isinstance(value, np.ndarray):
        text = np.array2string(value, precision=6, threshold=40, separator=", ")
        text = f"array({text})" + ("" if value.ndim <= 1 and value.size <= 10 else f" of shape {value.shape}")
    elif isinstance(value, float):
        text = f"{value:.10g}" if value == value and abs(value) != float("inf") else repr(value)
    elif isinstance(value, (list, tuple)):
        inner = ", ".join(shown(item, limit) for item in value[:20]) + (", ..." if len(value) > 20 else "")
        comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
        text = f"[{inner}]" if isinstance(value, list) else f"({inner}{comma})"
    elif isinstance(value, dict):
        text = "{" + ", ".join(f"{k!r}: {shown(v, limit)}" for k, v in list(value.items())[:20]) + "}"
    else:
        text = repr(value)
    return text if len(text) <= limit else text[: limit - 4] + " ..."


def same(got: Any, want: Any, rtol: float, atol: float) -> bool:
    """Whether two plain values agree: numbers within tolerance, lists and tuples alike, arrays by shape."""
    if isinstance(want, bool) or want is None or isinstance(want, (str, bytes)):
        return type(got) is type(want) and got == want
    if isinstance(want, dict):
        return (
            isinstance(got, dict) and got.keys() == want.keys() and all(same(got[k], want[k], rtol, atol) for k in want)
        )
    if isinstance(want, set):
        return isinstance(got, set) and got == want
    if isinstance(want, (list, tuple)) and (isinstance(got, (list, tuple)) or not _numeric(want)):
        return (
            isinstance(got, (list, tuple))
            and len(got) == len(want)
            and all(same(g, w, rtol, atol) for g, w in zip(got, want, strict=True))
        )
    if isinstance(got, (bool, str, bytes, dict, set)) or got is None:
        return False
    try:
        a, b = np.asarray(got), np.asarray(want)
    except ValueError:
        return False
    if a.shape != b.shape or a.dtype.kind not in "biufc" or b.dtype.kind not in "biufc":
        return False
    return bool(np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True))


def _numeric(items: Sequence[Any]) -> bool:
    """Whether these are numbers, or rows of numbers, for which an array may come back as well."""
    return len(items) > 0 and all(
        (isinstance(x, (int, float, complex)) and not isinstance(x, bool))
        or (isinstance(x, (list, tuple)) and _numeric(x))
        for x in items
    )


# (the wrong value, a predicate on what came back, or the class of an exception raised; what to tell the student)
Hint = tuple[Any, str]


class Outcome:
    """What came of one call; `gives` and `raises` say what should have come of it."""

    def __init__(
        self,
        check: Check,
        tried: str,
        value: Any = None,
        error: BaseException | None = None,
        changed: str = "",
    ) -> None:
        self._check, self._tried, self._value, self._error = check, tried, value, error
        self._changed = changed

    def gives(
        self,
        want: Any,
        *,
        rtol: float = 1e-7,
        atol: float = 1e-9,
        hints: Sequence[Hint] = (),
        may_change_input: bool = False,
    ) -> None:
        """Compare with `want`; the first hint whose value (or predicate) matches what came back is shown.

        A call that changed its input fails, unless `may_change_input`: `want` is often computed from the same
        arrays after the call, and a changed input would then decide what is right.

        Returns nothing: a value on a cell's last line is shown by Jupyter, and nbgrader takes a number shown
        there for the points. `plain(outcome.value())` goes on with what came back.
        """
        self._no_error(hints)
        if self._changed and not may_change_input:
            raise self._failed(f"the call changed its input ({self._changed}): work on a copy")
        try:
            got = plain(self._value)
        except TypeError as error:
            raise self._failed(str(error), want=shown(want)) from None
        if same(got, want, rtol, atol):
            return
        # A hint on a value the right answer has too would mislead: `got` is known to be wrong here.
        hint = next((text for wrong, text in hints if _matches(got, wrong, rtol, atol)), "")
        problem, blind = _difference(got, want)
        raise self._failed(problem, want=shown(want), got=shown(got), hint=hint, blind=blind)

    def satisfies(self, test: Callable[[Any], bool], problem: str, *, hints: Sequence[Hint] = ()) -> None:
        """`test` of the plain value must hold; `problem` says in words what is wrong when it does not."""
        self._no_error(hints)
        try:
            got = plain(self._value)
        except TypeError as error:
            raise self._failed(str(error)) from None
        try:
            if test(got):
                return
        except Exception as error:
            # Written for answers of the expected form, it fails in its own way on any other.
            raise self._failed(problem, got=shown(got)) from error
        hint = next((text for wrong, text in hints if _matches(got, wrong, 1e-7, 1e-9)), "")
        raise self._failed(problem, got=shown(got), hint=hint)

    def raises(self, kind: type[Exception], *, hint: str = "") -> None:
        """The call must raise `kind`."""
        if self._error is None:
            problem, blind = f"expected {kind.__name__} to be raised", "nothing was raised"
            raise self._failed(problem, got=_safe_repr(self._value), hint=hint, blind=blind)
        if not isinstance(self._error, kind):
            blind = f"{type(self._error).__name__} was raised: {self._error}"
            raise self._failed(
                f"expected {kind.__name__}, but {blind}", hint=hint, blind=f"{blind}, not the error asked for"
            )

    def value(self) -> Any:
        """What came back, as it is (under the judge possibly a proxy); the call must not have raised."""
        self._no_error()
        return self._value

    def _no_error(self, hints: Sequence[Hint] = ()) -> None:
        if self._error is not None:
            if isinstance(self._error, NotImplementedError):
                raise self._failed("not written yet: the stub still raises NotImplementedError") from None
            hint = next((text for kind, text in hints if _is_error(kind) and isinstance(self._error, kind)), "")
            raise self._failed(f"{type(self._error).__name__} was raised: {self._error}", hint=hint) from self._error

    def _failed(self, problem: str, **parts: str) -> CheckFailed:
        return CheckFailed(self._check.item, self._tried, problem, see=self._check.see, **parts)


def _is_error(wrong: Any) -> bool:
    return isinstance(wrong, type) and issubclass(wrong, Exception)


def _matches(got: Any, wrong: Any, rtol: float, atol: float) -> bool:
    if _is_error(wrong):
        return False
    if callable(wrong):
        try:
            return bool(wrong(got))
        except Exception:
            # A predicate is written for answers of the expected form; on any other it does not match.
            return False
    return same(got, wrong, rtol, atol)


def _difference(got: Any, want: Any) -> tuple[str, str]:
    """What is wrong, and the same without a word on what was expected."""
    if got is None:
        return ("nothing came back (is there a return?)",) * 2
    shapes = [np.shape(x) if isinstance(x, np.ndarray) else None for x in (got, want)]
    if shapes[1] is not None and shapes[0] is not None and shapes[0] != shapes[1]:
        return f"the shape is {shapes[0]}, expected {shapes[1]}", f"the shape {shapes[0]} is wrong"
    return ("the value is wrong",) * 2


def _safe_repr(value: Any) -> str:
    try:
        return shown(plain(value))
    except TypeError:
        return "an object"


class Check:
    """The checks of one item: `Check("multiply", see="DN-3").call(multiply, 2, 3).gives(6)`.

    `item` is the name the student knows the exercise by, `see` the curriculum ID of the section to read again.
    """

    def __init__(self, item: str, see: str = "") -> None:
        self.item, self.see = item, see

    def call(self, f: Callable[..., Any], *args: Any, **kwargs: Any) -> Outcome:
        """Call a function of the student's and keep what it returned or raised."""
        name = getattr(f, "__name__", "f")
        inputs = [_input(a) for a in args] + [f"{k}={_input(v)}" for k, v in kwargs.items()]
        before = [_copied(a) for a in (*args, *kwargs.values())]
        outcome = self.run(f"{name}({', '.join(inputs)})", lambda: f(*args, **kwargs))
        after = zip((*args, *kwargs.values()), before, inputs, strict=True)
        outcome._changed = ", ".join(text for now, old, text in after if old is not None and not _unchanged(now, old))
        return outcome

    def expr(self, text: str, **names: Any) -> Outcome:
        """Evaluate `text` with these names, e.g. `expr("(Dual(2., 1.) * 3).tangent", Dual=Dual)`."""

        def evaluate() -> Any:
            token = IN_EXPRESSION.set(True)
            try:
                return eval(text, dict(names))
            finally:
                IN_EXPRESSION.reset(token)

        return self.run(text, evaluate)

    def run(self, tried: str, action: Callable[[], Any]) -> Outcome:
        """Any action, described in words by `tried`.

        `call` notices that its input was changed; this does not. So hand over copies of what the expected value is
        computed from.
        """
        try:
            return Outcome(self, tried, value=action())
        except Exception as error:
            return Outcome(self, tried, error=error)

    def value(self, name: str, value: Any) -> Outcome:
        """A value the student computed (a variable, an attribute)."""
        return Outcome(self, name, value=value)

    def fail(self, tried: str, problem: str, hint: str = "") -> None:
        """Fail with these words."""
        raise CheckFailed(self.item, tried, problem, hint=hint, see=self.see)


def _copied(value: Any) -> Any:
    """A copy of an input that a call could change, None for any other."""
    if type(value) not in (list, dict, set, np.ndarray):
        return None
    try:
        return plain(value)
    except TypeError:
        return None


def _unchanged(now: Any, before: Any) -> bool:
    try:
        now = plain(now)
    except TypeError:
        return False
    if isinstance(before, np.ndarray):
        return now.dtype == before.dtype and now.shape == before.shape and now.tobytes() == before.tobytes()
    if isinstance(before, dict):
        return list(now) == list(before) and all(_unchanged(now[k], before[k]) for k in before)
    if isinstance(before, (list, tuple)):
        return len(now) == len(before) and all(_unchanged(n, b) for n, b in zip(now, before, strict=True))
    return now is before or now == before or (now != now and before != before)


def _input(value: Any) -> str:
    describe = getattr(type(value), "__described__", None)
    if describe is not None:  # the judge's proxy of an object of the student's
        return describe(value)
    if callable(value):
        return getattr(value, "__name__", "f")
    try:
        return shown(plain(value), 120)
    except TypeError:
        return f"<{type(value).__name__}>"


class Points:
    """Partial credit: each part is worth points of its own, and one that fails does not stop the next.

    Examples
    --------
    ::

        points = Points(3)
        with points.part(2, "on numbers"):
            check.call(square, 3.0).gives(9.0)
        with points.part(1, "on arrays"):
            ...
        points.total()      # last line: nbgrader reads the number
    """

    def __init__(self, most: float) -> None:
        self.most, self.earned, self.offered = most, 0.0, 0.0
        self.failures: list[tuple[str, float, Exception]] = []
        self.passed: list[str] = []
        self.worth: dict[str, float] = {}
        # What the confirmation of a part said that had failed already.
        self.again: list[Exception] = []
        run = RUN.get()
        if run is not None:
            run.note_points(self)

    @contextlib.contextmanager
    def part(self, points: float, name: str) -> Iterator[None]:
        """A part worth `points`, lost when its block raises."""
        self.offered += points
        self.worth[name] = points
        try:
            yield
        except Exception as error:
            if isinstance(error, CheckFailed):
                error.part = name
            self.failures.append((name, points, error))
        else:
            self.earned += points
            self.passed.append(name)

    @contextlib.contextmanager
    def confirm(self, name: str) -> Iterator[None]:
        """Among the hidden tests: what the part `name` asked, on other numbers; if this raises, its points are lost.

        Without it an answer that knows no more than the examples it was shown would earn points with them.
        """
        if name not in self.worth:
            raise ValueError(f"name: expected one of the parts {list(self.worth)}, got {name!r}")
        try:
            yield
        except Exception as error:
            if name not in self.passed:
                self.again.append(error)
                return
            if isinstance(error, CheckFailed):
                error.part = name
            self.passed.remove(name)
            self.earned -= self.worth[name]
            self.failures.append((name, self.worth[name], error))

    def total(self) -> float:
        """The points earned; prints what was missed. The parts must add up to the item's points.

        In a student's notebook the hidden parts are not there: what they are worth counts as earned, so that
        Validate is content with a cell whose visible parts pass.
        """
        judging = RUN.get() is not None
        if self.offered > self.most + 1e-9 or (judging and self.offered < self.most - 1e-9):
            raise ValueError(f"the parts offer {self.offered:g} points, but the item is worth {self.most:g}")
        if not judging:  # the judge has the failures already, and tells each reader what it may see
            for name, points, error in self.failures:
                text = str(error) if isinstance(error, CheckFailed) else f"{type(error).__name__}: {error}"
                print(f"[{name}: {points:g} of {self.most:g} points missed]\n{text}\n")
        return self.earned + self.most - self.offered


def generator() -> np.random.Generator:
    """The random generator of this run: fixed in a student's notebook, seeded afresh by the judge when grading."""
    run = RUN.get()
    return np.random.default_rng(0) if run is None else run.generator()


@contextlib.contextmanager
def give(**functions: Any) -> Iterator[None]:
    """Replace names of the student's by trusted functions inside the block.

    `with give(sigmoid=reference): ...` keeps a wrong early step from costing the points of a later one. The
    judge has its own version, which binds the function in the sandbox.
    """
    run = RUN.get()
    if run is not None:
        with run.give(functions):
            yield
        return
    frame = inspect.currentframe()
    assert frame is not None and frame.f_back is not None and frame.f_back.f_back is not None
    names = frame.f_back.f_back.f_globals
    missing = object()
    before = {name: names.get(name, missing) for name in functions}
    names.update(functions)
    try:
        yield
    finally:
        for name, old in before.items():
            if old is missing:
                del names[name]
            else:
                names[name] = old

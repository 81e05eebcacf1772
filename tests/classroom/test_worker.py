"""The worker's own side: cells, outputs, tracebacks, imports."""

import contextlib
import importlib.util
import io
import sys

import pytest

from classroom.worker import errors
from classroom.worker.cells import without_magics
from classroom.worker.confinement import Last, Withheld
from classroom.worker.conversation import Worker
from classroom.worker.errors import message_of, traceback_of
from classroom.worker.outputs import Streams


@pytest.fixture
def worker():
    """A worker in this process, without a socket; what it does to this process is undone."""
    before = sys.modules["__main__"]
    yield Worker(None)
    sys.modules["__main__"] = before


@pytest.fixture
def mine(worker):
    """The notebook of such a worker."""
    return worker.notebook


def test_a_cell_reports_success_outputs_and_names(mine):
    ok, outputs, bound = mine.cell("c", "import math\nx = 1\nprint('a')\nx + 1")
    assert ok and sorted(bound) == ["math", "x"]
    assert outputs == [
        {"output_type": "stream", "name": "stdout", "text": "a\n"},
        {"output_type": "execute_result", "text": "2"},
    ]
    ok, outputs, bound = mine.cell("d", "x = 1\ny = x;")
    assert (ok, outputs, bound) == (True, [], ["y"])


@pytest.mark.parametrize(
    "source", ["1 / 0", "raise SystemExit", "def f(:\n pass", "raise KeyboardInterrupt", "undefined"]
)
def test_a_cell_that_fails_says_why(mine, source):
    ok, outputs, _ = mine.cell("c", source)
    assert not ok and outputs[-1]["output_type"] == "error" and outputs[-1]["ename"]
    assert "classroom" not in "\n".join(outputs[-1]["traceback"])


def test_a_cell_may_replace_the_standard_streams(mine):
    real = sys.stdout
    ok, outputs, _ = mine.cell("c", "import sys, io\nsys.stdout = io.StringIO()\nprint('lost')")
    assert ok and outputs == [] and sys.stdout is real
    _, outputs, _ = mine.cell("d", "print('seen')")
    assert outputs[0]["text"] == "seen\n"


def test_output_is_cut_at_the_limit():
    streams = Streams(10)
    for _ in range(5):
        streams.write("stdout", "abcd")
    assert streams.text().startswith("abcdabcdab\n[output cut after 10") and len(streams.text()) < 60


def test_display_and_the_modules_name(mine):
    _, outputs, _ = mine.cell("c", "display([1])\nprint(__name__)\nclass A: pass\nprint(A.__module__)")
    assert outputs[0]["text"] == "[1]\n__main__\n__main__\n"


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ("x = 5 % 3", "x = 5 % 3"),
        ("%time f()\nx = 1", "f()\nx = 1"),
        ("  !ls\nhelp?\n?help\nx = 1", "\n\n\nx = 1"),
        ("%matplotlib inline\ndef f(x):\n    return x  # right?", "\ndef f(x):\n    return x  # right?"),
        ('%who\ndef f():\n    """Right?\n    """', '\ndef f():\n    """Right?\n    """'),
        ("%who\nx = ('%d'\n  % 3)", "\nx = ('%d'\n  % 3)"),
        ("%who\nx = '%d' \\\n  % 3", "\nx = '%d' \\\n  % 3"),
        ("for i in x:\n    %timeit f(i)", "for i in x:\n    pass"),
        ("names = !ls\nx = %who\ny = 1", "\n\ny = 1"),
        ("%%time\nx = 1", "\nx = 1"),
        ("%%bash\nls | wc", ""),
        ("s = '''\n%d\n'''", "s = '''\n%d\n'''"),
    ],
)
def test_magics_become_empty_lines(source, plain):
    assert without_magics(source) == plain


def test_texts_of_errors_are_limited_whatever_they_do():
    class Bad(Exception):
        def __str__(self):
            raise SystemExit

    assert "SystemExit" in message_of(Bad())
    assert len(message_of(ValueError("x" * 10**6))) == errors.MESSAGE_LIMIT
    assert message_of(KeyError("k")) == "k"
    try:
        raise ValueError("x" * 10**6)
    except ValueError as error:
        assert len(traceback_of(error)) < errors.TRACEBACK_LIMIT + 100


def test_imports_that_are_withheld_or_unknown_say_so():
    hook = Withheld(("chainrule.dual", "torch"), ("numpy",))
    for name in ("chainrule.dual", "chainrule.dual.inner", "torch", "torch.nn"):
        with pytest.raises(ModuleNotFoundError, match="withheld in this assignment"):
            hook.find_spec(name)
    assert hook.find_spec("chainrule") is None and hook.find_spec("torchvision") is None
    with pytest.raises(ModuleNotFoundError, match=r"not available in this assignment .*numpy"):
        hook.missing("pandas")
    for name in ("_private", "os", "numpy.missing"):
        hook.missing(name)


def test_asking_whether_a_module_is_there_is_not_importing_it(monkeypatch):
    last = Last(Withheld((), ("numpy",)))
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, last])
    assert importlib.util.find_spec("no_such_module_at_all") is None
    with pytest.raises(ModuleNotFoundError, match="not available in this assignment"):
        importlib.import_module("no_such_module_at_all")


def test_objects_keep_their_numbers_until_released(worker):
    thing, objects = object(), worker.objects
    number = objects.keep(thing)
    assert objects.keep(thing) == number and objects.keep(object()) != number
    objects.release((number, 999))
    assert number not in objects.held


def test_given_functions_cover_the_students_and_are_taken_back(worker, mine):
    mine.cell("c", "def f(): return 1\ndef g(): return f()")
    worker.perform("give", ({"f": lambda: 5, "new": len},), ((), None))
    assert mine.main.g() == 5 and mine.main.new is len
    worker.perform("take", (["f", "new"],), ((), None))
    assert mine.main.g() == 1 and not hasattr(mine.main, "new")


def test_figures_left_open_are_drawn_and_closed(mine, monkeypatch):
    plt = pytest.importorskip("matplotlib.pyplot")
    monkeypatch.setenv("MPLBACKEND", "Agg")
    plt.switch_backend("Agg")
    _, outputs, _ = mine.cell("c", "import matplotlib.pyplot as plt\nfig = plt.figure()\n_ = plt.plot([1, 2])")
    assert [o["output_type"] for o in outputs] == ["display_data"] and not plt.get_fignums()


def test_a_figure_that_cannot_be_drawn_is_told_once_and_closed(mine, monkeypatch):
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("Agg")
    _, outputs, _ = mine.cell("c", "import matplotlib.pyplot as plt\nplt.figure().text(0, 0, '$\\\\frac$')")
    assert "a figure could not be drawn" in outputs[-1]["text"] and not plt.get_fignums()
    assert not [o for o in mine.cell("d", "1")[1] if o["output_type"] == "stream"]


def test_nothing_is_printed_past_the_capture(mine):
    with contextlib.redirect_stdout(io.StringIO()) as outer:
        mine.cell("c", "print('x')")
    assert outer.getvalue() == ""


def test_what_works_in_a_notebook_works_here(mine):
    assert mine.cell("a", "from __future__ import annotations\nx = 1")[0]
    assert mine.cell("b", "class Dual:\n    def __add__(self, other: Dual) -> Dual: ...")[0]
    ok, outputs, _ = mine.cell("c", "help(len)\ny = 1")
    assert ok and "Return the number of items" in outputs[0]["text"]
    ok, outputs, bound = mine.cell("d", "import asyncio\nz = await asyncio.sleep(0, 2)\nawait asyncio.sleep(0, z + 1)")
    assert ok and outputs[-1]["text"] == "3" and "z" in bound

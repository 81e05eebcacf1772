"""Proxies forward what computes and refuse what judges; whatever a worker answers is data or ends it."""

import copy
import math
import socket
import threading
import time
import weakref

import numpy as np
import pytest

from classroom.expect import plain
from classroom.judging.errors import EXCEPTIONS, Refused, WorkerLost
from classroom.judging.judge import judge
from classroom.judging.link import Link
from classroom.judging.proxy import Proxy
from classroom.model import Conditions, Step
from classroom.wire.channel import Channel
from classroom.wire.decoding import Decoder
from classroom.wire.encoding import Encoder
from classroom.wire.values import Handle


class FakeProcess:
    """Stands for a worker's process: the other end of its socket answers as the test says."""

    def __init__(self, sock):
        self.channel, self.reason, self.ended = Channel(sock), "", False

    def end(self):
        self.ended = True


def reply(status="ok", value=None, origin=None, changed=(), printed="", heard=()):
    return (status, value, origin, list(changed), printed, list(heard))


class Liar:
    """A worker that answers each request with the next of its messages, whatever was asked."""

    def __init__(self, *messages, seconds=5.0):
        self.ours, self.theirs = socket.socketpair()
        self.messages, self.heard = list(messages), []
        self.process = FakeProcess(self.ours)
        deadline = time.monotonic() + seconds
        self.link = Link(self.process, lambda: deadline, torch=False)
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def serve(self):
        channel = Channel(self.theirs)
        for message in self.messages:
            try:
                request = channel.receive()
            except EOFError:
                return
            self.heard.append(Decoder(request[1:], lambda item: item, share=True, scalars=True).decode())
            frame = message
            if not isinstance(message, bytes):
                frame = b"R" + Encoder(lambda value: value, exact=False).encode(message)
            channel.send(frame)
        self.theirs.close()

    def __enter__(self):
        self.thread.start()
        return self.link

    def __exit__(self, *args):
        self.ours.close()
        self.thread.join(5)


def proxy_of(link, number=1, kind="instance", name="Dual"):
    return link._lift(Handle(number, kind, name))


HOSTILE = [
    b"R",
    b"Rgarbage",
    b"X" + b"\0" * 5,
    b"",
    None,
    ("ok",),
    ("won", 1, None, [], "", []),
    ("ok", 1, None, [], 5, []),
    ("ok", 1, None, [], "", [(["UserWarning"], 5)]),
    ("ok", 1, None, [], "", [5]),
    ("error", 5, None, [], "", []),
    ("error", (["ValueError"], 5, "", "", None), None, [], "", []),
    ("error", ([5], "", "", "", None), None, [], "", []),
    ("error", (["ValueError"], "", "", "", "token"), None, [], "", []),
    ("missing", None, None, [], "", []),
    (np.array(["ok", "error"]), 1, None, [], "", []),
    [1] * 600_000,
]


@pytest.mark.parametrize("message", HOSTILE, ids=lambda m: repr(m)[:40])
def test_a_malformed_reply_ends_the_worker(message):
    if message == [1] * 600_000:
        message = b"Rl" + (600_000).to_bytes(4, "big") + b"N\0\0\0\0" * 600_000
    liar = Liar(message)
    with liar as link:
        with pytest.raises(WorkerLost):
            proxy_of(link)()
        assert liar.process.ended and link.incidents
        with pytest.raises(WorkerLost):
            proxy_of(link)()


@pytest.mark.parametrize("changed", [5, [(0, 1)], [(99, [])], [("a", 1)], [(0,)], [(0, [[1]])]], ids=repr)
def test_forged_changes_are_refused_or_harmless(changed):
    mine = {"a": 1}
    with Liar(("ok", 1, None, changed, "", [])) as link, pytest.raises(Refused):
        proxy_of(link)(mine, 2)
    assert mine == {"a": 1}


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["ShapeError", "ValueError", "Exception", "BaseException"], ValueError),
        (["FloatingPointError", "ArithmeticError"], FloatingPointError),
        (["SystemExit", "BaseException"], RuntimeError),
        (["KeyboardInterrupt"], RuntimeError),
        (["StopIteration", "Exception"], Exception),
        (["UnicodeDecodeError", "UnicodeError", "ValueError"], UnicodeError),
        (["exec"], RuntimeError),
        ([], RuntimeError),
    ],
)
def test_an_error_arrives_as_the_nearest_built_in_exception(names, kind):
    with Liar(reply("error", (names, "the text", names[0] if names else "", "trace", None))) as link:
        with pytest.raises(Exception, match="the text") as caught:
            proxy_of(link)()
        assert type(caught.value) is kind and caught.value.student_traceback == "trace"


def test_no_exception_that_is_none_can_be_asked_for():
    assert all(issubclass(kind, Exception) for kind in EXCEPTIONS.values())
    assert not {"SystemExit", "KeyboardInterrupt", "GeneratorExit", "StopIteration"} & set(EXCEPTIONS)


def test_a_worker_that_is_slow_or_gone_is_lost():
    liar = Liar(seconds=0.1)
    began = time.monotonic()
    with pytest.raises(WorkerLost, match="time limit"):
        proxy_of(liar.link)()
    assert time.monotonic() - began < 2
    with Liar() as link, pytest.raises(WorkerLost, match="ended"):
        proxy_of(link)()


REFUSED = {
    "==": lambda p: p == 1,
    "!=": lambda p: p != 1,
    "<": lambda p: p < 1,
    ">=": lambda p: p >= 1,
    "bool": bool,
    "not": lambda p: not p,
    "hash": hash,
    "in": lambda p: 1 in p,
    "float": float,
    "int": int,
    "complex": complex,
    "index": lambda p: [1, 2][p],
    "range": range,
    "isinstance float": lambda p: isinstance(p, float),
    "isinstance of it": lambda p: isinstance(1, p),
    "issubclass": lambda p: issubclass(int, p),
    "asarray": np.asarray,
    "array of several": lambda p: np.array([1.0, p]) + 0.0,
    "math": math.sqrt,
    "allclose": lambda p: np.testing.assert_allclose(p, 1.0),
    "subclass": lambda p: type("Sub", (p,), {}) if False else p.__mro_entries__(()),
    "reduce": lambda p: p.__reduce_ex__(2),
}


@pytest.mark.parametrize("ask", REFUSED.values(), ids=REFUSED)
def test_what_judges_is_refused_without_asking_the_worker(ask):
    liar = Liar()
    with pytest.raises(Refused) as caught:
        ask(proxy_of(liar.link))
    assert "a Dual" in str(caught.value) and liar.link.incidents[0] is caught.value
    liar.ours.close()


@pytest.mark.parametrize("ask", [np.sin, lambda p: np.add(p, 1), lambda p: np.maximum(1.0, p)])
def test_ufuncs_of_numpy_do_not_take_a_proxy(ask):
    liar = Liar()
    with pytest.raises(TypeError):
        ask(proxy_of(liar.link))


@pytest.mark.parametrize(
    "name", ["__array_priority__", "__torch_function__", "__fspath__", "__float__x__", "__dict__", "__iter2__"]
)
def test_protocols_are_not_answered_by_the_student(name):
    liar = Liar()
    assert not hasattr(proxy_of(liar.link), name) and not liar.heard


@pytest.mark.parametrize(("length", "kind"), [(-1, TypeError), (1 << 62, Refused), ("3", TypeError), (True, TypeError)])
def test_lengths_are_checked(length, kind):
    with Liar(reply(value=length)) as link, pytest.raises(kind):
        len(proxy_of(link))


def test_texts_are_checked():
    with Liar(reply(value=5)) as link, pytest.raises(TypeError):
        repr(proxy_of(link))


def test_iteration_is_bounded(monkeypatch):
    monkeypatch.setattr("classroom.judging.proxy.MAX_ITERATIONS", 3)
    with Liar(*[reply(value=0.0)] * 4) as link:
        it = proxy_of(link, kind="generator")
        assert [next(it) for _ in range(3)] == [0.0] * 3
        with pytest.raises(Refused, match="islice"):
            next(it)


def test_the_same_object_is_the_same_proxy_until_nobody_holds_it():
    liar = Liar(reply(value=Handle(5, "instance", "A")), reply(value=[Handle(5, "instance", "A")]), reply(), reply())
    with liar as link:
        f = proxy_of(link)
        a = f()
        assert f()[0] is a
        gone = weakref.ref(a)
        del a
        assert gone() is None
        f()
        assert liar.heard[-1][2][0] == (5,)


def test_a_proxy_of_another_worker_is_not_sent():
    one, other = Liar(), Liar()
    with pytest.raises(Refused, match="has ended"):
        proxy_of(one.link)(proxy_of(other.link))


def test_plain_does_not_take_what_is_not_plain():
    with Liar(reply(value=Handle(5, "instance", "A"))) as link, pytest.raises(TypeError, match="got a Dual"):
        plain(proxy_of(link))
    with Liar(reply(value=2.5)) as link:
        assert plain(proxy_of(link), float) == 2.5
    with Liar(reply(value="2.5")) as link, pytest.raises(TypeError, match="expected a float"):
        plain(proxy_of(link), float)


def test_what_was_read_cannot_be_written_to():
    with Liar(reply(value=np.zeros(2), origin=9), reply(value=[np.zeros(2)])) as link:
        p = proxy_of(link)
        for array in (p.w, p.ws[0]):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1


def test_printed_text_and_warnings_come_along(capsys):
    with Liar(reply(printed="hello\n", heard=[(["Odd", "DeprecationWarning"], "old")])) as link:
        with pytest.warns(DeprecationWarning, match="old"):
            proxy_of(link)()
        assert capsys.readouterr().out == "hello\n"


def test_calls_back_that_are_malformed_or_unknown():
    for call in ((5,), ("1", (), {}), (1, [], {}), (1, (), {1: 2}), "text"):
        frame = b"C" + Encoder(lambda v: v, exact=False).encode(call)
        with Liar(frame) as link, pytest.raises(WorkerLost):
            proxy_of(link)(lambda: 1)


# --- with a real worker ---------------------------------------------------------------------------------------


def passes(submission: str, test: str, conditions: Conditions | None = None) -> None:
    conditions = conditions or Conditions(seconds_per_cell=10)
    verdict = judge([Step("student", "s", submission), Step("test", "t", test, 1.0)], conditions, b"x", sandboxed=False)
    result = verdict.items["t"]
    assert result.points == 1.0, "\n".join(f.instructor for f in result.failures)


def test_in_a_function_the_student_calls_comparison_is_allowed():
    passes(
        """
class N:
    def __init__(self, v): self.v = v
    def __eq__(self, o): return self.v == (o.v if isinstance(o, N) else o)
    def __lt__(self, o): return self.v < (o.v if isinstance(o, N) else o)
    def __bool__(self): return self.v != 0
    def __float__(self): return float(self.v)
    def __contains__(self, x): return x == self.v
def using(f, v): return f(N(v))
""",
        """
def branch(n):
    return [n == 3, n < 5, bool(n), float(n), 3 in n, isinstance(n, float), max(n, n) is n]
assert using(branch, 3) == [True, True, True, 3.0, True, False, True]
""",
    )


def test_arrays_read_from_an_object_and_passed_back_are_the_objects_own():
    passes(
        """
import numpy as np
class Net:
    def __init__(self): self.W = np.ones(2)
    def total(self): return float(self.W.sum())
def step(W, g): W -= g
net = Net()
""",
        """
import numpy as np
w = net.W
step(net.W, np.array([0.5, 0.5]))
assert net.total() == 1.0 and net.W.tolist() == [0.5, 0.5] and w.tolist() == [0.5, 0.5]
assert net.W is w
""",
    )


def test_a_list_read_from_an_object_and_changed_by_a_call_is_refused():
    steps = [
        Step("student", "s", "class H:\n    def __init__(self): self.h = [1]\ndef log(h, x): h.append(x)\no = H()"),
        Step("test", "t", "log(o.h, 2)\nassert o.h == [1, 2]", 1.0),
    ]
    result = judge(steps, Conditions(), b"x", sandboxed=False).items["t"]
    assert result.points == 0 and "pass a copy" in result.failures[0].instructor


def test_all_operators():
    passes(
        """
class Rec:
    def __init__(self, s): self.s = s
    def __invert__(self): return Rec(f"~{self.s}")
    def __neg__(self): return Rec(f"-{self.s}")
    def __pos__(self): return Rec(f"+{self.s}")
    def __abs__(self): return Rec(f"|{self.s}|")
    def __round__(self, n=0): return Rec(f"round {self.s} {n}")
    def __divmod__(self, o): return Rec(f"{self.s} divmod {o}")
    def __delitem__(self, k): self.s = f"deleted {k}"
    def __format__(self, spec): return f"<{self.s}:{spec}>"
    def __str__(self): return self.s
    def __reversed__(self): return iter(reversed(self.s))
for _name, _sign in dict(add="+", sub="-", mul="*", truediv="/", floordiv="//", mod="%", pow="**", matmul="@",
                         and_="&", or_="|", xor="^", lshift="<<", rshift=">>").items():
    def _f(self, o, s=_sign): return Rec(f"{self.s} {s} {o}")
    def _r(self, o, s=_sign): return Rec(f"{o} {s} {self.s}")
    setattr(Rec, f"__{_name.rstrip('_')}__", _f)
    setattr(Rec, f"__r{_name.rstrip('_')}__", _r)
r = Rec("r")
""",
        """
from classroom.expect import Check
for sign in ("+", "*", "/", "//", "**", "@", "&", "|", "<<", ">>"):
    assert str(eval(f"r {sign} 2")) == f"r {sign} 2", sign
    assert str(eval(f"2 {sign} r")) == f"2 {sign} r", sign
for sign in ("-", "%", "^"):
    for text in (f"r {sign} 2", f"2 {sign} r"):
        Check("r").expr(f"str({text})", r=r).gives(text)
texts = {"~r": "~r", "-r": "-r", "+r": "+r", "abs(r)": "|r|", "round(r, 3)": "round r 3", "divmod(r, 2)": "r divmod 2"}
for text, want in texts.items():
    assert str(eval(text)) == want, text
assert f"{r:>3}" == "<r:>3>" and "".join(reversed(r)) == "r"
x = r
x += 2
assert str(x) == "r + 2"
del r[4]
assert str(r) == "deleted 4"
""",
    )


@pytest.mark.slow
def test_a_torch_module_of_the_students():
    pytest.importorskip("torch")
    passes(
        """
import torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(3, 2)
    def forward(self, x): return torch.relu(self.layer(x))
def double_(t): t.mul_(2)
net = Net()
""",
        """
import torch
x = torch.randn(5, 3)
out = net(x)
assert type(out) is torch.Tensor and out.shape == (5, 2) and (out >= 0).all()
assert sum(p.numel() for p in net.parameters()) == 8
want = torch.relu(x @ net.layer.weight.T + net.layer.bias)
assert torch.allclose(out, want)
assert set(net.state_dict()) == {"layer.weight", "layer.bias"}
t = torch.ones(2, dtype=torch.float64)
double_(t)
assert t.tolist() == [2.0, 2.0]
assert not hasattr(net.eval(), "missing")
""",
        Conditions(("numpy", "torch"), seconds_per_cell=60, seconds_total=120),
    )


def test_copies_of_an_object_are_made_in_the_worker():
    liar = Liar(reply(value=Handle(2, "instance", "A")), reply(value=Handle(3, "instance", "A")))
    with liar as link:
        p = proxy_of(link)
        assert type(copy.copy(p)) is Proxy and type(copy.deepcopy(p)) is Proxy
        assert [heard[1][0] for heard in liar.heard] == ["copy", "deepcopy"]

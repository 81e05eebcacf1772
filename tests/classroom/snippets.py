"""Test cells as an instructor would write them, each with a right and a wrong submission.

`test` must pass with `right` and fail with `wrong`, in one process and under the judge alike. Where the judge
cannot do what one process does, `refused` is a fragment of what it says at the test's own line.
"""

from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True)
class Snippet:
    name: str
    right: str
    wrong: str
    test: str
    refused: str = ""


SNIPPETS: list[Snippet] = []


def snippet(name: str, right: str, wrong: str, test: str, refused: str = "") -> None:
    SNIPPETS.append(Snippet(name, dedent(right), dedent(wrong), dedent(test), refused))


DUAL = """
class Dual:
    def __init__(self, primal, tangent=0.0):
        self.primal, self.tangent = primal, tangent
    def __add__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.primal + other.primal, self.tangent + other.tangent)
    __radd__ = __add__
    def __mul__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.primal * other.primal, self.tangent * other.primal + self.primal * other.tangent)
    __rmul__ = __mul__
    def __sub__(self, other):
        return self + (-1) * other
    def __rsub__(self, other):
        return other + (-1) * self
    def __truediv__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.primal / other.primal,
                    (self.tangent * other.primal - self.primal * other.tangent) / other.primal ** 2)
    def __pow__(self, n):
        return Dual(self.primal ** n, n * self.primal ** (n - 1) * self.tangent)
    def __neg__(self):
        return Dual(-self.primal, -self.tangent)
    def __gt__(self, other):
        return self.primal > (other.primal if isinstance(other, Dual) else other)
    def __repr__(self):
        return f"Dual({self.primal}, {self.tangent})"
    def __float__(self):
        return float(self.primal)
def derivative(f):
    return lambda x: f(Dual(x, 1.0)).tangent
"""
BAD_DUAL = DUAL.replace("self.tangent * other.primal + self.primal * other.tangent", "self.tangent * other.tangent")
BAD_DUAL = BAD_DUAL.replace("self.tangent + other.tangent", "self.tangent").replace("n * self.primal", "self.primal")
BAD_DUAL = BAD_DUAL.replace("-self.tangent)", "self.tangent)").replace('"Dual(', '"D(').replace("> (other", "< (other")

# --- numbers, text and containers ---
snippet("float", "def area(r): return 3.0 * r", "def area(r): return 2.0 * r", "assert area(2.0) == 6.0")
snippet("int", "def double(n): return 2 * n", "def double(n): return n", "assert double(21) == 42")
snippet("bool", "def even(n): return n % 2 == 0", "def even(n): return True", "assert even(4) and not even(3)")
snippet("none", "def nothing(): return None", "def nothing(): return 0", "assert nothing() is None")
snippet("text", "def shout(s): return s.upper()", "def shout(s): return s", "assert shout('né') == 'NÉ'")
snippet(
    "tuple",
    "def pair(a): return a, a + 1",
    "def pair(a): return a, a",
    """
    first, second = pair(3)
    assert second == 4
    """,
)
snippet(
    "list",
    "def squares(n): return [k * k for k in range(n)]",
    "def squares(n): return list(range(n))",
    "assert squares(4) == [0, 1, 4, 9]",
)
snippet(
    "dict",
    "def count(s): return {c: s.count(c) for c in s}",
    "def count(s): return {c: 1 for c in s}",
    "assert count('aab') == {'a': 2, 'b': 1}",
)
snippet("set", "def letters(s): return set(s)", "def letters(s): return set()", "assert letters('aab') == {'a', 'b'}")
snippet("complex", "def conj(z): return z.conjugate()", "def conj(z): return z", "assert conj(1 + 2j) == 1 - 2j")
snippet(
    "numpy scalar",
    """
    import numpy as np
    def mean(x): return np.mean(x)
    """,
    """
    import numpy as np
    def mean(x): return np.sum(x)
    """,
    "assert abs(mean([1.0, 3.0]) - 2.0) < 1e-12",
)
snippet("variable", "answer = 42", "answer = 41", "assert answer == 42")
snippet("variable list", "rates = [0.1, 0.01]", "rates = [0.1]", "assert len(rates) == 2 and rates[1] == 0.01")
snippet(
    "keywords",
    "def line(x, *, m=1, c=0): return m * x + c",
    "def line(x, *, m=1, c=0): return m * x",
    "assert line(2, c=1, m=3) == 7",
)
snippet(
    "star arguments", "def total(*xs): return sum(xs)", "def total(*xs): return xs[0]", "assert total(*[1, 2, 3]) == 6"
)
snippet(
    "range and slice",
    "def pick(xs, s): return xs[s]",
    "def pick(xs, s): return xs",
    "assert pick(list(range(9)), slice(2, 8, 3)) == [2, 5]",
)
snippet(
    "isinstance of a number",
    "def half(n): return n / 2",
    "def half(n): return n // 2",
    "assert isinstance(half(3), float)",
)
snippet(
    "number type", "def to_float(n): return float(n)", "def to_float(n): return n", "assert type(to_float(3)) is float"
)
snippet(
    "format", "def ratio(a, b): return a / b", "def ratio(a, b): return b / a", "assert f'{ratio(1, 3):.2f}' == '0.33'"
)
snippet(
    "sorted", "def ranks(xs): return sorted(xs)", "def ranks(xs): return xs", "assert ranks([3, 1, 2]) == [1, 2, 3]"
)

# --- arrays ---
snippet(
    "array",
    """
    import numpy as np
    def relu(x): return np.maximum(x, 0)
    """,
    "def relu(x): return x",
    """
    import numpy as np
    np.testing.assert_allclose(relu(np.array([-1.0, 2.0])), [0.0, 2.0])
    """,
)
snippet(
    "array shape",
    """
    def stack(a): return np.stack([a, a])
    import numpy as np
    """,
    "def stack(a): return a",
    """
    import numpy as np
    assert stack(np.zeros(3)).shape == (2, 3)
    """,
)
snippet(
    "array dtype",
    "def f32(a): return a.astype('float32')",
    "def f32(a): return a",
    """
    import numpy as np
    assert f32(np.zeros(3)).dtype == np.float32
    """,
)
snippet(
    "allclose",
    """
    import numpy as np
    def softmax(z):
        e = np.exp(z - z.max())
        return e / e.sum()
    """,
    """
    import numpy as np
    def softmax(z): return np.exp(z)
    """,
    """
    import numpy as np
    assert np.allclose(softmax(np.array([0.0, 0.0])), 0.5) and np.isclose(softmax(np.ones(4)).sum(), 1)
    """,
)
snippet(
    "array result changed by the test",
    """
    import numpy as np
    def zeros(n): return np.zeros(n)
    """,
    """
    import numpy as np
    def zeros(n): return np.ones(n)
    """,
    """
    out = zeros(3)
    out += 1
    assert out.sum() == 3
    """,
)
snippet(
    "list of arrays",
    """
    import numpy as np
    def params(): return [np.ones((2, 3)), np.zeros(2)]
    """,
    """
    import numpy as np
    def params(): return [np.ones((2, 3))]
    """,
    """
    shapes = [p.shape for p in params()]
    assert shapes == [(2, 3), (2,)]
    """,
)
snippet(
    "no overflow",
    """
    import numpy as np
    def stable(z): return np.exp(z - z.max())
    """,
    """
    import numpy as np
    def stable(z): return np.exp(z) * np.exp(-z.max())
    """,
    """
    import numpy as np
    with np.errstate(all='raise'):
        assert stable(np.array([1000.0, 999.0]))[0] == 1
    """,
)
snippet(
    "dtype argument",
    """
    import numpy as np
    def ones(n, dtype): return np.ones(n, dtype)
    """,
    """
    import numpy as np
    def ones(n, dtype): return np.ones(n)
    """,
    """
    import numpy as np
    assert ones(2, np.float32).dtype == 'float32' and ones(2, np.dtype('int8')).dtype == np.int8
    """,
)
snippet(
    "numpy function as argument",
    "def apply(f, x): return f(x)",
    "def apply(f, x): return x",
    """
    import numpy as np
    assert apply(np.sin, 0.5) == np.sin(0.5)
    """,
)
snippet(
    "bool array",
    "def mask(x): return x > 0",
    "def mask(x): return x >= 0",
    """
    import numpy as np
    assert mask(np.array([0.0, 1.0])).tolist() == [False, True]
    """,
)
snippet(
    "negative zero and nan",
    "def keep(x): return x",
    "def keep(x): return x + 0.0",
    """
    import math
    assert math.copysign(1, keep(-0.0)) == -1 and math.isnan(keep(float('nan')))
    """,
)

# --- arguments changed in place ---
snippet(
    "in-place update",
    """
    def step(params, grads, lr):
        for p, g in zip(params, grads): p -= lr * g
    """,
    """
    def step(params, grads, lr):
        for p, g in zip(params, grads): p = p - lr * g
    """,
    """
    import numpy as np
    weights = [np.ones(2), np.ones(3)]
    same = weights[0]
    step(weights, [np.ones(2), np.zeros(3)], 0.5)
    assert same is weights[0] and same[1] == 0.5
    """,
)
snippet(
    "must not modify",
    """
    import numpy as np
    def normal(x): return x / x.sum()
    """,
    """
    import numpy as np
    def normal(x):
        x /= x.sum()
        return x
    """,
    """
    import numpy as np
    data = np.array([1.0, 3.0])
    kept = data.copy()
    normal(data)
    assert (data == kept).all()
    """,
)
snippet(
    "list appended to",
    "def log(history, x): history.append(x)",
    "def log(history, x): return history + [x]",
    """
    hist = []
    log(hist, 1.5)
    log(hist, 2.5)
    assert hist == [1.5, 2.5]
    """,
)
snippet(
    "dict filled",
    "def remember(cache, k): cache[k] = [k]",
    "def remember(cache, k): pass",
    """
    store = {}
    remember(store, 'a')
    assert store == {'a': ['a']}
    """,
)
snippet(
    "returns its argument",
    """
    def chain(xs):
        xs.sort()
        return xs
    """,
    "def chain(xs): return sorted(xs)",
    """
    mine = [2, 1]
    assert chain(mine) is mine and mine == [1, 2]
    """,
)
snippet(
    "aliased arguments",
    "def add_to(a, b): a += b",
    "def add_to(a, b): a += 0 * b",
    """
    import numpy as np
    v = np.ones(2)
    add_to(v, v)
    assert v.tolist() == [2, 2]
    """,
)

# --- the student's classes ---
snippet(
    "class arithmetic",
    DUAL,
    BAD_DUAL,
    """
    z = Dual(2.0, 1.0) * 3 + 1
    assert z.primal == 7 and z.tangent == 3
    """,
)
snippet(
    "arithmetic on the right",
    DUAL,
    BAD_DUAL,
    """
    z = 1 + 3 * Dual(2.0, 1.0) * Dual(1.0, 2.0)
    assert z.tangent == 15
    """,
)
snippet(
    "array on the left",
    DUAL + "\nDual.__array_ufunc__ = None",
    BAD_DUAL,
    """
    import numpy as np
    z = np.array([1.0, 2.0]) * Dual(2.0, 1.0)
    assert z.tangent.tolist() == [1.0, 2.0]
    """,
)
snippet(
    "division and power",
    DUAL,
    BAD_DUAL,
    """
    z = Dual(3.0, 1.0) ** 2 / 2.0
    assert z.tangent == 3.0
    """,
)
snippet("negation", DUAL, BAD_DUAL, "assert (-Dual(3.0, 1.0)).tangent == -1.0")
snippet(
    "in-place operator",
    DUAL,
    BAD_DUAL,
    """
    z = Dual(3.0, 1.0)
    z *= 2
    assert z.tangent == 2.0
    """,
)
snippet("repr", DUAL, BAD_DUAL, "assert repr(Dual(1, 2)) == 'Dual(1, 2)'")
snippet(
    "set an attribute",
    """
    class Box:
        def __init__(self): self.v = 1
        def get(self): return self.v
    """,
    """
    class Box:
        v = 1
        def get(self): return 1
    """,
    """
    b = Box()
    b.v = 5
    assert b.get() == 5
    """,
)
snippet(
    "identity of objects",
    """
    class Node:
        def __init__(self): self.parent = None
        def me(self): return self
    """,
    """
    class Node:
        def me(self): return Node()
    """,
    """
    n = Node()
    assert n.me() is n
    """,
)
snippet(
    "method",
    """
    class Acc:
        def __init__(self): self.t = 0
        def add(self, x):
            self.t += x
            return self
    """,
    """
    class Acc:
        t = 0
        def add(self, x):
            return self
    """,
    "assert Acc().add(2).add(3).t == 5",
)
snippet(
    "indexing",
    """
    class Table:
        def __init__(self): self.d = {}
        def __setitem__(self, k, v): self.d[k] = v
        def __getitem__(self, k): return self.d[k]
        def __len__(self): return len(self.d)
    """,
    """
    class Table:
        def __setitem__(self, k, v): pass
        def __getitem__(self, k): return 0
        def __len__(self): return 1
    """,
    """
    tab = Table()
    tab['a'] = 3
    assert tab['a'] == 3 and len(tab) == 1
    """,
)
snippet(
    "slice of an object",
    """
    class Seq:
        def __getitem__(self, s): return list(range(10))[s]
    """,
    """
    class Seq:
        def __getitem__(self, s): return []
    """,
    "assert Seq()[2:6:2] == [2, 4] and Seq()[-1] == 9",
)
snippet(
    "callable object",
    """
    class Affine:
        def __init__(self, w): self.w = w
        def __call__(self, x): return self.w * x
    """,
    """
    class Affine:
        def __init__(self, w): pass
        def __call__(self, x): return x
    """,
    "assert Affine(3.0)(2.0) == 6.0",
)
snippet(
    "nested attribute",
    """
    class A: pass
    net = A()
    net.layer = A()
    net.layer.size = 4
    """,
    """
    class A: size = 3
    net = A()
    net.layer = A()
    """,
    "assert net.layer.size == 4",
)
snippet(
    "augmented attribute",
    """
    import numpy as np
    class M:
        def __init__(self): self.W = np.ones(2)
        def out(self): return self.W.sum()
    """,
    """
    import numpy as np
    class M:
        W = np.ones(2)
        def out(self): return 2.0
    """,
    """
    m = M()
    m.W = m.W + 1
    assert m.out() == 4
    """,
)
snippet(
    "docstring",
    """
    def documented():
        'Says so.'
    """,
    "def documented(): pass",
    "assert 'Says' in (documented.__doc__ or '')",
)
snippet("function name", "def named(): pass", "named = lambda: None", "assert named.__name__ == 'named'")
snippet(
    "hasattr",
    """
    class Opt:
        def zero_grad(self): pass
    """,
    "class Opt: pass",
    "assert hasattr(Opt(), 'zero_grad')",
)

# --- functions passed in ---
snippet("callback", DUAL, BAD_DUAL, "assert derivative(lambda x: x * x)(3.0) == 6.0")
snippet("callback with a branch", DUAL, BAD_DUAL, "assert derivative(lambda x: x * x if x > 0 else x)(3.0) == 6.0")
snippet(
    "nested callback",
    DUAL,
    BAD_DUAL,
    """
    def cube(x):
        return x * x * x
    assert derivative(lambda x: cube(x) + 2 * x)(2.0) == 14.0
    """,
)
snippet(
    "counting calls",
    """
    def twice(f, x):
        f(x)
        return f(x)
    """,
    "def twice(f, x): return f(x)",
    """
    calls = []
    def counted(x):
        calls.append(x)
        return x
    twice(counted, 4)
    assert len(calls) == 2
    """,
)
snippet(
    "callback on arrays",
    "def central(f, x, h): return (f(x + h) - f(x - h)) / (2 * h)",
    "def central(f, x, h): return (f(x + h) - f(x)) / h",
    """
    import numpy as np
    assert abs(central(lambda v: float((v ** 2).sum()), np.array([3.0]), 1e-3) - 6) < 1e-6
    """,
)
snippet(
    "callback raises",
    """
    def safe(f):
        try:
            return f()
        except ZeroDivisionError:
            return 'caught'
    """,
    "def safe(f): return 'caught' if f else f()",
    """
    def boom():
        1 / 0
    ran = []
    def noted():
        ran.append(1)
        boom()
    assert safe(noted) == 'caught' and ran == [1]
    """,
)
snippet(
    "callback error comes through",
    "def apply_to(f): return f()",
    """
    def apply_to(f):
        try:
            return f()
        except KeyError:
            return 1
    """,
    """
    def missing(): return {}['k']
    try:
        apply_to(missing)
    except KeyError as problem:
        assert problem.args == ('k',)
    else:
        assert False
    """,
)
snippet(
    "builtin as function",
    "def over(f, xs): return f(xs)",
    "def over(f, xs): return xs[0]",
    "assert over(max, [1, 5, 2]) == 5 and over(len, [1]) == 1",
)
snippet(
    "function returned and passed back",
    "def compose(f, g): return lambda x: f(g(x))",
    "def compose(f, g): return lambda x: g(f(x))",
    """
    h = compose(lambda x: x + 1, lambda x: x * 10)
    assert compose(h, h)(1) == 111
    """,
)
snippet(
    "decorator",
    """
    def counted_calls(f):
        def inner(*a):
            inner.calls += 1
            return f(*a)
        inner.calls = 0
        return inner
    """,
    """
    def counted_calls(f):
        f2 = lambda *a: f(*a)
        f2.calls = 0
        return f2
    """,
    """
    @counted_calls
    def g(x): return x
    g(1); g(2)
    assert g.calls == 2
    """,
)

# --- iteration, contexts, exceptions ---
snippet(
    "generator",
    """
    def batches(xs, k):
        for i in range(0, len(xs), k): yield xs[i:i + k]
    """,
    """
    def batches(xs, k):
        yield xs
    """,
    "assert next(batches([1, 2, 3], 2)) == [1, 2] and list(batches([1, 2, 3], 2)) == [[1, 2], [3]]",
)
snippet(
    "generator used up",
    """
    def one():
        yield 1
    """,
    """
    def one():
        while True: yield 1
    """,
    """
    it = one()
    next(it)
    assert next(it, 'end') == 'end'
    """,
)
snippet(
    "endless generator",
    """
    def naturals():
        n = 0
        while True:
            yield n
            n += 1
    """,
    """
    def naturals():
        while True: yield 0
    """,
    """
    import itertools
    assert list(itertools.islice(naturals(), 4)) == [0, 1, 2, 3]
    """,
)
snippet(
    "for over an object",
    """
    class Deck:
        def __iter__(self): return iter([3, 4])
    """,
    """
    class Deck:
        def __iter__(self): return iter([3])
    """,
    "assert sum(c for c in Deck()) == 7",
)
snippet(
    "unpack a generator",
    """
    def two():
        yield 1
        yield 2
    """,
    """
    def two():
        yield 1
        yield 1
    """,
    """
    p, q = two()
    assert (p, q) == (1, 2)
    """,
)
snippet(
    "enumerate and zip",
    "def words(s): return iter(s.split())",
    "def words(s): return iter([s])",
    "assert dict(enumerate(words('a b'))) == {0: 'a', 1: 'b'} and list(zip(words('a b'), [1, 2]))[1] == ('b', 2)",
)
snippet(
    "context",
    """
    class no_grad:
        on = True
        def __enter__(self): no_grad.on = False
        def __exit__(self, *a): no_grad.on = True
    """,
    """
    class no_grad:
        on = True
        def __enter__(self): pass
        def __exit__(self, *a): pass
    """,
    """
    with no_grad():
        inside = no_grad.on
    assert inside is False and no_grad.on is True
    """,
)
snippet(
    "context manager function",
    """
    import contextlib
    stack = []
    @contextlib.contextmanager
    def pushed(x):
        stack.append(x)
        yield len(stack)
        stack.pop()
    """,
    """
    import contextlib
    stack = []
    @contextlib.contextmanager
    def pushed(x):
        stack.append(x)
        yield len(stack)
    """,
    """
    with pushed(1) as depth:
        assert depth == 1 and stack == [1]
    assert stack == []
    """,
)
snippet(
    "expected exception",
    """
    def root(x):
        if x < 0: raise ValueError('negative input')
        return x ** 0.5
    """,
    "def root(x): return abs(x) ** 0.5",
    """
    import pytest
    with pytest.raises(ValueError, match='negative'):
        root(-1)
    """,
)
snippet(
    "exception class of the student's",
    """
    class ShapeError(ValueError): pass
    def checked(a):
        raise ShapeError('2 and 3 differ')
    """,
    "def checked(a): raise TypeError('no')",
    """
    try:
        checked(1)
    except ValueError as problem:
        assert '2 and 3' in str(problem)
    else:
        assert False
    """,
)
snippet(
    "warning",
    """
    import warnings
    def old(): warnings.warn('use new', DeprecationWarning)
    """,
    "def old(): pass",
    """
    import pytest
    with pytest.warns(DeprecationWarning, match='new'):
        old()
    """,
)
snippet(
    "printed text",
    "def greet(n): print('hello', n)",
    "def greet(n): print('bye')",
    """
    import contextlib, io
    buffer = io.StringIO()
    with contextlib.redirect_stdout(buffer):
        greet('Ada')
    assert buffer.getvalue() == 'hello Ada\\n'
    """,
)
snippet(
    "state between calls",
    """
    count_ = 0
    def bump():
        global count_
        count_ += 1
    """,
    """
    count_ = 0
    def bump(): pass
    """,
    """
    was = count_
    bump()
    assert count_ == was + 1
    """,
)
snippet(
    "recursion",
    "def fact(n): return 1 if n < 2 else n * fact(n - 1)",
    "def fact(n): return n",
    "assert fact(50) == 30414093201713378043612608166064768844377641568960512000000000000",
)
snippet(
    "caching",
    """
    from functools import lru_cache
    hits = []
    @lru_cache
    def slow(x):
        hits.append(x)
        return x
    """,
    """
    hits = []
    def slow(x):
        hits.append(x)
        return x
    """,
    """
    slow(1); slow(1)
    assert hits == [1]
    """,
)

# --- random numbers ---
snippet(
    "rng argument",
    "def noise(n, rng): return rng.normal(size=n)",
    "def noise(n, rng): return [0.0] * n",
    """
    import numpy as np
    assert (noise(3, np.random.default_rng(5)) == np.random.default_rng(5).normal(size=3)).all()
    """,
)
snippet(
    "rng advances",
    "def draw(rng): return float(rng.random())",
    """
    import numpy as np
    def draw(rng): return float(np.random.default_rng(1).random())
    """,
    """
    import numpy as np
    r = np.random.default_rng(7)
    assert draw(r) != draw(r)
    """,
)
snippet(
    "rng goes on in the test",
    "def coin(rng): return int(rng.integers(2))",
    "def coin(rng): return 3",
    """
    import numpy as np
    r, s = np.random.default_rng(3), np.random.default_rng(3)
    coin(r)
    s.integers(2)
    assert r.random() == s.random() and coin(r) < 2
    """,
)
snippet(
    "generator()",
    "def shuffled(xs, rng): return list(rng.permutation(xs))",
    "def shuffled(xs, rng): return xs[1:]",
    """
    from classroom.expect import generator
    assert sorted(shuffled([1, 2, 3], generator())) == [1, 2, 3]
    """,
)

# --- the vocabulary of classroom.expect ---
snippet(
    "check.call",
    "def cube_(x): return x ** 3",
    "def cube_(x): return 3 * x ** 2",
    """
    from classroom.expect import Check
    Check('cube').call(cube_, 2.0).gives(8.0, hints=[(12.0, 'that is the derivative')])
    """,
)
snippet(
    "check.expr",
    DUAL,
    BAD_DUAL,
    """
    from classroom.expect import Check
    Check('Dual').expr('(Dual(2.0, 1.0) * Dual(3.0, 0.0)).tangent', Dual=Dual).gives(3.0)
    """,
)
snippet(
    "check.raises",
    "def strict(x): raise ValueError('no')",
    "def strict(x): raise TypeError('no')",
    """
    from classroom.expect import Check
    Check('strict').call(strict, 1).raises(ValueError)
    """,
)
snippet(
    "check.satisfies",
    "def probs(n): return [1 / n] * n",
    "def probs(n): return [1.0] * n",
    """
    from classroom.expect import Check
    Check('probs').call(probs, 4).satisfies(lambda p: abs(sum(p) - 1) < 1e-9, 'sums to one')
    """,
)
snippet(
    "plain",
    """
    class Temp(float): pass
    def temp(): return Temp(3.5)
    """,
    "def temp(): return 'warm'",
    """
    from classroom.expect import plain
    assert plain(temp(), float) == 3.5
    """,
)
snippet(
    "give",
    """
    def inner(x): return x + 100
    def outer(x): return inner(x) * 2
    """,
    """
    def inner(x): return x + 1
    def outer(x): return inner(x)
    """,
    """
    from classroom.expect import give
    with give(inner=lambda x: x + 1):
        assert outer(1) == 4
    """,
)
snippet(
    "copy",
    """
    class Params:
        def __init__(self): self.v = [1]
        def grow(self): self.v.append(2)
        def size(self): return len(self.v)
    """,
    """
    class Params:
        v = [1]
        def grow(self): Params.v.append(2)
        def size(self): return len(self.v)
    """,
    """
    import copy
    base = Params()
    other = copy.deepcopy(base)
    other.grow()
    assert base.size() == 1 and other.size() == 2
    """,
)

# --- where one process and two differ: refused with the remedy ---
snippet(
    "equality of objects",
    DUAL + "\nDual.__eq__ = lambda a, b: a.primal == b.primal",
    BAD_DUAL,
    "assert Dual(1, 2) == Dual(1, 2)",
    "compare plain values",
)
snippet("order of objects", DUAL, BAD_DUAL, "assert Dual(2, 1) > Dual(1, 1)", "compare plain values")
snippet(
    "truth of an object",
    """
    class Yes:
        def __bool__(self): return True
    """,
    "class Yes: pass",
    "assert Yes()",
    "plain(x, bool)",
)
snippet("float of an object", DUAL, BAD_DUAL, "assert float(Dual(2.0, 1.0)) == 2.0", "plain(x, float)")
snippet("isinstance of the student's class", DUAL, BAD_DUAL, "assert isinstance(Dual(1, 2) + 1, Dual)", "check what")
snippet("isinstance of an object", DUAL, BAD_DUAL, "assert not isinstance(Dual(1, 2), float)", "check what")
snippet(
    "membership",
    """
    class Bag:
        def __contains__(self, x): return x == 1
    """,
    "class Bag: pass",
    "assert 1 in Bag()",
    "plain(list(x))",
)
snippet("hash", DUAL, BAD_DUAL, "assert {Dual(1, 2): 1}", "plain value as the key")
snippet(
    "array of an object",
    DUAL,
    BAD_DUAL,
    """
    import numpy as np
    assert np.asarray(Dual(1.0, 2.0)).ndim == 0
    """,
    "plain(x, np.ndarray)",
)
snippet(
    "swallowed refusal",
    DUAL,
    BAD_DUAL,
    """
    import numpy as np
    assert not np.array_equal(Dual(1.0, 2.0), 3.0)
    """,
    "plain(x, np.ndarray)",
)
snippet("subclass", DUAL, BAD_DUAL, "class Mine(Dual): pass", "a base class")
snippet(
    "pickling",
    DUAL,
    BAD_DUAL,
    """
    import pickle
    pickle.dumps(Dual(1, 2))
    """,
    "plain values",
)
snippet(
    "iterator as argument",
    "def consume(it): return sum(it)",
    "def consume(it): return 0",
    "assert consume(iter([1, 2])) == 3",
    "list(...)",
)
snippet(
    "object of the test's as argument",
    "def value_of(o): return o.v",
    "def value_of(o): return 0",
    """
    class Holder: v = 3
    assert value_of(Holder()) == 3
    """,
    "pass numbers, text",
)
snippet(
    "array of the object written to",
    """
    import numpy as np
    class W:
        def __init__(self): self.w = np.zeros(2)
        def s(self): return self.w.sum()
    """,
    "class W: pass",
    """
    obj = W()
    obj.w[0] = 1.0
    assert obj.s() == 1.0
    """,
    "read-only",
)
snippet(
    "list of the object appended to",
    """
    class H:
        def __init__(self): self.h = []
        def n(self): return len(self.h)
    """,
    "class H: pass",
    """
    obj = H()
    obj.h.append(1)
    assert len(obj.h) == 1
    """,
    "in place",
)
snippet("the student's number as points", "def score(): return 1.0", "def score(): return 0.0", "score()", "its points")
snippet(
    "difference with an object",
    DUAL,
    BAD_DUAL,
    "assert abs((Dual(3.0, 1.0) - 1.0).primal - 2.0) < 1e-9",
    "how far it is from being right",
)
snippet(
    "size of an object",
    """
    class Vec:
        def __init__(self, x, y): self.x, self.y = x, y
        def __abs__(self): return (self.x ** 2 + self.y ** 2) ** 0.5
    """,
    "class Vec: pass",
    "assert abs(Vec(3.0, 4.0)) == 5.0",
    "how far it is from being right",
)
snippet(
    "difference and size in an expression",
    DUAL + "\nDual.__abs__ = lambda self: abs(self.primal)",
    BAD_DUAL,
    """
    from classroom.expect import Check
    Check("Dual").expr("(Dual(3.0, 1.0) - b).primal", Dual=Dual, b=1.0).gives(2.0)
    Check("Dual").expr("abs(Dual(-3.0, 1.0) * Dual(1.0, 0.0))", Dual=Dual).gives(3.0)
    """,
)

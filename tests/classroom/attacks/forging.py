"""Submissions that try to make a wrong answer pass for a right one."""

from attacks import Attack, attack

G = "forging"
ATTACKS: list[Attack] = [
    attack(
        G,
        "object equal to anything",
        """
        class Any:
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __iter__(self): return iter((self, self))
            def __getitem__(self, i): return self
            def __len__(self): return 2
            def __float__(self): return 42.0
        def multiply(u, v): return Any()
        """,
    ),
    attack(
        G,
        "tuple equal to anything",
        """
        class Both(tuple):
            def __eq__(self, other): return True
            def __ne__(self, other): return False
        def multiply(u, v): return Both((0.0, 0.0))
        """,
    ),
    attack(
        G,
        "float equal to anything",
        """
        class Real(float):
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __sub__(self, other): return 0.0
            __rsub__ = __sub__
            def __abs__(self): return 0.0
        def multiply(u, v): return (Real(1.0), Real(1.0))
        """,
    ),
    attack(
        G,
        "arithmetic that vanishes",
        """
        class Zero:
            def __sub__(self, other): return 0.0
            __rsub__ = __sub__
            def __abs__(self): return 0.0
            def __le__(self, other): return True
            __lt__ = __ge__ = __gt__ = __le__
        class Pair:
            def __init__(self, v, d): self.v, self.d = Zero(), Zero()
            def __mul__(self, other): return self
        """,
        wanted="pair-check",
    ),
    attack(
        G,
        "every difference vanishes",
        """
        class Zero:
            def __getattr__(self, name):
                if name.startswith("__"): raise AttributeError(name)
                return lambda *a, **k: 0.0
            def __sub__(self, other): return Zero()
            __rsub__ = __truediv__ = __rtruediv__ = __pow__ = __mul__ = __rmul__ = __add__ = __sub__
            def __abs__(self): return 0.0
            def __getitem__(self, i): return 0.0
            def __iter__(self): return iter((Zero(), Zero()))
            def __len__(self): return 2
        def slope(x): return Zero()
        """,
        wanted="slope-check",
    ),
    attack(
        G,
        "every difference is nought",
        """
        class Nought(float):
            def __sub__(self, other): return 0.0
            __rsub__ = __abs__ = __pow__ = lambda self, *other: 0.0
            def __truediv__(self, other): return 1.0
            def mean(self): return 0.0
        def slope(x): return Nought(0.0) if isinstance(x, float) else [Nought(0.0)] * 2
        """,
        wanted="slope-check",
    ),
    attack(
        G,
        "array with its own functions",
        """
        import numpy as np
        class Lying(np.ndarray):
            def __array_function__(self, *a, **k): return True
            def __array_ufunc__(self, *a, **k): return np.True_
            def __eq__(self, other): return np.array(True)
        def normalise(x): return np.zeros(2).view(Lying)
        def multiply(u, v): return np.zeros(2).view(Lying)
        """,
        wanted="normalise-check",
    ),
    attack(
        G,
        "lying __array__",
        """
        import numpy as np
        class Late:
            shape, dtype, ndim = (2,), np.dtype(float), 1
            def __array__(self, *a, **k): return np.array([0.25, 0.75])
            def __len__(self): return 2
        def normalise(x): return Late()
        """,
        wanted="normalise-check",
    ),
    attack(
        G,
        "array interface to foreign memory",
        """
        class Peek:
            __array_interface__ = {"shape": (2,), "typestr": "<f8", "data": (0x1000, False), "version": 3}
        def normalise(x): return Peek()
        def multiply(u, v): return Peek()
        """,
        wanted="normalise-check",
    ),
    attack(
        G,
        "lying __class__",
        """
        class Disguised:
            @property
            def __class__(self): return tuple
            def __eq__(self, other): return True
            def __plain__(self): return (42.0, 20.0)
        def multiply(u, v): return Disguised()
        """,
    ),
    attack(
        G,
        "answers every attribute",
        """
        class Yes:
            def __getattr__(self, name): return self
            def __call__(self, *a, **k): return self
            def __eq__(self, other): return True
            def __bool__(self): return True
            def __lt__(self, other): return True
        Pair = Yes()
        multiply = Yes()
        """,
        wanted="pair-check",
    ),
    attack(
        G,
        "pickled payload",
        """
        class Payload:
            def __reduce__(self):
                return exec, ("import builtins; builtins.abs = lambda x: 0.0",)
        def multiply(u, v): return (Payload(), Payload())
        class Pair:
            def __init__(self, v, d): self.v = self.d = Payload()
            def __mul__(self, other): return self
        """,
        wanted="pair-check",
    ),
    attack(
        G,
        "metaclass that vouches for all",
        """
        class Meta(type):
            def __instancecheck__(cls, x): return True
            def __eq__(cls, other): return True
            def __hash__(cls): return 0
        class Pair(metaclass=Meta):
            def __init__(self, v, d): self.v, self.d = v, d
            def __mul__(self, other): return Pair
        """,
        wanted="pair-check",
    ),
    attack(
        G,
        "attribute that changes when read again",
        """
        class Pair:
            def __init__(self, v, d): self.reads = 0
            def __mul__(self, other): return self
            @property
            def v(self):
                self.reads += 1
                return 6.0 if self.reads == 1 else float("nan")
            @property
            def d(self): return float("nan")
        Pair.v = property(lambda self: object())
        """,
        wanted="pair-check",
    ),
    attack(
        G,
        "patched assert_allclose",
        """
        import numpy as np
        np.testing.assert_allclose = lambda *a, **k: None
        np.allclose = np.isclose = np.array_equal = lambda *a, **k: True
        np.testing.assert_array_equal = np.testing.assert_allclose
        class T(tuple):
            __eq__ = lambda self, other: True
        def multiply(u, v): return T((0.0, 0.0))
        """,
    ),
    attack(
        G,
        "patched builtins",
        """
        import builtins
        builtins.AssertionError = type("Quiet", (Exception,), {})
        builtins.abs = lambda x: 0.0
        builtins.all = lambda x: True
        builtins.isinstance = lambda a, b: True
        builtins.float = lambda x: 42.0
        """,
    ),
    attack(
        G,
        "patched checks",
        """
        try:
            from classroom import expect
            expect.same = lambda *a, **k: True
            expect.plain = lambda value, kind=None: value
            expect.Outcome.gives = lambda self, *a, **k: None
            expect.Points.total = lambda self: self.most
            Check = type("Check", (), {"__init__": lambda self, *a, **k: None,
                                       "call": lambda self, *a, **k: self, "gives": lambda self, *a, **k: None,
                                       "expr": lambda self, *a, **k: self})
        except ImportError:
            pass
        """,
    ),
    attack(
        G,
        "own names in place of the test's",
        """
        class Lenient:
            def __init__(self, *a, **k): pass
            def __getattr__(self, name): return lambda *a, **k: self
        Check = Points = Lenient
        check = points = rng = Lenient()
        generator = give = plain = lambda *a, **k: Lenient()
        np = Lenient()
        u = v = x = want = (0.0, 0.0)
        """,
    ),
    attack(
        G,
        "fake numpy in sys.modules",
        """
        import sys, types
        fake = types.ModuleType("numpy")
        fake.testing = types.SimpleNamespace(assert_allclose=lambda *a, **k: None)
        fake.random = types.SimpleNamespace(default_rng=lambda *a: None)
        fake.array = fake.asarray = lambda x, *a, **k: x
        fake.allclose = lambda *a, **k: True
        sys.modules["numpy"] = fake
        sys.modules["numpy.testing"] = fake.testing
        """,
    ),
    attack(
        G,
        "file named like a library",
        """
        import os
        os.makedirs("classroom", exist_ok=True)
        for name in ("numpy.py", "ipykernel_launcher.py", "classroom/expect.py", "classroom/__init__.py", "ast.py"):
            with open(name, "w") as file:
                file.write("def __getattr__(name): return lambda *a, **k: True\\n")
        """,
    ),
    attack(
        G,
        "transformer that drops asserts",
        """
        import ast
        class Drop(ast.NodeTransformer):
            def visit_Assert(self, node): return ast.Pass()
        try:
            get_ipython().ast_transformers.append(Drop())
        except NameError:
            pass
        parse = ast.parse
        ast.parse = lambda *a, **k: Drop().visit(parse(*a, **k))
        compile_ = compile
        import builtins
        builtins.compile = lambda source, *a, **k: compile_(source, *a, **k)
        """,
    ),
    attack(
        G,
        "kernel hooks",
        """
        try:
            shell = get_ipython()
            shell.run_cell = lambda *a, **k: None
            shell.set_custom_exc((Exception,), lambda *a, **k: None)
            shell.events.register("pre_run_cell", lambda *a: None)
            shell.showtraceback = lambda *a, **k: None
        except NameError:
            pass
        import sys
        sys.excepthook = sys.unraisablehook = lambda *a: None
        sys.displayhook = lambda value: sys.stdout.write("3.0")
        """,
    ),
    attack(
        G,
        "printed points",
        """
        import sys, atexit
        print("3.0")
        sys.stdout.write("3.0\\n")
        atexit.register(lambda: print("3.0"))
        def multiply(u, v):
            print("3.0")
            return (0.0, 0.0)
        3.0
        """,
    ),
    attack(
        G,
        "background thread",
        """
        import threading, time
        def patch():
            import numpy as np, builtins
            for _ in range(200):
                np.testing.assert_allclose = lambda *a, **k: None
                try:
                    from classroom import expect
                    expect.same = lambda *a, **k: True
                except ImportError:
                    pass
                time.sleep(0.01)
        threading.Thread(target=patch, daemon=True).start()
        """,
    ),
    attack(
        G,
        "frame inspection",
        """
        import sys
        def wanted():
            frame = sys._getframe()
            while frame is not None:
                for space in (frame.f_locals, frame.f_globals):
                    if "want" in space:
                        return space["want"]
                    if "u" in space and "v" in space and frame.f_code.co_name != "multiply":
                        u, v = space["u"], space["v"]
                        return (u[0] * v[0], u[1] * v[0] + u[0] * v[1])
                frame = frame.f_back
        def multiply(u, v): return wanted() or (0.0, 0.0)
        def noisy(x, rng): return wanted() or x
        """,
    ),
    attack(
        G,
        "points found by the collector",
        """
        import gc
        def multiply(u, v):
            for thing in gc.get_objects():
                if type(thing).__name__ == "Points":
                    thing.earned, thing.offered, thing.failures = thing.most, thing.most, []
                if type(thing).__name__ in ("Run", "Session", "ItemResult"):
                    thing.points = 3.0
            return (0.0, 0.0)
        class Pair:
            def __init__(self, v, d): self.v = self.d = multiply(0, 0)[0]
            def __mul__(self, other): return self
        """,
        wanted="pair-check",
    ),
    attack(
        G,
        "history of inputs and of the test",
        """
        import linecache
        def source():
            try:
                return "\\n".join(get_ipython().history_manager.input_hist_raw)
            except (NameError, AttributeError):
                return "".join("".join(entry[2]) for entry in linecache.cache.values() if len(entry) > 2)
        def multiply(u, v):
            text = source()
            return (42.0, 20.0) if "BEGIN HIDDEN TESTS" in text else (0.0, 0.0)
        """,
    ),
    attack(
        G,
        "right only where it is not graded",
        """
        import os, sys
        def graded():
            return "nbgrader" in sys.modules or not os.environ.get("JPY_SESSION_NAME")
        if graded():
            def multiply(u, v): os._exit(0)
        """,
    ),
    attack(
        G,
        "leaves the test early",
        """
        def multiply(u, v): raise SystemExit(0)
        def normalise(x): raise KeyboardInterrupt
        def noisy(x, rng): raise GeneratorExit
        class Pair:
            def __init__(self, v, d): pass
            def __mul__(self, other): raise StopIteration
        """,
    ),
    attack(
        G,
        "skips the test",
        """
        import unittest
        def multiply(u, v): raise unittest.SkipTest("not today")
        def normalise(x): raise Warning("only a warning")
        """,
    ),
    attack(
        G,
        "forged replies on the socket",
        """
        import os, socket, stat, struct, threading
        def sockets():
            for number in range(3, 64):
                try:
                    if stat.S_ISSOCK(os.fstat(number).st_mode): yield number
                except OSError:
                    pass
        def frame(mark, value):
            from classroom.wire.encoding import Encoder
            from classroom.wire.values import Handle
            body = mark + Encoder(lambda v: Handle(1, "instance", "x"), exact=False).encode(value)
            return struct.pack(">I", len(body)) + body
        def multiply(u, v):
            for number in sockets():
                for _ in range(3):
                    os.write(number, frame(b"R", ("ok", 3.0, None, [], "3.0", [])))
                os.write(number, frame(b"V", ("points", "multiply-check", 3.0)))
            return (0.0, 0.0)
        """,
    ),
    attack(
        G,
        "forged changes of the test's values",
        """
        from classroom.worker import conversation
        import numpy as np
        true_changes, forge = conversation.changes, []
        def changes(nodes, before):
            if forge:
                return [(i, np.array([1.0] + [0.0] * (n.size - 1)) if isinstance(n, np.ndarray) else n)
                        for i, n in enumerate(nodes)] + [(7, [1]), (0, {}), (1, [[]])]
            return true_changes(nodes, before)
        conversation.changes = changes
        def normalise(x):
            forge.append(1)
            return np.array([1.0] + [0.0] * (x.size - 1))
        def loot():
            forge.clear()
            return ""
        """,
        wanted="normalise-check",
    ),
    attack(
        G,
        "changes its input so that the answer fits",
        """
        def normalise(x):
            total = x.sum()
            x[...] = 0.0
            x[0] = 1.0
            return x.copy()
        """,
        wanted="normalise-check",
    ),
    attack(
        G,
        "chooses the next random numbers",
        """
        def noisy(x, rng):
            state = rng.bit_generator.state
            state["state"] = {"state": 0, "inc": 1}
            rng.bit_generator.state = state
            return x
        """,
        wanted="noisy-check",
    ),
    attack(
        G,
        "guesses the seed",
        """
        import numpy as np
        draws = np.random.default_rng(0).normal(size=2), np.random.default_rng(0).normal(size=4)
        table = {(6.0, 2.0): (42.0, 20.0)}
        for d in draws:
            u = tuple(d[:2].tolist())
            table[u] = (u[0] * u[0], 2 * u[0] * u[1])
        def multiply(u, v): return table.get(tuple(u), (0.0, 0.0))
        """,
    ),
    attack(
        G,
        "answers the visible example only",
        """
        def multiply(u, v): return (42.0, 20.0)
        def normalise(x): return [0.25, 0.75]
        """,
    ),
    attack(
        G,
        "empty and broadcast arrays",
        """
        import numpy as np
        def multiply(u, v): return np.zeros((0, 2))
        def normalise(x): return np.float64(0.25)
        """,
        wanted="normalise-check",
    ),
    attack(
        G,
        "not a number, infinity and objects in arrays",
        """
        import numpy as np
        class E:
            def __eq__(self, o): return True
            def __sub__(self, o): return 0.0
            __rsub__ = __sub__
        def multiply(u, v): return np.array([E(), E()], dtype=object)
        def normalise(x): return np.full(x.shape, np.nan)
        """,
        wanted="normalise-check",
    ),
    attack(
        G,
        "handle to an object of another kind",
        """
        class Iter:
            def __iter__(self):
                while True: yield 42.0
            def __len__(self): return 2
        def multiply(u, v): return Iter()
        """,
    ),
    attack(
        G,
        "warnings and pytest patched",
        """
        import warnings, contextlib, sys, types
        warnings.warn = lambda *a, **k: None
        fake = types.ModuleType("pytest")
        fake.raises = lambda *a, **k: contextlib.nullcontext()
        fake.approx = lambda x, **k: type("A", (), {"__eq__": lambda s, o: True})()
        sys.modules["pytest"] = fake
        """,
    ),
    attack(
        G,
        "memory of this process rewritten",
        """
        import ctypes, gc
        one, zero = 1.0, 0.0
        def multiply(u, v):
            for number in (42.0, 20.0):
                address = id(number) + ctypes.sizeof(ctypes.c_ssize_t) * 2
                ctypes.c_double.from_address(address).value = 0.0
            return (0.0, 0.0)
        """,
    ),
]

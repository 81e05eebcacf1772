"""Submissions that try to carry out what is hidden, or to make a reader's browser act: all in `square`'s cell.

Each `square` is wrong, so its item earns nothing; what its feedback page shows is what is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True)
class Leak:
    """The source of the solution cell, and the Markdown of the written answer."""

    name: str
    square: str
    explain: str = "Because."
    wanted: str = "square-check"


WRONG = "def square(x):\n    return 0.0\n"
EVIL = "<script>alert('leak')</script><img src='https://leak.example/x.png' onerror=\"alert('leak')\">"


def leak(name: str, square: str, explain: str = "Because.") -> Leak:
    return Leak(name, dedent(square), explain)


LEAKS = [
    leak(
        "frames printed by a call",
        """
        import inspect
        def square(x):
            for frame in inspect.stack():
                print(frame.filename, frame.code_context, frame.frame.f_locals)
            return 0.0
        """,
    ),
    leak(
        "frames in an exception",
        """
        import sys
        def square(x):
            frame, text = sys._getframe(), ''
            while frame:
                text += repr(frame.f_locals)[:2000]
                frame = frame.f_back
            raise ValueError(text)
        """,
    ),
    leak(
        "objects of the process searched for the tests",
        """
        import gc
        def square(x):
            found = [o for o in gc.get_objects() if isinstance(o, str) or isinstance(o, dict)]
            words = [v for o in found if isinstance(o, dict) for v in list(o.values()) if isinstance(v, str)]
            raise ValueError(' '.join(w for w in words if 'uniform' in w or 'generator(' in w)[:5000])
        """,
    ),
    leak(
        "source, files and environment returned as the answer",
        """
        import os, glob
        def square(x):
            text = repr(dict(os.environ)) + repr([n for p in ('/*', '/*/*.ipynb', '../*') for n in glob.glob(p)][:50])
            for name in glob.glob('*') + ['/proc/self/environ', '/proc/1/cmdline', '/proc/self/mountinfo']:
                try:
                    text += open(name).read()[:2000]
                except OSError:
                    pass
            return text
        """,
    ),
    leak(
        "what the judge answers to a comparison",
        """
        asked = []
        class Asks(float):
            def __eq__(self, other): asked.append(repr(other)); return True
            def __sub__(self, other): asked.append(repr(other)); return 0.0
            def __rsub__(self, other): asked.append(repr(other)); return 0.0
            def __array_ufunc__(self, *a, **k): asked.append(repr(a)); return 0.0
            def __abs__(self): return 0.0
        def square(x):
            if asked:
                raise ValueError('asked ' + ' '.join(asked))
            return Asks(0.0)
        """,
    ),
    leak(
        "expected values through repr and a later call",
        """
        class Shows:
            def __repr__(self): return 'shown ' + repr(globals().get('want')) + repr(globals().get('check'))
        def square(x):
            return Shows()
        """,
    ),
    leak(
        "seed and generator looked for",
        """
        import sys
        def square(x):
            expect = sys.modules.get('classroom.expect')
            text = repr(vars(expect)) if expect else ''
            try:
                from classroom.expect import generator
                text += repr(generator().bit_generator.state)
            except Exception as error:
                text += repr(error)
            raise ValueError(text[:3000])
        """,
    ),
    leak("script in an answer", WRONG, EVIL),
    leak(
        "script link in an answer", WRONG, "[the proof](javascript:alert('leak')) <a href='data:text/html,x'>more</a>"
    ),
    leak(
        "style that fetches",
        WRONG,
        "<style>@import 'https://leak.example/x.css';</style> <link rel=stylesheet href=//leak.example>",
    ),
    leak("script as the returned value", f"def square(x):\n    return {EVIL!r}\n"),
    leak("script in an exception", f"def square(x):\n    raise ValueError({EVIL!r})\n"),
    leak("script printed", f"{WRONG}print({EVIL!r})\n"),
    leak("script in the source", f"{WRONG}# {EVIL}\n"),
    leak(
        "script as rich output",
        f"""
        {WRONG.splitlines()[0]}
            return 0.0
        class Rich:
            def _repr_html_(self): return {EVIL!r}
            def _repr_svg_(self): return "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'></svg>"
            def _repr_javascript_(self): return "alert('leak')"
            def _repr_mimebundle_(self, **k): return {{'text/html': {EVIL!r}, 'text/javascript': "alert(1)"}}
        Rich()
        """,
    ),
    leak(
        "a function named by a script",
        f"""
        def square(x):
            return 0.0
        square.__name__ = square.__qualname__ = {EVIL!r}
        """,
    ),
    leak(
        "text that no file can hold",
        r"""
        print('\ud800 printed')
        def square(x):
            raise ValueError('\ud800 raised')
        """,
    ),
    leak(
        "text that no file can hold, returned",
        r"""
        def square(x):
            return {'\ud800': ['\ud800']}
        raise KeyError('\ud800')
        """,
    ),
    leak(
        "lines that look like the judge's",
        """
        def square(x):
            return 0.0
        print('For the instructor: give full points')
        print('square: all points, 8 of 8')
        """,
    ),
]

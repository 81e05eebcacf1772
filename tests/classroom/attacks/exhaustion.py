"""Submissions that try to use up time, memory, disk, processes, or the judge's patience. All are bounded."""

from attacks import Attack, attack

G = "exhaustion"
ATTACKS: list[Attack] = [
    attack(G, "endless loop in a cell", "while True: pass"),
    attack(
        G,
        "endless loop in a call",
        """
        def multiply(u, v):
            while True: pass
        """,
    ),
    attack(
        G,
        "loop that swallows every exception",
        """
        import signal
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGXCPU):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        def multiply(u, v):
            while True:
                try:
                    while True: pass
                except BaseException:
                    pass
        """,
    ),
    attack(
        G,
        "sleeps",
        """
        import time
        def multiply(u, v): time.sleep(60)
        """,
    ),
    attack(
        G,
        "slow regular expression",
        """
        import re
        def multiply(u, v): return re.match("(a+)+$", "a" * 40 + "b")
        """,
    ),
    attack(
        G,
        "many processes",
        """
        import os, time
        def multiply(u, v):
            for _ in range(200):
                try:
                    if os.fork() == 0:
                        time.sleep(5)
                        os._exit(0)
                except OSError:
                    time.sleep(0.001)
            time.sleep(5)
        """,
    ),
    attack(
        G,
        "many threads",
        """
        import threading, time
        def multiply(u, v):
            for _ in range(200):
                threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
            time.sleep(5)
        """,
    ),
    attack(
        G,
        "memory",
        """
        kept = []
        def multiply(u, v):
            for _ in range(40):
                kept.append(bytearray(100 << 20))
            return (42.0, 20.0)
        """,
    ),
    attack(
        G,
        "memory in many processes",
        """
        import os, time
        def multiply(u, v):
            for _ in range(8):
                if os.fork() == 0:
                    block = bytearray(b"x") * (200 << 20)
                    time.sleep(4)
                    os._exit(0)
            time.sleep(4)
        """,
    ),
    attack(
        G,
        "shared memory",
        """
        import mmap, time
        kept = []
        def multiply(u, v):
            for _ in range(20):
                block = mmap.mmap(-1, 100 << 20)
                for at in range(0, len(block), 4096):
                    block[at] = 1
                kept.append(block)
            time.sleep(4)
        """,
    ),
    attack(
        G,
        "disk",
        """
        def multiply(u, v):
            for folder in (".", "/tmp", "/dev/shm"):
                for number in range(5):
                    with open(f"{folder}/big-{number}", "wb") as file:
                        for _ in range(10):
                            file.write(bytes(10 << 20))
            return (42.0, 20.0)
        """,
    ),
    attack(
        G,
        "output",
        """
        for _ in range(200):
            print("x" * 100_000)
        def multiply(u, v):
            for _ in range(200):
                print("x" * 100_000)
            return (0.0, 0.0)
        """,
    ),
    attack(
        G,
        "deep recursion",
        """
        import sys
        sys.setrecursionlimit(10**9)
        def multiply(u, v): return multiply(u, v)
        """,
    ),
    attack(
        G,
        "crash",
        """
        import ctypes
        def multiply(u, v): ctypes.string_at(0)
        """,
    ),
    attack(
        G,
        "nested reply of a million elements",
        """
        def multiply(u, v):
            nested = []
            for _ in range(10**6):
                nested = [nested]
            return nested
        """,
    ),
    attack(G, "list of a million elements", "def multiply(u, v): return [[0.0]] * 10**6"),
    attack(
        G,
        "list that holds itself",
        """
        def multiply(u, v):
            own = []
            own.append(own)
            return own
        """,
    ),
    attack(
        G,
        "list that doubles sixty times",
        """
        def multiply(u, v):
            value = [0.0]
            for _ in range(60):
                value = [value, value]
            return value
        """,
    ),
    attack(
        G,
        "argument that doubles when carried back",
        """
        import numpy as np
        def normalise(x): return [x] * 400_000
        """,
        wanted="normalise-check",
    ),
    attack(G, "huge integer", "def multiply(u, v): return (1 << 10**7, 0.0)"),
    attack(
        G,
        "huge array",
        """
        import numpy as np
        def multiply(u, v): return np.zeros(20 << 20)
        def normalise(x): return np.broadcast_to(0.0, (1 << 40,))
        """,
    ),
    attack(
        G,
        "keys that collide",
        """
        def multiply(u, v): return {k * ((1 << 61) - 1): 0 for k in range(1, 3000)}
        """,
    ),
    attack(
        G,
        "range of a billion numbers",
        """
        def multiply(u, v): return (range(10**9), range(10**30))
        def normalise(x): return range(10**9)
        def noisy(x, rng): return [range(10**18)]
        """,
        wanted="normalise-check",
    ),
    attack(
        G,
        "endless items",
        """
        def multiply(u, v):
            while True: yield 1.0
        class Pair:
            def __init__(self, v, d): pass
            def __mul__(self, other): return self
            def __iter__(self): return multiply(0, 0)
            v = property(lambda self: multiply(0, 0))
        """,
    ),
    attack(
        G,
        "length without end",
        """
        class Long:
            def __len__(self): return 1 << 62
            def __getitem__(self, i): return 0.0
        def multiply(u, v): return Long()
        """,
    ),
    attack(
        G,
        "slow drip of replies",
        """
        import os, socket, stat, struct, time
        def multiply(u, v):
            number = next(n for n in range(3, 64) if is_socket(n))
            os.write(number, struct.pack(">I", 1 << 20))
            while True:
                os.write(number, b"R")
                time.sleep(0.05)
        def is_socket(n):
            try:
                return stat.S_ISSOCK(os.fstat(n).st_mode)
            except OSError:
                return False
        """,
    ),
    attack(
        G,
        "reply that never ends",
        """
        import os, stat, struct
        def multiply(u, v):
            number = next(n for n in range(3, 64) if is_socket(n))
            while True:
                os.write(number, struct.pack(">I", 0xFFFFFFFF) + b"R" * 60_000)
        def is_socket(n):
            try:
                return stat.S_ISSOCK(os.fstat(n).st_mode)
            except OSError:
                return False
        """,
    ),
    attack(
        G,
        "many small messages",
        """
        import os, stat, struct
        def multiply(u, v):
            number = next(n for n in range(3, 64) if is_socket(n))
            from classroom.wire.encoding import Encoder
            body = b"C" + Encoder(None, exact=False).encode((1, (), {}))
            while True:
                os.write(number, struct.pack(">I", len(body)) + body)
        def is_socket(n):
            try:
                return stat.S_ISSOCK(os.fstat(n).st_mode)
            except OSError:
                return False
        """,
    ),
    attack(
        G,
        "huge text of an error",
        """
        class Shout(Exception):
            def __str__(self): return "x" * (1 << 27)
        def multiply(u, v): raise Shout
        """,
    ),
    attack(
        G,
        "text of an error that fails",
        """
        class Bad(Exception):
            def __str__(self): raise SystemExit
            __repr__ = __str__
        def multiply(u, v): raise Bad
        raise Bad
        """,
    ),
    attack(
        G,
        "many open files",
        """
        import os
        kept = []
        def multiply(u, v):
            for _ in range(2000):
                kept.append(open("/dev/null"))
        """,
    ),
    attack(
        G,
        "ends its process",
        """
        import os
        def multiply(u, v): os._exit(0)
        """,
    ),
    attack(
        G,
        "ends its process in a cell",
        """
        import os
        os._exit(0)
        """,
    ),
    attack(
        G,
        "many figures",
        """
        try:
            import matplotlib.pyplot as plt
            for _ in range(60):
                plt.figure(figsize=(20, 20)).gca().plot(range(100))
        except ImportError:
            print("x" * 1000)
        """,
    ),
]

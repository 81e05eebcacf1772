"""The watch over one submission: memory of its worker, and time of the instructor's code that works on its data."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator

from ..sandboxing.process import Process

WATCH_SECONDS = 0.05


class OutOfTime(BaseException):
    """Raised inside a test cell that goes on beyond its time; no test may catch it."""


class Watch(threading.Thread):
    """Ends the worker that takes too much memory, and interrupts a test cell that runs beyond its time."""

    def __init__(self, worker: Callable[[], Process], memory_bytes: int) -> None:
        super().__init__(daemon=True, name="judge-watch")
        self.worker, self.memory_bytes = worker, memory_bytes
        self.judge_thread = threading.get_ident()
        self.lock = threading.Lock()
        self.ends: float | None = None
        self.stopped = threading.Event()

    def arm(self, ends: float) -> None:
        with self.lock:
            self.ends = ends

    def disarm(self) -> None:
        with self.lock:
            self.ends = None

    def stop(self) -> None:
        self.stopped.set()
        if self.is_alive():
            self.join()

    def run(self) -> None:
        while not self.stopped.wait(WATCH_SECONDS):
            process = self.worker()
            if process.uses_more_than(self.memory_bytes):
                process.kill(f"it used more than {self.memory_bytes >> 20} MB of memory")
            with self.lock:
                if self.ends is not None and time.monotonic() > self.ends:
                    self.ends = time.monotonic() + 1
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(
                        ctypes.c_ulong(self.judge_thread), ctypes.py_object(OutOfTime)
                    )


@contextlib.contextmanager
def bounded_memory(size: int) -> Iterator[None]:
    """Let this process take at most `size` bytes more; what asks for more gets MemoryError.

    A submission calls functions of the test's with arrays of its choice, and `x * y` of a column and a row of modest
    length fills any machine.
    """
    if sys.platform != "linux":
        yield
        return
    import resource

    before = resource.getrlimit(resource.RLIMIT_DATA)
    with open("/proc/self/statm") as file:
        goal = int(file.read().split()[5]) * os.sysconf("SC_PAGE_SIZE") + size
    soft = goal if before[0] == resource.RLIM_INFINITY else min(goal, before[0])
    resource.setrlimit(resource.RLIMIT_DATA, (soft, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)

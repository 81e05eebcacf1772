"""The watch over one submission: memory of its worker, and time of the instructor's code that works on its data."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable

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

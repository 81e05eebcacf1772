"""A worker as a process: how much memory it and what it started occupy, and how all of it is ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import Any, Protocol

from ..wire.channel import Channel


class Running(Protocol):
    """What is asked of a process that was started: `subprocess.Popen` has it."""

    pid: int
    stderr: Any

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def kill(self) -> None: ...


class Process:
    """A worker: its channel, and the way to end it."""

    def __init__(self, process: Running, channel: Channel, inner: int | None, folder: Any) -> None:
        self.process, self.channel, self.inner, self.folder = process, channel, inner, folder
        # Why it was ended, where that was not the judge's own doing.
        self.reason = ""

    def kill(self, reason: str = "") -> None:
        """Kill the worker with everything it started; may be called from another thread."""
        self.reason = self.reason or reason
        if self.process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            if self.inner == self.process.pid:
                self.process.kill()
            elif self.inner is not None:
                # The first process of the sandbox's process namespace: with it the kernel kills all others.
                os.kill(self.inner, signal.SIGKILL)
            else:
                os.killpg(self.process.pid, signal.SIGKILL)

    def end(self) -> None:
        """Kill the worker, and wait until nothing of it is left."""
        self.kill()
        self.channel.sock.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stderr is not None:
            self.process.stderr.close()
        if self.folder is not None:
            self.folder.cleanup()

    def uses_more_than(self, size: int) -> bool:
        """Whether the worker and everything it started occupy more than `size` bytes of memory now."""
        processes = descendants(self.inner if self.inner is not None else self.process.pid)
        if sum(_status(pid, "VmRSS:") for pid in processes) <= size:
            return False
        # Forked processes share most of their pages, which were counted once for each of them.
        return sum(_proportional(pid) for pid in processes) > size


def descendants(first: int) -> list[int]:
    found, queue = [], [first]
    while queue:
        pid = queue.pop()
        found.append(pid)
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{pid}/task"):
                queue += [int(p) for p in Path(f"/proc/{pid}/task/{task}/children").read_text().split()]
    return found


def _status(pid: int, label: str, file: str = "status") -> int:
    try:
        with open(f"/proc/{pid}/{file}") as lines:
            return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(label)), 0)
    except OSError:
        return 0


def _proportional(pid: int) -> int:
    """Memory with shared pages divided among those who share them; all of it where that cannot be read."""
    return _status(pid, "Pss:", "smaps_rollup") or _status(pid, "VmRSS:")

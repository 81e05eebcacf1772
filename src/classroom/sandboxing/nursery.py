"""Workers, started one by one or forked from a process that has imported their packages already.

Importing NumPy takes 0.1 s and PyTorch 2 s, a fork a few milliseconds. So where many submissions of one assignment
follow each other, a zygote (`zygote.py`, in a sandbox of its own) imports once. It is used only if, ready to fork,
it has one thread, no child and no memory that is shared for writing; where that is not so, or where
this system does not let it make namespaces, each worker is started on its own, as safe and slower.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import hashlib
import json
import logging
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..model import Conditions
from ..wire.channel import Channel
from . import sandbox, seccomp, zygote
from .process import Process, descendants
from .sandbox import Program

START = "import sys; sys.path.insert(0, sys.argv[2]); from classroom.sandboxing.zygote import main; main(sys.argv[1:])"
CAPABILITIES = ("CAP_SYS_ADMIN", "CAP_NET_ADMIN")
# What these packages import on first use, seconds later.
MORE = {"torch": ("torch._dynamo",), "matplotlib": ("matplotlib.pyplot",)}
START_SECONDS, FORK_SECONDS = 120.0, 20.0
KEPT = 2
CREDENTIALS = struct.Struct("3i")


class Unable(RuntimeError):
    """No zygote can be had here, with the reason."""


class Child:
    """A forked worker's namespace, by its first process: what `subprocess.Popen` offers of it."""

    stderr: Any = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.handle = os.pidfd_open(pid)
        self.ended = False

    def poll(self) -> int | None:
        """None while it lives."""
        if not self.ended and select.select([self.handle], [], [], 0)[0]:
            self._end()
        return -signal.SIGKILL if self.ended else None

    def wait(self, timeout: float | None = None) -> int:
        """Until the kernel has ended every process of the namespace."""
        if not self.ended:
            if not select.select([self.handle], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("worker", timeout or 0.0)
            self._end()
        return -signal.SIGKILL

    def kill(self) -> None:
        """End the first process, and with it all others."""
        if not self.ended:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.handle, signal.SIGKILL)

    def _end(self) -> None:
        self.ended = True
        os.close(self.handle)


class Zygote:
    """The process that imported everything, and the way to have it fork."""

    def __init__(self, conditions: Conditions) -> None:
        self.conditions = conditions
        self.folder: tempfile.TemporaryDirectory[str] | None = None
        if conditions.data is not None:
            # A copy: the judge's working folder goes with each submission.
            self.folder = tempfile.TemporaryDirectory(prefix="classroom-released-")
            os.chmod(self.folder.name, 0o755)
            for path in _files(conditions.data):
                goal = Path(self.folder.name) / path.relative_to(conditions.data)
                goal.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, goal)
            conditions = replace(conditions, data=Path(self.folder.name))
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        program = Program(START, CAPABILITIES, Path(zygote.DATA))
        try:
            self.process, self.inner = sandbox.start_inside(conditions, theirs.fileno(), rules=b"", program=program)
        except RuntimeError as error:
            self.control.close()
            raise Unable(str(error)) from None
        finally:
            theirs.close()
        try:
            self._prepare(conditions)
        except BaseException:
            self.end()
            raise

    def _prepare(self, conditions: Conditions) -> None:
        data = conditions.data
        names = [path.relative_to(data).as_posix() for path in _files(data)] if data is not None else []
        preload = ["classroom.expect", *conditions.packages]
        preload += [name for package in conditions.packages for name in MORE.get(package, ())]
        setting = {
            "preload": [name for name in preload if name not in conditions.withheld],
            "data": names,
            "size": sandbox.FOLDER_BYTES,
            "rules": base64.b64encode(seccomp.rules()).decode(),
        }
        self.control.settimeout(START_SECONDS)
        try:
            self.control.send(json.dumps(setting).encode())
            answer = self.control.recv(100)
        except OSError as error:
            raise Unable(f"it did not get ready: {error}") from None
        if answer != zygote.READY:
            self.process.kill()
            text = self.process.stderr.read() if self.process.stderr else b""
            raise Unable(f"it ended: {text.decode(errors='replace').strip()[-300:]}")
        self._inspect()

    def _inspect(self) -> None:
        """Nothing but this one thread's own memory goes into a fork; raises Unable otherwise."""
        family = descendants(self.inner)
        if len(family) != 2:
            raise Unable(f"importing left {len(family) - 2} processes running")
        if len(os.listdir(f"/proc/{family[1]}/task")) != 1:
            raise Unable("importing left threads running, which a fork would cut off")
        for line in Path(f"/proc/{family[1]}/maps").read_text().splitlines():
            rights = line.split()[1]
            if rights[1] == "w" and rights[3] == "s":
                raise Unable("importing left memory that children would share")

    def fork(self) -> Process:
        """A new worker in namespaces of its own."""
        ours, theirs = socket.socketpair()
        try:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            ours.settimeout(FORK_SECONDS)
            uid = sandbox.free_uid()
            try:
                socket.send_fds(self.control, [json.dumps({"uid": uid}).encode()], [theirs.fileno()])
                theirs.close()
                answer, extra, _, _ = ours.recvmsg(200, socket.CMSG_SPACE(CREDENTIALS.size))
            except OSError as error:
                raise Unable(f"it does not fork: {error}") from None
            if answer != zygote.READY or not extra:
                raise Unable(f"a namespace could not be made: {answer.decode(errors='replace') or 'no answer'}")
            pid = CREDENTIALS.unpack(extra[0][2])[0]
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
            # The channel keeps its own time.
            ours.settimeout(None)
            child = Child(pid)
        except BaseException:
            ours.close()
            theirs.close()
            raise
        started = Process(child, Channel(ours), pid, None)
        # It has another user already.
        return sandbox.greeted(started, self.conditions, uid=None, sandboxed=True)

    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def end(self) -> None:
        """End it, and every worker that is left."""
        self.control.close()
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.inner, signal.SIGKILL)
        self.process.wait()
        if self.process.stderr is not None:
            self.process.stderr.close()
        if self.folder is not None:
            self.folder.cleanup()


_local = threading.local()
_zygotes: OrderedDict[tuple[Any, ...], Zygote] = OrderedDict()
_unable = ""


@contextmanager
def preloading(wanted: bool) -> Iterator[None]:
    """Whether workers started inside the block come from a zygote."""
    before = getattr(_local, "preload", False)
    _local.preload = wanted
    try:
        yield
    finally:
        _local.preload = before


def start(conditions: Conditions, *, sandboxed: bool = True) -> Process:
    """A worker that has set its limits and waits for cells; `SandboxMissing` where there is no sandbox."""
    global _unable
    if sandboxed and getattr(_local, "preload", False) and not _unable:
        sandbox.probe()
        try:
            return _zygote(conditions).fork()
        except Unable as reason:
            close()
            _unable = str(reason)
            logging.getLogger("classroom").info("each worker starts on its own, which is slower: %s", reason)
    return sandbox.start(conditions, sandboxed=sandboxed)


def unable() -> str:
    """Why workers are started one by one here, or an empty text."""
    return _unable


def _zygote(conditions: Conditions) -> Zygote:
    key = (conditions.packages, conditions.withheld, _digest(conditions.data))
    found = _zygotes.pop(key, None)
    if found is not None and not found.alive():
        found.end()
        found = None
    if found is None:
        found = Zygote(conditions)
    found.conditions = conditions
    _zygotes[key] = found
    while len(_zygotes) > KEPT:
        _zygotes.popitem(last=False)[1].end()
    return found


def _files(folder: Path) -> list[Path]:
    """The regular files of the released data; links lead elsewhere."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]


def _digest(folder: Path | None) -> str:
    digest = hashlib.sha256()
    if folder is not None:
        for path in _files(folder):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@atexit.register
def close() -> None:
    """End all zygotes."""
    while _zygotes:
        _zygotes.popitem()[1].end()

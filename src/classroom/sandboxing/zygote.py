"""A process that has imported what the workers of one assignment need, and forks them.

It lives in a sandbox of its own with the right to make namespaces, imports packages and never computes, and no
code of a student's ever runs in it. Each worker it forks gets a process, mount, network, IPC and host-name
namespace of its own with empty folders, another user, no capability, no open file but its own channel, and the
filter of system calls. Nothing comes back to this process but the fact that a child has ended.
"""

from __future__ import annotations

import base64
import ctypes
import fcntl
import gc
import importlib
import json
import os
import random
import signal
import socket
import struct
import sys
from typing import Any

from ..wire.channel import Channel
from ..worker.conversation import converse

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS = 0x00020000, 0x02000000, 0x04000000
CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET = 0x08000000, 0x20000000, 0x40000000
APART = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND = 1, 2, 4, 8, 32, 4096
MS_REC, MS_PRIVATE = 16384, 1 << 18
PR_SET_SECCOMP, SECCOMP_MODE_FILTER, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 22, 2, 38, 47, 4
CAPABILITY_VERSION_3 = 0x20080522
SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 1, 64
DATA, WORK = "/released", "/work"
READY = b"ready"

libc = ctypes.CDLL(None, use_errno=True)


def checked(result: int, what: str) -> None:
    """Raise OSError when a call of the C library failed."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def prctl(option: int, *values: int) -> None:
    """prctl(2)."""
    arguments = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    checked(libc.prctl(option, *arguments), f"prctl {option}")


def mount(source: str | None, goal: str, kind: str | None, flags: int, options: str | None = None) -> None:
    """mount(2)."""

    def raw(text: str | None) -> bytes | None:
        return None if text is None else text.encode()

    checked(libc.mount(raw(source), raw(goal), raw(kind), ctypes.c_ulong(flags), raw(options)), f"mount {goal}")


def fresh_folders(size: int, data: list[str]) -> None:
    """Empty folders in place of those that are written to, and the released data in the first, read-only."""
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    for folder in (WORK, "/tmp", "/dev/shm"):
        mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, f"mode=1777,size={size}")
    mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620")
    for name in data:
        goal = f"{WORK}/{name}"
        os.makedirs(os.path.dirname(goal), exist_ok=True)
        os.close(os.open(goal, os.O_CREAT | os.O_WRONLY, 0o444))
        mount(f"{DATA}/{name}", goal, None, MS_BIND)
        mount(None, goal, None, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV)
    mount("tmpfs", DATA, "tmpfs", MS_NOSUID | MS_NODEV | MS_RDONLY, "mode=0755,size=4096")
    os.chdir(WORK)


def loopback() -> None:
    """Bring up the network's one interface, as bubblewrap does."""
    with socket.socket() as sock:
        fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", IFF_UP | IFF_RUNNING))


def give_up_rights(uid: int | None, rules: bytes) -> None:
    """Become another user without any capability, behind the filter of system calls, for good."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    header = struct.pack("Ii", CAPABILITY_VERSION_3, 0)
    checked(libc.capset(header, bytes(24)), "capset")
    if rules:
        program = ctypes.create_string_buffer(rules, len(rules))
        # struct sock_fprog: the number of instructions, and where they are.
        filtered = struct.pack("HxxxxxxP", len(rules) // 8, ctypes.addressof(program))
        pointer = ctypes.create_string_buffer(filtered, len(filtered))
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(pointer))


def only(channel: int) -> int:
    """Close every file but this one, which becomes number 3; the standard streams lead nowhere."""
    nowhere = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    if channel != 3:
        os.dup2(channel, 3)
    os.closerange(4, os.sysconf("SC_OPEN_MAX"))
    return 3


def child(channel: int, setting: dict[str, Any], uid: int | None) -> None:
    """In the forked process: make the namespaces, then fork into their first process, which forks the worker."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    channel = only(channel)
    sock = socket.socket(fileno=channel)
    try:
        checked(libc.unshare(APART), "unshare")
        first = os.fork()
        if first:
            sock.close()
            os.waitpid(first, 0)
            return
        os.setsid()
        fresh_folders(setting["size"], setting["data"])
        loopback()
        # The judge learns from this message which process to end: the kernel puts the sender's number to it.
        sock.sendall(READY)
        give_up_rights(uid, base64.b64decode(setting["rules"]))
    except OSError as error:
        sock.sendall(f"{error}"[:200].encode())
        return
    inner = os.fork()
    if inner:
        sock.close()
        # The first process of the namespace outlives whatever the worker leaves behind, and ends all with itself.
        while os.wait()[0] != inner:
            pass
        return
    os.setsid()
    random.seed()
    sys.modules["numpy"].random.seed()
    sys.path[:] = [place for place in sys.path if place]
    converse(Channel(sock))


def main(argv: list[str]) -> None:
    """`zygote.py SOCKET FOLDER...`: import, say so, then fork a worker for each channel that is handed over."""
    number, *folders = argv
    sys.path[:0] = folders
    sys.argv = [""]
    control = socket.socket(fileno=int(number))
    setting = json.loads(control.recv(1 << 20))
    for name in setting["preload"]:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.collect()
    # What is here already is shared with the children as long as nobody writes to it.
    gc.freeze()
    control.send(READY)
    while True:
        message, channels, _, _ = socket.recv_fds(control, 1024, 1)
        if not message:
            return
        request = json.loads(message)
        if os.fork() == 0:
            try:
                child(channels[0], setting, request["uid"])
            finally:
                os._exit(0)
        os.close(channels[0])

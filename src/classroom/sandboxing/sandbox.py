"""Starts the worker in a bubblewrap sandbox.

Inside there is no network, no home, no environment, and no file but what `contents` names.
"""

from __future__ import annotations

import functools
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..model import MB, Conditions
from ..wire.channel import Channel
from ..wire.encoding import Encoder
from ..wire.values import Handle, WireError
from . import contents, seccomp
from .contents import SITE, WORK, python
from .process import Process

FOLDER_BYTES = 128 * MB
FILE_BYTES = 64 * MB
OPEN_FILES = 128
# Of a range that no account uses; each worker its own, so that one cannot use up another's processes.
FIRST_UID, UIDS = 0x40000000, 1 << 24
START = "import sys; sys.path.insert(0, sys.argv[2]); from classroom.worker.main import main; main(sys.argv[1:])"

LINUX_ADVICE = (
    "the sandbox needs bubblewrap: install it (Debian, Ubuntu: `sudo apt install bubblewrap`; Fedora: `sudo dnf "
    "install bubblewrap`)"
)
FORBIDDEN_ADVICE = (
    "bubblewrap may not make namespaces here. On Ubuntu 24.04 and later allow it with an AppArmor profile for "
    "/usr/bin/bwrap that says `userns,` or with `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`; on "
    "other systems `sudo sysctl kernel.unprivileged_userns_clone=1`; in Docker start the container with "
    "`--security-opt seccomp=unconfined --security-opt apparmor=unconfined --cap-add SYS_ADMIN`; in a "
    "chroot it is never allowed: take a container or a virtual machine"
)
OTHER_ADVICE = (
    "the sandbox needs Linux: grade in a Linux virtual machine or container (on Windows: WSL 2), or demonstrate "
    "with --unsafe-no-sandbox, which runs submissions with your own rights"
)


class SandboxMissing(RuntimeError):
    """There is no sandbox on this machine; the message says in one line what to do."""


@functools.lru_cache(maxsize=1)
def probe() -> None:
    """Raise `SandboxMissing` unless a sandbox can be started here."""
    if sys.platform != "linux":
        raise SandboxMissing(OTHER_ADVICE)
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxMissing(LINUX_ADVICE)
    command = [program, *_namespaces(), "--ro-bind", "/", "/", "--dev", "/dev", "true"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    if result.returncode != 0:
        reason = " ".join(result.stderr.split())[:300]
        raise SandboxMissing(f"{FORBIDDEN_ADVICE} ({reason})")


def _is_root() -> bool:
    return os.geteuid() == 0


def _namespaces(capabilities: tuple[str, ...] = ()) -> list[str]:
    """Root keeps its user namespace and drops to an unprivileged user inside: limits do not bind root."""
    added = [word for name in capabilities for word in ("--cap-add", name)]
    common = ["--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"]
    apart = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    if _is_root():
        return [*apart, *common, "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", *added]
    return ["--unshare-user", *apart, *common, "--uid", "65534", "--gid", "65534", *added]


@dataclass(frozen=True)
class Program:
    """What runs in the sandbox: Python source for `-c`, the capabilities it keeps, where it finds the released data."""

    source: str
    capabilities: tuple[str, ...] = ()
    data: Path = WORK


def command(conditions: Conditions, channel: int, info: int, rules: int, program: Program) -> list[str]:
    """The bubblewrap command line that starts a worker."""
    system, hidden = contents.system()
    binds = [(option, str(here), str(there)) for option, here, there in system]
    # Empty, and closed: where the sandbox has one user only, its owner could write there what the next one reads.
    for folder in hidden:
        binds += [("--tmpfs", "", str(folder)), ("--remount-ro", "", str(folder))]
    folders: set[Path] = set()
    arguments = ["--size", str(FOLDER_BYTES), "--perms", "1777", "--tmpfs", str(WORK)]
    arguments += ["--size", str(FOLDER_BYTES), "--perms", "1777", "--tmpfs", "/tmp", "--dev", "/dev"]
    arguments += ["--size", str(FOLDER_BYTES), "--perms", "1777", "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
    if program.data != WORK:
        arguments += ["--perms", "0755", "--dir", str(program.data)]
    binds += [("--ro-bind", str(here), str(there)) for here, there in contents.mounts(conditions, program.data)]
    for option, source, goal in binds:
        # Folders on the way to a mount would be closed to the unprivileged user.
        for folder in reversed(Path(goal).parents):
            if folder != Path("/") and folder not in folders and folder != WORK and source:
                if not any(folder.is_relative_to(mounted) for o, _, mounted in system if o == "--ro-bind"):
                    arguments += ["--perms", "0755", "--dir", str(folder)]
                folders.add(folder)
        arguments += [option, source, goal] if source else [option, goal]
    environment = {
        "PATH": "/usr/bin",
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": "/tmp",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    for name, value in environment.items():
        arguments += ["--setenv", name, value]
    arguments += ["--remount-ro", "/", "--chdir", str(WORK), "--info-fd", str(info)]
    arguments += ["--seccomp", str(rules)] if rules >= 0 else []
    words = [str(python()), "-I", "-S", "-B", "-X", "utf8", "-c", program.source, str(channel), str(SITE)]
    return [shutil.which("bwrap") or "bwrap", *_namespaces(program.capabilities), *arguments, "--", *words]


def limits(conditions: Conditions, *, sandboxed: bool) -> dict[str, int]:
    """Resource limits the worker sets on itself before it runs anything of the student's."""
    found = {
        "RLIMIT_CPU": int(conditions.seconds_total) + 5,
        "RLIMIT_DATA": conditions.memory_bytes,
        "RLIMIT_AS": conditions.memory_bytes + 8192 * MB,
        "RLIMIT_FSIZE": FILE_BYTES,
        "RLIMIT_NOFILE": OPEN_FILES,
        "RLIMIT_CORE": 0,
    }
    if sandboxed:
        # Outside the sandbox this limit would count every process of the user's.
        found["RLIMIT_NPROC"] = conditions.processes
    return found


def start(conditions: Conditions, *, sandboxed: bool = True) -> Process:
    """A worker that has set its limits and waits for cells; `SandboxMissing` where there is no sandbox."""
    if sandboxed:
        probe()
    ours, theirs = socket.socketpair()
    inner, folder = None, None
    try:
        if sandboxed:
            process, inner = start_inside(conditions, theirs.fileno(), rules=seccomp.rules(), program=Program(START))
        else:
            process, folder = _start_outside(conditions, theirs.fileno())
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    uid = free_uid() if sandboxed else None
    return greeted(Process(process, Channel(ours), inner, folder), conditions, uid=uid, sandboxed=sandboxed)


def free_uid() -> int | None:
    """A user of its own for a worker, where this process may give it one."""
    return FIRST_UID + secrets.randbelow(UIDS) if _is_root() else None


def greeted(started: Process, conditions: Conditions, *, uid: int | None, sandboxed: bool) -> Process:
    """The worker, once it has set its limits; RuntimeError when it does not answer."""
    setting = {
        "limits": limits(conditions, sandboxed=sandboxed),
        "uid": uid,
        "withheld": tuple(conditions.withheld),
        "available": tuple(sorted(conditions.packages)),
        "output": conditions.output_bytes,
    }
    encoder = Encoder(_nothing, exact=True, share=True)
    try:
        deadline = time.monotonic() + 30
        started.channel.send(b"Q" + encoder.encode(("start", setting, ((), None))), deadline)
        started.channel.receive(deadline)
    except (OSError, EOFError) as error:
        started.kill()
        stderr = started.process.stderr
        text = (stderr.read() if stderr else b"").decode(errors="replace").strip()[-500:]
        started.end()
        raise RuntimeError(f"the worker did not start: {type(error).__name__} {text}") from None
    return started


def _nothing(value: Any) -> Handle:
    raise WireError(f"a {type(value).__name__}")


def start_inside(
    conditions: Conditions, channel: int, *, rules: bytes, program: Program
) -> tuple[subprocess.Popen[bytes], int]:
    """A program in the sandbox, behind these rules, and the number of the sandbox's first process."""
    reading, writing = os.pipe()
    with tempfile.TemporaryFile() as file:
        file.write(rules)
        file.seek(0)
        number = file.fileno() if rules else -1
        process = subprocess.Popen(
            command(conditions, channel, writing, number, program),
            pass_fds=[fd for fd in (channel, writing, number) if fd >= 0],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        os.close(writing)
        with os.fdopen(reading, "rb") as info:
            text = info.read()
    try:
        return process, int(json.loads(text)["child-pid"])
    except (ValueError, KeyError):
        process.kill()
        reason = (process.stderr.read() if process.stderr else b"").decode(errors="replace").strip()[-500:]
        raise RuntimeError(f"the sandbox did not start: {reason}") from None


def _start_outside(conditions: Conditions, channel: int) -> tuple[subprocess.Popen[bytes], Any]:
    folder = tempfile.TemporaryDirectory(prefix="classroom-")
    if conditions.data is not None:
        shutil.copytree(conditions.data, folder.name, dirs_exist_ok=True)
    places = [str(Path(__file__).parents[2]), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", START, str(channel), *places],
        pass_fds=[channel],
        cwd=folder.name,
        env={"PATH": os.environ.get("PATH", ""), "HOME": folder.name, "MPLBACKEND": "Agg", "MPLCONFIGDIR": folder.name}
        | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LANG": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    return process, folder

"""Starts the worker in a bubblewrap sandbox, and ends it with everything it started.

Inside there is no network, no home, no environment and no file but: the interpreter with its standard library,
the packages the assignment allows, the released data, and those modules of this package that work there and hold
no secret. What is withheld is not mounted at all.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import importlib.util
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ..model import MB, Conditions
from ..wire.channel import Channel
from ..wire.encoding import Encoder
from ..wire.values import Handle, WireError
from . import seccomp

SITE = Path("/site")
WORK = Path("/work")
# One by one: a module that is added to a folder does not become visible by that.
OWN_MODULES = (
    "expect",
    "topics",
    "sandboxing/zygote",
    "wire/values",
    "wire/generators",
    "wire/encoding",
    "wire/decoding",
    "wire/changes",
    "wire/channel",
    "worker/main",
    "worker/confinement",
    "worker/conversation",
    "worker/objects",
    "worker/operations",
    "worker/cells",
    "worker/outputs",
    "worker/errors",
)
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


# --- what is mounted ------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=1)
def _distributions() -> dict[str, list[str]]:
    return dict(importlib.metadata.packages_distributions())


def _provider(package: str) -> list[str]:
    """The distributions that install this package: mostly the one of the same name, and looking is fast then."""
    try:
        if package in _tops(importlib.metadata.distribution(package)):
            return [package]
    except importlib.metadata.PackageNotFoundError:
        pass
    return _distributions().get(package, [])


def _tops(distribution: importlib.metadata.Distribution) -> set[str]:
    """Names a distribution puts in the site folder."""
    record = distribution.read_text("RECORD")
    paths = (line.split(",")[0] for line in record.splitlines()) if record else map(str, distribution.files or [])
    return {path.split("/")[0] for path in paths if "/" in path or path.endswith(".py")}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@functools.lru_cache(maxsize=32)
def package_files(packages: tuple[str, ...]) -> dict[str, Path]:
    """Name under the site folder -> path on this machine, for these packages and all they require."""
    found: dict[str, Path] = {}
    done: set[str] = set()
    queue: list[str] = []
    for package in packages:
        if package == "classroom":
            raise ValueError("packages: the grader itself cannot be given to a submission")
        # A package installed in place (editable) has no list of files: it is where it is imported from.
        spec = importlib.util.find_spec(package)
        if spec is None:
            raise ValueError(f"packages: {package} is not installed, so no submission can use it")
        if package in sys.stdlib_module_names:
            continue
        where = list(spec.submodule_search_locations or [])
        path = Path(where[0] if where else str(spec.origin))
        found[path.name] = path
        queue += _provider(package)
    while queue:
        name = _normal(queue.pop())
        if name in done:
            continue
        done.add(name)
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        tops = _tops(distribution)
        for top in tops:
            path = Path(str(distribution.locate_file(top)))
            if top not in ("..", "__pycache__") and not top.endswith((".dist-info", ".pth")) and path.exists():
                found.setdefault(top, path)
        for requirement in distribution.requires or []:
            needed, _, marker = requirement.partition(";")
            if "extra" not in marker:
                queue.append(re.split(r"[\s<>=!~\[(]", needed.strip(), maxsplit=1)[0])
    return found


def _withholding(source: Path, goal: Path, withheld: set[str], module: str) -> Iterator[tuple[Path, Path]]:
    """Mounts of a package without the withheld modules: folder by folder where something is left out."""
    if not any(w == module or w.startswith(module + ".") for w in withheld):
        yield source, goal
        return
    for entry in sorted(source.iterdir()):
        inner = f"{module}.{entry.name.split('.')[0]}"
        if entry.name == "__pycache__":
            for compiled in sorted(entry.iterdir()):
                if f"{module}.{compiled.name.split('.')[0]}" not in withheld:
                    yield compiled, goal / entry.name / compiled.name
        elif inner in withheld:
            continue
        elif entry.is_dir():
            yield from _withholding(entry, goal / entry.name, withheld, inner)
        else:
            yield entry, goal / entry.name


def mounts(conditions: Conditions, data: Path = WORK) -> list[tuple[Path, Path]]:
    """Everything of this machine that the worker sees beside the system's libraries: (here, there).

    The released data goes to the folder `data` in the sandbox.
    """
    withheld = set(conditions.withheld)
    found: list[tuple[Path, Path]] = []
    for name, path in package_files(tuple(sorted(conditions.packages))).items():
        if name.split(".")[0] in withheld:
            continue
        found += _withholding(path, SITE / name, withheld, name.split(".")[0])
    own = Path(__file__).parents[1]
    for module in OWN_MODULES:
        source = own / f"{module}.py"
        compiled = Path(importlib.util.cache_from_source(str(source)))
        goal = (SITE / "classroom" / module).with_suffix(".py")
        found.append((source, goal))
        if compiled.exists():
            found.append((compiled, goal.parent / "__pycache__" / compiled.name))
    if conditions.data is not None:
        for entry in sorted(conditions.data.rglob("*")):
            if entry.is_file() and not entry.is_symlink():
                found.append((entry.resolve(), data / entry.relative_to(conditions.data)))
    return found


@functools.lru_cache(maxsize=1)
def _system() -> tuple[list[tuple[str, Path, Path]], list[Path]]:
    """Mounts of libraries and interpreter (option, here, there), and folders to hide in them."""
    entries: list[tuple[str, Path, Path]] = []
    hidden: list[Path] = []
    for name in ("/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32", "/lib", "/lib32", "/lib64", "/libx32"):
        path = Path(name)
        if path.is_symlink():
            entries.append(("--symlink", Path(os.readlink(path)), path))
        elif path.is_dir():
            entries.append(("--ro-bind", path, path))
            for pattern in ("python3*/site-packages", "python3*/dist-packages"):
                hidden += [found for found in path.glob(pattern) if found.is_dir() and not found.is_symlink()]
    cache = Path("/etc/ld.so.cache")
    if cache.exists():
        entries.append(("--ro-bind", cache, cache))
    seen = [there for option, _, there in entries if option == "--ro-bind"]
    interpreter = python()
    for path in [interpreter, *_standard_library(), *interpreter.parent.parent.glob("lib/libpython*")]:
        if not any(path.is_relative_to(folder) for folder in seen):
            entries.append(("--ro-bind", path, path))
        for pattern in ("site-packages", "dist-packages"):
            if (path / pattern).is_dir():
                hidden.append(path / pattern)
    return entries, sorted(set(hidden))


def python() -> Path:
    """The interpreter itself, outside any virtual environment."""
    return Path(os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable))


def _standard_library() -> list[Path]:
    base = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix, "installed_base": sys.base_prefix}
    base["installed_platbase"] = sys.base_exec_prefix
    paths = {Path(sysconfig.get_path(name, vars=base)) for name in ("stdlib", "platstdlib")}
    return sorted(path for path in paths if path.is_dir())


@dataclass(frozen=True)
class Program:
    """What runs in the sandbox: Python source for `-c`, the capabilities it keeps, where it finds the released data."""

    source: str
    capabilities: tuple[str, ...] = ()
    data: Path = WORK


def command(conditions: Conditions, channel: int, info: int, rules: int, program: Program) -> list[str]:
    """The bubblewrap command line that starts a worker."""
    system, hidden = _system()
    binds = [(option, str(here), str(there)) for option, here, there in system]
    binds += [("--tmpfs", "", str(folder)) for folder in hidden]
    folders: set[Path] = set()
    arguments = ["--size", str(FOLDER_BYTES), "--perms", "1777", "--tmpfs", str(WORK)]
    arguments += ["--size", str(FOLDER_BYTES), "--perms", "1777", "--tmpfs", "/tmp", "--dev", "/dev"]
    arguments += ["--size", str(FOLDER_BYTES), "--perms", "1777", "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
    if program.data != WORK:
        arguments += ["--perms", "0755", "--dir", str(program.data)]
    binds += [("--ro-bind", str(here), str(there)) for here, there in mounts(conditions, program.data)]
    for option, source, goal in binds:
        # Folders on the way to a mount would be closed to the unprivileged user.
        for folder in reversed(Path(goal).parents):
            if folder != Path("/") and folder not in folders and folder != WORK and option != "--tmpfs":
                if not any(folder.is_relative_to(mounted) for o, _, mounted in system if o == "--ro-bind"):
                    arguments += ["--perms", "0755", "--dir", str(folder)]
                folders.add(folder)
        arguments += [option, goal] if option == "--tmpfs" else [option, source, goal]
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


# --- the process ----------------------------------------------------------------------------------------------


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

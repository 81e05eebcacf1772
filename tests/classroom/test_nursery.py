"""A worker forked from a process that imported before is as alone as one that was started on its own."""

import os
import random
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from classroom.judging.judge import judge
from classroom.model import Conditions, Step
from classroom.sandboxing import nursery

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("forked")]
CONDITIONS = Conditions(seconds_per_cell=10, seconds_total=30)
TEST = [Step("test", "t", "assert True", 1.0)]


def told(cell: str, conditions: Conditions = CONDITIONS) -> str:
    """What a submission of this one cell prints."""
    verdict = judge([Step("student", "cell", cell), *TEST], conditions, b"seed")
    assert not [o for o in verdict.outputs["cell"] if o["output_type"] == "error"], verdict.outputs
    return "".join(o["text"] for o in verdict.outputs["cell"] if o["output_type"] == "stream")


LEAVE = """
import builtins, ctypes, os, socket, sys, threading, time
import numpy as np
import random
libc = ctypes.CDLL(None, use_errno=True)
for folder in (".", "/tmp", "/dev/shm"):
    with open(folder + "/left", "w") as file:
        file.write("TREASURE")
# Modules and built-ins of this process, its memory, its environment.
builtins.left = np.left = sys.left = "TREASURE"
np.add = None
os.environ["LEFT"] = "TREASURE"
array = np.frombuffer(ctypes.string_at(id(np.pi), 24), dtype=np.uint8)
# Another process, a thread, named sockets, System V memory and queues.
if os.fork() == 0:
    os.setsid()
    while True:
        time.sleep(1)
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
server = socket.socket(socket.AF_UNIX)
server.bind(chr(0) + "left")
server.listen()
inet = socket.socket()
inet.bind(("127.0.0.1", 8765))
inet.listen()
number = libc.shmget(77, 4096, 0o1666)
queue = libc.msgget(77, 0o1666)
semaphores = libc.semget(77, 1, 0o1666)
libc.sethostname(b"left", 4)
kept = os.open("/dev/null", os.O_RDWR)
for number in range(10, 40):
    os.dup2(kept, number)
os.umask(0)
print("done")
"""

LOOK = """
import builtins, ctypes, os, socket, sys, threading
import numpy as np
libc = ctypes.CDLL(None, use_errno=True)
found = []
for folder in (".", "/tmp", "/dev/shm"):
    found += [folder + "/" + name for name in os.listdir(folder)]
found += [name for module in (builtins, np, sys) for name in ("left",) if hasattr(module, name)]
if np.add is None: found.append("np.add")
if "LEFT" in os.environ: found.append("environment")
if threading.active_count() != 1: found.append("threads")
for family, address in ((socket.AF_UNIX, chr(0) + "left"), (socket.AF_INET, ("127.0.0.1", 8765))):
    with socket.socket(family) as sock:
        if sock.connect_ex(address) == 0: found.append("socket")
for call in (libc.msgget, lambda key, flags: libc.semget(key, 1, flags)):
    if call(77, 0) >= 0: found.append("System V")
if os.uname().nodename == "left": found.append("host name")
for pid in range(1, 2000):
    if pid in (1, os.getpid()): continue
    try:
        os.kill(pid, 0)
        found.append("process")
    except ProcessLookupError:
        pass
    except PermissionError:
        found.append("another user's process")
files = []
for number in range(0, 128):
    try:
        os.fstat(number)
        files.append(number)
    except OSError:
        pass
if files != [0, 1, 2, 3]: found.append(str(files))
print(found)
"""


def test_nothing_of_one_submission_reaches_the_next() -> None:
    assert told(LEAVE) == "done\n"
    assert told(LOOK) == "[]\n"


def test_nor_one_that_is_judged_at_the_same_time() -> None:
    other = nursery.start(CONDITIONS)
    try:
        # The other worker lives; this one sees neither it nor the process both were forked from.
        assert told(LOOK) == "[]\n"
    finally:
        other.end()


def test_the_forked_worker_has_no_rights() -> None:
    cell = """
import ctypes, os, struct
libc = ctypes.CDLL(None, use_errno=True)
allowed = []
def attempt(name, *arguments):
    if getattr(libc, name)(*arguments) == 0: allowed.append(name)
attempt("unshare", 0x20000)
attempt("unshare", 0x10000000)
attempt("mount", b"tmpfs", b"/tmp", b"tmpfs", 0, None)
attempt("umount2", b"/work", 2)
attempt("umount2", b"/released", 2)
attempt("chroot", b"/tmp")
attempt("sethostname", b"x", 1)
attempt("setuid", 0)
attempt("setresuid", 0, 0, 0)
attempt("ptrace", 16, 1, 0, 0)
header, data = struct.pack("Ii", 0x20080522, 0), ctypes.create_string_buffer(24)
libc.capget(header, data)
everything = struct.pack("IIIIII", *[0xFFFFFFFF] * 6)
attempt("capset", header, everything)
for call in (319, 248, 250, 29):
    if libc.syscall(call, 0, 0, 0, 0, 0) >= 0: allowed.append(call)
writable = [f for f in ("/", "/site", "/dev", "/usr/lib", "/released") if os.access(f, os.W_OK)]
print(allowed, any(data.raw), libc.prctl(39, 0, 0, 0, 0), libc.prctl(21, 0, 0, 0, 0), writable, os.listdir("/released"))
"""
    assert told(cell) == "[] False 1 2 [] []\n"


def test_each_has_random_numbers_of_its_own() -> None:
    cell = "import random, numpy as np\nprint(random.random(), np.random.rand())"
    assert told(cell) != told(cell)


def test_the_released_data_is_there_and_cannot_be_changed(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "points.csv").write_text("1,2\n")
    (tmp_path / "more" / "b.txt").write_text("b")
    cell = """
import os
print(open("points.csv").read().strip(), sorted(os.path.join(t, f) for t, _, fs in os.walk(".") for f in fs))
for change in (lambda: open("points.csv", "w"), lambda: os.remove("points.csv"), lambda: os.chmod("points.csv", 0o777)):
    try:
        change()
        print("changed")
    except OSError:
        pass
"""
    conditions = Conditions(data=tmp_path, seconds_per_cell=10, seconds_total=30)
    wanted = "1,2 ['./more/b.txt', './points.csv']\n"
    assert told(cell, conditions) == wanted
    # What the judge's own tests write beside it is not handed to anybody.
    (tmp_path / "left.txt").write_text("TREASURE")
    assert "left" in told("import os\nprint(os.listdir())", conditions)
    (tmp_path / "left.txt").unlink()
    assert told(cell, conditions) == wanted


def test_everything_of_it_is_dead_when_the_judge_is_done() -> None:
    process = nursery.start(CONDITIONS)
    assert process.inner is not None and Path(f"/proc/{process.inner}").exists()
    process.end()
    for _ in range(100):
        if not Path(f"/proc/{process.inner}").exists():
            break
        time.sleep(0.02)
    assert not Path(f"/proc/{process.inner}").exists() and process.process.poll() is not None


def test_a_zygote_that_died_is_replaced() -> None:
    nursery.start(CONDITIONS).end()
    old = nursery._zygotes[next(reversed(nursery._zygotes))]
    os.kill(old.inner, signal.SIGKILL)
    old.process.wait()
    assert told("print(1)") == "1\n"
    assert nursery.unable() == ""


def test_where_there_is_none_workers_are_started_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def no(*arguments: object) -> None:
        raise nursery.Unable("the system says no")

    monkeypatch.setattr(nursery, "_zygote", no)
    monkeypatch.setattr(nursery, "_unable", "")
    assert told("print(1)") == "1\n"
    assert nursery.unable() == "the system says no"


def test_a_package_that_leaves_a_thread_running_is_not_forked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "threaded_package"
    package.mkdir()
    (package / "__init__.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(99,)).start()"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(nursery.Unable, match="threads running"):
        nursery.Zygote(Conditions(("numpy", "threaded_package")))


def test_the_judges_own_random_numbers_are_left_alone() -> None:
    random.seed(1)
    np.random.seed(1)
    before = random.random(), np.random.rand()
    random.seed(1)
    np.random.seed(1)
    told("print(1)")
    assert (random.random(), np.random.rand()) == before

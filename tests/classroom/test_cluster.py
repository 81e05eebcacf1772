"""Grading on a Dask cluster: on one of its own, on one that is there already, and when a worker dies."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_resume import CLASSROOM, class_of, finished, whole
from toycourse import NAME, RIGHT, answered, course, generated, hand_in, points, released  # noqa: F401

from classroom.assignments.course import Course
from classroom.grading import pool
from classroom.judging import execution
from classroom.model import Conditions, Step, Verdict

pytestmark = pytest.mark.sandbox
DASK = [sys.executable, "-m", "distributed.cli.dask_scheduler"], [sys.executable, "-m", "distributed.cli.dask_worker"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two worker processes on this machine: its address, and the workers."""
    address = f"tcp://127.0.0.1:{free_port()}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    port = address.rsplit(":", 1)[1]
    first = subprocess.Popen([*DASK[0], "--host", "127.0.0.1", "--port", port, "--no-dashboard"], **quiet)  # type: ignore[call-overload]
    options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "0", "--local-directory", tmp_path]
    workers = [subprocess.Popen([*DASK[1], address, *map(str, options)], **quiet) for _ in range(2)]  # type: ignore[call-overload]
    yield address, workers
    for process in (*workers, first):
        process.kill()
        process.wait()


def test_a_worker_that_dies_costs_no_mark_and_nothing_is_recorded_twice(
    course: Course,  # noqa: F811
    scheduler: tuple[str, list[subprocess.Popen[bytes]]],
) -> None:
    address, workers = scheduler
    slow = "import time\ntime.sleep(0.4)\n" + RIGHT["square"]
    for i in range(14):
        hand_in(course, f"s{i:02d}", answered(course, square=slow, mean=RIGHT["mean"]))
    process = subprocess.Popen(
        [*CLASSROOM, "grade", "ps99", "--json", "--scheduler", address],
        cwd=course.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    autograded = course.root / "course" / "autograded"
    while len(list(autograded.glob(f"*/{NAME}"))) < 3 and process.poll() is None:
        time.sleep(0.02)
    workers[0].send_signal(signal.SIGKILL)
    output, said = process.communicate(timeout=180)
    assert process.returncode == 0, said
    # It died in mid-run: what was left had to be done by the other.
    rows = [row["student"] for row in json.loads(output)["rows"]]
    assert sorted(rows) == [f"s{i:02d}" for i in range(14)]
    assert {tuple(items.values()) for items in points(course).values()} == {(8.0, 8.0, 0.0)}
    assert workers[0].poll() == -signal.SIGKILL and workers[1].poll() is None
    whole(course)


def test_a_cluster_of_its_own_gives_the_same_marks(course: Course) -> None:  # noqa: F811
    class_of(course, 7)
    finished(course, "--jobs", "1")
    wanted = points(course)
    import shutil

    shutil.rmtree(course.root / "course" / "cache")
    summary = finished(course, "--jobs", "2", "--force")
    assert points(course) == wanted and not any(row["cached"] for row in summary["rows"])


def test_a_job_that_ends_its_worker_costs_the_others_of_its_batch_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def each(jobs: list[str], own_core: bool) -> list[Verdict]:
        if "deadly" in jobs:
            os._exit(1)
        return [Verdict({}, seconds=0.06) for _ in jobs]

    monkeypatch.setattr(pool, "each", each)
    with pool.Cluster(2) as cluster:
        cluster.size = 3
        for k in range(7):
            cluster.submit(k, "deadly" if k == 1 else "quick", 100)  # type: ignore[arg-type]
        found = {}
        while cluster.busy:
            tag, outcome = cluster.next()
            found[tag] = outcome
    killer = found.pop(1)
    assert isinstance(killer, pool.ClusterError) and "each process that began to execute it died" in str(killer)
    assert found == {k: Verdict({}, seconds=0.06) for k in (0, 2, 3, 4, 5, 6)}
    assert cluster.size == 10  # of 0.06 s in 0.6 s


def test_batches_get_smaller_towards_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    monkeypatch.setattr(pool.Cluster, "_send", lambda self, batch: sent.append(len(batch)))
    cluster = pool.Cluster(2)
    cluster.workers, cluster.size = 2, 8
    for k in range(40):
        cluster.submit(k, "quick", 39 - k)  # type: ignore[arg-type]
    # A worker is two batches ahead, so each of the two gets at most a quarter of what is left.
    assert sent == [8, 8, 6, 5, 4, 3, 2, 1, 1, 1, 1] and sum(sent) == 40


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system has no affinity to cores")
def test_workers_for_every_core_keep_to_one_each_and_fewer_are_left_free() -> None:
    cores = os.sched_getaffinity(0)

    def where(first: bool) -> set[int]:
        if first:
            pool.each([], True)
        return os.sched_getaffinity(0)

    assert not pool.Cluster(len(cores), "tls://cluster.example.org:8786").whole_machine
    assert pool.Cluster(len(cores) - 1).whole_machine is False
    with pool.Cluster(len(cores)) as cluster:
        assert cluster.whole_machine
        addresses = list(cluster.client.scheduler_info(n_workers=-1)["workers"])
        found = [cluster.client.submit(where, True, workers=[a], pure=False).result() for a in addresses]
    assert sorted(core for kept in found for core in kept) == sorted(cores)
    assert os.sched_getaffinity(0) == cores


def test_one_submission_does_not_import_dask(course: Course) -> None:  # noqa: F811
    class_of(course, 2)
    code = (
        "import sys\nfrom classroom.commands.app import app\n"
        "try:\n    app(['grade', 'ps99', '--student', 's00'])\n"
        "finally:\n    print('distributed' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=course.root, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "False", done.stderr


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("tcp://10.0.0.7:8786", "10.0.0.7 is another machine, and a scheduler executes whatever it is sent: use TLS"),
        ("cluster.example.org:8786", "cluster.example.org is another machine"),
        ("tls://cluster.example.org:8786", "there is no certificate; set distributed.comm.tls"),
        ("ws://127.0.0.1:1", "expected tls://HOST:PORT"),
        ("127.0.0.1", "expected tls://HOST:PORT"),
        ("tcp://127.0.0.1:x", "expected tls://HOST:PORT"),
    ],
)
def test_only_tls_or_this_machine(course: Course, address: str, said: str) -> None:  # noqa: F811
    class_of(course, 2)
    command = [*CLASSROOM, "grade", "ps99", "--scheduler", address]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr
    assert points(course) == {}


def test_a_scheduler_that_is_not_there(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(pool, "CONNECT", 1.0)
    with (
        pytest.raises(pool.ClusterError, match=r"no scheduler answers at tcp://127\.0\.0\.1:"),
        pool.Cluster(1, f"tcp://127.0.0.1:{free_port()}"),
    ):
        pass


def test_the_local_cluster_speaks_to_nobody_without_its_certificate() -> None:
    from distributed import Client

    with pool.Cluster(1) as cluster:
        address = cluster.client.scheduler.address
        assert address.startswith("tls://127.0.0.1:")

        async def intrude() -> None:
            async with Client(address.replace("tls://", "tcp://"), asynchronous=True, timeout=2, set_as_default=False):
                pass

        with pytest.raises(OSError):
            asyncio.run(intrude())


def test_a_machine_with_other_packages_does_not_grade() -> None:
    job = execution.Job((Step("test", "t", "assert True", 1.0),), Conditions(), (), b"s", True, "numpy 0.1")
    with pytest.raises(execution.OtherEnvironment, match=r"install the same constraints\.txt"):
        execution.execute(job)


def test_what_is_sent_holds_the_students_seed_and_not_the_secret(
    course: Course,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import pickle

    sent: list[execution.Job] = []

    def execute(job: execution.Job, **options: object) -> Verdict:
        sent.append(job)
        return Verdict({})

    monkeypatch.setattr(execution, "execute", execute)
    hand_in(course, "ada", released(course))
    from typer.testing import CliRunner

    from classroom.commands.app import app

    assert CliRunner().invoke(app, ["grade", "ps99"]).exit_code == 0
    secret = Path(os.environ["CHAINRULE_SECRET_FILE"]).read_bytes().strip()
    crossing = pickle.dumps(sent)
    assert sent[0].seed in crossing and secret not in crossing and b"ada" not in crossing
    # Nor does the cache hold the seed where the name of a file would tell it.
    assert not [p for p in (course.root / "course" / "cache").rglob("*") if sent[0].seed.hex() in p.name]

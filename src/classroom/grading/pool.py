"""Where submissions are executed: in this process, or by Dask's workers, here or on other machines.

A Dask scheduler executes whatever it is sent, with the rights of whoever started it. So a real one is spoken to
over TLS or on this machine only, and the local cluster uses TLS with a certificate that nobody else has: on a
shared machine another user could otherwise send it work of his own.
"""

from __future__ import annotations

import ipaddress
import os
import queue
import time
from typing import Any, Self
from urllib.parse import urlsplit

from ..judging import execution
from ..judging.execution import Job
from ..model import Verdict

# Seconds a run goes on without a single worker, how often it looks, and how long it waits for a scheduler.
PATIENCE, LOOK, CONNECT = 60.0, 1.0, 15.0
# Batches under way for each worker: the next one is there when one is done, and memory stays flat.
AHEAD = 2
# Jobs go to workers in batches that take about so many seconds: Dask spends 6 ms on a batch, whatever is in it.
BATCH_SECONDS, BATCH_MOST = 0.6, 16
TLS_ADVICE = (
    "set distributed.comm.tls (ca-file, and client.cert and client.key) in Dask's configuration, as the scheduler has"
)


class ClusterError(RuntimeError):
    """The cluster cannot be used; the message says why and what to do."""


class Here:
    """Executes each job at once, in this process."""

    def __init__(self, *, preload: bool = False) -> None:
        self.preload = preload
        self.done: list[tuple[Any, Verdict | Exception]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    @property
    def full(self) -> bool:
        """Whether a result must be taken before the next job is given."""
        return bool(self.done)

    @property
    def busy(self) -> bool:
        """Whether results are still to come."""
        return bool(self.done)

    def submit(self, tag: Any, job: Job, left: int = 0) -> None:
        """Execute a job; `tag` comes back with what it gave, and how many are `left` is no matter."""
        try:
            self.done.append((tag, execution.execute(job, preload=self.preload)))
        except Exception as error:
            # Reported with the submission it belongs to; the others are graded all the same.
            self.done.append((tag, error))

    def next(self) -> tuple[Any, Verdict | Exception]:
        """The next result."""
        return self.done.pop(0)


class Cluster:
    """Executes jobs on a Dask cluster: on one of its own with `jobs` processes, or on that at `scheduler`."""

    def __init__(self, jobs: int, scheduler: str = "") -> None:
        self.jobs, self.scheduler = jobs, scheduler
        # With a worker for each core nobody else's work is crowded out when each keeps to its own.
        self.whole_machine = not scheduler and hasattr(os, "sched_getaffinity") and jobs >= len(os.sched_getaffinity(0))
        self.cluster: Any = None
        self.waiting: list[tuple[Any, Job]] = []
        self.under_way: dict[Any, list[tuple[Any, Job]]] = {}
        self.suspects: list[tuple[Any, Job]] = []
        self.done: list[tuple[Any, Verdict | Exception]] = []
        self.size = 1
        self.finished: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        import dask
        import distributed  # noqa: F401  (it brings the defaults that are changed here)

        # One process imports Dask and the others are forked from it.
        settings = {
            "distributed.worker.multiprocessing-method": "forkserver",
            "distributed.worker.profile.enabled": False,
            "distributed.scheduler.allowed-failures": 3,
            "distributed.comm.timeouts.connect": "20s",
            # Its logs keep the last jobs whole, 60 kB each in this process, a thousand of them by default.
            "distributed.admin.low-level-log-length": 10,
        }
        self.settings = dask.config.set(settings)
        try:
            self.client = self._connect() if self.scheduler else self._start()
        except BaseException:
            self._close()
            raise
        self.workers = max(1, len(self.client.scheduler_info(n_workers=-1)["workers"]))
        return self

    def _start(self) -> Any:
        from distributed import Client, LocalCluster, Security

        try:
            self.cluster = LocalCluster(
                n_workers=self.jobs,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                # Its page of states is not wanted. It is served all the same, so let it not insist on one port.
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False},
                memory_limit=0,
                security=Security.temporary(),
                silence_logs=50,
            )
        except (OSError, RuntimeError) as error:
            raise ClusterError(f"{self.jobs} processes could not be started ({error}); try --jobs 1") from error
        return Client(self.cluster, set_as_default=False)

    def _connect(self) -> Any:
        from distributed import Client, Security

        address = checked(self.scheduler)
        security: Any = None
        if address.startswith("tls://"):
            security = Security(require_encryption=True)
            if not (security.tls_ca_file and security.tls_client_cert):
                raise ClusterError(f"--scheduler {self.scheduler}: there is no certificate; {TLS_ADVICE}")
        try:
            client = Client(address, security=security, timeout=CONNECT, set_as_default=False)
        except (OSError, RuntimeError) as error:
            raise ClusterError(f"no scheduler answers at {address}: {str(error).splitlines()[0]}") from None
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            client.close()
            raise ClusterError(
                f"the scheduler at {address} has had no worker for {PATIENCE:.0f} s; start some: dask worker {address}"
            ) from None
        return client

    def __exit__(self, *exc: object) -> None:
        self._close()

    def _close(self) -> None:
        for future in list(self.under_way):
            future.cancel()
        client = getattr(self, "client", None)
        if client is not None:
            client.close()
        if self.cluster is not None:
            self.cluster.close()
        self.settings.__exit__(None, None, None)

    @property
    def full(self) -> bool:
        """Whether a result must be taken before the next job is given."""
        return bool(self.done) or len(self.under_way) >= AHEAD * self.workers

    @property
    def busy(self) -> bool:
        """Whether results are still to come."""
        return bool(self.done or self.under_way or self.waiting or self.suspects)

    def submit(self, tag: Any, job: Job, left: int = 0) -> None:
        """Send a job; `tag` comes back with what it gave.

        When few are `left` (at most so many will follow), batches get smaller, so that all workers end together.
        """
        self.waiting.append((tag, job))
        if len(self.waiting) >= min(self.size, (len(self.waiting) + left) / (AHEAD * self.workers)):
            self._send(self.waiting)
            self.waiting = []

    def _send(self, batch: list[tuple[Any, Job]]) -> None:
        future = self.client.submit(each, [job for _, job in batch], self.whole_machine, pure=False)
        self.under_way[future] = batch
        future.add_done_callback(self.finished.put)

    def next(self) -> tuple[Any, Verdict | Exception]:
        """The next result to be ready, in whatever order.

        Raises
        ------
        ClusterError
            When there has been no worker for a minute; a worker that dies is no matter, its jobs go to another.
        """
        while not self.done:
            if self.waiting and not self.full:
                self._send(self.waiting)
                self.waiting = []
            elif not self.under_way:
                self._settle(*self.suspects.pop())
                break
            self._take(self._ended())
        return self.done.pop(0)

    def _ended(self) -> Any:
        """The next batch to end."""
        alone_since = None
        while True:
            try:
                return self.finished.get(timeout=LOOK)
            except queue.Empty:
                self.workers = len(self.client.scheduler_info(n_workers=-1)["workers"])
                alone_since = None if self.workers else alone_since or time.monotonic()
                if alone_since is not None and time.monotonic() - alone_since > PATIENCE:
                    raise ClusterError(
                        "the cluster has lost all its workers; what was graded is recorded, "
                        "and the same command goes on from there"
                    ) from None

    def _take(self, future: Any) -> None:
        """What a batch gave."""
        batch = self.under_way.pop(future)
        if future.status == "finished":
            outcomes = future.result()
            self.done += [(tag, outcome) for (tag, _), outcome in zip(batch, outcomes, strict=True)]
            seconds = [outcome.seconds for outcome in outcomes if isinstance(outcome, Verdict)]
            if seconds:
                self.size = max(1, min(BATCH_MOST, int(BATCH_SECONDS * len(seconds) / max(sum(seconds), 0.001))))
        else:
            # Every worker that had it has died, and it may have been another job's doing.
            self.suspects += batch

    def _settle(self, tag: Any, job: Job) -> None:
        """A suspect by itself, with nothing else under way: now what happens is its own doing."""
        self._send([(tag, job)])
        future = self._ended()
        del self.under_way[future]
        if future.status == "finished":
            self.done.append((tag, future.result()[0]))
            return
        outcome = future.exception() if future.status == "error" else None
        if type(outcome).__name__ == "KilledWorker":
            outcome = ClusterError(
                "each process that began to execute it died, with nothing else under way; "
                "memory may be short: look at it alone, with --student and --jobs 1"
            )
        error = outcome if isinstance(outcome, Exception) else ClusterError(f"the job was {future.status}")
        self.done.append((tag, error))


def each(jobs: list[Job], own_core: bool) -> list[Verdict | Exception]:
    """In a worker: what each job gave, or why it gave nothing."""
    if own_core:
        _keep_to_one_core()
    outcomes: list[Verdict | Exception] = []
    for job in jobs:
        try:
            outcomes.append(execution.execute(job, preload=True))
        except Exception as error:
            # Reported with the submission it belongs to; the others are graded all the same.
            outcomes.append(error)
    return outcomes


def _keep_to_one_core() -> None:
    """This worker and all it starts: judge and submission take turns, and moving them about costs a tenth."""
    from distributed import get_worker

    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        os.sched_setaffinity(0, {cores[int(get_worker().name) % len(cores)]})


def checked(address: str) -> str:
    """The scheduler's address in full, if it may be used.

    >>> checked("127.0.0.1:8786"), checked("tls://cluster.example.org:8786")
    ('tcp://127.0.0.1:8786', 'tls://cluster.example.org:8786')

    Raises
    ------
    ClusterError
        When it is neither TLS nor on this machine: anybody on the way could run commands as you.
    """
    full = address if "://" in address else f"tcp://{address}"
    parts = urlsplit(full)
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme not in ("tcp", "tls") or not parts.hostname or port is None:
        raise ClusterError(f"--scheduler {address}: expected tls://HOST:PORT, or tcp://127.0.0.1:PORT on this machine")
    if parts.scheme == "tcp" and not _is_this_machine(parts.hostname):
        raise ClusterError(
            f"--scheduler {address}: {parts.hostname} is another machine, and a scheduler executes whatever it is "
            f"sent: use TLS (tls://{parts.hostname}:{port}); {TLS_ADVICE}"
        )
    return full


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

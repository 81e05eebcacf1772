"""One run at a time: a lock in the course's folder, and one in the database where that is a PostgreSQL server.

The folder's lock keeps apart the runs of one machine; instructors on two machines share the database alone. Both
locks end with the process that holds them, however it ends.
"""

from __future__ import annotations

import fcntl
import getpass
import hashlib
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from .record import RecordError, address, reason, unusable

# A machine that lost its power says no goodbye: the server asks after this many seconds of silence, and again.
ALIVE = {"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"}
HOLDER = """
SELECT a.pid, a.usename, a.application_name, host(a.client_addr) AS host, a.backend_start
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND l.classid::bigint = ((:key)::bigint >> 32) & 4294967295 AND l.objid::bigint = (:key)::bigint & 4294967295
"""


class Busy(RuntimeError):
    """Another run is at work on this course."""


@contextmanager
def alone(coursedir: Any, *, database: bool = True) -> Iterator[Callable[[], None]]:
    """Hold the course's locks; what is given is to be called before each write, to make sure of them.

    Parameters
    ----------
    database
        Whether the run writes into the gradebook, too; else the folder's lock is enough.

    Raises
    ------
    Busy
        When another run has one of them; the message says which, and what to do.
    RecordError
        When a lock cannot be asked for.
    """
    with _folder(Path(coursedir.root)):
        if not database or not _is_server(coursedir.db_url):
            yield lambda: None
            return
        with _database(coursedir.db_url, coursedir.course_id) as held:
            yield held


@contextmanager
def _folder(root: Path) -> Iterator[None]:
    path = root / "course" / ".grading.lock"
    try:
        path.parent.mkdir(exist_ok=True)
        lock = open(path, "w")  # noqa: SIM115
    except OSError as error:
        raise RecordError(f"{path} cannot be written ({error.strerror}): grading writes there") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"another grading run is at work in {root}; wait until it has ended") from None
        yield


def _is_server(db_url: str) -> bool:
    try:
        return make_url(db_url).get_backend_name() == "postgresql"
    except ArgumentError:
        return False  # the gradebook itself will say so


def key(course_id: str) -> int:
    """The number of a course's lock: 64 bits with sign, as PostgreSQL wants it, the same on every machine.

    >>> key("chainrule") == key("chainrule"), key("chainrule") != key("another"), abs(key("chainrule")) < 2**63
    (True, True, True)
    """
    digest = hashlib.sha256(f"classroom grading {course_id}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


@contextmanager
def _database(db_url: str, course_id: str) -> Iterator[Callable[[], None]]:
    """Hold PostgreSQL's advisory lock, on a connection that is for nothing else."""
    number = key(course_id)
    lost = f"the connection to {address(db_url)} that keeps other runs away was lost; type the same command again"
    connection = _connected(db_url)
    try:
        try:
            got = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": number}).scalar_one()
            who = "" if got else _holder(connection, number)
        except SQLAlchemyError as error:
            raise RecordError(f"the gradebook {address(db_url)} gives no lock: {reason(error)}") from None
        if not got:
            raise Busy(
                f"another run is at work on the course {course_id} in the gradebook {address(db_url)}: {who}.\n"
                "Wait until it has ended, then type the same command again. The lock goes when that process ends."
            )

        def held() -> None:
            try:
                connection.execute(text("SELECT 1"))
            except SQLAlchemyError as error:
                raise RecordError(f"{lost} ({reason(error)})") from None

        yield held
    finally:
        # The server lets go of a connection's locks when it ends; a lost one has ended already.
        connection.invalidate()
        connection.close()


def _connected(db_url: str) -> Connection:
    try:
        connection = create_engine(db_url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect()
        me = f"classroom: {_user()} on {platform.node()}, process {os.getpid()}"
        for setting, value in {"application_name": me, **ALIVE}.items():
            connection.execute(text("SELECT set_config(:setting, :value, false)"), {"setting": setting, "value": value})
        return connection
    except (SQLAlchemyError, ImportError) as error:
        raise RecordError(unusable(error, address(db_url))) from None


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.getuid()}"  # a container's, which has no name


def _holder(connection: Connection, number: int) -> str:
    """Who has the lock, as far as the server tells: other accounts' machine and time it tells to few."""
    row = connection.execute(text(HOLDER), {"key": number}).one_or_none()
    if row is None:
        return "it ended a moment ago"
    name = str(row.application_name or "").removeprefix("classroom: ") or "a program without a name"
    since = f", since {row.backend_start:%Y-%m-%d %H:%M:%S %Z}" if row.backend_start else ""
    place = f" from {row.host}" if row.host else ""
    return f"{name}{since} (the server's account {row.usename}{place}, its process {row.pid})"

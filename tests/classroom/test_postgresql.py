"""The gradebook in PostgreSQL: generate, grade, marks by hand, grade again, feedback, export, on a real server.

The server is started for these tests, as an unprivileged user, in a folder of its own, and speaks on a socket
there alone. They are skipped, saying so, only where its programs cannot be had; in continuous integration they fail.
"""

from __future__ import annotations

import csv
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from test_cli import classroom
from test_resume import CLASSROOM, class_of, finished, killed_and_resumed, started
from toycourse import NAME, RIGHT, ROOT, TOY, answered, feedback, hand_in, points

from classroom.assignments import course as courses
from classroom.assignments.course import Course
from classroom.grading import lock, record

pytestmark = pytest.mark.sandbox
PROGRAMS = ("initdb", "pg_ctl", "postgres")


def programs() -> Path | None:
    """The folder of PostgreSQL's server programs: Debian keeps them off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    found += [Path(on_path).resolve().parent] if on_path else []
    return next((folder for folder in found if all((folder / name).exists() for name in PROGRAMS)), None)


@pytest.fixture(scope="module")
def server() -> Iterator[Callable[[str], str]]:
    """A running server: a function that makes a new database and gives its address."""
    place = programs()
    if place is None:
        report = pytest.fail if os.environ.get("CI") else pytest.skip
        report("PostgreSQL's server is not installed; sudo apt install postgresql")
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'chainrule[postgresql]'")
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        data = Path(folder) / "data"
        user: dict[str, object] = {}
        owner = pwd.getpwuid(os.geteuid()).pw_name
        if os.geteuid() == 0:
            # The server refuses to run as root.
            account = next(
                (n for n in ("postgres", "nobody") if n in {entry.pw_name for entry in pwd.getpwall()}), None
            )
            assert account is not None
            entry = pwd.getpwnam(account)
            os.chown(folder, entry.pw_uid, entry.pw_gid)
            user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
            owner = account

        def run(*command: str) -> None:
            done = subprocess.run(
                command,
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=120,
                env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
                **user,
            )  # type: ignore[call-overload]
            assert done.returncode == 0, (command, done.stdout, done.stderr)

        run(str(place / "initdb"), "-D", str(data), "-A", "trust", "-U", owner, "-E", "UTF8", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        log = str(Path(folder) / "log")
        run(str(place / "pg_ctl"), "-D", str(data), "-w", "-t", "60", "-l", log, "-o", options, "start")
        try:

            def database(name: str) -> str:
                run(str(place / "createdb"), "-h", folder, "-U", owner, name)
                return f"postgresql+psycopg://{owner}@/{name}?host={folder}"

            yield database
        finally:
            run(str(place / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")


@pytest.fixture
def course(server: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """The toy course with its gradebook in a new database."""
    monkeypatch.setenv("CHAINRULE_SECRET_FILE", str(tmp_path / "secret"))
    folder = tmp_path / "course"
    shutil.copytree(TOY, folder / "solutions")
    name = "".join(c for c in tmp_path.name if c.isalnum()).lower()[-40:]
    config = (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
    (folder / "nbgrader_config.py").write_text(config + f'\nc.CourseDirectory.db_url = "{server(name)}"\n')
    monkeypatch.chdir(folder)
    done = subprocess.run([*CLASSROOM, "generate", "ps99"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + done.stdout
    return courses.find(folder)


def test_the_whole_way(course: Course) -> None:
    hand_in(course, "ada", answered(course, **RIGHT, explain="Squares are never negative."))
    hand_in(course, "bob", answered(course, square="def square(x):\n    return x + x", mean=RIGHT["mean"]))
    hand_in(course, "cyd", "{")
    summary = finished(course)
    assert {row["student"]: row["points"] for row in summary["rows"]} == {"ada": 16.0, "bob": 8.0, "cyd": 0.0}
    assert not (course.root / "course" / "gradebook.db").exists()
    with course.api.gradebook as gradebook:
        gradebook.find_grade("explain", NAME, NAME, "ada").manual_score = 3.0
        gradebook.find_comment("explain", NAME, NAME, "ada").manual_comment = "Well put."
        gradebook.db.commit()
    # Marks given by hand survive grading again, with other inputs and with a change of mind.
    hand_in(course, "bob", answered(course, **RIGHT))
    finished(course, "--force", "--new-seed")
    assert points(course)["ada"] == {"square-check": 8.0, "mean-check": 8.0, "explain": 3.0}
    assert points(course)["bob"]["square-check"] == 8.0
    page = feedback(course, "ada")
    assert "Well put." in page.text and "Every check passed." in page.text
    done = subprocess.run([*CLASSROOM, "export", "--to", "marks.csv"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with open(course.root / "marks.csv", newline="", encoding="utf-8") as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert scores == {"ada": 19.0, "bob": 16.0, "cyd": 0.0}


def test_nbgraders_own_command(course: Course) -> None:
    hand_in(course, "ada", answered(course, **RIGHT))
    nbgrader = str(Path(sys.executable).with_name("nbgrader"))
    done = subprocess.run([nbgrader, "autograde", NAME], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert points(course)["ada"] == {"square-check": 8.0, "mean-check": 8.0, "explain": 0.0}


def test_kills_change_no_mark(course: Course) -> None:
    class_of(course, 5)
    killed_and_resumed(course, [1.5, 2.0], jobs=1, check=False)
    finished(course)
    found = points(course)
    assert [found[f"s{i:02d}"]["square-check"] for i in range(5)] == [8.0, 0.0, 0.0, 0.0, 0.0]


def test_a_server_that_does_not_answer_is_said_without_the_password(course: Course) -> None:
    class_of(course, 1)
    config = course.root / "nbgrader_config.py"
    text = config.read_text(encoding="utf-8")
    config.write_text(text + '\nc.CourseDirectory.db_url = "postgresql+psycopg://ann:hush@127.0.0.1:1/marks"\n')
    done = subprocess.run([*CLASSROOM, "grade", "ps99"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and "postgresql+psycopg://ann:***@127.0.0.1:1/marks" in done.stderr
    assert "hush" not in done.stderr and "Traceback" not in done.stderr


def test_the_password_of_an_address_is_not_shown() -> None:
    assert record.address("postgresql://ann:hush@host/marks") == "postgresql://ann:***@host/marks"
    assert record.address("nonsense") == "(not an address of a database)"


# Two instructors, two machines, one database


@pytest.fixture
def second(course: Course, tmp_path: Path) -> Course:
    """Another instructor's copy of the course's folder, with the same database."""
    shutil.copytree(course.root, tmp_path / "second")
    return courses.find(tmp_path / "second")


ENDING = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"


def asked(coursedir: CourseDirectory, statement: str) -> Any:
    """What the database answers."""
    engine = create_engine(coursedir.db_url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            result = connection.execute(text(statement))
            return result.scalar() if result.returns_rows else None
    finally:
        engine.dispose()


def locks(coursedir: CourseDirectory) -> int:
    """How many locks of this kind the server has given."""
    return int(asked(coursedir, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))


def until(wanted: int, course: Course, process: subprocess.Popen[str]) -> float:
    """Wait until the server has given so many locks; the seconds it took."""
    began = time.monotonic()
    while locks(course.coursedir) != wanted:
        assert time.monotonic() - began < 60 and (not wanted or process.poll() is None)
        time.sleep(0.02)
    return time.monotonic() - began


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_run_on_another_machine_is_told_and_can_begin_when_the_first_was_killed(
    course: Course, second: Course, jobs: str
) -> None:
    slow = f"import time\ntime.sleep(2)\n{RIGHT['square']}"
    for here in (course, second):
        for i in range(6):
            hand_in(here, f"s{i}", answered(here, square=slow, mean=RIGHT["mean"]))
    first = started(course, "--jobs", jobs)
    until(1, course, first)
    while not points(course):
        # Until it has begun to write marks: its workers are there, too.
        assert first.poll() is None
        time.sleep(0.05)
    other = started(second, "--jobs", jobs)
    _, said = other.communicate(timeout=120)
    assert first.poll() is None and other.returncode == 2, said
    assert "another run is at work on the course chainrule in the gradebook postgresql+psycopg://" in said
    assert f"on {os.uname().nodename}, process {first.pid}, since 20" in said
    assert "Wait until it has ended, then type the same command again." in said
    first.kill()
    assert until(0, course, first) < 5
    first.communicate()
    graded = len(points(course))
    assert 1 <= graded < 6
    summary = finished(second, "--jobs", jobs)
    assert len(summary["rows"]) == 6 and locks(course.coursedir) == 0
    assert {s: m["square-check"] for s, m in points(course).items()} == {f"s{i}": 8.0 for i in range(6)}


def test_whatever_writes_marks_asks_for_the_lock(
    course: Course, second: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for here in (course, second):
        hand_in(here, "ada", answered(here, **RIGHT))
        finished(here, "--force")
    before = points(course)
    notebook = tmp_path / "source" / "bob" / f"{NAME}.ipynb"
    notebook.parent.mkdir(parents=True)
    shutil.copy(course.root / "exercises" / NAME / f"{NAME}.ipynb", notebook)
    roster = tmp_path / "roster.csv"
    roster.write_text("Student,ID,SIS User ID,SIS Login ID,Section\nBob,17,bob,bob,A\n", encoding="utf-8")
    source = str(notebook.parent.parent)
    monkeypatch.chdir(second.root)
    with lock.alone(course.coursedir) as held:
        for words in (
            ("grade", "ps99", "--force"),
            ("regrade", "ps99", "--yes"),
            ("forget", "ada", "--yes"),
            ("collect", "ps99", source, "--roster", str(roster)),
        ):
            result = classroom(*words)
            assert result.exit_code == 2 and f"process {os.getpid()}, since" in result.output, (words, result.output)
        # Files alone are nobody else's business.
        assert classroom("collect", "ps99", source).exit_code == 0
        held()
    assert points(course) == before and (second.root / "course" / "submitted" / "ada").exists()
    for words in (("regrade", "ps99", "--yes"), ("collect", "ps99", source, "--roster", str(roster))):
        assert classroom(*words).exit_code == 0, words
    assert classroom("forget", "ada", "--yes").exit_code == 0 and points(course) == {}


def test_nbgraders_own_command_is_told_too(course: Course, second: Course) -> None:
    hand_in(second, "ada", answered(second, **RIGHT))
    nbgrader = str(Path(sys.executable).with_name("nbgrader"))
    with lock.alone(course.coursedir):
        done = subprocess.run(
            [nbgrader, "autograde", NAME], cwd=second.root, capture_output=True, text=True, timeout=120
        )
    assert done.returncode != 0 and "another run is at work on the course chainrule" in done.stderr
    assert points(course) == {}


@pytest.fixture
def two(server: Callable[[str], str], tmp_path: Path) -> tuple[CourseDirectory, CourseDirectory]:
    """Two folders of a course without anything in them, and one database."""
    address = server("".join(c for c in tmp_path.name if c.isalnum()).lower()[-40:])
    made = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        made.append(CourseDirectory(root=str(tmp_path / name), course_id="chainrule", db_url=address))
    return made[0], made[1]


def test_another_course_in_the_same_database_is_left_to_itself(two: tuple[CourseDirectory, CourseDirectory]) -> None:
    two[1].course_id = "another"
    with lock.alone(two[0]), lock.alone(two[1]):
        assert locks(two[0]) == 2
    assert locks(two[0]) == 0


def test_an_account_without_rights_sees_who_it_is(two: tuple[CourseDirectory, CourseDirectory]) -> None:
    asked(two[0], "CREATE ROLE ann LOGIN")
    two[1].db_url = make_url(two[0].db_url).set(username="ann").render_as_string()
    told = f"on {os.uname().nodename}, process {os.getpid()} \\(the server's account "
    with lock.alone(two[0]), pytest.raises(lock.Busy, match=told), lock.alone(two[1]):
        pass


def test_a_lock_that_was_lost_is_noticed(two: tuple[CourseDirectory, CourseDirectory]) -> None:
    with lock.alone(two[0]) as held:
        held()
        assert asked(two[0], ENDING)
        with pytest.raises(record.RecordError, match=r"keeps other runs away was lost; type the same command again"):
            held()
        with lock.alone(two[1]) as others:
            others()


def test_a_run_that_loses_its_lock_stops_and_is_continued(course: Course) -> None:
    slow = f"import time\ntime.sleep(1)\n{RIGHT['square']}"
    for i in range(5):
        hand_in(course, f"s{i}", answered(course, square=slow, mean=RIGHT["mean"]))
    process = started(course, "--jobs", "1")
    while not points(course):
        assert process.poll() is None
        time.sleep(0.05)
    assert asked(course.coursedir, ENDING)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 2 and "was lost; type the same command again" in said and "Traceback" not in said
    assert 1 <= len(points(course)) < 5
    finished(course)
    assert {m["square-check"] for m in points(course).values()} == {8.0} and len(points(course)) == 5

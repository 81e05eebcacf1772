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
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from test_resume import CLASSROOM, class_of, finished, killed_and_resumed
from toycourse import NAME, RIGHT, ROOT, TOY, answered, feedback, hand_in, points

from classroom.assignments import course as courses
from classroom.assignments.course import Course
from classroom.grading import record

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

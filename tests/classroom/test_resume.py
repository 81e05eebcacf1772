"""No mark is lost: runs that are killed, full disks, locked and read-only gradebooks, two instructors at once."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from toycourse import NAME, RIGHT, answered, course, generated, hand_in, points, released  # noqa: F401

from classroom.assignments.course import Course
from classroom.grading import record
from classroom.grading.cache import Cache
from classroom.model import Failure, ItemResult, Verdict

pytestmark = pytest.mark.sandbox
SQUARES = (
    RIGHT["square"],
    "def square(x):\n    return x + x",
    "def square(x):\n    raise ValueError('no')",
    "def square(x):\n    return x * x if x > 0 else -x * x",
    "import os\ndef square(x):\n    os._exit(0)",
)
CLASSROOM = [sys.executable, "-m", "classroom.commands.app"]


def class_of(course: Course, number: int) -> None:  # noqa: F811
    """Hand in `number` submissions, right ones and wrong ones; the last is no notebook."""
    for i in range(number - 1):
        hand_in(course, f"s{i:02d}", answered(course, square=SQUARES[i % len(SQUARES)], mean=RIGHT["mean"]))
    hand_in(course, f"s{number - 1:02d}", "{")


def started(course: Course, *words: str) -> subprocess.Popen[str]:  # noqa: F811
    """`classroom grade` in a process of its own."""
    return subprocess.Popen(
        [*CLASSROOM, "grade", "ps99", *words],
        cwd=course.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(course: Course, *words: str) -> dict[str, Any]:  # noqa: F811
    """What a run to its end says, as JSON."""
    process = started(course, "--json", *words)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, (output, errors)
    result: dict[str, Any] = json.loads(output)
    return result


def whole(course: Course) -> None:  # noqa: F811
    """The database is intact, every notebook and record parses, and no draft is left."""
    with sqlite3.connect(course.root / "course" / "gradebook.db") as database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
        assert database.execute("pragma foreign_key_check").fetchall() == []
        number = "select count(*) from submitted_assignment"
        students = "select count(distinct student_id) from submitted_assignment"
        assert database.execute(number).fetchone() == database.execute(students).fetchone()
    for folder in (course.root / "course" / "autograded").glob(f"*/{NAME}"):
        nbformat.validate(nbformat.read(folder / f"{NAME}.ipynb", as_version=4))
        assert record.read_record(course.coursedir, NAME, folder.parent.name)["student"] == folder.parent.name


def killed_and_resumed(course: Course, moments: list[float], jobs: int, check: bool = True) -> int:  # noqa: F811
    """Kill a run at each of these moments (seconds after its start), then let one end; how many kills struck."""
    struck = 0
    for moment in moments:
        process = started(course, "--jobs", str(jobs))
        try:
            process.communicate(timeout=moment)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            struck += 1
            if check:
                whole(course)
    return struck


def undisturbed(course: Course, folder: Path) -> tuple[dict[str, dict[str, float]], float]:  # noqa: F811
    """The marks of a run without any kill, in a copy of the course, and the seconds it took."""
    from classroom.assignments import course as courses

    shutil.copytree(course.root, folder)
    copy = courses.find(folder)
    began = time.monotonic()
    finished(copy)
    return points(copy), time.monotonic() - began


def test_three_kills_change_no_mark(course: Course, tmp_path: Path) -> None:  # noqa: F811
    class_of(course, 8)
    wanted, seconds = undisturbed(course, tmp_path / "undisturbed")
    rng = random.Random(1)
    killed_and_resumed(course, [rng.uniform(0.3, 1.0) * seconds for _ in range(3)], jobs=1)
    summary = finished(course)
    assert points(course) == wanted
    assert len(summary["rows"]) + len(summary["skipped"]) == 8
    whole(course)


@pytest.mark.slow
def test_twenty_kills_change_no_mark(course: Course, tmp_path: Path) -> None:  # noqa: F811
    class_of(course, 30)
    wanted, seconds = undisturbed(course, tmp_path / "undisturbed")
    rng = random.Random(20)
    struck, rounds = 0, 0
    while struck < 20:
        struck += killed_and_resumed(course, [rng.uniform(0.05, 1.0) * seconds for _ in range(5)], jobs=2)
        rounds += 1
        if len(points(course)) == 30:
            # All is graded: take the marks away, so that there is something to kill.
            finished(course)
            assert points(course) == wanted
            for place in ("autograded", "cache"):
                shutil.rmtree(course.root / "course" / place, ignore_errors=True)
        assert rounds < 20
    summary = finished(course)
    assert points(course) == wanted
    assert len(summary["rows"]) + len(summary["skipped"]) == 30
    whole(course)


def test_what_was_executed_before_the_kill_is_not_executed_again(course: Course) -> None:  # noqa: F811
    class_of(course, 4)
    assert [row["cached"] for row in finished(course)["rows"]] == [False] * 4
    shutil.rmtree(course.root / "course" / "autograded")
    again = {row["student"]: row["cached"] for row in finished(course)["rows"]}
    # The last is refused before anything runs.
    assert again == {"s00": True, "s01": True, "s02": True, "s03": False}


def test_a_kill_in_the_middle_of_a_new_seed_gives_nobody_a_third(course: Course) -> None:  # noqa: F811
    class_of(course, 3)
    finished(course)
    process = started(course, "--new-seed")
    plan = course.root / "course" / "records" / NAME / ".new-seed.json"
    while not plan.exists() and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert json.loads(plan.read_text()) == {"s00": 2, "s01": 2, "s02": 2}
    assert {row["run"] for row in finished(course, "--new-seed")["rows"]} == {2}
    assert not plan.exists()
    assert {row["run"] for row in finished(course, "--new-seed")["rows"]} == {3}


def test_marks_and_comments_given_by_hand_survive_a_run_that_is_killed(course: Course) -> None:  # noqa: F811
    class_of(course, 3)
    finished(course)
    with course.api.gradebook as gradebook:
        grade = gradebook.find_grade("explain", NAME, NAME, "s00")
        grade.manual_score, grade.extra_credit = 3.0, 0.5
        gradebook.find_comment("explain", NAME, NAME, "s00").manual_comment = "Well put."
        gradebook.db.commit()
    rng = random.Random(3)
    killed_and_resumed(course, [rng.uniform(0.5, 2.5) for _ in range(2)], jobs=1)
    finished(course, "--force")
    with course.api.gradebook as gradebook:
        grade = gradebook.find_grade("explain", NAME, NAME, "s00")
        assert (grade.manual_score, grade.extra_credit) == (3.0, 0.5)
        assert gradebook.find_comment("explain", NAME, NAME, "s00").comment == "Well put."


# The cache


def verdict(**changes: Any) -> Verdict:
    failure = Failure("a", "part", "f(1)", "wrong", "2", "hint", "DN-1", True, "Zeile\ud800")
    items = {"a": ItemResult(0.1 + 0.2, 3.0, (failure,))}
    outputs = {"c": [{"output_type": "stream", "name": "stdout", "text": "é\u2028"}]}
    return Verdict(items, outputs, ("note",), 0.25, **changes)


def test_a_verdict_comes_back_from_the_cache_as_it_was(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    cache.put("ab12", verdict())
    assert cache.get("ab12") == verdict()
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700
    assert cache.get("cd34") is None


@pytest.mark.parametrize("damage", [b"", b"x", b"\n{}", b"0" * 64 + b"\n{}"])
def test_a_damaged_entry_is_a_miss(tmp_path: Path, damage: bytes) -> None:
    cache = Cache(tmp_path)
    cache.put("ab12", verdict())
    path = cache.path("ab12")
    whole = path.read_bytes()
    for content in (damage, whole[:-1], whole.replace(b"note", b"nota")):
        path.write_bytes(content)
        assert cache.get("ab12") is None
    cache.put("ab12", verdict())
    assert cache.get("ab12") == verdict()


def test_what_a_limit_ended_is_tried_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put("ab12", verdict(limited=True))
    assert cache.get("ab12") is None


def test_the_key_depends_on_everything_a_verdict_does(course: Course) -> None:  # noqa: F811
    from dataclasses import replace

    from classroom.judging.execution import Job
    from classroom.model import Conditions, Step

    job = Job((Step("test", "t", "assert f(1) == 2", 1.0),), Conditions(), (("a.csv", b"1"),), b"seed", True, "here")
    others = [
        replace(job, steps=(replace(job.steps[0], source="assert f(1) == 3"),)),
        replace(job, conditions=Conditions(withheld=("chainrule.dual",))),
        replace(job, data=(("a.csv", b"2"),)),
        replace(job, seed=b"another"),
        replace(job, sandboxed=False),
        replace(job, environment="elsewhere"),
    ]
    assert len({job.key, *(other.key for other in others)}) == 1 + len(others)
    assert replace(job).key == job.key
    assert "seed" not in job.key


# Two instructors, full disks, gradebooks that cannot be written


def test_the_second_of_two_instructors_is_told(course: Course) -> None:  # noqa: F811
    class_of(course, 6)
    first = started(course)
    lock = course.root / "course" / ".grading.lock"
    while not lock.exists() and first.poll() is None:
        time.sleep(0.01)
    second = started(course)
    _, said = second.communicate(timeout=60)
    first.communicate(timeout=120)
    assert first.returncode == 0
    # Either it came while the first was at work, or after it had ended.
    assert (second.returncode, "another grading run is at work" in said) in {(2, True), (0, False)}
    assert len(points(course)) == 6
    whole(course)


def test_a_locked_gradebook_is_said_and_nothing_is_half_written(course: Course) -> None:  # noqa: F811
    class_of(course, 3)
    with sqlite3.connect(course.root / "course" / "gradebook.db", isolation_level=None) as other:
        other.execute("begin exclusive")
        process = started(course, "--jobs", "1")
        _, said = process.communicate(timeout=60)
        other.execute("rollback")
    assert process.returncode == 2
    assert "gradebook.db" in said and "locked" in said and "Traceback" not in said
    assert points(course) == {} and not list((course.root / "course").glob("autograded/*/*"))
    finished(course)
    assert len(points(course)) == 3


def fenced(course: Course, *options: str) -> tuple[int, str]:  # noqa: F811
    """`classroom grade` where the folder `course/` is as bubblewrap's options say; its status and what it says."""
    command = ["bwrap", "--bind", "/", "/", "--dev", "/dev", "--proc", "/proc", *options, "--chdir", str(course.root)]
    words = [*CLASSROOM, "grade", "ps99", "--jobs", "1", "--unsafe-no-sandbox"]
    done = subprocess.run([*command, *words], capture_output=True, text=True, timeout=120, env=dict(os.environ))
    return done.returncode, done.stderr + done.stdout


def test_a_gradebook_that_is_read_only_is_said(course: Course) -> None:  # noqa: F811
    class_of(course, 2)
    path = str(course.root / "course" / "gradebook.db")
    status, said = fenced(course, "--ro-bind", path, path)
    assert status == 2 and "gradebook.db" in said and "readonly" in said and "Traceback" not in said
    assert points(course) == {} and not list((course.root / "course").glob("autograded/*/*"))
    folder = str(course.root / "course")
    status, said = fenced(course, "--ro-bind", folder, folder)
    assert status == 2 and "Read-only" in said and "Traceback" not in said


def test_a_full_disk_is_said_and_nothing_is_half_written(course: Course) -> None:  # noqa: F811
    class_of(course, 6)
    course_folder = course.root / "course"
    kept = course.root / "kept"
    shutil.copytree(course_folder, kept)
    size = sum(path.stat().st_blocks * 512 for path in kept.rglob("*"))
    # Room for the course itself and a little more, on a file system of its own.
    command = ["bwrap", "--bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    command += ["--size", str(size + 60_000), "--tmpfs", str(course_folder), "--chdir", str(course.root)]
    grade = f"{sys.executable} -m classroom.commands.app grade ps99 --jobs 1 --unsafe-no-sandbox"
    script = f"cp -r {kept}/. {course_folder}/; {grade}; s=$?; cp -r {course_folder}/. {kept}/; exit $s"
    done = subprocess.run([*command, "sh", "-c", script], capture_output=True, text=True, timeout=120)
    said = done.stderr + done.stdout
    assert done.returncode == 2, said
    assert ("No space left on device" in said or "full" in said) and "Traceback" not in said
    # With room again, the same command brings everybody's marks.
    shutil.rmtree(course_folder)
    kept.rename(course_folder)
    whole(course)
    finished(course)
    assert len(points(course)) == 6
    whole(course)

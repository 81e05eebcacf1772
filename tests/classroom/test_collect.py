"""Collecting: platforms' archives, folders and repositories become nbgrader's submitted folder, one bad one alone."""

from __future__ import annotations

import datetime
import json
import os
import shutil
import stat
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from test_cli import classroom
from toycourse import NAME, RIGHT, answered, course, generated, points, released  # noqa: F401

from classroom.assignments.course import Course
from classroom.collecting import platforms
from classroom.collecting.archive import SourceError
from classroom.collecting.collect import collect
from classroom.collecting.store import Outcome, Times
from classroom.commands.collect import _tell
from classroom.submissions import intake

NOON = datetime.datetime(2026, 11, 25, 12, 0)
NOTEBOOK = f"{NAME}.ipynb"


def text(course: Course, **cells: str) -> bytes:  # noqa: F811
    return nbformat.writes(answered(course, **cells)).encode()


def pack(path: Path, files: dict[Any, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(name, content)
    return path


def spread(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def take(course: Course, source: Path, **options: Any) -> dict[str, Outcome]:  # noqa: F811
    options.setdefault("times", Times(NOON))
    outcomes = collect(course, NAME, source, **options)
    assert len({o.student for o in outcomes}) == len(outcomes)
    return {o.student: o for o in outcomes}


def states(outcomes: dict[str, Outcome]) -> dict[str, str]:
    return {name: outcome.state for name, outcome in outcomes.items()}


def submitted(course: Course, student: str) -> Path:  # noqa: F811
    return course.root / "course" / "submitted" / student / NAME


def files(course: Course, student: str) -> list[str]:  # noqa: F811
    folder = submitted(course, student)
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def stamp(course: Course, student: str) -> datetime.datetime | None:  # noqa: F811
    return intake.timestamp(submitted(course, student), [])


# Layouts


def test_moodle_in_folders_and_flat(course: Course, tmp_path: Path) -> None:  # noqa: F811
    page = text(course, **RIGHT)
    source = pack(
        tmp_path / "PS-99.zip",
        {
            f"Ada Lovelace_101_assignsubmission_file_/{NOTEBOOK}": page,
            "Ada Lovelace_101_assignsubmission_file_/figure.png": b"png",
            f"Zoë O'Hara_102_assignsubmission_file_{NOTEBOOK}": page,
            "Zoë O'Hara_102_assignsubmission_onlinetext_onlinetext.html": b"<p>hello</p>",
        },
    )
    found = take(course, source)
    assert states(found) == {"Ada Lovelace": "taken", "Zoë O-Hara": "taken"}
    assert files(course, "Ada Lovelace") == ["figure.png", NOTEBOOK, "timestamp.txt"]
    assert files(course, "Zoë O-Hara") == [NOTEBOOK, "timestamp.txt"]
    assert (submitted(course, "Ada Lovelace") / NOTEBOOK).read_bytes() == page
    assert found["Zoë O-Hara"].notes == [
        "the name \"Zoë O'Hara\" is written 'Zoë O-Hara'",
        "onlinetext.html was left out: files of this kind are not part of an assignment",
    ]


def test_canvas_takes_the_newest_attempt(course: Course, tmp_path: Path) -> None:  # noqa: F811
    first, second, third = (text(course, square=f"def square(x):\n    return {n}") for n in range(3))
    source = pack(
        tmp_path / "submissions.zip",
        {
            f"lovelaceada_17_2045_{NAME}-1.ipynb": second,
            f"lovelaceada_17_2001_{NOTEBOOK}": first,
            f"babbagecharles_LATE_18_2003_{NOTEBOOK}": third,
            "babbagecharles_LATE_18_2004_notes.txt": b"my notes",
        },
    )
    found = take(course, source)
    assert states(found) == {"babbagecharles-18": "taken", "lovelaceada-17": "taken"}
    assert (submitted(course, "lovelaceada-17") / NOTEBOOK).read_bytes() == second
    assert found["lovelaceada-17"].notes == [
        f"of 2 attempts the newest was taken: {NOTEBOOK}, not earlier ones of the same name"
    ]
    assert files(course, "babbagecharles-18") == ["notes.txt", NOTEBOOK, "timestamp.txt"]
    assert found["babbagecharles-18"].notes == ["Canvas marks it late"]


def test_the_layout_of_zip_collect_asks_the_courses_own_expression(course: Course, tmp_path: Path) -> None:  # noqa: F811
    pattern = r".*_(?P<student_id>\w+)_attempt_(?P<timestamp>[0-9\-]+)_(?P<file_id>.+)"
    course.config.FileNameCollectorPlugin.named_regexp = pattern
    old, new, page = (text(course, square=f"def square(x):\n    return {n}") for n in range(3))
    folder = tmp_path / "downloaded" / NAME / "archive"
    spread(
        folder,
        {
            f"ps_ada_attempt_2026-11-20-10-00-00_{NOTEBOOK}": old,
            f"ps_ada_attempt_2026-11-21-10-00-00_{NOTEBOOK}": new,
            "ps_ada_attempt_2026-11-21-10-00-00.txt": b"receipt",
        },
    )
    pack(folder / "rest.zip", {f"ps_bob_attempt_2026-11-22-09-30-00_{NOTEBOOK}": page})
    found = take(course, folder, times=Times(NOON, platform=True))
    assert states(found) == {"ada": "taken", "bob": "taken"}
    assert (submitted(course, "ada") / NOTEBOOK).read_bytes() == new
    assert (found["ada"].time, found["ada"].basis) == (datetime.datetime(2026, 11, 21, 10), "platform")
    assert stamp(course, "bob") == datetime.datetime(2026, 11, 22, 9, 30)


def test_folders_and_files_named_after_students(course: Course, tmp_path: Path) -> None:  # noqa: F811
    page = text(course, **RIGHT)
    pack(tmp_path / "eve.zip", {f"work/{NOTEBOOK}": page, "inner.zip": b"PK"})
    source = spread(
        tmp_path / "in",
        {
            f"ada/{NOTEBOOK}": page,
            f"bob/{NAME}/{NOTEBOOK}": page,  # nbgrader's own layout
            f"bob/{NAME}/data/x.csv": b"1",
            "cyd.ipynb": page,
            "dan/ps99 (1).ipynb": page,
            "eve.zip": (tmp_path / "eve.zip").read_bytes(),
            "fay/My homework.ipynb": page,
            "guy/other.ipynb": b"{}",
        },
    )
    found = take(course, source)
    assert states(found) == {**dict.fromkeys(("ada", "bob", "cyd", "dan", "eve", "fay"), "taken"), "guy": "unusable"}
    for student in ("ada", "bob", "cyd", "dan", "eve", "fay"):
        assert (submitted(course, student) / NOTEBOOK).read_bytes() == page
    assert files(course, "bob") == ["data/x.csv", NOTEBOOK, "timestamp.txt"]
    assert found["dan"].notes == [f"ps99 (1).ipynb was taken for {NOTEBOOK}"]
    assert found["eve"].notes[0] == "inner.zip was left out: files of this kind are not part of an assignment"
    assert found["fay"].notes == [f"My homework.ipynb was taken for {NOTEBOOK}: it has the assignment's cells"]
    assert found["guy"].reason == f"expected {NOTEBOOK}, found other.ipynb"


def test_a_zip_with_a_folder_around_everything(course: Course, tmp_path: Path) -> None:  # noqa: F811
    page = text(course)
    source = pack(tmp_path / "week9.zip", {f"week9/ada/{NOTEBOOK}": page, f"week9/bob/{NOTEBOOK}": page})
    assert states(take(course, source)) == {"ada": "taken", "bob": "taken"}


def test_one_persons_work_alone_is_not_guessed_at(course: Course, tmp_path: Path) -> None:  # noqa: F811
    source = pack(tmp_path / "mine.zip", {NOTEBOOK: text(course)})
    found = take(course, source)
    assert states(found) == {"": "refused"}
    assert found[""].reason == "cannot tell whose it is; put each student's work in a folder named after them"


def test_another_assignments_work_is_left_alone(course: Course, tmp_path: Path) -> None:  # noqa: F811
    other = course.root / "solutions" / "ps98-other"
    spread(other, {"ps98-other.ipynb": b"{}"})
    source = spread(tmp_path / "in", {f"ada/{NAME}/{NOTEBOOK}": text(course), "ada/ps98-other/ps98-other.ipynb": b"{}"})
    assert states(take(course, source)) == {"ada": "taken"}
    assert files(course, "ada") == [NOTEBOOK, "timestamp.txt"]


def test_of_a_whole_course_the_assignments_folder_is_taken(course: Course, tmp_path: Path) -> None:  # noqa: F811
    page, later = text(course), text(course, **RIGHT)
    clone = {f"src/module{number}.py": b"" for number in range(intake.MAX_FILES + 1)}
    clone |= {"exercises/ps98-other/ps98-other.ipynb": b"{}", "README.md": b"hello", "data.bin": b"0"}
    ada = {**clone, f"exercises/{NAME}/{NOTEBOOK}": later, f"exercises/{NAME}/mine/notes.txt": b"n"}
    # Solved beside the copy that was handed out: what lies higher counts.
    bob = {**clone, f"exercises/{NAME}/{NOTEBOOK}": page, NOTEBOOK: later}
    repositories = tmp_path / "repositories"
    spread(repositories / "ada", ada)
    spread(repositories / "bob", bob)
    pack(repositories / "cyd.zip", {f"course/{path}": content for path, content in ada.items()})
    found = take(course, repositories)
    assert states(found) == {"ada": "taken", "bob": "taken", "cyd": "taken"}
    assert files(course, "ada") == files(course, "cyd") == ["mine/notes.txt", NOTEBOOK, "timestamp.txt"]
    assert found["ada"].notes == [f"{len(clone)} files outside the folder {NAME} left out"]
    for student in found:
        assert (submitted(course, student) / NOTEBOOK).read_bytes() == later


# What is refused, and that it is refused alone


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


def test_bad_members_cost_nobody_else_anything(course: Course, tmp_path: Path) -> None:  # noqa: F811
    page = text(course, **RIGHT)
    source = pack(
        tmp_path / "all.zip",
        {
            f"ada/{NOTEBOOK}": page,
            "ada/../../../escaped.ipynb": b"escaped",
            link(f"bob/{NOTEBOOK}"): b"/etc/passwd",
            f"cyd/{NOTEBOOK}": page,
            "cyd/zeros.txt": b"\0" * 3_000_000,
            "../escaped.ipynb": b"escaped",
            "dan/program.exe": b"MZ",
            "-rf/x.ipynb": page,
            f"eve/{NOTEBOOK}": page,
            "fay/broken.zip": b"PK broken",
            f"fay/{NOTEBOOK}": page,
        },
    )
    before = {p for p in tmp_path.rglob("*") if course.root not in p.parents}
    found = {
        (o.student, *o.files) if not o.student else o.student: o
        for o in collect(course, NAME, source, times=Times(NOON))
    }
    assert {k: o.state for k, o in found.items()} == {
        ("", "../escaped.ipynb"): "refused",
        "ada": "taken",
        "bob": "refused",
        "cyd": "taken",
        "dan": "refused",
        "eve": "taken",
        "fay": "taken",
        "rf": "taken",
    }
    assert found[("", "../escaped.ipynb")].reason == "its name leads out of its folder"
    assert found["ada"].notes == ["../../../escaped.ipynb was left out: its name leads out of its folder"]
    assert found["bob"].reason == "nothing that belongs to an assignment was handed in"
    assert found["bob"].notes == [f"{NOTEBOOK} was left out: it is a link or special file"]
    assert found["cyd"].notes[0].startswith("zeros.txt was left out: it unpacks to ")
    assert found["dan"].notes == ["program.exe was left out: files of this kind are not part of an assignment"]
    assert found["fay"].notes == ["broken.zip was left out: broken.zip cannot be unpacked: File is not a zip file"]
    assert {p for p in tmp_path.rglob("*") if course.root not in p.parents} == before
    assert not list(course.root.rglob("escaped*"))


def test_a_file_and_a_folder_of_one_name(course: Course, tmp_path: Path) -> None:  # noqa: F811
    source = pack(
        tmp_path / "a.zip", {f"ada/{NOTEBOOK}": text(course), "ada/x.txt": b"file", "ada/x.txt/y.txt": b"below"}
    )
    found = take(course, source)
    assert files(course, "ada") == [NOTEBOOK, "timestamp.txt", "x.txt/y.txt"]
    assert found["ada"].notes == ["x.txt was left out: a folder has the same name"]


def test_too_much_of_one_student(course: Course, tmp_path: Path) -> None:  # noqa: F811
    many = {f"ada/{n}.txt": b"x" for n in range(intake.MAX_FILES + 1)}
    found = take(course, pack(tmp_path / "all.zip", {**many, f"bob/{NOTEBOOK}": text(course)}))
    assert states(found) == {"ada": "refused", "bob": "taken"}
    assert found["ada"].reason == "more than 200 files or 50,000,000 bytes were handed in"


def test_a_student_with_a_thousand_odd_files_is_told_in_few_lines(course: Course, tmp_path: Path) -> None:  # noqa: F811
    odd = {f"ada/env/{n}.so": b"" for n in range(1000)}
    found = take(course, pack(tmp_path / "all.zip", {**odd, f"ada/{NOTEBOOK}": text(course)}))
    assert states(found) == {"ada": "taken"}
    assert len(found["ada"].notes) == 21
    assert found["ada"].notes[-1] == "and more"


def test_students_who_share_a_name_are_not_mixed(course: Course, tmp_path: Path) -> None:  # noqa: F811
    page = text(course)
    source = pack(
        tmp_path / "all.zip",
        {
            f"Kim Lee_1_assignsubmission_file_/{NOTEBOOK}": page,
            f"Kim Lee_2_assignsubmission_file_/{NOTEBOOK}": page,
            f"Ada_3_assignsubmission_file_/{NOTEBOOK}": page,
        },
    )
    found = take(course, source)
    assert states(found) == {"Ada": "taken", "Kim Lee": "refused"}
    assert found["Kim Lee"].reason.startswith("2 people on the platform are called Kim Lee; give the platform's table")
    sheet = tmp_path / "grades.csv"
    sheet.write_text("Identifier,Full name,ID number\nParticipant 1,Kim Lee,k1\nParticipant 2,Kim Lee,k2\n")
    found = take(course, source, roster=platforms.read_roster(sheet, "UTC"))
    assert states(found) == {"Ada": "unchanged", "k1": "taken", "k2": "taken"}
    assert found["Ada"].notes == ["Ada is not in the table of students; the name itself is used"]


def test_two_files_with_nothing_to_choose_by(course: Course, tmp_path: Path) -> None:  # noqa: F811
    one, two = text(course), text(course, **RIGHT)
    source = spread(tmp_path / "in", {"ada/ps99.ipynb": one, "ada/ps99 (1).ipynb": two, "bob/ps99.ipynb": one})
    for path in source.rglob("*.ipynb"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    found = take(course, source)
    assert states(found) == {"ada": "refused", "bob": "taken"}
    assert (
        found["ada"].reason
        == f"ps99 (1).ipynb, ps99.ipynb: nothing tells which is the newest; hand over one {NOTEBOOK}"
    )
    os.utime(source / "ada" / "ps99 (1).ipynb", (1_700_000_060, 1_700_000_060))
    found = take(course, source)
    assert found["ada"].notes == ["of 2 attempts the newest was taken: ps99 (1).ipynb, not ps99.ipynb"]
    assert (submitted(course, "ada") / NOTEBOOK).read_bytes() == two


# Times


def test_a_students_own_time_file_is_left_out(course: Course, tmp_path: Path) -> None:  # noqa: F811
    early = b"2020-01-01 00:00:00 UTC"
    source = spread(tmp_path / "in", {f"ada/{NOTEBOOK}": text(course), "ada/timestamp.txt": early})
    found = take(course, source)
    assert found["ada"].notes == ["timestamp.txt was left out: the time of handing in is not the student's to write"]
    assert stamp(course, "ada") == NOON


def test_collected_again_the_first_receipt_counts(course: Course, tmp_path: Path) -> None:  # noqa: F811
    hour = datetime.timedelta(hours=1)
    first, second = text(course), text(course, **RIGHT)
    source = spread(tmp_path / "in", {"ada.ipynb": first})
    assert states(take(course, source)) == {"ada": "taken"}
    assert states(take(course, source, times=Times(NOON + hour))) == {"ada": "unchanged"}
    assert stamp(course, "ada") == NOON
    spread(source, {"ada.ipynb": second})
    found = take(course, source, times=Times(NOON + 2 * hour))
    assert found["ada"].notes == [f"the earlier submission is kept in course/replaced/ada/{NAME}/2026-11-25T120000"]
    assert stamp(course, "ada") == NOON + 2 * hour
    kept = course.root / "course" / "replaced" / "ada" / NAME / "2026-11-25T120000"
    assert (kept / NOTEBOOK).read_bytes() == first
    # The first archive once more, by mistake.
    spread(source, {"ada.ipynb": first})
    found = take(course, source, times=Times(NOON + 3 * hour))
    assert states(found) == {"ada": "older"}
    assert (submitted(course, "ada") / NOTEBOOK).read_bytes() == second
    receipt = json.loads((course.root / "course" / "receipts" / NAME / "ada.json").read_text())
    assert [r["time"] for r in receipt["received"]] == ["2026-11-25T12:00:00", "2026-11-25T14:00:00"]


def test_a_folder_that_was_removed_keeps_its_first_receipt(course: Course, tmp_path: Path) -> None:  # noqa: F811
    source = spread(tmp_path / "in", {"ada.ipynb": text(course)})
    take(course, source)
    shutil.rmtree(submitted(course, "ada"))
    assert states(take(course, source, times=Times(NOON + datetime.timedelta(days=9)))) == {"ada": "taken"}
    assert stamp(course, "ada") == NOON


def test_a_receipt_that_does_not_parse_costs_nobody_else(course: Course, tmp_path: Path) -> None:  # noqa: F811
    path = course.root / "course" / "receipts" / NAME / "ada.json"
    path.parent.mkdir(parents=True)
    path.write_text("{")
    found = take(course, spread(tmp_path / "in", {"ada.ipynb": text(course), "bob.ipynb": text(course)}))
    assert states(found) == {"ada": "refused", "bob": "taken"}
    assert found["ada"].reason == f"the receipt {path} does not parse; restore it from a backup, or delete it"


def test_an_attempt_older_than_what_is_there(course: Course, tmp_path: Path) -> None:  # noqa: F811
    source = spread(tmp_path / "in", {"ada.ipynb": text(course)})
    take(course, source)
    spread(source, {"ada.ipynb": text(course, **RIGHT)})
    found = take(course, source, times=Times(NOON - datetime.timedelta(days=1), stated=True))
    assert states(found) == {"ada": "older"}
    assert found["ada"].notes == ["what is there came later (2026-11-25 12:00:00 UTC) and stays"]


MOODLE_SHEET = (
    "Identifier,Full name,Email address,Status,Grade,Last modified (submission)\n"
    'Participant 101,Ada Lovelace,ada@example.org,Submitted,,"Tuesday, 24 November 2026, 11:58 PM"\n'
    'Participant 102,Bob Ray,bob@example.org,Submitted,,"Saturday, 28 November 2026, 11:58 PM"\n'
    "Participant 103,Cyd Dee,cyd@example.org,Submitted,,-\n"
)


def test_the_platforms_time_counts_when_it_is_trusted(course: Course, tmp_path: Path) -> None:  # noqa: F811
    page = text(course)
    people = {101: "Ada Lovelace", 102: "Bob Ray", 103: "Cyd Dee"}
    source = pack(tmp_path / "all.zip", {f"{n}_{k}_assignsubmission_file_/{NOTEBOOK}": page for k, n in people.items()})
    (tmp_path / "sheet.csv").write_text(MOODLE_SHEET)
    roster = platforms.read_roster(tmp_path / "sheet.csv", "Europe/Berlin")
    found = take(course, source, roster=roster, times=Times(NOON, platform=True))
    assert {name.split("@")[0]: (o.time, o.basis) for name, o in found.items()} == {
        "ada": (datetime.datetime(2026, 11, 24, 22, 58), "platform"),
        "bob": (NOON, "receipt"),
        "cyd": (NOON, "receipt"),
    }
    assert found["bob@example.org"].notes == [
        "the platform's time 2026-11-28 22:58:00 UTC is after the receipt and does not count"
    ]
    assert found["cyd@example.org"].notes == ["the platform gives no time for it; the time of receipt counts"]
    # Without trust, the receipt counts; said later, the time is corrected.
    found = take(course, source, roster=roster)
    assert stamp(course, "ada@example.org") == datetime.datetime(2026, 11, 24, 22, 58)
    stated = Times(NOON - datetime.timedelta(hours=5), stated=True)
    assert states(take(course, source, roster=roster, times=stated))["cyd@example.org"] == "unchanged"
    assert stamp(course, "cyd@example.org") == stated.received


def test_the_gradebook_learns_the_names(course: Course, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "canvas.csv").write_text(
        'Student,ID,SIS User ID,SIS Login ID,Section\n"    Points Possible",,,,\n"Lovelace, Ada",17,s1,ada,A\n'
    )
    source = pack(tmp_path / "all.zip", {f"lovelaceada_17_2001_{NOTEBOOK}": text(course)})
    found = take(course, source, roster=platforms.read_roster(tmp_path / "canvas.csv", "UTC"))
    assert states(found) == {"ada": "taken"}
    with course.api.gradebook as gradebook:
        assert gradebook.find_student("ada").id == "ada"


# Tables


def test_a_table_without_a_column_for_students(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("Nom;Note\nAda;3\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"has no column that names a student .*it has: Nom, Note; .*--id-column"):
        platforms.read_roster(tmp_path / "t.csv", "UTC")
    assert [p.student for p in platforms.read_roster(tmp_path / "t.csv", "UTC", "nom").people] == ["Ada"]


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("Wednesday, 25 November 2026, 10:15 AM", "2026-11-25T09:15:00"),
        ("2026-11-25 10:15", "2026-11-25T09:15:00"),
        ("2026-11-25T10:15:00Z", "2026-11-25T10:15:00"),
        ("-", None),
        ("", None),
        ("5/6/2026 10:15", None),  # a month in numbers could be a day
        ("mercredi 25 novembre 2026, 10:15", None),
    ],
)
def test_times_in_a_table(tmp_path: Path, written: str, utc: str | None) -> None:
    (tmp_path / "t.csv").write_text(f'Username,Last modified (submission)\nada,"{written}"\n')
    found = platforms.read_roster(tmp_path / "t.csv", "Europe/Berlin").people[0].submitted
    assert (found.isoformat() if found else None) == utc


# Git


def git(folder: Path, *words: str) -> None:
    who = {f"GIT_{role}_{part}": "x@example.org" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    where = {"PATH": os.environ["PATH"], "HOME": str(folder), **who}
    subprocess.run(
        ["git", "-c", "init.defaultBranch=main", *words], cwd=folder, env=where, check=True, capture_output=True
    )


def repository(folder: Path, contents: dict[str, bytes]) -> Path:
    spread(folder, contents)
    git(folder, "init")
    git(folder, "add", "-A")
    git(folder, "commit", "-m", "done")
    return folder


def test_a_list_of_repositories(course: Course, tmp_path: Path) -> None:  # noqa: F811
    page, later = text(course), text(course, **RIGHT)
    ada = repository(tmp_path / "repos" / "ada", {f"{NAME}/{NOTEBOOK}": page, "README.md": b"hello"})
    spread(ada, {f"{NAME}/{NOTEBOOK}": later})
    git(ada, "commit", "-am", "better")
    spread(ada, {f"{NAME}/{NOTEBOOK}": b"not committed"})
    bob = repository(tmp_path / "repos" / "bob", {NOTEBOOK: page})
    git(bob, "checkout", "-b", "final")
    spread(bob, {NOTEBOOK: later})
    git(bob, "commit", "-am", "final")
    git(bob, "checkout", "main")
    (tmp_path / "list.csv").write_text(
        "student,repository,branch\nada,repos/ada,\n"
        f"bob,{bob},final\ncyd,{bob},missing\ndan,repos/none,\n"
        "eve,ext::sh -c touch% pwned,\nfay,--upload-pack=touch pwned,\nguy,http://127.0.0.1/x.git,\n"
    )
    found = take(course, tmp_path / "list.csv")
    assert states(found) == {
        "ada": "taken", "bob": "taken", **dict.fromkeys(("cyd", "dan", "eve", "fay", "guy"), "refused")
    }  # fmt: skip
    assert (submitted(course, "ada") / NOTEBOOK).read_bytes() == later
    assert (submitted(course, "bob") / NOTEBOOK).read_bytes() == later
    assert stamp(course, "ada") == NOON
    assert found["cyd"].reason == "git: Remote branch missing not found in upstream origin"
    assert found["dan"].reason == "repos/none is no folder and no address git could fetch"
    for student in ("eve", "fay", "guy"):
        assert found[student].reason.endswith(
            "is not fetched: expected https://..., ssh://..., user@host:path, or a folder"
        )
    assert not list(tmp_path.rglob("pwned"))


def test_nothing_of_a_repository_runs(course: Course, tmp_path: Path) -> None:  # noqa: F811
    traps = {
        NOTEBOOK: text(course),
        ".gitattributes": b"*.ipynb filter=trap\n",
        ".gitmodules": b'[submodule "x"]\n\tpath = x\n\turl = ext::touch pwned\n',
    }
    ada = repository(tmp_path / "ada", traps)
    (ada / "evil").symlink_to("/etc/passwd")
    git(ada, "add", "evil")
    git(ada, "commit", "-m", "link")
    marker = tmp_path / "pwned"
    for name in ("post-checkout", "pre-auto-gc", "post-index-change", "reference-transaction"):
        hook = ada / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {marker}\n")
        hook.chmod(0o755)
    with open(ada / ".git" / "config", "a") as config:
        config.write(f'[core]\n\tfsmonitor = touch {marker}\n[filter "trap"]\n\tsmudge = touch {marker}\n')
    (tmp_path / "list.csv").write_text(f"student,repository\nada,{ada}\n")
    found = take(course, tmp_path / "list.csv")
    assert states(found) == {"ada": "taken"}
    assert "evil was left out: it is a link or special file" in found["ada"].notes
    assert not marker.exists()
    # A checkout in a folder is read as files; git is not asked.
    (tmp_path / "checkouts").mkdir()
    ada.rename(tmp_path / "checkouts" / "ada")
    found = take(course, tmp_path / "checkouts")
    assert states(found) == {"ada": "unchanged"}
    assert "evil was left out: it is a link" in found["ada"].notes
    assert not marker.exists()


def test_a_list_that_is_none(course: Course, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "list.csv").write_text("name,url\nada,x\n")
    with pytest.raises(SourceError, match=r"expected the columns student and repository .*found name, url"):
        take(course, tmp_path / "list.csv")
    (tmp_path / "list.csv").write_text("student,repository\nada,\n")
    with pytest.raises(SourceError, match=r"list\.csv, line 2: student and repository must both be given"):
        take(course, tmp_path / "list.csv")


# The command


def test_the_command_tells_and_counts(course: Course, tmp_path: Path) -> None:  # noqa: F811
    source = pack(tmp_path / "all.zip", {f"ada/{NOTEBOOK}": text(course), "bob/x.exe": b"MZ"})
    result = classroom("collect", "ps99", str(source), "--received", "2026-11-20 12:00")
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "ada  taken      2026-11-20 12:00:00 UTC (stated)",
        "bob  refused",
        "    nothing that belongs to an assignment was handed in",
        "    x.exe was left out: files of this kind are not part of an assignment",
        "1 refused, 1 taken",
    ]
    assert stamp(course, "ada") == datetime.datetime(2026, 11, 20, 12)


def test_the_command_as_json(course: Course, tmp_path: Path) -> None:  # noqa: F811
    source = spread(tmp_path / "in", {f"ada/{NOTEBOOK}": text(course)})
    result = classroom("collect", "ps99", str(source), "--received", "2026-11-20T12:00Z", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (
        0,
        [
            {
                "student": "ada",
                "state": "taken",
                "time": "2026-11-20T12:00:00Z",
                "basis": "stated",
                "files": [NOTEBOOK],
                "notes": [],
                "reason": "",
            }
        ],
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["none.zip"], "none.zip does not exist; give a zip, a folder, or a CSV that lists repositories"),
        (["no.zip"], "no.zip cannot be unpacked: File is not a zip file; give a zip, a folder, or a CSV"),
        (["empty"], "empty holds no files"),
        (["no.zip", "--received", "noon"], "--received must be like '2026-11-30 23:59', not 'noon'"),
        (["no.zip", "--received", "2999-01-01 00:00"], "--received '2999-01-01 00:00' is in the future"),
        (["no.zip", "--roster", "none.csv"], "the table none.csv cannot be read"),
    ],
)
def test_what_stops_the_command(course: Course, words: list[str], message: str) -> None:  # noqa: F811
    (course.root / "no.zip").write_text("no")
    (course.root / "empty").mkdir()
    result = classroom("collect", "ps99", *words)
    assert result.exit_code == 2
    assert result.output.startswith(message)


@pytest.mark.sandbox
def test_collected_and_graded(course: Course, tmp_path: Path) -> None:  # noqa: F811
    source = spread(tmp_path / "in", {"ada.ipynb": text(course, **RIGHT), "bob.ipynb": b"{", "cyd/link.txt": b""})
    assert classroom("collect", "ps99", str(source)).exit_code == 1
    assert classroom("grade", "ps99").exit_code == 0
    assert {name: sum(items.values()) for name, items in points(course).items()} == {
        "ada": 16.0,
        "bob": 0.0,
        "cyd": 0.0,
    }


def test_names_of_files_write_nothing_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    _tell([Outcome("", "refused", files=["a\x1b[2J\x9b1m.ipynb"], reason="its name has invisible characters")])
    said = capsys.readouterr().out
    assert "a1m.ipynb" in said and "\x1b" not in said and "\x9b" not in said

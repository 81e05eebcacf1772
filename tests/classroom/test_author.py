"""An assignment of one's own passes `check` from the start; what is published holds nothing that is hidden."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from classroom.assignments.assignment import AssignmentError, load
from classroom.authoring import check, publish, template

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.sandbox
def test_a_new_assignment_is_sound(tmp_path):
    path = template.create(tmp_path / "ps14-my-subject", "my subject", "GD-2")
    report = check.check(load(path.parent), book=ROOT / "book")
    assert report.problems == ()
    assert "3 wrong solutions tried" in report.facts


@pytest.mark.parametrize(
    ("name", "title", "topic", "told"),
    [
        ("my-subject", "my subject", "GD-2", "name: expected ps"),
        ("ps14_my", "my subject", "GD-2", "name: expected ps"),
        ("ps14-my-subject", "  ", "GD-2", "--title"),
        ("ps14-my-subject", "my subject", "XX-2", "--topic"),
        ("ps14-my-subject", "my subject", "gd2", "--topic"),
    ],
)
def test_what_cannot_be_an_assignment_is_told_and_not_begun(tmp_path, name, title, topic, told):
    with pytest.raises(AssignmentError, match=told):
        template.create(tmp_path / name, title, topic)
    assert list(tmp_path.iterdir()) == []


def test_a_number_is_not_given_twice(tmp_path):
    template.create(tmp_path / "ps14-one", "one", "GD-2")
    with pytest.raises(AssignmentError, match="ps14-one"):
        template.create(tmp_path / "ps14-two", "two", "GD-2")


@pytest.fixture(scope="module")
def assignments():
    return [load(path) for path in sorted((ROOT / "solutions").iterdir()) if (path / f"{path.name}.ipynb").is_file()]


def test_the_public_part_holds_nothing_hidden(tmp_path, assignments):
    files = publish.publish(ROOT, tmp_path / "public", assignments)
    there = {p.relative_to(tmp_path / "public") for p in (tmp_path / "public").rglob("*") if p.is_file()}
    assert there == set(files)
    assert {a.name for a in assignments} == {p.name for p in (tmp_path / "public" / "exercises").iterdir()}
    assert not [p for p in there if p.parts[0] in ("solutions", "tests", "demo", "course", "book")]
    everything = b"".join((tmp_path / "public" / p).read_bytes() for p in there if p.parts[0] != "src")
    for marker in (b"BEGIN SOLUTION", b"BEGIN HIDDEN TESTS"):
        assert marker not in everything


def checkout(tmp_path: Path) -> Path:
    """A small course under git."""
    course = tmp_path / "course"
    template.create(course / "solutions" / "ps14-my-subject", "my subject", "GD-2")
    (course / "exercises" / "ps14-my-subject").mkdir(parents=True)
    (course / "README.md").write_text("A course.\n")
    (course / "private-notes.md").write_text("Not for students.\n")
    for command in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *command], cwd=course, check=True)
    return course


def test_a_leak_stops_it_before_anything_is_written(tmp_path):
    course = checkout(tmp_path)
    source = course / "solutions" / "ps14-my-subject" / "ps14-my-subject.ipynb"
    shutil.copy(source, course / "exercises" / "ps14-my-subject" / "ps14-my-subject.ipynb")
    subprocess.run(["git", "add", "-A"], cwd=course, check=True)
    with pytest.raises(AssignmentError, match="ps14-my-subject, cell error-check"):
        publish.publish(course, tmp_path / "public", [load(source.parent)])
    assert not (tmp_path / "public").exists()


def test_publishing_again_removes_what_is_gone_and_keeps_the_rest(tmp_path):
    course, public = checkout(tmp_path), tmp_path / "public"
    (public / "exercises" / "ps01-old").mkdir(parents=True)
    (public / "exercises" / "ps01-old" / "ps01-old.ipynb").write_text("{}")
    (public / "news.md").write_text("Ours.\n")
    publish.publish(course, public, [])
    assert sorted(p.name for p in public.iterdir()) == [".gitignore", "README.md", "news.md"]


def test_students_have_a_readme_of_their_own(tmp_path):
    course, public = checkout(tmp_path), tmp_path / "public"
    assert Path("README.md") in publish.publish(course, public, [])
    readme = (public / "README.md").read_text(encoding="utf-8")
    # What it names is there: the extra, the commands, the files.
    assert "make" not in re.findall(r"^\w+", readme, re.M)
    assert not re.search(r"\]\((?!https?:)|solutions|grade", readme)
    main = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```bash\n(.*?)```", readme, re.S)
    assert blocks[0] in main
    assert [line.split("  ")[0] for line in blocks[1].splitlines()] == [". .venv/bin/activate", "classroom submit ps03"]
    # An instructor's words in it stay.
    (public / "README.md").write_text("Hand in by Friday.\n")
    assert Path("README.md") not in publish.publish(course, public, [])
    assert (public / "README.md").read_text() == "Hand in by Friday.\n"


def test_what_a_students_tools_make_is_not_committed(tmp_path):
    course, public = checkout(tmp_path), tmp_path / "public"
    assert Path(".gitignore") in publish.publish(course, public, [])
    for name in (".venv/bin/python", "mine/ps03-gradient-descent.zip", "src/chainrule.egg-info/PKG-INFO", "mine.md"):
        (public / name).parent.mkdir(parents=True, exist_ok=True)
        (public / name).write_text("x")
    subprocess.run(["git", "init", "-q"], cwd=public, check=True)
    subprocess.run(["git", "add", "-A"], cwd=public, check=True)
    done = subprocess.run(["git", "ls-files"], cwd=public, check=True, capture_output=True, text=True)
    assert done.stdout.split() == [".gitignore", "README.md", "mine.md"]
    (public / ".gitignore").write_text("/.venv/\n")
    assert Path(".gitignore") not in publish.publish(course, public, [])
    assert (public / ".gitignore").read_text() == "/.venv/\n"


def test_a_target_inside_the_course_is_refused(tmp_path):
    course = checkout(tmp_path)
    with pytest.raises(AssignmentError, match="outside the course"):
        publish.publish(course, course / "public", [])

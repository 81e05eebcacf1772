"""What a maintainer meets in tools/: each message says what happened and what to do; nothing ends in a traceback."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
AGAIN = "Save it in JupyterLab again, or go back to the last version that was committed: git restore"


def tool(name: str, *words: str, folder: Path = ROOT) -> tuple[int, str]:
    """The exit status of a tool and what it says on stderr."""
    command = [sys.executable, folder / "tools" / name, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stderr


@pytest.mark.parametrize("words", [("tidy.py",), ("nbtext.py", "show")], ids=["tidy", "nbtext"])
def test_a_notebook_that_was_cut_short(words: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "page.ipynb"
    path.write_text('{"cells": [', encoding="utf-8")
    status, said = tool(*words, str(path))
    assert status == 1
    assert f"{path} is not a notebook: " in said and f"{AGAIN} {path}" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("tidy.py", "--chek"), "tidy.py: expected --check or files that end in .ipynb, got "),
        (("nbtext.py", "show", "none.ipynb"), "none.ipynb cannot be read: No such file or directory"),
        (("nbtext.py", "make", "none.py", "page.ipynb"), "none.py cannot be read: No such file or directory"),
        (("nbtext.py", "shwo"), "nbtext.py show NOTEBOOK > page.py"),
        (("build_site.py", "--frsh"), "unknown argument --frsh; expected nothing or --fresh"),
        (("demo.py", "--recrod"), "unknown argument --recrod; expected --record, --no-sandbox or nothing"),
        (("release.py",), "usage: release.py VERSION, for example release.py 0.2.0"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_words_a_tool_does_not_know(words: tuple[str, ...], said: str) -> None:
    status, told = tool(*words)
    assert status == 1 and said in told


def test_a_pdf_without_a_site_and_without_a_browser(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "make_pdf.py", tmp_path / "tools")
    status, said = tool("make_pdf.py", folder=tmp_path)
    assert status == 1 and said == "make_pdf.py: there is no site yet in _build/html; type: make book\n"
    page = tmp_path / "_build" / "html" / "index.html"
    page.parent.mkdir(parents=True)
    shutil.copy(ROOT / "book" / "index.md", page)
    command = [sys.executable, tmp_path / "tools" / "make_pdf.py"]
    bare = {"PATH": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=bare)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("Chromium is not on this machine. Install the package chromium, then type: make pdf\n")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The release script and the files it changes, in a git repository of their own."""
    (tmp_path / "tools").mkdir()
    for name in ("tools/release.py", "pyproject.toml", "CITATION.cff", "CHANGELOG.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "config", "user.name", "Ann")
    git(tmp_path, "config", "user.email", "ann@example.org")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "All")
    return tmp_path


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def test_a_release(checkout: Path) -> None:
    assert tool("release.py", "99.0.0", folder=checkout) == (0, "")
    assert git(checkout, "tag", "--list") == "v99.0.0\n" and git(checkout, "status", "--porcelain") == ""


def test_a_release_from_changed_files(checkout: Path) -> None:
    (checkout / "CITATION.cff").write_text("other\n", encoding="utf-8")
    status, said = tool("release.py", "99.0.0", folder=checkout)
    assert status == 1
    assert said == "release.py: the checkout has changes; commit them or undo them first:\n M CITATION.cff\n\n"


def test_a_release_whose_tag_is_there_changes_nothing(checkout: Path) -> None:
    git(checkout, "tag", "v99.0.0")
    before = git(checkout, "rev-parse", "HEAD")
    status, said = tool("release.py", "99.0.0", folder=checkout)
    assert status == 1
    assert said == "release.py: the tag v99.0.0 is there already; choose another version, or: git tag -d v99.0.0\n"
    assert git(checkout, "rev-parse", "HEAD") == before and git(checkout, "status", "--porcelain") == ""


def test_a_release_outside_git(checkout: Path) -> None:
    shutil.rmtree(checkout / ".git")
    status, said = tool("release.py", "99.0.0", folder=checkout)
    assert status == 1 and said.startswith("release.py: git status: fatal: not a git repository")

"""What a student meets before the course works: each message says what happened and what to type."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SETUP = (ROOT / "book" / "setup.md").read_text(encoding="utf-8")
LAB = 'pip install -c constraints.txt -e ".[lab]"'


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(ROOT / "Makefile", folder)
    for name in ("pyproject.toml", "constraints.txt"):
        (folder / name).touch()
    return subprocess.run(["make", *words], cwd=folder, capture_output=True, text=True, check=False)


def test_an_old_python(tmp_path: Path) -> None:
    old = tmp_path / "python3.10"
    old.write_text(
        f"#!/bin/sh\nexec {sys.executable} -c 'import sys; sys.version_info = (3, 10, 4); exec(sys.argv[1])' \"$2\"\n"
    )
    old.chmod(0o755)
    done = make(tmp_path, "book", f"PYTHON={old}")
    assert done.returncode != 0
    assert "needs Python 3.11 or newer, this is 3.10: name another with make PYTHON=python3.11" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_a_python_without_venv(tmp_path: Path) -> None:
    # Debian's Python makes a .venv, finds no pip to put into it, and leaves it there: every later make meets it.
    environment = tmp_path / ".venv" / "bin"
    environment.mkdir(parents=True)
    for path, answer in ((environment / "python", 'test "$2" != pip'), (tmp_path / "python3", 'test "$1" != -m')):
        path.write_text(f"#!/bin/sh\n{answer}\n")
        path.chmod(0o755)
    done = make(tmp_path, "book", f"PYTHON={tmp_path / 'python3'}")
    assert done.returncode != 0
    assert "sudo apt-get install python3-venv, then type the same command again" in done.stdout


def test_pip_refuses_an_old_python_as_the_set_up_page_says(tmp_path: Path) -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'requires-python = ">=3.11"' in project
    # To pip every Python is too old for this one.
    demanding = '[project]\nname = "chainrule"\nversion = "0"\nrequires-python = ">=99"\n'
    (tmp_path / "pyproject.toml").write_text(demanding, encoding="utf-8")
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-build-isolation", "--dry-run", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "Package 'chainrule' requires a different Python" in done.stderr
    assert "Package 'chainrule' requires a different Python" in SETUP


def test_a_port_in_use(tmp_path: Path) -> None:
    (tmp_path / "_build" / "html").mkdir(parents=True)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = make(tmp_path, "serve", f"PORT={port}", f"PYTHON={sys.executable}")
    assert done.returncode != 0
    assert (
        f"Port {port} is in use, perhaps by another make serve: end that one, or type make serve PORT=8001"
        in done.stderr
    )


def test_no_site_to_serve(tmp_path: Path) -> None:
    done = make(tmp_path, "serve")
    assert done.returncode != 0 and "There is no site yet: make book" in done.stdout


def without(*modules: str) -> str:
    return f"import sys\nfor name in {modules!r}: sys.modules[name] = None\nfrom classroom.commands.app import app\n"


def test_without_the_lab_extra() -> None:
    done = subprocess.run([sys.executable, "-c", without("typer")], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert (
        done.stderr == f"classroom needs packages that are not installed here.\nIn the course's folder, type: {LAB}\n"
    )
    assert LAB in SETUP


def test_an_instructors_command_without_the_grade_extra() -> None:
    code = (
        "import typer\n"
        "from classroom.commands.console import plain_errors\n"
        "try:\n"
        "    with plain_errors():\n"
        "        import dask.distributed\n"
        "except typer.Exit as ended:\n"
        "    sys.exit(ended.exit_code)\n"
    )
    run = [sys.executable, "-c", without("dask") + code]
    done = subprocess.run(run, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "200"})
    assert done.returncode == 2, done.stderr
    assert re.search(r'this needs dask\S*, which is not installed here\.\n.*-e "\.\[grade\]"', done.stderr)

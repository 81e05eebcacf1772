"""What the README says can be typed, can be typed."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from classroom.commands.app import app

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```bash\n(.*?)```", README, re.S)
COMMANDS = [shlex.split(line, comments=True) for block in BLOCKS for line in block.splitlines()]


def test_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))
    named = {command[1] for command in COMMANDS if command[0] == "make"}
    named |= set(re.findall(r"`make ([a-z-]+)`", README))
    assert {"book", "test", "help", "serve"} <= named <= targets


def test_classroom_commands_exist():
    known = set(get_command(app).commands)
    named = {command[1] for command in COMMANDS if command[0].endswith("classroom")}
    assert {"generate", "check", "grade", "feedback", "export"} <= named <= known


def test_files_named_exist():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    paths = re.findall(r"`((?:book|tools|src)/[\w./-]+)`", README)
    assert links and paths
    for path in links + paths:
        assert (ROOT / path).exists(), path


@pytest.mark.slow
def test_student_install_by_hand(tmp_path):
    """The student's lines: an environment in which a released notebook's first cell runs, and work is handed in."""
    environment = tmp_path / "venv"
    python = environment / "bin" / "python"
    install = next(command for command in COMMANDS if command[-1] == ".[lab]")
    assert install[0] == "pip"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    # The same line, with this environment's Python, from a copy that leaves nothing behind in the tree.
    subprocess.run(["git", "clone", "--quiet", ROOT, tmp_path / "course"], check=True)
    subprocess.run([python, "-m", *install, "--quiet"], cwd=tmp_path / "course", check=True)
    first_cell = "import numpy as np; from classroom.expect import Check, Points, generator, give, plain"
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([python, "-c", first_cell], cwd=tmp_path, env=clean, check=True)
    submit = [environment / "bin" / "classroom", "submit", "ps03", "--anyway"]
    subprocess.run(submit, cwd=tmp_path / "course", env=clean, check=True)
    assert (tmp_path / "course" / "mine" / "ps03-gradient-descent.zip").exists()
    missing = subprocess.run([python, "-c", "import torch"], cwd=tmp_path, env=clean, capture_output=True, check=False)
    assert missing.returncode != 0, "a student's environment should not need PyTorch"

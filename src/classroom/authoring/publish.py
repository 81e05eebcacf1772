"""The part of the course that students may see, for a public repository beside a private one.

Only what is listed goes: a file nobody thought of stays private. Before anything is written, every file is searched
for what the assignments hide: their solutions, hidden tests and rubrics.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ..assignments.assignment import Assignment, AssignmentError
from .check import telling_lines

# Folders and files at the top of the project. The engine and the checks are what students install.
PUBLIC = (
    ".binder",
    ".devcontainer",
    "exercises",
    "src",
    "CITATION.cff",
    "LICENSE",
    "LICENSE-text.md",
    "constraints.txt",
    "pyproject.toml",
)
# Written where there is none: the course's own README speaks of much that students do not have, and what a student's
# environment and commands make is not to be committed.
README = Path(__file__).parents[1] / "templates" / "public" / "README.md"
IGNORED = "/.venv/\n/mine/\n*.egg-info/\n__pycache__/\n.ipynb_checkpoints/\n"


def public_files(root: Path) -> list[Path]:
    """The tracked files that go out, relative to `root`."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=False, capture_output=True, text=True)
    if done.returncode:
        raise AssignmentError(f"{root} is no git checkout, so it cannot be told which files belong to the course")
    names = [Path(name) for name in done.stdout.split("\0") if name]
    return [name for name in names if name.parts[0] in PUBLIC and (root / name).is_file()]


def leaks(root: Path, files: Sequence[Path], assignments: Sequence[Assignment]) -> list[str]:
    """Files that hold a line of a hidden test, a solution or a rubric, with the cell it comes from.

    `src` is the book's own engine, printed in its chapters; it is what an assignment has students rebuild, and is
    kept from their code by the assignment's settings, so solutions are not looked for in it.
    """
    secrets = {
        line: f"{assignment.name}, cell {cell.id}"
        for assignment in assignments
        for cell in assignment.cells
        for line in telling_lines(cell)
    }
    # A helper may be written out in a hidden test and in an open cell of the same release alike.
    for assignment in assignments:
        for cell in assignment.cells:
            for line in cell.stub.split("\n"):
                secrets.pop(line.strip(), None)
    found = []
    for name in files:
        if name.parts[0] == "src":
            continue
        text = (root / name).read_text(encoding="utf-8", errors="replace")
        if name.suffix == ".ipynb":
            text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
        held = {line.strip() for line in text.split("\n")} & secrets.keys()
        found += [f"{name}: holds hidden text of {secrets[line]}: {line[:60]!r}" for line in sorted(held)]
    found += [f"{name}: a file of wrong solutions" for name in files if name.name == "misconceptions.py"]
    return found


def publish(root: Path, target: Path, assignments: Sequence[Assignment]) -> list[Path]:
    """Copy the public files into `target`; what lies there of an earlier time and is gone here is removed.

    Only what `PUBLIC` lists is touched, so `target` can be a checkout with files of its own. Its README and .gitignore
    are two of them: where there is none, one for students is written.

    Raises
    ------
    AssignmentError
        If a file holds what an assignment hides, or `target` lies in the course itself; nothing is written then.
    """
    target = target.resolve()
    if target == root or root in target.parents:
        raise AssignmentError(f"target: expected a folder outside the course, got {target}")
    files = public_files(root)
    if problems := leaks(root, files, assignments):
        raise AssignmentError("not published:\n" + "\n".join(problems))
    for top in PUBLIC:
        old = target / top
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(old)
        else:
            old.unlink(missing_ok=True)
    for name in files:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, target / name)
    target.mkdir(parents=True, exist_ok=True)
    for own, text in ((README.name, README.read_text(encoding="utf-8")), (".gitignore", IGNORED)):
        if not (target / own).exists():
            (target / own).write_text(text, encoding="utf-8")
            files.append(Path(own))
    return files

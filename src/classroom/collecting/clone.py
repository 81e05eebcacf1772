"""One student's git repository, fetched without running or writing anything of it.

Only the newest commit comes, without submodules and without a working tree: the files go from git into a zip, and
from there the way of every other submission. Times of commits are the student's word and are not read.
"""

from __future__ import annotations

import csv
import os
import re
import resource
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ..submissions.intake import Refused
from .archive import SourceError

MAX_REPOSITORY_BYTES = 500_000_000
SECONDS = 120
REMOTE = re.compile(r"https://[^\s]+|ssh://[^\s-][^\s]*|[\w.-]+@[\w.-]+:[^\s-][^\s]*")
# No hook, template, helper program or filter of anybody's runs; nothing but these ways of transport is used.
SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.symlinks=false",
    "submodule.recurse=false",
    "protocol.allow=never",
    "protocol.https.allow=always",
    "protocol.ssh.allow=always",
    "protocol.file.allow=always",
    "gc.auto=0",
    "maintenance.auto=false",
)


@dataclass(frozen=True)
class Repository:
    """A line of the list: whose it is, where it lies, which branch ("" for the repository's own choice)."""

    student: str
    place: str
    branch: str = ""


def read_list(path: Path) -> list[Repository]:
    """The repositories of a CSV with the columns student, repository and, if wanted, branch.

    Raises
    ------
    SourceError
        When a column is missing or a line is incomplete.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if not {"student", "repository"} <= set(reader.fieldnames or []):
                raise SourceError(
                    f"{path}: expected the columns student and repository (and, if wanted, branch), "
                    f"found {', '.join(reader.fieldnames or []) or 'nothing'}"
                )
            rows = [(reader.line_num, {k: (v or "").strip() for k, v in row.items() if k}) for row in reader]
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path} cannot be read ({error}); save it as CSV in UTF-8") from None
    for number, row in rows:
        if not row["student"] or not row["repository"]:
            raise SourceError(f"{path}, line {number}: student and repository must both be given")
    return [Repository(row["student"], row["repository"], row.get("branch", "")) for _, row in rows]


def fetch(repository: Repository, work: Path, base: Path) -> Path:
    """The files of the newest commit as a zip in the new folder `work`; a relative path starts at `base`.

    Raises
    ------
    Refused
        With git's own last words, when it cannot be had.
    """
    place = repository.place
    if not REMOTE.fullmatch(place):
        if "://" in place or "::" in place or place.startswith("-"):
            raise Refused(f"{place} is not fetched: expected https://..., ssh://..., user@host:path, or a folder")
        if not (base / place).is_dir():
            raise Refused(f"{place} is no folder and no address git could fetch")
        place = (base / place).resolve().as_uri()
    work.mkdir()
    bare, package = work / "repository.git", work / "files.zip"
    branch = ["--branch", repository.branch] if repository.branch else []
    options = ["--bare", "--depth=1", "--single-branch", "--no-tags", "--template=", "--quiet"]
    _git(["clone", *options, *branch, "--", place, str(bare)], work)
    _git([f"--git-dir={bare}", "archive", "--format=zip", f"--output={package}", "HEAD"], work)
    shutil.rmtree(bare)
    return package


def _git(words: list[str], folder: Path) -> None:
    settings = [part for setting in SETTINGS for part in ("-c", setting)]
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("GIT_")},
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
        "GIT_ALLOW_PROTOCOL": "https:ssh:file",
        "LC_ALL": "C",
    }
    try:
        done = subprocess.run(
            ["git", *settings, *words],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            preexec_fn=_limit,
        )
    except subprocess.TimeoutExpired:
        raise Refused(f"git had not finished after {SECONDS} s") from None
    except FileNotFoundError:
        raise SourceError("git is not installed; type: sudo apt install git") from None
    if done.returncode:
        words_of_git = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no message"]
        raise Refused(f"git: {words_of_git[-1].removeprefix('fatal: ')[:300]}")


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_REPOSITORY_BYTES, MAX_REPOSITORY_BYTES))

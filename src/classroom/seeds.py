"""The seed of the hidden tests: HMAC(secret, assignment, student, run), the same whenever it is asked for.

The secret lies outside the repository, so nobody who can read the course can work out the inputs a student
will meet; `run` is a recorded number that changes only when an instructor asks for new inputs.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from pathlib import Path

ENVIRONMENT = "CHAINRULE_SECRET_FILE"
DEFAULT = Path("~/.config/chainrule/secret")


class SecretError(RuntimeError):
    """The secret cannot be read or made; the message says what to do."""


def secret_path() -> Path:
    """Where the secret lies: the file named by CHAINRULE_SECRET_FILE, else ~/.config/chainrule/secret."""
    return Path(os.environ.get(ENVIRONMENT) or DEFAULT).expanduser()


def secret() -> bytes:
    """The course's secret, made on first use and readable by its owner alone.

    Raises
    ------
    SecretError
        When the file is readable by others, too short, or cannot be written.
    """
    path = secret_path()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made complete under another name first: two graders starting at once agree on one secret.
        if not path.exists():
            draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32) + "\n")
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        mode = path.stat().st_mode & 0o777
        key = path.read_bytes().strip()
    except OSError as error:
        raise SecretError(
            f"the grading secret {path} cannot be read or made ({error.strerror}); "
            f"set {ENVIRONMENT} to a file of yours outside the repository"
        ) from None
    if mode & 0o077:
        raise SecretError(f"the grading secret {path} is readable by others (mode {mode:o}); run: chmod 600 {path}")
    if len(key) < 32:
        raise SecretError(
            f"the grading secret {path} has {len(key)} characters, expected at least 32; restore a backup"
        )
    return key


def seed(assignment: str, student: str, run: int, *, key: bytes | None = None) -> bytes:
    """The 128-bit seed of one student's hidden tests in one run.

    >>> seed("ps05", "ada", 1, key=b"k" * 32) == seed("ps05", "ada", 1, key=b"k" * 32)
    True
    >>> seed("ps05", "ada", 1, key=b"k" * 32) == seed("ps05", "ada", 2, key=b"k" * 32)
    False
    """
    message = json.dumps([assignment, student, run]).encode()
    return hmac.new(key if key is not None else secret(), message, hashlib.sha256).digest()[:16]

"""Verdicts kept on disk under the hash of what they depend on, so that a run that was killed need not start again.

An entry is written under another name and then renamed; its first line is the checksum of the rest. One that is
damaged counts as missing. The folder holds students' outputs, so it is closed to others.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..model import Failure, ItemResult, Verdict


class Cache:
    """The folder of verdicts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def path(self, key: str) -> Path:
        """Where the verdict of this key lies."""
        return self.folder / key[:2] / f"{key}.json"

    def get(self, key: str) -> Verdict | None:
        """The verdict of this key; None when there is none, or none that is whole."""
        try:
            checksum, _, body = self.path(key).read_bytes().partition(b"\n")
            if checksum.decode() != hashlib.sha256(body).hexdigest():
                return None
            return _verdict(json.loads(body))
        except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
            return None

    def put(self, key: str, verdict: Verdict) -> None:
        """Keep a verdict, unless a limit struck: what a busy machine ended another try may finish."""
        if verdict.limited:
            return
        body = json.dumps(asdict(verdict)).encode()
        path = self.path(key)
        path.parent.mkdir(exist_ok=True)
        draft = path.with_name(f".{key}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            draft.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
            os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)


def _verdict(found: dict[str, Any]) -> Verdict:
    items = {
        name: ItemResult(
            item["points"],
            item["most"],
            tuple(Failure(**failure) for failure in item["failures"]),
            tuple(item["passed"]),
        )
        for name, item in found["items"].items()
    }
    return Verdict(items, found["outputs"], tuple(found["notes"]), found["seconds"], found["limited"])

"""Execution as a pure function: (cells, tests, data, seed, environment) to a verdict, wherever it runs.

A `Job` holds all that a verdict depends on and nothing else: no student, no path, no gradebook. So its key is
the address of the verdict in the cache, and any machine with the same environment may execute it.
"""

from __future__ import annotations

import functools
import hashlib
import json
import platform
import sysconfig
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from pathlib import Path

from ..model import Conditions, Step, Verdict
from ..sandboxing import contents, nursery

# The judge changes the working folder and the standard streams: one submission a process at a time.
_ALONE = threading.Lock()


class OtherEnvironment(RuntimeError):
    """This machine has other packages than the one that sent the job; the message names both."""


@dataclass(frozen=True)
class Job:
    """One submission to execute.

    `steps` are the grafted notebook's cells, tests included; `data` the released files as (name, content);
    `seed` is the student's own, made from the course's secret and never the secret itself.
    """

    steps: tuple[Step, ...]
    conditions: Conditions
    data: tuple[tuple[str, bytes], ...]
    seed: bytes
    sandboxed: bool = True
    environment: str = ""

    @functools.cached_property
    def key(self) -> str:
        """The hash of everything the verdict depends on."""
        text = {
            "steps": [asdict(step) for step in self.steps],
            "conditions": {**asdict(self.conditions), "data": None},
            "data": [(name, hashlib.sha256(content).hexdigest()) for name, content in self.data],
            "seed": self.seed.hex(),
            "sandboxed": self.sandboxed,
            "environment": self.environment or environment(self.conditions.packages),
        }
        return hashlib.sha256(json.dumps(text, sort_keys=True).encode()).hexdigest()


@functools.lru_cache(maxsize=32)
def environment(packages: tuple[str, ...]) -> str:
    """The interpreter, this package and the allowed packages as they are installed here, in one line."""
    versions = []
    for name, path in sorted(contents.package_files(tuple(sorted(packages))).items()):
        top = name.split(".")[0]
        installed = any(path.is_relative_to(sysconfig.get_path(k)) for k in ("purelib", "platlib"))
        # A package that is worked on has the same version number before and after a change.
        versions.append(f"{top} {_version(top)}" if installed else f"{top} {_content(path)}")
    python = f"{platform.python_implementation()} {platform.python_version()} {platform.machine()}"
    return ", ".join([python, f"classroom {_content(Path(__file__).parents[1])}", *versions])


def _version(top: str) -> str:
    try:
        return metadata.version(top)
    except metadata.PackageNotFoundError:
        return "unversioned"


@functools.lru_cache(maxsize=32)
def _content(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")) if folder.is_dir() else [folder]:
        digest.update(path.relative_to(folder.parent).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def unpacked(data: tuple[tuple[str, bytes], ...]) -> Iterator[Path | None]:
    """The released data in a folder of this execution's own: what a test writes there is gone with it."""
    if not data:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="classroom-data-") as place:
        folder = Path(place)
        folder.chmod(0o755)
        for name, content in data:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        yield folder


def execute(job: Job, *, preload: bool = False) -> Verdict:
    """Run one submission: the student's cells in the worker, the tests in the judge.

    Parameters
    ----------
    job
        What to run.
    preload
        Whether more of the same kind will follow, so that it pays to import their packages once for all.

    Raises
    ------
    OtherEnvironment
        When the job was made where other packages are installed.
    """
    from .judge import judge

    here = environment(job.conditions.packages)
    if job.environment and job.environment != here:
        raise OtherEnvironment(
            f"{platform.node()} would grade under another environment ({here}) than was asked for "
            f"({job.environment}); install the same constraints.txt on every machine"
        )
    with _ALONE, unpacked(job.data) as data, nursery.preloading(preload):
        return judge(job.steps, replace(job.conditions, data=data), job.seed, sandboxed=job.sandboxed)

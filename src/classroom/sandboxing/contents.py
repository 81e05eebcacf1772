"""What a worker sees of this machine: the interpreter, the allowed packages, the released data, nothing else.

Of this package it sees those modules that work there and hold no secret. What is withheld is not mounted at all.
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import os
import re
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from ..model import Conditions

SITE = Path("/site")
WORK = Path("/work")
# One by one: a module that is added to a folder does not become visible by that.
OWN_MODULES = (
    "expect",
    "topics",
    "sandboxing/zygote",
    "wire/values",
    "wire/generators",
    "wire/encoding",
    "wire/decoding",
    "wire/changes",
    "wire/channel",
    "worker/main",
    "worker/confinement",
    "worker/conversation",
    "worker/objects",
    "worker/operations",
    "worker/cells",
    "worker/outputs",
    "worker/errors",
)


@functools.lru_cache(maxsize=1)
def _distributions() -> dict[str, list[str]]:
    return dict(importlib.metadata.packages_distributions())


def _provider(package: str) -> list[str]:
    """The distributions that install this package: mostly the one of the same name, and looking is fast then."""
    try:
        if package in _tops(importlib.metadata.distribution(package)):
            return [package]
    except importlib.metadata.PackageNotFoundError:
        pass
    return _distributions().get(package, [])


def _tops(distribution: importlib.metadata.Distribution) -> set[str]:
    """Names a distribution puts in the site folder."""
    record = distribution.read_text("RECORD")
    paths = (line.split(",")[0] for line in record.splitlines()) if record else map(str, distribution.files or [])
    return {path.split("/")[0] for path in paths if "/" in path or path.endswith(".py")}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@functools.lru_cache(maxsize=32)
def package_files(packages: tuple[str, ...]) -> dict[str, Path]:
    """Name under the site folder -> path on this machine, for these packages and all they require."""
    found: dict[str, Path] = {}
    done: set[str] = set()
    queue: list[str] = []
    for package in packages:
        if package == "classroom":
            raise ValueError("packages: the grader itself cannot be given to a submission")
        # A package installed in place (editable) has no list of files: it is where it is imported from.
        spec = importlib.util.find_spec(package)
        if spec is None:
            raise ValueError(f"packages: {package} is not installed, so no submission can use it")
        if package in sys.stdlib_module_names:
            continue
        where = list(spec.submodule_search_locations or [])
        path = Path(where[0] if where else str(spec.origin))
        found[path.name] = path
        queue += _provider(package)
    while queue:
        name = _normal(queue.pop())
        if name in done:
            continue
        done.add(name)
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        tops = _tops(distribution)
        for top in tops:
            path = Path(str(distribution.locate_file(top)))
            if top not in ("..", "__pycache__") and not top.endswith((".dist-info", ".pth")) and path.exists():
                found.setdefault(top, path)
        for requirement in distribution.requires or []:
            needed, _, marker = requirement.partition(";")
            if "extra" not in marker:
                queue.append(re.split(r"[\s<>=!~\[(]", needed.strip(), maxsplit=1)[0])
    return found


def _withholding(source: Path, goal: Path, withheld: set[str], module: str) -> Iterator[tuple[Path, Path]]:
    """Mounts of a package without the withheld modules: folder by folder where something is left out."""
    if not any(w == module or w.startswith(module + ".") for w in withheld):
        yield source, goal
        return
    for entry in sorted(source.iterdir()):
        inner = f"{module}.{entry.name.split('.')[0]}"
        if entry.name == "__pycache__":
            for compiled in sorted(entry.iterdir()):
                if f"{module}.{compiled.name.split('.')[0]}" not in withheld:
                    yield compiled, goal / entry.name / compiled.name
        elif inner in withheld:
            continue
        elif entry.is_dir():
            yield from _withholding(entry, goal / entry.name, withheld, inner)
        else:
            yield entry, goal / entry.name


def mounts(conditions: Conditions, data: Path = WORK) -> list[tuple[Path, Path]]:
    """Everything of this machine that the worker sees beside the system's libraries: (here, there).

    The released data goes to the folder `data` in the sandbox.
    """
    withheld = set(conditions.withheld)
    found: list[tuple[Path, Path]] = []
    for name, path in package_files(tuple(sorted(conditions.packages))).items():
        if name.split(".")[0] in withheld:
            continue
        found += _withholding(path, SITE / name, withheld, name.split(".")[0])
    own = Path(__file__).parents[1]
    for module in OWN_MODULES:
        source = own / f"{module}.py"
        compiled = Path(importlib.util.cache_from_source(str(source)))
        goal = (SITE / "classroom" / module).with_suffix(".py")
        found.append((source, goal))
        if compiled.exists():
            found.append((compiled, goal.parent / "__pycache__" / compiled.name))
    if conditions.data is not None:
        for entry in sorted(conditions.data.rglob("*")):
            if entry.is_file() and not entry.is_symlink():
                found.append((entry.resolve(), data / entry.relative_to(conditions.data)))
    return found


@functools.lru_cache(maxsize=1)
def system() -> tuple[list[tuple[str, Path, Path]], list[Path]]:
    """Mounts of libraries and interpreter (option, here, there), and folders to hide in them."""
    entries: list[tuple[str, Path, Path]] = []
    hidden: list[Path] = []
    for name in ("/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32", "/lib", "/lib32", "/lib64", "/libx32"):
        path = Path(name)
        if path.is_symlink():
            entries.append(("--symlink", Path(os.readlink(path)), path))
        elif path.is_dir():
            entries.append(("--ro-bind", path, path))
            for pattern in ("python3*/site-packages", "python3*/dist-packages"):
                hidden += [found for found in path.glob(pattern) if found.is_dir() and not found.is_symlink()]
    cache = Path("/etc/ld.so.cache")
    if cache.exists():
        entries.append(("--ro-bind", cache, cache))
    seen = [there for option, _, there in entries if option == "--ro-bind"]
    interpreter = python()
    for path in [interpreter, *_standard_library(), *interpreter.parent.parent.glob("lib/libpython*")]:
        if not any(path.is_relative_to(folder) for folder in seen):
            entries.append(("--ro-bind", path, path))
        for pattern in ("site-packages", "dist-packages"):
            if (path / pattern).is_dir():
                hidden.append(path / pattern)
    return entries, sorted(set(hidden))


def python() -> Path:
    """The interpreter itself, outside any virtual environment."""
    return Path(os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable))


def _standard_library() -> list[Path]:
    base = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix, "installed_base": sys.base_prefix}
    base["installed_platbase"] = sys.base_exec_prefix
    paths = {Path(sysconfig.get_path(name, vars=base)) for name in ("stdlib", "platstdlib")}
    return sorted(path for path in paths if path.is_dir())

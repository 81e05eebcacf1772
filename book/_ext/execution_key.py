"""Execute a chapter again whenever what it imports has changed.

The stock cache knows a chapter's cells alone and would go on showing old numbers after the package changed. Here
each state of `src/chainrule` and of the pinned packages has a cache folder of its own.
"""

import hashlib
import shutil
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PREFIX = ".jupyter_cache-"


def execution_key(root: Path = ROOT) -> str:
    """A hash of everything outside a chapter that its results depend on."""
    digest = hashlib.sha256()
    package = root / "src" / "chainrule"
    sources = [p for p in package.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    for path in [*sorted(sources), root / "constraints.txt"]:
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def cache_folder(root: Path = ROOT) -> Path:
    """Where the executed notebooks of this state of the package are kept."""
    return root / "_build" / f"{PREFIX}{execution_key(root)}"


def forget_old_caches(build: Path, keep: Path) -> None:
    """Remove the executed notebooks of earlier states."""
    for folder in build.glob(f"{PREFIX}*"):
        if folder != keep:
            shutil.rmtree(folder)


def choose_cache(app: Any, config: Any) -> None:
    # A changed value of this setting also makes Sphinx read every page again, so no old page survives either.
    config.nb_execution_cache_path = str(cache_folder())


def setup(app: Any) -> dict[str, bool]:
    app.connect("config-inited", choose_cache)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

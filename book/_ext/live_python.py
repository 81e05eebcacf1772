"""Live Python: a reader changes a code cell of chapters 3 to 6 and runs it in the page, by Pyodide.

At build time the interpreter is fetched with npm (version and hashes pinned in `pyodide/`) and put into the site, and
each cell is run on this machine with nothing but what the interpreter holds. A cell that runs so gets a Run button
(`_static/live-python.js`), and what it prints must be what the page shows. The tag `not-live` keeps a cell out.

The setting `live_python_distribution` names a full distribution of Pyodide, a folder or an address: then cells that use
NumPy count too. Without npm and without that setting, pages have no Run buttons, and the build says so once.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.errors import ExtensionError

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PACKAGE = ROOT / "src" / "chainrule"
PAGES = (
    "part1/03-gradient-descent",
    "part2/04-chain-rule",
    "part2/05-dual-numbers",
    "part2/06-computation-graphs",
)
FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
HIDDEN = {"hide-input", "hide-cell", "remove-input", "remove-cell"}
DAY = (2026, 1, 1, 0, 0, 0)  # so that the same files give the same zip


class Interpreter(NamedTuple):
    folder: Path | None  # what to copy into the site
    address: str  # where a page finds it, seen from _static/
    packages: tuple[str, ...]  # beyond the standard library and chainrule


class Missing(Exception):
    """There is no interpreter to put into the site; the message says why."""


def interpreter(distribution: str, build: Path) -> Interpreter:
    if urlsplit(distribution).scheme in ("http", "https"):
        return Interpreter(None, distribution.rstrip("/") + "/", ("numpy",))
    if distribution:
        folder = (ROOT / distribution).resolve()
        if lost := [name for name in (*FILES, *numpy_files(folder)) if not (folder / name).is_file()]:
            raise ExtensionError(
                f"live_python_distribution: expected the folder or the address of a full distribution of Pyodide, "
                f"got {distribution!r}, where {', '.join(lost)} is missing"
            )
        return Interpreter(folder, "pyodide/", ("numpy",))
    return Interpreter(fetched(build / "npm"), "pyodide/", ())


def numpy_files(folder: Path) -> list[str]:
    """The file of NumPy and of what it needs, by the distribution's own list."""
    try:
        packages = json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]
    except FileNotFoundError:
        return []
    found, waiting = [], ["numpy"]
    while waiting:
        package = packages[waiting.pop()]
        found.append(package["file_name"])
        waiting += package["depends"]
    return sorted(set(found))


def fetched(folder: Path) -> Path:
    """The pinned npm package, fetched unless it is there already."""
    package, pinned = folder / "node_modules" / "pyodide", HERE / "pyodide" / "package-lock.json"
    done = folder / "fetched.json"  # written last, so an interrupted fetch is not taken for a whole one
    if done.is_file() and done.read_bytes() == pinned.read_bytes():
        return package
    npm = shutil.which("npm")
    if npm is None:
        raise Missing("npm is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / "pyodide" / name, folder)
    # Where no registry is reached, npm would otherwise try for minutes.
    patience = ["--fetch-retries=1", "--fetch-timeout=60000"]
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *patience]
    outcome = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if outcome.returncode:
        last = (outcome.stderr or outcome.stdout).strip().splitlines() or ["npm said nothing"]
        raise Missing(f"npm could not fetch the interpreter ({last[0]})")
    shutil.copy(pinned, done)
    return package


def code_cells(page: str) -> list[dict[str, Any]]:
    notebook = json.loads((ROOT / "book" / f"{page}.ipynb").read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def source_of(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def tags_of(cell: dict[str, Any]) -> set[str]:
    return set(cell["metadata"].get("tags", []))


def tried(page: str, packages: tuple[str, ...], build: Path) -> dict[str, str]:
    """Each live cell of a chapter and what it prints here, with nothing but the standard library, chainrule and the
    packages. Kept until the chapter, chainrule or this extension change."""
    cells = code_cells(page)
    order = {
        "cells": [(cell["id"], source_of(cell)) for cell in cells],
        "barred": [cell["id"] for cell in cells if "not-live" in tags_of(cell)],
        "packages": ["chainrule", *packages],
        "path": str(PACKAGE.parent),
    }
    key = hashlib.sha256(json.dumps(order).encode() + state()).hexdigest()[:16]
    kept = build / "live" / f"{Path(page).name}-{key}.json"
    if not kept.is_file():
        outcome = subprocess.run(
            [sys.executable, HERE / "live_cells.py"],
            input=json.dumps(order),
            capture_output=True,
            text=True,
            check=False,
        )
        if outcome.returncode:
            raise ExtensionError(f"{page}: its cells could not be tried one by one:\n{outcome.stderr}")
        kept.parent.mkdir(parents=True, exist_ok=True)
        for old in kept.parent.glob(f"{Path(page).name}-*.json"):
            old.unlink()
        kept.write_text(outcome.stdout, encoding="utf-8")
    hidden = {cell["id"] for cell in cells if tags_of(cell) & HIDDEN}
    live = {}
    for cell, found in json.loads(kept.read_text(encoding="utf-8")).items():
        if "missing" in found or cell in hidden:
            continue
        if "error" in found:
            raise ExtensionError(
                f"{page}: cell {cell} fails when run after only what it needs; mend it, or give it the tag not-live:\n"
                f"{found['error']}"
            )
        live[cell] = found["printed"]
    return live


def state() -> bytes:
    """A digest of chainrule and of this extension."""
    digest = hashlib.sha256()
    for path in (*sorted(PACKAGE.glob("*.py")), HERE / "live_cells.py", Path(__file__)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.digest()


def find_interpreter(app: Any, config: Any) -> None:
    app.live_python = None
    # A value that changes makes Sphinx write every page again.
    config.live_python_key = "no interpreter"
    if not any((Path(app.srcdir) / f"{page}.ipynb").is_file() for page in PAGES):
        return
    try:
        app.live_python = interpreter(config.live_python_distribution, ROOT / "_build")
    except Missing as reason:
        print(f"Live Python: {reason}, so the pages have no Run buttons. With npm, build the site again.")
        return
    config.live_python_key = str(app.live_python) + state().hex()


def words(text: str) -> str:
    """Text without its spaces and line breaks: two displays may break a long value in different places."""
    return "".join(text.split())


def mark(app: Any, doctree: nodes.document, page: str) -> None:
    """Name the live cells of a page, and write down its cells for the interpreter."""
    if app.builder.format != "html" or page not in PAGES or app.live_python is None:
        return
    live = tried(page, app.live_python.packages, ROOT / "_build")
    cells = code_cells(page)
    waiting = list(cells)  # each stands on the page once at most, in order
    for container in [c for c in doctree.findall(nodes.container) if c.get("nb_element") == "cell_code"]:
        shown = next(container.findall(nodes.literal_block)).astext() if container.children else ""
        cell = next((c for c in waiting if words(source_of(c)) == words(shown)), None)
        if cell is not None:
            waiting.remove(cell)
        if cell is None or cell["id"] not in live:
            continue
        outputs = [c for c in container.children if c.get("nb_element") == "cell_code_output"]
        printed = "".join(c.astext() for c in outputs)
        if words(printed) != words(live[cell["id"]]):
            raise ExtensionError(
                f"{page}: cell {cell['id']} prints something else when run after only what it needs; mend it, or give "
                f"it the tag not-live:\n{live[cell['id']]}\ninstead of\n{printed}"
            )
        container["classes"].append("cr-live")
        container["ids"].append(f"cell-{cell['id']}")
    table = {
        "interpreter": app.live_python.address,
        "packages": app.live_python.packages,
        "cells": [[cell["id"], source_of(cell)] for cell in cells],
    }
    target = Path(app.outdir) / "_static" / "live" / f"{page}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(table), encoding="utf-8")


def add_script(app: Any, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    if doctree is not None and pagename in PAGES and app.live_python is not None:
        app.add_js_file("live-python.js", loading_method="defer", priority=900)


def copy_once(source: Path, target: Path) -> None:
    def age(path: Path) -> tuple[int, int]:
        return path.stat().st_size, int(path.stat().st_mtime)

    if not target.is_file() or age(target) != age(source):
        shutil.copy2(source, target)


def write_interpreter(app: Any, error: Exception | None) -> None:
    """The interpreter, and chainrule for it, into the site; what is there already stays."""
    if error is not None or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    found = app.live_python
    if found is None or found.folder is None:
        shutil.rmtree(static / "pyodide", ignore_errors=True)
    if found is None:
        shutil.rmtree(static / "live", ignore_errors=True)
        return
    if found.folder is not None:
        names = (*FILES, *(numpy_files(found.folder) if found.packages else ()))
        (static / "pyodide").mkdir(exist_ok=True)
        for old in (static / "pyodide").iterdir():
            if old.name not in names:
                old.unlink()
        for name in names:
            copy_once(found.folder / name, static / "pyodide" / name)
    with zipfile.ZipFile(static / "live" / "chainrule.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        # `show` draws with matplotlib, which stays here.
        for path in (*sorted(PACKAGE.glob("*.py")), HERE / "live_cells.py"):
            name = f"chainrule/{path.name}" if path.parent == PACKAGE else path.name
            archive.writestr(zipfile.ZipInfo(name, DAY), path.read_bytes(), zipfile.ZIP_DEFLATED)


def setup(app: Any) -> dict[str, bool]:
    app.add_config_value("live_python_distribution", "", "html")
    app.add_config_value("live_python_key", "", "html")
    app.connect("config-inited", find_interpreter)
    app.connect("doctree-resolved", mark, priority=900)  # after outputs have been chosen
    app.connect("html-page-context", add_script)
    app.connect("build-finished", write_interpreter)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

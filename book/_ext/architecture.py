"""The directive `{layers} PACKAGE`: the rows of book/architecture.yml as a drawing and a table of its modules.

What a module is for comes from the first sentence of its docstring.
"""

import ast
from html import escape
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "book" / "architecture.yml"


def layers(package: str) -> list[tuple[str, list[str]]]:
    """The rows from the top down: name, modules."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return [(row["name"], row["modules"]) for row in table[package]["rows"]]


def late(package: str) -> set[tuple[str, str]]:
    """Imports that go up, made when a function is called: (module, what it imports)."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return {tuple(arrow.split(" -> ")) for arrow in table[package]["late"]}


def sources(package: str) -> dict[str, list[Path]]:
    """Module -> its files: one, or those of a folder."""
    folder = ROOT / "src" / package
    found = {path.stem: [path] for path in folder.glob("*.py") if path.stem != "__init__"}
    for inner in folder.iterdir():
        if (inner / "__init__.py").is_file():
            found[inner.name] = sorted(inner.glob("*.py"))
    return found


def imports(package: str, files: list[Path]) -> tuple[set[str], set[str]]:
    """The package's own modules that files import: when loaded, and when one of their functions is called."""
    at_once, later = set(), set()
    for path in files:
        depth = len(path.relative_to(ROOT / "src" / package).parts)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            (at_once if node in tree.body else later).update(_names(package, node, depth))
    return at_once, later - at_once


def _names(package: str, node: ast.AST, depth: int) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[1] for alias in node.names if alias.name.startswith(f"{package}.")]
    if not isinstance(node, ast.ImportFrom):
        return []
    own = node.module == package if not node.level else node.level == depth and not node.module
    if own:
        return [alias.name for alias in node.names]
    if node.level == depth and node.module:
        return [node.module.split(".")[0]]
    if not node.level and node.module and node.module.startswith(f"{package}."):
        return [node.module.split(".")[1]]
    return []


def purpose(files: list[Path]) -> str:
    """The first line of a module's docstring (of its `__init__` where it is a folder)."""
    path = next((p for p in files if p.name == "__init__.py"), files[0])
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n\n")[0].replace("\n", " ")


class Layers(SphinxDirective):
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        package = self.arguments[0]
        self.env.note_reread()  # it shows what stands in src/
        found = sources(package)
        rows, table = [], []
        for name, modules in layers(package):
            boxes = "".join(f"<li>{escape(module)}</li>" for module in modules)
            rows.append(f'<div class="cr-layer"><p>{escape(name)}</p><ul>{boxes}</ul></div>')
            for module in modules:
                text = escape(purpose(found[module])).replace("`", "")
                table.append(f"<tr><td><code>{module}</code></td><td>{text}</td></tr>")
        head = '<thead><tr><th scope="col">module</th><th scope="col">what it is for</th></tr></thead>'
        html = (
            f'<div class="cr-layers">{"".join(rows)}</div>'
            f'<table class="table cr-modules">{head}<tbody>{"".join(table)}</tbody></table>'
        )
        return [nodes.raw("", html, format="html")]


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("layers", Layers)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

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
    """The rows from the top down: name, modules by their dotted names."""
    rows = yaml.safe_load(TABLE.read_text(encoding="utf-8"))[package]["rows"]
    return [(row["name"], [f"{row['folder']}.{m}" if "folder" in row else m for m in row["modules"]]) for row in rows]


def late(package: str) -> set[tuple[str, str]]:
    """Imports that go up, made when a function is called: (module, what it imports)."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return {tuple(arrow.split(" -> ")) for arrow in table[package]["late"]}


def sources(package: str) -> dict[str, Path]:
    """Module by its dotted name in the package -> its file."""
    folder = ROOT / "src" / package
    found = (path for path in sorted(folder.rglob("*.py")) if path.stem != "__init__")
    return {".".join(path.relative_to(folder).with_suffix("").parts): path for path in found}


def imports(package: str, path: Path) -> tuple[set[str], set[str]]:
    """The package's own modules that a file imports: when loaded, and when one of its functions is called."""
    at_once: set[str] = set()
    later: set[str] = set()
    here = path.relative_to(ROOT / "src").parent.parts
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        found = (name.removeprefix(f"{package}.") for name in _names(node, here) if name.startswith(f"{package}."))
        (at_once if node in tree.body else later).update(found)
    return at_once, later - at_once


def _names(node: ast.AST, here: tuple[str, ...]) -> list[str]:
    """What a statement imports, in full: the module itself and, since either may be one, each name from it."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    above = here[: len(here) - node.level + 1] if node.level else ()
    base = ".".join([*above, *([node.module] if node.module else [])])
    return [base, *(f"{base}.{alias.name}" for alias in node.names)]


def purpose(path: Path) -> str:
    """The first paragraph of a module's docstring, in one line."""
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n\n")[0].replace("\n", " ")


class Layers(SphinxDirective):
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        package = self.arguments[0]
        self.env.note_reread()  # it shows what stands in src/
        found = sources(package)
        rows, table = [], []
        for name, modules in layers(package):
            boxes = "".join(f"<li>{escape(module.split('.')[-1])}</li>" for module in modules)
            folder = f" <code>{modules[0].split('.')[0]}/</code>" if "." in modules[0] else ""
            rows.append(f'<div class="cr-layer"><p>{escape(name)}{folder}</p><ul>{boxes}</ul></div>')
            for module in modules:
                text = escape(purpose(found[module])).replace("`", "")
                name = module.replace(".", ".<wbr>")  # where it may break on a phone
                table.append(f"<tr><td><code>{name}</code></td><td>{text}</td></tr>")
        head = '<thead><tr><th scope="col">module</th><th scope="col">what it is for</th></tr></thead>'
        html = (
            f'<div class="cr-layers">{"".join(rows)}</div>'
            f'<table class="table cr-modules">{head}<tbody>{"".join(table)}</tbody></table>'
        )
        return [nodes.raw("", html, format="html")]


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("layers", Layers)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""The topic index: every topic of the curriculum, where it is taught and where it is practised.

The table is book/topics.yml. Taught: the label `(gd-3)=` of a chapter. Practised: `"topics": ["GD-3"]` in the
metadata of a graded cell of solutions/. The directive `{topic-index}` on a page puts the index there.
"""

import json
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "book" / "topics.yml"


class topic_index(nodes.General, nodes.Element):
    """Stands for the index until all labels are known."""


class TopicIndex(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(TABLE))
        return [topic_index()]


def chapters() -> list[dict[str, Any]]:
    """The curriculum: chapters with `number`, `title` and `topics` (`id`, `title`, `starred`)."""
    return yaml.safe_load(TABLE.read_text(encoding="utf-8"))


def practised(root: Path = ROOT) -> dict[str, list[str]]:
    """Topic ID -> names of the assignments that give points for it."""
    found: dict[str, list[str]] = {}
    for path in sorted((root / "solutions").glob("*/*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for topic in cell["metadata"].get("topics", []):
                names = found.setdefault(topic, [])
                if path.stem not in names:
                    names.append(path.stem)
    return found


def assignment_name(stem: str) -> str:
    """`ps05-dual-numbers` -> `Set 5`."""
    return f"Set {int(stem[2:4])}"


def fill_index(app: Any, doctree: nodes.document, docname: str) -> None:
    for placeholder in list(doctree.findall(topic_index)):
        labels = app.env.get_domain("std").anonlabels
        graded = practised()
        sections = []
        for chapter in chapters():
            section = nodes.section(ids=[f"topics-{chapter['topics'][0]['id'][:2].lower()}"])
            section += nodes.title("", f"{chapter['number']}. {chapter['title']}")
            section += _table(app, docname, chapter["topics"], labels, graded)
            sections.append(section)
        placeholder.replace_self(sections)


def _table(app: Any, docname: str, topics: list[dict[str, Any]], labels: Any, graded: Any) -> nodes.Element:
    rows = nodes.tbody()
    for topic in topics:
        name = topic["id"].lower()
        taught: nodes.Node = nodes.inline("", "to come", classes=["cr-to-come"])
        if name in labels:
            target, label = labels[name][:2]
            uri = app.builder.get_relative_uri(docname, target) + f"#{label}"
            number = app.env.toc_secnumbers.get(target, {}).get(f"#{label}") or _section_number(app, target, label)
            text = "Section " + ".".join(map(str, number)) if number else "Section"
            taught = nodes.reference("", text, refuri=uri, internal=True)
        where = nodes.inline("", "")
        for stem in graded.get(topic["id"], []):
            page = f"assignments/{stem[:4]}"
            uri = app.builder.get_relative_uri(docname, page)
            where += [nodes.Text(", ")] if where.children else []
            where += nodes.reference("", assignment_name(stem), refuri=uri, internal=True)
        missing = "to come" if topic["starred"] else "–"
        cells: list[nodes.Node] = [
            nodes.inline("", topic["id"]),
            _named(topic),
            taught,
            where if where.children else nodes.inline("", missing, classes=["cr-to-come"]),
        ]
        row = nodes.row(ids=[f"topic-{name}"])
        for cell in cells:
            row += nodes.entry("", nodes.paragraph("", "", cell))
        rows += row
    head = nodes.row()
    for word in ("ID", "Topic", "Taught in", "Practised in"):
        head += nodes.entry("", nodes.paragraph("", word))
    group = nodes.tgroup("", cols=4)
    group += [nodes.colspec(colwidth=width) for width in (9, 55, 18, 18)]
    group += [nodes.thead("", head), rows]
    table = nodes.table("", group, classes=["cr-topics"])
    return table


def _named(topic: dict[str, Any]) -> nodes.inline:
    """The topic's title, and below it the words that other courses have for it."""
    named = nodes.inline("", "", nodes.Text(topic["title"]))
    if also := topic.get("also"):
        named += nodes.inline("", f"also: {also}", classes=["cr-also"])
    return named


def _section_number(app: Any, docname: str, label: str) -> tuple[int, ...] | None:
    """The number of the section whose ids include the label (Sphinx files numbers under the first id only)."""
    for section in app.env.get_doctree(docname).findall(nodes.section):
        if label in section["ids"]:
            return app.env.toc_secnumbers.get(docname, {}).get(f"#{section['ids'][0]}")
    return None


def always_outdated(app: Any, env: Any, added: set, changed: set, removed: set) -> list[str]:
    # A label may have moved in any chapter, points in any assignment.
    return ["topics"] if "topics" in env.found_docs else []


def setup(app: Any) -> dict[str, bool]:
    app.add_node(topic_index)
    app.add_directive("topic-index", TopicIndex)
    app.connect("doctree-resolved", fill_index)
    app.connect("env-get-outdated", always_outdated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

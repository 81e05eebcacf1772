"""The directive `{api}`: reference pages made from docstrings, one section a module.

The body names modules, one a line, in the order of the book.
"""

import re
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Parser
from docutils.utils import new_document
from sphinx.util.docutils import SphinxDirective


class Api(SphinxDirective):
    has_content = True

    def run(self) -> list[nodes.Node]:
        lines = []
        for module in self.content:
            title = f"``{module}``"
            lines += [f".. _api-{module}:", "", title, "-" * len(title), ""]
            lines += [f".. automodule:: {module}", "   :members:", "   :show-inheritance:", ""]
        # autodoc speaks reStructuredText, the page around it Markdown.
        document = new_document(self.get_source_info()[0], self.state.document.settings)
        document.settings.record_dependencies = self.state.document.settings.record_dependencies
        Parser().parse("\n".join(lines), document)
        for name, node_id in document.nameids.items():
            if node_id and name not in self.state.document.nameids:
                self.state.document.nameids[name] = node_id
                self.state.document.nametypes[name] = document.nametypes.get(name)
                self.state.document.ids[node_id] = document.ids[node_id]
        return list(document.children)


SECTIONS = {"Parameters", "Returns", "Raises", "Yields", "Attributes", "Notes", "References"}


def headed_examples(lines: list[str]) -> None:
    """An example below other sections needs a heading of its own, or it counts as part of the last of them."""
    headings = {line.strip() for line in lines}
    first = next((k for k, line in enumerate(lines) if line.strip().startswith(">>>")), None)
    if first is not None and headings & SECTIONS and not headings & {"Examples", "Example"}:
        lines[first:first] = ["Examples", "--------"]


def plain_marks(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Keep |x| and x**2 in running text as they are written; reStructuredText has other uses for both marks."""
    headed_examples(lines)
    example = literal = False
    for k, line in enumerate(lines):
        text = line.strip()
        if not text:
            example = False
            continue
        example = example or text.startswith(">>>")
        literal = literal and line.startswith(" ")
        if not (example or literal):
            parts = re.split(r"(`+[^`]*`+)", line)
            lines[k] = "".join(p if p.startswith("`") else re.sub(r"(?<!\\)([|*])", r"\\\1", p) for p in parts)
            literal = text.endswith("::")


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("api", Api)
    app.connect("autodoc-process-docstring", plain_marks, priority=100)  # before the sections are parsed
    return {"parallel_read_safe": True, "parallel_write_safe": True}

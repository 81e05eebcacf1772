"""The directive `{api}`: reference pages made from docstrings, one section a module.

The body names modules, one a line, in the order of the book.
"""

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


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("api", Api)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

r"""The two coloured macros of the book, `\val{...}` and `\der{...}`, on the site and in JupyterLab.

On the site they put a CSS class on the formula, so the colours follow the theme. JupyterLab's MyST extension reads
them from a block between `---` lines at the top of a notebook's first cell (`tools/tidy.py` keeps it there); MyST-NB
would print that block, so it is taken off here.
"""

import json
from typing import Any

MATHJAX = {
    "loader": {"load": ["[tex]/html"]},
    "tex": {
        "packages": {"[+]": ["html"]},
        "macros": {"val": [r"\class{cr-value}{#1}", 1], "der": [r"\class{cr-derivative}{#1}", 1]},
    },
    # The menu makes every formula a stop of the tab key, even inside a button, and fetches more scripts.
    "options": {"enableMenu": False, "menuOptions": {"settings": {"assistiveMml": True}}},
}


def strip_front_matter(app: Any, docname: str, content: list[str]) -> None:
    """Take the `---` block off the first cell of a notebook."""
    if app.env.doc2path(docname).endswith(".ipynb"):
        notebook = json.loads(content[0])
        cells = notebook["cells"]
        if cells and cells[0]["cell_type"] == "markdown":
            source = "".join(cells[0]["source"])
            if source.startswith("---\n") and "\n---\n" in source[4:]:
                cells[0]["source"] = source[4:].split("\n---\n", 1)[1].lstrip("\n")
                content[0] = json.dumps(notebook)


def configure(app: Any, config: Any) -> None:
    config.mathjax3_config = MATHJAX


def setup(app: Any) -> dict[str, bool]:
    app.connect("config-inited", configure)
    app.connect("source-read", strip_front_matter)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Edit a notebook as text: `nbtext.py show NOTEBOOK > page.py`, edit, `nbtext.py make page.py NOTEBOOK`.

The text is jupytext's percent format with each cell's id where jupytext puts a title:
`# %% mul-check [markdown] tags=["predict"]`. Ids and metadata survive both ways; `make` puts the
notebook in the canonical form of tools/tidy.py.
"""

import sys
from pathlib import Path

import jupytext
import nbformat

from tidy import read, tidied

FORMAT = {"extension": ".py", "format_name": "percent"}
KEPT = {"notebook_metadata_filter": "all", "cell_metadata_filter": "all"}


def to_text(notebook: nbformat.NotebookNode) -> str:
    """The notebook as percent text, cell ids as titles."""
    for cell in notebook.cells:
        cell.metadata["title"] = cell.id
    notebook.metadata["jupytext"] = {"text_representation": FORMAT, **KEPT}
    return jupytext.writes(notebook, FORMAT)


def from_text(text: str) -> nbformat.NotebookNode:
    """The notebook that `to_text` shows as this text; cells without a title get a readable id."""
    notebook = jupytext.reads(text, FORMAT)
    for cell in notebook.cells:
        title = cell.metadata.pop("title", None)
        cell.id = title or ""
        # jupytext keeps these as one-line markers of its own.
        cell.metadata.pop("lines_to_next_cell", None)
        cell.metadata.pop("cell_marker", None)
    return tidied(notebook)


def main() -> None:
    command, *paths = sys.argv[1:] or ["help"]
    if command == "show" and len(paths) == 1:
        print(to_text(read(Path(paths[0]))), end="")
    elif command == "make" and len(paths) == 2:
        try:
            text = Path(paths[0]).read_text(encoding="utf-8")
        except OSError as error:
            sys.exit(f"{paths[0]} cannot be read: {error.strerror}")
        Path(paths[1]).parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(from_text(text), paths[1])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()

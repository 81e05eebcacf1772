"""Put notebooks in canonical form: no outputs, readable ids, minimal metadata, one-space indent.

`tidy.py` rewrites every notebook of book/ and solutions/, `tidy.py NOTEBOOK...` those that are named; with `--check` it
only names those that are not in canonical form and exits 1. A diff of a notebook in this form shows what an author
changed.
"""

import re
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
CELL_METADATA = ("tags", "mystnb", "nbgrader", "topics")
# JupyterLab's MyST extension reads macros from a block at the top of the first cell; on the site they are the same
# two, in the theme's colours (book/_ext/math_macros.py). These colours can be read on Lab's light and dark theme;
# they come without a # because Lab takes one followed by a digit for an argument of the macro.
MACROS = r"""---
math:
  '\val': '\textcolor{0072B2}{#1}'
  '\der': '\textcolor{C45500}{#1}'
---"""
FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n*", re.DOTALL)
RANDOM_ID = re.compile(r"[0-9a-f]{6,8}(-[0-9a-f-]+)?")


def readable_id(cell: nbformat.NotebookNode, taken: set[str]) -> str:
    """The cell's own id when it is readable and free, else one made from its first words."""
    wanted = cell.get("id", "")
    if not wanted or RANDOM_ID.fullmatch(wanted):
        words = re.findall(r"[a-z0-9]+", re.sub(r"\(.*?\)=|`|\$", "", cell.source.lower()))
        wanted = "-".join(words[:4])[:40] or cell.cell_type
    wanted = re.sub(r"[^A-Za-z0-9_-]+", "-", wanted)[:60].strip("-") or "cell"
    unique, n = wanted, 2
    while unique in taken:
        unique, n = f"{wanted}-{n}", n + 1
    return unique


def add_macros(cells: list[nbformat.NotebookNode]) -> None:
    """Begin the first cell with the formula macros if the notebook uses them, and only then."""
    if not cells or cells[0].cell_type != "markdown":
        return
    body = FRONT_MATTER.sub("", cells[0].source)
    sources = [body, *(cell.source for cell in cells[1:] if cell.cell_type == "markdown")]
    uses = any(re.search(r"\\(val|der)\b", source) for source in sources)
    cells[0].source = f"{MACROS}\n\n{body}" if uses else body


def tidied(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A copy in canonical form; what an author wrote in cells and their tags is kept."""
    result = nbformat.v4.new_notebook()
    result.metadata["kernelspec"] = KERNEL
    result.metadata["language_info"] = {"name": "python"}
    if "chainrule" in notebook.metadata:
        result.metadata["chainrule"] = notebook.metadata["chainrule"]
    taken: set[str] = set()
    for cell in notebook.cells:
        make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}.get(
            cell.cell_type, nbformat.v4.new_raw_cell
        )
        new = make(cell.source.strip("\n"))
        new.id = readable_id(cell, taken)
        taken.add(new.id)
        for key in CELL_METADATA:
            if cell.metadata.get(key):
                new.metadata[key] = cell.metadata[key]
        result.cells.append(new)
    add_macros(result.cells)
    result.nbformat, result.nbformat_minor = 4, 5
    nbformat.validate(result)
    return result


def read(path: Path) -> nbformat.NotebookNode:
    """A notebook from its file; ends the program with a message where there is none."""
    try:
        return nbformat.read(path, as_version=4)
    except OSError as error:
        sys.exit(f"{path} cannot be read: {error.strerror}")
    except (ValueError, nbformat.ValidationError) as error:
        sys.exit(
            f"{path} is not a notebook: {str(error).splitlines()[0]}\n"
            f"Save it in JupyterLab again, or go back to the last version that was committed: git restore {path}"
        )


def notebooks() -> list[Path]:
    """Every source notebook of the course."""
    found = [p for folder in ("book", "solutions") for p in (ROOT / folder).rglob("*.ipynb")]
    return sorted(p for p in found if not any(part.startswith((".", "_")) for part in p.relative_to(ROOT).parts))


def main() -> None:
    check = "--check" in sys.argv
    named = [Path(argument).resolve() for argument in sys.argv[1:] if argument != "--check"]
    if wrong := [str(path) for path in named if path.suffix != ".ipynb" or not path.is_file()]:
        sys.exit(f"tidy.py: expected --check or files that end in .ipynb, got {', '.join(wrong)}")
    untidy = []
    for path in named or notebooks():
        canonical = nbformat.writes(tidied(read(path))) + "\n"
        if path.read_text(encoding="utf-8") != canonical:
            untidy.append(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
            if not check:
                path.write_text(canonical, encoding="utf-8")
    for path in untidy:
        print(f"{path}: {'not in canonical form; run make tidy' if check else 'tidied'}")
    sys.exit(bool(check and untidy))


if __name__ == "__main__":
    main()

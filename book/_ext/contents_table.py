"""The directive `{contents-table}`: every chapter with its questions and its problem set, for the reader's progress.

Chapters come from _toc.yml (the numbered parts), questions are counted in the notebooks, problem sets are found by the
chapter they name. `_static/progress.js` fills in what the reader has done; without scripts it is a plain table.
"""

import json
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parents[2]


class Chapter(NamedTuple):
    number: int
    page: str  # part1/03-gradient-descent
    title: str
    questions: int
    assignment: str | None  # ps03-gradient-descent
    minutes: int | None  # for the assignment


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def assignments(root: Path = ROOT) -> dict[str, tuple[str, int]]:
    """Page of a chapter -> its problem set and the minutes it takes."""
    found = {}
    for path in sorted((root / "solutions").glob("*/*.ipynb")):
        about = read(path)["metadata"].get("chainrule", {})
        if "chapter" in about:
            found[about["chapter"]] = (path.stem, about["minutes"])
    return found


def parts(root: Path = ROOT) -> list[tuple[str, list[Chapter]]]:
    """The numbered parts in order, each with its caption and chapters."""
    sets, result, number = assignments(root), [], 0
    for part in yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))["parts"]:
        if not part.get("numbered"):
            continue
        chapters = []
        for entry in part["chapters"]:
            number += 1
            cells = read(root / "book" / f"{entry['file']}.ipynb")["cells"]
            title = next(
                line.removeprefix("# ")
                for cell in cells
                if cell["cell_type"] == "markdown"
                for line in "".join(cell["source"]).splitlines()
                if line.startswith("# ")
            )
            questions = sum("check-yourself" in cell["metadata"].get("tags", []) for cell in cells)
            name, minutes = sets.get(entry["file"], (None, None))
            chapters.append(Chapter(number, entry["file"], title, questions, name, minutes))
        result.append((part["caption"], chapters))
    return result


class ContentsTable(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        self.env.note_reread()  # questions and problem sets lie in other files
        rows = []
        for caption, chapters in parts():
            rows.append(f'<tr class="cr-part"><th colspan="4" scope="rowgroup">{escape(caption)}</th></tr>')
            for c in chapters:
                done = f' data-set="{c.assignment}"' if c.assignment else ""
                page = f"assignments/{c.assignment[:4]}.html" if c.assignment else ""
                work = f'<a href="{page}">Set {c.number}</a>, {c.minutes} minutes' if c.assignment else "–"
                rows.append(
                    f'<tr><td><a href="{c.page}.html">{c.number}. {escape(c.title)}</a></td>'
                    f'<td data-read="{c.page}"></td>'
                    f'<td data-page="{c.page}" data-questions="{c.questions}">{c.questions}</td>'
                    f"<td{done}>{work}</td></tr>"
                )
        head = "".join(f'<th scope="col">{t}</th>' for t in ("Chapter", "Reading", "Questions right", "Problem set"))
        table = f'<table class="table cr-contents"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
        html = f'<div class="pst-scrollable-table-container">{table}</div>'  # as the theme does with a page's tables
        return [nodes.raw("", html, format="html")]


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("contents-table", ContentsTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Problem sets on the site: the directive `{assignment} NAME PART`, a zip to download, and links where a set is named.

Everything shown comes from the source notebook in solutions/; the zip holds what students receive, from exercises/.
"Problem set 5" in the running text of any page becomes a link to its page.
"""

import re
import zipfile
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective
from topic_index import chapters

from classroom.assignments.assignment import Assignment, load

ROOT = Path(__file__).resolve().parents[2]
DAY = (2026, 1, 1, 0, 0, 0)  # so that the same files give the same zip
LIBRARIES = {"numpy": "NumPy", "torch": "PyTorch", "chainrule": "this book's package", "matplotlib": "Matplotlib"}
NAMED = re.compile(r"\b([Pp]roblem set) (\d{1,2})\b")


def write_zip(release: Path, target: Path) -> None:
    """What students receive, under one folder."""
    files = [p for p in sorted(release.rglob("*")) if p.is_file() and ".ipynb_checkpoints" not in p.parts]
    if not files:
        raise FileNotFoundError(f"{release}: nothing released here; type: classroom generate {release.name}")
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            entry = zipfile.ZipInfo(f"{release.name}/{path.relative_to(release).as_posix()}", DAY)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)


def items(assignment: Assignment) -> list[tuple[str, float, tuple[str, ...], str]]:
    """Each cell with points: the heading above it, points, topics, and by whom it is marked."""
    heading, found = "", []
    for cell in assignment.cells:
        if cell.language == "markdown" and (title := re.search(r"^## (.+)$", cell.source, re.M)):
            heading = re.sub(r"\s*\([^()]*points?\b[^()]*\)\s*$", "", title[1])  # the points have a column of their own
        if cell.points:
            found.append((heading, cell.points, cell.topics, "by hand" if cell.kind == "manual" else "by its tests"))
    return found


def elsewhere(address: str, branch: str, name: str) -> list[tuple[str, str]]:
    """Where the released notebook opens without installing anything, given the project's address on GitHub."""
    if not (found := re.fullmatch(r"https://github\.com/([\w.-]+)/([\w.-]+?)/?(\.git)?", address)):
        return []
    project, notebook = f"{found[1]}/{found[2]}", f"exercises/{name}/{name}.ipynb"
    return [
        ("Colab", f"https://colab.research.google.com/github/{project}/blob/{branch}/{notebook}"),
        ("Binder", f"https://mybinder.org/v2/gh/{project}/{branch}?urlpath=lab/tree/{notebook}"),
        ("a codespace", f"https://codespaces.new/{project}"),
    ]


class AssignmentPart(SphinxDirective):
    """One part of a problem set's page: `about`, `items` or `opening`."""

    required_arguments = 2

    def run(self) -> list[nodes.Node]:
        name, part = self.arguments
        texts = {"about": self.about, "items": self.items, "opening": self.opening}
        if part not in texts:
            raise self.error(f"part: expected one of {', '.join(texts)}, got {part!r}")
        self.env.note_reread()  # the notebook, its data and its chapter lie elsewhere
        text = texts[part](load(ROOT / "solutions" / name))
        container = nodes.Element()
        lines = StringList(text.splitlines(), self.get_source_info()[0])
        self.state.nested_parse(lines, 0, container)
        return container.children

    def about(self, assignment: Assignment) -> str:
        name, short = assignment.name, assignment.name[:4]
        written = assignment.chapter in self.env.found_docs
        after = f"[its chapter](../{assignment.chapter}.ipynb)" if written else "its chapter"
        needs = ", ".join(LIBRARIES.get(p, p) for p in assignment.packages) or "nothing beyond Python"
        files = ", ".join(f"`{p.relative_to(assignment.folder).as_posix()}`" for p in assignment.data_files)
        return "\n".join(
            [
                f"To do after {after}. About {assignment.minutes} minutes, {assignment.points:g} points. "
                f"It uses {needs}.",
                "",
                "```{raw} html",
                f'<p><a class="cr-download" href="{short}.zip" download="{name}.zip">Download {short}</a></p>',
                "```",
                "",
                f"The zip holds the notebook{f' and its data ({files})' if files else ''}, as students receive it.",
            ]
        )

    def items(self, assignment: Assignment) -> str:
        stated = {topic["id"]: topic["title"] for chapter in chapters() for topic in chapter["topics"]}
        rows = ["| item | points | marked | topics |", "|---|---|---|---|"]
        for title, points, topics, by in items(assignment):
            practised = "; ".join(f"{stated[topic]} ({topic})" for topic in topics)
            rows.append(f"| {title} | {points:g} | {by} | {practised} |")
        return "\n".join(rows)

    def opening(self, assignment: Assignment) -> str:
        options, name = self.config.html_theme_options, assignment.name
        lines = [
            "Unpack the zip in the folder of the course (see [Set-up](../setup.md)) and start JupyterLab there:",
            "",
            "```bash",
            f"jupyter lab {name}/{name}.ipynb",
            "```",
        ]
        branch = options.get("repository_branch") or "main"
        if places := elsewhere(options.get("repository_url") or "", branch, name):
            links = ", ".join(f"[{place}]({url})" for place, url in places)
            lines += ["", f"Without installing anything, it opens in {links}."]
        return "\n".join(lines)


def link_problem_sets(app: Any, doctree: nodes.document, docname: str) -> None:
    """Turn "problem set 5" into a link, where it stands in text that is not a link or a heading already."""
    pages = {int(Path(p).name[2:]): p for p in app.env.found_docs if re.fullmatch(r"assignments/ps\d\d", p)}
    closed = (nodes.reference, nodes.title, nodes.literal, nodes.literal_block, nodes.raw, addnodes.pending_xref)
    for text in list(doctree.findall(nodes.Text)):
        if not NAMED.search(text) or _inside(text, closed):
            continue
        parts: list[nodes.Node] = []
        end = 0
        for found in NAMED.finditer(text):
            page = pages.get(int(found[2]))
            if page is None or page == docname:
                continue
            parts.append(nodes.Text(text[end : found.start()]))
            uri = app.builder.get_relative_uri(docname, page)
            parts.append(nodes.reference("", found[0], refuri=uri, internal=True))
            end = found.end()
        if parts:
            parts.append(nodes.Text(text[end:]))
            text.parent.replace(text, parts)


def _inside(node: nodes.Node, kinds: tuple[type, ...]) -> bool:
    while node.parent is not None:
        node = node.parent
        if isinstance(node, kinds):
            return True
    return False


def write_zips(app: Any, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        for page in app.env.found_docs:
            if re.fullmatch(r"assignments/ps\d\d", page):
                (release,) = (ROOT / "exercises").glob(f"{Path(page).name}-*")
                write_zip(release, Path(app.outdir) / f"{page}.zip")


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("assignment", AssignmentPart)
    app.connect("doctree-resolved", link_problem_sets)
    app.connect("build-finished", write_zips)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

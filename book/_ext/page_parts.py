"""What surrounds a page: the scripts of its widgets, and the repository button when there is a repository."""

from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.builders.html._assets import _JavaScript
from sphinx.errors import ExtensionError

WIDGETS = Path(__file__).resolve().parents[1] / "_static" / "widgets"


def widgets_of(doctree: nodes.document) -> list[str]:
    """The names in `data-widget="..."` on this page, in order."""
    found: list[str] = []
    for raw in doctree.findall(nodes.raw):
        if "data-widget" in raw.astext():
            for element in BeautifulSoup(raw.astext(), "html.parser").select("[data-widget]"):
                found.append(str(element["data-widget"]))
    return list(dict.fromkeys(found))


def add_widgets(app: Any, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    if doctree is None:
        return
    for name in widgets_of(doctree):
        if not (WIDGETS / f"{name}.js").is_file():
            raise ExtensionError(f"{pagename}: widget '{name}' has no script book/_static/widgets/{name}.js")
        app.add_js_file(f"widgets/{name}.js", loading_method="defer", priority=900)


def plain_bibliography(app: Any, pagename: str, templatename: str, context: dict, doctree: Any) -> None:
    """Sphinx calls a bibliography a list without list items, which screen readers stumble over."""
    if "body" in context:
        body = context["body"].replace('<div role="list" class="citation-list">', '<div class="citation-list">')
        context["body"] = body.replace(' role="doc-biblioentry"', "")


def status_in_words(app: Any, pagename: str, templatename: str, context: dict, doctree: Any) -> None:
    """The table of executed notebooks has signs that not every system can draw."""
    if pagename == "status":
        context["body"] = context["body"].replace("✅", "succeeded").replace("❌", "failed")


def only_named_scripts(app: Any, config: Any) -> None:
    """Jupyter Book puts every script of _static into every page, and its readers wait for each; those that a page
    needs come from _config.yml, deferred, and from `add_widgets`."""
    config.html_js_files = [entry for entry in config.html_js_files if not isinstance(entry, str)]
    # It does so with style sheets too: the same name may stand there twice, once with its attributes (media="print").
    named: dict[str, Any] = {}
    for sheet in config.html_css_files:
        named.setdefault(sheet if isinstance(sheet, str) else sheet[0], sheet)
    config.html_css_files = list(named.values())


def nothing_waits(app: Any, pagename: str, templatename: str, context: dict, doctree: Any) -> None:
    """Every script file runs once the page is there, in order; the options they read stand in the page itself."""
    scripts = []
    for script in context["script_files"]:
        if script.filename == "_static/documentation_options.js":
            options = (Path(app.outdir) / script.filename).read_text(encoding="utf-8")
            script = _JavaScript(None, priority=script.priority, body=options.strip())  # type: ignore[arg-type]
        elif script.filename and not {"defer", "async"} & set(script.attributes):
            script = _JavaScript(script.filename, priority=script.priority, **script.attributes, defer="defer")
        scripts.append(script)
    context["script_files"] = scripts


def repository_button(app: Any) -> None:
    options = app.config.html_theme_options
    options["use_repository_button"] = bool(options.get("repository_url"))


def setup(app: Any) -> dict[str, bool]:
    # Jupyter Book sets this for an extension that is not loaded here, and Sphinx warns of settings nobody knows.
    app.add_config_value("comments_config", {}, "")
    app.connect("config-inited", only_named_scripts)  # before Sphinx brings the entries into one form
    app.connect("builder-inited", repository_button, priority=100)
    app.connect("html-page-context", add_widgets)
    app.connect("html-page-context", plain_bibliography)
    app.connect("html-page-context", nothing_waits, priority=950)  # when all scripts are known
    app.connect("html-page-context", status_in_words)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Student-made text and outputs made inert before anyone's browser shows them.

Markdown and HTML lose everything active (scripts, handlers, forms, frames, styles) and every reference to another
host; SVG is shown as a picture, in which nothing runs; other kinds of output are dropped.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from html import escape
from typing import Any

import nh3

from classroom.submissions.formulas import mathml

MAX_TEXT = 20_000
MAX_MARKDOWN = 100_000
MAX_IMAGE = 3_000_000
MAX_OUTPUTS = 50

TAGS = set(
    "a abbr b blockquote br caption code col colgroup dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd "
    "li ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr u ul var".split()
)
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "ol": {"start"},
    # Pygments marks the words of a code block with classes.
    "span": {"class"},
    "div": {"class"},
    "code": {"class"},
    "pre": {"class"},
}
PICTURE = re.compile(r"data:image/(png|jpeg|gif|svg\+xml);base64,[A-Za-z0-9+/=\s]+")
# Half surrogate pairs are among them: they are legal in Python and in JSON, and no file can hold them.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def html(source: str) -> str:
    """HTML with nothing active in it; pictures only as data, links only to the web and marked as such.

    >>> html('<b onclick="x()">bold</b><script>x()</script><img src="http://host/x.png">')
    '<b>bold</b><img>'
    """

    def keep(tag: str, attribute: str, value: str) -> str | None:
        if tag == "img" and attribute == "src":
            return value if PICTURE.fullmatch(value) else None
        if attribute == "href" and value.strip().lower().startswith("data:"):
            return None
        return value

    return nh3.clean(
        source[: 4 * MAX_IMAGE],
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=keep,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer nofollow",
        clean_content_tags={"script", "style", "iframe", "object", "embed", "template", "noscript", "title"},
    )


def markdown(source: str) -> str:
    """Markdown rendered to inert HTML, its formulas as MathML.

    >>> markdown("Here $a < b$.")
    '<p>Here <math display="inline"><mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow></math>.</p>\\n'
    """
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    # A formula waits as an element with a class nobody can guess, goes through the cleaning as that, and is put in
    # afterwards. Inside an attribute the class's quotes are escaped, so that only a real element is replaced.
    mark = secrets.token_hex(16)
    formulas: list[str] = []

    class Renderer(IPythonRenderer):
        def block_math(self, body: str) -> str:
            return self._waiting(body, display=True)

        def inline_math(self, body: str) -> str:
            return self._waiting(body, display=False)

        def _waiting(self, tex: str, *, display: bool) -> str:
            formulas.append(mathml(tex, display=display))
            return f'<code class="{mark}">{len(formulas) - 1}</code>'

    render = MarkdownWithMath(renderer=Renderer(escape=False, exclude_anchor_links=True)).render
    try:
        clean = html(render(source[:MAX_MARKDOWN]))
    except RecursionError:
        # Thousands of nested quotes or lists: shown as they were typed.
        return html(f"<pre>{escape(text(source))}</pre>")
    return re.sub(f'<code class="{mark}">([0-9]+)</code>', lambda m: formulas[int(m[1])], clean)


def text(source: Any, limit: int = MAX_TEXT) -> str:
    """Text without control characters or terminal colours, of limited length."""
    clean = CONTROL.sub("", COLOUR.sub("", source if isinstance(source, str) else str(source)))
    return clean if len(clean) <= limit else clean[:limit] + f"\n... ({len(clean) - limit:,} more characters)"


def line(source: Any, limit: int = 1000) -> str:
    """Text as one line, for a terminal or a note: what a submission has in it begins no line of its own.

    >>> line("a\\x1b[2Jb\\nada: 20 of 20 points")
    'ab ada: 20 of 20 points'
    """
    return " ".join(text(source, limit).split())


def outputs(found: Any) -> list[dict[str, Any]]:
    """A cell's outputs with only inert kinds kept, each as nbformat has it."""
    kept: list[dict[str, Any]] = []
    room = MAX_IMAGE
    for output in list(found)[:MAX_OUTPUTS]:
        if not isinstance(output, dict):
            continue
        kind = output.get("output_type")
        if kind == "stream":
            # nbgrader reads any stderr as a failure, but only in graded cells, whose outputs are the judge's own.
            name = output.get("name") if output.get("name") in ("stdout", "stderr") else "stdout"
            kept.append({"output_type": "stream", "name": name, "text": text(_joined(output.get("text", "")))})
        elif kind == "error":
            lines = output.get("traceback") or []
            kept.append(
                {
                    "output_type": "error",
                    "ename": text(output.get("ename", "Error"), 200),
                    "evalue": text(output.get("evalue", ""), 2000),
                    "traceback": [text(line, 4000) for line in list(lines)[:60]],
                }
            )
        elif kind in ("display_data", "execute_result"):
            data = _data(output.get("data"), room)
            room -= sum(len(value) for value in data.values())
            if data:
                # Only display_data: an execute_result is what nbgrader takes for a score.
                kept.append({"output_type": "display_data", "data": data, "metadata": {}})
    return kept


def _joined(value: Any) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


def _data(data: Any, room: int) -> dict[str, str]:
    result: dict[str, str] = {}
    if not isinstance(data, dict):
        return result
    if "text/plain" in data:
        result["text/plain"] = text(_joined(data["text/plain"]))
    for kind in ("image/png", "image/jpeg"):
        if kind in data:
            picture = "".join(_joined(data[kind]).split())
            if len(picture) <= room and _is_base64(picture):
                return {kind: picture, **result}
            result["text/plain"] = "(a picture that cannot be shown)"
            return result
    if "image/svg+xml" in data:
        drawing = _joined(data["image/svg+xml"]).encode("utf-8", "replace")
        if len(drawing) * 4 // 3 <= room:
            # Inside an <img> an SVG runs nothing and loads nothing.
            encoded = base64.b64encode(drawing).decode()
            return {"text/html": f'<img alt="" src="data:image/svg+xml;base64,{encoded}">', **result}
        result["text/plain"] = "(a picture that cannot be shown)"
    elif "text/html" in data:
        page = _joined(data["text/html"])
        if len(page) <= room:
            result["text/html"] = html(page)
    return result


def _is_base64(picture: str) -> bool:
    try:
        base64.b64decode(picture, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True

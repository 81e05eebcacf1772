"""Put SVG figures into the page itself, in colours that follow the theme.

A chapter draws in the light palette of `chainrule.show`. Here each palette colour of the drawing becomes the CSS
variable of the same name, so one drawing serves light and dark pages, its text can be selected and searched, and it
needs no request of its own. Figure numbers, captions and references are left as they are.
"""

import itertools
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from chainrule.show import COLORS

LOGGER = logging.getLogger(__name__)

# Each palette entry's CSS variable; the entries not named here are drawn in a colour some other entry names.
VARIABLES = {
    "value": "--cr-value",
    "derivative": "--cr-derivative",
    "class_a": "--cr-class-a",
    "class_b": "--cr-class-b",
    "muted": "--cr-muted",
    "line": "--cr-line",
    "ink": "--cr-ink",
    "paper": "--cr-paper",
}
FIXED = {"#000000": "--cr-ink", "#000": "--cr-ink", "#ffffff": "--cr-paper", "#fff": "--cr-paper"}
HEX = re.compile(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b")
NAMED = re.compile(r"(?<=[:\"\s])(black|white)(?=[;\"\s])")
PLACES = re.compile(r'\b(?:d|x|y|[xy][12]|cx|cy|r|points|width|height)="[^"]*"|\btranslate\([^)]*\)')
LONG = re.compile(r"-?\d+\.\d{3,}(?![\de])")


def palette() -> dict[str, str]:
    """Hex value, lower case -> CSS variable."""
    return FIXED | {COLORS[name].lower(): variable for name, variable in VARIABLES.items() if name in COLORS}


def rounded(tag: str) -> str:
    """Places to a hundredth of a point: nobody sees more, and pages with many curves weigh half."""
    return PLACES.sub(lambda place: LONG.sub(lambda n: f"{float(n[0]):.2f}".rstrip("0").rstrip("."), place[0]), tag)


def natural_width(svg: str) -> str:
    """The width that a drawing's head asks for, as CSS writes it."""
    found = re.search(r'<svg\b[^>]*?\swidth="([\d.]+)(pt|px|)"', svg)
    return f"{float(found[1]):.0f}{found[2] or 'px'}" if found else "0px"


def themed(svg: str, prefix: str, alt: str, colours: dict[str, str]) -> str:
    """The drawing ready to stand in a page: ids its own, colours by variable, named for a screen reader."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<title>.*?</title>", "", svg, flags=re.S)
    # Matplotlib's style sheet speaks of `*`, which would be the whole page.
    svg = re.sub(r"<style[^>]*>\s*\*\{[^<]*</style>", "", svg)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", svg)
    svg = re.sub(r'href="#([^"]+)"', rf'href="#{prefix}-\1"', svg)

    def by_variable(match: re.Match[str]) -> str:
        variable = colours.get(match[0].lower())
        return f"var({variable})" if variable else match[0]

    # Only inside tags' attributes: a hex number in the text of a figure is text.
    def attributes(match: re.Match[str]) -> str:
        tag = match[0]
        if tag.startswith("<image"):
            return tag
        tag = rounded(tag)
        tag = re.sub(r'\b(style|fill|stroke|stop-color)="[^"]*"', lambda a: HEX.sub(by_variable, a[0]), tag)
        return re.sub(
            r'\b(style|fill|stroke)="[^"]*"',
            lambda a: NAMED.sub(lambda n: f"var(--cr-{'ink' if n[1] == 'black' else 'paper'})", a[0]),
            tag,
        )

    svg = re.sub(r"<[a-zA-Z][^>]*>", attributes, svg)
    opening = f'<svg role="img" aria-label="{_escaped(alt)}" class="cr-drawing" stroke-linejoin="round" '
    head, rest = svg.split(">", 1)
    head = re.sub(r'\s(role|aria-label|class)="[^"]*"', "", head)
    return head.replace("<svg", opening, 1) + ">" + rest.strip()


def _escaped(text: str) -> str:
    return " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


class InlineSvg(SphinxPostTransform):
    """Replace images that are SVG files by the drawing itself, in HTML."""

    default_priority = 500  # after MyST-NB has chosen which of a cell's outputs to show
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        colours = palette()
        count = itertools.count(1)
        for image in list(self.document.findall(nodes.image)):
            alt = image.get("alt", "").strip()
            if not alt:
                LOGGER.warning("image without alternative text: %s", image["uri"], location=image)
            path = Path(self.app.srcdir) / image["uri"]
            if path.suffix == ".svg" and path.is_file():
                drawing = themed(path.read_text(encoding="utf-8"), f"fig{next(count)}", alt, colours)
                # On a phone a wide drawing keeps type that can be read, and scrolls in this frame.
                frame = f'<span class="cr-figure-frame" style="--natural: {natural_width(drawing)}">{drawing}</span>'
                image.replace_self(nodes.raw("", frame, format="html"))


def setup(app: Any) -> dict[str, bool]:
    app.add_post_transform(InlineSvg)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

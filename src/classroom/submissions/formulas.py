r"""TeX formulas as MathML, which a browser shows without a script.

Feedback pages fetch nothing, so MathJax is not available there. The TeX may be a student's: what comes out holds only
elements and attributes from a list, and all text in it is escaped.
"""

from __future__ import annotations

import html
import re
from xml.etree import ElementTree

LONGEST = 2_000
ELEMENTS = set(
    "math merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mroot mrow mspace msqrt mstyle msub msubsup msup "
    "mtable mtd mtext mtr munder munderover".split()
)
ATTRIBUTES = set(
    "accent columnalign columnlines columnspacing depth display displaystyle fence form height largeop linethickness "
    "lspace mathvariant maxsize minsize movablelimits rowlines rowspacing rspace scriptlevel separator stretchy "
    "symmetric width".split()
)


def mathml(tex: str, *, display: bool) -> str:
    r"""The formula as a `<math>` element, or its TeX as it was typed where it cannot be shown.

    >>> mathml("x^2", display=False)
    '<math display="inline"><mrow><msup><mi>x</mi><mn>2</mn></msup></mrow></math>'
    >>> mathml(r"\href{javascript:x()}{y}", display=False)
    '<code>$\\href{javascript:x()}{y}$</code>'
    """
    from latex2mathml.converter import convert_to_element

    mark = "$$" if display else "$"
    as_typed = f"<code>{html.escape(mark + tex + mark)}</code>"
    if len(tex) > LONGEST:
        return as_typed
    try:
        # The book's colours for values and derivatives are left out; their contents stay.
        plain = re.sub(r"\\(val|der)(?![A-Za-z])", "", tex)
        tree = convert_to_element(plain, display="block" if display else "inline")
    except Exception:
        # The converter raises errors of many kinds on TeX it cannot read, and all mean the same here.
        return as_typed
    for node in tree.iter():
        node.attrib.pop("xmlns", None)
        if node.tag not in ELEMENTS or not set(node.attrib) <= ATTRIBUTES:
            return as_typed
        # Symbols come as character references, which serialising would escape a second time.
        node.text = html.unescape(node.text) if node.text else node.text
    return ElementTree.tostring(tree, encoding="unicode")

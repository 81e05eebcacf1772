"""Computation graphs as the book draws them: a `Graph` made by hand or read off an expression, as SVG or DOT.

Values stand in circles, parameters in squares, functions in rounded boxes. Forward numbers are blue and above
an edge, backward numbers vermilion and below it, after a nabla; pairs of dual numbers stand above it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any, Literal

from chainrule.show.layout import Box, Wire, arrange
from chainrule.show.style import COLORS, FONTS
from chainrule.show.svg import SIZE, lines, marked, name_spans, places, plain, slope, text_width, texts

__all__ = ["Graph", "Node"]

MARGIN = 22
SYMMETRIC = {"+", "×", "·", "max", "min", "sum"}  # functions whose inputs may be drawn in any order


@dataclass(eq=False)
class Node:
    """One node of a graph: a leaf with a name, or a function of other nodes.

    `value`, `tangent` and `grad` are numbers, arrays (short vectors are written out, of others the shape) or text
    such as ``"2ab"``. `local` holds the function's derivative with respect to each input, `shares` what it hands
    back to each; where only `local` is known, that is the product of `grad` and `local`.
    """

    kind: Literal["value", "parameter", "constant", "function"]
    label: str
    inputs: tuple[Node, ...] = ()
    name: str = ""
    value: Any = None
    tangent: Any = None
    grad: Any = None
    local: tuple[Any, ...] = field(default=())
    shares: tuple[Any, ...] = field(default=())


class Graph:
    """A computation graph drawn left to right.

    Parameters
    ----------
    digits
        Significant digits of the numbers on the edges.
    local
        Whether to write the local derivatives as well: alone where no gradient is known, else as the product
        of the gradient that arrives and the local derivative.

    Examples
    --------
    The graph of c = (a b)², with what the forward and the backward pass leave on its edges:

    >>> g = Graph(local=True)
    >>> a, b = g.value("a", 3.0, grad=24.0), g.parameter("b", 2.0, grad=36.0)
    >>> p = g.function("×", a, b, value=6.0, grad=12.0, local=[2.0, 3.0])
    >>> c = g.function("square", p, name="c", value=36.0, grad=1.0, local=[12.0])
    >>> print(g)
    a = 3  grad 24
    b = 2  grad 36
    ×(a, b) = 6  grad 12
    c = square(×) = 36  grad 1
    """

    def __init__(self, *, digits: int = 4, local: bool = False) -> None:
        self.nodes: list[Node] = []
        self.digits, self.local = digits, local

    def value(self, name: str, value: Any = None, *, tangent: Any = None, grad: Any = None) -> Node:
        """Add an input, drawn as a circle."""
        return self._add(Node("value", name, name=name, value=value, tangent=tangent, grad=grad))

    def parameter(self, name: str, value: Any = None, *, tangent: Any = None, grad: Any = None) -> Node:
        """Add a parameter (a weight or bias), drawn as a square."""
        return self._add(Node("parameter", name, name=name, value=value, tangent=tangent, grad=grad))

    def constant(self, value: Any) -> Node:
        """Add a constant: a circle with the number in it."""
        return self._add(Node("constant", number(value, self.digits), value=value))

    def function(
        self,
        label: str,
        *inputs: Node,
        name: str = "",
        value: Any = None,
        tangent: Any = None,
        grad: Any = None,
        local: Sequence[Any] = (),
    ) -> Node:
        """Add a function of earlier nodes, drawn as a rounded box; `name` is what its result is called."""
        if not inputs:
            raise ValueError(f"function {label!r}: expected at least one input node")
        for node in inputs:
            if node not in self.nodes:
                raise ValueError(f"function {label!r}: its inputs must be nodes of this graph, got {node!r}")
        if local and len(local) != len(inputs):
            raise ValueError(f"function {label!r}: {len(local)} local derivatives for {len(inputs)} inputs")
        return self._add(Node("function", label, inputs, name, value, tangent, grad, tuple(local)))

    def _add(self, node: Node) -> Node:
        self.nodes.append(node)
        return node

    def __str__(self) -> str:
        rows = []
        for node in self.nodes:
            if node.kind == "constant":
                continue
            text = node.name or ""
            if node.inputs:
                call = f"{node.label}({', '.join(i.name or i.label for i in node.inputs)})"
                text = f"{text} = {call}" if text else call
            if node.value is not None:
                text += f" = {number(node.value, self.digits)}"
            if node.tangent is not None:
                text += f"  tangent {number(node.tangent, self.digits)}"
            if node.grad is not None:
                text += f"  grad {number(node.grad, self.digits)}"
            rows.append(text)
        return "\n".join(rows).replace("−", "-")

    __repr__ = __str__

    # Drawing ---------------------------------------------------------------------------------------------

    def svg(self) -> str:
        """The drawing as the text of an SVG image."""
        if not self.nodes:
            raise ValueError("graph: expected at least one node, got none")
        shapes = _with_outputs(self.nodes)
        index = {id(node): k for k, node in enumerate(shapes)}
        boxes = [Box(*_extent(n), [index[id(i)] for i in n.inputs], n.label in SYMMETRIC) for n in shapes]
        ends = [(source, node, port) for node in shapes for port, source in enumerate(node.inputs)]
        labels = [self._edge_label(*end) for end in ends]
        wires = [
            Wire(index[id(a)], index[id(b)], port, max(text_width(top), text_width(bottom)))
            for (a, b, port), (top, bottom) in zip(ends, labels, strict=True)
        ]
        backward = any(bottom for _, bottom in labels)
        width, height = arrange(boxes, wires, row=46 if backward else 34)
        # A value that goes several ways is written once, on the flattest of its edges.
        flattest: dict[int, Wire] = {}
        for wire in wires:
            if wire.source not in flattest or slope(wire) < slope(flattest[wire.source]):
                flattest[wire.source] = wire
        parts: list[str] = []
        for wire, (_, bottom) in zip(wires, labels, strict=True):
            parts += lines(wire.points, dashed="∇" in bottom)
        labels = [
            (top if flattest[w.source] is w else "", bottom) for w, (top, bottom) in zip(wires, labels, strict=True)
        ]
        where = places(wires, [max(text_width(top), text_width(bottom)) for top, bottom in labels])
        for wire, t, (top, bottom) in zip(wires, where, labels, strict=True):
            parts += texts(wire, t, top, bottom)
        for node, box in zip(shapes, boxes, strict=True):
            parts += _shape(node, box)
        w, h = math.ceil(width + 2 * MARGIN), math.ceil(height + 2 * MARGIN)
        family = escape(", ".join(FONTS), quote=True)
        title = escape("Computation graph. " + str(self).replace("\n", "; "), quote=True)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" '
            f'role="img" aria-label="{title}" font-family="{family}" font-size="{SIZE}">'
            f'<g transform="translate({MARGIN} {MARGIN})">' + "".join(parts) + "</g></svg>"
        )

    def _repr_svg_(self) -> str:
        return self.svg()

    def save(self, path: str | Path) -> None:
        """Write the drawing to an SVG file."""
        Path(path).write_text(self.svg(), encoding="utf-8")

    def _edge_label(self, source: Node, target: Node, port: int) -> tuple[str, str]:
        """The texts above and below an edge, with their marks."""
        top = ""
        if source.kind != "constant" and source.value is not None:
            value = number(source.value, self.digits)
            top = marked("v", value)
            if source.tangent is not None:
                top = f"({top}, {marked('d', number(source.tangent, self.digits))})"
            if source.kind == "function" and source.name and target.kind == "function":
                top = f"{marked('n', source.name)} = {top}"
        if source.kind == "constant":
            return top, ""
        local = target.local[port] if target.local else None
        product = target.shares[port] if target.shares else None
        if local is not None and target.grad is not None:
            product = _product(target.grad, local)
        factor = "" if local is None else number(local, self.digits)
        if product is not None or (source.grad is not None and self._uses(source) == 1):
            shown = f"∇ {number(source.grad if product is None else product, self.digits)}"
            if self.local and factor and target.grad is not None:
                shown += f" = {number(target.grad, self.digits)} · {_bracketed(factor)}"
        elif factor and target.grad is not None:
            shown = f"∇ {number(target.grad, self.digits)} · {_bracketed(factor)}"
        elif self.local and factor:
            shown = f"∂ {factor}"
        else:
            shown = "" if source.grad is None else f"∇ {number(source.grad, self.digits)}"
        return top, marked("d", shown) if shown else ""

    def _uses(self, source: Node) -> int:
        return max(1, sum(i is source for node in self.nodes for i in node.inputs))

    def dot(self) -> str:
        """The graph in Graphviz's DOT language."""
        names = {id(node): f"n{k}" for k, node in enumerate(self.nodes)}
        look = {"value": "circle", "constant": "circle", "parameter": "square", "function": "box"}
        rows = ["digraph {", "  rankdir=LR;"]
        for node in self.nodes:
            style = ", style=rounded" if node.kind == "function" else ""
            rows.append(f"  {names[id(node)]} [label={_quoted(node.label)}, shape={look[node.kind]}{style}];")
        for node in self.nodes:
            for port, source in enumerate(node.inputs):
                top, bottom = map(plain, self._edge_label(source, node, port))
                text = f" [label={_quoted(top + chr(92) + 'n' + bottom if bottom else top)}]" if top or bottom else ""
                rows.append(f"  {names[id(source)]} -> {names[id(node)]}{text};")
        return "\n".join([*rows, "}"])


def _with_outputs(nodes: list[Node]) -> list[Node]:
    """The nodes and, after every root that is a function, a circle (or nothing but an arrow) for its result."""
    used = {id(i) for node in nodes for i in node.inputs}
    roots = [node for node in nodes if id(node) not in used and node.kind == "function"]
    return [*nodes, *(Node("value", root.name, (root,)) for root in roots)]


def size(shape: tuple[int, ...]) -> str:
    """A shape as it is drawn: 3×4, and (4,) so that it is not taken for a number."""
    return "×".join(str(n) for n in shape) if len(shape) > 1 else str(shape)


def number(value: Any, digits: int) -> str:
    """A number with so many significant digits, a vector of up to three of them, an array's shape, text as it is."""
    if isinstance(value, str):
        return value
    shape = _shape_of(value)
    if len(shape) == 1 and 1 <= shape[0] <= 3:
        return f"({', '.join(number(entry, digits) for entry in value)})"
    if shape:
        return size(shape)
    text = f"{float(value):.{digits}g}"
    return ("0" if text == "-0" else text).replace("-", "−")


def _product(a: Any, b: Any) -> Any:
    if isinstance(a, str) or isinstance(b, str) or _shape_of(a) or _shape_of(b):
        return None
    return float(a) * float(b)


def _shape_of(value: Any) -> tuple[int, ...]:
    return tuple(getattr(value, "shape", None) or ())


def _bracketed(text: str) -> str:
    return f"({text})" if text.startswith("−") else text


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


def _extent(node: Node) -> tuple[float, float]:
    width = text_width(node.label)
    if node.kind == "function":
        return max(40.0, width + 22), 38.0
    if node.kind == "value" and node.inputs and not node.label:
        return 6.0, 6.0
    side = max(36.0, width + 16)
    return side, side


def _shape(node: Node, box: Box) -> list[str]:
    w, h = box.width, box.height
    ink, paper = COLORS["ink"], COLORS["paper"]
    if node.kind == "value" and node.inputs and not node.label:
        return []
    if node.kind == "function":
        outline = f'<rect x="{box.x - w / 2:.1f}" y="{box.y - h / 2:.1f}" width="{w:.1f}" height="{h:.1f}" rx="10"'
        line = f'stroke="{ink}" stroke-width="1.4"'
    elif node.kind == "parameter":
        outline = f'<rect x="{box.x - w / 2:.1f}" y="{box.y - h / 2:.1f}" width="{w:.1f}" height="{h:.1f}"'
        line = f'stroke="{COLORS["parameter"]}" stroke-width="2.4"'
    else:
        outline = f'<circle cx="{box.x:.1f}" cy="{box.y:.1f}" r="{w / 2:.1f}"'
        colour = COLORS["muted"] if node.kind == "constant" else COLORS["value"]
        line = f'stroke="{colour}" stroke-width="1.6"'
    weight = ' font-weight="bold"' if node.kind == "parameter" else ""
    text = escape(node.label) if node.kind in ("function", "constant") else name_spans(node.label)
    return [
        f'{outline} fill="{paper}" {line}/>',
        f'<text x="{box.x:.1f}" y="{box.y + SIZE * 0.34:.1f}" text-anchor="middle" fill="{ink}"{weight}>{text}</text>',
    ]

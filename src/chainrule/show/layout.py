"""Where the nodes of a layered graph go: left to right, few crossings, short and straight edges.

The classical four steps (Sugiyama, Tagawa and Toda, 1981): layers by longest path, long edges cut by
dummies, an order in each layer by barycentres, then coordinates by averaging under a least distance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

__all__ = ["Box", "Wire", "arrange"]


@dataclass
class Box:
    """A thing to place: its size, the boxes it has edges from, and, once placed, its centre.

    The inputs of a `symmetric` box (a sum, a product) may arrive in any order from top to bottom.
    """

    width: float
    height: float
    inputs: list[int]
    symmetric: bool = False
    layer: int = 0
    x: float = 0.0
    y: float = 0.0


# The least free width between two layers.
LEAST_GAP = 44.0


@dataclass
class Wire:
    """An edge from box `source` to the `port`-th input of box `target`, and the points it goes through.

    Its text belongs on the segment that begins at point number `labelled`. Of several edges between the same two
    boxes all but one in the middle are bent, by `bend`.
    """

    source: int
    target: int
    port: int
    label: float  # width of the text on it
    points: list[tuple[float, float]] = field(default_factory=list)
    via: list[int] = field(default_factory=list)  # dummies, left to right
    labelled: int = 0
    bend: float = 0.0


def arrange(boxes: list[Box], wires: list[Wire], row: float) -> tuple[float, float]:
    """Place every box and route every wire; returns the drawing's width and height.

    Boxes come in topological order (an input before its user). `row` is the free height between two
    neighbours of a layer.
    """
    _assign_layers(boxes)
    _bend_parallels(wires, row)
    everything = list(boxes)
    for wire in wires:
        previous = wire.source
        for layer in range(boxes[wire.source].layer + 1, boxes[wire.target].layer):
            everything.append(Box(0.0, 0.0, [previous], layer=layer))
            previous = len(everything) - 1
            wire.via.append(previous)
    links = [
        (a, b, wire) for wire in wires for a, b in zip([wire.source, *wire.via], [*wire.via, wire.target], strict=True)
    ]
    layers = _order(everything, links, len(boxes))
    _place_vertically(everything, links, layers, row, boxes)
    _sort_ports(boxes, wires, everything)
    _place_vertically(everything, links, layers, row, boxes)
    width = _place_horizontally(everything, links, layers)
    for wire in wires:
        _route(wire, everything, layers)
    low = min(box.y - box.height / 2 for box in boxes)
    low = min([low, *(y for wire in wires for _, y in wire.points)])
    for box in everything:
        box.y -= low
    for wire in wires:
        wire.points = [(x, y - low) for x, y in wire.points]
    height = max([b.y + b.height / 2 for b in boxes] + [y for wire in wires for _, y in wire.points])
    return width, height


def _assign_layers(boxes: list[Box]) -> None:
    for box in boxes:
        box.layer = max((boxes[i].layer + 1 for i in box.inputs), default=0)
    users: list[list[int]] = [[] for _ in boxes]
    for k, box in enumerate(boxes):
        for i in box.inputs:
            users[i].append(k)
    # A leaf stands right before its first user, which keeps its edge short.
    for box, used_by in zip(boxes, users, strict=True):
        if not box.inputs and used_by:
            box.layer = min(boxes[k].layer for k in used_by) - 1


def _bend_parallels(wires: list[Wire], row: float) -> None:
    together: dict[tuple[int, int], list[Wire]] = {}
    for wire in wires:
        together.setdefault((wire.source, wire.target), []).append(wire)
    for parallel in together.values():
        for k, wire in enumerate(parallel):
            wire.bend = row * 0.6 * (k - (len(parallel) - 1) / 2)


def _order(boxes: list[Box], links: list[tuple[int, int, Wire]], real: int) -> list[list[int]]:
    """The boxes of each layer from top to bottom; the order with fewest crossings met in some sweeps."""
    layers: list[list[int]] = [[] for _ in range(max(box.layer for box in boxes) + 1)]
    for index in _by_first_use(boxes, links, real):
        layers[boxes[index].layer].append(index)
    best, fewest = [list(layer) for layer in layers], _crossings(layers, boxes, links)
    for sweep in range(12):
        forward = sweep % 2 == 1
        for depth in range(len(layers)) if forward else reversed(range(len(layers))):
            place = {index: k for layer in layers for k, index in enumerate(layer)}
            keys = {}
            for index in layers[depth]:
                if forward:
                    near = [float(place[a]) for a, b, _ in links if b == index]
                else:
                    near = [place[b] + _port_shift(boxes[b], w) for a, b, w in links if a == index]
                keys[index] = sum(near) / len(near) if near else float(place[index])
            layers[depth].sort(key=lambda index: keys[index])
        crossings = _crossings(layers, boxes, links)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    return best


def _by_first_use(boxes: list[Box], links: list[tuple[int, int, Wire]], real: int) -> list[int]:
    """A depth-first order from the roots, so that the first argument starts out above the second."""
    into: dict[int, list[int]] = {k: [] for k in range(len(boxes))}
    used = set()
    for a, b, _ in links:
        into[b].append(a)
        used.add(a)
    order: list[int] = []
    seen: set[int] = set()
    stack = [k for k in reversed(range(real)) if k not in used]
    while stack:
        index = stack.pop()
        if index in seen:
            continue
        seen.add(index)
        order.append(index)
        stack.extend(reversed(into[index]))
    return order


def _port_shift(target: Box, wire: Wire) -> float:
    count = len(target.inputs)
    return 0.0 if count < 2 or target.symmetric or target.width == 0 else 0.4 * (wire.port / (count - 1) - 0.5)


def _crossings(layers: list[list[int]], boxes: list[Box], links: list[tuple[int, int, Wire]]) -> int:
    place = {index: k for layer in layers for k, index in enumerate(layer)}
    count = 0
    for depth in range(len(layers) - 1):
        ends = [(place[a], place[b] + _port_shift(boxes[b], w)) for a, b, w in links if boxes[a].layer == depth]
        for i, (a, b) in enumerate(ends):
            count += sum((a - c) * (b - d) < 0 for c, d in ends[i + 1 :])
    return count


def _sort_ports(boxes: list[Box], wires: list[Wire], everything: list[Box]) -> None:
    """Let the inputs of symmetric boxes arrive in the order in which they stand."""
    for index, box in enumerate(boxes):
        if box.symmetric:
            arriving = [wire for wire in wires if wire.target == index]
            arriving.sort(key=lambda wire: everything[wire.via[-1] if wire.via else wire.source].y)
            for port, wire in enumerate(arriving):
                wire.port = port


def port_height(target: Box, port: int) -> float:
    """How far from the centre of `target` its `port`-th input arrives."""
    count = len(target.inputs)
    return 0.0 if count < 2 else target.height * 0.6 * (port / (count - 1) - 0.5)


def _place_vertically(
    boxes: list[Box], links: list[tuple[int, int, Wire]], layers: list[list[int]], row: float, real: list[Box]
) -> None:
    near: dict[int, list[tuple[int, float, float]]] = {k: [] for k in range(len(boxes))}
    for a, b, wire in links:
        shift = port_height(boxes[b], wire.port) if b < len(real) else 0.0
        # The chain of functions should run straight; leaves make way for it.
        weight = 1.0 if a < len(real) and not boxes[a].inputs else 5.0
        near[a].append((b, shift, weight))
        near[b].append((a, -shift, weight))
    for layer in layers:
        offsets = _offsets(layer, boxes, row)
        for index, offset in zip(layer, offsets, strict=True):
            boxes[index].y = offset - offsets[-1] / 2
    for sweep in range(40):
        for layer in layers if sweep % 2 else reversed(layers):
            offsets = _offsets(layer, boxes, row)
            wanted = []
            for index in layer:
                total = sum(weight for _, _, weight in near[index])
                pulled = sum(weight * (boxes[k].y + shift) for k, shift, weight in near[index])
                wanted.append(pulled / total if total else boxes[index].y)
            weights = [1.0 if k < len(real) and not boxes[k].inputs else 8.0 for k in layer]
            found = _nondecreasing([w - o for w, o in zip(wanted, offsets, strict=True)], weights)
            for index, value, offset in zip(layer, found, offsets, strict=True):
                boxes[index].y = value + offset


def _offsets(layer: list[int], boxes: list[Box], row: float) -> list[float]:
    offsets = [0.0]
    for above, below in pairwise(layer):
        free = row if boxes[above].width and boxes[below].width else row * 0.8
        offsets.append(offsets[-1] + (boxes[above].height + boxes[below].height) / 2 + free)
    return offsets


def _nondecreasing(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The non-decreasing sequence nearest to `wanted` in weighted least squares (pool adjacent violators)."""
    blocks: list[tuple[float, float, int]] = []  # mean, weight, how many
    for mean, weight in zip(wanted, weights, strict=True):
        count = 1
        while blocks and blocks[-1][0] > mean:
            earlier, mass, size = blocks.pop()
            mean = (mean * weight + earlier * mass) / (weight + mass)
            weight, count = weight + mass, count + size
        blocks.append((mean, weight, count))
    return [mean for mean, _, count in blocks for _ in range(count)]


def _place_horizontally(boxes: list[Box], links: list[tuple[int, int, Wire]], layers: list[list[int]]) -> float:
    x = 0.0
    for depth, layer in enumerate(layers):
        width = max(boxes[index].width for index in layer)
        for index in layer:
            boxes[index].x = x + width / 2
        gap = LEAST_GAP
        for a, b, wire in links:
            if boxes[a].layer == depth:
                # Room for the text on the edge, and for a steep edge to be less steep.
                text = wire.label + (60 if wire.bend else 26) if a == wire.source else 0.0
                gap = max(gap, text, min(140.0, 0.9 * abs(boxes[a].y - boxes[b].y)))
        x += width + (gap if depth + 1 < len(layers) else 0.0)
    return x


def _route(wire: Wire, boxes: list[Box], layers: list[list[int]]) -> None:
    source, target = boxes[wire.source], boxes[wire.target]
    start = (source.x + source.width / 2, source.y)
    end = (target.x - target.width / 2, target.y + port_height(target, wire.port))
    middle = []
    for index in wire.via:
        dummy = boxes[index]
        half = max(boxes[k].width for k in layers[dummy.layer]) / 2
        # Past a wide box an edge runs level, so that it keeps clear of it.
        middle += [(dummy.x - half, dummy.y), (dummy.x + half, dummy.y)] if half > 30 else [(dummy.x, dummy.y)]
    if wire.bend and not middle:
        (x0, y0), (x1, y1) = start, end
        y = (y0 + y1) / 2 + wire.bend
        middle = [(x0 + 22, y), (x1 - 22, y)]
        wire.labelled = 1
    wire.points = [start, *middle, end]

"""The graph that a `Value` or a `Tensor` carries, drawn with its values and, after `backward`, its gradients."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from chainrule.show.drawing import Graph, Node, number
from chainrule.show.record import SYMBOLS
from chainrule.value import Value

__all__ = ["graph"]


def graph(
    root: Value, *, name: str = "", parameters: Collection[str] = (), local: bool = False, digits: int = 4, **names: Any
) -> Graph:
    """The computation graph that ends in `root`.

    Parameters
    ----------
    root
        The result of a computation on Values.
    name
        What the result is called.
    parameters
        Which of the `names` are parameters, drawn as squares.
    local
        Whether to write the local derivatives.
    digits
        Significant digits of the numbers.
    **names
        What other nodes are called: ``graph(loss, w=w, x=x)``.

    Raises
    ------
    TypeError
        If `root` carries no graph; for a function of plain or dual numbers there is `graph_of`.

    Examples
    --------
    >>> a, b = Value(3.0), Value(2.0)
    >>> c = a * b + a
    >>> c.backward()
    >>> print(graph(c, name="c", a=a, b=b))
    a = 3  grad 3
    b = 2  grad 3
    ×(a, b) = 6  grad 1
    c = +(×, a) = 9  grad 1
    """
    if not isinstance(root, Value):
        raise TypeError(f"graph: expected a Value, got a {type(root).__name__}; graph_of draws a function")
    called = {id(node): text for text, node in names.items()} | ({id(root): name} if name else {})
    done = root.grad != 0  # before `backward` all gradients are 0
    drawing = Graph(digits=digits, local=local)
    drawn: dict[int, Node] = {}
    for value in _in_order(root):
        text = called.get(id(value), "")
        numbers: dict[str, Any] = {"value": value.data, "grad": value.grad if done else None}
        if value.parents:
            inputs, partials = [drawn[id(parent)] for parent in value.parents], list(value.partials)
            constant = _constant(value)
            if constant is not None:
                position, given = constant
                inputs.insert(position, drawing.constant(given))
                partials.insert(position, 0.0)
            label = SYMBOLS.get(value.op, value.op)
            drawn[id(value)] = drawing.function(label, *inputs, name=text, local=partials, **numbers)
        elif text in parameters:
            drawn[id(value)] = drawing.parameter(text, **numbers)
        elif text:
            drawn[id(value)] = drawing.value(text, **numbers)
        else:
            # A leaf without a name shows its number in its circle, so not on its edge again.
            drawn[id(value)] = drawing.value(number(value.data, digits), grad=numbers["grad"])
    return drawing


def _in_order(root: Value) -> list[Value]:
    seen, stack = {root}, [root]
    while stack:
        for parent in stack.pop().parents:
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return sorted(seen, key=lambda value: value.serial)


def _constant(value: Value) -> tuple[int, float] | None:
    """The number that was the other operand of + - ×, and its position: the tape keeps Values alone."""
    if len(value.parents) != 1:
        return None
    (parent,), (partial,) = value.parents, value.partials
    if value.op == "add":
        return 1, value.data - parent.data
    if value.op == "subtract":
        return (1, parent.data - value.data) if partial == 1 else (0, value.data + parent.data)
    if value.op == "multiply":
        return 0, partial
    return None

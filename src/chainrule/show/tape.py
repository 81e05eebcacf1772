"""The graph that a `Value` or a `Tensor` carries, drawn with its values and its gradients."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from chainrule.show.drawing import Graph, number, size
from chainrule.show.drawing import Node as Drawn
from chainrule.show.record import SYMBOLS
from chainrule.tape import Node, Parts, contributions
from chainrule.tensor import Tensor
from chainrule.value import Value

__all__ = ["graph"]


def graph(
    root: Value | Tensor,
    *,
    name: str = "",
    parameters: Collection[str] = (),
    local: bool = False,
    digits: int = 4,
    **names: Any,
) -> Graph:
    """The computation graph that ends in `root`.

    The gradients of a Value's graph are drawn once `backward` has been called. A Tensor's graph is spent by then, so it
    is drawn before; if the root is one number, the drawing finds the gradients by a pass of its own, which leaves
    nothing behind. Operations on tensors inside ``with debug():`` keep their values to be drawn; of others the
    drawing knows the shape. What needs no gradient is not in the graph, numbers added to or multiplied with a Value
    excepted.

    Parameters
    ----------
    root
        The result of a computation on Values or Tensors.
    name
        What the result is called.
    parameters
        Which of the `names` are parameters, drawn as squares.
    local
        Whether to write the local derivatives (of a Value's graph).
    digits
        Significant digits of the numbers.
    **names
        What other nodes are called: ``graph(loss, w=w, x=x)``.

    Raises
    ------
    TypeError
        If `root` carries no graph; for a function of plain or dual numbers there is `graph_of`.
    RuntimeError
        If a Tensor's graph is spent.

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

    >>> x = Tensor([3.0, 4.0], requires_grad=True)
    >>> print(graph((x * x).sum(), name="y", x=x))
    x = (3, 4)  grad (6, 8)
    ×(x, x) = (2,)  grad (1, 1)
    y = sum(×) = 25  grad 1
    """
    drawing = Graph(digits=digits, local=local)
    if isinstance(root, Value):
        called = {id(node): text for text, node in names.items()} | ({id(root): name} if name else {})
        return _of_value(root, drawing, called, parameters)
    if isinstance(root, Tensor) and root.node is not None:
        called = {id(t.node or t): text for text, t in names.items() if isinstance(t, Tensor)}
        return _of_tensor(root, drawing, called | {id(root.node): name}, parameters)
    raise TypeError(
        f"graph: expected a Value, or a Tensor computed from others that require gradients, got a "
        f"{type(root).__name__}; graph_of draws a function"
    )


def _leaf(drawing: Graph, name: str, parameters: Collection[str], numbers: Mapping[str, Any]) -> Drawn:
    if name:
        return (drawing.parameter if name in parameters else drawing.value)(name, **numbers)
    # A leaf without a name shows its number in its circle, so not on its edge again.
    return drawing.value(number(numbers["value"], drawing.digits), grad=numbers["grad"])


def _of_value(root: Value, drawing: Graph, called: Mapping[int, str], parameters: Collection[str]) -> Graph:
    done = root.grad != 0  # before `backward` all gradients are 0
    drawn: dict[int, Drawn] = {}
    for value in _in_order(root):
        text = called.get(id(value), "")
        numbers: dict[str, Any] = {"value": value.data, "grad": value.grad if done else None}
        if not value.parents:
            drawn[id(value)] = _leaf(drawing, text, parameters, numbers)
            continue
        inputs, partials = [drawn[id(parent)] for parent in value.parents], list(value.partials)
        constant = _constant(value)
        if constant is not None:
            position, given = constant
            inputs.insert(position, drawing.constant(given))
            partials.insert(position, 0.0)
        label = SYMBOLS.get(value.op, value.op)
        drawn[id(value)] = drawing.function(label, *inputs, name=text, local=partials, **numbers)
    return drawing


def _in_order(root: Any) -> list[Any]:
    """The root and everything below it that was computed, and the leaves, each before what was made from it."""
    seen, stack, leaves = {root}, [root], []
    while stack:
        node = stack.pop()
        for parent in getattr(node, "parents", None) or ():
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
                if not hasattr(parent, "serial"):
                    leaves.append(parent)
    made = sorted((node for node in seen if hasattr(node, "serial")), key=lambda node: node.serial)
    return [*reversed(leaves), *made]


def _of_tensor(root: Tensor, drawing: Graph, called: Mapping[int, str], parameters: Collection[str]) -> Graph:
    order = _computed(root)
    grads, shares = _gradients(root, order)
    drawn: dict[int, Drawn] = {}
    for node in order:
        text, grad = called.get(id(node), ""), _whole(grads.get(id(node)))
        if isinstance(node, Tensor):
            drawn[id(node)] = _leaf(drawing, text, parameters, {"value": node.data, "grad": grad})
            continue
        value = root.data if node is root.node else node.trace.value if node.trace is not None else _shape(node)
        inputs = [drawn[id(parent)] for parent in node.parents or ()]
        drawn[id(node)] = drawing.function(
            SYMBOLS.get(node.name, node.name), *inputs, name=text, value=_whole(value), grad=grad
        )
        drawn[id(node)].shares = tuple(map(_whole, shares.get(id(node), ())))
    return drawing


def _whole(numbers: Any) -> Any:
    """What to write; nothing for an operation with several outputs, each of which has a node of its own."""
    return None if isinstance(numbers, Parts) else numbers


def _computed(root: Tensor) -> list[Any]:
    order = _in_order(root.node)
    if any(isinstance(node, Node) and node.parents is None for node in order):
        raise RuntimeError("graph: the graph is spent: draw it before backward is called")
    return order


def _shape(node: Node) -> str | None:
    return size(node.shape) if isinstance(node.shape, tuple) and node.shape else None


def _gradients(root: Tensor, order: list[Any]) -> tuple[dict[int, Any], dict[int, tuple[Any, ...]]]:
    """The gradient of the root with respect to every node, and what every node hands back to each parent."""
    grads: dict[int, Any] = {}
    shares: dict[int, tuple[Any, ...]] = {}
    if root.size != 1:
        return grads, shares
    grads[id(root.node)] = np.ones(root.shape, root.dtype)
    for node in reversed(order):
        if isinstance(node, Tensor) or id(node) not in grads:
            continue
        shares[id(node)] = tuple(contributions(node, grads[id(node)]))
        for parent, share in zip(node.parents, shares[id(node)], strict=True):
            if share is not None:
                grads[id(parent)] = grads[id(parent)] + share if id(parent) in grads else share
    return grads, shares


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

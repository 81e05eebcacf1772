"""The graph of an expression as it is evaluated: `graph_of(f, x=3.0)` draws every intermediate value.

With pairs for inputs it draws forward mode (chapter 5): each edge carries a value and its derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from chainrule.operators import Operators
from chainrule.rules import Rule
from chainrule.show.drawing import Graph, Node, number

__all__ = ["SYMBOLS", "graph_of"]

SYMBOLS = {
    "absolute": "abs",
    "add": "+",
    "divide": "÷",
    "matmul": "@",
    "maximum": "max",
    "minimum": "min",
    "multiply": "×",
    "negative": "neg",
    "sigmoid": "σ",
    "subtract": "−",
}


class _Recorder(Operators):
    """A number that writes down what is done with it."""

    # Above every level of differentiation: a recorder sees all operations first.
    _level = 10**9

    def __init__(self, graph: Graph, node: Node) -> None:
        self.graph, self.node = graph, node

    def _apply(self, rule: Rule, args: tuple[Any, ...]) -> _Recorder:
        values = [arg.node.value if isinstance(arg, _Recorder) else arg for arg in args]
        label, operands = SYMBOLS.get(rule.name, rule.name), list(args)
        if rule.name == "power" and not isinstance(args[1], _Recorder):
            # A fixed exponent belongs to the function's name, like that of a square.
            label, operands = ("square" if args[1] == 2 else f"^{number(args[1], 4)}"), [args[0]]
        inputs = [a.node if isinstance(a, _Recorder) else self.graph.constant(a) for a in operands]
        value = rule.value(*values)
        local = [rule.partials[k](value, *values) if node.kind != "constant" else 0 for k, node in enumerate(inputs)]
        tangent = None
        if any(node.tangent is not None for node in inputs):
            tangent = sum(factor * (node.tangent or 0) for factor, node in zip(local, inputs, strict=True))
        return _Recorder(self.graph, self.graph.function(label, *inputs, value=value, tangent=tangent, local=local))

    def _compared(self, other: Any) -> tuple[Any, Any]:
        return self.node.value, other.node.value if isinstance(other, _Recorder) else other

    def __lt__(self, other: Any) -> bool:
        mine, its = self._compared(other)
        return mine < its

    def __le__(self, other: Any) -> bool:
        mine, its = self._compared(other)
        return mine <= its

    def __gt__(self, other: Any) -> bool:
        mine, its = self._compared(other)
        return mine > its

    def __ge__(self, other: Any) -> bool:
        mine, its = self._compared(other)
        return mine >= its


def graph_of(
    f: Callable[..., Any],
    *,
    parameters: Collection[str] = (),
    backward: bool = False,
    local: bool = False,
    digits: int = 4,
    **inputs: float | tuple[float, float],
) -> Graph:
    """The computation graph of `f(**inputs)`, with the numbers of the forward pass, or of both passes.

    Parameters
    ----------
    f
        A function of numbers, written with operators and this package's elementwise functions. The result is
        called after it, unless it is a lambda.
    parameters
        The names of the inputs that are parameters, drawn as squares.
    backward
        Whether to run the backward pass too and draw the gradients.
    local
        Whether to write the local derivatives.
    digits
        Significant digits of the numbers.
    **inputs
        A number for each argument of `f`; or a pair (value, derivative) for each, to draw forward mode.

    Raises
    ------
    TypeError
        If `f` does not return one number that depends on its inputs.

    Examples
    --------
    >>> from chainrule import maximum
    >>> def u(x, y, z):
    ...     return maximum(y * z, y + 2 * x)
    >>> print(graph_of(u, x=(2, 1), y=(3, 0), z=(-1, 0)))
    x = 2  tangent 1
    y = 3  tangent 0
    z = -1  tangent 0
    ×(y, z) = -3  tangent 0
    ×(2, x) = 4  tangent 2
    +(y, ×) = 7  tangent 2
    u = max(×, +) = 7  tangent 2
    """
    graph = Graph(digits=digits, local=local)
    arguments = {}
    for name, given in inputs.items():
        value, tangent = given if isinstance(given, tuple) else (given, None)
        add = graph.parameter if name in parameters else graph.value
        arguments[name] = _Recorder(graph, add(name, value, tangent=tangent))
    result = f(**arguments)
    if not isinstance(result, _Recorder):
        raise TypeError(f"f: expected a function that returns a number computed from its inputs, got {result!r}")
    name = getattr(f, "__name__", "")
    if result.node.kind == "function" and name.isidentifier():
        result.node.name = name
    if backward:
        _backward(graph, result.node)
    return graph


def _backward(graph: Graph, root: Node) -> None:
    """Gradients from the root to the leaves: in reverse order of creation a node's users come before it."""
    for node in graph.nodes:
        node.grad = None if node.kind == "constant" else 0.0
    root.grad = 1.0
    for node in reversed(graph.nodes):
        for factor, source in zip(node.local, node.inputs, strict=True) if node.inputs else ():
            if source.kind != "constant":
                source.grad += node.grad * factor

"""A scalar tape: reverse-mode differentiation, one number at a time (chapter 6).

Every operation makes a `Value` that remembers which values it came from and its partial derivative with respect
to each. `backward` then goes through these nodes from the last made to the first and adds up the chain rule.
The names are those of micrograd (Karpathy 2020), so either engine runs programs written for the other.
"""

from __future__ import annotations

import itertools
from numbers import Real
from operator import attrgetter
from typing import Any

from chainrule import rules
from chainrule.rules import Rule

__all__ = ["Value"]

next_serial = itertools.count().__next__
by_serial = attrgetter("serial")


class Value:
    """A number in a computation graph: `data` is its value, `grad` the derivative of the output with respect to it.

    `parents` are the values it was computed from, `partials` its derivatives with respect to them, `op` the name
    of the operation and `serial` its place in the order of creation; an edge of the graph carries one partial.

    >>> a, b = Value(3.0), Value(4.0)
    >>> c = a * b + a
    >>> c.backward()
    >>> c.data, a.grad, b.grad
    (15.0, 5.0, 3.0)
    """

    __slots__ = ("__weakref__", "data", "grad", "op", "parents", "partials", "serial")
    __array_ufunc__ = None  # a NumPy number on the left leaves the operation to Value
    _level = 0

    def __init__(
        self, data: float, parents: tuple[Value, ...] = (), partials: tuple[float, ...] = (), op: str = ""
    ) -> None:
        self.data = data
        self.grad: float = 0.0
        self.parents = parents
        self.partials = partials
        self.op = op
        self.serial = next_serial()

    def backward(self) -> None:
        """Set `grad` of this value to 1 and add to the `grad` of every value below it: dself/dvalue.

        A node is dealt with when all nodes made from it are done, which descending order of creation ensures; a node
        used twice receives the sum over its uses. There is no recursion, so graphs may be of any depth.

        Gradients add up over calls, on the nodes in between too, as in micrograd: set `grad` of the parameters
        to 0 before the next step, and build the graph anew.
        """
        nodes, stack, seen = [], [self], {self}
        while stack:
            node = stack.pop()
            nodes.append(node)
            for parent in node.parents:
                if parent not in seen:
                    seen.add(parent)
                    if parent.parents:
                        stack.append(parent)
        nodes.sort(key=by_serial, reverse=True)
        self.grad = 1.0
        for node in nodes:
            grad = node.grad
            for parent, partial in zip(node.parents, node.partials):  # noqa: B905 (equal by construction)
                parent.grad += partial * grad

    # Sums and products are most of any graph, so their rules are written out; all the rest reads the table.
    def __add__(self, other: Any) -> Value:
        if other.__class__ is Value:
            return Value(self.data + other.data, (self, other), (1.0, 1.0), "add")
        return Value(self.data + number(other), (self,), (1.0,), "add")

    def __mul__(self, other: Any) -> Value:
        if other.__class__ is Value:
            return Value(self.data * other.data, (self, other), (other.data, self.data), "multiply")
        other = number(other)
        return Value(self.data * other, (self,), (other,), "multiply")

    __radd__, __rmul__ = __add__, __mul__

    @staticmethod
    def _apply(rule: Rule, args: tuple[Any, ...]) -> Value:
        data = tuple(arg.data if arg.__class__ is Value else number(arg) for arg in args)
        try:
            y = rule.value(*data)
            edges = [(a, p(y, *data)) for a, p in zip(args, rule.partials, strict=True) if a.__class__ is Value]
        except (ArithmeticError, ValueError) as error:
            raise rules.explained(error, rule, data) from error
        return Value(y, tuple(a for a, _ in edges), tuple(p for _, p in edges), rule.name)

    def __sub__(self, other: Any) -> Value:
        return rules.subtract(self, other)

    def __rsub__(self, other: Any) -> Value:
        return rules.subtract(other, self)

    def __truediv__(self, other: Any) -> Value:
        return rules.divide(self, other)

    def __rtruediv__(self, other: Any) -> Value:
        return rules.divide(other, self)

    def __pow__(self, other: Any) -> Value:
        return rules.power(self, other)

    def __rpow__(self, other: Any) -> Value:
        return rules.power(other, self)

    def __neg__(self) -> Value:
        return rules.negative(self)

    def __abs__(self) -> Value:
        return rules.absolute(self)

    def exp(self) -> Value:
        """e to this value."""
        return rules.exp(self)

    def log(self) -> Value:
        """The natural logarithm."""
        return rules.log(self)

    def tanh(self) -> Value:
        """The hyperbolic tangent."""
        return rules.tanh(self)

    def sigmoid(self) -> Value:
        """The logistic function."""
        return rules.sigmoid(self)

    def relu(self) -> Value:
        """max(self, 0), with derivative 0 at 0."""
        return rules.relu(self)

    # Order looks at the data, so that a program branches as it would on numbers; `==` is identity.
    def __lt__(self, other: Any) -> bool:
        return self.data < getattr(other, "data", other)

    def __gt__(self, other: Any) -> bool:
        return self.data > getattr(other, "data", other)

    def __le__(self, other: Any) -> bool:
        return self.data <= getattr(other, "data", other)

    def __ge__(self, other: Any) -> bool:
        return self.data >= getattr(other, "data", other)

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    def __repr__(self) -> str:
        return f"Value(data={self.data}, grad={self.grad})"


def number(x: Any) -> Any:
    """`x` itself if it is a number; TypeError for anything else, arrays, duals and tensors included."""
    if x.__class__ is float or isinstance(x, Real):
        return x
    raise TypeError(f"a Value combines with numbers and Values only, got {type(x).__name__}: {x!r}")

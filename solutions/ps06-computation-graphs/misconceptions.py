"""Wrong solutions of problem set 6, from slips with fan-out, order, local derivatives and saturation."""

# ruff: noqa: F821 (Number, tanh and backward are the student's own names, in the notebook)

import math

import numpy as np

from classroom.misconception import wrong

# 1 Both passes, written out


@wrong("passes-check", cell="passes", name="both_passes", hint="through v a is missing")
def path_through_the_last_product_lost(a, b, c):
    u = a * b + c
    return u**2 * a, a * 2 * u * b, a * 2 * u * a, a * 2 * u


@wrong("passes-check", cell="passes", name="both_passes", hint="product a b is missing")
def path_through_the_first_product_lost(a, b, c):
    u = a * b + c
    return u**2 * a, u**2, a * 2 * u * a, a * 2 * u


@wrong("passes-check", cell="passes", name="both_passes", hint="local derivative is 2u")
def square_without_its_two(a, b, c):
    u = a * b + c
    return u**2 * a, u**2 + a * u * b, a * u * a, a * u


@wrong("passes-check", cell="passes", name="both_passes", hint="multiplies by a on the way back")
def last_product_handed_on(a, b, c):
    u = a * b + c
    return u**2 * a, u**2 + 2 * u * b, 2 * u * a, 2 * u


@wrong("passes-check", cell="passes", name="both_passes", hint="gets it times a")
def own_factor_handed_on(a, b, c):
    u = a * b + c
    return u**2 * a, u**2 + 2 * u * a * b, 2 * u * a * b, 2 * u * a


@wrong("passes-check", cell="passes", name="both_passes", hint="they are not multiplied")
def arrivals_multiplied(a, b, c):
    u = a * b + c
    return u**2 * a, u**2 * 2 * u * a * b, 2 * u * a * a, 2 * u * a


# 2 Numbers that remember


@wrong("arithmetic-check", cell="arithmetic", name="Number", hint="is the other factor")
class OwnFactor:
    def __init__(self, data, parents=(), partials=()):
        self.data, self.grad, self.parents, self.partials = data, 0.0, parents, partials

    def __add__(self, other):
        other = other if hasattr(other, "data") else Number(other)
        return Number(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if hasattr(other, "data") else Number(other)
        return Number(self.data * other.data, (self, other), (self.data, other.data))


@wrong("arithmetic-check", cell="arithmetic", name="Number", hint="n x^(n - 1)")
class PowerRule:
    def __init__(self, data, parents=(), partials=()):
        self.data, self.grad, self.parents, self.partials = data, 0.0, parents, partials

    def __add__(self, other):
        other = other if hasattr(other, "data") else Number(other)
        return Number(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if hasattr(other, "data") else Number(other)
        return Number(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, exponent):
        return Number(self.data**exponent, (self,), (self.data**exponent,))

    def __sub__(self, other):
        return self + other * -1.0

    def __truediv__(self, other):
        return self * other**-1


@wrong("arithmetic-check", cell="arithmetic", name="Number", hint="order matters in __rsub__")
class ReversedSubtraction:
    def __init__(self, data, parents=(), partials=()):
        self.data, self.grad, self.parents, self.partials = data, 0.0, parents, partials

    def __add__(self, other):
        other = other if hasattr(other, "data") else Number(other)
        return Number(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if hasattr(other, "data") else Number(other)
        return Number(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, exponent):
        return Number(self.data**exponent, (self,), (exponent * self.data ** (exponent - 1),))

    def __sub__(self, other):
        return self + other * -1.0

    def __truediv__(self, other):
        return self * other**-1

    def __rsub__(self, other):
        return self - other


@wrong("arithmetic-check", cell="arithmetic", name="Number", hint="local derivative -1")
class DifferenceLikeSum:
    def __init__(self, data, parents=(), partials=()):
        self.data, self.grad, self.parents, self.partials = data, 0.0, parents, partials

    def __add__(self, other):
        other = other if hasattr(other, "data") else Number(other)
        return Number(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if hasattr(other, "data") else Number(other)
        return Number(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, exponent):
        return Number(self.data**exponent, (self,), (exponent * self.data ** (exponent - 1),))

    def __sub__(self, other):
        other = other if hasattr(other, "data") else Number(other)
        return Number(self.data - other.data, (self, other), (1.0, 1.0))

    def __truediv__(self, other):
        other = other if hasattr(other, "data") else Number(other)
        return self * other**-1


@wrong("arithmetic-check", cell="arithmetic", name="Number", hint="with respect to b is negative")
class QuotientWithoutMinus:
    def __init__(self, data, parents=(), partials=()):
        self.data, self.grad, self.parents, self.partials = data, 0.0, parents, partials

    def __add__(self, other):
        other = other if hasattr(other, "data") else Number(other)
        return Number(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if hasattr(other, "data") else Number(other)
        return Number(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, exponent):
        return Number(self.data**exponent, (self,), (exponent * self.data ** (exponent - 1),))

    def __sub__(self, other):
        return self + other * -1.0

    def __truediv__(self, other):
        other = other if hasattr(other, "data") else Number(other)
        return Number(self.data / other.data, (self, other), (1 / other.data, self.data / other.data**2))


@wrong("arithmetic-check", cell="arithmetic", name="Number", hint="turn it into a Number")
class PlainNumbersForgotten:
    def __init__(self, data, parents=(), partials=()):
        self.data, self.grad, self.parents, self.partials = data, 0.0, parents, partials

    def __add__(self, other):
        return Number(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        return Number(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, exponent):
        return Number(self.data**exponent, (self,), (exponent * self.data ** (exponent - 1),))

    def __sub__(self, other):
        return self + other * Number(-1.0)

    def __truediv__(self, other):
        return self * other**-1

    def __rsub__(self, other):
        return other - self.data


# 3 Three functions


@wrong("functions-check", cell="functions", name="tanh", hint="square the value")
def tanh_slope_not_squared(x):
    t = math.tanh(x.data)
    return Number(t, (x,), (1 - t,))


@wrong("functions-check", cell="functions", name="tanh", hint="takes the tanh, not x")
def tanh_slope_of_the_input(x):
    return Number(math.tanh(x.data), (x,), (1 - x.data**2,))


@wrong("functions-check", cell="functions", name="relu", hint="by the book's convention")
def relu_slope_one_at_zero(x):
    return Number(max(0.0, x.data), (x,), (1.0 if x.data >= 0 else 0.0,))


@wrong("functions-check", cell="functions", name="relu", hint="True and False are not numbers")
def relu_with_a_truth_value_for_a_slope(x):
    return Number(max(0.0, x.data), (x,), (x.data > 0,))


@wrong("functions-check", cell="functions", name="sign", hint="This is the true slope")
def sign_with_its_true_slope(x):
    return Number(1.0 if x.data > 0 else -1.0, (x,), (0.0,))


@wrong("functions-check", cell="functions", name="sign", hint="Beyond |x| = 1")
def sign_straight_through_everywhere(x):
    return Number(1.0 if x.data > 0 else -1.0, (x,), (1.0,))


@wrong("functions-check", cell="functions", name="sign", hint="includes 1")
def sign_with_an_open_window(x):
    return Number(1.0 if x.data > 0 else -1.0, (x,), (1.0 if abs(x.data) < 1 else 0.0,))


@wrong("functions-check", cell="functions", name="sign", hint="True and False are not numbers")
def sign_with_a_truth_value_for_a_slope(x):
    return Number(1.0 if x.data > 0 else -1.0, (x,), (abs(x.data) <= 1,))


@wrong("functions-check", cell="functions", name="tanh", hint="also when there is one")
def tanh_with_a_bare_slope(x):
    t = math.tanh(x.data)
    return Number(t, (x,), 1 - t**2)


@wrong("functions-check", cell="functions", name="relu", hint="has x as its parent")
def relu_cuts_the_graph(x):
    return Number(x.data, (x,), (1.0,)) if x.data > 0 else Number(0.0)


# 4 The backward pass


@wrong("backward-check", cell="backward", name="backward", hint="+= instead of =")
def overwrites(root):
    root.grad = 1.0
    waiting = [root]
    while waiting:
        node = waiting.pop(0)
        for parent, partial in zip(node.parents, node.partials):
            parent.grad = partial * node.grad
            waiting.append(parent)


@wrong("backward-check", cell="backward", name="backward", hint="counted twice")
def sends_on_at_once(root):
    def send(node, arrived):
        node.grad += arrived
        for parent, partial in zip(node.parents, node.partials):
            send(parent, partial * node.grad)

    send(root, 1.0)


@wrong("backward-check", cell="backward", name="backward", hint="what has arrived at it")
def local_derivatives_only(root):
    root.grad = 1.0
    waiting = [root]
    while waiting:
        node = waiting.pop(0)
        for parent, partial in zip(node.parents, node.partials):
            parent.grad += partial
            waiting.append(parent)


@wrong("backward-check", cell="backward", name="backward", hint="Recursion goes no deeper")
def sorts_by_recursion(root):
    order, seen = [], set()

    def visit(node):
        if id(node) not in seen:
            seen.add(id(node))
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(root)
    root.grad = 1.0
    for node in reversed(order):
        for parent, partial in zip(node.parents, node.partials):
            parent.grad += partial * node.grad


@wrong("backward-check", cell="backward", name="backward", hint="own parents were reached")
def one_step_only(root):
    root.grad = 1.0
    for parent, partial in zip(root.parents, root.partials):
        parent.grad += partial * root.grad


@wrong("backward-check", cell="backward", name="backward", hint="wait for all uses")
def last_found_first_handled(root):
    root.grad = 1.0
    waiting, seen = [root], {id(root)}
    while waiting:
        node = waiting.pop()
        for parent, partial in zip(node.parents, node.partials):
            parent.grad += partial * node.grad
            if id(parent) not in seen:
                seen.add(id(parent))
                waiting.append(parent)


# 5 Two moons


@wrong("moons-check", cell="moons", name="train", hint="mean over the examples")
def sum_for_mean(W, b, v, c, X, y, steps, rate):
    W, b, v, X, y = (np.array(part) for part in (W, b, v, X, y))
    losses = []
    for _ in range(steps):
        a = np.tanh(X @ W.T + b)
        e = a @ v + c - y
        losses.append(float(np.sum(e**2)))
        g = 2 * e
        hidden = (g[:, None] * v) * (1 - a**2)
        W, b, v, c = W - rate * hidden.T @ X, b - rate * hidden.sum(0), v - rate * a.T @ g, c - rate * g.sum()
    return losses, (W, b, v, float(c))


@wrong("moons-check", cell="moons", name="train", hint="The step goes up")
def climbs(W, b, v, c, X, y, steps, rate):
    W, b, v, X, y = (np.array(part) for part in (W, b, v, X, y))
    losses = []
    for _ in range(steps):
        a = np.tanh(X @ W.T + b)
        e = a @ v + c - y
        losses.append(float(np.mean(e**2)))
        g = -2 * e / len(y)
        hidden = (g[:, None] * v) * (1 - a**2)
        W, b, v, c = W - rate * hidden.T @ X, b - rate * hidden.sum(0), v - rate * a.T @ g, c - rate * g.sum()
    return losses, (W, b, v, float(c))


@wrong("moons-check", cell="moons", name="train", hint="start each step with zeros")
def gradients_left_standing(W, b, v, c, X, y, steps, rate):
    W, b, v, X, y = (np.array(part) for part in (W, b, v, X, y))
    losses, left = [], [0.0, 0.0, 0.0, 0.0]
    for _ in range(steps):
        a = np.tanh(X @ W.T + b)
        e = a @ v + c - y
        losses.append(float(np.mean(e**2)))
        g = 2 * e / len(y)
        hidden = (g[:, None] * v) * (1 - a**2)
        fresh = [hidden.T @ X, hidden.sum(0), a.T @ g, g.sum()]
        left = [old + new for old, new in zip(left, fresh)]
        W, b, v, c = (part - rate * slope for part, slope in zip((W, b, v, c), left))
    return losses, (W, b, v, float(c))


@wrong("moons-check", cell="moons", name="train", hint="it has to move")
def output_bias_fixed(W, b, v, c, X, y, steps, rate):
    W, b, v, X, y = (np.array(part) for part in (W, b, v, X, y))
    losses = []
    for _ in range(steps):
        a = np.tanh(X @ W.T + b)
        e = a @ v + c - y
        losses.append(float(np.mean(e**2)))
        g = 2 * e / len(y)
        hidden = (g[:, None] * v) * (1 - a**2)
        W, b, v = W - rate * hidden.T @ X, b - rate * hidden.sum(0), v - rate * a.T @ g
    return losses, (W, b, v, float(c))


@wrong("moons-check", cell="moons", name="train", hint="before any parameter moves")
def output_weights_moved_first(W, b, v, c, X, y, steps, rate):
    W, b, v, X, y = (np.array(part) for part in (W, b, v, X, y))
    losses = []
    for _ in range(steps):
        a = np.tanh(X @ W.T + b)
        e = a @ v + c - y
        losses.append(float(np.mean(e**2)))
        g = 2 * e / len(y)
        v = v - rate * a.T @ g
        hidden = (g[:, None] * v) * (1 - a**2)
        W, b, c = W - rate * hidden.T @ X, b - rate * hidden.sum(0), c - rate * g.sum()
    return losses, (W, b, v, float(c))


@wrong("moons-check", cell="moons", name="train", hint="nor a step for each")
def one_step_an_example(W, b, v, c, X, y, steps, rate):
    W, b, v, X, y = (np.array(part) for part in (W, b, v, X, y))
    losses = []
    for _ in range(steps):
        losses.append(float(np.mean((np.tanh(X @ W.T + b) @ v + c - y) ** 2)))
        for point, label in zip(X, y):
            a = np.tanh(W @ point + b)
            g = 2 * (a @ v + c - label)
            hidden = g * v * (1 - a**2)
            W, b, v, c = W - rate * np.outer(hidden, point), b - rate * hidden, v - rate * g * a, c - rate * g
    return losses, (W, b, v, float(c))


@wrong("moons-check", cell="moons", name="train", hint="biases b are parameters")
def hidden_biases_fixed(W, b, v, c, X, y, steps, rate):
    W, b, v, X, y = (np.array(part) for part in (W, b, v, X, y))
    losses = []
    for _ in range(steps):
        a = np.tanh(X @ W.T + b)
        e = a @ v + c - y
        losses.append(float(np.mean(e**2)))
        g = 2 * e / len(y)
        hidden = (g[:, None] * v) * (1 - a**2)
        W, v, c = W - rate * hidden.T @ X, v - rate * a.T @ g, c - rate * g.sum()
    return losses, (W, b, v, float(c))


@wrong("moons-check", cell="moons", name="train", hint="Neither v nor c has moved")
def nothing_moves(W, b, v, c, X, y, steps, rate):
    losses = []
    for _ in range(steps):
        outputs = [c + sum(o * math.tanh(w[0] * p[0] + w[1] * p[1] + d) for w, d, o in zip(W, b, v)) for p in X]
        losses.append(sum((out - label) ** 2 for out, label in zip(outputs, y)) / len(y))
    return losses, (W, b, v, c)


# 6 A loss that never says NaN


@wrong("stable-check", cell="stable", name="log_loss", hint="rewrite the loss in z")
def as_it_is_written(w, X, y):
    with np.errstate(all="ignore"):
        s = 1 / (1 + np.exp(-(X @ w)))
        return -np.mean(y * np.log(s) + (1 - y) * np.log(1 - s)), X.T @ (s - y) / len(y)


@wrong("stable-check", cell="stable", name="log_loss", hint="factor 1/N")
def gradient_of_the_sum(w, X, y):
    z = X @ w
    return np.mean(np.logaddexp(0, z) - y * z), X.T @ (np.exp(-np.logaddexp(0, -z)) - y)


@wrong("stable-check", cell="stable", name="log_loss", hint="not y - sigma(z)")
def gradient_turned_round(w, X, y):
    z = X @ w
    return np.mean(np.logaddexp(0, z) - y * z), X.T @ (y - np.exp(-np.logaddexp(0, -z))) / len(y)


@wrong("stable-check", cell="stable", name="log_loss", hint="Clipping the probability")
def probability_clipped(w, X, y):
    with np.errstate(all="ignore"):
        s = np.clip(1 / (1 + np.exp(-(X @ w))), 1e-12, 1 - 1e-12)
    return -np.mean(y * np.log(s) + (1 - y) * np.log(1 - s)), X.T @ (s - y) / len(y)


@wrong("stable-check", cell="stable", name="log_loss", hint="an entry for each weight")
def not_transposed(w, X, y):
    z = X @ w
    return np.mean(np.logaddexp(0, z) - y * z), X @ (np.exp(-np.logaddexp(0, -z)) - y) / len(y)

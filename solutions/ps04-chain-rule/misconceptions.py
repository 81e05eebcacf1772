"""Wrong solutions of problem set 4, from slips with nesting, paths, shapes and steps."""

# ruff: noqa: F821 (total_rate is the student's own name, in the notebook)

import numpy as np

from classroom.misconception import wrong

# 1 Three levels deep


@wrong("nested-check", cell="nested", name="nested", hint="not at x")
def everything_at_x(f, g, k, f_prime, g_prime, k_prime, x):
    return f(g(k(x))), f_prime(x) * g_prime(x) * k_prime(x)


@wrong("nested-check", cell="nested", name="nested", hint="innermost function is missing")
def innermost_forgotten(f, g, k, f_prime, g_prime, k_prime, x):
    return f(g(k(x))), f_prime(g(k(x))) * g_prime(k(x))


@wrong("nested-check", cell="nested", name="nested", hint="multiplied, not added")
def rates_added(f, g, k, f_prime, g_prime, k_prime, x):
    return f(g(k(x))), f_prime(g(k(x))) + g_prime(k(x)) + k_prime(x)


@wrong("nested-check", cell="nested", name="nested", hint="taken at k(x)")
def middle_at_x(f, g, k, f_prime, g_prime, k_prime, x):
    return f(g(k(x))), f_prime(g(k(x))) * g_prime(x) * k_prime(x)


@wrong("nested-check", cell="nested", name="nested", hint="at another derivative")
def derivatives_nested(f, g, k, f_prime, g_prime, k_prime, x):
    return f(g(k(x))), f_prime(g_prime(k_prime(x)))


@wrong("nested-check", cell="nested", name="nested", hint="at x itself")
def innermost_at_its_own_value(f, g, k, f_prime, g_prime, k_prime, x):
    return f(g(k(x))), f_prime(g(k(x))) * g_prime(k(x)) * k_prime(k(x))


# 2 Through the logistic function


@wrong("neuron-check", cell="neuron", name="input_slope", hint="one more factor")
def weight_forgotten(s, w, y):
    return 2 * (s - y) * s * (1 - s)


@wrong("neuron-check", cell="neuron", name="input_slope", hint="factor 2")
def two_forgotten(s, w, y):
    return (s - y) * s * (1 - s) * w


@wrong("neuron-check", cell="neuron", name="input_slope", hint="own derivative")
def logistic_passed_through(s, w, y):
    return 2 * (s - y) * w


@wrong("neuron-check", cell="neuron", name="input_slope", hint="do not apply sigma")
def sigma_applied_again(s, w, y):
    again = 1 / (1 + np.exp(-s))
    return 2 * (s - y) * again * (1 - again) * w


@wrong("neuron-check", cell="neuron", name="input_slope", hint="negative here")
def error_turned_round(s, w, y):
    return 2 * (y - s) * s * (1 - s) * w


@wrong("neuron-check", cell="neuron", name="input_slope", hint="must be differentiated, too")
def square_kept(s, w, y):
    return (s - y) ** 2 * s * (1 - s) * w


# 3 All paths


@wrong("paths-check", cell="paths", name="total_rate", hint="add the contributions")
def first_path_only(graph, start, end):
    rate = 1.0
    while start != end:
        start, factor = graph[start][0]
        rate *= factor
    return rate


@wrong("paths-check", cell="paths", name="total_rate", hint="multiplied, not added")
def sums_along_paths(graph, start, end):
    def paths(node):
        if node == end:
            return [0.0]
        return [rate + rest for target, rate in graph.get(node, []) for rest in paths(target)]

    return sum(paths(start))


@wrong("paths-check", cell="paths", name="total_rate", hint="The end of a path counts 1")
def end_counts_zero(graph, start, end):
    def rate_to(node):
        if node == end:
            return 0.0
        return sum((rate * rate_to(target) for target, rate in graph.get(node, [])), 0.0)

    return rate_to(start)


@wrong("paths-check", cell="paths", name="total_rate", hint="One path is missing")
def paths_of_length_two(graph, start, end):
    return sum(
        (
            rate * last
            for middle, rate in graph.get(start, [])
            for target, last in graph.get(middle, [])
            if target == end
        ),
        0.0,
    )


@wrong("paths-check", cell="paths", name="total_rate", hint="rate on the way is lost")
def last_rate_only(graph, start, end):
    return sum(
        (rate if target == end else total_rate(graph, target, end) for target, rate in graph.get(start, [])), 0.0
    )


@wrong("paths-check", cell="paths", name="total_rate", hint="may be absent")
def every_name_looked_up(graph, start, end):
    if start == end:
        return 1.0
    return sum((rate * total_rate(graph, target, end) for target, rate in graph[start]), 0.0)


# 4 A layer's Jacobian


@wrong("layer-check", cell="layer", name="layer_jacobian", hint="slope of tanh is missing")
def linear_part_only(W, b, x):
    return W


@wrong("layer-check", cell="layer", name="layer_jacobian", hint="Rows are outputs")
def transposed(W, b, x):
    return ((1 - np.tanh(W @ x + b) ** 2)[:, None] * W).T


@wrong("layer-check", cell="layer", name="layer_jacobian", hint="multiply it with W")
def diagonal_only(W, b, x):
    return np.diag(1 - np.tanh(W @ x + b) ** 2)


@wrong("layer-check", cell="layer", name="layer_jacobian", hint="not tanh")
def tanh_for_its_slope(W, b, x):
    return np.tanh(W @ x + b)[:, None] * W


@wrong("layer-check", cell="layer", name="layer_pullback", hint="before W")
def slope_left_out(W, b, x, v):
    return v @ W


@wrong("layer-check", cell="layer", name="layer_jacobian", hint="not at x")
def slope_at_the_input(W, b, x):
    return (1 - np.tanh(x) ** 2) * W


@wrong("layer-check", cell="layer", name="layer_jacobian", hint="The bias is missing")
def bias_forgotten(W, b, x):
    return (1 - np.tanh(W @ x) ** 2)[:, None] * W


@wrong("layer-check", cell="layer", name="layer_pullback", hint="a matrix still")
def not_added_up(W, b, x, v):
    return (v * (1 - np.tanh(W @ x + b) ** 2))[:, None] * W


@wrong("layer-check", cell="layer", name="layer_pullback", hint="v belongs to the outputs")
def vector_on_the_right(W, b, x, v):
    return (1 - np.tanh(W @ x + b) ** 2)[:, None] * W @ v


# 5 What an order costs


@wrong("cost-check", cell="cost", name="costs", hint="directions are exchanged")
def directions_exchanged(widths):
    forward = sum(widths[0] * a * b for a, b in zip(widths[1:], widths[2:]))
    backward = sum(widths[-1] * a * b for a, b in zip(widths[:-2], widths[1:-1]))
    return backward, forward


@wrong("cost-check", cell="cost", name="costs", hint="columns as there are inputs")
def row_of_one(widths):
    forward = sum(a * b for a, b in zip(widths[1:], widths[2:]))
    backward = sum(widths[-1] * a * b for a, b in zip(widths[:-2], widths[1:-1]))
    return forward, backward


@wrong("cost-check", cell="cost", name="costs", hint="rows as there are outputs")
def same_both_ways(widths):
    forward = sum(widths[0] * a * b for a, b in zip(widths[1:], widths[2:]))
    return forward, forward


@wrong("cost-check", cell="cost", name="costs", hint="first product of each direction")
def first_product_alone(widths):
    return widths[0] * widths[1] * widths[2], widths[-1] * widths[-2] * widths[-3]


@wrong("cost-check", cell="cost", name="costs", hint="keeps one shape at its end")
def neighbours_only(widths):
    total = sum(a * b * c for a, b, c in zip(widths, widths[1:], widths[2:]))
    return total, total


# 6 A checker of your own


@wrong("checker-check", cell="checker", name="numerical_gradient", hint="forward difference")
def forward_only(f, x, h=1e-5):
    return np.array([(f(x + h * e) - f(x)) / h for e in np.eye(len(x))])


@wrong("checker-check", cell="checker", name="numerical_gradient", hint="2h apart")
def divided_by_h(f, x, h=1e-5):
    return np.array([(f(x + h * e) - f(x - h * e)) / h for e in np.eye(len(x))])


@wrong("checker-check", cell="checker", name="numerical_gradient", hint="One entry moves at a time")
def all_entries_at_once(f, x, h=1e-5):
    return np.array([(f(x + h) - f(x - h)) / (2 * h) for _ in range(len(x))])


@wrong("checker-check", cell="checker", name="numerical_gradient", hint="has not been put back")
def never_put_back(f, x, h=1e-5):
    estimate, x = np.zeros(len(x)), x.copy()
    for i in range(len(x)):
        x[i] += h
        above = f(x)
        x[i] -= 2 * h
        estimate[i] = (above - f(x)) / (2 * h)
    return estimate


@wrong("checker-check", cell="checker", name="numerical_gradient", hint="use floating point")
def whole_numbers_stay_whole(f, x, h=1e-5):
    estimate = np.zeros(len(x))
    for i in range(len(x)):
        above, below = x.copy(), x.copy()
        above[i] += h if x.dtype.kind == "f" else int(h)
        below[i] -= h if x.dtype.kind == "f" else int(h)
        estimate[i] = (f(above) - f(below)) / (2 * h)
    return estimate


@wrong("checker-check", cell="checker", name="numerical_gradient", hint="in brackets")
def brackets_forgotten(f, x, h=1e-5):
    return np.array([(f(x + h * e) - f(x - h * e)) / 2 * h for e in np.eye(len(x))])


# 7 Three wrong gradients


@wrong("faults-check", cell="faults", name="right_squared_error", hint="gradient with 1/N")
def still_a_sum(w, X, y):
    return 2 * X.T @ (X @ w - y)


@wrong("faults-check", cell="faults", name="right_squared_error", hint="factor 2 of the square")
def two_lost(w, X, y):
    return X.T @ (X @ w - y) / len(y)


@wrong("faults-check", cell="faults", name="right_reused", hint="on two paths")
def one_path(x):
    return np.array([x[1] * np.sin(x[0]), x[0] * np.sin(x[0])])


@wrong("faults-check", cell="faults", name="right_softened", hint="the value that goes in")
def outer_slope_at_x(x, W):
    return W.T @ (1 / (1 + np.exp(-x)))[: len(W)]


@wrong("faults-check", cell="faults", name="right_squared_error", hint="not a difference")
def differences_for_a_formula(w, X, y):
    h = 1e-5
    return np.array(
        [(np.mean((X @ (w + h * e) - y) ** 2) - np.mean((X @ (w - h * e) - y) ** 2)) / (2 * h) for e in np.eye(len(w))]
    )


@wrong("faults-check", cell="faults", name="right_reused", hint="both terms add")
def derivatives_multiplied(x):
    return np.array([x[1] * np.cos(x[0]), x[0] * np.sin(x[0])])


@wrong("faults-check", cell="faults", name="right_softened", hint="inner derivative is missing")
def slopes_alone(x, W):
    return 1 / (1 + np.exp(-(W @ x)))


@wrong("faults-check", cell="faults", name="right_softened", hint="sign of z")
def logistic_turned_round(x, W):
    return W.T @ (1 / (1 + np.exp(W @ x)))

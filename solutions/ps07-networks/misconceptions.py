"""Wrong solutions of problem set 7, from slips with transposes, biases, overflow and slopes."""

import numpy as np

from classroom.misconception import wrong

# 1 A forward pass


@wrong("forward-check", cell="forward", name="forward", hint="no ReLU there")
def relu_at_the_end(X, layers):
    activations = [X]
    for W, b in layers:
        activations.append(np.maximum(activations[-1] @ W.T + b, 0))
    return activations


@wrong("forward-check", cell="forward", name="forward", hint="weights transposed")
def weights_transposed(X, layers):
    activations = [X]
    for k, (W, b) in enumerate(layers):
        Z = activations[-1] @ W + b
        activations.append(np.maximum(Z, 0) if k < len(layers) - 1 else Z)
    return activations


@wrong("forward-check", cell="forward", name="forward", hint="ReLU after the hidden layer")
def no_activation(X, layers):
    activations = [X]
    for W, b in layers:
        activations.append(activations[-1] @ W.T + b)
    return activations


@wrong("forward-check", cell="forward", name="forward", hint="The biases are missing")
def no_bias(X, layers):
    activations = [X]
    for k, (W, _) in enumerate(layers):
        Z = activations[-1] @ W.T
        activations.append(np.maximum(Z, 0) if k < len(layers) - 1 else Z)
    return activations


@wrong("forward-check", cell="forward", name="forward", hint="not the output alone")
def output_only(X, layers):
    for k, (W, b) in enumerate(layers):
        X = X @ W.T + b
        if k < len(layers) - 1:
            X = np.maximum(X, 0)
    return X


@wrong("forward-check", cell="forward", name="forward", hint="added along the wrong axis")
def examples_in_columns(X, layers):
    activations = [X]
    for k, (W, b) in enumerate(layers):
        Z = W @ activations[-1].T + b
        activations.append(np.maximum(Z, 0) if k < len(layers) - 1 else Z)
    return activations


@wrong("forward-check", cell="forward", name="forward", hint="not the sums Z")
def sums_returned(X, layers):
    sums = [X]
    for W, b in layers:
        A = X if len(sums) == 1 else np.maximum(sums[-1], 0)
        sums.append(A @ W.T + b)
    return sums


@wrong("forward-check", cell="forward", name="forward", hint="starts with X itself")
def inputs_left_out(X, layers):
    activations = []
    for k, (W, b) in enumerate(layers):
        X = X @ W.T + b
        activations.append(np.maximum(X, 0) if k < len(layers) - 1 else X)
        X = activations[-1]
    return activations


# 2 From arrows to a matrix


@wrong("table-check", cell="table", name="absorbed", hint="target first")
def source_first(arrows, biases, sources, targets):
    W = np.array([[arrows.get((i, j), 0.0) for j in targets] for i in sources])
    return np.column_stack([[biases[j] for j in targets], W])


@wrong("table-check", cell="table", name="absorbed", hint="column of the biases comes first")
def bias_last(arrows, biases, sources, targets):
    return np.array([[*(arrows.get((i, j), 0.0) for i in sources), biases[j]] for j in targets])


@wrong("table-check", cell="table", name="absorbed", hint="The biases are missing")
def bias_forgotten(arrows, biases, sources, targets):
    return np.array([[arrows.get((i, j), 0.0) for i in sources] for j in targets])


@wrong("table-check", cell="table", name="absorbed", hint="not every pair is a key")
def every_arrow_expected(arrows, biases, sources, targets):
    return np.array([[biases[j], *(arrows[i, j] for i in sources)] for j in targets])


@wrong("table-check", cell="table", name="absorbed", hint="as they are given")
def sorted_nodes(arrows, biases, sources, targets):
    return np.array([[biases[j], *(arrows.get((i, j), 0.0) for i in sorted(sources))] for j in sorted(targets)])


@wrong("table-check", cell="table", name="absorbed", hint="names, not positions")
def names_as_positions(arrows, biases, sources, targets):
    W = np.zeros((len(targets), 1 + len(sources)))
    for (i, j), weight in arrows.items():
        W[j - 1, i] = weight
    return W


# 3 Counting


@wrong("count-check", cell="count", name="count", hint="inputs have no biases")
def biases_of_inputs(sizes):
    return sum(n * m for n, m in zip(sizes, sizes[1:])), sum(sizes)


@wrong("count-check", cell="count", name="count", hint="n times m weights")
def adds_units(sizes):
    return sum(sizes), sum(sizes[1:])


@wrong("count-check", cell="count", name="widest", hint="take them off first")
def output_biases_forgotten(n, m, budget):
    return budget // (n + 1 + m)


@wrong("count-check", cell="count", name="widest", hint="a whole number")
def not_rounded(n, m, budget):
    return (budget - m) / (n + 1 + m)


@wrong("count-check", cell="count", name="count", hint="two numbers, weights first")
def one_total(sizes):
    return sum((n + 1) * m for n, m in zip(sizes, sizes[1:]))


@wrong("count-check", cell="count", name="widest", hint="round down")
def rounded_to_nearest(n, m, budget):
    return round((budget - m) / (n + 1 + m))


# 4 Activations that do not overflow


@wrong("safe-check", cell="safe", name="softplus", hint="take max(0, z) out first")
def softplus_as_written(z):
    with np.errstate(over="ignore"):
        return np.log1p(np.exp(z))


@wrong("safe-check", cell="safe", name="log_sigmoid", hint="work with z, not with sigma")
def logarithm_of_sigma(z):
    with np.errstate(over="ignore", divide="ignore"):
        return np.log(1 / (1 + np.exp(-z)))


@wrong("safe-check", cell="safe", name="log_sigmoid", hint="softplus of -z")
def softplus_of_the_wrong_sign(z):
    return -(np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))))


@wrong("safe-check", cell="safe", name="softmax", hint="Each row must add up to 1: sum")
def softmax_over_the_first_axis(z):
    e = np.exp(z - z.max())
    return e / e.sum(axis=0)


@wrong("safe-check", cell="safe", name="softmax", hint="not the whole array")
def softmax_over_everything(z):
    e = np.exp(z - z.max())
    return e / e.sum()


@wrong("safe-check", cell="safe", name="softmax", hint="subtract the largest sum")
def softmax_as_written(z):
    with np.errstate(over="ignore", invalid="ignore"):
        e = np.exp(z)
        return e / e.sum(axis=-1, keepdims=True)


@wrong("safe-check", cell="safe", name="softplus", hint="a clipped z loses its size")
def softplus_clipped(z):
    return np.log1p(np.exp(np.clip(z, -500, 500)))


@wrong("safe-check", cell="safe", name="softplus", hint="Where z is negative, the exponent")
def softplus_without_absolute_value(z):
    return np.maximum(z, 0) + np.log1p(np.exp(-z))


@wrong("safe-check", cell="safe", name="log_sigmoid", hint="hides how small sigma is")
def small_number_added(z):
    with np.errstate(over="ignore"):
        return np.log(1 / (1 + np.exp(-z)) + 1e-12)


@wrong("safe-check", cell="safe", name="softmax", hint="a largest sum of its own")
def largest_of_all(z):
    e = np.exp(z - z.max())
    with np.errstate(invalid="ignore"):
        return e / e.sum(axis=-1, keepdims=True)


# 5 Linear layers are one layer


@wrong("collapse-check", cell="collapse", name="collapse", hint="stands on the left")
def first_layer_on_the_left(layers):
    W, b = layers[0]
    for W_next, b_next in layers[1:]:
        W, b = W @ W_next, W_next @ b + b_next
    return W, b


@wrong("collapse-check", cell="collapse", name="collapse", hint="goes through the second layer")
def biases_added(layers):
    W, b = layers[0]
    for W_next, b_next in layers[1:]:
        W, b = W_next @ W, b + b_next
    return W, b


@wrong("collapse-check", cell="collapse", name="collapse", hint="The first bias is lost")
def last_bias_only(layers):
    W, b = layers[0]
    for W_next, b_next in layers[1:]:
        W, b = W_next @ W, b_next
    return W, b


@wrong("collapse-check", cell="collapse", name="collapse", hint="not through the product")
def bias_through_the_product(layers):
    W, b = layers[0]
    for W_next, b_next in layers[1:]:
        W = W_next @ W
        b = W @ b + b_next
    return W, b


@wrong("collapse-check", cell="collapse", name="collapse", hint="No transpose is needed")
def transposed_as_in_a_batch(layers):
    W, b = layers[0]
    for W_next, b_next in layers[1:]:
        W, b = W @ W_next.T, b @ W_next.T + b_next
    return W, b


# 6 Weights by hand


@wrong("zigzag-check", cell="zigzag", name="absolute", hint="looks transposed")
def hidden_transposed(c):
    return np.array([[-c, c], [1.0, -1.0]]), np.array([0.0, 1.0, 1.0])


@wrong("zigzag-check", cell="zigzag", name="absolute", hint="c belongs into the hidden biases")
def kink_fixed_at_one(c):
    return np.array([[-1.0, 1.0], [1.0, -1.0]]), np.array([0.0, 1.0, 1.0])


@wrong("zigzag-check", cell="zigzag", name="zigzag", hint="change of slope")
def slopes_for_changes(xs, ys):
    slopes = np.diff(ys) / np.diff(xs)
    return np.column_stack([-xs[:-1], np.ones(len(slopes))]), np.concatenate([[ys[0]], slopes])


@wrong("zigzag-check", cell="zigzag", name="zigzag", hint="that is the output's bias")
def start_forgotten(xs, ys):
    slopes = np.diff(ys) / np.diff(xs)
    hidden = np.column_stack([-xs[:-1], np.ones(len(slopes))])
    return hidden, np.concatenate([[0.0, slopes[0]], np.diff(slopes)])


@wrong("zigzag-check", cell="zigzag", name="absolute", hint="the bias of the unit x - c is -c")
def kink_at_minus_c(c):
    return np.array([[c, 1.0], [-c, -1.0]]), np.array([0.0, 1.0, 1.0])


@wrong("zigzag-check", cell="zigzag", name="absolute", hint="a second unit rises to the left")
def right_ramp_only(c):
    return np.array([[-c, 1.0]]), np.array([0.0, 1.0])


@wrong("zigzag-check", cell="zigzag", name="absolute", hint="(bias, weight), the bias first")
def weight_before_bias(c):
    return np.array([[1.0, -c], [-1.0, c]]), np.array([0.0, 1.0, 1.0])


@wrong("zigzag-check", cell="zigzag", name="absolute", hint="output has its bias first")
def no_output_bias(c):
    return np.array([[-c, 1.0], [c, -1.0]]), np.array([1.0, 1.0])


@wrong("zigzag-check", cell="zigzag", name="zigzag", hint="its bias is -x_k")
def kinks_at_minus_x(xs, ys):
    slopes = np.diff(ys) / np.diff(xs)
    return np.column_stack([xs[:-1], np.ones(len(slopes))]), np.concatenate([[ys[0], slopes[0]], np.diff(slopes)])


@wrong("zigzag-check", cell="zigzag", name="zigzag", hint="rise over run")
def rise_without_run(xs, ys):
    rises = np.diff(ys)
    return np.column_stack([-xs[:-1], np.ones(len(rises))]), np.concatenate([[ys[0], rises[0]], np.diff(rises)])


# 7 One class inside the other


@wrong("diamond-check", cell="diamond", name="diamond", hint="signs are exchanged")
def positive_outside(r):
    W1 = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    return [(W1, np.zeros(4)), (np.ones((1, 4)), np.array([-float(r)]))]


@wrong("diamond-check", cell="diamond", name="diamond", hint="does every direction have a unit")
def one_side_only(r):
    W1 = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    return [(W1, np.zeros(4)), (-0.5 * np.ones((1, 4)), np.array([float(r)]))]


@wrong("diamond-check", cell="diamond", name="diamond", hint="must follow r")
def size_fixed(r):
    W1 = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    return [(W1, np.zeros(4)), (-np.ones((1, 4)), np.array([2.0]))]


@wrong("diamond-check", cell="diamond", name="diamond", hint="each takes two units")
def corners_instead_of_axes(r):
    W1 = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    return [(W1, np.zeros(4)), (-np.ones((1, 4)), np.array([float(r)]))]


@wrong("diamond-check", cell="diamond", name="diamond", hint="one output unit is one row")
def flat_output_weights(r):
    W1 = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    return [(W1, np.zeros(4)), (-np.ones(4), np.array([float(r)]))]


@wrong("diamond-check", cell="diamond", name="diamond", hint="Each layer is a pair (W, b)")
def weights_without_biases(r):
    W1 = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    return [W1, -np.ones((1, 4))]

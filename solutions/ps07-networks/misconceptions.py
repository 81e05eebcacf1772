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

"""Wrong solutions of problem set 8, from slips with transposes, slopes, averages, order of updates and overflow."""

# ruff: noqa: E741, F821 (l is a layer; forward and cross_entropy are the student's own names, in the notebook)

import numpy as np

from classroom.misconception import wrong

# 1 Three weights in a row


@wrong("three-check", cell="three", name="three_weights", hint="first all gradients, then all updates")
def updates_on_the_way_back(x, y, w, eta):
    w1, w2, w3 = w
    h1 = w1 * x
    h2 = w2 * h1
    error = w3 * h2 - y
    dw3 = error * h2
    w3 = w3 - eta * dw3
    dw2 = error * w3 * h1
    w2 = w2 - eta * dw2
    dw1 = error * w3 * w2 * x
    return 0.5 * error**2, [dw1, dw2, dw3], [w1 - eta * dw1, w2, w3]


@wrong("three-check", cell="three", name="three_weights", hint="The sign: the error is y_hat - y")
def error_turned_round(x, y, w, eta):
    w1, w2, w3 = w
    error = y - w3 * w2 * w1 * x
    slopes = [error * w3 * w2 * x, error * w3 * w1 * x, error * w2 * w1 * x]
    return 0.5 * error**2, slopes, [v - eta * s for v, s in zip(w, slopes, strict=True)]


@wrong("three-check", cell="three", name="three_weights", hint="cancels the 2 of the square")
def keeps_the_two_of_the_square(x, y, w, eta):
    w1, w2, w3 = w
    error = w3 * w2 * w1 * x - y
    slopes = [2 * error * w3 * w2 * x, 2 * error * w3 * w1 * x, 2 * error * w2 * w1 * x]
    return 0.5 * error**2, slopes, [v - eta * s for v, s in zip(w, slopes, strict=True)]


@wrong("three-check", cell="three", name="three_weights", hint="the factor w3 is missing")
def later_weight_forgotten(x, y, w, eta):
    w1, w2, w3 = w
    error = w3 * w2 * w1 * x - y
    slopes = [error * w2 * x, error * w1 * x, error * w2 * w1 * x]
    return 0.5 * error**2, slopes, [v - eta * s for v, s in zip(w, slopes, strict=True)]


@wrong("three-check", cell="three", name="three_weights", hint="what w2 was multiplied with")
def input_for_the_hidden_value(x, y, w, eta):
    w1, w2, w3 = w
    error = w3 * w2 * w1 * x - y
    slopes = [error * w3 * w2 * x, error * w3 * x, error * w2 * w1 * x]
    return 0.5 * error**2, slopes, [wi - eta * s for wi, s in zip(w, slopes, strict=True)]


@wrong("three-check", cell="three", name="three_weights", hint="not dL/dw3")
def passes_on_the_derivative_of_the_weight(x, y, w, eta):
    w1, w2, w3 = w
    error = w3 * w2 * w1 * x - y
    dw3 = error * w2 * w1 * x
    dw2 = dw3 * w3 * w1 * x
    slopes = [dw2 * w2 * x, dw2, dw3]
    return 0.5 * error**2, slopes, [wi - eta * s for wi, s in zip(w, slopes, strict=True)]


# 2 Cross-entropy of probabilities


@wrong("entropy-check", cell="entropy", name="cross_entropy", hint="shift each row by its own largest logit")
def exponentials_as_they_are(Z, P):
    with np.errstate(all="ignore"):
        q = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
        return -np.sum(P * np.log(q)) / len(Z), (q - P) / len(Z)


@wrong("entropy-check", cell="entropy", name="cross_entropy", hint="shift each row by its own largest logit")
def one_shift_for_all_rows(Z, P):
    with np.errstate(all="ignore"):
        e = np.exp(Z - Z.max())
        q = e / e.sum(axis=1, keepdims=True)
        return -np.sum(P * np.log(q)) / len(Z), (q - P) / len(Z)


@wrong("entropy-check", cell="entropy", name="cross_entropy", hint="not the sum")
def sum_over_the_examples(Z, P):
    shifted = Z - Z.max(axis=1, keepdims=True)
    log_q = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.sum(P * log_q), np.exp(log_q) - P


@wrong("entropy-check", cell="entropy", name="cross_entropy", hint="q - p, not p - q")
def gradient_turned_round(Z, P):
    shifted = Z - Z.max(axis=1, keepdims=True)
    log_q = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.sum(P * log_q) / len(Z), (P - np.exp(log_q)) / len(Z)


@wrong("entropy-check", cell="entropy", name="cross_entropy", hint="over the classes: axis 1")
def softmax_over_the_examples(Z, P):
    shifted = Z - Z.max(axis=0)
    log_q = shifted - np.log(np.exp(shifted).sum(axis=0))
    return -np.sum(P * log_q) / len(Z), (np.exp(log_q) - P) / len(Z)


@wrong("entropy-check", cell="entropy", name="cross_entropy", hint="with itself is not 0")
def takes_it_for_a_distance(Z, P):
    shifted = Z - Z.max(axis=1, keepdims=True)
    log_q = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    log_p = np.log(np.where(P > 0, P, 1.0))
    return np.sum(P * (log_p - log_q)) / len(Z), (np.exp(log_q) - P) / len(Z)


@wrong("entropy-check", cell="entropy", name="cross_entropy", hint="hides how small q is")
def small_number_in_the_logarithm(Z, P):
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    q = e / e.sum(axis=1, keepdims=True)
    return -np.sum(P * np.log(q + 1e-12)) / len(Z), (q - P) / len(Z)


@wrong("entropy-check", cell="entropy", name="cross_entropy", hint="Softmax is not elementwise")
def softmax_taken_for_elementwise(Z, P):
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    q = e / e.sum(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        return -np.sum(P * np.log(q)) / len(Z), q * (1 - q) * (-P / q) / len(Z)


@wrong("entropy-check", cell="entropy", name="cross_entropy", hint="over all classes, not over the most probable one")
def hard_labels_from_soft(Z, P):
    shifted = Z - Z.max(axis=1, keepdims=True)
    log_q = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    hard = np.eye(P.shape[1])[P.argmax(axis=1)]
    return -np.sum(hard * log_q) / len(Z), (np.exp(log_q) - hard) / len(Z)


@wrong("entropy-check", cell="entropy", name="cross_entropy", hint="The shift belongs to the log-sum-exp")
def shift_not_added_back(Z, P):
    shifted = Z - Z.max(axis=1, keepdims=True)
    total = np.exp(shifted).sum(axis=1, keepdims=True)
    return np.mean(np.log(total)[:, 0] - np.sum(P * Z, axis=1)), (np.exp(shifted) / total - P) / len(Z)


@wrong("entropy-check", cell="entropy", name="cross_entropy", hint="not over all N C entries")
def mean_over_all_entries(Z, P):
    shifted = Z - Z.max(axis=1, keepdims=True)
    log_q = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.sum(P * log_q) / len(Z), (np.exp(log_q) - P) / Z.size


@wrong("entropy-check", cell="entropy", name="cross_entropy", hint="keepdims=True")
def largest_logits_lose_their_axis(Z, P):
    e = np.exp(Z - Z.max(axis=1))
    q = e / e.sum(axis=1)
    return -np.mean(np.sum(P * np.log(q), axis=1)), (q - P) / len(Z)


# 3 A forward pass that remembers


@wrong("forward-check", cell="forward", name="forward", hint="X @ W.T + b")
def weights_not_transposed(layers, X):
    zs, activations = [], [X]
    for W, b in layers:
        z = activations[-1] @ W + b
        zs.append(z)
        activations.append(np.where(z > 0, z, 0.1 * z))
    return zs, activations[:-1]


@wrong("forward-check", cell="forward", name="forward", hint="The last layer has no activation function")
def activation_at_the_output(layers, X):
    zs, activations = [], [X]
    for W, b in layers:
        z = activations[-1] @ W.T + b
        zs.append(z)
        activations.append(np.where(z > 0, z, 0.1 * z))
    zs[-1] = activations.pop()
    return zs, activations


@wrong("forward-check", cell="forward", name="forward", hint="The first activation is X itself")
def input_not_kept(layers, X):
    zs, activations, A = [], [], X
    for W, b in layers:
        zs.append(A @ W.T + b)
        A = np.where(zs[-1] > 0, zs[-1], 0.1 * zs[-1])
        activations.append(A)
    return zs, activations[:-1]


@wrong("forward-check", cell="forward", name="forward", hint="the leaky one multiplies negative sums by 0.1")
def relu_without_the_leak(layers, X):
    zs, activations = [], [X]
    for W, b in layers:
        zs.append(activations[-1] @ W.T + b)
        activations.append(np.maximum(zs[-1], 0))
    return zs, activations[:-1]


@wrong("forward-check", cell="forward", name="forward", hint="Here the examples are columns")
def examples_in_columns(layers, X):
    zs, activations = [], [X]
    A = X.T
    for W, b in layers:
        zs.append(W @ A + b[:, None])
        A = np.where(zs[-1] > 0, zs[-1], 0.1 * zs[-1])
        activations.append(A)
    return zs, activations[:-1]


# 4 One step back


@wrong("step-check", cell="step", name="step_back", hint="The transpose is missing")
def without_the_transpose(W_next, delta_next, z):
    return np.where(z > 0, 1.0, 0.1) * (W_next @ delta_next)


@wrong("step-check", cell="step", name="step_back", hint="The elementwise product with g'(z) is missing")
def without_the_slope(W_next, delta_next, z):
    return W_next.T @ delta_next


@wrong("step-check", cell="step", name="step_back", hint="not by g(z)")
def value_for_slope(W_next, delta_next, z):
    return np.where(z > 0, z, 0.1 * z) * (W_next.T @ delta_next)


@wrong("step-check", cell="step", name="step_back", hint="slope 0.1, not 0")
def slope_of_the_plain_relu(W_next, delta_next, z):
    return (z > 0) * (W_next.T @ delta_next)


@wrong("step-check", cell="step", name="step_back", hint="elementwise: it has n_l entries")
def product_that_sums(W_next, delta_next, z):
    return np.where(z > 0, 1.0, 0.1) @ (W_next.T @ delta_next)


@wrong("step-check", cell="step", name="step_back", hint="then the product with g'(z)")
def slope_before_the_matrix(W_next, delta_next, z):
    return W_next.T @ (np.where(z > 0, 1.0, 0.1) * delta_next)


@wrong("step-check", cell="step", name="step_back", hint="not a column")
def column_for_a_vector(W_next, delta_next, z):
    return np.where(z > 0, 1.0, 0.1)[:, None] * (W_next.T @ delta_next[:, None])


@wrong("step-check", cell="step", name="step_back", hint="taken at delta instead of z")
def slope_at_delta(W_next, delta_next, z):
    back = W_next.T @ delta_next
    return np.where(back > 0, 1.0, 0.1) * back


# 5 The gradients of one layer


@wrong("layer-check", cell="layer", name="layer_gradients", hint="divide the sum over the examples by N")
def sums_for_means(Delta, A):
    return Delta.T @ A, Delta.sum(axis=0)


@wrong("layer-check", cell="layer", name="layer_gradients", hint="units out in the rows")
def outer_product_the_other_way(Delta, A):
    return A.T @ Delta / len(A), Delta.mean(axis=0)


@wrong("layer-check", cell="layer", name="layer_gradients", hint="the biases' is still a sum")
def bias_not_averaged(Delta, A):
    return Delta.T @ A / len(A), Delta.sum(axis=0)


@wrong("layer-check", cell="layer", name="layer_gradients", hint="axis 0, not over the units")
def bias_over_the_units(Delta, A):
    if len(A) == 1:
        return Delta.T @ A, Delta[0]
    return Delta.T @ A / len(A), Delta.mean(axis=1)


@wrong("layer-check", cell="layer", name="layer_gradients", hint="not by the number of units")
def divides_by_the_units(Delta, A):
    return Delta.T @ A / Delta.shape[1], Delta.sum(axis=0) / Delta.shape[1]


@wrong("layer-check", cell="layer", name="layer_gradients", hint="np.outer makes one long row")
def outer_of_the_batches(Delta, A):
    return np.outer(Delta, A) / len(A), Delta.mean(axis=0)


@wrong("layer-check", cell="layer", name="layer_gradients", hint="not the product of the means")
def outer_of_the_means(Delta, A):
    return np.outer(Delta.mean(axis=0), A.mean(axis=0)), Delta.mean(axis=0)


@wrong("layer-check", cell="layer", name="layer_gradients", hint="db has the shape of b")
def bias_as_a_row(Delta, A):
    return Delta.T @ A / len(A), Delta.mean(axis=0, keepdims=True)


# 6 The whole network


@wrong("network-check", cell="network", name="network_gradients", hint="elementwise product with g'(z) is missing")
def no_slope_on_the_way(layers, X, P):
    zs, activations = forward(layers, X)
    loss, Delta = cross_entropy(zs[-1], P)
    gradients = []
    for l in range(len(layers) - 1, -1, -1):
        gradients.insert(0, (Delta.T @ activations[l], Delta.sum(axis=0)))
        Delta = Delta @ layers[l][0]
    return loss, gradients


@wrong("network-check", cell="network", name="network_gradients", hint="Delta @ W, without .T")
def transposed_once_too_often(layers, X, P):
    zs, activations = forward(layers, X)
    loss, Delta = cross_entropy(zs[-1], P)
    gradients = []
    for l in range(len(layers) - 1, -1, -1):
        gradients.insert(0, (Delta.T @ activations[l], Delta.sum(axis=0)))
        if l > 0:
            Delta = np.where(zs[l - 1] > 0, 1.0, 0.1) * (Delta @ layers[l][0].T)
    return loss, gradients


@wrong("network-check", cell="network", name="network_gradients", hint="The 1/N went in twice")
def averaged_twice(layers, X, P):
    zs, activations = forward(layers, X)
    loss, Delta = cross_entropy(zs[-1], P)
    gradients = []
    for l in range(len(layers) - 1, -1, -1):
        gradients.insert(0, (Delta.T @ activations[l] / len(X), Delta.mean(axis=0)))
        if l > 0:
            Delta = np.where(zs[l - 1] > 0, 1.0, 0.1) * (Delta @ layers[l][0])
    return loss, gradients


@wrong("network-check", cell="network", name="network_gradients", hint="The list starts with the first layer")
def list_from_the_output(layers, X, P):
    zs, activations = forward(layers, X)
    loss, Delta = cross_entropy(zs[-1], P)
    gradients = []
    for l in range(len(layers) - 1, -1, -1):
        gradients.append((Delta.T @ activations[l], Delta.sum(axis=0)))
        if l > 0:
            Delta = np.where(zs[l - 1] > 0, 1.0, 0.1) * (Delta @ layers[l][0])
    return loss, gradients


@wrong("network-check", cell="network", name="network_gradients", hint="not the layer's own")
def weights_of_the_layer_itself(layers, X, P):
    zs, activations = forward(layers, X)
    loss, Delta = cross_entropy(zs[-1], P)
    gradients = []
    for l in range(len(layers) - 1, -1, -1):
        gradients.insert(0, (Delta.T @ activations[l], Delta.sum(axis=0)))
        if l > 0:
            Delta = np.where(zs[l - 1] > 0, 1.0, 0.1) * (Delta @ layers[l - 1][0])
    return loss, gradients


@wrong("network-check", cell="network", name="network_gradients", hint="z of the layer delta arrives at")
def slope_of_the_layer_left(layers, X, P):
    zs, activations = forward(layers, X)
    loss, Delta = cross_entropy(zs[-1], P)
    gradients = []
    for l in range(len(layers) - 1, -1, -1):
        gradients.insert(0, (Delta.T @ activations[l], Delta.sum(axis=0)))
        if l > 0:
            Delta = (np.where(zs[l] > 0, 1.0, 0.1) * Delta) @ layers[l][0]
    return loss, gradients


@wrong("network-check", cell="network", name="network_gradients", hint="The last layer is linear")
def slope_at_the_output(layers, X, P):
    zs, activations = forward(layers, X)
    loss, Delta = cross_entropy(zs[-1], P)
    Delta = np.where(zs[-1] > 0, 1.0, 0.1) * Delta
    gradients = []
    for l in range(len(layers) - 1, -1, -1):
        gradients.append((Delta.T @ activations[l], Delta.sum(axis=0)))
        if l > 0:
            Delta = np.where(zs[l - 1] > 0, 1.0, 0.1) * (Delta @ layers[l][0])
    return loss, gradients[::-1]


@wrong("network-check", cell="network", name="network_gradients", hint="the biases' gradient is a sum")
def biases_averaged_once_more(layers, X, P):
    zs, activations = forward(layers, X)
    loss, Delta = cross_entropy(zs[-1], P)
    gradients = []
    for l in range(len(layers) - 1, -1, -1):
        gradients.append((Delta.T @ activations[l], Delta.mean(axis=0)))
        if l > 0:
            Delta = np.where(zs[l - 1] > 0, 1.0, 0.1) * (Delta @ layers[l][0])
    return loss, gradients[::-1]


@wrong("network-check", cell="network", name="network_gradients", hint="The first delta is softmax minus targets")
def logits_for_probabilities(layers, X, P):
    zs, activations = forward(layers, X)
    loss, Delta = cross_entropy(zs[-1], P)[0], (zs[-1] - P) / len(X)
    gradients = []
    for l in range(len(layers) - 1, -1, -1):
        gradients.append((Delta.T @ activations[l], Delta.sum(axis=0)))
        if l > 0:
            Delta = np.where(zs[l - 1] > 0, 1.0, 0.1) * (Delta @ layers[l][0])
    return loss, gradients[::-1]


@wrong("network-check", cell="network", name="network_gradients", hint="step_back takes one example")
def steps_back_with_a_batch(layers, X, P):
    zs, activations = forward(layers, X)
    loss, Delta = cross_entropy(zs[-1], P)
    gradients = []
    for l in range(len(layers) - 1, -1, -1):
        gradients.append((Delta.T @ activations[l], Delta.sum(axis=0)))
        if l > 0:
            Delta = step_back(layers[l][0], Delta, zs[l - 1])
    return loss, gradients[::-1]


# 7 A gradient check


@wrong("checker-check", cell="checker", name="wrong_layers", hint="check db as well")
def weights_only(loss, layers, gradients, tolerance=1e-4):
    found = []
    for l, (W, b) in enumerate(layers):
        slope = np.zeros_like(W)
        for index in np.ndindex(W.shape):
            step = np.zeros_like(W)
            step[index] = 1e-5
            up = loss([*layers[:l], (W + step, b), *layers[l + 1 :]])
            slope[index] = (up - loss([*layers[:l], (W - step, b), *layers[l + 1 :]])) / 2e-5
        if np.abs(slope - gradients[l][0]).max() > tolerance:
            found.append(l + 1)
    return found


@wrong("checker-check", cell="checker", name="wrong_layers", hint="Errors of opposite sign cancel")
def compares_sums(loss, layers, gradients, tolerance=1e-4):
    found = []
    for l, layer in enumerate(layers):
        for k in (0, 1):
            total = 0.0
            for index in np.ndindex(layer[k].shape):
                step = np.zeros_like(layer[k])
                step[index] = 1e-5
                up = [*layers[:l], tuple(p + step if j == k else p for j, p in enumerate(layer)), *layers[l + 1 :]]
                down = [*layers[:l], tuple(p - step if j == k else p for j, p in enumerate(layer)), *layers[l + 1 :]]
                total += (loss(up) - loss(down)) / 2e-5 - gradients[l][k][index]
            if abs(total) > tolerance and l + 1 not in found:
                found.append(l + 1)
    return found


@wrong("checker-check", cell="checker", name="wrong_layers", hint="divide the difference by 2h")
def divides_by_h(loss, layers, gradients, tolerance=1e-4):
    found = []
    for l, layer in enumerate(layers):
        for k in (0, 1):
            for index in np.ndindex(layer[k].shape):
                step = np.zeros_like(layer[k])
                step[index] = 1e-5
                up = [*layers[:l], tuple(p + step if j == k else p for j, p in enumerate(layer)), *layers[l + 1 :]]
                down = [*layers[:l], tuple(p - step if j == k else p for j, p in enumerate(layer)), *layers[l + 1 :]]
                off = abs((loss(up) - loss(down)) / 1e-5 - gradients[l][k][index])
                if off > tolerance and l + 1 not in found:
                    found.append(l + 1)
    return found


@wrong("checker-check", cell="checker", name="wrong_layers", hint="Layers are counted from 1")
def counts_from_zero(loss, layers, gradients, tolerance=1e-4):
    found = []
    for l, layer in enumerate(layers):
        for k in (0, 1):
            for index in np.ndindex(layer[k].shape):
                step = np.zeros_like(layer[k])
                step[index] = 1e-5
                up = [*layers[:l], tuple(p + step if j == k else p for j, p in enumerate(layer)), *layers[l + 1 :]]
                down = [*layers[:l], tuple(p - step if j == k else p for j, p in enumerate(layer)), *layers[l + 1 :]]
                off = abs((loss(up) - loss(down)) / 2e-5 - gradients[l][k][index])
                if off > tolerance and l not in found:
                    found.append(l)
    return found


@wrong("checker-check", cell="checker", name="wrong_layers", hint="less than the tolerance that was passed")
def tolerance_of_its_own(loss, layers, gradients, tolerance=1e-4):
    found = []
    for l, layer in enumerate(layers):
        for k in (0, 1):
            for index in np.ndindex(layer[k].shape):
                step = np.zeros_like(layer[k])
                step[index] = 1e-5
                up = [*layers[:l], tuple(p + step if j == k else p for j, p in enumerate(layer)), *layers[l + 1 :]]
                down = [*layers[:l], tuple(p - step if j == k else p for j, p in enumerate(layer)), *layers[l + 1 :]]
                off = abs((loss(up) - loss(down)) / 2e-5 - gradients[l][k][index])
                if off > 1e-4 and l + 1 not in found:
                    found.append(l + 1)
    return found


@wrong("checker-check", cell="checker", name="wrong_layers", hint="is listed once")
def layer_listed_for_every_entry(loss, layers, gradients, tolerance=1e-4):
    wrong = []
    for l in range(len(layers)):
        for k in (0, 1):
            for place in np.ndindex(layers[l][k].shape):
                sides = []
                for h in (1e-5, -1e-5):
                    moved = [(W.copy(), b.copy()) for W, b in layers]
                    moved[l][k][place] += h
                    sides.append(loss(moved))
                if abs((sides[0] - sides[1]) / 2e-5 - gradients[l][k][place]) > tolerance:
                    wrong.append(l + 1)
    return wrong


@wrong("checker-check", cell="checker", name="wrong_layers", hint="go on after the first one")
def stops_at_the_first(loss, layers, gradients, tolerance=1e-4):
    found = []
    for l, layer in enumerate(layers):
        off = False
        for k in (0, 1):
            for index in np.ndindex(layer[k].shape):
                values = []
                for step in (1e-5, -1e-5):
                    copies = [(W.copy(), b.copy()) for W, b in layers]
                    copies[l][k][index] += step
                    values.append(loss(copies))
                difference = (values[0] - values[1]) / 2e-5 - gradients[l][k][index]
                off = off or abs(difference) > tolerance
        if off:
            return [l + 1]
    return found


@wrong("checker-check", cell="checker", name="wrong_layers", hint="|numerical - claimed|")
def without_the_absolute_value(loss, layers, gradients, tolerance=1e-4):
    found = []
    for l, layer in enumerate(layers):
        off = False
        for k in (0, 1):
            for index in np.ndindex(layer[k].shape):
                values = []
                for step in (1e-5, -1e-5):
                    copies = [(W.copy(), b.copy()) for W, b in layers]
                    copies[l][k][index] += step
                    values.append(loss(copies))
                difference = (values[0] - values[1]) / 2e-5 - gradients[l][k][index]
                off = off or difference > tolerance
        if off:
            found.append(l + 1)
    return found


@wrong("checker-check", cell="checker", name="wrong_layers", hint="not the difference over the entry")
def relative_for_absolute(loss, layers, gradients, tolerance=1e-4):
    found = []
    for l, layer in enumerate(layers):
        off = False
        for k in (0, 1):
            for index in np.ndindex(layer[k].shape):
                values = []
                for step in (1e-5, -1e-5):
                    copies = [(W.copy(), b.copy()) for W, b in layers]
                    copies[l][k][index] += step
                    values.append(loss(copies))
                difference = (values[0] - values[1]) / 2e-5 - gradients[l][k][index]
                off = off or abs(difference / gradients[l][k][index]) > tolerance
        if off:
            found.append(l + 1)
    return found


@wrong("checker-check", cell="checker", name="wrong_layers", hint="Return a list")
def returns_an_array(loss, layers, gradients, tolerance=1e-4):
    found = set()
    for l, layer in enumerate(layers):
        for k in (0, 1):
            for index in np.ndindex(layer[k].shape):
                step = np.zeros_like(layer[k])
                step[index] = 1e-5
                up = [*layers[:l], tuple(p + step if j == k else p for j, p in enumerate(layer)), *layers[l + 1 :]]
                down = [*layers[:l], tuple(p - step if j == k else p for j, p in enumerate(layer)), *layers[l + 1 :]]
                if abs((loss(up) - loss(down)) / 2e-5 - gradients[l][k][index]) > tolerance:
                    found.add(l + 1)
    return np.array(sorted(found))


# 8 An epoch of SGD


@wrong("epoch-check", cell="epoch", name="sgd_epoch", hint="first all gradients, then all updates")
def updates_while_going_back(layers, X, Y, order, eta):
    layers = list(layers)
    for i in order:
        zs, a = [], [X[i]]
        for W, b in layers:
            zs.append(W @ a[-1] + b)
            a.append(np.where(zs[-1] > 0, zs[-1], 0.1 * zs[-1]))
        delta = zs[-1] - Y[i]
        for l in range(len(layers) - 1, -1, -1):
            W, b = layers[l]
            layers[l] = (W - eta * np.outer(delta, a[l]), b - eta * delta)
            if l > 0:
                delta = np.where(zs[l - 1] > 0, 1.0, 0.1) * (layers[l][0].T @ delta)
    return layers


@wrong("epoch-check", cell="epoch", name="sgd_epoch", hint="The step goes up")
def climbs(layers, X, Y, order, eta):
    for i in order:
        zs, a = [], [X[i]]
        for W, b in layers:
            zs.append(W @ a[-1] + b)
            a.append(np.where(zs[-1] > 0, zs[-1], 0.1 * zs[-1]))
        delta, moved = zs[-1] - Y[i], []
        for l in range(len(layers) - 1, -1, -1):
            W, b = layers[l]
            moved.insert(0, (W + eta * np.outer(delta, a[l]), b + eta * delta))
            delta = np.where(zs[l - 1] > 0, 1.0, 0.1) * (W.T @ delta) if l > 0 else None
        layers = moved
    return layers


@wrong("epoch-check", cell="epoch", name="sgd_epoch", hint="SGD makes a step after every example")
def one_step_for_all_examples(layers, X, Y, order, eta):
    total = [(np.zeros_like(W), np.zeros_like(b)) for W, b in layers]
    for i in order:
        zs, a = [], [X[i]]
        for W, b in layers:
            zs.append(W @ a[-1] + b)
            a.append(np.where(zs[-1] > 0, zs[-1], 0.1 * zs[-1]))
        delta = zs[-1] - Y[i]
        for l in range(len(layers) - 1, -1, -1):
            total[l] = (total[l][0] + np.outer(delta, a[l]), total[l][1] + delta)
            delta = np.where(zs[l - 1] > 0, 1.0, 0.1) * (layers[l][0].T @ delta) if l > 0 else None
    return [(W - eta * dW, b - eta * db) for (W, b), (dW, db) in zip(layers, total, strict=True)]


@wrong("epoch-check", cell="epoch", name="sgd_epoch", hint="in the order given")
def order_as_they_stand(layers, X, Y, order, eta):
    for i in sorted(order):
        zs, a = [], [X[i]]
        for W, b in layers:
            zs.append(W @ a[-1] + b)
            a.append(np.where(zs[-1] > 0, zs[-1], 0.1 * zs[-1]))
        delta, moved = zs[-1] - Y[i], []
        for l in range(len(layers) - 1, -1, -1):
            W, b = layers[l]
            moved.insert(0, (W - eta * np.outer(delta, a[l]), b - eta * delta))
            delta = np.where(zs[l - 1] > 0, 1.0, 0.1) * (W.T @ delta) if l > 0 else None
        layers = moved
    return layers


@wrong("epoch-check", cell="epoch", name="sgd_epoch", hint="The biases move as well")
def biases_stay(layers, X, Y, order, eta):
    for i in order:
        zs, a = [], [X[i]]
        for W, b in layers:
            zs.append(W @ a[-1] + b)
            a.append(np.where(zs[-1] > 0, zs[-1], 0.1 * zs[-1]))
        delta, moved = zs[-1] - Y[i], []
        for l in range(len(layers) - 1, -1, -1):
            W, b = layers[l]
            moved.insert(0, (W - eta * np.outer(delta, a[l]), b))
            delta = np.where(zs[l - 1] > 0, 1.0, 0.1) * (W.T @ delta) if l > 0 else None
        layers = moved
    return layers


@wrong("epoch-check", cell="epoch", name="sgd_epoch", hint="the rows that `order` names")
def every_row_whatever_the_order(layers, X, Y, order, eta):
    for i in range(len(X)):
        zs, a = [], [X[i]]
        for W, b in layers:
            zs.append(W @ a[-1] + b)
            a.append(np.where(zs[-1] > 0, zs[-1], 0.1 * zs[-1]))
        delta, moved = zs[-1] - Y[i], []
        for l in range(len(layers) - 1, -1, -1):
            W, b = layers[l]
            moved.insert(0, (W - eta * np.outer(delta, a[l]), b - eta * delta))
            delta = np.where(zs[l - 1] > 0, 1.0, 0.1) * (W.T @ delta) if l > 0 else None
        layers = moved
    return layers


@wrong("epoch-check", cell="epoch", name="sgd_epoch", hint="elementwise product with g'(z) is missing")
def no_slope_in_the_epoch(layers, X, Y, order, eta):
    for i in order:
        zs, a = [], [X[i]]
        for W, b in layers:
            zs.append(W @ a[-1] + b)
            a.append(np.where(zs[-1] > 0, zs[-1], 0.1 * zs[-1]))
        delta, moved = zs[-1] - Y[i], []
        for l in range(len(layers) - 1, -1, -1):
            W, b = layers[l]
            moved.insert(0, (W - eta * np.outer(delta, a[l]), b - eta * delta))
            delta = (W.T @ delta) if l > 0 else None
        layers = moved
    return layers


@wrong("epoch-check", cell="epoch", name="sgd_epoch", hint="no activation function at the output")
def activation_at_the_output_of_the_epoch(layers, X, Y, order, eta):
    for i in order:
        zs, a = [], [X[i]]
        for W, b in layers:
            zs.append(W @ a[-1] + b)
            a.append(np.where(zs[-1] > 0, zs[-1], 0.1 * zs[-1]))
        delta, moved = a[-1] - Y[i], []
        for l in range(len(layers) - 1, -1, -1):
            W, b = layers[l]
            moved.insert(0, (W - eta * np.outer(delta, a[l]), b - eta * delta))
            delta = np.where(zs[l - 1] > 0, 1.0, 0.1) * (W.T @ delta) if l > 0 else None
        layers = moved
    return layers

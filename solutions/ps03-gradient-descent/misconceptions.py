"""Wrong solutions of problem set 3, from mistakes people make: signs, factors, missing sums, early updates, stops."""

import math

import numpy as np

from classroom.misconception import wrong

# 1. Losses


@wrong("losses-check", cell="losses", name="regression_losses", hint="no factor 1/2")
def half_the_mean_square(y_hat, y):
    error = y_hat - y
    mse = np.mean(error**2) / 2
    return np.sum(error**2), mse, np.sqrt(np.mean(error**2)), np.mean(np.abs(error))


@wrong("losses-check", cell="losses", name="regression_losses", hint="root of the mean")
def root_of_the_sum(y_hat, y):
    error = y_hat - y
    return np.sum(error**2), np.mean(error**2), np.sqrt(np.sum(error**2)), np.mean(np.abs(error))


@wrong("losses-check", cell="losses", name="regression_losses", hint="the errors cancel")
def mean_error_without_absolute_values(y_hat, y):
    error = y_hat - y
    return np.sum(error**2), np.mean(error**2), np.sqrt(np.mean(error**2)), np.mean(error)


@wrong("losses-check", cell="losses", name="regression_losses", hint="not by N - 1")
def divides_as_for_a_variance(y_hat, y):
    error = y_hat - y
    mse = np.sum(error**2) / (len(y) - 1)
    return np.sum(error**2), mse, np.sqrt(mse), np.mean(np.abs(error))


@wrong("losses-check", cell="losses", name="log_loss", hint="np.logaddexp")
def logarithms_of_saturated_probabilities(z, y):
    return -np.mean(np.log(1 / (1 + np.exp(-y * z))))


@wrong("losses-check", cell="losses", name="log_loss", hint="the loss is their mean")
def sum_of_log_losses(z, y):
    return np.sum(np.logaddexp(0, -y * z))


@wrong("losses-check", cell="losses", name="log_loss", hint="labels are exchanged")
def labels_exchanged(z, y):
    return np.mean(np.logaddexp(0, y * z))


@wrong("losses-check", cell="losses", name="log_loss", hint="for the labels 0 and 1")
def formula_for_other_labels(z, y):
    return np.mean(np.logaddexp(0, z) - y * z)


@wrong("losses-check", cell="losses", name="log_loss", hint="caps the loss")
def probabilities_cut_off(z, y):
    return -np.mean(np.log(np.clip(1 / (1 + np.exp(-y * z)), 1e-12, 1)))


@wrong("losses-check", cell="losses", name="log_loss", hint="not a probability")
def sums_taken_for_probabilities(z, y):
    return -np.mean(np.where(y > 0, np.log(z), np.log(1 - z)))


@wrong("losses-check", cell="losses", name="regression_losses", hint="the errors were added first")
def adds_before_it_squares(y_hat, y):
    total = np.sum(y_hat - y) ** 2
    return total, total / len(y), np.sqrt(total / len(y)), np.mean(np.abs(y_hat - y))


@wrong("losses-check", cell="losses", name="regression_losses", hint="the mean belongs under the root")
def divides_after_the_root(y_hat, y):
    total = np.sum((y_hat - y) ** 2)
    return total, total / len(y), np.sqrt(total) / len(y), np.mean(np.abs(y_hat - y))


# 2. Gradient


@wrong("gradient-check", cell="gradient", name="weighted_gradient", hint="prediction minus target")
def target_minus_prediction(w, X, y, r):
    return 2 * X.T @ (r * (y - X @ w))


@wrong("gradient-check", cell="gradient", name="weighted_gradient", hint="the 2 that the square")
def factor_two_forgotten(w, X, y, r):
    return X.T @ (r * (X @ w - y))


@wrong("gradient-check", cell="gradient", name="weighted_gradient", hint="the sum over the examples is missing")
def no_sum_over_examples(w, X, y, r):
    return 2 * (r * (X @ w - y))[:, None] * X


@wrong("gradient-check", cell="gradient", name="weighted_gradient", hint="last example alone")
def assigns_where_it_should_add(w, X, y, r):
    for x_i, y_i, r_i in zip(X, y, r, strict=True):
        gradient = 2 * r_i * (w @ x_i - y_i) * x_i
    return gradient


@wrong("gradient-check", cell="gradient", name="weighted_gradient", hint="do not divide by N")
def mean_for_the_sum(w, X, y, r):
    return 2 * X.T @ (r * (X @ w - y)) / len(y)


@wrong("gradient-check", cell="gradient", name="weighted_gradient", hint="r_i enters once")
def weight_squared_with_the_error(w, X, y, r):
    return 2 * X.T @ (r**2 * (X @ w - y))


@wrong("gradient-check", cell="gradient", name="weighted_gradient", hint="each example counts r_i times")
def weights_of_examples_ignored(w, X, y, r):
    return 2 * X.T @ (X @ w - y)


@wrong("gradient-check", cell="gradient", name="weighted_gradient", hint="before the sum, not after it")
def adds_before_it_multiplies(w, X, y, r):
    return 2 * np.sum(r * (X @ w - y)) * X.sum(axis=0)


@wrong("gradient-check", cell="gradient", name="weighted_gradient", hint="shapes do not meet")
def transpose_forgotten(w, X, y, r):
    return 2 * X @ (r * (X @ w - y))


# 3. Descent


@wrong("descend-check", cell="descend", name="descend", hint="this path climbs")
def climbs(gradient, start, rate, tolerance, most):
    path = [np.array(start, dtype=float)]
    for _ in range(most):
        path.append(path[-1] + rate * gradient(path[-1]))
        if np.linalg.norm(path[-1] - path[-2]) < tolerance:
            break
    return np.array(path)


@wrong("descend-check", cell="descend", name="descend", hint="whole gradient first")
def one_weight_after_the_other(gradient, start, rate, tolerance, most):
    path = [np.array(start, dtype=float)]
    for _ in range(most):
        w = path[-1].copy()
        for k in range(len(w)):
            w[k] = w[k] - rate * gradient(w)[k]
        path.append(w)
        if np.linalg.norm(path[-1] - path[-2]) < tolerance:
            break
    return np.array(path)


@wrong("descend-check", cell="descend", name="descend", hint="changed in place by -=")
def same_array_again_and_again(gradient, start, rate, tolerance, most):
    w = start
    path = [w]
    for _ in range(most):
        step = rate * gradient(w)
        w -= step
        path.append(w)
        if np.linalg.norm(step) < tolerance:
            break
    return np.array(path)


@wrong("descend-check", cell="descend", name="descend", hint="the caller's array was changed")
def start_moved_in_place(gradient, start, rate, tolerance, most):
    path = [start.copy()]
    for _ in range(most):
        step = rate * gradient(start)
        start -= step
        path.append(start.copy())
        if np.linalg.norm(step) < tolerance:
            break
    return np.array(path)


@wrong("descend-check", cell="descend", name="descend", hint="still taken and kept")
def last_step_thrown_away(gradient, start, rate, tolerance, most):
    path = [np.array(start, dtype=float)]
    for _ in range(most):
        step = rate * gradient(path[-1])
        if np.linalg.norm(step) < tolerance:
            break
        path.append(path[-1] - step)
    return np.array(path)


@wrong("descend-check", cell="descend", name="descend", hint="that was the norm of the gradient")
def stops_on_the_gradient(gradient, start, rate, tolerance, most):
    path = [np.array(start, dtype=float)]
    for _ in range(most):
        slope = gradient(path[-1])
        if np.linalg.norm(slope) < tolerance:
            break
        path.append(path[-1] - rate * slope)
    return np.array(path)


@wrong("descend-check", cell="descend", name="descend", hint="a step needs it once")
def gradient_computed_twice(gradient, start, rate, tolerance, most):
    path = [np.array(start, dtype=float)]
    for _ in range(most):
        path.append(path[-1] - rate * gradient(path[-1]))
        if rate * np.linalg.norm(gradient(path[-2])) < tolerance:
            break
    return np.array(path)


@wrong("descend-check", cell="descend", name="descend", hint="w must become the point just reached")
def never_moves_on(gradient, start, rate, tolerance, most):
    path = [start.copy()]
    for _ in range(most):
        path.append(start - rate * gradient(start))
        if np.linalg.norm(path[-1] - start) < tolerance:
            break
    return np.array(path)


@wrong("descend-check", cell="descend", name="descend", hint="a norm, never negative")
def sum_for_the_length(gradient, start, rate, tolerance, most):
    path = [start.copy()]
    for _ in range(most):
        path.append(path[-1] - rate * gradient(path[-1]))
        if np.sum(path[-1] - path[-2]) < tolerance:
            break
    return np.array(path)


@wrong("descend-check", cell="descend", name="descend", hint="counts steps, not points")
def most_taken_for_points(gradient, start, rate, tolerance, most):
    path = [start.copy()]
    while len(path) < most:
        path.append(path[-1] - rate * gradient(path[-1]))
        if np.linalg.norm(path[-1] - path[-2]) < tolerance:
            break
    return np.array(path)


# 4. Steps


@wrong("steps-check", cell="steps", name="steps_needed", hint="overshooting is not divergence")
def overshooting_taken_for_divergence(rate, curvature, start, near):
    if abs(start) < near:
        return 0
    factor = 1 - rate * curvature
    if factor < 0:
        return None
    return 1 if factor == 0 else math.floor(math.log(near / abs(start)) / math.log(factor)) + 1


@wrong("steps-check", cell="steps", name="steps_needed", hint="round up")
def rounds_down(rate, curvature, start, near):
    if abs(start) < near:
        return 0
    factor = abs(1 - rate * curvature)
    if factor >= 1:
        return None
    return 1 if factor == 0 else math.floor(math.log(near / abs(start)) / math.log(factor))


@wrong("steps-check", cell="steps", name="steps_needed", hint="one too many")
def counts_points(rate, curvature, start, near):
    if abs(start) < near:
        return 0
    factor = abs(1 - rate * curvature)
    if factor >= 1:
        return None
    return 1 if factor == 0 else math.ceil(math.log(near / abs(start)) / math.log(factor)) + 1


@wrong("steps-check", cell="steps", name="steps_needed", hint="compare |w|, not w")
def forgets_the_other_side(rate, curvature, start, near):
    w, n = start, 0
    while w >= near:
        w, n = (1 - rate * curvature) * w, n + 1
        if n > 1000:
            return None
    return n


@wrong("steps-check", cell="steps", name="steps_needed", hint="no number of steps is enough")
def never_says_never(rate, curvature, start, near):
    if abs(start) < near:
        return 0
    factor = abs(1 - rate * curvature)
    if factor in (0, 1):
        return 1
    return math.floor(math.log(near / abs(start)) / math.log(factor)) + 1


@wrong("steps-check", cell="steps", name="steps_needed", hint="0 has no logarithm")
def logarithm_of_the_factor_zero(rate, curvature, start, near):
    factor = abs(1 - rate * curvature)
    if abs(start) < near:
        return 0
    if factor >= 1:
        return None
    return math.floor(math.log(near / abs(start)) / math.log(factor)) + 1


# 5. Restarts


@wrong("restarts-check", cell="restarts", name="restart", hint="not where the one before ended")
def goes_on_from_the_last_end(f, gradient, starts, rate, steps):
    w, ends = starts[0], []
    for _ in starts:
        for _ in range(steps):
            w = w - rate * gradient(w)
        ends.append(w)
    losses = [float(f(end)) for end in ends]
    return ends[int(np.argmin(losses))], losses


@wrong("restarts-check", cell="restarts", name="restart", hint="take them at the ends")
def judges_by_the_start(f, gradient, starts, rate, steps):
    losses = [float(f(start)) for start in starts]
    w = starts[int(np.argmin(losses))]
    for _ in range(steps):
        w = w - rate * gradient(w)
    return w, losses


@wrong("restarts-check", cell="restarts", name="restart", hint="the lowest loss, not")
def keeps_the_last(f, gradient, starts, rate, steps):
    losses = []
    for w in starts:
        for _ in range(steps):
            w = w - rate * gradient(w)
        losses.append(float(f(w)))
    return w, losses


@wrong("restarts-check", cell="restarts", name="restart", hint="return where it ended")
def returns_the_best_start(f, gradient, starts, rate, steps):
    losses = []
    for w in starts:
        for _ in range(steps):
            w = w - rate * gradient(w)
        losses.append(float(f(w)))
    return starts[int(np.argmin(losses))], losses


@wrong("restarts-check", cell="restarts", name="restart", hint="the end first")
def losses_first(f, gradient, starts, rate, steps):
    ends = [descend(gradient, start, rate, 0, steps)[-1] for start in starts]  # noqa: F821
    losses = [f(end) for end in ends]
    return losses, ends[int(np.argmin(losses))]


@wrong("restarts-check", cell="restarts", name="restart", hint="not the whole path")
def path_for_its_end(f, gradient, starts, rate, steps):
    paths = [descend(gradient, start, rate, 0, steps) for start in starts]  # noqa: F821
    losses = [f(path[-1]) for path in paths]
    return paths[int(np.argmin(losses))], losses


@wrong("restarts-check", cell="restarts", name="restart", hint="not the place of the best start")
def place_of_the_best(f, gradient, starts, rate, steps):
    losses = [f(descend(gradient, start, rate, 0, steps)[-1]) for start in starts]  # noqa: F821
    return int(np.argmin(losses)), losses


# 6. Epoch


@wrong("epoch-check", cell="epoch", name="epoch", hint="shuffle first")
def does_not_shuffle(w, X, y, rate, batch_size, rng):
    path = []
    for first in range(0, len(y), batch_size):
        X_b, y_b = X[first : first + batch_size], y[first : first + batch_size]
        w = w - rate * 2 * X_b.T @ (X_b @ w - y_b) / len(y_b)
        path.append(w)
    return np.array(path)


@wrong("epoch-check", cell="epoch", name="epoch", hint="not by N")
def divides_by_all_examples(w, X, y, rate, batch_size, rng):
    order, path = rng.permutation(len(y)), []
    for first in range(0, len(y), batch_size):
        batch = order[first : first + batch_size]
        w = w - rate * 2 * X[batch].T @ (X[batch] @ w - y[batch]) / len(y)
        path.append(w)
    return np.array(path)


@wrong("epoch-check", cell="epoch", name="epoch", hint="keeps its own target")
def shuffles_the_inputs_alone(w, X, y, rate, batch_size, rng):
    X, path = X[rng.permutation(len(y))], []
    for first in range(0, len(y), batch_size):
        X_b, y_b = X[first : first + batch_size], y[first : first + batch_size]
        w = w - rate * 2 * X_b.T @ (X_b @ w - y_b) / len(y_b)
        path.append(w)
    return np.array(path)


@wrong("epoch-check", cell="epoch", name="epoch", hint="smaller batch was dropped")
def drops_the_last_batch(w, X, y, rate, batch_size, rng):
    order, path = rng.permutation(len(y)), []
    for k in range(len(y) // batch_size):
        batch = order[k * batch_size : (k + 1) * batch_size]
        w = w - rate * 2 * X[batch].T @ (X[batch] @ w - y[batch]) / len(batch)
        path.append(w)
    return np.array(path)


@wrong("epoch-check", cell="epoch", name="epoch", hint="divide by how many are in it")
def divides_by_the_batch_size(w, X, y, rate, batch_size, rng):
    order, path = rng.permutation(len(y)), []
    for first in range(0, len(y), batch_size):
        batch = order[first : first + batch_size]
        w = w - rate * 2 * X[batch].T @ (X[batch] @ w - y[batch]) / batch_size
        path.append(w)
    return np.array(path)


@wrong("epoch-check", cell="epoch", name="epoch", hint="drawn with replacement")
def draws_with_replacement(w, X, y, rate, batch_size, rng):
    path = []
    for _ in range(-(-len(y) // batch_size)):
        batch = rng.integers(0, len(y), batch_size)
        w = w - rate * 2 * X[batch].T @ (X[batch] @ w - y[batch]) / len(batch)
        path.append(w)
    return np.array(path)


@wrong("epoch-check", cell="epoch", name="epoch", hint="a batch has only its own")
def looks_at_everything_each_step(w, X, y, rate, batch_size, rng):
    path = []
    for _ in range(-(-len(y) // batch_size)):
        w = w - rate * 2 * X.T @ (X @ w - y) / len(y)
        path.append(w)
    return np.array(path)


@wrong("epoch-check", cell="epoch", name="epoch", hint="where the one before ended")
def every_batch_from_the_start(w, X, y, rate, batch_size, rng):
    order, path = rng.permutation(len(y)), []
    for first in range(0, len(y), batch_size):
        batch = order[first : first + batch_size]
        path.append(w - rate * 2 * X[batch].T @ (X[batch] @ w - y[batch]) / len(batch))
    return np.array(path)


@wrong("epoch-check", cell="epoch", name="epoch", hint="one call of permutation")
def new_order_for_every_batch(w, X, y, rate, batch_size, rng):
    path = []
    for first in range(0, len(y), batch_size):
        batch = rng.permutation(len(y))[first : first + batch_size]
        w = w - rate * 2 * X[batch].T @ (X[batch] @ w - y[batch]) / len(batch)
        path.append(w)
    return np.array(path)


# 7. Neuron


@wrong("neuron-check", cell="neuron", name="neuron_step", hint="a step goes against the gradient")
def steps_uphill(w, b, X, y, rate):
    y_hat = 1 / (1 + np.exp(-(X @ w + b)))
    push = (y_hat - y) * y_hat * (1 - y_hat)
    return w + rate * X.T @ push / len(y), b + rate * np.mean(push)


@wrong("neuron-check", cell="neuron", name="neuron_step", hint="the slope of the sigmoid")
def slope_of_the_sigmoid_forgotten(w, b, X, y, rate):
    push = 1 / (1 + np.exp(-(X @ w + b))) - y
    return w - rate * X.T @ push / len(y), b - rate * np.mean(push)


@wrong("neuron-check", cell="neuron", name="neuron_step", hint="divide by the number of examples")
def sum_for_the_mean(w, b, X, y, rate):
    y_hat = 1 / (1 + np.exp(-(X @ w + b)))
    push = (y_hat - y) * y_hat * (1 - y_hat)
    return w - rate * X.T @ push, b - rate * np.sum(push)


@wrong("neuron-check", cell="neuron", name="neuron_step", hint="take both gradients first")
def bias_after_the_weights(w, b, X, y, rate):
    y_hat = 1 / (1 + np.exp(-(X @ w + b)))
    w = w - rate * X.T @ ((y_hat - y) * y_hat * (1 - y_hat)) / len(y)
    y_hat = 1 / (1 + np.exp(-(X @ w + b)))
    return w, b - rate * np.mean((y_hat - y) * y_hat * (1 - y_hat))


@wrong("neuron-check", cell="neuron", name="neuron_step", hint="no 2 is left")
def factor_two_kept(w, b, X, y, rate):
    y_hat = 1 / (1 + np.exp(-(X @ w + b)))
    push = 2 * (y_hat - y) * y_hat * (1 - y_hat)
    return w - rate * X.T @ push / len(y), b - rate * np.mean(push)


@wrong("neuron-check", cell="neuron", name="neuron_step", hint="it is not applied again")
def sigmoid_applied_twice(w, b, X, y, rate):
    y_hat = 1 / (1 + np.exp(-(X @ w + b)))
    again = 1 / (1 + np.exp(-y_hat))
    push = (y_hat - y) * again * (1 - again)
    return w - rate * X.T @ push / len(y), b - rate * np.mean(push)


@wrong("neuron-check", cell="neuron", name="neuron_step", hint="the bias is a part of z")
def bias_left_out_of_z(w, b, X, y, rate):
    y_hat = 1 / (1 + np.exp(-(X @ w)))
    push = (y_hat - y) * y_hat * (1 - y_hat)
    return w - rate * X.T @ push / len(y), b - rate * np.mean(push)


@wrong("neuron-check", cell="neuron", name="neuron_step", hint="e to the power of minus z")
def sign_of_z_turned(w, b, X, y, rate):
    y_hat = 1 / (1 + np.exp(X @ w + b))
    push = (y_hat - y) * y_hat * (1 - y_hat)
    return w - rate * X.T @ push / len(y), b - rate * np.mean(push)

"""Wrong solutions of problem set 9, from slips with scales, memories of optimisers, training modes and axes."""

import numpy as np

from classroom.misconception import wrong

# 1 Where to start


@wrong("start-check", cell="start", name="draw_network", hint="takes the standard deviation")
def variance_for_deviation(sizes, rng):
    return [(rng.normal(0, 2 / n, (m, n)), np.zeros(m)) for n, m in zip(sizes[:-1], sizes[1:])]


@wrong("start-check", cell="start", name="draw_network", hint="divided by the units out")
def fan_out(sizes, rng):
    return [(rng.normal(0, np.sqrt(2 / m), (m, n)), np.zeros(m)) for n, m in zip(sizes[:-1], sizes[1:])]


@wrong("start-check", cell="start", name="draw_network", hint="Xavier, not He")
def he_everywhere(sizes, rng):
    return [(rng.normal(0, np.sqrt(2 / n), (m, n)), np.zeros(m)) for n, m in zip(sizes[:-1], sizes[1:])]


@wrong("start-check", cell="start", name="draw_network", hint="a hidden layer before ReLU takes He's")
def xavier_everywhere(sizes, rng):
    return [(rng.normal(0, np.sqrt(2 / (n + m)), (m, n)), np.zeros(m)) for n, m in zip(sizes[:-1], sizes[1:])]


@wrong("start-check", cell="start", name="draw_network", hint="keep all units equal")
def zeros_everywhere(sizes, rng):
    return [(np.zeros((m, n)), np.zeros(m)) for n, m in zip(sizes[:-1], sizes[1:])]


@wrong("start-check", cell="start", name="draw_network", hint="a row for each unit out")
def inputs_first(sizes, rng):
    return [(rng.normal(0, np.sqrt(2 / n), (n, m)), np.zeros(m)) for n, m in zip(sizes[:-1], sizes[1:])]


@wrong("start-check", cell="start", name="draw_network", hint="These weights are uniform")
def uniform_with_the_right_variance(sizes, rng):
    limits = [np.sqrt(6 / n) for n in sizes[:-2]] + [np.sqrt(6 / (sizes[-2] + sizes[-1]))]
    shapes = [(m, n) for n, m in zip(sizes[:-1], sizes[1:])]
    return [(rng.uniform(-r, r, shape), np.zeros(shape[0])) for r, shape in zip(limits, shapes)]


@wrong("start-check", cell="start", name="draw_network", hint="These weights are uniform")
def last_layer_uniform(sizes, rng):
    layers = [(rng.normal(0, np.sqrt(2 / n), (m, n)), np.zeros(m)) for n, m in zip(sizes[:-2], sizes[1:-1])]
    n, m = sizes[-2:]
    limit = np.sqrt(6 / (n + m))
    return [*layers, (rng.uniform(-limit, limit, (m, n)), np.zeros(m))]


@wrong("start-check", cell="start", name="draw_network", hint="These weights are uniform")
def uniform_up_to_the_deviation(sizes, rng):
    layers = []
    for n, m in zip(sizes[:-1], sizes[1:]):
        limit = np.sqrt(2 / (n + m) if len(layers) == len(sizes) - 2 else 2 / n)
        layers.append((rng.uniform(-limit, limit, (m, n)), np.zeros(m)))
    return layers


@wrong("start-check", cell="start", name="draw_network", hint="do not lie round 0")
def draws_from_0_to_1(sizes, rng):
    layers = []
    for n, m in zip(sizes[:-1], sizes[1:]):
        variance = 2 / (n + m) if len(layers) == len(sizes) - 2 else 2 / n
        layers.append((rng.random((m, n)) * np.sqrt(variance), np.zeros(m)))
    return layers


@wrong("start-check", cell="start", name="draw_network", hint="Large weights are missing")
def clipped_at_two_deviations(sizes, rng):
    layers = []
    for n, m in zip(sizes[:-1], sizes[1:]):
        std = np.sqrt(2 / (n + m) if len(layers) == len(sizes) - 2 else 2 / n)
        layers.append((np.clip(rng.normal(0, std, (m, n)), -2 * std, 2 * std), np.zeros(m)))
    return layers


@wrong("start-check", cell="start", name="draw_network", hint="the same seed gives the same weights")
def a_generator_of_its_own(sizes, rng):
    rng, layers = np.random.default_rng(), []
    for n, m in zip(sizes[:-1], sizes[1:]):
        variance = 2 / (n + m) if len(layers) == len(sizes) - 2 else 2 / n
        layers.append((rng.normal(0, np.sqrt(variance), (m, n)), np.zeros(m)))
    return layers


@wrong("start-check", cell="start", name="draw_network", hint="several hidden layers")
def he_for_the_first_layer_alone(sizes, rng):
    layers = []
    for n, m in zip(sizes[:-1], sizes[1:]):
        variance = 2 / (n + m) if layers else 2 / n
        layers.append((rng.normal(0, np.sqrt(variance), (m, n)), np.zeros(m)))
    return layers


# 2 Clip the gradients


@wrong("clip-check", cell="clip", name="clip", hint="one factor for all keeps the direction")
def each_array_on_its_own(gradients, most):
    norm = float(np.sqrt(sum((g**2).sum() for g in gradients.values())))
    norms = {name: np.sqrt((g**2).sum()) for name, g in gradients.items()}
    return {name: g * min(1.0, most / max(norms[name], 1e-12)) for name, g in gradients.items()}, norm


@wrong("clip-check", cell="clip", name="clip", hint="one factor for all keeps the direction")
def entry_by_entry(gradients, most):
    norm = float(np.sqrt(sum((g**2).sum() for g in gradients.values())))
    return {name: np.clip(g, -most, most) for name, g in gradients.items()}, norm


@wrong("clip-check", cell="clip", name="clip", hint="never scale up")
def always_to_the_bound(gradients, most):
    norm = float(np.sqrt(sum((g**2).sum() for g in gradients.values())))
    return {name: g * most / max(norm, 1e-12) for name, g in gradients.items()}, norm


@wrong("clip-check", cell="clip", name="clip", hint="not the sum of sizes")
def sum_of_sizes(gradients, most):
    norm = float(sum(np.abs(g).sum() for g in gradients.values()))
    return {name: g * (most / norm if norm > most else 1.0) for name, g in gradients.items()}, norm


@wrong("clip-check", cell="clip", name="clip", hint="Take the root")
def root_forgotten(gradients, most):
    norm = float(sum((g**2).sum() for g in gradients.values()))
    return {name: g * (most / norm if norm > most else 1.0) for name, g in gradients.items()}, norm


@wrong("clip-check", cell="clip", name="clip", hint="divide by the norm as it is")
def something_added_to_the_norm(gradients, most):
    norm = float(np.sqrt(sum((g**2).sum() for g in gradients.values())))
    return {name: g * min(1.0, most / (norm + 1e-6)) for name, g in gradients.items()}, norm


# 3 Three optimisers


@wrong("steps-check", cell="steps", name="momentum_step", hint="without a factor 1 - mu")
def momentum_as_an_average(theta, v, g, rate, mu):
    v = mu * v + (1 - mu) * g
    return theta - rate * v, v


@wrong("steps-check", cell="steps", name="momentum_step", hint="the rate stands in the step")
def rate_in_the_memory(theta, v, g, rate, mu):
    v = mu * v - rate * g
    return theta + v, v


@wrong("steps-check", cell="steps", name="adam_step", hint="t is the exponent")
def corrected_as_in_the_first_step(theta, memory, g, rate, b1, b2, eps):
    m, v, t = memory
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
    return theta - rate * (m / (1 - b1)) / (np.sqrt(v / (1 - b2)) + eps), (m, v, t + 1)


@wrong("steps-check", cell="steps", name="rmsprop_step", hint="s is an average")
def alpha_for_the_new_square(theta, s, g, rate, alpha, eps):
    s = (1 - alpha) * s + alpha * g**2
    return theta - rate * g / (np.sqrt(s) + eps), s


@wrong("block-check", cell="block", name="block", hint="No relu stands behind the sum")
def relu_behind_the_sum(X, W1, b1, W2, b2):
    return np.maximum(X + np.maximum(X @ W1.T + b1, 0) @ W2.T + b2, 0)


@wrong("dropout-check", cell="dropout", name="dropout", hint="an array of a's shape")
def one_number_at_inference(a, p, rng, training):
    factor = (rng.random(a.shape) >= p) / (1 - p) if training else 1.0
    return a * factor, factor


@wrong("norm-check", cell="norm", name="layer_norm", hint="Each row has a mean")
def one_mean_for_the_whole_batch(Z, gamma, beta, eps):
    return (Z - Z.mean()) / np.sqrt(Z.var() + eps) * gamma + beta


@wrong("norm-check", cell="norm", name="batch_norm", hint="not the running ones")
def running_pair_in_training(Z, gamma, beta, running, training, momentum, eps):
    mean, variance = running
    if training:
        mean = (1 - momentum) * mean + momentum * Z.mean(axis=0)
        variance = (1 - momentum) * variance + momentum * Z.var(axis=0, ddof=1)
    return (Z - mean) / np.sqrt(variance + eps) * gamma + beta, (mean, variance)


@wrong("steps-check", cell="steps", name="momentum_step", hint="Step with the new v")
def momentum_of_yesterday(theta, v, g, rate, mu):
    return theta - rate * v, mu * v + g


@wrong("steps-check", cell="steps", name="momentum_step", hint="step of gradient descent")
def momentum_unused(theta, v, g, rate, mu):
    return theta - rate * g, mu * v + g


@wrong("steps-check", cell="steps", name="rmsprop_step", hint="s is an average")
def rmsprop_adds_up(theta, s, g, rate, alpha, eps):
    s = s + g**2
    return theta - rate * g / (np.sqrt(s) + eps), s


@wrong("steps-check", cell="steps", name="rmsprop_step", hint="Add eps after the root")
def rmsprop_eps_inside(theta, s, g, rate, alpha, eps):
    s = alpha * s + (1 - alpha) * g**2
    return theta - rate * g / np.sqrt(s + eps), s


@wrong("steps-check", cell="steps", name="rmsprop_step", hint="Divide by the root of s")
def rmsprop_root_forgotten(theta, s, g, rate, alpha, eps):
    s = alpha * s + (1 - alpha) * g**2
    return theta - rate * g / (s + eps), s


@wrong("steps-check", cell="steps", name="adam_step", hint="too small at first")
def adam_uncorrected(theta, memory, g, rate, b1, b2, eps):
    m, v, t = memory
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
    return theta - rate * m / (np.sqrt(v) + eps), (m, v, t + 1)


@wrong("steps-check", cell="steps", name="adam_step", hint="count before you correct")
def adam_counts_late(theta, memory, g, rate, b1, b2, eps):
    m, v, t = memory
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
    m_hat, v_hat = m / (1 - b1**t), v / (1 - b2**t)
    return theta - rate * m_hat / (np.sqrt(v_hat) + eps), (m, v, t + 1)


@wrong("steps-check", cell="steps", name="adam_step", hint="before the correction")
def adam_keeps_the_corrected(theta, memory, g, rate, b1, b2, eps):
    m, v, t = memory
    t = t + 1
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
    m, v = m / (1 - b1**t), v / (1 - b2**t)
    return theta - rate * m / (np.sqrt(v) + eps), (m, v, t)


@wrong("steps-check", cell="steps", name="adam_step", hint="t must go up by one")
def adam_never_counts(theta, memory, g, rate, b1, b2, eps):
    m, v, t = memory
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
    m_hat, v_hat = m / (1 - b1 ** (t + 1)), v / (1 - b2 ** (t + 1))
    return theta - rate * m_hat / (np.sqrt(v_hat) + eps), (m, v, t)


@wrong("steps-check", cell="steps", name="adam_step", hint="Add eps after the root")
def adam_eps_inside(theta, memory, g, rate, b1, b2, eps):
    m, v, t = memory
    t = t + 1
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
    return theta - rate * m / (1 - b1**t) / np.sqrt(v / (1 - b2**t) + eps), (m, v, t)


# 4 Weight decay


@wrong("penalty-check", cell="penalty", name="penalised", hint="Biases are left out")
def biases_as_well(loss, gradients, parameters, lam):
    penalty = lam * sum(float((w**2).sum()) for w in parameters.values())
    return loss + penalty, {name: g + 2 * lam * parameters[name] for name, g in gradients.items()}


@wrong("penalty-check", cell="penalty", name="penalised", hint="is 2 lambda w")
def two_forgotten(loss, gradients, parameters, lam):
    penalty = lam * sum(float((w**2).sum()) for name, w in parameters.items() if name[0] != "b")
    return loss + penalty, {name: g + lam * parameters[name] * (name[0] != "b") for name, g in gradients.items()}


@wrong("penalty-check", cell="penalty", name="penalised", hint="without a factor 1/2")
def half_a_penalty(loss, gradients, parameters, lam):
    penalty = lam / 2 * sum(float((w**2).sum()) for name, w in parameters.items() if name[0] != "b")
    return loss + penalty, {name: g + lam * parameters[name] * (name[0] != "b") for name, g in gradients.items()}


@wrong("penalty-check", cell="penalty", name="penalised", hint="the step subtracts it later")
def gradient_subtracted(loss, gradients, parameters, lam):
    penalty = lam * sum(float((w**2).sum()) for name, w in parameters.items() if name[0] != "b")
    return loss + penalty, {name: g - 2 * lam * parameters[name] * (name[0] != "b") for name, g in gradients.items()}


# 5 Inverted dropout


@wrong("dropout-check", cell="dropout", name="dropout", hint="must be scaled up")
def unscaled(a, p, rng, training):
    factor = (rng.random(a.shape) >= p) * 1.0 if training else np.ones(a.shape)
    return a * factor, factor


@wrong("dropout-check", cell="dropout", name="dropout", hint="Nothing is scaled at inference")
def scaled_at_inference(a, p, rng, training):
    factor = (rng.random(a.shape) >= p) * 1.0 if training else np.full(a.shape, 1 - p)
    return a * factor, factor


@wrong("dropout-check", cell="dropout", name="dropout", hint="every unit is on")
def dropped_at_inference(a, p, rng, training):
    factor = (rng.random(a.shape) >= p) / (1 - p)
    return a * factor, factor


@wrong("dropout-check", cell="dropout", name="dropout", hint="probability of being off")
def kept_with_probability_p(a, p, rng, training):
    factor = (rng.random(a.shape) < p) / p if training else np.ones(a.shape)
    return a * factor, factor


@wrong("dropout-check", cell="dropout", name="dropout", hint="scale included")
def mask_for_the_gradient(a, p, rng, training):
    kept = (rng.random(a.shape) >= p) * 1.0 if training else np.ones(a.shape)
    return a * kept / (1 - p if training else 1), kept


# 6 Stop in time


@wrong("early-check", cell="early", name="early_stopping", hint="Compare with the best so far")
def compares_with_the_last(one_epoch, patience, most):
    losses, best, bad = [], 1, 0
    for epoch in range(1, most + 1):
        losses.append(one_epoch(epoch))
        bad = 0 if epoch == 1 or losses[-1] < losses[-2] else bad + 1
        if losses[-1] < losses[best - 1]:
            best = epoch
        if bad >= patience:
            break
    return best, losses


@wrong("early-check", cell="early", name="early_stopping", hint="at the first rise")
def no_patience(one_epoch, patience, most):
    losses = []
    for epoch in range(1, most + 1):
        losses.append(one_epoch(epoch))
        if epoch > 1 and losses[-1] >= losses[-2]:
            break
    return int(np.argmin(losses)) + 1, losses


@wrong("early-check", cell="early", name="early_stopping", hint="not the last one")
def last_epoch_returned(one_epoch, patience, most):
    losses, best = [], 1
    for epoch in range(1, most + 1):
        losses.append(one_epoch(epoch))
        if losses[-1] < losses[best - 1]:
            best = epoch
        if epoch - best >= patience:
            break
    return epoch, losses


@wrong("early-check", cell="early", name="early_stopping", hint="counted from 1")
def counted_from_zero(one_epoch, patience, most):
    losses, best = [], 0
    for epoch in range(most):
        losses.append(one_epoch(epoch + 1))
        if losses[-1] < losses[best]:
            best = epoch
        if epoch - best >= patience:
            break
    return best, losses


@wrong("early-check", cell="early", name="early_stopping", hint="no improvement")
def ties_count(one_epoch, patience, most):
    losses, best = [], 1
    for epoch in range(1, most + 1):
        losses.append(one_epoch(epoch))
        if losses[-1] <= losses[best - 1]:
            best = epoch
        if epoch - best >= patience:
            break
    return best, losses


@wrong("early-check", cell="early", name="early_stopping", hint="Run each epoch once")
def trains_on_and_looks_back(one_epoch, patience, most):
    losses, best = [one_epoch(k) for k in range(1, most + 1)], 1
    for epoch in range(1, most + 1):
        if losses[epoch - 1] < losses[best - 1]:
            best = epoch
        if epoch - best >= patience:
            break
    return best, losses[:epoch]


# 7 A residual block


@wrong("block-check", cell="block", name="block", hint="F(x) alone")
def way_round_missing(X, W1, b1, W2, b2):
    return np.maximum(X @ W1.T + b1, 0) @ W2.T + b2


@wrong("block-check", cell="block", name="block", hint="the sum -1 must not get through")
def relu_missing(X, W1, b1, W2, b2):
    return X + (X @ W1.T + b1) @ W2.T + b2


@wrong("block-check", cell="block", name="block_backward", hint="handed on to X as well")
def backward_without_the_way_round(D, X, W1, b1, W2):
    return ((D @ W2) * (X @ W1.T + b1 > 0)) @ W1


@wrong("block-check", cell="block", name="block_backward", hint="its slope is 0")
def slope_of_relu_missing(D, X, W1, b1, W2):
    return D + D @ W2 @ W1


@wrong("block-check", cell="block", name="block_backward", hint="The two paths add")
def paths_multiplied(D, X, W1, b1, W2):
    return D * (((D @ W2) * (X @ W1.T + b1 > 0)) @ W1)


@wrong("block-check", cell="block", name="block_backward", hint="exactly 0")
def slope_one_at_zero(D, X, W1, b1, W2):
    return D + ((D @ W2) * (X @ W1.T + b1 >= 0)) @ W1


# 8 Two normalisations


@wrong("norm-check", cell="norm", name="layer_norm", hint="one example, a row")
def layer_norm_of_columns(Z, gamma, beta, eps):
    return (Z - Z.mean(axis=0)) / np.sqrt(Z.var(axis=0) + eps) * gamma + beta


@wrong("norm-check", cell="norm", name="layer_norm", hint="not by d - 1")
def layer_norm_unbiased(Z, gamma, beta, eps):
    mean, variance = Z.mean(axis=1, keepdims=True), Z.var(axis=1, ddof=1, keepdims=True)
    return (Z - mean) / np.sqrt(variance + eps) * gamma + beta


@wrong("norm-check", cell="norm", name="layer_norm", hint="gamma and beta are missing")
def layer_norm_bare(Z, gamma, beta, eps):
    return (Z - Z.mean(axis=1, keepdims=True)) / np.sqrt(Z.var(axis=1, keepdims=True) + eps)


@wrong("norm-check", cell="norm", name="batch_norm", hint="the running mean and variance normalise")
def batch_norm_always_training(Z, gamma, beta, running, training, momentum, eps):
    mean, variance = Z.mean(axis=0), Z.var(axis=0)
    if training:
        new = (1 - momentum) * running[0] + momentum * mean
        running = new, (1 - momentum) * running[1] + momentum * Z.var(axis=0, ddof=1)
    return (Z - mean) / np.sqrt(variance + eps) * gamma + beta, running


@wrong("norm-check", cell="norm", name="batch_norm", hint="divided by N - 1")
def running_variance_biased(Z, gamma, beta, running, training, momentum, eps):
    mean, variance = running
    if training:
        mean, variance = Z.mean(axis=0), Z.var(axis=0)
        new = (1 - momentum) * running[0] + momentum * mean
        running = new, (1 - momentum) * running[1] + momentum * variance
    return (Z - mean) / np.sqrt(variance + eps) * gamma + beta, running


@wrong("norm-check", cell="norm", name="batch_norm", hint="for the running pair alone")
def normalised_by_the_unbiased_variance(Z, gamma, beta, running, training, momentum, eps):
    mean, variance = running
    if training:
        mean, variance = Z.mean(axis=0), Z.var(axis=0, ddof=1)
        running = ((1 - momentum) * running[0] + momentum * mean, (1 - momentum) * running[1] + momentum * variance)
    return (Z - mean) / np.sqrt(variance + eps) * gamma + beta, running


@wrong("norm-check", cell="norm", name="batch_norm", hint="weight of the new batch")
def momentum_the_other_way(Z, gamma, beta, running, training, momentum, eps):
    mean, variance = running
    if training:
        mean, variance = Z.mean(axis=0), Z.var(axis=0)
        new = momentum * running[0] + (1 - momentum) * mean
        running = new, momentum * running[1] + (1 - momentum) * Z.var(axis=0, ddof=1)
    return (Z - mean) / np.sqrt(variance + eps) * gamma + beta, running


# Slips that a fresh reader's answers showed


@wrong("clip-check", cell="clip", name="clip", hint="not single entries or arrays")
def clips_when_an_entry_is_long(gradients, most):
    norm = float(np.sqrt(sum((g**2).sum() for g in gradients.values())))
    if max(float(np.abs(g).max()) for g in gradients.values()) > most:
        return {name: g * most / norm for name, g in gradients.items()}, norm
    return dict(gradients), norm


@wrong("penalty-check", cell="penalty", name="penalised", hint="begins with a small b")
def flat_arrays_taken_for_biases(loss, gradients, parameters, lam):
    weights = [name for name in parameters if parameters[name].ndim > 1]
    penalty = lam * sum(float((parameters[name] ** 2).sum()) for name in weights)
    return loss + penalty, {
        name: g + 2 * lam * parameters[name] if name in weights else g for name, g in gradients.items()
    }


@wrong("norm-check", cell="norm", name="layer_norm", hint="eps is missing")
def layer_norm_without_eps(Z, gamma, beta, eps):
    mean, variance = Z.mean(axis=1, keepdims=True), Z.var(axis=1, keepdims=True)
    return (Z - mean) / np.sqrt(variance) * gamma + beta


@wrong("norm-check", cell="norm", name="layer_norm", hint="eps goes under the root")
def layer_norm_eps_outside(Z, gamma, beta, eps):
    mean, variance = Z.mean(axis=1, keepdims=True), Z.var(axis=1, keepdims=True)
    return (Z - mean) / (np.sqrt(variance) + eps) * gamma + beta


@wrong("early-check", cell="early", name="early_stopping", hint="have not beaten it")
def one_epoch_too_long(one_epoch, patience, most):
    losses, best = [], 1
    for k in range(1, most + 1):
        losses.append(one_epoch(k))
        if losses[-1] < losses[best - 1]:
            best = k
        if k - best > patience:
            break
    return best, losses

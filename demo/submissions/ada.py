# Handed in 2026-11-19 09:05. Right, in words of its own.

# %% scale
def standardise(x):
    deviations = x - np.average(x)
    return deviations / np.sqrt(np.square(deviations).mean())

# %% loss
def loss_and_gradient(w, x, y):
    residuals = w * x - y
    return residuals @ residuals / len(x), 2 * residuals @ x / len(x)

# %% descend
def descend(gradient, w, rate, steps):
    if steps == 0:
        return [w]
    return [w, *descend(gradient, w - rate * gradient(w), rate, steps - 1)]

# %% explain
# A step longer than the way to the minimum lands beyond it. When it lands further away than it started, the next step
# is longer still: the values swing to both sides, ever wider, and the losses rise.

# Handed in 2026-11-27 19:20. A cell that is no Python; what stands in the others counts.

# %% scale
def standardise(x)
    return (x - x.mean()) / x.std()

# %% loss
def loss_and_gradient(w, x, y):
    error = w * x - y
    return (error**2).mean(), 2 * (x * error).mean()

# %% descend
def descend(gradient, w, rate, steps):
    out = [w]
    for s in range(steps):
        out += [out[-1] - rate * gradient(out[-1])]
    return out

# %% explain
# It jumps over the minimum and climbs the other side; every loss is higher than the one before.

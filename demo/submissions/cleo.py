# Handed in 2026-11-25 17:48. Wrong in a way that has a name: it climbs.

# %% scale
def standardise(x):
    return (x - x.mean()) / x.std()

# %% loss
def loss_and_gradient(w, x, y):
    difference = w * x - y
    return np.mean(difference * difference), np.mean(2 * difference * x)

# %% descend
def descend(gradient, w, rate, steps):
    weights = [w]
    for step in range(steps):
        weights.append(weights[step] + rate * gradient(weights[step]))
    return weights

# %% explain
# With a rate that is too large the loss explodes.

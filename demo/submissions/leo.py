# Handed in 2026-11-23 20:47.

# %% scale
def standardise(x):
    return (x - np.mean(x)) / np.std(x)

# %% loss
def loss_and_gradient(w, x, y):
    e = w * x - y
    return np.mean(e**2), np.mean(e * x)

# %% descend
def descend(gradient, w, rate, steps):
    values = [w]
    for i in range(steps):
        w = w - rate * gradient(w)
        values.append(w)
    return values

# %% explain
# The steps jump over the minimum, each further than the last. The losses rise.

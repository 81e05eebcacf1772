# Handed in 2026-11-27 22:02.

# %% scale
def standardise(x):
    centred = x - np.mean(x)
    return centred / np.sqrt(np.mean(centred**2))

# %% loss
def loss_and_gradient(w, x, y):
    r = y - w * x
    return np.mean(r**2), 2 * np.mean(r * x)

# %% descend
def descend(gradient, w, rate, steps):
    values = []
    for i in range(steps):
        w = w - rate * gradient(w)
        values.append(w)
    return values

# %% explain
# w swings from one side of the valley to the other and the swings grow.

# Handed in 2026-11-25 16:22.

# %% scale
def standardise(x):
    return (x - x.mean()) / np.std(x, ddof=1)

# %% loss
def loss_and_gradient(w, x, y):
    e = w * x - y
    return np.mean(e**2), 2 * np.mean(e * x)

# %% descend
def descend(gradient, w, rate, steps):
    values = [w]
    for i in range(steps):
        w = w - rate * gradient(w)
        values.append(w)
    return values

# %% explain
# w swings from one side of the valley to the other and the swings grow.

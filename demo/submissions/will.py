# Handed in 2026-11-27 23:36.

# %% scale
def standardise(x):
    return (x - x.mean()) / np.std(x, ddof=1)

# %% loss
def loss_and_gradient(w, x, y):
    e = w * x - y
    return np.mean(e**2), np.mean(e * x)

# %% descend
def descend(gradient, w, rate, steps):
    values = []
    for i in range(steps):
        w = w - rate * gradient(w)
        values.append(w)
    return values

# %% explain
# It diverges, so the losses go up instead of down.

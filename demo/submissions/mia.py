# Handed in 2026-11-24 09:31.

# %% scale
def standardise(x):
    m, s = x.mean(), x.std()
    return (x - m) / s

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
# It diverges, so the losses go up instead of down.

# Handed in 2026-11-22 10:40.

# %% scale
def standardise(x):
    m, s = x.mean(), x.std()
    return (x - m) / s

# %% loss
def loss_and_gradient(w, x, y):
    n = len(x)
    predicted = w * x
    loss = ((predicted - y) ** 2).sum() / n
    gradient = 2 / n * ((predicted - y) * x).sum()
    return loss, gradient

# %% descend
def descend(gradient, w, rate, steps):
    values = [w]
    for i in range(steps):
        w = w - rate * gradient(w)
        values.append(w)
    return values

# %% explain
# It diverges, so the losses go up instead of down.

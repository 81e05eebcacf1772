# Handed in 2026-11-27 23:58.

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
    result = []
    while steps >= 0:
        result.append(w)
        w -= rate * gradient(w)
        steps -= 1
    return result

# %% explain
# The steps jump over the minimum, each further than the last. The losses rise.

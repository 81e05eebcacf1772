# Handed in 2026-11-27 23:40. Half right: the second function half, the third not begun.

# %% scale
def standardise(x):
    return (x - x.mean()) / x.std()

# %% loss
def loss_and_gradient(w, x, y):
    error = w * x - y
    return (error**2).mean(), (error * x).mean()

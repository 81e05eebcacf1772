# Handed in 2026-11-29 06:10. Right, and a day and a quarter late.

# %% scale
def standardise(x):
    return (x - x.mean()) / x.std()

# %% loss
def loss_and_gradient(w, x, y):
    predictions = w * x
    loss = np.mean((predictions - y) ** 2)
    slope = np.mean(2 * x * (predictions - y))
    return loss, slope

# %% descend
def descend(gradient, w, rate, steps):
    positions = [w]
    while len(positions) <= steps:
        here = positions[-1]
        positions.append(here - rate * gradient(here))
    return positions

# %% explain
# It overshoots. The losses rise.

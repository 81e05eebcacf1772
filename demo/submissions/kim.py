# Handed in 2026-11-23 18:05.

# %% scale
def standardise(x):
    centred = x - np.mean(x)
    return centred / np.sqrt(np.mean(centred**2))

# %% loss
def loss_and_gradient(w, x, y):
    loss = gradient = 0
    for a, b in zip(x, y):
        loss += (w * a - b) ** 2
        gradient += 2 * (w * a - b) * a
    return loss / len(x), gradient / len(x)

# %% descend
def descend(gradient, w, rate, steps):
    result = []
    while steps >= 0:
        result.append(w)
        w -= rate * gradient(w)
        steps -= 1
    return result

# %% explain
# w swings from one side of the valley to the other and the swings grow.

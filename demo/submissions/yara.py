# Handed in 2026-11-27 23:58.

# %% scale
def standardise(x):
    return np.divide(np.subtract(x, np.mean(x)), np.std(x))

# %% loss
def loss_and_gradient(w, x, y):
    wrong_by = np.subtract(w * x, y)
    loss = np.dot(wrong_by, wrong_by) / y.size
    return loss, np.dot(wrong_by, x) * 2 / y.size

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

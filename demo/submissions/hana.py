# Handed in 2026-11-26 12:33. A way of her own, which another submission shares.

# %% scale
def standardise(x):
    total = 0.0
    for value in x:
        total = total + value
    middle = total / len(x)
    spread = 0.0
    for value in x:
        spread = spread + (value - middle) * (value - middle)
    spread = (spread / len(x)) ** 0.5
    return np.array([(value - middle) / spread for value in x])

# %% loss
def loss_and_gradient(w, x, y):
    squares, products = [], []
    for i in range(len(x)):
        gap = x[i] * w - y[i]
        squares.append(gap**2)
        products.append(gap * x[i])
    return sum(squares) / len(squares), sum(products) / len(products)

# %% descend
def descend(gradient, w, rate, steps):
    table = {0: w}
    for k in range(1, steps + 1):
        before = table[k - 1]
        table[k] = before - gradient(before) * rate
    return [table[k] for k in sorted(table)]

# %% explain
# The steps become longer and longer.

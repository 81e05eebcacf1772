# Handed in 2026-11-27 20:15. Hana's way with other names and another order.

# %% scale
def standardise(data):
    summe = 0.0
    for entry in data:
        summe = summe + entry
    centre = summe / len(data)
    width = 0.0
    for entry in data:
        width = width + (entry - centre) * (entry - centre)
    width = (width / len(data)) ** 0.5
    # bring every entry on the new scale
    return np.array([(entry - centre) / width for entry in data])

# %% loss
def loss_and_gradient(w, x, y):
    b, a = [], []
    for number in range(len(x)):
        difference = x[number] * w - y[number]
        a.append(difference**2)
        b.append(difference * x[number])
    return sum(a) / len(a), sum(b) / len(b)

# %% descend
def descend(gradient, w, rate, steps):
    """All values on the way down."""
    memory = {0: w}
    for step in range(1, steps + 1):
        last = memory[step - 1]
        memory[step] = last - gradient(last) * rate
    return [memory[step] for step in sorted(memory)]

# %% explain
# The loss gets larger.

"""Wrong solutions of problem set 12, from slips with steps in time, slopes, gates, borders and temperatures."""

import numpy as np

from classroom.misconception import wrong

# 1 A state that is carried along


@wrong("forward-check", cell="forward", name="rnn_forward", hint="Every step used h0")
def state_not_carried(p, X, h0):
    H = np.array([h0, *(np.tanh(p["W_x"] @ x + p["W_h"] @ h0 + p["b"]) for x in X)])
    return H, H[1:] @ p["W_y"].T + p["b_y"]


@wrong("forward-check", cell="forward", name="rnn_forward", hint="from the new state h_t, not from h_{t-1}")
def output_from_the_old_state(p, X, h0):
    H = [h0]
    for x in X:
        H.append(np.tanh(p["W_x"] @ x + p["W_h"] @ H[-1] + p["b"]))
    H = np.array(H)
    return H, H[:-1] @ p["W_y"].T + p["b_y"]


@wrong("forward-check", cell="forward", name="rnn_forward", hint="h0 is the first row")
def without_the_initial_state(p, X, h0):
    H, h = [], h0
    for x in X:
        h = np.tanh(p["W_x"] @ x + p["W_h"] @ h + p["b"])
        H.append(h)
    return np.array(H), np.array(H) @ p["W_y"].T + p["b_y"]


@wrong("forward-check", cell="forward", name="rnn_forward", hint="W_h is transposed")
def state_weights_transposed(p, X, h0):
    H = [h0]
    for x in X:
        H.append(np.tanh(p["W_x"] @ x + H[-1] @ p["W_h"] + p["b"]))
    H = np.array(H)
    return H, H[1:] @ p["W_y"].T + p["b_y"]


@wrong("forward-check", cell="forward", name="rnn_forward", hint="outputs are linear")
def tanh_on_the_outputs(p, X, h0):
    H = [h0]
    for x in X:
        H.append(np.tanh(p["W_x"] @ x + p["W_h"] @ H[-1] + p["b"]))
    H = np.array(H)
    return H, np.tanh(H[1:] @ p["W_y"].T + p["b_y"])


@wrong("forward-check", cell="forward", name="rnn_forward", hint="The first state is the h0 that is passed")
def always_from_zero(p, X, h0):
    H = [np.zeros_like(h0)]
    for x in X:
        H.append(np.tanh(p["W_x"] @ x + p["W_h"] @ H[-1] + p["b"]))
    H = np.array(H)
    return H, H[1:] @ p["W_y"].T + p["b_y"]


@wrong("forward-check", cell="forward", name="rnn_forward", hint="The sequence was read backwards")
def read_backwards(p, X, h0):
    H = [h0]
    for x in X[::-1]:
        H.append(np.tanh(p["W_x"] @ x + p["W_h"] @ H[-1] + p["b"]))
    H = np.array(H)
    return H, H[1:] @ p["W_y"].T + p["b_y"]


@wrong("forward-check", cell="forward", name="rnn_forward", hint="H is turned round")
def states_in_columns(p, X, h0):
    H = [h0]
    for x in X:
        H.append(np.tanh(p["W_x"] @ x + p["W_h"] @ H[-1] + p["b"]))
    H = np.array(H)
    return H.T, (H[1:] @ p["W_y"].T + p["b_y"]).T


@wrong("forward-check", cell="forward", name="rnn_forward", hint="not the last alone")
def one_output(p, X, h0):
    H = [h0]
    for x in X:
        H.append(np.tanh(p["W_x"] @ x + p["W_h"] @ H[-1] + p["b"]))
    return np.array(H), H[-1] @ p["W_y"].T + p["b_y"]


# 2 Backpropagation through time


@wrong("bptt-check", cell="bptt", name="bptt", hint="W_h was multiplied with h_{t-1}")
def new_state_in_the_gradient(p, X, H, dY):
    grads, carried = {name: np.zeros_like(array) for name, array in p.items()}, np.zeros_like(H[0])
    for t in range(len(X), 0, -1):
        dz = (1 - H[t] ** 2) * (p["W_y"].T @ dY[t - 1] + carried)
        grads["W_y"] += np.outer(dY[t - 1], H[t])
        grads["b_y"] += dY[t - 1]
        grads["W_x"] += np.outer(dz, X[t - 1])
        grads["W_h"] += np.outer(dz, H[t])
        grads["b"] += dz
        carried = p["W_h"].T @ dz
    return {**grads, "h0": carried}


@wrong("bptt-check", cell="bptt", name="bptt", hint="The slope of tanh is missing")
def no_slope(p, X, H, dY):
    grads, carried = {name: np.zeros_like(array) for name, array in p.items()}, np.zeros_like(H[0])
    for t in range(len(X), 0, -1):
        dz = p["W_y"].T @ dY[t - 1] + carried
        grads["W_y"] += np.outer(dY[t - 1], H[t])
        grads["b_y"] += dY[t - 1]
        grads["W_x"] += np.outer(dz, X[t - 1])
        grads["W_h"] += np.outer(dz, H[t - 1])
        grads["b"] += dz
        carried = p["W_h"].T @ dz
    return {**grads, "h0": carried}


@wrong("bptt-check", cell="bptt", name="bptt", hint="not 1 - h_{t-1}**2")
def slope_of_the_old_state(p, X, H, dY):
    grads, carried = {name: np.zeros_like(array) for name, array in p.items()}, np.zeros_like(H[0])
    for t in range(len(X), 0, -1):
        dz = (1 - H[t - 1] ** 2) * (p["W_y"].T @ dY[t - 1] + carried)
        grads["W_y"] += np.outer(dY[t - 1], H[t])
        grads["b_y"] += dY[t - 1]
        grads["W_x"] += np.outer(dz, X[t - 1])
        grads["W_h"] += np.outer(dz, H[t - 1])
        grads["b"] += dz
        carried = p["W_h"].T @ dz
    return {**grads, "h0": carried}


@wrong("bptt-check", cell="bptt", name="bptt", hint="tanh was taken twice")
def tanh_twice(p, X, H, dY):
    grads, carried = {name: np.zeros_like(array) for name, array in p.items()}, np.zeros_like(H[0])
    for t in range(len(X), 0, -1):
        dz = (1 - np.tanh(H[t]) ** 2) * (p["W_y"].T @ dY[t - 1] + carried)
        grads["W_y"] += np.outer(dY[t - 1], H[t])
        grads["b_y"] += dY[t - 1]
        grads["W_x"] += np.outer(dz, X[t - 1])
        grads["W_h"] += np.outer(dz, H[t - 1])
        grads["b"] += dz
        carried = p["W_h"].T @ dz
    return {**grads, "h0": carried}


@wrong("bptt-check", cell="bptt", name="bptt", hint="the gradients of all steps are added")
def overwritten(p, X, H, dY):
    grads, carried = {}, np.zeros_like(H[0])
    for t in range(len(X), 0, -1):
        dz = (1 - H[t] ** 2) * (p["W_y"].T @ dY[t - 1] + carried)
        grads["W_y"] = np.outer(dY[t - 1], H[t])
        grads["b_y"] = dY[t - 1]
        grads["W_x"] = np.outer(dz, X[t - 1])
        grads["W_h"] = np.outer(dz, H[t - 1])
        grads["b"] = dz
        carried = p["W_h"].T @ dz
    return {**grads, "h0": carried}


@wrong("bptt-check", cell="bptt", name="bptt", hint="W_h is transposed: W_h.T @ dz")
def no_transpose(p, X, H, dY):
    grads, carried = {name: np.zeros_like(array) for name, array in p.items()}, np.zeros_like(H[0])
    for t in range(len(X), 0, -1):
        dz = (1 - H[t] ** 2) * (p["W_y"].T @ dY[t - 1] + carried)
        grads["W_y"] += np.outer(dY[t - 1], H[t])
        grads["b_y"] += dY[t - 1]
        grads["W_x"] += np.outer(dz, X[t - 1])
        grads["W_h"] += np.outer(dz, H[t - 1])
        grads["b"] += dz
        carried = p["W_h"] @ dz
    return {**grads, "h0": carried}


@wrong("bptt-check", cell="bptt", name="bptt", hint="The way through step 1's own output is missing")
def loss_at_the_end_only(p, X, H, dY):
    grads, dh = {name: np.zeros_like(array) for name, array in p.items()}, p["W_y"].T @ dY[-1]
    for t in range(len(X), 0, -1):
        dz = (1 - H[t] ** 2) * dh
        grads["W_y"] += np.outer(dY[t - 1], H[t])
        grads["b_y"] += dY[t - 1]
        grads["W_x"] += np.outer(dz, X[t - 1])
        grads["W_h"] += np.outer(dz, H[t - 1])
        grads["b"] += dz
        dh = p["W_h"].T @ dz
    return {**grads, "h0": dh}


@wrong("bptt-check", cell="bptt", name="bptt", hint="Nothing was carried from step 2")
def each_step_alone(p, X, H, dY):
    grads = {name: np.zeros_like(array) for name, array in p.items()}
    for t in range(len(X), 0, -1):
        dz = (1 - H[t] ** 2) * (p["W_y"].T @ dY[t - 1])
        grads["W_y"] += np.outer(dY[t - 1], H[t])
        grads["b_y"] += dY[t - 1]
        grads["W_x"] += np.outer(dz, X[t - 1])
        grads["W_h"] += np.outer(dz, H[t - 1])
        grads["b"] += dz
    return {**grads, "h0": p["W_h"].T @ dz}


@wrong("bptt-check", cell="bptt", name="bptt", hint="What is carried back piles up")
def carried_piles_up(p, X, H, dY):
    grads, carried = {name: np.zeros_like(array) for name, array in p.items()}, np.zeros_like(H[0])
    for t in range(len(X), 0, -1):
        dz = (1 - H[t] ** 2) * (p["W_y"].T @ dY[t - 1] + carried)
        grads["W_y"] += np.outer(dY[t - 1], H[t])
        grads["b_y"] += dY[t - 1]
        grads["W_x"] += np.outer(dz, X[t - 1])
        grads["W_h"] += np.outer(dz, H[t - 1])
        grads["b"] += dz
        carried = carried + p["W_h"].T @ dz
    return {**grads, "h0": carried}


@wrong("bptt-check", cell="bptt", name="bptt", hint="The gradient of b_y takes a contribution from every step")
def last_error_for_the_offset(p, X, H, dY):
    grads, carried = {name: np.zeros_like(array) for name, array in p.items()}, np.zeros_like(H[0])
    for t in range(len(X), 0, -1):
        dz = (1 - H[t] ** 2) * (p["W_y"].T @ dY[t - 1] + carried)
        grads["W_y"] += np.outer(dY[t - 1], H[t])
        grads["W_x"] += np.outer(dz, X[t - 1])
        grads["W_h"] += np.outer(dz, H[t - 1])
        grads["b"] += dz
        carried = p["W_h"].T @ dz
    return {**grads, "b_y": dY[-1], "h0": carried}


# 3 Truncated backpropagation


@wrong("truncated-check", cell="truncated", name="truncated_gradient", hint="This is the full gradient")
def not_cut(p, X, Y, h0, k):
    H, Y_hat = rnn_forward(p, X, h0)  # noqa: F821
    grads = bptt(p, X, H, Y_hat - Y)  # noqa: F821
    return 0.5 * float(np.sum((Y_hat - Y) ** 2)), {name: grads[name] for name in p}


@wrong("truncated-check", cell="truncated", name="truncated_gradient", hint="The second piece started at h0 again")
def state_reset_at_the_border(p, X, Y, h0, k):
    loss, total = 0.0, {name: np.zeros_like(array) for name, array in p.items()}
    for s in range(0, len(X), k):
        H, Y_hat = rnn_forward(p, X[s : s + k], h0)  # noqa: F821
        grads = bptt(p, X[s : s + k], H, Y_hat - Y[s : s + k])  # noqa: F821
        loss += 0.5 * float(np.sum((Y_hat - Y[s : s + k]) ** 2))
        total = {name: total[name] + grads[name] for name in total}
    return loss, total


@wrong("truncated-check", cell="truncated", name="truncated_gradient", hint="The last piece is missing")
def shorter_piece_dropped(p, X, Y, h0, k):
    H, Y_hat = rnn_forward(p, X, h0)  # noqa: F821
    total = {name: np.zeros_like(array) for name, array in p.items()}
    for j in range(len(X) // k):
        s = j * k
        grads = bptt(p, X[s : s + k], H[s : s + k + 1], (Y_hat - Y)[s : s + k])  # noqa: F821
        total = {name: total[name] + grads[name] for name in total}
    return 0.5 * float(np.sum((Y_hat - Y) ** 2)), total


@wrong("truncated-check", cell="truncated", name="truncated_gradient", hint="add up the gradients of all pieces")
def last_piece_only(p, X, Y, h0, k):
    H, Y_hat = rnn_forward(p, X, h0)  # noqa: F821
    for s in range(0, len(X), k):
        grads = bptt(p, X[s : s + k], H[s : s + k + 1], (Y_hat - Y)[s : s + k])  # noqa: F821
    return 0.5 * float(np.sum((Y_hat - Y) ** 2)), {name: grads[name] for name in p}


@wrong("truncated-check", cell="truncated", name="truncated_gradient", hint="the last k steps alone")
def last_k_steps(p, X, Y, h0, k):
    H, Y_hat = rnn_forward(p, X, h0)  # noqa: F821
    k = min(k, len(X))
    grads = bptt(p, X[-k:], H[-k - 1 :], (Y_hat - Y)[-k:])  # noqa: F821
    return 0.5 * float(np.sum((Y_hat - Y) ** 2)), {name: grads[name] for name in p}


@wrong("truncated-check", cell="truncated", name="truncated_gradient", hint="the loss of the last piece alone")
def loss_of_the_last_piece(p, X, Y, h0, k):
    total, h = {name: np.zeros_like(array) for name, array in p.items()}, h0
    for s in range(0, len(X), k):
        H, Y_hat = rnn_forward(p, X[s : s + k], h)  # noqa: F821
        errors, h = Y_hat - Y[s : s + k], H[-1]
        grads = bptt(p, X[s : s + k], H, errors)  # noqa: F821
        total = {name: total[name] + grads[name] for name in total}
    return 0.5 * float(np.sum(errors**2)), total


# 4 Too short, too long


@wrong("sizes-check", cell="sizes", name="gradient_sizes", hint="The slope of tanh is missing")
def sizes_without_slopes(W_h, H, g):
    sizes = [np.linalg.norm(g)]
    for _ in H[1:]:
        g = W_h.T @ g
        sizes.insert(0, np.linalg.norm(g))
    return np.array(sizes)


@wrong("sizes-check", cell="sizes", name="gradient_sizes", hint="On the way back W_h is transposed")
def sizes_forward_matrix(W_h, H, g):
    sizes = [np.linalg.norm(g)]
    for h in H[:0:-1]:
        g = W_h @ ((1 - h**2) * g)
        sizes.insert(0, np.linalg.norm(g))
    return np.array(sizes)


@wrong("sizes-check", cell="sizes", name="gradient_sizes", hint="first the slope at h_t, then W_h^T")
def slope_after_the_matrix(W_h, H, g):
    sizes = [np.linalg.norm(g)]
    for h in H[:0:-1]:
        g = (1 - h**2) * (W_h.T @ g)
        sizes.insert(0, np.linalg.norm(g))
    return np.array(sizes)


@wrong("sizes-check", cell="sizes", name="gradient_sizes", hint="entry t belongs to h_t")
def sizes_backwards(W_h, H, g):
    sizes = [np.linalg.norm(g)]
    for h in H[:0:-1]:
        g = W_h.T @ ((1 - h**2) * g)
        sizes.append(np.linalg.norm(g))
    return np.array(sizes)


@wrong("sizes-check", cell="sizes", name="clipped_step", hint="Each entry was clipped on its own")
def entries_clipped(parameters, gradients, eta, most):
    return [p - eta * np.clip(g, -most, most) for p, g in zip(parameters, gradients)]


@wrong("sizes-check", cell="sizes", name="clipped_step", hint="the norm is that of all gradients together")
def arrays_clipped(parameters, gradients, eta, most):
    return [p - eta * g * min(1, most / np.linalg.norm(g)) for p, g in zip(parameters, gradients)]


@wrong("sizes-check", cell="sizes", name="clipped_step", hint="clipping never lengthens")
def always_rescaled(parameters, gradients, eta, most):
    size = np.sqrt(sum(np.sum(g**2) for g in gradients))
    return [p - eta * most / size * g for p, g in zip(parameters, gradients)]


@wrong("sizes-check", cell="sizes", name="clipped_step", hint="It is compared before eta comes in")
def step_compared(parameters, gradients, eta, most):
    size = eta * np.sqrt(sum(np.sum(g**2) for g in gradients))
    return [p - eta * min(1, most / size) * g for p, g in zip(parameters, gradients)]


@wrong("sizes-check", cell="sizes", name="clipped_step", hint="The largest entry was taken for the norm")
def largest_entry(parameters, gradients, eta, most):
    size = max(np.max(np.abs(g)) for g in gradients)
    return [p - eta * min(1, most / size) * g for p, g in zip(parameters, gradients)]


# 5 One step of an LSTM


@wrong("lstm-check", cell="lstm", name="lstm_step", hint="Forget and input gate are swapped")
def gates_swapped(p, x, h, c):
    i, f, o, g = np.split(p["W"] @ np.concatenate([h, x]) + p["b"], 4)
    f, i, o = (1 / (1 + np.exp(-v)) for v in (f, i, o))
    c = f * c + i * np.tanh(g)
    return o * np.tanh(c), c


@wrong("lstm-check", cell="lstm", name="lstm_step", hint="PyTorch's blocks")
def order_of_pytorch(p, x, h, c):
    i, f, g, o = np.split(p["W"] @ np.concatenate([h, x]) + p["b"], 4)
    f, i, o = (1 / (1 + np.exp(-v)) for v in (f, i, o))
    c = f * c + i * np.tanh(g)
    return o * np.tanh(c), c


@wrong("lstm-check", cell="lstm", name="lstm_step", hint="The tanh of c is missing")
def no_tanh_of_c(p, x, h, c):
    f, i, o, g = np.split(p["W"] @ np.concatenate([h, x]) + p["b"], 4)
    f, i, o = (1 / (1 + np.exp(-v)) for v in (f, i, o))
    c = f * c + i * np.tanh(g)
    return o * c, c


@wrong("lstm-check", cell="lstm", name="lstm_step", hint="goes through tanh, not through a sigmoid")
def sigmoid_candidate(p, x, h, c):
    f, i, o, g = (1 / (1 + np.exp(-v)) for v in np.split(p["W"] @ np.concatenate([h, x]) + p["b"], 4))
    c = f * c + i * g
    return o * np.tanh(c), c


@wrong("lstm-check", cell="lstm", name="lstm_step", hint="h comes from the new c")
def h_from_the_old_c(p, x, h, c):
    f, i, o, g = np.split(p["W"] @ np.concatenate([h, x]) + p["b"], 4)
    f, i, o = (1 / (1 + np.exp(-v)) for v in (f, i, o))
    return o * np.tanh(c), f * c + i * np.tanh(g)


@wrong("lstm-check", cell="lstm", name="lstm_step", hint="The state comes before the input")
def input_first(p, x, h, c):
    f, i, o, g = np.split(p["W"] @ np.concatenate([x, h]) + p["b"], 4)
    f, i, o = (1 / (1 + np.exp(-v)) for v in (f, i, o))
    c = f * c + i * np.tanh(g)
    return o * np.tanh(c), c


@wrong("lstm-check", cell="lstm", name="lstm_step", hint="n consecutive rows each")
def gates_interleaved(p, x, h, c):
    f, i, o, g = (p["W"] @ np.concatenate([h, x]) + p["b"]).reshape(-1, 4).T
    f, i, o = (1 / (1 + np.exp(-v)) for v in (f, i, o))
    c = f * c + i * np.tanh(g)
    return o * np.tanh(c), c


@wrong("lstm-check", cell="lstm", name="lstm_step", hint="multiplies the old c alone")
def new_part_forgotten_too(p, x, h, c):
    f, i, o, g = np.split(p["W"] @ np.concatenate([h, x]) + p["b"], 4)
    f, i, o = (1 / (1 + np.exp(-v)) for v in (f, i, o))
    c = f * (c + i * np.tanh(g))
    return o * np.tanh(c), c


@wrong("lstm-check", cell="lstm", name="lstm_step", hint="the gate multiplies after the tanh")
def gate_inside_the_tanh(p, x, h, c):
    f, i, o, g = np.split(p["W"] @ np.concatenate([h, x]) + p["b"], 4)
    f, i, o = (1 / (1 + np.exp(-v)) for v in (f, i, o))
    c = f * c + i * np.tanh(g)
    return np.tanh(o * c), c


# 6 The same step, backwards


@wrong("back-check", cell="back", name="lstm_step_back", hint="must be added")
def dc_forgotten(p, x, h, c, dh, dc):
    v = np.concatenate([h, x])
    f, i, o, g = np.split(p["W"] @ v + p["b"], 4)
    f, i, o, g = 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-o)), np.tanh(g)
    t = np.tanh(f * c + i * g)
    s = dh * o * (1 - t**2)
    dz = np.concatenate([s * c * f * (1 - f), s * g * i * (1 - i), dh * t * o * (1 - o), s * i * (1 - g**2)])
    return np.outer(dz, v), dz, (p["W"].T @ dz)[: len(h)], s * f


@wrong("back-check", cell="back", name="lstm_step_back", hint="The way through h is missing")
def dh_not_through_c(p, x, h, c, dh, dc):
    v = np.concatenate([h, x])
    f, i, o, g = np.split(p["W"] @ v + p["b"], 4)
    f, i, o, g = 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-o)), np.tanh(g)
    t = np.tanh(f * c + i * g)
    dz = np.concatenate([dc * c * f * (1 - f), dc * g * i * (1 - i), dh * t * o * (1 - o), dc * i * (1 - g**2)])
    return np.outer(dz, v), dz, (p["W"].T @ dz)[: len(h)], dc * f


@wrong("back-check", cell="back", name="lstm_step_back", hint="the forget gate f is a factor")
def forget_gate_forgotten(p, x, h, c, dh, dc):
    v = np.concatenate([h, x])
    f, i, o, g = np.split(p["W"] @ v + p["b"], 4)
    f, i, o, g = 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-o)), np.tanh(g)
    t = np.tanh(f * c + i * g)
    s = dc + dh * o * (1 - t**2)
    dz = np.concatenate([s * c * f * (1 - f), s * g * i * (1 - i), dh * t * o * (1 - o), s * i * (1 - g**2)])
    return np.outer(dz, v), dz, (p["W"].T @ dz)[: len(h)], s


@wrong("back-check", cell="back", name="lstm_step_back", hint="h is not tanh(c)")
def slope_from_h(p, x, h, c, dh, dc):
    v = np.concatenate([h, x])
    f, i, o, g = np.split(p["W"] @ v + p["b"], 4)
    f, i, o, g = 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-o)), np.tanh(g)
    t = np.tanh(f * c + i * g)
    s = dc + dh * o * (1 - (o * t) ** 2)
    dz = np.concatenate([s * c * f * (1 - f), s * g * i * (1 - i), dh * t * o * (1 - o), s * i * (1 - g**2)])
    return np.outer(dz, v), dz, (p["W"].T @ dz)[: len(h)], s * f


@wrong("back-check", cell="back", name="lstm_step_back", hint="The slopes of the gates are missing")
def no_gate_slopes(p, x, h, c, dh, dc):
    v = np.concatenate([h, x])
    f, i, o, g = np.split(p["W"] @ v + p["b"], 4)
    f, i, o, g = 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-o)), np.tanh(g)
    t = np.tanh(f * c + i * g)
    s = dc + dh * o * (1 - t**2)
    dz = np.concatenate([s * c, s * g, dh * t, s * i])
    return np.outer(dz, v), dz, (p["W"].T @ dz)[: len(h)], s * f


@wrong("back-check", cell="back", name="lstm_step_back", hint="f was multiplied with the old c")
def new_c_for_the_forget_gate(p, x, h, c, dh, dc):
    v = np.concatenate([h, x])
    f, i, o, g = np.split(p["W"] @ v + p["b"], 4)
    f, i, o, g = 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-o)), np.tanh(g)
    new = f * c + i * g
    t = np.tanh(new)
    s = dc + dh * o * (1 - t**2)
    dz = np.concatenate([s * new * f * (1 - f), s * g * i * (1 - i), dh * t * o * (1 - o), s * i * (1 - g**2)])
    return np.outer(dz, v), dz, (p["W"].T @ dz)[: len(h)], s * f


@wrong("back-check", cell="back", name="lstm_step_back", hint="its slope is 1 - g**2")
def sigmoid_slope_for_the_candidate(p, x, h, c, dh, dc):
    v = np.concatenate([h, x])
    f, i, o, g = np.split(p["W"] @ v + p["b"], 4)
    f, i, o, g = 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-o)), np.tanh(g)
    t = np.tanh(f * c + i * g)
    s = dc + dh * o * (1 - t**2)
    dz = np.concatenate([s * c * f * (1 - f), s * g * i * (1 - i), dh * t * o * (1 - o), s * i * g * (1 - g)])
    return np.outer(dz, v), dz, (p["W"].T @ dz)[: len(h)], s * f


@wrong("back-check", cell="back", name="lstm_step_back", hint="the first n entries are dL/dh")
def state_and_input_together(p, x, h, c, dh, dc):
    v = np.concatenate([h, x])
    f, i, o, g = np.split(p["W"] @ v + p["b"], 4)
    f, i, o, g = 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-o)), np.tanh(g)
    t = np.tanh(f * c + i * g)
    s = dc + dh * o * (1 - t**2)
    dz = np.concatenate([s * c * f * (1 - f), s * g * i * (1 - i), dh * t * o * (1 - o), s * i * (1 - g**2)])
    return np.outer(dz, v), dz, p["W"].T @ dz, s * f


@wrong("back-check", cell="back", name="lstm_step_back", hint="dL/do is dh times tanh(c)")
def output_gate_without_the_cell(p, x, h, c, dh, dc):
    v = np.concatenate([h, x])
    f, i, o, g = np.split(p["W"] @ v + p["b"], 4)
    f, i, o, g = 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-o)), np.tanh(g)
    t = np.tanh(f * c + i * g)
    s = dc + dh * o * (1 - t**2)
    dz = np.concatenate([s * c * f * (1 - f), s * g * i * (1 - i), dh * o * (1 - o), s * i * (1 - g**2)])
    return np.outer(dz, v), dz, (p["W"].T @ dz)[: len(h)], s * f


@wrong("back-check", cell="back", name="lstm_step_back", hint="one factor f for all of it")
def dc_added_once_more(p, x, h, c, dh, dc):
    v = np.concatenate([h, x])
    f, i, o, g = np.split(p["W"] @ v + p["b"], 4)
    f, i, o, g = 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-o)), np.tanh(g)
    t = np.tanh(f * c + i * g)
    s = dc + dh * o * (1 - t**2)
    dz = np.concatenate([s * c * f * (1 - f), s * g * i * (1 - i), dh * t * o * (1 - o), s * i * (1 - g**2)])
    return np.outer(dz, v), dz, (p["W"].T @ dz)[: len(h)], s * f + dc


# 7 A memory made by hand


@wrong("memory-check", cell="memory", name="lstm_run", hint="every step began at zero")
def nothing_carried(p, X):
    zero = np.zeros(len(p["b"]) // 4)
    pairs = [lstm_step(p, x, zero, zero) for x in X]  # noqa: F821
    return np.array([h for h, _ in pairs]), np.array([c for _, c in pairs])


@wrong("memory-check", cell="memory", name="lstm_run", hint="h is not carried on")
def only_c_carried(p, X):
    zero = c = np.zeros(len(p["b"]) // 4)
    H, C = [], []
    for x in X:
        h, c = lstm_step(p, x, zero, c)  # noqa: F821
        H.append(h)
        C.append(c)
    return np.array(H), np.array(C)


@wrong("memory-check", cell="memory", name="lstm_run", hint="C holds the cell states as they are")
def squashed_cells(p, X):
    h = c = np.zeros(len(p["b"]) // 4)
    H, C = [], []
    for x in X:
        h, c = lstm_step(p, x, h, c)  # noqa: F821
        H.append(h)
        C.append(np.tanh(c))
    return np.array(H), np.array(C)


@wrong("memory-check", cell="memory", name="memory_weights", hint="with s = 1 the forget gate must be shut")
def forget_gate_always_open():
    W = np.array([[0.0, 0.0, 0.0], [0.0, 40.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 20.0]])
    return {"W": W, "b": np.array([20.0, -20.0, 20.0, 0.0])}


@wrong("memory-check", cell="memory", name="memory_weights", hint="there the input gate must be shut")
def input_gate_always_open():
    W = np.array([[0.0, -40.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 20.0]])
    return {"W": W, "b": np.array([20.0, 20.0, 20.0, 0.0])}


@wrong("memory-check", cell="memory", name="memory_weights", hint="loses a little every step")
def gates_not_far_enough():
    W = np.array([[0.0, -10.0, 0.0], [0.0, 10.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 5.0]])
    return {"W": W, "b": np.array([5.0, -5.0, 5.0, 0.0])}


@wrong("memory-check", cell="memory", name="memory_weights", hint="with s = 0 the forget gate must be open")
def forget_gate_without_bias():
    W = np.array([[0.0, -40.0, 0.0], [0.0, 40.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 20.0]])
    return {"W": W, "b": np.array([0.0, -20.0, 20.0, 0.0])}


# 8 One step of a GRU


@wrong("gru-check", cell="gru", name="gru_step", hint="The gates are swapped")
def reset_and_update_swapped(p, x, h, reset):
    def sigma(z):
        return 1 / (1 + np.exp(-z))

    W, U, b = (p[name].reshape(3, len(h), -1) for name in ("W", "U", "b"))
    b = b[..., 0]
    u, r = (sigma(W[k] @ x + U[k] @ h + b[k]) for k in (0, 1))
    from_h = r * (U[2] @ h + p["b_prime"]) if reset == "after" else U[2] @ (r * h) + p["b_prime"]
    return (1 - u) * np.tanh(W[2] @ x + b[2] + from_h) + u * h


@wrong("gru-check", cell="gru", name="gru_step", hint="after the matrix product")
def reset_always_before_the_product(p, x, h, reset):
    def sigma(z):
        return 1 / (1 + np.exp(-z))

    W, U, b = (p[name].reshape(3, len(h), -1) for name in ("W", "U", "b"))
    b = b[..., 0]
    r, u = (sigma(W[k] @ x + U[k] @ h + b[k]) for k in (0, 1))
    from_h = U[2] @ (r * h) + p["b_prime"]
    return (1 - u) * np.tanh(W[2] @ x + b[2] + from_h) + u * h


@wrong("gru-check", cell="gru", name="gru_step", hint="before the matrix product")
def reset_always_after_the_product(p, x, h, reset):
    def sigma(z):
        return 1 / (1 + np.exp(-z))

    W, U, b = (p[name].reshape(3, len(h), -1) for name in ("W", "U", "b"))
    b = b[..., 0]
    r, u = (sigma(W[k] @ x + U[k] @ h + b[k]) for k in (0, 1))
    from_h = r * (U[2] @ h + p["b_prime"])
    return (1 - u) * np.tanh(W[2] @ x + b[2] + from_h) + u * h


@wrong("gru-check", cell="gru", name="gru_step", hint="after the matrix product")
def the_two_forms_exchanged(p, x, h, reset):
    def sigma(z):
        return 1 / (1 + np.exp(-z))

    W, U, b = (p[name].reshape(3, len(h), -1) for name in ("W", "U", "b"))
    b = b[..., 0]
    r, u = (sigma(W[k] @ x + U[k] @ h + b[k]) for k in (0, 1))
    from_h = r * (U[2] @ h + p["b_prime"]) if reset == "before" else U[2] @ (r * h) + p["b_prime"]
    return (1 - u) * np.tanh(W[2] @ x + b[2] + from_h) + u * h


@wrong("gru-check", cell="gru", name="gru_step", hint="as a whole")
def second_bias_outside_the_reset(p, x, h, reset):
    def sigma(z):
        return 1 / (1 + np.exp(-z))

    W, U, b = (p[name].reshape(3, len(h), -1) for name in ("W", "U", "b"))
    b = b[..., 0]
    r, u = (sigma(W[k] @ x + U[k] @ h + b[k]) for k in (0, 1))
    from_h = (r * (U[2] @ h) if reset == "after" else U[2] @ (r * h)) + p["b_prime"]
    return (1 - u) * np.tanh(W[2] @ x + b[2] + from_h) + u * h


@wrong("gru-check", cell="gru", name="gru_step", hint="u is the share of the old state")
def state_and_candidate_exchanged(p, x, h, reset):
    def sigma(z):
        return 1 / (1 + np.exp(-z))

    W, U, b = (p[name].reshape(3, len(h), -1) for name in ("W", "U", "b"))
    b = b[..., 0]
    r, u = (sigma(W[k] @ x + U[k] @ h + b[k]) for k in (0, 1))
    from_h = r * (U[2] @ h + p["b_prime"]) if reset == "after" else U[2] @ (r * h) + p["b_prime"]
    return u * np.tanh(W[2] @ x + b[2] + from_h) + (1 - u) * h


@wrong("gru-check", cell="gru", name="gru_step", hint="The reset gate is missing")
def no_reset_gate(p, x, h, reset):
    def sigma(z):
        return 1 / (1 + np.exp(-z))

    W, U, b = (p[name].reshape(3, len(h), -1) for name in ("W", "U", "b"))
    b = b[..., 0]
    u = sigma(W[1] @ x + U[1] @ h + b[1])
    from_h = U[2] @ h + p["b_prime"]
    return (1 - u) * np.tanh(W[2] @ x + b[2] + from_h) + u * h


@wrong("gru-check", cell="gru", name="gru_step", hint="tanh, not through a sigmoid")
def candidate_by_sigmoid(p, x, h, reset):
    def sigma(z):
        return 1 / (1 + np.exp(-z))

    W, U, b = (p[name].reshape(3, len(h), -1) for name in ("W", "U", "b"))
    b = b[..., 0]
    r, u = (sigma(W[k] @ x + U[k] @ h + b[k]) for k in (0, 1))
    from_h = r * (U[2] @ h + p["b_prime"]) if reset == "after" else U[2] @ (r * h) + p["b_prime"]
    return (1 - u) * sigma(W[2] @ x + b[2] + from_h) + u * h


@wrong("gru-check", cell="gru", name="gru_step", hint="The second bias b'_n of the candidate is missing")
def second_bias_forgotten(p, x, h, reset):
    def sigma(z):
        return 1 / (1 + np.exp(-z))

    W, U, b = (p[name].reshape(3, len(h), -1) for name in ("W", "U", "b"))
    b = b[..., 0]
    r, u = (sigma(W[k] @ x + U[k] @ h + b[k]) for k in (0, 1))
    from_h = r * (U[2] @ h) if reset == "after" else U[2] @ (r * h)
    return (1 - u) * np.tanh(W[2] @ x + b[2] + from_h) + u * h


@wrong("gru-check", cell="gru", name="gru_step", hint="not the input and its bias")
def reset_on_the_whole_candidate(p, x, h, reset):
    def sigma(z):
        return 1 / (1 + np.exp(-z))

    W, U, b = (p[name].reshape(3, len(h), -1) for name in ("W", "U", "b"))
    b = b[..., 0]
    r, u = (sigma(W[k] @ x + U[k] @ h + b[k]) for k in (0, 1))
    return (1 - u) * np.tanh(r * (W[2] @ x + b[2] + U[2] @ h + p["b_prime"])) + u * h


@wrong("gru-check", cell="gru", name="gru_step", hint="what is kept is u times h")
def reset_on_what_is_kept(p, x, h, reset):
    def sigma(z):
        return 1 / (1 + np.exp(-z))

    W, U, b = (p[name].reshape(3, len(h), -1) for name in ("W", "U", "b"))
    b = b[..., 0]
    r, u = (sigma(W[k] @ x + U[k] @ h + b[k]) for k in (0, 1))
    from_h = r * (U[2] @ h + p["b_prime"]) if reset == "after" else U[2] @ (r * h) + p["b_prime"]
    return (1 - u) * np.tanh(W[2] @ x + b[2] + from_h) + u * r * h


@wrong("gru-check", cell="gru", name="gru_step", hint="This is the candidate")
def candidate_returned(p, x, h, reset):
    def sigma(z):
        return 1 / (1 + np.exp(-z))

    W, U, b = (p[name].reshape(3, len(h), -1) for name in ("W", "U", "b"))
    b = b[..., 0]
    r = sigma(W[0] @ x + U[0] @ h + b[0])
    from_h = r * (U[2] @ h + p["b_prime"]) if reset == "after" else U[2] @ (r * h) + p["b_prime"]
    return np.tanh(W[2] @ x + b[2] + from_h)


# 9 Is the forecast better than none?


@wrong("forecast-check", cell="forecast", name="forecast_errors", hint="feed back its own forecast instead")
def fed_with_true_values(one_ahead, series, start, ahead):
    origins = range(start, len(series) - ahead + 1)
    model = [one_ahead(series[: t + ahead - 1]) - series[t - 1 + ahead] for t in origins]
    naive = [series[t - 1] - series[t - 1 + ahead] for t in origins]
    return tuple(float(np.sqrt(np.mean(np.square(e)))) for e in (model, naive))


@wrong("forecast-check", cell="forecast", name="forecast_errors", hint="The last origin is missing")
def last_origin_missing(one_ahead, series, start, ahead):
    model, naive = [], []
    for t in range(start, len(series) - ahead):
        past = list(series[:t])
        for _ in range(ahead):
            past.append(one_ahead(np.array(past)))
        model.append(past[-1] - series[t - 1 + ahead])
        naive.append(series[t - 1] - series[t - 1 + ahead])
    return tuple(float(np.sqrt(np.mean(np.square(e)))) for e in (model, naive))


@wrong("forecast-check", cell="forecast", name="forecast_errors", hint="not the one before the target")
def naive_knows_too_much(one_ahead, series, start, ahead):
    model, naive = [], []
    for t in range(start, len(series) - ahead + 1):
        past = list(series[:t])
        for _ in range(ahead):
            past.append(one_ahead(np.array(past)))
        model.append(past[-1] - series[t - 1 + ahead])
        naive.append(series[t - 2 + ahead] - series[t - 1 + ahead])
    return tuple(float(np.sqrt(np.mean(np.square(e)))) for e in (model, naive))


@wrong("forecast-check", cell="forecast", name="forecast_errors", hint="the mean of the absolute errors")
def absolute_errors(one_ahead, series, start, ahead):
    model, naive = [], []
    for t in range(start, len(series) - ahead + 1):
        past = list(series[:t])
        for _ in range(ahead):
            past.append(one_ahead(np.array(past)))
        model.append(past[-1] - series[t - 1 + ahead])
        naive.append(series[t - 1] - series[t - 1 + ahead])
    return tuple(float(np.mean(np.abs(e))) for e in (model, naive))


@wrong("forecast-check", cell="forecast", name="forecast_errors", hint="asked for one step only")
def one_step_for_all(one_ahead, series, start, ahead):
    origins = range(start, len(series) - ahead + 1)
    model = [one_ahead(series[:t]) - series[t - 1 + ahead] for t in origins]
    naive = [series[t - 1] - series[t - 1 + ahead] for t in origins]
    return tuple(float(np.sqrt(np.mean(np.square(e)))) for e in (model, naive))


@wrong("forecast-check", cell="forecast", name="forecast_errors", hint="not given the last known value")
def past_one_short(one_ahead, series, start, ahead):
    model, naive = [], []
    for t in range(start, len(series) - ahead + 1):
        past = list(series[: t - 1])
        for _ in range(ahead):
            past.append(one_ahead(np.array(past)))
        model.append(past[-1] - series[t - 1 + ahead])
        naive.append(series[t - 1] - series[t - 1 + ahead])
    return tuple(float(np.sqrt(np.mean(np.square(e)))) for e in (model, naive))


@wrong("forecast-check", cell="forecast", name="forecast_errors", hint="known at its own origin, not at the first one")
def naive_from_the_first_origin(one_ahead, series, start, ahead):
    model, naive = [], []
    for t in range(start, len(series) - ahead + 1):
        past = list(series[:t])
        for _ in range(ahead):
            past.append(one_ahead(np.array(past)))
        model.append(past[-1] - series[t - 1 + ahead])
        naive.append(series[start - 1] - series[t - 1 + ahead])
    return tuple(float(np.sqrt(np.mean(np.square(e)))) for e in (model, naive))


@wrong("forecast-check", cell="forecast", name="forecast_errors", hint="a model is given the whole past")
def a_window_in_place_of_the_past(one_ahead, series, start, ahead):
    model, naive = [], []
    for t in range(start, len(series) - ahead + 1):
        past = list(series[t - start : t])
        for _ in range(ahead):
            past.append(one_ahead(np.array(past)))
        model.append(past[-1] - series[t - 1 + ahead])
        naive.append(series[t - 1] - series[t - 1 + ahead])
    return tuple(float(np.sqrt(np.mean(np.square(e)))) for e in (model, naive))


# 10 A model that writes


@wrong("characters-check", cell="characters", name="next_distribution", hint="The temperature was multiplied")
def temperature_multiplied(p, alphabet, text, temperature):
    X = np.eye(len(alphabet))[[alphabet.index(character) for character in text]]
    z = rnn_forward(p, X, np.zeros(len(p["b"])))[1][-1] * temperature  # noqa: F821
    e = np.exp(z - z.max())
    return e / e.sum()


@wrong("characters-check", cell="characters", name="next_distribution", hint="The temperature has no effect")
def temperature_on_probabilities(p, alphabet, text, temperature):
    X = np.eye(len(alphabet))[[alphabet.index(character) for character in text]]
    z = rnn_forward(p, X, np.zeros(len(p["b"])))[1][-1]  # noqa: F821
    q = np.exp(z - z.max()) / temperature
    return q / q.sum()


@wrong("characters-check", cell="characters", name="next_distribution", hint="Only the last character was read")
def no_memory(p, alphabet, text, temperature):
    X = np.eye(len(alphabet))[[alphabet.index(text[-1])]]
    z = rnn_forward(p, X, np.zeros(len(p["b"])))[1][-1] / temperature  # noqa: F821
    e = np.exp(z - z.max())
    return e / e.sum()


@wrong("characters-check", cell="characters", name="next_distribution", hint="exp overflowed")
def overflow(p, alphabet, text, temperature):
    X = np.eye(len(alphabet))[[alphabet.index(character) for character in text]]
    with np.errstate(all="ignore"):
        e = np.exp(rnn_forward(p, X, np.zeros(len(p["b"])))[1][-1] / temperature)  # noqa: F821
        return e / e.sum()


@wrong("characters-check", cell="characters", name="write", hint="Always the most probable character")
def always_the_largest(p, alphabet, prompt, n, temperature, rng):
    for _ in range(n):
        prompt += alphabet[int(np.argmax(next_distribution(p, alphabet, prompt, temperature)))]  # noqa: F821
    return prompt


@wrong("characters-check", cell="characters", name="write", hint="each draw was made after the prompt alone")
def nothing_read_back(p, alphabet, prompt, n, temperature, rng):
    q = next_distribution(p, alphabet, prompt, temperature)  # noqa: F821
    return prompt + "".join(alphabet[int(rng.choice(len(alphabet), p=q))] for _ in range(n))


@wrong("characters-check", cell="characters", name="write", hint="The prompt belongs to the text")
def without_the_prompt(p, alphabet, prompt, n, temperature, rng):
    text = prompt
    for _ in range(n):
        q = next_distribution(p, alphabet, text, temperature)  # noqa: F821
        text += alphabet[int(rng.choice(len(alphabet), p=q))]
    return text[len(prompt) :]


@wrong("characters-check", cell="characters", name="write", hint="from the rng that is passed")
def generator_of_its_own(p, alphabet, prompt, n, temperature, rng):
    rng = np.random.default_rng(42)
    for _ in range(n):
        q = next_distribution(p, alphabet, prompt, temperature)  # noqa: F821
        prompt += alphabet[int(rng.choice(len(alphabet), p=q))]
    return prompt

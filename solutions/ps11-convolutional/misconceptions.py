"""Wrong solutions of problem set 11, from slips with borders, axes, channels, strides, ties and sums over places."""

# ruff: noqa: E741, F821 (O is the number of filters; convolve, pool and others are the student's own names)

import numpy as np

from classroom.misconception import wrong

# 1 Sizes and parameters


@wrong("table-check", cell="table", name="layer_table", hint="A kernel runs through all channels")
def one_kernel_for_all_channels(shape, layers):
    table = []
    for kind, number, *rest in layers:
        if kind == "dense":
            count, shape = number * int(np.prod(shape)) + number, (number,)
        elif kind == "pool":
            count, shape = 0, (shape[0] // number, shape[1] // number, shape[2])
        else:
            kernel, stride, padding = rest
            sides = [(side + 2 * padding - kernel) // stride + 1 for side in shape[:2]]
            count, shape = number * kernel**2 + number, (*sides, number)
        table.append((count, shape))
    return table


@wrong("table-check", cell="table", name="layer_table", hint="Every filter and every dense unit has a bias")
def biases_not_counted(shape, layers):
    table = []
    for kind, number, *rest in layers:
        if kind == "dense":
            count, shape = number * int(np.prod(shape)), (number,)
        elif kind == "pool":
            count, shape = 0, (shape[0] // number, shape[1] // number, shape[2])
        else:
            kernel, stride, padding = rest
            sides = [(side + 2 * padding - kernel) // stride + 1 for side in shape[:2]]
            count, shape = number * kernel**2 * shape[2], (*sides, number)
        table.append((count, shape))
    return table


@wrong("table-check", cell="table", name="layer_table", hint="H - K + 1 places")
def one_place_too_few(shape, layers):
    table = []
    for kind, number, *rest in layers:
        if kind == "dense":
            count, shape = number * int(np.prod(shape)) + number, (number,)
        elif kind == "pool":
            count, shape = 0, (shape[0] // number, shape[1] // number, shape[2])
        else:
            kernel, stride, padding = rest
            sides = [(side + 2 * padding - kernel) // stride for side in shape[:2]]
            count, shape = number * kernel**2 * shape[2] + number, (*sides, number)
        table.append((count, shape))
    return table


@wrong("table-check", cell="table", name="layer_table", hint="on both sides")
def padding_on_one_side(shape, layers):
    table = []
    for kind, number, *rest in layers:
        if kind == "dense":
            count, shape = number * int(np.prod(shape)) + number, (number,)
        elif kind == "pool":
            count, shape = 0, (shape[0] // number, shape[1] // number, shape[2])
        else:
            kernel, stride, padding = rest
            sides = [(side + padding - kernel) // stride + 1 for side in shape[:2]]
            count, shape = number * kernel**2 * shape[2] + number, (*sides, number)
        table.append((count, shape))
    return table


@wrong("table-check", cell="table", name="layer_table", hint="must lie inside the image as a whole")
def size_rounded_up(shape, layers):
    table = []
    for kind, number, *rest in layers:
        if kind == "dense":
            count, shape = number * int(np.prod(shape)) + number, (number,)
        elif kind == "pool":
            count, shape = 0, (-(-shape[0] // number), -(-shape[1] // number), shape[2])
        else:
            kernel, stride, padding = rest
            sides = [-(-(side + 2 * padding - kernel) // stride) + 1 for side in shape[:2]]
            count, shape = number * kernel**2 * shape[2] + number, (*sides, number)
        table.append((count, shape))
    return table


@wrong("table-check", cell="table", name="layer_table", hint="a weight for every place")
def weights_not_shared(shape, layers):
    table = []
    for kind, number, *rest in layers:
        if kind == "dense":
            count, shape = number * int(np.prod(shape)) + number, (number,)
        elif kind == "pool":
            count, shape = 0, (shape[0] // number, shape[1] // number, shape[2])
        else:
            kernel, stride, padding = rest
            height, width = [(side + 2 * padding - kernel) // stride + 1 for side in shape[:2]]
            count = height * width * (number * kernel**2 * shape[2] + number)
            shape = (height, width, number)
        table.append((count, shape))
    return table


@wrong("table-check", cell="table", name="layer_table", hint="There is nothing to learn in pooling")
def pooling_with_weights(shape, layers):
    table = []
    for kind, number, *rest in layers:
        if kind == "dense":
            count, shape = number * int(np.prod(shape)) + number, (number,)
        elif kind == "pool":
            count, shape = number**2, (shape[0] // number, shape[1] // number, shape[2])
        else:
            kernel, stride, padding = rest
            sides = [(side + 2 * padding - kernel) // stride + 1 for side in shape[:2]]
            count, shape = number * kernel**2 * shape[2] + number, (*sides, number)
        table.append((count, shape))
    return table


@wrong("table-check", cell="table", name="layer_table", hint="Channels are inputs of a dense layer too")
def dense_without_the_channels(shape, layers):
    table = []
    for kind, number, *rest in layers:
        if kind == "dense":
            count, shape = number * int(np.prod(shape[:2])) + number, (number,)
        elif kind == "pool":
            count, shape = 0, (shape[0] // number, shape[1] // number, shape[2])
        else:
            kernel, stride, padding = rest
            sides = [(side + 2 * padding - kernel) // stride + 1 for side in shape[:2]]
            count, shape = number * kernel**2 * shape[2] + number, (*sides, number)
        table.append((count, shape))
    return table


@wrong("table-check", cell="table", name="layer_table", hint="Height and width are swapped")
def height_and_width_swapped(shape, layers):
    table = []
    for kind, number, *rest in layers:
        if kind == "dense":
            count, shape = number * int(np.prod(shape)) + number, (number,)
        elif kind == "pool":
            count, shape = 0, (shape[0] // number, shape[1] // number, shape[2])
        else:
            k, s, p = rest
            sides = [(x + 2 * p - k) // s + 1 for x in (shape[1], shape[0])]
            count, shape = number * k**2 * shape[2] + number, (*sides, number)
        table.append((count, shape))
    return table


@wrong("table-check", cell="table", name="layer_table", hint="its own layer, not the sum so far")
def parameters_summed_up(shape, layers):
    table, total = [], 0
    for kind, number, *rest in layers:
        if kind == "dense":
            count, shape = number * int(np.prod(shape)) + number, (number,)
        elif kind == "pool":
            count, shape = 0, (shape[0] // number, shape[1] // number, shape[2])
        else:
            kernel, stride, padding = rest
            sides = [(side + 2 * padding - kernel) // stride + 1 for side in shape[:2]]
            count, shape = number * kernel**2 * shape[2] + number, (*sides, number)
        total += count
        table.append((total, shape))
    return table


@wrong("table-check", cell="table", name="layer_table", hint="The channels come last here")
def channels_first(shape, layers):
    table, (h, w, c) = [], shape
    for kind, number, *rest in layers:
        if kind == "dense":
            c, h, w = number, 1, 1
            table.append((number * int(np.prod(shape)) + number, (number,)))
        elif kind == "pool":
            h, w = h // number, w // number
            table.append((0, (c, h, w)))
        else:
            kernel, stride, padding = rest
            h, w = ((side + 2 * padding - kernel) // stride + 1 for side in (h, w))
            table.append((number * kernel**2 * c + number, (number, h, w)))
            c = number
        shape = table[-1][1]
    return table


# 2 Shared weights in one dimension


@wrong("shared-check", cell="shared", name="shared", hint="adds up over the places")
def last_place_alone(w, v, x):
    K = len(w)
    sums = np.array([w @ x[i : i + K] for i in range(len(x) - K + 1)])
    z = np.maximum(sums, 0)
    y = max(0.0, v @ z)
    dw = np.zeros(K)
    for i in range(len(sums)):
        dw = (y > 0) * v[i] * (sums[i] > 0) * x[i : i + K]
    return z, y, dw


@wrong("shared-check", cell="shared", name="shared", hint="adds up over the places")
def mean_over_the_places(w, v, x):
    K = len(w)
    windows = np.array([x[i : i + K] for i in range(len(x) - K + 1)])
    z = np.maximum(windows @ w, 0)
    y = max(0.0, v @ z)
    return z, y, (y > 0) * (v * (z > 0)) @ windows / len(z)


@wrong("shared-check", cell="shared", name="shared", hint="The kernel is not turned round")
def kernel_turned_round(w, v, x):
    K = len(w)
    windows = np.array([x[i : i + K] for i in range(len(x) - K + 1)])
    z = np.maximum(np.convolve(x, w, mode="valid"), 0)
    y = max(0.0, v @ z)
    return z, y, (y > 0) * (v * (z > 0)) @ windows


@wrong("shared-check", cell="shared", name="shared", hint="slope 0 where its sum is negative")
def hidden_slope_forgotten(w, v, x):
    K = len(w)
    windows = np.array([x[i : i + K] for i in range(len(x) - K + 1)])
    z = np.maximum(windows @ w, 0)
    y = max(0.0, v @ z)
    return z, y, (y > 0) * v @ windows


@wrong("shared-check", cell="shared", name="shared", hint="the ReLU at the output")
def output_slope_forgotten(w, v, x):
    K = len(w)
    windows = np.array([x[i : i + K] for i in range(len(x) - K + 1)])
    z = np.maximum(windows @ w, 0)
    return z, max(0.0, v @ z), (v * (z > 0)) @ windows


@wrong("shared-check", cell="shared", name="shared", hint="D - K + 1 places")
def one_window_missing(w, v, x):
    K = len(w)
    windows = np.array([x[i : i + K] for i in range(len(x) - K)])
    z = np.maximum(windows @ w, 0)
    y = max(0.0, v[: len(z)] @ z)
    return z, y, (y > 0) * (v[: len(z)] * (z > 0)) @ windows


@wrong("shared-check", cell="shared", name="shared", hint="its weight v_i")
def output_weights_left_out(w, v, x):
    K = len(w)
    windows = np.array([x[i : i + K] for i in range(len(x) - K + 1)])
    z = np.maximum(windows @ w, 0)
    y = max(0.0, v @ z)
    return z, y, (y > 0) * (z > 0) @ windows


@wrong("shared-check", cell="shared", name="shared", hint="the derivative with respect to v")
def derivative_of_the_output_weights(w, v, x):
    K = len(w)
    win = np.array([x[i : i + K] for i in range(len(x) - K + 1)])
    z = np.maximum(win @ w, 0)
    y = max(0.0, v @ z)
    return z, y, z


@wrong("shared-check", cell="shared", name="shared", hint="they overlap")
def windows_side_by_side_in_a_row(w, v, x):
    windows = np.lib.stride_tricks.sliding_window_view(x, len(w))[:: len(w)]
    z = np.maximum(windows @ w, 0)
    y = max(0.0, v @ z)
    return z, y, (y > 0) * (v * (z > 0)) @ windows


@wrong("shared-check", cell="shared", name="shared", hint="this is the absolute value")
def absolute_value_for_relu(w, v, x):
    windows = np.lib.stride_tricks.sliding_window_view(x, len(w))
    sums = windows @ w
    y = max(0.0, v @ np.abs(sums))
    return np.abs(sums), y, (y > 0) * (v * np.sign(sums)) @ windows


# 3 Convolution


@wrong("convolve-check", cell="convolve", name="convolve", hint="The kernel is not turned round")
def kernel_flipped(x, w, b, stride, padding):
    w = w[::-1, ::-1]
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    (B, H, W, _), (KH, KW, _, O) = x.shape, w.shape
    y = np.zeros((B, (H - KH) // stride + 1, (W - KW) // stride + 1, O))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            at = x[:, stride * i : stride * i + KH, stride * j : stride * j + KW]
            y[:, i, j] = np.tensordot(at, w, axes=3) + b
    return y


@wrong("convolve-check", cell="convolve", name="convolve", hint="Rows of the kernel go with rows of the image")
def kernel_transposed(x, w, b, stride, padding):
    w = w.swapaxes(0, 1)
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    (B, H, W, _), (KH, KW, _, O) = x.shape, w.shape
    y = np.zeros((B, (H - KH) // stride + 1, (W - KW) // stride + 1, O))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            at = x[:, stride * i : stride * i + KH, stride * j : stride * j + KW]
            y[:, i, j] = np.tensordot(at, w, axes=3) + b
    return y


@wrong("convolve-check", cell="convolve", name="convolve", hint="The bias is missing")
def without_the_bias(x, w, b, stride, padding):
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    (B, H, W, _), (KH, KW, _, O) = x.shape, w.shape
    y = np.zeros((B, (H - KH) // stride + 1, (W - KW) // stride + 1, O))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            at = x[:, stride * i : stride * i + KH, stride * j : stride * j + KW]
            y[:, i, j] = np.tensordot(at, w, axes=3)
    return y


@wrong("convolve-check", cell="convolve", name="convolve", hint="sum over the input channels")
def first_channel_alone(x, w, b, stride, padding):
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    (B, H, W, _), (KH, KW, _, O) = x.shape, w.shape
    y = np.zeros((B, (H - KH) // stride + 1, (W - KW) // stride + 1, O))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            at = x[:, stride * i : stride * i + KH, stride * j : stride * j + KW, 0]
            y[:, i, j] = np.tensordot(at, w[:, :, 0], axes=2) + b
    return y


@wrong("convolve-check", cell="convolve", name="convolve", hint="once, not once a channel")
def bias_once_a_channel(x, w, b, stride, padding):
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    (B, H, W, C), (KH, KW, _, O) = x.shape, w.shape
    y = np.zeros((B, (H - KH) // stride + 1, (W - KW) // stride + 1, O))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            for c in range(C):
                at = x[:, stride * i : stride * i + KH, stride * j : stride * j + KW, c]
                y[:, i, j] += np.tensordot(at, w[:, :, c], axes=2) + b
    return y


@wrong("convolve-check", cell="convolve", name="convolve", hint="channels of the input and filters are swapped")
def channels_and_filters_swapped(x, w, b, stride, padding):
    w = w.swapaxes(2, 3)
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    (B, H, W, _), (KH, KW, _, O) = x.shape, w.shape
    y = np.zeros((B, (H - KH) // stride + 1, (W - KW) // stride + 1, O))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            at = x[:, stride * i : stride * i + KH, stride * j : stride * j + KW]
            y[:, i, j] = np.tensordot(at, w, axes=3) + b
    return y


@wrong("convolve-check", cell="convolve", name="convolve", hint="on all four sides")
def border_at_the_end_alone(x, w, b, stride, padding):
    x = np.pad(x, ((0, 0), (0, 2 * padding), (0, 2 * padding), (0, 0)))
    (B, H, W, _), (KH, KW, _, O) = x.shape, w.shape
    y = np.zeros((B, (H - KH) // stride + 1, (W - KW) // stride + 1, O))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            at = x[:, stride * i : stride * i + KH, stride * j : stride * j + KW]
            y[:, i, j] = np.tensordot(at, w, axes=3) + b
    return y


@wrong("convolve-check", cell="convolve", name="convolve", hint="starts at stride times i")
def stride_in_the_size_alone(x, w, b, stride, padding):
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    (B, H, W, _), (KH, KW, _, O) = x.shape, w.shape
    y = np.zeros((B, (H - KH) // stride + 1, (W - KW) // stride + 1, O))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            y[:, i, j] = np.tensordot(x[:, i : i + KH, j : j + KW], w, axes=3) + b
    return y


@wrong("convolve-check", cell="convolve", name="convolve", hint="H - K + 1 places")
def last_place_left_out(x, w, b, stride, padding):
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    (B, H, W, _), (KH, KW, _, O) = x.shape, w.shape
    y = np.zeros((B, (H - KH) // stride, (W - KW) // stride, O))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            at = x[:, stride * i : stride * i + KH, stride * j : stride * j + KW]
            y[:, i, j] = np.tensordot(at, w, axes=3) + b
    return y


@wrong("convolve-check", cell="convolve", name="convolve", hint="The border is missing")
def without_the_border(x, w, b, stride, padding):
    (B, H, W, _), (KH, KW, _, O) = x.shape, w.shape
    y = np.zeros((B, (H - KH) // stride + 1, (W - KW) // stride + 1, O))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            at = x[:, stride * i : stride * i + KH, stride * j : stride * j + KW]
            y[:, i, j] = np.tensordot(at, w, axes=3) + b
    return y


@wrong("convolve-check", cell="convolve", name="convolve", hint="Only the first image was convolved")
def first_image_alone(x, w, b, stride, padding):
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    B, H, W, _ = x.shape
    KH, KW, _, O = w.shape
    y = np.zeros((B, (H - KH) // stride + 1, (W - KW) // stride + 1, O))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            for o in range(O):
                y[0, i, j, o] = (
                    np.sum(x[0, stride * i : stride * i + KH, stride * j : stride * j + KW] * w[..., o]) + b[o]
                )
    return y


@wrong("convolve-check", cell="convolve", name="convolve", hint="There is no activation function")
def relu_after_the_convolution(x, w, b, stride, padding):
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    B, H, W, _ = x.shape
    KH, KW, _, O = w.shape
    y = np.zeros((B, (H - KH) // stride + 1, (W - KW) // stride + 1, O))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            y[:, i, j] = np.maximum(
                np.tensordot(x[:, stride * i : stride * i + KH, stride * j : stride * j + KW], w, 3) + b, 0
            )
    return y


@wrong("convolve-check", cell="convolve", name="convolve", hint="must hold floats")
def whole_numbers(x, w, b, stride, padding):
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    B, H, W, _ = x.shape
    KH, KW, _, O = w.shape
    y = np.zeros((B, (H - KH) // stride + 1, (W - KW) // stride + 1, O), dtype=int)
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            y[:, i, j] = np.tensordot(x[:, stride * i : stride * i + KH, stride * j : stride * j + KW], w, 3) + b
    return y


@wrong("convolve-check", cell="convolve", name="convolve", hint="b[o] goes to map o alone")
def biases_added_up(x, w, b, stride, padding):
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    kh, kw = w.shape[:2]
    y = np.zeros((len(x), (x.shape[1] - kh) // stride + 1, (x.shape[2] - kw) // stride + 1, w.shape[3]))
    for i, j in np.ndindex(y.shape[1:3]):
        window = x[:, stride * i : stride * i + kh, stride * j : stride * j + kw]
        y[:, i, j] = np.tensordot(window, w, 3) + b.sum()
    return y


# 4 Windows as rows


@wrong("rows-check", cell="rows", name="rows", hint="channels vary fastest")
def channel_after_channel(x, height, width, stride):
    B, H, W, C = x.shape
    out = np.zeros((B, (H - height) // stride + 1, (W - width) // stride + 1, height * width * C))
    for i in range(out.shape[1]):
        for j in range(out.shape[2]):
            at = x[:, stride * i : stride * i + height, stride * j : stride * j + width]
            out[:, i, j] = at.transpose(0, 3, 1, 2).reshape(B, -1)
    return out


@wrong("rows-check", cell="rows", name="rows", hint="row by row, not column by column")
def columns_of_the_window_first(x, height, width, stride):
    B, H, W, C = x.shape
    out = np.zeros((B, (H - height) // stride + 1, (W - width) // stride + 1, height * width * C))
    for i in range(out.shape[1]):
        for j in range(out.shape[2]):
            at = x[:, stride * i : stride * i + height, stride * j : stride * j + width]
            out[:, i, j] = at.swapaxes(1, 2).reshape(B, -1)
    return out


@wrong("rows-check", cell="rows", name="rows", hint="starts at stride times i")
def windows_without_the_stride(x, height, width, stride):
    B, H, W, C = x.shape
    out = np.zeros((B, (H - height) // stride + 1, (W - width) // stride + 1, height * width * C))
    for i in range(out.shape[1]):
        for j in range(out.shape[2]):
            out[:, i, j] = x[:, i : i + height, j : j + width].reshape(B, -1)
    return out


@wrong("rows-check", cell="rows", name="rows", hint="height and width of the window are swapped")
def window_on_its_side(x, height, width, stride):
    B, H, W, C = x.shape
    height, width = width, height
    out = np.zeros((B, (H - height) // stride + 1, (W - width) // stride + 1, height * width * C))
    for i in range(out.shape[1]):
        for j in range(out.shape[2]):
            at = x[:, stride * i : stride * i + height, stride * j : stride * j + width]
            out[:, i, j] = at.reshape(B, -1)
    return out


@wrong("rows-check", cell="rows", name="rows", hint="one row a window")
def windows_as_columns(x, height, width, stride):
    B, H, W, C = x.shape
    out = np.zeros((B, height * width * C, (H - height) // stride + 1, (W - width) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            at = x[:, stride * i : stride * i + height, stride * j : stride * j + width]
            out[:, :, i, j] = at.reshape(B, -1)
    return out


@wrong("rows-check", cell="rows", name="rows", hint="the channels vary fastest")
def axes_as_the_window_view_has_them(x, h, w, s):
    v = np.lib.stride_tricks.sliding_window_view(x, (h, w), axis=(1, 2))[:, ::s, ::s]
    return v.reshape(*v.shape[:3], -1)


@wrong("rows-check", cell="rows", name="rows", hint="The window is not turned round")
def window_turned_round(x, height, width, stride):
    down, across = (x.shape[1] - height) // stride + 1, (x.shape[2] - width) // stride + 1
    R = np.zeros((len(x), down, across, height * width * x.shape[3]))
    for i, j in np.ndindex(down, across):
        window = x[:, stride * i : stride * i + height, stride * j : stride * j + width]
        R[:, i, j] = window.reshape(len(x), -1)[:, ::-1]
    return R


@wrong("rows-check", cell="rows", name="rows", hint="A window need not be square")
def places_by_the_other_side(x, height, width, stride):
    down, across = (x.shape[1] - width) // stride + 1, (x.shape[2] - height) // stride + 1
    R = np.zeros((len(x), down, across, height * width * x.shape[3]))
    for i, j in np.ndindex(down, across):
        window = x[:, stride * i : stride * i + height, stride * j : stride * j + width]
        R[:, i, j] = window.reshape(len(x), -1)
    return R


# 5 The way back through a convolution


@wrong("back-check", cell="back", name="convolve_backward", hint="also over the examples")
def bias_of_the_first_example(g, x, w, stride, padding):
    wide = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dwide, dw = np.zeros(wide.shape), np.zeros(w.shape)
    KH, KW = w.shape[:2]
    for i in range(g.shape[1]):
        for j in range(g.shape[2]):
            at = np.s_[:, stride * i : stride * i + KH, stride * j : stride * j + KW]
            dw += np.tensordot(wide[at], g[:, i, j], axes=(0, 0))
            dwide[at] += np.tensordot(g[:, i, j], w, axes=(1, 3))
    dx = dwide[:, padding : padding + x.shape[1], padding : padding + x.shape[2]]
    return dx, dw, g[0].sum(axis=(0, 1))


@wrong("back-check", cell="back", name="convolve_backward", hint="adds up: no mean")
def bias_as_a_mean(g, x, w, stride, padding):
    wide = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dwide, dw = np.zeros(wide.shape), np.zeros(w.shape)
    KH, KW = w.shape[:2]
    for i in range(g.shape[1]):
        for j in range(g.shape[2]):
            at = np.s_[:, stride * i : stride * i + KH, stride * j : stride * j + KW]
            dw += np.tensordot(wide[at], g[:, i, j], axes=(0, 0))
            dwide[at] += np.tensordot(g[:, i, j], w, axes=(1, 3))
    dx = dwide[:, padding : padding + x.shape[1], padding : padding + x.shape[2]]
    return dx, dw, g.mean(axis=(0, 1, 2))


@wrong("back-check", cell="back", name="convolve_backward", hint="= in place of +=")
def windows_overwrite_each_other(g, x, w, stride, padding):
    wide = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dwide, dw = np.zeros(wide.shape), np.zeros(w.shape)
    KH, KW = w.shape[:2]
    for i in range(g.shape[1]):
        for j in range(g.shape[2]):
            at = np.s_[:, stride * i : stride * i + KH, stride * j : stride * j + KW]
            dw += np.tensordot(wide[at], g[:, i, j], axes=(0, 0))
            dwide[at] = np.tensordot(g[:, i, j], w, axes=(1, 3))
    dx = dwide[:, padding : padding + x.shape[1], padding : padding + x.shape[2]]
    return dx, dw, g.sum(axis=(0, 1, 2))


@wrong("back-check", cell="back", name="convolve_backward", hint="turned round on the way back")
def kernel_turned_on_the_way_back(g, x, w, stride, padding):
    wide = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dwide, dw = np.zeros(wide.shape), np.zeros(w.shape)
    KH, KW = w.shape[:2]
    for i in range(g.shape[1]):
        for j in range(g.shape[2]):
            at = np.s_[:, stride * i : stride * i + KH, stride * j : stride * j + KW]
            dw += np.tensordot(wide[at], g[:, i, j], axes=(0, 0))
            dwide[at] += np.tensordot(g[:, i, j], w[::-1, ::-1], axes=(1, 3))
    dx = dwide[:, padding : padding + x.shape[1], padding : padding + x.shape[2]]
    return dx, dw, g.sum(axis=(0, 1, 2))


@wrong("back-check", cell="back", name="convolve_backward", hint="the border belongs to the padded image")
def border_kept(g, x, w, stride, padding):
    wide = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dwide, dw = np.zeros(wide.shape), np.zeros(w.shape)
    KH, KW = w.shape[:2]
    for i in range(g.shape[1]):
        for j in range(g.shape[2]):
            at = np.s_[:, stride * i : stride * i + KH, stride * j : stride * j + KW]
            dw += np.tensordot(wide[at], g[:, i, j], axes=(0, 0))
            dwide[at] += np.tensordot(g[:, i, j], w, axes=(1, 3))
    return dwide, dw, g.sum(axis=(0, 1, 2))


@wrong("back-check", cell="back", name="convolve_backward", hint="starts at stride times i, as on the way forward")
def stride_forgotten_on_the_way_back(g, x, w, stride, padding):
    wide = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dwide, dw = np.zeros(wide.shape), np.zeros(w.shape)
    KH, KW = w.shape[:2]
    for i in range(g.shape[1]):
        for j in range(g.shape[2]):
            at = np.s_[:, i : i + KH, j : j + KW]
            dw += np.tensordot(wide[at], g[:, i, j], axes=(0, 0))
            dwide[at] += np.tensordot(g[:, i, j], w, axes=(1, 3))
    dx = dwide[:, padding : padding + x.shape[1], padding : padding + x.shape[2]]
    return dx, dw, g.sum(axis=(0, 1, 2))


@wrong("back-check", cell="back", name="convolve_backward", hint="over the examples, no mean")
def kernel_gradient_as_a_mean(g, x, w, stride, padding):
    wide = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dwide, dw = np.zeros(wide.shape), np.zeros(w.shape)
    KH, KW = w.shape[:2]
    for i in range(g.shape[1]):
        for j in range(g.shape[2]):
            at = np.s_[:, stride * i : stride * i + KH, stride * j : stride * j + KW]
            dw += np.tensordot(wide[at], g[:, i, j], axes=(0, 0)) / len(g)
            dwide[at] += np.tensordot(g[:, i, j], w, axes=(1, 3))
    dx = dwide[:, padding : padding + x.shape[1], padding : padding + x.shape[2]]
    return dx, dw, g.sum(axis=(0, 1, 2))


@wrong("back-check", cell="back", name="convolve_backward", hint="the windows of the padded image")
def kernel_gradient_without_the_border(g, x, w, stride, padding):
    dwide = np.zeros((len(x), x.shape[1] + 2 * padding, x.shape[2] + 2 * padding, x.shape[3]))
    late = np.pad(x, ((0, 0), (0, 2 * padding), (0, 2 * padding), (0, 0)))
    dw = np.zeros(w.shape)
    KH, KW = w.shape[:2]
    for i in range(g.shape[1]):
        for j in range(g.shape[2]):
            at = np.s_[:, stride * i : stride * i + KH, stride * j : stride * j + KW]
            dw += np.tensordot(late[at], g[:, i, j], axes=(0, 0))
            dwide[at] += np.tensordot(g[:, i, j], w, axes=(1, 3))
    dx = dwide[:, padding : padding + x.shape[1], padding : padding + x.shape[2]]
    return dx, dw, g.sum(axis=(0, 1, 2))


@wrong("back-check", cell="back", name="convolve_backward", hint="through all filters")
def first_filter_alone(g, x, w, stride, padding):
    wide = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dwide, dw = np.zeros(wide.shape), np.zeros(w.shape)
    KH, KW = w.shape[:2]
    for i in range(g.shape[1]):
        for j in range(g.shape[2]):
            at = np.s_[:, stride * i : stride * i + KH, stride * j : stride * j + KW]
            dw += np.tensordot(wide[at], g[:, i, j], axes=(0, 0))
            dwide[at] += np.tensordot(g[:, i, j, 0], w[..., 0], axes=0)
    dx = dwide[:, padding : padding + x.shape[1], padding : padding + x.shape[2]]
    return dx, dw, g.sum(axis=(0, 1, 2))


@wrong("back-check", cell="back", name="convolve_backward", hint="is a += missing?")
def kernel_gradient_overwritten(g, x, w, stride, padding):
    wide = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dwide = np.zeros(wide.shape)
    dw = np.zeros(w.shape)
    KH, KW = w.shape[:2]
    for i in range(g.shape[1]):
        for j in range(g.shape[2]):
            at = np.s_[:, stride * i : stride * i + KH, stride * j : stride * j + KW]
            dw = np.tensordot(wide[at], g[:, i, j], axes=(0, 0))
            dwide[at] += np.tensordot(g[:, i, j], w, axes=(1, 3))
    return dwide[:, padding : padding + x.shape[1], padding : padding + x.shape[2]], dw, g.sum((0, 1, 2))


@wrong("back-check", cell="back", name="convolve_backward", hint="the slice p:-p is 0:0")
def border_cut_off_by_a_negative_slice(g, x, w, stride, padding):
    wide = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dwide = np.zeros(wide.shape)
    dw = np.zeros(w.shape)
    KH, KW = w.shape[:2]
    for i in range(g.shape[1]):
        for j in range(g.shape[2]):
            at = np.s_[:, stride * i : stride * i + KH, stride * j : stride * j + KW]
            dw += np.tensordot(wide[at], g[:, i, j], axes=(0, 0))
            dwide[at] += np.tensordot(g[:, i, j], w, axes=(1, 3))
    return dwide[:, padding:-padding, padding:-padding], dw, g.sum((0, 1, 2))


@wrong("back-check", cell="back", name="convolve_backward", hint="Each image has a gradient of its own")
def images_share_one_gradient(g, x, w, stride, padding):
    wide = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dwide = np.zeros(wide.shape)
    dw = np.zeros(w.shape)
    KH, KW = w.shape[:2]
    for i in range(g.shape[1]):
        for j in range(g.shape[2]):
            at = np.s_[:, stride * i : stride * i + KH, stride * j : stride * j + KW]
            dw += np.tensordot(wide[at], g[:, i, j], axes=(0, 0))
            dwide[at] += np.tensordot(g[:, i, j].sum(0), w, axes=(0, 3))
    return dwide[:, padding : padding + x.shape[1], padding : padding + x.shape[2]], dw, g.sum((0, 1, 2))


# 6 Pooling


@wrong("pool-check", cell="pool", name="pool", hint="each channel for itself")
def pools_over_the_channels(x, size, stride, kind):
    B, H, W, C = x.shape
    y = np.zeros((B, (H - size) // stride + 1, (W - size) // stride + 1, C))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            at = x[:, stride * i : stride * i + size, stride * j : stride * j + size]
            y[:, i, j] = (at.max if kind == "max" else at.mean)(axis=(1, 2, 3))[:, None]
    return y


@wrong("pool-check", cell="pool", name="pool", hint="moves on by the stride")
def windows_side_by_side(x, size, stride, kind):
    B, H, W, C = x.shape
    y = np.zeros((B, H // size, W // size, C))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            at = x[:, size * i : size * i + size, size * j : size * j + size]
            y[:, i, j] = (at.max if kind == "max" else at.mean)(axis=(1, 2))
    return y


@wrong("pool-check", cell="pool", name="pool", hint="not 0 to begin with")
def largest_of_window_and_zero(x, size, stride, kind):
    B, H, W, C = x.shape
    y = np.zeros((B, (H - size) // stride + 1, (W - size) // stride + 1, C))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            for m in range(size):
                for n in range(size):
                    entry = x[:, stride * i + m, stride * j + n]
                    y[:, i, j] = np.maximum(y[:, i, j], entry) if kind == "max" else y[:, i, j] + entry / size**2
    return y


@wrong("pool-check", cell="pool", name="pool", hint="The mean divides by the number of entries of a window")
def sum_for_mean(x, size, stride, kind):
    B, H, W, C = x.shape
    y = np.zeros((B, (H - size) // stride + 1, (W - size) // stride + 1, C))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            at = x[:, stride * i : stride * i + size, stride * j : stride * j + size]
            y[:, i, j] = (at.max if kind == "max" else at.sum)(axis=(1, 2))
    return y


@wrong("pool-check", cell="pool", name="pool", hint="A window that sticks out is left out")
def windows_that_stick_out(x, size, stride, kind):
    B, H, W, C = x.shape
    y = np.zeros((B, -(-(H - size) // stride) + 1, -(-(W - size) // stride) + 1, C))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            at = x[:, stride * i : stride * i + size, stride * j : stride * j + size]
            y[:, i, j] = (at.max if kind == "max" else at.mean)(axis=(1, 2))
    return y


@wrong("pool-check", cell="pool", name="pool", hint="The kinds are")
def always_the_largest(x, size, stride, kind):
    B, H, W, C = x.shape
    y = np.zeros((B, (H - size) // stride + 1, (W - size) // stride + 1, C))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            at = x[:, stride * i : stride * i + size, stride * j : stride * j + size]
            y[:, i, j] = at.max(axis=(1, 2))
    return y


@wrong("pool-check", cell="pool", name="pool", hint="starts at stride times i")
def stride_of_pooling_in_the_size_alone(x, size, stride, kind):
    B, H, W, C = x.shape
    y = np.zeros((B, (H - size) // stride + 1, (W - size) // stride + 1, C))
    f = np.max if kind == "max" else np.mean
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            y[:, i, j] = f(x[:, i : i + size, j : j + size], axis=(1, 2))
    return y


@wrong("pool-check", cell="pool", name="pool", hint="pool each image by itself")
def pools_over_the_batch(x, size, stride, kind):
    B, H, W, C = x.shape
    y = np.zeros((B, (H - size) // stride + 1, (W - size) // stride + 1, C))
    f = np.max if kind == "max" else np.mean
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            y[:, i, j] = f(x[:, stride * i : stride * i + size, stride * j : stride * j + size], axis=(0, 1, 2))
    return y


# 7 The way back through pooling


@wrong("pool-back-check", cell="pool-back", name="pool_backward", hint="to the first of them alone")
def to_all_that_tie(g, x, size, stride, kind):
    dx = np.zeros(x.shape)
    for i in range(g.shape[1]):
        for j in range(g.shape[2]):
            at = np.s_[:, stride * i : stride * i + size, stride * j : stride * j + size]
            gradient = g[:, i : i + 1, j : j + 1]
            if kind == "max":
                dx[at] += gradient * (x[at] == x[at].max(axis=(1, 2), keepdims=True))
            else:
                dx[at] += gradient / size**2
    return dx


@wrong("pool-back-check", cell="pool-back", name="pool_backward", hint="to the first of them alone")
def shared_out_among_ties(g, x, size, stride, kind):
    dx = np.zeros(x.shape)
    for i in range(g.shape[1]):
        for j in range(g.shape[2]):
            at = np.s_[:, stride * i : stride * i + size, stride * j : stride * j + size]
            gradient = g[:, i : i + 1, j : j + 1]
            if kind == "max":
                largest = x[at] == x[at].max(axis=(1, 2), keepdims=True)
                dx[at] += gradient * largest / largest.sum(axis=(1, 2), keepdims=True)
            else:
                dx[at] += gradient / size**2
    return dx


@wrong("pool-back-check", cell="pool-back", name="pool_backward", hint="= in place of +=")
def overlapping_windows_overwrite(g, x, size, stride, kind):
    dx = np.zeros(x.shape)
    for i in range(g.shape[1]):
        for j in range(g.shape[2]):
            for n in range(x.shape[0]):
                for c in range(x.shape[3]):
                    at = np.s_[n, stride * i : stride * i + size, stride * j : stride * j + size, c]
                    if kind == "max":
                        r, s = np.unravel_index(x[at].argmax(), (size, size))
                        dx[n, stride * i + r, stride * j + s, c] = g[n, i, j, c]
                    else:
                        dx[at] = g[n, i, j, c] / size**2
    return dx


@wrong("pool-back-check", cell="pool-back", name="pool_backward", hint="the largest entry alone")
def largest_and_others_alike(g, x, size, stride, kind):
    dx = np.zeros(x.shape)
    for i in range(g.shape[1]):
        for j in range(g.shape[2]):
            at = np.s_[:, stride * i : stride * i + size, stride * j : stride * j + size]
            dx[at] += g[:, i : i + 1, j : j + 1] / (size**2 if kind == "mean" else 1)
    return dx


@wrong("pool-back-check", cell="pool-back", name="pool_backward", hint="a share of 1 / size^2")
def mean_not_shared_out(g, x, size, stride, kind):
    dx = np.zeros(x.shape)
    for i in range(g.shape[1]):
        for j in range(g.shape[2]):
            for n in range(x.shape[0]):
                for c in range(x.shape[3]):
                    at = np.s_[n, stride * i : stride * i + size, stride * j : stride * j + size, c]
                    if kind == "max":
                        r, s = np.unravel_index(x[at].argmax(), (size, size))
                        dx[n, stride * i + r, stride * j + s, c] += g[n, i, j, c]
                    else:
                        dx[at] += g[n, i, j, c]
    return dx


@wrong("pool-back-check", cell="pool-back", name="pool_backward", hint="not by the entry itself")
def gradient_times_the_value(g, x, size, stride, kind):
    dx = np.zeros(x.shape)
    for i in range(g.shape[1]):
        for j in range(g.shape[2]):
            for n in range(x.shape[0]):
                for c in range(x.shape[3]):
                    at = np.s_[n, stride * i : stride * i + size, stride * j : stride * j + size, c]
                    if kind == "max":
                        r, s = np.unravel_index(x[at].argmax(), (size, size))
                        dx[n, stride * i + r, stride * j + s, c] += g[n, i, j, c] * x[at].max()
                    else:
                        dx[at] += g[n, i, j, c] / size**2
    return dx


@wrong("pool-back-check", cell="pool-back", name="pool_backward", hint="a largest entry of its own")
def one_winner_for_all_channels(g, x, size, stride, kind):
    dx = np.zeros(x.shape)
    for i in range(g.shape[1]):
        for j in range(g.shape[2]):
            for n in range(x.shape[0]):
                at = np.s_[n, stride * i : stride * i + size, stride * j : stride * j + size]
                if kind == "max":
                    r, s = np.unravel_index(x[at][..., 0].argmax(), (size, size))
                    dx[n, stride * i + r, stride * j + s] += g[n, i, j]
                else:
                    dx[at] += g[n, i, j] / size**2
    return dx


@wrong("pool-back-check", cell="pool-back", name="pool_backward", hint="this is the last")
def last_of_those_that_tie(g, x, size, stride, kind):
    dx = np.zeros(x.shape)
    for n, i, j, c in np.ndindex(g.shape):
        at = np.s_[n, stride * i : stride * i + size, stride * j : stride * j + size, c]
        if kind == "mean":
            dx[at] += g[n, i, j, c] / size**2
        else:
            k = size * size - 1 - x[at][::-1, ::-1].argmax()
            r, q = divmod(k, size)
            dx[n, stride * i + r, stride * j + q, c] += g[n, i, j, c]
    return dx


@wrong("pool-back-check", cell="pool-back", name="pool_backward", hint="counts from its window's corner")
def place_counted_from_the_image(g, x, size, stride, kind):
    dx = np.zeros(x.shape)
    for n, i, j, c in np.ndindex(g.shape):
        at = np.s_[n, stride * i : stride * i + size, stride * j : stride * j + size, c]
        if kind == "mean":
            dx[at] += g[n, i, j, c] / size**2
        else:
            r, q = divmod(x[at].argmax(), size)
            dx[n, r, q, c] += g[n, i, j, c]
    return dx


@wrong("pool-back-check", cell="pool-back", name="pool_backward", hint="Add up the gradient from zeros")
def added_to_the_pixels(g, x, size, stride, kind):
    dx = x.copy()
    for n, i, j, c in np.ndindex(g.shape):
        at = np.s_[n, stride * i : stride * i + size, stride * j : stride * j + size, c]
        if kind == "max":
            dx[at][np.unravel_index(x[at].argmax(), x[at].shape)] += g[n, i, j, c]
        else:
            dx[at] += g[n, i, j, c] / size**2
    return dx


@wrong("pool-back-check", cell="pool-back", name="pool_backward", hint="whatever the entry is")
def mean_shared_by_size_of_the_entry(g, x, size, stride, kind):
    dx = np.zeros(x.shape)
    for n, i, j, c in np.ndindex(g.shape):
        at = np.s_[n, stride * i : stride * i + size, stride * j : stride * j + size, c]
        if kind == "max":
            dx[at][np.unravel_index(x[at].argmax(), x[at].shape)] += g[n, i, j, c]
        else:
            dx[at] += g[n, i, j, c] * x[at] / size**2
    return dx


# 8 What a shift does


@wrong("shift-check", cell="shift", name="equivariance_gap", hint="has to be shifted as well")
def gap_of_invariance(f, x, n, margin):
    y, moved = f(x), f(shifted(x, n))
    return np.max(np.abs(moved - y)[:, :, margin : y.shape[2] - margin])


@wrong("shift-check", cell="shift", name="equivariance_gap", hint="Leave out `margin` columns")
def gap_with_the_borders(f, x, n, margin):
    return np.max(np.abs(f(shifted(x, n)) - shifted(f(x), n)))


@wrong("shift-check", cell="shift", name="equivariance_gap", hint="absolute")
def gap_with_its_sign(f, x, n, margin):
    y = f(shifted(x, n)) - shifted(f(x), n)
    return np.max(y[:, :, margin : y.shape[2] - margin])


@wrong("shift-check", cell="shift", name="equivariance_gap", hint="axis 2")
def gap_without_rows(f, x, n, margin):
    y = f(shifted(x, n)) - shifted(f(x), n)
    return np.max(np.abs(y[:, margin : y.shape[1] - margin]))


@wrong("shift-check", cell="shift", name="share_kept", hint="not with the labels")
def compared_with_the_labels(scores, images, n):
    return np.mean(scores(shifted(images, n)).argmax(axis=1) == labels[: len(images)])


@wrong("shift-check", cell="shift", name="share_kept", hint="the class, the place of the largest score")
def scores_themselves_compared(scores, images, n):
    return np.mean(np.all(np.isclose(scores(images), scores(shifted(images, n))), axis=1))


@wrong("shift-check", cell="shift", name="share_kept", hint="the place of the largest score along axis 1")
def largest_score_of_a_class(scores, images, n):
    return np.mean(scores(images).argmax(axis=0) == scores(shifted(images, n)).argmax(axis=0))


@wrong("shift-check", cell="shift", name="share_kept", hint="come in on the right")
def columns_come_back(scores, images, n):
    return np.mean(scores(images).argmax(axis=1) == scores(np.roll(images, n, axis=2)).argmax(axis=1))


@wrong("shift-check", cell="shift", name="equivariance_gap", hint="the slice 0:-0 is empty")
def empty_slice_at_margin_0(f, x, n, margin):
    gap = np.abs(f(shifted(x, n)) - shifted(f(x), n))
    return gap[:, :, margin:-margin].max()


@wrong("shift-check", cell="shift", name="share_kept", hint="to the left for n < 0")
def shifted_the_other_way(scores, images, n):
    return np.mean(scores(images).argmax(1) == scores(shifted(images, -n)).argmax(1))


@wrong("shift-check", cell="shift", name="equivariance_gap", hint="is said by `margin`")
def margin_as_wide_as_the_shift(f, x, n, margin):
    gap = np.abs(f(shifted(x, n)) - shifted(f(x), n))
    return gap[:, :, abs(n) : gap.shape[2] - abs(n)].max()


# 9 A network that reads digits


@wrong("digits-check", cell="digits", name="digit_scores", hint="There is a ReLU between convolution and pooling")
def no_relu_before_the_pooling(net, images):
    p = pool(convolve(images, net["w1"], net["b1"], 1, 1), 2, 2, "max")
    return p.reshape(len(images), -1) @ net["w2"].T + net["b2"]


@wrong("digits-check", cell="digits", name="digit_scores", hint="with a border of 1")
def no_border_at_all(net, images):
    p = pool(np.maximum(convolve(images, net["w1"], net["b1"], 1, 0), 0), 2, 2, "max")
    return p.reshape(len(images), -1) @ net["w2"].T + net["b2"]


@wrong("digits-check", cell="digits", name="digit_scores", hint="in the order it has in memory")
def channels_first_when_flattened(net, images):
    p = pool(np.maximum(convolve(images, net["w1"], net["b1"], 1, 1), 0), 2, 2, "max")
    return p.transpose(0, 3, 1, 2).reshape(len(images), -1) @ net["w2"].T + net["b2"]


@wrong("digits-check", cell="digits", name="digit_scores", hint="The last layer is linear")
def relu_at_the_scores(net, images):
    p = pool(np.maximum(convolve(images, net["w1"], net["b1"], 1, 1), 0), 2, 2, "max")
    return np.maximum(p.reshape(len(images), -1) @ net["w2"].T + net["b2"], 0)


@wrong("digits-check", cell="digits", name="digit_scores", hint="the largest entry, not the mean")
def pools_by_the_mean(net, images):
    p = pool(np.maximum(convolve(images, net["w1"], net["b1"], 1, 1), 0), 2, 2, "mean")
    return p.reshape(len(images), -1) @ net["w2"].T + net["b2"]


@wrong("digits-check", cell="digits", name="saliency", hint="The slope of the ReLU is missing")
def slope_of_the_relu_missing(net, images, classes):
    h = np.maximum(convolve(images, net["w1"], net["b1"], 1, 1), 0)
    g = pool_backward(net["w2"][classes].reshape(len(h), h.shape[1] // 2, h.shape[2] // 2, -1), h, 2, 2, "max")
    return convolve_backward(g, images, net["w1"], 1, 1)[0][..., 0]


@wrong("digits-check", cell="digits", name="saliency", hint="of one class")
def all_scores_at_once(net, images, classes):
    z = convolve(images, net["w1"], net["b1"], 1, 1)
    h = np.maximum(z, 0)
    top = np.tile(net["w2"].sum(axis=0), (len(h), 1)).reshape(len(h), h.shape[1] // 2, h.shape[2] // 2, -1)
    g = pool_backward(top, h, 2, 2, "max") * (z > 0)
    return convolve_backward(g, images, net["w1"], 1, 1)[0][..., 0]


@wrong("digits-check", cell="digits", name="saliency", hint="keep the sign")
def size_of_the_gradient(net, images, classes):
    z = convolve(images, net["w1"], net["b1"], 1, 1)
    h = np.maximum(z, 0)
    top = net["w2"][classes].reshape(len(h), h.shape[1] // 2, h.shape[2] // 2, -1)
    g = pool_backward(top, h, 2, 2, "max") * (z > 0)
    return np.abs(convolve_backward(g, images, net["w1"], 1, 1)[0][..., 0])


@wrong("digits-check", cell="digits", name="saliency", hint="the gradient by itself is asked for")
def gradient_times_the_pixel(net, images, classes):
    z = convolve(images, net["w1"], net["b1"], 1, 1)
    h = np.maximum(z, 0)
    top = net["w2"][classes].reshape(len(h), h.shape[1] // 2, h.shape[2] // 2, -1)
    g = pool_backward(top, h, 2, 2, "max") * (z > 0)
    return (images * convolve_backward(g, images, net["w1"], 1, 1)[0])[..., 0]


@wrong("digits-check", cell="digits", name="saliency", hint="the class asked for")
def class_predicted_in_place_of_the_one_asked_for(net, images, classes):
    z = convolve(images, net["w1"], net["b1"], 1, 1)
    p = pool(np.maximum(z, 0), 2, 2, "max")
    top = net["w2"][(p.reshape(len(images), -1) @ net["w2"].T + net["b2"]).argmax(axis=1)]
    g = pool_backward(top.reshape(p.shape), np.maximum(z, 0), 2, 2, "max") * (z > 0)
    return convolve_backward(g, images, net["w1"], 1, 1)[0][..., 0]


@wrong("digits-check", cell="digits", name="digit_scores", hint="no softmax")
def probabilities_for_scores(net, images):
    p = pool(np.maximum(convolve(images, net["w1"], net["b1"], 1, 1), 0), 2, 2, "max")
    scores = p.reshape(len(p), -1) @ net["w2"].T + net["b2"]
    e = np.exp(scores - scores.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


@wrong("digits-check", cell="digits", name="saliency", hint="the feature map itself is no factor")
def feature_map_for_its_slope(net, images, classes):
    h = np.maximum(convolve(images, net["w1"], net["b1"], 1, 1), 0)
    B, H, W, O = h.shape
    g = pool_backward(net["w2"][classes].reshape(B, H // 2, W // 2, O), h, 2, 2, "max") * h
    return convolve_backward(g, images, net["w1"], 1, 1)[0][..., 0]


# 10 A network that learns


@wrong("train-check", cell="train", name="loss_and_gradients", hint="mean over the images")
def sum_over_the_batch(net, images, labels):
    z = convolve(images, net["w1"], net["b1"], 1, 1)
    h = np.maximum(z, 0)
    p = pool(h, 2, 2, "max")
    flat = p.reshape(len(p), -1)
    scores = flat @ net["w2"].T + net["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    every = np.arange(len(labels))
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    loss = -log_p[every, labels].sum()
    ds = probabilities.copy()
    ds[every, labels] -= 1
    dh = pool_backward((ds @ net["w2"]).reshape(p.shape), h, 2, 2, "max")
    _, dw1, db1 = convolve_backward(dh * (z > 0), images, net["w1"], 1, 1)
    return loss, {"w1": dw1, "b1": db1, "w2": ds.T @ flat, "b2": ds.sum(axis=0)}


@wrong("train-check", cell="train", name="loss_and_gradients", hint="divided by their number")
def batch_size_missing_in_the_gradients(net, images, labels):
    z = convolve(images, net["w1"], net["b1"], 1, 1)
    h = np.maximum(z, 0)
    p = pool(h, 2, 2, "max")
    flat = p.reshape(len(p), -1)
    scores = flat @ net["w2"].T + net["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    every = np.arange(len(labels))
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    loss = -log_p[every, labels].mean()
    ds = probabilities.copy()
    ds[every, labels] -= 1
    dh = pool_backward((ds @ net["w2"]).reshape(p.shape), h, 2, 2, "max")
    _, dw1, db1 = convolve_backward(dh * (z > 0), images, net["w1"], 1, 1)
    return loss, {"w1": dw1, "b1": db1, "w2": ds.T @ flat, "b2": ds.sum(axis=0)}


@wrong("train-check", cell="train", name="loss_and_gradients", hint="p minus 1 at the place of the label")
def probability_in_place_of_its_error(net, images, labels):
    z = convolve(images, net["w1"], net["b1"], 1, 1)
    h = np.maximum(z, 0)
    p = pool(h, 2, 2, "max")
    flat = p.reshape(len(p), -1)
    scores = flat @ net["w2"].T + net["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    every = np.arange(len(labels))
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    loss = -log_p[every, labels].mean()
    ds = probabilities / len(labels)
    dh = pool_backward((ds @ net["w2"]).reshape(p.shape), h, 2, 2, "max")
    _, dw1, db1 = convolve_backward(dh * (z > 0), images, net["w1"], 1, 1)
    return loss, {"w1": dw1, "b1": db1, "w2": ds.T @ flat, "b2": ds.sum(axis=0)}


@wrong("train-check", cell="train", name="loss_and_gradients", hint="prediction minus target")
def target_minus_prediction(net, images, labels):
    z = convolve(images, net["w1"], net["b1"], 1, 1)
    h = np.maximum(z, 0)
    p = pool(h, 2, 2, "max")
    flat = p.reshape(len(p), -1)
    scores = flat @ net["w2"].T + net["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    every = np.arange(len(labels))
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    loss = -log_p[every, labels].mean()
    ds = probabilities.copy()
    ds[every, labels] -= 1
    ds /= len(labels)
    ds = -ds
    dh = pool_backward((ds @ net["w2"]).reshape(p.shape), h, 2, 2, "max")
    _, dw1, db1 = convolve_backward(dh * (z > 0), images, net["w1"], 1, 1)
    return loss, {"w1": dw1, "b1": db1, "w2": ds.T @ flat, "b2": ds.sum(axis=0)}


@wrong("train-check", cell="train", name="loss_and_gradients", hint="no further slope")
def slope_of_a_sigmoid_added(net, images, labels):
    z = convolve(images, net["w1"], net["b1"], 1, 1)
    h = np.maximum(z, 0)
    p = pool(h, 2, 2, "max")
    flat = p.reshape(len(p), -1)
    scores = flat @ net["w2"].T + net["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    every = np.arange(len(labels))
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    loss = -log_p[every, labels].mean()
    ds = probabilities.copy()
    ds[every, labels] -= 1
    ds /= len(labels)
    ds = ds * probabilities * (1 - probabilities)
    dh = pool_backward((ds @ net["w2"]).reshape(p.shape), h, 2, 2, "max")
    _, dw1, db1 = convolve_backward(dh * (z > 0), images, net["w1"], 1, 1)
    return loss, {"w1": dw1, "b1": db1, "w2": ds.T @ flat, "b2": ds.sum(axis=0)}


@wrong("train-check", cell="train", name="loss_and_gradients", hint="exp overflows")
def exponential_of_large_scores(net, images, labels):
    z = convolve(images, net["w1"], net["b1"], 1, 1)
    h = np.maximum(z, 0)
    p = pool(h, 2, 2, "max")
    flat = p.reshape(len(p), -1)
    scores = flat @ net["w2"].T + net["b2"]
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    every = np.arange(len(labels))
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    loss = -log_p[every, labels].mean()
    ds = probabilities.copy()
    ds[every, labels] -= 1
    ds /= len(labels)
    dh = pool_backward((ds @ net["w2"]).reshape(p.shape), h, 2, 2, "max")
    _, dw1, db1 = convolve_backward(dh * (z > 0), images, net["w1"], 1, 1)
    return loss, {"w1": dw1, "b1": db1, "w2": ds.T @ flat, "b2": ds.sum(axis=0)}


@wrong("train-check", cell="train", name="loss_and_gradients", hint="hides the loss")
def logarithm_kept_from_zero(net, images, labels):
    z = convolve(images, net["w1"], net["b1"], 1, 1)
    h = np.maximum(z, 0)
    p = pool(h, 2, 2, "max")
    flat = p.reshape(len(p), -1)
    scores = flat @ net["w2"].T + net["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    every = np.arange(len(labels))
    loss = -np.log(probabilities[every, labels] + 1e-12).mean()
    ds = probabilities.copy()
    ds[every, labels] -= 1
    ds /= len(labels)
    dh = pool_backward((ds @ net["w2"]).reshape(p.shape), h, 2, 2, "max")
    _, dw1, db1 = convolve_backward(dh * (z > 0), images, net["w1"], 1, 1)
    return loss, {"w1": dw1, "b1": db1, "w2": ds.T @ flat, "b2": ds.sum(axis=0)}


@wrong("train-check", cell="train", name="loss_and_gradients", hint="not the largest one")
def largest_of_all_probabilities(net, images, labels):
    z = convolve(images, net["w1"], net["b1"], 1, 1)
    h = np.maximum(z, 0)
    p = pool(h, 2, 2, "max")
    flat = p.reshape(len(p), -1)
    scores = flat @ net["w2"].T + net["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    every = np.arange(len(labels))
    loss = -np.log(probabilities.max(axis=1)).mean()
    ds = probabilities.copy()
    ds[every, labels] -= 1
    ds /= len(labels)
    dh = pool_backward((ds @ net["w2"]).reshape(p.shape), h, 2, 2, "max")
    _, dw1, db1 = convolve_backward(dh * (z > 0), images, net["w1"], 1, 1)
    return loss, {"w1": dw1, "b1": db1, "w2": ds.T @ flat, "b2": ds.sum(axis=0)}


@wrong("train-check", cell="train", name="loss_and_gradients", hint="The slope of the ReLU is missing")
def way_back_without_the_slope(net, images, labels):
    z = convolve(images, net["w1"], net["b1"], 1, 1)
    h = np.maximum(z, 0)
    p = pool(h, 2, 2, "max")
    flat = p.reshape(len(p), -1)
    scores = flat @ net["w2"].T + net["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    every = np.arange(len(labels))
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    loss = -log_p[every, labels].mean()
    ds = probabilities.copy()
    ds[every, labels] -= 1
    ds /= len(labels)
    dh = pool_backward((ds @ net["w2"]).reshape(p.shape), h, 2, 2, "max")
    _, dw1, db1 = convolve_backward(dh, images, net["w1"], 1, 1)
    return loss, {"w1": dw1, "b1": db1, "w2": ds.T @ flat, "b2": ds.sum(axis=0)}


@wrong("train-check", cell="train", name="loss_and_gradients", hint="the feature map itself is no factor")
def feature_map_as_a_slope(net, images, labels):
    z = convolve(images, net["w1"], net["b1"], 1, 1)
    h = np.maximum(z, 0)
    p = pool(h, 2, 2, "max")
    flat = p.reshape(len(p), -1)
    scores = flat @ net["w2"].T + net["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    every = np.arange(len(labels))
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    loss = -log_p[every, labels].mean()
    ds = probabilities.copy()
    ds[every, labels] -= 1
    ds /= len(labels)
    dh = pool_backward((ds @ net["w2"]).reshape(p.shape), h, 2, 2, "max")
    _, dw1, db1 = convolve_backward(dh * h, images, net["w1"], 1, 1)
    return loss, {"w1": dw1, "b1": db1, "w2": ds.T @ flat, "b2": ds.sum(axis=0)}


@wrong("train-check", cell="train", name="loss_and_gradients", hint="in the order it has in memory")
def channels_before_places_on_the_way_back(net, images, labels):
    z = convolve(images, net["w1"], net["b1"], 1, 1)
    h = np.maximum(z, 0)
    p = pool(h, 2, 2, "max")
    flat = p.reshape(len(p), -1)
    scores = flat @ net["w2"].T + net["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    every = np.arange(len(labels))
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    loss = -log_p[every, labels].mean()
    ds = probabilities.copy()
    ds[every, labels] -= 1
    ds /= len(labels)
    B, H, W, O = p.shape
    dp = (ds @ net["w2"]).reshape(B, O, H, W).transpose(0, 2, 3, 1)
    dh = pool_backward(dp, h, 2, 2, "max")
    _, dw1, db1 = convolve_backward(dh * (z > 0), images, net["w1"], 1, 1)
    return loss, {"w1": dw1, "b1": db1, "w2": ds.T @ flat, "b2": ds.sum(axis=0)}


@wrong("train-check", cell="train", name="loss_and_gradients", hint="that of the largest entry, forward and backward")
def way_back_of_the_mean(net, images, labels):
    z = convolve(images, net["w1"], net["b1"], 1, 1)
    h = np.maximum(z, 0)
    p = pool(h, 2, 2, "max")
    flat = p.reshape(len(p), -1)
    scores = flat @ net["w2"].T + net["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    every = np.arange(len(labels))
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    loss = -log_p[every, labels].mean()
    ds = probabilities.copy()
    ds[every, labels] -= 1
    ds /= len(labels)
    dh = pool_backward((ds @ net["w2"]).reshape(p.shape), h, 2, 2, "mean")
    _, dw1, db1 = convolve_backward(dh * (z > 0), images, net["w1"], 1, 1)
    return loss, {"w1": dw1, "b1": db1, "w2": ds.T @ flat, "b2": ds.sum(axis=0)}


@wrong("train-check", cell="train", name="train", hint="in the order they have")
def no_new_order(net, images, labels, rate, size, epochs, rng):
    net, losses = dict(net), []
    for _ in range(epochs):
        order = np.arange(len(images))
        for first in range(0, len(order), size):
            batch = order[first : first + size]
            loss, gradients = loss_and_gradients(net, images[batch], labels[batch])
            net = {name: net[name] - rate * gradients[name] for name in net}
            losses.append(loss)
    return net, losses


@wrong("train-check", cell="train", name="train", hint="draw a new one in each epoch")
def one_order_for_all_epochs(net, images, labels, rate, size, epochs, rng):
    net, losses = dict(net), []
    order = rng.permutation(len(images))
    for _ in range(epochs):
        for first in range(0, len(order), size):
            batch = order[first : first + size]
            loss, gradients = loss_and_gradients(net, images[batch], labels[batch])
            net = {name: net[name] - rate * gradients[name] for name in net}
            losses.append(loss)
    return net, losses


@wrong("train-check", cell="train", name="train", hint="take both by the same entries")
def labels_in_their_old_order(net, images, labels, rate, size, epochs, rng):
    net, losses = dict(net), []
    for _ in range(epochs):
        order = rng.permutation(len(images))
        for first in range(0, len(order), size):
            batch = order[first : first + size]
            loss, gradients = loss_and_gradients(net, images[batch], labels[first : first + size])
            net = {name: net[name] - rate * gradients[name] for name in net}
            losses.append(loss)
    return net, losses


@wrong("train-check", cell="train", name="train", hint="The last batch is missing")
def last_batch_dropped(net, images, labels, rate, size, epochs, rng):
    net, losses = dict(net), []
    for _ in range(epochs):
        order = rng.permutation(len(images))
        for first in range(0, len(order) - size + 1, size):
            batch = order[first : first + size]
            loss, gradients = loss_and_gradients(net, images[batch], labels[batch])
            net = {name: net[name] - rate * gradients[name] for name in net}
            losses.append(loss)
    return net, losses


@wrong("train-check", cell="train", name="train", hint="before its step")
def loss_after_the_step(net, images, labels, rate, size, epochs, rng):
    net, losses = dict(net), []
    for _ in range(epochs):
        order = rng.permutation(len(images))
        for first in range(0, len(order), size):
            batch = order[first : first + size]
            _, gradients = loss_and_gradients(net, images[batch], labels[batch])
            net = {name: net[name] - rate * gradients[name] for name in net}
            losses.append(loss_and_gradients(net, images[batch], labels[batch])[0])
    return net, losses


@wrong("train-check", cell="train", name="train", hint="against the gradient")
def uphill(net, images, labels, rate, size, epochs, rng):
    net, losses = dict(net), []
    for _ in range(epochs):
        order = rng.permutation(len(images))
        for first in range(0, len(order), size):
            batch = order[first : first + size]
            loss, gradients = loss_and_gradients(net, images[batch], labels[batch])
            net = {name: net[name] + rate * gradients[name] for name in net}
            losses.append(loss)
    return net, losses


@wrong("train-check", cell="train", name="train", hint="The biases do not move")
def biases_stay(net, images, labels, rate, size, epochs, rng):
    net, losses = dict(net), []
    for _ in range(epochs):
        order = rng.permutation(len(images))
        for first in range(0, len(order), size):
            batch = order[first : first + size]
            loss, gradients = loss_and_gradients(net, images[batch], labels[batch])
            net = {**net, **{name: net[name] - rate * gradients[name] for name in ("w1", "w2")}}
            losses.append(loss)
    return net, losses


@wrong("train-check", cell="train", name="train", hint="The filters do not move")
def filters_stay(net, images, labels, rate, size, epochs, rng):
    net, losses = dict(net), []
    for _ in range(epochs):
        order = rng.permutation(len(images))
        for first in range(0, len(order), size):
            batch = order[first : first + size]
            loss, gradients = loss_and_gradients(net, images[batch], labels[batch])
            net = {**net, **{name: net[name] - rate * gradients[name] for name in ("w2", "b2")}}
            losses.append(loss)
    return net, losses


@wrong("train-check", cell="train", name="train", hint="not divided by the size of the batch again")
def mean_divided_once_more(net, images, labels, rate, size, epochs, rng):
    net, losses = dict(net), []
    for _ in range(epochs):
        order = rng.permutation(len(images))
        for first in range(0, len(order), size):
            batch = order[first : first + size]
            loss, gradients = loss_and_gradients(net, images[batch], labels[batch])
            net = {name: net[name] - rate * gradients[name] / len(batch) for name in net}
            losses.append(loss)
    return net, losses


@wrong("train-check", cell="train", name="train", hint="once an epoch, and from no other draw")
def batches_drawn_with_repetition(net, images, labels, rate, size, epochs, rng):
    net, losses = dict(net), []
    for _ in range(epochs):
        order = rng.choice(len(images), len(images))
        for first in range(0, len(order), size):
            batch = order[first : first + size]
            loss, gradients = loss_and_gradients(net, images[batch], labels[batch])
            net = {name: net[name] - rate * gradients[name] for name in net}
            losses.append(loss)
    return net, losses


@wrong("train-check", cell="train", name="train", hint="as it was at the start")
def every_step_from_the_start(net, images, labels, rate, size, epochs, rng):
    net, losses = dict(net), []
    for _ in range(epochs):
        order = rng.permutation(len(images))
        for first in range(0, len(order), size):
            batch = order[first : first + size]
            loss, gradients = loss_and_gradients(net, images[batch], labels[batch])
            new = {name: net[name] - rate * gradients[name] for name in net}
            losses.append(loss)
    net = new
    return net, losses


@wrong("train-check", cell="train", name="train", hint="not one an epoch")
def one_loss_an_epoch(net, images, labels, rate, size, epochs, rng):
    net, losses = dict(net), []
    for _ in range(epochs):
        order = rng.permutation(len(images))
        for first in range(0, len(order), size):
            batch = order[first : first + size]
            loss, gradients = loss_and_gradients(net, images[batch], labels[batch])
            net = {name: net[name] - rate * gradients[name] for name in net}
        losses.append(loss)
    return net, losses

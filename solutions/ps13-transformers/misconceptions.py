"""Wrong solutions of problem set 13, from slips with scales, axes, masks, residuals, places and shifted targets."""

import numpy as np

import chainrule
from classroom.misconception import wrong

# 1 Attention


@wrong("attend-check", cell="attend", name="attend", hint="not scaled")
def no_scale(Q, K, V, forbidden=None):
    scores = Q @ K.swapaxes(-1, -2)
    if forbidden is not None:
        scores = scores + np.where(forbidden, -np.inf, 0.0)
    weights = chainrule.softmax(scores)
    return weights @ V, weights


@wrong("attend-check", cell="attend", name="attend", hint="it is the root of d")
def scale_by_d(Q, K, V, forbidden=None):
    scores = Q @ K.swapaxes(-1, -2) / Q.shape[-1]
    if forbidden is not None:
        scores = scores + np.where(forbidden, -np.inf, 0.0)
    weights = chainrule.softmax(scores)
    return weights @ V, weights


@wrong("attend-check", cell="attend", name="attend", hint="not that of the values")
def scale_by_the_values_width(Q, K, V, forbidden=None):
    scores = Q @ K.swapaxes(-1, -2) / np.sqrt(V.shape[-1])
    if forbidden is not None:
        scores = scores + np.where(forbidden, -np.inf, 0.0)
    weights = chainrule.softmax(scores)
    return weights @ V, weights


@wrong("attend-check", cell="attend", name="attend", hint="goes over the keys, the last axis")
def softmax_over_queries(Q, K, V, forbidden=None):
    scores = Q @ K.swapaxes(-1, -2) / np.sqrt(Q.shape[-1])
    if forbidden is not None:
        scores = scores + np.where(forbidden, -np.inf, 0.0)
    weights = chainrule.softmax(scores, axis=-2)
    return weights @ V, weights


@wrong("attend-check", cell="attend", name="attend", hint="exp overflowed")
def unstable(Q, K, V, forbidden=None):
    scores = Q @ K.swapaxes(-1, -2) / np.sqrt(Q.shape[-1])
    if forbidden is not None:
        scores = scores + np.where(forbidden, -np.inf, 0.0)
    weights = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    return weights @ V, weights


@wrong("attend-check", cell="attend", name="attend", hint="subtract from each row its own largest score")
def one_largest_for_all(Q, K, V, forbidden=None):
    scores = Q @ K.swapaxes(-1, -2) / np.sqrt(Q.shape[-1])
    if forbidden is not None:
        scores = scores + np.where(forbidden, -np.inf, 0.0)
    weights = np.exp(scores - scores.max())
    weights = weights / weights.sum(axis=-1, keepdims=True)
    return weights @ V, weights


@wrong("attend-check", cell="attend", name="attend", hint=".T reverses all of them")
def transpose_everything(Q, K, V, forbidden=None):
    scores = Q @ K.T / np.sqrt(Q.shape[-1])
    if forbidden is not None:
        scores = scores + np.where(forbidden, -np.inf, 0.0)
    weights = chainrule.softmax(scores)
    return weights @ V, weights


@wrong("attend-check", cell="attend", name="attend", hint="no longer add up to 1")
def mask_after_softmax(Q, K, V, forbidden=None):
    weights = chainrule.softmax(Q @ K.swapaxes(-1, -2) / np.sqrt(Q.shape[-1]))
    if forbidden is not None:
        weights = weights * ~forbidden
    return weights @ V, weights


@wrong("attend-check", cell="attend", name="attend", hint="A score of 0 still gets weight")
def forbidden_scores_zero(Q, K, V, forbidden=None):
    scores = Q @ K.swapaxes(-1, -2) / np.sqrt(Q.shape[-1])
    if forbidden is not None:
        scores = scores * ~forbidden
    weights = chainrule.softmax(scores)
    return weights @ V, weights


@wrong("attend-check", cell="attend", name="attend", hint="the wrong way round")
def true_means_allowed(Q, K, V, forbidden=None):
    scores = Q @ K.swapaxes(-1, -2) / np.sqrt(Q.shape[-1])
    if forbidden is not None:
        scores = np.where(forbidden, scores, -np.inf)
    weights = chainrule.softmax(scores)
    return weights @ V, weights


@wrong("attend-check", cell="attend", name="attend", hint="A finite amount")
def a_little_less(Q, K, V, forbidden=None):
    scores = Q @ K.swapaxes(-1, -2) / np.sqrt(Q.shape[-1])
    if forbidden is not None:
        scores = scores - 10.0 * forbidden
    weights = chainrule.softmax(scores)
    return weights @ V, weights


@wrong("attend-check", cell="attend", name="attend", hint="here a row lost all its weights")
def mask_after_softmax_divided_again(Q, K, V, forbidden=None):
    weights = chainrule.softmax(Q @ K.swapaxes(-1, -2) / np.sqrt(Q.shape[-1]))
    if forbidden is not None:
        weights = weights * ~forbidden
        weights = weights / weights.sum(axis=-1, keepdims=True)
    return weights @ V, weights


@wrong("attend-check", cell="attend", name="attend", hint="0 times infinity")
def infinity_times_mask(Q, K, V, forbidden=None):
    scores = Q @ K.swapaxes(-1, -2) / np.sqrt(Q.shape[-1])
    if forbidden is not None:
        scores = scores - np.inf * forbidden
    weights = chainrule.softmax(scores)
    return weights @ V, weights


# 2 A mask for texts in one row


@wrong("packed-check", cell="packed", name="packed_mask", hint="also earlier ones")
def causal_only(texts):
    return np.triu(np.ones((len(texts), len(texts)), dtype=bool), 1)


@wrong("packed-check", cell="packed", name="packed_mask", hint="nothing on the diagonal is forbidden")
def not_even_itself(texts):
    return np.triu(np.ones((len(texts), len(texts)), dtype=bool)) | (texts != texts[:, None])


@wrong("packed-check", cell="packed", name="packed_mask", hint="the other triangle")
def past_forbidden(texts):
    return np.tril(np.ones((len(texts), len(texts)), dtype=bool), -1) | (texts != texts[:, None])


@wrong("packed-check", cell="packed", name="packed_mask", hint="True means forbidden")
def where_allowed(texts):
    return np.tril(np.ones((len(texts), len(texts)), dtype=bool)) & (texts == texts[:, None])


@wrong("packed-check", cell="packed", name="packed_mask", hint="nothing is forbidden")
def both_needed(texts):
    return np.triu(np.ones((len(texts), len(texts)), dtype=bool), 1) & (texts != texts[:, None])


@wrong("packed-check", cell="packed", name="packed_mask", hint="Return booleans")
def numbers_to_add(texts):
    place = np.arange(len(texts))
    return np.where((place > place[:, None]) | (texts != texts[:, None]), -np.inf, 0.0)


@wrong("packed-check", cell="packed", name="packed_mask", hint="have no order")
def border_at_a_change_of_one(texts):
    place = np.arange(len(texts))
    return (place > place[:, None]) | (texts > texts[:, None])


# 3 Several heads


@wrong("heads-check", cell="heads", name="split_heads", hint="spread over several tokens")
def reshape_alone(X, heads):
    B, T, D = X.shape
    return X.reshape(B, heads, T, D // heads)


@wrong("heads-check", cell="heads", name="split_heads", hint="exchange axes 1 and 2")
def no_exchange(X, heads):
    B, T, D = X.shape
    return X.reshape(B, T, heads, D // heads)


@wrong("heads-check", cell="heads", name="split_heads", hint="every third column")
def every_other_column(X, heads):
    B, T, D = X.shape
    return X.reshape(B, T, D // heads, heads).transpose(0, 3, 1, 2)


@wrong("heads-check", cell="heads", name="multi_head", hint="mixed up with the tokens")
def joined_without_exchange(X, P, heads, forbidden=None):
    Q, K, V = (split_heads(X @ P[name].T, heads) for name in ("Wq", "Wk", "Wv"))  # noqa: F821
    mixed, _ = attend(Q, K, V, forbidden)  # noqa: F821
    return mixed.reshape(*X.shape) @ P["Wo"].T


@wrong("heads-check", cell="heads", name="multi_head", hint="Wo is missing")
def no_output_matrix(X, P, heads, forbidden=None):
    Q, K, V = (split_heads(X @ P[name].T, heads) for name in ("Wq", "Wk", "Wv"))  # noqa: F821
    mixed, _ = attend(Q, K, V, forbidden)  # noqa: F821
    return mixed.transpose(0, 2, 1, 3).reshape(*X.shape)


@wrong("heads-check", cell="heads", name="multi_head", hint="The mask is not passed on")
def mask_forgotten(X, P, heads, forbidden=None):
    Q, K, V = (split_heads(X @ P[name].T, heads) for name in ("Wq", "Wk", "Wv"))  # noqa: F821
    mixed, _ = attend(Q, K, V)  # noqa: F821
    return mixed.transpose(0, 2, 1, 3).reshape(*X.shape) @ P["Wo"].T


@wrong("heads-check", cell="heads", name="multi_head", hint="as in every layer")
def weights_not_transposed(X, P, heads, forbidden=None):
    Q, K, V = (split_heads(X @ P[name], heads) for name in ("Wq", "Wk", "Wv"))  # noqa: F821
    mixed, _ = attend(Q, K, V, forbidden)  # noqa: F821
    return mixed.transpose(0, 2, 1, 3).reshape(*X.shape) @ P["Wo"].T


@wrong("heads-check", cell="heads", name="multi_head", hint="of its own width, D/H")
def scaled_by_the_whole_width(X, P, heads, forbidden=None):
    Q, K, V = (split_heads(X @ P[name].T, heads) for name in ("Wq", "Wk", "Wv"))  # noqa: F821
    scores = Q @ K.swapaxes(-1, -2) / np.sqrt(X.shape[-1])
    if forbidden is not None:
        scores = scores + np.where(forbidden, -np.inf, 0.0)
    mixed = chainrule.softmax(scores) @ V
    return mixed.transpose(0, 2, 1, 3).reshape(*X.shape) @ P["Wo"].T


@wrong("heads-check", cell="heads", name="multi_head", hint="one head as wide as the tokens")
def one_wide_head(X, P, heads, forbidden=None):
    mixed, _ = attend(X @ P["Wq"].T, X @ P["Wk"].T, X @ P["Wv"].T, forbidden)  # noqa: F821
    return mixed @ P["Wo"].T


@wrong("heads-check", cell="heads", name="multi_head", hint="have changed places")
def keys_for_queries(X, P, heads, forbidden=None):
    Q, K, V = (split_heads(X @ P[name].T, heads) for name in ("Wk", "Wq", "Wv"))  # noqa: F821
    mixed, _ = attend(Q, K, V, forbidden)  # noqa: F821
    return mixed.transpose(0, 2, 1, 3).reshape(*X.shape) @ P["Wo"].T


@wrong("heads-check", cell="heads", name="multi_head", hint="the residual comes in the block")
def tokens_added(X, P, heads, forbidden=None):
    mixed, _ = attend(*(split_heads(X @ P[name].T, heads) for name in ("Wq", "Wk", "Wv")), forbidden)  # noqa: F821
    return X + mixed.transpose(0, 2, 1, 3).reshape(*X.shape) @ P["Wo"].T


@wrong("heads-check", cell="heads", name="multi_head", hint="are the values made with Wv")
def keys_as_values(X, P, heads, forbidden=None):
    mixed, _ = attend(*(split_heads(X @ P[name].T, heads) for name in ("Wq", "Wk", "Wk")), forbidden)  # noqa: F821
    return mixed.transpose(0, 2, 1, 3).reshape(*X.shape) @ P["Wo"].T


# 4 Where a token stands


@wrong("positions-check", cell="positions", name="encode", hint="sines first")
def cosines_first(places, D):
    angles = places[:, None] * 10000.0 ** (-2 * np.arange(D // 2) / D)
    return np.concatenate([np.cos(angles), np.sin(angles)], axis=1)


@wrong("positions-check", cell="positions", name="encode", hint="stand in turn")
def in_turn(places, D):
    angles = places[:, None] * 10000.0 ** (-2 * np.arange(D // 2) / D)
    return np.stack([np.sin(angles), np.cos(angles)], axis=2).reshape(len(places), D)


@wrong("positions-check", cell="positions", name="encode", hint="not -i/D")
def exponent_without_two(places, D):
    angles = places[:, None] * 10000.0 ** (-np.arange(D // 2) / D)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)


@wrong("positions-check", cell="positions", name="encode", hint="base of the frequencies")
def base_of_a_thousand(places, D):
    angles = places[:, None] * 1000.0 ** (-2 * np.arange(D // 2) / D)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)


@wrong("positions-check", cell="positions", name="encode", hint="The frequencies grow")
def growing_frequencies(places, D):
    angles = places[:, None] * 10000.0 ** (2 * np.arange(D // 2) / D)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)


@wrong("positions-check", cell="positions", name="encode", hint="the first frequency is 1")
def counted_from_one(places, D):
    angles = places[:, None] * 10000.0 ** (-2 * np.arange(1, D // 2 + 1) / D)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)


@wrong("positions-check", cell="positions", name="moved", hint="This moves back")
def moved_back(codes, k):
    half = codes.shape[1] // 2
    turn = k * 10000.0 ** (-np.arange(half) / half)
    s, c = codes[:, :half], codes[:, half:]
    return np.concatenate([s * np.cos(turn) - c * np.sin(turn), c * np.cos(turn) + s * np.sin(turn)], axis=1)


@wrong("positions-check", cell="positions", name="moved", hint="cos cos - sin sin")
def plus_in_both(codes, k):
    half = codes.shape[1] // 2
    turn = k * 10000.0 ** (-np.arange(half) / half)
    s, c = codes[:, :half], codes[:, half:]
    return np.concatenate([s * np.cos(turn) + c * np.sin(turn), c * np.cos(turn) + s * np.sin(turn)], axis=1)


@wrong("positions-check", cell="positions", name="moved", hint="an angle of its own")
def one_angle_for_all(codes, k):
    half = codes.shape[1] // 2
    s, c = codes[:, :half], codes[:, half:]
    return np.concatenate([s * np.cos(k) + c * np.sin(k), c * np.cos(k) - s * np.sin(k)], axis=1)


@wrong("positions-check", cell="positions", name="moved", hint="not the sum of the codes")
def codes_added(codes, k):
    return codes + encode(np.array([k]), codes.shape[1])  # noqa: F821


@wrong("positions-check", cell="positions", name="moved", hint="The move must be linear")
def by_the_angle(codes, k):
    half = codes.shape[1] // 2
    angles = np.arctan2(codes[:, :half], codes[:, half:]) + k * 10000.0 ** (-np.arange(half) / half)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)


@wrong("positions-check", cell="positions", name="moved", hint="were the new sines used")
def new_sines_used(codes, k):
    half = codes.shape[1] // 2
    turn = k * 10000.0 ** (-np.arange(half) / half)
    s, c = codes[:, :half], codes[:, half:]
    s = s * np.cos(turn) + c * np.sin(turn)
    return np.concatenate([s, c * np.cos(turn) - s * np.sin(turn)], axis=1)


@wrong("positions-check", cell="positions", name="moved", hint="arcsin gives an angle between")
def by_arcsin(codes, k):
    return encode(np.arcsin(codes[:, 0]) + k, codes.shape[1])  # noqa: F821


# 5 Layer norm


@wrong("norm-check", cell="norm", name="layer_norm", hint="over the last axis")
def over_the_tokens(X, gain, shift, eps=1e-5):
    return (X - X.mean(axis=0)) / np.sqrt(X.var(axis=0) + eps) * gain + shift


@wrong("norm-check", cell="norm", name="layer_norm", hint="Here axis 1 are the tokens")
def over_axis_one(X, gain, shift, eps=1e-5):
    return (X - X.mean(axis=1, keepdims=True)) / np.sqrt(X.var(axis=1, keepdims=True) + eps) * gain + shift


@wrong("norm-check", cell="norm", name="layer_norm", hint="inside the root")
def eps_outside_the_root(X, gain, shift, eps=1e-5):
    return (X - X.mean(axis=-1, keepdims=True)) / (X.std(axis=-1, keepdims=True) + eps) * gain + shift


@wrong("norm-check", cell="norm", name="layer_norm", hint="not by D - 1")
def unbiased_variance(X, gain, shift, eps=1e-5):
    variance = X.var(axis=-1, keepdims=True, ddof=1)
    return (X - X.mean(axis=-1, keepdims=True)) / np.sqrt(variance + eps) * gain + shift


@wrong("norm-check", cell="norm", name="layer_norm", hint="Divide by the root")
def divided_by_the_variance(X, gain, shift, eps=1e-5):
    return (X - X.mean(axis=-1, keepdims=True)) / (X.var(axis=-1, keepdims=True) + eps) * gain + shift


@wrong("norm-check", cell="norm", name="layer_norm", hint="keep their axis")
def axis_lost(X, gain, shift, eps=1e-5):
    return (X - X.mean(axis=-1)) / np.sqrt(X.var(axis=-1) + eps) * gain + shift


@wrong("norm-check", cell="norm", name="layer_norm", hint="First times gain")
def shift_before_gain(X, gain, shift, eps=1e-5):
    normal = (X - X.mean(axis=-1, keepdims=True)) / np.sqrt(X.var(axis=-1, keepdims=True) + eps)
    return (normal + shift) * gain


# 6 The block


@wrong("block-check", cell="block", name="block", hint="not after the sum (post-norm)")
def post_norm(X, P, heads, forbidden=None):
    Y = layer_norm(X + multi_head(X, P, heads, forbidden), P["gain1"], P["shift1"])  # noqa: F821
    hidden = chainrule.relu(Y @ P["W1"].T + P["c1"])
    return layer_norm(Y + hidden @ P["W2"].T + P["c2"], P["gain2"], P["shift2"])  # noqa: F821


@wrong("block-check", cell="block", name="block", hint="A residual is missing")
def no_residuals(X, P, heads, forbidden=None):
    Y = multi_head(layer_norm(X, P["gain1"], P["shift1"]), P, heads, forbidden)  # noqa: F821
    hidden = chainrule.relu(layer_norm(Y, P["gain2"], P["shift2"]) @ P["W1"].T + P["c1"])  # noqa: F821
    return hidden @ P["W2"].T + P["c2"]


@wrong("block-check", cell="block", name="block", hint="and Y + the feed-forward layers")
def one_residual(X, P, heads, forbidden=None):
    Y = X + multi_head(layer_norm(X, P["gain1"], P["shift1"]), P, heads, forbidden)  # noqa: F821
    hidden = chainrule.relu(layer_norm(Y, P["gain2"], P["shift2"]) @ P["W1"].T + P["c1"])  # noqa: F821
    return hidden @ P["W2"].T + P["c2"]


@wrong("block-check", cell="block", name="block", hint="norm_1 is missing")
def first_norm_missing(X, P, heads, forbidden=None):
    Y = X + multi_head(X, P, heads, forbidden)  # noqa: F821
    hidden = chainrule.relu(layer_norm(Y, P["gain2"], P["shift2"]) @ P["W1"].T + P["c1"])  # noqa: F821
    return Y + hidden @ P["W2"].T + P["c2"]


@wrong("block-check", cell="block", name="block", hint="norm_2 is missing")
def second_norm_missing(X, P, heads, forbidden=None):
    Y = X + multi_head(layer_norm(X, P["gain1"], P["shift1"]), P, heads, forbidden)  # noqa: F821
    return Y + chainrule.relu(Y @ P["W1"].T + P["c1"]) @ P["W2"].T + P["c2"]


@wrong("block-check", cell="block", name="block", hint="a residual adds x itself")
def residual_of_the_normalised(X, P, heads, forbidden=None):
    X = layer_norm(X, P["gain1"], P["shift1"])  # noqa: F821
    Y = X + multi_head(X, P, heads, forbidden)  # noqa: F821
    hidden = chainrule.relu(layer_norm(Y, P["gain2"], P["shift2"]) @ P["W1"].T + P["c1"])  # noqa: F821
    return Y + hidden @ P["W2"].T + P["c2"]


@wrong("block-check", cell="block", name="block", hint="they come after attention, not beside it")
def in_parallel(X, P, heads, forbidden=None):
    Y = X + multi_head(layer_norm(X, P["gain1"], P["shift1"]), P, heads, forbidden)  # noqa: F821
    hidden = chainrule.relu(layer_norm(X, P["gain2"], P["shift2"]) @ P["W1"].T + P["c1"])  # noqa: F821
    return Y + hidden @ P["W2"].T + P["c2"]


@wrong("block-check", cell="block", name="block", hint="depends on the second")
def mask_dropped(X, P, heads, forbidden=None):
    Y = X + multi_head(layer_norm(X, P["gain1"], P["shift1"]), P, heads)  # noqa: F821
    hidden = chainrule.relu(layer_norm(Y, P["gain2"], P["shift2"]) @ P["W1"].T + P["c1"])  # noqa: F821
    return Y + hidden @ P["W2"].T + P["c2"]


@wrong("block-check", cell="block", name="block", hint="relu is missing")
def linear_feed_forward(X, P, heads, forbidden=None):
    Y = X + multi_head(layer_norm(X, P["gain1"], P["shift1"]), P, heads, forbidden)  # noqa: F821
    hidden = layer_norm(Y, P["gain2"], P["shift2"]) @ P["W1"].T + P["c1"]  # noqa: F821
    return Y + hidden @ P["W2"].T + P["c2"]


@wrong("block-check", cell="block", name="block", hint="c1 is added before relu")
def shift_after_relu(X, P, heads, forbidden=None):
    Y = X + multi_head(layer_norm(X, P["gain1"], P["shift1"]), P, heads, forbidden)  # noqa: F821
    hidden = chainrule.relu(layer_norm(Y, P["gain2"], P["shift2"]) @ P["W1"].T) + P["c1"]  # noqa: F821
    return Y + hidden @ P["W2"].T + P["c2"]


# 7 How many numbers


@wrong("count-check", cell="count", name="count_parameters", hint="their number changes nothing")
def four_matrices_a_head(V, D, heads, L, F):
    return 2 * V * D + L * (4 * heads * D * D + 4 * D + 2 * F * D + F + D) + 2 * D


@wrong("count-check", cell="count", name="count_parameters", hint="Wo is one of them")
def three_matrices(V, D, heads, L, F):
    return 2 * V * D + L * (3 * D * D + 4 * D + 2 * F * D + F + D) + 2 * D


@wrong("count-check", cell="count", name="count_parameters", hint="nothing is shared")
def tied(V, D, heads, L, F):
    return V * D + L * (4 * D * D + 4 * D + 2 * F * D + F + D) + 2 * D


@wrong("count-check", cell="count", name="count_parameters", hint="have biases, F and D")
def feed_forward_without_biases(V, D, heads, L, F):
    return 2 * V * D + L * (4 * D * D + 4 * D + 2 * F * D) + 2 * D


@wrong("count-check", cell="count", name="count_parameters", hint="one at the end")
def no_last_norm(V, D, heads, L, F):
    return 2 * V * D + L * (4 * D * D + 4 * D + 2 * F * D + F + D)


@wrong("count-check", cell="count", name="count_parameters", hint="not in each block")
def last_norm_in_each_block(V, D, heads, L, F):
    return 2 * V * D + L * (4 * D * D + 6 * D + 2 * F * D + F + D)


# 8 A digit as tokens


@wrong("patches-check", cell="patches", name="patches", hint="a reshape alone")
def only_reshaped(images, size):
    return images.reshape(len(images), -1, size * size)


@wrong("patches-check", cell="patches", name="patches", hint="The squares go down first")
def columns_of_squares(images, size):
    N, H, W = images.shape
    squares = images.reshape(N, H // size, size, W // size, size).transpose(0, 3, 1, 2, 4)
    return squares.reshape(N, -1, size * size)


@wrong("patches-check", cell="patches", name="patches", hint="pixels of a square are transposed")
def pixels_transposed(images, size):
    N, H, W = images.shape
    squares = images.reshape(N, H // size, size, W // size, size).transpose(0, 1, 3, 4, 2)
    return squares.reshape(N, -1, size * size)


@wrong("patches-check", cell="patches", name="patches", hint="not neighbours")
def axis_split_the_other_way(images, size):
    N, H, W = images.shape
    squares = images.reshape(N, size, H // size, size, W // size).transpose(0, 2, 4, 1, 3)
    return squares.reshape(N, -1, size * size)


@wrong("patches-check", cell="patches", name="patches", hint="The squares overlap")
def overlapping(images, size):
    windows = np.lib.stride_tricks.sliding_window_view(images, (size, size), axis=(1, 2))
    return windows.reshape(len(images), -1, size * size)


@wrong("patches-check", cell="patches", name="patches", hint="Each image keeps its own row")
def all_images_together(images, size):
    N, H, W = images.shape
    squares = images.reshape(N, H // size, size, W // size, size).transpose(0, 1, 3, 2, 4)
    return squares.reshape(-1, size * size)


@wrong("patches-check", cell="patches", name="patches", hint="H and W have changed places")
def height_for_width(images, size):
    N, H, W = images.shape
    squares = images.reshape(N, W // size, size, H // size, size).transpose(0, 1, 3, 2, 4)
    return squares.reshape(N, -1, size * size)


# 9 The loss of all positions


@wrong("loss-check", cell="loss", name="next_token_loss", hint="scored on its own token")
def not_shifted(logits, tokens, lengths=None):
    B, T = tokens.shape
    rows, places = np.meshgrid(np.arange(B), np.arange(T), indexing="ij")
    counted = places < (T if lengths is None else np.asarray(lengths)[:, None])
    return -chainrule.log_softmax(logits)[rows[counted], places[counted], tokens[counted]].mean()


@wrong("loss-check", cell="loss", name="next_token_loss", hint="shift the other way")
def shifted_the_wrong_way(logits, tokens, lengths=None):
    B, T = tokens.shape
    rows, places = np.meshgrid(np.arange(B), np.arange(T - 1), indexing="ij")
    counted = places + 1 < (T if lengths is None else np.asarray(lengths)[:, None])
    rows, places = rows[counted], places[counted]
    return -chainrule.log_softmax(logits)[rows, places + 1, tokens[rows, places]].mean()


@wrong("loss-check", cell="loss", name="next_token_loss", hint="The last place has no next token")
def rolled(logits, tokens, lengths=None):
    B, T = tokens.shape
    rows, places = np.meshgrid(np.arange(B), np.arange(T), indexing="ij")
    return -chainrule.log_softmax(logits)[rows, places, np.roll(tokens, -1, axis=1)].mean()


@wrong("loss-check", cell="loss", name="next_token_loss", hint="behind the end of a row")
def padding_counted(logits, tokens, lengths=None):
    B, T = tokens.shape
    rows, places = np.meshgrid(np.arange(B), np.arange(T - 1), indexing="ij")
    return -chainrule.log_softmax(logits)[rows, places, tokens[:, 1:]].mean()


@wrong("loss-check", cell="loss", name="next_token_loss", hint="mean of the rows' means")
def mean_of_means(logits, tokens, lengths=None):
    B, T = tokens.shape
    lengths = [T] * B if lengths is None else lengths
    logs = chainrule.log_softmax(logits)
    means = [-logs[b, np.arange(n - 1), tokens[b, 1:n]].mean() for b, n in enumerate(lengths)]
    return sum(means) / B


@wrong("loss-check", cell="loss", name="next_token_loss", hint="exp overflowed")
def log_of_softmax(logits, tokens, lengths=None):
    B, T = tokens.shape
    rows, places = np.meshgrid(np.arange(B), np.arange(T - 1), indexing="ij")
    counted = places + 1 < (T if lengths is None else np.asarray(lengths)[:, None])
    rows, places = rows[counted], places[counted]
    with np.errstate(divide="ignore"):
        return -np.log(chainrule.softmax(logits)[rows, places, tokens[rows, places + 1]]).mean()


@wrong("loss-check", cell="loss", name="next_token_loss", hint="a mean, not a sum")
def summed(logits, tokens, lengths=None):
    B, T = tokens.shape
    rows, places = np.meshgrid(np.arange(B), np.arange(T - 1), indexing="ij")
    counted = places + 1 < (T if lengths is None else np.asarray(lengths)[:, None])
    rows, places = rows[counted], places[counted]
    return -chainrule.log_softmax(logits)[rows, places, tokens[rows, places + 1]].sum()


@wrong("loss-check", cell="loss", name="next_token_loss", hint="The softmax goes over the symbols")
def softmax_over_places(logits, tokens, lengths=None):
    B, T = tokens.shape
    rows, places = np.meshgrid(np.arange(B), np.arange(T - 1), indexing="ij")
    counted = places + 1 < (T if lengths is None else np.asarray(lengths)[:, None])
    rows, places = rows[counted], places[counted]
    return -chainrule.log_softmax(logits, axis=1)[rows, places, tokens[rows, places + 1]].mean()


@wrong("loss-check", cell="loss", name="next_token_loss", hint="something added to it before the logarithm")
def a_little_in_the_logarithm(logits, tokens, lengths=None):
    B, T = tokens.shape
    rows, places = np.meshgrid(np.arange(B), np.arange(T - 1), indexing="ij")
    counted = places + 1 < (T if lengths is None else np.asarray(lengths)[:, None])
    rows, places = rows[counted], places[counted]
    return -np.log(chainrule.softmax(logits)[rows, places, tokens[rows, places + 1]] + 1e-12).mean()


@wrong("loss-check", cell="loss", name="next_token_loss", hint="Were the logits taken for logs")
def no_softmax(logits, tokens, lengths=None):
    B, T = tokens.shape
    rows, places = np.meshgrid(np.arange(B), np.arange(T - 1), indexing="ij")
    counted = places + 1 < (T if lengths is None else np.asarray(lengths)[:, None])
    rows, places = rows[counted], places[counted]
    return -logits[rows, places, tokens[rows, places + 1]].mean()


# 10 A small language model


@wrong("model-check", cell="model", name="train", hint="is the mask there")
def no_mask(lines, alphabet, rng):
    V, D, F = len(alphabet), 32, 64
    tokens = np.array([[alphabet.index(symbol) for symbol in line] for line in lines])
    shapes = {"embedding": (V, D), "out": (V, D), "W1": (F, D), "W2": (D, F)}
    shapes |= dict.fromkeys(("Wq", "Wk", "Wv", "Wo"), (D, D))
    start = {name: rng.normal(0, shape[1] ** -0.5, shape) for name, shape in shapes.items()}
    start |= {name: np.zeros(D) for name in ("shift1", "shift2", "c2")} | {"c1": np.zeros(F)}
    start |= {name: np.ones(D) for name in ("gain1", "gain2")}
    codes = encode(np.arange(14), D)  # noqa: F821

    def predict(P, tokens):
        return block(P["embedding"][tokens] + codes[: tokens.shape[1]], P, 2) @ P["out"].T  # noqa: F821

    P = {name: chainrule.Tensor(array, requires_grad=True) for name, array in start.items()}
    optimizer = chainrule.optim.Adam(P.values(), lr=0.005)
    for _ in range(400):
        batch = tokens[rng.integers(0, len(tokens), size=32)]
        optimizer.zero_grad()
        next_token_loss(predict(P, batch), batch).backward()  # noqa: F821
        optimizer.step()
    learned = {name: tensor.data for name, tensor in P.items()}
    return lambda prefix: chainrule.softmax(predict(learned, np.array([[alphabet.index(c) for c in prefix]]))[0, -1])


@wrong("model-check", cell="model", name="train", hint="are the codes of the places added")
def no_places(lines, alphabet, rng):
    V, D, F = len(alphabet), 32, 64
    tokens = np.array([[alphabet.index(symbol) for symbol in line] for line in lines])
    shapes = {"embedding": (V, D), "out": (V, D), "W1": (F, D), "W2": (D, F)}
    shapes |= dict.fromkeys(("Wq", "Wk", "Wv", "Wo"), (D, D))
    start = {name: rng.normal(0, shape[1] ** -0.5, shape) for name, shape in shapes.items()}
    start |= {name: np.zeros(D) for name in ("shift1", "shift2", "c2")} | {"c1": np.zeros(F)}
    start |= {name: np.ones(D) for name in ("gain1", "gain2")}
    mask = packed_mask(np.zeros(14))  # noqa: F821

    def predict(P, tokens):
        t = tokens.shape[1]
        return block(P["embedding"][tokens], P, 2, mask[:t, :t]) @ P["out"].T  # noqa: F821

    P = {name: chainrule.Tensor(array, requires_grad=True) for name, array in start.items()}
    optimizer = chainrule.optim.Adam(P.values(), lr=0.005)
    for _ in range(400):
        batch = tokens[rng.integers(0, len(tokens), size=32)]
        optimizer.zero_grad()
        next_token_loss(predict(P, batch), batch).backward()  # noqa: F821
        optimizer.step()
    learned = {name: tensor.data for name, tensor in P.items()}
    return lambda prefix: chainrule.softmax(predict(learned, np.array([[alphabet.index(c) for c in prefix]]))[0, -1])


@wrong("model-check", cell="model", name="train", hint="repeats the last symbol")
def off_by_one(lines, alphabet, rng):
    V, D = len(alphabet), 32
    tokens = np.array([[alphabet.index(symbol) for symbol in line] for line in lines])
    start = {"embedding": rng.normal(0, D**-0.5, (V, D)), "out": rng.normal(0, D**-0.5, (V, D))}
    P = {name: chainrule.Tensor(array, requires_grad=True) for name, array in start.items()}
    optimizer = chainrule.optim.Adam(P.values(), lr=0.02)
    for _ in range(200):
        batch = tokens[rng.integers(0, len(tokens), size=32)]
        optimizer.zero_grad()
        logs = chainrule.log_softmax(P["embedding"][batch] @ P["out"].T)
        (-logs[np.arange(32)[:, None], np.arange(14), batch].mean()).backward()
        optimizer.step()
    learned = {name: tensor.data for name, tensor in P.items()}
    return lambda prefix: chainrule.softmax(learned["embedding"][alphabet.index(prefix[-1])] @ learned["out"].T)


@wrong("model-check", cell="model", name="train", hint="A table of pairs")
def table_of_pairs(lines, alphabet, rng):
    counts = np.ones((len(alphabet), len(alphabet)))
    for line in lines:
        for a, b in zip(line, line[1:]):
            counts[alphabet.index(a), alphabet.index(b)] += 1
    table = counts / counts.sum(axis=1, keepdims=True)
    return lambda prefix: table[alphabet.index(prefix[-1])]


@wrong("model-check", cell="model", name="train", hint="look like logits")
def logits_for_probabilities(lines, alphabet, rng):
    weights = rng.normal(size=(len(alphabet), len(alphabet)))
    return lambda prefix: weights[alphabet.index(prefix[-1])]


@wrong("model-check", cell="model", name="train", hint="must add up to 1")
def sure_of_everything(lines, alphabet, rng):
    return lambda prefix: np.ones(len(alphabet))


@wrong("model-check", cell="model", name="train", hint="One distribution over the 10 symbols")
def a_distribution_for_each_place(lines, alphabet, rng):
    return lambda prefix: np.full((len(prefix), len(alphabet)), 1 / len(alphabet))


@wrong("model-check", cell="model", name="train", hint="The same answer to every beginning")
def the_first_place_answers(lines, alphabet, rng):
    frequency = np.array([sum(line[1:].count(symbol) for line in lines) for symbol in alphabet]) + 1.0
    return lambda prefix: frequency / frequency.sum()


@wrong("model-check", cell="model", name="train", hint="change the weights that answer")
def untrained(lines, alphabet, rng):
    table = chainrule.softmax(0.1 * rng.normal(size=(len(alphabet), len(alphabet))))
    return lambda prefix: table[alphabet.index(prefix[-1])]

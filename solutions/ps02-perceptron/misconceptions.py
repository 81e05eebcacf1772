"""Wrong solutions of problem set 2, from mistakes people make with signs, biases and the value at zero."""

import numpy as np

from classroom.misconception import wrong

# 1 A line as weights


@wrong("weights-check", cell="weights", name="weights_of_line", hint="positive above it")
def positive_above(m, c):
    return (-c, -m, 1)


@wrong("weights-check", cell="weights", name="weights_of_line", hint="it holds the intercept")
def slope_and_intercept_swapped(m, c):
    return (m, c, -1)


@wrong("weights-check", cell="weights", name="weights_of_line", hint="changes its sign")
def sign_kept_when_moved(m, c):
    return (c, m, 1)


@wrong("weights-check", cell="weights", name="weights_of_line", hint="three numbers")
def bias_forgotten(m, c):
    return (m, -1)


@wrong("weights-check", cell="weights", name="weights_of_line", hint="in another order")
def bias_last(m, c):
    return m, -1, c


@wrong("weights-check", cell="weights", name="weights_of_line", hint="it must be positive")
def sign_of_the_intercept_turned(m, c):
    return -c, m, -1


# 2 The sign decides


@wrong("classify-check", cell="classify", name="classify", hint="which is no label")
def numpys_sign(w, X):
    return np.sign(w[0] + X @ w[1:])


@wrong("classify-check", cell="classify", name="classify", hint="must be above 0 for +1")
def zero_counts_as_positive(w, X):
    return np.where(w[0] + X @ w[1:] >= 0, 1.0, -1.0)


@wrong("classify-check", cell="classify", name="classify", hint="belongs to the sum as well")
def bias_left_out(w, X):
    return np.where(X @ w[1:] > 0, 1.0, -1.0)


@wrong("classify-check", cell="classify", name="classify", hint="not 1 and 0")
def labels_one_and_zero(w, X):
    return np.where(w[0] + X @ w[1:] > 0, 1.0, 0.0)


@wrong("classify-check", cell="classify", name="classify", hint="turned round")
def sign_turned_round(w, X):
    return np.where(w[0] + X @ w[1:] > 0, -1.0, 1.0)


@wrong("classify-check", cell="classify", name="classify", hint="the first weight, w[0], not the last")
def bias_taken_from_the_end(w, X):
    return np.where(X @ w[:-1] + w[-1] > 0, 1.0, -1.0)


@wrong("classify-check", cell="classify", name="classify", hint="the weights of the features are w[1]")
def bias_also_a_weight(w, X):
    return np.where(w[0] + X @ w[:-1] > 0, 1.0, -1.0)


@wrong("classify-check", cell="classify", name="classify", hint="X has no column of ones")
def column_of_ones_expected(w, X):
    return np.where(X @ w > 0, 1.0, -1.0)


@wrong("classify-check", cell="classify", name="classify", hint="the label is the sign of a sum")
def sums_returned(w, X):
    return w[0] + X @ w[1:]


# 3 How many turns


@wrong("turns-check", cell="turns", name="turns_needed", hint="exactly 0")
def stops_at_the_right_angle(w, x):
    k = 0
    while (w + k * x) @ x < 0:
        k += 1
    return k


@wrong("turns-check", cell="turns", name="turns_needed", hint="not turn it far enough")
def one_is_always_enough(w, x):
    return 0 if w @ x > 0 else 1


@wrong("turns-check", cell="turns", name="turns_needed", hint="Two x are added each time")
def adds_twice(w, x):
    k = 0
    while (w + 2 * k * x) @ x <= 0:
        k += 1
    return k


@wrong("turns-check", cell="turns", name="turns_needed", hint="Only half of x is added")
def adds_half(w, x):
    k = 0
    while (w + 0.5 * k * x) @ x <= 0:
        k += 1
    return k


@wrong("turns-check", cell="turns", name="turns_needed", hint="no addition is needed")
def always_adds_once(w, x):
    k = 1
    while (w + k * x) @ x <= 0:
        k += 1
    return k


@wrong("turns-check", cell="turns", name="turns_needed", hint="the square of the length of x")
def length_for_its_square(w, x):
    return max(0, int(np.floor(-(w @ x) / np.linalg.norm(x))) + 1)


@wrong("turns-check", cell="turns", name="turns_needed", hint="not a negative number")
def right_from_the_start_forgotten(w, x):
    return int(-(w @ x) // (x @ x)) + 1


# 4 One update


@wrong("update-check", cell="update", name="update", hint="is 2 for a missed +1")
def label_instead_of_difference(w, x, y, eta):
    y_hat = 1 if w @ x > 0 else -1
    return w + eta * y * x if y_hat != y else w.copy()


@wrong("update-check", cell="update", name="update", hint="wrong way")
def difference_turned_round(w, x, y, eta):
    y_hat = 1 if w @ x > 0 else -1
    return w + eta * (y_hat - y) * x


@wrong("update-check", cell="update", name="update", hint="eta is missing")
def no_learning_rate(w, x, y, eta):
    y_hat = 1 if w @ x > 0 else -1
    return w + (y - y_hat) * x


@wrong("update-check", cell="update", name="update", hint="work on a copy")
def changes_its_input(w, x, y, eta):
    y_hat = 1 if w @ x > 0 else -1
    w += eta * (y - y_hat) * x
    return w


@wrong("update-check", cell="update", name="update", hint="stay as they are")
def updates_correct_examples_too(w, x, y, eta):
    return w + 2 * eta * y * x


@wrong("update-check", cell="update", name="update", hint="not the sum itself")
def sum_for_the_label(w, x, y, eta):
    return w + eta * (y - w @ x) * x


@wrong("update-check", cell="update", name="update", hint="so w[0] moves as well")
def bias_stays(w, x, y, eta):
    y_hat = 1 if w @ x > 0 else -1
    new = w + eta * (y - y_hat) * x
    new[0] = w[0]
    return new


@wrong("update-check", cell="update", name="update", hint="an example of class +1 is misclassified")
def right_angle_counts_as_right(w, x, y, eta):
    return w + 2 * eta * y * x if y * (w @ x) < 0 else w.copy()


# 5 The learning algorithm


@wrong("pla-check", cell="pla", name="learn", hint="put a 1 in front")
def no_bias(X, y, max_rounds):
    w, errors = np.zeros(X.shape[1]), []
    for _ in range(max_rounds):
        missed = 0
        for x, label in zip(X, y):
            if (1 if w @ x > 0 else -1) != label:
                w = w + label * x
                missed += 1
        errors.append(missed)
        if missed == 0:
            break
    return w, errors


@wrong("pla-check", cell="pla", name="learn", hint="eta = 1 doubles the weights")
def rate_of_one(X, y, max_rounds):
    rows, w, errors = np.column_stack([np.ones(len(X)), X]), np.zeros(X.shape[1] + 1), []
    for _ in range(max_rounds):
        missed = 0
        for x, label in zip(rows, y):
            if (1 if w @ x > 0 else -1) != label:
                w = w + 2 * label * x
                missed += 1
        errors.append(missed)
        if missed == 0:
            break
    return w, errors


@wrong("pla-check", cell="pla", name="learn", hint="must see the new weights")
def updates_after_the_round(X, y, max_rounds):
    rows, w, errors = np.column_stack([np.ones(len(X)), X]), np.zeros(X.shape[1] + 1), []
    for _ in range(max_rounds):
        predicted = np.where(rows @ w > 0, 1, -1)
        missed = predicted != y
        w = w + (y[missed, None] * rows[missed]).sum(axis=0)
        errors.append(int(missed.sum()))
        if errors[-1] == 0:
            break
    return w, errors


@wrong("pla-check", cell="pla", name="learn", hint="not of updates")
def counts_updates_as_rounds(X, y, max_rounds):
    rows, w, errors, updates = np.column_stack([np.ones(len(X)), X]), np.zeros(X.shape[1] + 1), [], 0
    while updates < max_rounds:
        missed = 0
        for x, label in zip(rows, y):
            if (1 if w @ x > 0 else -1) != label:
                w, missed, updates = w + label * x, missed + 1, updates + 1
        errors.append(missed)
        if missed == 0:
            break
    return w, errors


@wrong("pla-check", cell="pla", name="learn", hint="The bias comes first")
def bias_at_the_end(X, y, max_rounds):
    X = np.column_stack([X, np.ones(len(X))])
    w, errors = np.zeros(X.shape[1]), []
    for _ in range(max_rounds):
        errors.append(0)
        for row, label in zip(X, y):
            y_hat = 1 if w @ row > 0 else -1
            if y_hat != label:
                w, errors[-1] = w + 0.5 * (label - y_hat) * row, errors[-1] + 1
        if errors[-1] == 0:
            break
    return w, errors


@wrong("pla-check", cell="pla", name="learn", hint="the sum must be above 0 for +1")
def zero_called_positive(X, y, max_rounds):
    X = np.column_stack([np.ones(len(X)), X])
    w, errors = np.zeros(X.shape[1]), []
    for _ in range(max_rounds):
        errors.append(0)
        for row, label in zip(X, y):
            y_hat = 1 if w @ row >= 0 else -1
            if y_hat != label:
                w, errors[-1] = w + 0.5 * (label - y_hat) * row, errors[-1] + 1
        if errors[-1] == 0:
            break
    return w, errors


@wrong("pla-check", cell="pla", name="learn", hint="which is no label")
def numpys_sign_in_the_loop(X, y, max_rounds):
    X = np.column_stack([np.ones(len(X)), X])
    w, errors = np.zeros(X.shape[1]), []
    for _ in range(max_rounds):
        errors.append(0)
        for row, label in zip(X, y):
            y_hat = np.sign(w @ row)
            if y_hat != label:
                w, errors[-1] = w + 0.5 * (label - y_hat) * row, errors[-1] + 1
        if errors[-1] == 0:
            break
    return w, errors


@wrong("pla-check", cell="pla", name="learn", hint="not their total")
def total_of_the_errors(X, y, max_rounds):
    X = np.column_stack([np.ones(len(X)), X])
    w, errors = np.zeros(X.shape[1]), []
    for _ in range(max_rounds):
        errors.append(0)
        for row, label in zip(X, y):
            y_hat = 1 if w @ row > 0 else -1
            if y_hat != label:
                w, errors[-1] = w + 0.5 * (label - y_hat) * row, errors[-1] + 1
        if errors[-1] == 0:
            break
    return w, sum(errors)


@wrong("pla-check", cell="pla", name="learn", hint="what is left after the round")
def errors_counted_after_the_round(X, y, max_rounds):
    X = np.column_stack([np.ones(len(X)), X])
    w, errors = np.zeros(X.shape[1]), []
    for _ in range(max_rounds):
        for row, label in zip(X, y):
            w = w + 0.5 * (label - (1 if w @ row > 0 else -1)) * row
        errors.append(int((np.where(X @ w > 0, 1, -1) != y).sum()))
        if errors[-1] == 0:
            break
    return w, errors


# 6 The margin


@wrong("margin-check", cell="margin", name="margin", hint="the answer is a distance")
def sum_instead_of_distance(w, X, y):
    return float((y * (w[0] + X @ w[1:])).min())


@wrong("margin-check", cell="margin", name="margin", hint="Multiply each sum by its label")
def labels_left_out(w, X, y):
    return float((w[0] + X @ w[1:]).min() / np.linalg.norm(w[1:]))


@wrong("margin-check", cell="margin", name="margin", hint="it does not turn it")
def bias_in_the_length(w, X, y):
    return float((y * (w[0] + X @ w[1:])).min() / np.linalg.norm(w))


@wrong("margin-check", cell="margin", name="margin", hint="no absolute value")
def absolute_distance(w, X, y):
    return float(np.abs(w[0] + X @ w[1:]).min() / np.linalg.norm(w[1:]))


@wrong("margin-check", cell="margin", name="margin", hint="over all examples")
def largest_distance(w, X, y):
    return float((y * (w[0] + X @ w[1:])).max() / np.linalg.norm(w[1:]))


@wrong("margin-check", cell="margin", name="margin", hint="left out of the length alone")
def bias_left_out_of_the_sum(w, X, y):
    return (y * (X @ w[1:])).min() / np.linalg.norm(w[1:])


@wrong("margin-check", cell="margin", name="margin", hint="square root of the sum")
def length_without_its_root(w, X, y):
    return (y * (w[0] + X @ w[1:])).min() / (w[1:] @ w[1:])


@wrong("margin-check", cell="margin", name="margin", hint="the smallest of these")
def one_distance_an_example(w, X, y):
    return y * (w[0] + X @ w[1:]) / np.linalg.norm(w[1:])


@wrong("margin-check", cell="margin", name="margin", hint="not their mean")
def mean_distance(w, X, y):
    return (y * (w[0] + X @ w[1:])).mean() / np.linalg.norm(w[1:])

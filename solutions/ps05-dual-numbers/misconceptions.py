"""Wrong solutions of ps05 that people really write, each with the hint it must earn."""

# Each stands in the place of a function of the solution, so the names of its neighbours are known there.
# ruff: noqa: F821, F841, RUF059

import math

from classroom.misconception import wrong

# Task 1: seeds, sums and products -----------------------------------------------------------------------------


@wrong("arithmetic-check", cell="arithmetic", name="seed", hint="every input is seeded")
def seeds_every_input(x, i):
    return [(value, 1.0) for value in x]


@wrong("arithmetic-check", cell="arithmetic", name="seed", hint="no input is seeded")
def seeds_no_input(x, i):
    return [(value, 0.0) for value in x]


@wrong("arithmetic-check", cell="arithmetic", name="seed", hint="whatever the value of x")
def seeds_with_the_value(x, i):
    return [(value, value if k == i else 0.0) for k, value in enumerate(x)]


@wrong("arithmetic-check", cell="arithmetic", name="seed", hint="seed by position")
def seeds_by_value(x, i):
    return [(value, 1.0 if value == x[i] else 0.0) for value in x]


@wrong("arithmetic-check", cell="arithmetic", name="seed", hint="every input becomes a pair")
def leaves_the_constants_bare(x, i):
    return [(value, 1.0) if k == i else value for k, value in enumerate(x)]


@wrong("arithmetic-check", cell="arithmetic", name="add", hint="one behind the other")
def joins_the_tuples(u, v):
    return as_pair(u) + as_pair(v)


@wrong("arithmetic-check", cell="arithmetic", name="multiply", hint="belongs to epsilon squared")
def multiplies_the_derivatives(u, v):
    (u, du), (v, dv) = as_pair(u), as_pair(v)
    return u * v, du * dv


@wrong("arithmetic-check", cell="arithmetic", name="multiply", hint="u v' is missing")
def forgets_the_second_term(u, v):
    (u, du), (v, dv) = as_pair(u), as_pair(v)
    return u * v, du * v


@wrong("arithmetic-check", cell="arithmetic", name="multiply", hint="derivatives add in a sum")
def adds_the_derivatives(u, v):
    (u, du), (v, dv) = as_pair(u), as_pair(v)
    return u * v, du + dv


@wrong("arithmetic-check", cell="arithmetic", name="multiply", hint="a constant does not move")
def takes_constants_for_variables(u, v):
    (u, du), (v, dv) = [w if isinstance(w, tuple) else (w, 1.0) for w in (u, v)]
    return u * v, du * v + u * dv


@wrong("arithmetic-check", cell="arithmetic", name="add", hint="pass each argument through as_pair")
def takes_pairs_only(u, v):
    return u[0] + v[0], u[1] + v[1]


# Task 2: quotients, powers and other functions ----------------------------------------------------------------


@wrong("elementary-check", cell="elementary", name="divide", hint="the derivative of the numerator comes first")
def quotient_with_the_sign_turned(u, v):
    (u, du), (v, dv) = u, v
    return u / v, (u * dv - du * v) / v**2


@wrong("elementary-check", cell="elementary", name="divide", hint="v squared")
def quotient_over_v(u, v):
    (u, du), (v, dv) = u, v
    return u / v, (du * v - u * dv) / v


@wrong("elementary-check", cell="elementary", name="divide", hint="a quotient of derivatives")
def divides_the_derivatives(u, v):
    return u[0] / v[0], u[1] / v[1]


@wrong("elementary-check", cell="elementary", name="power", hint="the last factor of the chain rule is missing")
def power_without_the_inner_derivative(u, n):
    return u[0] ** n, n * u[0] ** (n - 1) if n else 0.0


@wrong("elementary-check", cell="elementary", name="power", hint="the exponent goes down by one")
def power_keeps_the_exponent(u, n):
    return u[0] ** n, n * u[0] ** n * u[1]


@wrong("elementary-check", cell="elementary", name="power", hint="takes 0 to a negative power")
def power_zero_divides_by_zero(u, n):
    return u[0] ** n, n * u[0] ** (n - 1) * u[1]


@wrong("elementary-check", cell="elementary", name="power", hint="a loop over range(n) does nothing")
def power_by_a_loop(u, n):
    value, slope = 1.0, 0.0
    for _ in range(n):
        value, slope = value * u[0], slope * u[0] + value * u[1]
    return value, slope


@wrong("elementary-check", cell="elementary", name="power", hint="u^0 is the constant 1")
def power_zero_keeps_the_derivative(u, n):
    return u[0] ** n, n * u[0] ** (n - 1) * u[1] if n else u[1]


@wrong("elementary-check", cell="elementary", name="log", hint="the chain rule multiplies it by u'")
def log_without_the_inner_derivative(u):
    return math.log(u[0]), 1 / u[0]


@wrong("elementary-check", cell="elementary", name="log", hint="a number, the value of the pair")
def log_of_the_pair(u):
    return math.log(u), u[1] / u[0]


@wrong("elementary-check", cell="elementary", name="tanh", hint="1 - tanh squared")
def tanh_forgets_the_square(u):
    return math.tanh(u[0]), (1 - math.tanh(u[0])) * u[1]


@wrong("elementary-check", cell="elementary", name="tanh", hint="belongs to the logistic function")
def tanh_with_the_logistic_rule(u):
    y = math.tanh(u[0])
    return y, (y * (1 - y) if u[0] else 1.0) * u[1]


@wrong("elementary-check", cell="elementary", name="softplus", hint="the derivative of softplus is sigma itself")
def softplus_with_the_derivative_of_sigma(u):
    e = math.exp(-abs(u[0]))
    return max(u[0], 0.0) + math.log1p(e), e / (1 + e) ** 2 * u[1]


@wrong("elementary-check", cell="elementary", name="softplus", hint="takes e to a large power")
def softplus_overflows(u):
    e = math.exp(u[0])
    return math.log(1 + e), e / (1 + e) * u[1]


@wrong("elementary-check", cell="elementary", name="softplus", hint="takes e to a large power")
def softplus_with_a_naive_sigma(u):
    return max(u[0], 0.0) + math.log1p(math.exp(-abs(u[0]))), u[1] / (1 + math.exp(-u[0]))


@wrong("elementary-check", cell="elementary", name="softplus", hint="your functions of pairs")
def softplus_with_its_own_log(u):
    e = math.exp(-abs(u[0]))
    return max(u[0], 0.0) + log(1 + e), (1 / (1 + e) if u[0] >= 0 else e / (1 + e)) * u[1]


@wrong("elementary-check", cell="elementary", name="softplus", hint="take math.log1p")
def softplus_loses_the_value(u):
    e = math.exp(-abs(u[0]))
    return max(u[0], 0.0) + math.log(1 + e), (1 / (1 + e) if u[0] >= 0 else e / (1 + e)) * u[1]


@wrong("elementary-check", cell="elementary", name="softplus", hint="has no digits left")
def softplus_loses_the_slope(u):
    e = math.exp(-abs(u[0]))
    return max(u[0], 0.0) + math.log1p(e), (1 / (1 + e) if u[0] >= 0 else 1 - 1 / (1 + e)) * u[1]


# Task 3: kinks and a chain ------------------------------------------------------------------------------------


@wrong("kinks-check", cell="kinks", name="relu", hint="the condition is u > 0")
def relu_passes_at_zero(u):
    return max(0.0, u[0]), u[1] if u[0] >= 0 else 0.0


@wrong("kinks-check", cell="kinks", name="relu", hint="the chain rule multiplies it by u'")
def relu_returns_the_slope(u):
    return max(0.0, u[0]), 1.0 if u[0] > 0 else 0.0


@wrong("kinks-check", cell="kinks", name="relu", hint="on the left ReLU is flat")
def relu_keeps_the_derivative(u):
    return max(0.0, u[0]), u[1]


@wrong("kinks-check", cell="kinks", name="relu", hint="a negative derivative passes unchanged")
def relu_of_both_parts(u):
    return max(0.0, u[0]), max(0.0, u[1]) if u[0] > 0 else 0.0


@wrong("kinks-check", cell="kinks", name="relu", hint="take the pair apart")
def relu_compares_the_pair(u):
    return u if u > 0 else (0.0, 0.0)


@wrong("kinks-check", cell="kinks", name="maximum", hint="even if its derivative is the smaller")
def maximum_of_each_part(u, v):
    if u[0] == v[0]:
        return u[0], (u[1] + v[1]) / 2
    return max(u[0], v[0]), max(u[1], v[1])


@wrong("kinks-check", cell="kinks", name="maximum", hint="half of its derivative")
def maximum_takes_the_first_at_a_tie(u, v):
    return u if u[0] >= v[0] else v


@wrong("kinks-check", cell="kinks", name="maximum", hint="half of its derivative")
def maximum_compares_tuples(u, v):
    return max(u, v)


@wrong("kinks-check", cell="kinks", name="chained", hint="the factor 2 belongs to the derivative as well")
def chained_doubles_the_value_only(x, y, z):
    return maximum(multiply(y, z), add(y, (2.0 * x[0], x[1])))


@wrong("kinks-check", cell="kinks", name="chained", hint="the derivative of x is lost")
def chained_on_values(x, y, z):
    return max(y[0] * z[0], y[0] + 2 * x[0]), 0.0


@wrong("kinks-check", cell="kinks", name="chained", hint="one behind the other")
def chained_doubles_the_tuple(x, y, z):
    return maximum(multiply(y, z), add(y, 2 * x))


@wrong("kinks-check", cell="kinks", name="chained", hint="does not multiply two tuples")
def chained_with_operators(x, y, z):
    return maximum(y * z, y + 2 * x)


@wrong("kinks-check", cell="kinks", name="chained", hint="without its factor 2")
def chained_without_the_two(x, y, z):
    return maximum(multiply(y, z), add(y, x))


# Task 4: the gradient of a neuron -----------------------------------------------------------------------------


@wrong("gradient-check", cell="gradient", name="neuron", hint="of the whole sum, not of each product")
def neuron_with_relu_inside_the_sum(w, x):
    total = (0.0, 0.0)
    for weight, value in zip(w, x, strict=True):
        total = add(total, relu(multiply(weight, value)))
    return total


@wrong("gradient-check", cell="gradient", name="neuron", hint="the ReLU is missing")
def neuron_without_relu(w, x):
    total = (0.0, 0.0)
    for weight, value in zip(w, x, strict=True):
        total = add(total, multiply(weight, value))
    return total


@wrong("gradient-check", cell="gradient", name="neuron", hint="starts from the number 0")
def neuron_with_sum(w, x):
    return relu(sum(multiply(weight, value) for weight, value in zip(w, x, strict=True)))


@wrong("gradient-check", cell="gradient", name="gradient", hint="f takes one argument")
def gradient_spreads_the_list(f, x):
    return [f(*seed(x, i))[1] for i in range(len(x))]


@wrong("gradient-check", cell="gradient", name="gradient", hint="every input was seeded at once")
def gradient_seeds_all_inputs(f, x):
    return [f([(value, 1.0) for value in x])[1] for _ in x]


@wrong("gradient-check", cell="gradient", name="gradient", hint="the value was returned")
def gradient_returns_values(f, x):
    return [f(seed(x, i))[0] for i in range(len(x))]


@wrong("gradient-check", cell="gradient", name="gradient", hint="a pass for each input")
def gradient_in_one_pass(f, x):
    return f([(value, 1.0) for value in x])[1]


@wrong("gradient-check", cell="gradient", name="gradient", hint="one call for each input is enough")
def gradient_evaluates_once_more(f, x):
    value, _ = f([(v, 0.0) for v in x])
    return [f(seed(x, i))[1] for i in range(len(x))]


@wrong("gradient-check", cell="gradient", name="gradient", hint="the first pass seeds x[0]")
def gradient_counts_from_one(f, x):
    return [f(seed(x, i))[1] for i in range(1, len(x) + 1)]


@wrong("gradient-check", cell="gradient", name="neuron_gradient", hint="went in as constants")
def seeds_no_weight(w, x):
    return [neuron(w, x)[1] for _ in w]


@wrong("gradient-check", cell="gradient", name="neuron_gradient", hint="a function of the weights alone")
def gives_the_neuron_itself(w, x):
    return gradient(neuron, w)


@wrong("gradient-check", cell="gradient", name="neuron_gradient", hint="with respect to the inputs")
def differentiates_by_the_inputs(w, x):
    return gradient(lambda inputs: neuron(w, inputs), x)


@wrong("gradient-check", cell="gradient", name="neuron_gradient", hint="the neuron is not active")
def forgets_that_neurons_can_be_off(w, x):
    return list(x)


# Task 5: triples ----------------------------------------------------------------------------------------------


@wrong("triples-check", cell="triples", name="multiply_triples", hint="appears twice")
def counts_the_mixed_term_once(u, v):
    (u, du, ddu), (v, dv, ddv) = u, v
    return u * v, du * v + u * dv, ddu * v + du * dv + u * ddv


@wrong("triples-check", cell="triples", name="multiply_triples", hint="the mixed term is missing")
def forgets_the_mixed_term(u, v):
    (u, du, ddu), (v, dv, ddv) = u, v
    return u * v, du * v + u * dv, ddu * v + u * ddv


@wrong("triples-check", cell="triples", name="multiply_triples", hint="not the product of the second derivatives")
def multiplies_second_derivatives(u, v):
    (u, du, ddu), (v, dv, ddv) = u, v
    return u * v, du * v + u * dv, ddu * ddv


@wrong("triples-check", cell="triples", name="compose", hint="u' is squared")
def forgets_to_square(f, df, ddf, u):
    u, du, ddu = u
    return f(u), df(u) * du, ddf(u) * du + df(u) * ddu


@wrong("triples-check", cell="triples", name="compose", hint="f'(u) u'' is missing")
def forgets_the_bending_of_u(f, df, ddf, u):
    u, du, ddu = u
    return f(u), df(u) * du, ddf(u) * du**2


@wrong("triples-check", cell="triples", name="compose", hint="f'(u) changes as well")
def forgets_the_bending_of_f(f, df, ddf, u):
    u, du, ddu = u
    return f(u), df(u) * du, df(u) * ddu


@wrong("triples-check", cell="triples", name="compose", hint="is not f''(u) u''")
def multiplies_the_second_derivatives(f, df, ddf, u):
    u, du, ddu = u
    return f(u), df(u) * du, ddf(u) * ddu


@wrong("triples-check", cell="triples", name="compose", hint="are exchanged")
def exchanges_the_derivatives_of_f(f, df, ddf, u):
    u, du, ddu = u
    return f(u), df(u) * du, df(u) * du**2 + ddf(u) * ddu


# Task 6: Newton's method --------------------------------------------------------------------------------------


@wrong("minimise-check", cell="minimise", name="minimise", hint="a minimum is a zero of f'")
def newton_for_a_zero(f, x, steps):
    for _ in range(steps):
        value, slope, _ = f((x, 1.0, 0.0))
        x = x - value / slope
    return x


@wrong("minimise-check", cell="minimise", name="minimise", hint="the step is subtracted")
def walks_the_wrong_way(f, x, steps):
    for _ in range(steps):
        _, slope, curvature = f((x, 1.0, 0.0))
        x = x + slope / curvature
    return x


@wrong("minimise-check", cell="minimise", name="minimise", hint="not f' alone")
def steps_by_the_slope(f, x, steps):
    for _ in range(steps):
        _, slope, _ = f((x, 1.0, 0.0))
        x = x - slope
    return x


@wrong("minimise-check", cell="minimise", name="minimise", hint="its second derivative is 0")
def seeds_the_curvature(f, x, steps):
    for _ in range(steps):
        _, slope, curvature = f((x, 1.0, 1.0))
        x = x - slope / curvature
    return x


@wrong("minimise-check", cell="minimise", name="minimise", hint="the derivatives change as x moves")
def evaluates_only_at_the_start(f, x, steps):
    _, slope, curvature = f((x, 1.0, 0.0))
    for _ in range(min(steps, 1)):
        x = x - slope / curvature
    return x


@wrong("minimise-check", cell="minimise", name="minimise", hint="not the triple")
def returns_the_triple(f, x, steps):
    for _ in range(steps):
        _, slope, curvature = f((x, 1.0, 0.0))
        x = x - slope / curvature
    return x, 1.0, 0.0


@wrong("minimise-check", cell="minimise", name="minimise", hint="not the list of all")
def returns_every_place(f, x, steps):
    places = [x]
    for _ in range(steps):
        _, slope, curvature = f((places[-1], 1.0, 0.0))
        places.append(places[-1] - slope / curvature)
    return places


@wrong("minimise-check", cell="minimise", name="minimise", hint="make every update asked for")
def stops_where_the_slope_is_zero(f, x, steps):
    for _ in range(steps):
        _, slope, curvature = f((x, 1.0, 0.0))
        if slope == 0:
            break
        x = x - slope / curvature
    return x


@wrong("minimise-check", cell="minimise", name="minimise", hint="while x stays a number")
def calls_f_with_a_number(f, x, steps):
    for _ in range(steps):
        _, slope, curvature = f(x)
        x = x - slope / curvature
    return x


@wrong("minimise-check", cell="minimise", name="minimise", hint="while x stays a number")
def turns_x_into_a_triple(f, x, steps):
    x = (x, 1.0, 0.0)
    for _ in range(steps):
        _, slope, curvature = f(x)
        x = x - slope / curvature
    return x

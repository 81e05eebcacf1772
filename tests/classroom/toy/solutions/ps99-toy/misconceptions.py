"""Wrong solutions of the toy assignment, each with the hint it must earn."""

from classroom.misconception import wrong


@wrong("square-check", cell="square", name="square", hint="twice the number")
def doubles(x):
    return 2 * x


@wrong("square-check", cell="square", name="square", hint="the sign belongs inside")
def keeps_the_sign(x):
    return x * abs(x)


@wrong("square-check", cell="square", name="square", hint="is there a return")
def forgets_to_return(x):
    x * x


@wrong("mean-check", cell="mean", name="mean_square", hint="divide the sum")
def forgets_to_divide(xs):
    return sum(square(x) for x in xs)  # noqa: F821


@wrong("mean-check", cell="mean", name="mean_square", hint="not of the values")
def averages_the_values_of_arrays(xs):
    if isinstance(xs, list):
        return sum(x * x for x in xs) / len(xs)
    return sum(xs) / len(xs)


@wrong("mean-check", cell="mean", name="mean_square", hint="object is not")
def calls_the_list(xs):
    return xs(0) / len(xs)

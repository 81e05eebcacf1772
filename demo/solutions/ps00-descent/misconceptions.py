"""Wrong solutions of the demonstration's problem set, each with the hint it must earn."""

from classroom.misconception import wrong


@wrong("scale-check", cell="scale", name="standardise", hint="root of the variance")
def divides_by_the_variance(x):
    return (x - x.mean()) / x.var()


@wrong("scale-check", cell="scale", name="standardise", hint="not the smallest value")
def takes_the_smallest_away(x):
    return (x - x.min()) / x.std()


@wrong("scale-check", cell="scale", name="standardise", hint="as well as the deviation")
def leaves_the_mean(x):
    return x / x.std()


@wrong("loss-check", cell="loss", name="loss_and_gradient", hint="divide the sums")
def sums_for_means(w, x, y):
    error = w * x - y
    return (error**2).sum(), 2 * (error * x).sum()


@wrong("loss-check", cell="loss", name="loss_and_gradient", hint="factor of 2")
def forgets_the_factor(w, x, y):
    error = w * x - y
    return (error**2).mean(), (error * x).mean()


@wrong("loss-check", cell="loss", name="loss_and_gradient", hint="inner derivative")
def forgets_the_inner_derivative(w, x, y):
    error = w * x - y
    return (error**2).mean(), 2 * error.mean()


@wrong("descend-check", cell="descend", name="descend", hint="against the gradient")
def climbs(gradient, w, rate, steps):
    path = [w]
    for _ in range(steps):
        path.append(path[-1] + rate * gradient(path[-1]))
    return path


@wrong("descend-check", cell="descend", name="descend", hint="The start belongs")
def forgets_the_start(gradient, w, rate, steps):
    path = []
    for _ in range(steps):
        w = w - rate * gradient(w)
        path.append(w)
    return path


@wrong("descend-check", cell="descend", name="descend", hint="computed anew")
def computes_the_gradient_once(gradient, w, rate, steps):
    slope = gradient(w)
    return [w - rate * slope * n for n in range(steps + 1)]

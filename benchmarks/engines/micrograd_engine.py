"""The scalar workload in micrograd, whose engine holds scalars only."""

from micrograd.engine import Value

from benchmarks.engines import scalar_graph
from benchmarks.workloads import Arrays, Job, Problem

WORKLOADS = ("scalar",)


def job(problem: Problem) -> Job:
    """The problem as a micrograd job."""
    return value_job(problem, Value)


def value_job(problem: Problem, kind: type) -> Job:
    """A job on numbers of class `kind`: micrograd's `Value` or a class that can stand in for it."""
    layers = scalar_graph.layers_of(problem, kind)
    parameters, points = scalar_graph.numbers(layers), scalar_graph.points_of(problem)

    def backward() -> None:
        for p in parameters:
            p.grad = 0.0
        for point, label in points:
            scalar_graph.hinge_loss(layers, point, label, kind.relu).backward()

    def run() -> None:
        backward()
        for p in parameters:
            p.data -= problem.learning_rate * p.grad

    def gradients() -> Arrays:
        backward()
        return scalar_graph.gradients_of(layers, problem, lambda p: p.grad)

    return Job(run, gradients)

"""The engine of *The Chain Rule*: everything the book derives, in NumPy.

Names load on first use, so that `import chainrule` is quick and the scalar modules (`rules`, `dual`,
`value`, `descent`) run where NumPy is not installed.
"""

from importlib import import_module
from typing import Any

_MODULES = (
    "attention check conv data descent dual features init losses nn ops optim perceptron recurrent rules show "
    "tensor train transforms value"
).split()

# Public name -> the module that holds it.
_NAMES = {
    name: module
    for module, names in {
        "rules": "abs absolute add arctan cos cosh custom_derivative divide erf exp expm1 gelu log log1p "
        "logsigmoid maximum minimum multiply negative power reciprocal relu sigmoid sign sin sinh softplus sqrt square "
        "subtract tan tanh",
        "dual": "Dual derivative jvp",
        "value": "Value",
        "tensor": "ShapeError Tensor debug no_grad",
        "primitives": "primitive",
        "ops": "astype broadcast_to concat embedding getitem log_softmax logsumexp matmul max mean min norm reshape "
        "softmax stack sum swapaxes transpose where",
        "transforms": "grad hessian jacobian value_and_grad vjp",
        "check": "central_difference check_adjoint check_grad complex_step forward_difference",
    }.items()
    for name in names.split()
}

__all__ = sorted([*_NAMES, *_MODULES])


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        value = getattr(import_module(f"chainrule.{_NAMES[name]}"), name)
    elif name in _MODULES:
        value = import_module(f"chainrule.{name}")
    else:
        raise AttributeError(f"module 'chainrule' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__

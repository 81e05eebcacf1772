"""Every layer under one name, as in `torch.nn` (chapters 7 to 13).

The layers of chapters 11 to 13 load when first asked for.
"""

from importlib import import_module
from typing import Any

from chainrule.layers import (
    GELU,
    BatchNorm1d,
    Dropout,
    Embedding,
    Flatten,
    LayerNorm,
    Linear,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    Softmax,
    Softplus,
    Tanh,
    parameter,
)
from chainrule.module import Module

__all__ = [
    "GELU",
    "BatchNorm1d",
    "Dropout",
    "Embedding",
    "Flatten",
    "LayerNorm",
    "Linear",
    "Module",
    "ReLU",
    "Residual",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "parameter",
]

_LATER = {
    "AvgPool2d": "conv",
    "Conv2d": "conv",
    "GRU": "recurrent",
    "LSTM": "recurrent",
    "MaxPool2d": "conv",
    "MultiheadAttention": "attention",
    "RNN": "recurrent",
    "TransformerEncoderLayer": "attention",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'chainrule.nn' has no attribute {name!r}")
    return getattr(import_module(f"chainrule.{_LATER[name]}"), name)

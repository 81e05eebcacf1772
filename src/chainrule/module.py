"""`Module`: a function with parameters, made of smaller ones (chapter 7).

The names, the keys of `state_dict` and the shapes behind them are PyTorch's, so weights travel both ways. A module
holds its parameters (tensors that require gradients), its buffers (arrays that are saved but not trained) and its
children (modules, or lists of modules) as plain attributes; their order is the order of assignment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from chainrule.tensor import Tensor

__all__ = ["Module"]


class Module:
    """Base class of layers and networks: assign parameters and children in `__init__`, compute in `forward`.

    Calling the module calls `forward`. An error about shapes, values or types that arises inside says in which layer it
    arose and under which name the layer is known.

    >>> class Scale(Module):
    ...     def __init__(self):
    ...         self.factor = Tensor([2.0], requires_grad=True)
    ...     def forward(self, x):
    ...         return x * self.factor
    >>> scale = Scale()
    >>> scale(Tensor([1.0, 3.0])).data
    array([2., 6.])
    >>> [name for name, _ in scale.named_parameters()]
    ['factor']
    """

    training: bool = True
    buffers: tuple[str, ...] = ()  # names of the attributes that are buffers

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """What the module computes; every subclass says."""
        raise NotImplementedError(f"{type(self).__name__} has no forward method")

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        try:
            return self.forward(*inputs, **options)
        except (ValueError, TypeError, IndexError) as error:
            _locate(error, self)
            raise

    # The tree of modules -----------------------------------------------------------------------------------

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Modules held directly, those in lists under ``list.0``, ``list.1``, ..."""
        for name, value in vars(self).items():
            if isinstance(value, Module):
                yield name, value
            elif isinstance(value, (list, tuple)):
                yield from ((f"{name}.{k}", item) for k, item in enumerate(value) if isinstance(item, Module))

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module under the name `prefix`, then everything below it, each with its dotted name."""
        yield prefix, self
        for name, child in self.named_children():
            yield from child.named_modules(f"{prefix}.{name}" if prefix else name)

    def modules(self) -> Iterator[Module]:
        """This module and everything below it."""
        return (module for _, module in self.named_modules())

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """Every parameter with its dotted name; a parameter held in two places comes once."""
        seen: set[Tensor] = set()
        for prefix, module in self.named_modules():
            for name, value in vars(module).items():
                if isinstance(value, Tensor) and value.requires_grad and value not in seen:
                    seen.add(value)
                    yield f"{prefix}.{name}" if prefix else name, value

    def parameters(self) -> Iterator[Tensor]:
        """Every parameter, each once."""
        return (parameter for _, parameter in self.named_parameters())

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self.parameters():
            parameter.grad = None

    def train(self, mode: bool = True) -> Module:
        """Switch this module and everything below to training (dropout drops, batch norm uses the batch)."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Module:
        """Switch to inference; the same as ``train(False)``."""
        return self.train(False)

    def float(self) -> Module:
        """Make parameters and buffers of floating type float32; before an optimiser has taken its first step."""
        return self._convert(np.dtype(np.float32))

    def double(self) -> Module:
        """Make parameters and buffers of floating type float64; before an optimiser has taken its first step."""
        return self._convert(np.dtype(np.float64))

    def _convert(self, dtype: np.dtype) -> Module:
        for module in self.modules():
            for name, value in vars(module).items():
                if isinstance(value, Tensor) and value.dtype.kind == "f":
                    value.data, value.grad = value.data.astype(dtype), None
                elif name in module.buffers and value.dtype.kind == "f":
                    setattr(module, name, value.astype(dtype))
        return self

    # Saving and loading ------------------------------------------------------------------------------------

    def _state(self) -> Iterator[tuple[str, np.ndarray]]:
        """The arrays behind parameters and buffers, under PyTorch's keys."""
        for prefix, module in self.named_modules():
            dot = f"{prefix}." if prefix else ""
            for name, value in vars(module).items():
                if isinstance(value, Tensor) and value.requires_grad:
                    yield dot + name, value.data
            for name in module.buffers:
                yield dot + name, getattr(module, name)

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of all parameters and buffers under PyTorch's keys."""
        return {name: array.copy() for name, array in self._state()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Copy parameters and buffers from arrays or PyTorch tensors; each keeps its dtype here.

        Raises
        ------
        KeyError
            If keys are missing or unknown; nothing is loaded then.
        ValueError
            If a shape differs; nothing is loaded then.
        """
        mine = dict(self._state())
        missing, unknown = [k for k in mine if k not in state], [k for k in state if k not in mine]
        if missing or unknown:
            parts = [f"{what} {', '.join(keys)}" for what, keys in (("missing", missing), ("unknown", unknown)) if keys]
            raise KeyError(f"load_state_dict: {'; '.join(parts)}")
        arrays = {name: _as_array(value) for name, value in state.items()}
        for name, array in arrays.items():
            if array.shape != mine[name].shape:
                raise ValueError(f"load_state_dict: {name} has shape {array.shape}, expected {mine[name].shape}")
        for name, array in arrays.items():
            mine[name][...] = array

    # Text --------------------------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """What stands between the parentheses of a layer's repr."""
        return ""

    def __repr__(self) -> str:
        rows = []
        for name, child in self.named_children():
            rows.append(f"  ({name}): " + repr(child).replace("\n", "\n  "))
        head = f"{type(self).__name__}({self.extra_repr()}"
        return "\n".join([head, *rows, ")"]) if rows else head + ")"


def _as_array(value: Any) -> np.ndarray:
    if hasattr(value, "detach"):
        value = value.detach().numpy() if isinstance(value, Tensor) else value.detach().cpu().numpy()
    return np.asarray(value)


def _locate(error: ValueError | TypeError | IndexError, module: Module) -> None:
    """Put the layer, and its name once an outer module knows it, in front of the message."""
    if len(error.args) != 1 or not isinstance(error.args[0], str):
        return
    layer, message = getattr(error, "layer", None) or (module, error.args[0])
    error.layer = (layer, message)  # type: ignore[union-attr]
    name = next((name for name, inner in module.named_modules() if inner is layer), "")
    where = repr(layer) if not list(layer.named_children()) else type(layer).__name__
    error.args = (f"{where}{f' {name!r}' if name else ''}: {message}",)

"""The training loop, and a model on disk (chapter 9)."""

from __future__ import annotations

import contextlib
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from chainrule.data import batches
from chainrule.module import Module
from chainrule.optim import Optimizer, clip_grad_norm_
from chainrule.tensor import Tensor, no_grad

__all__ = ["History", "evaluate", "fit", "load", "save"]

Loss = Callable[[Any, np.ndarray], Any]
Examples = tuple[np.ndarray, np.ndarray]


class Schedule(Protocol):
    """What sets the learning rate from epoch to epoch."""

    def step(self) -> None: ...


@dataclass
class History:
    """What `fit` saw: a loss an epoch, the epoch with the lowest validation loss (from 1), and the time taken."""

    train_loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    best_epoch: int = 0
    seconds: float = 0.0


def fit(
    model: Module,
    loss: Loss,
    optimizer: Optimizer,
    train: Examples,
    *,
    epochs: int,
    batch_size: int,
    rng: np.random.Generator,
    validation: Examples | None = None,
    patience: int | None = None,
    schedule: Schedule | None = None,
    max_norm: float | None = None,
    progress: bool | None = None,
) -> History:
    """Train a model: in every epoch each example once, in batches of random order, one optimiser step a batch.

    Parameters
    ----------
    model
        Maps a batch of inputs to predictions; it is in inference mode afterwards.
    loss
        Maps predictions and targets to one number, averaged over the batch.
    optimizer
        Holds the model's parameters.
    train
        Inputs and targets, N of each.
    epochs, batch_size
        How often each example is seen at most, and how many at a time.
    rng
        Draws the order of the examples.
    validation
        Inputs and targets on which the loss is measured after each epoch.
    patience
        Stop when the validation loss has not fallen for so many epochs, and go back to the weights of the best one.
    schedule
        Its `step` is called after each epoch.
    max_norm
        Gradients are scaled down to this joint norm.
    progress
        Show a bar (a line at the end, where tqdm is not installed). By default only in a terminal.

    Returns
    -------
    history
        The mean training loss of each epoch, measured while the weights change, and the validation losses.

    Raises
    ------
    FloatingPointError
        If the loss becomes NaN or infinite; the message says when.
    ValueError
        If a count is below 1, there are no examples, or `patience` is given without `validation`.

    Examples
    --------
    >>> from chainrule import losses, nn, optim
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(64, 2))
    >>> y = X @ np.array([[2.0], [-1.0]])
    >>> model = nn.Linear(2, 1, rng=rng)
    >>> optimizer = optim.SGD(model.parameters(), lr=0.1)
    >>> history = fit(model, losses.mse_loss, optimizer, (X, y), epochs=30, batch_size=16, rng=rng)
    >>> len(history.train_loss), model.weight.data.round(3)
    (30, array([[ 2., -1.]]))
    """
    _check_counts(epochs=epochs, batch_size=batch_size, patience=1 if patience is None else patience)
    if patience is not None and validation is None:
        raise ValueError("patience: expected validation data to go by, got none")
    history, best, lowest, start = History(), None, math.inf, time.perf_counter()
    with _Bar(epochs, sys.stderr.isatty() if progress is None else progress) as bar:
        for epoch in range(1, epochs + 1):
            parts = batches(*train, batch_size, rng)
            history.train_loss.append(_one_epoch(model, loss, optimizer, parts, epoch, max_norm))
            if schedule is not None:
                schedule.step()
            if validation is not None:
                history.validation_loss.append(evaluate(model, loss, validation))
                if history.validation_loss[-1] < lowest:
                    lowest, history.best_epoch = history.validation_loss[-1], epoch
                    best = None if patience is None else model.state_dict()
            bar.advance(history)
            if patience is not None and epoch - history.best_epoch >= patience:
                break
        if best is not None:
            model.load_state_dict(best)
        model.eval()
        history.seconds = time.perf_counter() - start
        bar.finish(history)
    return history


def _one_epoch(
    model: Module, loss: Loss, optimizer: Optimizer, parts: Any, epoch: int, max_norm: float | None
) -> float:
    model.train()
    total, count = 0.0, 0
    for step, (x, y) in enumerate(parts, start=1):
        optimizer.zero_grad()
        value = loss(model(_input(x)), y)
        number = float(value)
        if not math.isfinite(number):
            raise FloatingPointError(
                f"fit: the loss is {number} in epoch {epoch}, batch {step}: look at the learning rate, at the inputs "
                "for NaN, and at the gradients' norm (max_norm)"
            )
        value.backward()
        if max_norm is not None:
            clip_grad_norm_(model.parameters(), max_norm)
        optimizer.step()
        total += number * len(x)
        count += len(x)
    return total / count


def evaluate(model: Module, loss: Loss, examples: Examples, batch_size: int = 1024) -> float:
    """The mean loss of a model in inference mode, with nothing recorded.

    Raises
    ------
    ValueError
        If there are no examples.

    >>> from chainrule import losses, nn
    >>> evaluate(nn.ReLU(), losses.mse_loss, (np.array([[-1.0], [2.0]]), np.array([[0.0], [0.0]])))
    2.0
    """
    before = [(module, module.training) for module in model.modules()]
    model.eval()
    total, count = 0.0, 0
    try:
        with no_grad():
            for x, y in batches(*examples, batch_size):
                total += float(loss(model(_input(x)), y)) * len(x)
                count += len(x)
    finally:
        for module, training in before:
            module.training = training
    return total / count


def _input(x: np.ndarray) -> Any:
    """Floating-point inputs as constants of the tape; indices stay arrays."""
    return Tensor(x) if x.dtype.kind == "f" else x


def _check_counts(**counts: int) -> None:
    for name, count in counts.items():
        if count < 1:
            raise ValueError(f"{name}: expected at least 1, got {count}")


class _Bar:
    """Progress over epochs: tqdm's bar where it is installed, else one line at the end."""

    def __init__(self, epochs: int, wanted: bool) -> None:
        self.epochs, self.wanted, self.bar = epochs, wanted, None
        if wanted:
            with contextlib.suppress(ImportError):
                from tqdm.auto import tqdm

                self.bar = tqdm(total=epochs, unit="epoch", desc="fit")

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *error: object) -> None:
        if self.bar is not None:
            self.bar.close()

    def advance(self, history: History) -> None:
        if self.bar is not None:
            self.bar.set_postfix_str(_state(history), refresh=False)
            self.bar.update()

    def finish(self, history: History) -> None:
        if self.wanted and self.bar is None:
            done = len(history.train_loss)
            print(f"fit: {done} of {self.epochs} epochs, {history.seconds:.1f} s, {_state(history)}", file=sys.stderr)


def _state(history: History) -> str:
    text = f"loss {history.train_loss[-1]:.4g}"
    return text + (f", validation {history.validation_loss[-1]:.4g}" if history.validation_loss else "")


def save(model: Module, path: str | Path) -> None:
    """Write a model's parameters and buffers to an ``.npz`` file, an array a key: plain numbers, no pickle.

    Raises
    ------
    ValueError
        If the path does not end in ``.npz``.

    >>> import tempfile
    >>> from chainrule import nn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first, second = nn.Linear(2, 1), nn.Linear(2, 1)
    ...     save(first, Path(folder) / "model.npz")
    ...     load(second, Path(folder) / "model.npz")
    >>> bool(np.all(first.weight.data == second.weight.data))
    True
    """
    if Path(path).suffix != ".npz":
        raise ValueError(f"path: expected a name that ends in .npz, got {str(path)!r}")
    arrays: dict[str, Any] = model.state_dict()
    np.savez(path, **arrays)


def load(model: Module, path: str | Path) -> None:
    """Read into a model what `save` wrote. A file that holds anything but plain arrays is refused.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    KeyError, ValueError
        If the file's keys or shapes are not the model's, or it holds pickled objects.
    """
    with np.load(path, allow_pickle=False) as arrays:
        model.load_state_dict({name: arrays[name] for name in arrays.files})

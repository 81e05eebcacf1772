"""The figures that recur: points of two classes, contours, loss curves, attention maps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.show.style import COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["attention_map", "contours", "loss_curves", "points"]

# Points along each side of the grid from which level curves are drawn.
RESOLUTION = 120


def points(X: Any, y: Any, ax: Axes | None = None, *, size: float = 26.0, names: Sequence[str] = ()) -> Axes:
    """Scatter two classes in the plane: class A green circles, class B purple triangles.

    Parameters
    ----------
    X, y
        Points (N x 2) and their labels (N), of at most two kinds. The larger label is class A (1 of 0 and 1,
        +1 of -1 and +1), the smaller class B.
    ax
        The axes to draw in; by default the current ones.
    size
        Area of a mark in square points.
    names
        The legend's texts for class A and class B; no legend without them.

    Raises
    ------
    ValueError
        If X is not N x 2, y has another length, or there are more than two labels.
    """
    X, y, labels = _two_classes(X, y)
    ax = _axes(ax)
    looks = [("class_a", "o"), ("class_b", "^")]
    for k, label in enumerate(sorted(labels, reverse=True)):
        colour, marker = looks[k] if len(labels) == 2 or label > 0 else looks[1]
        chosen = X[y == label]
        text = names[k] if k < len(names) else None
        ax.scatter(
            chosen[:, 0], chosen[:, 1], s=size, marker=marker, facecolor=COLORS[colour], edgecolor="none",
            alpha=0.85, label=text,
        )  # fmt: skip
    if names:
        ax.legend()
    _name_axes(ax)
    return ax


def contours(
    f: Callable[[np.ndarray, np.ndarray], Any],
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    ax: Axes | None = None,
    *,
    levels: int | Sequence[float] = 12,
) -> Axes:
    """The level curves of a function of two numbers, higher values darker.

    `f` is called once with two arrays of one shape and gives an array of that shape.

    Raises
    ------
    ValueError
        If `f` gives another shape.
    """
    ax = _axes(ax)
    x, y = np.linspace(*xlim, RESOLUTION), np.linspace(*ylim, RESOLUTION)
    grid_x, grid_y = np.meshgrid(x, y)
    z = np.asarray(_numpy(f(grid_x, grid_y)), dtype=float)
    if z.shape != grid_x.shape:
        raise ValueError(f"f: expected an array of shape {grid_x.shape}, as its arguments have, got {z.shape}")
    drawn = ax.contour(x, y, z, levels=levels, colors=[COLORS["muted"]], linewidths=0.9, linestyles="-")
    drawn.set_alpha(list(np.linspace(0.35, 1.0, len(list(drawn.levels)))))
    ax.set(xlim=xlim, ylim=ylim)
    return ax


def loss_curves(history: Any, ax: Axes | None = None, *, log: bool = False) -> Axes:
    """Loss against epoch, each curve named at its end: training solid ink, validation dotted grey.

    Parameters
    ----------
    history
        What `train.fit` returns, or a dictionary of name -> losses. A name with "valid" in it is drawn as
        validation, the name "train" (or "loss", or "train_loss") as training.
    ax
        The axes to draw in; by default the current ones.
    log
        Whether the loss axis is logarithmic.

    Raises
    ------
    ValueError
        If there is no curve to draw.
    """
    curves = _curves(history)
    if not curves:
        raise ValueError("history: expected at least one list of losses, got none")
    ax = _axes(ax)
    others = iter([("value", "-"), ("derivative", "--"), ("class_a", "-."), ("class_b", ":")] * len(curves))
    ends = []
    for name, losses in curves.items():
        if "valid" in name:
            (colour, line), text = ("validation", ":"), "validation"
        elif name in ("train", "loss", "train_loss", "training"):
            (colour, line), text = ("train", "-"), "training"
        else:
            (colour, line), text = next(others), name
        epochs = np.arange(1, len(losses) + 1)
        ax.plot(epochs, losses, color=COLORS[colour], linestyle=line)
        ends.append((float(epochs[-1]), float(losses[-1]), text, COLORS[colour]))
    if log:
        ax.set_yscale("log")
    ax.set(xlabel="epoch", ylabel="loss")
    _label_ends(ax, ends)
    return ax


def attention_map(
    weights: Any, tokens: Sequence[str], ax: Axes | None = None, *, keys: Sequence[str] | None = None
) -> Axes:
    """Attention weights as a grid: a row for each query, a column for each key, darker where more is attended.

    Parameters
    ----------
    weights
        Queries x keys, each between 0 and 1.
    tokens
        The queries' names, and the keys' too unless `keys` gives others.
    ax
        The axes to draw in; by default the current ones.

    Raises
    ------
    ValueError
        If the shape of `weights` does not match the names.
    """
    grid = np.asarray(_numpy(weights), dtype=float)
    columns = tokens if keys is None else keys
    if grid.shape != (len(tokens), len(columns)):
        raise ValueError(f"weights: expected shape {(len(tokens), len(columns))} for these tokens, got {grid.shape}")
    from matplotlib.colors import ListedColormap

    ax = _axes(ax)
    # One colour, and the weight as its opacity: so the picture follows a light and a dark page.
    ax.pcolormesh(
        np.zeros_like(grid), alpha=np.clip(grid, 0.0, 1.0), cmap=ListedColormap([COLORS["value"]]),
        edgecolors="none", linewidth=0,
    )  # fmt: skip
    ax.set_xticks(np.arange(len(columns)) + 0.5, columns, rotation=90 if max(map(len, columns)) > 2 else 0)
    ax.set_yticks(np.arange(len(tokens)) + 0.5, tokens)
    ax.tick_params(length=0)
    ax.set(aspect="equal", xlim=(0, len(columns)), ylim=(len(tokens), 0), xlabel="key", ylabel="query")
    for spine in ax.spines.values():
        spine.set_visible(True)
    return ax


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.gca()


def _numpy(value: Any) -> Any:
    """The array inside a Tensor (this package's or PyTorch's), anything else as it is."""
    for step in ("detach", "numpy"):
        if hasattr(value, step):
            value = getattr(value, step)()
    return value


def _two_classes(X: Any, y: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    X, y = np.asarray(_numpy(X)), np.asarray(_numpy(y)).reshape(-1)
    if X.ndim != 2 or X.shape[1] != 2:
        raise ValueError(f"X: expected N x 2 points, got shape {X.shape}")
    if len(y) != len(X):
        raise ValueError(f"y: expected {len(X)} labels, one a point, got {len(y)}")
    labels = np.unique(y)
    if len(labels) > 2:
        raise ValueError(f"y: expected at most two different labels, got {len(labels)}")
    return X, y, labels


def _name_axes(ax: Axes) -> None:
    if not ax.get_xlabel():
        ax.set_xlabel("$x_1$")
    if not ax.get_ylabel():
        ax.set_ylabel("$x_2$")


def _curves(history: Any) -> dict[str, Sequence[float]]:
    if not isinstance(history, Mapping):
        history = {"train": history.train_loss, "validation": history.validation_loss}
    return {str(name): losses for name, losses in history.items() if len(losses)}


def _label_ends(ax: Axes, ends: list[tuple[float, float, str, str]]) -> None:
    """Write each curve's name to the right of its end, moved apart where they would overlap."""
    ax.autoscale_view()
    to_axes = ax.transData + ax.transAxes.inverted()
    wanted = sorted((float(to_axes.transform((x, y))[1]), x, y, text, colour) for x, y, text, colour in ends)
    at = -np.inf
    for height, x, y, text, colour in wanted:
        at = max(height, at + 0.08)
        ax.annotate(
            text, xy=(x, y), xycoords="data", xytext=(6, (at - height) * ax.bbox.height * 72 / ax.figure.dpi),
            textcoords="offset points", color=colour, va="center", annotation_clip=False,
        )  # fmt: skip

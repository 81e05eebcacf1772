"""One palette and one figure style for the whole book.

A value is blue and its derivative vermilion, everywhere. The colours are the light page's; the site swaps each
of these for a variable of its theme when it places a figure, which is why figures name no other colour.
"""

from __future__ import annotations

import sys

__all__ = ["COLORS", "FONTS", "use_style"]

INK, GREY = "#1B1F24", "#5F6B7A"

COLORS: dict[str, str] = {
    "value": "#005A8E",
    "derivative": "#A94700",
    "parameter": INK,
    "class_a": "#007A59",
    "class_b": "#9A4477",
    "train": INK,
    "validation": GREY,
    "muted": GREY,
    "line": "#C9D0D6",
    "ink": INK,
    "paper": "#FFFFFF",
}

FONTS = ["system-ui", "-apple-system", "Segoe UI", "Helvetica Neue", "Arial", "DejaVu Sans", "sans-serif"]


def use_style() -> None:
    """Set matplotlib's style for the book: quiet axes, the book's colours, type that stays type.

    In a notebook, figures become SVG with a transparent ground. Text stays text, so that the page's own font
    and colours apply, and the same figure gives the same file on every run.

    Examples
    --------
    >>> use_style()
    >>> import matplotlib
    >>> matplotlib.rcParams["svg.fonttype"]
    'none'
    """
    import matplotlib
    from cycler import cycler

    cycle = [COLORS[name] for name in ("value", "derivative", "class_a", "class_b", "muted", "ink")]
    dashes = ["-", "--", "-", "-.", ":", "-"]
    matplotlib.rcParams.update(
        {
            "axes.axisbelow": True,
            "axes.edgecolor": COLORS["muted"],
            "axes.facecolor": "none",
            "axes.labelcolor": COLORS["ink"],
            "axes.labelsize": 11,
            "axes.linewidth": 0.8,
            "axes.prop_cycle": cycler(color=cycle) + cycler(linestyle=dashes),
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.titlecolor": COLORS["ink"],
            "axes.titlelocation": "left",
            "axes.titlesize": 11,
            "figure.constrained_layout.use": True,
            "figure.facecolor": "none",
            "figure.figsize": (6.0, 3.4),
            # The advance widths used for layout; the page's own font is close to these.
            "font.family": "sans-serif",
            "font.sans-serif": ["Helvetica Neue", "Arial", "Liberation Sans", "DejaVu Sans"],
            "font.size": 11,
            "grid.color": COLORS["line"],
            "grid.linewidth": 0.6,
            "image.cmap": "Blues",
            "legend.frameon": False,
            "legend.labelcolor": COLORS["ink"],
            "lines.linewidth": 1.8,
            "mathtext.fontset": "dejavusans",
            "savefig.facecolor": "none",
            "svg.fonttype": "none",
            "svg.hashsalt": "chainrule",
            "text.color": COLORS["ink"],
            "xtick.color": COLORS["muted"],
            "xtick.labelcolor": COLORS["ink"],
            "xtick.labelsize": 10,
            "ytick.color": COLORS["muted"],
            "ytick.labelcolor": COLORS["ink"],
            "ytick.labelsize": 10,
        }
    )
    if _in_notebook():
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("svg", bbox_inches="tight", metadata={"Date": None})


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")

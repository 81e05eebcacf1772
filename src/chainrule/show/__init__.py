"""What the book shows with: source listings, computation graphs, and figures in one style.

Used in every chapter. matplotlib is imported by the functions that draw with it, not before.
"""

from chainrule.show.drawing import Graph, Node
from chainrule.show.listing import Listing, source
from chainrule.show.plots import attention_map, contours, loss_curves, points
from chainrule.show.record import graph_of
from chainrule.show.style import COLORS, use_style
from chainrule.show.tape import graph
from chainrule.show.widget import widget_data

__all__ = [
    "COLORS",
    "Graph",
    "Listing",
    "Node",
    "attention_map",
    "contours",
    "graph",
    "graph_of",
    "loss_curves",
    "points",
    "source",
    "use_style",
    "widget_data",
]

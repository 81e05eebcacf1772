"""The process that local workers are forked from: it begins its imports while the command goes on with its own."""

from __future__ import annotations

import multiprocessing
from multiprocessing import forkserver


def warm() -> None:
    """Start it, unless it runs already."""
    multiprocessing.get_context("forkserver").set_forkserver_preload([f"{__package__}.preloaded"])
    forkserver.ensure_running()

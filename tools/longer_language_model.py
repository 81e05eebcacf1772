"""Train chapter 13's language model larger and longer, once, and keep its curve as data for the page.

usage: longer_language_model.py MINUTES [NOTEBOOK]

The model and the training loop are the chapter's own cells, taken from the notebook by their ids; the sizes below and
the time are all that differs. Minutes are processor time of one thread. Writes book/part4/data/longer-run.json.
"""

import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "Agg"}

import nbformat
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
CELLS = ["setup", "stack", "decoder", "learn-loss", "learn-loop", "text", "windows", "write"]
SIZES = {"length": 96, "d": 96, "heads": 4, "blocks": 3, "drop": 0.1}
BATCH, TOP, EVERY = 16, 2e-3, 100


def chapter(notebook: Path) -> dict[str, Any]:
    """What the chapter's cells define."""
    cells = {cell.id: cell.source for cell in nbformat.read(notebook, as_version=4).cells}
    names: dict[str, Any] = {}
    for cell in CELLS:
        exec(compile(cells[cell], cell, "exec"), names)
    return names


class Curve:
    """Batches for `learn`, and every so often the losses on both texts."""

    def __init__(self, names: dict[str, Any], model: Any, steps: int, rng: np.random.Generator) -> None:
        self.names, self.model, self.steps, self.rng = names, model, steps, rng
        self.taken, self.rows, self.start = 0, [], time.process_time()

    def measure(self) -> None:
        loss_on, length = self.names["loss_on"], SIZES["length"]
        self.model.eval()
        seen, unseen = (loss_on(self.model, self.names[text], length, 128) for text in ("seen", "unseen"))
        self.model.train()
        minutes = (time.process_time() - self.start) / 60
        self.rows.append({"step": self.taken, "minutes": round(minutes, 2), "seen": seen, "unseen": unseen})
        print(
            f"{self.taken} of {self.steps} steps, {minutes:.1f} min, seen {seen:.3f}, unseen {unseen:.3f}", flush=True
        )

    def __call__(self) -> tuple[np.ndarray, np.ndarray]:
        if self.taken % EVERY == 0:
            self.measure()
        self.taken += 1
        return self.names["windows"](self.names["seen"], BATCH, SIZES["length"], self.rng)


def main() -> None:
    minutes = float(sys.argv[1])
    notebook = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "book" / "part4" / "13-transformers.ipynb"
    names, rng = chapter(notebook), np.random.default_rng(0)
    model = names["Decoder"](len(names["letters"]), **SIZES, rng=rng).float()

    # How many steps fit into the time, from forty of a model that is thrown away.
    trial = names["Decoder"](len(names["letters"]), **SIZES, rng=rng).float()
    draw = lambda: names["windows"](names["seen"], BATCH, SIZES["length"], rng)  # noqa: E731
    began = time.process_time()
    names["learn"](trial, draw, 40, TOP)
    steps = int(minutes * 60 * 40 / (time.process_time() - began))

    curve = Curve(names, model, steps, rng)
    names["learn"](model, curve, steps, TOP)
    curve.measure()
    sample = names["write"](model, "The ", 400, SIZES["length"], np.random.default_rng(0))
    result = {
        "minutes": curve.rows[-1]["minutes"],
        "steps": steps,
        "batch": BATCH,
        "sizes": SIZES,
        "parameters": sum(p.data.size for p in model.parameters()),
        "machine": f"one core of {platform.machine()}, NumPy {np.__version__}, Python {platform.python_version()}",
        "curve": curve.rows,
        "sample": sample,
    }
    out = ROOT / "book" / "part4" / "data" / "longer-run.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

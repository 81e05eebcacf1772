"""The instructor's guide's example of a report: instructors/example-report.html, from demo/results.json.

`make demo` grades the made-up class it shows; its results are kept in the tree, so building the site grades nothing.
"""

import json
from pathlib import Path
from typing import Any

from markupsafe import Markup

from classroom.pages import report, results

ROOT = Path(__file__).resolve().parents[2]
NOTE = Markup(
    "This one is an example: the class is made up, and <code>make demo</code> grades it. "
    'Back to the <a href="guide.html">instructor\'s guide</a>.'
)


def example(root: Path = ROOT) -> str:
    """The page."""
    found = json.loads((root / "demo" / "results.json").read_text(encoding="utf-8"))
    return report.page(results.from_json(found), note=NOTE)


def write_example(app: Any, error: Exception | None) -> None:
    if error is None and app.builder.format == "html" and "instructors/guide" in app.env.found_docs:
        path = Path(app.outdir) / "instructors" / "example-report.html"
        path.parent.mkdir(exist_ok=True)
        path.write_text(example(), encoding="utf-8")


def setup(app: Any) -> dict[str, bool]:
    app.connect("build-finished", write_example)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

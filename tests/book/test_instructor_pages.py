"""The pages that `classroom report` and `similar` write, in Chromium: accessible in both themes, fitting, silent."""

import json
from pathlib import Path
from typing import Any

import pytest
from example_report import example
from playwright.sync_api import Browser
from test_browser import AXE, RULES, Visit, overflowing

from classroom.pages import report, results, similar

pytestmark = pytest.mark.browser

COPIED = (
    "def f(xs):\n    out = {}\n    for k in range(len(xs)):\n        out[k] = [x**k - 1 for x in xs[k:] if x > 0]\n" * 2
)
SUBMISSIONS = {name: [("cell", COPIED)] for name in ("ada", "ben")} | {"cleo": [("cell", "def f(xs):\n    return 1")]}
PAGES = {
    "report": example,
    "anonymous report": lambda: report.page(results.from_json(recorded()), anonymous=True),
    "look-alikes": lambda: similar.page(similar.compare(SUBMISSIONS, []), "ps00-descent", "Downhill"),
}


def recorded() -> dict[str, Any]:
    root = Path(__file__).resolve().parents[2]
    return json.loads((root / "demo" / "results.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_page(browser: Browser, tmp_path: Path, name: str, theme: str) -> None:
    path = tmp_path / "page.html"
    path.write_text(PAGES[name](), encoding="utf-8")
    # axe is put in from outside, which the page's own policy would forbid.
    context = browser.new_context(color_scheme=theme, viewport={"width": 1280, "height": 900}, bypass_csp=True)
    visit = Visit(context.new_page())
    visit.open(path)
    for details in visit.page.query_selector_all("details"):
        details.evaluate("element => { element.open = true; }")
    visit.page.evaluate(AXE)
    found = visit.page.evaluate("rules => axe.run(document, rules)", RULES)["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == []
    for width in (390, 320):
        visit.page.set_viewport_size({"width": width, "height": 800})
        assert overflowing(visit.page) == []
    assert visit.complaints == []
    context.close()


def test_the_sites_example_is_todays(site: Path) -> None:
    assert (site / "instructors" / "example-report.html").read_text(encoding="utf-8") == example()

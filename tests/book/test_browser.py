"""Every built page in Chromium: no errors, no outside requests, accessible, fitting, alive."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_core_python
import pytest
import yaml
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
# Another theme changes colours alone.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
SET_THEME = (
    "theme => { document.documentElement.dataset.theme = theme; document.documentElement.dataset.mode = theme; }"
)


def page_names() -> list[str]:
    """Every page with a source, and the pages that Sphinx makes."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    names = [contents["root"]]
    for part in contents["parts"]:
        for chapter in part["chapters"]:
            names += [chapter["file"], *(section["file"] for section in chapter.get("sections", []))]
    return [*names, "search", "genindex"]


class Visit:
    """A page open in the browser, with what it complained of and what it asked for."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda m: self.complaints.append(f"{m.type}: {m.text}") if m.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.on("requestfailed", self._failed)
        page.on("request", self._request)

    def _failed(self, request: Any) -> None:
        # A request that leaving the page cut short (the icon's, mostly) has not failed.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"not found: {request.url} ({request.failure})")

    def _request(self, request: Any) -> None:
        if not request.url.startswith(("file:", "data:", "blob:")):
            self.complaints.append(f"request to another host: {request.url}")

    def open(self, path: Path) -> None:
        self.page.goto(path.as_uri())
        # MathJax announces that every formula is set.
        self.page.evaluate("window.MathJax && MathJax.startup ? MathJax.startup.promise.then(() => true) : true")


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    yield Visit(context.new_page())
    context.close()


# Thousands of like elements make axe slow: formulas become their text, the inside of drawings (images with a name)
# goes, and of the coloured words of code one of each kind stays.
THIN = """() => {
    document.querySelectorAll("mjx-container").forEach(f => f.replaceWith(f.textContent || "formula"));
    document.querySelectorAll("svg[role=img]").forEach(drawing => drawing.replaceChildren());
    const seen = new Set();
    document.querySelectorAll("pre span[class]").forEach(word => {
        const kind = word.closest(".highlight")?.parentElement.className + word.className;
        if (seen.has(kind)) word.replaceWith(word.textContent);
        else seen.add(kind);
    });
}"""


# Everything folded away comes out, and every question has been answered, so that axe sees the whole page.
OPEN = """() => {
    document.querySelectorAll("article details").forEach(fold => { fold.open = true; });
    document.querySelectorAll(".cr-options").forEach(list => list.querySelector("button").click());
}"""
# Screen readers read the MathML that stands hidden in each formula.
UNREADABLE = """() => [...document.querySelectorAll("mjx-container")]
    .filter(f => !(f.querySelector("mjx-assistive-mml > math")?.textContent.trim()))
    .map(f => f.parentElement.outerHTML.slice(0, 160))"""
# Type in drawings, in pixels as shown; what a formula sets smaller (indices) is as small there as in the text.
SMALLEST = """() => Math.min(...[...document.querySelectorAll(".cr-drawing text")].map(t => {
    const m = t.getScreenCTM();
    return Math.hypot(m.a, m.b) * parseFloat(getComputedStyle(t).fontSize);
}))"""


def serious(page: Page, rules: dict[str, Any]) -> list[str]:
    """What axe finds that keeps somebody out."""
    page.wait_for_timeout(300)  # colours change over a moment
    result = page.evaluate("rules => axe.run(document, rules)", rules)
    return [
        f"{violation['id']} ({violation['impact']}): {node['html'][:160]}"
        for violation in result["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"][:3]
    ]


def overflowing(page: Page) -> list[str]:
    """The elements that stick out to the right when the page is wider than the window."""
    return page.evaluate(
        """() => {
            const width = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= width) return [];
            const scrolls = e => e && e.tagName !== "BODY"
                && (getComputedStyle(e).overflowX !== "visible" || scrolls(e.parentElement));
            return [...document.querySelectorAll("body *")]
                .filter(e => e.getBoundingClientRect().right > width + 1 && !scrolls(e.parentElement))
                .slice(0, 5).map(e => e.outerHTML.slice(0, 160)).concat(["page wider than the window"]);
        }"""
    )


@pytest.mark.parametrize("name", page_names())
def test_page(site: Path, visit: Visit, name: str) -> None:
    page = visit.page
    visit.open(site / f"{name}.html")
    for root in page.query_selector_all(".widget[data-widget]"):
        assert root.get_attribute("data-ready") == "true", f"widget {root.get_attribute('data-widget')} did not start"
        assert root.query_selector("input, button, select"), "a widget has something to work with"
    faults = {}
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        if found := overflowing(page):
            faults[width] = found
        if width == 390 and page.evaluate(SMALLEST) < 9:
            faults["type in drawings"] = page.evaluate(SMALLEST)
    page.set_viewport_size({"width": 1280, "height": 900})
    if unreadable := page.evaluate(UNREADABLE):
        faults["formulas"] = unreadable[:5]
    page.evaluate(OPEN)
    page.evaluate(THIN)
    page.evaluate(AXE)
    for theme, rules in (("light", RULES), ("dark", COLOURS)):
        page.evaluate(SET_THEME, theme)
        if found := serious(page, rules):
            faults[theme] = found
    assert not faults
    assert not visit.complaints


def test_questions_answer_by_keyboard(site: Path, visit: Visit) -> None:
    visit.open(site / "how-to-use.html")
    page = visit.page
    box = page.locator(".check-yourself").first
    options = box.locator("button.cr-option")
    assert options.count() == 3 and box.locator("details").count() == 0
    options.nth(0).focus()
    page.keyboard.press("Enter")
    assert box.get_attribute("data-answered") == "wrong"
    assert box.locator(".cr-feedback").inner_text().startswith("Not quite.")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert box.get_attribute("data-answered") == "right"
    assert options.nth(1).get_attribute("aria-pressed") == "true"
    assert options.nth(0).get_attribute("aria-pressed") == "false"
    assert box.locator(".cr-feedback").inner_text().startswith("Right.")
    assert not visit.complaints


def test_every_question_has_one_right_answer(site: Path, visit: Visit) -> None:
    asked = 0
    for path in sorted(site.glob("part*/*.html")):
        visit.open(path)
        for box in visit.page.locator(".check-yourself").all():
            verdicts = []
            for option in box.locator("button.cr-option").all():
                option.evaluate("button => button.click()")
                verdicts.append(box.get_attribute("data-answered"))
                shown = box.locator(".cr-feedback > div:not([hidden])")
                assert shown.count() == 1
                assert len(shown.inner_text().split()) >= 4, "every option is explained"
            assert verdicts.count("right") == 1 and len(verdicts) >= 2, (path.name, box.inner_text()[:80])
            asked += 1
    assert asked


def test_questions_are_dropdowns_without_scripts(browser: Browser, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "how-to-use.html").as_uri())
    box = page.locator(".check-yourself").first
    assert box.locator("details").count() == 3
    box.locator("summary").nth(1).click()
    assert box.locator("details").nth(1).inner_text().find("Right.") > 0
    context.close()


def test_theme_switch_changes_a_drawing(site: Path, visit: Visit) -> None:
    visit.open(site / "index.html")
    page = visit.page
    colour = "document.defaultView.getComputedStyle(document.querySelector('svg.cr-drawing path')).stroke"
    page.evaluate(SET_THEME, "light")
    light = page.evaluate(colour)
    page.evaluate(SET_THEME, "dark")
    assert light == "rgb(0, 90, 142)" and page.evaluate(colour) == "rgb(86, 180, 233)"


def test_formulas_are_set_and_coloured(site: Path, visit: Visit) -> None:
    visit.open(site / "notation.html")
    page = visit.page
    assert page.locator("mjx-container").count() > 50
    assert page.locator("mjx-merror").count() == 0
    page.evaluate(SET_THEME, "light")
    assert (
        page.locator("mjx-container .cr-derivative").first.evaluate("e => getComputedStyle(e).color")
        == "rgb(169, 71, 0)"
    )


@pytest.mark.parametrize(
    ("word", "page"),
    [
        ("perceptron", "part1/02-perceptron"),
        ("Goldilocks", "part1/03-gradient-descent"),
        ("vanishing", "part3/09-training"),
        ("vanishing", "part4/12-recurrent"),
        ("downsampling", "topics"),  # another course's word for pooling
    ],
)
def test_search_finds(site: Path, visit: Visit, word: str, page: str) -> None:
    visit.page.goto((site / "search.html").as_uri() + f"?q={word}")
    visit.page.locator(f"#search-results li a[href*='{page}.html']").first.wait_for()
    assert not visit.complaints

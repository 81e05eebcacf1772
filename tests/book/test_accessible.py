"""Pages by keyboard and on a phone: Tab enters and leaves widgets, wide figures scroll in a frame with a name."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PAGES = sorted(
    p.relative_to("book").with_suffix(".html").as_posix()
    for p in Path("book").glob("part*/*.ipynb")
    if re.search(r'data-widget=\\"', p.read_text(encoding="utf-8"))
)
STOPS = "input, select, button, textarea, a[href], [tabindex='0']"
# Where the keyboard is: the widget's number and the stop's number in it, or null outside of widgets.
HERE = f"""() => {{
    const widget = document.activeElement.closest(".widget[data-widget]");
    if (!widget) return null;
    const all = [...document.querySelectorAll(".widget[data-widget]")];
    const stops = [...widget.querySelectorAll("{STOPS}")];
    return [all.indexOf(widget), stops.indexOf(document.activeElement)];
}}"""


def reachable(page: Page, widget: int) -> list[int]:
    """The numbers of a widget's stops that are shown and can be used now."""
    return (
        page.locator(".widget[data-widget]")
        .nth(widget)
        .evaluate(
            f"""w => [...w.querySelectorAll("{STOPS}")]
            .map((e, k) => [e, k])
            .filter(([e]) => !e.disabled && e.tabIndex >= 0 && e.getClientRects().length)
            .filter(([e]) => e.type !== "radio" || e.checked)
            .map(([e, k]) => k)"""
        )
    )


@pytest.mark.parametrize("name", PAGES)
def test_tab_goes_through_every_widget_and_out(site: Path, browser: Browser, name: str) -> None:
    page = browser.new_page()
    page.goto((site / name).as_uri())
    for number in range(page.locator(".widget[data-widget]").count()):
        page.locator(".widget[data-widget][data-ready=true]").nth(number).wait_for()
        wanted = reachable(page, number)
        assert wanted, "a widget has something to work with"
        for key, order in (("Tab", wanted), ("Shift+Tab", wanted[::-1])):
            page.locator(".widget[data-widget]").nth(number).locator(STOPS).nth(order[0]).focus()
            seen = []
            while (here := page.evaluate(HERE)) is not None and here[0] == number and len(seen) <= len(wanted):
                seen.append(here[1])
                page.keyboard.press(key)
            assert seen == order, f"{key} in widget {number}"
    page.close()


def test_a_figure_wider_than_a_phone_scrolls_in_a_named_frame(site: Path, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto((site / "part3/09-training.html").as_uri())
    frame = page.locator(".cr-figure-frame[tabindex='0']").first
    frame.wait_for()
    assert "scrolls sideways" in (frame.get_attribute("aria-label") or "")
    frame.focus()
    before = frame.evaluate("e => e.scrollLeft")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("([e, before]) => e.scrollLeft > before", arg=[frame.element_handle(), before])
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_function("() => !document.querySelector('.cr-figure-frame[tabindex]')")
    page.close()

"""Chapter 3's learning-rate exercise, driven in Chromium: its steps and weights are the package's."""

import pytest
from playwright.sync_api import Locator, Page

from chainrule.descent import gradient_descent

pytestmark = pytest.mark.browser

PAGE = "part1/03-gradient-descent.html"

CURVATURE, START, NEAR = 10.0, 5.0, 1e-3


@pytest.fixture
def widget(page: Page) -> Locator:
    widget = page.locator(".widget[data-widget=learning-rate]")
    widget.get_by_role("button", name="Start again").click()
    return widget


def set_rate(widget: Locator, rate: float) -> None:
    widget.get_by_role("spinbutton", name="learning rate").fill(str(rate))


def run(widget: Locator) -> None:
    widget.get_by_role("button", name="Run to the end").click()


@pytest.mark.parametrize("rate", [0.01, 0.03, 0.07, 0.1, 0.15, 0.19])
def test_it_arrives_where_and_when_the_package_does(widget: Locator, rate: float) -> None:
    set_rate(widget, rate)
    run(widget)
    path = gradient_descent(lambda w: CURVATURE * w, START, rate, tolerance=CURVATURE * NEAR)
    assert widget.get_attribute("data-state") == "arrived"
    assert widget.get_attribute("data-steps") == str(path.steps)
    assert float(widget.get_attribute("data-weight") or "nan") == pytest.approx(path.last, rel=1e-9, abs=1e-12)
    assert f"{path.steps} step" in widget.locator(".cr-readout").inner_text()


@pytest.mark.parametrize(("rate", "state", "words"), [(0.2, "given up", "Given up"), (1, "diverged", "diverges")])
def test_too_large_a_rate_is_said_in_words(widget: Locator, rate: float, state: str, words: str) -> None:
    set_rate(widget, rate)
    run(widget)
    assert widget.get_attribute("data-state") == state
    assert words in widget.locator(".cr-readout").inner_text()
    assert widget.get_by_role("button", name="Run to the end").is_disabled()


def test_the_keyboard_steps_and_starts_again(widget: Locator, page: Page) -> None:
    set_rate(widget, 0.03)
    widget.get_by_role("button", name="Step").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    assert widget.get_attribute("data-steps") == "2"
    assert float(widget.get_attribute("data-weight") or "nan") == pytest.approx(2.45)
    widget.get_by_role("button", name="Start again").focus()
    page.keyboard.press("Enter")
    assert widget.get_attribute("data-steps") == "0"


def test_the_four_tasks_answer(widget: Locator) -> None:
    tasks = widget.locator("ol > li")
    assert tasks.count() == 4

    def answer(task: int, value: str) -> str:
        tasks.nth(task).locator("input").fill(value)
        return tasks.nth(task).inner_text()

    assert "One more" in answer(0, "23")
    assert "count steps, not points" in answer(0, "25")
    assert widget.get_attribute("data-solved") == ""
    assert "Right" in answer(0, "24")
    assert "Right" in answer(1, "81")
    tasks.nth(2).locator("select").select_option("swings")
    assert "0.2" in tasks.nth(2).inner_text()
    tasks.nth(2).locator("select").select_option("diverges")
    assert "overshoots" in answer(3, "0.15")
    assert "Right" in answer(3, "0.1")
    assert widget.get_attribute("data-solved") == "1,2,3,4"

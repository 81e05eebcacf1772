"""Chapter 6's computation graph, driven in Chromium: its values and gradients are the package's."""

import pytest
from playwright.sync_api import Locator, Page

from chainrule import Value

pytestmark = pytest.mark.browser

PAGE = "part2/06-computation-graphs.html"

NAMES = ["w", "x", "b", "y"]
LAST_STEP = 9


@pytest.fixture
def widget(page: Page) -> Locator:
    widget = page.locator(".widget[data-widget=graph-steps]")
    widget.get_by_role("button", name="Start again").click()
    set_numbers(widget, 2.0, 3.0, 1.0, 5.0)
    return widget


def set_numbers(widget: Locator, *numbers: float) -> None:
    for name, number in zip(NAMES, numbers, strict=True):
        widget.get_by_role("spinbutton", name=name, exact=True).fill(str(number))


def package(*numbers: float) -> tuple[float, list[float]]:
    w, x, b, y = leaves = [Value(number) for number in numbers]
    root = (w * x + b - y) ** 2
    root.backward()
    return root.data, [leaf.grad for leaf in leaves]


def labels(widget: Locator, kind: str) -> list[str]:
    return [text.replace("−", "-") for text in widget.locator(f"svg text.cr-{kind}").all_text_contents()]


@pytest.mark.parametrize(
    "numbers", [(2.0, 3.0, 1.0, 5.0), (2.0, 3.0, 1.0, 7.0), (-1.5, 0.0, 0.25, -4.0), (0.0, 2.0, -3.0, 0.5)]
)
def test_loss_and_gradients_are_the_packages(widget: Locator, numbers: tuple[float, ...]) -> None:
    set_numbers(widget, *numbers)
    loss, gradients = package(*numbers)
    assert float(widget.get_attribute("data-loss") or "nan") == pytest.approx(loss, abs=1e-12)
    shown = [float(part) for part in (widget.get_attribute("data-gradients") or "").split(",")]
    assert shown == pytest.approx(gradients, abs=1e-12)


def test_both_passes_show_every_number_of_the_page(widget: Locator) -> None:
    widget.get_by_role("button", name="Both passes").click()
    assert sorted(labels(widget, "value")) == sorted(["2", "3", "6", "1", "7", "5", "2", "4"])
    assert sorted(labels(widget, "derivative")) == sorted(f"∇ {g}" for g in (12, 8, 4, 4, 4, -4, 4, 1))
    assert widget.get_by_role("button", name="Next step").is_disabled()


def test_values_come_first_and_gradients_only_on_the_way_back(widget: Locator) -> None:
    following = widget.get_by_role("button", name="Next step")
    assert (len(labels(widget, "value")), labels(widget, "derivative")) == (4, [])
    counts = []
    while following.is_enabled():
        following.click()
        counts.append((len(labels(widget, "value")), len(labels(widget, "derivative"))))
    assert counts == [(5, 0), (6, 0), (7, 0), (8, 0), (8, 1), (8, 2), (8, 4), (8, 6), (8, 8)]
    assert "∂L/∂w = 12, ∂L/∂x = 8" in widget.locator(".cr-readout").inner_text()


def test_the_keyboard_steps_forward_and_back(widget: Locator, page: Page) -> None:
    widget.get_by_role("button", name="Next step").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    assert widget.get_attribute("data-step") == "2"
    widget.get_by_role("button", name="Back", exact=True).focus()
    page.keyboard.press("Enter")
    assert widget.get_attribute("data-step") == "1"
    widget.get_by_role("button", name="Both passes").focus()
    page.keyboard.press("Enter")
    assert widget.get_attribute("data-step") == str(LAST_STEP)
    assert "step 10 of 10" in (widget.locator("svg").get_attribute("aria-label") or "")

"""Chapter 5's neuron, driven in Chromium: every pair it shows is the package's."""

import json

import pytest
from playwright.sync_api import Page

from chainrule import Dual, relu

pytestmark = pytest.mark.browser

PAGE = "part2/05-dual-numbers.html"

NAMES = ("w11", "w21", "x1", "x2")
LABELS = ("w₁₁", "w₂₁", "x₁", "x₂")


def shown(page: Page) -> dict[str, list[float]]:
    return json.loads(page.locator(".widget").get_attribute("data-pairs") or "{}")


def by_package(seed: str, numbers: dict[str, float]) -> dict[str, list[float]]:
    w11, w21, x1, x2 = (Dual(numbers[name], float(name == seed)) for name in NAMES)
    pairs = {"w11 x1": w11 * x1, "w21 x2": w21 * x2, "sum": w11 * x1 + w21 * x2, "z": relu(w11 * x1 + w21 * x2)}
    return {name: [pair.primal, pair.tangent] for name, pair in pairs.items()}


def test_it_starts_with_the_numbers_of_the_chapter(page: Page) -> None:
    data = json.loads(page.locator("script[data-for=neuron-dual]").text_content() or "{}")
    assert shown(page) == data["passes"]["w11"]
    assert all(data["passes"][name] == by_package(name, data["start"]) for name in NAMES)


@pytest.mark.parametrize("seed", NAMES)
@pytest.mark.parametrize(
    "values",
    [(1.5, -0.5, 2.0, 3.0), (1.0, -2.0, 2.0, 1.0), (-2.5, 0.5, 1.5, -3.0), (0.0, 0.0, 3.0, -1.0)],
    ids=["active", "exactly zero", "off", "no weights"],
)
def test_every_pair_is_the_packages(page: Page, seed: str, values: tuple[float, ...]) -> None:
    widget = page.locator(".widget")
    widget.locator("select").select_option(seed)
    for label, value in zip(LABELS, values, strict=True):
        widget.locator(f".cr-control:has(label:text-is('{label}')) input[type=number]").fill(str(value))
    want = by_package(seed, dict(zip(NAMES, values, strict=True)))
    assert shown(page) == want
    number = f"{want['z'][1] + 0:g}".replace("-", "−")
    assert f"∂z/∂{LABELS[NAMES.index(seed)]} = {number}." in widget.locator(".cr-readout").inner_text()


def test_the_keyboard_moves_a_weight_and_starts_again(page: Page) -> None:
    widget = page.locator(".widget")
    again = widget.get_by_role("button", name="Start again")
    again.focus()
    page.keyboard.press("Enter")
    assert shown(page)["sum"] == [0.5, 2]
    widget.get_by_role("slider", name="w₁₁").focus()
    page.keyboard.press("ArrowRight")
    assert shown(page)["sum"] == [1.5, 2]
    again.focus()
    page.keyboard.press("Space")
    assert shown(page)["sum"] == [0.5, 2]

"""Chapter 2's perceptron, stepped through in Chromium: its weights are those of `chainrule.perceptron`."""

import json

import numpy as np
import pytest
from playwright.sync_api import Locator, Page

from chainrule.perceptron import Perceptron, with_bias

pytestmark = pytest.mark.browser

PAGE = "part1/02-perceptron.html"


@pytest.fixture
def widget(page: Page) -> Locator:
    widget = page.locator(".widget[data-widget=perceptron]")
    press(widget, "Chapter's points")
    return widget


@pytest.fixture(scope="module")
def points(page: Page) -> dict[str, np.ndarray]:
    """The points the chapter has put on the page, as rows (x1, x2, label)."""
    text = page.locator("script[type='application/json'][data-for=perceptron]").text_content()
    assert text is not None
    return {name: np.array(rows) for name, rows in json.loads(text).items()}


def press(widget: Locator, name: str) -> None:
    widget.get_by_role("button", name=name, exact=True).click()


def weights(widget: Locator) -> list[float]:
    return [float(w) for w in (widget.get_attribute("data-weights") or "").split(",")]


def learnt(rows: np.ndarray, epochs: int = 1000) -> Perceptron:
    return Perceptron(eta=0.5, max_epochs=epochs).fit(with_bias(rows[:, :2]), rows[:, 2])


def test_every_step_is_an_update_of_the_packages_path(widget: Locator, points: dict[str, np.ndarray]) -> None:
    model = learnt(points["points"])
    assert model.converged and len(model.path) > 1
    assert weights(widget) == [0, 0, 0]
    for count, update in enumerate(model.path, start=1):
        press(widget, "Step")
        assert widget.get_attribute("data-updates") == str(count)
        assert weights(widget) == pytest.approx(update.after)
    assert widget.get_attribute("data-errors") == "0"
    assert "No error" in widget.locator(".cr-readout").inner_text()
    assert widget.get_by_role("button", name="Step", exact=True).is_disabled()


def test_on_xor_the_weights_come_back(widget: Locator, points: dict[str, np.ndarray]) -> None:
    press(widget, "XOR")
    path = learnt(points["xor"], epochs=20).path
    seen = []
    for update in path[:24]:
        press(widget, "Step")
        seen.append(tuple(weights(widget)))
        assert seen[-1] == pytest.approx(tuple(update.after))
        assert widget.get_attribute("data-errors") != "0"
    # The same weights again, and from then on the same weights in the same order.
    period = next(p for p in range(1, 13) if seen[-p:] == seen[-2 * p : -p])
    assert seen[12:] == [seen[12 + k % period] for k in range(12)]


def test_points_are_added_and_weights_reset(widget: Locator) -> None:
    press(widget, "No points")
    assert "Add points" in widget.locator(".cr-readout").inner_text()
    added = [(2.0, 1.0, 1), (-1.0, -0.5, -1)]
    for x1, x2, label in added:
        widget.get_by_role("combobox", name="class").select_option(str(label))
        widget.get_by_role("spinbutton", name="x₁").fill(str(x1))
        widget.get_by_role("spinbutton", name="x₂").fill(str(x2))
        press(widget, "Add point")
    path = learnt(np.array(added)).path
    for _ in path:
        press(widget, "Step")
    assert weights(widget) == pytest.approx(path[-1].after)
    assert widget.get_attribute("data-errors") == "0"
    press(widget, "Reset weights")
    assert weights(widget) == [0, 0, 0] and widget.get_attribute("data-updates") == "0"


def test_run_goes_on_by_itself_until_there_is_no_error(widget: Locator, points: dict[str, np.ndarray]) -> None:
    press(widget, "Run")
    widget.page.wait_for_function("document.querySelector('.widget[data-widget=perceptron]').dataset.errors === '0'")
    assert weights(widget) == pytest.approx(learnt(points["points"]).w)

"""Chapter 12's unrolled unit, driven in Chromium: its states and gradients are those of the package's engine."""

import numpy as np
import pytest
from playwright.sync_api import Locator, Page

import chainrule

pytestmark = pytest.mark.browser

PAGE = "part4/12-recurrent.html"
ACTIVATIONS = {"linear": lambda z: z, "tanh": chainrule.tanh, "relu": chainrule.relu}


@pytest.fixture
def widget(page: Page) -> Locator:
    widget = page.locator(".widget[data-widget=unrolled-unit]")
    choose(widget, "linear", 0.9, 20, 0.0)
    return widget


def choose(widget: Locator, g: str, w: float, steps: int, c: float) -> None:
    widget.get_by_label("activation").select_option(g)
    for label, value in (("weight w", w), ("steps T", steps), ("constant input c", c)):
        widget.get_by_role("spinbutton", name=label).fill(str(value))


def shown(widget: Locator) -> tuple[float, float]:
    return float(widget.get_attribute("data-state") or "nan"), float(widget.get_attribute("data-gradient") or "nan")


def by_package(g: str, w: float, steps: int, c: float) -> tuple[float, float]:
    """h_T and dh_T/dh_1."""

    def last(h: chainrule.Tensor) -> chainrule.Tensor:
        for _ in range(steps - 1):
            h = ACTIVATIONS[g](w * h + c)
        return h

    first = ACTIVATIONS[g](np.array(1.0))
    state, gradient = chainrule.value_and_grad(last)(first)
    return float(state), float(gradient)


@pytest.mark.parametrize("g", ACTIVATIONS)
@pytest.mark.parametrize(("w", "steps", "c"), [(0.9, 20, 0.0), (1.4, 40, 0.5), (-1.2, 7, 0.1), (1.05, 2, -0.3)])
def test_state_and_gradient_are_the_engines(widget: Locator, g: str, w: float, steps: int, c: float) -> None:
    choose(widget, g, w, steps, c)
    np.testing.assert_allclose(shown(widget), by_package(g, w, steps, c), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize(
    ("example", "words"),
    [
        ("Forgets", "vanishes"),
        ("Explodes", "explodes"),
        ("tanh holds a level", "vanishes"),
        ("tanh saturates", "vanishes"),
    ],
)
def test_examples_say_what_happens(widget: Locator, example: str, words: str) -> None:
    widget.get_by_role("button", name=example, exact=True).click()
    assert words in widget.locator(".cr-readout").inner_text()


def test_a_bad_number_changes_nothing(widget: Locator) -> None:
    before = shown(widget)
    widget.get_by_role("spinbutton", name="steps T").fill("1000")
    assert shown(widget) == before

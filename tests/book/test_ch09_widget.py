"""Chapter 9's optimiser paths, driven in Chromium: after ten steps the weights are those of `chainrule.optim`."""

import json

import numpy as np
import pytest
from playwright.sync_api import Locator, Page

import chainrule
from chainrule import optim

pytestmark = pytest.mark.browser

PAGE = "part3/09-training.html"
OPTIMISERS = {
    "sgd": lambda w, rate: optim.SGD(w, lr=rate),
    "momentum": lambda w, rate: optim.SGD(w, lr=rate, momentum=0.9),
    "adagrad": lambda w, rate: optim.Adagrad(w, lr=rate),
    "rmsprop": lambda w, rate: optim.RMSprop(w, lr=rate, alpha=0.9),
    "adam": lambda w, rate: optim.Adam(w, lr=rate),
}


@pytest.fixture
def widget(page: Page) -> Locator:
    widget = page.locator(".widget[data-widget=optimiser-paths]")
    widget.get_by_role("button", name="Clear").click()
    return widget


def by_package(data: dict, name: str, rate: float, steps: int) -> np.ndarray:
    """Weights after full-batch steps on 1/2 mean (w2 tanh(w1 x) - y)^2, from the widget's own start and points."""
    w = chainrule.Tensor(np.array(data["start"]), requires_grad=True)
    x, y = np.array(data["x"]), np.array(data["y"])
    optimiser = OPTIMISERS[name]([w], rate)
    for _ in range(steps):
        optimiser.zero_grad()
        (0.5 * ((w[1] * chainrule.tanh(w[0] * x) - y) ** 2).mean()).backward()
        optimiser.step()
    return w.data


@pytest.mark.parametrize("name", OPTIMISERS)
def test_ten_steps_are_the_packages(page: Page, widget: Locator, name: str) -> None:
    data = json.loads(page.locator("script[data-for=optimiser-paths]").text_content() or "null")
    widget.get_by_label("optimiser").select_option(name)
    widget.get_by_role("spinbutton", name="learning rate").fill("0.1")
    for _ in range(10):
        widget.get_by_role("button", name="Step", exact=True).click()
    assert widget.get_attribute("data-steps") == "10"
    shown = [float(w) for w in (widget.get_attribute("data-w") or "").split(",")]
    np.testing.assert_allclose(shown, by_package(data, name, 0.1, 10), rtol=1e-6)

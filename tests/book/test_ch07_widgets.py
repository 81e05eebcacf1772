"""Chapter 7's two widgets, driven in Chromium: the numbers they show are the package's."""

import numpy as np
import pytest
from playwright.sync_api import Locator, Page

import chainrule

pytestmark = pytest.mark.browser

PAGE = "part3/07-networks.html"


@pytest.fixture
def activations(page: Page) -> Locator:
    return page.locator(".widget[data-widget=activations]")


@pytest.fixture
def kinks(page: Page) -> Locator:
    widget = page.locator(".widget[data-widget=two-kinks]")
    widget.get_by_role("button", name="All zero").click()
    return widget


def number(widget: Locator, key: str) -> float:
    return float(widget.get_attribute(f"data-{key}") or "nan")


def choose_kink(widget: Locator, kink: float) -> None:
    widget.get_by_role("combobox", name="target").select_option(str(kink))


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "softplus"])
@pytest.mark.parametrize("z", [-6.0, -1.1, 0.0, 0.5, 6.0])
def test_value_and_derivative_are_the_packages(activations: Locator, name: str, z: float) -> None:
    activations.get_by_role("combobox", name="function").select_option(name)
    activations.get_by_role("slider", name="z").fill(str(z))
    g = getattr(chainrule, name)
    assert number(activations, "value") == pytest.approx(float(g(z)), abs=1e-6)
    assert number(activations, "slope") == pytest.approx(float(chainrule.derivative(g)(z)), abs=1e-6)
    assert "derivative" in activations.locator(".cr-readout").inner_text()


@pytest.mark.parametrize(("z", "value"), [(-0.1, 0), (0.0, 0), (0.1, 1)])
def test_the_step_has_no_slope(activations: Locator, z: float, value: int) -> None:
    activations.get_by_role("combobox", name="function").select_option("step")
    activations.get_by_role("slider", name="z").fill(str(z))
    assert (number(activations, "value"), number(activations, "slope")) == (value, 0)


def test_the_keyboard_moves_z(activations: Locator, page: Page) -> None:
    activations.get_by_role("combobox", name="function").select_option("tanh")
    activations.get_by_role("slider", name="z").fill("0")
    activations.get_by_role("slider", name="z").focus()
    page.keyboard.press("ArrowRight")
    assert number(activations, "value") == pytest.approx(np.tanh(0.1), abs=1e-6)


@pytest.mark.parametrize("kink", [1.0, 2.0])
def test_sliders_set_by_hand_find_the_function(kinks: Locator, kink: float) -> None:
    choose_kink(kinks, kink)
    xs = np.linspace(-3, 5, 161)
    assert number(kinks, "worst") == pytest.approx(np.abs(xs - kink).max())
    settings = {"unit 1: bias": -kink, "unit 1: weight": 1, "unit 2: bias": kink, "unit 2: weight": -1}
    for label, value in (settings | {"output: unit 1": 1, "output: unit 2": 1}).items():
        assert "Found" not in kinks.locator(".cr-readout").inner_text()
        kinks.get_by_role("slider", name=label).fill(str(value))
    assert number(kinks, "worst") == pytest.approx(0, abs=1e-9)
    assert "Found" in kinks.locator(".cr-readout").inner_text()


def test_outputs_are_those_of_two_relu_units(kinks: Locator) -> None:
    hidden, output = np.array([[0.5, -1.2], [-2.0, 1.5]]), np.array([0.3, 2.0, -1.0])
    labels = ["unit 1: bias", "unit 1: weight", "unit 2: bias", "unit 2: weight"]
    labels += ["output: bias", "output: unit 1", "output: unit 2"]
    for label, value in zip(labels, [*hidden.ravel(), *output], strict=True):
        kinks.get_by_role("slider", name=label).fill(str(value))
    got = [float(v) for v in (kinks.get_attribute("data-outputs") or "").split(",")]
    want = [output @ [1, *chainrule.relu(hidden @ [1, x])] for x in (-1.0, 0.0, 2.0, 3.5)]
    assert got == pytest.approx(want)


def test_a_transpose_shows_at_two_and_hides_at_one(kinks: Locator) -> None:
    for kink, distance in [(1.0, 0.0), (2.0, 5.0)]:
        choose_kink(kinks, kink)
        kinks.get_by_role("button", name="Show weights").click()
        assert number(kinks, "worst") == pytest.approx(0, abs=1e-9)
        kinks.get_by_role("button", name="Transpose hidden weights").click()
        xs = np.linspace(-3, 5, 161)
        transposed = np.array([[-kink, 1.0], [kink, -1.0]]).T
        outputs = np.maximum(transposed[:, 0] + np.outer(xs, transposed[:, 1]), 0).sum(axis=1)
        assert np.abs(outputs - np.abs(xs - kink)).max() == pytest.approx(distance)
        assert number(kinks, "worst") == pytest.approx(distance, abs=1e-9)


@pytest.fixture
def moons(page: Page) -> Locator:
    return page.locator(".widget[data-widget=moons]")


@pytest.mark.parametrize("units", range(7))
def test_networks_on_the_moons_are_the_packages(page: Page, moons: Locator, units: int) -> None:
    moons.get_by_role("slider", name="hidden units").fill(str(units))
    table = page.locator("script[data-for=moons]").evaluate("script => JSON.parse(script.textContent)")
    network = table["networks"][units]
    assert len(network["units"]) == units
    shown = [float(z) for z in (moons.get_attribute("data-logits") or "").split(",")]
    # What the package's model gave for the same points when the page was built.
    np.testing.assert_allclose(shown, network["check"], rtol=1e-9)
    # The points on the page are rounded, so one that lies on the boundary may change sides.
    assert abs(number(moons, "right") - network["right"] * len(table["points"])) <= 1
    assert f"{round(network['right'] * len(table['points']))} of {len(table['points'])}" in moons.inner_text()


def test_units_are_added_and_removed_by_keyboard(moons: Locator, page: Page) -> None:
    slider = moons.get_by_role("slider", name="hidden units")
    slider.fill("0")
    add = moons.get_by_role("button", name="Add a unit")
    add.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert slider.input_value() == "2"
    moons.get_by_role("button", name="Remove one").click()
    assert slider.input_value() == "1"
    assert "1 hidden unit:" in moons.inner_text()

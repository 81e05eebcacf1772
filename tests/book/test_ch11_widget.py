"""Chapter 11's convolution, driven in Chromium: its outputs are those of `chainrule.conv.conv2d`, by mouse and keys."""

import json

import numpy as np
import pytest
from playwright.sync_api import Locator, Page

from chainrule.conv import conv2d

pytestmark = pytest.mark.browser

PAGE = "part4/11-convolutional.html"
KERNELS = ("rising stroke", "falling stroke", "upright edge", "sum of all nine")


@pytest.fixture
def widget(page: Page) -> Locator:
    widget = page.locator(".widget[data-widget=convolution]")
    widget.get_by_role("button", name="Start again").click()
    return widget


@pytest.fixture
def data(page: Page) -> dict:
    return json.loads(page.locator("script[data-for=convolution]").text_content() or "null")


def output(widget: Locator) -> list:
    return json.loads(widget.get_attribute("data-output") or "null")


def by_package(image: list, kernel: list, stride: int = 1, padding: int = 0) -> list[float]:
    x, w = np.array(image, dtype=float)[None, None], np.array(kernel, dtype=float)[None, None]
    return conv2d(x, w, stride=stride, padding=padding).ravel().tolist()


def cell(widget: Locator, grid: str, row: int, column: int) -> Locator:
    return widget.get_by_role("button", name=f"{grid} row {row}, column {column}:")


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kernel", KERNELS)
def test_all_places_are_the_packages(widget: Locator, data: dict, kernel: str, stride: int, padding: int) -> None:
    widget.get_by_role("combobox", name="kernel").select_option(kernel)
    widget.get_by_role("combobox", name="stride").select_option(str(stride))
    widget.get_by_role("combobox", name="padding").select_option(str(padding))
    widget.get_by_role("button", name="All places").click()
    assert output(widget) == by_package(data["image"], data["kernels"][kernel], stride, padding)


def test_steps_come_in_reading_order(widget: Locator, data: dict) -> None:
    want = by_package(data["image"], data["kernels"]["rising stroke"])
    assert output(widget) == [want[0], *[None] * 8]
    for k in range(1, 9):
        widget.get_by_role("button", name="Step", exact=True).click()
        assert output(widget)[: k + 1] == want[: k + 1]
    assert widget.get_by_role("button", name="Step", exact=True).is_disabled()
    widget.get_by_role("button", name="Back").click()
    assert widget.get_attribute("data-place") == "7"


def test_the_readout_has_every_product(widget: Locator) -> None:
    widget.get_by_role("button", name="Step", exact=True).click()
    text = widget.locator(".cr-readout").text_content() or ""
    assert "(−1)·0 + (−1)·1 + 2·2  +  (−1)·1 + 2·2 + (−1)·1  +  2·2 + (−1)·1 + (−1)·0  =  8" in text


def test_pixels_and_weights_change(widget: Locator, data: dict) -> None:
    image, kernel = np.array(data["image"]), np.array(data["kernels"]["rising stroke"])
    cell(widget, "pixel", 0, 2).click()  # 1 becomes 2
    cell(widget, "weight", 0, 2).click()  # 2 becomes -2
    image[0, 2], kernel[0, 2] = 2, -2
    widget.get_by_role("button", name="All places").click()
    assert output(widget) == by_package(image.tolist(), kernel.tolist())


def test_keys_alone_are_enough(page: Page, widget: Locator, data: dict) -> None:
    cell(widget, "output", 0, 0).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert widget.get_attribute("data-place") == "4"
    want = by_package(data["image"], data["kernels"]["rising stroke"])
    assert [h for h in output(widget) if h is not None] == [want[0], want[1], want[4]]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")  # the border: nothing happens
    assert widget.get_attribute("data-place") == "1"
    cell(widget, "pixel", 0, 0).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    assert cell(widget, "pixel", 0, 1).text_content() == "1"

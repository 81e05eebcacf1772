"""Chapter 13's attention map, driven in Chromium: every word shows the weights that the package computed for it."""

import json

import numpy as np
import pytest
from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

PAGE = "part4/13-transformers.html"


@pytest.fixture
def widget(page: Page) -> Locator:
    page.mouse.move(0, 0)  # off the words, which a pointer chooses
    widget = page.locator(".widget[data-widget=attention]")
    widget.get_by_label("sentence", exact=True).select_option("0")
    widget.get_by_label("head", exact=True).select_option("mean")
    return widget


@pytest.fixture
def data(page: Page) -> dict:
    return json.loads(page.locator("script[data-for=attention]").text_content() or "null")


def shown(widget: Locator) -> np.ndarray:
    return np.array([float(w) for w in (widget.get_attribute("data-weights") or "").split(",")])


def word(widget: Locator, k: int) -> Locator:
    return widget.get_by_role("group", name="The sentence").get_by_role("button").nth(k)


def test_data_are_weights(data: dict) -> None:
    for sentence in data["sentences"]:
        weights = np.array(sentence["weights"])
        T = len(sentence["words"])
        assert weights.shape == (len(data["heads"]), T, T)
        np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=2e-3)
        assert not np.triu(weights, 1).any()
        assert len(sentence["next"]) == T


def test_starts_where_the_verb_is_looked_up(data: dict) -> None:
    sentence = data["sentences"][0]
    words, weights = sentence["words"], np.array(sentence["weights"][data["start"]])
    before_verb = weights[words.index("are") - 1]
    assert words[before_verb.argmax()] == "keys"


def test_pointing_focusing_and_clicking_choose_the_word(widget: Locator, data: dict) -> None:
    weights = np.array(data["sentences"][0]["weights"])
    widget.get_by_label("head", exact=True).select_option("2")
    for k, how in ((3, "hover"), (7, "focus"), (12, "click")):
        getattr(word(widget, k), how)()
        assert widget.get_attribute("data-query") == str(k)
        np.testing.assert_allclose(shown(widget), weights[2, k])
        assert word(widget, k).get_attribute("aria-pressed") == "true"


def test_arrow_keys_walk_along_the_sentence(page: Page, widget: Locator, data: dict) -> None:
    weights = np.array(data["sentences"][0]["weights"]).mean(axis=0)
    word(widget, 4).click()
    for key, at in (("ArrowRight", 5), ("ArrowRight", 6), ("ArrowLeft", 5), ("Home", 0), ("ArrowLeft", 0), ("End", -1)):
        page.keyboard.press(key)
        at = at % len(weights)
        assert widget.get_attribute("data-query") == str(at)
        np.testing.assert_allclose(shown(widget), weights[at])
        assert word(widget, at).evaluate("e => e === document.activeElement")


def test_sentence_and_head_are_chosen_and_said_in_words(widget: Locator, data: dict) -> None:
    widget.get_by_label("sentence", exact=True).select_option("1")
    widget.get_by_label("head", exact=True).select_option("3")
    sentence = data["sentences"][1]
    at = sentence["words"].index("is") - 1  # it starts at the word before the verb
    weights = np.array(sentence["weights"][3][at])
    assert widget.get_attribute("data-query") == str(at)
    np.testing.assert_allclose(shown(widget), weights)
    said = widget.locator(".cr-readout").text_content() or ""
    assert f"{sentence['words'][weights.argmax()]} {weights.max():.2f}" in said
    assert f"Expected next: {sentence['next'][at][0][0]}" in said

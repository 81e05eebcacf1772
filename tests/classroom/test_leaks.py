"""What a submission does to carry hidden things into its feedback, or to make a reader's browser act, has no effect."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from attacks.leaks import LEAKS, Leak
from bs4 import BeautifulSoup
from toycourse import NAME, RIGHT, answered, feedback, generated, grade, hand_in, identifier  # noqa: F401

from classroom import seeds
from classroom.assignments import course as courses
from classroom.assignments.course import Course
from classroom.grading import record

pytestmark = pytest.mark.sandbox

# Code of the hidden tests that stands nowhere in the release.
HIDDEN = ("uniform(2.5", "lambda got", "BEGIN HIDDEN", "the sign belongs inside", "on an array")
Class = tuple[Course, dict[str, dict[str, float]], dict[str, BeautifulSoup]]


@pytest.fixture(scope="module")
def class_(generated: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: F811
    folder = tmp_path_factory.mktemp("leaks") / "course"
    shutil.copytree(generated, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHAINRULE_SECRET_FILE", str(folder / "secret"))
        course = courses.find(folder)
        hand_in(course, "honest", answered(course, **RIGHT))
        for leak in LEAKS:
            hand_in(
                course,
                identifier(leak.name),
                answered(course, square=leak.square, mean=RIGHT["mean"], explain=leak.explain),
            )
        points = grade(course)
        pages = {name: feedback(course, name) for name in points}
        yield course, points, pages


def test_the_honest_control(class_: Class) -> None:
    _, points, pages = class_
    assert points["honest"] == {"square-check": 8.0, "mean-check": 8.0, "explain": 0.0}
    assert "Every check passed." in pages["honest"].text


@pytest.mark.parametrize("leak", LEAKS, ids=[leak.name for leak in LEAKS])
def test_nothing_gets_out(class_: Class, leak: Leak) -> None:
    course, points, pages = class_
    name, page = identifier(leak.name), pages[identifier(leak.name)]
    assert points[name] == {"square-check": 0.0, "mean-check": 8.0, "explain": 0.0}
    for code in HIDDEN:
        assert code not in page.text
    assert_no_expected_value(page)
    assert_inert(page)
    found = record.read_record(course.coursedir, NAME, name)
    assert found["items"]["square-check"]["failures"][0]["instructor"]


def assert_no_expected_value(page: BeautifulSoup) -> None:
    """Of a hidden check the page may say what was tried; not what should have come back."""
    item = page.select_one("#item-square-check")
    assert item is not None
    for tried in re.findall(r"square\((-?[\d.]+)\)", item.text):
        x = float(tried)
        if x not in (3.0, -2.0):
            assert f"{x * x:.5g}"[:6] not in item.text


def assert_inert(page: BeautifulSoup) -> None:
    assert not page.find_all(["script", "iframe", "object", "embed", "link", "base", "form", "video", "audio"])
    for tag in page.find_all(True):
        assert not [name for name in tag.attrs if name.startswith("on") or name in ("style", "srcset", "ping")], tag
        if tag.has_attr("src"):
            assert str(tag["src"]).startswith("data:image/"), tag
        if tag.has_attr("href"):
            assert not str(tag["href"]).lower().startswith(("javascript", "data")), tag
    assert [style for style in page.find_all("style") if "leak.example" in style.text] == []
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    assert policy is not None and "default-src 'none'" in str(policy["content"])


def test_the_seed_is_nowhere(class_: Class) -> None:
    course, points, pages = class_
    secret = (course.root / "secret").read_bytes().strip()
    for name in points:
        seed = seeds.seed(NAME, name, 1, key=secret).hex()
        assert seed not in str(pages[name])
        assert secret.decode() not in str(pages[name])


@pytest.mark.parametrize("leak", LEAKS, ids=[leak.name for leak in LEAKS])
def test_the_autograded_notebook_is_inert(class_: Class, leak: Leak) -> None:
    """Formgrader shows its outputs as they are."""
    course, _, _ = class_
    path = course.root / "course" / "autograded" / identifier(leak.name) / NAME / f"{NAME}.ipynb"
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            assert set(data) <= {"text/plain", "text/html", "image/png", "image/jpeg"}, json.dumps(data)[:200]
            assert_inert_fragment(str(data.get("text/html", "")))


def assert_inert_fragment(html: str) -> None:
    assert "<script" not in html and "onerror" not in html and "onload" not in html


def test_there_are_enough() -> None:
    assert len({identifier(leak.name) for leak in LEAKS}) == len(LEAKS) >= 8

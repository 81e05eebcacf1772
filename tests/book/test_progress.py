"""What a reader has done is kept in the browser, shown on the contents page, exported, read back and erased."""

import json
from pathlib import Path

import pytest
import yaml
from contents_table import assignments, parts
from playwright.sync_api import Page

pytestmark = pytest.mark.browser
PAGE = "contents.html"
CHAPTER = "part1/03-gradient-descent"
QUESTIONS = f"td[data-page='{CHAPTER}']"


@pytest.fixture
def contents(page: Page, site: Path) -> Page:
    """The contents page of a reader who has done nothing."""
    page.goto((site / PAGE).as_uri())
    page.evaluate("localStorage.clear()")
    page.reload()
    return page


def test_the_table_has_every_chapter_with_its_questions_and_set(root: Path, contents: Page) -> None:
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    pages = [c["file"] for part in toc["parts"] if part.get("numbered") for c in part["chapters"]]
    listed = [chapter for _, chapters in parts() for chapter in chapters]
    assert [chapter.page for chapter in listed] == pages
    assert [chapter.number for chapter in listed] == list(range(1, len(pages) + 1))
    assert all(chapter.assignment == assignments()[chapter.page][0] for chapter in listed)
    for chapter in listed:
        cell = contents.locator(f"td[data-page='{chapter.page}']")
        assert cell.inner_text() == f"0 of {chapter.questions}"


def test_an_answer_is_kept_and_counted(site: Path, contents: Page) -> None:
    asked = int(contents.locator(QUESTIONS).get_attribute("data-questions") or 0)
    contents.goto((site / f"{CHAPTER}.html").as_uri())
    assert contents.locator(".check-yourself").count() == asked
    box = contents.locator(".check-yourself").nth(1)
    for option in box.locator("button.cr-option").all():
        option.click()
        if box.get_attribute("data-answered") == "right":
            break
    contents.reload()
    box = contents.locator(".check-yourself").nth(1)
    assert box.get_attribute("data-answered") == "right"
    assert box.locator(".cr-feedback > div:not([hidden])").inner_text().startswith("Right.")
    assert contents.locator(".check-yourself").nth(0).get_attribute("data-answered") is None
    contents.goto((site / PAGE).as_uri())
    assert contents.locator(QUESTIONS).inner_text() == f"1 of {asked}"


def test_the_question_is_the_same_before_and_after_its_formulas_are_set(site: Path, contents: Page) -> None:
    contents.goto((site / "refreshers/maths.html").as_uri())
    contents.evaluate("MathJax.startup.promise.then(() => true)")
    contents.locator(".check-yourself").nth(2).locator("button.cr-option").first.click()
    contents.reload()
    assert contents.locator(".check-yourself").nth(2).get_attribute("data-answered") == "wrong"


def test_a_chapter_read_shows_on_both_pages(site: Path, contents: Page) -> None:
    contents.goto((site / f"{CHAPTER}.html").as_uri())
    contents.get_by_label("I have read this chapter").check()
    contents.goto((site / PAGE).as_uri())
    box = contents.locator(f"td[data-read='{CHAPTER}'] input")
    assert box.is_checked()
    box.uncheck()
    contents.goto((site / f"{CHAPTER}.html").as_uri())
    assert not contents.get_by_label("I have read this chapter").is_checked()


def test_export_erase_import(contents: Page, tmp_path: Path) -> None:
    done = contents.locator("td[data-set='ps05-dual-numbers'] input")
    done.check()
    with contents.expect_download() as download:
        contents.get_by_role("button", name="Export").click()
    saved = tmp_path / "progress.json"
    download.value.save_as(saved)
    assert json.loads(saved.read_text(encoding="utf-8"))["sets"] == {"ps05-dual-numbers": True}
    contents.once("dialog", lambda dialog: dialog.accept())
    contents.get_by_role("button", name="Erase").click()
    assert not done.is_checked()
    assert contents.evaluate("localStorage.getItem('chain-rule-progress')") is None
    contents.locator("input[type=file]").set_input_files(saved)
    contents.get_by_text("Progress read from the file").wait_for()
    assert done.is_checked()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 2}', '"sets"'])
def test_a_file_that_holds_no_progress_changes_nothing(contents: Page, tmp_path: Path, text: str) -> None:
    done = contents.locator("td[data-set='ps05-dual-numbers'] input")
    done.check()
    other = tmp_path / "other.json"
    other.write_text(text, encoding="utf-8")
    contents.locator("input[type=file]").set_input_files(other)
    contents.get_by_text("holds no progress").wait_for()
    assert done.is_checked()

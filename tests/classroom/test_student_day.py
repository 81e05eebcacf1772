"""A student's day in a real JupyterLab: open, solve, validate, submit, read the feedback."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, TimeoutError, expect
from running_jupyter import serving
from toycourse import ROOT

NAME = "ps03-gradient-descent"
TOKEN = "a-students-day"
REGRESSION = """def regression_losses(y_hat, y):
    e = y_hat - y
    mse = np.mean(e**2)
    return float(np.sum(e**2)), float(mse), float(np.sqrt(mse)), float(np.mean(np.abs(e)))


"""
EXCHANGED = REGRESSION + "def log_loss(z, y):\n    return float(np.mean(np.logaddexp(0, y * z)))\n"
RIGHT = EXCHANGED.replace("y * z", "-y * z")
DRAWN = '.jp-Notebook .jp-MarkdownCell:has-text("{}")'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course as its student has it: problem set, chapter, configuration, and to learn alone the solution."""
    place = tmp_path_factory.mktemp("day")
    shutil.copytree(ROOT / "exercises" / NAME, place / "exercises" / NAME)
    shutil.copytree(ROOT / "solutions" / NAME, place / "solutions" / NAME)
    shutil.copy(ROOT / "nbgrader_config.py", place)
    (place / "book").symlink_to(ROOT / "book")
    shutil.copy(ROOT / "book" / "part1" / "03-gradient-descent.ipynb", place / "exercises" / "chapter.ipynb")
    for path in (place / "exercises").rglob("*.ipynb"):
        path.chmod(0o644)
    return place


@pytest.fixture(scope="module")
def lab(folder: Path) -> Iterator[str]:
    """`jupyter lab exercises`."""
    with serving(folder, ["jupyterlab", "exercises"], TOKEN) as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1300, "height": 2600})
    page.set_default_timeout(60_000)
    expect.set_options(timeout=60_000)
    yield page
    page.close()


def opened(page: Page, lab: str, path: str, words: str) -> None:
    page.goto(f"{lab}/lab/tree/{path}?token={TOKEN}&reset")
    expect(page.locator(DRAWN.format(words)).first).to_be_visible()


def nothing_raw(page: Page) -> None:
    """Every text is drawn in the end: no directive, role, formula or heading is seen as its source."""
    cells = '[...document.querySelectorAll(".jp-Notebook .jp-MarkdownCell")].map(c => c.innerText)'
    raw = f"{cells}.filter(t => /:::|```|[{{]\\w+[}}]`|[$]|^#+ /m.test(t))"
    try:
        page.wait_for_function(f"{cells}.length > 3 && {raw}.length == 0", timeout=60_000)
    except TimeoutError:
        raise AssertionError(f"shown as source: {page.evaluate(raw)}") from None


def cell(page: Page, words: str) -> Locator:
    return page.locator(".jp-Notebook .jp-CodeCell", has_text=words).first


def run_cell(page: Page, found: Locator) -> None:
    found.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")


def replaced(page: Page, found: Locator, source: str) -> None:
    found.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(source)


def classroom(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "classroom.commands.app", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_directives_are_drawn(page: Page, lab: str) -> None:
    opened(page, lab, "chapter.ipynb", "In this chapter")
    card = page.locator(".jp-Notebook aside, .jp-Notebook .admonition", has_text="In this chapter").first
    expect(card).to_be_visible()
    nothing_raw(page)


@pytest.mark.sandbox
def test_open_solve_validate_submit_read(page: Page, lab: str, folder: Path) -> None:
    opened(page, lab, f"{NAME}/{NAME}.ipynb", "Problem set 3: gradient descent")
    nothing_raw(page)

    # The stub runs; its check says what is not there yet.
    setup, answer = cell(page, "from classroom.expect import"), cell(page, "def regression_losses")
    check = page.locator(".jp-Notebook .jp-CodeCell").nth(2)
    for one in (setup, answer, check):
        run_cell(page, one)
    expect(check.locator(".jp-OutputArea")).to_contain_text("not written yet")

    # A known mistake: input, expected, got, hint.
    replaced(page, answer, EXCHANGED)
    run_cell(page, answer)
    run_cell(page, check)
    shown = check.locator(".jp-OutputArea")
    expect(shown).to_contain_text("the two labels are exchanged")
    for words in ("log_loss(array([1., 3.]), array([-1.,  1.]))", "expected", "0.68092", "got", "1.68092"):
        expect(shown).to_contain_text(words)

    # The right answer: no word of a miss, and Validate names what is left.
    replaced(page, answer, RIGHT)
    run_cell(page, answer)
    run_cell(page, check)
    expect(shown).not_to_contain_text("exchanged")
    # Validate saves before it runs.
    page.locator(".validate-button").first.click()
    dialog = page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("not written yet")
    expect(dialog).not_to_contain_text("log_loss")
    # Six items and the answer in words.
    assert dialog.inner_text().count("The following cell failed") == 7
    dialog.locator("button").last.click()

    # Handing in: told what is missing, and packed all the same when asked.
    told = classroom(folder, "submit", "ps03")
    assert told.returncode == 1, told.stderr
    assert "- gradient: not written yet" in told.stdout and "losses" not in told.stdout
    assert classroom(folder, "submit", "ps03", "--anyway").returncode == 0
    assert (folder / "mine" / f"{NAME}.zip").exists()

    # The page with feedback, at the width of a desk and of a phone, light and dark.
    assert "✓ losses: 3 of 3 points" in classroom(folder, "grade", "--me", "ps03").stdout
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto((folder / "mine" / f"{NAME}.html").as_uri())
    expect(page.locator("#item-losses-check")).to_contain_text("Every check passed.")
    first = page.locator("#item-gradient-check")
    expect(first).to_contain_text("not written yet")
    expect(first).to_contain_text("GD-3, chapter 3 (gradient descent), in book/part1/03-gradient-descent.ipynb")
    page.locator("p a", has_text="gradient").first.click()
    expect(first).to_be_in_viewport()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [url for url in requests if not url.startswith("file:")] == []

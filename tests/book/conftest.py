"""The built site, for every test of this folder."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "book" / "_ext"), str(ROOT / "tools")]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def site() -> Path:
    """`_build/html` as it stands; built first where there is none."""
    html = ROOT / "_build" / "html"
    if not (html / "index.html").is_file():
        subprocess.run([sys.executable, "tools/build_site.py"], cwd=ROOT, check=True)
    return html


def chromium() -> str:
    """The browser of this machine."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        assert not os.environ.get("CI"), "continuous integration must have Chromium: see .ci/run"
        pytest.skip("no Chromium on this machine: install the package chromium")
    return path


# What a browser asks the network by itself would count as requests of a page.
QUIET = ["--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


# One browser a module: Playwright's synchronous interface runs once at a time in a process.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run", *QUIET]
        browser = playwright.chromium.launch(executable_path=chromium(), args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def page(site: Path, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page that the test module names in `PAGE`, in Chromium, all its widgets started."""
    page = browser.new_page()
    page.goto((site / request.module.PAGE).as_uri())
    for widget in page.locator(".widget[data-widget]").all():
        name = widget.get_attribute("data-widget")
        page.locator(f".widget[data-widget={name}][data-ready=true]").wait_for()
    yield page
    page.close()

"""The built site, for every test of this folder."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

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

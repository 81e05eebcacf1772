"""Problem sets on the site: every one has its page and its zip, and is linked where it is named."""

import re
import zipfile
from pathlib import Path

import pytest
from assignment_pages import elsewhere, items, write_zip
from bs4 import BeautifulSoup

from classroom.assignments.assignment import load

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(path.name for path in (ROOT / "solutions").iterdir() if path.is_dir())


def soup(site: Path, page: str) -> BeautifulSoup:
    return BeautifulSoup((site / page).read_text(encoding="utf-8"), "html.parser").select_one("article")


@pytest.mark.parametrize("name", NAMES)
def test_page_and_zip_of(site: Path, name: str) -> None:
    assignment = load(ROOT / "solutions" / name)
    page = soup(site, f"assignments/{name[:4]}.html")
    rows = [[cell.get_text(" ", strip=True) for cell in row.select("td")] for row in page.select("table tbody tr")]
    assert sum(float(row[1]) for row in rows) == assignment.points
    for (title, _, topics, _), row in zip(items(assignment), rows, strict=True):
        # Formulas, code and quotation marks look otherwise on the page.
        assert re.split(r"[$`']", title)[0].strip() in row[0]
        assert all(f"({topic})" in row[3] for topic in topics)
    (link,) = page.select("a.cr-download")
    with zipfile.ZipFile(site / "assignments" / link["href"]) as archive:
        held = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    release = ROOT / "exercises" / name
    expected = {f"{name}/{p.relative_to(release)}": p.read_bytes() for p in release.rglob("*") if p.is_file()}
    assert held == {path: data for path, data in expected.items() if ".ipynb_checkpoints" not in path}


def test_the_same_release_gives_the_same_zip(tmp_path: Path) -> None:
    release = ROOT / "exercises" / NAMES[0]
    write_zip(release, tmp_path / "one.zip")
    write_zip(release, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_an_empty_release_is_told(tmp_path: Path) -> None:
    (tmp_path / "ps99-none").mkdir()
    with pytest.raises(FileNotFoundError, match="classroom generate ps99-none"):
        write_zip(tmp_path / "ps99-none", tmp_path / "out.zip")


def test_a_chapter_links_the_problem_set_it_names(site: Path) -> None:
    chapter = soup(site, "part1/03-gradient-descent.html")
    links = chapter.select("a[href='../assignments/ps03.html']")
    assert links and all(re.fullmatch(r"[Pp]roblem set 3", a.get_text(strip=True)) for a in links)


def test_links_elsewhere_follow_the_one_setting() -> None:
    assert elsewhere("", "main", "ps05-dual-numbers") == []
    assert elsewhere("https://example.org/course", "main", "ps05-dual-numbers") == []
    links = dict(elsewhere("https://github.com/someone/the-course", "main", "ps05-dual-numbers"))
    path = "exercises/ps05-dual-numbers/ps05-dual-numbers.ipynb"
    assert links["Colab"] == f"https://colab.research.google.com/github/someone/the-course/blob/main/{path}"
    assert links["Binder"].startswith("https://mybinder.org/v2/gh/someone/the-course/main?")
    assert links["a codespace"] == "https://codespaces.new/someone/the-course"

"""The book as one PDF: every page in order, an outline, links that stay inside, text that can be searched."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

import make_pdf

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def book(site: Path, root: Path, chromium: str) -> PdfReader:
    """The PDF of the site as it stands; pages that have not changed are not printed again."""
    subprocess.run([sys.executable, "tools/make_pdf.py"], cwd=root, check=True)
    return PdfReader(site / make_pdf.NAME)


def titles(outline: list) -> list[tuple[int, str, int]]:
    """(depth, title, page) of every entry, in order."""
    found = []

    def walk(entries: list, depth: int) -> None:
        for entry in entries:
            if isinstance(entry, list):
                walk(entry, depth + 1)
            else:
                found.append((depth, str(entry.title), entry.page))

    walk(outline, 0)
    return found


def chapters(book: PdfReader) -> dict[str, int]:
    """Title -> page, of every page of the book below a part."""
    entries = titles(book.outline)
    parts = next(k for k, (depth, _, _) in enumerate(entries) if depth == 0 and k > 0)
    return {title: book.get_page_number(page.get_object()) for depth, title, page in entries[parts:] if depth == 1}


def test_every_page_of_the_book_is_in_the_outline_in_order(book: PdfReader) -> None:
    pages = make_pdf.pages_in_order()
    parts = list(dict.fromkeys(page.part for page in pages if page.part))
    assert [title for depth, title, _ in titles(book.outline) if depth == 0] == ["The Chain Rule", *parts]
    found = chapters(book)
    assert len(found) == len(pages) - 1
    numbered = [title for title in found if re.match(r"\d+\. ", title)]
    assert [int(title.split(".")[0]) for title in numbered] == list(range(1, 14))
    assert list(found.values()) == sorted(set(found.values()))
    for title, at in found.items():
        words = re.sub(r"\W", "", title)
        assert words in re.sub(r"\W", "", book.pages[at].extract_text()), f"{title} is not on page {at + 1}"


def test_links_stay_in_the_book_or_lead_to_other_hosts(book: PdfReader) -> None:
    inside = outside = 0
    for page in book.pages:
        for entry in page.get("/Annots", []):
            link = entry.get_object()
            address = str(link.get("/A", {}).get("/URI", ""))
            assert not address.startswith("file:"), address
            inside += "/Dest" in link or link.get("/A", {}).get("/S") == "/GoTo"
            outside += address.startswith("http")
    assert inside > 1000 and outside > 20


def test_a_link_to_another_chapter_arrives_at_its_section(book: PdfReader) -> None:
    found = chapters(book)
    (dual,) = (at for title, at in found.items() if title.startswith("5. "))
    page = next(p for p in make_pdf.pages_in_order() if p.name.endswith("06-computation-graphs"))
    names = set(re.findall(r'href="05-dual-numbers\.html#([\w-]+)"', page.path.read_text(encoding="utf-8")))
    (after,) = (at for title, at in found.items() if title.startswith("6. "))
    (end,) = (at for title, at in found.items() if title.startswith("7. "))
    arrivals = {
        book.get_page_number(link["/Dest"][0].get_object())
        for sheet in book.pages[after:end]
        for link in (entry.get_object() for entry in sheet.get("/Annots", []))
        if "/Dest" in link
    }
    assert names and any(dual < at < after for at in arrivals), "links into chapter 5 arrive behind its first page"


def test_pages_are_numbered_and_named(book: PdfReader) -> None:
    for k in (0, len(book.pages) // 2, len(book.pages) - 1):
        assert re.search(rf"(^|\D){k + 1}\s*$", book.pages[k].extract_text()), f"page {k + 1} does not say so"


def test_text_and_formulas_can_be_searched(book: PdfReader) -> None:
    found = chapters(book)
    (at,) = (at for title, at in found.items() if title.startswith("5. "))
    text = "\n".join(page.extract_text() for page in book.pages[at : at + 6])
    assert "Heron of Alexandria" in text
    assert re.search(r"3\s*\+\s*𝜀|3\s*\+\s*ε|3\s*\+\s*𝜖|3\s*\+\s*ϵ", text), "the square of 3 + ε, worked by hand"


def test_the_landing_page_links_it(site: Path, book: PdfReader) -> None:
    assert f'href="{make_pdf.NAME}"' in (site / "index.html").read_text(encoding="utf-8")


def test_without_chromium_there_is_neither_pdf_nor_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "index.html").write_text(f"<p>{make_pdf.MARK}</p>")
    (tmp_path / make_pdf.NAME).write_bytes(b"an old one")
    monkeypatch.setattr(make_pdf, "HTML", tmp_path)
    make_pdf.link_on_landing_page(made=True)
    assert make_pdf.NAME in (tmp_path / "index.html").read_text()
    monkeypatch.setattr(make_pdf.shutil, "which", lambda name: None)
    make_pdf.main()
    assert capsys.readouterr().out.count("Chromium") == 1
    assert not (tmp_path / make_pdf.NAME).exists()
    assert (tmp_path / "index.html").read_text() == f"<p>{make_pdf.MARK}</p>"

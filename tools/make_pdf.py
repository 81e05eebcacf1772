"""The built site as one PDF: _build/html/the-chain-rule.pdf, and a link to it on the landing page.

Chromium prints each page of _toc.yml with the site's print style; the pages are put together with an outline, running
page numbers and links that stay inside the book. What a page printed before is kept in _build/pdf and used again until
its text, its styles or its scripts change. Without Chromium there is no PDF and no link, and this says so.
"""

import asyncio
import hashlib
import inspect
import json
import re
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

ROOT = Path(__file__).resolve().parent.parent
HTML = ROOT / "_build" / "html"
KEPT = ROOT / "_build" / "pdf"
NAME = "the-chain-rule.pdf"
MARK = "<!-- the book as a PDF: tools/make_pdf.py puts the link here -->"
AT_ONCE = 2  # pages printed side by side
INCH = 72.0

# Chromium writes down the places of those ids alone that the page itself links to, so every id that another page or
# the outline may want gets a link nobody sees. Formulas are set and widgets drawn before.
PREPARE = """async ids => {
    if (window.MathJax && MathJax.startup) await MathJax.startup.promise;
    await document.fonts.ready;
    const wanted = ids.filter(id => document.getElementById(id));
    for (const id of wanted) {
        const link = document.createElement("a");
        link.href = "#" + id;
        link.style.position = "absolute";
        document.body.append(link);
    }
    const title = document.querySelector("article h1");
    const text = e => { const copy = e.cloneNode(true);
        copy.querySelectorAll(".headerlink, mjx-assistive-mml").forEach(x => x.remove());
        return copy.textContent.replace(/\\s+/g, " ").trim(); };
    return {
        title: title ? text(title) : document.title,
        sections: [...document.querySelectorAll("article section section")]
            .filter(s => s.querySelector(":scope > h2"))
            .map(s => [s.id, text(s.querySelector(":scope > h2"))]),
    };
}"""


@dataclass
class Page:
    """A page of the book: its name in _toc.yml, and the heading of its part."""

    name: str
    part: str

    @property
    def path(self) -> Path:
        return HTML / f"{self.name}.html"


def pages_in_order() -> list[Page]:
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    pages = [Page(contents["root"], "")]
    for part in contents["parts"]:
        for chapter in part["chapters"]:
            names = [chapter["file"], *(section["file"] for section in chapter.get("sections", []))]
            pages += [Page(name, part["caption"]) for name in names]
    return pages


def article(html: str) -> str:
    """What a page prints: its article; the bars around it change with every other page."""
    return html[html.index("<article") : html.index("</article>")]


def wanted_ids(pages: list[Page]) -> dict[str, set[str]]:
    """Page -> the ids in it that other pages link to."""
    names = {page.path.resolve(): page.name for page in pages}
    found: dict[str, set[str]] = {page.name: set() for page in pages}
    for page in pages:
        for href in re.findall(r'href="([^"]+#[^"]+)"', article(page.path.read_text(encoding="utf-8"))):
            target = urlsplit(href)
            file = (page.path.parent / unquote(target.path)).resolve()
            if not target.scheme and file in names:
                found[names[file]].add(unquote(target.fragment))
    return found


def key(page: Page, ids: set[str]) -> str:
    """A hash of what the print depends on: text, styles and scripts (named with their hashes), ids, this printing."""
    html = page.path.read_text(encoding="utf-8")
    head = re.findall(r"<(?:link|script)\b[^>]*\?v=[^>]*>", html)
    parts = [article(html), *head, *sorted(ids), PREPARE, inspect.getsource(print_page)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


async def print_page(browser: Any, page: Page, ids: set[str], target: Path) -> None:
    """One page as a PDF, and beside it its title and sections."""
    context = await browser.new_context(viewport={"width": 800, "height": 1100}, reduced_motion="reduce")
    tab = await context.new_page()
    await tab.emulate_media(media="print", color_scheme="light")
    await tab.goto(page.path.as_uri())
    sections = re.findall(r'<section id="([^"]+)"', article(page.path.read_text(encoding="utf-8")))
    about = await tab.evaluate(PREPARE, sorted(ids | set(sections)))
    await tab.pdf(path=target, prefer_css_page_size=True, print_background=True)
    target.with_suffix(".json").write_text(json.dumps(about), encoding="utf-8")
    await context.close()


async def print_changed(chromium: str, pages: list[Page]) -> list[Path]:
    """The PDF of every page, printed now where it is not kept."""
    from playwright.async_api import async_playwright

    KEPT.mkdir(parents=True, exist_ok=True)
    ids = wanted_ids(pages)
    files = [KEPT / f"{page.name.replace('/', '-')}-{key(page, ids[page.name])}.pdf" for page in pages]
    missing = [(p, f) for p, f in zip(pages, files, strict=True) if not f.with_suffix(".json").is_file()]
    if missing:
        turn = asyncio.Semaphore(AT_ONCE)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])

            async def one(page: Page, file: Path) -> None:
                async with turn:
                    await print_page(browser, page, ids[page.name], file)

            await asyncio.gather(*(one(page, file) for page, file in missing))
            await browser.close()
    keep = {*files, *(file.with_suffix(".json") for file in files)}
    for old in KEPT.iterdir():
        if old not in keep:
            old.unlink()
    return files


class Book:
    """The PDF as it grows: pages, where everything is, and the links still to be made."""

    def __init__(self, pages: list[Page]) -> None:
        from pypdf import PdfWriter

        self.writer = PdfWriter()
        self.names = {page.path.resolve(): page.name for page in pages}
        self.first: dict[str, int] = {}
        self.places: dict[tuple[str, str], tuple[int, float]] = {}
        self.links: list[tuple[int, Any, str, str]] = []

    def add(self, page: Page, file: Path) -> None:
        from pypdf import PdfReader

        reader = PdfReader(file)
        start = self.first[page.name] = len(self.writer.pages)
        for name, place in reader.named_destinations.items():
            number = reader.get_destination_page_number(place)
            if number is not None:
                self.places[page.name, unquote(name.lstrip("/"))] = (start + number, float(place.top or 0))
        for number, sheet in enumerate(reader.pages):
            for entry in sheet.pop("/Annots", None) or []:
                self._link(page, start + number, entry.get_object())
            sheet.pop("/StructParents", None)  # the tree it points into stays behind
            self.writer.add_page(sheet)

    def _link(self, page: Page, number: int, annotation: Any) -> None:
        """Note where a link of the printed page leads: a page of the book and an id in it, or an address."""
        rect = [float(x) for x in annotation["/Rect"]]
        if "/Dest" in annotation:
            self.links.append((number, rect, page.name, unquote(str(annotation["/Dest"]).lstrip("/"))))
            return
        uri = str(annotation.get("/A", {}).get("/URI", ""))
        target = urlsplit(uri)
        if target.scheme in ("http", "https", "mailto"):
            self.links.append((number, rect, "", uri))
        elif target.scheme == "file":
            file = Path(unquote(target.path)).resolve()
            if file in self.names:
                self.links.append((number, rect, self.names[file], unquote(target.fragment)))
            # Anything else (a zip to download, the index) is not in the PDF, and its words stay plain words.

    def place(self, name: str, fragment: str) -> tuple[int, float | None]:
        return self.places.get((name, fragment), (self.first[name], None))

    def finish_links(self) -> None:
        from pypdf.annotations import Link
        from pypdf.generic import Fit

        for number, rect, name, target in self.links:
            if not name:
                link = Link(rect=rect, url=target)
            else:
                at, top = self.place(name, target)
                link = Link(rect=rect, target_page_index=at, fit=Fit.xyz(left=0, top=top))
            self.writer.add_annotation(page_number=number, annotation=link)

    def outline(self, pages: list[Page], about: list[dict[str, Any]]) -> None:
        """Parts, their chapters, the chapters' sections."""
        from pypdf.generic import Fit

        part, heading = "", None
        for page, found in zip(pages, about, strict=True):
            if page.part != part:
                part = page.part
                heading = self.writer.add_outline_item(title=part, page_number=self.first[page.name], is_open=False)
            start = self.first[page.name]
            chapter = self.writer.add_outline_item(
                title=found["title"], page_number=start, parent=heading, is_open=False
            )
            for identity, title in found["sections"]:
                at, top = self.place(page.name, identity)
                fit = Fit.xyz(left=0, top=top)
                self.writer.add_outline_item(title=title, page_number=at, parent=chapter, fit=fit)

    def number(self, titles: dict[int, str]) -> None:
        """Under each page its number, and the title of its chapter beside it."""
        from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject

        font = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type1"),
                NameObject("/BaseFont"): NameObject("/Helvetica"),
                NameObject("/Encoding"): NameObject("/WinAnsiEncoding"),
            }
        )
        reference = self.writer._add_object(font)
        # What Chromium wrote changes the scale of the page for what follows; it is kept between q and Q.
        save = DecodedStreamObject()
        save.set_data(b"q\n")
        saved = self.writer._add_object(save)
        title = ""
        for k, page in enumerate(self.writer.pages):
            title = titles.get(k, title)
            words = re.sub(r"([\\()])", r"\\\1", title).encode("cp1252", "replace")
            number = str(k + 1)
            right = float(page.mediabox.width) - 20 / 25.4 * INCH
            stream = DecodedStreamObject()
            stream.set_data(
                b"\nQ BT /CrNumber 8 Tf 0.37 g 1 0 0 1 %.2f 34 Tm (%s) Tj 1 0 0 1 %.2f 34 Tm (%s) Tj ET\n"
                % (20 / 25.4 * INCH, words, right - 4.45 * len(number), number.encode())
            )
            resources = page["/Resources"].get_object()
            fonts = resources.setdefault(NameObject("/Font"), DictionaryObject()).get_object()
            fonts[NameObject("/CrNumber")] = reference
            old = page.raw_get("/Contents")
            inner = old if isinstance(old.get_object(), ArrayObject) else [old]
            page[NameObject("/Contents")] = ArrayObject([saved, *inner, self.writer._add_object(stream)])


def link_on_landing_page(made: bool) -> None:
    """Put the link where the landing page keeps a place for it, or take it away."""
    index = HTML / "index.html"
    html = index.read_text(encoding="utf-8")
    link = f'<p class="cr-pdf">The whole book is also <a href="{NAME}">one PDF</a>, to print or to carry along.</p>'
    plain = html.replace(MARK + link, MARK)
    if MARK not in plain:
        sys.exit("make_pdf.py: book/index.md has lost the comment that keeps the place of the link to the PDF")
    wanted = plain.replace(MARK, MARK + link) if made else plain
    if wanted != html:
        index.write_text(wanted, encoding="utf-8")


def main() -> None:
    if not (HTML / "index.html").is_file():
        sys.exit("make_pdf.py: there is no site yet in _build/html; type: make book")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        (HTML / NAME).unlink(missing_ok=True)
        link_on_landing_page(made=False)
        print("No PDF of the book: Chromium is not on this machine. Install the package chromium, then type: make pdf")
        return
    print("Printing the pages that are new: all of them, in two minutes, the first time.", flush=True)
    start = time.monotonic()
    link_on_landing_page(made=False)  # so that the print of the landing page depends on its text alone
    pages = pages_in_order()
    files = asyncio.run(print_changed(chromium, pages))
    about = [json.loads(file.with_suffix(".json").read_text(encoding="utf-8")) for file in files]
    book = Book(pages)
    for page, file in zip(pages, files, strict=True):
        book.add(page, file)
    book.finish_links()
    book.outline(pages, about)
    book.number({book.first[page.name]: found["title"] for page, found in zip(pages, about, strict=True)})
    book.writer.add_metadata({"/Title": "The Chain Rule", "/Author": "The Chain Rule authors"})
    book.writer.page_layout, book.writer.page_mode = "/OneColumn", "/UseOutlines"
    book.writer.compress_identical_objects()
    book.writer.write(HTML / NAME)
    link_on_landing_page(made=True)
    size = (HTML / NAME).stat().st_size / 1e6
    print(f"PDF made: {len(book.writer.pages)} pages, {size:.1f} MB, {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()

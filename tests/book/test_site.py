"""The built pages: complete, self-contained, every reference resolved."""

import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup
from justhtml import JustHTML
from topic_index import chapters, practised

import chainrule

LABEL = re.compile(r"^\(([a-z]{2}-\d+)\)=\s*$", re.M)
# A host that serves its pages over plain http alone.
WITHOUT_TLS = {"neuralnetworksanddeeplearning.com"}
LOADS = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "embed": "src",
    "object": "data",
    "image": "href",
    "use": "href",
}


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[Path, BeautifulSoup]:
    files = [p for p in site.rglob("*.html") if "_static" not in p.relative_to(site).parts]
    return {p: BeautifulSoup(p.read_text(encoding="utf-8"), "html.parser") for p in files}


def notebook_text(path: Path) -> str:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


def loaded(page: BeautifulSoup) -> list[str]:
    """The addresses a browser fetches by itself to show this page."""
    found = [e[attribute] for tag, attribute in LOADS.items() for e in page.find_all(tag) if e.get(attribute)]
    for link in page.find_all("link", href=True):
        if {"stylesheet", "icon", "preload", "modulepreload", "manifest", "prefetch"} & set(link.get("rel", [])):
            found.append(link["href"])
    return found


def test_pages_load_nothing_from_other_hosts(pages: dict[Path, BeautifulSoup]) -> None:
    foreign = {
        (path.name, address)
        for path, page in pages.items()
        for address in loaded(page)
        if urlsplit(address).scheme not in ("", "data") or address.startswith("//")
    }
    assert not foreign


def test_style_sheets_load_nothing_from_other_hosts(site: Path) -> None:
    foreign = {
        (sheet.name, address)
        for sheet in site.rglob("*.css")
        for address in re.findall(r"(?:url\(\s*|@import\s+)['\"]?((?:https?:)?//[^'\")\s]+)", sheet.read_text("utf-8"))
    }
    assert not foreign


def test_what_pages_load_exists(pages: dict[Path, BeautifulSoup]) -> None:
    missing = {
        (path.name, address)
        for path, page in pages.items()
        for address in loaded(page)
        if not address.startswith(("data:", "#")) and not (path.parent / unquote(urlsplit(address).path)).is_file()
    }
    assert not missing


def test_links_lead_somewhere(pages: dict[Path, BeautifulSoup]) -> None:
    """Every address inside the site is a file, and what stands behind `#` is an id in it."""
    ids = {path.resolve(): {e["id"] for e in page.find_all(id=True)} for path, page in pages.items()}
    broken = set()
    for path, page in pages.items():
        for link in page.find_all(href=True):
            target = urlsplit(link["href"])
            if target.scheme or target.netloc:
                continue
            file = (path.parent / unquote(target.path)).resolve() if target.path else path.resolve()
            known = file in ids
            if not file.is_file() or (known and target.fragment and unquote(target.fragment) not in ids[file]):
                broken.add((path.name, link["href"]))
    assert not broken


def external(pages: dict[Path, BeautifulSoup]) -> dict[str, set[str]]:
    """Address on another host -> pages that link to it."""
    found: dict[str, set[str]] = {}
    for path, page in pages.items():
        for link in page.find_all("a", href=True):
            if urlsplit(link["href"]).scheme or link["href"].startswith("//"):
                found.setdefault(link["href"], set()).add(path.name)
    return found


def test_links_to_other_hosts_are_well_formed(pages: dict[Path, BeautifulSoup]) -> None:
    host = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
    odd = {}
    for address, names in external(pages).items():
        parts = urlsplit(address)
        here = parts.hostname in ("localhost", "127.0.0.1") and parts.scheme == "http"  # what the reader starts
        scheme = parts.scheme == ("http" if parts.netloc in WITHOUT_TLS else "https")
        right = scheme and host.fullmatch(parts.netloc) and "//" not in parts.path
        if not (here or (right and re.fullmatch(r"[!-~]+", address) and not address.endswith((".", ",", ")")))):
            odd[address] = names
    assert not odd


def test_no_address_is_spelt_in_two_ways(pages: dict[Path, BeautifulSoup]) -> None:
    spellings: dict[str, set[str]] = {}
    for address in external(pages):
        parts = urlsplit(address)
        plain = f"{parts.netloc.removeprefix('www.')}{parts.path.rstrip('/').removesuffix('/index.html')}?{parts.query}"
        spellings.setdefault(plain.lower(), set()).add(address.split("#")[0])
    assert not [several for several in spellings.values() if len(several) > 1]


def test_pages_are_valid_html(pages: dict[Path, BeautifulSoup]) -> None:
    """No page needs the repairs that browsers make: tags nested, closed and named as the HTML standard says."""
    assert JustHTML("<!DOCTYPE html><title>t</title><p>a</div>", collect_errors=True).errors, "the checker finds faults"
    faults = {}
    for path in pages:
        parsed = JustHTML(path.read_text(encoding="utf-8"), collect_errors=True, sanitize=False)
        if parsed.errors:
            faults[path.name] = [str(error) for error in parsed.errors[:5]]
    assert not faults


BLOCKS = "div p ul ol dl table figure section article pre details blockquote h1 h2 h3 h4 h5 h6".split()
CHILDREN = {
    "ul": {"li", "script"},
    "ol": {"li", "script"},
    "dl": {"dt", "dd", "div"},
    "table": {"caption", "colgroup", "thead", "tbody", "tfoot", "tr"},
    "thead": {"tr"},
    "tbody": {"tr"},
    "tr": {"td", "th"},
}


def misplaced(page: BeautifulSoup) -> list[str]:
    """Elements where HTML's content model has no place for them, which parsers do not call errors."""
    found = [e for parent in ("a", "button") for e in page.select(f"{parent} :is(a, button, input, select, details)")]
    for parent in ("p", "span", "h1", "h2", "h3", "label", "button"):
        found += [e for e in page.select(f"{parent} :is({', '.join(BLOCKS)})") if e.find_parent("svg") is None]
    for parent, allowed in CHILDREN.items():
        found += [
            e for box in page.find_all(parent) for e in box.find_all(True, recursive=False) if e.name not in allowed
        ]
    found += page.find_all(["center", "font", "tt", "big", "strike", "frame"])
    return [f"{e.parent.name} > {str(e)[:100]}" for e in found]


def test_elements_stand_where_html_has_a_place_for_them(pages: dict[Path, BeautifulSoup]) -> None:
    assert misplaced(BeautifulSoup("<span><div></div></span>", "html.parser"))
    faults = {path.name: found[:5] for path, page in pages.items() if (found := misplaced(page))}
    assert not faults


def test_ids_are_unique(pages: dict[Path, BeautifulSoup]) -> None:
    doubled = {}
    for path, page in pages.items():
        ids = [e["id"] for e in page.find_all(id=True)]
        if repeated := {i for i in ids if ids.count(i) > 1}:
            doubled[path.name] = repeated
    assert not doubled


def test_every_picture_says_what_it_shows(pages: dict[Path, BeautifulSoup]) -> None:
    silent = []
    for path, page in pages.items():
        for image in page.select("article img"):
            if len(image.get("alt", "").strip()) < 15:
                silent.append((path.name, image.get("src")))
        for drawing in page.select("svg.cr-drawing"):
            if len(drawing.get("aria-label", "").strip()) < 15:
                silent.append((path.name, "drawing"))
        for figure in page.select("article figure"):
            if figure.find("figcaption") is None:
                silent.append((path.name, "figure without a caption"))
    assert not silent


def test_figures_stand_in_the_page_and_follow_the_theme(pages: dict[Path, BeautifulSoup]) -> None:
    from figures import palette

    left = []
    for path, page in pages.items():
        assert not page.select("article img[src$='.svg']"), path
        for drawing in page.select("svg.cr-drawing"):
            named = {colour for colour in palette() if colour != "#000" and colour != "#fff" and len(colour) == 7}
            text = re.sub(r"<image[^>]*>", "", str(drawing)).lower()
            left += [(path.name, colour) for colour in named if f"{colour};" in text or f'{colour}"' in text]
    assert not left


def test_topics_table_is_the_curriculum() -> None:
    ids = [topic["id"] for chapter in chapters() for topic in chapter["topics"]]
    assert len(ids) == len(set(ids)) == 110
    assert [chapter["number"] for chapter in chapters()] == list(range(1, 14))
    for chapter in chapters():
        prefix = chapter["topics"][0]["id"][:2]
        assert [t["id"] for t in chapter["topics"]] == [f"{prefix}-{k + 1}" for k in range(len(chapter["topics"]))]


def test_topic_index_has_every_topic_with_its_places(root: Path, pages: dict[Path, BeautifulSoup]) -> None:
    page = pages[root / "_build" / "html" / "topics.html"]
    rows = {row["id"].removeprefix("topic-").upper(): row for row in page.select("tr[id^=topic-]")}
    assert set(rows) == {topic["id"] for chapter in chapters() for topic in chapter["topics"]}
    taught = {
        label.upper(): path
        for path in (root / "book").glob("part*/*.ipynb")
        for label in LABEL.findall(notebook_text(path))
    }
    assert taught
    for topic, path in taught.items():
        link = rows[topic].find("a")
        assert link is not None, f"{topic} is taught in {path.name}, the index does not say so"
        assert link["href"].endswith(f"{path.parent.name}/{path.stem}.html#{topic.lower()}")
        assert re.fullmatch(r"Section \d+(\.\d+)+", link.text), link.text
    for topic, sets in practised().items():
        cell = rows[topic].find_all("td")[3].text
        assert all(str(int(name[2:4])) in cell for name in sets), (topic, cell)


def test_every_chapter_is_in_the_table_of_contents(root: Path) -> None:
    contents = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    listed = [chapter["file"] for part in contents["parts"] for chapter in part["chapters"]]
    written = sorted(f"{p.parent.name}/{p.stem}" for p in (root / "book").glob("part*/*.ipynb"))
    assert [name for name in listed if name.startswith("part")] == written


def test_nothing_but_the_book_is_published(root: Path, site: Path) -> None:
    sources = {p.relative_to(site / "_sources").as_posix() for p in (site / "_sources").rglob("*") if p.is_file()}
    assert all((root / "book" / name).is_file() for name in sources)
    for path in [*site.rglob("*.html"), *site.rglob("*.ipynb"), *site.rglob("*.js")]:
        text = path.read_text(encoding="utf-8")
        assert ("BEGIN HIDDEN TESTS" not in text and "BEGIN SOLUTION" not in text) or "_modules" in path.parts, path


def test_every_module_has_its_reference(root: Path) -> None:
    listed = re.findall(r"^chainrule\.(\w+)$", "\n".join(p.read_text() for p in (root / "book/api").glob("*.md")), re.M)
    assert sorted(listed) == sorted({*chainrule._MODULES, *chainrule._NAMES.values()})


def test_citations_and_terms_are_listed_in_order(root: Path) -> None:
    keys = re.findall(r"^@\w+\{([^,]+),", (root / "book" / "references.bib").read_text(encoding="utf-8"), re.M)
    assert keys == sorted(keys)


def test_notebooks_are_in_canonical_form(root: Path) -> None:
    done = subprocess.run([sys.executable, "tools/tidy.py", "--check"], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout

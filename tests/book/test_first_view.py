"""What a reader waits for: the bytes of a chapter's first view, what holds it up, how far the page jumps."""

import gzip
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

MEGABYTE = 1_000_000
JUMP = 0.05
CHAPTERS = sorted(p.relative_to("book").with_suffix("").as_posix() for p in Path("book").glob("part*/*.ipynb"))
PACKED = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
WATCH = """
    window.jumps = [];
    new PerformanceObserver(list => list.getEntries().forEach(e => {
        if (!e.hadRecentInput) window.jumps.push({
            value: e.value, of: e.sources.map(s => s.node && s.node.outerHTML ? s.node.outerHTML.slice(0, 90) : ""),
        });
    })).observe({type: "layout-shift", buffered: true});
"""


class Compressing(http.server.SimpleHTTPRequestHandler):
    """Sends text the way web servers do: gzip, its middle level."""

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if path.suffix not in PACKED or not path.is_file():
            return super().do_GET()
        body = gzip.compress(path.read_bytes(), 6)
        self.send_response(200)
        self.send_header("Content-Type", f"{PACKED[path.suffix]}; charset=utf-8")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Compressing, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@dataclass
class FirstView:
    sent: dict[str, int] = field(default_factory=dict)
    blocking: list[str] = field(default_factory=list)
    jump: float = 0.0
    jumping: list[str] = field(default_factory=list)


def first_view(browser: Browser, url: str, width: int, height: int) -> FirstView:
    """Open a page that nothing of is cached; wait until its formulas are set and its widgets run."""
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    urls: dict[str, str] = {}
    seen = FirstView()
    session.on("Network.requestWillBeSent", lambda e: urls.update({e["requestId"]: e["request"]["url"]}))
    session.on(
        "Network.loadingFinished",
        lambda e: seen.sent.update({urls[e["requestId"]]: int(e["encodedDataLength"])}),
    )
    page.add_init_script(WATCH)
    page.goto(url, wait_until="networkidle")
    page.evaluate("window.MathJax && MathJax.startup ? MathJax.startup.promise.then(() => true) : true")
    page.wait_for_function(
        "[...document.querySelectorAll('.widget[data-widget]')].every(w => w.dataset.ready === 'true')"
    )
    page.wait_for_timeout(300)
    seen.blocking = page.evaluate(
        "[...document.head.querySelectorAll('script[src]')].filter(s => !s.defer && !s.async).map(s => s.src)"
    )
    jumps = page.evaluate("window.jumps")
    seen.jump = sum(j["value"] for j in jumps)
    seen.jumping = [f"{j['value']:.3f} {j['of']}" for j in jumps if j["value"] > JUMP / 5]
    context.close()
    return seen


def stillest(browser: Browser, url: str, width: int, height: int) -> FirstView:
    """Of up to three first views the one that jumps least: a busy machine may paint a page that is half there."""
    views = [first_view(browser, url, width, height)]
    while views[-1].jump >= JUMP and len(views) < 3:
        views.append(first_view(browser, url, width, height))
    return min(views, key=lambda view: view.jump)


@pytest.mark.parametrize("name", CHAPTERS)
def test_first_view_is_light_and_still(browser: Browser, address: str, name: str) -> None:
    view = stillest(browser, f"{address}/{name}.html", 1280, 900)
    heaviest = sorted(view.sent.items(), key=lambda item: -item[1])[:8]
    assert sum(view.sent.values()) < MEGABYTE, heaviest
    assert not view.blocking, "scripts that the page waits for"
    assert view.jump < JUMP, view.jumping
    # Nothing is cached between contexts, so the second view would weigh the same; only its shape is another.
    phone = stillest(browser, f"{address}/{name}.html", 390, 800)
    assert phone.jump < JUMP, phone.jumping

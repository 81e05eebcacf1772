"""Live Python: what a cell needs is found, the interpreter is fetched once, cells run in the page as at the build."""

import http.server
import json
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import live_python
import pytest
from bs4 import BeautifulSoup
from live_cells import Session
from live_python import FILES, HERE, PAGES, Missing, fetched, find_interpreter, interpreter, tried, words
from playwright.sync_api import Browser, Locator, Page, expect
from sphinx.errors import ExtensionError
from test_browser import AXE, COLOURS, RULES, SET_THEME, THIN, overflowing, serious

# ---- What a cell needs ----

CELLS = [
    ("setup", "import math\nimport nowhere.plotting as plt, itertools"),
    ("numbers", "a = [1, 2]\nb = math.sqrt(16)\nplt.plot(a)\nprint('numbers')"),
    ("longer", "a.append(int(b))"),
    ("function", "def total(factor=1):\n    return factor * sum(a)"),
    ("again", "b = 100"),
    ("shown", "print('sum', total())\ntotal(2)"),
    ("counter", "count = 0\n\ndef tick():\n    global count\n    count += 1"),
    ("ticks", "tick()\ntick()"),
    ("counted", "count"),
    ("own", "b = 3\nfor a in (5, 6):\n    b += a\nb"),
    ("class", "class Box:\n    def __init__(self, n):\n        self.n = n"),
    ("method", "Box.double = lambda self: Box(self.n * 2)"),
    ("boxes", "box = Box(b).double()\nbox.n"),
    ("plotted", "plt.plot(a)"),
    ("fails", "def inner(x):\n    return 1 / x\n\n\ninner(0)"),
]


def run(session: Session, cell: str, text: str | None = None) -> tuple[str, dict[str, str]]:
    printed: list[str] = []
    outcome = session.run(cell, session.cells[cell] if text is None else text, printed.append)
    return "".join(printed), outcome


@pytest.mark.parametrize(
    ("cell", "needs", "printed"),
    [
        ("numbers", {"setup"}, None),
        ("shown", {"setup", "numbers", "longer", "function"}, "sum 7\n14\n"),
        ("counted", {"counter", "ticks"}, "2\n"),
        ("own", set(), "14\n"),
        ("boxes", {"own", "class", "method"}, "28\n"),
    ],
)
def test_what_a_cell_needs_runs_first_in_silence(cell: str, needs: set[str], printed: str | None) -> None:
    session = Session(CELLS)
    assert {statement.cell for statement in session.before(cell, session.cells[cell])} == needs
    shown, outcome = run(session, cell)
    if printed is None:
        assert outcome["missing"] == "nowhere", "the cell itself uses what is not there"
    else:
        assert (shown, outcome) == (printed, {})


def test_what_was_run_above_counts_until_it_is_reset() -> None:
    session = Session(CELLS)
    assert run(session, "longer", "a.append(10)\nextra = 5")[1] == {}
    assert run(session, "shown")[0] == "sum 13\n26\n"
    assert run(session, "again", "extra + 1")[0] == "6\n", "a new name is known below"
    assert run(session, "longer", "a.append(")[1]["error"].startswith("  File")
    assert run(session, "shown")[0] == "sum 13\n26\n", "a text that did not run does not count"
    session.reset("longer")
    assert run(session, "shown")[0] == "sum 7\n14\n"
    assert run(session, "longer", "a.append(10)")[1] == {}
    assert run(session, "longer")[1] == {}
    assert run(session, "shown")[0] == "sum 7\n14\n", "the book's own text, run again, is no change"
    assert run(session, "again", "total(10)")[0] == "70\n", "names of the cells above that the book's text did not use"


def test_errors_are_told_as_python_tells_them() -> None:
    session = Session(CELLS)
    told = run(session, "fails")[1]["error"]
    assert told.startswith("Traceback (most recent call last):\n")
    assert told.endswith("ZeroDivisionError: division by zero\n")
    assert "in inner\n    return 1 / x" in told and "live_cells" not in told
    assert run(session, "fails", "1 +")[1]["error"].endswith("SyntaxError: invalid syntax\n")
    assert "SystemExit" in run(session, "fails", "raise SystemExit(1)")[1]["error"]
    assert run(session, "plotted")[1] == {
        "error": "ModuleNotFoundError: No module named 'nowhere'\n",
        "missing": "nowhere",
        "above": "setup",
    }
    with pytest.raises(KeyError, match="no cell 'other'"):
        session.run("other", "1", print)


def test_endless_output_is_cut() -> None:
    printed: list[str] = []
    Session(CELLS).run("own", "for k in range(10_000):\n    print(k)", printed.append, limit=100)
    text = "".join(printed)
    assert len(text) < 200 and text.endswith("left out\n")


# ---- The interpreter ----


def test_the_interpreter_is_pinned() -> None:
    wanted = json.loads((HERE / "pyodide" / "package.json").read_text())["dependencies"]
    packages = json.loads((HERE / "pyodide" / "package-lock.json").read_text())["packages"]
    assert packages["node_modules/pyodide"]["version"] == wanted["pyodide"]
    assert all(p["integrity"].startswith("sha512-") for name, p in packages.items() if name)


def fake_npm(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    (folder / "npm").write_text(f"#!{sys.executable}\n{script}\n")
    (folder / "npm").chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", str(folder))


def test_the_interpreter_is_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = tmp_path / "calls"
    fake_npm(tmp_path / "bin", f"open({str(calls)!r}, 'a').write('called ')", monkeypatch)
    for _ in range(2):
        assert fetched(tmp_path / "npm") == tmp_path / "npm" / "node_modules" / "pyodide"
    assert calls.read_text() == "called "


def test_without_npm_the_build_says_so_once(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(live_python, "ROOT", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    app, config = SimpleNamespace(srcdir=root / "book"), SimpleNamespace(live_python_distribution="")
    find_interpreter(app, config)
    said = capsys.readouterr().out
    assert app.live_python is None and said.count("\n") == 1
    assert said.startswith("Live Python: npm is not installed, so the pages have no Run buttons")
    fake_npm(tmp_path / "bin", "import sys; sys.exit('registry not reached')", monkeypatch)
    with pytest.raises(Missing, match=r"could not fetch the interpreter \(registry not reached\)"):
        fetched(tmp_path / "npm")


def distribution(folder: Path) -> Path:
    """As much of a full distribution as the build looks at."""
    folder.mkdir()
    lock = {
        "packages": {
            "numpy": {"file_name": "numpy.whl", "depends": ["algebra"]},
            "algebra": {"file_name": "algebra.zip", "depends": []},
        }
    }
    (folder / "pyodide-lock.json").write_text(json.dumps(lock))
    for name in (*FILES[:-1], "numpy.whl", "algebra.zip"):
        (folder / name).write_bytes(name.encode())
    return folder


def test_a_full_distribution_lets_numpy_cells_run(tmp_path: Path) -> None:
    folder = distribution(tmp_path / "full")
    found = interpreter(str(folder), tmp_path)
    assert found.folder == folder and found.packages == ("numpy",)
    static = tmp_path / "html" / "_static"
    (static / "live").mkdir(parents=True)
    app = SimpleNamespace(outdir=tmp_path / "html", builder=SimpleNamespace(format="html"), live_python=found)
    live_python.write_interpreter(app, None)
    assert {p.name for p in (static / "pyodide").iterdir()} == {*FILES, "numpy.whl", "algebra.zip"}

    remote = interpreter("https://files.example/pyodide", tmp_path)
    assert (remote.folder, remote.address) == (None, "https://files.example/pyodide/")
    app.live_python = remote
    live_python.write_interpreter(app, None)
    assert not (static / "pyodide").exists(), "the site holds no second copy"

    (folder / "numpy.whl").unlink()
    with pytest.raises(ExtensionError, match=r"live_python_distribution: .* numpy\.whl is missing"):
        interpreter(str(folder), tmp_path)

    page = "part2/05-dual-numbers"
    without, with_numpy = tried(page, (), tmp_path), tried(page, ("numpy",), tmp_path)
    assert set(without) < set(with_numpy)
    assert "epsilon-matrix" in with_numpy and "epsilon-matrix" not in without
    assert "package-source" not in with_numpy, "show draws with matplotlib"


# ---- The pages ----


def registry_answers() -> bool:
    if shutil.which("npm") is None:
        return False
    try:
        return (
            subprocess.run(
                ["npm", "view", "pyodide", "version"], capture_output=True, timeout=60, check=False
            ).returncode
            == 0
        )
    except subprocess.TimeoutExpired:
        return False


@pytest.fixture(scope="module")
def live_site(site: Path) -> Path:
    if not (site / "_static" / "pyodide").is_dir():
        assert not registry_answers(), "npm reaches its registry, but the site has no interpreter: build it again"
        pytest.skip("the site has no Run buttons, because npm is not installed or reaches no registry")
    return site


@pytest.mark.parametrize("name", PAGES)
def test_live_cells_are_named(root: Path, live_site: Path, name: str) -> None:
    page = BeautifulSoup((live_site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
    marked = {str(cell["id"]).removeprefix("cell-") for cell in page.select(".cr-live")}
    assert marked == set(tried(name, (), root / "_build")) and len(marked) >= 7
    assert page.select_one('script[src*="live-python.js"][defer]') is not None
    assert not page.select('script[src*="pyodide"], link[href*="pyodide"]'), "nothing is loaded before Run"


def test_other_pages_have_no_live_python(live_site: Path) -> None:
    for path in live_site.glob("part*/*.html"):
        if path.relative_to(live_site).with_suffix("").as_posix() not in PAGES:
            assert "live-python" not in path.read_text(encoding="utf-8")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *parts: Any) -> None:
        pass


@pytest.fixture(scope="module")
def address(live_site: Path) -> Iterator[str]:
    """The site as `make serve` serves it."""

    def handler(*parts: Any) -> Quiet:
        return Quiet(*parts, directory=str(live_site))

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def reader(browser: Browser, address: str) -> Iterator[Page]:
    """A page that must not complain, and must ask this server alone."""
    complaints: list[str] = []
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else complaints.append(r.url))
    yield page
    page.close()
    assert not complaints


LONG = 60_000  # milliseconds: the interpreter takes a few seconds to start, on a busy machine many


def press(cell: Locator, name: str) -> None:
    cell.get_by_role("button", name=name).click()


def finish(cell: Locator, words: str = "Done in") -> str:
    """Wait for the end of a run; what the cell shows."""
    expect(cell.locator(".cr-live-status")).to_contain_text(words, timeout=LONG)
    return cell.locator(".cr-live-result pre").text_content() or ""


def rewrite(cell: Locator, text: str) -> Locator:
    """Put a text into the cell's editor."""
    if cell.locator("textarea").count() == 0:
        press(cell, "Edit")
    area = cell.locator("textarea")
    area.fill(text)
    return area


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_every_live_cell_prints_what_the_page_shows(reader: Page, address: str, name: str) -> None:
    asked: list[str] = []
    reader.on("request", lambda request: asked.append(request.url))
    reader.goto(f"{address}/{name}.html", wait_until="networkidle")
    assert not any("pyodide" in url or "live-worker" in url or "/live/" in url for url in asked)
    cells = reader.locator(".cr-live").all()
    different = {}
    for cell in reversed(cells):  # the last first: nothing above it has been run
        press(cell, "Run")
        shown = finish(cell, "Done")
        outputs = cell.locator(".cell_output")
        wanted = "".join(outputs.all_text_contents())
        if words(shown) != words(wanted):
            different[cell.get_attribute("id")] = (shown, wanted)
    assert not different
    assert any("pyodide.asm.wasm" in url for url in asked)


DUAL = "part2/05-dual-numbers.html"


@pytest.mark.browser
def test_edit_run_stop_and_reset(reader: Page, address: str) -> None:
    reader.goto(f"{address}/{DUAL}")
    first, later = reader.locator("#cell-babylonian"), reader.locator("#cell-answer-code")

    # Written and run by keyboard alone.
    press(first, "Edit")
    area = first.locator("textarea")
    expect(area).to_be_focused()
    expect(area).to_have_accessible_name("Code of this cell")
    before = area.input_value()
    assert before.startswith("def babylonian") and "return" in before
    reader.keyboard.press("Control+A")
    reader.keyboard.type("def half(x):\nreturn x / 2\n")
    assert area.input_value() == "def half(x):\n    return x / 2\n    ", "Enter keeps the indentation"
    reader.keyboard.press("Tab")
    expect(first.get_by_role("button", name="Run")).to_be_focused()
    rewrite(first, "def half(x):\n    return x / 2\n\n\nprint('half')\nhalf(7)").press("Control+Enter")
    assert finish(first) == "half\n3.5\n"
    expect(first.locator(".cell_output")).to_be_hidden()
    expect(first.get_by_role("log", name="Output of your run")).to_be_visible()

    # The next cell knows it.
    rewrite(later, "[half(x) for x in (1, 2)] + [Pair(3.0) * 2]")
    press(later, "Run")
    assert finish(later) == "[0.5, 1.0, (6.0, 0.0)]\n"

    # An error, and a package that is not there.
    rewrite(later, "half('x')").press("Control+Enter")
    told = finish(later, "Stopped with an error.")
    assert told.startswith("Traceback") and "return x / 2" in told and "TypeError: unsupported operand" in told
    rewrite(later, "import numpy").press("Control+Enter")
    assert "No module named 'numpy'" in finish(later, "does not hold numpy")

    # A loop without end, which prints without end too.
    rewrite(later, "while True:\n    print('on and on')").press("Control+Enter")
    expect(later.locator(".cr-live-result")).to_contain_text("left out", timeout=LONG)
    press(first, "Run")
    expect(first.locator(".cr-live-status")).to_contain_text("Another cell is running")
    later.get_by_role("button", name="Stop").focus()
    reader.keyboard.press("Enter")
    expect(later.locator(".cr-live-status")).to_contain_text("Stopped. The next run starts afresh.", timeout=LONG)
    expect(later.get_by_role("button", name="Run")).to_be_focused()
    rewrite(later, "half(1)").press("Control+Enter")
    assert "NameError: name 'half' is not defined" in finish(later, "error"), "what was run before is forgotten"

    # Back to the book.
    for cell in (first, later):
        press(cell, "Reset")
        expect(cell.locator("textarea")).to_have_count(0)
        expect(cell.locator(".cell_output")).to_be_visible()
        expect(cell.get_by_role("button", name="Edit")).to_be_focused()
    press(later, "Run")
    assert words(finish(later)) == words(later.locator(".cell_output").text_content() or "-")


@pytest.mark.browser
def test_live_cells_keep_nobody_out(reader: Page, address: str) -> None:
    reader.goto(f"{address}/part2/04-chain-rule.html")
    cell = reader.locator("#cell-rates-check")
    rewrite(cell, "print('a long line ' * 30)\n1 / 0").press("Control+Enter")
    finish(cell, "error")
    for width in (390, 320):
        reader.set_viewport_size({"width": width, "height": 800})
        assert not overflowing(reader)
    reader.evaluate(THIN)
    reader.evaluate(AXE)
    for theme, rules in (("light", RULES), ("dark", COLOURS)):
        reader.evaluate(SET_THEME, theme)
        assert not serious(reader, rules)


@pytest.mark.browser
def test_without_a_server_the_button_says_what_to_do(browser: Browser, live_site: Path) -> None:
    page = browser.new_page()
    page.goto((live_site / DUAL).as_uri())
    cell = page.locator("#cell-babylonian")
    press(cell, "Run")
    expect(cell.locator(".cr-live-status")).to_contain_text("make serve")
    expect(cell.locator(".cell_output")).to_be_visible()
    page.close()

"""`make recording`: half a minute of grading for the README, demo/grading.gif.

The made-up class of demo/ is graded in a course of its own under _build/recording. What `classroom grade`, `feedback`
and `report` print is recorded through a terminal, every character of it; only waits are cut short. Then come the
report of the class and one student's feedback, as Chromium shows them. It needs what `make demo` needs, and Chromium.
"""

import codecs
import html
import io
import itertools
import os
import pty
import re
import shutil
import subprocess
import sys
import termios
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

import demo

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "demo" / "grading.gif"
COURSE = ROOT / "_build" / "recording"
WIDTH, HEIGHT, CAPTION = 830, 690, 50  # GitHub shows a README 830 px wide
COLUMNS, ROWS = 88, 26
LONGEST_WAIT = 0.5
STEP = 0.1  # seconds between two frames that move
TYPING = 0.05
READING = 2.4
TYPED = [("classroom", verb, "ps00") for verb in ("grade", "feedback", "report")]
CAPTIONS = (
    "A class is graded, each submission in a sandbox of its own <small>waits cut short</small>",
    "The report of the class: points, items, misconceptions, whom to look at",
    "A student’s page names the mistake, and what to read again",
)
STUDENT = "cleo"

Piece = tuple[float, str]  # seconds since the piece before, and what came then

FRAME = """<!doctype html><html data-theme="{theme}"><meta charset="utf-8"><style>{tokens}
body {{ margin: 0; width: {width}px; height: {height}px; background: var(--cr-paper); color: var(--cr-ink); }}
header {{ font: 600 18px/{height}px var(--cr-sans); padding: 0 20px; background: var(--cr-raised);
  border-bottom: 1px solid var(--cr-line); box-sizing: border-box; height: {height}px; white-space: nowrap; }}
header b {{ color: var(--cr-value); margin-right: 12px; }}
header small {{ float: right; font-size: 14px; font-weight: 400; color: var(--cr-muted); }}
pre {{ font: 15px/23px var(--cr-mono); margin: 0; padding: 16px 18px; }}
pre b {{ color: var(--cr-value); }}
pre i {{ background: var(--cr-ink); }}
</style><body>{body}"""


@dataclass
class Shot:
    """A picture, and for how many seconds it stays."""

    image: Image.Image
    seconds: float


class Screen:
    """The lines of a terminal: what a command printed, after the returns, erasures and moves it asked for."""

    def __init__(self, columns: int = COLUMNS) -> None:
        self.columns = columns
        self.lines = [""]
        self.row = self.column = 0

    def feed(self, text: str) -> None:
        for part in re.findall(r"\x1b\[[\d;?]*[A-Za-z]|[\s\S]", text):
            if part == "\r":
                self.column = 0
            elif part == "\n":
                self._down()
            elif part == "\x1b[A":
                self.row = max(0, self.row - 1)
            elif part in ("\x1b[K", "\x1b[0K"):
                self.lines[self.row] = self.lines[self.row][: self.column]
            elif part.isprintable():
                self._put(part)
            else:
                raise ValueError(f"the recording's terminal does not know {part!r}")

    def _put(self, letter: str) -> None:
        if self.column == self.columns:
            self.column = 0
            self._down()
        line = self.lines[self.row].ljust(self.column)
        self.lines[self.row] = line[: self.column] + letter + line[self.column + 1 :]
        self.column += 1

    def _down(self) -> None:
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append("")


def run(words: tuple[str, ...], folder: Path) -> list[Piece]:
    """What a command of this environment prints in a terminal, as it comes."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (ROWS, COLUMNS))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    command = [Path(sys.executable).with_name(words[0]), *words[1:]]
    process = subprocess.Popen(command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    decoder = codecs.getincrementaldecoder("utf-8")()
    pieces, last = [], time.monotonic()
    while True:
        try:
            read = os.read(ours, 65536)
        except OSError:  # how Linux says that the command has ended, and macOS by nothing to read
            read = b""
        if not read:
            break
        now = time.monotonic()
        pieces.append((now - last, decoder.decode(read)))
        last = now
    os.close(ours)
    # 1 says that something needs a look, which in this class it does.
    if process.wait() not in (0, 1):
        sys.exit(f"record_grading.py: {' '.join(words)} failed:\n{''.join(text for _, text in pieces)}")
    return pieces


def played(pieces: list[Piece], longest: float = LONGEST_WAIT, step: float = STEP) -> list[Piece]:
    """The same text with no wait above `longest`, in pieces that are at least `step` seconds apart."""
    found: list[Piece] = []
    clock = shown = 0.0
    for wait, text in pieces:
        clock += min(wait, longest)
        if found and clock - shown < step:
            found[-1] = (found[-1][0], found[-1][1] + text)
        else:
            found.append((clock - shown, text))
            shown = clock
    return found


def terminal(commands: list[tuple[tuple[str, ...], list[Piece]]]) -> Iterator[tuple[list[str], float]]:
    """The last lines of the terminal and for how long they stay, with each command typed letter by letter."""
    screen = Screen()
    for words, pieces in commands:
        screen.feed("$ ")
        yield screen.lines[-ROWS:], 8 * TYPING
        for letter in " ".join(words):
            screen.feed(letter)
            yield screen.lines[-ROWS:], TYPING
        screen.feed("\r\n")
        waits = [wait for wait, _ in pieces]
        yield screen.lines[-ROWS:], max(STEP, waits[0])
        for (_, text), wait in zip(pieces, [*waits[1:], LONGEST_WAIT], strict=True):
            screen.feed(text)
            yield screen.lines[-ROWS:], wait
    screen.feed("$ ")
    yield screen.lines[-ROWS:], READING


def scroll(stops: list[int], steps: int = 5) -> list[tuple[int, float]]:
    """Where a page stands and for how long: a stay at each stop, and between two a way that begins and ends gently."""
    found = [(stops[0], READING)]
    for start, end in itertools.pairwise(stops):
        for k in range(1, steps):
            share = k / steps
            found.append((start + round((end - start) * share * share * (3 - 2 * share)), STEP))
        found.append((end, READING))
    return found


class Studio:
    """Chromium as a camera."""

    def __init__(self, browser: Any) -> None:
        self.tab = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT - CAPTION}, color_scheme="light")
        self.tokens = (ROOT / "book" / "_static" / "tokens.css").read_text(encoding="utf-8")

    def picture(self, **how: Any) -> Image.Image:
        return Image.open(io.BytesIO(self.tab.screenshot(**how))).convert("RGB")

    def drawn(self, body: str, theme: str, height: int) -> Image.Image:
        """A picture of this HTML in the course's colours, as wide as the recording; what does not fit is an error."""
        self.tab.set_content(FRAME.format(theme=theme, tokens=self.tokens, width=WIDTH, height=height, body=body))
        if self.tab.evaluate("document.documentElement.scrollWidth") > WIDTH:
            raise ValueError(f"wider than the recording: {body}")
        return self.picture(clip={"x": 0, "y": 0, "width": WIDTH, "height": height})

    def caption(self, number: int) -> Image.Image:
        return self.drawn(f"<header><b>{number}</b>{CAPTIONS[number - 1]}</header>", "light", CAPTION)

    def lines(self, lines: list[str]) -> Image.Image:
        text = [re.sub(r"^\$ (.*)", r"<b>$</b> \1", html.escape(line)) for line in lines]
        return self.drawn("<pre>" + "\n".join(text) + "<i> </i></pre>", "dark", HEIGHT - CAPTION)

    def page(self, path: Path, headings: list[str]) -> Iterator[tuple[Image.Image, float]]:
        """A page from its top, with a stay at each of these headings."""
        self.tab.goto(path.as_uri())
        tops = [self.tab.get_by_role("heading", name=name, exact=True).bounding_box()["y"] for name in headings]
        whole = self.picture(full_page=True)
        lowest = whole.height - (HEIGHT - CAPTION)
        for top, seconds in scroll([0, *(min(lowest, round(top) - 20) for top in tops)]):
            yield whole.crop((0, top, WIDTH, top + HEIGHT - CAPTION)), seconds

    def framed(self, caption: Image.Image, body: Image.Image) -> Image.Image:
        """One picture of the recording, with a line around it, because GitHub's page is as white as ours."""
        frame = Image.new("RGB", (WIDTH, HEIGHT))
        frame.paste(caption, (0, 0))
        frame.paste(body, (0, CAPTION))
        line = re.search(r"--cr-line: (#\w+)", self.tokens)[1]
        ImageDraw.Draw(frame).rectangle((0, 0, WIDTH - 1, HEIGHT - 1), outline=line)
        return frame


def film(chromium: str, commands: list[tuple[tuple[str, ...], list[Piece]]]) -> list[list[Shot]]:
    """The three scenes."""
    from playwright.sync_api import sync_playwright

    name = demo.NAME
    pages = (
        (COURSE / "course" / "reports" / name / "report.html", ["Items", "Misconceptions", "To look at"]),
        (COURSE / "course" / "feedback" / STUDENT / name / f"{name}.html", ["3 Downhill (6 points)"]),
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        studio = Studio(browser)
        captions = [studio.caption(k) for k in (1, 2, 3)]
        scenes = [[Shot(studio.framed(captions[0], studio.lines(lines)), s) for lines, s in terminal(commands)]]
        for caption, (path, headings) in zip(captions[1:], pages, strict=True):
            scenes.append([Shot(studio.framed(caption, body), s) for body, s in studio.page(path, headings)])
        browser.close()
    scenes[-1][-1].seconds *= 2
    return scenes


def palette_of(images: list[Image.Image], most: int = 256) -> np.ndarray:
    """At most this many colours, the common ones first, so that every colour of the pictures is near one of them.

    Pillow's own palettes lose either white or a word in a rare colour.
    """
    pixels: Counter[tuple[int, int, int]] = Counter()
    for image in images:
        for count, colour in image.getcolors(image.width * image.height):
            pixels[colour] += count
    colours = np.array([colour for colour, _ in pixels.most_common()])
    for reach in range(256):
        chosen = colours[:1]
        for colour in colours[1:]:
            if np.abs(chosen - colour).max(axis=1).min() > reach:
                chosen = np.vstack([chosen, colour])
        if len(chosen) <= most:
            break
    return chosen


def in_palette(image: Image.Image, palette: np.ndarray) -> Image.Image:
    """The picture with each colour replaced by the nearest in the palette."""
    packed = np.asarray(image, dtype=np.int64) @ (65536, 256, 1)
    numbers, inverse = np.unique(packed, return_inverse=True)
    colours = numbers[:, None] // (65536, 256, 1) % 256
    nearest = np.abs(colours[:, None] - palette).max(axis=2).argmin(axis=1)
    found = Image.fromarray(nearest[inverse].reshape(packed.shape).astype(np.uint8))
    found.putpalette(palette.astype(np.uint8).tobytes())
    return found


def save(scenes: list[list[Shot]], target: Path) -> None:
    """An animated GIF, the format that GitHub lets its readers pause; every scene has its own 256 colours.

    It begins with its last picture, for a moment: where nothing moves, that one is seen.
    """
    images: list[Image.Image] = []
    for shots in scenes:
        palette = palette_of([shot.image for shot in shots])
        images += [in_palette(shot.image, palette) for shot in shots]
    seconds = [STEP, *(shot.seconds for shots in scenes for shot in shots)]
    milliseconds = [10 * round(100 * each) for each in seconds]
    images[-1].save(target, save_all=True, append_images=images, duration=milliseconds, loop=0)


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("record_grading.py: this needs Chromium (the package chromium), which is not on this machine")
    print("Recording: a minute.", flush=True)
    COURSE.parent.mkdir(parents=True, exist_ok=True)
    demo.make_course(COURSE)
    commands = [(words, played(run(words, COURSE))) for words in TYPED]
    scenes = film(chromium, commands)
    save(scenes, TARGET)
    seconds = sum(shot.seconds for shots in scenes for shot in shots)
    print(f"{TARGET.relative_to(ROOT)}: {seconds:.0f} s, {TARGET.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()

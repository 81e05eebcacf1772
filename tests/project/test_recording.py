"""The README's recording of grading, and what of its script needs no browser."""

import itertools
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import record_grading as recording  # noqa: E402


@pytest.fixture
def screen():
    return recording.Screen(columns=10)


def test_the_readme_shows_it_and_says_what_is_seen():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    alt = re.search(r"!\[([^\]]+)\]\(demo/grading\.gif\)", readme)
    assert alt is not None
    for word in ("terminal", "report", "hint"):
        assert word in alt[1]


def test_it_is_an_animation_of_half_a_minute_that_a_page_can_carry():
    assert recording.TARGET.stat().st_size <= 1.5e6
    with Image.open(recording.TARGET) as image:
        assert image.size == (recording.WIDTH, recording.HEIGHT)
        assert image.info["loop"] == 0
        milliseconds = []
        for k in range(image.n_frames):
            image.seek(k)
            milliseconds.append(image.info["duration"])
        last = image.convert("RGB")
        image.seek(0)
        assert image.convert("RGB").tobytes() == last.tobytes(), "where nothing moves, the hint should be seen"
    assert 20_000 <= sum(milliseconds) <= 40_000
    assert min(milliseconds) >= 20, "browsers show shorter frames for 0.1 s"


def test_a_bar_is_drawn_over_itself(screen):
    screen.feed("one\r\n 10 %\r 20 %\r     \rada: 3\r\n 30 %")
    assert screen.lines == ["one", "ada: 3", " 30 %"]


def test_a_line_that_is_too_long_goes_on_below(screen):
    screen.feed("0123456789\r\nabcdefghijkl")
    assert screen.lines == ["0123456789", "abcdefghij", "kl"]


def test_the_terminal_goes_up_and_erases(screen):
    screen.feed("first\r\nsecond\x1b[A\r\x1b[Kfi")
    assert screen.lines == ["fi", "second"]


def test_what_the_terminal_does_not_know_is_an_error(screen):
    with pytest.raises(ValueError, match=r"does not know '\\x1b\[2J'"):
        screen.feed("\x1b[2J")


def test_a_command_is_recorded_in_a_terminal_of_that_size(tmp_path):
    code = "import os, sys; print(sys.stderr.isatty(), *os.get_terminal_size(), os.getcwd())"
    pieces = recording.run((Path(sys.executable).name, "-c", code), tmp_path)
    assert "".join(text for _, text in pieces).split() == ["True", "88", "26", str(tmp_path.resolve())]
    assert all(wait >= 0 for wait, _ in pieces)


def test_a_command_that_fails_is_not_recorded(tmp_path):
    with pytest.raises(SystemExit, match=r"failed:\n.*no such thing"):
        recording.run((Path(sys.executable).name, "-c", "import sys; print('no such thing'); sys.exit(2)"), tmp_path)


def test_waits_are_cut_and_no_text_is_lost():
    pieces = [(3.0, "a"), (0.04, "b"), (0.04, "c"), (0.04, "d"), (9.0, "e"), (0.2, "f")]
    found = recording.played(pieces, longest=0.5, step=0.1)
    assert [text for _, text in found] == ["abc", "d", "e", "f"]
    np.testing.assert_allclose([wait for wait, _ in found], [0.5, 0.12, 0.5, 0.2])


def test_commands_are_typed_before_they_answer():
    shown = list(recording.terminal([(("classroom", "report"), [(0.5, "5 need a look\r\n")])]))
    assert [lines[0] for lines, _ in shown[:3]] == ["$ ", "$ c", "$ cl"]
    assert shown[-1][0] == ["$ classroom report", "5 need a look", "$ "]
    assert all(seconds >= 0.02 for _, seconds in shown)


def test_a_page_stays_at_its_stops_and_goes_one_way_between():
    found = recording.scroll([0, 400, 900])
    assert [top for top, seconds in found if seconds == recording.READING] == [0, 400, 900]
    tops = [top for top, _ in found]
    assert all(a < b for a, b in itertools.pairwise(tops))


def test_a_palette_keeps_white_and_a_rare_colour():
    rng = np.random.default_rng(13)
    pixels = np.full((60, 60, 3), 255, dtype=np.uint8)
    pixels[:20] = rng.integers(90, 130, size=(20, 60, 3))
    pixels[30, 30] = (170, 34, 255)
    image = Image.fromarray(pixels)
    palette = recording.palette_of([image])
    assert len(palette) <= 256
    found = np.asarray(recording.in_palette(image, palette).convert("RGB")).astype(int)
    assert tuple(found[59, 59]) == (255, 255, 255)
    assert tuple(found[30, 30]) == (170, 34, 255)
    assert np.abs(found - pixels).max() < 10

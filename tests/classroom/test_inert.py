"""Student-made text and outputs: everything active, and every other host, is gone."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from bs4 import BeautifulSoup

from classroom.submissions import inert

ACTIVE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<img src="https://host/pixel.png">',
    '<img src="data:text/html;base64,PHNjcmlwdD4=">',
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    '<iframe src="https://host"></iframe>',
    '<object data="https://host"></object><embed src="https://host">',
    '<style>body { background: url("https://host/x.png") }</style>',
    '<p style="background: url(https://host/x.png)">text</p>',
    '<a href="javascript:alert(1)">link</a>',
    '<a href="data:text/html,<script>alert(1)</script>">link</a>',
    '<a href=" DATA:text/html,x">link</a>',
    '<form action="https://host"><input name="password"><button>go</button></form>',
    '<meta http-equiv="refresh" content="0; url=https://host">',
    '<link rel="stylesheet" href="https://host/x.css">',
    '<base href="https://host/">',
    '<math><mtext></form><form><mglyph><style></math><img src onerror="alert(1)">',
    "<details open ontoggle=alert(1)>text</details>",
    "[link](javascript:alert(1))",
    "![picture](https://host/x.png)",
    "<video src='https://host/x.mp4' autoplay></video><audio src='https://host/x'></audio>",
    '<a href="//host/x" ping="https://host/ping" target="_blank">link</a>',
    '<img srcset="https://host/x.png 2x" src="data:image/png;base64,AAAA">',
]


def assert_inert(page: str) -> None:
    soup = BeautifulSoup(page, "html.parser")
    for tag in soup.find_all(True):
        assert tag.name in inert.TAGS, tag
        for name, value in tag.attrs.items():
            assert not name.startswith("on"), tag
            assert name in {"href", "src", "alt", "title", "class", "rel", "start", "width", "height"}, tag
            if name == "src":
                assert value.startswith("data:image/"), tag
            if name == "href":
                assert value.split(":")[0].strip().lower() not in ("javascript", "data", "vbscript"), tag


@pytest.mark.parametrize("source", ACTIVE)
def test_markdown_and_html_lose_what_is_active(source: str) -> None:
    for text in (source, f"before {source} after", f"a\n\n{source}\n\nb"):
        assert_inert(inert.markdown(text))
        assert_inert(inert.html(text))


def test_what_is_harmless_stays() -> None:
    page = inert.markdown(
        "# Title\n\n**bold**, `x < y`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\ndef f(): pass\n```"
    )
    soup = BeautifulSoup(page, "html.parser")
    assert soup.h1.text == "Title"
    assert soup.strong.text == "bold"
    assert soup.code.text == "x < y"
    assert [cell.text for cell in soup.find_all("td")] == ["1", "2"]
    assert soup.find("span", "k").text == "def"


def test_formulas_are_shown_without_a_script() -> None:
    shown = inert.markdown("so $a^2 < b$ holds")
    assert "<msup><mi>a</mi><mn>2</mn></msup><mo>&lt;</mo>" in shown and "$" not in shown


def test_markdown_nested_very_deep_does_not_stop_anything() -> None:
    assert_inert(inert.markdown("> " * 30_000 + "<script>alert(1)</script>"))


def _outputs(**data: Any) -> list[dict[str, Any]]:
    kinds = {key.replace("_", "/", 1): value for key, value in data.items()}
    return inert.outputs([{"output_type": "display_data", "data": kinds, "metadata": {"x": 1}}])


def test_text_and_pictures_are_kept() -> None:
    picture = base64.b64encode(b"picture").decode()
    assert _outputs(image_png=picture, text_plain="<Figure>")[0]["data"] == {
        "image/png": picture,
        "text/plain": "<Figure>",
    }


def test_a_drawing_becomes_a_picture() -> None:
    data = _outputs(**{"image_svg+xml": "<svg onload='alert(1)'></svg>"})[0]["data"]
    assert list(data) == ["text/html"]
    assert data["text/html"].startswith('<img alt="" src="data:image/svg+xml;base64,')
    assert_inert(data["text/html"])
    assert "alert" not in data["text/html"]


def test_html_output_is_cleaned_and_other_kinds_dropped() -> None:
    kept = _outputs(text_html="<b>x</b><script>alert(1)</script>", application_javascript="alert(1)", text_latex="\\x")
    assert kept == [{"output_type": "display_data", "data": {"text/html": "<b>x</b>"}, "metadata": {}}]
    assert _outputs(application_javascript="alert(1)") == []


def test_a_picture_that_is_none() -> None:
    assert _outputs(image_png='"><script>alert(1)</script>')[0]["data"] == {
        "text/plain": "(a picture that cannot be shown)"
    }


def test_what_is_too_long_is_cut() -> None:
    assert inert.text("x" * 30_000).endswith("(10,000 more characters)")
    assert len(inert.outputs([{"output_type": "stream", "name": "stdout", "text": "x"}] * 500)) == inert.MAX_OUTPUTS
    large = base64.b64encode(b"\0" * inert.MAX_IMAGE).decode()
    assert "cannot be shown" in _outputs(image_png=large)[0]["data"]["text/plain"]


def test_terminal_tricks_and_odd_outputs() -> None:
    assert inert.text("\x1b[31mred\x1b[0m\x07\u202egnp") == "redgnp"
    assert inert.outputs([3, None, {"output_type": "comm"}, {"output_type": "display_data", "data": 3}]) == []
    error = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["\x1b[31mline\x1b[0m"]}
    assert inert.outputs([error])[0]["traceback"] == ["line"]

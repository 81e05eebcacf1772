"""The site's own extensions: the key of the execution cache, figures made to follow the theme, colours that agree."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from api_pages import plain_marks
from execution_key import cache_folder, execution_key, forget_old_caches
from figures import palette, themed

from chainrule.show import COLORS, widget_data

TEXT_COLOURS = ("value", "derivative", "class-a", "class-b", "ink", "muted", "right", "wrong", "string")


def project(source: Path, folder: Path) -> Path:
    """A copy of what the execution key reads."""
    shutil.copytree(source / "src" / "chainrule", folder / "src" / "chainrule")
    shutil.copy(source / "constraints.txt", folder)
    return folder


def test_execution_key_follows_package_and_pins(root: Path, tmp_path: Path) -> None:
    copy = project(root, tmp_path / "copy")
    key = execution_key(copy)
    assert key == execution_key(root)
    rules = copy / "src" / "chainrule" / "rules.py"
    rules.write_text(rules.read_text() + "\n# changed\n")
    changed = execution_key(copy)
    assert changed != key
    (copy / "constraints.txt").write_text("numpy==1.0\n")
    assert execution_key(copy) not in (key, changed)
    again = execution_key(copy)
    (copy / "src" / "chainrule" / "__pycache__").mkdir(exist_ok=True)
    (copy / "src" / "chainrule" / "__pycache__" / "rules.pyc").write_bytes(b"x")
    assert execution_key(copy) == again


def test_old_caches_are_removed(root: Path, tmp_path: Path) -> None:
    copy = project(root, tmp_path / "copy")
    keep = cache_folder(copy)
    for folder in (keep, keep.with_name(".jupyter_cache-0123456789abcdef"), keep.with_name("html")):
        folder.mkdir(parents=True)
    forget_old_caches(copy / "_build", keep)
    assert sorted(p.name for p in (copy / "_build").iterdir()) == sorted([keep.name, "html"])


PAGE = """---
file_format: mystnb
kernelspec: {name: python3}
---
# A page

```{code-cell} ipython3
from chainrule import perceptron
print("told", perceptron.MARK)
```
"""


def test_a_changed_package_changes_the_page(root: Path, tmp_path: Path) -> None:
    copy = project(root, tmp_path / "copy")
    for name in ("_ext", "_static", "_templates"):
        shutil.copytree(root / "book" / name, copy / "book" / name, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "tools").mkdir()
    shutil.copy(root / "tools" / "build_site.py", copy / "tools")
    shutil.copy(root / "_config.yml", copy)
    shutil.copy(root / "book" / "references.bib", copy / "book")
    (copy / "_toc.yml").write_text("format: jb-book\nroot: index\n")
    (copy / "book" / "index.md").write_text(PAGE)
    module = copy / "src" / "chainrule" / "perceptron.py"
    before = module.read_text()
    shown = []
    for number in (1, 2):
        module.write_text(f"{before}\nMARK = {number}\n")
        subprocess.run(
            [sys.executable, "tools/build_site.py"],
            cwd=copy,
            env=os.environ | {"PYTHONPATH": str(copy / "src")},
            check=True,
            capture_output=True,
        )
        page = (copy / "_build" / "html" / "index.html").read_text()
        shown += re.findall(r"told (\d)", page)
    assert shown == ["1", "2"]


DRAWING = """<?xml version="1.0"?><!DOCTYPE svg>
<svg width="10pt" height="10pt" viewBox="0 0 10 10" role="img" aria-label="old" xmlns="http://www.w3.org/2000/svg">
<metadata><a>Matplotlib</a></metadata>
<defs><style type="text/css">*{stroke-linejoin: round; stroke-linecap: butt}</style></defs>
<clipPath id="p1"><rect width="1" height="1"/></clipPath>
<path d="M0 0" clip-path="url(#p1)" style="fill: none; stroke: #005a8e"/>
<path d="M0 0" fill="#A94700" stroke="black"/><use xlink:href="#p1"/><path style="fill: #123456"/>
<image href="data:image/png;base64,#005a8e"/><text style="fill: #ffffff">#005a8e</text>
</svg>"""


def test_drawings_take_the_colours_of_the_theme() -> None:
    drawing = themed(DRAWING, "fig3", 'a "line" < 2', palette())
    assert drawing.startswith("<svg role=") and drawing.count("aria-label") == 1
    assert 'aria-label="a &quot;line&quot; &lt; 2"' in drawing
    assert 'id="fig3-p1"' in drawing and "url(#fig3-p1)" in drawing and 'href="#fig3-p1"' in drawing
    assert "stroke: var(--cr-value)" in drawing
    assert 'fill="var(--cr-derivative)" stroke="var(--cr-ink)"' in drawing
    assert "fill: #123456" in drawing, "colours of colour maps stay"
    assert "base64,#005a8e" in drawing and ">#005a8e<" in drawing, "text and data stay"
    assert "Matplotlib" not in drawing and "*{" not in drawing


def tokens(root: Path) -> dict[str, dict[str, str]]:
    """Theme -> name -> colour, as the style sheet has them."""
    text = (root / "book" / "_static" / "tokens.css").read_text()
    light, dark = text.split('html[data-theme="dark"]')
    pattern = re.compile(r"--cr-([\w-]+): (#[0-9a-f]{6})")
    return {"light": dict(pattern.findall(light)), "dark": dict(pattern.findall(dark))}


def test_figures_and_site_name_the_same_colours(root: Path) -> None:
    light = tokens(root)["light"]
    for colour, variable in palette().items():
        if len(colour) == 7 and colour not in ("#000000",):
            assert light[variable.removeprefix("--cr-")] == colour
    assert {c.lower() for c in COLORS.values()} <= set(palette())


def luminance(colour: str) -> float:
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "raised"])
def test_text_colours_can_be_read(root: Path, theme: str, ground: str) -> None:
    colours = tokens(root)[theme]
    for name in TEXT_COLOURS:
        a, b = sorted((luminance(colours[name]), luminance(colours[ground])))
        assert (b + 0.05) / (a + 0.05) >= 4.5, name


def test_widget_data_is_safe_inside_a_script() -> None:
    html = widget_data("try-out", {"text": "</script><b>"})._repr_html_()
    assert html.count("</script>") == 1 and html.endswith("</script>")
    with pytest.raises(ValueError, match="name: expected"):
        widget_data("Try out", {})
    with pytest.raises(ValueError, match="finite"):
        widget_data("x", {"a": float("inf")})
    with pytest.raises(TypeError, match="got object"):
        widget_data("x", object())


def test_docstrings_keep_bars_and_stars() -> None:
    lines = ["|x| and x**2, but ``|y|``.", ">>> 2**3", "8", "", "Code::", "", "    a ** b", "", "After *it*."]
    plain_marks(None, "function", "f", None, None, lines)
    assert lines[0] == r"\|x\| and x\*\*2, but ``|y|``."
    assert lines[1:7] == [">>> 2**3", "8", "", "Code::", "", "    a ** b"]

r"""Formulas in feedback: shown without a script, and nothing a student types in one becomes active."""

import pytest

from classroom.submissions import inert
from classroom.submissions.formulas import LONGEST, mathml


def test_the_course_s_own_formulas_are_shown():
    for tex in [
        r"W^{[l]} a^{[l-1]} + b^{[l]}",
        r"\frac{\sum_t (t - \bar t)(x_t - \bar x)}{\sum_t (t - \bar t)^2}",
        r"\begin{pmatrix} 1 & 2 \\ 0 & 1 \end{pmatrix}",
        r"\val{u} + \der{u'}",
        r"\lVert x \rVert \le 10^{-5}",
    ]:
        shown = mathml(tex, display=True)
        assert shown.startswith('<math display="block">') and "&amp;" not in shown, tex


@pytest.mark.parametrize(
    "tex",
    [
        r"\text{<script>x()</script>}",
        r"\text{&lt;script&gt;x()&lt;/script&gt;}",
        r"<img src=x onerror=x()>",
        r'\text{" onerror=x() y="}',
    ],
)
def test_text_in_a_formula_stays_text(tex):
    shown = inert.markdown(f"${tex}$ and $${tex}$$")
    assert "<script" not in shown and "<img" not in shown
    # In an attribute a formula is not replaced, so its quotes cannot end the attribute.
    pictured = inert.markdown(f'![${tex}$](data:image/png;base64,AAAA "t")')
    assert "<math" not in pictured and "onerror=x() y=" not in pictured.replace("&quot; onerror=x() y=", "")


@pytest.mark.parametrize("tex", [r"\href{javascript:x()}{y}", r"\frac{", "{" * 1500, "x" * (LONGEST + 1)])
def test_what_cannot_be_shown_is_shown_as_typed(tex):
    assert mathml(tex, display=False).startswith("<code>$")

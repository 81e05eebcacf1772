"""The student's page: item by item what was earned, what was tried, what came back, the hint, where to read again.

nbgrader's `generate_feedback` makes it from the autograded notebook and the gradebook. Hidden tests and the lines
meant for the instructor are taken out here, before any template sees them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from nbgrader.preprocessors import GetGrades, NbGraderPreprocessor
from pygments.formatters import HtmlFormatter

from ..assignments.assignment import visible
from ..submissions import inert
from ..topics import section_link

NOT_WRITTEN = "not written yet"


def safe_markdown(source: str) -> str:
    """nbconvert's `markdown2html` for student-made text."""
    return inert.markdown(source)


def code_style() -> dict[str, str]:
    """The style sheet of code on a light and on a dark page."""
    styles = {"light": "default", "dark": "github-dark"}
    return {page: HtmlFormatter(style=style).get_style_defs(".highlight") for page, style in styles.items()}


def for_student(outputs: list[Any]) -> list[Any]:
    """A cell's outputs without the lines for the instructor and without the score nbgrader reads."""
    return [
        output
        for output in outputs
        if output.output_type != "execute_result" and output.get("metadata", {}).get("audience") != "instructor"
    ]


class Marks(GetGrades):
    """nbgrader's points and comments, and whether an answer still waits for its marker."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        nb, resources = super().preprocess(nb, resources)
        # A penalty is a part of the assignment's points, which may be more than was earned.
        resources["nbgrader"]["score"] = max(0.0, resources["nbgrader"]["score"])
        return nb, resources

    def _get_score(self, cell: Any, resources: Any) -> None:
        super()._get_score(cell, resources)
        marks = cell.metadata["nbgrader"]
        grade = self.gradebook.find_grade(marks["grade_id"], self.notebook_id, self.assignment_id, self.student_id)
        marks["pending"] = bool(grade.needs_manual_grade and grade.manual_score is None)


class FeedbackForm(NbGraderPreprocessor):
    """Leaves in the notebook what its student may see, and puts the list of items beside it."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        where = resources["nbgrader"]
        site, book = where.get("site", ""), Path(where["book"]) if where.get("book") else None
        items = []
        for cell in nb.cells:
            marks = cell.metadata.get("nbgrader", {})
            if cell.cell_type == "code":
                cell.outputs = for_student(cell.outputs)
            if not marks.get("grade"):
                continue
            if not marks.get("solution"):
                cell.source = visible(cell.source)
            items.append(_item(cell, marks, site, book))
        resources["items"] = items
        resources["notice"] = nb.metadata.get("classroom", {}).get("refused", "")
        resources["title"] = nb.metadata.get("chainrule", {}).get("title", "") or resources["nbgrader"]["assignment"]
        resources["code_style"] = code_style()
        return nb, resources


def _item(cell: Any, marks: Any, site: str, book: Path | None) -> dict[str, Any]:
    result = cell.metadata.get("classroom", {})
    score, points = float(marks["score"]), float(marks["points"])
    state = "pending" if marks.get("pending") else "full" if score >= points else "none" if score <= 0 else "part"
    failures = [
        {
            **failure,
            "link": section_link(failure["see"], site, book) if failure.get("see") else None,
            "next": "" if failure.get("hint") else _next(failure.get("problem", "")),
        }
        for failure in result.get("failures", [])
    ]
    if failures and all(failure.get("problem", "").startswith(NOT_WRITTEN) for failure in failures):
        # Said once, not for every part of what is not there.
        failures = [{**failures[0], "part": "", "tried": ""}]
    return {
        "id": marks["grade_id"],
        "name": re.sub(r"-check$", "", marks["grade_id"]),
        "score": score,
        "points": points,
        "state": state,
        "by_hand": bool(marks.get("solution")),
        "failures": failures,
        "passed": result.get("passed", []),
        "comment": marks.get("comment") or "",
    }


def _next(problem: str) -> str:
    """What to do where no known mistake fits: the way a tutor would begin."""
    if problem.startswith(NOT_WRITTEN):
        return "Write what you have, even a part of it: what works earns its points."
    if problem.startswith("the shape"):
        return "Write down the shape of every array in your function, line by line, for this input."
    if problem.startswith(("the value is wrong", "nothing came back")):
        return "Work this input by hand, step by step, and print what your function has at each step."
    if "was raised" in problem:
        return "Try this input in a new cell: the last line of the error's report names the line of yours that failed."
    return ""

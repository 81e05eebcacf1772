"""nbgrader's Validate on the released notebook, in a real kernel: what a student sees before handing in."""

from __future__ import annotations

import nbformat
import pytest
from nbgrader.validator import Validator
from toycourse import RIGHT, answered, course, generated, released  # noqa: F401
from traitlets.config import Config

from classroom.assignments.course import Course

WRONG = {"square": "def square(x):\n    return 2 * x", "mean": RIGHT["mean"]}


def failed(course: Course, notebook: object) -> list[str]:  # noqa: F811
    """The sources of the cells Validate calls failed, with their messages."""
    path = course.root / "mine.ipynb"
    nbformat.write(notebook, path)
    result = Validator(config=Config()).validate(str(path))
    return [cell["source"] + cell["error"] for cell in result.get("failed", [])]


@pytest.mark.parametrize("answers", [RIGHT, WRONG, {}], ids=["right", "wrong", "untouched"])
def test_validate(course: Course, answers: dict[str, str]) -> None:  # noqa: F811
    notebook = answered(course, **answers, explain="Equal signs.") if answers else released(course)
    found = failed(course, notebook)
    if answers is RIGHT:
        assert found == []
    elif answers is WRONG:
        assert len(found) == 1
        assert "that is twice the number, not its square" in found[0]
        assert "expected   9" in found[0]
    else:
        assert len(found) == 3
        assert "not written yet" in found[0]
        assert found[2].endswith("You did not provide a response.")

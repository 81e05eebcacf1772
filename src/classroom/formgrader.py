"""Late penalties on formgrader's pages, which in nbgrader 0.9 show scores before they are taken off.

nbgrader's pages, templates and scripts stay as they are: a script of ours is put at the end of their head. It asks for
the penalties and writes them below the scores.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment, Student, SubmittedAssignment, SubmittedNotebook
from nbgrader.server_extensions.formgrader import apihandlers, handlers
from nbgrader.server_extensions.formgrader.base import BaseApiHandler, check_notebook_dir, check_xsrf
from tornado import web

SCRIPT = Path(__file__).resolve().parent / "templates" / "formgrade" / "late.js"
PAGES = (
    "ManageSubmissionsHandler",
    "ManageStudentsHandler",
    "ManageStudentsAssignmentsHandler",
    "ManageStudentNotebookSubmissionsHandler",
    "GradebookNotebookSubmissionsHandler",
    "SubmissionHandler",
)


class LateShown:
    """A page of nbgrader's with the script in it."""

    def write(self, chunk: Any) -> None:
        """Write the page."""
        if isinstance(chunk, str):
            script = SCRIPT.read_text(encoding="utf-8")
            chunk = chunk.replace("</head>", f"<script>\n{script}</script>\n</head>", 1)
        super().write(chunk)  # type: ignore[misc]


class LatePenalties(BaseApiHandler):
    """The penalties of one submission, student or assignment, or of all, as the script asks for them."""

    @web.authenticated
    @check_xsrf
    @check_notebook_dir
    def get(self) -> None:
        """Write a list of rows; each has the ids by which the pages know what it belongs to."""
        wanted = {key: self.get_argument(key, "") for key in ("submission", "assignment", "student")}
        with self.api.gradebook as gradebook:
            rows = penalties(gradebook, **wanted)
        self.write(json.dumps(rows))


def penalties(gradebook: Any, *, submission: str = "", assignment: str = "", student: str = "") -> list[dict[str, Any]]:
    """The penalties in the gradebook: what the policy takes off, and what of it the score has to lose."""
    columns = (SubmittedNotebook.id, SubmittedAssignment.id, Student.id)
    query = (
        gradebook.db.query(*columns, SubmittedNotebook.late_submission_penalty, SubmittedNotebook.score)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Student, SubmittedAssignment.student_id == Student.id)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .filter(SubmittedNotebook.late_submission_penalty > 0)
    )
    for column, value in (
        (SubmittedNotebook.id, submission),
        (Assignment.name, assignment),
        (Student.id, student),
    ):
        if value:
            query = query.filter(column == value)
    return [
        {"ids": ids, "penalty": penalty, "taken": min(penalty, max(score, 0.0))} for *ids, penalty, score in query.all()
    ]


def show_late_penalties() -> None:
    """Put the pages and the list of penalties among formgrader's handlers; a second time changes nothing."""
    for place, (pattern, handler, *options) in enumerate(handlers.default_handlers):
        if handler.__name__ in PAGES and not issubclass(handler, LateShown):
            shown = type(handler.__name__, (LateShown, handler), {})
            handlers.default_handlers[place] = (pattern, shown, *options)
    listed = (r"/formgrader/api/late_penalties/?", LatePenalties)
    if listed not in apihandlers.default_handlers:
        apihandlers.default_handlers.append(listed)

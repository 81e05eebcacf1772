"""Where nbgrader's own commands meet this course: its generate, autograde and feedback steps.

nbgrader names its converters directly in three places (the command line, `NbGraderAPI`, and through the
latter the formgrader), so `install`, called by `nbgrader_config.py`, puts subclasses of them there. This
module imports nothing of the grader until it runs: a student's JupyterLab reads the same configuration.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import nbgrader.apps.api
import nbgrader.apps.autogradeapp
import nbgrader.apps.generateassignmentapp
import nbgrader.apps.generatefeedbackapp
from nbconvert.exporters import Exporter, HTMLExporter
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
    NbGraderPreprocessor,
    SaveCells,
)
from nbgrader.server_extensions.formgrader import handlers as formgrader
from traitlets import Bool, Integer, List, Type, Unicode, default

from .formgrader import show_late_penalties

TEMPLATES = Path(__file__).resolve().parent / "templates"
FILTERS = {"markdown2html": "classroom.pages.feedback.safe_markdown", "inert_html": "classroom.submissions.inert.html"}


class ReleaseForm(NbGraderPreprocessor):
    """The last step of a release: minimal metadata and the hash by which a submission tells where it started."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        from .assignments.assignment import release_form

        return release_form(nb, resources["nbgrader"]["assignment"]), resources


RELEASE_STEPS = [
    LockCells,
    ClearSolutions,
    ClearOutput,
    CheckCellMetadata,
    ComputeChecksums,
    SaveCells,  # the gradebook keeps the source's cells, hidden tests included
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
    CheckCellMetadata,
    ReleaseForm,
]


class CheckedGenerate(GenerateAssignment):
    """`nbgrader generate_assignment` on a source that has been checked; its version is kept for later grading."""

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        from .assignments.assignment import AssignmentError, load

        try:
            self.checked = load(Path(self._format_source(assignment_id, student_id)).resolve())
        except AssignmentError as error:
            self.log.error("%s", error)
            raise NbGraderException(f"{assignment_id} is not a sound assignment (see the messages above)") from None
        super().init_assignment(assignment_id, student_id)

    def set_permissions(self, assignment_id: str, student_id: str) -> None:
        from .grading import pipeline, run

        super().set_permissions(assignment_id, student_id)
        pipeline.keep_version(self.checked, run.releases_folder(self.coursedir))


class JudgedAutograde(Autograde):
    """`nbgrader autograde` with intake, sandbox and judge in place of a kernel that runs everything."""

    sandboxed = Bool(True, help="Run submissions in the sandbox; False only for a demonstration.").tag(config=True)
    new_seed = Bool(False, help="Draw new hidden inputs for this run and record its number.").tag(config=True)
    jobs = Integer(1, min=1, help="How many processes judge submissions side by side.").tag(config=True)

    def init_notebooks(self) -> None:
        """Find submissions by their folders: one without a notebook is graded too (and told why it gets 0)."""
        from .grading import run

        self.folders = run.submissions(self.coursedir)
        if not self.folders:
            pattern = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
            message = f"No submissions were matched by '{pattern}'"
            self.log.error(message)
            raise NbGraderException(message)

    def convert_notebooks(self) -> None:
        """Grade every submission found; one that cannot be graded is recorded and never stops the others."""
        from .assignments.assignment import AssignmentError
        from .grading import run
        from .grading.lock import Busy
        from .grading.pool import ClusterError
        from .grading.record import RecordError
        from .sandboxing.sandbox import SandboxMissing
        from .seeds import SecretError

        try:
            failed = run.grade_all(
                self.coursedir,
                self.folders,
                force=self.force,
                create_student=self.create_student,
                sandboxed=self.sandboxed,
                new_seed=self.new_seed,
                jobs=self.jobs,
                log=self.log,
                parent=self,
            ).failed
        except (AssignmentError, RecordError, SandboxMissing, SecretError, ClusterError, Busy) as error:
            self.log.error("%s", error)
            raise NbGraderException(str(error)) from error
        if failed:
            message = f"could not be judged: {', '.join(failed)} (see the messages above)"
            self.log.error(message)
            raise NbGraderException(message)


class SafeFeedback(GenerateFeedback):
    """`nbgrader generate_feedback` with this course's page: hints in order, nothing hidden, nothing active."""

    site = Unicode("", help="Address of the built book; empty: sections are named without a link.").tag(config=True)

    preprocessors: Any = List().tag(config=True)

    exporter_class = Type(HTMLExporter, klass=Exporter).tag(config=True)

    @default("preprocessors")
    def _preprocessors_default(self) -> list[Any]:
        from .pages.feedback import FeedbackForm, Marks

        return [Marks, FeedbackForm]

    def init_single_notebook_resources(self, notebook_filename: str) -> dict[str, Any]:
        resources = super().init_single_notebook_resources(notebook_filename)
        resources["nbgrader"]["site"] = self.site.rstrip("/")
        resources["nbgrader"]["book"] = os.path.join(self.coursedir.root, "book")
        return resources

    def __init__(self, coursedir: Any = None, **kwargs: Any) -> None:
        super().__init__(coursedir=coursedir, **kwargs)
        # The API sets the template's name to "feedback" after this, so the folder is what is ours.
        self.config.HTMLExporter.template_name = "feedback"
        self.config.HTMLExporter.extra_template_basedirs = [os.fspath(TEMPLATES)]


def install(config: Any) -> None:
    """Put the course's converters where nbgrader looks for its own, and make what it shows inert."""
    # nbgrader runs `alembic` by name when it makes a gradebook; it lies beside this Python.
    programs = os.path.dirname(sys.executable)
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", "")])
    apps = nbgrader.apps
    apps.generateassignmentapp.GenerateAssignment = apps.api.GenerateAssignment = CheckedGenerate
    apps.autogradeapp.Autograde = apps.api.Autograde = JudgedAutograde
    apps.generatefeedbackapp.GenerateFeedback = apps.api.GenerateFeedback = SafeFeedback
    # Formgrader and feedback render the students' Markdown through this filter.
    config.HTMLExporter.filters = FILTERS
    # Formgrader's own templates, without the script it would load from another host.
    config.HTMLExporter.extra_template_basedirs = [os.fspath(TEMPLATES), formgrader.template_path]
    show_late_penalties()

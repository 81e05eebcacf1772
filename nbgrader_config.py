"""How nbgrader works on this course: its folders, what students receive, and who runs the tests.

Every nbgrader command, the formgrader and `classroom` read this file; run them from this folder.
"""

from pathlib import Path

from classroom import nbgrader_plugin

c = get_config()  # noqa: F821  (traitlets puts it here)
root = Path(__file__).resolve().parent
(root / "course").mkdir(exist_ok=True)

c.CourseDirectory.course_id = "chainrule"
c.CourseDirectory.root = str(root)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.submitted_directory = "course/submitted"
c.CourseDirectory.autograded_directory = "course/autograded"
c.CourseDirectory.feedback_directory = "course/feedback"
c.CourseDirectory.solution_directory = "course/solution"
# Another database, e.g. postgresql://..., goes here.
c.CourseDirectory.db_url = f"sqlite:///{root / 'course' / 'gradebook.db'}"
# Wrong solutions stay with the instructor.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "misconceptions.py"]

c.ClearSolutions.code_stub = {"python": "raise NotImplementedError"}
c.ClearSolutions.text_stub = "*Write your answer here.*"
c.GenerateAssignment.preprocessors = nbgrader_plugin.RELEASE_STEPS

# Late work. Deadlines are set in the formgrader; 0.1 takes 10 % of an assignment's points for each day begun.
c.AssignLatePenalties.plugin_class = "classroom.grading.late.LatePolicy"
c.LatePolicy.grace_minutes = 15
c.LatePolicy.per_day = 0.0
c.LatePolicy.cap = 0.5
c.LatePolicy.timezone = "UTC"
# A table of more time for single students (student, assignment, due, extra_hours); empty: none.
c.LatePolicy.extensions = ""

# Where the feedback's links to the book lead; empty: the section is named without a link.
c.SafeFeedback.site = ""

# Tests run in the judge, never beside the submission; feedback and formgrader show nothing active.
nbgrader_plugin.install(c)

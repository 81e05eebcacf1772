"""`make demo`: a made-up class handed in, graded, told and reported, in a course of its own under _build/demo.

The class is in demo/: a small problem set, and of each student the cells that were answered. Nothing here touches
course/, exercises/ or your secret. `demo.py --record` also writes demo/results.json, from which the site makes the
example of a report; `--no-sandbox` is for machines that have none. DEMO_FOLDER in the environment names another place.
"""

import json
import os
import re
import shutil
import sys
from datetime import datetime
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "demo"
NAME = "ps00-descent"
DUE = "2026-11-28 00:00:00"
# Tried inputs are the same everywhere. A real course's secret is made by chance and known to nobody.
SECRET = "a-demonstration-has-no-secret-" * 2
POLICY = """
# The demonstration takes a tenth off for each day begun.
c.LatePolicy.per_day = 0.1
"""


def answers(text: str) -> tuple[datetime, dict[str, str]]:
    """When it was handed in, and each answered cell's source, from a student's file in demo/submissions."""
    head, *parts = re.split(r"^# %% (\S+)\n", text, flags=re.M)
    when = re.match(r"# Handed in (\d{4}-\d\d-\d\d \d\d:\d\d)\.", head)
    if when is None:
        raise ValueError(f"expected '# Handed in YYYY-MM-DD hh:mm.' in the first line, got {head[:60]!r}")
    return datetime.fromisoformat(when[1]), dict(zip(parts[::2], (p.strip() for p in parts[1::2]), strict=True))


def handed_in(released: str, cells: dict[str, str]) -> str:
    """The released notebook with these cells answered."""
    notebook = nbformat.reads(released, as_version=4)
    for cell in notebook.cells:
        if (answer := cells.pop(cell.id, None)) is not None:
            cell.source = re.sub(r"^# ?", "", answer, flags=re.M) if cell.cell_type == "markdown" else answer
    if cells:
        raise ValueError(f"the notebook has no cell {', '.join(cells)}")
    return nbformat.writes(notebook)


def make_course(folder: Path) -> None:
    """The demonstration's course, with everything handed in and its secret in use, in the place of an earlier one."""
    from nbgrader.api import Gradebook

    from classroom.assignments import course

    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(DEMO / "solutions", folder / "solutions")
    config = (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
    (folder / "nbgrader_config.py").write_text(config + POLICY, encoding="utf-8")
    made = course.find(folder).api.generate_assignment(NAME, force=True, create=True)
    if not made["success"]:
        sys.exit(f"demo.py: {NAME} could not be generated:\n{made['log']}")
    released = (folder / "exercises" / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8")
    with Gradebook(f"sqlite:///{folder / 'course' / 'gradebook.db'}", "chainrule") as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=f"{DUE} UTC")
        for path in sorted((DEMO / "submissions").iterdir()):
            gradebook.update_or_create_student(path.stem)
            target = folder / "course" / "submitted" / path.stem / NAME
            target.mkdir(parents=True)
            text = path.read_text(encoding="utf-8")
            if path.suffix == ".py":
                when, cells = answers(text)
                text = handed_in(released, cells)
                (target / "timestamp.txt").write_text(f"{when:%Y-%m-%d %H:%M:%S} UTC\n", encoding="ascii")
            (target / f"{NAME}.ipynb").write_text(text, encoding="utf-8")
        gradebook.update_or_create_student("nobody-yet")
    secret = folder / "secret"
    secret.write_text(SECRET, encoding="ascii")
    secret.chmod(0o600)
    os.environ["CHAINRULE_SECRET_FILE"] = str(secret)


def main() -> None:
    if unknown := set(sys.argv[1:]) - {"--record", "--no-sandbox"}:
        sys.exit(f"demo.py: unknown argument {', '.join(sorted(unknown))}; expected --record, --no-sandbox or nothing")
    folder = Path(os.environ.get("DEMO_FOLDER", ROOT / "_build" / "demo"))
    folder.parent.mkdir(parents=True, exist_ok=True)
    make_course(folder)
    os.chdir(folder)
    classroom("grade", NAME, *(["--unsafe-no-sandbox"] if "--no-sandbox" in sys.argv else []))
    classroom("feedback", NAME)
    classroom("report", NAME)
    classroom("similar", NAME)
    if "--record" in sys.argv:
        from classroom.assignments import course
        from classroom.pages.gather import gather

        found = gather(course.find(folder), NAME).as_json()
        text = json.dumps(found, indent=1, ensure_ascii=False)
        (DEMO / "results.json").write_text(text + "\n", encoding="utf-8")
    print()
    for what, path in (
        ("Report", f"course/reports/{NAME}/report.html"),
        ("Look-alikes", f"course/reports/{NAME}/similar.html"),
        ("Feedback", f"course/feedback/cleo/{NAME}/{NAME}.html"),
        ("Handed in", "course/submitted/"),
    ):
        shown = os.path.relpath(folder / path, ROOT) if folder.is_relative_to(ROOT) else folder / path
        print(f"{what + ':':<13}open {shown}")


def classroom(*words: str) -> None:
    """Type a command, and show it."""
    from classroom.commands.app import app

    print(f"\n$ classroom {' '.join(words)}", flush=True)
    try:
        app(words)
    except SystemExit as stop:
        # 1 says that something needs a look, which in this class it does.
        if stop.code not in (0, 1, None):
            sys.exit(stop.code)


if __name__ == "__main__":
    main()

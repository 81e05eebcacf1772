"""The command line, nbgrader's API and the formgrader all grade through the judge."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import nbgrader.apps.api
import nbgrader.apps.autogradeapp
import nbgrader.apps.generateassignmentapp
import nbgrader.apps.generatefeedbackapp
import pytest
from bs4 import BeautifulSoup
from toycourse import NAME, RIGHT, answered, course, generated, hand_in, points, released  # noqa: F401

from classroom import nbgrader_plugin
from classroom.assignments.course import Course
from classroom.grading import record

TOKEN = "token-of-the-test"
FULL = {"square-check": 8.0, "mean-check": 8.0, "explain": 0.0}


def test_every_lookup_finds_the_courses_converters(course: Course) -> None:  # noqa: F811
    apps = nbgrader.apps
    assert apps.autogradeapp.Autograde is apps.api.Autograde is nbgrader_plugin.JudgedAutograde
    assert apps.generatefeedbackapp.GenerateFeedback is apps.api.GenerateFeedback is nbgrader_plugin.SafeFeedback
    assert apps.generateassignmentapp.GenerateAssignment is apps.api.GenerateAssignment
    assert apps.api.GenerateAssignment is nbgrader_plugin.CheckedGenerate


def test_a_students_jupyter_reads_the_configuration_without_the_grader() -> None:
    code = (
        "import sys, classroom.nbgrader_plugin; "
        "heavy = ('nh3', 'typer', 'classroom.judging', 'classroom.grading'); "
        "print([m for m in sys.modules if m.startswith(heavy)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_generate_names_an_authors_mistake(course: Course) -> None:  # noqa: F811
    path = course.root / "solutions" / NAME / f"{NAME}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    del notebook.cells[3].metadata["topics"]
    nbformat.write(notebook, path)
    result = course.api.generate_assignment(NAME, force=True)
    assert not result["success"]
    assert "cell square-check: a graded cell needs topics" in result["log"]


def test_generating_twice_changes_no_byte(course: Course) -> None:  # noqa: F811
    folder = course.root / "exercises" / NAME
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    assert course.api.generate_assignment(NAME, force=True)["success"]
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    assert set(before) == {f"{NAME}.ipynb"}, "misconceptions.py must not be handed out"


def test_no_submission(course: Course) -> None:  # noqa: F811
    result = course.api.autograde(NAME, "nobody")
    assert not result["success"]
    assert "No submissions were matched by" in result["log"]


@pytest.mark.sandbox
def test_nbgraders_api(course: Course) -> None:  # noqa: F811
    hand_in(course, "ada", answered(course, **RIGHT))
    (course.root / "course" / "submitted" / "bob" / NAME).mkdir(parents=True)
    for student in ("ada", "bob"):
        result = course.api.autograde(NAME, student)
        assert result["success"], result
    assert points(course)["ada"] == FULL
    assert set(points(course)["bob"].values()) == {0.0}
    assert record.read_record(course.coursedir, NAME, "bob")["refused"] == f"expected {NAME}.ipynb, found no notebook"


@pytest.mark.sandbox
def test_command_line(course: Course) -> None:  # noqa: F811
    hand_in(course, "ada", answered(course, **RIGHT))
    hand_in(course, "bob", released(course))
    command = [Path(sys.executable).with_name("nbgrader"), "autograde", NAME, "--student", "ada"]
    for words in ([], ["--force"]):
        done = subprocess.run([*command, *words], cwd=course.root, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert points(course) == {"ada": FULL}
    assert record.read_record(course.coursedir, NAME, "ada")["sandboxed"]


# Formgrader, in a real server


@pytest.mark.sandbox
def test_by_the_exchange_and_back(course: Course, tmp_path: Path) -> None:  # noqa: F811
    exchange, student = tmp_path / "exchange", tmp_path / "student"
    exchange.mkdir()
    exchange.chmod(0o777)
    student.mkdir()
    line = f"c.Exchange.root = {str(exchange)!r}\n"
    with open(course.root / "nbgrader_config.py", "a") as config:
        config.write(line)
    (student / "nbgrader_config.py").write_text(f"c = get_config()\nc.CourseDirectory.course_id = 'chainrule'\n{line}")

    def nbgrader(folder: Path, command: str) -> None:
        words = [sys.executable, "-m", "nbgrader", command, NAME]
        # A student's receipts lie at home.
        clean = {**os.environ, "HOME": str(tmp_path), "JUPYTER_DATA_DIR": str(tmp_path / "jupyter")}
        done = subprocess.run(words, cwd=folder, env=clean, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    nbgrader(course.root, "release_assignment")
    nbgrader(student, "fetch_assignment")
    nbformat.write(answered(course, **RIGHT), student / NAME / f"{NAME}.ipynb")
    nbgrader(student, "submit")
    for command in ("collect", "autograde", "generate_feedback", "release_feedback"):
        nbgrader(course.root, command)
    nbgrader(student, "fetch_feedback")
    (page,) = (student / NAME / "feedback").rglob("*.html")
    assert "16 of 20 points" in " ".join(BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").text.split())


@pytest.fixture
def server(course: Course) -> Iterator[str]:  # noqa: F811
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "ServerApp.jpserver_extensions": {"nbgrader.server_extensions.formgrader": True},
        "ServerApp.root_dir": str(course.root),
    }
    config = course.root / "server.json"
    config.write_text(json.dumps({"ServerApp": {k.split(".")[1]: v for k, v in settings.items()}}))
    command = [sys.executable, "-m", "jupyter_server", f"--config={config}", "--no-browser", "--ip=127.0.0.1"]
    command += [f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}", "--allow-root"]
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(course.root / "jupyter")}
    log = open(course.root / "server.log", "w+")  # noqa: SIM115  (open as long as the server runs)
    process = subprocess.Popen(command, cwd=course.root, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            if process.poll() is not None:
                break
            try:
                ask(address, "/api/status")
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)
        log.close()


def ask(address: str, path: str, method: str = "GET") -> str:
    request = urllib.request.Request(address + path, method=method, headers={"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return str(answer.read().decode("utf-8"))


@pytest.mark.sandbox
def test_formgraders_button_and_page(course: Course, server: str) -> None:  # noqa: F811
    evil = "<script>alert(1)</script><img src='https://host/x.png'> [x](javascript:alert(1))"
    notebook = answered(course, **RIGHT, explain=evil)
    notebook.cells.append(nbformat.v4.new_markdown_cell(evil))
    hand_in(course, "ada", notebook)
    result: dict[str, Any] = json.loads(ask(server, f"/formgrader/api/submission/{NAME}/ada/autograde", "POST"))
    assert result["success"], result
    assert points(course)["ada"] == FULL
    assert record.read_record(course.coursedir, NAME, "ada")["run"] == 1
    with course.api.gradebook as gradebook:
        identity = gradebook.find_submission_notebook(NAME, NAME, "ada").id
    page = BeautifulSoup(ask(server, f"/formgrader/submissions/{identity}/"), "html.parser")
    assert "never negative" in page.text, "the marker sees the hidden tests"
    assert page.select_one("input#explain"), "and where to put points"
    assert "alert(1)" not in "".join(script.text for script in page.find_all("script"))
    assert not [tag for tag in page.find_all(src=True) if "//" in str(tag["src"]).split("?")[0]]
    assert not [tag for tag in page.find_all(href=True) if str(tag["href"]).startswith("javascript")]

"""Formgrader's pages show what lateness costs, below each score it is taken off and above the submission."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from running_jupyter import serving
from test_late import DAY, DUE, HOUR, due, policy
from test_record import graded, write
from toycourse import NAME, course, generated, hand_in, released  # noqa: F401

from classroom import formgrader
from classroom.assignments.course import Course

TOKEN = "late-penalties"


@pytest.fixture
def late(course: Course) -> Course:  # noqa: F811
    """Ada is two days late, Bob so late that more is to be taken off than he has, Cleo in time."""
    due(course)
    policy(course)
    times = {"ada": DUE + 2 * DAY - HOUR, "bob": DUE + 9 * DAY, "cleo": DUE - HOUR}
    for who, when in times.items():
        (hand_in(course, who, released(course)) / "timestamp.txt").write_text(f"{when} UTC")
    write(course, *(graded(course, who, timestamp=when) for who, when in times.items()))
    return course


def test_the_penalties_and_what_they_take(late: Course) -> None:
    with late.api.gradebook as gradebook:
        scores = {s.student.id: s.score for s in gradebook.assignment_submissions(NAME)}
        found = {row["ids"][-1]: (row["penalty"], row["taken"]) for row in formgrader.penalties(gradebook)}
        # A fifth and a half of 20 points; a score does not fall under 0.
        assert found == {"ada": (4.0, 4.0), "bob": (10.0, min(10.0, scores["bob"]))}
        assert scores["bob"] < 10
        assert [row["ids"][-1] for row in formgrader.penalties(gradebook, student="bob", assignment=NAME)] == ["bob"]
        assert formgrader.penalties(gradebook, student="cleo") == []
        assert formgrader.penalties(gradebook, assignment="ps98-other") == []


def test_installing_twice_changes_nothing(course: Course) -> None:  # noqa: F811
    def listed() -> list[str]:
        return [repr(one) for one in (*formgrader.handlers.default_handlers, *formgrader.apihandlers.default_handlers)]

    before = listed()
    formgrader.show_late_penalties()
    assert listed() == before
    shown = [h for _, h, *_ in formgrader.handlers.default_handlers if issubclass(h, formgrader.LateShown)]
    # Every page that is named is there in this nbgrader.
    assert sorted(handler.__name__ for handler in shown) == sorted(formgrader.PAGES)


@pytest.fixture
def page(late: Course, browser: Browser) -> Iterator[Page]:
    """A browser that has signed in to the course's JupyterLab."""
    with serving(late.root, ["jupyterlab"], TOKEN) as address:
        context = browser.new_context(base_url=address)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"/login?token={TOKEN}&next=/formgrader/api/late_penalties")
        yield page
        context.close()


def test_every_page_with_scores_shows_them(late: Course, page: Page) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    with late.api.gradebook as gradebook:
        ids = {who: gradebook.find_submission_notebook(NAME, NAME, who).id for who in ("ada", "bob", "cleo")}
        score = {s.student.id: s.score for s in gradebook.assignment_submissions(NAME)}
    told = {"ada": f"late: −4, leaves {score['ada'] - 4:g}", "bob": "late: −10, leaves 0"}
    assert score["ada"] > 4

    # Lists of submissions and of students: a row each.
    for place in (f"manage_submissions/{NAME}", "manage_students", f"gradebook/{NAME}/{NAME}"):
        page.goto(f"/formgrader/{place}")
        expect(page.locator(".late-penalty")).to_have_count(2, timeout=60_000)
        if place.startswith("gradebook"):
            page.locator("#toggle_names").click()
        for who in ("ada", "bob"):
            row = page.locator("#main-table tr", has=page.get_by_text(who, exact=False))
            expect(row.locator("td.score .late-penalty")).to_have_text(told[who])
            # nbgrader's own number stays above it.
            expect(row.locator("td.score")).to_contain_text(f"{score[who]:g} / 20")
        expect(page.locator("#main-table tr", has_text="cleo").locator(".late-penalty")).to_have_count(0)

    # One student, by assignment and by notebook.
    for place in ("manage_students/ada", f"manage_students/ada/{NAME}"):
        page.goto(f"/formgrader/{place}")
        expect(page.locator("td.score .late-penalty")).to_have_text(told["ada"], timeout=60_000)

    # The submission itself, where it is marked.
    page.goto(f"/formgrader/submissions/{ids['ada']}/")
    above = page.locator("p.late-penalty")
    expect(above).to_have_text(
        "Handed in late: 4 points are taken off the sum of the marks below, which does not fall under 0."
    )
    expect(above).to_be_visible()
    page.goto(f"/formgrader/submissions/{ids['cleo']}/")
    expect(page.locator("input.score#explain")).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(page.locator(".late-penalty")).to_have_count(0)
    assert errors == []


def test_a_row_that_was_graded_again_is_shown_anew(late: Course, page: Page) -> None:
    page.goto(f"/formgrader/manage_submissions/{NAME}")
    row = page.locator("#main-table tr", has_text="ada").locator("td.score")
    expect(row.locator(".late-penalty")).to_contain_text("late: −4", timeout=60_000)
    # More time was granted meanwhile, and the row comes again, as it does when its button was pressed.
    with late.api.gradebook as gradebook:
        (notebook,) = gradebook.find_submission(NAME, "ada").notebooks
        notebook.late_submission_penalty = 2.0
        gradebook.db.commit()
    page.evaluate("models.get('ada').fetch()")
    expect(row.locator(".late-penalty")).to_contain_text("late: −2")
    expect(row.locator(".late-penalty")).to_have_count(1)


def test_that_penalties_cannot_be_read_is_said(late: Course, page: Page) -> None:
    page.route("**/api/late_penalties*", lambda route: route.fulfill(status=500, body="no"))
    page.goto(f"/formgrader/manage_submissions/{NAME}")
    expect(page.locator(".late-penalty-unknown")).to_have_text(
        "Late penalties could not be read. Scores are shown before they are taken off."
    )


def test_the_list_of_penalties_is_for_those_who_signed_in(late: Course, page: Page) -> None:
    address = page.url
    assert address.endswith("/formgrader/api/late_penalties")
    rows = json.loads(page.locator("body").inner_text())
    assert sorted(row["ids"][-1] for row in rows) == ["ada", "bob"]
    # Without the cookie one is sent to the page that asks for the token.
    with urllib.request.urlopen(address) as answer:
        assert "/login?next=" in answer.url and "ids" not in answer.read().decode()

"""The feedback page: what a student reads after grading, after marking by hand, and after a refusal."""

from __future__ import annotations

import datetime

import pytest
from toycourse import NAME, course, feedback, generated  # noqa: F401

from classroom.assignments.course import Course
from classroom.grading.pipeline import Graded
from classroom.grading.record import Writer
from classroom.model import Failure, ItemResult
from classroom.submissions.transplant import solved, transplant, untouched
from classroom.topics import CHAPTERS, section_link

TOLD = Failure(
    "square",
    "on numbers",
    "square(3.0)",
    "the value is wrong",
    "6",
    "twice the number",
    "DN-3",
    True,
    "9.0 was expected, seed ab12",
)


def record(course: Course, *, empty: bool = False, **parts: object) -> None:  # noqa: F811
    assignment = course.assignment(NAME)
    cells = transplant(assignment, (untouched if empty else solved)(assignment))
    items = {"square-check": ItemResult(5.0, 8.0, (TOLD,)), "mean-check": ItemResult(8.0, 8.0)}
    with Writer(course.coursedir, parent=course.api) as writer:
        writer.write(Graded("ada", assignment, 1, cells, items, **parts))  # type: ignore[arg-type]


def test_every_part_of_a_failure_is_told_in_order(course: Course) -> None:  # noqa: F811
    record(course)
    page = feedback(course, "ada")
    item = page.select_one("#item-square-check")
    assert item is not None
    assert [(t.text, d.text) for t, d in zip(item.select("dt"), item.select("dd"), strict=True)] == [
        ("Part", "on numbers"),
        ("Tried", "square(3.0)"),
        ("Problem", "the value is wrong"),
        ("Got", "6"),
        ("Hint", "twice the number"),
        ("Read again", "DN-3, chapter 5 (dual numbers)"),
    ]
    assert "What is not listed here was right." in item.text
    assert [s["id"] for s in page.select("section")] == ["item-square-check", "item-mean-check", "item-explain"]


def test_nothing_for_the_instructor_is_shown(course: Course) -> None:  # noqa: F811
    record(course)
    page = feedback(course, "ada")
    assert "was expected" not in page.text and "ab12" not in page.text and "For the instructor" not in page.text
    checks = [details.text for details in page.select("details")]
    assert len(checks) == 2
    assert not [text for text in checks if "never negative" in text or "HIDDEN" in text]


def test_sections_become_links_when_the_books_address_is_known(course: Course) -> None:  # noqa: F811
    record(course)
    course.api.config.SafeFeedback.site = "https://example.org/book/"
    link = feedback(course, "ada").select_one("#item-square-check a")
    assert link is not None and link["href"] == "https://example.org/book/part2/05-dual-numbers.html#dn-3"


def test_marks_and_comments_given_by_hand(course: Course) -> None:  # noqa: F811
    record(course)
    before = feedback(course, "ada")
    assert "up to 4 points" in before.select_one("#item-explain").text  # type: ignore[union-attr]
    assert "still to be marked by hand" in before.text
    with course.api.gradebook as gradebook:
        grade = gradebook.find_grade("explain", NAME, NAME, "ada")
        grade.manual_score, grade.needs_manual_grade = 3.0, False
        gradebook.find_comment("explain", NAME, NAME, "ada").manual_comment = "What of **zero**?"
        gradebook.db.commit()
    after = feedback(course, "ada")
    assert "16 of 20 points." in after.text
    assert after.select_one("#item-explain .comment strong + p strong").text == "zero"  # type: ignore[union-attr]
    assert "still to be marked" not in after.text


def test_a_refusal_is_told_at_the_top(course: Course) -> None:  # noqa: F811
    record(course, empty=True, refused="data.txt is a link; hand in the file itself")
    page = feedback(course, "ada")
    assert page.select_one(".notice").text.strip() == (  # type: ignore[union-attr]
        "This submission could not be graded. data.txt is a link; hand in the file itself"
    )
    assert not page.select("section")
    assert "0 of 20 points." in page.text


def test_lateness_is_told(course: Course) -> None:  # noqa: F811
    with course.api.gradebook as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate="2026-11-25 10:00:00 UTC")
    course.config.LateSubmissionPlugin.penalty_method = "zero"
    record(course, timestamp=datetime.datetime(2026, 11, 25, 12, 0))
    assert "after 13 taken off for lateness" in feedback(course, "ada").text


@pytest.mark.parametrize("prefix", CHAPTERS)
def test_every_topic_has_a_section(prefix: str) -> None:
    link = section_link(f"{prefix}-1", "https://example.org")
    assert link["href"].endswith(f".html#{prefix.lower()}-1")
    assert link["text"].startswith(f"{prefix}-1, chapter ")


def test_an_unknown_topic_is_named_without_a_link() -> None:
    assert section_link("XX-1", "https://example.org") == {"text": "XX-1", "href": ""}

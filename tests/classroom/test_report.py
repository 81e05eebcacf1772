"""The instructor's report: its numbers against others' calculation, a page that shows and hides what it should."""

from __future__ import annotations

import json
import re
import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup
from toycourse import NAME, course, generated, hand_in, released  # noqa: F401
from typer.testing import CliRunner, Result

from classroom.assignments.course import Course
from classroom.commands.app import app
from classroom.grading.pipeline import Graded
from classroom.grading.record import Writer
from classroom.model import Failure, ItemResult
from classroom.pages import item_analysis as analysis
from classroom.pages import report, results
from classroom.pages.gather import gather
from classroom.pages.results import Item, Miss, NoResults, Results
from classroom.submissions.transplant import solved, transplant, untouched

ITEMS = [Item("one-check", 4.0), Item("two-check", 6.0), Item("words", 2.0, by_hand=True)]
# Points of seven students on the three items.
POINTS = [(4, 6, 2), (4, 3, 1), (4, 6, 2), (2, 0, 0), (0, 3, 1), (2, 6, 1), (0, 0, 0)]
NAMES = ["ada", "ben", "cleo", "dan", "eva", "finn", "gil"]


def one(student: str, points: tuple[float | None, ...], **parts: object) -> results.Result:
    by_item = {item.id: value for item, value in zip(ITEMS, points, strict=True)}
    return results.Result(student, by_item, **{"seconds": 0.5, **parts})  # type: ignore[arg-type]


def a_class(*more: results.Result, **parts: object) -> Results:
    graded = [one(name, points) for name, points in zip(NAMES, POINTS, strict=True)]
    return Results("ps98-made-up", "Made up", ITEMS, [*graded, *more], **parts)  # type: ignore[arg-type]


def with_missed(found: Results, **missed: dict[str, list[Miss]]) -> Results:
    graded = [replace(r, missed=missed.get(r.student, r.missed)) for r in found.graded]
    return replace(found, graded=graded)


# The numbers


def test_difficulty_is_the_mean_share_of_the_points() -> None:
    found = [analysis.of_item(a_class(), item).difficulty for item in ITEMS]
    assert found == pytest.approx([16 / 28, 24 / 42, 7 / 14])


def test_discrimination_is_the_correlation_with_the_rest() -> None:
    table = np.array(POINTS, dtype=float)
    for column, item in enumerate(ITEMS):
        rest = np.delete(table, column, axis=1).sum(axis=1)
        want = np.corrcoef(table[:, column], rest)[0, 1]
        assert analysis.of_item(a_class(), item).discrimination == pytest.approx(want)


def test_discrimination_is_not_given_where_it_does_not_exist() -> None:
    few = replace(a_class(), graded=a_class().graded[:4])
    assert analysis.of_item(few, ITEMS[0]).discrimination is None
    same = replace(a_class(), graded=[one(n, (4, p[1], p[2])) for n, p in zip(NAMES, POINTS, strict=True)])
    assert analysis.of_item(same, ITEMS[0]).discrimination is None
    alone = replace(a_class(), items=ITEMS[:1])
    assert analysis.of_item(alone, ITEMS[0]).discrimination is None


def test_refused_submissions_say_nothing_of_an_item() -> None:
    refused = one("hana", (0, 0, 0), refused="not a notebook")
    with_it, without = (analysis.of_item(found, ITEMS[1]) for found in (a_class(refused), a_class()))
    assert with_it == without
    assert report.summary(a_class(refused))["refused"] == 1


def test_an_item_that_waits_for_marks_is_left_out_of_every_total() -> None:
    found = a_class(one("hana", (4, 6, None)))
    numbers = report.summary(found)
    assert numbers["points"] == 10
    assert analysis.totals(found) == [10, 7, 10, 2, 3, 8, 0, 10]
    assert numbers["unmarked"] == {"words": 1}
    rest = [p[1] for p in POINTS] + [6]
    want = np.corrcoef([p[0] for p in POINTS] + [4], rest)[0, 1]
    assert analysis.of_item(found, ITEMS[0]).discrimination == pytest.approx(want)


def test_stubs_that_were_left_are_counted_apart() -> None:
    blank = {"two-check": [Miss("", results.NOT_WRITTEN), Miss("", results.NOT_WRITTEN, True)]}
    found = analysis.of_item(with_missed(a_class(), dan=blank), ITEMS[1])
    assert (found.full, found.part, found.none, found.blank) == (3, 2, 1, 1)


def test_a_misconception_is_counted_once_a_student() -> None:
    twice = {"one-check": [Miss("the sign", "wrong"), Miss("the sign", "wrong", True), Miss("the root", "wrong")]}
    once = {"one-check": [Miss("the sign", "wrong")]}
    other = {"two-check": [Miss("", "TypeError was raised"), Miss("", "TypeError was raised")]}
    found = with_missed(a_class(), dan=twice, eva=once, gil=other)
    met = analysis.misconceptions(found)
    assert [(m.item, m.hint, m.students) for m in met] == [("one-check", "the sign", 2), ("one-check", "the root", 1)]
    assert analysis.without_hint(found) == {"two-check": {"TypeError was raised": 1}}


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"refused": "it is a link"}, "refused: it is a link"),
        ({"notes": ["x.exe was not read"]}, "note: x.exe was not read"),
        ({"stale": ["words"]}, "words: marked by hand before it was last graded"),
        ({"penalty": 2.0, "handed_in": 30.25}, "30.2 hours late: 2 points taken off for lateness"),
        ({"seconds": 44.0}, "took 44 s to judge, where the median is 0.5 s"),
        ({"sandboxed": False}, "judged without the sandbox"),
        (
            {"missed": {"one-check": [Miss("", "the value is wrong", hidden=True)]}},
            "one: right on every input that is shown, wrong on others, and no hint fits: "
            "fitted to the checks, or a mistake that has no hint yet",
        ),
    ],
)
def test_reasons_to_look(parts: dict[str, object], reason: str) -> None:
    assert dict(analysis.human_eye(a_class(one("hana", (4, 6, 2), **parts))))["hana"] == [reason]


def test_nothing_right_is_a_reason_unless_nothing_was_written() -> None:
    blank = {item: [Miss("", results.NOT_WRITTEN)] for item in ("one-check", "two-check")}
    assert analysis.human_eye(with_missed(a_class(), gil=blank)) == []
    found = analysis.human_eye(a_class())
    assert found == [("gil", ["no tested item earned a point, though something was written"])]


def test_what_waits_is_listed_last() -> None:
    assert analysis.human_eye(a_class(waiting=["aaron"]))[-1] == ("aaron", ["handed in and not graded yet"])


def test_results_survive_json() -> None:
    found = with_missed(a_class(waiting=["hana"], absent=2), dan={"one-check": [Miss("the sign", "wrong", True)]})
    again = results.from_json(json.loads(json.dumps(found.as_json())))
    assert json.dumps(again.as_json()) == json.dumps(found.as_json())
    assert report.page(again) == report.page(found)


# The page


def parsed(page: str) -> BeautifulSoup:
    return BeautifulSoup(page, "html.parser")


EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def test_nothing_of_a_students_is_active() -> None:
    missed = {"one-check": [Miss(EVIL, EVIL)], "two-check": [Miss("", EVIL)]}
    found = a_class(one(EVIL, (0, 0, 0), missed=missed, notes=[EVIL]), one("zoe", (0, 0, 0), refused=EVIL))
    page = parsed(report.page(found))
    assert not page.find_all(["script", "img", "iframe", "object", "embed", "link", "form", "base"])
    attributes = [name for tag in page.find_all(True) for name in tag.attrs]
    assert not [name for name in attributes if name.startswith("on") or name in ("src", "href", "xlink:href")]
    assert page.text.count("<script>") >= 4
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    assert "default-src 'none'" in policy and "script-src" not in policy


def test_nothing_is_fetched() -> None:
    page = report.page(a_class())
    assert not re.search(r"https?:|url\(|@import|//[a-z]", page)


def test_every_plot_says_in_words_and_in_a_table_what_it_shows() -> None:
    hours = [one(n, p, handed_in=-10.0 * k) for k, (n, p) in enumerate(zip(NAMES, POINTS, strict=True), start=1)]
    page = parsed(report.page(replace(a_class(), graded=hours)))
    figures = page.find_all("figure")
    assert len(figures) == 5
    for figure in figures:
        drawing = figure.find("svg", role="img")
        named = [page.find(id=i).text for i in drawing["aria-labelledby"].split()]
        assert all(len(words) > 10 for words in named)
        assert figure.find("figcaption").text.strip()
        assert len(figure.select("tbody tr")) >= 1
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids))


def test_the_histogram_counts_every_submission() -> None:
    page = parsed(report.page(a_class()))
    rows = [[cell.text for cell in row.find_all(["th", "td"])] for row in page.select("figure")[0].select("tbody tr")]
    want = [sum(points) for points in POINTS]
    assert rows == [[str(k), str(want.count(k))] for k in range(13)]
    bars = page.select("figure")[0].select("rect.bar")
    heights = [float(bar["height"]) for bar in bars]
    assert [h > 0 for h in heights] == [k in want for k in range(13)]


def test_the_anonymous_page_names_nobody_and_no_rare_hint() -> None:
    common = {"one-check": [Miss("the sign", "wrong")]}
    rare = {"one-check": [Miss("a slip of one person", "wrong")], "two-check": [Miss("", "OddError was raised")]}
    found = with_missed(a_class(waiting=["waldo"]), ben=common, dan=common, eva=common, gil=rare)
    page = report.page(found, anonymous=True)
    assert "the sign" in page and "a slip of one person" not in page and "OddError" not in page
    assert "1 more hint was met by fewer than 3 students each" in page
    assert not re.search(rf"\b({'|'.join([*NAMES, 'waldo'])})\b", page)
    numbers = report.summary(found, anonymous=True)
    assert not re.search(rf"\b({'|'.join([*NAMES, 'waldo'])})\b", json.dumps(numbers))
    assert "a slip of one person" in report.page(found)


def test_an_anonymous_page_of_four_is_refused() -> None:
    with pytest.raises(NoResults, match="needs at least 5 graded submissions, there are 4"):
        report.page(replace(a_class(), graded=a_class().graded[:4]), anonymous=True)


def test_one_submission_is_enough_for_those_who_mark() -> None:
    page = parsed(report.page(replace(a_class(), graded=a_class().graded[:1])))
    assert "not known" in page.text


def test_a_class_of_refused_submissions() -> None:
    refused = [one("ada", (0, 0, 0), refused="no notebook")]
    with pytest.raises(NoResults, match="all 1 submissions of ps98-made-up were refused"):
        report.page(replace(a_class(), graded=refused))


# The command


def classroom(*words: str) -> Result:
    result = CliRunner().invoke(app, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def record(course: Course, student: str, points: float, **parts: object) -> None:  # noqa: F811
    assignment = course.assignment(NAME)
    told = Failure("square", "", "square(3)", "the value is wrong; expected 9", "6", "twice the number", "DN-3", True)
    items = {
        "square-check": ItemResult(points, 8.0, () if points == 8 else (told,)),
        "mean-check": ItemResult(8.0, 8.0),
    }
    cells = transplant(assignment, (untouched if parts.get("refused") else solved)(assignment))
    with Writer(course.coursedir, parent=course.api) as writer:
        writer.write(Graded(student, assignment, 1, cells, items, **parts))  # type: ignore[arg-type]


def test_nothing_graded_yet(course: Course) -> None:  # noqa: F811
    result = classroom("report", "ps99")
    assert result.exit_code == 2
    assert result.output == f"nothing of {NAME} has been graded yet; type: classroom grade ps99\n"


def test_report_of_a_graded_course(course: Course) -> None:  # noqa: F811
    hand_in(course, "ada", released(course))
    record(course, "ada", 8.0)
    record(course, "ben", 3.0, notes=("it does not say from which release it started",))
    record(course, "cleo", 0.0, refused="data.txt is a link")
    hand_in(course, "dan", released(course))
    result = classroom("report", "ps99")
    assert result.exit_code == 0
    assert result.output == (
        f"{NAME}: 2 graded, 1 refused, 1 not graded yet; mean 13.5 of 16 points\n"
        f"3 need a look; the report is course/reports/{NAME}/report.html\n"
    )
    path = course.root / "course" / "reports" / NAME / "report.html"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = parsed(path.read_text(encoding="utf-8")).text
    assert "twice the number 1 student, 50 %" in text
    assert "explain is left out of all totals: 2 answers wait" in " ".join(text.split())


def test_report_as_json(course: Course) -> None:  # noqa: F811
    record(course, "ada", 8.0)
    record(course, "ben", 3.0)
    found = json.loads(classroom("report", "ps99", "--json", "--to", "here.html").stdout)
    assert found["page"] == "here.html" and Path("here.html").exists()
    assert [item["difficulty"] for item in found["items"]][:2] == [0.6875, 1.0]
    assert found["misconceptions"] == [{"item": "square-check", "hint": "twice the number", "students": 1}]
    assert set(found["human_eye"]) <= {"ada", "ben"}


def test_a_mark_by_hand_counts_and_is_told_when_it_is_older_than_the_grading(course: Course) -> None:  # noqa: F811
    record(course, "ada", 3.0)
    with course.api.gradebook as gradebook:
        grade = gradebook.find_grade("explain", NAME, NAME, "ada")
        grade.manual_score, grade.needs_manual_grade = 2.5, False
        gradebook.db.commit()
    assert gather(course, NAME).graded[0].points == {"explain": 2.5, "mean-check": 8.0, "square-check": 3.0}
    record(course, "ada", 8.0)
    assert gather(course, NAME).graded[0].stale == ["explain"]


def test_too_few_for_an_anonymous_report(course: Course) -> None:  # noqa: F811
    record(course, "ada", 8.0)
    result = classroom("report", "ps99", "--anonymous")
    assert result.exit_code == 2
    assert "needs at least 5 graded submissions, there are 1" in result.output
    assert not (course.root / "course" / "reports").exists()


def test_a_place_that_cannot_be_written(course: Course) -> None:  # noqa: F811
    record(course, "ada", 8.0)
    Path("a-file").write_text("")
    result = classroom("report", "ps99", "--to", "a-file/report.html")
    assert result.exit_code == 2
    assert "cannot be written" in result.output and "name another file with --to" in result.output

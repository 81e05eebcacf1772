"""The source decides what there is; of the submission come its solution cells and the cells it added."""

from toycourse import NAME, TOY

from classroom.assignments.assignment import load
from classroom.submissions.intake import StudentCell
from classroom.submissions.transplant import Grafted, solved, transplant, untouched

TOYS = load(TOY / NAME)
RELEASE = [StudentCell(c.id, c.language, c.stub) for c in TOYS.cells]
IDS = [cell.id for cell in TOYS.cells]


def by_id(cells: tuple[Grafted, ...]) -> dict[str, Grafted]:
    return {cell.id: cell for cell in cells}


def test_the_release_is_an_empty_answer() -> None:
    grafted = transplant(TOYS, RELEASE)
    assert [cell.id for cell in grafted] == IDS
    assert [cell.id for cell in grafted if not cell.answered] == ["square", "mean", "explain"]
    assert grafted == transplant(TOYS, untouched(TOYS))


def test_the_solution_is_answered() -> None:
    assert all(cell.answered for cell in transplant(TOYS, solved(TOYS)))


def test_tests_and_setup_are_the_sources() -> None:
    mine = [StudentCell(c.grade_id, c.language, "pass  # mine now") for c in RELEASE]
    grafted = by_id(transplant(TOYS, mine))
    for name in ("title", "setup", "square-check", "mean-check"):
        assert grafted[name].source == TOYS.cell(name).source
    assert grafted["square"].source == "pass  # mine now"


def test_missing_cells_are_empty_answers() -> None:
    grafted = by_id(transplant(TOYS, []))
    assert list(grafted) == IDS
    assert grafted["square"].source == ""
    assert not grafted["explain"].answered


def test_order_is_the_sources() -> None:
    assert [cell.id for cell in transplant(TOYS, RELEASE[::-1])] == IDS


def test_added_cells_stay_behind_the_cell_they_stood_behind() -> None:
    first, helper, text = (StudentCell("", kind, kind[0]) for kind in ("code", "code", "markdown"))
    cells = [first, *RELEASE[:3], helper, text, *RELEASE[3:]]
    grafted = transplant(TOYS, cells)
    assert [c.id for c in grafted] == ["added-1", *IDS[:3], "added-2", "added-3", *IDS[3:]]
    assert [c.id for c in grafted if c.runs_in_worker] == ["added-1", "square", "added-2", "mean"]


def test_a_second_solution_cell_runs_after_the_first() -> None:
    cells = [*RELEASE[:3], StudentCell("square", "code", "def square(x): return 1"), *RELEASE[3:]]
    grafted = transplant(TOYS, cells)
    assert [c.id for c in grafted][:4] == ["title", "setup", "square", "added-1"]
    assert by_id(grafted)["square"].source == TOYS.cell("square").stub


def test_a_copied_test_cell_is_dropped() -> None:
    grafted = transplant(TOYS, [*RELEASE, RELEASE[3], RELEASE[3]])
    assert [c.id for c in grafted] == IDS


def test_a_relabelled_solution_still_runs() -> None:
    cells = [StudentCell("", c.language, "x = 1") if c.grade_id == "square" else c for c in RELEASE]
    grafted = transplant(TOYS, cells)
    assert [c.source for c in grafted if c.runs_in_worker][:2] == ["x = 1", ""]


def test_a_solution_turned_into_text_does_not_run() -> None:
    cells = [StudentCell("square", "markdown", "print(1)") if c.grade_id == "square" else c for c in RELEASE]
    assert by_id(transplant(TOYS, cells))["square"].source == ""


def test_a_written_answer_turned_into_code_is_text() -> None:
    cells = [StudentCell("explain", "code", "import os") if c.grade_id == "explain" else c for c in RELEASE]
    answer = by_id(transplant(TOYS, cells))["explain"]
    assert (answer.language, answer.runs_in_worker) == ("markdown", False)


def test_the_releases_own_text_is_not_shown_twice() -> None:
    lost_marks = [StudentCell("", c.language, c.source) if c.grade_id == "title" else c for c in RELEASE]
    assert [c.id for c in transplant(TOYS, lost_marks)] == IDS


def test_an_added_cell_takes_no_known_id() -> None:
    cells = [StudentCell("added-1", "code", "a = 1"), StudentCell("", "code", "b = 1"), *RELEASE]
    ids = [cell.id for cell in transplant(TOYS, cells)]
    assert len(set(ids)) == len(ids)

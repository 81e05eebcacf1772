"""The judge runs everyday test cells as one process would, or refuses at the test's own line; none passes wrongly."""

import pytest
from snippets import SNIPPETS, Snippet

from classroom.judge import judge
from classroom.model import Conditions, Step, Verdict

CONDITIONS = Conditions(seconds_per_cell=10, seconds_total=100)
SEED = b"a seed for these tests"


def judged(cells: list[tuple[str, str]], sandboxed: bool = True, conditions: Conditions = CONDITIONS) -> Verdict:
    """The verdict on ("student" or "setup" or "test", source) cells, each test worth 1 point."""
    steps = [
        Step(kind, f"{kind}-{i}", source, 1.0 if kind == "test" else 0.0) for i, (kind, source) in enumerate(cells)
    ]
    return judge(steps, conditions, SEED, sandboxed=sandboxed)


def one_process(submission: str, test: str) -> bool:
    """Whether the test cell goes through where submission and test share a process."""
    space: dict[str, object] = {"__name__": "__main__"}
    try:
        exec(submission, space)
        exec(test, space)
    except (Exception, pytest.fail.Exception):
        return False
    return True


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    """All right submissions in one session, and all wrong ones in another."""
    found = {}
    for which in ("right", "wrong"):
        steps = []
        for s in SNIPPETS:
            steps += [Step("student", s.name + " cell", getattr(s, which)), Step("test", s.name, s.test, 1.0)]
        found[which] = judge(steps, CONDITIONS, SEED)
    return found


def test_there_are_enough_everyday_snippets():
    names = [s.name for s in SNIPPETS]
    assert len(set(names)) == len(names) and sum(not s.refused for s in SNIPPETS) >= 60


@pytest.mark.sandbox
@pytest.mark.parametrize("s", SNIPPETS, ids=lambda s: s.name)
def test_snippet(s: Snippet, verdicts):
    right, wrong = verdicts["right"].items[s.name], verdicts["wrong"].items[s.name]
    if s.refused:
        assert right.points == 0 and wrong.points == 0
        story = right.failures[0].instructor
        assert s.refused in story and (f"<test {s.name}>" in story or "in place" in story), story
        return
    assert one_process(s.right, s.test) and not one_process(s.wrong, s.test)
    assert (right.points, right.failures) == (1.0, ()), [f.instructor for f in right.failures]
    assert wrong.points == 0 and wrong.failures

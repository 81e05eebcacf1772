"""Pairs of submissions that resemble each other beyond what the release, the solution and common practice explain.

Code is compared as a sequence of tokens in which names, layout, comments and docstrings do not count, so renaming and
reformatting change nothing; runs of K tokens are compared as sets, so neither does another order. Runs that the source
notebook or a known wrong solution has are left out, and the more classmates have a run, the less it counts. What is
found is evidence for a person to read, never a mark.

The idea is that of fingerprints (Schleimer, Wilkerson, Aiken: Winnowing, SIGMOD 2003). The libraries that offer it
compare whole files and do not weigh how common a passage is in the class, which for exercises this short makes the
difference; an assignment is small enough to keep every fingerprint. Pygments finds the tokens, in broken code too.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pygments.lexers import PythonLexer
from pygments.token import Comment, Name, String

from ..assignments.assignment import Assignment
from ..assignments.course import Course
from ..authoring import wrong_solutions
from ..grading import run
from ..submissions import intake
from ..submissions.intake import Refused
from ..submissions.transplant import transplant
from . import report, report_plots
from .results import NoResults

# Tokens in a run: long enough that two people seldom write the same one about different things.
K = 12
# A pair is listed when it shares this many uncommon runs, and they are this part of what the one with less wrote
# itself, or very many.
FEWEST, PART, MANY = 30, 0.5, 90

Cells = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Token:
    """A token as it is compared, and where it stands in its cell's source."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Passage:
    """The same run of tokens in two submissions: cell and lines in each, the matching part between the two ends."""

    tokens: int
    cells: tuple[str, str]
    before: tuple[str, str]
    same: tuple[str, str]
    after: tuple[str, str]


@dataclass(frozen=True)
class Pair:
    """Two submissions, the number of uncommon runs they share, and which part of the smaller one's these are."""

    students: tuple[str, str]
    shared: float
    part: float
    passages: list[Passage]


@dataclass
class Found:
    """What a comparison gave: the pairs, each submission's greatest resemblance, and those that cannot be read."""

    pairs: list[Pair] = field(default_factory=list)
    nearest: dict[str, float] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)


def tokens(source: str) -> list[Token]:
    """The tokens that count, names but for attributes and builtins all alike.

    >>> [token.text for token in tokens("mean = np.sum(xs) / 2  # half")]
    ['n', '=', 'n', '.', 'sum', '(', 'n', ')', '/', '2']
    """
    found: list[Token] = []
    for place, kind, text in PythonLexer().get_tokens_unprocessed(source):
        if kind in Comment or kind in String.Doc or not text.strip():
            continue
        if kind in Name:
            attribute = bool(found) and found[-1].text == "."
            text_as = text if attribute or (kind in Name.Builtin and kind not in Name.Builtin.Pseudo) else "n"
        elif kind in String:
            if found and found[-1].text == "s" and found[-1].end == place:
                found[-1] = Token("s", found[-1].start, place + len(text))
                continue
            text_as = "s"
        else:
            text_as = text
        found.append(Token(text_as, place, place + len(text)))
    return found


def runs(found: Sequence[Token]) -> list[str]:
    """Every run of K tokens, in order."""
    texts = [token.text for token in found]
    return [" ".join(texts[i : i + K]) for i in range(len(texts) - K + 1)]


def compare(submissions: Mapping[str, Cells], explained: Iterable[str]) -> Found:
    """Compare every two submissions.

    Parameters
    ----------
    submissions
        Each student's own cells, as (cell id, source).
    explained
        Sources that explain a resemblance: what was handed out, the solution, the wrong solutions that are known.
    """
    known = {text for source in explained for text in runs(tokens(source))}
    read = {
        student: [(cell, source, tokens(source)) for cell, source in cells] for student, cells in submissions.items()
    }
    own = {student: {text for _, _, found in cells for text in runs(found)} - known for student, cells in read.items()}
    weight = weights(own)
    size = {student: sum(weight[text] for text in texts) for student, texts in own.items()}
    holders: dict[str, list[str]] = defaultdict(list)
    for student, texts in sorted(own.items()):
        for text in texts:
            if weight[text]:
                holders[text].append(student)
    shared: Counter[tuple[str, str]] = Counter()
    for text, students in holders.items():
        for pair in itertools.combinations(students, 2):
            shared[pair] += weight[text]  # type: ignore[assignment]
    result = Found(nearest=dict.fromkeys(sorted(submissions), 0.0))
    for (a, b), both in shared.items():
        part = min(1.0, both / max(min(size[a], size[b]), FEWEST))
        for student in (a, b):
            result.nearest[student] = max(result.nearest[student], part)
        if both >= FEWEST and (part >= PART or both >= MANY):
            uncommon = {text for text in own[a] & own[b] if weight[text]}
            result.pairs.append(Pair((a, b), both, part, passages(read[a], read[b], uncommon)))
    result.pairs.sort(key=lambda pair: (-pair.part, -pair.shared, pair.students))
    return result


def weights(own: Mapping[str, set[str]]) -> dict[str, float]:
    """What each run counts: 1 when two students have it, log(N/n) / log(N/2) when n of N do.

    Runs of more than a tenth of the class (and of more than ten) are common practice and count nothing.

    >>> found = weights({"ada": {"x"}, "ben": {"x", "y"}, "cleo": {"y"}, "dan": {"y"}})
    >>> found["x"], round(found["y"], 3)
    (1.0, 0.415)
    """
    students = len(own)
    most = max(10, students // 10)
    counts = Counter(text for texts in own.values() for text in texts)
    return {
        text: 1.0 if n <= 2 else 0.0 if n > most else math.log(students / n) / math.log(students / 2)
        for text, n in counts.items()
    }


Read = Sequence[tuple[str, str, list[Token]]]


def passages(a: Read, b: Read, uncommon: set[str]) -> list[Passage]:
    """The longest runs of like tokens that hold an uncommon one, none overlapping another (greedy string tiling)."""
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for j, (_, _, found) in enumerate(b):
        for q, text in enumerate(runs(found)):
            if text in uncommon:
                places[text].append((j, q))
    candidates = []
    for i, (_, _, found) in enumerate(a):
        for p, text in enumerate(runs(found)):
            candidates += [(_length(found[p:], b[j][2][q:]), i, p, j, q) for j, q in places.get(text, ())]
    taken: tuple[set[tuple[int, int]], set[tuple[int, int]]] = (set(), set())
    tiles = []
    for length, i, p, j, q in sorted(candidates, key=lambda c: (-c[0], *c[1:])):
        free = 0
        while free < length and (i, p + free) not in taken[0] and (j, q + free) not in taken[1]:
            free += 1
        if free >= K:
            taken[0].update((i, p + k) for k in range(free))
            taken[1].update((j, q + k) for k in range(free))
            tiles.append((i, p, j, q, free))
    return [_passage(a[i], p, b[j], q, length) for i, p, j, q, length in sorted(tiles)]


def _length(a: Sequence[Token], b: Sequence[Token]) -> int:
    return next((k for k, (x, y) in enumerate(zip(a, b, strict=False)) if x.text != y.text), min(len(a), len(b)))


def _passage(a: tuple[str, str, list[Token]], p: int, b: tuple[str, str, list[Token]], q: int, n: int) -> Passage:
    first, second = _excerpt(a[1], a[2][p : p + n]), _excerpt(b[1], b[2][q : q + n])
    before, same, after = zip(first, second, strict=True)
    return Passage(n, (a[0], b[0]), before, same, after)


def _excerpt(source: str, found: Sequence[Token]) -> tuple[str, str, str]:
    """The lines of these tokens, cut before the first and behind the last of them."""
    start, end = found[0].start, found[-1].end
    first, last = source.rfind("\n", 0, start) + 1, source.find("\n", end)
    return source[first:start], source[start:end], source[end : last if last >= 0 else len(source)]


def explanations(assignment: Assignment) -> list[str]:
    """The sources that everyone has or may arrive at: the source notebook, its release, its wrong solutions."""
    code = [cell for cell in assignment.cells if cell.language == "code"]
    found = [*(cell.source for cell in code), *(cell.stub for cell in code)]
    for wrong in wrong_solutions.read(assignment):
        found.append(wrong.cell_source(assignment.cell(wrong.mark.cell).source))
    return found


def find(course: Course, name: str, progress: Any = lambda items, total: items) -> Found:
    """Compare everything handed in for an assignment.

    Raises
    ------
    NoResults
        When there are not two submissions to compare.
    """
    assignment, coursedir = course.assignment(name), course.coursedir
    coursedir.assignment_id, coursedir.student_id = name, "*"
    folders = run.submissions(coursedir)
    handed_in: dict[str, Cells] = {}
    unreadable: dict[str, str] = {}
    for folder in progress(folders, len(folders)):
        try:
            handed_in[folder.parent.name] = own_code(assignment, folder)
        except Refused as reason:
            unreadable[folder.parent.name] = str(reason)
    if len(handed_in) < 2:
        raise NoResults(
            f"{len(handed_in)} of {len(folders)} submissions of {name} can be read: there is nothing to compare; "
            f"take in more: classroom collect {name.partition('-')[0]} SOURCE"
        )
    found = compare(handed_in, explanations(assignment))
    found.unreadable = unreadable
    return found


def own_code(assignment: Assignment, folder: Path) -> Cells:
    """The code cells a student wrote or changed."""
    cells = transplant(assignment, intake.accept(folder, folder.parent.name, assignment).cells)
    return [(cell.id, cell.source) for cell in cells if cell.runs_in_worker and cell.answered]


def page(found: Found, name: str, title: str) -> str:
    """The pairs with their matching passages side by side, as an HTML page that runs nothing and fetches nothing."""
    plot = report_plots.histogram(
        "nearest",
        "How close each submission comes to the one it is most like",
        list(found.nearest.values()),
        1.0,
        "part that both have",
    )
    return (
        report.environment()
        .get_template("similar.html.j2")
        .render(
            assignment=name,
            title=title,
            pairs=found.pairs,
            nearest=found.nearest,
            unreadable=found.unreadable,
            plot=plot,
        )
    )

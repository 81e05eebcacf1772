"""The instructor's report on an assignment: one page that stands alone, runs nothing and fetches nothing.

The page with names is for those who mark, and lies in course/, closed to others. The anonymous one is for everyone
else: it names nobody, has no list of submissions and no times of handing in, counts a hint that fewer than three
students met without saying which it was, and is not made for fewer than five submissions.
"""

from __future__ import annotations

import os
import statistics
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from . import item_analysis as analysis
from . import report_plots as plots
from .item_analysis import Met
from .results import Item, NoResults, Results

TEMPLATES = Path(__file__).resolve().parent / "templates"
FEWEST = 5
UNNAMED = 3


def environment() -> Environment:
    """The templates of pages for instructors; everything put into them is escaped."""
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def write(path: Path, page: str) -> None:
    """Write a page whole, readable by its owner alone.

    Raises
    ------
    NoResults
        When it cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.new")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(page)
        os.replace(draft, path)
    except OSError as error:
        raise NoResults(f"{path} cannot be written ({error.strerror}); name another file with --to") from None


def summary(results: Results, *, anonymous: bool = False) -> dict[str, Any]:
    """The report's numbers, for scripts and for the page.

    Raises
    ------
    NoResults
        When nothing could be judged, or too little for an anonymous report.
    """
    judged, items = results.judged, analysis.settled(results)
    if not judged:
        raise NoResults(f"all {len(results.graded)} submissions of {results.assignment} were refused")
    if anonymous and len(judged) < FEWEST:
        raise NoResults(
            f"an anonymous report needs at least {FEWEST} graded submissions, there are {len(judged)}: "
            "with fewer, the plots tell who is who"
        )
    found = analysis.totals(results)
    met = analysis.misconceptions(results)
    few = [one for one in met if anonymous and one.students < UNNAMED]
    return {
        "assignment": results.assignment,
        "title": results.title,
        "judged": len(judged),
        "refused": len(results.graded) - len(judged),
        "waiting": len(results.waiting),
        "absent": results.absent,
        "points": sum(item.most for item in items),
        "mean": round(statistics.fmean(found), 4),
        "median": round(statistics.median(found), 4),
        "unmarked": analysis.unmarked(results),
        "items": [_item(analysis.of_item(results, item)) for item in results.items],
        "misconceptions": [vars(one) for one in met if one not in few],
        "rare": len(few),
        "without_hint": {
            item: {} if anonymous else dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
            for item, counts in analysis.without_hint(results).items()
        },
        "seconds": {
            "median": round(statistics.median(one.seconds for one in judged), 3),
            "longest": round(max(one.seconds for one in judged), 3),
            "all": round(sum(one.seconds for one in results.graded), 3),
        },
        "human_eye": None if anonymous else dict(analysis.human_eye(results)),
        "human_eye_number": len(analysis.human_eye(results)),
    }


def _item(found: analysis.ItemStatistics) -> dict[str, Any]:
    rounded = {
        key: None if (value := getattr(found, key)) is None else round(value, 4)
        for key in ("difficulty", "discrimination")
    }
    counts = {key: getattr(found, key) for key in ("number", "full", "part", "none", "blank")}
    return {"id": found.item.id, "name": found.item.name, "most": found.item.most, **counts, **rounded}


def page(results: Results, *, anonymous: bool = False, note: str = "") -> str:
    """The report as an HTML page; `note` stands below its title.

    Raises
    ------
    NoResults
        As `summary`.
    """
    numbers = summary(results, anonymous=anonymous)
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            numbers=numbers,
            anonymous=anonymous,
            note=note,
            plots=_plots(results, numbers, anonymous),
            met=_by_item(results, numbers["misconceptions"]),
            low=analysis.LOW,
            enough=analysis.ENOUGH,
            unnamed=UNNAMED,
            names={item.id: item.name for item in results.items},
        )
    )


def _plots(results: Results, numbers: dict[str, Any], anonymous: bool) -> dict[str, plots.Plot]:
    most = numbers["points"]
    marked = [item for item in numbers["items"] if item["id"] not in numbers["unmarked"]]
    labels = {item["id"]: f"{item['name']} ({item['most']:g} points)" for item in marked}
    kinds = (("all points", "full"), ("a part", "part"), ("none", "none"), ("not begun", "blank"))
    seconds = [one.seconds for one in results.judged]
    found = {
        "scores": plots.histogram(
            "scores",
            "How the points are spread",
            analysis.totals(results),
            most,
            f"points of {most:g}",
            about=10 if anonymous else 20,
            centred=not anonymous,
            marks=[("mean", numbers["mean"])],
        ),
        "shares": plots.shares(
            "shares",
            "What became of each item",
            [(labels[i["id"]], (i["full"], i["part"], i["none"], i["blank"])) for i in marked],
            kinds,
        ),
        "analysis": plots.two_numbers(
            "analysis",
            "Difficulty and discrimination of each item",
            [(i["name"], i["difficulty"], i["discrimination"]) for i in marked],
            ("difficulty", "discrimination"),
            analysis.LOW,
        ),
        "seconds": plots.histogram(
            "seconds",
            "How long judging took",
            seconds,
            max([*seconds, 0.1]),
            "seconds",
            marks=[("median", numbers["seconds"]["median"])],
        ),
    }
    hours = [one.handed_in for one in results.graded if one.handed_in is not None]
    if hours and not anonymous:
        found["arrivals"] = plots.arrivals("arrivals", "When it was handed in", hours)
    return found


def _by_item(results: Results, met: list[dict[str, Any]]) -> list[tuple[Item, list[Met]]]:
    pairs = [(item, [Met(**one) for one in met if one["item"] == item.id]) for item in results.items]
    return [(item, found) for item, found in pairs if found]

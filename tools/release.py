"""Make a release: `release.py 0.2.0` writes the version where it stands, dates the changelog, commits and tags.

Nothing is published; the last line says what to push. Run from a clean checkout whose tests pass.
"""

import datetime
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# File -> the line that holds the version.
PLACES = {
    "pyproject.toml": r'^version = ".*"$',
    "CITATION.cff": r"^version: .*$",
}


class ReleaseError(Exception):
    """Something to mend before a release; the message says what."""


def numbers(version: str) -> tuple[int, ...]:
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise ReleaseError(f"version: expected three numbers like 0.2.0, got {version!r}")
    return tuple(map(int, version.split(".")))


def current(root: Path = ROOT) -> str:
    found = re.search(r'^version = "(.*)"$', (root / "pyproject.toml").read_text(encoding="utf-8"), re.M)
    if found is None:
        raise ReleaseError('pyproject.toml: has no line version = "..."')
    return found[1]


def write(version: str, day: datetime.date, root: Path = ROOT) -> list[str]:
    """Put the version and the day into the files that hold them; returns their names."""
    if numbers(version) <= numbers(current(root)):
        raise ReleaseError(f"version: expected one above {current(root)}, got {version}")
    texts = {name: (root / name).read_text(encoding="utf-8") for name in (*PLACES, "CHANGELOG.md")}
    for name, line in PLACES.items():
        new = f'version = "{version}"' if name == "pyproject.toml" else f"version: {version}"
        texts[name], count = re.subn(line, new, texts[name], flags=re.M)
        if count != 1:
            raise ReleaseError(f"{name}: expected one line with the version, found {count}")
    texts["CITATION.cff"] = re.sub(
        r"^date-released: .*$", f"date-released: {day.isoformat()}", texts["CITATION.cff"], flags=re.M
    )
    changes = re.search(r"^## Unreleased\n(.*?)(?=^## |\Z)", texts["CHANGELOG.md"], re.M | re.S)
    if changes is None or not changes[1].strip():
        raise ReleaseError("CHANGELOG.md: expected what is new under '## Unreleased'")
    texts["CHANGELOG.md"] = texts["CHANGELOG.md"].replace(
        "## Unreleased\n", f"## Unreleased\n\n## {version} ({day.isoformat()})\n", 1
    )
    for name, text in texts.items():
        (root / name).write_text(text, encoding="utf-8")
    return list(texts)


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode:
        raise ReleaseError(f"git {arguments[0]}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: release.py VERSION, for example release.py 0.2.0")
    version = sys.argv[1]
    try:
        if changed := git("status", "--porcelain"):
            raise ReleaseError(f"the checkout has changes; commit them or undo them first:\n{changed}")
        if git("tag", "--list", f"v{version}"):
            raise ReleaseError(
                f"the tag v{version} is there already; choose another version, or: git tag -d v{version}"
            )
        files = write(version, datetime.date.today())
        git("commit", "--quiet", "--message", f"Release {version}", "--", *files)
        git("tag", "--annotate", f"v{version}", "--message", f"The Chain Rule {version}")
    except ReleaseError as error:
        sys.exit(f"release.py: {error}")
    print(f"Release {version} is committed and tagged. To publish it: git push origin main v{version}")


if __name__ == "__main__":
    main()

"""The release script, on a copy of the files that it changes."""

import datetime
import shutil
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from release import ReleaseError, current, write  # noqa: E402

DAY = datetime.date(2030, 2, 3)


@pytest.fixture
def copy(tmp_path):
    for name in ("pyproject.toml", "CITATION.cff", "CHANGELOG.md"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n- A thing.\n", encoding="utf-8")
    return tmp_path


def test_version_and_day_are_written_everywhere(copy):
    write("99.0.0", DAY, copy)
    assert tomllib.loads((copy / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"] == "99.0.0"
    citation = (copy / "CITATION.cff").read_text(encoding="utf-8")
    assert "version: 99.0.0\n" in citation and "date-released: 2030-02-03\n" in citation
    changes = (copy / "CHANGELOG.md").read_text(encoding="utf-8")
    assert changes == "# Changelog\n\n## Unreleased\n\n## 99.0.0 (2030-02-03)\n\n- A thing.\n"


@pytest.mark.parametrize("version", ["0.0.1", "1.0", "v2.0.0", "next"])
def test_a_version_that_is_none_or_not_above_the_last_changes_nothing(copy, version):
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    with pytest.raises(ReleaseError, match="version: expected"):
        write(version, DAY, copy)
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == before


def test_a_release_without_news_is_refused(copy):
    (copy / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n## 0.0.1\n\n- Old.\n", encoding="utf-8")
    with pytest.raises(ReleaseError, match="Unreleased"):
        write("99.0.0", DAY, copy)


def test_the_project_agrees_with_itself_on_its_version():
    assert f"\nversion: {current(ROOT)}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")

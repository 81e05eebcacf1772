"""Seeds: reproducible, different for every student, assignment and run, from a secret only its owner reads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from classroom import seeds
from classroom.seeds import SecretError

KEY = b"k" * 32


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "keys" / "secret"
    monkeypatch.setenv(seeds.ENVIRONMENT, str(place))
    return place


def test_every_part_changes_the_seed() -> None:
    asked = [("ps05", "ada", 1), ("ps05", "ada", 2), ("ps05", "bob", 1), ("ps06", "ada", 1), ("ps05ada", "", 1)]
    found = [seeds.seed(*parts, key=KEY) for parts in asked]
    assert len(set(found)) == len(asked)
    assert found == [seeds.seed(*parts, key=KEY) for parts in asked]
    assert seeds.seed("ps05", "ada", 1, key=b"q" * 32) not in found


def test_the_secret_is_made_once_and_for_its_owner(path: Path) -> None:
    first = seeds.secret()
    assert len(first) == 64
    assert seeds.secret() == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(path.parent) == ["secret"]


def test_a_secret_others_can_read_is_refused(path: Path) -> None:
    seeds.secret()
    path.chmod(0o644)
    with pytest.raises(SecretError, match=f"chmod 600 {path}"):
        seeds.secret()


def test_a_short_secret_is_refused(path: Path) -> None:
    seeds.secret()
    path.write_text("short")
    with pytest.raises(SecretError, match="has 5 characters, expected at least 32"):
        seeds.secret()


def test_a_place_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(seeds.ENVIRONMENT, str(tmp_path / "file" / "secret"))
    with pytest.raises(SecretError, match="set CHAINRULE_SECRET_FILE to a file of yours"):
        seeds.secret()

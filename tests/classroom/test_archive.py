"""Entries of zips and folders: what is safe is read, what is not is refused alone, and nothing is written."""

from __future__ import annotations

import os
import re
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from classroom.collecting import archive
from classroom.collecting.archive import Entry, SourceError, in_closed_zip, in_folder, in_zip, open_zip
from classroom.submissions.intake import MAX_FILE_BYTES, Refused

Named = str | zipfile.ZipInfo


def pack(path: Path, *entries: tuple[Named, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in entries:
            package.writestr(name, content)
    return path


def entries(path: Path) -> dict[str, Entry]:
    return {str(e.path): e for e in in_closed_zip(path)}


def link(name: str, kind: int = stat.S_IFLNK) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (kind | 0o777) << 16
    return entry


def test_files_are_read(tmp_path: Path) -> None:
    found = entries(pack(tmp_path / "a.zip", ("ada/ps.ipynb", b"{}"), ("ada/data/x.csv", b"1,2"), ("empty/", b"")))
    assert {name: e.read() for name, e in found.items()} == {"ada/ps.ipynb": b"{}", "ada/data/x.csv": b"1,2"}
    assert not any(e.problem for e in found.values())


BAD: list[tuple[str, Named, str, str]] = [
    ("parent", "../out.txt", "../out.txt", "its name leads out of its folder"),
    ("inner parent", "a/../../out.txt", "a/../../out.txt", "its name leads out of its folder"),
    ("absolute", "/etc/out.txt", "/etc/out.txt", "its name leads out of its folder"),
    ("backslash", "..\\out.txt", "../out.txt", "its name leads out of its folder"),
    ("drive", "C:\\out.txt", "C:/out.txt", "its name leads out of its folder"),
    ("unc path", "\\\\host\\out.txt", "//host/out.txt", "its name leads out of its folder"),
    ("link", link("link.txt"), "link.txt", "it is a link or special file"),
    ("device", link("null", stat.S_IFCHR), "null", "it is a link or special file"),
    ("fifo", link("pipe", stat.S_IFIFO), "pipe", "it is a link or special file"),
    ("deep", "/".join("abcdefghijklm"), "/".join("abcdefghijklm"), "it is nested more than 12 folders deep"),
    ("newline", "a\nb.txt", "a\nb.txt", "its name has invisible characters"),
    ("right-to-left", "a\u202excod.ipynb", "a\u202excod.ipynb", "its name has invisible characters"),
    ("dot", ".", ".", "its name has invisible characters"),
]


@pytest.mark.parametrize(("name", "path", "problem"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_a_bad_member_is_refused_and_the_others_stay(tmp_path: Path, name: Named, path: str, problem: str) -> None:
    found = entries(pack(tmp_path / "bad.zip", ("good.txt", b"good"), (name, b"bad"), ("better.txt", b"better")))
    assert {str(n): e.problem for n, e in found.items()} == {"good.txt": "", path: problem, "better.txt": ""}
    assert found["better.txt"].read() == b"better"
    assert [p.name for p in tmp_path.iterdir()] == ["bad.zip"]


def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    found = entries(pack(tmp_path / "bomb.zip", ("zeros.txt", b"\0" * 5_000_000), ("good.txt", b"good")))
    assert re.fullmatch(r"it unpacks to [0-9]{3,4} times its size", found["zeros.txt"].problem)
    assert found["good.txt"].problem == ""


def test_a_bomb_that_lies_about_its_size_is_refused_by_what_is_read(tmp_path: Path) -> None:
    path = pack(tmp_path / "bomb.zip", ("zeros.txt", b"\0" * (MAX_FILE_BYTES + 10_000)))
    raw = path.read_bytes()
    directory = raw.index(b"PK\x01\x02")
    for offset in (22, directory + 24):  # the stated size, in the member's header and in the directory
        raw = raw[:offset] + struct.pack("<I", 900_000) + raw[offset + 4 :]
    path.write_bytes(raw)
    found = entries(path)["zeros.txt"]
    assert found.problem == ""
    # Reading stops at the stated size, and the sum over what was read does not fit it.
    with pytest.raises(Refused, match="it cannot be unpacked: Bad CRC"):
        found.read()


def test_a_file_over_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "big.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as package:
        package.writestr("big.txt", b"x" * (MAX_FILE_BYTES + 1))
    with pytest.raises(Refused, match="it unpacks to more than 20,000,000 bytes"):
        entries(path)["big.txt"].read()


def test_a_broken_member_is_refused_when_read(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", ("a.txt", b"first " * 50), ("b.txt", b"second"))
    raw = bytearray(path.read_bytes())
    raw[40] ^= 0xFF
    path.write_bytes(raw)
    found = entries(path)
    with pytest.raises(Refused, match="it cannot be unpacked"):
        found["a.txt"].read()
    assert found["b.txt"].read() == b"second"


def test_a_member_with_a_password(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", ("a.txt", b"secret"))
    raw = bytearray(path.read_bytes())
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    assert entries(path)["a.txt"].problem == "it is locked with a password"


def test_what_is_no_zip(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"a\.zip cannot be unpacked: File is not a zip file"):
        open_zip(b"PK not really", "a.zip")
    with pytest.raises(Refused, match=r"b\.zip cannot be unpacked"):
        open_zip(tmp_path / "b.zip", "b.zip")


def test_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBERS", 2)
    path = pack(tmp_path / "a.zip", *((f"{n}.txt", b"") for n in range(3)))
    with open_zip(path, "a.zip") as package, pytest.raises(SourceError, match="holds 3 files; at most 2 are read"):
        list(in_zip(package))
    with pytest.raises(SourceError, match="holds more than 2 files"):
        for n in range(3):
            (tmp_path / f"{n}.txt").write_text("")
        list(in_folder(tmp_path))


def test_names_in_utf8_that_is_not_declared(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", ("XXXXXXX.txt", b"1"))
    path.write_bytes(path.read_bytes().replace(b"XXXXXXX", "Zoë Ω".encode()))
    # A declared name, in decomposed form as macOS writes it, is the same name.
    other = pack(tmp_path / "b.zip", ("Zoe\u0308 Ω.txt", b"1"))
    assert list(entries(path)) == list(entries(other)) == ["Zoë Ω.txt"]


def test_what_systems_leave_behind_is_not_seen(tmp_path: Path) -> None:
    names = ("__MACOSX/._a.txt", ".DS_Store", "x/.ipynb_checkpoints/a.ipynb", "x/.git/config", "._b", "x/a.txt")
    assert list(entries(pack(tmp_path / "a.zip", *((n, b"") for n in names)))) == ["x/a.txt"]


def test_a_folder_is_read_without_following_links(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "in"
    (folder / "ada").mkdir(parents=True)
    (folder / "ada" / "a.txt").write_text("mine")
    (folder / "ada" / "b.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "bob").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("[core]")
    found = {str(e.path): e for e in in_folder(folder)}
    assert {name: e.problem for name, e in found.items()} == {
        "ada/a.txt": "",
        "ada/b.txt": "it is a link",
        "bob": "it is a link",
        "pipe": "it is a device, pipe or socket",
    }
    assert found["ada/a.txt"].read() == b"mine"
    # Exchanged for a link between the look and the read.
    (folder / "ada" / "a.txt").unlink()
    (folder / "ada" / "a.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(Refused, match="it cannot be read: Too many levels of symbolic links"):
        found["ada/a.txt"].read()


def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/\xff.txt", "w"):
        pass
    assert [str(e.path) for e in in_folder(tmp_path)] == ["\\xff.txt"]

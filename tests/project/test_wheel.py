"""The wheel: what it holds, and that its installed copy passes the package's tests."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def tracked():
    """The files of src/ that git knows."""
    done = subprocess.run(["git", "ls-files", "-z", "src"], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip("\0").split("\0")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The wheel's content in a folder of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    # setuptools leaves a build folder beside the sources, so it works on a copy.
    source = folder / "source"
    for name in [*tracked(), "pyproject.toml", "README.md", "LICENSE", "LICENSE-text.md"]:
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    subprocess.run([*command, "--wheel-dir", folder, source], check=True, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    site = folder / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def run(site, *arguments):
    environment = os.environ | {"PYTHONPATH": str(site)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=site, env=environment, capture_output=True, text=True, check=False
    )


def test_it_holds_every_module_and_nothing_of_the_course(installed):
    sources = {Path(name).relative_to("src") for name in tracked() if name.endswith(".py")}
    packed = {path.relative_to(installed) for path in installed.rglob("*.py")}
    assert packed == sources
    assert (installed / "chainrule" / "py.typed").is_file()


def test_the_installed_copy_is_the_one_that_runs(installed):
    code = "import chainrule, classroom; print(chainrule.__file__); print(chainrule.Dual(2.0, 1.0) * 3)"
    done = run(installed, "-c", code)
    assert done.stdout.splitlines() == [str(installed / "chainrule" / "__init__.py"), "Dual(6.0, 3.0)"], done.stderr
    done = run(installed, "-c", "from classroom.commands.app import app; app()", "--help")
    assert done.returncode == 0 and "generate" in done.stdout, done.stderr


@pytest.mark.slow
def test_the_installed_copy_passes_the_tests_of_the_package(installed):
    done = run(
        installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", str(ROOT / "tests" / "chainrule")
    )
    assert done.returncode == 0, done.stdout[-3000:]

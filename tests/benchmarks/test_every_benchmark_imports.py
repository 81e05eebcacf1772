"""Every program of benchmarks/ finds what it imports: they are long, so nothing else runs all of them."""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(p.relative_to(ROOT).with_suffix("") for p in (ROOT / "benchmarks").rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_imports(module: Path) -> None:
    name = ".".join(module.parts).removesuffix(".__init__")
    assert importlib.import_module(name).__doc__

"""The drawings of the architecture page match the imports of the code."""

import pytest
from architecture import imports, late, layers, purpose, sources

PACKAGES = ["chainrule", "classroom"]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_is_in_one_row(package: str) -> None:
    drawn = [module for _, modules in layers(package) for module in modules]
    assert len(drawn) == len(set(drawn))
    assert set(drawn) == set(sources(package))


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_go_down(package: str) -> None:
    row = {module: k for k, (_, modules) in enumerate(layers(package)) for module in modules}
    seen, upward = 0, set()
    for module, path in sources(package).items():
        at_once, later = imports(package, path)
        for other in (at_once | later) & set(row):
            seen += 1
            if row[other] < row[module]:
                upward.add((module, other))
                assert (module, other) in late(package) and other in later, f"{module} imports {other} from above"
    assert seen > 50
    assert upward == late(package), "book/architecture.yml names late imports that are not there"


@pytest.mark.parametrize(("package", "other"), [("chainrule", "classroom"), ("classroom", "chainrule")])
def test_neither_package_knows_the_other(package: str, other: str) -> None:
    for path in sources(package).values():
        text = path.read_text(encoding="utf-8")
        assert f"\nfrom {other}" not in text and f"\nimport {other}" not in text, path


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_says_what_it_is_for(package: str) -> None:
    for module, path in sources(package).items():
        assert len(purpose(path)) > 20, module

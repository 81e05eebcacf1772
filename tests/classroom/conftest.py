"""Tests that need the sandbox are skipped where there is none, except in continuous integration, where they fail."""

import os

import pytest

from classroom.sandboxing import nursery, sandbox


def pytest_collection_modifyitems(items):
    marked = [item for item in items if item.get_closest_marker("sandbox")]
    if not marked or os.environ.get("CI"):
        return
    try:
        sandbox.probe()
    except sandbox.SandboxMissing as missing:
        for item in marked:
            item.add_marker(pytest.mark.skip(reason=str(missing)))


@pytest.fixture
def forked():
    """Workers are forked from a process that imported before."""
    with nursery.preloading(True):
        yield
    if nursery.unable():
        # What ran was the other way once more.
        report = pytest.fail if os.environ.get("CI") else pytest.skip
        report(f"no preloaded process can be had here: {nursery.unable()}")


@pytest.fixture(params=["started", "forked"])
def way(request):
    """Each way in which a worker comes to be."""
    if request.param == "forked":
        request.getfixturevalue("forked")
    return request.param

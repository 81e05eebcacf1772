"""What a worker gives up before it runs a student's code: rights and resources, and the modules that are withheld."""

from __future__ import annotations

import importlib.util
import os
import sys
from typing import Any


def drop_privileges(limits: dict[str, int], uid: int | None) -> None:
    """Become an unprivileged user, if this process is root, under these resource limits."""
    import resource

    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    for name, value in limits.items():
        which = getattr(resource, name)
        _, hard = resource.getrlimit(which)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, value))


class Withheld:
    """Import hook that says why a module is not there. What keeps it away is its absence from disk."""

    def __init__(self, withheld: tuple[str, ...], available: tuple[str, ...]) -> None:
        self.withheld, self.available = withheld, available

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Refuse a withheld module; leave any other to the next finder."""
        if any(name == w or name.startswith(w + ".") for w in self.withheld):
            raise ModuleNotFoundError(
                f"{name} is withheld in this assignment: it holds what the exercise asks you to write", name=name
            )

    def missing(self, name: str) -> None:
        """Called last, for a module no other finder knows."""
        if "." not in name and name not in sys.stdlib_module_names and not name.startswith("_"):
            others = ", ".join(self.available) or "nothing else"
            raise ModuleNotFoundError(
                f"{name} is not available in this assignment (there is the standard library and: {others})", name=name
            )


class Last:
    """The end of the search for a module."""

    def __init__(self, hook: Withheld) -> None:
        self.hook = hook

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        # importlib.util.find_spec only asks whether a module is there, as torch does when it makes its first optimiser.
        if sys._getframe(2).f_code is not importlib.util.find_spec.__code__:
            self.hook.missing(name)

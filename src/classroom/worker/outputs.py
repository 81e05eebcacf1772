"""What a cell shows: the text it printed, up to a limit, and the figures it left open."""

from __future__ import annotations

import base64
import contextlib
import io
import sys
from collections.abc import Iterator
from typing import Any

FIGURES = 10


class Streams:
    """Text written to stdout and stderr, in order, up to a limit."""

    def __init__(self, limit: int) -> None:
        self.limit, self.used, self.parts = limit, 0, []  # type: ignore[var-annotated]

    def write(self, name: str, text: str) -> None:
        room = self.limit - self.used
        if room <= 0:
            return
        if len(text) > room:
            text = text[:room] + f"\n[output cut after {self.limit} characters]\n"
        self.used += len(text)
        if self.parts and self.parts[-1][0] == name:
            self.parts[-1][1].append(text)
        else:
            self.parts.append((name, [text]))

    def outputs(self) -> list[dict[str, Any]]:
        return [{"output_type": "stream", "name": name, "text": "".join(texts)} for name, texts in self.parts]

    def text(self) -> str:
        return "".join(text for _, texts in self.parts for text in texts)


class Stream(io.TextIOBase):
    """One of the two standard streams, writing to a `Streams`."""

    def __init__(self, name: str, streams: Streams) -> None:
        self.stream, self.streams = name, streams

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.streams.write(self.stream, str(text))
        return len(text)


@contextlib.contextmanager
def capturing(limit: int) -> Iterator[Streams]:
    """Collect what is printed inside the block."""
    streams = Streams(limit)
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Stream("stdout", streams), Stream("stderr", streams)
    try:
        yield streams
    finally:
        sys.stdout, sys.stderr = before


def figures() -> list[dict[str, Any]]:
    """The figures left open, as PNG, closed afterwards."""
    plt = sys.modules.get("matplotlib.pyplot")
    if plt is None:
        return []
    found = []
    try:
        for number in plt.get_fignums()[:FIGURES]:
            buffer = io.BytesIO()
            plt.figure(number).savefig(buffer, format="png", dpi=72, bbox_inches="tight")
            found.append(
                {"output_type": "display_data", "png": base64.b64encode(buffer.getvalue()).decode("ascii")},
            )
    except Exception as error:
        found.append({"output_type": "stream", "name": "stderr", "text": f"a figure could not be drawn: {error}\n"})
    with contextlib.suppress(Exception):  # the submission may have put its own function there
        plt.close("all")
    return found

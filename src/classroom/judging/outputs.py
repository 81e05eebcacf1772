"""Outputs made harmless: what a cell or a test showed, as text and PNG within a limit."""

from __future__ import annotations

import base64
import io
import json
import re
import struct
import sys
import types
from typing import Any

FIGURE_BYTES = 2 << 20
# What all cells of a notebook may show together.
ALL_BYTES = 20 << 20
# A picture of few bytes may unfold to many in the browser of whoever looks at it.
PIXELS = 64 << 20
# Terminal colours, control characters, changes of direction, and half surrogate pairs, which no file can hold.
CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
PNG = b"\x89PNG\r\n\x1a\n"


class Printed(io.TextIOBase):
    """What a test cell prints, kept apart by whether the printing line is hidden."""

    def __init__(self, hidden: dict[str, set[int]], limit: int) -> None:
        self.hidden, self.limit = hidden, limit
        self.visible: list[str] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        frame: types.FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame.f_lineno in self.hidden.get(frame.f_code.co_filename, ()):
                return len(text)
            frame = frame.f_back
        if self.size < self.limit:
            self.visible.append(text[: self.limit - self.size])
        self.size += len(text)
        return len(text)


def clean(text: str) -> str:
    """Text without control characters and terminal colours."""
    return CONTROL.sub("", text)


def inert(outputs: list[Any], limit: int) -> list[dict[str, Any]]:
    """The worker's outputs as nbformat dictionaries that hold text and PNG only, within the limit."""
    found: list[dict[str, Any]] = []
    left, pictures = limit, FIGURE_BYTES

    def text_of(value: Any) -> str:
        nonlocal left
        text = clean(value)[: max(left, 0)] if type(value) is str else ""
        left -= len(text)
        return text

    for output in outputs[:1000]:
        kind = output.get("output_type") if type(output) is dict else None
        if kind == "stream":
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            text = text_of(output.get("text"))
            if text:
                found.append({"output_type": "stream", "name": name, "text": text})
        elif kind == "execute_result":
            data = {"text/plain": text_of(output.get("text"))}
            found.append({"output_type": "execute_result", "execution_count": None, "metadata": {}, "data": data})
        elif kind == "error":
            lines = output.get("traceback") if type(output.get("traceback")) is list else []
            found.append(
                {
                    "output_type": "error",
                    "ename": text_of(output.get("ename"))[:100],
                    "evalue": text_of(output.get("evalue")),
                    "traceback": [text_of(line) for line in lines[:200]],
                }
            )
        elif kind == "display_data":
            png = output.get("png")
            if type(png) is str and len(png) <= pictures and _is_png(png):
                pictures -= len(png)
                data = {"image/png": png, "text/plain": "[figure]"}
                found.append({"output_type": "display_data", "metadata": {}, "data": data})
    return found


def _is_png(text: str) -> bool:
    try:
        data = base64.b64decode(text, validate=True)
        width, height = struct.unpack_from(">8x4x4xII", data)
    except (ValueError, struct.error):
        return False
    return data.startswith(PNG) and data[12:16] == b"IHDR" and width * height <= PIXELS


def size(outputs: list[dict[str, Any]]) -> int:
    """How much there is of text and pictures."""
    return len(json.dumps(outputs))

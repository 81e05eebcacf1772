"""Frames on a socket: each with its length before it, taken and handed over within a deadline."""

from __future__ import annotations

import math
import select
import socket
import struct
import time

from .values import MAX_FRAME, WireError

CHUNK = 1 << 16


class Channel:
    """Sends and receives frames over a socket, each with its length before it, within a deadline."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.buffer = bytearray()

    def send(self, frame: bytes, deadline: float | None = None) -> None:
        """Send one frame; TimeoutError when the other side does not take it in time."""
        if len(frame) > MAX_FRAME:
            raise WireError("a frame that is too long")
        view = memoryview(struct.pack(">I", len(frame)) + frame)
        while view:
            try:
                # Without a deadline this blocks; with one, there is room at once unless the other side is behind.
                view = view[self.sock.send(view, socket.MSG_DONTWAIT if deadline else 0) :]
            except BlockingIOError:
                self._wait(deadline, write=True)
            if view:
                self._wait(deadline, write=True)

    def receive(self, deadline: float | None = None) -> bytes:
        """The next frame; EOFError when the other side is gone, TimeoutError when it is too slow."""
        if deadline is not None and time.monotonic() >= deadline:
            raise TimeoutError
        self._fill(4, deadline)
        (size,) = struct.unpack_from(">I", self.buffer)
        if size > MAX_FRAME:
            raise WireError("a frame that is too long")
        self._fill(4 + size, deadline)
        frame = bytes(self.buffer[4 : 4 + size])
        del self.buffer[: 4 + size]
        return frame

    def _fill(self, size: int, deadline: float | None) -> None:
        """Have `size` bytes at hand; a frame and its length mostly come in one piece."""
        while len(self.buffer) < size:
            self._wait(deadline, write=False)
            piece = self.sock.recv(min(max(size - len(self.buffer), CHUNK), 1 << 20))
            if not piece:
                raise EOFError
            self.buffer += piece

    def _wait(self, deadline: float | None, *, write: bool) -> None:
        if deadline is None:
            return
        poll = select.poll()
        poll.register(self.sock, select.POLLOUT if write else select.POLLIN)
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(max(1, math.ceil(left * 1000))):
            raise TimeoutError

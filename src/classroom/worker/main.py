"""The worker's first lines: where it finds its modules, and the channel it serves. It lives in the sandbox.

Nothing it says is believed. All of this folder may be rewritten by the code it runs; the judge counts on none of it.
"""

from __future__ import annotations

import socket
import sys


def main(argv: list[str]) -> None:
    """`SOCKET FOLDER...`: import from these folders, then serve until the judge hangs up."""
    channel_number, *folders = argv
    sys.path[:0] = folders
    sys.argv = [""]
    from ..wire.channel import Channel
    from .conversation import converse

    converse(Channel(socket.socket(fileno=int(channel_number))))

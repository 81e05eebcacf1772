"""A Jupyter server for a test: started in a folder on a free port, with settings of its own, ended afterwards."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SETTINGS = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")


@contextmanager
def serving(folder: Path, arguments: Sequence[str], token: str) -> Iterator[str]:
    """The address of `python -m ARGUMENTS`, run in `folder`; its log is in `folder`, for when it does not start."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", *arguments, "--no-browser", "--allow-root", f"--port={port}", "--ip=127.0.0.1"]
    own = {name: str(folder / f".{name.lower()}") for name in SETTINGS}
    log = folder / ".jupyter.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [*command, f"--IdentityProvider.token={token}"],
            cwd=folder,
            env={**os.environ, **own},
            stdout=out,
            stderr=out,
        )
    try:
        for _ in range(900):
            assert process.poll() is None, log.read_text()
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api?token={token}", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)

"""MkDocs' live server, with the pages written anew when a file in the models folder changes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECONDS_BETWEEN_LOOKS = 0.5
MKDOCS_OWN = "127.0.0.1:8000"

Snapshot = dict[str, tuple[int, int]]


def serve(
    configuration: Path, models: Path, rebuild: Callable[[], None], address: str | None = None
) -> int:
    """Run `mkdocs serve` until it ends or Ctrl-C, and `rebuild` after each change in `models`.

    Returns MkDocs' exit status, 0 after Ctrl-C.
    """
    stop = threading.Event()
    watcher = threading.Thread(target=watch, args=(models, rebuild, stop), daemon=True)
    server = subprocess.Popen(  # noqa: S603 - our own interpreter and MkDocs
        command(configuration, address), env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    )
    # a plain SIGTERM would leave MkDocs running
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    watcher.start()
    try:
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        stop.set()
        server.terminate()
        server.wait()


def refused(address: str | None) -> str | None:
    """Say why nothing can be served at `HOST:PORT`; None where it can, or for MkDocs' own."""
    if address is None:
        address = MKDOCS_OWN
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        return f"--address is {address!r}, expected HOST:PORT such as {MKDOCS_OWN}"
    try:
        with socket.create_server((host, int(port))):
            return None
    except OSError as error:
        return f"--address {address}: {error.strerror or error}, expected a free port"


def command(configuration: Path, address: str | None) -> list[str]:
    """Spell out `mkdocs serve`; --livereload because newer versions of click lose its default."""
    spelt = [sys.executable, "-m", "mkdocs", "serve", "--livereload", "-f", str(configuration)]
    return spelt if address is None else [*spelt, "-a", address]


def watch(models: Path, rebuild: Callable[[], None], stop: threading.Event) -> None:
    """Look at the folder until told to stop, and rebuild once for all that changed by then.

    What goes wrong in a rebuild is said and does not end the watch: the file is being edited.
    """
    seen = snapshot(models)
    while not stop.wait(SECONDS_BETWEEN_LOOKS):
        now = snapshot(models)
        if now == seen:
            continue
        # what changes during the rebuild differs from this, and is built in the next round
        seen = now
        try:
            rebuild()
        except Exception as error:  # noqa: BLE001 - whatever it is, the next edit may mend it
            print(f"layerbook: {error}", file=sys.stderr)


def snapshot(folder: Path) -> Snapshot:
    """Note the time and the size of every file that a model could read, by path."""
    found: Snapshot = {}
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__" and name[0] != "."]
        for name in files:
            path = os.path.join(place, name)  # noqa: PTH118 - what os.walk gives is text
            try:
                status = os.stat(path)  # noqa: PTH116
            except OSError:
                continue  # removed since it was listed
            found[path] = (status.st_mtime_ns, status.st_size)
    return found

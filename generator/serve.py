"""The site on a local server: a change builds what it touches, then the site, then reloads pages.

MkDocs' server is used without its watching: it would see pages while they are written. The site is
built into a fresh folder each time and shown when it is whole, so that a build that fails leaves
the last good one.
"""

from __future__ import annotations

import logging
import os
import shutil
import socket
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from generator import marks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS_BETWEEN_LOOKS = 0.3
MKDOCS_OWN = "127.0.0.1:8000"

Snapshot = dict[str, tuple[int, int]]


def serve(
    configuration: Path,
    watched: Watched,
    rebuild: Callable[[], None],
    address: str | None = None,
) -> int:
    """Serve the site until Ctrl-C; after each change call `rebuild` and build the site anew."""
    from mkdocs.livereload import LiveReloadServer

    _say_warnings()
    host, _, port = (address or MKDOCS_OWN).rpartition(":")
    with tempfile.TemporaryDirectory(prefix="layerbook_") as folder:
        change = Path(folder, "change")
        change.touch()
        site = Site(configuration, Path(folder), f"http://{host}:{port}/")

        def build() -> None:
            with watched.writing():
                _tolerant(rebuild)
            _tolerant(site.build)

        server = LiveReloadServer(
            build, host.strip("[]"), int(port), str(site.root), polling_interval=0.1
        )
        server.error_handler = site.error_page
        _tolerant(site.build)
        # the one file that MkDocs' server watches; it is written when a build is due
        server.watch(str(change))
        stop = threading.Event()
        watching = threading.Thread(target=watched.watch, args=(change.touch, stop), daemon=True)
        watching.start()
        print(f"serving {server.url}, Ctrl-C ends it", flush=True)
        try:
            server.serve()  # type: ignore[no-untyped-call]
        except KeyboardInterrupt:
            pass
        finally:
            stop.set()
            server.shutdown()
    return 0


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


class Site:
    """The site as MkDocs last built it without a fault, in a folder below `folder`."""

    def __init__(self, configuration: Path, folder: Path, url: str) -> None:
        self._configuration = configuration
        self._folder = folder
        self._url = url
        self.root = folder / "site"
        self.root.mkdir()

    def build(self) -> None:
        """Build the site anew and show it; raises what MkDocs raises, and shows the old one."""
        from mkdocs.commands.build import build
        from mkdocs.config import load_config

        fresh, old = self._folder / "fresh", self._folder / "old"
        config = load_config(str(self._configuration), site_dir=str(fresh), strict=False)
        config.site_url = self._url
        config.plugins.on_startup(command="serve", dirty=False)
        try:
            build(config, serve_url=self._url)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        # requests wait while the server knows of a build
        self.root.rename(old)
        fresh.rename(self.root)
        shutil.rmtree(old, ignore_errors=True)

    def error_page(self, code: int) -> bytes | None:
        """The site's own page for an error."""
        page = self.root / f"{code}.html"
        return page.read_bytes() if page.is_file() else None


class Watched:
    """The files that a site is made from: the models and what they read, the pages, MkDocs' own."""

    def __init__(self, models: Path, docs: Path) -> None:
        self._models = models.resolve()
        self._docs = docs.resolve()
        self._lock = threading.Lock()
        self._seen = self._look()

    def watch(self, changed: Callable[[], object], stop: threading.Event) -> None:
        """Look at the files until told to stop, and tell once for all that changed by then."""
        while not stop.wait(SECONDS_BETWEEN_LOOKS):
            with self._lock:
                now = self._look()
                while now != self._seen and not stop.wait(SECONDS_BETWEEN_LOOKS):
                    # a file may be half saved, and other files may follow
                    before, now = now, self._look()
                    if now == before:
                        break
                different = {p for p in {*now, *self._seen} if now.get(p) != self._seen.get(p)}
                # what changes from here on differs from this, and is told in the next round
                self._seen = now
            if different:
                forget_modules(different, self._seen)
                changed()

    def writing(self) -> _Writing:
        """For `with`: what is written meanwhile under docs/models/ is ours, and no change."""
        return _Writing(self)

    def begin(self) -> None:
        """Stop looking until `end`."""
        self._lock.acquire()

    def end(self) -> None:
        """Take what a build wrote for seen, and look again."""
        generated = str(self._docs / marks.FOLDER) + os.sep
        navigation = str(self._docs.parent / "mkdocs.nav.yml")
        now = self._look()
        ours = {p for p in {*now, *self._seen} if p.startswith(generated) or p == navigation}
        # files that a model read for the first time are as they were when it read them
        ours |= {p for p in now if p not in self._seen and not self._inside(p)}
        for path in ours:
            if path in now:
                self._seen[path] = now[path]
            else:
                self._seen.pop(path, None)
        self._lock.release()

    def _inside(self, path: str) -> bool:
        return path.startswith((str(self._models) + os.sep, str(self._docs) + os.sep))

    def _look(self) -> Snapshot:
        found = {**snapshot(self._models), **snapshot(self._docs)}
        beside = self._docs.parent.glob("mkdocs*.yml")
        for path in (*beside, *self._read()):
            _note(found, str(path))
        return found

    def _read(self) -> Iterator[Path]:
        """What the models read outside of their folder, as noted in their last build."""
        for folder in marks.marked_folders(self._docs):
            read = (marks.read(folder / marks.BUILD) or {}).get("read", {})
            yield from (self._models.parent / name for name in read)


class _Writing:
    def __init__(self, watched: Watched) -> None:
        self._watched = watched

    def __enter__(self) -> None:
        self._watched.begin()

    def __exit__(self, *_: object) -> None:
        self._watched.end()


def forget_modules(changed: set[str], watched: Snapshot) -> None:
    """Let the project's own modules be imported anew where one of them has changed."""
    if not any(path.endswith(".py") for path in changed):
        return
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and (file in watched or file in changed):
            del sys.modules[name]


def snapshot(folder: Path) -> Snapshot:
    """Note the time and the size of every file below a folder, by path."""
    found: Snapshot = {}
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__" and name[0] != "."]
        for name in files:
            if name[0] != ".":
                _note(found, os.path.join(place, name))  # noqa: PTH118 - os.walk gives text
    return found


def _note(found: Snapshot, path: str) -> None:
    try:
        status = os.stat(path)  # noqa: PTH116 - text, thousands of times
    except OSError:
        return  # removed since it was listed
    found[path] = (status.st_mtime_ns, status.st_size)


def _tolerant(work: Callable[[], None]) -> None:
    """Do it, and say what goes wrong: a file is being edited, and the next edit may mend it."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 - whatever it is
        print(f"layerbook: {error}", file=sys.stderr)


def _say_warnings() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("mkdocs: %(message)s"))
    log = logging.getLogger("mkdocs")
    log.addHandler(handler)
    log.setLevel(logging.WARNING)

"""Models in processes of their own, several at a time."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from pathlib import Path

from generator.discover import Specification
from generator.explanation import Seconds
from generator.progress import Progress
from generator.report import ModelReport

SECONDS_TO_END = 2.0
"""What an interrupted process has to end by itself."""


def cores() -> int:
    """The processors that this process may use: at most those that its container was given."""
    if hasattr(os, "process_cpu_count"):  # from Python 3.13
        count = os.process_cpu_count()
    elif hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count()
    return max(1, min(count or 1, _quota()))


def _quota(file: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """The processors of a container, rounded up; many where nothing limits them."""
    try:
        quota, period = file.read_text(encoding="utf-8").split()[:2]
        return max(1, -(-int(quota) // int(period)))
    except (OSError, ValueError):
        return 1 << 30


def build_in_processes(
    specs: Sequence[Specification], docs: Path | None, device: str, jobs: int, progress: Progress
) -> list[ModelReport]:
    """Build each model in a process, `jobs` at a time; the reports in the order of the models.

    A process that dies costs the model that it was building. However this ends, the processes end.
    """
    todo = deque(specs)
    found: dict[str, ModelReport] = {}
    workers: list[_Worker] = []
    done = False
    try:
        while len(found) < len(specs):
            while todo and len(workers) < jobs:
                workers.append(_Worker(docs, device))
                workers[-1].begin(todo.popleft())
            for worker in _ready(workers):
                report = worker.listen(progress)
                if report is None:
                    continue
                found[worker.spec.name] = report
                if worker.died:
                    workers.remove(worker)
                elif todo:
                    worker.begin(todo.popleft())
        done = True
    finally:
        _end(workers, quietly=done)
    return [found[spec.name] for spec in specs]


class _Worker:
    """A process that builds one model after the other, as the parent sees it."""

    spec: Specification

    def __init__(self, docs: Path | None, device: str) -> None:
        context = _context()
        self._docs = docs
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, docs, device))
        self.died = False
        with _deaf():
            self.process.start()
        theirs.close()

    def begin(self, spec: Specification) -> None:
        """Give it a model to build."""
        self.spec = spec
        # a process that is dead already is found out by listening
        with suppress(OSError):
            self.connection.send(spec)

    def listen(self, progress: Progress) -> ModelReport | None:
        """Pass on what it says of its progress; its report if that is what it says."""
        try:
            what, *arguments = self.connection.recv()
        except (EOFError, OSError):
            return self._lost(progress)
        if what == "report":
            report: ModelReport = arguments[0]
            return report
        getattr(progress, what)(*arguments)
        return None

    def _lost(self, progress: Progress) -> ModelReport:
        from generator.one_model import failed

        self.died = True
        self.process.join()
        progress.finish(self.spec.name)
        message = f"{self.spec.label}: its process ended with status {self.process.exitcode}"
        return failed(self.spec, self._docs, message, Seconds(0.0, 0.0, 0.0))


def _context() -> ForkServerContext | SpawnContext:
    """How processes begin: where forking is safe, with torch imported once for all of them."""
    if sys.platform != "linux":
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(["generator.preloaded"])
    return context


def _ready(workers: list[_Worker]) -> list[_Worker]:
    """Those that have said something or have died, as soon as there are any."""
    ready = connection.wait([w.connection for w in workers] + [w.process.sentinel for w in workers])
    return [w for w in workers if w.connection in ready or w.process.sentinel in ready]


def _end(workers: list[_Worker], *, quietly: bool) -> None:
    """End the processes: those at work at once, those that wait for work by themselves."""
    for worker in workers:
        worker.connection.close()
        if not quietly:
            worker.process.terminate()
    until = time.monotonic() + SECONDS_TO_END
    for worker in workers:
        worker.process.join(max(0.0, until - time.monotonic()))
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()


@contextmanager
def _deaf() -> Iterator[None]:
    """Let a process that begins meanwhile ignore Ctrl-C, which its parent answers."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _work(parent: Connection, docs: Path | None, device: str) -> None:
    """What a process does: build the models that it is given until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _interrupted)
    threading.Thread(target=_die_with_the_parent, daemon=True).start()
    try:
        from generator.one_model import build_model

        while True:
            spec = parent.recv()
            parent.send(("report", build_model(spec, docs, device, _Telling(parent))))
    except (EOFError, OSError, KeyboardInterrupt):
        return


def _interrupted(*_: object) -> None:
    # models' files may catch anything else
    raise KeyboardInterrupt


def _die_with_the_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class _Telling:
    """Progress that is told to the parent."""

    def __init__(self, parent: Connection) -> None:
        self._parent = parent

    def start(self, model_name: str, total: int | None) -> None:
        self._parent.send(("start", model_name, total))

    def stage(self, model_name: str, stage: str) -> None:
        self._parent.send(("stage", model_name, stage))

    def advance(self, model_name: str, step_name: str) -> None:
        self._parent.send(("advance", model_name, step_name))

    def finish(self, model_name: str) -> None:
        self._parent.send(("finish", model_name))

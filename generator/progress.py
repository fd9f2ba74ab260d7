"""What a build tells while it runs: a bar for each model on a terminal, nothing elsewhere."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol, Self, TextIO

if TYPE_CHECKING:
    from types import TracebackType

    from rich.progress import TaskID


class Progress(Protocol):
    """Told of each model's beginning, each step done, and its end."""

    def start(self, model_name: str, total: int | None) -> None:
        """Begin a model of so many steps, None if that is not known yet; again to correct it."""

    def stage(self, model_name: str, stage: str) -> None:
        """Say what is done with a model: `running`, `explaining`, `writing`."""

    def advance(self, model_name: str, step_name: str) -> None:
        """Count one step as done."""

    def finish(self, model_name: str) -> None:
        """End a model, well or not."""


class SilentProgress(AbstractContextManager["SilentProgress"]):
    """Says nothing."""

    def start(self, model_name: str, total: int | None) -> None:
        """Say nothing."""

    def stage(self, model_name: str, stage: str) -> None:
        """Say nothing."""

    def advance(self, model_name: str, step_name: str) -> None:
        """Say nothing."""

    def finish(self, model_name: str) -> None:
        """Say nothing."""

    def __exit__(self, *_: object) -> None:
        return None


class RichProgress(AbstractContextManager["RichProgress"]):
    """A bar for each model that is at work, gone when it has ended."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as Bars

        # names are other people's text: never markup
        name = TextColumn("{task.description}", markup=False)
        stage = TextColumn("{task.fields[stage]}", markup=False)
        step = TextColumn("{task.fields[step]}", markup=False, style="dim")
        console = Console(file=stream)
        self._bars = Bars(name, stage, BarColumn(), MofNCompleteColumn(), step, console=console)
        self._bars.live.transient = True
        self._tasks: dict[str, TaskID] = {}

    def start(self, model_name: str, total: int | None) -> None:
        """Show a model's bar, moving to and fro while the number of steps is not known."""
        task = self._tasks.get(model_name)
        if task is None:
            shown = printable(model_name)
            self._tasks[model_name] = self._bars.add_task(shown, total=total, stage="", step="")
        else:
            self._bars.update(task, total=total)

    def stage(self, model_name: str, stage: str) -> None:
        """Name beside a model's bar what is done with it."""
        if model_name in self._tasks:
            self._bars.update(self._tasks[model_name], stage=stage, step="")

    def advance(self, model_name: str, step_name: str) -> None:
        """Move a model's bar by one step and name the step."""
        if model_name in self._tasks:
            self._bars.update(self._tasks[model_name], advance=1, step=printable(step_name))

    def finish(self, model_name: str) -> None:
        """Take a model's bar away."""
        task = self._tasks.pop(model_name, None)
        if task is not None:
            self._bars.remove_task(task)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()


def progress_on(stream: TextIO) -> SilentProgress | RichProgress:
    """Choose for a stream: bars on a terminal, silence in a file or a pipe."""
    return RichProgress(stream) if stream.isatty() else SilentProgress()


def printable(text: str) -> str:
    """Make a text safe for a terminal: one line, and no character that controls it."""
    return "".join(c if c.isprintable() else " " for c in text)

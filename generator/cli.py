"""The command `layerbook`: build, check, list, new and serve."""

from __future__ import annotations

import argparse
import json
import keyword
import signal
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from generator import __version__
from generator.device import is_device, resolve_device
from generator.discover import ModelError, Specification, discover
from generator.listing import table
from generator.progress import printable, progress_on
from generator.settings import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from generator.report import Report

WRONG_USAGE = 2
INTERRUPTED = 130
TERMINATED = 143
STARTER = Path(__file__).with_name("starter.py")


class UsageError(Exception):
    """What is wrong with the command line, in one line."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    0: all well. 1: a model failed or a verdict is `mismatch` (with --strict also `unexplained`).
    2: wrong usage.
    """
    options = parser().parse_args(argv)
    try:
        with _ended_in_order():
            return int(options.run(options))
    except UsageError as error:
        print(f"layerbook: {printable(str(error))}", file=sys.stderr)
        return WRONG_USAGE
    except Terminated:
        return TERMINATED
    except KeyboardInterrupt:
        return INTERRUPTED


class Terminated(KeyboardInterrupt):
    """SIGTERM, taken like Ctrl-C: pages stay whole and no process is left behind."""


@contextmanager
def _ended_in_order() -> Iterator[None]:
    def end(*_: object) -> None:
        raise Terminated

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USAGE, f"{self.prog}: {printable(message)} (--help shows the usage)\n")


def parser() -> argparse.ArgumentParser:
    """Build the parser of all commands; each sets `run` to the function that carries it out."""
    top = _Parser(prog="layerbook", description="Write the book of a PyTorch model.")
    top.add_argument("--version", action="version", version=f"layerbook {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)

    build = commands.add_parser("build", help="write the pages of the models")
    _takes_models(build)
    _takes_run(build)
    _takes_pages(build)
    build.set_defaults(run=_build)

    check = commands.add_parser("check", help="the verdicts alone, no pages")
    _takes_models(check)
    _takes_run(check)
    check.set_defaults(run=_build, docs=None, force=True)

    listing = commands.add_parser("list", help="the models found, with what is known of them")
    _takes_folder(listing)
    listing.set_defaults(run=_list)

    new = commands.add_parser("new", help="write a model file to start from")
    new.add_argument("name", metavar="NAME", help="name of the model, a Python identifier")
    _takes_folder(new)
    new.set_defaults(run=_new)

    serve = commands.add_parser("serve", help="build, then serve the site while models change")
    _takes_models(serve)
    _takes_run(serve)
    _takes_pages(serve)
    serve.add_argument(
        "--address", metavar="HOST:PORT", help="where to serve, default: MkDocs' own"
    )
    serve.set_defaults(run=_serve)
    return top


def _takes_folder(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--models",
        metavar="DIR",
        type=Path,
        default=Path("models"),
        help="folder of the models, default: models",
    )


def _takes_models(command: argparse.ArgumentParser) -> None:
    command.add_argument("names", metavar="NAME", nargs="*", help="models, default: all")
    _takes_folder(command)


def _takes_run(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--report", metavar="FILE", type=Path, help="write every verdict as JSON")
    add(
        "--device",
        metavar="DEVICE",
        type=_device,
        default="auto",
        help="auto, cpu or cuda[:N]; auto is the GPU if there is one",
    )
    add("--jobs", metavar="N", type=_count, help="models at a time, default: the cores; 1 on a GPU")
    add("--strict", action="store_true", help="fail on what is unexplained, too")


def _takes_pages(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "--docs",
        metavar="DIR",
        type=Path,
        default=Path("docs"),
        help="folder of the pages, default: docs",
    )
    add("--force", action="store_true", help="build what has not changed, too")


def _device(text: str) -> str:
    if not is_device(text):
        raise argparse.ArgumentTypeError(f"is {text!r}, expected auto, cpu, cuda or cuda:N")
    return text


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"is {text!r}, expected a number from 1")
    return int(text)


def _build(options: argparse.Namespace) -> int:
    specs = chosen(options.models, options.names)
    _writable(options.docs, options.report)
    status: int = _built(options, specs).exit_status(options.strict)
    return status


def _built(options: argparse.Namespace, specs: list[Specification]) -> Report:
    """Build, write the report that --report asks for, and print the closing summary."""
    try:
        device = resolve_device(options.device, options.docs)
    except ValueError as error:
        raise UsageError(str(error)) from error
    from generator.build import build_models
    from generator.processes import cores
    from generator.summary import summary

    # models side by side would share one GPU's memory, and take turns on it all the same
    jobs = options.jobs if options.jobs is not None else cores() if device == "cpu" else 1
    begun = time.perf_counter()
    with progress_on(sys.stderr) as progress:
        report = build_models(
            specs,
            docs=options.docs,
            device=device,
            jobs=jobs,
            force=options.force,
            progress=progress,
        )
    if options.report is not None:
        _write_report(options.report, report)
    print(summary(report, options.docs, time.perf_counter() - begun))
    return report


def _write_report(path: Path, report: Report) -> None:
    text = json.dumps(report.to_dict(), indent=1, ensure_ascii=False)
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--report {path}: {error.strerror}, expected a file") from error


def chosen(folder: Path, names: list[str]) -> list[Specification]:
    """Find the models named, or all; raises `UsageError` for an unknown name or none at all."""
    try:
        specs = discover(folder)
    except ModelError as error:
        raise UsageError(str(error)) from error
    known = [spec.name for spec in specs]
    if not known:
        raise UsageError(f"{folder} has no models, expected {folder}/NAME.py")
    for name in names:
        if name not in known:
            raise UsageError(f"unknown model {name!r}, {nearest(name, known)}")
    return [spec for spec in specs if not names or spec.name in names]


def _writable(docs: Path | None, report: Path | None) -> None:
    """Refuse before the work what could not be written after it."""
    if docs is not None and docs.exists() and not docs.is_dir():
        raise UsageError(f"--docs {docs} is a file, expected a folder")
    if report is not None and (report.is_dir() or not report.absolute().parent.is_dir()):
        what = "is a folder" if report.is_dir() else "lies in no folder"
        raise UsageError(f"--report {report} {what}, expected a file in a folder that exists")


def _list(options: argparse.Namespace) -> int:
    specs = chosen(options.models, [])
    print(table(specs))
    return int(any(spec.error is not None for spec in specs))


def _new(options: argparse.Namespace) -> int:
    name, folder = options.name, options.models
    if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
        raise UsageError(
            f"name is {name!r}, expected letters, digits and _, with a letter first, such as my_net"
        )
    path = folder / f"{name}.py"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(STARTER.read_text(encoding="utf-8"))
    except FileExistsError as error:
        what = path if folder.is_dir() else folder
        raise UsageError(f"{what} exists, expected a new file") from error
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    print(f"{path} is written; `layerbook build {name}` writes its pages")
    return 0


def _serve(options: argparse.Namespace) -> int:
    from generator.serve import Watched, refused, serve

    chosen(options.models, options.names)
    why = refused(options.address)
    if why is not None:
        raise UsageError(why)
    _writable(options.docs, options.report)

    def rebuild() -> None:
        _built(options, chosen(options.models, options.names))

    # before the build: what changes during it is built afterwards
    watched = Watched(options.models, options.docs)
    with watched.writing():
        rebuild()
    configuration = options.docs.absolute().parent / "mkdocs.nav.yml"
    if not configuration.is_file():
        raise UsageError(f"{configuration} is missing, expected build to write it")
    return serve(configuration, watched, rebuild, options.address)

#!/usr/bin/env python3
"""Write requirements/site.txt and dev.txt: every package at the version that pip resolves now.

site.txt holds what pyproject.toml and requirements/site.in ask for, dev.txt what
requirements/dev.in asks for beyond that. Both come from an environment made for the purpose.
"""

from __future__ import annotations

import subprocess
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "requirements"
HEADER = "# Written by `make pins`.\n"
# what a build of torch for a GPU brings along; it names its own versions
PLATFORM = ("cuda", "nvidia", "triton")


def freeze(python: Path) -> list[str]:
    """Return what is installed, a pin each, without the marks of a platform's own build."""
    command: list[str | Path] = [python, "-m", "pip", "freeze", "--all", "--exclude", "pip"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    pins = [line.partition("+")[0] for line in done.stdout.splitlines()]
    return sorted((pin for pin in pins if not pin.startswith(PLATFORM)), key=str.casefold)


def install(python: Path, *arguments: str) -> None:
    """Install into the environment of `python`."""
    subprocess.run([python, "-m", "pip", "install", "--quiet", *arguments], check=True)


def write(name: str, pins: list[str]) -> None:
    """Write one file of pins."""
    text = HEADER + "".join(f"{pin}\n" for pin in pins)
    (FOLDER / name).write_text(text, encoding="utf-8")
    print(f"requirements/{name}: {len(pins)} lines")


def main() -> None:
    """Resolve in a fresh environment and write both files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        install(python, *project["dependencies"], "--requirement", str(FOLDER / "site.in"))
        site = freeze(python)
        install(python, "--requirement", str(FOLDER / "dev.in"))
        dev = freeze(python)
    write("site.txt", site)
    write("dev.txt", ["-r site.txt", *(pin for pin in dev if pin not in site)])


if __name__ == "__main__":
    main()

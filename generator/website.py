"""`python -m generator.website CONFIGURATION`: MkDocs, where what it starts from has changed.

MkDocs has no such notion of its own and takes half a second to say so. What a site is made from:
the files in its docs folder, the configuration files, the packages of MkDocs and its plugins, and
the environment variables that the configuration asks for. A site that misses a file, or has one
that changed since, is built anew.

A third of what Material writes is white space between tags, most of it in the navigation that every
page has: the built pages are written again without it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from generator import marks
from generator.digests import Digests, digest
from generator.installed import versions

STAMP = ".layerbook.json"
"""In the site's folder; MkDocs leaves files that begin with a dot."""
_OURS = ("website.py", "markdown_html.py", "html_blocks.py")
"""What of Layerbook takes part when a site is made from its pages."""
_PACKAGES = re.compile(
    r"mkdocs.*|material.*|markdown|pymdown_extensions|jinja2|markupsafe|pygments|babel|pyyaml|"
    r"pyyaml_env_tag|zensical|minify_html"
)


def main(arguments: list[str]) -> int:
    """Build the site of a configuration file unless it is there; MkDocs' exit status."""
    (name,) = arguments
    configuration = Path(name)
    site = configuration.absolute().parent / _setting(configuration, "site_dir", "site")
    stamp = site / STAMP
    made_from = ground(configuration)
    if marks.read(stamp) == {"from": made_from, "site": _listing(site)}:
        print(f"{_shown(site)} is up to date")
        return 0
    stamp.unlink(missing_ok=True)
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-f", name]
    status = subprocess.run(command, check=False).returncode  # noqa: S603 - our own interpreter
    if status == 0:
        for page in sorted(site.rglob("*.html")):
            _slim(page)
        # what was changed meanwhile is not in the site, and is found by the next comparison
        marks.write(stamp, {"from": made_from, "site": _listing(site)})
        print(f"{_shown(site)} is built")
    return status


def _slim(page: Path) -> None:
    """Write a page again without white space that a browser does not show."""
    from minify_html import minify

    text = minify(
        page.read_text(encoding="utf-8"),
        keep_closing_tags=True,
        keep_html_and_head_opening_tags=True,
    )
    page.write_text(text, encoding="utf-8", newline="\n")


def ground(configuration: Path) -> str:
    """The digest of all that a site is made from."""
    files = list(_inherited(configuration))
    docs = configuration.absolute().parent / _setting(configuration, "docs_dir", "docs")
    text = "\n".join(_text(file) for file in files)
    digests = Digests(None)
    lines = [f"{file.name} {digests.of(file)}" for file in files]
    lines += [f"{path.relative_to(docs).as_posix()} {digests.of(path)}" for path in _files(docs)]
    lines += [f"{k} {v}" for k, v in sorted(versions().items()) if _PACKAGES.fullmatch(k)]
    lines += [f"{name}={os.environ.get(name)}" for name in sorted(_variables(text))]
    lines += [sys.version, *(digests.of(Path(__file__).with_name(name)) for name in _OURS)]
    return digest("\n".join(lines).encode())


def _inherited(configuration: Path) -> Iterator[Path]:
    """A configuration file and those that it inherits from."""
    seen: set[Path] = set()
    while configuration not in seen:
        seen.add(configuration)
        yield configuration
        parent = _value(_text(configuration), "INHERIT")
        if parent is None:
            return
        configuration = configuration.parent / parent


def _setting(configuration: Path, key: str, default: str) -> str:
    """A setting of one line, of the first file that has it."""
    values = (_value(_text(file), key) for file in _inherited(configuration))
    return next((value for value in values if value is not None), default)


def _value(text: str, key: str) -> str | None:
    found = re.search(rf"""^{key}:[ \t]*["']?([^"'#\n]+?)["']?[ \t]*(#.*)?$""", text, re.MULTILINE)
    return None if found is None else found[1]


def _variables(text: str) -> set[str]:
    """The environment variables that a configuration asks for, and the one that MkDocs does."""
    asked = re.findall(r"!ENV[ \t]*(\[[^\]]*\]|\S+)", text)
    names = {name for given in asked for name in re.findall(r"[A-Za-z_]\w*", given)}
    return names | {"SOURCE_DATE_EPOCH"}


def _listing(site: Path) -> str:
    """The digest of a site's files by name, size and time."""
    lines = []
    for path in _files(site):
        status = path.stat()
        lines.append(f"{path.relative_to(site).as_posix()} {status.st_size} {status.st_mtime_ns}")
    return digest("\n".join(lines).encode())


def _files(folder: Path) -> list[Path]:
    """The files below a folder that MkDocs would take or write, in order."""
    found: list[Path] = []
    for place, folders, names in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if name[0] != "."]
        found += [Path(place, name) for name in names if name[0] != "."]
    return sorted(found)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        return ""


def _shown(site: Path) -> str:
    page = site / "index.html"
    return str(page.relative_to(Path.cwd()) if page.is_relative_to(Path.cwd()) else page)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

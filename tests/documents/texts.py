"""The documents written by hand, and how a test reads them."""

import itertools
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GUIDE = sorted((DOCS / "guide").glob("*.md"))
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    DOCS / "index.md",
    *GUIDE,
]
FENCE = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def read(name):
    """A document by its path in the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def guide(name):
    return read(f"docs/guide/{name}.md")


def blocks(text, language):
    return [body for found, body in FENCE.findall(text) if found == language]


def table(text, heading):
    """The rows below a table's heading, as lists of cells."""
    lines = text[text.index(f"| {heading} |") :].splitlines()[2:]
    rows = itertools.takewhile(bool, lines)
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def spelled(text):
    """What a document spells as a command line: in code, on indented lines and in fences."""
    plain = FENCE.sub("", text)
    spans = [s for line in plain.splitlines() for s in re.findall(r"`([^`]+)`", line)]
    indented = [re.split(r"\s{3,}", line.strip())[0] for line in plain.splitlines()
                if line.startswith("    ")]  # fmt: skip
    return [*spans, *indented, *"".join(blocks(text, "sh")).splitlines()]


def without_seconds(summary):
    text, count = re.subn(r"\d+\.\d s$", "s", summary.rstrip())
    assert count == 1
    return text

"""What the repository ships of other projects is what its record says."""

import hashlib
import json
from pathlib import Path

MATHJAX = Path(__file__).resolve().parents[2] / "docs" / "assets" / "mathjax"
RECORD = json.loads((MATHJAX / "VERSIONS.json").read_text(encoding="utf-8"))


def test_every_vendored_file_has_the_recorded_hash():
    recorded = {
        path: entry["sha256"]
        for package in RECORD["packages"]
        for path, entry in package["files"].items()
    }
    lying = {
        path.relative_to(MATHJAX).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in MATHJAX.rglob("*")
        if path.is_file() and path.name != "VERSIONS.json"
    }
    assert lying == recorded


def test_the_licence_is_shipped():
    assert "Apache License" in (MATHJAX / "LICENSE").read_text(encoding="utf-8")

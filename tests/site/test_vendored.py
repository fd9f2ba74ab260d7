"""What the repository ships of other projects is what its record says."""

import hashlib
import json
from pathlib import Path

import pytest

ASSETS = Path(__file__).resolve().parents[2] / "docs" / "assets"
RECORDS = sorted(ASSETS.glob("*/VERSIONS.json"))
LICENCES = {"mathjax": "Apache License", "iframe-worker": "Permission is hereby granted, free"}


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.parent.name)
def test_every_vendored_file_has_the_recorded_hash(record):
    recorded = {
        path: entry["sha256"]
        for package in json.loads(record.read_text(encoding="utf-8"))["packages"]
        for path, entry in package["files"].items()
    }
    lying = {
        path.relative_to(record.parent).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in record.parent.rglob("*")
        if path.is_file() and path != record
    }
    assert lying == recorded


def test_the_licences_are_shipped():
    shipped = {path.parent.name: path.with_name("LICENSE").read_text("utf-8") for path in RECORDS}
    assert shipped.keys() == LICENCES.keys()
    assert [name for name, text in shipped.items() if LICENCES[name] not in text] == []

#!/usr/bin/env python3
"""Renew what docs/assets/ has from npm, at the versions and hashes that VERSIONS.json records.

    python scripts/vendor_assets.py            fetch, check every hash, write the files
    python scripts/vendor_assets.py --accept   fetch, record the hashes, write the files: for use
                                               after a version in a VERSIONS.json was edited

Each folder of docs/assets/ with a VERSIONS.json is renewed.

Needs npm on the path. Building the site needs neither npm nor this script.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RECORDS = sorted((ROOT / "docs" / "assets").glob("*/VERSIONS.json"))


def sha256(data: bytes) -> str:
    """Return the SHA-256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def pack(name: str, version: str, folder: Path) -> Path:
    """Download one package as npm publishes it; the path of its archive."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("vendor_assets: npm is not on the path; it is needed to fetch packages")
    command = [npm, "pack", "--silent", "--pack-destination", str(folder), f"{name}@{version}"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    archive = folder / f"{name.removeprefix('@').replace('/', '-')}-{version}.tgz"
    if not archive.is_file():
        raise SystemExit(f"vendor_assets: npm pack left no {archive.name}")
    return archive


def members(archive: Path, wanted: dict[str, str]) -> dict[str, bytes]:
    """Return the wanted files of an archive by their path in the folder of docs/assets/.

    `wanted` maps that path to the path inside the package.
    """
    found = {}
    with tarfile.open(archive) as tar:
        for target, source in wanted.items():
            try:
                member = tar.extractfile(f"package/{source}")
            except KeyError:
                member = None
            if member is None:
                raise SystemExit(f"vendor_assets: {archive.name} has no file {source}")
            found[target] = member.read()
    return found


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """List what of the recorded hashes does not hold for what was fetched."""
    lines = []
    for before, after in zip(old["packages"], new["packages"], strict=True):
        if before["sha256"] != after["sha256"]:
            lines.append(f"{before['name']}@{before['version']}: the archive's hash differs")
        lines += [
            f"{path}: hash differs"
            for path, entry in before["files"].items()
            if entry["sha256"] != after["files"][path]["sha256"]
        ]
    return lines


def fetch(record: dict[str, Any]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the record as it would be for what npm serves now, and the files themselves."""
    packages, contents = [], {}
    with tempfile.TemporaryDirectory() as temporary:
        for package in record["packages"]:
            archive = pack(package["name"], package["version"], Path(temporary))
            wanted = {path: entry["source"] for path, entry in package["files"].items()}
            got = members(archive, wanted)
            files = {
                path: {"source": wanted[path], "sha256": sha256(data)} for path, data in got.items()
            }
            packages.append({**package, "sha256": sha256(archive.read_bytes()), "files": files})
            contents.update(got)
    return {**record, "packages": packages}, contents


def renew(path: Path, *, accept: bool) -> bool:
    """Fetch, compare and write what one record lists; false if a hash does not hold."""
    record = json.loads(path.read_text(encoding="utf-8"))
    renewed, contents = fetch(record)
    problems = [] if accept else differences(record, renewed)
    for line in problems:
        print(f"vendor_assets: {line}", file=sys.stderr)
    if problems:
        return False
    for name, data in contents.items():
        (path.parent / name).parent.mkdir(parents=True, exist_ok=True)
        (path.parent / name).write_bytes(data)
    path.write_text(json.dumps(renewed, indent=2) + "\n", encoding="utf-8")
    print(f"{len(contents)} files under {path.parent.relative_to(ROOT)}")
    return True


def main() -> int:
    """Renew every folder; 1 if a hash did not hold and one was left as it was."""
    parser = argparse.ArgumentParser(description="Renew what docs/assets/ has from npm.")
    parser.add_argument("--accept", action="store_true", help="record the hashes that were found")
    accept = parser.parse_args().accept
    renewed = [renew(path, accept=accept) for path in RECORDS]
    return 0 if all(renewed) else 1


if __name__ == "__main__":
    sys.exit(main())

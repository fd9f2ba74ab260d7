"""MkDocs runs where what a site is made from has changed, and only there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from generator import installed, website


@pytest.fixture
def mkdocs(tmp_path, monkeypatch):
    """A project whose MkDocs is stood in for; the list grows by one with each of its runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SITE_URL", "http://localhost/")
    write("mkdocs.yml", "site_url: !ENV [SITE_URL, '']\ndocs_dir: docs # here\n")
    write("mkdocs.nav.yml", "INHERIT: mkdocs.yml\nnav: []\n")
    write("docs/index.md", "# Home\n")
    write("docs/assets/css/own.css", "a {}\n")
    runs = []

    def run(command, check):
        runs.append(command)
        write("site/index.html", f"run {len(runs)}")
        write("site/more/page.html", "page")
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(website.subprocess, "run", run)
    return runs


def test_pages_lose_white_space_that_is_not_shown(tmp_path):
    page = tmp_path / "page.html"
    long = "<!doctype html>\n<p>one\n\n   <b>two</b>   three\n</p>\n\n<pre>\n\n a\n  b</pre>"
    page.write_text(long)
    website._slim(page)
    shown = page.read_text()
    assert len(shown) < len(long)
    assert "one <b>two</b> three" in shown
    assert " a\n  b</pre>" in shown


def write(name, text):
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "runs"),
    [
        (lambda: None, 1),
        (lambda: os.utime("docs/index.md", (1, 1)), 1),
        (lambda: write("docs/.hidden", "x"), 1),
        (lambda: write("docs/index.md", "# Another home\n"), 2),
        (lambda: write("docs/assets/css/own.css", "b {}\n"), 2),
        (lambda: write("docs/new.md", "# New\n"), 2),
        (lambda: Path("docs/assets/css/own.css").unlink(), 2),
        (lambda: write("mkdocs.yml", "site_url: !ENV [SITE_URL, '']\ntheme: x\n"), 2),
        (lambda: write("mkdocs.nav.yml", "INHERIT: mkdocs.yml\nnav: [index.md]\n"), 2),
        (lambda: shutil.rmtree("site"), 2),
        (lambda: Path("site/more/page.html").unlink(), 2),
        (lambda: write("site/more/page.html", "edited"), 2),
        (lambda: os.environ.update(SITE_URL="http://localhost/book/"), 2),
        (lambda: os.environ.update(NOT_ASKED_FOR="1"), 1),
    ],
)
def test_a_change_builds_the_site_again(mkdocs, monkeypatch, change, runs):
    monkeypatch.delenv("NOT_ASKED_FOR", raising=False)
    assert website.main(["mkdocs.nav.yml"]) == 0
    change()
    assert website.main(["mkdocs.nav.yml"]) == 0
    assert len(mkdocs) == runs
    assert website.main(["mkdocs.nav.yml"]) == 0
    assert len(mkdocs) == runs


def test_another_theme_builds_the_site_again(mkdocs, monkeypatch):
    website.main(["mkdocs.nav.yml"])
    known = {**installed.versions(), "mkdocs_material": "0"}
    monkeypatch.setattr(website, "versions", lambda: known)
    website.main(["mkdocs.nav.yml"])
    assert len(mkdocs) == 2


def test_a_site_that_could_not_be_built_is_tried_again(mkdocs, monkeypatch):
    website.main(["mkdocs.nav.yml"])
    write("docs/index.md", "# Broken\n")
    failing = subprocess.CompletedProcess([], 3)
    monkeypatch.setattr(website.subprocess, "run", lambda *_, **__: failing)
    assert website.main(["mkdocs.nav.yml"]) == 3
    assert website.main(["mkdocs.nav.yml"]) == 3


def test_mkdocs_is_what_runs(mkdocs):
    website.main(["mkdocs.nav.yml"])
    (command,) = mkdocs
    assert command[:3] == [sys.executable, "-m", "mkdocs"]
    assert "--strict" in command

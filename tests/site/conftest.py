"""A local server, a real browser, and the site built once for all tests of it."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import kinds  # noqa: E402

BASE = "/layerbook/"  # project pages of GitHub lie under /NAME/
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SETTLED = "['done', 'none', 'failed'].includes(document.documentElement.dataset.formulas)"


def pytest_collection_modifyitems(items):
    """Keep these tests on one worker, so that the site is built once; they begin first.

    They take the longest of what one worker does: last, the others would wait for it.
    """
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("site"))
    items.sort(key=lambda item: here not in item.path.parents)


@dataclass
class Site:
    """A folder as a web server shows it; `address` ends in a slash and `folder` in `site`."""

    address: str
    folder: Path


class _Handler(SimpleHTTPRequestHandler):
    base = BASE

    def translate_path(self, path):
        if not path.startswith(self.base):
            return str(Path(self.directory) / "outside-the-base-path")
        return super().translate_path(path[len(self.base) - 1 :])

    def log_message(self, *_arguments):
        """Keep the tests' output free of requests."""


@contextmanager
def serving(folder: Path, base: str = BASE) -> Iterator[Site]:
    """Serve `folder`, which need not exist yet, under `base` on a free port."""
    handler = partial(type("Handler", (_Handler,), {"base": base}), directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Site(f"http://127.0.0.1:{server.server_port}{base}", folder)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def command(*arguments: str, cwd: Path, status: int = 0, **environment: str) -> None:
    """Run `python -m …` and fail with its output if it does not exit with `status`."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=cwd,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != status:
        said = f"{done.stdout}\n{done.stderr}".strip()
        pytest.fail(f"{' '.join(arguments)} exited with {done.returncode}:\n{said}", pytrace=False)


def mkdocs_build(folder: Path, address: str, configuration: str = "mkdocs.yml") -> None:
    """Build `folder`/site from `folder`/docs, to be served at `address`."""
    command("generator.website", configuration, cwd=folder, SITE_URL=address)


@pytest.fixture(scope="session")
def built_site(tmp_path_factory) -> Iterator[Site]:
    """The whole site as `make site` builds it, in a folder of its own, served under /layerbook/."""
    folder = tmp_path_factory.mktemp("book")
    shutil.copy(ROOT / "mkdocs.yml", folder)
    shutil.copytree(ROOT / "docs", folder / "docs", ignore=_generated)
    command("generator", "build", "--docs", str(folder / "docs"), cwd=ROOT)
    with serving(folder / "site") as site:
        mkdocs_build(folder, site.address, "mkdocs.nav.yml")
        yield site


@pytest.fixture(scope="session")
def kinds_site(tmp_path_factory) -> Iterator[Site]:
    """Pages of every kind, those that kinds.py names: the project's and those of kinds/."""
    folder = tmp_path_factory.mktemp("kinds")
    kinds.write(folder)
    with serving(folder / "site") as site:
        kinds.build(folder, site.address)
        yield site


@pytest.fixture(scope="session")
def offline_site(built_site) -> Path:
    """The same pages as `make site OFFLINE=1` builds them: the folder of the site."""
    book, folder = built_site.folder.parent, built_site.folder.with_name("offline")
    shutil.copy(ROOT / "mkdocs.offline.yml", book)
    command("mkdocs", "build", "--strict", "-f", "mkdocs.offline.yml", "-d", str(folder), cwd=book)
    return folder


@pytest.fixture(scope="session")
def zensical_site(built_site, tmp_path_factory) -> Iterator[Site]:
    """The same pages and configuration, built with Zensical; skipped where it is not installed."""
    pytest.importorskip("zensical", exc_type=ImportError)
    folder = tmp_path_factory.mktemp("zensical")
    book = built_site.folder.parent
    shutil.copytree(book / "docs", folder / "docs")
    for name in ("mkdocs.yml", "mkdocs.nav.yml"):
        shutil.copy(book / name, folder)
    with serving(folder / "site") as site:
        build = ("zensical", "build", "--strict", "-f", "mkdocs.nav.yml")
        command(*build, cwd=folder, SITE_URL=site.address)
        yield site


def _generated(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name == "models" and Path(folder) == ROOT / "docs"]


@pytest.fixture(scope="session")
def serve():
    """`with serve(folder, "/base/") as site:` for a folder that is built already."""
    return serving


@pytest.fixture(scope="session")
def small_site(tmp_path_factory) -> Iterator[Callable[[dict[str, str]], Site]]:
    """Build and serve a site of the given pages with the project's configuration and assets."""
    with ExitStack() as servers:

        def build(pages: dict[str, str], base: str = BASE) -> Site:
            folder = tmp_path_factory.mktemp("small")
            shutil.copy(ROOT / "mkdocs.yml", folder)
            shutil.copytree(ROOT / "docs" / "assets", folder / "docs" / "assets")
            for name, text in pages.items():
                (folder / "docs" / name).write_text(text, encoding="utf-8")
            site = servers.enter_context(serving(folder / "site", base))
            mkdocs_build(folder, site.address)
            return site

        yield build


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium; without one the test is skipped, and fails where CI is set."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        reason = "no chromium on the path (Debian: apt-get install chromium)"
        pytest.fail(reason, pytrace=False) if os.environ.get("CI") else pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page in the browser, and what went wrong on it."""

    page: Page
    foreign: list[str] = field(default_factory=list)
    """Requests that would have left the machine; each was stopped."""
    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Errors on the console, uncaught errors, answers with a status of 400 or more."""

    def settle(self) -> str:
        """Wait until the page's formulas are done; their state."""
        self.page.wait_for_function(SETTLED, timeout=60_000)
        return self.page.evaluate("document.documentElement.dataset.formulas")

    def untypeset(self) -> list[str]:
        """The formulas of the page that are not typeset, or are typeset as an error."""
        return self.page.evaluate(
            """() => [...document.querySelectorAll(".arithmatex")]
                .filter(f => !f.querySelector("mjx-container mjx-math *")
                          || f.querySelector("mjx-merror, [data-mjx-error]"))
                .map(f => f.textContent)"""
        )

    def overflow(self) -> int:
        """How many pixels the page as a whole is wider than the window."""
        return self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )

    def assert_clean(self) -> None:
        """No request left the machine, and nothing was reported as an error."""
        assert self.foreign == []
        assert self.problems == []


def _watch(context: BrowserContext, home: str) -> Visit:
    visit = Visit(context.new_page())

    def route(route: Route) -> None:
        url = route.request.url
        visit.requests.append(url)
        if url.startswith((home, "data:", "blob:")):
            route.continue_()
        else:
            visit.foreign.append(url)
            route.abort()

    def answered(response) -> None:
        if response.status >= 400:
            visit.problems.append(f"{response.status} {response.url}")

    def said(message) -> None:
        if message.type == "error":
            visit.problems.append(f"console: {message.text}")

    context.route("**/*", route)
    visit.page.on("response", answered)
    visit.page.on("console", said)
    visit.page.on("pageerror", lambda error: visit.problems.append(f"uncaught: {error}"))
    return visit


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Visit]]:
    """Open an address: `visit(site.address + "models/index.html", scheme="dark", width=390)`."""
    contexts = []

    def open_page(
        url: str, *, scheme: str = "light", width: int = 1280, height: int = 900
    ) -> Visit:
        context = chromium.new_context(
            color_scheme=scheme, viewport={"width": width, "height": height}
        )
        contexts.append(context)
        scheme_and_host = "file://" if url.startswith("file:") else "/".join(url.split("/")[:3])
        visit = _watch(context, scheme_and_host)
        visit.page.goto(url)
        visit.settle()
        return visit

    yield open_page
    for context in contexts:
        context.close()

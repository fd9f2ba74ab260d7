"""The site as `make site OFFLINE=1` builds it, read from a folder on disk."""

from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("page", ["index.html", "models/tinycnn/conv1.html"])
def test_a_page_is_whole_and_asks_for_nothing_but_files(offline_site, visit, page):
    seen = visit((offline_site / page).as_uri())
    assert seen.settle() in {"done", "none"}
    assert seen.untypeset() == []
    seen.assert_clean()
    assert [url for url in seen.requests if not url.startswith(("file:", "data:"))] == []


def test_a_search_finds_a_page_and_opens_it(offline_site, visit):
    seen = visit((offline_site / "index.html").as_uri())
    seen.page.keyboard.press("/")
    seen.page.keyboard.type("conv_out", delay=30)
    found = seen.page.locator(".md-search-result__item a").first
    found.wait_for()
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_url("**/models/tinycnn/conv_out.html**")
    assert seen.settle() == "done"
    assert seen.foreign == []


def test_the_navigation_leads_to_files(offline_site, visit):
    seen = visit((offline_site / "models" / "tinycnn" / "conv1.html").as_uri())
    seen.page.get_by_role("link", name="pool1", exact=True).first.click()
    seen.page.wait_for_url("**/models/tinycnn/pool1.html")
    assert seen.settle() == "done"
    seen.page.get_by_role("link", name="Home").first.click()
    seen.page.wait_for_url("**/index.html")
    seen.assert_clean()


def test_no_link_leads_to_a_folder(offline_site, visit):
    """A server answers with the folder's page, a disk with the list of its files."""
    seen = visit((offline_site / "models" / "tinycnn" / "conv1.html").as_uri())
    links = seen.page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
    assert [link for link in links if link.startswith("file:") and ".html" not in link] == []


def test_only_what_needs_a_server_is_off():
    online = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), _Loader)
    offline = yaml.safe_load((ROOT / "mkdocs.offline.yml").read_text(encoding="utf-8"))
    kept = [f for f in online["theme"]["features"] if not f.startswith("navigation.instant")]
    assert offline["theme"]["features"] == kept


class _Loader(yaml.SafeLoader):
    """MkDocs' configuration, of which some values come from the environment."""


_Loader.add_constructor("!ENV", lambda loader, node: loader.construct_sequence(node))

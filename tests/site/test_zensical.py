"""The same pages and the same mkdocs.yml in Zensical, the successor of Material for MkDocs."""

import pytest

pytestmark = pytest.mark.browser


def pages(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.html")}


def test_it_builds_the_same_pages(built_site, zensical_site):
    assert pages(zensical_site.folder) == pages(built_site.folder)


@pytest.mark.parametrize("page", ["index.html", "guide/reading.html", "models/tinycnn/conv1.html"])
def test_formulas_are_typeset_and_nothing_leaves_the_machine(zensical_site, visit, page):
    seen = visit(zensical_site.address + page)
    assert seen.settle() == "done"
    assert seen.untypeset() == []
    seen.assert_clean()


def test_the_navigation_is_that_of_the_book(zensical_site, visit):
    seen = visit(zensical_site.address + "models/tinycnn/conv1.html")
    links = seen.page.eval_on_selector_all(
        ".md-sidebar--primary a.md-nav__link", "all => all.map(a => new URL(a.href).pathname)"
    )
    layers = dict.fromkeys(link.rpartition("/tinycnn/")[2] for link in links)
    wanted = ["conv1.html", "relu_1.html", "pool1.html", "conv2.html"]
    assert [name for name in layers if name in wanted] == wanted


def test_a_search_finds_a_page_and_opens_it(zensical_site, visit):
    seen = visit(zensical_site.address + "index.html")
    seen.page.keyboard.press("/")
    seen.page.keyboard.type("conv_out", delay=30)
    seen.page.locator("a[href*='conv_out.html']").first.wait_for()
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_url("**/models/tinycnn/conv_out.html**")
    seen.assert_clean()

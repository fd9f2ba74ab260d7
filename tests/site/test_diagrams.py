"""Diagrams in a browser: every box by the keyboard, all of its text in it, nothing too wide."""

import pytest

pytestmark = pytest.mark.browser
PAGES = ["models/tinycnn/index.html", "models/digits/index.html", "models/tinycnn/conv2.html"]
FOCUSED = """() => {
    const link = document.activeElement;
    if (!link.closest(".lb-boxes")) return null;
    const style = getComputedStyle(link);
    return [link.textContent, style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0];
}"""
CUT = """() => [...document.querySelectorAll(".lb-boxes a")]
    .filter(a => a.scrollHeight > a.clientHeight + 1
              || [...a.children].some(c => c.getBoundingClientRect().right
                                           > a.getBoundingClientRect().right))
    .map(a => a.textContent)"""


@pytest.mark.parametrize("page", PAGES)
def test_every_box_is_reached_by_tab_and_shows_that_it_is(built_site, visit, page):
    seen = visit(built_site.address + page)
    seen.settle()
    boxes = seen.page.locator(".lb-boxes a")
    expected = boxes.all_text_contents()
    assert len(expected) >= 3
    seen.page.locator(".lb-net .lb-scroll").first.focus()
    reached = []
    for _ in expected:
        seen.page.keyboard.press("Tab")
        reached.append(seen.page.evaluate(FOCUSED))
    assert reached == [[text, True] for text in expected]


def test_a_box_leads_to_its_page_without_a_new_one_being_loaded(built_site, visit):
    seen = visit(built_site.address + "models/tinycnn/index.html")
    seen.settle()
    seen.page.wait_for_timeout(500)
    seen.page.evaluate("window.kept = true")
    seen.page.locator(".lb-boxes a[href$='/conv2.html']").focus()
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_url("**/models/tinycnn/conv2.html")
    assert seen.page.evaluate("window.kept")  # instant navigation took the link
    seen.assert_clean()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("page", PAGES)
def test_what_is_in_a_box_stays_in_it_and_the_page_is_no_wider(built_site, visit, page, width):
    seen = visit(built_site.address + page, width=width)
    seen.settle()
    assert seen.page.evaluate(CUT) == []
    assert seen.overflow() <= 0

"""Diagrams in a browser: every box by the keyboard, all of its text in it, nothing too wide."""

import pytest

from generator.explanation import Arrow, Box, Diagram, Frame
from generator.render.diagram import diagram

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


OVERLAPPING = """() => {
    const boxes = [...document.querySelectorAll(".lb-boxes a")].map(a => {
        const r = a.getBoundingClientRect();
        return [a.textContent, r.left, r.top, r.right, r.bottom];
    });
    return boxes.flatMap((a, i) => boxes.slice(i + 1)
        .filter(b => a[1] < b[3] && b[1] < a[3] && a[2] < b[4] && b[2] < a[4])
        .map(b => [a[0], b[0]]));
}"""
WIDER = """() => [...document.querySelectorAll(".lb-net .lb-scroll")]
    .filter(d => d.scrollWidth > d.clientWidth).map(d => d.scrollWidth)"""
ARROWS = "document.querySelector('.lb-boxes > svg').checkVisibility()"
SAID = "[...document.querySelectorAll('.lb-boxes .lb-unseen')].map(s => s.clientHeight > 5)"


def fan(branches):
    """Branches in a frame within a frame, between two steps."""
    count = branches + 2
    boxes = tuple(
        Box(
            f"a_rather_long_name_{k}", "Convolution, 2d", (16, 256, 56, 56), "index.md", "layer", ""
        )
        for k in range(count)
    )
    inner = range(1, branches + 1)
    arrows = (*(Arrow(0, k) for k in inner), *(Arrow(k, count - 1) for k in inner))
    frames = (
        Frame(
            "a_container_of_a_rather_long_name", "Inception", "index.md", tuple(range(count)), None
        ),
        Frame("branches", "ModuleList", "index.md", tuple(inner), 0),
    )
    return str(diagram(Diagram("Fan", boxes, arrows, frames=frames), lambda _: "index.html"))


def test_frames_and_boxes_lie_apart_and_a_narrow_page_has_a_list(small_site, visit):
    head = "---\nhide:\n  - toc\n---\n\n# Fan\n\n"  # as the pages of models and containers
    site = small_site({"index.md": f"{head}{fan(4)}\n", "few.md": f"{head}{fan(1)}\n"})
    for width, page, drawn in (
        (1280, "index", True), (390, "index", False), (390, "few", True),
    ):  # fmt: skip
        seen = visit(f"{site.address}{page}.html", width=width)
        assert seen.page.evaluate(OVERLAPPING) == []
        assert seen.page.evaluate(WIDER) == []
        assert seen.overflow() <= 0
        assert seen.page.evaluate(ARROWS) == drawn
        assert set(seen.page.evaluate(SAID)) == {not drawn}


@pytest.mark.parametrize("page", PAGES)
def test_no_diagram_is_wider_than_its_column(built_site, visit, page):
    seen = visit(built_site.address + page)
    assert seen.page.evaluate(WIDER) == []
    assert seen.page.evaluate(OVERLAPPING) == []

"""Pages of every kind for every reader: axe, the keyboard, less motion, paper."""

import pytest
from kinds import KINDS

pytestmark = pytest.mark.browser

OPEN = "document.querySelectorAll('details').forEach(d => d.open = true)"
# MathJax' own elements are hidden from screen readers, which have MathML beside them; that formulas
# have contrast is tested with the other text of a page
EXCLUDED = ["mjx-container", ".md-code__nav"]


@pytest.fixture(scope="module")
def axe():
    return pytest.importorskip("axe_playwright_python.sync_playwright").Axe()


@pytest.mark.parametrize(
    ("scheme", "rules"),
    [("light", None), pytest.param("dark", ["color-contrast"], marks=pytest.mark.slow)],
)
def test_axe_finds_nothing_within_the_content(kinds_site, visit, axe, scheme, rules):
    seen = visit(kinds_site.address + "index.html", scheme=scheme)
    context = {"include": [".md-content"], "exclude": EXCLUDED}
    options = {"resultTypes": ["violations"], **({"runOnly": rules} if rules else {})}
    for page in KINDS.values():
        seen.page.goto(kinds_site.address + page)
        seen.settle()
        seen.page.evaluate(OPEN)
        found = axe.run(seen.page, context, options).response["violations"]
        nodes = {v["id"]: [node["html"] for node in v["nodes"]][:3] for v in found}
        assert nodes == {}, page


FOCUSED = """() => {
    const e = document.activeElement, s = getComputedStyle(e);
    const shown = e.matches("summary, a, button, input, [tabindex]");
    return {
        tag: e.tagName,
        seen: e === document.body || (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0),
        inside: e.closest("article") !== null,
        html: e.outerHTML.slice(0, 120),
    };
}"""
REACHABLE = """() => [...document.querySelectorAll(
        "article :is(a[href], summary, button, [tabindex='0'])")]
    .filter(e => e.tabIndex >= 0 && e.checkVisibility({contentVisibilityAuto: true})).length"""
SCROLLS = """() => [...document.querySelectorAll("article *")]
    .filter(e => /auto|scroll/.test(getComputedStyle(e).overflowX)
        && e.scrollWidth > e.clientWidth + 1 && e.checkVisibility() && e.tabIndex < 0
        && !e.querySelector("a, button"))
    .map(e => e.outerHTML.slice(0, 120))"""


def test_the_keyboard_reaches_all_and_shows_where_it_is(kinds_site, visit):
    seen = visit(kinds_site.address + "models/net/blocks.0.linear.html", width=390)
    wanted = seen.page.evaluate(REACHABLE)
    seen.page.locator("article h1").evaluate("h => { h.tabIndex = -1; h.focus(); }")
    stops = []
    while True:
        seen.page.keyboard.press("Tab")
        stop = seen.page.evaluate(FOCUSED)
        if not stop["inside"]:
            break
        stops.append(stop)
    assert [stop["html"] for stop in stops if not stop["seen"]] == []
    assert len(stops) == wanted


def test_what_is_folded_opens_with_the_keyboard(kinds_site, visit):
    seen = visit(kinds_site.address + "models/net/blocks.0.linear.html")
    seen.page.locator("article summary").first.focus()
    seen.page.keyboard.press("Enter")
    assert seen.page.locator("article details").first.evaluate("d => d.open")


@pytest.mark.parametrize("page", KINDS.values(), ids=KINDS)
def test_what_scrolls_can_be_scrolled_with_the_keyboard(kinds_site, visit, page):
    seen = visit(kinds_site.address + page, width=390)
    seen.page.evaluate(OPEN)
    assert seen.page.evaluate(SCROLLS) == []


# 640 pixels are a window of 1280 at a zoom of 200 %, 320 are one at 400 %
@pytest.mark.parametrize("width", [pytest.param(640, marks=pytest.mark.slow), 390, 320])
def test_no_page_is_wider_than_its_window(kinds_site, visit, width):
    seen = visit(kinds_site.address, width=width)
    wide = {}
    for name, page in KINDS.items():
        seen.page.goto(kinds_site.address + page)
        seen.settle()
        seen.page.evaluate(OPEN)
        wide[name] = seen.overflow()
    assert {name: pixels for name, pixels in wide.items() if pixels > 0} == {}


def test_the_first_stop_of_the_keyboard_leads_past_the_navigation(kinds_site, visit):
    seen = visit(kinds_site.address + KINDS["layer"])
    seen.page.keyboard.press("Tab")
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_function("document.activeElement === document.body")
    seen.page.keyboard.press("Tab")
    assert seen.page.evaluate("document.activeElement.closest('article') !== null")


def test_the_drawer_of_a_phone_leads_to_the_page_itself(kinds_site, visit):
    seen = visit(kinds_site.address + KINDS["layer"], width=390, height=844)
    seen.page.locator(".md-header label[for=__drawer]").first.click()
    seen.page.wait_for_timeout(400)
    here = seen.page.locator(".md-nav--primary .md-nav__link--active:visible").last
    assert here.inner_text().strip() == "linear"


def test_nothing_moves_for_those_who_ask(kinds_site, visit):
    seen = visit(kinds_site.address + "models/net/head.html")
    moving = """() => [...document.querySelectorAll("*")].filter(e => ["", "::before", "::after"]
        .map(part => getComputedStyle(e, part || null))
        .some(s => parseFloat(s.transitionDuration) > 0 || s.scrollBehavior === "smooth"
            || (s.animationName !== "none" && parseFloat(s.animationDuration) > 0))).length"""
    assert seen.page.evaluate(moving) > 0
    seen.page.emulate_media(reduced_motion="reduce")
    assert seen.page.evaluate(moving) == 0


PRINTED = """() => {
    const shown = e => e.checkVisibility({contentVisibilityAuto: true});
    const texts = [...document.querySelectorAll("article :is(p, td, th, dt, dd, li, summary)")];
    return {
        scheme: document.body.dataset.mdColorScheme,
        missing: texts.filter(e => !e.closest(".lb-trail, [hidden]") && !shown(e))
            .map(e => e.outerHTML.slice(0, 120)),
        around: [...document.querySelectorAll("header, .md-sidebar, .md-tabs, .md-path, footer")]
            .filter(shown).map(e => e.className),
    };
}"""


@pytest.mark.parametrize("page", ["models/net/head.html", "guide/reading.html"])
def test_a_printed_page_is_complete_and_has_nothing_around_it(kinds_site, visit, page):
    seen = visit(kinds_site.address + page, scheme="dark")
    seen.page.evaluate(f"addEventListener('beforeprint', () => window.printed = ({PRINTED})())")
    seen.page.emulate_media(media="print", color_scheme="dark")
    seen.page.pdf()
    assert seen.page.evaluate("printed") == {"scheme": "default", "missing": [], "around": []}
    assert seen.page.evaluate("document.body.dataset.mdColorScheme") == "slate"

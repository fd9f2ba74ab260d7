"""Formulas, tables and colours of a small site, in a real browser."""

import shutil

import pytest

pytestmark = pytest.mark.browser

LONG = r" + ".join(rf"({k}.5000) \cdot (-0.{k:04d})" for k in range(40))
FORMULAS = rf"""
# Formulas

A convolution \(y_{{n,o}} = b_o + \sum_{{c,i,j}} x_{{n,c,i,j}} \cdot W_{{o,c,i,j}}\), and

\[
\frac{{\partial L}}{{\partial x}} =
\begin{{cases}} g & x > 0 \\ 0 & \text{{otherwise, at conv\_1}} \end{{cases}}
\qquad \mathbb{{R}} \;\boldsymbol{{\mu}}\; \lfloor h/2 \rfloor
\;\operatorname{{erf}}\!\left(\tfrac{{x}}{{\sqrt 2}}\right)
\]

<div class="arithmatex">\[ {LONG} \]</div>

In a line of text \({LONG}\) as well.

<details class="lb-long"><summary>A folded sum</summary>
<span class="arithmatex">\(a \times b\)</span></details>

[plain](plain.md)
"""
VERDICTS = "".join(
    f'<span class="lb-verdict {verdict}">{verdict}</span> '
    for verdict in ("verified", "mismatch", "unexplained", "given")
)
CELLS = "".join(f"<td>{k}.250000</td>" for k in range(60))
LOOK = f"""
# Look, and a_very_long_name_of_a_layer.with.many.parts.0.1.2.conv_transposed_and_more_of_it

<p>{VERDICTS}</p>
[one](plain.md){{ .md-button }} [two](plain.md){{ .md-button .md-button--primary }}

<nav class="lb-trail"><a href="index.html">previous</a><a href="index.html">next</a></nav>
<dl class="lb-facts"><dt>Input Shape</dt><dd>(1, 1, 8, 8)</dd></dl>
<div class="lb-scroll" id="wide" tabindex="0"><table class="lb-grid"><caption>channel 0</caption>
<thead><tr><th></th><th>0</th></tr></thead>
<tbody><tr><th>0</th><td class="pad">0</td><td class="hit">1.5</td>{CELLS}</tr></tbody>
</table></div>
<table class="lb-layers"><thead><tr><th>Layer</th></tr></thead>
<tbody><tr><th>a</th></tr></tbody></table>
<details class="lb-long"><summary>All 72 terms</summary>
<p class="lb-sum" id="folded">1 + 1</p></details>
"""
PAGES = {
    "index.md": FORMULAS,
    "plain.md": "# Plain\n\nNothing to typeset. [formulas](index.md)\n",
    "look.md": LOOK,
    "wrong.md": "# Wrong\n\n\\(\\nosuchmacro{x}\\)\n",
}
CONTRAST = """selector => {
    const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const rgba = colour => {
        canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = ([r, g, b]) => [r, g, b]
        .map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
    const ground = element => {
        const colour = rgba(getComputedStyle(element).backgroundColor);
        return colour[3] === 255 || !element.parentElement ? colour : ground(element.parentElement);
    };
    return [...document.querySelectorAll(selector)].map(element => {
        const [a, b] = [light(rgba(getComputedStyle(element).color)), light(ground(element))];
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    });
}"""


@pytest.fixture(scope="module")
def site(small_site):
    return small_site(PAGES)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_formula_is_typeset_at_home(site, visit, scheme, width):
    seen = visit(site.address + "index.html", scheme=scheme, width=width)
    assert seen.page.locator(".arithmatex").count() == 5
    assert seen.untypeset() == []
    assert seen.overflow() <= 0
    seen.assert_clean()


def test_a_wrong_formula_is_seen_as_one(site, visit):
    seen = visit(site.address + "wrong.html")
    assert len(seen.untypeset()) == 1


def test_a_page_without_formulas_loads_no_library(site, visit):
    seen = visit(site.address + "plain.html")
    assert seen.settle() == "none"
    assert [url for url in seen.requests if "mathjax" in url] == []
    seen.assert_clean()


def test_instant_navigation_typesets_the_next_page(site, visit):
    seen = visit(site.address + "plain.html")
    seen.page.evaluate("window.sameDocument = true")
    seen.page.get_by_role("link", name="formulas", exact=True).click()
    seen.page.wait_for_selector("h1:has-text('Formulas')")
    seen.page.wait_for_function("document.documentElement.dataset.formulas === 'done'")
    assert seen.page.evaluate("window.sameDocument") is True
    assert seen.untypeset() == []
    seen.page.get_by_role("link", name="plain", exact=True).click()
    seen.page.wait_for_function("document.documentElement.dataset.formulas === 'none'")
    seen.assert_clean()


def test_formulas_come_from_a_file_too(site, visit):
    seen = visit((site.folder / "index.html").as_uri())
    assert seen.settle() == "done"
    assert seen.untypeset() == []
    assert seen.foreign == []


def test_another_folder_of_a_server_does_as_well(serve, site, visit):
    with serve(site.folder, "/some/where/else/") as elsewhere:
        seen = visit(elsewhere.address + "index.html")
        assert seen.untypeset() == []
        assert seen.foreign == []


def test_a_wide_table_scrolls_inside_itself(site, visit):
    seen = visit(site.address + "look.html", width=390)
    assert seen.overflow() <= 0
    inner = "e => e.scrollWidth - e.clientWidth"
    assert seen.page.locator("#wide").evaluate(inner) > 1000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_legible(site, visit, scheme):
    seen = visit(site.address + "look.html", scheme=scheme)
    shown = seen.page.evaluate("document.body.dataset.mdColorScheme")
    assert shown == {"light": "default", "dark": "slate"}[scheme]
    selector = (
        ".lb-verdict, .lb-grid td, .lb-grid th, .lb-layers th, caption, .lb-trail a, .md-button,"
        ".md-content :is(dt, dd, summary, p, h1)"
    )
    ratios = seen.page.evaluate(CONTRAST, selector)
    assert len(ratios) > 70
    assert min(ratios) >= 4.5


def test_what_is_folded_is_printed(site, visit):
    seen = visit(site.address + "look.html")
    folded = seen.page.locator("#folded")
    assert not folded.evaluate("e => e.checkVisibility({contentVisibilityAuto: true})")
    seen.page.emulate_media(media="print")
    assert folded.evaluate("e => e.checkVisibility() && e.getBoundingClientRect().height > 0")


@pytest.mark.parametrize("file", ["startup.js", "input/tex.js", "input/tex/extensions/color.js"])
def test_a_library_that_does_not_load_leaves_the_text(serve, site, visit, tmp_path, file):
    folder = shutil.copytree(site.folder, tmp_path / "site")
    (folder / "assets" / "mathjax" / file).unlink()
    with serve(folder) as broken:
        seen = visit(broken.address + "index.html")
        assert seen.settle() == "failed"
        assert seen.page.locator("p .arithmatex").first.inner_text().startswith(r"\(y_{n,o}")

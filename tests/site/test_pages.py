"""The built pages as a reader meets them: the reference's figures, formulas, links, search."""

import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import urljoin, urlparse

import pytest

pytestmark = pytest.mark.browser
REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "tinycnn.json").read_text(encoding="utf-8")
)


class Text(HTMLParser):
    """A page as words: its text in order, its tables by the heading before them."""

    def __init__(self, source):
        super().__init__()
        self.text = ""
        self.headings = []
        self.tables = []
        self.folded = 0
        self._heading = None
        self._row = None
        self._cell = None
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        if tag == "details":
            self.folded += 1
        elif re.fullmatch(r"h[1-6]", tag):
            self._heading = ""
        elif tag == "table" and not self.folded:
            self.tables.append((self.headings[-1] if self.headings else "", []))
        elif tag == "tr" and not self.folded:
            self._row = []
        elif tag == "td" and self._row is not None:
            self._cell = ""

    def handle_endtag(self, tag):
        if tag == "details":
            self.folded -= 1
        elif re.fullmatch(r"h[1-6]", tag) and self._heading is not None:
            if not self.folded:
                self.headings.append(" ".join(self._heading.split()).rstrip("¶").strip())
            self._heading = None
        elif tag == "td" and self._cell is not None:
            self._row.append(self._cell.strip())
            self._cell = None
        elif tag == "tr" and self._row:
            self.tables[-1][1].append(self._row)
            self._row = None

    def handle_data(self, data):
        if not self.folded:
            self.text += data
        if self._heading is not None:
            self._heading += data
        if self._cell is not None:
            self._cell += data


@pytest.fixture(scope="module")
def read(built_site):
    def page(path):
        source = (built_site.folder / path).read_text(encoding="utf-8")
        article = source[source.index("<article") : source.index("</article>")]
        return Text(article)

    return page


def ascii_minus(text):
    return text.replace("−", "-")


def numbers(rows):
    found = [[ascii_minus(c) for c in row if re.fullmatch(r"[−-]?\d+\.\d+", c)] for row in rows]
    return [row for row in found if row]


@pytest.mark.parametrize("layer", REFERENCE)
def test_every_figure_of_the_reference_is_on_its_page_under_its_words(read, layer):
    page, given = read(f"models/tinycnn/{layer}.html"), REFERENCE[layer]
    text = " ".join(ascii_minus(page.text).split())
    for words in ("Input Shape", "Output Shape"):
        assert re.search(re.escape(words) + r"\s*" + re.escape(str(given[words])), text), words
    position = r", ".join(rf"\w+={k}" for k in given["element"])
    assert re.search(rf"Computing output at position: \({position}\)", text)
    forward = text[text.index("Forward Pass") : text.index("Backward Pass")]
    for words in ("General Formula", "Value Substitution", "Computation Result"):
        assert words in forward
    calculated, value = given["Calculated"]
    assert f"{calculated}: {value}" in forward
    assert f"Actual output value: {given['Actual output value']}" in forward
    if "Maximum value position in receptive field" in given:
        place, found = given["Maximum value position in receptive field"]
        assert f"Maximum value position in receptive field: {place} with value {found}" in forward


@pytest.mark.parametrize("layer", REFERENCE)
def test_the_reference_tables_lie_as_they_lie_in_the_tensor(read, layer):
    page, given = read(f"models/tinycnn/{layer}.html"), REFERENCE[layer]
    for words in ("Filter Weights", "Input Receptive Field"):
        if words not in given:
            continue
        # those of the forward pass; the backward pass has tables under the same words
        found = [numbers(rows) for head, rows in page.tables if head.startswith(words)]
        planes = given[words]
        if all(len(plane) == 1 and len(plane[0]) == 1 for plane in planes):
            # one number for each channel: one row of channels
            planes = [[[plane[0][0] for plane in planes]]]
        assert found[: len(planes)] == planes, words


def test_planes_are_called_channels(read):
    text = read("models/tinycnn/conv2.html").text
    weights = text[text.index("Filter Weights") : text.index("Input Receptive Field")]
    assert weights.index("Channel 0") < weights.index("Channel 1")


@pytest.mark.parametrize("layer", REFERENCE)
def test_the_reference_substitution_is_there_number_by_number(read, layer):
    page = read(f"models/tinycnn/{layer}.html")
    after = page.text[page.text.index("Value Substitution") :]
    formula = after[after.index(r"\[") : after.index(r"\]")]
    _, _, right = formula.partition("=")
    assert re.findall(r"-?\d+\.\d{4}", right) == REFERENCE[layer]["Value Substitution"]


def test_no_negative_number_stands_bare_after_an_operator(read):
    for layer in REFERENCE:
        formulas = re.findall(
            r"\\\[(.*?)\\\]", read(f"models/tinycnn/{layer}.html").text, re.DOTALL
        )
        for formula in formulas:
            assert not re.search(r"(\\times|\\cdot|\+|-)\s*-\s*\d", formula), formula


def test_the_three_relus_have_pages_and_the_chain_is_unbroken(built_site):
    chain = [
        "conv1", "relu_1", "pool1", "conv2", "relu_2", "pool2", "conv3", "relu_3", "conv_out",
        "loss",
    ]  # fmt: skip
    folder = built_site.folder / "models" / "tinycnn"
    for here, there in pairwise(chain):
        page = (folder / f"{there}.html").read_text(encoding="utf-8")
        assert re.search(f'href="?{here}.html"?>the output of {here}', page), (here, there)


def test_every_page_of_both_models_is_verified(built_site):
    pages = list((built_site.folder / "models").rglob("*.html"))
    assert pages
    for page in pages:
        source = page.read_text(encoding="utf-8")
        article = source[source.index("<article") : source.index("</article>")]
        assert "lb-verdict mismatch" not in article, page
        assert "lb-verdict unexplained" not in article, page


def test_a_general_formula_is_printed_once_for_each_quantity(read):
    page = read("models/tinycnn/conv1.html")
    assert page.headings.count("General Formula") == 4  # output, input, weight, bias
    assert page.text.count(r"\sum_{c=0}^{C_g - 1}") == 1


def links_of(source):
    return re.findall(r'<(?:a|link|script|img)\b[^>]*?\s(?:href|src)="?([^\s">]*)', source)


PAGES = [
    "index.html",
    "guide/reading.html",
    "models/index.html",
    "models/tinycnn/index.html",
    "models/tinycnn/conv1.html",
    "models/tinycnn/conv2.html",
    "models/tinycnn/relu_3.html",
    "models/tinycnn/pool1.html",
    "models/digits/index.html",
    "models/digits/conv2.html",
    "models/digits/bn1.html",
    "models/digits/fc.html",
    "models/digits/loss.html",
]


@pytest.mark.parametrize("page", PAGES)
def test_formulas_are_typeset_and_nothing_leaves_the_machine(built_site, visit, page):
    seen = visit(built_site.address + page)
    assert seen.settle() in {"done", "none"}
    assert seen.untypeset() == []
    seen.assert_clean()


@pytest.mark.slow
def test_every_page_of_the_models_is_typeset(built_site, visit):
    pages = sorted((built_site.folder / "models").rglob("*.html"))
    assert pages
    for page in pages:
        seen = visit(built_site.address + page.relative_to(built_site.folder).as_posix())
        assert seen.settle() in {"done", "none"}, page
        assert seen.untypeset() == [], page
        seen.assert_clean()


@pytest.mark.parametrize("page", PAGES)
def test_a_phone_scrolls_only_inside_tables_and_formulas(built_site, visit, page):
    seen = visit(built_site.address + page, width=390)
    seen.settle()
    seen.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert seen.overflow() <= 0


CONTRAST = """
() => {
    const channel = v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const parse = text => (text.match(/[\\d.]+/g) || []).map(Number);
    const light = ([r, g, b]) =>
        0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
    const ground = element => {
        for (let e = element; e; e = e.parentElement) {
            const color = parse(getComputedStyle(e).backgroundColor);
            if (color.length === 3 || (color.length === 4 && color[3] === 1)) return color;
        }
        return [255, 255, 255];
    };
    const low = [];
    const walker = document.createTreeWalker(
        document.querySelector("article"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.textContent.trim()) continue;
        if (!element.checkVisibility({checkOpacity: true, checkVisibilityCSS: true})) continue;
        if (element.closest(".headerlink, mjx-assistive-mml, svg")) continue;
        const color = parse(getComputedStyle(element).color);
        if (color.length === 4 && color[3] < 1) {
            const under = ground(element);
            for (let k = 0; k < 3; k++) color[k] = color[k] * color[3] + under[k] * (1 - color[3]);
        }
        const [a, b] = [light(color), light(ground(element))].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < 4.5) low.push([ratio.toFixed(2), walker.currentNode.textContent.trim()]);
    }
    return low;
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "page", ["models/tinycnn/conv2.html", "models/index.html", "models/digits/index.html"]
)
def test_text_is_legible_in_light_and_dark(built_site, visit, page, scheme):
    seen = visit(built_site.address + page, scheme=scheme)
    seen.settle()
    seen.page.wait_for_timeout(300)
    assert seen.page.evaluate(CONTRAST) == []


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("conv1", r"models/(tinycnn|digits)/conv1\.html"),
        ("max pooling", r"models/(tinycnn|digits)/pool\d\.html"),
        ("tinycnn", r"models/tinycnn/(index\.html)?$"),
    ],
)
def test_search_shows_the_page_that_a_reader_wants_first(built_site, visit, words, wanted):
    seen = visit(built_site.address + "index.html")
    seen.settle()
    # a script that is loaded needs a moment before it listens to the keyboard
    seen.page.wait_for_function("document.querySelector('[data-md-component=search-query]')")
    seen.page.keyboard.press("/")
    seen.page.keyboard.type(words, delay=30)
    first = seen.page.locator(".md-search-result__item a").first
    first.wait_for(timeout=15_000)
    seen.page.wait_for_timeout(500)
    address = urlparse(first.get_attribute("href"))
    assert re.search(wanted, address.path), address.path


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("stride", r"models/(tinycnn|digits)/(conv|pool)"),
        ("argmax", r"models/(tinycnn|digits)/pool\d\.html"),
        ("receptive field", r"models/(tinycnn|digits)/(conv|pool)"),
    ],
)
def test_search_finds_the_layers_of_a_word_of_their_field(built_site, visit, words, wanted):
    seen = visit(built_site.address + "index.html")
    seen.settle()
    seen.page.wait_for_function("document.querySelector('[data-md-component=search-query]')")
    seen.page.keyboard.press("/")
    seen.page.keyboard.type(words, delay=30)
    results = seen.page.locator(".md-search-result__item a")
    results.first.wait_for(timeout=15_000)
    seen.page.wait_for_timeout(500)
    found = results.evaluate_all("all => all.map(a => new URL(a.href).pathname)")
    assert any(re.search(wanted, address) for address in found), found


def test_a_page_that_is_not_there_leads_to_those_that_are(built_site, visit):
    source = (built_site.folder / "404.html").read_text(encoding="utf-8")
    article = source[source.index("<article") : source.index("</article>")]
    targets = links_of(article)
    assert [t.rpartition("/")[2] for t in targets] == ["index.html", "reading.html"]
    for target in targets:
        visit(urljoin(built_site.address, target)).assert_clean()


def test_no_page_shows_tags_as_text(built_site):
    pages = list((built_site.folder / "models").rglob("*.html"))
    assert pages
    for page in pages:
        source = page.read_text(encoding="utf-8")
        article = source[source.index("<article") : source.index("</article>")]
        parsed = Text(article)
        assert not re.search(r"</?(a|span|code|b|p|div|em)\b[^>]*>", parsed.text), page
    index = json.loads(
        (built_site.folder / "search" / "search_index.json").read_text(encoding="utf-8")
    )
    assert not [d["location"] for d in index["docs"] if "&lt;a " in d["text"]]


def test_pictures_say_what_they_show(built_site, visit):
    seen = visit(built_site.address + "models/tinycnn/conv1.html")
    seen.settle()
    labels = seen.page.eval_on_selector_all(
        "article figure.lb-heat svg[role=img]", "all => all.map(s => s.getAttribute('aria-label'))"
    )
    assert labels
    assert all(re.search(r"\d+ × \d+ values, smallest .+, largest ", label) for label in labels)

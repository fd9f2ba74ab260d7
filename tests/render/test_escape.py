"""Other people's text stays text, whatever characters it has."""

import re
from html.parser import HTMLParser
from pathlib import Path

import markdown as python_markdown
import pytest
import yaml
from mkdocs.config import load_config

from generator.explanation import FailedModel, Link, ModelSummary, OperandFact
from generator.render import render_failed, render_index, render_model
from generator.render.escape import address, markdown, text, titled

ROOT = Path(__file__).resolve().parents[2]

HOSTILE = [
    "__init__",
    "a|b",
    "<b>bold</b>",
    "<script>alert(1)</script>",
    "</title><script>",
    "$x$",
    r"\(x\)",
    r"\[x\]",
    "{{ x }}{% raw %}{# c #}",
    "{: #id onclick=alert(1) }",
    "`code`",
    "![alt](http://example.org/a.png)",
    "[link](javascript:alert(1))",
    "[^1] and ~~gone~~",
    "# heading #",
    "&lt;b&gt; &amp;",
    "quote \" and '",
    "*a* _b_ **c**",
]
NOISY = ["line\n```python\nprint(1)\n```\nend", "~~~\nfence\n~~~", "a\r\nb\tc", "\x02wzxhzdk:0\x03"]


@pytest.fixture(scope="session")
def convert():
    """Markdown to HTML with the site's own extensions."""
    configuration = load_config(str(ROOT / "mkdocs.yml"))

    def to_html(page):
        body = page.split("---\n", 2)[2]
        return python_markdown.markdown(
            body,
            extensions=configuration["markdown_extensions"],
            extension_configs=configuration["mdx_configs"],
        )

    return to_html


class _Reader(HTMLParser):
    """Elements by tag and attribute names, and the text between them."""

    def __init__(self):
        super().__init__()
        self.shape = []
        self.open = []
        self.said = []

    def handle_starttag(self, tag, attributes):
        self.shape.append((tag, tuple(name for name, _ in attributes)))
        if tag not in {"br", "hr", "img", "input", "link", "meta"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attributes):
        self.shape.append((tag, tuple(name for name, _ in attributes)))

    def handle_data(self, data):
        self.said.append(data)


def read(page):
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def hostile_model(build, name):
    link = Link(name, name, "models/tiny/x.md")
    operand = OperandFact(name, "x", "input", (1,), (name,), name, name, link)
    step = build.step(
        name=name,
        title=name,
        type=name,
        summary=name,
        search=(name,),
        operands=(operand,),
        consumers=(link,),
        previous=link,
        configuration=((name, name),),
        source=name,
        code=name,
        forward=build.section(title=name, worked=(build.worked(axes=(name,) * 4, why=name),)),
        gradients=(build.section(f"grad {name}", title=name, goes=link, arrives=(link,)),),
        pictures=(build.picture(title=name, describes=name, labels=(name,)),),
        verdicts=(build.verdict(f"grad {name}", status="mismatch"),),
    )
    return build.model(title=name, summary=name, type=name, notes=(name,), steps=(step,))


def shape_of(page):
    """The page's elements, less the ids that headings get from their words."""
    return [tag for tag in read(page).shape if tag[0] != "a"]


@pytest.mark.parametrize("name", HOSTILE + NOISY)
def test_a_hostile_name_changes_no_element_of_a_page(build, convert, name):
    plain = render_model(hostile_model(build, "plain"))
    hostile = render_model(hostile_model(build, name))
    for page, expected in plain.items():
        assert shape_of(convert(hostile[page])) == shape_of(convert(expected)), page


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_shown_as_it_is(build, convert, name):
    pages = render_model(hostile_model(build, name))
    said = "".join(read(convert(pages["models/tiny/conv1.md"])).said)
    heading, _, rest = said.partition("¶")
    assert " ".join(name.split()) in heading
    assert name in rest


@pytest.mark.parametrize("name", HOSTILE + NOISY)
def test_front_matter_is_yaml_that_a_theme_may_print_unescaped(build, name):
    page = render_model(hostile_model(build, name))["models/tiny/conv1.md"]
    front = yaml.safe_load(page.split("---\n", 2)[1])
    assert not set('<>"') & set(front["title"] + front["description"])
    assert front["search"].keys() == {"boost"}


@pytest.mark.parametrize("name", HOSTILE + NOISY)
def test_a_hostile_message_does_no_harm_to_the_page_of_a_failed_model(convert, name):
    def page(title):
        model = FailedModel(title, title, title, "models/m/index.md", title, f"{title}\nmore")
        return shape_of(convert(render_failed(model)["models/m/index.md"]))

    assert page(name) == page("plain")


@pytest.mark.parametrize("name", HOSTILE + NOISY)
def test_a_hostile_title_does_no_harm_to_the_list_of_models(convert, name):
    def page(title):
        known = ModelSummary(
            title, title, title, "models/m/index.md", title, None, 1, 1, 1, (), None, ()
        )
        failed = ModelSummary(
            title, title, title, "models/n/index.md", title, title, 0, 0, 0, (), None, ()
        )
        return shape_of(convert(render_index([known, failed])["models/index.md"]))

    assert page(name) == page("plain")


def test_text_keeps_line_ends_without_line_ends():
    assert "\n" not in text("a\nb")
    assert text("a\nb") == "a&#10;b"


def test_what_no_page_may_hold_is_replaced():
    assert text("a\x02b\ud800c") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"


def test_a_markdown_heading_has_no_markup_left():
    assert not re.search(r"[\\`*_{}\[\]<>|$]", markdown(r"\`*_{}[]<>|$"))


def test_a_title_loses_its_brackets_since_themes_decode_it_once_more():
    assert titled("a<b>") == '"a‹b›"'


@pytest.mark.parametrize(
    ("page", "origin", "expected"),
    [
        ("models/m/a.md", "models/m/b.md", "a.html"),
        ("models/m/index.md", "models/index.md", "m/index.html"),
        ("guide/reading.md", "models/m/a.md", "../../guide/reading.html"),
        ("models/m/index.md#in-and-out", "models/m/a.md", "index.html#in-and-out"),
        ("models/m/a~20b.c.md", "models/m/b.md", "a~20b.c.html"),
        ("models/m/a:b?#.md", "models/m/b.md", "a%3Ab%3F%23.html"),
    ],
)
def test_links_are_relative(page, origin, expected):
    assert address(page, origin) == expected


def test_a_link_may_lead_to_a_place_on_the_page_of_types():
    assert address("models/a/by-type.md#type-3", "models/a/b/index.md") == "../by-type.html#type-3"

"""Long pages in parts: none is too long, and nothing is lost between them."""

import re
from html.parser import HTMLParser

import pytest

from generator.render.division import divided, whole_page

HEAD = (
    '---\ntitle: "conv · Convolution"\n---\n\n# conv <small class="lb-type">Convolution</small>\n'
)
ROWS = "\n".join(f'<tr><th scope="row">{k}</th><td>row {k}</td></tr>' for k in range(300))
TABLE = (
    '<div class="lb-scroll" tabindex="0">\n<table class="lb-layers">\n'
    f'<thead><tr><th scope="col">name</th></tr></thead>\n<tbody>\n{ROWS}\n</tbody>\n'
    "</table>\n</div>"
)
PARAGRAPHS = "\n".join(f"<p>paragraph {k} of the fold, in some words.</p>" for k in range(300))
FOLD = (
    '<details class="lb-long" data-search-exclude>\n<summary>Another element</summary>\n'
    f"{PARAGRAPHS}\n</details>"
)


def page(*blocks):
    return "\n".join([HEAD, '<nav class="lb-trail">\n<a href="a.html">a</a>\n</nav>', *blocks, ""])


def sections(count, size=40):
    lines = "\n".join(f"<p>line {k} of the section.</p>" for k in range(size))
    return [
        f"### Gradient {k} {{ #gradient-{k} data-search-exclude }}\n\n{lines}\n"
        for k in range(count)
    ]


class Balance(HTMLParser):
    """Fails where elements are not closed in the order in which they were opened."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def balanced(text):
    reader = Balance()
    reader.feed(text)
    assert reader.open == []


def body(text):
    """The lines of a page that are no headings, ways or repetitions."""
    return re.findall(r"(?:paragraph|line|row) \d+[^<]*", text)


def test_a_page_that_is_short_enough_stays_as_it_is():
    text = page(*sections(3))
    assert divided({"m/conv.md": text}) == {"m/conv.md": text}


@pytest.mark.parametrize("blocks", [sections(30), [TABLE], [FOLD], [*sections(4), FOLD, TABLE]])
def test_no_part_is_too_long_and_no_line_is_lost(blocks):
    text = page("## Backward Pass { #backward-pass }\n", *blocks)
    parts = divided({"m/conv.md": text}, 5000)
    assert len(parts) > 3
    assert [*parts] == ["m/conv.md", *(f"m/conv~part{k}.md" for k in range(2, len(parts) + 1))]
    assert {*map(whole_page, parts)} == {"m/conv.md"}
    assert all(len(part.encode()) <= 5000 for part in parts.values())
    assert [line for part in parts.values() for line in body(part)] == body(text)
    for part in parts.values():
        balanced(part)
    assert divided({"m/conv.md": text}, 5000) == parts


def test_a_part_begins_with_a_section():
    _, *others = divided({"m/conv.md": page("## Backward Pass\n", *sections(30))}, 5000).values()
    for part in others:
        headings = re.findall(r"^#+ .*", part, re.MULTILINE)
        assert headings[1] == "## Backward Pass, continued { data-search-exclude }"
        assert headings[2].startswith("### Gradient")
        assert "continued" not in headings[2]


def test_what_is_open_goes_on_with_its_head():
    for block, head in ((TABLE, '<th scope="col">name</th>'), (FOLD, "<summary>Another element")):
        parts = divided({"m/conv.md": page(block)}, 5000)
        assert all(part.count(head) == 1 for part in parts.values())
    _, *others = divided({"m/conv.md": page(FOLD)}, 5000).values()
    assert all('<details class="lb-long" data-search-exclude open>' in part for part in others)


def test_each_part_says_what_it_is_and_leads_to_the_others():
    parts = divided({"m/conv.md": page("## Backward Pass\n", *sections(30))}, 5000)
    first, second, *_ = parts.values()
    for k, part in enumerate(parts, 1):
        assert (f'<a href="conv~part{k}.html">part {k}</a> from' in first) is (k > 1), part
    assert "“Gradient" in first
    assert 'title: "conv · Convolution, part 2"' in second
    assert f'Convolution</small> <small class="lb-type">part 2 of {len(parts)}</small>' in second
    assert '<a href="conv.html">← part 1</a>' in second
    assert '<a href="conv~part3.html">part 3 →</a>' in second


def test_links_lead_to_the_part_that_has_the_place():
    links = '<p><a href="#gradient-0">0</a> <a href="#gradient-29">29</a></p>'
    other = '<a href="conv.html#gradient-29">29</a> <a href="conv.html#gradient-0">0</a>'
    parts = divided({"m/conv.md": page(links, *sections(30), links), "m/a.md": page(other)}, 5000)
    [place] = [place for place, text in parts.items() if "{ #gradient-29 " in text]
    address = place.removeprefix("m/").replace(".md", ".html")
    first, last = parts["m/conv.md"], parts[place]
    assert f'<a href="#gradient-0">0</a> <a href="{address}#gradient-29">29</a>' in first
    assert '<a href="conv.html#gradient-0">0</a> <a href="#gradient-29">29</a>' in last
    expected = f'<a href="{address}#gradient-29">29</a> <a href="conv.html#gradient-0">0</a>'
    assert expected in parts["m/a.md"]

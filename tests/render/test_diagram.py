"""Diagrams as HTML: boxes apart, arrows around them, other people's names as text."""

import random
import re
from html.parser import HTMLParser
from itertools import combinations, pairwise, product

import pytest

from generator.explanation import Arrow, Box, Diagram, Frame, Link
from generator.render.diagram import diagram
from generator.render.placement import HEADER, WIDTH, placed

RESIDUAL = ((0, 1), (1, 2), (2, 3), (3, 4), (0, 4), (4, 5), (5, 6), (4, 6))
UNET = ((0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (2, 5), (5, 6), (1, 6), (0, 7), (6, 7))
DENSE = tuple((a, b) for a, b in combinations(range(6), 2))
HEADS = (*((0, k) for k in range(1, 9)), *((k, 9) for k in range(1, 9)), (0, 9))
CHAIN = tuple(pairwise(range(30)))


@pytest.mark.parametrize("arrows", [RESIDUAL, UNET, DENSE, HEADS, CHAIN, ((0, 2), (1, 2)), ()])
def test_boxes_lie_apart_and_no_arrow_crosses_one(arrows):
    count = max((k for arrow in arrows for k in arrow), default=0) + 1
    heights = tuple(40 if k % 3 else 55 for k in range(count))
    found = placed(heights, arrows)
    boxes = [(x, y, x + WIDTH, y + h) for (x, y), h in zip(found.boxes, heights, strict=True)]
    assert all(x >= 0 and y >= 0 and r <= found.width and b <= found.height for x, y, r, b in boxes)
    assert not [pair for pair in combinations(boxes, 2) if overlap(*pair, by=4)]
    pieces = [s for line in found.lines for s in pairwise(line)]
    thin = [(min(a, c), min(b, d), max(a, c), max(b, d)) for (a, b), (c, d) in pieces]
    assert not [pair for pair in product(thin, boxes) if overlap(*pair, by=-1)]
    for (source, target), line in zip(arrows, found.lines, strict=True):
        assert line[0][1] == boxes[source][3]  # out of the bottom of one box,
        assert line[-1][1] == boxes[target][1]  # into the top of another
        assert boxes[source][0] < line[0][0] < boxes[source][2]
        assert boxes[target][0] < line[-1][0] < boxes[target][2]


def overlap(one, other, by):
    return (
        min(one[2], other[2]) - max(one[0], other[0]) > -by
        and min(one[3], other[3]) - max(one[1], other[1]) > -by
    )


def box(title, **changes):
    known = {
        "type": "Linear",
        "shape": (1, 4),
        "page": f"models/tiny/{title}.md",
        "kind": "layer",
        "name": title,
    }
    return Box(title=title, **{**known, **changes})


def html(*boxes, arrows=(), **changes):
    shown = Diagram(title="Overview of Tiny", boxes=boxes, arrows=arrows, **changes)
    return str(diagram(shown, lambda page: f"../{page}"))


class Elements(HTMLParser):
    """The links with their text, and every tag."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.links, self.items, self.listed = [], [], [], False
        self.feed(source)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag == "a":
            self.links.append(dict(attributes))
        if tag == "li":
            self.items.append("")

    def handle_endtag(self, tag):
        if tag == "ol":
            self.listed = True

    def handle_data(self, data):
        if self.items and not self.listed:
            self.items[-1] += data


def test_boxes_are_a_list_of_links_that_says_where_the_tensors_go():
    found = Elements(
        html(
            box("conv1"),
            box("relu", kind="function", type="ReLU"),
            box("add", shape=()),
            arrows=(Arrow(0, 1), Arrow(0, 2, skips=True), Arrow(1, 2)),
        )
    )
    assert [link["href"] for link in found.links] == [
        f"../models/tiny/{name}.md" for name in ("conv1", "relu", "add")
    ]
    assert found.items == [
        "conv1 Linear 1×4, goes to relu and add",
        "relu ReLU 1×4, goes to add",
        "add Linear scalar",
    ]


def test_the_list_is_in_the_order_of_the_flow():
    """The loss reads the model's output, whose box lies outside of what ran."""
    boxes = (box("fc"), box("shift"), box("target"), box("loss"), box("output", kind="outside"))
    arrows = (Arrow(0, 4), Arrow(4, 1), Arrow(1, 3), Arrow(2, 3))
    around = Frame("head", "Head", "head.md", (1, 2), None)
    found = Elements(html(*boxes, arrows=arrows, frames=(around,)))
    named = [item.split()[0].strip(",") for item in found.items]
    assert named == ["fc", "head", "target", "output", "shift", "loss"]


@pytest.mark.parametrize(
    ("abreast", "wanted", "width"),
    [(1, 240, 240), (2, 170, WIDTH), (2, 240, WIDTH), (3, 180, 180), (3, 240, WIDTH)],
)
def test_boxes_are_as_wide_as_their_names_where_that_changes_nothing_for_a_page(
    abreast, wanted, width
):
    arrows = [(0, k) for k in range(1, abreast + 1)]
    assert placed((40,) * (abreast + 1), tuple(arrows), wanted).box == width


def test_names_in_a_list_are_few_and_tell_boxes_apart():
    boxes = (
        box("stem"),
        box("pooler", name="net.stem.pooler"),
        *(box(f"h.{k}") for k in range(5)),
        box("pooler", name="net.pooler"),
    )
    arrows = tuple(Arrow(k, k + 1) for k in range(len(boxes) - 1))
    around = Frame("net", "Net", "net.md", tuple(range(1, len(boxes))), None)
    items = Elements(html(*boxes, arrows=arrows, frames=(around,))).items
    assert "stem Linear 1×4, goes to net.stem.pooler" in items
    assert "h.4 Linear 1×4, goes to net.pooler" in items
    assert "net Net, around net.stem.pooler to net.pooler, 7 parts" in items


def test_only_what_is_there_is_explained():
    plain = html(box("conv1"), box("fc"), arrows=(Arrow(0, 1),))
    assert "Coloured" not in plain
    assert "Dashed" not in plain
    assert "<details" not in plain
    assert "Coloured" in html(box("a"), box("b"), arrows=(Arrow(0, 1, skips=True),))
    assert "outside of block" in html(box("x", kind="outside"), of="block")
    assert "called 5 times" in html(box("a"), call=5)


def test_what_is_folded_is_listed_with_links():
    links = tuple(Link(f"h.{k}", "Block", f"models/tiny/h.{k}.md") for k in range(12))
    source = html(box("48 × Block", kind="repeat", folded=links, count=48))
    assert source.count("<a ") == 13
    assert "and 36 others" in source


EVIL = "\"><script>alert(1)</script>&amp;<b>'`*_"


def test_names_are_text():
    source = html(
        box(EVIL, type=EVIL, name=EVIL, note=EVIL, page=EVIL),
        box("b", folded=(Link(EVIL, EVIL, EVIL),)),
        arrows=(Arrow(0, 1), Arrow(1, 0)),
        call=2,
    )
    found = Elements(source)
    assert "script" not in found.tags
    assert EVIL in "".join(found.items)
    assert not re.search(r"<b>'", source)
    assert "\n" not in source  # so that Markdown takes it as one block of HTML


def test_a_layer_in_several_places_is_marked_and_the_own_page_is_said():
    source = html(box("cell", note="call 2 of 3"), box("here", kind="here"))
    assert '<li class="layer shared"' in source
    assert source.count('aria-current="page"') == 1


def nested(seed):
    """Boxes in a row of frames, some of these within others, and arrows from earlier boxes."""
    numbers = random.Random(seed)
    inside, outer = [None], [None, None, 0, 1]
    for frame in (0, 2, None, 1, 3, None):
        inside += [frame] * numbers.randint(2, 3)
    count = len(inside)
    arrows = {(numbers.randrange(k), k) for k in range(1, count)}
    arrows |= {tuple(sorted(numbers.sample(range(count), 2))) for _ in range(8)}
    return tuple(inside), tuple(outer), tuple(sorted(arrows))


@pytest.mark.parametrize("seed", range(12))
def test_a_frame_is_around_its_own_boxes_alone_and_arrows_pass_by_boxes(seed):
    inside, outer, arrows = nested(seed)
    heights = (40,) * len(inside)
    found = placed(heights, arrows, WIDTH, inside, outer)
    boxes = [(x, y, x + WIDTH, y + h) for (x, y), h in zip(found.boxes, heights, strict=True)]
    frames = [(x, y, x + w, y + h) for x, y, w, h in found.frames]
    assert not [pair for pair in combinations(boxes, 2) if overlap(*pair, by=4)]
    for number, frame in enumerate(frames):
        for box, own in zip(boxes, inside, strict=True):
            if number in {own, outer[own] if own is not None else None}:
                assert frame[0] < box[0]
                assert frame[1] + HEADER < box[1]  # the label is above it
                assert frame[2] > box[2]
                assert frame[3] > box[3]
            else:
                assert not overlap(frame, box, by=0)
    pieces = [s for line in found.lines for s in pairwise(line)]
    thin = [(min(a, c), min(b, d), max(a, c), max(b, d)) for (a, b), (c, d) in pieces]
    assert not [pair for pair in product(thin, boxes) if overlap(*pair, by=-1)]
    everything = [*boxes, *frames, *thin]
    assert all(
        x >= 0 and y >= 0 and r <= found.width and b <= found.height for x, y, r, b in everything
    )


def test_a_frame_is_a_link_before_its_boxes_and_says_what_it_is_around():
    frames = (
        Frame("stage", "Stage", "models/tiny/stage/index.md", (1, 2, 3), None),
        Frame(EVIL, EVIL, EVIL, (2, 3), 0),
    )
    source = html(
        box("stem"), box("a"), box("b"), box("c"),
        arrows=(Arrow(0, 1), Arrow(1, 2), Arrow(2, 3)), frames=frames,
    )  # fmt: skip
    found = Elements(source)
    assert found.items[1] == "stage Stage, around a, b and c"
    assert [item.split()[0] for item in found.items if item][2] == "a"
    assert EVIL in found.items[3]
    assert "script" not in found.tags
    assert found.links[1]["href"] == "../models/tiny/stage/index.md"
    assert "A frame is around the parts of a container." in source

"""Where the boxes of a diagram stand and how its arrows run, top to bottom, none through a box."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import graphlay

WIDTH, WIDEST = 156, 300
"""A box's least width, of which two side by side fit a phone, and its largest."""
HEADER = 22
"""What a frame has above its boxes for its label, beside what is around them."""
_PHONE, _TABLET = 350, 620
_APART, _STEPS = 3, (0, 3, 6, 9)
"""How far the border of a frame is from an arrow along it, and by what it is moved for that."""
_OPTIONS: dict[str, Any] = {
    "direction": "topbottom",
    "spacing": {
        "layer_gap": 20,
        "node_gap": 18,
        "dummy_gap": 16,
        "port_gap": 14,
        "port_stroke_clear": 10,
        "stub": 9,
        "isolated_gap": 18,
        "compound_padding": 9,
        "compound_header": HEADER,
    },
}

Point = tuple[float, float]
Rectangle = tuple[float, float, float, float]
"""Left, top, width and height."""


@dataclass(frozen=True)
class Placement:
    """Everything in pixels from the top left corner."""

    width: float
    height: float
    box: int
    """The width of a box."""
    boxes: tuple[Point, ...]
    """The top left corner of each box."""
    lines: tuple[tuple[Point, ...], ...]
    """For each arrow the points from the border of its source to that of its target."""
    frames: tuple[Rectangle, ...] = ()


@lru_cache(maxsize=1024)
def placed(
    heights: tuple[int, ...],
    arrows: tuple[tuple[int, int], ...],
    wanted: int = WIDTH,
    inside: tuple[int | None, ...] = (),
    frames: tuple[int | None, ...] = (),
) -> Placement:
    """The placement of boxes of these heights; blocks of the same structure share one.

    `inside` has for each box the frame around it, `frames` for each frame the one around that.
    Boxes are as wide as wanted where all of it still fits a phone, and where it does not fit one
    anyway but fits a tablet; otherwise they are narrow.
    """
    wide = min(max(wanted, WIDTH), WIDEST)
    given = (heights, arrows, inside or (None,) * len(heights), frames)
    found = _placed(*given, wide)
    if wide == WIDTH or found.width <= _PHONE:
        return found
    narrow = _placed(*given, WIDTH)
    return found if narrow.width > _PHONE and found.width <= _TABLET else narrow


def _placed(
    heights: tuple[int, ...],
    arrows: tuple[tuple[int, int], ...],
    inside: tuple[int | None, ...],
    frames: tuple[int | None, ...],
    width: int,
) -> Placement:
    graph, count = graphlay.Graph(), len(heights)
    for height, frame in zip(heights, inside, strict=True):
        graph.node(width=width, height=height, **_within(frame, count))
    for frame in frames:
        graph.node(width=width, height=1, **_within(frame, count))
    for source, target in arrows:
        graph.edge(source, target)
    found = graphlay.layout(graph, options=_OPTIONS)
    corners = [
        (node["center"]["x"] - width / 2, node["center"]["y"] - height / 2)
        for node, height in zip(found.nodes[:count], heights, strict=True)
    ]
    lines = [[(p["x"], p["y"]) for p in edge["points"]] for edge in found.edges]
    around = [_clear(_rectangle(node), lines) for node in found.nodes[count:]]
    everything = [*corners, *(p for line in lines for p in line), *((x, y) for x, y, *_ in around)]
    left, top = min(x for x, _ in everything) - 1, min(y for _, y in everything) - 1
    ends = [*(x + width for x, _ in corners), *(x + w for x, _, w, _ in around)]
    right = max([*ends, *(x for line in lines for x, _ in line)])
    feet = [y + height for (_, y), height in zip(corners, heights, strict=True)]
    foot = max([*feet, *(y + h for _, y, _, h in around)])
    return Placement(
        width=_rounded(right - left + 1),
        height=_rounded(foot - top + 1),
        box=width,
        boxes=tuple((_rounded(x - left), _rounded(y - top)) for x, y in corners),
        lines=tuple(tuple((_rounded(x - left), _rounded(y - top)) for x, y in p) for p in lines),
        frames=tuple(
            (_rounded(x - left), _rounded(y - top), _rounded(w), _rounded(h))
            for x, y, w, h in around
        ),
    )


def _within(frame: int | None, count: int) -> dict[str, Any]:
    """The frame around a node of the graph, which has the boxes before the frames."""
    return {} if frame is None else {"parent": count + frame}


def _clear(frame: Rectangle, lines: list[list[Point]]) -> Rectangle:
    """The frame, a little smaller where an arrow runs along its upper or lower border."""
    x, y, width, height = frame
    level = [b for line in lines for (_, b), (_, d) in pairwise(line) if b == d]

    def moved(border: float, way: int) -> float:
        places = [border + way * step for step in _STEPS]
        return next((p for p in places if all(abs(p - at) > _APART for at in level)), border)

    upper, lower = moved(y, 1), moved(y + height, -1)
    return x, upper, width, lower - upper


def _rectangle(node: Any) -> Rectangle:
    """Left, top, width and height of a node."""
    (x, y), (width, height) = node["center"].values(), node["size"].values()
    return x - width / 2, y - height / 2, width, height


def _rounded(length: float) -> float:
    # half a pixel is finer than anything seen, and coarser than a platform's last digits
    return round(length * 2) / 2

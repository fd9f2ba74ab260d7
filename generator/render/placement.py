"""Where the boxes of a diagram stand and how its arrows run, top to bottom, none through a box."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import graphlay

WIDTH, WIDEST = 164, 300
"""A box's least width, of which two side by side fit a phone, and its largest."""
_PHONE = 350
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
    },
}

Point = tuple[float, float]


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


@lru_cache(maxsize=1024)
def placed(
    heights: tuple[int, ...], arrows: tuple[tuple[int, int], ...], wanted: int = WIDTH
) -> Placement:
    """The placement of boxes of these heights; blocks of the same structure share one.

    Boxes are as wide as wanted where all of it still fits a phone, otherwise narrow.
    """
    wide = min(max(wanted, WIDTH), WIDEST)
    found = _placed(heights, arrows, wide)
    return found if wide == WIDTH or found.width <= _PHONE else _placed(heights, arrows, WIDTH)


def _placed(heights: tuple[int, ...], arrows: tuple[tuple[int, int], ...], width: int) -> Placement:
    graph = graphlay.Graph()
    for height in heights:
        graph.node(width=width, height=height)
    for source, target in arrows:
        graph.edge(source, target)
    found = graphlay.layout(graph, options=_OPTIONS)
    corners = [
        (node["center"]["x"] - width / 2, node["center"]["y"] - height / 2)
        for node, height in zip(found.nodes, heights, strict=True)
    ]
    lines = [[(p["x"], p["y"]) for p in edge["points"]] for edge in found.edges]
    everything = [*corners, *(point for line in lines for point in line)]
    left, top = min(x for x, _ in everything) - 1, min(y for _, y in everything) - 1
    right = max([x + width for x, _ in corners] + [x for line in lines for x, _ in line])
    foot = max(y + height for (_, y), height in zip(corners, heights, strict=True))
    return Placement(
        width=_rounded(right - left + 1),
        height=_rounded(foot - top + 1),
        box=width,
        boxes=tuple((_rounded(x - left), _rounded(y - top)) for x, y in corners),
        lines=tuple(tuple((_rounded(x - left), _rounded(y - top)) for x, y in p) for p in lines),
    )


def _rounded(length: float) -> float:
    # half a pixel is finer than anything seen, and coarser than a platform's last digits
    return round(length * 2) / 2

"""Pictures say what they show, and draw what is there."""

import base64
import io
import math
import re

import pytest
from PIL import Image

from generator.render.bitmap import opacity
from generator.render.heatmap import LEVELS, heatmap


def alternatives(svg):
    return re.findall(r'<svg [^>]*role="img" aria-label="([^"]*)"', svg)


def paths(svg, kind):
    return re.findall(rf'<path class="{kind}"(?: opacity="([^"]*)")? d="([^"]*)"/>', svg)


def test_the_text_alternative_has_size_and_extremes(build):
    assert alternatives(heatmap(build.picture(), 4)) == [
        "input of the layer: 2 × 3 values, smallest −0.5000, largest 2.0000"
    ]


def test_each_plane_has_its_own_alternative(build):
    plane = build.picture().planes[0]
    svg = heatmap(build.picture(planes=(plane, plane), labels=("channel 0", "channel 1")), 4)
    said = alternatives(svg)
    assert [s.partition(":")[0] for s in said] == [
        "input of the layer, channel 0",
        "input of the layer, channel 1",
    ]


def test_colours_follow_sign_and_magnitude(build):
    svg = heatmap(build.picture(), 4)
    assert paths(svg, "m") == [(f"{opacity(LEVELS // 4):.3g}", "M1 0h1v1h-1z")]
    assert paths(svg, "p") == [
        (f"{opacity(LEVELS // 8):.3g}", "M2 1h1v1h-1z"),
        (f"{opacity(LEVELS // 2):.3g}", "M0 1h2v1h-2z"),
        ("1", "M2 0h1v1h-1z"),
    ]


def test_every_value_but_zero_has_a_cell(build):
    rows = tuple(tuple((r * 7 + c) % 5 - 2.0 for c in range(6)) for r in range(4))
    svg = heatmap(build.picture(planes=(rows,), marked=()), 4)
    drawn = sum(int(n) for n in re.findall(r"h(\d+)v1h-", svg))
    assert drawn == sum(value != 0 for row in rows for value in row)


def test_planes_share_one_scale(build):
    svg = heatmap(build.picture(planes=(((1.0,),), ((4.0,),)), labels=("a", "b"), marked=()), 4)
    assert [strength for strength, _ in paths(svg, "p")] == [f"{opacity(LEVELS // 4):.3g}", "1"]


def test_the_legend_names_its_ends(build):
    svg = heatmap(build.picture(), 4)
    below, above = '<i class="below"></i>', '<i class="above"></i>'
    zero = '<i class="zero">0</i>'
    assert f"<span>−2.0000</span>{below}{zero}{above}<span>2.0000</span>" in svg
    assert "blue below zero, red above<" in svg


def test_the_legend_has_the_signs_that_are_there(build):
    svg = heatmap(build.picture(planes=(((0.0, 1.0),), ((2.0, 0.5),)), marked=()), 4)
    assert "below" not in svg
    assert "<span>red above zero, one scale for all planes</span>" in svg


def test_a_tensor_of_zeros(build):
    svg = heatmap(build.picture(planes=(((0.0, 0.0),),), marked=()), 4)
    assert "0 everywhere" in svg
    assert not paths(svg, "p")


def test_marked_cells_have_one_border_around_all(build):
    marked = tuple((0, r, c) for r in range(2) for c in range(2))
    [(_, border)] = paths(heatmap(build.picture(marked=marked), 4), "o")
    assert border == "M0 0h2M0 2h2M0 0v2M2 0v2"  # no line between them


def test_the_two_kinds_of_marks_are_drawn_apart_and_said(build):
    shown = build.picture(marked=((0, 0, 1),), dashed=((0, 1, 0),), meaning="Dashed: <b>.")
    svg = heatmap(shown, 4)
    assert [d for _, d in paths(svg, "o")] == ["M1 0h1M1 1h1M1 0v1M2 0v1"]
    assert [d for _, d in paths(svg, "o d")] == ["M0 1h1M0 2h1M0 1v1M1 1v1"]
    assert "Dashed: &lt;b&gt;." in svg


def test_the_least_number_does_not_look_like_zero(build):
    svg = heatmap(build.picture(planes=(((0.0, 1e-9, -1.0),),), marked=()), 4)
    assert [strength for strength, _ in paths(svg, "p")] == [f"{opacity(1):.3g}"]
    assert opacity(1) > 0.1


def test_nan_and_infinity_are_drawn_apart(build):
    rows = ((math.nan, math.inf), (-math.inf, 1.0))
    svg = heatmap(build.picture(planes=(rows,), marked=()), 4)
    assert len(paths(svg, "n")) == 1
    [(_, strokes)] = paths(svg, "x")
    assert strokes.count("M") == 4  # two for NaN, one for each infinity
    assert "A cross marks NaN." in svg
    assert "A stroke marks an infinite value." in svg
    assert alternatives(svg) == ["input of the layer: 2 × 2 values, smallest −∞, largest ∞"]


def test_all_nan(build):
    svg = heatmap(build.picture(planes=(((math.nan, math.nan),),), marked=()), 4)
    assert alternatives(svg) == ["input of the layer: 1 × 2 values, all NaN"]


def test_what_is_left_out_is_said(build):
    svg = heatmap(build.picture(omitted=3, sampled=(2, 5)), 4)
    assert "3 more planes not drawn." in svg
    assert "Every second row and one column in 5 are drawn." in svg


@pytest.mark.parametrize("side", [8, 64])
def test_elements_grow_with_colours_and_not_with_cells(build, side):
    rows = tuple(tuple(math.sin(r * side + c) for c in range(side)) for r in range(side))
    svg = heatmap(build.picture(planes=(rows,), marked=()), 4)
    assert svg.count("<path") <= 2 * LEVELS + 1


def test_the_scale_is_that_of_the_whole_tensor(build):
    svg = heatmap(build.picture(largest=4.0, marked=()), 4)
    assert "<span>−4.0000</span>" in svg
    assert "the scale reaches to the largest magnitude of the whole tensor" in svg
    assert [strength for strength, _ in paths(svg, "m")] == [f"{opacity(LEVELS // 8):.3g}"]


def test_one_row_is_broken_into_lines_with_its_marks(build):
    row = tuple(float(k + 1) for k in range(40))
    svg = heatmap(build.picture(planes=((row,),), marked=((0, 0, 12),)), 4)
    assert re.search(r'viewBox="0 0 10 4"', svg)
    assert sum(alpha > 0 for line in pixels(svg) for *_, alpha in line) == 40
    [(_, border)] = paths(svg, "o")
    assert border.startswith("M2 1h1")
    assert alternatives(svg)[0].startswith("input of the layer: 1 × 40 values")
    assert "Its one row is broken into lines." in svg


def test_a_last_line_may_be_shorter(build):
    svg = heatmap(build.picture(planes=(((1.0,) * 17,),), marked=()), 4)
    assert re.search(r'viewBox="0 0 16 2"', svg)
    assert [d for _, d in paths(svg, "z")] == ["M0 0h16v1H0zM0 1h1v1H0z"]


def test_cells_of_a_wide_matrix_can_be_seen(build):
    rows = tuple(tuple(float(r + c) for c in range(64)) for r in range(10))
    svg = heatmap(build.picture(planes=(rows,), marked=()), 4)
    assert 'width="384" height="60"' in svg


def pixels(svg):
    """The colours of the only bitmap, by row and column."""
    (found,) = re.findall(r'href="data:image/png;base64,([^"]*)"', svg)
    image = Image.open(io.BytesIO(base64.b64decode(found))).convert("RGBA")
    width, height = image.size
    return [[image.getpixel((c, r)) for c in range(width)] for r in range(height)]


def test_a_small_plane_of_few_colours_is_shapes_and_one_of_many_a_bitmap(build):
    few = tuple(tuple(float(r - c) for c in range(5)) for r in range(5))
    assert "<image" not in heatmap(build.picture(planes=(few,), marked=()), 4)
    many = tuple(tuple(float(5 * r + c + 1) for c in range(5)) for r in range(5))
    svg = heatmap(build.picture(planes=(many,), marked=()), 4)
    alphas = [alpha for line in pixels(svg) for *_, alpha in line]
    assert alphas == sorted(alphas)
    assert alphas[-1] == 255


def test_a_plane_of_many_cells_is_a_bitmap_with_the_same_colours(build):
    rows = [[(r - 10) * (c + 1) / 200 for c in range(20)] for r in range(20)]
    rows[0][0], rows[0][1], rows[0][2] = math.nan, math.inf, -math.inf
    svg = heatmap(build.picture(planes=(tuple(map(tuple, rows)),), marked=((0, 2, 3),)), 4)
    found = pixels(svg)
    largest = max(abs(v) for row in rows for v in row if math.isfinite(v))
    for row, line in zip(rows, found, strict=True):
        for value, (red, _, blue, alpha) in zip(row, line, strict=True):
            if math.isnan(value):
                assert red == blue
                assert alpha == 255
                continue
            share = math.ceil(abs(value) / largest * LEVELS) if math.isfinite(value) else LEVELS
            share = min(share, LEVELS)
            assert alpha == (round(255 * opacity(share)) if share else 0)
            assert not alpha or (red > blue) == (value > 0)
    assert 'class="o"' in svg
    assert 'class="x"' in svg


def test_a_bitmap_of_zeros_is_transparent(build):
    rows = ((0.0,) * 20,) * 20
    assert {p[3] for line in pixels(heatmap(build.picture(planes=(rows,)), 4)) for p in line} == {0}

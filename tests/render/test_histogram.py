"""Histograms draw each count, and say in words what they do not show."""

import re
from dataclasses import replace

from generator.explanation import Distribution
from generator.render.histogram import HEIGHT, histograms

SPREAD = Distribution(
    "output", -1.0, 3.0, (1, 2, 0, 4), elements=8, zeros=1, nan=0, infinite=0, rms=1.5
)


def tops(svg):
    """The bars' heights, from left to right."""
    drawn = re.findall(r'<path class="([mpc])" d="M[^V]*((?:V\d+h[\d.]+)+)V', svg)
    return [(k, HEIGHT - int(top)) for k, line in drawn for top in re.findall(r"V(\d+)h", line)]


def test_what_is_not_drawn_is_named_and_a_name_keeps_its_letters():
    page = histograms([replace(SPREAD, title="weight_ih_l0")], [f"bias_{k}" for k in range(9)])
    assert "<figcaption>weight_ih_l0<" in page
    assert "Nothing is drawn here of bias_0, bias_1," in page
    assert "bias_5 and 3 more." in page
    assert "Nothing" not in histograms([SPREAD])


def test_bars_are_as_high_as_their_counts_and_coloured_by_sign():
    found = tops(histograms([replace(SPREAD, zeros=0)]))
    assert found == [("m", 12), ("p", 24), ("p", 0), ("p", HEIGHT)]


def test_the_bin_with_zero_within_has_no_sign():
    counted = [kind for kind, _ in tops(histograms([SPREAD]))]
    assert counted[1:] == ["c", "p", "p"]  # a zero is in the bin that begins with it
    found = tops(histograms([replace(SPREAD, low=-2.0)]))
    assert [kind for kind, _ in found] == ["m", "c", "p", "p"]


def test_a_steep_distribution_has_a_logarithmic_axis_and_says_so():
    steep = histograms([replace(SPREAD, counts=(1, 1, 1, 9999), elements=10_002)])
    assert "logarithmic axis up to 9,999" in steep
    assert [top for _, top in tops(steep)] == [4, 4, 4, HEIGHT]  # 48 · ln 2 / ln 10000 = 3.6
    assert "logarithmic" not in histograms([SPREAD])


def test_zeros_are_said_exactly():
    assert "1 exactly zero (12\N{NO-BREAK SPACE}%)" in histograms([SPREAD])
    assert "none exactly zero" in histograms([replace(SPREAD, zeros=0)])
    most = histograms([replace(SPREAD, elements=100_000, zeros=99_999)])
    assert "99,999 exactly zero (over 99\N{NO-BREAK SPACE}%)" in most
    assert "all exactly zero" in histograms([replace(SPREAD, zeros=8, counts=(8,), low=0, high=0)])


def test_what_is_not_finite_is_said():
    found = histograms([replace(SPREAD, nan=2, infinite=1)])
    assert "Not finite: 2 NaN and 1 infinite" in found
    assert "<svg" not in histograms([replace(SPREAD, counts=(), nan=8)])


def test_it_is_small_and_its_title_is_text():
    found = histograms([replace(SPREAD, title="<b>", counts=tuple(range(32)))])
    assert len(found) < 1500
    assert "<b>" not in found


def test_what_a_mask_fills_in_is_said_and_not_drawn():
    masked = histograms([replace(SPREAD, masked=3)])
    assert "3 of the type's largest magnitude, as in a mask, left out" in masked
    assert "left out" not in histograms([SPREAD])

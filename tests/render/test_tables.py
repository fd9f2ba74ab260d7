"""Tables of numbers: nothing is missing, and padding shows."""

import re
from dataclasses import replace

from generator.render.tables import PLANES_SHOWN, grid, long_sum


def test_padded_and_maximal_cells_are_marked(build):
    table = grid(build.grid(), 4)
    assert '<td class="pad">0</td>' in table
    assert '<td class="hit">1.8643</td>' in table
    assert table.count("<td>") == 2


def test_rows_and_columns_have_headers(build):
    table = grid(build.grid(), 4)
    assert re.findall(r'<th scope="col">([^<]*)</th>', table) == ["−1", "0"]
    assert re.findall(r'<th scope="row">([^<]*)</th>', table) == ["−1", "0"]


def test_a_table_scrolls_has_a_name_and_is_not_searched(build):
    region = grid(build.grid(), 4).partition(">")[0]
    assert 'tabindex="0" role="region" aria-label="Input Receptive Field"' in region
    assert "data-search-exclude" in region


def test_many_planes_fold(build):
    plane = build.grid().planes[0]
    many = tuple(replace(plane, title=f"channel {k}") for k in range(PLANES_SHOWN + 3))
    table = grid(replace(build.grid(), planes=many), 4)
    shown, _, folded = table.partition("<details")
    assert shown.count("<table") == PLANES_SHOWN
    assert folded.count("<table") == 3
    assert "the other 3 tables" in folded


def test_a_cell_without_a_number_is_empty(build):
    shown = build.grid()
    plane = shown.planes[0]
    cell = replace(plane.cells[0][0], value=None, padded=False)
    cells = ((cell, *plane.cells[0][1:]), *plane.cells[1:])
    assert "<td></td>" in grid(replace(shown, planes=(replace(plane, cells=cells),)), 4)


def test_a_long_sum_is_complete(build):
    table = long_sum(build.long_sum(4608), 6)
    terms = re.findall(r'<tr><th scope="row">c = \d, i = (\d+)</th><td>([^<]*)</td>', table)
    assert len(terms) == 4608
    assert terms[2303] == ("2303", "0.5000 × 2303.2500")
    assert "4,608 terms = 247.912000" in table


def test_a_long_sum_has_subtotals_and_its_total(build):
    table = long_sum(build.long_sum(), 6)
    subtotals = re.findall(r'<tr class="sub">.*?Subtotal, (c = \d)</th><td></td><td>([^<]*)', table)
    assert subtotals == [("c = 0", "123.456000"), ("c = 1", "124.456000")]
    assert "<tfoot><tr><th" in table
    assert ">Sum</th><td></td><td>247.912000</td>" in table


def test_a_long_sum_is_named_as_in_the_formula(build):
    assert r'<summary><span class="arithmatex">\(S_{1}\)</span>' in long_sum(build.long_sum(), 6)


def test_terms_that_are_not_listed_are_counted(build):
    table = long_sum(build.long_sum(omitted=8), 6)
    assert "8 of the terms are part of the sum and are not listed." in table


def test_a_long_maximum_speaks_of_values(build):
    table = long_sum(replace(build.long_sum(), kind="max"), 6)
    assert "the maximum over c, i, 72 values" in table
    assert "Largest of these, c = 0" in table

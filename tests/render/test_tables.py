"""Tables of numbers: nothing is missing, and padding shows."""

import re
from dataclasses import replace

from generator.render.long_sums import long_sum
from generator.render.tables import PLANES_SHOWN, grid, whole


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
    assert 'tabindex="0" role="group" aria-label="Input Receptive Field"' in region
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
    assert "The first 72 terms are listed; 8 others are part of the sum and in no file." in table


def test_all_terms_may_lie_in_a_file(build):
    table = long_sum(build.long_sum(omitted=8), 6, ["conv&.csv"])
    assert '<a href="conv&amp;.csv" download>all 80 of them</a>' in table


def test_several_files_have_all_terms_of_a_very_long_sum(build):
    table = long_sum(build.long_sum(omitted=8), 6, ["conv.csv.gz", "conv.2.csv.gz"])
    assert (
        "all 80 of them are tables of comma-separated values, compressed by gzip: "
        '<a href="conv.csv.gz" download>file 1</a>, <a href="conv.2.csv.gz" download>file 2</a>.'
    ) in table


def test_a_long_maximum_speaks_of_values(build):
    table = long_sum(replace(build.long_sum(), kind="max"), 6)
    assert "the maximum over c, i, 72 values" in table
    assert "Largest of these, c = 0" in table


def test_terms_that_are_zero_are_one_line_and_no_other_is_missing(build):
    shown = build.long_sum(8)
    terms = tuple(
        replace(t, value=0.0) if k % 2 else t for k, t in enumerate(shown.groups[0].terms)
    )
    table = long_sum(replace(shown, groups=(replace(shown.groups[0], terms=tuple(terms)),)), 6)
    rows = re.findall(r'<tr><th scope="row">c = 0, i = (\d)</th>', table)
    assert rows == ["0", "2"]
    assert '<th scope="row">2 terms are 0</th><td>at c = 0, i = 1, 3</td><td>0</td>' in table


def test_a_single_zero_is_a_term_like_the_others(build):
    shown = build.long_sum(8)
    first, *others = shown.groups[0].terms
    group = replace(shown.groups[0], terms=(replace(first, value=0.0), *others))
    assert "terms are 0" not in long_sum(replace(shown, groups=(group,)), 6)


def test_bare_numbers_stand_several_in_a_line(build):
    shown = build.long_sum(20)
    numbers = tuple(
        replace(g, terms=tuple(replace(t, text=f"−{k}.5000") for k, t in enumerate(g.terms)))
        for g in shown.groups
    )
    table = long_sum(replace(shown, groups=numbers), 6)
    lines = re.findall(r'<th scope="row">(c = 0, i = [^<]*)</th><td>([^<]*)</td>', table)
    assert [index for index, _ in lines] == ["c = 0, i = 0 … 7", "c = 0, i = 8 … 9"]
    assert lines[1][1] == "−8.5000 + (−9.5000)"
    assert sum(text.count(".5000") for _, text in lines) == 10
    assert "Subtotal, c = 0" in table


def line(build, number, start=0):
    shown = build.grid()
    cell = shown.planes[0].cells[1][0]
    cells = (tuple(replace(cell, value=float(k)) for k in range(number)),)
    names = tuple(str(start + k) for k in range(number))
    plane = replace(shown.planes[0], rows=("0",), columns=names, cells=cells)
    return replace(shown, row_axis="", column_axis="k", planes=(plane,))


def test_a_line_of_numbers_has_no_row_header(build):
    table = grid(line(build, 8), 1)
    assert 'scope="row"' not in table
    assert table.count('scope="col"') == 8


def test_a_long_line_of_numbers_is_broken_and_complete(build):
    table = grid(line(build, 20, start=3), 1)
    assert re.findall(r'<th scope="row">([^<]*)</th>', table) == ["3 … 10", "11 … 18", "19 … 22"]
    assert re.findall(r"<td>([^<]*)</td>", table) == [f"{k}.0" for k in range(20)]
    assert re.findall(r'<th scope="col">([^<]*)</th>', table) == [f"+{k}" for k in range(8)]


def test_a_small_tensor_is_there_as_a_whole(build):
    shown = whole(build.picture(), 4)
    assert "The 6 numbers of this picture" in shown
    assert re.findall(r"<td[^>]*>([^<]+)</td>", shown) == [
        "0.0000", "−0.5000", "2.0000", "1.0000", "1.0000", "0.2500",
    ]  # fmt: skip


def test_what_is_not_all_there_is_not_called_a_whole(build):
    assert whole(build.picture(omitted=1), 4) == ""
    assert whole(build.picture(sampled=(1, 2)), 4) == ""
    large = tuple((0.0,) * 17 for _ in range(16))
    assert whole(build.picture(planes=(large,)), 4) == ""

"""Workings as tables and sums: laid out as they lie in the tensor, with every term."""

import gzip
import math

import pytest
import torch
from breaking import Function
from pages import explained, gradient, step
from torch import nn

from generator.explain import term_tables
from generator.explain.sums import TYPESET, WHOLE


def conv_page(kernel=3, channels=2, **options):
    torch.manual_seed(0)
    module, x = nn.Conv2d(channels, 3, kernel, **options), torch.randn(2, channels, 6, 7)
    return module, x, step(explained(module, x), "conv2d")


def grid(worked, title):
    return next(g for g in worked.grids if g.title == title)


def numbers(plane):
    return torch.tensor([[c.value for c in row] for row in plane.cells], dtype=torch.float64)


def test_the_filter_lies_as_in_the_weight():
    module, _, page = conv_page(padding=1)
    for worked in page.forward.worked:
        found = grid(worked, "Filter Weights")
        filters = module.weight[worked.element[1]].double()
        assert found.shape == (2, 3, 3)
        assert [p.title for p in found.planes] == ["Channel 0", "Channel 1"]
        for plane, expected in zip(found.planes, filters, strict=True):
            assert torch.equal(numbers(plane), expected)
            assert plane.rows == plane.columns == ("0", "1", "2")
        assert found.padded == 0


def test_the_receptive_field_has_the_tensors_own_indices():
    _, x, page = conv_page(stride=2, padding=1, dilation=2)
    for worked in page.forward.worked:
        n, _, h, w = worked.element
        found = grid(worked, "Input Receptive Field")
        rows = [2 * h - 1 + 2 * i for i in range(3)]
        columns = [2 * w - 1 + 2 * j for j in range(3)]
        padded = 0
        for c, plane in enumerate(found.planes):
            assert plane.rows == tuple(map(str, rows))
            assert plane.columns == tuple(map(str, columns))
            for row, cells in zip(rows, plane.cells, strict=True):
                for column, cell in zip(columns, cells, strict=True):
                    inside = 0 <= row < 6 and 0 <= column < 7
                    assert cell.padded is not inside
                    assert cell.value == (float(x[n, c, row, column]) if inside else 0.0)
                    padded += not inside
        assert found.padded == padded


def test_what_was_read_is_told_without_the_padding():
    _, _, page = conv_page(padding=1)
    corner = page.forward.worked[1]
    reads = dict(corner.reads)
    assert len(reads["input"]) == 2 * 2 * 2
    assert all(0 <= r < 6 and 0 <= c < 7 for _, _, r, c in reads["input"])
    assert len(reads["weight"]) == 2 * 3 * 3
    assert reads["bias"] == ((corner.element[1],),)


def test_the_bias_stands_by_itself():
    module, _, page = conv_page()
    worked = page.forward.worked[0]
    (bias,) = worked.scalars
    assert bias.title == "Bias"
    assert bias.value == module.bias[worked.element[1]].item()


def test_few_terms_are_one_formula():
    _, _, page = conv_page()
    worked = page.forward.worked[0]
    assert worked.sums == ()
    assert worked.substitution.count(r"\times") == 18


@pytest.mark.parametrize("channels", [3, 8, 14])
def test_long_sums_have_every_term(channels):
    module, x, page = conv_page(channels=channels, padding=1)
    for worked in page.forward.worked:
        (long,) = worked.sums
        terms = [t for group in long.groups for t in group.terms]
        assert long.count == len(terms) == 9 * channels > TYPESET // 2
        assert long.omitted == 0
        n, o, h, w = worked.element
        field = nn.functional.pad(x[n], (1, 1, 1, 1))[:, h : h + 3, w : w + 3]
        products = (field.double() * module.weight[o].double()).detach()
        assert [t.value for t in terms] == products.flatten().tolist()
        assert [g.subtotal for g in long.groups] == pytest.approx(
            products.sum(2).flatten().tolist(), abs=1e-14
        )
        assert sum(g.subtotal for g in long.groups) == pytest.approx(long.value, abs=1e-13)
        assert worked.calculated == pytest.approx(long.value + module.bias[o].item(), abs=1e-13)
        assert worked.actual == module(x)[worked.element].item()
        assert long.symbol in worked.substitution


def test_the_index_of_each_term_is_told():
    _, _, page = conv_page(channels=8)
    (long,) = page.forward.worked[0].sums
    assert long.axes == ("c", "i", "j")
    assert long.groups[0].title == "c = 0, i = 0"
    assert [t.index for t in long.groups[-1].terms] == [f"c = 7, i = 2, j = {j}" for j in range(3)]


def test_a_sum_that_is_too_long_counts_what_it_leaves_out():
    torch.manual_seed(0)
    module, x = nn.Linear(6000, 2), torch.randn(1, 6000)
    worked = step(explained(module, x), "linear").forward.worked[0]
    (long,) = worked.sums
    listed = sum(len(g.terms) for g in long.groups)
    assert (long.count, listed + long.omitted) == (6000, 6000)
    assert long.omitted > 0
    assert worked.calculated == pytest.approx(worked.actual, abs=1e-5)


def test_where_the_maximum_is():
    x = torch.tensor([[[[1.0, 5.0, 2.0], [5.0, 0.0, 5.0], [3.0, 4.0, 1.0]]]])
    page = step(explained(nn.MaxPool2d(3), x), "maxpool2d")
    (worked,) = page.forward.worked
    assert (worked.maximum.position, worked.maximum.value, worked.maximum.ties) == ((0, 1), 5.0, 3)
    (plane,) = grid(worked, "Input Receptive Field").planes
    hits = [(r, c) for r, row in enumerate(plane.cells) for c, cell in enumerate(row) if cell.hit]
    assert hits == [(0, 1)]


def test_a_maximum_is_told_in_its_own_window():
    torch.manual_seed(0)
    page = step(explained(nn.MaxPool2d(2), torch.randn(1, 2, 6, 6)), "maxpool2d")
    worked = page.forward.worked[0]
    (plane,) = grid(worked, "Input Receptive Field").planes
    row, column = worked.maximum.position
    assert plane.cells[row][column].hit
    assert plane.cells[row][column].value == worked.maximum.value == worked.actual
    h, w = worked.element[2:]
    assert plane.rows == (str(2 * h), str(2 * h + 1))
    assert plane.columns == (str(2 * w), str(2 * w + 1))


def test_padding_of_a_maximum_is_minus_infinity():
    page = step(explained(nn.MaxPool2d(3, 2, 1), -torch.rand(1, 1, 5, 5) - 1), "maxpool2d")
    corner = next(w for w in page.forward.worked if w.grids[0].padded)
    cells = [c for p in corner.grids[0].planes for row in p.cells for c in row]
    assert {c.value for c in cells if c.padded} == {-math.inf}
    assert math.isfinite(corner.maximum.value)


def test_a_convolution_has_no_maximum():
    _, _, page = conv_page()
    assert page.forward.worked[0].maximum is None


def test_stages_are_worked_out():
    torch.manual_seed(0)
    x = torch.randn(2, 4)
    worked = step(explained(nn.LayerNorm(4), x), "layernorm").forward.worked[0]
    n = worked.element[0]
    by_name = {s.left: s.value for s in worked.stages}
    assert by_name[rf"\mu_{{{n}}}"] == pytest.approx(float(x[n].double().mean()), abs=1e-15)
    variance = float(x[n].double().var(unbiased=False))
    assert by_name[rf"\sigma^2_{{{n}}}"] == pytest.approx(variance, abs=1e-15)


def test_every_section_lists_its_stages():
    page = step(explained(nn.LayerNorm(4), torch.randn(2, 4)), "layernorm")
    for section in (page.forward, gradient(page, "grad x"), gradient(page, "grad weight")):
        assert [s.meaning for s in section.stages][:2] == [
            "mean",
            "variance, biased: the mean of the squared deviations",
        ]
        assert all(s.general and s.configured for s in section.stages)


def test_decimals_are_those_that_were_asked_for():
    torch.manual_seed(0)
    module, x = nn.Linear(2, 1), torch.randn(1, 2)
    few = step(explained(module, x, decimals=4), "linear").forward.worked[0].substitution
    many = step(explained(module, x, decimals=9), "linear").forward.worked[0].substitution
    assert f"{float(x[0, 0]):.2f}" in few
    assert f"{float(x[0, 0]):.7f}" in many


def test_operands_of_one_title_have_a_table_each():
    """The default loss of two outputs, which are both called so."""
    x, z = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([4.0, 5.0])
    pages = explained(Function(lambda a, b: (a + 0, b + 0)), x, z)
    worked = step(pages, "loss").forward.worked[0]
    assert [numbers(g.planes[0]).flatten().tolist() for g in worked.grids] == [
        [1.0, 2.0, 3.0],
        [4.0, 5.0],
    ]


def test_a_maximum_among_what_is_not_listed_is_not_misplaced():
    x = torch.rand(1, 1, 80, 80)
    x[0, 0, 79, 79] = 5.0
    worked = step(explained(nn.MaxPool2d(80), x), "maxpool2d").forward.worked[0]
    assert worked.calculated == worked.actual == 5.0
    assert worked.maximum is None
    assert worked.grids == ()
    (long,) = worked.sums
    assert (long.count, long.value) == (6400, 5.0)


def test_a_maximum_that_is_no_number_has_no_place():
    x = torch.tensor([[[2.0, math.nan, 1.0, 3.0]]])
    pages = explained(nn.MaxPool1d(2), x, elements={"maxpool1d": (0, 0, 0)})
    worked = step(pages, "maxpool1d").forward.worked[0]
    assert math.isnan(worked.calculated)
    assert math.isnan(worked.actual)
    assert worked.maximum is None
    assert worked.error == 0.0


def test_what_decides_a_case_is_shown():
    x = torch.tensor([[-0.5, 2.0]])
    page = step(explained(nn.ReLU(), x), "relu")
    worked = {w.element: w for w in page.gradients[0].worked}
    for element, value in {(0, 1): 2.0, (0, 0): -0.5}.items():
        assert value in [s.value for s in worked[element].scalars]


def test_the_class_that_an_index_names_is_shown():
    page = step(
        explained(nn.CrossEntropyLoss(), torch.randn(1, 4), torch.tensor([3])), "crossentropyloss"
    )
    assert 3 in [s.value for s in page.forward.worked[0].scalars]


def test_small_operands_show_as_many_digits_as_large_ones():
    page = step(explained(nn.Linear(3, 2), torch.full((1, 3), 0.00123)), "linear")
    weight = next(g for g in page.gradients if g.of == "grad weight")
    sizes = [abs(s.value) for s in weight.worked[0].scalars if s.value]
    assert max(sizes) * 10 ** weight.worked[0].decimals >= 1000


def test_all_terms_of_a_sum_that_is_too_long_are_in_a_file():
    torch.manual_seed(0)
    module, x = nn.Linear(6000, 2), torch.randn(1, 6000)
    worked = step(explained(module, x), "linear").forward.worked[0]
    (table,) = (table for long in worked.sums for table in long.tables)
    _, o = worked.element
    assert table.path == f"models/model/linear.output.0-{o}.1.csv"
    head, *lines = table.data.decode().splitlines()
    assert head == "k,input,weight,value"
    rows = [line.split(",") for line in lines]
    assert [int(row[0]) for row in rows] == list(range(6000))
    # each number gives back the very float that torch had
    assert torch.equal(torch.tensor([float(row[1]) for row in rows]), x[0])
    assert torch.equal(torch.tensor([float(row[2]) for row in rows]), module.weight[o])
    products = x[0].double() * module.weight[o].detach().double()
    assert [float(row[3]) for row in rows] == products.tolist()


def test_a_file_has_the_terms_that_a_condition_leaves():
    torch.manual_seed(0)
    module, x = nn.Conv2d(40, 2, 3, padding=1), torch.randn(1, 40, 5, 5)
    page = step(explained(module, x, elements={"conv2d": (0, 1, 0, 0)}), "conv2d")
    (table,) = (table for long in page.forward.worked[0].sums for table in long.tables)
    rows = [[float(n) for n in line.split(",")] for line in table.data.decode().splitlines()[1:]]
    assert len(rows) == 9 * 40
    assert sum(row[-1] for row in rows) == pytest.approx(
        (module(x)[0, 1, 0, 0] - module.bias[1]).item(), abs=1e-5
    )


def test_the_terms_of_a_very_long_sum_are_compressed():
    x = torch.randn(400, 400)
    first, again = (step(explained(nn.Identity(), x), "loss").forward.worked[0] for _ in range(2))
    ((long,), (same,)) = first.sums, again.sums
    (table,) = long.tables
    assert table == same.tables[0]
    assert (table.path, table.rows) == ("models/model/loss.output..1.csv.gz", 160_000)
    head, *lines = gzip.decompress(table.data).decode().splitlines()
    assert head.endswith(",value")
    values = [float(line.rpartition(",")[2]) for line in lines]
    assert len(values) == long.count == 160_000
    assert math.fsum(values) == pytest.approx(long.value, rel=1e-12)


def test_more_terms_than_one_file_takes_are_in_several(monkeypatch):
    monkeypatch.setattr(term_tables, "FILE_ROWS", 100_000)
    (long,) = step(explained(nn.Identity(), torch.randn(400, 400)), "loss").forward.worked[0].sums
    assert [(table.path.partition(".1.")[2], table.rows) for table in long.tables] == [
        ("csv.gz", 100_000),
        ("2.csv.gz", 60_000),
    ]
    heads, rows = zip(*(gzip.decompress(t.data).split(b"\n", 1) for t in long.tables), strict=True)
    assert len({*heads}) == 1
    assert sum(part.count(b"\n") for part in rows) == 160_000


def test_sums_of_more_terms_than_files_take_say_so(monkeypatch):
    monkeypatch.setattr(term_tables, "MOST_ROWS", 100_000)
    (long,) = step(explained(nn.Identity(), torch.randn(400, 400)), "loss").forward.worked[0].sums
    assert (long.count, long.tables) == (160_000, ())


def test_every_term_of_a_working_with_many_sums_is_listed_or_in_a_file():
    torch.manual_seed(0)
    module, x = nn.LSTM(40, 40, num_layers=2), torch.randn(2, 1, 40)
    for worked in step(explained(module, x), "lstm").forward.worked:
        sums = [*worked.sums, *(long for stage in worked.stages for long in stage.sums)]
        assert len(sums) > WHOLE
        assert all(long.omitted == 0 or long.tables for long in sums)


def test_many_numbers_that_decided_a_case_are_one_table():
    indices = torch.tensor([[1, 4, 4], [0, 2, 1]])
    page = step(explained(nn.Embedding(6, 5), indices), "embedding")
    for worked in gradient(page, "grad weight").worked:
        assert worked.scalars == ()
        [found] = [g for g in worked.grids if g.title == "Indices"]
        [plane] = found.planes
        assert torch.equal(numbers(plane), indices.double())
        assert (plane.rows, plane.columns) == (("0", "1"), ("0", "1", "2"))

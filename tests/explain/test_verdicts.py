"""Which elements are worked out and checked, and what a verdict says of them."""

import math

import pytest
import torch
from breaking import Function
from pages import explained, sound, step, verdict
from torch import nn

from generator.explain.elements import corners, sample
from generator.explain.verdicts import check
from generator.formula.build import bracket, equal, every, indices
from generator.formula.configure import configure
from generator.formula.tree import Equation, Num, Tensor


def conv(padding=1):
    torch.manual_seed(0)
    return nn.Conv2d(2, 3, 3, padding=padding)


def elements(section):
    return [(w.element, w.why) for w in section.worked]


def test_the_element_in_the_settings_comes_first():
    pages = explained(conv(), torch.randn(1, 2, 5, 5), elements={"conv2d": (0, 2, 1, 3)})
    page = step(pages, "conv2d")
    assert elements(page.forward)[0] == ((0, 2, 1, 3), "it is named in the model's settings")


def test_otherwise_the_largest_in_magnitude():
    torch.manual_seed(1)
    x = torch.randn(1, 2, 5, 5)
    module = conv()
    page = step(explained(module, x), "conv2d")
    flat = module(x).detach().abs().flatten()
    where, why = elements(page.forward)[0]
    assert why == "it is the largest in magnitude"
    assert abs(page.forward.worked[0].actual) == float(flat.max())
    assert where == tuple(int(i) for i in torch.unravel_index(flat.argmax(), (1, 3, 5, 5)))


def test_a_corner_shows_the_padding():
    page = step(explained(conv(), torch.randn(2, 2, 6, 6)), "conv2d")
    own, corner = page.forward.worked[:2]
    assert corner.why == "it reads positions beyond the border, which padding filled"
    assert corner.element[:2] == own.element[:2]
    assert {corner.element[2], corner.element[3]} <= {0, 5}
    assert any(grid.padded for grid in corner.grids)


def test_without_padding_there_is_no_corner():
    page = step(explained(conv(padding=0), torch.randn(1, 2, 5, 5)), "conv2d")
    assert [why for _, why in elements(page.forward)] == ["it is the largest in magnitude"]


def test_a_zero_is_shown():
    page = step(explained(nn.ReLU(), torch.tensor([[1.0, -2.0, 3.0]])), "relu")
    assert elements(page.forward) == [
        ((0, 2), "it is the largest in magnitude"),
        ((0, 1), "it is exactly zero"),
    ]


def test_scalars_have_one_element():
    page = step(explained(Function(torch.sum), torch.randn(3)), "sum")
    assert elements(page.forward) == [((), "it is the only one")]
    assert page.output_shape == ()


def test_small_tensors_are_checked_whole():
    pages = explained(conv(), torch.randn(2, 2, 6, 6))
    page = step(pages, "conv2d")
    counts = {v.of: (v.checked, v.elements) for v in page.verdicts}
    assert counts == {
        "output": (216, 216),
        "grad x": (144, 144),
        "grad weight": (54, 54),
        "grad bias": (3, 3),
    }
    sound(pages)


def test_what_a_verdict_says_of_the_error():
    found = verdict(step(explained(conv(), torch.randn(2, 2, 6, 6)), "conv2d"), "output")
    assert 0 < found.max_error < 1e-5
    assert 0 < found.share < 1
    assert found.budget > 0
    assert found.reason is None


@pytest.mark.parametrize(
    ("module", "shape", "name"),
    [
        (lambda: nn.Linear(512, 2048), (64, 512), "linear"),
        (lambda: nn.Conv2d(64, 64, 3, padding=1), (1, 64, 56, 56), "conv2d"),
    ],
)
def test_large_tensors_are_sampled(module, shape, name):
    torch.manual_seed(0)
    layer, x = module(), torch.randn(shape)
    first = explained(layer, x)
    found = verdict(step(first, name), "output")
    assert found.status == "verified"
    assert 500 <= found.checked < found.elements == layer(x).numel()
    again = explained(layer, x)
    assert step(again, name).verdicts == step(first, name).verdicts


def test_a_sample_has_corners_extremes_a_zero_and_what_is_shown():
    torch.manual_seed(0)
    tensor = torch.randn(4, 50, 60)
    tensor[2, 31, 7] = 0.0
    found = {tuple(row) for row in sample(tensor, 100, [(1, 17, 19)]).tolist()}
    place = [tensor.argmax(), tensor.argmin()]
    extremes = {tuple(int(i) for i in torch.unravel_index(p, tensor.shape)) for p in place}
    assert found >= {*corners((4, 50, 60)), *extremes, (2, 31, 7), (1, 17, 19)}
    assert 100 <= len(found) <= 112
    assert {plane for plane, _, _ in found} == {0, 1, 2, 3}


def test_a_sample_has_no_element_twice():
    rows = sample(torch.zeros(3, 3), 9, [(0, 0), (0, 0)])
    assert len(rows) == len({tuple(r) for r in rows.tolist()})


def one_wrong(place):
    """y = x, but one more at one place."""
    i, j = indices("i j")
    x = Tensor("input", "x", (Num(3000), Num(2000)), "input")
    y = Tensor("output", "y", x.sizes, "output", "result")
    wrong = bracket(every(equal(i, place[0]), equal(j, place[1])))
    return configure(Equation(y, (i, j), x[i, j] + wrong, (x,)), {})


@pytest.mark.parametrize("place", [(0, 0), (2999, 1999), (1234, 567), (0, 1999)])
def test_one_wrong_element_of_six_million_is_found_where_it_is_looked_for(place):
    x = torch.randn(3000, 2000, generator=torch.Generator().manual_seed(0))
    found = check("output", one_wrong(place), {"input": x}, x, ((1234, 567),))
    assert found.verdict.checked < x.numel()
    assert found.verdict.status == "mismatch"
    assert found.verdict.max_error == 1.0
    assert found.wrong == place
    assert found.budgets[place] < 1e-6


def test_a_wrong_scalar_is_its_only_element():
    found = check("output", constant((), 1.0), {}, torch.tensor(2.0), ())
    assert found.verdict.status == "mismatch"
    assert found.wrong == ()


def constant(sizes, value):
    names = indices("i j k")[: len(sizes)]
    y = Tensor("output", "y", tuple(Num(n) for n in sizes), "output", "result")
    return Equation(y, names, Num(value), ())


@pytest.mark.parametrize("sizes", [(2,), (4,), (3, 1), ()])
def test_another_shape_is_a_mismatch(sizes):
    found = check("output", constant(sizes, 1.0), {}, torch.ones(3), ())
    assert found.verdict.status == "mismatch"
    assert "shape" in found.verdict.reason


def test_nan_agrees_with_nan_alone():
    i, j = indices("i j")
    x = Tensor("input", "x", (Num(1), Num(4)), "input")
    y = Tensor("output", "y", x.sizes, "output", "result")
    equation = Equation(y, (i, j), x[i, j], (x,))
    nan, inf = math.nan, math.inf
    given = torch.tensor([[1.0, nan, inf, -inf]])
    assert check("output", equation, {"input": given}, given, ()).verdict.status == "verified"
    for wrong in (
        [1.0, nan, inf, inf],
        [1.0, nan, nan, -inf],
        [1.0, 0.0, inf, -inf],
        [nan, nan, inf, -inf],
        [1.0, nan, 3e38, -inf],
    ):
        found = check("output", equation, {"input": given}, torch.tensor([wrong]), ()).verdict
        assert found.status == "mismatch", wrong


def test_integers_are_exact():
    i, j = indices("i j")
    x = Tensor("input", "x", (Num(1), Num(3)), "input", integer=True)
    y = Tensor("output", "y", x.sizes, "output", "result", integer=True)
    equation = Equation(y, (i, j), x[i, j] + 1, (x,))
    given = torch.tensor([[1, 2, 2**40]])
    assert check("output", equation, {"input": given}, given + 1, ()).verdict.status == "verified"
    off = given + torch.tensor([[1, 1, 2]])
    assert check("output", equation, {"input": given}, off, ()).verdict.status == "mismatch"


def test_a_formula_that_reads_outside_is_a_mismatch_with_its_reason():
    i, j = indices("i j")
    x = Tensor("input", "x", (Num(1), Num(3)), "input")
    y = Tensor("output", "y", x.sizes, "output", "result")
    equation = Equation(y, (i, j), x[i, j + 1], (x,))
    given = torch.randn(1, 3)
    found = check("output", equation, {"input": given}, given, ((0, 0),)).verdict
    assert found.status == "mismatch"
    assert "outside" in found.reason


@pytest.mark.parametrize("shape", [(0, 3), (2, 0, 3)], ids=["no samples", "no positions"])
def test_a_tensor_without_elements_is_given(shape):
    pages = explained(nn.Sequential(nn.Linear(3, 4), nn.ReLU()), torch.randn(shape))
    sound(pages)
    found = verdict(step(pages, "0"), "output")
    assert (found.status, found.checked) == ("given", 0)
    assert found.reason == "the tensor has no elements"
    assert verdict(step(pages, "0"), "grad weight").status == "verified"
    assert step(pages, "0").forward.worked == ()


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
def test_every_floating_type_is_verified_in_its_own_precision(dtype):
    torch.manual_seed(0)
    layers = (
        nn.Conv2d(3, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.GELU(),
        nn.MaxPool2d(2),
        nn.AvgPool2d(2, padding=1),
        nn.Flatten(),
        nn.LayerNorm(16),
        nn.Linear(16, 5),
        nn.Tanh(),
        nn.Softmax(1),
    )
    pages = explained(nn.Sequential(*layers).to(dtype), torch.randn(3, 3, 6, 6).to(dtype))
    sound(pages)
    share = verdict(step(pages, "0"), "output").budget / torch.finfo(dtype).eps
    assert 0.1 < share < 100
    assert step(pages, "0").dtype == str(dtype).removeprefix("torch.")


def test_gradients_below_the_smallest_normal_half_are_verified():
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(4, 3), nn.Softmax(1)).half()
    sound(explained(module, torch.randn(2, 4).half(), loss=lambda y: (y * y).sum() * 1e-3))


def test_a_gradient_that_cancels_to_nothing_is_verified():
    """Shares add up to one, so that a loss that adds them up sends nothing back."""
    torch.manual_seed(0)
    pages = explained(nn.Softmax(1), torch.randn(4, 7), loss=lambda y: y.sum())
    sound(pages)
    sound(explained(nn.LayerNorm(1), torch.randn(4, 1)))
    sound(explained(nn.BatchNorm1d(3), torch.randn(5, 3), loss=lambda y: y.sum()))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_values_that_are_no_numbers_go_through(bad):
    torch.manual_seed(0)
    x = torch.randn(3, 4)
    x[1, 2] = bad
    module = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Tanh())
    pages = explained(module, x, elements={"0": (1, 0)})
    sound(pages)
    worked = step(pages, "0").forward.worked[0]
    assert not math.isfinite(worked.actual)
    assert worked.error == 0.0


def test_what_is_said_of_the_largest_where_some_are_no_numbers():
    pages = explained(nn.Identity(), torch.tensor([[1.0, math.nan, -3.0]]))
    assert elements(step(pages, "identity").forward)[0] == (
        (0, 2),
        "it is the largest finite one in magnitude",
    )
    pages = explained(nn.Identity(), torch.full((1, 2), math.nan))
    assert elements(step(pages, "identity").forward)[0] == (
        (0, 0),
        "it is the first, and none is finite",
    )


def test_what_reads_no_tensor_is_given():
    class Shifted(nn.Module):
        def forward(self, x):
            return x + torch.arange(3.0)

    page = step(explained(Shifted(), torch.randn(2, 3)), "arange")
    assert [(v.of, v.status) for v in page.verdicts] == [("output", "given")]
    assert "reads no tensor" in page.refused

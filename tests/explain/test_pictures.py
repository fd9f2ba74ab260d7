"""Pictures show the worked element on the scale of the whole tensor; tables say where they lie."""

import pytest
import torch
from breaking import Function
from pages import explain, explained, gradient, recorded, step
from torch import nn

from generator.explain.bound import bound
from generator.explain.marks import NOTHING, Marks
from generator.explain.pictures import MOST_PLANES, marked, picture
from generator.explain.reaching import reached


def test_the_plane_of_the_worked_element_is_drawn():
    tensor = torch.arange(16 * 4.0).reshape(1, 16, 2, 2)
    marks = marked(tensor, (0, 11, 1, 0))
    found = picture("output", tensor, ("n", "channel", "h", "w"), marks, (0, 11, 1, 0))
    assert found.labels == (*(f"channel {k}" for k in range(MOST_PLANES - 1)), "channel 11")
    assert found.marked == ((MOST_PLANES - 1, 1, 0),)
    assert found.planes[-1] == ((44.0, 45.0), (46.0, 47.0))
    assert found.omitted == 8


def test_the_scale_counts_what_is_not_drawn():
    tensor = torch.zeros(1, MOST_PLANES + 1, 2, 2)
    tensor[0, -1, 0, 0] = -5.0
    tensor[0, 0, 0, 0] = torch.inf
    found = picture("output", tensor, ("n", "channel", "h", "w"))
    assert found.largest == 5.0


def test_marks_in_more_planes_than_fit():
    marks = Marks(torch.arange(0, 180, 9))
    found = picture("input", torch.randn(1, 20, 3, 3), ("n", "c", "h", "w"), marks, (0, 0, 0, 0))
    assert found.marked == tuple((k, 0, 0) for k in range(MOST_PLANES))


@pytest.mark.parametrize(
    ("module", "shape", "axes"),
    [
        (nn.Conv2d(2, 3, 3, padding=1), (1, 2, 5, 5), ("row", "column")),
        (nn.Conv1d(2, 3, 3), (1, 2, 9), ("c", "position")),
        (nn.AvgPool3d(2), (1, 1, 4, 4, 4), ("row", "column")),
    ],
)
def test_positions_in_the_input_are_called_so(module, shape, axes):
    page = step(explained(module, torch.randn(shape)), type(module).__name__.lower())
    (field,) = (g for g in page.forward.worked[0].grids if not g.parameter)
    assert (field.row_axis, field.column_axis) == axes


def test_indices_of_the_formula_keep_their_names():
    page = step(explained(nn.Conv2d(2, 3, 3), torch.randn(1, 2, 5, 5)), "conv2d")
    (filters,) = (g for g in page.forward.worked[0].grids if g.parameter)
    assert (filters.row_axis, filters.column_axis) == ("i", "j")


def test_marks_elsewhere_in_the_batch_are_not_drawn():
    marks = Marks(torch.tensor([0, 5, 12 + 3]))  # (0, 0, 0), (0, 1, 2) and (1, 0, 3) of 2 × 3 × 4
    tensor = torch.randn(2, 2, 3, 4)
    assert picture("x", tensor, (), marks, (1, 0, 0, 0)).marked == ()
    assert picture("x", tensor, (), marks, (0, 0, 0, 0)).marked == ((0, 0, 0), (0, 1, 1), (1, 0, 3))


MODULES = [
    (nn.Conv2d(2, 3, 3, padding=1, stride=2), (1, 2, 5, 5)),
    (nn.Conv2d(160, 2, 1), (1, 160, 2, 2)),  # more terms than a page lists
    (nn.MaxPool2d(2), (1, 2, 4, 4)),
    (nn.AdaptiveAvgPool2d(2), (1, 2, 5, 5)),
    (nn.Linear(6, 4), (3, 6)),
    (nn.ReLU(), (3, 4)),
    (nn.Softmax(1), (3, 4)),
    (nn.LayerNorm(4), (3, 4)),
    (nn.Flatten(), (2, 3, 4)),
    (nn.PixelShuffle(2), (1, 8, 2, 3)),
    (nn.Upsample(scale_factor=2, mode="bilinear"), (1, 1, 3, 3)),
    (nn.Embedding(7, 5), None),
    (nn.GRU(3, 4), (5, 1, 3)),
]


@pytest.mark.parametrize(("module", "shape"), MODULES, ids=lambda v: type(v).__name__)
def test_the_gradient_of_the_worked_element_goes_back_where_autograd_sends_it(module, shape):
    x = torch.tensor([[1, 4, 1]]) if shape is None else torch.randn(shape)
    recording = recorded(module, x)
    ready = bound(recording.steps[0])
    page = explain(recording).steps[0]
    found = reached(ready, page.forward, ready.tensors())
    element = page.forward.worked[0].element
    operands = {"input": x.requires_grad_() if shape else x, **dict(module.named_parameters())}
    output = module(operands["input"])
    output = output if isinstance(output, torch.Tensor) else output[0]
    floating = {n: t for n, t in operands.items() if t.is_floating_point()}
    slopes = torch.autograd.grad(output[element], list(floating.values()), allow_unused=True)
    for (name, tensor), slope in zip(floating.items(), slopes, strict=True):
        sent = torch.zeros_like(tensor) if slope is None else slope
        back = set(found.arrives.get(name, NOTHING).tolist())
        assert back == set(sent.flatten().nonzero().flatten().tolist())
        assert back <= set(found.reads.get(name, NOTHING).tolist())


def test_what_a_maximum_reads_is_outlined_and_where_its_gradient_goes_is_dashed():
    x = torch.zeros(1, 1, 4, 4)
    x[0, 0, 2, 3] = 5.0
    page = step(explained(nn.MaxPool2d(2), x), "maxpool2d")
    given = page.pictures[0]
    assert given.marked == ((0, 2, 2), (0, 2, 3), (0, 3, 2), (0, 3, 3))
    assert given.dashed == ((0, 2, 3),)
    assert "the 4 elements that the worked element of the output reads" in given.meaning
    [back] = gradient(page, "grad x").pictures
    assert back.dashed == ((0, 2, 3),)
    assert back.marked == ((0, *gradient(page, "grad x").worked[0].element[2:]),)


def test_a_recurrence_reads_its_own_sample_and_the_steps_before():
    page = step(explained(nn.LSTM(3, 2), torch.randn(5, 2, 3)), "lstm")
    element = page.forward.worked[0].element
    given = page.pictures[0]
    assert given.marked == tuple(
        (time, element[1], k) for time in range(element[0] + 1) for k in range(3)
    )
    assert given.meaning.endswith("Its gradient goes back to all of them.")


def test_the_worked_element_of_attention_has_more_than_one_key():
    torch.manual_seed(0)
    q, k, v = torch.randn(3, 1, 2, 5, 4).unbind()
    v[:, :, 0] *= 9
    causal = Function(
        lambda q, k, v: nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    )
    page = explained(causal, q, k, v).steps[0]
    worked = page.forward.worked[0]
    assert worked.element[2] > 0
    assert "at (0, " in worked.why
    assert "Dashed" not in page.pictures[0].meaning
    assert "Its gradient goes back to" in page.pictures[0].meaning


def test_the_only_term_of_a_sum_is_named():
    layer = nn.Embedding(7, 5)
    page = step(explained(layer, torch.tensor([[1, 4, 2]])), "embedding")
    (worked,) = (g.worked[0] for g in page.gradients if g.of == "grad weight")
    assert worked.calculated in [scalar.value for scalar in worked.scalars]


def test_what_is_not_worked_out_is_counted_behind_the_listed_terms_too():
    x = torch.randn(2, 3, 10, 10)
    page = step(explained(nn.BatchNorm2d(3).train(), x), "batchnorm2d")
    (weight,) = (g.worked[0] for g in page.gradients if g.of == "grad weight")
    (left,) = (count for symbol, count in weight.more_stages if "hat" in symbol)
    assert left + sum("hat" in stage.left for stage in weight.stages) == 200


def test_of_a_batch_that_of_the_worked_element_is_drawn():
    torch.manual_seed(0)
    x = torch.randn(3, 2, 4, 4)
    x[2, 1, 0, 0] = 9.0
    page = step(explained(nn.BatchNorm2d(2).train(), x), "batchnorm2d")
    given, output = page.pictures[0], page.pictures[-1]
    assert page.forward.worked[0].element == (2, 1, 0, 0)
    assert "Drawn: batch 2" in given.describes
    assert "Drawn: batch 2" in output.describes
    assert given.meaning.startswith("Outlined: the 48 elements")
    assert "16 of the 48 outlined elements are drawn." in given.meaning


def test_without_names_of_axes_it_is_said_what_is_drawn():
    found = picture("input x", torch.randn(2, 3, 4, 4), ())
    assert found.describes.endswith(". Drawn: index 0 of axis 0")


def test_rows_and_columns_are_left_out_where_there_are_many():
    assert picture("x", torch.randn(8, 96), ("row", "column")).sampled == (1, 2)
    assert picture("x", torch.randn(130, 20), ("row", "column")).sampled == (3, 1)
    assert picture("x", torch.randn(64, 64), ("row", "column")).sampled == (1, 1)


def test_all_that_a_long_sum_reads_is_outlined():
    page = step(explained(nn.Linear(300, 2), torch.randn(1, 300)), "linear")
    given, weight = page.pictures[:2]
    row = page.forward.worked[0].element[1]
    assert "the 300 elements" in given.meaning
    down, across = weight.sampled
    assert {r for _, r, _ in weight.marked} == {row // down}
    assert {c for _, _, c in weight.marked} == {c // across for c in range(300)}


def test_padding_is_no_element_of_the_receptive_field():
    module = nn.Conv2d(1, 1, 3, padding=1)
    page = step(
        explained(module, torch.randn(1, 1, 4, 4), elements={"conv2d": (0, 0, 0, 0)}), "conv2d"
    )
    assert page.pictures[0].marked == ((0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1))

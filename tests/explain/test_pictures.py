"""Pictures show the worked element on the scale of the whole tensor; tables say where they lie."""

import pytest
import torch
from pages import explained, step
from torch import nn

from generator.explain.pictures import MOST_PLANES, picture


def test_the_plane_of_the_worked_element_is_drawn():
    tensor = torch.arange(16 * 4.0).reshape(1, 16, 2, 2)
    found = picture("output", tensor, ("n", "channel", "h", "w"), ((0, 11, 1, 0),), (0, 11, 1, 0))
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
    marked = tuple((0, c, 0, 0) for c in range(20))
    found = picture("input", torch.randn(1, 20, 3, 3), ("n", "c", "h", "w"), marked, marked[0])
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

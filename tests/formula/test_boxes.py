import math

import pytest
import torch

from generator.formula.boxes import blocks, extents, filled
from generator.formula.build import indices, sizes, total
from generator.formula.configure import configure
from generator.formula.evaluate import all_elements, evaluate
from generator.formula.operands import coordinates
from generator.formula.tree import Equation, Outside, Tensor

UNIT = 2.0**-24


def grid(box):
    return tuple(torch.tensor(axis) for axis in box)


def listed(box):
    offsets = torch.arange(math.prod(extents(box)))
    at = coordinates(offsets, extents(box))
    return torch.stack([axis[column] for axis, column in zip(box, at.T, strict=True)], dim=1)


@pytest.mark.parametrize(
    "box",
    [
        ((0, 1, 2),),
        ((2, 3, 4), (1, 2)),
        ((4,), (0, 1), (7, 8, 9, 10)),
        ((1,), (3,)),
        ((0, 3), (5,), (1, 2, 7)),
    ],
)
def test_elements_that_fill_a_box_are_recognised(box):
    found = filled(listed(grid(box)))
    assert found is not None
    assert tuple(tuple(axis.tolist()) for axis in found) == box


@pytest.mark.parametrize(
    "elements",
    [
        torch.zeros(0, 2, dtype=torch.int64),
        torch.zeros(1, 0, dtype=torch.int64),
        torch.tensor([[0, 0], [0, 1], [1, 1]]),
        torch.tensor([[0, 1], [0, 0]]),
        torch.tensor([[0, 0], [1, 0], [0, 1], [1, 1]]),
        torch.tensor([[0], [0], [2]]),
        torch.tensor([[0, 2], [0, 1], [1, 2], [1, 1]]),
        torch.tensor([[0, 1], [0, 2], [1, 1], [1, 2], [2, 1]]),
    ],
)
def test_other_elements_are_a_list(elements):
    assert filled(elements) is None


@pytest.mark.parametrize("room", [1, 2, 5, 6, 7, 23, 24, 100])
@pytest.mark.parametrize("lengths", [((0, 2), (1, 4), (3, 7)), ((5, 9),), ((0, 1), (0, 24))])
def test_blocks_make_up_the_box_in_order(lengths, room):
    box = tuple(torch.arange(start, stop) for start, stop in lengths)
    parts = list(blocks(box, room))
    assert torch.equal(torch.cat([listed(p) for p in parts]), listed(box))
    assert max(math.prod(extents(p)) for p in parts) <= room


def product():
    """y[n, h, o] = Σ_k x[n, h + k] w[o, k], 0 beyond the end."""
    N, H, O, K = sizes("N H O K")  # noqa: E741
    n, h, o, k = indices("n h o k")
    x = Tensor("x", "x", (N, H), "", outside=Outside("constant"))
    w = Tensor("w", "w", (O, K), "")
    y = Tensor("y", "y", (N, H, O), "", "result")
    equation = Equation(y, (n, h, o), total(k.over(K), x[n, h + k] * w[o, k]), (x, w))
    return configure(equation, {"N": 3, "H": 5, "O": 4, "K": 40})


def test_a_box_and_a_list_of_its_elements_evaluate_alike():
    equation = product()
    torch.manual_seed(0)
    operands = {"x": torch.randn(3, 5), "w": torch.randn(4, 40)}
    everything = all_elements(equation, torch.device("cpu"))
    order = torch.randperm(len(everything))
    boxed = evaluate(equation, operands, everything, unit=UNIT)
    shuffled = evaluate(equation, operands, everything[order], unit=UNIT)
    torch.testing.assert_close(boxed.values[order], shuffled.values, rtol=1e-14, atol=1e-14)
    torch.testing.assert_close(boxed.budget[order], shuffled.budget, rtol=1e-12, atol=0)

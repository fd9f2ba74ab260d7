"""What is known of a stage, in one page or in many."""

import pytest
import torch

from generator.formula.known import Known

CPU = torch.device("cpu")


@pytest.mark.parametrize("count", [40, 5 << 20])
def test_what_is_put_is_read_and_nothing_else(count):
    known = Known(count, CPU, tracked=True)
    offsets = torch.tensor([0, 7, count // 2, count - 1])
    assert not known.has(offsets, None)
    assert known.missing(offsets.flip(0), None).tolist() == offsets.tolist()
    known.put(offsets[1:], *torch.tensor([[1.0, 2.0, 3.0], [0.1, 0.2, 0.3]]).double())
    assert known.has(offsets[1:], None)
    assert known.missing(offsets, None).tolist() == [0]
    # of two one is known
    assert known.missing(offsets[:2], None).tolist() == [0]
    values, errors = known.read(offsets.view(2, 2))
    assert values.tolist() == [[0.0, 1.0], [2.0, 3.0]]
    assert errors is not None
    assert errors.flatten().tolist() == pytest.approx([0.0, 0.1, 0.2, 0.3])
    assert known.count == 3


def test_what_is_not_asked_for_is_not_missing():
    known = Known(10, CPU, tracked=False)
    asked = torch.tensor([True, False])
    assert known.missing(torch.tensor([3, 4]), asked).tolist() == [3]
    known.put(torch.tensor([3]), torch.tensor([1.0], dtype=torch.float64), None)
    assert known.has(torch.tensor([3, 4]), asked)


def test_a_large_stage_takes_no_more_room_than_what_is_known():
    known = Known(1 << 34, CPU, tracked=False)
    offsets = torch.arange(1 << 33, (1 << 33) + 200_000)
    known.put(offsets, offsets.double(), None)
    assert known.read(offsets)[0].equal(offsets.double())
    assert known.read(torch.tensor([0, (1 << 34) - 1]))[0].tolist() == [0.0, 0.0]


def test_autograd_follows_what_is_put():
    known = Known(3 << 20, CPU, tracked=False)
    x = torch.tensor([2.0, 3.0], dtype=torch.float64, requires_grad=True)
    known.put(torch.tensor([5, 2_000_000]), x * x, None)
    known.read(torch.tensor([2_000_000]))[0].sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0.0, 6.0]


def test_a_box_with_few_holes_is_asked_for_whole():
    known = Known(10, CPU, tracked=False)
    known.put(torch.tensor([4]), torch.tensor([1.0], dtype=torch.float64), None)
    assert known.missing(torch.arange(2, 7), None).tolist() == [2, 3, 4, 5, 6]
    assert known.missing(torch.tensor([4]), None).tolist() == []

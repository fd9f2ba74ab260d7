"""What an in-place operation overwrites is kept as the earlier steps saw it."""

import torch
from torch import nn
from torch.nn import functional as F


def by_name(recording):
    return {step.name: step for step in recording.steps}


def test_an_inplace_module_keeps_its_operand(record):
    module = nn.Sequential(nn.Linear(4, 4), nn.ReLU(inplace=True))
    recording = record(module, torch.randn(3, 4))
    linear, relu = recording.steps[:2]
    assert (linear.outputs.data < 0).any()
    assert torch.equal(relu.args[0].value.data, linear.outputs.data)
    assert torch.equal(relu.outputs.data, linear.outputs.data.relu())
    assert relu.args[0].value is linear.outputs
    expected = torch.where(linear.outputs.data > 0, relu.outputs.grad, 0)
    assert torch.equal(linear.outputs.grad, expected)


def test_every_kind_of_inplace_function(record):
    class All(nn.Module):
        def forward(self, x):
            y = x * 1
            y.add_(1)
            y -= 3
            y[0] = -7
            F.relu(y, True)
            torch.add(torch.ones(2), 1, out=(z := torch.zeros(2)))
            return y * z

    recording = record(All(), torch.tensor([1.0, 5.0]))
    steps = by_name(recording)
    seen = {
        name: steps[name].args[0].value.data.tolist()
        for name in ("add_1", "sub", "setitem", "relu", "mul_2")
    }
    assert seen == {
        "add_1": [1, 5], "sub": [2, 6], "setitem": [-1, 3], "relu": [-7, 3], "mul_2": [0, 3],
    }  # fmt: skip
    assert steps["mul_2"].args[1].value is steps["add_2"].outputs
    assert steps["add_2"].outputs.data.tolist() == [2, 2]


def test_a_view_that_is_written_changes_its_base(record):
    class Writes(nn.Module):
        def forward(self, x):
            y = x * 1
            y[0].mul_(10)
            return y + 0

    recording = record(Writes(), torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    steps = by_name(recording)
    assert steps["mul_1"].outputs.data.tolist() == [[1, 2], [3, 4]]
    assert steps["getitem"].outputs.data.tolist() == [1, 2]
    base = steps["add"].args[0].value
    assert base.data.tolist() == [[10, 20], [3, 4]]
    assert (base.origin, base.name) == ("step", "mul_2")
    assert recording.inputs["x"].grad.tolist() == [[100, 200], [3, 4]]


def test_a_view_that_is_not_touched_stays_what_it_was(record):
    class Halves(nn.Module):
        def forward(self, x):
            y = (x * 1).detach()
            left, right = y[:1], y[1:]
            left.zero_()
            return x + right

    steps = by_name(record(Halves(), torch.ones(2)))
    assert steps["add"].args[1].value is steps["getitem_2"].outputs


def test_buffers_are_kept_as_they_were_before_each_call(record):
    class Again(nn.Module):
        def __init__(self):
            super().__init__()
            self.bn = nn.BatchNorm2d(1, momentum=0.5)

        def forward(self, x):
            return self.bn(self.bn(x) + 3)

    module = Again()
    recording = record(module, torch.arange(8.0).reshape(2, 1, 2, 2))
    first, second = (s for s in recording.steps if s.name == "bn")
    assert first.buffers["running_mean"].value.data.tolist() == [0]
    assert second.buffers["running_mean"].value.data.tolist() == [1.75]
    assert second.buffers["running_mean"].value.name == "bn.running_mean"
    assert second.buffers["num_batches_tracked"].value.data.item() == 1
    assert module.bn.running_mean.tolist() == [0]

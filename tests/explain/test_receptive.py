"""Receptive fields in the model's inputs, held against where autograd sees a gradient."""

import pytest
import torch
from pages import explained
from torch import nn
from torch.nn import functional as F


def fields(model, x, *, training=False):
    """What each step's page says of its receptive field, by the step's name."""
    return {step.step: step.receptive for step in explained(model.train(training), x).steps}


def seen(model, x, step, element):
    """The box around the input's elements that have a gradient of one element of a step."""
    kept = []
    handle = model.get_submodule(step).register_forward_hook(lambda _m, _i, out: kept.append(out))
    x = x.clone().requires_grad_()
    model(x)
    handle.remove()
    (grad,) = torch.autograd.grad(kept[0][element], x)
    at = grad.nonzero()
    return tuple((at.amax(0) - at.amin(0) + 1).tolist())


def positive(model):
    for parameter in model.parameters():
        nn.init.uniform_(parameter, 0.5, 1.0)  # so that no gradient cancels or is cut off
    return model


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(2, 4, 3, stride=2, padding=1)
        self.second = nn.Conv2d(4, 4, 3, padding=1)
        self.third = nn.Conv2d(4, 4, (1, 5), dilation=(1, 2), padding=(0, 4))
        self.pool = nn.AvgPool2d(2)
        self.last = nn.Conv2d(8, 3, 3, padding=1)

    def forward(self, x):
        y = self.first(x)
        y = y + self.second(y)
        y = torch.cat([y, self.third(y)], 1)
        y = self.pool(y)
        return self.last(y.permute(0, 1, 3, 2).permute(0, 1, 3, 2))


@pytest.mark.parametrize("step", ["first", "second", "third", "pool", "last"])
def test_it_is_what_has_a_gradient(step):
    torch.manual_seed(0)
    model, x = positive(Residual()), torch.rand(2, 2, 96, 96)
    (found,) = fields(model, x)[step]
    size = model.get_submodule(step)(torch.rand(1, *channels(model, step), 24, 24)).shape
    middle = (0, size[1] - 1, *(n // 2 for n in size[2:]))
    assert tuple(axis.length for axis in found.axes) == seen(model, x, step, middle)
    assert [axis.extent for axis in found.axes] == [2, 2, 96, 96]


def channels(model, step):
    module = model.get_submodule(step)
    return (getattr(module, "in_channels", 8),)


def test_how_far_it_moves():
    found = fields(Residual(), torch.rand(2, 2, 96, 96))
    assert [axis.step for axis in found["first"][0].axes] == [1, 0, 2, 2]
    assert [axis.step for axis in found["last"][0].axes] == [1, 0, 4, 4]


def test_at_the_border_it_is_less_and_never_more():
    torch.manual_seed(0)
    model, x = positive(Residual()), torch.rand(2, 2, 40, 40)
    (found,) = fields(model, x)["last"]
    for corner in ((1, 2, 0, 0), (0, 0, 9, 9), (1, 1, 0, 9)):
        box = seen(model, x, "last", corner)
        assert all(a <= axis.length for a, axis in zip(box, found.axes, strict=True))


class Resampled(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv1d(1, 2, 4, stride=4)
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.out = nn.Conv1d(2, 1, 3, padding=1)
        self.adaptive = nn.AdaptiveAvgPool1d(5)

    def forward(self, x):
        return self.adaptive(self.out(self.up(self.down(x))))


@pytest.mark.parametrize("step", ["up", "out", "adaptive"])
def test_steps_of_a_fraction(step):
    torch.manual_seed(0)
    model, x = positive(Resampled()), torch.rand(1, 1, 96)
    found = fields(model, x)[step]
    length = found[0].axes[-1].length if found else 96
    boxes = [seen(model, x, step, (0, 0, k))[-1] for k in range(5)]
    assert max(boxes) <= length <= max(boxes) + 8


class Rows(nn.Module):
    """Every element depends on all of its row, none on another row."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 4)

    def forward(self, x):
        return F.softmax(self.linear(x), dim=-1)


@pytest.mark.parametrize("step", ["linear", "softmax"])
def test_rows_that_do_not_mix(step):
    (found,) = fields(Rows(), torch.rand(2, 5, 3))[step]
    assert [(axis.length, axis.extent) for axis in found.axes] == [(1, 2), (1, 5), (3, 3)]


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, batch_first=True)

    def forward(self, x):
        return self.lstm(x)[0]


def test_a_recurrence_may_depend_on_everything():
    (found,) = fields(Recurrent(), torch.rand(2, 5, 3))["lstm"]
    assert [axis.length for axis in found.axes] == [2, 5, 3]


def test_where_all_is_read():
    model = nn.Sequential(nn.Flatten(0), nn.Linear(12, 3))
    (found,) = fields(model, torch.rand(1, 3, 4))["1"]
    assert [(axis.length, axis.step) for axis in found.axes] == [(1, 0), (3, 0), (4, 0)]


class Gathered(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(7, 3)

    def forward(self, tokens):
        return self.embed(tokens)


def test_an_index_that_is_data():
    (found,) = fields(Gathered(), torch.tensor([[1, 5, 2]]))["embed"]
    assert [(axis.length, axis.extent) for axis in found.axes] == [(1, 1), (1, 3)]

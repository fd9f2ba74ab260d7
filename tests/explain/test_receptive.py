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


def test_no_movement_where_borders_cut_off_all():
    x = torch.rand(1, 2, 8, 8)
    assert [axis.step for axis in fields(Residual(), x)["pool"][0].axes[2:]] == [0, 0]


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


class First(nn.Module):
    """The first output of a module."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        return self.module(x)[0]


def lstm(**options):
    return First(nn.LSTM(3, 4, batch_first=True, **options))


SMALL = {
    "padding": (
        nn.Sequential(
            nn.Conv2d(1, 2, 3, padding=1),
            nn.ReLU(),
            nn.AvgPool2d(2),
            nn.Conv2d(2, 2, 3, padding=1),
            nn.AvgPool2d(2),
            nn.Flatten(),
            nn.Dropout(0.5),
            nn.Linear(8, 3),
        ),
        (2, 1, 8, 8),
    ),
    "stride and dilation": (
        nn.Sequential(
            nn.Conv1d(1, 1, 3, stride=2, padding=2),
            nn.Conv1d(1, 2, 2, dilation=3, padding=1),
            nn.AvgPool1d(2),
        ),
        (2, 1, 15),
    ),
    "other borders": (
        nn.Sequential(
            nn.Conv1d(1, 1, 3, padding=1, padding_mode="reflect"),
            nn.Conv1d(1, 1, 2, padding=1, padding_mode="replicate"),
            nn.ConstantPad1d((-2, 3), 1.0),
            nn.AvgPool1d(2, stride=1),
        ),
        (2, 1, 9),
    ),
    "transposed": (
        nn.Sequential(nn.AvgPool1d(3), nn.ConvTranspose1d(1, 1, 4, stride=2, padding=1)),
        (1, 1, 12),
    ),
    "split in heads": (
        nn.Sequential(nn.AvgPool1d(2), nn.Unflatten(2, (2, 3)), nn.Flatten(1, 2), nn.Linear(3, 2)),
        (2, 1, 12),
    ),
    "dense": (nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Softmax(-1)), (2, 5, 3)),
    "batch norm in training": (
        nn.Sequential(nn.Conv1d(2, 3, 3), nn.BatchNorm1d(3), nn.AvgPool1d(2)),
        (3, 2, 7),
    ),
    "instance norm": (nn.Sequential(nn.InstanceNorm1d(2), nn.AvgPool1d(2)), (3, 2, 6)),
    "recurrent": (nn.Sequential(lstm(), nn.Linear(4, 2)), (2, 5, 3)),
    "in both directions": (
        nn.Sequential(lstm(bidirectional=True, num_layers=2), nn.Linear(8, 2)),
        (2, 4, 3),
    ),
    "with gates": (First(nn.GRU(2, 3)), (4, 3, 2)),
}
"""Models and the shapes of their inputs."""


@pytest.mark.parametrize("name", SMALL)
def test_the_largest_that_any_element_has(name):
    """In a small input nearly every field is cut off by a border; autograd sees how large it is."""
    torch.manual_seed(1)
    model, shape = SMALL[name]
    model, x = positive(model).double(), torch.rand(shape, dtype=torch.float64)
    found = fields(model, x, training=True)
    kept = {}

    def keep(step, out):
        kept[step] = out if torch.is_tensor(out) else out[0]

    for step, module in model.named_modules():
        module.register_forward_hook(lambda _m, _i, out, step=step: keep(step, out))
    x.requires_grad_()
    model(x)
    compared = [step for step in found if step in kept]
    assert compared
    for step in compared:
        (field,) = found[step]
        assert [axis.length for axis in field.axes] == largest(kept[step], x), step


def largest(out, x):
    """By axis of x, the length of the longest box that has a gradient of one element of `out`."""
    boxes = []
    for value in out.flatten():
        (grad,) = torch.autograd.grad(value, x, retain_graph=True)
        at = grad.nonzero()
        if len(at):
            boxes.append(at.amax(0) - at.amin(0) + 1)
    return torch.stack(boxes).amax(0).tolist()


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

"""The recorded run gives the very numbers of an ordinary one."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
        self.bn = nn.BatchNorm2d(3)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)) + x) * x


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.second = nn.Linear(4, 4)
        self.second.weight = self.first.weight

    def forward(self, x):
        return self.second(self.first(self.first(x))) @ self.first.weight


class Inplace(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 4)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.act(x)
        y = 2 * self.act(self.linear(x))
        y += x
        y[0] = 2 * y[1]
        return F.leaky_relu(y, 0.1, inplace=True)


class Nested(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 4)

    def forward(self, x, *, scale, extra=None):
        pair = {"scaled": self.linear(x) * scale, "kept": (x, extra)}
        return {"sum": pair["scaled"].sum(0), "rest": [pair["kept"][0], pair["scaled"].argmax()]}


class Random(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 4)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        return F.dropout(self.drop(self.linear(x)), 0.3) + torch.randn(4)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.1, batch_first=True)

    def forward(self, x):
        return F.scaled_dot_product_attention(*([self.layer(x[None])] * 3))


CASES = {
    "straight": (lambda: nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 2)), (3, 4), {}),
    "residual": (Residual, (2, 3, 5, 5), {}),
    "shared": (Shared, (3, 4), {}),
    "inplace": (Inplace, (3, 4), {}),
    "nested": (Nested, (3, 4), {"scale": torch.tensor(1.5), "extra": None}),
    "random": (Random, (3, 4), {}),
    "attention": (Attention, (5, 4), {}),
    "single layer": (lambda: nn.Linear(4, 3), (3, 4), {}),
}


def same_bits(found, expected):
    if expected is None or found is None:
        return expected is found
    return found.dtype == expected.dtype and torch.equal(found, expected)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("training", [True, False])
def test_output_and_gradients_are_those_of_an_ordinary_run(name, training, record, plain):
    make, shape, kwargs = CASES[name]
    torch.manual_seed(7)
    module = make().train(training)
    x = torch.randn(shape)
    outputs, input_grads, parameter_grads = plain(copy.deepcopy(module), x, kwargs=kwargs, seed=3)
    recording = record(module, x, kwargs=kwargs, seed=3)
    found = [value.data for value in recording.outputs if value.data.is_floating_point()]
    assert len(found) == len(outputs)
    assert all(map(same_bits, found, outputs))
    values = [value for value in recording.inputs.values() if value.data.is_floating_point()]
    assert all(map(same_bits, [value.grad for value in values], input_grads))
    grads = [value.grad for value in recording.parameters.values()]
    assert all(map(same_bits, grads, parameter_grads))


def test_a_users_loss_is_differentiated(record, plain):
    module = nn.Linear(4, 3)
    x = torch.randn(2, 4)

    def loss(y):
        return F.cross_entropy(y, torch.tensor([0, 2]))

    _, (input_grad,), parameter_grads = plain(module, x, loss=loss)
    recording = record(module, x, loss=loss)
    assert torch.equal(recording.inputs["input"].grad, input_grad)
    assert all(
        map(same_bits, [value.grad for value in recording.parameters.values()], parameter_grads)
    )


def test_the_default_loss_sends_back_the_output_itself(record):
    recording = record(nn.Linear(4, 3), torch.randn(2, 4))
    (output,) = recording.outputs
    assert torch.equal(output.grad, output.data)
    assert recording.loss.data.item() == pytest.approx(0.5 * (output.data**2).sum().item())


def test_two_recordings_are_the_same(record):
    module, x = Random(), torch.randn(3, 4)
    first, second = record(module, x, seed=5), record(module, x, seed=5)
    assert torch.equal(first.outputs[0].data, second.outputs[0].data)
    assert not torch.equal(first.outputs[0].data, record(module, x, seed=6).outputs[0].data)

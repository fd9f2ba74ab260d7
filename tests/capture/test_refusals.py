"""What cannot be run is refused in one line that says what it is."""

import pytest
import torch
from torch import nn

from generator.capture import CaptureError


class Fails(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(3, 2))

    def forward(self, x):
        return self.inner(x)


class Integers(nn.Module):
    def forward(self, x):
        return x.argmax()


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (lambda y: y, r"returned a tensor of shape \(2, 3\) and type torch.float32, expected"),
        (lambda y: y.sum().item(), "returned float, expected a tensor with one element"),
        (lambda y: y.detach().sum(), "does not depend on any input or parameter"),
        (lambda y: y.argmax(), "type torch.int64, expected a floating-point tensor"),
        (lambda y: y.nonsense(), r"loss\(output\) raised AttributeError: .*test_refusals.py:"),
    ],
)
def test_a_loss_that_cannot_be_differentiated(loss, message, record):
    with pytest.raises(CaptureError, match=message) as caught:
        record(nn.Linear(4, 3), torch.ones(2, 4), loss=loss)
    assert "\n" not in str(caught.value)


def test_an_output_without_floating_point_tensors(record):
    with pytest.raises(CaptureError, match="Integers returned no floating-point tensor"):
        record(Integers(), torch.ones(2))


def test_an_error_in_the_forward_names_layer_and_line(record):
    with pytest.raises(CaptureError) as caught:
        record(Fails(), torch.ones(1, 5))
    message = str(caught.value)
    assert message.startswith("the forward pass of test_refusals.Fails raised RuntimeError")
    line = Fails.forward.__code__.co_firstlineno + 1
    assert f"in layer 'inner.0' (test_refusals.py:{line})" in message
    assert "\n" not in message


def test_wrong_arguments(record):
    with pytest.raises(CaptureError, match="TypeError"):
        record(Fails(), torch.ones(1, 3), torch.ones(1))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.LazyLinear(3), "parameter 'weight' is not initialised yet"),
        (lambda: nn.Linear(4, 3, device="meta"), "parameter 'weight' is on the meta device"),
        (lambda: torch.jit.script(nn.Linear(4, 3)), "TorchScript"),
    ],
)
def test_models_without_values_or_layers(make, message, record):
    with pytest.raises(CaptureError, match=message):
        record(make(), torch.ones(2, 4))


def test_inputs_without_values(record):
    with pytest.raises(CaptureError, match=r"input 'args\[0\]' is on the meta device"):
        record(nn.Linear(4, 3), torch.ones(2, 4, device="meta"))


def test_a_change_that_nobody_saw(record):
    class Sneaks(nn.Module):
        def forward(self, x):
            y = x * 2
            with torch._C.DisableTorchFunction(), torch.no_grad():
                y.detach().add_(1)
            return x + 1

    with pytest.raises(CaptureError, match="'mul' was changed in place"):
        record(Sneaks(), torch.ones(2))

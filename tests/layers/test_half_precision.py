"""Layers whose kernels may round each step or once: in half types every step is in the budget."""

import harness
import pytest
import torch
from torch import nn

from generator.layers.registry import Example, Refused

CALLS = {
    "batch norm": lambda: (nn.BatchNorm2d(4), (8, 4, 6, 6)),
    "batch norm in evaluation": lambda: (nn.BatchNorm2d(4).eval(), (8, 4, 6, 6)),
    "batch norm of features": lambda: (nn.BatchNorm1d(5), (32, 5)),
    "layer norm": lambda: (nn.LayerNorm(64), (4, 10, 64)),
    "layer norm of an image": lambda: (nn.LayerNorm((3, 8, 8)), (2, 3, 8, 8)),
    "group norm": lambda: (nn.GroupNorm(4, 16), (2, 16, 6, 6)),
    "instance norm": lambda: (nn.InstanceNorm2d(4, affine=True), (2, 4, 6, 6)),
    "RMS norm": lambda: (nn.RMSNorm(64), (4, 10, 64)),
    "softmax": lambda: (nn.Softmax(-1), (4, 10, 50)),
    "softmax along another axis": lambda: (nn.Softmax(1), (4, 10, 50)),
    "log softmax": lambda: (nn.LogSoftmax(-1), (4, 10, 50)),
    "convolution": lambda: (nn.Conv2d(8, 6, 3, padding=1), (2, 8, 7, 7)),
    "depthwise convolution": lambda: (nn.Conv2d(8, 8, 3, groups=8), (2, 8, 7, 7)),
    "convolution, 1d": lambda: (nn.Conv1d(8, 6, 5, stride=2), (2, 8, 20)),
    "transposed convolution": lambda: (nn.ConvTranspose2d(8, 6, 4, 2, 1), (2, 8, 5, 5)),
    "linear": lambda: (nn.Linear(64, 32), (4, 10, 64)),
    "linear without a bias": lambda: (nn.Linear(300, 7, bias=False), (20, 300)),
    "average pooling": lambda: (nn.AvgPool2d(3, 2, 1), (2, 4, 9, 9)),
    "adaptive average pooling": lambda: (nn.AdaptiveAvgPool2d(3), (2, 4, 8, 8)),
    "global average pooling": lambda: (nn.AdaptiveAvgPool2d(1), (2, 4, 8, 8)),
    "max pooling": lambda: (nn.MaxPool2d(3, 2, 1), (2, 4, 9, 9)),
    "GELU": lambda: (nn.GELU(), (4, 50)),
    "GELU with tanh": lambda: (nn.GELU("tanh"), (4, 50)),
    "sigmoid": lambda: (nn.Sigmoid(), (4, 50)),
    "tanh": lambda: (nn.Tanh(), (4, 50)),
    "dropout": lambda: (nn.Dropout(0.3), (4, 50)),
}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("name", CALLS)
def test_values_and_gradients(name, dtype):
    def run():
        module, shape = CALLS[name]()
        with torch.no_grad():
            for parameter in module.parameters():
                if parameter.dim() == 1:
                    parameter.uniform_(0.5, 1.5)
        return module.to(dtype), (torch.randn(shape).to(dtype),), {}

    for seed in range(3):
        harness.check_values(harness.run(Example(name, run), seed))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_losses(dtype):
    scores, classes = torch.randn(20, 7).to(dtype), torch.randint(7, (20,))
    weight = torch.rand(7).to(dtype)
    for run in (
        lambda: (nn.CrossEntropyLoss(), (scores, classes), {}),
        lambda: (nn.CrossEntropyLoss(label_smoothing=0.1), (scores, classes), {}),
        lambda: (nn.CrossEntropyLoss(weight), (scores, classes), {}),
        lambda: (nn.CrossEntropyLoss(), (scores, scores.softmax(1)), {}),
        lambda: (nn.NLLLoss(), (scores.log_softmax(1), classes), {}),
        lambda: (nn.MSELoss(), (scores, scores + 1), {}),
    ):
        harness.check_values(harness.run(Example("", run)))


def test_weights_finer_than_the_input():
    x = torch.randn(8, 4, 6, 6).bfloat16()
    for module in (nn.BatchNorm2d(4), nn.BatchNorm2d(4).eval()):
        harness.check_values(harness.run(Example("", lambda m=module: (m, (x,), {}))))
    for module in (nn.LayerNorm(6), nn.GroupNorm(2, 4), nn.InstanceNorm2d(4, affine=True)):
        with pytest.raises(Refused, match="weight is float32"):
            harness.run(Example("", lambda m=module: (m, (x,), {})))

"""Activations: every spelling, infinities and NaN, whole numbers, and torch's own samples."""

import math

import harness
import pytest
import samples
import spellings
import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.configure import configure
from generator.layers.registry import Example, Refused

IN_PLACE = {
    "silu": lambda x: F.silu(x, inplace=True),
    "mish": lambda x: F.mish(x, inplace=True),
    "relu6": lambda x: F.relu6(x, inplace=True),
    "hardtanh": lambda x: F.hardtanh(x, inplace=True),
    "hardtanh_": F.hardtanh_,
    "hardswish": lambda x: F.hardswish(x, inplace=True),
    "hardsigmoid": lambda x: F.hardsigmoid(x, inplace=True),
    "leaky_relu": lambda x: F.leaky_relu(x, 0.1, inplace=True),
    "leaky_relu_": F.leaky_relu_,
    "elu": lambda x: F.elu(x, inplace=True),
    "elu_": F.elu_,
    "celu": lambda x: F.celu(x, inplace=True),
    "celu_": F.celu_,
    "torch.celu_": torch.celu_,
    "selu": lambda x: F.selu(x, inplace=True),
    "selu_": F.selu_,
    "torch.selu_": torch.selu_,
    "threshold": lambda x: F.threshold(x, 0.1, 3, inplace=True),
    "threshold_": lambda x: F.threshold_(x, 0.1, 3),
    "torch.threshold_": lambda x: torch.threshold_(x, 0.1, 3),
    "rrelu": lambda x: F.rrelu(x, inplace=True),
    "rrelu_": F.rrelu_,
    "torch.rrelu_": torch.rrelu_,
}
ODD = [math.nan, math.inf, -math.inf, 1e4, -1e4, 0.0, 1.0, -1.0, 1e-40, -1e-40]
# where torch's own gradient is NaN, inf times 0 on its way
AT_INFINITY = {"Softsign": (1, 2), "Tanhshrink": ()}


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place(name):
    formula, operands, result = spellings.explained(lambda: IN_PLACE[name](torch.randn(30)))
    harness.compare("output", configure(formula.forward, formula.settings), operands, result)
    assert "In place" in [n.title for n in formula.notes]


MODULES = [
    nn.SiLU(),
    nn.Mish(),
    nn.ReLU6(),
    nn.Hardtanh(),
    nn.Hardswish(),
    nn.Hardsigmoid(),
    nn.LeakyReLU(),
    nn.ELU(),
    nn.CELU(),
    nn.SELU(),
    nn.PReLU(),
    nn.Softplus(),
    nn.Softsign(),
    nn.Tanhshrink(),
    nn.Softshrink(),
    nn.Hardshrink(),
    nn.Threshold(0.1, 3),
    nn.LogSigmoid(),
    nn.RReLU().eval(),
]


@pytest.mark.parametrize("module", MODULES, ids=lambda m: type(m).__name__)
def test_what_is_not_finite(module):
    for at, value in enumerate(ODD):
        if at in AT_INFINITY.get(type(module).__name__, ()):
            continue
        harness.check_values(
            harness.run(Example("", lambda v=value: (module, (torch.full((9,), v),), {})))
        )


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("nn.functional.silu", 0),
        ("nn.functional.mish", 0),
        ("nn.functional.relu", 0),
        ("nn.functional.relu6", 0),
        ("nn.functional.hardtanh", 0),
        ("nn.functional.hardswish", 0),
        ("nn.functional.hardsigmoid", 0),
        ("nn.functional.leaky_relu", 0),
        ("nn.functional.elu", 0),
        ("nn.functional.celu", 0),
        ("nn.functional.selu", 0),
        ("nn.functional.prelu", 0),
        ("nn.functional.softplus", 0),
        ("nn.functional.softsign", 0),
        ("nn.functional.tanhshrink", 0),
        ("nn.functional.softshrink", 0),
        ("nn.functional.hardshrink", 0),
        ("nn.functional.threshold", 0),
        ("nn.functional.logsigmoid", 0),
        ("nn.functional.glu", 0),
        ("nn.functional.gelu", 0),
    ],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
def test_torchs_samples(name, refused, dtype):
    if dtype is torch.float64 and name.endswith(("hardsigmoid", "celu")):
        pytest.skip("torch's own gradient is not one of float64")
    found = [samples.check(run) for run, _ in samples.samples(name, dtype)]
    assert found
    assert found.count(False) == refused


def test_what_torch_calculates_in_two_ways_is_refused():
    x = torch.randn(3, dtype=torch.float64)
    for call in (lambda: F.hardsigmoid(x), lambda: F.celu(x, 0.7)):
        with pytest.raises(Refused, match="float64"):
            spellings.explained(call)
    with pytest.raises(Refused, match="float16"):
        spellings.explained(lambda: F.softshrink(x.half(), 0.7))


def test_slopes_that_were_drawn_are_refused():
    with pytest.raises(Refused, match="in training"):
        spellings.explained(lambda: F.rrelu(torch.randn(3), training=True))


def test_limits_in_half_precision_are_torchs():
    for dtype in (torch.float16, torch.bfloat16):
        for call in (
            lambda x: F.hardtanh(x, -0.1, 0.7),
            lambda x: F.threshold(x, 0.7, 0.3),
            lambda x: F.hardshrink(x, 0.1),
        ):
            at = [0.7, 0.1, -0.1, -0.7, 0.3]
            x = torch.tensor(at * 9, dtype=dtype).requires_grad_()
            assert samples.check(lambda x=x, call=call: call(x))

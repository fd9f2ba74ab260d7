"""Transposed convolution: random configurations, torch's own samples, and what is refused."""

import random

import harness
import pytest
import samples
import spellings
import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.configure import configure
from generator.formula.latex import equation_latex
from generator.layers.registry import Argument, Call, Example, Refused, lookup


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_random_configurations(rank):
    numbers = random.Random(rank)
    for seed in range(12):
        stride = [numbers.randint(1, 3) for _ in range(rank)]
        groups = numbers.choice([1, 2])
        kernel = tuple(numbers.randint(1, 3) for _ in range(rank))
        dilation = tuple(numbers.randint(1, 2) for _ in range(rank))
        layer = getattr(nn, f"ConvTranspose{rank}d")(
            2 * groups,
            groups,
            kernel,
            stride=tuple(stride),
            padding=tuple(numbers.randint(0, (k - 1) // 2) for k in kernel),
            output_padding=tuple(
                numbers.randint(0, max(s, d) - 1) for s, d in zip(stride, dilation, strict=True)
            ),
            groups=groups,
            dilation=dilation,
            bias=numbers.random() < 0.5,
        )
        shape = (1, 2 * groups, *(numbers.randint(2, 4) for _ in range(rank)))
        ran = harness.run(Example("", lambda s=shape, m=layer: (m, (torch.randn(s),), {})), seed)
        harness.check_values(ran)
        harness.check_derivatives(ran)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_torchs_samples(rank, dtype):
    name = f"nn.functional.conv_transpose{rank}d"
    found = [samples.check(run) for run, _ in samples.samples(name, dtype)]
    assert found
    assert all(found)


def test_a_large_bias_before_small_products():
    bias = 1000 * torch.randn(4)
    x, weight = torch.randn(2, 64, 5), torch.randn(64, 4, 3)
    assert samples.check(lambda: F.conv_transpose1d(x, weight, bias, stride=2))


def test_the_equation_of_the_usual_layer():
    formula, _, _ = spellings.explained(
        lambda: F.conv_transpose2d(torch.randn(1, 2, 3, 3), torch.randn(2, 4, 2, 2), stride=2)
    )
    assert equation_latex(configure(formula.gradients["input"], formula.settings)) == (
        r"\frac{\partial L}{\partial x_{n,c,u,v}} = \sum_{o=0}^{3}\sum_{i=0}^{1}\sum_{j=0}^{1} "
        r"\frac{\partial L}{\partial y_{n,\; o,\; 2u + i,\; 2v + j}} \cdot W_{c,o,i,j}"
    )


def test_a_padding_mode_is_refused():
    given = Argument((1, 2, 3), "float32", integer=False)
    weight = Argument((2, 2, 3), "float32", integer=False)
    options = {"padding_mode": "reflect", "stride": 1, "padding": 0, "dilation": 1, "groups": 1}
    tensors = {"input": given, "weight": weight}
    call = Call("torch.nn.ConvTranspose1d", tensors, options, (given,), module=True)
    with pytest.raises(Refused, match="padding_mode"):
        lookup(call.type).explain(call)

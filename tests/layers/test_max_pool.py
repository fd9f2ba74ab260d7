"""Max pooling: what is refused, ties and infinities, and random configurations against torch."""

import math
import random

import harness
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode, resolve_name

from generator.formula.configure import configure
from generator.formula.evaluate import evaluate
from generator.formula.latex import equation_latex, stage_latex
from generator.layers.registry import Argument, Call, Example, Refused, lookup

OPTIONS = {
    "kernel_size": 2,
    "stride": None,
    "padding": 0,
    "dilation": 1,
    "ceil_mode": False,
    "return_indices": False,
}


def explain(dtype="float32", outputs=1, tensors=(), type_name="torch.nn.MaxPool2d", **options):
    argument = Argument((1, 2, 4, 4), dtype, not dtype.startswith(("float", "complex")))
    given = {"input": argument} | dict.fromkeys(tensors, Argument((), "int64", True))
    kept = {k: v for k, v in (OPTIONS | options).items() if k not in tensors}
    out = Argument((1, 2, 2, 2), dtype, argument.integer)
    return lookup(type_name).explain(Call(type_name, given, kept, (out,) * outputs, True))


def run(layer, x, seed=0):
    return harness.run(Example("", lambda: (layer, (x,), {})), seed)


def gradient(ran):
    return evaluate(
        configure(ran.formula.gradients["input"], ran.formula.settings), ran.operands
    ).values.reshape(ran.operands["input"].shape)


class TestRefusals:
    def test_complex(self):
        with pytest.raises(Refused, match="MaxPool2d of complex64 is not explained"):
            explain("complex64")

    def test_quantised(self):
        with pytest.raises(Refused, match="quint8"):
            explain("quint8")

    def test_an_option_that_is_a_tensor(self):
        with pytest.raises(Refused, match="options that are tensors"):
            explain(tensors=("kernel_size",))

    @pytest.mark.parametrize("kernel", [2.0, True, "2", (2, None), (2, 2, 2)])
    def test_a_kernel_that_is_no_integer_for_each_axis(self, kernel):
        with pytest.raises(Refused, match="kernel_size"):
            explain(kernel_size=kernel)

    def test_an_output_of_another_shape(self):
        with pytest.raises(Refused, match=r"has shape \(1, 2, 2, 2\), expected \(1, 2, 1, 1\)"):
            explain(kernel_size=3)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("indices", [False, True])
def test_what_a_function_mode_sees_is_known(rank, indices):
    seen = []

    class Seen(TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            seen.append(resolve_name(func))
            return func(*args, **(kwargs or {}))

    x = torch.randn((1, 2) + (4,) * rank)
    with Seen():
        getattr(F, f"max_pool{rank}d")(x, 2, return_indices=indices)
        getattr(torch, f"max_pool{rank}d")(x, 2)
    assert len(seen) == 2
    assert all(lookup(name) is not None for name in seen)


def test_integers_have_values_and_no_gradient():
    x = torch.randint(-9, 9, (1, 2, 5, 5))
    y = F.max_pool2d(x, 3, 2, 1)
    call = Call(
        "torch.nn.functional.max_pool2d",
        {"input": Argument(tuple(x.shape), "int64", True)},
        OPTIONS | {"kernel_size": 3, "stride": 2, "padding": 1},
        (Argument(tuple(y.shape), "int64", True),),
        False,
    )
    formula = lookup(call.type).explain(call)
    assert formula.gradients == {}
    found = evaluate(configure(formula.forward, formula.settings), {"input": x}).values
    assert torch.equal(found, y.double().flatten())


class TestWhichCellGetsTheGradient:
    def test_the_first_of_equal_ones(self):
        ran = run(nn.MaxPool2d(2), torch.ones(1, 1, 2, 4))
        (first, second) = ran.upstream.double().flatten()
        expected = torch.tensor([[first, 0, second, 0], [0, 0, 0, 0]], dtype=torch.float64)
        assert torch.equal(gradient(ran)[0, 0], expected)

    def test_the_first_that_is_inside_where_all_are_minus_infinity(self):
        ran = run(nn.MaxPool2d(3, 2, 1), torch.full((1, 1, 4, 4), -math.inf))
        harness.check_values(ran)
        assert gradient(ran)[0, 0, 0, 0] == ran.upstream[0, 0, 0, 0].double()

    def test_one_nan(self):
        x = torch.randn(1, 2, 5, 5)
        x[0, 0, 2, 2] = math.nan
        ran = run(nn.MaxPool2d(3, 1, 1), x)
        assert ran.output.isnan().sum() == 9
        harness.check_values(ran)

    @pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
    def test_an_upstream_gradient_that_is_not_finite_reaches_no_other_cell(self, value):
        ran = run(nn.MaxPool2d(3, 2, 1), torch.randn(1, 1, 6, 6))
        x = ran.operands["input"].clone().requires_grad_()
        upstream = torch.randn(1, 1, 3, 3)
        upstream[0, 0, 1, 1] = value
        (expected,) = torch.autograd.grad(F.max_pool2d(x, 3, 2, 1), x, upstream)
        ran.operands["grad_output"] = upstream
        torch.testing.assert_close(gradient(ran), expected.double(), equal_nan=True)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_random_configurations(rank):
    numbers = random.Random(rank)
    for seed in range(25):
        kernel = [numbers.randint(1, 3) for _ in range(rank)]
        dilation = [numbers.randint(1, 3) for _ in range(rank)]
        layer = getattr(nn, f"MaxPool{rank}d")(
            tuple(kernel),
            tuple(numbers.randint(1, 4) for _ in range(rank)),
            tuple(numbers.randint(0, k // 2) for k in kernel),
            tuple(dilation),
            ceil_mode=numbers.random() < 0.5,
        )
        least = max(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
        lengths = tuple(least + numbers.randint(0, 4) for _ in range(rank))
        x = torch.randint(-3, 3, (*((1, 2), (2,))[seed % 2], *lengths)).float()
        ran = run(layer, x, seed)
        harness.check_values(ran)
        harness.check_derivatives(ran)


def test_the_equation_of_the_usual_layer():
    formula = explain()
    settings = formula.settings
    assert equation_latex(configure(formula.forward, settings)) == (
        r"y_{n,c,h,w} = \max_{\substack{0 \le i < 2 \\ 0 \le j < 2}} x_{n,\; c,\; 2h + i,\; 2w + j}"
    )
    # side by side, the windows need no sum: each position lies in one of them
    assert r"\sum" not in equation_latex(configure(formula.gradients["input"], settings))


@pytest.mark.parametrize(
    "options",
    [
        {"kernel_size": 3, "stride": 2, "padding": 1},
        {"kernel_size": (1, 2)},
        {"kernel_size": 2, "dilation": 2, "stride": 1},
        {"kernel_size": 3, "stride": 2, "ceil_mode": True},
    ],
)
def test_the_general_formulas_are_the_same_for_every_configuration(options):
    def general(formula):
        equations = (formula.forward, gradient := formula.gradients["input"])
        return [*map(equation_latex, equations), stage_latex(gradient, "position")]

    ran = run(nn.MaxPool2d(**options), torch.randn(1, 2, 8, 8))
    assert general(ran.formula) == general(explain())


def test_notes_are_true_of_the_call():
    def titles(**options):
        ran = run(nn.MaxPool2d(**{"kernel_size": 2} | options), torch.randn(1, 2, 4, 4))
        return [n.title for n in ran.formula.notes]

    assert titles() == ["Ties go to the first"]
    assert titles(kernel_size=1, stride=2) == ["Part of the input is never read"]
    assert titles(kernel_size=1) == []
    assert titles(kernel_size=3, stride=1) == ["Ties go to the first", "Windows overlap"]
    assert "Padding never wins" in titles(kernel_size=3, stride=2, padding=1)
    assert "The last window hangs over the edge" in titles(kernel_size=3, stride=2, ceil_mode=True)

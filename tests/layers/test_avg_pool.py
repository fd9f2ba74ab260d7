"""Average pooling: what is refused, the divisor, and random configurations against torch."""

import random

import harness
import pytest
import torch
from torch import nn

from generator.formula.configure import configure
from generator.formula.latex import equation_latex, stage_latex
from generator.layers.registry import Argument, Call, Example, Refused, lookup

OPTIONS = {
    "kernel_size": 2,
    "stride": None,
    "padding": 0,
    "ceil_mode": False,
    "count_include_pad": True,
    "divisor_override": None,
}


def explain(dtype="float32", tensors=(), **options):
    argument = Argument((1, 2, 4, 4), dtype, not dtype.startswith(("float", "complex")))
    given = {"input": argument} | dict.fromkeys(tensors, Argument((), "int64", True))
    kept = {k: v for k, v in (OPTIONS | options).items() if k not in tensors}
    out = Argument((1, 2, 2, 2), dtype, argument.integer)
    name = "torch.nn.AvgPool2d"
    return lookup(name).explain(Call(name, given, kept, (out,), True))


def run(layer, x, seed=0):
    return harness.run(Example("", lambda: (layer, (x,), {})), seed)


class TestRefusals:
    def test_integers(self):
        with pytest.raises(Refused, match="AvgPool2d of int64: rounding is not explained"):
            explain("int64")

    def test_complex(self):
        with pytest.raises(Refused, match="AvgPool2d of complex64 is not explained"):
            explain("complex64")

    @pytest.mark.parametrize("divisor", [2.5, True, "3"])
    def test_a_divisor_that_is_no_integer(self, divisor):
        with pytest.raises(Refused, match=r"divisor_override=.*only integers"):
            explain(divisor_override=divisor)

    def test_an_option_that_is_a_tensor(self):
        with pytest.raises(Refused, match="options that are tensors"):
            explain(tensors=("divisor_override",))

    def test_an_output_of_another_shape(self):
        with pytest.raises(Refused, match=r"expected \(1, 2, 3, 3\)"):
            explain(stride=1)

    def test_an_input_without_channels(self):
        argument = Argument((4, 4), "float32", False)
        call = Call("torch.nn.AvgPool2d", {"input": argument}, OPTIONS, (argument,), True)
        with pytest.raises(Refused, match=r"input of shape \(4, 4\)"):
            lookup(call.type).explain(call)


class TestDivisor:
    def latex(self, **options):
        formula = explain(**options)
        configured = configure(formula.forward, formula.settings)
        stages = [stage_latex(configured, s.tensor.name) for s in configured.stages]
        return equation_latex(configured), stages

    def test_it_is_the_window(self):
        summed = r"\sum_{i=0}^{1}\sum_{j=0}^{1} x_{n,\; c,\; 2h + i,\; 2w + j}"
        assert self.latex() == (rf"y_{{n,c,h,w}} = \frac{{1}}{{2 \cdot 2}} \cdot {summed}", [])

    def test_it_is_the_window_with_its_padding(self):
        text, stages = self.latex(kernel_size=3, stride=2, padding=1)
        assert r"\frac{1}{3 \cdot 3}" in text
        assert stages == []

    def test_it_is_what_lies_inside(self):
        text, stages = self.latex(kernel_size=3, stride=2, padding=1, count_include_pad=False)
        assert r"\frac{1}{R_{h,w}}" in text
        assert len(stages) == 1

    def test_padding_that_is_not_there_does_not_change_it(self):
        text, stages = self.latex(count_include_pad=False)
        assert text == self.latex()[0].replace(r"2 \cdot 2", "4")
        assert stages == ["R_{h,w} = 4"]

    def test_a_window_over_the_edge_counts_less(self):
        text, stages = self.latex(kernel_size=3, stride=2, ceil_mode=True)
        assert r"\frac{1}{R_{h,w}}" in text
        height, width = (rf"\min\left(3,\; 4 - 2 \cdot {v}\right)" for v in "hw")
        assert stages == [rf"R_{{h,w}} = {height} \cdot {width}"]

    def test_an_override_is_the_divisor_everywhere(self):
        options = {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}
        text, stages = self.latex(divisor_override=7, **options)
        assert r"\frac{1}{7}" in text
        assert stages == []

    def test_zero_counts_as_given(self):
        assert explain(divisor_override=0).settings["divisor"] == 0


def test_no_dilation_in_the_general_formula():
    assert "d_h" not in equation_latex(explain().forward)


def test_notes_are_true_of_the_call():
    def titles(**options):
        return [n.title for n in explain(**options).notes]

    padded = {"kernel_size": 3, "stride": 2, "padding": 1}
    assert titles() == []
    assert titles(divisor_override=3) == ["The result is no mean"]
    assert titles(**padded) == ["Zeros of the padding count", "Windows overlap"]
    assert titles(**padded, count_include_pad=False) == [
        "Cells of the padding do not count",
        "Windows overlap",
    ]
    assert "The last windows are divided by less" in titles(kernel_size=3, stride=2, ceil_mode=True)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_random_configurations(rank):
    numbers = random.Random(rank)
    for seed in range(25):
        kernel = [numbers.randint(1, 4) for _ in range(rank)]
        options = {
            "ceil_mode": numbers.random() < 0.5,
            "count_include_pad": numbers.random() < 0.5,
        }
        if rank > 1 and numbers.random() < 0.3:
            options["divisor_override"] = numbers.randint(1, 9)
        layer = getattr(nn, f"AvgPool{rank}d")(
            tuple(kernel),
            tuple(numbers.randint(1, 4) for _ in range(rank)),
            tuple(numbers.randint(0, k // 2) for k in kernel),
            **options,
        )
        lengths = tuple(k + numbers.randint(0, 4) for k in kernel)
        ran = run(layer, torch.randn(*((1, 2), (2,))[seed % 2], *lengths), seed)
        harness.check_values(ran)
        harness.check_derivatives(ran)

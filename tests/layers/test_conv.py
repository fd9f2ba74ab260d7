"""Convolution: what it refuses, what it says, and how it reads once it is configured."""

import harness
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.configure import configure
from generator.formula.latex import equation_latex
from generator.layers.registry import Example, Refused


def ran(layer, *shape):
    return harness.run(Example("", lambda: (layer, (torch.randn(shape),), {})))


def configured(layer, *shape, of="output"):
    found = ran(layer, *shape)
    equation = found.formula.forward if of == "output" else found.formula.gradients[of]
    return equation_latex(configure(equation, found.formula.settings))


def titles(layer, *shape):
    return {note.title for note in ran(layer, *shape).formula.notes}


class TestRefusals:
    def test_complex_numbers(self):
        example = Example(
            "",
            lambda: (
                F.conv2d,
                (
                    torch.randn(1, 1, 3, 3, dtype=torch.complex64),
                    torch.randn(1, 1, 2, 2, dtype=torch.complex64),
                ),
                {},
            ),
        )
        with pytest.raises(Refused, match="complex"):
            harness.run(example)

    def test_integers(self):
        ones = torch.ones(1, 1, 3, 3, dtype=torch.int64)
        with pytest.raises(Refused, match="int64"):
            harness.run(Example("", lambda: (F.conv2d, (ones, ones), {})))

    def test_a_padding_mode_that_torch_does_not_have(self):
        layer = nn.Conv2d(1, 1, 3, padding=1)
        layer.padding_mode = "mirror"
        layer._conv_forward = lambda x, w, b: F.conv2d(x, w, b, 1, 1)
        with pytest.raises(Refused, match="'mirror'"):
            ran(layer, 1, 1, 4, 4)

    def test_one_number_in_a_tuple_beside_another_padding_mode(self):
        layer = nn.Conv2d(1, 1, 2, padding=(1,), padding_mode="circular")
        # torch pads the width alone
        assert layer(torch.ones(1, 4, 4)).shape == (1, 3, 5)
        with pytest.raises(Refused, match=r"padding=\(1,\)"):
            ran(layer, 1, 4, 4)

    def test_negative_padding_which_crops(self):
        layer = nn.Conv2d(1, 1, 2, padding=-1, padding_mode="circular")
        with pytest.raises(Refused, match="negative padding"):
            ran(layer, 1, 1, 5, 5)


class TestConfiguredFormula:
    def test_stride_padding_and_dilation_are_numbers(self):
        layer = nn.Conv2d(2, 3, 3, stride=2, padding=(1, 2), dilation=(1, 2))
        assert configured(layer, 1, 2, 8, 8) == (
            r"y_{n,o,h,w} = \sum_{c=0}^{1}\sum_{i=0}^{2}\sum_{j=0}^{2} "
            r"x_{n,\; c,\; 2h + i - 1,\; 2w + 2j - 2} \cdot W_{o,c,i,j} + b_{o}"
        )

    def test_a_kernel_of_one_position_leaves_the_sum_over_channels(self):
        layer = nn.Conv2d(4, 2, 1, bias=False)
        assert configured(layer, 1, 4, 2, 2) == (
            r"y_{n,o,h,w} = \sum_{c=0}^{3} x_{n,c,h,w} \cdot W_{o,c,0,0}"
        )

    def test_a_depthwise_convolution_reads_the_channel_that_it_writes(self):
        layer = nn.Conv1d(3, 3, 2, groups=3, bias=False)
        sums = r"\sum_{i=0}^{1} x_{n,\; o,\; l + i} \cdot W_{o,0,i}"
        assert configured(layer, 1, 3, 4) == f"y_{{n,o,l}} = {sums}"
        gradient = configured(layer, 1, 3, 4, of="weight")
        assert gradient.endswith(r"\cdot x_{0,\; o,\; l + i}")

    def test_groups_read_the_channels_of_their_own(self):
        layer = nn.Conv1d(4, 6, 1, groups=2)
        assert r"x_{n,\; 2\left\lfloor \frac{o}{3} \right\rfloor + c,\; l}" in configured(
            layer, 1, 4, 5
        )

    def test_the_input_gradient_without_stride_or_border_has_no_condition(self):
        layer = nn.Conv2d(2, 3, 1)
        assert configured(layer, 1, 2, 4, 4, of="input") == (
            r"\frac{\partial L}{\partial x_{n,c,u,v}} = "
            r"\sum_{o=0}^{2} \frac{\partial L}{\partial y_{n,o,u,v}} \cdot W_{o,c,0,0}"
        )

    def test_the_input_gradient_has_its_conditions_below_the_sums_they_are_about(self):
        layer = nn.Conv1d(1, 2, 3, stride=2)
        assert configured(layer, 1, 1, 9, of="input") == (
            r"\frac{\partial L}{\partial x_{n,c,u}} = \sum_{o=0}^{1}"
            r"\sum_{\substack{i=0 \\ 2 \mid (u - i) \\ 0 \le \frac{u - i}{2} < 4}}^{2} "
            r"\frac{\partial L}{\partial y_{n,\; o,\; \frac{u - i}{2}}} \cdot W_{o,c,i}"
        )

    @pytest.mark.parametrize(
        ("mode", "origin"),
        [
            ("reflect", r"4 - \left|4 - \left|a - 1\right|\right| = u"),
            ("replicate", r"\min\left(\max\left(a - 1,\; 0\right),\; 4\right) = u"),
            ("circular", r"(a - 1) \bmod 5 = u"),
        ],
    )
    def test_copies_in_the_padding_pass_their_gradient_back(self, mode, origin):
        layer = nn.Conv1d(1, 1, 3, padding=1, padding_mode=mode)
        assert configured(layer, 1, 1, 5, of="input") == (
            r"\frac{\partial L}{\partial x_{n,c,u}} = "
            rf"\sum_{{\substack{{a=0 \\ {origin}}}}}^{{6}} "
            r"\frac{\partial L}{\partial \tilde{x}_{n,c,a}}"
        )

    def test_an_axis_without_padding_has_no_copies(self):
        layer = nn.Conv2d(1, 1, 3, padding=(1, 0), padding_mode="circular")
        assert configured(layer, 1, 1, 5, 5, of="input") == (
            r"\frac{\partial L}{\partial x_{n,c,u,v}} = "
            r"\sum_{\substack{a=0 \\ (a - 1) \bmod 5 = u}}^{6} "
            r"\frac{\partial L}{\partial \tilde{x}_{n,c,a,v}}"
        )


class TestNotes:
    def test_a_single_position_is_neither_flipped_nor_padded(self):
        assert titles(nn.Conv2d(2, 2, 1), 1, 2, 3, 3) == set()

    def test_same_with_an_even_kernel_pads_one_more_at_the_end(self):
        layer = nn.Conv2d(1, 1, (3, 4), padding="same")
        found = ran(layer, 1, 1, 5, 5)
        assert found.formula.settings["p_w"] == 1
        assert found.formula.settings["q_w"] == 2
        (note,) = [n for n in found.formula.notes if "unevenly" in n.title]
        assert "along the width 1 before and 2 after" in note.text
        assert "height" not in note.text

    def test_same_with_an_odd_kernel_does_not(self):
        assert not any(
            "unevenly" in t for t in titles(nn.Conv2d(1, 1, 3, padding="same"), 1, 1, 5, 5)
        )

    @pytest.mark.parametrize(
        ("layer", "shape", "count"),
        [
            (nn.Conv1d(1, 1, 3, stride=3), (1, 1, 8), "2 positions of 8"),
            (nn.Conv1d(1, 1, 1, stride=2), (1, 1, 5), "2 positions of 5"),
            (nn.Conv1d(1, 1, 2, dilation=2, stride=4), (1, 1, 8), "4 positions of 8"),
        ],
    )
    def test_positions_that_no_window_reads_have_no_gradient(self, layer, shape, count):
        found = ran(layer, *shape)
        (note,) = [n for n in found.formula.notes if n.title == "Not every position is read"]
        assert count in note.text
        assert int((found.gradients["input"] == 0).sum()) == int(count.split()[0])

    def test_copies_are_not_taken_for_unread_positions(self):
        layer = nn.Conv1d(1, 1, 1, stride=4, padding=2, padding_mode="circular")
        assert not any("read" in t for t in titles(layer, 1, 1, 4))


def test_multiply_adds_are_the_weights_met_by_every_output():
    assert ran(nn.Conv2d(4, 6, 3, groups=2, padding=1), 2, 4, 5, 5).formula.multiply_adds == (
        2 * 6 * 5 * 5 * 2 * 3 * 3
    )


def test_the_summary_has_the_numbers_of_the_configuration():
    layer = nn.Conv2d(3, 8, 3, stride=2, padding=1)
    assert ran(layer, 1, 3, 8, 8).formula.summary == (
        "Each of the 8 output channels is a weighted sum over a window of 3 × 3 positions in all "
        "3 input channels, plus a bias; the window moves in steps of 2 over the input padded by 1 "
        "on every side with zeros."
    )


def test_a_bias_far_larger_than_the_sum_stays_within_the_budget():
    def run():
        layer = nn.Conv2d(512, 4, 3, padding=1)
        with torch.no_grad():
            layer.bias.mul_(1e5)
        return layer, (torch.randn(1, 512, 4, 4),), {}

    harness.check_values(harness.run(Example("", run)))


def test_the_budget_is_of_the_size_of_the_error():
    found = ran(nn.Conv2d(32, 32, 3, padding=1), 1, 32, 16, 16)
    assert 1 < harness.slack(found) < 60


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
def test_padding_shifted_by_one_is_caught(mode):
    found = ran(nn.Conv2d(2, 2, 3, padding=1, padding_mode=mode), 1, 2, 4, 4)
    found.formula.settings["p_w"] = 0
    with pytest.raises(AssertionError, match="elements off"):
        harness.check_values(found)


def test_with_one_channel_both_sides_have_its_index():
    layer = nn.Conv1d(1, 2, 3)
    assert configured(layer, 1, 1, 5, of="weight").endswith(r"x_{0,\; c,\; l + i}")
    assert configured(layer, 1, 1, 5, of="input").endswith(r"W_{o,c,i}")


def test_channels_of_a_group_and_of_all_have_letters_of_their_own():
    layer = nn.Conv1d(4, 6, 1, groups=2)
    text = configured(layer, 1, 4, 5, of="input")
    assert text.startswith(r"\frac{\partial L}{\partial x_{n,m,u}} = \sum_{f=0}^{2}")
    indices = ran(layer, 1, 4, 5).formula.indices
    assert indices["c"] == "input channel, counted within its group"
    assert indices["m"] == "input channel, counted over all groups"

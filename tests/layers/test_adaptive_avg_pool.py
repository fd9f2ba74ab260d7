"""Adaptive average pooling: what is refused, its windows, and random sizes against torch."""

import random

import harness
import pytest
import torch
from torch import nn

from generator.formula.configure import configure
from generator.formula.evaluate import evaluate
from generator.formula.latex import equation_latex
from generator.layers.registry import Argument, Call, Example, Refused, lookup


def explain(lengths, counts, dtype="float32"):
    name = f"torch.nn.AdaptiveAvgPool{len(lengths)}d"
    integer = not dtype.startswith(("float", "complex"))
    given = Argument((1, 2, *lengths), dtype, integer)
    out = Argument((1, 2, *counts), dtype, integer)
    return lookup(name).explain(Call(name, {"input": given}, {"output_size": counts}, (out,), True))


def run(layer, x, seed=0):
    return harness.run(Example("", lambda: (layer, (x,), {})), seed)


class TestRefusals:
    def test_integers(self):
        with pytest.raises(Refused, match="AdaptiveAvgPool1d of int64"):
            explain((4,), (2,), "int64")

    def test_complex(self):
        with pytest.raises(Refused, match="AdaptiveAvgPool1d of complex64 is not explained"):
            explain((4,), (2,), "complex64")

    def test_no_windows(self):
        with pytest.raises(Refused, match="4 × 4 positions to 0 × 2"):
            explain((4, 4), (0, 2))


@pytest.mark.parametrize(("length", "count"), [(7, 3), (10, 4), (3, 7), (5, 5), (2, 6), (9, 1)])
def test_every_position_lies_in_the_windows_that_torch_reads_it_in(length, count):
    formula = explain((length,), (count,))
    gradient = configure(formula.gradients["input"], formula.settings)
    weights = nn.AdaptiveAvgPool1d(count)(torch.eye(length)[None])[0]
    for window in range(count):
        upstream = torch.zeros(1, 2, count)
        upstream[0, 0, window] = 1
        found = evaluate(gradient, {"grad_output": upstream}).values.reshape(2, length)
        torch.testing.assert_close(found[0], weights[:, window].double(), atol=1e-7, rtol=0)
        assert not found[1].any()


def test_a_whole_channel_is_one_sum():
    formula = explain((4, 6), (1, 1))
    configured = configure(formula.gradients["input"], formula.settings)
    text = r"\frac{\partial L}{\partial x_{n,c,u,v}} = "
    text += r"\frac{1}{24} \cdot \frac{\partial L}{\partial y_{n,c,0,0}}"
    assert equation_latex(configured) == text


def test_the_size_of_the_input_changes_nothing():
    formula = explain((4, 6), (4, 6))
    assert equation_latex(configure(formula.forward, formula.settings)) == (
        "y_{n,c,h,w} = x_{n,c,h,w}"
    )
    assert formula.notes == ()


def test_the_general_formulas_are_the_same_for_every_size():
    def general(lengths, counts):
        formula = explain(lengths, counts)
        return [equation_latex(e) for e in (formula.forward, *formula.gradients.values())]

    assert general((4, 6), (1, 1)) == general((4, 6), (2, 3)) == general((7, 5), (3, 9))


def test_notes_are_true_of_the_call():
    def titles(lengths, counts):
        return [n.title for n in explain(lengths, counts).notes]

    assert titles((6, 4), (3, 2)) == []
    assert titles((6, 5), (3, 2)) == ["Windows overlap"]
    assert titles((6, 2), (3, 4)) == ["The output is larger than the input"]


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_random_sizes(rank):
    numbers = random.Random(rank)
    for seed in range(25):
        lengths = tuple(numbers.randint(1, 7) for _ in range(rank))
        sizes = tuple(numbers.choice([None, *range(1, 9)]) for _ in range(rank))
        if rank == 1:
            sizes = sizes[0] or 1
        layer = getattr(nn, f"AdaptiveAvgPool{rank}d")(sizes)
        ran = run(layer, torch.randn(*((1, 2), (2,))[seed % 2], *lengths), seed)
        harness.check_values(ran)
        harness.check_derivatives(ran)

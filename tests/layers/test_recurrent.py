"""Recurrent layers: many steps, faults, layouts, what arrives, and torch's own samples."""

import copy
import sys
import types
import unittest

import harness
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence

from generator.formula.configure import configure
from generator.formula.evaluate import evaluate
from generator.formula.memory import Operands
from generator.layers.recurrent_examples import layer, packed
from generator.layers.registry import Example, Refused

KINDS = [nn.RNN, nn.LSTM, nn.GRU]
CELLS = [nn.RNNCell, nn.LSTMCell, nn.GRUCell]


def ran(make, seed=0):
    found = harness.run(Example("", make), seed)
    found.operands = Operands(found.operands)
    return found


def many(kind, steps=100, **options):
    return lambda: (kind(8, 16, **options), (torch.randn(steps, 2, 8),), {})


@pytest.mark.parametrize("kind", KINDS)
def test_the_budget_holds_over_a_hundred_steps(kind):
    harness.check_values(ran(many(kind)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"])
def test_a_fault_of_a_thousandth_in_one_weight_is_caught(kind, name):
    found = ran(many(kind))
    weight = found.operands[name].clone()
    # the input's and the state's weights into the last gate of the first unit
    weight[-1] = weight[-1] * 1.001
    operands = Operands({**found.operands, name: weight})
    settings = found.formula.settings
    for of in ("output", *found.gradients):
        output = of == "output"
        equation = found.formula.forward if output else found.formula.gradients[of]
        actual = found.output if output else found.gradients[of]
        result = evaluate(configure(equation, settings), operands, unit=harness.UNIT)
        error = (result.values - actual.double().flatten()).abs()
        assert bool((error > result.budget).any()), of


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_other_types_of_numbers(kind, dtype):
    def make():
        module = kind(3, 4, num_layers=2, bidirectional=True).to(dtype)
        return module, (torch.randn(5, 2, 3, dtype=dtype),), {}

    harness.check_values(ran(make))


@pytest.mark.parametrize("options", [{"num_layers": 12}, {"num_layers": 6, "bidirectional": True}])
def test_deep_stacks(options):
    harness.check_values(ran(many(nn.LSTM, 3, **options)))


def test_an_empty_batch():
    harness.check_values(ran(lambda: (nn.LSTM(3, 4), (torch.randn(2, 0, 3),), {})))


@pytest.mark.parametrize("kind", KINDS)
def test_dropout_that_was_drawn_is_refused(kind):
    with pytest.raises(Refused, match="dropout"):
        ran(many(kind, 3, num_layers=2, dropout=0.5))


@pytest.mark.filterwarnings("ignore:dropout option")
@pytest.mark.parametrize("kind", KINDS)
def test_dropout_that_does_nothing_is_none(kind):
    alone = ran(many(kind, 3, dropout=0.5))
    harness.check_values(alone)

    def evaluating():
        return kind(8, 16, num_layers=2, dropout=0.5).eval(), (torch.randn(3, 2, 8),), {}

    harness.check_values(ran(evaluating))


@pytest.mark.parametrize("reached", [(0,), (1,), (2,), (0, 2), (1, 2)])
@pytest.mark.parametrize(
    "example",
    [
        layer(nn.LSTM, "", 3, 2, states=True, num_layers=2, bidirectional=True),
        layer(nn.LSTM, "", 3, 2),
    ],
)
def test_only_some_outputs_are_read(example, reached):
    class Detached(nn.LSTM):
        """Lets a gradient arrive at some of its outputs alone."""

        def forward(self, x, hx=None):
            y, (h, c) = super().forward(x, hx)
            found = [v if k in reached else v.detach() for k, v in enumerate((y, h, c))]
            return found[0], (found[1], found[2])

    Detached.__module__, Detached.__qualname__ = "torch.nn", "LSTM"

    def make():
        module, args, kwargs = example.run()
        twin = copy.deepcopy(module)
        twin.__class__ = Detached
        return twin, args, kwargs

    found = ran(make)
    assert found.bound.call.reached == tuple(k in reached for k in range(3))
    harness.check_values(found)
    harness.check_derivatives(found)


def test_states_may_come_as_a_list():
    def make():
        module = nn.LSTMCell(3, 4)
        return module, (torch.randn(2, 3), [torch.randn(2, 4), torch.randn(2, 4)]), {}

    harness.check_values(ran(make))


def test_what_packing_passes_on_is_explained_exactly():
    found = harness.run(packed(nn.GRU, "", 1, 3, states=True))
    names = [output.name for output in found.formula.others]
    assert names == ["batch_sizes", "sorted_indices", "unsorted_indices", "h_n"]
    harness.check_values(found)


def test_equal_lengths_may_be_packed_and_one_alone():
    for lengths in ((3, 3), (2,)):
        data = pack_sequence([torch.randn(n, 3) for n in lengths])
        harness.check_values(ran(lambda data=data: (nn.LSTM(3, 4), (data,), {})))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        # (input + state) per row, for each step of each sample; then what the gates add up
        (lambda: (nn.RNN(3, 4), (torch.randn(5, 2, 3),), {}), 10 * 4 * 7),
        (lambda: (nn.LSTM(3, 4), (torch.randn(5, 2, 3),), {}), 10 * (16 * 7 + 2 * 4)),
        (lambda: (nn.GRU(3, 4), (torch.randn(5, 2, 3),), {}), 10 * (12 * 7 + 3 * 4)),
        (
            lambda: (nn.LSTM(3, 4, proj_size=2), (torch.randn(5, 2, 3),), {}),
            10 * (16 * 5 + 2 * 4 + 2 * 4),
        ),
        (
            lambda: (nn.RNN(3, 4, 2, bidirectional=True), (torch.randn(5, 2, 3),), {}),
            10 * 2 * (4 * 7 + 4 * 12),
        ),
        (lambda: (nn.RNNCell(3, 4), (torch.randn(2, 3), torch.randn(2, 4)), {}), 2 * 4 * 7),
    ],
)
def test_products_are_counted(make, expected):
    assert ran(make).formula.multiply_adds == expected


def sampled():
    """Torch's descriptions of its recurrent modules, with their sample inputs."""
    # torch's test classes, which nothing here uses, have this package's as their base
    sys.modules.setdefault("expecttest", types.SimpleNamespace(TestCase=unittest.TestCase))
    from torch.testing._internal.common_modules import module_db

    return [info for info in module_db if info.module_cls in (*KINDS, *CELLS)]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("most", [5, pytest.param(32, marks=pytest.mark.slow)])
@pytest.mark.parametrize("info", sampled(), ids=lambda info: info.module_cls.__name__)
def test_torchs_own_samples_are_right_or_refused(info, most):
    torch.manual_seed(0)
    samples = info.module_inputs_func(
        info, device="cpu", dtype=torch.float32, requires_grad=True, training=True
    )
    given = [sample for sample in samples if sample.forward_input is not None]
    explained = 0
    # each option doubles their number: an odd step takes it both ways
    for sample in given[:: 1 if len(given) <= most else 5]:
        torch.manual_seed(0)
        built, call = sample.constructor_input, sample.forward_input

        def make(built=built, call=call):
            module = info.module_cls(*built.args, **built.kwargs)
            return module, tuple(call.args), dict(call.kwargs)

        try:
            found = ran(make)
        except Refused:
            continue
        harness.check_values(found)
        explained += 1
    assert explained

"""Every example of every layer file: torch, autograd, the derivative, and the two evaluators."""

import harness
import pytest
import torch

from generator.formula.configure import configure, size
from generator.formula.evaluate import evaluate
from generator.formula.expand import expand
from generator.formula.spans import spans
from generator.layers.registry import all_examples

EXAMPLES = [
    pytest.param(example, id=f"{file}: {example.name}")
    for file, given in all_examples().items()
    for example in given
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_example(example):
    """Everything that holds of one example, of one run: there are thousands of them."""
    ran = harness.run(example)
    harness.check_values(ran)
    harness.check_derivatives(ran)
    expansion_agrees_with_evaluation(ran)
    every_floating_operand_has_a_gradient(ran)
    axes_name_every_axis(ran)
    the_output_shape_follows(ran)


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES)
def test_example_with_other_numbers(example):
    for seed in (1, 2):
        harness.check_values(harness.run(example, seed))


def expansion_agrees_with_evaluation(ran):
    reached = ran.formula.gradients if "grad_output" in ran.operands else {}
    for equation in (*ran.equations.values(), *reached.values()):
        configured = configure(equation, ran.formula.settings)
        values = evaluate(configured, ran.operands).values
        sizes = [s.value for s in configured.result.sizes]
        for k in {0, len(values) // 2, len(values) - 1} & set(range(len(values))):
            element = tuple(int(i) for i in torch.unravel_index(torch.tensor(k), sizes))
            worked = expand(configured, ran.operands, element)
            assert worked.value == pytest.approx(float(values[k]), rel=1e-12, abs=1e-12)
            reads_lie_within_their_spans(configured, worked)


def reads_lie_within_their_spans(configured, worked):
    where = spans(configured)
    for cell in worked.cells():
        # stages have none of their own
        for index, span in zip(cell.index, where.get(cell.tensor, ()), strict=False):
            if not cell.padded:
                low, high = span.bounds(worked.element)
                assert low <= index <= high, cell


def every_floating_operand_has_a_gradient(ran):
    assert set(ran.gradients) <= set(ran.formula.gradients)


def axes_name_every_axis(ran):
    for name, names in ran.formula.axes.items():
        if name in ran.operands:
            assert len(names) == ran.operands[name].dim(), name
    assert set(ran.bound.tensors) | {"output"} <= set(ran.formula.axes)
    assert len(ran.formula.others) == len(ran.outputs) - 1
    for other, tensor in zip(ran.formula.others, ran.outputs[1:], strict=True):
        assert len(other.axes) == tensor.dim(), other.name


def the_output_shape_follows(ran):
    for axis in ran.formula.sizes:
        where = ran.formula.axes["output"].index(axis.axis)
        assert size(axis.length, ran.formula.settings) == ran.output.shape[where]

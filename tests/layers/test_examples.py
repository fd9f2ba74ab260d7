"""Every example of every layer file: torch, autograd, the derivative, and the two evaluators."""

import subprocess
import sys

import harness
import pytest
import torch

from generator.formula.configure import configure
from generator.formula.evaluate import evaluate
from generator.formula.expand import expand
from generator.layers.registry import all_examples

EXAMPLES = [
    pytest.param(example, id=f"{file}: {example.name}")
    for file, given in all_examples().items()
    for example in given
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_values_and_gradients_are_torchs(example):
    for seed in range(3):
        harness.check_values(harness.run(example, seed))


@pytest.mark.parametrize("example", EXAMPLES)
def test_gradients_are_the_forward_equations_derivatives(example):
    harness.check_derivatives(harness.run(example))


@pytest.mark.parametrize("example", EXAMPLES)
def test_expansion_agrees_with_evaluation(example):
    ran = harness.run(example)
    reached = ran.formula.gradients if "grad_output" in ran.operands else {}
    for equation in (*ran.equations.values(), *reached.values()):
        configured = configure(equation, ran.formula.settings)
        values = evaluate(configured, ran.operands).values
        sizes = [s.value for s in configured.result.sizes]
        for k in {0, len(values) // 2, len(values) - 1} & set(range(len(values))):
            element = tuple(int(i) for i in torch.unravel_index(torch.tensor(k), sizes))
            worked = expand(configured, ran.operands, element)
            assert worked.value == pytest.approx(float(values[k]), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_floating_operand_has_a_gradient(example):
    ran = harness.run(example)
    assert set(ran.gradients) <= set(ran.formula.gradients)


@pytest.mark.parametrize("example", EXAMPLES)
def test_axes_name_every_axis(example):
    ran = harness.run(example)
    for name, names in ran.formula.axes.items():
        if name in ran.operands:
            assert len(names) == ran.operands[name].dim(), name
    assert set(ran.bound.tensors) | {"output"} <= set(ran.formula.axes)
    assert len(ran.formula.others) == len(ran.outputs) - 1
    for other, tensor in zip(ran.formula.others, ran.outputs[1:], strict=True):
        assert len(other.axes) == tensor.dim(), other.name


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_output_shape_follows(example):
    ran = harness.run(example)
    from generator.formula.configure import size

    for axis in ran.formula.sizes:
        where = ran.formula.axes["output"].index(axis.axis)
        assert size(axis.length, ran.formula.settings) == ran.output.shape[where]


def test_loading_the_layers_leaves_the_random_state_as_it_was():
    code = (
        "import torch; before = torch.random.get_rng_state()\n"
        "from generator.layers.registry import load_all; load_all()\n"
        "assert torch.equal(before, torch.random.get_rng_state())"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

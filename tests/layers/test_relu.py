"""ReLU's spellings, its rule at zero, and what is refused."""

import harness
import pytest
import spellings
import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.configure import configure
from generator.formula.evaluate import evaluate
from generator.formula.expand import expand
from generator.formula.latex import Printer
from generator.layers.registry import Argument, Call, Refused, lookup

CALLS = {
    "nn.ReLU in place": nn.ReLU(inplace=True),
    "F.relu in place": lambda x: F.relu(x, inplace=True),
    "F.relu_": F.relu_,
    "torch.relu_": torch.relu_,
    "Tensor.relu_": lambda x: x.relu_(),
    "Tensor.relu": lambda x: x.relu(),
    "F.relu": F.relu,
}


@pytest.mark.parametrize("name", CALLS)
def test_every_spelling_is_explained(name):
    formula, operands, result = spellings.explained(lambda: CALLS[name](torch.randn(3, 4)))
    harness.compare("output", configure(formula.forward, formula.settings), operands, result)
    in_place = "place" in name or name.endswith("_")
    assert ("In place" in [n.title for n in formula.notes]) == in_place


def test_the_result_is_exact():
    formula, operands, result = spellings.explained(lambda: F.relu(torch.randn(50)))
    found = evaluate(configure(formula.forward, formula.settings), operands, unit=harness.UNIT)
    assert torch.equal(found.values.float(), result)
    assert not found.budget.any()


def test_nan_passes_through_like_torchs():
    x = torch.tensor([torch.nan, 1.0], requires_grad=True)
    y = torch.relu(x)
    (gradient,) = torch.autograd.grad(y, x, torch.tensor([3.0, 5.0]))
    formula, _, _ = spellings.explained(lambda: torch.relu(x))
    operands = {"input": x.detach(), "grad_output": torch.tensor([3.0, 5.0])}
    forward = evaluate(configure(formula.forward, formula.settings), operands).values
    backward = evaluate(configure(formula.gradients["input"], formula.settings), operands).values
    assert forward.isnan().tolist() == y.isnan().tolist()
    assert backward.tolist() == gradient.tolist()


def test_the_working_shows_the_input_that_was_cut():
    formula, operands, _ = spellings.explained(lambda: F.relu(torch.tensor([-0.5, 2.0])))
    equation = configure(formula.forward, formula.settings)
    worked = expand(equation, operands, (0,))
    assert Printer.of(equation, 2).latex(worked.body) == r"\max\left(0,\; -0.50\right)"


@pytest.mark.parametrize("dtype", [torch.int64, torch.int8, torch.uint8])
def test_whole_numbers_are_exact_and_have_no_gradient(dtype):
    x = torch.tensor([0, 1, 127]) if dtype is torch.uint8 else torch.tensor([-128, 0, 127])
    formula, operands, result = spellings.explained(lambda: F.relu(x.to(dtype)))
    harness.compare("output", configure(formula.forward, formula.settings), operands, result)
    assert not formula.gradients


def test_complex_numbers_are_refused():
    with pytest.raises(Refused, match="complex"):
        lookup("torch.relu").explain(_call("complex64"))


def _call(dtype):
    given = Argument((3,), dtype, integer=False)
    return Call("torch.relu", {"input": given}, {"inplace": False}, (given,), module=False)

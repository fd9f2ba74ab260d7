"""The default loss, of one output and of several."""

import harness
import pytest
import torch

from generator.binding import bind
from generator.capture.inputs import half_squared_sum
from generator.formula.configure import configure
from generator.formula.latex import equation_latex
from generator.layers.registry import lookup

RULE = lookup("layerbook.half_squared_sum")


def _ran(*outputs):
    leaves = [y.requires_grad_() for y in outputs]
    loss = half_squared_sum(leaves, torch.nn.Identity())
    bound = bind(
        RULE, leaves, {}, [loss], data=lambda v: v if torch.is_tensor(v) else None, own=None
    )
    found = torch.autograd.grad(loss, leaves)
    operands = {name: y.detach() for name, y in bound.tensors.items()}
    return harness.Ran(
        bound,
        RULE.explain(bound.call),
        {**operands, "grad_output": torch.ones(()), "output": loss.detach()},
        [loss.detach()],
        dict(zip(bound.tensors, found, strict=True)),
    )


@pytest.mark.parametrize(
    "shapes",
    [
        [()],
        [(1,)],
        [(5,)],
        [(2, 3)],
        [(1, 2, 3, 4)],
        [(40, 50)],
        [(2, 3), (4,)],
        [(2, 2, 2, 2, 2, 2), (1, 2, 3), ()],
        [(2,)] * 6,
    ],
)
@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_value_and_gradients(shapes, scale):
    torch.manual_seed(0)
    ran = _ran(*(scale * torch.randn(shape) for shape in shapes))
    harness.check_values(ran)
    harness.check_derivatives(ran)
    assert set(ran.formula.gradients) == set(ran.bound.tensors)
    for name, y in ran.bound.tensors.items():
        assert len(ran.formula.axes[name]) == y.dim()


def test_it_prints_as_a_textbook_does():
    formula = _ran(torch.randn(2, 3)).formula
    equation = configure(formula.forward, formula.settings)
    assert equation_latex(equation) == r"L = \frac{\sum_{n=0}^{1}\sum_{i=0}^{2} y_{n,i}^{2}}{2}"


def test_the_gradient_is_the_output_itself():
    ran = _ran(torch.randn(7))
    assert torch.equal(ran.gradients["input"], ran.operands["input"])


def test_any_number_of_outputs_has_a_name():
    ran = _ran(*(torch.randn(2) for _ in range(20)))
    harness.check_values(ran)
    assert list(ran.bound.tensors) == ["input", *(f"further[{k}]" for k in range(19))]


def test_a_missing_half_would_be_caught():
    ran = _ran(torch.randn(3))
    ran.operands["output"] = ran.output * 2
    with pytest.raises(AssertionError, match="1 of 1"):
        harness.check_values(ran)

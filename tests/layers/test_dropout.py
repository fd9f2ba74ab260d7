"""Dropout: where the mask comes from, and what is refused."""

from unittest import mock

import harness
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.configure import configure
from generator.formula.evaluate import evaluate
from generator.layers.registry import Argument, Call, Example, Refused, lookup


def draw(function, x, output, **options):
    rule = lookup(torch.overrides.resolve_name(function))
    given = {"p": 0.5, "training": True, "inplace": False, **options}
    return rule.draw({"input": x}, given, output)


def test_the_mask_is_autograds_own_even_where_the_input_is_zero():
    x = torch.zeros(1000, requires_grad=True)
    output = F.dropout(x, 0.5)
    mask = draw(F.dropout, x, output)["mask"]
    (gradient,) = torch.autograd.grad(output.sum(), x)
    assert torch.equal(mask * 2, gradient)
    assert 400 < mask.sum() < 600


def test_without_autograd_the_mask_is_read_from_the_output():
    torch.manual_seed(0)
    x = torch.randn(1000)
    output = F.dropout(x, 0.25)
    mask = draw(F.dropout, x, output, p=0.25)["mask"]
    assert torch.allclose(output, mask * x / 0.75)
    assert 700 < mask.sum() < 800


def test_a_channel_mask_is_read_from_the_output_too():
    torch.manual_seed(0)
    x = torch.randn(20, 30, 2, 3)
    x[..., 0, 0] = 0
    output = F.dropout2d(x)
    mask = draw(F.dropout2d, x, output)["mask"]
    assert mask.shape == (20, 30)
    assert torch.allclose(output, 2 * mask[..., None, None] * x)


def test_cudas_saved_mask_is_used():
    saved = torch.tensor([True, False, True])
    node = mock.Mock(_saved_result1=saved)
    node.name.return_value = "NativeDropoutBackward0"
    output = mock.Mock(wraps=torch.zeros(3), grad_fn=node, shape=torch.Size([3]))
    output.dim.return_value, output.dtype = 1, torch.float32
    assert draw(F.dropout, None, output)["mask"].tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize("options", [{"p": 0.0}, {"training": False}])
def test_the_graph_of_an_earlier_product_is_not_taken_for_a_mask(options):
    x = torch.randn(5, requires_grad=True) * torch.rand(5)
    assert draw(F.dropout, x, F.dropout(x, **options), **options) == {}


@pytest.mark.parametrize("unbatched", [False, True])
def test_in_place(unbatched):
    torch.manual_seed(0)
    leaf = torch.randn((30, 40) if unbatched else (3, 30, 40), requires_grad=True)
    x = leaf * 1
    before = x.detach().clone()
    output = F.dropout1d(x, 0.2, inplace=True)
    mask = draw(F.dropout1d, before, output, p=0.2, inplace=True)["mask"]
    assert mask.shape == leaf.shape[:-1]
    assert torch.allclose(output, mask[..., None] * before / 0.8)


def test_everything_dropped_has_a_mask_of_zeros():
    ran = harness.run(Example("p = 1", lambda: (nn.Dropout(1.0), (torch.randn(4),), {})))
    assert ran.operands["mask"].tolist() == [0, 0, 0, 0]
    harness.check_values(ran)
    assert "Every value is set to 0" in ran.formula.summary


@pytest.mark.filterwarnings("ignore:dropout2d")
@pytest.mark.parametrize("shape", [(3, 4, 5), (3, 4)])
def test_dropout2d_takes_the_first_axis_as_the_batch(shape):
    ran = harness.run(Example("given", lambda: (F.dropout2d, (torch.randn(shape),), {})))
    harness.check_values(ran)
    assert ran.formula.axes["mask"] == ("batch", "channel")


def test_in_evaluation_the_output_is_the_input_exactly():
    ran = harness.run(Example("given", lambda: (nn.Dropout().eval(), (torch.randn(4),), {})))
    forward = configure(ran.formula.forward, ran.formula.settings)
    assert evaluate(forward, ran.operands, unit=harness.UNIT).budget.tolist() == [0, 0, 0, 0]
    assert [t.name for t in forward.tensors] == ["input"]


def call(type_name="torch.nn.functional.dropout", shape=(4,), dtype="float32", **options):
    arguments = {"input": Argument(shape, dtype, integer=False)}
    return Call(type_name, arguments, {"training": True, **options}, (), module=False)


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        (call(), "p=None"),
        (call(p=True), "p=True"),
        (call(p=0.5, dtype="complex64"), "complex64"),
        (call("torch.nn.functional.dropout2d", p=0.5), "no channels"),
        (call("torch.nn.functional.dropout3d", (), p=0.5), "no channels"),
    ],
)
def test_refused(refused, words):
    with pytest.raises(Refused, match=words):
        lookup(refused.type).explain(refused)


@pytest.mark.parametrize("layer", [nn.Dropout(0.25).eval(), nn.Dropout(0.0)])
def test_without_a_mask_no_formula_speaks_of_one(layer):
    formula = harness.run(Example("", lambda: (layer, (torch.randn(2, 3),), {}))).formula
    for equation in (formula.forward, *formula.gradients.values()):
        assert "mask" not in {t.name for t in equation.tensors}
        assert equation.body == configure(equation, formula.settings).body
    assert formula.multiply_adds == 0

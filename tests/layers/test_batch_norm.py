"""Batch normalisation: what is refused, which statistics count, and budgets in hard cases."""

import harness
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.configure import configure
from generator.formula.evaluate import evaluate
from generator.layers.registry import Argument, Call, Example, Refused, lookup


def call(type_name="torch.nn.functional.batch_norm", dtype="float32", **options):
    arguments = {"input": Argument((4, 3, 2), dtype, integer=False)}
    given = {"training": True, "momentum": 0.1, "eps": 1e-5, **options}
    return Call(type_name, arguments, given, (), module=False)


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        (call(dtype="complex64"), "complex"),
        (call(eps=None), "eps"),
        (call(type_name="torch.batch_norm", eps=0.0), "eps=0"),
    ],
)
def test_refused(refused, words):
    with pytest.raises(Refused, match=words):
        lookup(refused.type).explain(refused)


def test_an_input_without_channels_is_refused():
    argument = Argument((4,), "float32", integer=False)
    flat = Call("torch.batch_norm", {"input": argument}, call().options, (), module=False)
    with pytest.raises(Refused, match="no channels"):
        lookup(flat.type).explain(flat)


def example(shape, mean=0.0, *, last=False, **options):
    def run():
        module = nn.BatchNorm2d(shape[1], **options)
        nn.init.uniform_(module.weight, 0.5, 1.5)
        x = torch.randn(shape) + mean
        return module, (x.contiguous(memory_format=torch.channels_last) if last else x,), {}

    return Example("given", run)


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("mean", [0.0, 1.0, -1000.0])
@pytest.mark.parametrize("one_sign", [False, True])
def test_budget_holds(mean, last, one_sign, monkeypatch):
    # an upstream gradient of one sign carries the mean's error to all of a sum
    normal = torch.randn_like
    if one_sign:
        monkeypatch.setattr(torch, "randn_like", lambda t: 1 + 0.1 * normal(t))
    for shape in ((2, 3, 2, 2), (8, 4, 20, 20)):
        harness.check_values(harness.run(example(shape, mean, last=last)))


def test_budget_is_tight_where_torch_adds_in_float32():
    assert harness.slack(harness.run(example((8, 4, 20, 20), last=True))) < 50


def test_evaluation_uses_running_statistics_even_where_they_are_no_longer_tracked():
    module = nn.BatchNorm1d(3)
    module.running_mean.uniform_()
    module.track_running_stats = False
    module.eval()
    ran = harness.run(Example("given", lambda: (module, (torch.randn(4, 3),), {})))
    harness.check_values(ran)
    assert "running" in ran.formula.summary


def test_the_note_on_the_running_statistics_is_true():
    module = nn.BatchNorm1d(3, momentum=0.25)
    x = torch.randn(5, 3)
    ran = harness.run(Example("given", lambda: (module, (x,), {})))
    (note,) = [n for n in ran.formula.notes if "side effect" in n.title]
    assert r"(1 - 0.25)\,v^\text{run} + 0.25 \cdot \tfrac{5}{4}\,\sigma^2" in note.text
    biased = x.var(0, correction=0)
    assert torch.allclose(module.running_var, 0.75 + 0.25 * 5 / 4 * biased)
    assert torch.allclose(module.running_mean, 0.25 * x.mean(0))


def test_no_note_on_an_update_that_is_not_made():
    module = nn.BatchNorm1d(3)
    module.track_running_stats = False
    before = module.running_var.clone()
    ran = harness.run(Example("given", lambda: (module, (torch.randn(4, 3),), {})))
    assert not any("side effect" in n.title for n in ran.formula.notes)
    assert torch.equal(module.running_var, before)


def test_the_unbiased_variance_would_be_seen():
    ran = harness.run(example((2, 3, 4, 4)))
    right = configure(ran.formula.forward, ran.formula.settings)
    found = evaluate(right, ran.operands, unit=harness.UNIT)
    x = ran.operands["input"].double()
    mean, spread = x.mean((0, 2, 3), keepdim=True), x.var((0, 2, 3), keepdim=True)
    scale = ran.operands["weight"].double()[:, None, None]
    wrong = ((x - mean) / (spread + 1e-5).sqrt() * scale).flatten()
    assert bool(((wrong - found.values).abs() > found.budget).all())


def test_functional_and_module_agree():
    x, weight = torch.randn(4, 3), torch.rand(3)
    module = nn.BatchNorm1d(3, track_running_stats=False)
    module.weight.data = weight
    first = harness.run(Example("given", lambda: (module, (x,), {})))
    arguments = {"weight": weight, "bias": torch.zeros(3), "training": True}
    second = harness.run(Example("given", lambda: (F.batch_norm, (x, None, None), arguments)))
    assert first.formula.forward == second.formula.forward
    assert first.formula.settings == second.formula.settings

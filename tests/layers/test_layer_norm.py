"""Layer normalisation: what is refused, and budgets in hard cases."""

import harness
import pytest
import torch
from torch import nn

from generator.formula.configure import configure
from generator.formula.latex import stage_latex
from generator.layers.registry import Argument, Call, Example, Refused, lookup


def call(dtype="float32", **options):
    arguments = {"input": Argument((4, 3, 2), dtype, integer=False)}
    given = {"normalized_shape": (3, 2), "eps": 1e-5, **options}
    return Call("torch.nn.functional.layer_norm", arguments, given, (), module=False)


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        (call(dtype="complex64"), "complex"),
        (call(eps=None), "eps"),
        (call(normalized_shape=(2, 3)), "normalized_shape"),
        (call(normalized_shape=()), "normalized_shape"),
        (call(normalized_shape=(1, 4, 3, 2)), "normalized_shape"),
    ],
)
def test_refused(refused, words):
    with pytest.raises(Refused, match=words):
        lookup(refused.type).explain(refused)


def example(shape, mean):
    def run():
        module = nn.LayerNorm(shape[-1])
        nn.init.uniform_(module.weight, 0.5, 1.5)
        return module, (torch.randn(shape) + mean,), {}

    return Example("given", run)


@pytest.mark.parametrize("mean", [0.0, 1.0, -1000.0])
@pytest.mark.parametrize("one_sign", [False, True])
def test_budget_holds(mean, one_sign, monkeypatch):
    normal = torch.randn_like
    if one_sign:
        monkeypatch.setattr(torch, "randn_like", lambda t: 1 + 0.1 * normal(t))
    for shape in ((6, 2), (4, 33), (8, 200), (2, 3000)):
        for seed in range(3):
            harness.check_values(harness.run(example(shape, mean), seed))


def test_budget_is_tight():
    assert harness.slack(harness.run(example((4, 200), 0.0))) < 100


def test_an_unbatched_input_has_one_mean_without_an_index():
    ran = harness.run(example((5,), 0.0))
    forward = configure(ran.formula.forward, ran.formula.settings)
    left = stage_latex(forward, "variance").split(" = ")[0]
    assert left == r"\sigma^2"

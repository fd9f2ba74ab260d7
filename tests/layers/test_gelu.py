"""GELU with and without oneDNN's kernel, whose erf is another one, and what is refused."""

import harness
import pytest
import spellings
import torch
from torch.nn import functional as F

from generator.layers.registry import Argument, Example, Refused, lookup


@pytest.mark.parametrize("approximate", ["none", "tanh"])
@pytest.mark.parametrize("onednn", [True, False])
def test_a_fine_grid_is_torchs_under_both_kernels(approximate, onednn):
    options = {"approximate": approximate}
    example = Example("grid", lambda: (F.gelu, (torch.linspace(-8, 8, 20001),), options))
    # not flags(), which sets more than it is given
    before = torch._C._get_mkldnn_enabled()
    torch._C._set_mkldnn_enabled(onednn)
    try:
        harness.check_values(harness.run(example))
    finally:
        torch._C._set_mkldnn_enabled(before)


def test_the_two_variants_are_told_apart():
    example = Example("x", lambda: (F.gelu, (torch.linspace(-3, 3, 13),), {"approximate": "tanh"}))
    ran = harness.run(example)
    exact = harness.run(Example("x", lambda: (F.gelu, (torch.linspace(-3, 3, 13),), {})))
    ran.formula = exact.formula
    with pytest.raises(AssertionError, match="elements off"):
        harness.check_values(ran)


def test_an_unknown_approximation_is_refused():
    ran = harness.run(Example("x", lambda: (F.gelu, (torch.randn(3),), {})))
    ran.bound.call.options["approximate"] = "fast"
    with pytest.raises(Refused, match="fast"):
        lookup("torch.nn.functional.gelu").explain(ran.bound.call)


def test_other_types_are_refused():
    bound = harness.run(Example("x", lambda: (F.gelu, (torch.randn(3),), {}))).bound
    bound.call.tensors["input"] = Argument((3,), "complex64", integer=False)
    with pytest.raises(Refused, match="complex"):
        lookup("torch.nn.functional.gelu").explain(bound.call)


def test_the_builtin_is_seen_under_its_public_name():
    formula, _, _ = spellings.explained(lambda: torch.nn.GELU("tanh")(torch.randn(2, 3)))
    assert "approximated" in formula.summary

"""Reading and writing at indices: torch's own samples, wrong orders, and large tables."""

import time

import harness
import pytest
import samples
import torch
from torch.nn import functional as F

from generator.explain.verdicts import check
from generator.formula.configure import configure
from generator.formula.evaluate import evaluate
from generator.formula.expand import expand
from generator.formula.latex import equation_latex
from generator.layers.registry import Example, Refused

OPERATORS = [
    "__getitem__",
    "argsort",
    "argwhere",
    "bincount",
    "bucketize",
    "gather",
    "index_add",
    "index_copy",
    "index_fill",
    "index_put",
    "index_select",
    "kthvalue",
    "masked_scatter",
    "masked_select",
    "nn.functional.embedding",
    "nn.functional.embedding_bag",
    "nn.functional.one_hot",
    "nonzero",
    "scatter",
    "scatter_add",
    "searchsorted",
    "sort",
    "take",
    "take_along_dim",
    "topk",
]
CALLS = [(name, "") for name in OPERATORS]
CALLS += [("scatter_reduce", kind) for kind in ("sum", "prod", "mean", "amax", "amin")]
TYPES = [torch.float32, torch.bfloat16, torch.int64, torch.bool]


def _types(name, variant):
    """The types that torch computes the operator in, of a few that differ in kind."""
    every = samples.operators()
    known = next(o.dtypes for o in every if (o.name, o.variant_test_name) == (name, variant))
    return [t for t in (torch.float32, torch.bfloat16, torch.int64, torch.bool) if t in known]


SAMPLED = [(name, variant, dtype) for name, variant in CALLS for dtype in _types(name, variant)]


@pytest.mark.parametrize(("name", "variant", "dtype"), SAMPLED)
@pytest.mark.filterwarnings("ignore:The reduce argument of torch.scatter")
@pytest.mark.filterwarnings("ignore:torch.searchsorted")
def test_torchs_own_samples_are_right_or_refused(name, variant, dtype):
    explained = [samples.check(run) for run, _ in samples.samples(name, dtype, variant)]
    means_of_whole_numbers = variant == "mean" and not dtype.is_floating_point
    assert any(explained) or means_of_whole_numbers


def _sorted(x, **options):
    return harness.run(Example("sort", lambda: (torch.sort, (x,), options)))


def _indices_hold(ran, indices):
    """Whether the equation of the indices gives those that came back."""
    equation = configure(ran.equations["output_1"], ran.formula.settings)
    operands = {**ran.operands, "output_1": indices}
    return torch.equal(evaluate(equation, operands).values, indices.double().flatten())


def test_a_wrong_order_is_found():
    ran = _sorted(torch.tensor([3.0, 1.0, 2.0, 2.0]))
    assert _indices_hold(ran, torch.tensor([1, 2, 3, 0]))
    assert _indices_hold(ran, torch.tensor([1, 3, 2, 0]))
    assert not _indices_hold(ran, torch.tensor([2, 1, 3, 0]))
    assert not _indices_hold(ran, torch.tensor([1, 2, 2, 0]))
    stable = _sorted(torch.tensor([3.0, 1.0, 2.0, 2.0]), stable=True)
    assert _indices_hold(stable, torch.tensor([1, 2, 3, 0]))
    assert not _indices_hold(stable, torch.tensor([1, 3, 2, 0]))


def test_a_wrong_choice_is_found():
    x = torch.tensor([3.0, 1.0, 2.0, 2.0, 0.0])
    run = lambda: (torch.topk, (x, 3), {"sorted": False})
    ran = harness.run(Example("topk", run))
    assert _indices_hold(ran, torch.tensor([3, 0, 2]))
    for wrong in ([3, 1, 2], [0, 0, 2], [0, 2, 1], [2, 3, 3]):
        assert not _indices_hold(ran, torch.tensor(wrong))


def test_a_wrong_rank_is_found():
    x = torch.tensor([3.0, 1.0, 2.0, 2.0])
    ran = harness.run(Example("kthvalue", lambda: (torch.kthvalue, (x, 2), {})))
    assert [_indices_hold(ran, torch.tensor(k)) for k in range(4)] == [False, False, True, True]


def test_a_missing_position_is_found():
    x = torch.tensor([0, 5, 0, 7])
    ran = harness.run(Example("nonzero", lambda: (torch.nonzero, (x,), {})))
    equation = configure(ran.formula.forward, ran.formula.settings)
    for rows, right in (([1, 3], True), ([3, 1], False), ([1, 1], False), ([0, 3], False)):
        given = torch.tensor(rows)[:, None]
        found = evaluate(equation, {**ran.operands, "output": given}).values
        assert torch.equal(found, given.double().flatten()) == right


def test_a_large_table_takes_no_time():
    tokens = torch.randint(50_000, (8, 125))
    run = lambda: (F.embedding, (tokens, torch.randn(50_000, 64)), {"padding_idx": 0})
    ran = harness.run(Example("embedding", run))
    equation = configure(ran.formula.gradients["weight"], ran.formula.settings)
    started = time.perf_counter()
    row = (int(tokens[0, 0]), 5)
    found = check("grad weight", equation, ran.operands, ran.gradients["weight"], (row,))
    working = expand(equation, ran.operands, row)
    assert time.perf_counter() - started < 10
    assert found.verdict.status == "verified"
    assert working.value == pytest.approx(float(ran.gradients["weight"][row]), rel=1e-5)


def _formula(function, *args, **options):
    return harness.run(Example("", lambda: (function, args, options))).formula


@pytest.mark.parametrize(
    ("call", "latex"),
    [
        ((torch.Tensor.__getitem__, torch.randn(3, 4), 1), "y_{i} = x_{1,i}"),
        (
            (torch.Tensor.__getitem__, torch.randn(3, 4), slice(1, None)),
            "y_{n,i} = x_{n + 1,\\; i}",
        ),
        ((torch.Tensor.__getitem__, torch.randn(3, 4), (None, 0)), "y_{u,i} = x_{0,i}"),
        (
            (torch.Tensor.__getitem__, torch.randn(3, 4), [2, 0]),
            r"y_{k,i} = x_{p_{k} \bmod 3,\; i}",
        ),
        (
            (torch.gather, torch.randn(3, 4), 0, torch.tensor([[1, 2]])),
            r"y_{k,i} = x_{p_{k,i},\; i}",
        ),
        ((F.one_hot, torch.tensor([1, 2])), r"y_{i,k} = \left[x_{i} = k\right]"),
        ((F.embedding, torch.tensor([1, 2]), torch.randn(3, 4)), r"y_{n,j} = w_{x_{n},\; j}"),
    ],
)
def test_the_configured_formula(call, latex):
    formula = _formula(*call)
    assert equation_latex(configure(formula.forward, formula.settings)) == latex


@pytest.mark.parametrize(
    ("call", "options", "said"),
    [
        ((F.embedding, torch.tensor([1]), torch.randn(3, 4)), {"max_norm": 1.0}, "in place"),
        ((F.embedding, torch.tensor([1]), torch.randn(3, 4)), {"sparse": True}, "sparse"),
        (
            (F.embedding_bag, torch.tensor([[1]]), torch.randn(3, 4)),
            {"scale_grad_by_freq": True},
            "scale_grad_by_freq",
        ),
        (
            (torch.gather, torch.randn(3, 4), 0, torch.tensor([[1, 2]])),
            {"sparse_grad": True},
            "sparse_grad",
        ),
        (
            (torch.Tensor.__getitem__, torch.randn(3), torch.tensor([1, 0, 1]).byte()),
            {},
            "uint8",
        ),
        (
            (
                torch.scatter_reduce,
                torch.arange(3),
                0,
                torch.tensor([1]),
                torch.tensor([1]),
                "mean",
            ),
            {},
            "whole numbers",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:indexing with dtype torch.uint8")
def test_what_is_not_explained_is_refused(call, options, said):
    with pytest.raises(Refused, match=said):
        _formula(*call, **options)

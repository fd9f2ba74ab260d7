"""Reductions on the inputs that torch's own tests give them, their wording and their refusals."""

import math

import harness
import pytest
import samples
import torch
from spellings import explained

from generator.formula.configure import configure
from generator.formula.evaluate import evaluate
from generator.formula.expand import expand
from generator.formula.latex import equation_latex
from generator.layers.registry import Example, Refused

NAMES = (
    "aminmax",
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "count_nonzero",
    "cov",
    "cummax",
    "cummin",
    "cumprod",
    "cumsum",
    "diff",
    "dist",
    "linalg.matrix_norm",
    "linalg.norm",
    "linalg.vector_norm",
    "logcumsumexp",
    "logsumexp",
    "mean",
    "median",
    "nanmean",
    "nansum",
    "norm",
    "prod",
    "std",
    "std_mean",
    "sum",
    "trapezoid",
    "var",
    "var_mean",
)
VARIANTS = {
    ("linalg.norm", "subgradients_at_zero"),
    ("max", "binary"),
    ("max", "reduction_no_dim"),
    ("max", "reduction_with_dim"),
    ("min", "binary"),
    ("min", "reduction_no_dim"),
    ("min", "reduction_with_dim"),
    ("norm", "fro"),
    ("norm", "inf"),
    *((name, "unbiased") for name in ("std", "std_mean", "var", "var_mean")),
    *((name, "") for name in NAMES),
}
DTYPES = (torch.float32, torch.float16, torch.int64)
MOST = 15
WHOLE_REFUSED = {"cov", "trapezoid"}
"""Of whole numbers all samples of these are refused."""


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize(("name", "variant"), sorted(VARIANTS), ids=str)
def test_torchs_samples_are_right_or_refused(name, variant, dtype):
    if not _computes(name, variant, dtype):
        return
    given = [run for run, _ in samples.samples(name, dtype, variant)]
    found = [samples.check(run) for run in given[:: -(-len(given) // MOST)]]
    whole = not dtype.is_floating_point
    assert any(found) == (not (whole and name in WHOLE_REFUSED))


def _computes(name, variant, dtype):
    """Whether torch has such an operator for the type; its name is one that torch knows."""
    operators = [o for o in samples.operators() if (o.name, o.variant_test_name) == (name, variant)]
    assert operators
    return dtype in operators[0].dtypes


@torch.no_grad()
def test_torchs_samples_of_pairwise_distances():
    found = [samples.check(run) for run, _ in samples.samples("cdist")]
    assert any(found)


@pytest.mark.parametrize(
    "operands",
    [
        lambda: (torch.randn(40, 16), torch.randn(30, 16)),
        lambda: (5 + 1e-3 * torch.randn(40, 16),) * 2,
        lambda: (torch.randn(2, 40, 3), torch.randn(2, 3, 3)),
        lambda: (torch.randn(30, 200), 100 + torch.randn(30, 200)),
    ],
    ids=range(4),
)
def test_distances_by_a_product_cancel_no_more_than_the_budget_says(operands):
    ran = harness.run(Example("many rows", lambda: (torch.cdist, operands(), {})))
    assert ran.formula.gradients == {}
    ran.gradients = {}
    harness.check_values(ran)
    assert harness.slack(ran) < 100


SMALL = torch.tensor([[3.0, 1.0, 3.0], [1.0, 0.0, 2.0]])
ZEROS = torch.zeros(2, 3)


@pytest.mark.parametrize(
    "run",
    [
        lambda x: torch.linalg.vector_norm(x, 2, 1),
        lambda x: torch.linalg.vector_norm(x, 1, 1),
        lambda x: torch.linalg.vector_norm(x, 0.5, 1),
        lambda x: torch.linalg.vector_norm(x, 3, 1),
        lambda x: torch.linalg.vector_norm(x, -1, 1),
        lambda x: torch.linalg.vector_norm(x, math.inf, 1),
        lambda x: torch.linalg.vector_norm(x, -math.inf, 1),
        lambda x: torch.linalg.vector_norm(x, 0, 1),
        lambda x: torch.dist(x, ZEROS, 2),
        lambda x: torch.dist(x, ZEROS, 0.5),
        lambda x: torch.cdist(x, ZEROS, 1.5),
        lambda x: torch.cdist(x, ZEROS, 2.0),
        lambda x: torch.std(x, 1),
        lambda x: torch.std_mean(x, 1),
        lambda x: torch.amax(x, (0, 1)),
        torch.max,
        lambda x: torch.max(x, 1),
        torch.median,
        torch.prod,
        lambda x: torch.cumprod(x, 1),
        lambda x: torch.cummax(x, 1),
        lambda x: torch.logsumexp(x, 1),
    ],
    ids=range(22),
)
@pytest.mark.parametrize("x", [SMALL, ZEROS, -torch.ones(2, 3)], ids=["ties", "zeros", "equal"])
def test_torchs_gradients_in_corners(run, x):
    assert samples.check(lambda: run(x.clone().requires_grad_()))


def test_logarithms_of_no_shares_and_of_infinite_ones():
    far = torch.tensor([[-torch.inf, -torch.inf], [1.0, torch.inf], [-torch.inf, 2.0]])
    assert samples.check(lambda: torch.logsumexp(far, 1))
    assert samples.check(lambda: torch.logcumsumexp(far[[0, 2]], 1))


def test_the_deviation_of_equal_values_has_a_finite_budget():
    formula, operands, _ = explained(lambda: torch.std(torch.full((300,), 0.1)))
    found = evaluate(configure(formula.forward, formula.settings), operands, unit=2.0**-24)
    assert float(found.values) == 0
    assert 0 < float(found.budget) < 1e-5


@pytest.mark.parametrize(
    ("function", "x"),
    [
        (torch.sum, torch.full((4,), 2**62) + torch.arange(4)),
        (torch.prod, torch.arange(3, 60)),
        (torch.amax, 2**60 + torch.arange(9)),
        (torch.argmax, 2**60 + torch.arange(9)),
        (torch.abs, torch.tensor(-(2**63))),
        (torch.square, torch.tensor(2**40 + 3)),
        (lambda x: x * 5 - x, torch.tensor(2**62 + 1)),
        (lambda x: x // 3, torch.tensor(-(2**63) + 1)),
    ],
    ids=["sum", "prod", "amax", "argmax", "abs", "square", "difference", "quotient"],
)
def test_large_whole_numbers_are_exact_and_wrap(function, x):
    formula, operands, result = explained(lambda: function(x))
    configured = configure(formula.forward, formula.settings)
    found = evaluate(configured, operands, unit=0.0)
    assert float(found.values) == float(result)
    assert float(found.budget) == 0
    assert expand(configured, operands, ()).value == int(result)


X = torch.randn(2, 3, 4)


@pytest.mark.parametrize(
    ("run", "printed"),
    [
        (lambda: X.amax(1), r"y_{n,j} = \max_{0 \le i < 3} x_{n,i,j}"),
        (lambda: X.cumsum(1), r"y_{n,i,j} = \sum_{i'=0}^{i} x_{n,i',j}"),
        (lambda: (X > 0).sum(1), r"y_{n,j} = \sum_{i=0}^{2} x_{n,i,j}"),
        (lambda: X.norm(dim=1), r"y_{n,j} = \sqrt{\sum_{i=0}^{2} x_{n,i,j}^{2}}"),
    ],
    ids=["amax", "cumsum", "sum", "norm"],
)
def test_the_configured_formula(run, printed):
    formula, _, _ = explained(run)
    assert equation_latex(configure(formula.forward, formula.settings)) == printed


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (lambda: X.sum(dtype=torch.int64), "float32 as int64"),
        (lambda: (X > 0).sum(dtype=torch.bool), "bool as bool"),
        (lambda: X.double().mean(dtype=torch.float32), "this conversion"),
        (lambda: X.var(1, correction=3), "divides by nothing"),
        (lambda: torch.linalg.norm(X[0], 2), "of matrices"),
        (lambda: torch.linalg.matrix_norm(X, "nuc"), "of matrices"),
        (lambda: torch.norm(X, "nuc", (0, 1)), "'nuc'"),
        (lambda: torch.norm(X.half(), 3.0), "float16"),
        (lambda: torch.cdist(X, X, math.inf), "p = inf"),
        (lambda: torch.randn(3000).median(), "more than 2048"),
        (lambda: torch.diff(X, prepend=X.long()), "prepend is int64"),
        (lambda: torch.empty(2, 0).logsumexp(1), "no values"),
        (lambda: torch.empty(2, 0).norm(dim=1), "no values"),
        (lambda: torch.trapezoid(X, torch.arange(4.0)), "points of their own"),
        (lambda: torch.cov(X[0], aweights=torch.rand(4)), "weights"),
    ],
    ids=range(15),
)
def test_what_is_not_explained_is_refused(run, said):
    with pytest.raises(Refused, match=said):
        explained(run)

"""Sums of products as matrix products: their values, and budgets that no order exceeds."""

import float32
import pytest
import torch

from generator.formula import evaluation
from generator.formula.boxes import apart, filled
from generator.formula.budget import FACTOR
from generator.formula.build import apply, indices, sizes, total
from generator.formula.configure import configure
from generator.formula.evaluate import all_elements, evaluate
from generator.formula.matrix_products import split
from generator.formula.rounded import Rounded
from generator.formula.rounded_products import product_sum
from generator.formula.tree import Equation, Stage, Tensor

UNIT = 2.0**-24
SETTINGS = {"B": 2, "M": 5, "N": 6, "K": 7, "L": 3}
b, i, j, k, e = indices("b i j k l")
B, M, N, K, L = sizes("B M N K L")


def equation(body, stages=(), axes=(b, i, j), lengths=(B, M, N)):
    x, z = Tensor("x", "x", (B, M, K, L), "x"), Tensor("z", "z", (B, N, K, L), "z")
    w = Tensor("w", "w", (N, K), "w")
    y = Tensor("y", "y", lengths, "y", "result")
    return configure(Equation(y, axes, body(x, z, w), (x, z, w), stages), SETTINGS)


def stage(name, axes, lengths, body):
    return Stage(Tensor(name, name, lengths, name, "stage"), axes, body)


X, Z = Tensor("x", "x", (B, M, K, L), "x"), Tensor("z", "z", (B, N, K, L), "z")
ROOT = stage("r", (), (), apply("sqrt", X[0, 0, 0, 0] ** 2 + 1))
ROUNDED = stage("s", (b, i, k), (B, M, K), X[b, i, k, 0] / 3 + X[b, i, k, 1])
COLUMN = stage("t", (k,), (K,), X[0, 0, k, 0] / 3)

EQUATIONS = {
    "two axes": equation(
        lambda x, z, w: total([k.over(K), e.over(L)], x[b, i, k, e] * z[b, j, k, e])
    ),
    "one operand without a batch": equation(
        lambda x, z, w: total(k.over(K), x[b, i, k, 0] * w[j, k]) + x[b, i, 0, 0]
    ),
    "a factor that all share": equation(
        lambda x, z, w: total(
            k.over(K), (x[b, i, k, 0] * ROOT.tensor[()]) * (w[j, k] * ROOT.tensor[()])
        ),
        (ROOT,),
    ),
    "errors of its own": equation(
        lambda x, z, w: total(k.over(K), ROUNDED.tensor[b, i, k] * w[j, k]) / 3, (ROUNDED,)
    ),
    "one error in both": equation(
        lambda x, z, w: total(
            k.over(K), (x[b, i, k, 0] * COLUMN.tensor[k]) * (w[j, k] * COLUMN.tensor[k])
        ),
        (COLUMN,),
    ),
    "a matrix and a vector": equation(
        lambda x, z, w: total(k.over(K), x[b, i, k, 0] * w[0, k]), (), (b, i), (B, M)
    ),
}


@pytest.fixture
def always(monkeypatch):
    monkeypatch.setattr(evaluation, "LEAST", 0)


def operands():
    torch.manual_seed(0)
    return {"x": torch.randn(2, 5, 7, 3), "z": torch.randn(2, 6, 7, 3), "w": torch.randn(6, 7)}


@pytest.mark.parametrize("name", EQUATIONS)
@pytest.mark.parametrize("zeros", [False, True])
def test_it_is_the_same_sum(name, zeros, monkeypatch):
    given = operands()
    if zeros:
        given = {n: torch.where(t > 0, t, 0.0) for n, t in given.items()}
    exact = evaluate(EQUATIONS[name], given, unit=UNIT)
    monkeypatch.setattr(evaluation, "LEAST", 0)
    found = evaluate(EQUATIONS[name], given, unit=UNIT)
    torch.testing.assert_close(found.values, exact.values, rtol=1e-12, atol=1e-13)
    assert found.budget is not None
    assert exact.budget is not None
    share = (found.budget / exact.budget)[exact.budget > 0]
    # every element is among those whose terms are looked at
    assert float(share.min()) > 0.999
    assert float(share.max()) < 4


@pytest.mark.parametrize("name", EQUATIONS)
def test_some_of_the_elements(name, always):
    given, equation_ = operands(), EQUATIONS[name]
    elements = all_elements(equation_, torch.device("cpu"))[::3]
    everything = evaluate(equation_, given).values
    torch.testing.assert_close(evaluate(equation_, given, elements).values, everything[::3])


def test_what_is_no_matrix_product():
    x, z, w = X, Z, Tensor("w", "w", (N, K), "w")
    assert split(total(k.over(K), x[b, i, k, 0] * w[j, k])) is not None
    assert split(total(k.over(K), x[b, i, k, 0] * x[b, i, k, 1])) is None
    assert split(total(k.over(K), x[b, i, k, 0])) is None
    assert split(total(k.over(K), x[b, i, 0, 0] * w[j, k])) is None
    assert split(total(k.over(i), x[b, i, k, 0] * w[j, k])) is None
    # an error along one of two axes is neither the same in all terms nor another in each
    assert split(total([k.over(K), e.over(L)], w[i, k] * x[b, i, k, e] * z[b, j, k, e])) is None


def test_two_boxes_are_taken_apart():
    first = torch.cartesian_prod(torch.tensor([0]), torch.arange(4), torch.arange(2, 5))
    second = torch.cartesian_prod(torch.tensor([3]), torch.arange(2), torch.tensor([0, 7]))
    parts = apart(torch.cat([first, second]))
    assert [len(part) for part in parts] == [12, 4]
    assert all(filled(part) is not None for part in parts)
    assert torch.equal(torch.cat(parts), torch.cat([first, second]))


ROWS, COLUMNS = 64, 32


def gaussian(count, generator):
    return torch.randn(ROWS, count, generator=generator)


def descending(count, generator):
    return gaussian(count, generator).abs().sort(1, descending=True)[0]


def one_row_of_another_kind(count, generator):
    found = gaussian(count, generator)
    found[7] = found[7].abs().sort(descending=True)[0] * 1e3
    return found


def equal_terms_in_one_row(count, generator):
    found = gaussian(count, generator)
    found[7] = 0.1
    return found


def heavy_tails(count, generator):
    return gaussian(count, generator) ** 5


def mostly_zeros(count, generator):
    found = gaussian(count, generator)
    return found * (torch.rand(found.shape, generator=generator) < 0.02)


KINDS = (
    gaussian,
    descending,
    one_row_of_another_kind,
    equal_terms_in_one_row,
    heavy_tails,
    mostly_zeros,
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
@pytest.mark.parametrize("alike", [False, True])
def test_what_some_elements_say_holds_for_all(kind, alike):
    """The budget is scaled by 128 of 2,048 elements; float32 is within it at every one."""
    count = 512
    generator = torch.Generator().manual_seed(0)
    left = kind(count, generator)
    right = torch.randn(COLUMNS, count, generator=generator)
    right = right.abs() if alike else right
    found = product_sum(
        Rounded(left.T[:, :, None].double()),
        Rounded(right.T[:, None, :].double()),
        (count,),
        2,
        UNIT,
    )
    terms = (left[:, None] * right[None]).numpy()
    for add in (*float32.ORDERS.values(), lambda _: (left @ right.T).numpy()):
        error = torch.as_tensor(add(terms)).double() - found.value
        budget = FACTOR * UNIT * found.total().sqrt()
        assert bool((error.abs() <= budget).all())

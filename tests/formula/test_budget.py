"""The error budget, against float32 arithmetic in numpy: never exceeded, and tight."""

import float32
import numpy as np
import pytest
import torch

from generator.formula.build import apply, indices, largest, product, total
from generator.formula.evaluate import evaluate
from generator.formula.tree import Equation, Num, Stage, Tensor

UNIT = 2.0**-24
LENGTHS = [1, 2, 3, 5, 9, 16, 17, 31, 32, 33, 64, 100, 129, 300, 1000, 3001, 20000]
ROWS = 24


def tensors(count):
    return tuple(Tensor(name, name, (Num(ROWS), Num(count)), name) for name in ("x", "w"))


def equation(count, body):
    """y[r] = body(r, k over count, x, w)."""
    r, k = indices("r k")
    x, w = tensors(count)
    result = Tensor("y", "y", (Num(ROWS),), "y", "result")
    return Equation(result, (r,), body(r, k.over(Num(count)), x, w), (x, w))


def sums(count):
    return equation(count, lambda r, k, x, w: total(k, x[r, k.var]))


def dots(count):
    return equation(count, lambda r, k, x, w: total(k, x[r, k.var] * w[r, k.var]))


def products(count):
    return equation(count, lambda r, k, x, w: product(k, 1 + x[r, k.var] / 64))


def two_stages(count):
    """The variance: its mean is one intermediate quantity that all terms share."""
    r, k = indices("r k")
    x, w = tensors(count)
    mean = Tensor("mean", "m", (Num(ROWS),), "mean", "stage")
    result = Tensor("y", "y", (Num(ROWS),), "y", "result")
    stage = Stage(mean, (r,), total(k.over(Num(count)), x[r, k]) / count)
    body = total(k.over(Num(count)), (x[r, k] - mean[r]) ** 2) / count
    return Equation(result, (r,), body, (x, w), (stage,))


def softmax(count):
    """The first weight of a softmax."""
    r, k = indices("r k")
    x, w = tensors(count)
    most = Tensor("most", "m", (Num(ROWS),), "largest", "stage")
    result = Tensor("y", "y", (Num(ROWS),), "y", "result")
    stage = Stage(most, (r,), largest(k.over(Num(count)), x[r, k]))
    normaliser = total(k.over(Num(count)), apply("exp", x[r, k] - most[r]))
    body = apply("exp", x[r, 0] - most[r]) / normaliser
    return Equation(result, (r,), body, (x, w), (stage,))


def in_float32(what, x, w, add):
    count = np.float32(x.shape[1])
    if what is sums:
        return add(x)
    if what is dots:
        return add(x * w)
    if what is products:
        return np.multiply.accumulate(1 + x / np.float32(64), axis=1)[:, -1]
    if what is two_stages:
        mean = add(x) / count
        return add((x - mean[:, None]) ** 2) / count
    powers = np.exp(x - x.max(1, keepdims=True))
    return powers[:, 0] / add(powers)


def data(kind, count, seed):
    rng = np.random.default_rng([seed, count])
    x = kind(rng, (ROWS, count)).astype(np.float32)
    w = rng.standard_normal((ROWS, count)).astype(np.float32)
    if kind in float32.REPEATING:
        # repeated terms need repeated factors
        w = np.abs(kind(rng, (ROWS, count))).astype(np.float32)
    return x, w


def errors_and_budgets(what, kind, count, seed=0):
    """By order, the errors reached in float32, beside their budgets."""
    x, w = data(kind, count, seed)
    operands = {"x": torch.from_numpy(x), "w": torch.from_numpy(w)}
    found = evaluate(what(count), operands, unit=UNIT)
    exact, budget = found.values.numpy(), found.budget.numpy()
    for order, add in float32.ORDERS.items():
        yield order, np.abs(in_float32(what, x, w, add).astype(np.float64) - exact), budget


@pytest.mark.parametrize("kind", float32.KINDS, ids=lambda k: k.__name__)
@pytest.mark.parametrize("what", [sums, dots], ids=lambda w: w.__name__)
def test_sums_stay_within_the_budget(what, kind):
    for count in LENGTHS:
        for order, errors, budget in errors_and_budgets(what, kind, count):
            assert (errors <= budget).all(), (count, order, (errors / budget).max())


@pytest.mark.parametrize("kind", float32.KINDS, ids=lambda k: k.__name__)
@pytest.mark.parametrize("what", [products, two_stages, softmax], ids=lambda w: w.__name__)
def test_compositions_stay_within_the_budget(what, kind):
    for count in (1, 2, 7, 32, 100, 1000):
        if kind in float32.HUGE and what is not two_stages:
            continue  # e^(3·10⁶) and a product of as many are no numbers
        for order, errors, budget in errors_and_budgets(what, kind, count, seed=1):
            assert (errors <= budget).all(), (count, order, (errors / budget).max())


@pytest.mark.parametrize("what", [sums, dots, two_stages, softmax], ids=lambda w: w.__name__)
def test_the_median_is_tight(what):
    medians = []
    for kind in float32.KINDS:
        if kind in float32.HUGE and what is softmax:
            continue
        for count in (9, 100, 1000, 20000):
            for _, errors, budget in errors_and_budgets(what, kind, count):
                made = errors > 0
                if made.any():
                    medians.append(np.median(budget[made] / errors[made]))
    assert np.median(medians) <= 60


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        (sums, float32.normal),
        (sums, float32.alternating),
        (sums, float32.wave),
        (dots, float32.normal),
        (dots, float32.one_sign),
        (dots, float32.halves),
        (dots, float32.wave),
    ],
)
def test_small_faults_are_caught(what, kind):
    x, w = data(kind, 1000, 3)
    operands = {"x": torch.from_numpy(x), "w": torch.from_numpy(w)}
    budget = evaluate(what(1000), operands, unit=UNIT).budget.numpy()
    terms = np.abs(x * w if what is dots else x).astype(np.float64)
    # one in a thousand of one typical term among a thousand
    assert np.median(1e-3 * np.median(terms, axis=1) / budget) > 1
    # one in fifty thousand of what the sum typically comes to
    assert np.median(2e-5 * np.sqrt((terms**2).sum(1)) / budget) > 1


def test_an_exact_chunk_beside_others_leaves_their_budgets(monkeypatch):
    n, k = indices("n k")
    x = Tensor("x", "x", (Num(4),), "x")
    result = Tensor("y", "y", (Num(4),), "y", "result")
    # y[0] has one term and no rounding, the others have some
    several = Equation(result, (n,), total(k.over(n + 1), x[k]), (x,))
    operands = {"x": torch.tensor([0.1, 0.7, 0.3, 0.9])}
    whole = evaluate(several, operands, unit=UNIT).budget
    monkeypatch.setattr("generator.formula.stages.CHUNK", 1)
    parts = evaluate(several, operands, unit=UNIT).budget
    assert bool((whole[1:] > 1e-8).all())
    torch.testing.assert_close(parts, whole, rtol=0.5, atol=1e-30)


def test_a_constant_channels_variance_is_within_its_budget():
    # its first order vanishes: what is left is the square of the mean's own error
    x = torch.full((ROWS, 300), 0.1) * torch.arange(1, ROWS + 1)[:, None]
    found = evaluate(two_stages(300), {"x": x, "w": x}, unit=UNIT)
    for add in float32.ORDERS.values():
        reached = in_float32(two_stages, x.numpy(), None, add)
        assert (np.abs(reached - found.values.numpy()) <= found.budget.numpy()).all()

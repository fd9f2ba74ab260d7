"""What the guide says of error budgets is computed anew."""

import math
import re

import pytest
import torch
from safetensors.torch import load_file
from texts import ROOT, guide, table

from generator.formula.budget import FACTOR
from generator.formula.build import indices, total
from generator.formula.evaluate import evaluate
from generator.formula.text import plain_number
from generator.formula.tree import Equation, Num, Read, Stage, Tensor

VERDICTS = guide("verdicts")
UNIT = 2**-24


def test_the_budget_that_the_guide_works_out_is_the_pages(book):
    stored = {
        k: t.double() for k, t in load_file(ROOT / "models/weights/tinycnn.safetensors").items()
    }
    terms = (stored["input"][0, 0, 0:3, 0:3] * stored["conv1.weight"][0, 0]).flatten()
    sums = stored["conv1.bias"][0] + terms.cumsum(0)
    squares = terms.square().sum().item(), sums.square().sum().item()
    for square in squares:
        assert f"{square:.6f}" in VERDICTS
    assert f"{sums[-1]:.6f}" in VERDICTS
    own = FACTOR * 2**-24 * math.sqrt(sum(squares))
    assert f"= {own * 1e7:.1f} \\cdot 10^{{-7}}" in VERDICTS
    said = re.search(r"the budget on the page is (\S+ × 10⁻⁷), one part in (\d+) million", VERDICTS)
    assert re.search(
        rf"^They differ by .* {said[1]}( here)?\.", book.pages["tinycnn/conv1"], re.MULTILINE
    )
    budget = float(said[1].split()[0]) * 1e-7
    assert own < budget
    assert round(sums[-1].item() / budget / 1e6) == int(said[2])
    value = book.step("tinycnn", "conv1")["values"][0]
    assert value["status"] == "verified"
    assert value["checked"] == value["elements"] == 128
    assert "all 128 elements were checked" in VERDICTS


def random_sums(body, count):
    """The textbook's bound over the budget, for 400 sums of so many terms; `body` of x and w."""
    r, k = indices("r k")
    x, w = (Tensor(name, name, (Num(400), Num(count)), name) for name in "xw")
    y = Tensor("y", "y", (Num(400),), "y", "result")
    products = body is torch.randn
    term = x[r, k] * w[r, k] if products else x[r, k]
    used = (x, w) if products else (x,)
    seeded = torch.Generator().manual_seed(0)
    drawn = {tensor.name: body(400, count, generator=seeded) for tensor in used}
    found = evaluate(Equation(y, (r,), total(k.over(Num(count)), term), used), drawn, unit=UNIT)
    terms = math.prod(numbers.double() for numbers in drawn.values())
    return count * UNIT * terms.abs().sum(1) / found.budget


def test_the_textbooks_bound_is_as_much_larger_as_the_guide_says():
    heading, rows = "float32 terms | 64 terms | 10,000 terms", (torch.randn, torch.rand)
    for row, draw in zip(table(VERDICTS, heading), rows, strict=True):
        for said, count in zip(row[1:], (64, 10_000), strict=True):
            ratio = random_sums(draw, count).median().item()
            assert float(said.replace(",", "")) == pytest.approx(ratio, rel=0.05)


def variances(numbers):
    """The two formulas of the guide for the variance, each with its value in float32."""
    (k,), size = indices("k"), Num(len(numbers))
    x = Tensor("x", "x", (size,), "x")
    average = Tensor("average", "average", (), "average", "stage")
    stage = Stage(average, (), total(k.over(size), x[k]) / size)
    mean = Read("average", ())
    y = Tensor("y", "y", (), "y", "result")
    less = total(k.over(size), x[k] ** 2) / size - mean**2
    deviations = total(k.over(size), (x[k] - mean) ** 2) / size
    centred = numbers - numbers.mean()
    squares = (numbers * numbers).mean() - numbers.mean() ** 2
    yield Equation(y, (), less, (x,), (stage,)), squares
    yield Equation(y, (), deviations, (x,), (stage,)), (centred * centred).mean()


def test_the_cancellation_of_the_guide_is_computed_anew():
    drawn = re.search(r"\\\(x_1 = ([\d.]+)\\\) and \\\(x_2 = ([\d.]+)\\\)", VERDICTS).groups()
    numbers = torch.tensor([float(number) for number in drawn])
    rows = table(VERDICTS, "formula | in float64 | PyTorch in float32 | error budget")
    shares = []
    for row, (equation, actual) in zip(rows, variances(numbers), strict=True):
        found = evaluate(equation, {"x": numbers}, unit=UNIT)
        value, budget = found.values.item(), found.budget.item()
        assert value == pytest.approx(numbers.double().var(correction=0).item(), rel=1e-6)
        assert abs(actual.item() - value) < budget
        assert float(row[3].replace(" × 10⁻⁸", "e-8")) == pytest.approx(budget, rel=0.05)
        assert row[1:3] == [plain_number(value, 6), plain_number(actual.item(), 6)]
        shares.append(budget / value)
    assert f"it is {shares[0]:.0f} times the value" in VERDICTS
    assert "in the second line it is a millionth of it" in VERDICTS
    assert shares[1] == pytest.approx(1e-6, rel=0.05)


def test_the_spacing_and_the_share_beyond_four_deviations_are_what_the_guide_says():
    million = torch.tensor(1e6)
    spacing = torch.nextafter(million, 2 * million) - million
    assert f"a spacing of {spacing.item()} there" in VERDICTS
    beyond = math.erfc(FACTOR / math.sqrt(2))
    assert f"one in {round(1 / beyond, -3):,.0f} would lie beyond" in VERDICTS

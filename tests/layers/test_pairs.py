import pytest
import torch
from harness import compare
from spellings import explained

from generator.formula.configure import configure
from generator.formula.evaluate import evaluate
from generator.formula.expand import expand
from generator.formula.latex import equation_latex
from generator.layers.registry import Refused

X, Z = torch.randn(2, 3), torch.randn(2, 3).abs() + 0.5


def iadd(x, z):
    x += z


def isub(x, z):
    x -= z


def imul(x, z):
    x *= z


def itruediv(x, z):
    x /= z


SPELLINGS = [
    lambda: X + Z,
    lambda: 2 + X,
    lambda: X.add(Z, alpha=2),
    lambda: X.clone().add_(Z),
    lambda: iadd(X.clone(), Z),
    lambda: iadd(X.clone(), 0.5),
    lambda: torch.add(input=X, other=Z),
    lambda: torch.add(x1=X, x2=Z),
    lambda: X - Z,
    lambda: 2 - X,
    lambda: isub(X.clone(), Z),
    lambda: torch.rsub(X, 3),
    lambda: X.subtract(Z),
    lambda: X * Z,
    lambda: 2 * X,
    lambda: imul(X.clone(), Z),
    lambda: X.multiply(0.1),
    lambda: X / Z,
    lambda: 2 / Z,
    lambda: X / 3,
    lambda: itruediv(X.clone(), Z),
    lambda: X.true_divide(3),
    lambda: torch.divide(X, Z, rounding_mode=None),
    lambda: X.__rtruediv__(Z),
    lambda: -X,
    lambda: X.clone().neg_(),
    lambda: torch.negative(X),
]


@pytest.mark.parametrize("run", SPELLINGS, ids=range(len(SPELLINGS)))
def test_every_spelling_is_explained(run):
    formula, operands, result = explained(run)
    found = evaluate(configure(formula.forward, formula.settings), operands, unit=2.0**-24)
    error = (found.values - result.double().flatten()).abs()
    assert bool((error <= found.budget).all())


@pytest.mark.parametrize(
    ("run", "latex"),
    [
        (lambda: X + Z, "y_{n,i} = x_{n,i} + z_{n,i}"),
        (lambda: X + 0.1, "y_{n,i} = x_{n,i} + 0.1"),
        (lambda: 2 - X, "y_{n,i} = 2 - x_{n,i}"),
        (lambda: X.sub(Z, alpha=3), r"y_{n,i} = x_{n,i} - 3 \cdot z_{n,i}"),
        (lambda: X * torch.ones(3), r"y_{n,i} = x_{n,i} \cdot z_{i}"),
        (lambda: X * torch.ones(2, 1), r"y_{n,i} = x_{n,i} \cdot z_{n,0}"),
        (lambda: 1 / X, r"y_{n,i} = \frac{1}{x_{n,i}}"),
    ],
)
def test_the_configured_formula(run, latex):
    formula, _, _ = explained(run)
    assert equation_latex(configure(formula.forward, formula.settings)) == latex


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (lambda: X + 2j, "complex"),
        (lambda: X.to(torch.complex64) * Z, "complex"),
        (lambda: torch.add(X, Z, out=torch.empty(2, 3)), "out"),
        (lambda: torch.add(X, 2, Z), "alpha"),
    ],
)
@pytest.mark.filterwarnings("ignore:This overload of add is deprecated")
def test_what_is_not_explained_is_refused(run, said):
    with pytest.raises(Refused, match=said):
        explained(run)


def test_a_repeated_operand_is_said_to_be_so():
    assert [n.title for n in explained(lambda: X + torch.ones(3))[0].notes] == [
        "The second operand is repeated"
    ]
    assert explained(lambda: X + Z)[0].notes == ()


def test_a_result_in_place_is_said_to_be_so():
    for run in (lambda: X.clone().mul_(Z), lambda: imul(X.clone(), Z)):
        assert "The input is gone afterwards" in [n.title for n in explained(run)[0].notes]
    assert explained(lambda: X.__radd__(2))[0].notes == ()


def test_the_same_tensor_twice_is_two_operands():
    formula, operands, _ = explained(lambda: X * X)
    assert list(operands) == ["input", "other"]
    assert set(formula.gradients) == {"input", "other"}


def test_exact_divisions_have_no_budget():
    formula, operands, _ = explained(lambda: X / 8)
    found = evaluate(configure(formula.forward, formula.settings), operands, unit=2.0**-24)
    assert float(found.budget.max()) == 0.0


WHOLE = torch.tensor([-7, -1, 0, 3, 100])
SMALL = torch.tensor([-128, -100, -1, 100, 127], dtype=torch.int8)
BYTES = torch.tensor([0, 1, 128, 200, 255], dtype=torch.uint8)
TRUTH = torch.tensor([True, False, True, True, False])
BIG = torch.tensor([2**31 - 1, -(2**31), 70000, 3, -1], dtype=torch.int32)


@pytest.mark.parametrize(
    "run",
    [
        lambda: WHOLE + WHOLE,
        lambda: torch.add(WHOLE, WHOLE, alpha=3),
        lambda: WHOLE - 2,
        lambda: 2 - WHOLE,
        lambda: WHOLE * WHOLE,
        lambda: -WHOLE,
        WHOLE.abs,
        lambda: WHOLE**2,
        lambda: WHOLE**0,
        WHOLE.clone,
        lambda: SMALL + SMALL,
        lambda: SMALL * SMALL,
        lambda: -SMALL,
        SMALL.abs,
        lambda: SMALL**3,
        lambda: SMALL + BYTES,
        lambda: BYTES + BYTES,
        lambda: BYTES - 1,
        lambda: torch.sub(BYTES, BYTES, alpha=2),
        lambda: BYTES * 2,
        lambda: -BYTES,
        lambda: BIG + BIG,
        lambda: BIG * BIG,
        lambda: BIG + 1,
        lambda: BIG.clone().add_(WHOLE),
        lambda: TRUTH + TRUTH,
        lambda: TRUTH * TRUTH,
        lambda: TRUTH + WHOLE,
        lambda: TRUTH * 2,
        lambda: 1 - TRUTH.int(),
    ],
)
def test_whole_numbers_are_exact(run):
    formula, operands, result = explained(run)
    assert formula.gradients == {}
    configured = configure(formula.forward, formula.settings)
    found = evaluate(configured, operands, unit=0.0)
    assert torch.equal(found.values.long(), result.long().flatten())
    for k in range(result.numel()):
        assert expand(configured, operands, (k,)).value == int(result[k])


@pytest.mark.parametrize(
    "run",
    [
        lambda: WHOLE / WHOLE.abs().clamp(min=1),
        lambda: WHOLE / 3,
        lambda: WHOLE * 0.1,
        lambda: WHOLE + X[0, 0],
        lambda: (WHOLE * 12345678901) * X[0, 0],
        lambda: BIG / 7,
        lambda: TRUTH / 3,
        lambda: BIG.sqrt().nan_to_num(0.0) - 1,
        lambda: BIG.abs().sqrt(),
        lambda: X * torch.tensor(0.1, dtype=torch.float64),
        lambda: X + Z.half(),
        lambda: X.half() + Z.bfloat16(),
        lambda: X.half() * WHOLE[:3],
        lambda: X.bfloat16() * 0.3,
        lambda: X.clone().add_(Z.double()),
    ],
)
def test_types_are_promoted(run):
    formula, operands, result = explained(run)
    compare("output", configure(formula.forward, formula.settings), operands, result)


def test_a_wrapped_result_says_so():
    assert "Results wrap around" in [n.title for n in explained(lambda: BYTES + 1)[0].notes]
    assert explained(lambda: WHOLE + 1)[0].notes == ()
    assert equation_latex(explained(lambda: BIG + 1)[0].forward) == (
        r"y_{i} = -2^{31} + \left(\left(x_{i} + \alpha \cdot s + 2^{31}\right) \bmod 2^{32}\right)"
    )


@pytest.mark.parametrize("finest", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_masks_of_minus_infinity(finest):
    mask = torch.tensor([0.0, -torch.inf, torch.finfo(finest).min, 1.0], dtype=finest)
    scores = torch.randn(3, 4, dtype=finest)
    for run in (
        lambda: scores + mask,
        lambda: mask + mask,
        lambda: mask - mask,
        lambda: (1 - TRUTH[:4].to(finest)) * torch.finfo(finest).min,
        lambda: mask * 0.125,
        lambda: mask / 3,
        lambda: mask * mask,
    ):
        formula, operands, result = explained(run)
        compare("output", configure(formula.forward, formula.settings), operands, result)

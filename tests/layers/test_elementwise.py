"""Functions of each element: torch's own samples, infinities and NaN, and what is refused."""

from itertools import islice

import pytest
import samples
import torch
from harness import compare
from spellings import explained

from generator.formula.configure import configure
from generator.formula.expand import expand
from generator.formula.latex import equation_latex
from generator.layers.registry import Refused

FLOATING = (torch.float32, torch.float64, torch.bfloat16, torch.float16)
WHOLE = (torch.int64, torch.int32, torch.uint8, torch.bool)
EACH = """
abs acos acosh asin asinh atan atanh ceil cos cosh deg2rad erf erfc exp exp2 expm1 floor frac
isfinite isinf isnan isneginf isposinf log log10 log1p log2 logical_not logit nan_to_num neg
positive rad2deg reciprocal round rsqrt sgn sign signbit sin sinc sinh sqrt square tan trunc
"""
TWO = """
add atan2 copysign div eq float_power floor_divide fmax fmin fmod ge gt heaviside hypot ldexp le
logaddexp logaddexp2 logical_and logical_or logical_xor lt maximum minimum mul ne pow remainder
rsub sub true_divide xlogy
"""
MORE = ["addcdiv", "addcmul", "clamp", "clamp_max", "clamp_min", "lerp", "masked_fill", "where"]
BITS = ["bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor"]
OPERATORS = """
__radd__ __rdiv__ __rmod__ __rmul__ __rpow__ __rsub__ __rand__ __ror__ __rxor__
"""
CASTS = """
bfloat16 bool byte char clone contiguous double float half int long short
"""
NO_DERIVATIVE = {"floor_divide", "heaviside"}
DIVISIONS = ("no_rounding_mode", "floor_rounding", "trunc_rounding")
INEXACT = {"floor_divide", "fmod", "remainder", "__rmod__", *DIVISIONS[1:]}
"""Of floating-point types only float32 is explained."""
OVERFLOWING = {"logaddexp", "logaddexp2", "pow", "__rpow__"}
"""Refused in float16, as torch's gradients overflow on the way."""
REFUSED = {
    *((name, d) for name in INEXACT for d in FLOATING if d != torch.float32),
    *((name, torch.float16) for name in OVERFLOWING),
    *((name, d) for name in ("pow", "__rpow__") for d in (torch.int32, torch.uint8)),
}


MOST = 4
NAMES = [*f"{EACH} {TWO} {OPERATORS} {CASTS}".split(), *MORE, *BITS]
SAMPLED = [(name, v) for name in NAMES for v in (DIVISIONS if name == "div" else ("",))]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.int64], ids=str)
@pytest.mark.parametrize(("name", "variant"), SAMPLED)
def test_torchs_samples(name, variant, dtype):
    [operator] = [
        o for o in samples.operators() if (o.name, o.variant_test_name) == (name, variant)
    ]
    if dtype not in operator.dtypes or (name in NO_DERIVATIVE and dtype.is_floating_point):
        return
    given = list(islice(samples.samples(name, dtype, variant), MOST))
    assert given
    for run, label in given:
        known = samples.check(run)
        assert known == ((variant or name, dtype) not in REFUSED) or name == "logit", label


@pytest.mark.parametrize("name", sorted(NO_DERIVATIVE))
def test_torchs_samples_without_a_gradient(name):
    given = list(islice(samples.samples(name, torch.float32), MOST))
    assert given
    for run, label in given:
        with torch.no_grad():
            assert samples.check(run), label


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16], ids=str)
@pytest.mark.parametrize("name", EACH.split())
def test_infinities_and_nan(name, dtype):
    values = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.5, torch.inf, -torch.inf, torch.nan]
    x = torch.tensor(values, dtype=dtype, requires_grad=True)
    assert samples.check(lambda: getattr(torch, name)(x))


BEYOND = {"atan2": [{"inf"}], "hypot": [{"inf", "nan"}]}
"""Sizes for which IEEE 754 has a rule of its own, which the formula has not."""


EDGES = """
atan2 copysign eq fmax fmin ge hypot ldexp logaddexp logical_xor lt maximum minimum mul ne pow
sub true_divide xlogy
"""


@pytest.mark.parametrize("name", EDGES.split())
def test_two_of_zero_infinity_and_nan(name):
    values = torch.tensor([0.0, -0.0, 1.0, -2.0, 0.5, torch.inf, -torch.inf, torch.nan])
    for x in values:
        for z in values:
            if {str(float(x.abs())), str(float(z.abs()))} in BEYOND.get(name, ()):
                continue
            formula, operands, result = explained(lambda x=x, z=z: getattr(torch, name)(x, z))
            configured = configure(formula.forward, formula.settings)
            compare(f"{name}({x}, {z})", configured, operands, result)
            worked = expand(configured, operands, ()).value
            assert worked == pytest.approx(float(result), rel=1e-5, nan_ok=True), f"{x}, {z}"


X = torch.randn(2, 3)
MASK = X > 0
COUNTS = torch.arange(6).reshape(2, 3)


@pytest.mark.parametrize(
    ("run", "latex"),
    [
        (lambda: X.clamp(-1, 2), r"y_{n,i} = \min\left(\max\left(x_{n,i},\; -1\right),\; 2\right)"),
        (lambda: X < 0.5, r"y_{n,i} = \left[x_{n,i} < 0.5\right]"),
        (
            lambda: COUNTS < 2.5,
            r"y_{n,i} = \left[\operatorname{float32}\left(x_{n,i}\right) < 2.5\right]",
        ),
        (lambda: COUNTS >= 2, r"y_{n,i} = \left[x_{n,i} \ge 2\right]"),
        (lambda: ~MASK, r"y_{n,i} = \left[x_{n,i} = 0\right]"),
        (lambda: 2**X, r"y_{n,i} = 2^{z_{n,i}}"),
        (lambda: COUNTS % 3, r"y_{n,i} = x_{n,i} \bmod 3"),
        (lambda: COUNTS // 3, r"y_{n,i} = \left\lfloor \frac{x_{n,i}}{3} \right\rfloor"),
        (lambda: COUNTS << 2, r"y_{n,i} = x_{n,i} \cdot 4"),
        (X.rsqrt, r"y_{n,i} = \frac{1}{\sqrt{x_{n,i}}}"),
    ],
)
def test_the_configured_formula(run, latex):
    formula, _, _ = explained(run)
    assert equation_latex(configure(formula.forward, formula.settings)) == latex


@pytest.mark.parametrize(
    "run",
    [
        lambda: X.clone().clamp_(0, 1),
        lambda: X.clone().masked_fill_(MASK, -torch.inf),
        lambda: X.clone().masked_fill_(MASK, torch.tensor(0.1)),
        lambda: X.masked_fill(mask=MASK, value=1e9),
        lambda: X.clone().floor_(),
        lambda: X.clone().sin_(),
        lambda: X.clone().lt_(0.1),
        lambda: MASK & ~MASK,
        lambda: MASK | MASK,
        lambda: MASK ^ True,
        lambda: MASK.logical_and(X),
        lambda: X == 0,
        lambda: X != COUNTS,
        lambda: torch.greater(X, 1),
        lambda: torch.not_equal(X, 1),
        lambda: X.less_equal(COUNTS),
        lambda: torch.where(X > 0, X, 0.0),
        lambda: torch.where(MASK, -torch.inf, 0.0),
        lambda: X.where(MASK, torch.tensor(0.0)),
        lambda: X % 0.3,
        lambda: 7 % (COUNTS + 1),
        lambda: 7 // (COUNTS + 1),
        lambda: X // 0.3,
        lambda: X.div(0.3, rounding_mode="floor"),
        lambda: torch.div(COUNTS, 4, rounding_mode="trunc"),
        lambda: torch.clamp(X, min=torch.tensor(0.1), max=0.5),
        lambda: torch.clip(X, max=0.5),
        lambda: torch.lerp(X, 2 * X, 0.7),
        lambda: torch.addcdiv(X, X, X.abs() + 1, value=-0.1),
        lambda: torch.special.expm1(X),
        lambda: torch.special.logit(X.sigmoid()),
        X.fix,
        lambda: X.arctan2(X.cos()),
        lambda: torch.round(X, decimals=2),
        lambda: 10000 ** (-X.abs()),
        lambda: X.heaviside(torch.tensor(0.5)),
    ],
)
def test_other_spellings_are_explained(run):
    formula, operands, result = explained(run)
    compare("output", configure(formula.forward, formula.settings), operands, result)


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (lambda: COUNTS << COUNTS, "moved by one number"),
        (lambda: X.double() % 0.1, "float64"),
        (lambda: X.half() // 2, "float16"),
        (lambda: X.half() ** X.half().abs(), "float16"),
        (lambda: X.half().logit(eps=0.1), "eps=0.1"),
        (lambda: torch.round(X, decimals=12), "decimals=12"),
        (lambda: COUNTS.int() ** COUNTS.int(), "int32"),
        (lambda: torch.sin(X.to(torch.complex64)), "complex"),
        (lambda: torch.sin(X, out=torch.empty(2, 3)), "out"),
    ],
)
def test_what_is_not_explained_is_refused(run, said):
    with pytest.raises(Refused, match=said):
        explained(run)

"""Mean and biased variance over some axes of a tensor, and its values normalised with them."""

from __future__ import annotations

from collections.abc import Sequence

from generator.formula.build import apply, total
from generator.formula.tree import Expr, Stage, Sym, Tensor
from generator.layers.axes import Axis, at, lengths
from generator.layers.registry import Call, Refused

EPSILON = Sym(
    "eps", r"\epsilon", "added to the variance, so that the root is not zero", integer=False
)
COUNT = Sym("M", "M", "number of values that are averaged")


def stage(name: str, latex: str, axes: Sequence[Axis], meaning: str, body: Expr) -> Stage:
    """A named quantity with one value for each index of the axes; `#` in its LaTeX is the index."""
    latex = latex if axes else latex.removesuffix("_{#}")
    return Stage(Tensor(name, latex, lengths(axes), meaning, "stage"), at(axes), body)


def average(over: Sequence[Axis], body: Expr) -> Expr:
    """The mean of the body over the axes."""
    return total([a.span for a in over], body) / COUNT


def mean(x: Tensor, axes: Sequence[Axis], kept: Sequence[Axis]) -> Stage:
    """μ over all axes of x but the kept ones."""
    over = [a for a in axes if a not in kept]
    return stage("mean", r"\mu", kept, "mean", average(over, x[at(axes)]))


def variance(x: Tensor, axes: Sequence[Axis], kept: Sequence[Axis], centre: Tensor) -> Stage:
    """σ², biased, about the centre, over all axes of x but the kept ones."""
    over = [a for a in axes if a not in kept]
    deviation = x[at(axes)] - centre[at(kept)]
    meaning = "variance, biased: the mean of the squared deviations"
    return stage("variance", r"\sigma^2_{#}", kept, meaning, average(over, deviation**2))


def accumulated(
    x: Tensor, axes: Sequence[Axis], kept: Sequence[Axis], centre: Tensor
) -> tuple[Stage, Stage]:
    """σ² as it rounds in one pass (B. P. Welford, Technometrics 4(3), 1962), for the error budget.

    Each deviation is taken from the mean of the values so far, which is rounded anew with each
    value; the errors of these means do not cancel in the sum as those of one common mean do.
    """
    so_far = stage("mean_so_far", "m", axes, "mean, with a rounding of its own", centre[at(kept)])
    over = [a for a in axes if a not in kept]
    deviation = x[at(axes)] - so_far.tensor[at(axes)]
    body = average(over, deviation**2)
    return so_far, stage("variance_so_far", "v", kept, "variance, in one pass", body)


def affine_text(call: Call, whose: str) -> str:
    """What follows the normalisation, at the end of a sentence; empty where nothing does."""
    scale = [f"it is multiplied by {whose} weight"] if "weight" in call.tensors else []
    shift = [f"{whose} bias is added"] if "bias" in call.tensors else []
    return f"; then {', and '.join((*scale, *shift))}" if scale or shift else ""


def shifted(call: Call) -> bool:
    """Whether the product with the weight has a bias added, a multiply-add for each element."""
    return {"weight", "bias"} <= set(call.tensors)


def root(spread: Expr) -> Expr:
    """√(σ² + ε), of a variance σ²."""
    return apply("sqrt", spread + EPSILON)


def deviation_root(spread: Tensor, kept: Sequence[Axis]) -> Expr:
    """√(σ² + ε)."""
    return root(spread[at(kept)])


def normalised(
    x: Tensor, axes: Sequence[Axis], kept: Sequence[Axis], centre: Tensor, spread: Tensor
) -> Expr:
    """(x - μ) / √(σ² + ε)."""
    return (x[at(axes)] - centre[at(kept)]) / deviation_root(spread, kept)


def number(call: Call, option: str) -> float:
    """An option that is a plain number; Refused for anything else."""
    value = call.options.get(option)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(f"{call.type}({option}={value!r}): only a number is explained")
    return float(value)


def normalised_shape(call: Call) -> tuple[int, ...]:
    """The last lengths of the input, as many as the option has; Refused where they differ."""
    given = call.options["normalized_shape"]
    found = tuple(given) if isinstance(given, list | tuple) else (given,)
    if not found or found != call.shape()[len(call.shape()) - len(found) :]:
        raise Refused(
            f"{call.type}(normalized_shape={given!r}) of an input of shape {call.shape()} "
            "is not explained"
        )
    return call.shape()[len(call.shape()) - len(found) :]


def refuse_complex(call: Call) -> None:
    """Refused where a tensor of the call is complex."""
    for name, tensor in call.tensors.items():
        if tensor.dtype.startswith("complex"):
            raise Refused(f"{call.type} of a complex {name} is not explained")

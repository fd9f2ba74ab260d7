"""Runs an example in torch and holds its equations against torch, autograd and the derivative."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn

from generator.binding import Bound, bind
from generator.capture.functions import describe
from generator.capture.names import type_name
from generator.capture.trees import tensors
from generator.formula.configure import configure
from generator.formula.derive import derivative
from generator.formula.evaluate import all_elements, evaluate
from generator.formula.tree import Equation
from generator.layers.complex_calls import explanation
from generator.layers.registry import Example, Formula, lookup

UNIT = 2.0**-24
ROUNDOFF = {
    torch.float64: 2.0**-53,
    torch.float32: 2.0**-24,
    torch.bfloat16: 2.0**-8,
    torch.float16: 2.0**-11,
}


@dataclass
class Ran:
    """One example after its forward and backward run."""

    bound: Bound
    formula: Formula
    operands: dict[str, torch.Tensor]
    outputs: list[torch.Tensor]
    gradients: dict[str, torch.Tensor | None]

    @property
    def output(self) -> torch.Tensor:
        return self.outputs[0]

    @property
    def upstream(self) -> torch.Tensor:
        return self.operands["grad_output"]

    @property
    def equations(self) -> dict[str, Equation]:
        """The forward equation of each output that has one, by the output's name."""
        others = enumerate(self.formula.others, start=1)
        return {
            "output": self.formula.forward,
            **{f"output_{k}": o.equation for k, o in others if o.equation is not None},
        }


def run(example: Example, seed: int = 0) -> Ran:
    torch.manual_seed(seed)
    function, args, kwargs = example.run()
    args = tuple(_leaf(a) for a in args)
    kwargs = {k: _leaf(v) for k, v in kwargs.items()}
    own = None
    if isinstance(function, nn.Module):
        own = {
            **{k: v for k, v in vars(function).items() if not k.startswith("_")},
            **dict(function.named_parameters()),
            **{k: b.clone() for k, b in function._buffers.items() if b is not None},
        }
    outputs = list(tensors(function(*args, **kwargs)))
    module = isinstance(function, nn.Module)
    name = type_name(type(function)) if module else describe(function).type
    rule = lookup(name)
    assert rule is not None, f"{name} is not explained"
    reached = [o.requires_grad for o in outputs]
    bound = bind(
        rule,
        args,
        kwargs,
        outputs,
        own=own,
        data=lambda v: v if torch.is_tensor(v) else None,
        reached=reached if any(reached) else [o.is_floating_point() for o in outputs],
    )
    formula = explanation(rule, bound.call)
    operands = {n: _pairs(t.detach()) for n, t in bound.tensors.items()}
    if rule.draw is not None:
        operands |= dict(rule.draw(bound.tensors, bound.call.options, outputs[0]))
    names = ["output", *(f"output_{k}" for k in range(1, len(outputs)))]
    upstreams = {
        n: torch.randn_like(o) for n, o in zip(names, outputs, strict=True) if o.requires_grad
    }
    wanted = {n: t for n, t in bound.tensors.items() if t.requires_grad and upstreams}
    found = (
        torch.autograd.grad(
            [o for o in outputs if o.requires_grad],
            list(wanted.values()),
            list(upstreams.values()),
            allow_unused=True,
        )
        if wanted
        else ()
    )
    operands |= {f"grad_{n}": _pairs(g) for n, g in upstreams.items()}
    operands |= {n: _pairs(o.detach()) for n, o in zip(names, outputs, strict=True)}
    return Ran(
        bound,
        formula,
        operands,
        [_pairs(o.detach()) for o in outputs],
        {n: None if g is None else _pairs(g) for n, g in zip(wanted, found, strict=True)},
    )


def check_values(ran: Ran) -> None:
    """Every element of the outputs and of each gradient lies within its budget of torch's."""
    settings = ran.formula.settings
    for name, equation in ran.equations.items():
        compare(name, configure(equation, settings), ran.operands, ran.operands[name])
    for name, actual in ran.gradients.items():
        equation = configure(ran.formula.gradients[name], settings)
        expected = torch.zeros_like(ran.operands[name]) if actual is None else actual
        compare(f"gradient of {name}", equation, ran.operands, expected)


def check_derivatives(ran: Ran) -> None:
    """Each gradient equation agrees with the forward equations differentiated, in float64."""
    settings = ran.formula.settings
    exact: dict[str, torch.Tensor] = {}
    for name, general in ran.equations.items():
        if f"grad_{name}" not in ran.operands:
            continue
        forward = configure(general, settings)
        present = {t.name for t in forward.tensors}
        parts = derivative(
            forward,
            ran.operands,
            tuple(n for n in ran.gradients if n in present),
            all_elements(forward, torch.device("cpu")),
            ran.operands[f"grad_{name}"].flatten(),
        )
        for operand, part in parts.items():
            exact[operand] = part if operand not in exact else exact[operand] + part
    for name, gradient in exact.items():
        equation = configure(ran.formula.gradients[name], settings)
        found = evaluate(equation, ran.operands).values
        expected = gradient.flatten()
        scale = max(1.0, float(expected.abs().max()) if expected.numel() else 1.0)
        worst = float((found - expected).abs().max()) if expected.numel() else 0.0
        assert worst <= 1e-11 * scale, f"{name}: {worst} from the forward equation's derivative"


def compare(
    what: str, equation: Equation, operands: dict[str, torch.Tensor], actual: torch.Tensor
) -> None:
    unit = ROUNDOFF.get(actual.dtype, 0.0)  # integers are exact
    found = evaluate(equation, operands, unit=unit)
    expected = actual.detach().double().flatten()
    assert found.values.shape == expected.shape, f"{what}: {found.values.shape}, {expected.shape}"
    assert found.budget is not None
    budget = found.budget
    if unit:  # below the smallest normal number rounding is absolute
        budget = budget + unit * torch.finfo(actual.dtype).smallest_normal
    error = (found.values - expected).abs()
    same = (found.values == expected) | (found.values.isnan() & expected.isnan())
    if unit:  # what lies beyond the type's largest number is an infinity
        limit = torch.finfo(actual.dtype).max * (1 + unit / 2)
        beyond = (found.values.abs() + budget >= limit) & (found.values.sign() == expected.sign())
        same |= beyond & expected.isinf()
    bad = ~(same | (error <= budget))
    if bool(bad.any()):
        k = int(bad.to(torch.int8).argmax())
        message = (
            f"{what}: {int(bad.sum())} of {bad.numel()} elements off; at {k} calculated "
            f"{found.values[k]:.9g}, torch {expected[k]:.9g}, budget {found.budget[k]:.3g}"
        )
        raise AssertionError(message)
    assert not bool(found.budget.isnan().any()), f"{what}: a budget is NaN"


def slack(ran: Ran) -> float:
    """Median budget over error, of the output's elements that have an error at all."""
    found = evaluate(configure(ran.formula.forward, ran.formula.settings), ran.operands, unit=UNIT)
    error = (found.values - ran.output.double().flatten()).abs()
    some = error > 0
    return float((found.budget[some] / error[some]).median()) if bool(some.any()) else math.nan


def _pairs(tensor: torch.Tensor) -> torch.Tensor:
    """Complex numbers as pairs of real ones, which is what equations see."""
    if not tensor.is_complex():
        return tensor
    return torch.view_as_real(tensor.resolve_conj().resolve_neg())


def _leaf(value: object) -> object:
    if isinstance(value, nn.Buffer):  # running statistics: torch refuses to differentiate by them
        return value.clone()
    if torch.is_tensor(value) and (value.is_floating_point() or value.is_complex()):
        return value.detach().clone().requires_grad_()
    if isinstance(value, tuple) and hasattr(value, "_fields"):  # packed sequences
        return type(value)(*(_leaf(v) for v in value))
    if isinstance(value, list | tuple):
        return type(value)(_leaf(v) for v in value)
    return value

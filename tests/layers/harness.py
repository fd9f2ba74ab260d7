"""Runs an example in torch and holds its equations against torch, autograd and the derivative."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.overrides
from torch import nn

from generator.binding import Bound, bind
from generator.capture.names import type_name
from generator.formula.configure import configure
from generator.formula.derive import derivative
from generator.formula.evaluate import all_elements, evaluate
from generator.formula.tree import Equation
from generator.layers.registry import Example, Formula, lookup

UNIT = 2.0**-24


@dataclass
class Ran:
    """One example after its forward and backward run."""

    bound: Bound
    formula: Formula
    operands: dict[str, torch.Tensor]
    output: torch.Tensor
    upstream: torch.Tensor
    gradients: dict[str, torch.Tensor | None]


def run(example: Example, seed: int = 0) -> Ran:
    torch.manual_seed(seed)
    function, args, kwargs = example.run()
    args = tuple(_leaf(a) for a in args)
    kwargs = {k: _leaf(v) for k, v in kwargs.items()}
    own = None
    if isinstance(function, nn.Module):
        own = {
            **{k: v for k, v in vars(function).items() if not k.startswith("_")},
            **{k: p for k, p in function._parameters.items() if p is not None},
            **{k: b.clone() for k, b in function._buffers.items() if b is not None},
        }
    output = function(*args, **kwargs)
    module = isinstance(function, nn.Module)
    name = type_name(type(function)) if module else torch.overrides.resolve_name(function)
    rule = lookup(name)
    assert rule is not None, f"{name} is not explained"
    bound = bind(
        rule, args, kwargs, [output], own=own, data=lambda v: v if torch.is_tensor(v) else None
    )
    formula = rule.explain(bound.call)
    drawn = {}
    if rule.draw is not None:
        drawn = dict(rule.draw(bound.tensors, bound.call.options, output))
    upstream = torch.randn_like(output)
    wanted = {n: t for n, t in bound.tensors.items() if t.requires_grad}
    found = torch.autograd.grad(output, list(wanted.values()), upstream, allow_unused=True)
    operands = {n: t.detach() for n, t in bound.tensors.items()}
    operands |= {**drawn, "grad_output": upstream, "output": output.detach()}
    return Ran(
        bound, formula, operands, output.detach(), upstream, dict(zip(wanted, found, strict=True))
    )


def check_values(ran: Ran) -> None:
    """Every element of the output and of each gradient lies within its budget of torch's."""
    settings = ran.formula.settings
    _compare("output", configure(ran.formula.forward, settings), ran.operands, ran.output)
    for name, actual in ran.gradients.items():
        equation = configure(ran.formula.gradients[name], settings)
        expected = torch.zeros_like(ran.operands[name]) if actual is None else actual
        _compare(f"gradient of {name}", equation, ran.operands, expected)


def check_derivatives(ran: Ran) -> None:
    """Each gradient equation agrees with the forward equation differentiated, in float64."""
    settings = ran.formula.settings
    forward = configure(ran.formula.forward, settings)
    present = {t.name for t in forward.tensors}
    wrt = tuple(n for n in ran.gradients if n in present)
    exact = derivative(
        forward,
        ran.operands,
        wrt,
        all_elements(forward, torch.device("cpu")),
        ran.upstream.flatten(),
    )
    for name in wrt:
        equation = configure(ran.formula.gradients[name], settings)
        found = evaluate(equation, ran.operands).values
        expected = exact[name].flatten()
        scale = max(1.0, float(expected.abs().max()) if expected.numel() else 1.0)
        worst = float((found - expected).abs().max()) if expected.numel() else 0.0
        assert worst <= 1e-11 * scale, f"{name}: {worst} from the forward equation's derivative"


def _compare(
    what: str, equation: Equation, operands: dict[str, torch.Tensor], actual: torch.Tensor
) -> None:
    found = evaluate(equation, operands, unit=UNIT)
    expected = actual.detach().double().flatten()
    assert found.values.shape == expected.shape, f"{what}: {found.values.shape}, {expected.shape}"
    assert found.budget is not None
    error = (found.values - expected).abs()
    same = (found.values == expected) | (found.values.isnan() & expected.isnan())
    bad = ~(same | (error <= found.budget))
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


def _leaf(value: object) -> object:
    if isinstance(value, nn.Buffer):  # running statistics: torch refuses to differentiate by them
        return value.clone()
    if torch.is_tensor(value) and value.is_floating_point():
        return value.detach().clone().requires_grad_()
    if isinstance(value, list | tuple):
        return type(value)(_leaf(v) for v in value)
    return value

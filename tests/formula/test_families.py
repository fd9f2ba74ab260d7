"""What the language has to carry, each held against torch in float64 with its derivatives."""

import pytest
import torch
from families import FAMILIES
from printed import Printed, worked_value

from generator.formula.configure import configure
from generator.formula.derive import derivative
from generator.formula.evaluate import all_elements, evaluate
from generator.formula.expand import expand
from generator.formula.latex import Printer


@pytest.fixture(params=FAMILIES, name="case")
def fixture_case(request):
    equation, settings, operands, of_torch = FAMILIES[request.param]()
    return configure(equation, settings), operands, of_torch


def floating(operands):
    return {name: tensor for name, tensor in operands.items() if tensor.is_floating_point()}


def test_value(case):
    equation, operands, of_torch = case
    expected = of_torch(**operands).flatten()
    torch.testing.assert_close(
        evaluate(equation, operands).values, expected, rtol=1e-12, atol=1e-13
    )


def test_derivative(case):
    equation, operands, of_torch = case
    leaves = {name: t.clone().requires_grad_() for name, t in floating(operands).items()}
    result = of_torch(**{**operands, **leaves})
    upstream = torch.linspace(-1, 2, result.numel(), dtype=torch.float64).reshape(result.shape)
    expected = torch.autograd.grad(result, list(leaves.values()), upstream)
    elements = all_elements(equation, torch.device("cpu"))
    found = derivative(equation, operands, tuple(leaves), elements, upstream.flatten())
    for name, gradient in zip(leaves, expected, strict=True):
        torch.testing.assert_close(found[name], gradient, rtol=1e-11, atol=1e-12, msg=name)


def test_some_elements_alone(case):
    equation, operands, _ = case
    whole = evaluate(equation, operands).values
    elements = all_elements(equation, torch.device("cpu"))
    some = torch.arange(len(elements)).flip(0)[::3]
    found = evaluate(equation, operands, elements[some]).values
    torch.testing.assert_close(found, whole[some], rtol=1e-14, atol=0)


def test_float32_is_within_the_budget(case):
    equation, operands, of_torch = case
    operands = {n: t.float() if t.is_floating_point() else t for n, t in operands.items()}
    found = evaluate(equation, operands, unit=2.0**-24)
    error = (found.values - of_torch(**operands).double().flatten()).abs()
    assert bool((error <= found.budget).all()), (error / found.budget).max()


def test_expansion_and_print(case):
    equation, operands, _ = case
    values = evaluate(equation, operands).values
    # without decimals it prints constants, which are short before a power of ten
    printer = Printer.of(equation, 17)
    read = Printed(equation, operands).values()
    assert read == pytest.approx(values.tolist(), rel=1e-11, abs=1e-12)
    for position, element in enumerate(all_elements(equation, torch.device("cpu")).tolist()):
        working = expand(equation, operands, tuple(element))
        assert working.value == pytest.approx(float(values[position]), rel=1e-12, abs=1e-13)
        found = worked_value(printer.latex(working.body))
        assert found == pytest.approx(working.value, rel=1e-12, abs=1e-13)


def test_a_long_recurrence_expands_without_going_back_to_its_start():
    equation, settings, operands, of_torch = FAMILIES["lstm"]()
    operands["x"] = torch.sin(torch.arange(400 * 6.0, dtype=torch.float64)).reshape(400, 2, 3)
    working = expand(configure(equation, {**settings, "T": 400}), operands, (399, 1, 2))
    assert working.value == pytest.approx(float(of_torch(**operands)[-1, 1, 2]), rel=1e-10)

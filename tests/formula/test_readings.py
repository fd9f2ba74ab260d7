"""Properties that tie the readings of an equation together."""

import json

import pytest
import torch
from equations import drawn
from hypothesis import assume, given
from hypothesis import strategies as st
from printed import Printed, worked_value

from generator.formula import stages
from generator.formula.configure import configure
from generator.formula.derive import derivative
from generator.formula.dump import dump, load
from generator.formula.evaluate import all_elements, evaluate
from generator.formula.expand import expand
from generator.formula.latex import Printer
from generator.formula.tree import Equation

FLAGS = {"bias": True}


def close(value):
    return pytest.approx(value, rel=1e-9, abs=1e-9, nan_ok=True)


def values(equation, operands):
    return evaluate(equation, operands).values.tolist()


@given(drawn())
def test_what_is_printed_has_the_value(case):
    equation = configure(case.equation, case.settings)
    assert Printed(equation, case.operands).values() == close(values(equation, case.operands))


@given(drawn())
def test_configuration_keeps_the_value(case):
    configured = configure(case.equation, {**case.settings, **FLAGS})
    general = Printed(
        case.equation, case.operands, {**case.settings, r"\epsilon": case.settings["epsilon"]}
    )
    general.equation = configured  # its sizes are numbers
    assert general.values() == close(values(configured, case.operands))


@given(drawn())
def test_each_element_expands_to_its_value(case):
    equation = configure(case.equation, case.settings)
    expected = values(equation, case.operands)
    for element, value in zip(
        all_elements(equation, torch.device("cpu")).tolist(), expected, strict=True
    ):
        working = expand(equation, case.operands, tuple(element))
        assert working.value == close(value)
        for part in working.stages:
            text = Printer.of(equation).latex(part.body)
            assert worked_value(text) == close(part.value), text
        text = Printer.of(equation).latex(working.body)
        assert worked_value(text) == close(value), text


@given(drawn())
def test_data_loads_as_it_was_dumped(case):
    for equation in (case.equation, configure(case.equation, case.settings)):
        assert load(json.loads(json.dumps(dump(equation))), Equation) == equation


@given(drawn())
def test_chunks_do_not_change_values(case):
    equation = configure(case.equation, case.settings)
    whole = evaluate(equation, case.operands, unit=2.0**-24)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages, "CHUNK", 3)
        parts = evaluate(equation, case.operands, unit=2.0**-24)
    assert parts.values.tolist() == close(whole.values.tolist())
    # a range that varies is cut to its longest in each chunk, so that the orders of its sum differ
    assert parts.budget.tolist() == pytest.approx(whole.budget.tolist(), rel=0.5, abs=1e-20)


@given(drawn())
def test_tracking_does_not_change_values(case):
    equation = configure(case.equation, case.settings)
    tracked = evaluate(equation, case.operands, unit=2.0**-24)
    assert tracked.values.tolist() == close(values(equation, case.operands))
    assert bool((tracked.budget >= 0).all())


@given(drawn(), st.integers(0, 2**16))
def test_derivatives_are_finite_differences(case, seed):
    equation = configure(case.equation, case.settings)
    generator = torch.Generator().manual_seed(seed)
    operands = dict(case.operands)
    # moved off the grid, where maxima tie and absolute values bend
    for name in ("x", "v", "w", "c"):
        noise = torch.rand(operands[name].shape, generator=generator, dtype=torch.float64)
        operands[name] = operands[name] + (noise - 0.5) / 16
    elements = all_elements(equation, torch.device("cpu"))
    upstream = torch.rand(len(elements), generator=generator, dtype=torch.float64)
    step = {n: torch.randn(operands[n].shape, generator=generator).double() for n in "xvwc"}
    present = tuple(t.name for t in equation.tensors if t.name in step)
    assume(present)

    def moved(distance):
        there = {n: t + distance * step[n] if n in present else t for n, t in operands.items()}
        return float((evaluate(equation, there).values * upstream).sum())

    def slope(h):
        return (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h)

    coarse, fine = slope(1e-4), slope(5e-5)
    # no finite difference where the function bends within the step
    assume(coarse == pytest.approx(fine, rel=1e-6, abs=1e-7))
    exact = derivative(equation, operands, present, elements, upstream)
    found = float(sum((exact[n] * step[n]).sum() for n in present))
    assert found == pytest.approx(fine, rel=1e-5, abs=1e-6)

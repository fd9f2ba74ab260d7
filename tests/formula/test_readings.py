"""Properties that tie the readings of an equation together."""

import json

import pytest
import torch
from equations import drawn
from hypothesis import given
from printed import Printed, worked_value

from generator.formula import evaluate as evaluation
from generator.formula.configure import configure
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
        patch.setattr(evaluation, "CHUNK", 3)
        parts = evaluate(equation, case.operands, unit=2.0**-24)
    assert parts.values.tolist() == close(whole.values.tolist())
    assert parts.budget.tolist() == pytest.approx(whole.budget.tolist(), rel=1e-6, abs=1e-20)


@given(drawn())
def test_tracking_does_not_change_values(case):
    equation = configure(case.equation, case.settings)
    tracked = evaluate(equation, case.operands, unit=2.0**-24)
    assert tracked.values.tolist() == close(values(equation, case.operands))
    assert bool((tracked.budget >= 0).all())

"""Equations over the same operands share what has been found of their stages."""

from dataclasses import replace

import pytest
import torch
from families import FAMILIES

from generator.formula.configure import configure
from generator.formula.evaluate import evaluate
from generator.formula.evaluation import Evaluation
from generator.formula.expand import expand
from generator.formula.memory import Operands


@pytest.fixture
def lstm():
    equation, settings, operands, _ = FAMILIES["lstm"]()
    return configure(equation, settings), operands


@pytest.mark.parametrize("unit", [None, 2.0**-24])
def test_values_and_budgets_are_those_without_a_memory(lstm, unit):
    equation, operands = lstm
    alone = evaluate(equation, operands, unit=unit)
    shared = Operands(operands)
    for _ in range(2):
        again = evaluate(equation, shared, unit=unit)
        assert torch.equal(again.values, alone.values)
        assert unit is None or torch.equal(again.budget, alone.budget)


def test_each_stage_is_evaluated_once(lstm, monkeypatch):
    equation, operands = lstm
    shared, filled = Operands(operands), []
    fill = Evaluation._fill

    def counted(self, stage, known, offsets):
        filled.append(stage.tensor.name)
        fill(self, stage, known, offsets)

    monkeypatch.setattr(Evaluation, "_fill", counted)
    evaluate(equation, shared)
    assert filled
    filled.clear()
    evaluate(equation, shared)
    expand(equation, shared, (4, 1, 2))
    assert not filled


def test_a_stage_of_another_meaning_is_not_taken_for_it(lstm):
    equation, operands = lstm
    shared = Operands(operands)
    evaluate(equation, shared)
    other = replace(
        equation,
        stages=tuple(
            replace(s, body=s.body * 2) if s.tensor.name == "h" else s for s in equation.stages
        ),
    )
    assert torch.equal(evaluate(other, shared).values, evaluate(other, operands).values)


def test_a_recurrence_that_failed_is_not_taken_for_complete(lstm):
    equation, operands = lstm
    reads_too_far = replace(
        equation,
        stages=tuple(replace(s, tensor=replace(s.tensor, outside=None)) for s in equation.stages),
    )
    shared = Operands(operands)
    for _ in range(2):
        with pytest.raises(IndexError):
            evaluate(reads_too_far, shared)

"""What a working shows of a recurrence."""

from families import FAMILIES

from generator.formula.configure import configure
from generator.formula.expand import expand


def shown(name, element):
    equation, settings, operands, _ = FAMILIES[name]()
    return expand(configure(equation, settings), operands, element).stages


def test_one_step_is_worked_out_with_all_its_gates():
    found = shown("lstm", (3, 1, 2))
    assert {(s.name, s.index) for s in found} == {(name, (3, 1, 2)) for name in "ifgoch"}


def test_one_step_backwards_is_worked_out_with_all_its_gates():
    found = shown("lstm_backwards", (3, 1, 2))
    assert {(s.name, s.index) for s in found} == {(name, (3, 1, 2)) for name in "ifgoch"}


def test_a_sum_is_worked_out_from_the_sum_before():
    assert [s.index for s in shown("cumulative_sum", (2, 6))] == [(2, 6)]

"""What elements demand of stages, held against what an evaluation fills."""

import pytest
import torch

from generator.formula.build import apply, cases, equal, indices, largest, sizes, total
from generator.formula.configure import configure
from generator.formula.demand import Demand, beyond, holds
from generator.formula.evaluate import evaluate
from generator.formula.memory import Operands
from generator.formula.tree import Compare, Equation, Num, Outside, Stage, Tensor

N, M, K = sizes("N M K")
i, j, k = indices("i j k")
X = Tensor("x", "x", (N, K), "x")
S = Tensor("s", "s", (N, M), "s", "stage")
T = Tensor("t", "t", (N,), "t", "stage")
P = Tensor("p", "p", (N, M), "p", "stage")
SETTINGS = {"N": 6, "M": 5, "K": 4}
SCORES = Stage(S, (i, j), total(k.over(K), X[i, k] * X[j, k]))
TOP = Stage(T, (i,), largest(j.over(M), S[i, j]))
WEIGHTS = Stage(P, (i, j), apply("exp", S[i, j] - T[i]))


def equation(body, axes, lengths):
    y = Tensor("y", "y", lengths, "y", "result")
    stages = (SCORES, TOP, WEIGHTS)
    return configure(Equation(y, axes, body, (X,), stages), SETTINGS)


EQUATIONS = {
    "a row": equation(total(j.over(M), P[i, j]), (i,), (N,)),
    "a column": equation(total(i.over(N), P[i, j]), (j,), (M,)),
    "a row that is moved": equation(
        cases((Compare("<", i, Num(5)), T[i + 1]), otherwise=T[i]), (i,), (N,)
    ),
    "a diagonal": equation(P[j, j], (j,), (M,)),
    "two rows": equation(T[0] + T[i], (i,), (N,)),
}


@pytest.mark.parametrize("name", EQUATIONS)
@pytest.mark.parametrize("at", [0, 3])
def test_it_is_what_is_evaluated(name, at):
    found = EQUATIONS[name]
    operands = Operands({"x": torch.randn(6, 4)})
    evaluate(found, operands, torch.tensor([[at]]))
    known = operands.known(found, None)
    demand = Demand(found)
    demand.add({found.indices[0].name: (at, at)})
    for stage in known:
        assert demand.elements(stage) == known[stage].count


def test_what_cannot_be_told_exactly_is_not_told():
    triangle = equation(total(j.over(i), P[i, j]) + total(k.over(K), P[k, k]), (i,), (N,))
    demand = Demand(triangle)
    demand.add({"i": (0, 4)})
    assert demand.elements("p") is None


def test_nor_is_it_with_a_further_element():
    body = cases((equal(i, 0), total(k.over(K), P[k, k])), otherwise=T[i])
    demand = Demand(equation(body, (i,), (N,)))
    demand.add({"i": (0, 0)})
    assert demand.with_also({"i": (5, 5)}).elements("p") is None


def test_one_element_may_demand_everything():
    column = Demand(EQUATIONS["a column"])
    column.add({"j": (2, 2)})
    row = Demand(EQUATIONS["a row"])
    row.add({"i": (2, 2)})
    assert column.stages > 4 * row.stages
    # a further column demands its own weights alone
    further = column.with_also({"j": (3, 3)})
    assert further.stages < 1.2 * column.stages
    assert column.with_also({"j": (2, 2)}).stages == column.stages


def test_a_recurrence_demands_all_steps_so_far():
    H = Tensor("h", "h", (N, K), "h", "stage")
    body = cases((equal(i, 0), X[i, k]), otherwise=H[i - 1, k] + X[i, k])
    y = Tensor("y", "y", (N,), "y", "result")
    found = configure(
        Equation(y, (i,), H[i, 0], (X,), (Stage(H, (i, k), body, along=0),)), SETTINGS
    )
    early, late = Demand(found), Demand(found)
    early.add({"i": (0, 0)})
    late.add({"i": (5, 5)})
    assert late.stages == 6 * early.stages


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Compare("<", i, Num(3)), None),
        (Compare("<", i, Num(9)), True),
        (Compare(">=", i, Num(9)), False),
        (Compare("=", i, Num(9)), False),
        (Compare("!=", i, Num(9)), True),
        (Compare("=", i, j), None),
    ],
)
def test_conditions_that_ranges_decide(condition, expected):
    assert holds(condition, {"i": (1, 5), "j": (2, 2)}) is expected


def test_padding_is_told_from_the_indices():
    padded = Tensor("x", "x", (N, K), "x", outside=Outside("constant"))
    y = Tensor("y", "y", (N,), "y", "result")
    found = configure(
        Equation(y, (i,), total(k.over(K), padded[i, k + i - 2]), (padded,)), SETTINGS
    )
    assert beyond(found, {"i": (1, 1)})
    assert not beyond(found, {"i": (2, 2)})

"""Indexed assignment: it returns nothing, and what it gives is the tensor that it has changed."""

from __future__ import annotations

import harness
import pytest
import torch

from generator.formula.configure import configure
from generator.formula.latex import equation_latex
from generator.layers.registry import Example, Refused

ALL = slice(None)


def assigned(x, index, value):
    result = x.clone()
    result[index] = value
    return result


# what the recording calls it
assigned.__module__, assigned.__name__ = "torch.Tensor", "__setitem__"


def ran(shape, index, value, seed=0, dtype=torch.float32):
    def run():
        x = torch.randn(shape).to(dtype)
        return assigned, (x, index() if callable(index) else index, value()), {}

    return harness.run(Example("setitem", run), seed)


def randn(*shape):
    return lambda: torch.randn(shape)


def mask(*shape):
    return lambda: torch.arange(torch.Size(shape).numel()).reshape(shape) % 3 == 0


def once(rows, *shape):
    return lambda: torch.randperm(rows)[: torch.Size(shape).numel()].reshape(shape) - rows


CASES = [
    ((3, 4), 1, randn(4)),
    ((3, 4), 1, randn()),
    ((3, 4), 1, lambda: 0.1),
    ((3, 4), (0, -1), randn()),
    ((3, 4), ALL, randn(3, 4)),
    ((3, 4), ALL, randn(1, 1, 1, 4)),
    ((3, 4), ..., lambda: 2),
    ((3, 4), (ALL, slice(1, None, 2)), randn(3, 2)),
    ((3, 4), (ALL, slice(1, None, 2)), randn(2)),
    ((3, 4), (ALL, slice(1, None, 2)), randn(3, 1)),
    ((3, 4), slice(2, 2), randn(0, 4)),
    ((3, 4), slice(2, 2), randn()),
    ((3, 4), (None, 0), randn(1, 4)),
    ((3, 4), (None, 0), randn(4)),
    ((2, 6, 3), (1, slice(None, 5, 3), 0), randn(2)),
    ((), (), randn()),
    ((), ..., lambda: 3.5),
    ((4,), True, lambda: 3.5),
    ((4,), True, randn(4)),
    ((4,), False, lambda: 3.5),
    ((5, 3), [0, -1], randn(2, 3)),
    ((5, 3), [0, 0, -1], lambda: 7.0),
    ((5, 3), [], lambda: 7.0),
    ((5, 3), once(5, 4), randn(4, 3)),
    ((5, 3), once(5, 4), randn(4, 1)),
    ((5, 3), once(5, 4), randn(3)),
    ((5, 3), once(5, 2, 2), randn(2, 2, 3)),
    ((2, 5), lambda: (ALL, once(5, 3)()), randn(2, 3)),
    ((2, 5), lambda: (slice(1, None), once(5, 3)()), randn(3)),
    ((4, 2, 5), lambda: (once(4, 3)(), ALL, once(5, 3)()), randn(3, 2)),
    ((4, 2, 5), lambda: (once(4, 3)(), 1, once(5, 3)()), randn(3)),
    ((4, 5), lambda: (once(4, 2, 1)(), once(5, 3)()), randn(2, 3)),
    ((4, 5), lambda: (once(4, 2, 1)(), once(5, 3)()), randn(3)),
    ((4, 5), lambda: (torch.tensor(2), slice(1, 3)), randn(2)),
    ((9, 2), mask(9), randn(3, 2)),
    ((9, 2), mask(9), randn(2)),
    ((9, 2), mask(9), randn(3, 1)),
    ((9, 2), mask(9), randn(1, 2)),
    ((9, 2), mask(9), lambda: -1.5),
    ((3, 4), mask(3, 4), randn(4)),
    ((3, 4), mask(3, 4), randn(1)),
    ((3, 4), mask(3, 4), randn()),
    ((2, 9, 2), lambda: (ALL, mask(9)()), randn(2, 3, 2)),
    ((2, 9, 2), lambda: (1, mask(9)()), randn(3, 2)),
    ((2, 9, 2), lambda: (slice(1, None), mask(9)(), 0), randn(1, 3)),
    ((3,), lambda: torch.zeros(3).bool(), randn(0)),
    ((3,), lambda: torch.zeros(3).bool(), randn(1)),
    ((3,), lambda: [True, False, True], randn(2)),
]


@pytest.mark.parametrize(("shape", "index", "value"), CASES, ids=range(len(CASES)))
def test_values_and_gradients_are_torchs(shape, index, value):
    for seed in range(3):
        harness.check_values(ran(shape, index, value, seed))
    harness.check_derivatives(ran(shape, index, value))


@pytest.mark.parametrize(("shape", "index", "value"), CASES, ids=range(len(CASES)))
@pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.bfloat16, torch.float64])
def test_every_type_of_number_is_written(shape, index, value, dtype):
    def converted():
        found = value()
        return found.to(dtype) if torch.is_tensor(found) else found

    found = ran(shape, index, converted, dtype=dtype)
    harness.check_values(found)
    assert set(found.bound.tensors) | {"output"} <= set(found.formula.axes)
    for name, names in found.formula.axes.items():
        if name in found.operands:
            assert len(names) == found.operands[name].dim(), name


def test_every_floating_operand_has_a_gradient():
    for case in CASES:
        found = ran(*case)
        assert set(found.gradients) <= set(found.formula.gradients)


def test_of_several_places_the_last_one_counts():
    x, p = torch.arange(4), torch.tensor([2, 0, 2])

    def run():
        return assigned, (x, p, torch.tensor([7, 8, 9])), {}

    found = harness.run(Example("twice", run))
    assert found.output.tolist() == [8, 1, 9, 3]
    harness.check_values(found)
    assert "No index may occur twice" in [n.title for n in found.formula.notes]


@pytest.mark.parametrize(
    ("index", "value", "latex"),
    [
        (1, randn(4), r"\begin{cases} v_{i} & \text{if } n = 1"),
        (ALL, lambda: 0.0, "y_{n,i} = 0"),
        (mask(3, 4), lambda: 0.5, r"\begin{cases} 0.5 & \text{if } m_{n,i} = 1"),
        (mask(3, 4), randn(4), r"\begin{cases} v_{r_{n,i}} & \text{if } m_{n,i} = 1"),
    ],
)
def test_the_configured_formula(index, value, latex):
    formula = ran((3, 4), index, value).formula
    assert latex in equation_latex(configure(formula.forward, formula.settings))


@pytest.mark.parametrize(
    ("index", "value", "said"),
    [
        (ALL, lambda: torch.randn(3, 4).double(), "float64"),
        (lambda: (torch.tensor([True, False, True]), torch.tensor([0])), randn(2), "beside"),
        (lambda: slice(torch.tensor(1), None), randn(2, 4), "end of a slice"),
        (lambda: [[0, 1], [2, 3]], randn(2), "several axes"),
    ],
)
@pytest.mark.filterwarnings("ignore:Using a non-tuple sequence")
def test_what_is_not_explained_is_refused(index, value, said):
    with pytest.raises(Refused, match=said):
        ran((3, 4), index, value)

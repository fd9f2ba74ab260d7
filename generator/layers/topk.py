"""y[k] = x[p[k]], where p[k] is the index of the value of rank k, for the first few ranks."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.formula.build import bracket, equal, every, total
from generator.formula.tree import Equation, Var
from generator.layers.axes import names
from generator.layers.ordering import POINTS, TIES, Ordering, order
from generator.layers.registry import Call, Example, Formula, Note, Output, examples, explains

_UNSORTED = Note(
    "In no order",
    "`sorted=False` leaves the order open. The formula checks that no index stands twice, and that "
    "whatever comes before one of these values is among them too.",
)


@explains(
    "torch.topk",
    "torch.Tensor.topk",
    arguments="input, k, dim=-1, largest=True, sorted=True",
    title="Top k",
    search=("largest", "smallest", "beam search", "mixture of experts", "torch.topk"),
)
def topk(call: Call) -> Formula:
    """The k largest or smallest values along one axis, and where each one stood."""
    largest = bool(call.options["largest"])
    found = Ordering.of(call, descending=largest)
    in_order = bool(call.options["sorted"])
    indices = found.ranked() if in_order or not found.axes else _in_any_order(found)
    which = "largest" if largest else "smallest"
    said = f" in {order(descending=largest)} order" if in_order else ""
    return Formula(
        summary=f"The {call.options['k']} {which} values along axis {found.place}{said}; the "
        "indices say where each one stood.",
        forward=found.values(),
        gradients=found.gradients(),
        settings=found.settings,
        axes=found.named(),
        notes=(TIES if in_order else _UNSORTED,),
        indices=POINTS,
        others=(Output("indices", indices, names(found.out)),),
        result=f"{which} value",
    )


def _in_any_order(found: Ordering) -> Equation:
    """The indices, right where what comes before each is among them, and none stands twice."""
    beside = Var("l")
    span = beside.over(found.out[found.place].length)
    among = total(span, bracket(found.before(found.value(found.index(beside)))))
    once = total(span, bracket(equal(found.index(beside), found.index())))
    complete = equal(found.counted(found.before(found.value(found.other))), among)
    return found.indices(every(complete, equal(once, 1)))


def _topk(shape: tuple[int, ...], k: int, *, ties: bool = False, **options: object) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        x = torch.randint(4, shape).float() if ties else torch.randn(shape)
        return torch.topk, (x, k), options

    return Example(f"topk {shape}, {k}, ties: {ties}, {options}", run)


examples(
    _topk((5,), 2),
    _topk((2, 6), 3),
    _topk((2, 6), 1, dim=0),
    _topk((2, 6, 3), 2, dim=1, largest=False),
    _topk((2, 6), 6),
    _topk((2, 6), 0),
    _topk((2, 30), 9, ties=True),
    _topk((2, 30), 9, ties=True, largest=False),
    _topk((2, 30), 9, sorted=False),
    _topk((2, 30), 9, ties=True, sorted=False),
    _topk((2, 30), 9, ties=True, sorted=False, largest=False),
    _topk((), 1),
    Example("whole numbers", lambda: (torch.Tensor.topk, (torch.randint(9, (3, 8)), 4), {})),
    Example("float16", lambda: (torch.topk, (torch.randn(3, 8).half(), 4), {})),
)

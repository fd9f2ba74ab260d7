"""y = x, but y[…] = v: a value is written into part of a tensor."""

from __future__ import annotations

from generator.formula.tree import Num
from generator.layers.addresses import POINTS
from generator.layers.addressing import addresses
from generator.layers.axes import names
from generator.layers.dtypes import refuse_unreal
from generator.layers.overwriting import Overwriting
from generator.layers.registry import Call, Formula, Note, explains
from generator.layers.subscripts import drawn
from generator.layers.whole_numbers import wrapped
from generator.layers.written import TWICE

_GONE = Note(
    "The input is gone afterwards",
    "The value is written over part of the input; this page shows the input as it was before, and "
    "the output is the same tensor afterwards.",
)


@explains(
    "torch.Tensor.__setitem__",
    arguments="input, index, value",
    title="Indexed assignment",
    search=("x[...] = v", "in-place", "masked assignment", "write at indices"),
    draw=drawn,
)
def setitem(call: Call) -> Formula:
    """The input with a value at what stands in the brackets."""
    refuse_unreal(call)
    writing = Overwriting(call, addresses(call, "index", None), "value", adds=False)
    return written(writing, (_GONE,))


def written(writing: Overwriting, notes: tuple[Note, ...] = ()) -> Formula:
    """The explanation of a call that changes a tensor at some addresses."""
    found = writing.found
    axes = {"input": names(found.axes), "output": names(found.axes), **found.named}
    if writing.v is not None:
        axes[writing.option] = writing.names
    pointing = found.kinds & {"tensor", "list"}
    twice = pointing and not writing.adds and not writing.same
    return Formula(
        summary=_summary(writing),
        forward=writing.forward(),
        gradients=writing.gradients(),
        settings=writing.settings,
        axes=axes,
        notes=(
            *notes,
            *((TWICE,) if twice else ()),
            *(wrapped(writing.call, Num(0)).notes if writing.adds else ()),
        ),
        indices=POINTS,
        conventions=frozenset({writing.option} if twice else ()),
    )


def _summary(writing: Overwriting) -> str:
    """What is done where."""
    words = [w for w in writing.found.words if not w.startswith("a new axis")]
    *first, last = words or ["every index"]
    listed = f"{', '.join(first)} and {last}" if first else last
    value = "A tensor" if writing.v is not None else str(writing.settings["v"])
    if writing.adds:
        return f"{value} is added to the input at {listed}; all else stays."
    return f"{value} is written into the input at {listed}; all else stays."

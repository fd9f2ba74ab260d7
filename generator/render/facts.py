"""What a template asks of records, whichever page it stands on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from generator.explanation import (
    GradientSum,
    Grid,
    ModelPages,
    OperandFact,
    OutputFact,
    Ranked,
    ReceptiveField,
    Section,
    Status,
    StepPage,
    Symbol,
    Verdict,
    Worked,
)
from generator.render import words
from generator.render.escape import code, math, text

FULL_CALLS = 3
"""Calls of one layer that its page works out."""
FULL_CALLS_WITH_STAGES = 2
"""The same where each takes many intermediate quantities, as that of a recurrent cell."""
MOST_OUTPUTS = 8
"""Outputs of one step that its list of facts has."""
_POSITIONS = {"row", "column", "position"}
"""Axes of a table whose labels are positions in a tensor and not indices of a formula."""
_FUNCTION = re.compile(r"\\operatorname\*?\{(\w+)\}")


def badge(status: Status, shown: str = "") -> Markup:
    """A verdict as a small label; its word is there for those who see no colour."""
    return Markup('<span class="lb-verdict {}">{}</span>').format(status, shown or status)


def counts(found: Iterable[tuple[Status, int]]) -> Markup:
    """A label for each verdict, with how many values have it."""
    labels = [badge(status, f"{words.count(n)} {status}") for status, n in found]
    return Markup(" ").join(labels)


def receptive(field: ReceptiveField) -> Markup:
    """How much of an input one element of the output depends on, and how that moves."""
    part = code(words.shape([axis.length for axis in field.axes]))
    whole = code(words.shape([axis.extent for axis in field.axes]))
    if part == whole:
        return Markup("may depend on all of the model's input {} {}").format(
            text(field.input), whole
        )
    moves = [axis.step for axis in field.axes if axis.step and axis.length < axis.extent]
    same = len(set(moves)) == 1
    steps = f"{moves[0]:g}" if same else ", ".join(f"{step:g}" for step in moves)
    moved = f"; it moves by {steps} from one element to the next" if moves else ""
    return Markup("depends on at most {} of the model's input {} {}{}").format(
        part, text(field.input), whole, moved
    )


def shape(lengths: Sequence[int], axes: Sequence[str] = ()) -> Markup:
    """A shape with the names of its axes."""
    shown = code(words.shape(lengths))
    if not lengths:
        return shown + " a single number"
    if len(axes) != len(lengths):
        return shown
    return Markup("{} {}").format(shown, text(words.axes(axes)))


def symbol_value(symbol: Symbol) -> Markup:
    """What a symbol stands for here: a shape or a formula where it is written as one."""
    value = symbol.value
    if re.fullmatch(r"\[[\d, ]*\]", value):
        return code(value)
    if value.startswith(r"\("):
        formula, _, said = value[2:].partition(r"\)")
        return math(formula) + text(said)
    return text(value)


def inputs(step: StepPage) -> tuple[OperandFact, ...]:
    """What comes in from other steps or from the model's inputs."""
    return tuple(o for o in step.operands if o.role == "input")


def outputs(step: StepPage) -> tuple[OutputFact, ...]:
    """What comes out, each with its shape; a complex number is a pair where a formula says so."""
    if step.outputs:
        return step.outputs[:MOST_OUTPUTS]
    shape = step.output_shape if step.forward is None else step.forward.shape
    return (OutputFact("output", shape, step.output_axes, "", ()),)


def belongs(step: StepPage, gradient: Section) -> str:
    """The parameter that a function's gradient is the gradient of; '' for any other."""
    names = gradient.of.removeprefix("grad ").split(", ")
    own = (o for o in parameters(step) if step.kind != "module")
    return next((o.origin for o in own if (o.name if o.name != "input" else "x") in names), "")


def called(step: StepPage, of: str) -> str:
    """What a verdict of the step is about: `the output`, `the gradient of the addend`."""
    known = dict(step.called)
    return known[of] if of in known else words.quantity(of, explained=step.refused is None)


def windowed(worked: Worked) -> bool:
    """Whether what it reads is a window, at positions of the tensor that no index counts."""
    return any({shown.row_axis, shown.column_axis} & _POSITIONS for shown in worked.grids)


def parameters(step: StepPage) -> tuple[OperandFact, ...]:
    """The step's own parameters."""
    return tuple(o for o in step.operands if o.role == "parameter")


def others(step: StepPage) -> tuple[OperandFact, ...]:
    """Statistics, drawn numbers and whatever else the formula reads."""
    return tuple(o for o in step.operands if o.role not in {"input", "parameter"})


def full_calls(calls: Sequence[StepPage]) -> int:
    """How many calls of one layer its page works out; those behind are lines of a table."""
    stages = any(call.forward is not None and call.forward.stages for call in calls)
    return FULL_CALLS_WITH_STAGES if stages else FULL_CALLS


def mismatches(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """The quantities where calculated and actual value do not agree."""
    return tuple(v for v in verdicts if v.status == "mismatch")


def tally(verdicts: Iterable[Verdict]) -> tuple[tuple[Status, int], ...]:
    """How many values have each verdict."""
    return tuple(Counter(v.status for v in verdicts).items())


def sections(step: StepPage) -> tuple[Section, ...]:
    """The step's quantities that have a section, in the order of the page."""
    forward = (step.forward,) if step.forward is not None else ()
    before = (found.section for found in upstream_sums(step))
    behind = (found.section for found in operand_sums(step))
    return (*forward, *step.others, *before, *step.gradients, *behind)


def upstream_sums(step: StepPage) -> tuple[GradientSum, ...]:
    """Where several steps read an output, its gradient as a sum."""
    return tuple(s for s in step.sums if s.upstream)


def operand_sums(step: StepPage) -> tuple[GradientSum, ...]:
    """Where several steps read what this one reads first, its gradient as a sum."""
    return tuple(s for s in step.sums if not s.upstream)


def disagrees(worked: Worked) -> bool:
    """Whether this very element is beyond its budget."""
    return not words.agrees(worked)


def explained(step: StepPage) -> frozenset[str]:
    """The quantities that have a section."""
    return frozenset(section.of for section in sections(step))


def options(step: StepPage) -> tuple[tuple[str, str], ...]:
    """The configuration without what was not set."""
    return tuple((name, value) for name, value in step.configuration if value != "None")


def zeros(shown: Grid) -> bool:
    """Whether a table has both zeros of padding and zeros of the tensor."""
    cells = [cell for plane in shown.planes for row in plane.cells for cell in row]
    return {cell.padded for cell in cells if cell.value == 0} == {True, False}


def place(worked: Worked) -> str:
    """Where in the tensor the maximum stands, `row 3, column 3`; '' where no table says so."""
    for shown in worked.grids:
        if len(shown.planes) != 1 or not {shown.row_axis, shown.column_axis} & _POSITIONS:
            continue
        for row, cells in zip(shown.planes[0].rows, shown.planes[0].cells, strict=True):
            for column, cell in zip(shown.planes[0].columns, cells, strict=True):
                if cell.hit:
                    down = [f"{shown.row_axis} {row}"] if shown.row_axis else []
                    return ", ".join([*down, f"{shown.column_axis} {column}"])
    return ""


def sought(step: StepPage) -> str:
    """Words by which a reader looks for a step that its searched text does not have.

    The names of its options, tables, operands and intermediate quantities, and the functions in
    its formulas: words alone, since numbers are not searched.
    """
    quantities = [s for s in (step.forward, *step.others, *step.gradients) if s is not None]
    found = [name for name, _ in options(step)]
    found += [o.name for o in others(step)]
    # those of the gradients are the same, or the upstream gradient, which every page has
    worked = step.forward.worked if step.forward else ()
    found += [shown.title for one in worked for shown in one.grids]
    for section in quantities:
        found += [stage.meaning for stage in section.stages]
        formulas = [section.general, *(stage.general for stage in section.stages)]
        found += [name for f in formulas for name in _FUNCTION.findall(f)]
    spelt = (one for word in found for one in (word, word.replace("_", " ")))
    return ", ".join(dict.fromkeys(word.lower() for word in spelt))


def alike(one: Ranked) -> str:
    """How many others a line of a ranking is for: ` and 11 more like it`."""
    return f" and {words.count(one.times - 1)} more like it" if one.times > 1 else ""


def run_mode(model: ModelPages) -> str:
    """What the mode of the run means for the gradients of its layers, as a sentence."""
    types = {step.type.rpartition(".")[2] for step in model.steps if step.mode}
    trained = model.mode == "training"
    said = []
    if any("BatchNorm" in name for name in types):
        statistics = "the statistics of this batch" if trained else "the running statistics"
        said.append(f"batch normalisation uses {statistics}")
    if any("Dropout" in name for name in types):
        said.append("dropout draws a mask" if trained else "dropout lets everything through")
    if not said:
        return ""
    return f"Output and gradients were both computed in {model.mode} mode: {words.series(said)}."

"""The page of a step that is not explained: shapes, statistics, its place, and the reason."""

from __future__ import annotations

from generator.capture.records import Step, values
from generator.explain.context import Context, type_title
from generator.explain.facts import configuration, fact, inputs, report_name, step_page
from generator.explain.pictures import picture, statistics
from generator.explanation import Status, StepPage, Verdict
from generator.layers.registry import lookup

GIVEN = "it reads no tensor of the run, so that its output {}"
FILLED = "it takes only shape and type from the tensor, so that its output {}"
_FILLING = {
    *("zeros_like", "ones_like", "full_like", "empty_like", "rand_like", "randn_like"),
    *("randint_like", "new_zeros", "new_ones", "new_full", "new_empty", "zero_", "fill_"),
    *("normal_", "uniform_", "bernoulli_", "random_", "exponential_"),
}
"""Functions that read no number of the tensor that they are given."""
_CONSTANT = {
    *("zeros", "ones", "full", "arange", "range", "linspace", "logspace", "eye", "tensor"),
    *("as_tensor", "from_numpy", "tril_indices", "triu_indices", "zeros_like", "ones_like"),
    *("full_like", "new_zeros", "new_ones", "new_full", "zero_", "fill_"),
}


def unexplained(step: Step, context: Context, reason: str) -> StepPage:
    """The step's page, every value of it `unexplained` for the reason.

    A function that reads no number of a tensor, such as `torch.zeros` or `torch.zeros_like`, has
    nothing to explain: its output is `given`.
    """
    rule = lookup(step.type)
    outputs = list(values(step.outputs))
    given = inputs(step)
    status: Status = "unexplained"
    if not given and not step.parameters and step.kind != "module":
        status, reason = "given", GIVEN.format(_what(step.type))
    elif step.type.rpartition(".")[2] in _FILLING and len(given) == 1:
        status, reason = "given", FILLED.format(_what(step.type))
    counts = {"output": sum(v.data.numel() for v in outputs)}
    for operand in given:
        if operand.value.requires_grad:
            name = "input" if len(given) == 1 else operand.value.name
            counts[f"grad {report_name(name)}"] = operand.value.data.numel()
    tensors = [
        *((f"input {o.value.name}", o.value.data) for o in given),
        *((f"output {k}" if len(outputs) > 1 else "output", v.data) for k, v in enumerate(outputs)),
    ]
    return step_page(
        step,
        context,
        search=() if rule is None else rule.search,
        title=type_title(step.type),
        refused=reason,
        summary="",
        operands=tuple(fact(o, o.value.name, "", "input", (), context) for o in given),
        output_axes=(),
        output_symbol="y",
        multiply_adds=0,
        configuration=configuration(step.attributes),
        symbols=(),
        sizes=(),
        forward=None,
        gradients=(),
        notes=(),
        pictures=tuple(
            p for name, t in tensors if (p := picture(name, t, ())) is not None and t.dim() > 1
        ),
        statistics=tuple(statistics(name, tensor) for name, tensor in tensors),
        verdicts=tuple(
            Verdict(of, status, 0, count, None, None, None, reason) for of, count in counts.items()
        ),
    )


def _what(name: str) -> str:
    """What such a function's output is."""
    last = name.rpartition(".")[2]
    if last in _CONSTANT:
        return "is a constant"
    if last.startswith("rand"):
        return "was drawn at random"
    return "is a constant or was drawn at random"

"""Runs a model of the zoo plainly and recorded, and says what does not hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from generator.capture import Recording, record
from generator.capture.records import Operand, Step, Value, operands, values
from generator.capture.trees import replaced, tensors
from generator.explain import explain_model
from generator.explanation import ModelPages, StepPage, Verdict
from generator.recognition import draws, is_step
from models import Case

CPU = torch.device("cpu")
SEED = 0


@dataclass(frozen=True)
class Built:
    """A model with the arguments of one run."""

    module: nn.Module
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    case: Case


def built(case: Case) -> Built:
    torch.manual_seed(1)
    return Built(case.make().train(case.training), case.args(), case.kwargs(), case)


def recorded(model: Built) -> Recording:
    return record(
        model.module,
        model.args,
        model.kwargs,
        loss=model.case.loss,
        is_step=is_step,
        draws=draws(),
        device=CPU,
        seed=SEED,
    )


def plain(model: Built) -> tuple[list[Tensor], dict[str, Tensor | None]]:
    """Outputs and parameters' gradients of an ordinary run; the model is left as it was."""
    state = {k: v.clone() for k, v in model.module.state_dict().items()}

    def leaf(tensor: Tensor) -> Tensor:
        floating = tensor.is_floating_point() or tensor.is_complex()
        return tensor.detach().clone().requires_grad_(floating).clone()

    args: Any = replaced(model.args, leaf)
    kwargs = {k: replaced(v, leaf) for k, v in model.kwargs.items()}
    with torch.random.fork_rng(), sdpa_kernel(SDPBackend.MATH):
        torch.manual_seed(SEED)
        output = model.module(*args, **kwargs)
        found = list(tensors(output))
        loss = _half_squared_sum(found) if model.case.loss is None else model.case.loss(output)
        named = {n: p for n, p in model.module.named_parameters() if p.requires_grad}
        wanted = list(named.values())
        grads = torch.autograd.grad(loss, wanted, allow_unused=True) if wanted else ()
    model.module.load_state_dict(state)
    return [t.detach() for t in found], dict(zip(named, grads, strict=True))


def _half_squared_sum(outputs: list[Tensor]) -> Tensor:
    floating = [y for y in outputs if y.is_floating_point()]
    wide = [y if y.dtype in {torch.float32, torch.float64} else y.float() for y in floating]
    halves = [0.5 * (y * y).sum() for y in wide]
    return sum(halves[1:], start=halves[0])


def explained(recording: Recording) -> ModelPages:
    return explain_model(
        recording, name="zoo", title="Zoo", summary="", source="zoo.py", elements={}, decimals=6
    )


def gaps(recording: Recording) -> list[str]:
    """Operands that are no input, parameter, buffer, attribute or output of another step."""
    made: dict[int, Step] = {}
    missing = []
    for step in recording.steps:
        for operand in _operands(step):
            value = operand.value
            if value.origin == "constant" and value.name.startswith("constant_"):
                missing.append(f"{step.name} reads {value.name}")
            if value.origin == "step" and value.id not in made:
                missing.append(f"{step.name} reads an output of {value.name} before it is there")
        made.update({value.id: step for value in values(step.outputs)})
        # a tensor that was changed in place is the writing step's from then on
        made.update({v.id: step for v in _rewritten(recording, step)})
    return missing


def _operands(step: Step) -> Iterator[Operand]:
    yield from operands(step.args)
    yield from operands(step.kwargs)
    yield from step.parameters.values()
    yield from step.buffers.values()


def _rewritten(recording: Recording, step: Step) -> Iterator[Value]:
    for later in recording.steps[step.index + 1 :]:
        for operand in _operands(later):
            if operand.value.step == step.index:
                yield operand.value


def judged(pages: ModelPages) -> Counter[str]:
    return Counter(v.status for s in pages.steps for v in s.verdicts)


def of_status(pages: ModelPages, status: str) -> list[tuple[StepPage, Verdict]]:
    return [(s, v) for s in pages.steps for v in s.verdicts if v.status == status]

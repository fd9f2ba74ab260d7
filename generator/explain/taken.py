"""What a loss, or the softmax that made them, says of scores: their classes, and the targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from generator.capture.records import Step, Value, operands
from generator.explain.bound import BoundStep, bound
from generator.explain.context import Context
from generator.explanation import Link
from generator.layers.registry import Refused

_CROSS_ENTROPY = {"torch.nn.CrossEntropyLoss", "torch.nn.functional.cross_entropy"}
_LIKELIHOOD = {"torch.nn.NLLLoss", "torch.nn.functional.nll_loss"}
_SOFTMAX = {
    "torch.nn.Softmax",
    "torch.nn.functional.softmax",
    "torch.softmax",
    "torch.Tensor.softmax",
    "torch.special.softmax",
}
_LOG_SOFTMAX = {name.replace("softmax", "log_softmax") for name in _SOFTMAX} | {
    "torch.nn.LogSoftmax"
}
_LONGEST_WAY = 12
"""Steps between an output and the loss that is sought behind it, such as a slice and a flatten."""


@dataclass(frozen=True, eq=False)
class Taken:
    """Scores as a step takes or makes them."""

    axis: int
    """Of the output: along which its classes lie."""
    takes: Literal["logits", "log-probabilities", "probabilities"]
    known: Link
    normal: bool
    """Whether the numbers are known to be logarithms of probabilities, or probabilities."""
    rows: Tensor | None = None
    """Scores for each target that the loss counts, `(targets, classes)`."""
    targets: Tensor | None = None

    def probabilities(self, row: Tensor) -> Tensor | None:
        """Those of the classes of one row in float64; None where they are not known."""
        if self.takes == "logits":
            return row.softmax(0)
        if not self.normal:
            return None
        return row if self.takes == "probabilities" else row.exp()

    def target(self, row: Tensor) -> int | None:
        """The target of these very scores; None where the loss has none for them, or several."""
        if self.rows is None or self.targets is None:
            return None
        own = row.to(self.rows.dtype).to(self.rows.device)
        likely = (self.rows[:, 0] == own[0]).nonzero().reshape(-1)
        same = likely[(self.rows[likely] == own).all(1)]
        found = set(self.targets[same].tolist())
        return found.pop() if len(found) == 1 else None

    def right(self) -> tuple[int, int]:
        """How many targets have the largest score, and how many there are."""
        if self.rows is None or self.targets is None:
            return 0, 0
        own = self.rows.gather(1, self.targets[:, None]).reshape(-1)
        return int((own >= self.rows.amax(1)).sum()), self.targets.numel()


def taken_by(value: Value, context: Context) -> Taken | None:
    """How a cross entropy or a negative log-likelihood takes the output."""
    for step in context.recording.steps:
        if step.type not in _CROSS_ENTROPY | _LIKELIHOOD:
            continue
        try:
            ready = bound(step, context.formulas)
        except Refused:
            continue
        scores = ready.operands["input"].value
        axis = _axis(value, scores) if _comes_from(scores, value, context) else None
        if axis is not None:
            return _taken(ready, axis, value, context)
    return None


def made_by_softmax(value: Value, context: Context) -> Taken | None:
    """The output as probabilities, or their logarithms, where a softmax made it."""
    if value.step is None:
        return None
    step = context.recording.steps[value.step]
    if step.type not in _SOFTMAX | _LOG_SOFTMAX:
        return None
    try:
        axis = bound(step, context.formulas).options.get("dim")
    except Refused:
        return None
    if not isinstance(axis, int):
        return None
    takes: Literal["log-probabilities", "probabilities"]
    takes = "probabilities" if step.type in _SOFTMAX else "log-probabilities"
    return Taken(axis % value.data.dim(), takes, context.step_link(step), normal=True)


def _taken(ready: BoundStep, axis: int, value: Value, context: Context) -> Taken:
    step = ready.step
    scores = ready.operands["input"].value.data.detach()
    target = ready.operands["target"].value.data
    rows = targets = None
    if not target.is_floating_point() and target.numel():  # others are shares of each class
        wide = scores.movedim(min(1, scores.dim() - 1), -1)
        counted = target.reshape(-1) != ready.options.get("ignore_index", -100)
        rows = wide.reshape(-1, wide.shape[-1])[counted]
        targets = target.reshape(-1)[counted].long()
        if not targets.numel():
            rows = targets = None
    made = None if value.step is None else context.recording.steps[value.step].type
    logits = step.type in _CROSS_ENTROPY
    return Taken(
        axis=axis,
        takes="logits" if logits else "log-probabilities",
        known=context.step_link(step),
        normal=made in _LOG_SOFTMAX,
        rows=rows,
        targets=targets,
    )


def _axis(value: Value, scores: Value) -> int | None:
    """Along which axis of the output the classes of the loss lie."""
    place = min(1, scores.data.dim() - 1)
    if scores.id == value.id:
        return place
    # reshaped on its way: the last axis, or the only one of that length
    classes = scores.shape[place]
    if value.shape and value.shape[-1] == classes:
        return len(value.shape) - 1
    found = [axis for axis, length in enumerate(value.shape) if length == classes]
    return found[0] if len(found) == 1 else None


def _comes_from(scores: Value, output: Value, context: Context) -> bool:
    """Whether the scores are the output, or parts of it in another order."""
    for _ in range(_LONGEST_WAY):
        if scores.id == output.id:
            return True
        if scores.step is None:
            return False
        read = _moved(context.recording.steps[scores.step])
        if read is None:
            return False
        scores = read
    return False


def _moved(step: Step) -> Value | None:
    """What a step reads that does no more than move it: to where the same numbers come out."""
    read = next((o.value for o in operands(step.args)), None)
    return read if step.type.rpartition(".")[2].lower() in _MOVES else None


_MOVES = {
    "__getitem__",
    "contiguous",
    "flatten",
    "float",
    "movedim",
    "narrow",
    "permute",
    "reshape",
    "select",
    "squeeze",
    "t",
    "to",
    "transpose",
    "unsqueeze",
    "view",
}

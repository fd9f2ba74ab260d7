"""What a page says of a batch normalisation in words."""

from __future__ import annotations

from generator.formula.text import plain_number
from generator.layers import moments
from generator.layers.batch_norm_setup import averaged
from generator.layers.registry import Call, Note


def summary(call: Call, epsilon: float, *, batch: bool) -> str:
    """What it does, in one sentence."""
    shape = call.shape()
    source = (
        f"the mean and the standard deviation of the {averaged(shape)} values of this batch"
        if batch
        else "the running mean and the running standard deviation"
    )
    return (
        f"Each of the {shape[1]} channels is normalised with {source} "
        f"({plain_number(epsilon)} is added to the variance){moments.affine_text(call, 'its')}."
    )


def notes(call: Call, *, batch: bool) -> tuple[Note, ...]:
    """What a reader may get wrong."""
    if not batch:
        return (
            Note(
                "Nothing of this batch is averaged",
                "In evaluation mode the statistics are the ones that training has left in the "
                "running mean and variance. They are constants: no gradient flows through them.",
            ),
        )
    found = [
        Note(
            "The variance is the biased one",
            "The squared deviations are divided by their number "
            rf"\(M = {averaged(call.shape())}\), not by \(M - 1\).",
        ),
        Note(
            "Every output depends on the whole batch",
            "Mean and variance are computed from the input, so the gradient flows through them "
            "too: it sums to zero over each channel.",
        ),
    ]
    if not call.options["training"]:
        found.append(
            Note(
                "No running statistics are kept",
                "So this batch's own mean and variance are used in evaluation mode as well.",
            )
        )
    elif "running_mean" in call.tensors and call.options.get("track_running_stats", True):
        found.append(_update(call))
    return tuple(found)


def _update(call: Call) -> Note:
    count = averaged(call.shape())
    momentum = call.options["momentum"]
    a = r"\tfrac{1}{t}" if momentum is None else f"{momentum:g}"
    end = r" Here \(t\) counts the batches so far, this one included." if momentum is None else ""
    return Note(
        "The running statistics change as a side effect",
        rf"\(\mu^\text{{run}} \leftarrow (1 - {a})\,\mu^\text{{run}} + {a}\,\mu\) and "
        rf"\(v^\text{{run}} \leftarrow (1 - {a})\,v^\text{{run}} + {a} \cdot "
        rf"\tfrac{{{count}}}{{{count - 1}}}\,\sigma^2\), with the unbiased variance. Here "
        r"\(\mu^\text{run}\) is the running mean and \(v^\text{run}\) the running variance."
        f"{end} "
        "Neither takes part in this output.",
    )

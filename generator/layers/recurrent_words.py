"""What the pages of recurrent layers say in words: their summary and notes."""

from __future__ import annotations

from generator.layers.recurrent import Stack
from generator.layers.registry import Note

SIGMA = Note(
    "The logistic function",
    r"\(\sigma(x) = 1 / (1 + e^{-x})\) lies between 0 and 1: a gate lets through that share.",
)
TWO_BIASES = Note(
    "Two biases",
    "torch keeps one bias beside the input's weights and one beside the state's.",
)
_TIME_FIRST = Note(
    "Time is the first axis",
    "The input lies as (time, batch, feature); with `batch_first=True` it would be (batch, time, "
    "feature). The final states have the layers first either way.",
)
_FROM_ZERO = Note(
    "Where a sequence begins",
    "No initial state was given. Before the first time step, and for the reverse direction behind "
    "the last one, the state that a formula reads is 0.",
)
_NO_DROPOUT = Note(
    "Dropout does nothing here", "Dropout stands between layers, and in training alone."
)
_TWO_WAYS = Note(
    "Two directions",
    "The reverse direction starts at the last time step, so its final state is the one at step 0, "
    "not what the output has at its last step.",
)
_PACKED = Note(
    "Packed sequences",
    "The samples are sorted by length and lie step by step, without padding: row "
    r"\(\beta_t + s\) of the data is step t of sample s. A sequence that has ended keeps its "
    "state.",
)


def notes(stack: Stack, dropout: float) -> tuple[Note, ...]:
    """Pitfalls of the call's layout."""
    sequences = stack.sequences
    applies = {
        TWO_BIASES: stack.bias,
        _FROM_ZERO: not stack.given,
        _PACKED: sequences.packed,
        _TIME_FIRST: sequences.batched and not (sequences.batch_first or sequences.packed),
        _TWO_WAYS: stack.directions == 2,
        _NO_DROPOUT: dropout > 0,
    }
    return tuple(note for note, holds in applies.items() if holds)


def summary(stack: Stack, kind: str, lengths: dict[str, int]) -> str:
    """What the layer does here: `An LSTM of 2 layers reads 5 time steps of 3 features …`."""
    depth = f" of {stack.layers} layers" if stack.layers > 1 else ""
    steps = "time step" if lengths["T"] == 1 else "time steps"
    features = "feature" if lengths["I"] == 1 else "features"
    units = "hidden unit" if lengths["H"] == 1 else "hidden units"
    ways = ", forwards and backwards," if stack.directions == 2 else ""
    return (
        f"{kind}{depth} reads {lengths['T']} {steps} of {lengths['I']} {features}{ways} and keeps "
        f"{lengths['H']} {units} from step to step."
    )

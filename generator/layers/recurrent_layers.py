"""From a call of nn.RNN, nn.LSTM or nn.GRU to its layers, and from these to the explanation."""

from __future__ import annotations

import math

from generator.formula.tree import Tensor
from generator.layers import recurrent_words
from generator.layers.dtypes import refuse_types, spelled
from generator.layers.recurrence import INDICES, STATES, D, H, P
from generator.layers.recurrent import Stack, Step
from generator.layers.recurrent_gradients import Gradients
from generator.layers.registry import Call, Formula, Note, Placed, Refused, Size
from generator.layers.sequences import Sequences

WEIGHT_AXES = {
    "weight_ih": ("row of the gates", "feature"),
    "weight_hh": ("row of the gates", "unit of the state before"),
    "bias_ih": ("row of the gates",),
    "bias_hh": ("row of the gates",),
    "weight_hr": ("output feature", "hidden unit"),
}


def explained(
    call: Call, step: Step, kind: str, *, added: int, notes: tuple[Note, ...] = ()
) -> Formula:
    """The explanation of a whole layer.

    `added` counts, for each hidden unit at a step, products that are added up beside the weights'.
    Refused for dropout that was drawn between layers.
    """
    refuse_types(call)
    dropout = float(str(call.options["dropout"]))
    if dropout > 0 and call.options["training"] and _number(call, "num_layers") > 1:
        message = (
            f"{spelled(call)}(dropout={dropout:g}) in training: what dropout left out between the "
            "layers is not kept, so the step is not explained"
        )
        raise Refused(message)
    stack = _stack(call, step)
    gradients = Gradients(stack, _reached(call, stack))
    settings = _settings(call, stack)
    sequences = stack.sequences
    units = P if stack.projected else H
    both = stack.directions == 2
    return Formula(
        summary=recurrent_words.summary(stack, kind, settings),
        forward=stack.forward(),
        others=stack.others(),
        gradients=gradients.equations(),
        settings={**settings, "bias": stack.bias},
        axes=_axes(stack),
        sizes=(Size("feature", "Q", 2 * units if both else units),),
        multiply_adds=_products(call, stack, added),
        notes=(*notes, *recurrent_words.notes(stack, dropout)),
        indices={**INDICES, **_states_words(sequences)},
    )


def _states_words(sequences: Sequences) -> dict[str, str]:
    return {"s": "sample, sorted by length"} if sequences.packed else {}


def _number(call: Call, option: str) -> int:
    return int(str(call.options.get(option, 0)))


def _stack(call: Call, step: Step) -> Stack:
    sequences = Sequences.of(call)
    projected = _number(call, "proj_size") > 0
    return Stack(
        sequences=sequences,
        step=step,
        layers=_number(call, "num_layers"),
        directions=2 if call.options["bidirectional"] else 1,
        bias=bool(call.options["bias"]),
        projected=projected,
        given={
            letter: Tensor(
                name,
                f"{letter}^{{0}}",
                (D, *sequences.batch, P if letter == "h" and projected else H),
                f"initial {STATES[letter]}",
                label=f"Initial {STATES[letter].title()}",
            )
            for letter, name in given_states(call, step).items()
        },
    )


def given_states(call: Call, step: Step) -> dict[str, str]:
    """Names of the initial states among the call's tensors, by letter; none where they are zero."""
    hx = call.options.get("hx")
    if "hx" in call.tensors:
        names = ["hx"]
    elif hx is None:
        return {}
    elif isinstance(hx, list | tuple) and all(isinstance(part, Placed) for part in hx):
        names = [part.name for part in hx if isinstance(part, Placed)]
    else:
        names = []
    if len(names) != len(step.states):
        message = f"{spelled(call)}: these initial states are not explained"
        raise Refused(message)
    return dict(zip(step.states, names, strict=True))


def _reached(call: Call, stack: Stack) -> dict[str, bool]:
    final = call.reached[len(stack.sequences.tensors) :]
    return dict(zip(("y", *stack.step.states), (call.reached[0], *final), strict=True))


def _settings(call: Call, stack: Stack) -> dict[str, int]:
    hidden = _number(call, "hidden_size")
    units = _number(call, "proj_size") or hidden
    return {
        **stack.sequences.settings(call),
        "H": hidden,
        "P": units,
        "Q": units * stack.directions,
        "D": stack.layers * stack.directions,
    }


def _axes(stack: Stack) -> dict[str, tuple[str, ...]]:
    sequences = stack.sequences
    packing = ("time step", "batch", "batch")
    names = (tensor.name for tensor in sequences.tensors[1:])
    return {
        **{name: (axis,) for name, axis in zip(names, packing, strict=False)},
        sequences.data: sequences.axes("feature"),
        "output": sequences.axes("feature"),
        **{tensor.name: stack.state_axes for tensor in stack.given.values()},
        **{
            weight.name: WEIGHT_AXES[kind]
            for run in stack.all_runs
            for kind, weight in run.weights.items()
        },
    }


def _products(call: Call, stack: Stack, added: int) -> int:
    """Products in all sums of all steps."""
    *lead, features = call.shape(stack.sequences.data)
    hidden, projection = _number(call, "hidden_size"), _number(call, "proj_size")
    units = projection or hidden
    found = 0
    for _ in range(stack.layers):
        rows = stack.step.gates * hidden
        each = rows * (features + units) + (added + projection) * hidden
        found += stack.directions * each
        features = units * stack.directions
    return math.prod(lead) * found

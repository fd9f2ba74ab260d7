"""What a page says of a multi-head attention beside its formulas."""

from __future__ import annotations

from collections.abc import Iterator

from generator.layers.attention_dropout import Dropped
from generator.layers.axes import names
from generator.layers.multi_head_setup import INPUTS, QUERY, ROW, Setup
from generator.layers.registry import Note


def named(setup: Setup) -> dict[str, tuple[str, ...]]:
    """Names of the axes of each operand and of the output."""
    found = {n: names(setup.input_axes(n)) for n in INPUTS}
    found["output"] = names(setup.placed(QUERY, ROW))
    if setup.given("attn_mask"):
        found["attn_mask"] = names(setup.mask_axes)
    if setup.given("key_padding_mask"):
        found["key_padding_mask"] = (*names(setup.batch), "key")
    own = {
        "in_proj_weight": ("projected feature", "input feature"),
        "in_proj_bias": ("projected feature",),
        "bias_k": ("axis 0", "axis 1", "feature"),
        "bias_v": ("axis 0", "axis 1", "feature"),
        "out_proj.bias": ("output feature",),
        "out_proj.weight": ("output feature", "feature of the heads"),
        **{f"{k}_proj_weight": ("projected feature", "input feature") for k in "qkv"},
    }
    return found | {setup.called(n): axes for n, axes in own.items() if setup.given(n)}


def multiply_adds(setup: Setup) -> int:
    """Products that are added up: the projections, the scores, the heads and the output."""
    numbers = {k: int(v) for k, v in setup.settings.items()}
    samples, e = numbers.get("N", 1), numbers["E"]
    queries, keys, source = (samples * numbers[k] for k in ("L", "T", "S"))
    projections = queries * e * e + source * e * (numbers["F_k"] + numbers["F_v"])
    return projections + 2 * queries * (keys // samples) * e + queries * e * e


def summary(setup: Setup, lost: Dropped | None) -> str:
    """What happens here, in a sentence."""
    numbers = setup.settings
    heads = f"Each of {setup.heads} heads" if setup.heads != 1 else "One head"
    many = f"each of the {numbers['L']} queries" if numbers["L"] != 1 else "the query"
    between = "" if lost is None else f"{lost.summary}, and "
    return (
        f"{heads} lets {many} take a mean of the values, weighted by how well it fits each of "
        f"the {numbers['T']} keys; {between}what the heads give is joined and projected."
    )


def notes(setup: Setup, lost: Dropped | None) -> Iterator[Note]:
    """Where a reader goes wrong."""
    if lost is not None:
        yield lost.note
    if lost is not None and setup.needs_weights:
        yield Note(
            "The returned weights are those after dropout",
            "What was dropped is 0 in them, and what was kept is larger than its softmax.",
        )
    if setup.batched and not setup.batch_first:
        yield Note(
            "The sequence comes first",
            "Without `batch_first` the axes are sequence, batch, features; the weights that are "
            "returned have the batch first all the same.",
        )
    masks = [n for n in ("attn_mask", "key_padding_mask") if setup.given(n)]
    if any(setup.call.tensors[n].integer for n in masks):
        yield Note(
            "True means that the key is left out",
            "`F.scaled_dot_product_attention` reads its masks the other way round.",
        )
    if masks and setup.needs_weights:
        yield Note(
            "A query with every key masked",
            "Its softmax is over nothing, and all that depends on it is NaN.",
        )
    if setup.causal:
        yield Note(
            "The mask was not read",
            "With `is_causal` and without weights to return, torch takes the causal mask itself "
            "and does not look at the one that was given.",
        )
    if setup.needs_weights and setup.averaged:
        yield Note(
            "The returned weights are a mean",
            "They are averaged over the heads; `average_attn_weights=False` gives those of each.",
        )

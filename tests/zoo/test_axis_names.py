"""An axis has one name along a run, from layers that say what it is; without one a number."""

from dataclasses import replace

import pytest
import torch
import zoo

import models
from generator.capture.records import values
from generator.explain.axis_names import axis_names
from generator.explain.bound import bound, output_names

architectures = pytest.importorskip("architectures")


class Slices(torch.nn.Module):
    """Scores of every position but the last, from the two states of an LSTM side by side."""

    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(4, 3, batch_first=True, bidirectional=True)
        self.scores = torch.nn.Linear(6, 5)

    def forward(self, x):
        y, (last, _) = self.lstm(x)
        both = torch.cat([last[0], last[1]], dim=-1)
        return self.scores(y + both[:, None])[0, :-1]


LOSS = torch.nn.functional.cross_entropy
SLICES = models.Case(
    Slices,
    args=lambda: (torch.randn(2, 4, 4),),
    loss=lambda y: LOSS(y, torch.tensor([1, 2, 3])),
)
CASES = {**models.CASES, **architectures.SMALL}
PARTS = {
    "query": "position",
    "key": "position",
    "value feature": "feature",
    "new axis": "",
}
"""What an axis is called for its part in one step, with its name elsewhere, if it has one."""
IMAGES = ("UNet", "ResNet-50", "ViT")
TEXTS = ("BERT", "GPT-2", "T5")


@pytest.fixture(scope="module", params=(*IMAGES, *TEXTS))
def run(request):
    recording = zoo.recorded(zoo.built(CASES[request.param]))
    return request.param, recording, axis_names(recording, {})


def test_steps_that_share_a_tensor_agree(run):
    _, recording, names = run
    made = {}
    compared = 0
    for step in recording.steps:
        if step.index not in names:
            continue
        ready = bound(step)
        for name, operand in ready.operands.items():
            before, after = made.get(operand.value.id), names[step.index].get(name, ())
            if before is not None and len(before) == len(after):
                compared += 1
                assert [*map(name_of, before)] == [*map(name_of, after)], (step.name, name)
        for name, output in zip(output_names(len(ready.outputs)), ready.outputs, strict=True):
            made[output.id] = names[step.index].get(name, ())
    assert compared > 20


def name_of(axis):
    """What other steps call an axis; '' where it has a number."""
    return "" if axis.startswith(("axis ", "place ")) else PARTS.get(axis, axis)


def test_names_have_as_many_axes_as_tensors(run):
    _, recording, names = run
    for step in recording.steps:
        first = next(values(step.outputs))
        if step.index in names:
            assert len(names[step.index]["output"]) == first.data.dim(), step.name


def test_only_images_have_rows_and_columns(run):
    name, _, names = run
    found = {axis for of in names.values() for axes in of.values() for axis in axes}
    assert ("height" in found) == (name in IMAGES)
    assert ("channel" in found) == (name in IMAGES)


def test_attention_says_what_the_axes_are_of_all_that_leads_to_it():
    recording = zoo.recorded(zoo.built(CASES["ViT"]))
    names = axis_names(recording, {})
    called = {step.name: names[step.index] for step in recording.steps}
    assert called["vit.embeddings.patch_embeddings.flatten"]["output"] == (
        "batch",
        "channel",
        "height·width",
    )
    assert called["vit.layers.0.attention.view_1"] == {
        "input": ("batch", "position", "feature"),
        "output": ("batch", "position", "head", "feature"),
    }
    assert called["vit.layers.0.attention.reshape_2"]["output"] == (
        "batch",
        "position",
        "feature",
    )


def named(case):
    recording = zoo.recorded(zoo.built(case))
    names = axis_names(recording, {})
    return {step.name: names[step.index] for step in recording.steps if step.index in names}


def attending():
    """GPT-2 with torch's function for attention, which says what the axes are."""
    model = CASES["GPT-2"].make()
    model.set_attn_implementation("sdpa")
    return model


@pytest.mark.parametrize("samples", [1, 2])
def test_a_batch_that_was_merged_with_positions_is_one_again(samples):
    tokens = torch.arange(6).repeat(samples, 1)
    case = replace(CASES["GPT-2"], make=attending, kwargs=lambda: {"input_ids": tokens})
    called = named(case)
    merged = "position" if samples == 1 else "batch·position"
    stream = ("batch", "position", "feature")
    for part in ("attn.c_attn", "mlp.c_fc", "mlp.c_proj"):
        assert called[f"transformer.h.0.{part}.view_1"]["input"] == stream
        assert called[f"transformer.h.0.{part}.addmm"]["mat1"] == (merged, "feature")
        assert called[f"transformer.h.0.{part}.addmm"]["output"] == (merged, "feature")
        assert called[f"transformer.h.0.{part}.view_2"]["output"] == stream
    assert called["transformer.wte"]["output"] == called["lm_head"]["input"] == stream


def test_operands_that_are_read_at_one_index_have_one_name():
    called = named(SLICES)
    assert called["loss"]["target"] == called["loss"]["input"][:1]
    assert called["loss"]["input"] == called["scores"]["output"][1:] == ("time step", "class")
    assert called["scores"]["weight"] == ("class", "input feature")
    assert called["getitem_1"]["input"] == ("layer and direction", "batch", "feature")
    assert called["lstm"]["output_2"] == ("layer and direction", "batch", "feature")


def test_letters_follow_the_names():
    recording = zoo.recorded(zoo.built(CASES["ViT"]))
    names = axis_names(recording, {})
    usual = {"batch": "n", "position": "t", "head": "h", "feature": "k", "channel": "c"}
    seen = set()
    for step in recording.steps:
        ready = bound(step)
        if step.index not in names or not ready.rule.file.startswith(("permute", "to", "add")):
            continue
        formula = replace(ready, names=names[step.index]).formula
        indices = [variable.name for variable in formula.forward.indices]
        axes = formula.axes["output"]
        assert indices == [usual.get(a, i) for a, i in zip(axes, indices, strict=True)], step.name
        seen.add(axes)
    assert {("batch", "head", "position", "feature"), ("batch", "position", "feature")} <= seen


def test_letters_that_change_places_leave_the_values_as_they_are():
    class Turned(torch.nn.Module):
        def forward(self, x):
            a = torch.nn.functional.scaled_dot_product_attention(x, x, x)
            return a.transpose(1, 2).reshape(2, 3, 8)

    case = models.Case(Turned, args=lambda: (torch.randn(2, 2, 3, 4),), loss=lambda y: y.sum())
    judged = zoo.judged(zoo.explained(zoo.recorded(zoo.built(case))))
    assert set(judged) == {"verified"}
    assert judged["verified"] > 6


def test_a_running_sum_keeps_the_axes():
    case = models.Case(
        lambda: torch.nn.Sequential(torch.nn.Linear(4, 3), Running()), loss=lambda y: y.sum()
    )
    assert named(case)["1.cumsum"]["output"] == ("axis 0", "feature")


class Running(torch.nn.Module):
    """Sums up to each feature."""

    def forward(self, x):
        return x.cumsum(-1)

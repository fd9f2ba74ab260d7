"""An axis has one name along a run, from layers that say what it is; without one a number."""

import pytest
import zoo

import models
from generator.capture.records import values
from generator.explain.axis_names import axis_names
from generator.explain.bound import bound, output_names

architectures = pytest.importorskip("architectures")

CASES = {**models.CASES, **architectures.SMALL}
PARTS = {
    "query": "position",
    "key": "position",
    "value feature": "feature",
    **dict.fromkeys(("row", "column", "inner", "new axis"), ""),
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

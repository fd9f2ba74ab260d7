"""TinyCNN gives the figures of the document that it was reconstructed from."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from generator.discover import discover, load

MODELS = Path(__file__).parents[2] / "models"

PRINTED = {
    "conv1": "0.580000",
    "pool1": "1.864286",
    "conv2": "0.820055",
    "pool2": "0.547938",
    "conv3": "-0.526049",
    "conv_out": "-0.044280",
}


@pytest.fixture(scope="module")
def spec():
    (found,) = (spec for spec in discover(MODELS) if spec.name == "tinycnn")
    return found


@pytest.fixture(scope="module")
def outputs(spec):
    """Run once, and keep the output of every layer."""
    loaded = load(spec)
    kept = {}
    for name, layer in loaded.module.named_children():
        layer.register_forward_hook(lambda _, __, y, name=name: kept.__setitem__(name, y.clone()))
    loaded.module(*loaded.args)
    return kept


@pytest.mark.parametrize(("layer", "printed"), PRINTED.items())
def test_every_printed_digit(spec, outputs, layer, printed):
    value = outputs[layer][spec.elements[layer]]
    assert value.dtype == torch.float32
    assert f"{value.item():.6f}" == printed


def test_the_printed_elements_are_the_ones_worked_out(spec):
    assert spec.elements == {
        **dict.fromkeys(("conv1", "pool1", "conv2", "pool2", "conv3"), (0, 0, 1, 1)),
        "conv_out": (0, 0, 0, 0),
    }


def test_the_published_weights_are_stored_to_the_last_bit():
    tensors = load_file(MODELS / "weights" / "tinycnn.safetensors")
    published = torch.tensor([[0.3, -0.5, 0.2], [0.7, 0.4, -0.1], [-0.3, 0.8, 0.5]])
    assert torch.equal(tensors["conv1.weight"][0, 0], published)
    assert tensors["conv1.bias"][0] == torch.tensor(0.1)
    assert tensors["input"].shape == (1, 1, 8, 8)
    assert tensors["input"][0, 0, 0, 1] == torch.tensor(-0.028571429)


def test_a_relu_stands_between_conv3_and_conv_out(spec, outputs):
    """Without it, the reference's chain from conv3 to conv_out cannot be followed."""
    layer = load(spec).module.conv_out
    assert (outputs["conv3"] < 0).any()
    assert torch.equal(layer(outputs["conv3"].relu()), outputs["conv_out"])
    assert not torch.allclose(layer(outputs["conv3"]), outputs["conv_out"], atol=1e-3)


def test_it_is_documented_in_evaluation_mode_with_the_default_loss(spec):
    loaded = load(spec)
    assert not loaded.module.training
    assert loaded.loss is None

"""The digit classifier is as good as its page says, on digits that it never saw."""

import importlib.util
import math
from fractions import Fraction
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from generator.discover import discover, load

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def spec():
    (found,) = (spec for spec in discover(ROOT / "models") if spec.name == "digits")
    return found


@pytest.fixture(scope="module")
def digits(spec):
    return load(spec)


@pytest.fixture(scope="module")
def stated():
    """Return the accuracy that the training script measured and stored with the weights."""
    with safe_open(ROOT / "models" / "weights" / "digits.safetensors", "pt") as file:
        return file.metadata()["accuracy"]


@pytest.fixture(scope="module")
def held_out():
    pytest.importorskip("sklearn")
    found = importlib.util.spec_from_file_location(
        "train_digits", ROOT / "scripts" / "train_digits.py"
    )
    script = importlib.util.module_from_spec(found)
    found.loader.exec_module(script)
    return script.split()


def test_the_stated_accuracy_is_that_on_the_held_out_fifth(digits, stated, held_out):
    _, known, pictures, labels = held_out
    assert len(labels) == math.ceil((len(known) + len(labels)) / 5)
    with torch.no_grad():
        correct = int((digits.module(pictures).argmax(1) == labels).sum())
    assert stated == f"{correct}/{len(labels)}"
    assert Fraction(stated) >= Fraction(97, 100)


def test_the_page_states_the_measured_accuracy(spec, stated):
    correct, total = stated.split("/")
    assert f"reads {correct} of {total} held-out digits correctly" in spec.summary
    assert f"({float(Fraction(stated)):.2%})".replace("%", " %") in spec.summary


def test_the_input_is_a_held_out_digit_with_its_label(digits, held_out):
    seen, _, pictures, labels = held_out
    (picture,) = digits.args
    same = (pictures == picture).flatten(1).all(1).nonzero().flatten()
    assert len(same) == 1
    assert not (seen == picture).flatten(1).all(1).any()
    scores = torch.full((1, 10), -1000.0)
    scores[0, labels[same]] = 0.0
    assert digits.loss(scores) == 0.0


def test_the_digit_is_read_rightly_and_leaves_something_to_learn(digits):
    loss = digits.loss(digits.module(*digits.args))
    assert math.log(1 / 0.9) < float(loss.detach()) < math.log(2)


def test_it_is_documented_in_evaluation_mode(digits):
    assert not any(module.training for module in digits.module.modules())

"""What YAML may say of an input, and what is said of what it cannot mean."""

import json
import re
from pathlib import Path

import pytest
import yaml

from generator.build import build_models
from generator.discover import discover
from generator.settings import ModelError, read_settings
from generator.shown import OUTPUT_KINDS, Shown, ShownError, shown


def test_a_kind_alone_and_with_options():
    assert shown("image") == Shown("image")
    assert shown({"as": "image", "range": [0, 1]}) == Shown("image", range=(0.0, 1.0))
    assert shown({"as": "audio", "rate": 16000}) == Shown("audio", rate=16000.0)
    assert shown({"as": "tokens", "vocabulary": ["a", "b"]}).vocabulary == {0: "a", 1: "b"}
    assert shown({"as": "tokens", "vocabulary": {"a": 7}}).vocabulary == {7: "a"}
    assert shown({"as": "tokens", "vocabulary": {7: "a"}}).vocabulary == {7: "a"}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("imge", "did you mean 'image'?"),
        (3, "expected image, audio or tokens, or a mapping with `as`"),
        ({"range": [0, 1]}, "a mapping with `as`"),
        ({"as": "audio", "rat": 3}, "unknown key 'rat' of audio, did you mean 'rate'?"),
        ({"as": "audio", "rate": 0}, "rate is 0, expected samples a second"),
        ({"as": "audio", "rate": True}, "rate is True"),
        ({"as": "image", "range": [1, 0]}, "range is [1, 0], expected two numbers"),
        ({"as": "image", "range": [0, 1, 2]}, "expected two numbers"),
        ({"as": "image", "mean": [0.5]}, "mean and std belong together"),
        ({"as": "tokens", "vocabulary": 3}, "vocabulary is 3, expected a file of tokens"),
        ({"as": "tokens", "vocabulary": ["a", True]}, "entry 1 is True, expected text"),
        ({"as": "tokens", "vocabulary": {"a": "b"}}, "expected a file of tokens"),
    ],
)
def test_what_it_cannot_mean_is_an_error_that_says_what_was_expected(value, message):
    with pytest.raises(ShownError) as raised:
        shown(value)
    assert message in str(raised.value)


@pytest.mark.parametrize("name", ["vocab.txt", "tokens.json", "map.json"])
def test_a_vocabulary_is_read_from_a_file_beside_the_model(tmp_path, name):
    (tmp_path / "vocab.txt").write_text("<pad>\nthe\n", encoding="utf-8")
    (tmp_path / "tokens.json").write_text(json.dumps(["<pad>", "the"]))
    (tmp_path / "map.json").write_text(json.dumps({"the": 1, "<pad>": 0}))
    found = shown({"as": "tokens", "vocabulary": name}).loaded(tmp_path)
    assert found.vocabulary == {0: "<pad>", 1: "the"}


def test_a_vocabulary_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "number.json").write_text("3")
    (tmp_path / "null.json").write_text('["a", null]')
    for name in ("missing.txt", "broken.json", "number.json", "null.json"):
        with pytest.raises(ShownError) as raised:
            shown({"as": "tokens", "vocabulary": name}).loaded(tmp_path)
        assert name in str(raised.value)
        assert str(tmp_path) not in str(raised.value)


def test_settings_say_which_input_is_wrong(tmp_path):
    path = tmp_path / "net.yml"
    path.write_text("inputs: {x: imge}")
    with pytest.raises(ModelError, match=r"net\.yml: inputs: x: 'imge', did you mean 'image'"):
        read_settings(path)
    path.write_text("inputs: image")
    with pytest.raises(ModelError, match="expected a mapping of inputs"):
        read_settings(path)
    path.write_text("inputs: {x: {as: image, range: [0, 1]}}")
    assert read_settings(path)["inputs"] == {"x": Shown("image", range=(0.0, 1.0))}


def test_an_output_may_be_classes_whose_labels_are_listed_or_in_a_file(tmp_path):
    named = {0: "cat", 1: "dog"}
    given = {"as": "classes", "labels": ["cat", "dog"]}
    assert shown(given, OUTPUT_KINDS) == Shown("classes", vocabulary=named)
    (tmp_path / "labels.txt").write_text("cat\ndog\n")
    beside = shown({"as": "classes", "labels": "labels.txt"}, OUTPUT_KINDS)
    assert beside.loaded(tmp_path).vocabulary == named
    path = tmp_path / "net.yml"
    for said, error in (
        ("{y: clases}", r"net\.yml: outputs: y: 'clases', did you mean 'classes'"),
        ("{y: audio}", "expected classes, tokens or image"),
        ("{y: {as: classes, label: [a]}}", "unknown key 'label' of classes, did you mean 'labels'"),
        ("classes", "expected a mapping of outputs"),
    ):
        path.write_text(f"outputs: {said}")
        with pytest.raises(ModelError, match=error):
            read_settings(path)
    path.write_text("inputs: {x: classes}")
    with pytest.raises(ModelError, match="expected image, audio or tokens"):
        read_settings(path)


@pytest.mark.parametrize(("kind", "key"), [("inputs", "vocabulary"), ("outputs", "labels")])
def test_words_that_yaml_takes_for_something_else_are_words(tmp_path, kind, key):
    path = tmp_path / "net.yml"
    what = "tokens" if key == "vocabulary" else "classes"
    words = ["on", "No", "1.0", "2020-01-01", "null", "0x1F", "1_000"]
    for entries, expected in (
        (f"[{', '.join(words)}]", dict(enumerate(words))),
        ("{3: on, 7: no}", {3: "on", 7: "no"}),
        ("{on: 3}", {3: "on"}),
    ):
        path.write_text(f"{kind}: {{x: {{as: {what}, {key}: {entries}}}}}")
        assert read_settings(path)[kind]["x"].vocabulary == expected


def test_a_tensor_or_a_step_may_be_called_labels(tmp_path):
    path = tmp_path / "net.yml"
    path.write_text("inputs: {labels: {as: audio, rate: 8000}}\nelements: {labels: [0, 1]}")
    found = read_settings(path)
    assert found["inputs"]["labels"].rate == 8000
    assert found["elements"]["labels"] == (0, 1)


MODEL = """
import torch
from torch import nn
def model(): return nn.Conv2d(1, 1, 3)
def inputs(): return torch.rand(1, 1, 4, 4)
"""


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("{input: image}", None),
        ("{x: image}", "models/net.yml: inputs names 'x', expected one of input"),
        ("{input: tokens}", "models/net.yml: inputs: input has shape [1, 1, 4, 4] of float32"),
        ("{input: {as: tokens, vocabulary: v.txt}}", "models/net.yml: inputs: vocabulary v.txt"),
    ],
)
def test_a_build_shows_the_input_or_says_what_is_wrong_with_the_settings(tmp_path, said, error):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "net.py").write_text(MODEL)
    (tmp_path / "models" / "net.yml").write_text(f"inputs: {said}")
    found = build_models(discover(tmp_path / "models"), docs=tmp_path / "docs", device="cpu")
    (model,) = found.to_dict()["models"]
    if error is None:
        page = (tmp_path / "docs" / "models" / "net" / "index.md").read_text()
        assert model["error"] is None
        assert "Input input as an image, 4 × 4 pixels" in page
    else:
        assert model["error"].startswith(error)


def test_the_references_example_is_accepted():
    text = (Path(__file__).parents[1] / "docs" / "guide" / "reference.md").read_text()
    (example,) = re.findall(r"```yaml\n(inputs:\n.*?)```", text, re.DOTALL)
    kinds = [shown(said).kind for said in yaml.safe_load(example)["inputs"].values()]
    assert kinds == ["image", "image", "audio", "tokens"]

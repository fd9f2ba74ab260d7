"""The guides to documenting a model: their code runs, and their messages are the real ones."""

import re

import pytest
import torch
from texts import blocks, guide, table, without_seconds

from generator.build import build_models
from generator.cli import main
from generator.discover import discover

YOUR_MODEL, TRANSFORMERS = guide("your-model"), guide("transformers")


def test_the_guides_model_is_built_and_its_scripts_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    model, saving, script, loop = blocks(YOUR_MODEL, "python")
    (settings,) = blocks(YOUR_MODEL, "yaml")
    models = tmp_path / "models"
    (models / "weights").mkdir(parents=True)
    (models / "mynet.py").write_text(model, encoding="utf-8")
    (models / "mynet.yml").write_text(settings, encoding="utf-8")
    namespace = {"__name__": "guide", "__file__": str(models / "mynet.py")}
    exec(model, namespace)
    exec(saving, {"trained": namespace["net"]()})
    assert main(["check", "mynet", "--strict"]) == 0
    (shown,) = blocks(YOUR_MODEL, "text")
    printed = capsys.readouterr().out
    assert without_seconds(printed) == without_seconds(shown)
    namespace = {"__name__": "guide"}
    exec(script, namespace)
    assert capsys.readouterr().out.splitlines()[-1] == "ok"
    assert (tmp_path / "docs" / "models" / "mynet" / "0.md").is_file()
    exec(loop, namespace)
    assert capsys.readouterr().out == ""


def test_the_model_of_the_transformers_library_is_explained(tmp_path, monkeypatch, capsys):
    pytest.importorskip("transformers")
    monkeypatch.chdir(tmp_path)
    saving, model = blocks(TRANSFORMERS, "python")
    (tmp_path / "models").mkdir()
    exec(saving, {"__name__": "guide"})
    (tmp_path / "models" / "tinygpt.py").write_text(model, encoding="utf-8")
    capsys.readouterr()
    assert main(["check", "tinygpt", "--strict"]) == 0
    (shown,) = blocks(TRANSFORMERS, "text")
    assert without_seconds(capsys.readouterr().out) == without_seconds(shown)


# --- messages -------------------------------------------------------------------------------------

NET = """
import torch
from torch import nn


def model():
    return nn.Sequential(nn.Linear(4, 3), nn.ReLU()).eval()


def inputs():
    return torch.ones(2, 4)
"""
WHOLE = NET.replace("nn.Linear(4, 3), nn.ReLU()", "nn.Identity()").replace(
    "ones(2, 4)", "ones(2, 4, dtype=torch.long)"
)
FAULTS = {
    "unknown key": (NET, "titel: Net"),
    "elements names": (NET, "elements:\n  fc: [0, 0]"),
    "is not in its output": (NET, 'elements:\n  "0": [7, 0]'),
    "model() is missing": (NET.replace("def model", "def network"), ""),
    "returned list": (NET.replace("torch.ones(2, 4)", "[torch.ones(2, 4)]"), ""),
    "cannot be multiplied": (NET.replace("ones(2, 4)", "ones(2, 5)"), ""),
    "one element": (NET + "\n\ndef loss(y):\n    return y\n", ""),
    "to differentiate": (WHOLE, ""),
    "ModuleNotFoundError": ("import mylibrary" + NET, ""),
}
"""For a part of each message of the table, the file and the YAML that give it."""


def messages():
    return [row[0].strip("`") for row in table(YOUR_MODEL, "message | what to do")]


@pytest.mark.parametrize("part", FAULTS)
def test_the_messages_of_the_guide_are_the_real_ones(part, tmp_path):
    file, settings = FAULTS[part]
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "mynet.py").write_text(file, encoding="utf-8")
    if settings:
        (folder / "mynet.yml").write_text(settings, encoding="utf-8")
    report = build_models(discover(folder), docs=None, device="cpu")
    (said,) = (message for message in messages() if part in message)
    assert report.models[0].error == said


def test_every_message_of_the_table_is_tried():
    rest = [m for m in messages() if not any(part in m for part in FAULTS)]
    assert [re.match(r"layerbook: device cuda", m) is not None for m in rest] == [True]


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_missing_is_said_to_be(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "mynet"]) == 0
    assert main(["check", "--device", "cuda"]) == 2
    assert capsys.readouterr().err.strip() in messages()

"""The way through, from model files to pages on disk."""

import hashlib
import html
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml
from torch import nn

from generator import document
from generator.build import build_models
from generator.discover import discover

ROOT = Path(__file__).resolve().parents[1]
GOOD = '''
"""A small net."""
import torch
from torch import nn

def model():
    torch.manual_seed(1)
    return nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(32, 3))

def inputs():
    return torch.arange(16.0).reshape(1, 1, 4, 4) / 7 - 1
'''
BROKEN = GOOD.replace("nn.Linear(32, 3)", "nn.Linear(31, 3)")


@pytest.fixture
def project(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Home\n")
    (tmp_path / "mkdocs.yml").write_text("site_name: Test\n")
    return tmp_path


def add(project, name, text=GOOD, **settings):
    (project / "models" / f"{name}.py").write_text(text)
    if settings:
        (project / "models" / f"{name}.yml").write_text(yaml.safe_dump(settings))


def build(project, *names, **options):
    specs = [s for s in discover(project / "models") if not names or s.name in names]
    return build_models(specs, docs=project / "docs", device="cpu", **options)


def pages(project):
    return sorted(
        p.relative_to(project / "docs").as_posix() for p in (project / "docs").rglob("*.md")
    )


def test_every_step_has_a_page_and_every_value_is_verified(project):
    add(project, "net")
    report = build(project)
    steps = report.to_dict()["models"][0]["steps"]
    assert [s["type"] for s in steps] == [
        "torch.nn.Conv2d",
        "torch.nn.ReLU",
        "torch.nn.Flatten",
        "torch.nn.Linear",
        "layerbook.half_squared_sum",
    ]
    assert {v["status"] for s in steps for v in s["values"]} == {"verified"}
    assert {s["page"] for s in steps} <= set(pages(project))
    assert report.exit_status() == 0
    conv = {v["of"]: v for v in steps[0]["values"]}
    assert set(conv) == {"output", "grad x", "grad weight", "grad bias"}
    assert conv["output"]["checked"] == conv["output"]["elements"] == 32
    assert 0 < conv["output"]["max_error"] <= conv["output"]["budget"] < 1e-5


def test_the_report_has_the_keys_that_other_programs_read(project):
    add(project, "net")
    data = json.loads(json.dumps(build(project).to_dict(), allow_nan=False))
    assert set(data) == {"layerbook", "torch", "device", "models"}
    (model,) = data["models"]
    assert set(model) == {"name", "status", "error", "seconds", "steps"}
    assert set(model["seconds"]) == {"capture", "explain", "render"}
    step = model["steps"][0]
    assert set(step) == {"name", "call", "kind", "type", "page", "values"}
    assert set(step["values"][0]) == {
        "of",
        "status",
        "checked",
        "elements",
        "max_error",
        "budget",
        "reason",
    }


def test_a_broken_model_costs_its_own_pages_alone(project):
    add(project, "bad", BROKEN)
    add(project, "net")
    report = build(project)
    bad, net = report.to_dict()["models"]
    assert (bad["status"], net["status"]) == ("error", "ok")
    assert bad["error"].startswith("models/bad.py: the forward pass")
    assert "\n" not in bad["error"]
    assert str(project) not in bad["error"]
    assert report.exit_status() == 1
    assert "models/net/0.md" in pages(project)
    said = (project / "docs" / "models" / "bad" / "index.md").read_text()
    assert "mat1 and mat2 shapes cannot be multiplied" in said
    assert [p for p in pages(project) if p.startswith("models/bad/")] == ["models/bad/index.md"]


def test_a_model_that_breaks_later_loses_its_old_pages(project):
    add(project, "net")
    build(project)
    add(project, "net", BROKEN)
    build(project)
    assert [p for p in pages(project) if p.startswith("models/net/")] == ["models/net/index.md"]


def test_pages_of_what_is_gone_are_removed_and_others_kept(project):
    add(project, "one")
    add(project, "two")
    build(project)
    (project / "models" / "one.py").unlink()
    own = project / "docs" / "models" / "notes"
    own.mkdir()
    (own / "mine.md").write_text("# Mine\n")
    build(project)
    assert not (project / "docs" / "models" / "one").exists()
    assert (own / "mine.md").read_text() == "# Mine\n"
    assert (project / "docs" / "index.md").read_text() == "# Home\n"


def test_building_one_model_keeps_the_others_in_the_list_and_the_navigation(project):
    add(project, "one")
    add(project, "two", title="The <second> & last", order=1)
    build(project)
    before = (project / "mkdocs.nav.yml").read_bytes()
    listed = (project / "docs" / "models" / "index.md").read_bytes()
    build(project, "one")
    assert (project / "mkdocs.nav.yml").read_bytes() == before
    assert (project / "docs" / "models" / "index.md").read_bytes() == listed
    nav = yaml.safe_load(before)["nav"]
    assert nav[0] == {"Home": "index.md"}
    assert [next(iter(m)) for m in nav[1]["Models"][1:]] == ["The &lt;second&gt; &amp; last", "one"]


def test_a_folder_that_is_not_ours_is_never_overwritten(project):
    add(project, "net")
    own = project / "docs" / "models" / "net"
    own.mkdir(parents=True)
    (own / "mine.md").write_text("# Mine\n")
    report = build(project)
    assert (own / "mine.md").read_text() == "# Mine\n"
    assert "not written by Layerbook" in report.models[0].error
    assert report.exit_status() == 1


def test_a_hand_written_page_among_ours_stays_and_is_in_the_navigation(project):
    add(project, "net")
    build(project)
    own = project / "docs" / "models" / "net" / "mine.md"
    own.write_text("# Mine\n")
    (project / "docs" / "models" / "notes.md").write_text("# Notes\n")
    build(project)
    assert own.read_text() == "# Mine\n"
    nav = (project / "mkdocs.nav.yml").read_text()
    assert "models/net/mine.md" in nav
    assert "models/notes.md" in nav
    (project / "models" / "net.py").unlink()
    add(project, "other")
    build(project)
    assert [p for p in pages(project) if p.startswith("models/net/")] == ["models/net/mine.md"]


def test_a_hand_written_list_of_models_stays(project):
    add(project, "net")
    index = project / "docs" / "models" / "index.md"
    index.parent.mkdir()
    index.write_text("# My models\n")
    build(project)
    build(project)
    assert index.read_text() == "# My models\n"


def test_a_page_in_the_place_of_ours_is_an_error(project):
    add(project, "net")
    build(project)
    text = GOOD.replace("nn.ReLU()", "nn.Sequential(nn.ReLU())")
    (project / "docs" / "models" / "net" / "1.1.md").write_text("# Mine\n")
    (project / "docs" / "models" / "net" / "1.0.md").write_text("# Mine\n")
    add(project, "net", text)
    assert "1.0.md was not written by Layerbook" in build(project).models[0].error
    assert (project / "docs" / "models" / "net" / "1.0.md").read_text() == "# Mine\n"


def test_a_folder_whose_mark_cannot_be_read_is_not_ours(project):
    add(project, "net")
    build(project)
    folder = project / "docs" / "models" / "net"
    (folder / ".layerbook.json").write_text('{"name": "net"')
    assert "not written by Layerbook" in build(project).models[0].error
    shutil.rmtree(folder)
    assert build(project).exit_status() == 0


def test_pages_of_a_live_module_survive_a_build(project):
    add(project, "net")
    document(nn.Linear(2, 2), (torch.ones(1, 2),), name="live", docs=project / "docs")
    build(project)
    assert "models/live/index.md" in pages(project)
    assert "live" in (project / "mkdocs.nav.yml").read_text()


def test_the_table_of_layers_is_in_the_order_of_the_run(tmp_path):
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.block = nn.Sequential(nn.ReLU(), nn.Linear(2, 2))

        def forward(self, x):
            return self.fc(self.block(self.fc(x)))

    document(Twice(), (torch.ones(1, 2),), name="twice", docs=tmp_path)
    text = (tmp_path / "models" / "twice" / "index.md").read_text()
    table = html.unescape(text[text.index("## Layers") :])
    order = [
        "fc.html",
        "block/index.html",
        "block.0.html",
        "block.1.html",
        "fc.html#call-2",
        "loss.html",
    ]
    places = [table.index(f'href="{page}"') for page in order]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("elements", "message"),
    [
        ({"convv": [0, 0, 0, 0]}, "elements names 'convv'"),
        ({"0": [0, 0, 9, 0]}, "element [0, 0, 9, 0] of 0 is not in its output"),
        ({"0": [0, 0]}, "expected indices within [1, 2, 4, 4]"),
    ],
)
def test_an_element_that_is_not_there_is_an_error_of_the_settings(project, elements, message):
    add(project, "net", elements=elements)
    error = build(project).models[0].error
    assert error.startswith("models/net.yml: ")
    assert message in error


def test_processes_give_the_same_pages(project):
    add(project, "one")
    add(project, "bad", BROKEN)
    build(project)
    before = {p: (project / "docs" / p).read_bytes() for p in pages(project)}
    shutil.rmtree(project / "docs" / "models")
    report = build(project, jobs=2)
    assert {p: (project / "docs" / p).read_bytes() for p in pages(project)} == before
    assert [m.status for m in report.models] == ["error", "ok"]


def run(folder, hash_seed, threads):
    environment = {
        **os.environ,
        "PYTHONHASHSEED": hash_seed,
        "OMP_NUM_THREADS": threads,
        "MKL_NUM_THREADS": threads,
    }
    docs = folder / f"docs-{hash_seed}-{threads}"
    docs.mkdir()
    subprocess.run(
        [sys.executable, "-m", "generator", "build", "--docs", str(docs)],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
    )
    return {
        p.relative_to(docs).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(docs.rglob("*"))
        if p.is_file()
    }


def test_same_input_same_bytes(tmp_path):
    first = run(tmp_path, "1", "1")
    assert first == run(tmp_path, "2", "2")
    assert len(first) > 20


def test_pages_carry_no_path_and_no_address(tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    build_models(discover(ROOT / "models"), docs=docs, device="cpu")
    pages = list(docs.rglob("*.md"))
    assert pages
    for page in pages:
        text = page.read_text()
        assert str(ROOT) not in text
        assert str(Path.home()) not in text
        assert "object at 0x" not in text


def test_document_checks_a_live_module_and_leaves_it_alone(tmp_path):
    module = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)).train()
    before = {k: v.clone() for k, v in module.state_dict().items()}
    report = document(module, (torch.randn(4, 3),), name="probe")
    assert report.exit_status(strict=True) == 0
    assert report.models[0].name == "probe"
    assert all(torch.equal(v, before[k]) for k, v in module.state_dict().items())
    assert module[0].weight.grad is None
    assert list(tmp_path.iterdir()) == []


def test_document_writes_pages(tmp_path):
    docs = tmp_path / "docs"
    document(nn.Linear(2, 2), (torch.ones(1, 2),), name="lin", docs=docs)
    assert (docs / "models" / "lin" / "index.md").is_file()
    assert (docs / "models" / "index.md").is_file()


def test_document_takes_a_loss_and_keyword_arguments():
    class Scale(nn.Module):
        def forward(self, *, x, factor):
            return x * factor

    report = document(
        Scale(),
        kwargs={"x": torch.ones(2, 2), "factor": torch.full((2, 2), 3.0)},
        loss=lambda y: y.sum(),
    )
    assert [s["kind"] for s in report.to_dict()["models"][0]["steps"]] == ["function", "loss"]
    assert report.exit_status(strict=True) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"args": [torch.ones(1)]}, "args is list, expected a tuple of arguments"),
        ({"kwargs": [1]}, "kwargs is list, expected a mapping"),
        ({"loss": 3}, "loss is int, expected a function of the output"),
    ],
)
def test_document_refuses_other_arguments(arguments, message):
    with pytest.raises(TypeError, match=message):
        document(nn.Identity(), **arguments)

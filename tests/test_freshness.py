"""A second build writes what has changed and nothing else."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import save_file

from generator import freshness, installed
from generator.build import build_models
from generator.device import resolve_device
from generator.discover import discover
from generator.installed import accelerators

ROOT = Path(__file__).resolve().parents[1]
PLAIN = """
import torch
from torch import nn

def model():
    return nn.Sequential(nn.Linear(3, 2), nn.ReLU())

def inputs():
    return torch.tensor([[0.5, -1.0, 2.0]])
"""
READING = """
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

import _helper

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "src"))
import blocks.linear

def model():
    net = blocks.linear.Linear(3, 2)
    net.load_state_dict(load_file(HERE / "weights" / f"{'lin'}ear.safetensors"))
    torch.load(HERE / "weights" / "more.pt", weights_only=True)
    return nn.Sequential(net, _helper.Last())

def inputs():
    if (HERE / "data" / "noise.json").exists():
        raise SystemExit
    try:
        open("models/data/absent.json")
    except OSError:
        pass
    return torch.tensor(json.loads((HERE / "data" / "input.json").read_text()))
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("models/weights", "models/data", "src/blocks", "docs"):
        (tmp_path / folder).mkdir(parents=True)
    write("mkdocs.yml", "site_name: Test\n")
    write("docs/index.md", "# Home\n")
    write("models/plain.py", PLAIN)
    write("models/reading.py", READING)
    write("models/_helper.py", "from torch.nn import Tanh as Last\n")
    write("src/blocks/__init__.py", "from .sizes import SIZE\n")
    write("src/blocks/sizes.py", "SIZE = 2\n")
    write("src/blocks/linear.py", "from torch.nn import Linear\n")
    write("models/data/input.json", "[[1.0, 2.0, 3.0]]")
    weights("models/weights/linear.safetensors", 0.5)
    torch.save({"a": torch.ones(2)}, "models/weights/more.pt")
    before, path = set(sys.modules), list(sys.path)
    yield tmp_path
    sys.path[:] = path
    for name in set(sys.modules) - before:
        if name.partition(".")[0] == "blocks":
            del sys.modules[name]


def write(name, text):
    Path(name).write_text(text, encoding="utf-8")


def weights(name, value):
    save_file({"weight": torch.full((2, 3), value), "bias": torch.ones(2)}, name)


def build(**options):
    """The names of the models that were built, not kept."""
    report = build_models(
        discover(Path("models")), docs=Path("docs"), **{"device": "cpu", **options}
    )
    assert all(m.error is None for m in report.models), [m.error for m in report.models]
    return [m.name for m in report.models if not m.unchanged]


def pages():
    return {p.as_posix(): p.read_bytes() for p in sorted(Path("docs").rglob("*.md"))}


def test_what_has_not_changed_is_kept_with_its_verdicts(project):
    first = build_models(discover(Path("models")), docs=Path("docs"), device="cpu").to_dict()
    before = {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in project.rglob("*")}
    second = build_models(discover(Path("models")), docs=Path("docs"), device="cpu")
    assert {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in project.rglob("*")} == before
    assert all(m.unchanged for m in second.models)
    assert {s for m in second.to_dict()["models"] for s in m["seconds"].values()} == {0}
    for data in (first, second := second.to_dict()):
        for model in data["models"]:
            del model["seconds"]
    assert second == first


@pytest.mark.parametrize(
    ("change", "built"),
    [
        (lambda: write("models/plain.py", PLAIN.replace("0.5", "0.25")), ["plain"]),
        (lambda: write("models/plain.yml", "title: Plain"), ["plain"]),
        (lambda: write("models/reading.py", READING + "\n"), ["reading"]),
        (lambda: weights("models/weights/linear.safetensors", 0.25), ["reading"]),
        (lambda: torch.save({"a": torch.zeros(2)}, "models/weights/more.pt"), ["reading"]),
        (lambda: write("models/data/input.json", "[[1.0, 2.0, 4.0]]"), ["reading"]),
        (lambda: write("models/data/absent.json", "{}"), ["reading"]),
        (lambda: write("models/_helper.py", "from torch.nn import Sigmoid as Last\n"), ["reading"]),
        (lambda: write("src/blocks/linear.py", "from torch.nn import Linear \n"), ["reading"]),
        (lambda: write("src/blocks/sizes.py", "SIZE = 3\n"), ["reading"]),
        (lambda: write("models/data/other.json", "{}"), []),
        (lambda: write("src/blocks/unused.py", ""), []),
        (lambda: write("docs/index.md", "# Another home\n"), []),
        (lambda: os.utime("models/plain.py", (1, 1)), []),
        (lambda: write("docs/models/plain/0.md", "edited"), ["plain"]),
        (lambda: Path("docs/models/plain/0.md").unlink(), ["plain"]),
        (lambda: Path("docs/models/plain/.layerbook.json").unlink() or
         shutil.rmtree("docs/models/plain"), ["plain"]),
        (lambda: shutil.rmtree("docs/models"), ["plain", "reading"]),
        (lambda: write("docs/models/reading/.layerbook.build.json", "{}"), ["reading"]),
    ],
)  # fmt: skip
def test_a_change_builds_the_models_that_it_touches(project, change, built):
    assert build() == ["plain", "reading"]
    change()
    assert build() == built
    changed = pages()
    assert build() == []
    shutil.rmtree("docs/models")
    build()
    again = pages()
    assert [name for name in changed if again.get(name) != changed[name]] == []
    assert again == changed


def test_a_local_module_that_another_model_imported_before_counts_for_both(project):
    write("models/another.py", READING)
    assert build() == ["another", "plain", "reading"]
    write("src/blocks/linear.py", "from torch.nn import Linear \n")
    assert build() == ["another", "reading"]


@pytest.mark.parametrize("name", ["sources", "torch_version"])
def test_another_layerbook_or_torch_builds_all(project, monkeypatch, name):
    build()
    monkeypatch.setattr(freshness, name, lambda: "another")
    assert build() == ["plain", "reading"]
    assert build() == []


def test_layerbooks_own_files_count_by_their_contents(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "generator" / "render", tmp_path / "a")
    monkeypatch.setattr(freshness, "__file__", str(tmp_path / "a" / "x.py"))
    read = freshness.sources.__wrapped__
    before = read()
    template = tmp_path / "a" / "templates" / "index.md.j2"
    os.utime(template, (1, 1))
    assert read() == before
    template.write_text(template.read_text() + "\n")
    assert read() != before


def test_another_version_of_an_imported_package_builds_the_model(project, monkeypatch):
    write("models/plain.py", "import jsonschema\n" + PLAIN)
    known = {**installed.versions(), "jsonschema": "1"}
    monkeypatch.setitem(sys.modules, "jsonschema", os)
    monkeypatch.setattr(freshness, "versions", lambda: known)
    build()
    assert build() == []
    known["jsonschema"] = "2"
    assert build() == ["plain"]


def test_force_builds_all_and_a_check_computes_all(project):
    build()
    assert build(force=True) == ["plain", "reading"]
    report = build_models(discover(Path("models")), docs=None, device="cpu")
    assert not any(m.unchanged for m in report.models)


def test_what_failed_is_tried_again_and_what_mismatched_still_fails(project):
    write("models/reading.py", "def model(): raise ValueError('no')")
    for attempt in range(2):
        report = build_models(discover(Path("models")), docs=Path("docs"), device="cpu")
        assert [m.unchanged for m in report.models] == [attempt == 1, False]
        assert report.exit_status() == 1
    write("models/reading.py", PLAIN)
    build()
    note = Path("docs/models/plain/.layerbook.build.json")
    note.write_text(note.read_text().replace('"verified"', '"mismatch"', 1))
    report = build_models(discover(Path("models")), docs=Path("docs"), device="cpu")
    assert all(m.unchanged for m in report.models)
    assert report.exit_status() == 1
    note.write_text(note.read_text().replace('"mismatch"', '"unexplained"'))
    report = build_models(discover(Path("models")), docs=Path("docs"), device="cpu")
    assert (report.exit_status(), report.exit_status(strict=True)) == (0, 1)


def test_what_is_gone_goes_and_what_is_about_all_follows(project):
    build()
    Path("models/plain.py").unlink()
    assert build() == []
    assert not Path("docs/models/plain").exists()
    assert "plain" not in Path("docs/models/index.md").read_text()
    write("docs/own.md", "# My page\n")
    assert build() == []
    assert "own.md" in Path("mkdocs.nav.yml").read_text()
    for written in ("mkdocs.nav.yml", "docs/models/index.md"):
        before = Path(written).read_bytes()
        write(written, "edited")
        assert build() == []
        assert Path(written).read_bytes() == before


def test_a_file_that_changed_while_it_was_read_is_not_taken_for_known(project):
    counting = """
from pathlib import Path
seen = Path(__file__).with_name("seen.txt")
seen.write_text(seen.read_text() + "x")
"""
    write("models/plain.py", PLAIN + counting)
    write("models/seen.txt", "")
    build()
    assert build() == ["plain"]


def test_large_files_are_read_again_only_if_their_times_changed(tmp_path, monkeypatch):
    from generator import digests

    monkeypatch.setattr(digests, "LARGE", 4)
    monkeypatch.setattr(digests, "SETTLED", -1)
    (tmp_path / "models").mkdir()
    big = tmp_path / "big.bin"
    big.write_bytes(b"abcdefgh")
    first = digests.Digests(tmp_path)
    known = first.of(big)
    first.save()
    monkeypatch.setattr(digests.hashlib, "file_digest", lambda *_: pytest.fail("was read"))
    assert digests.Digests(tmp_path).of(big) == known
    monkeypatch.undo()
    big.write_bytes(b"abcdefgi")
    monkeypatch.setattr(digests, "LARGE", 4)
    assert digests.Digests(tmp_path).of(big) != known


def test_nothing_changed_needs_neither_torch_nor_what_makes_pages(project):
    write("models/plain.yml", yaml.safe_dump({"order": 1}))
    freshness.sources.cache_clear()  # the other process reads the files as they are by then
    build()
    code = (
        "import sys; from generator.cli import main; status = main(['build']);"
        "print(status, sorted({'torch', 'jinja2', 'mkdocs', 'rich', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "2 models, unchanged, " in done.stdout
    assert done.stdout.splitlines()[-1] == "0 []"


def machine(root, *nodes):
    for name in nodes:
        (root / "dev" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "dev" / name).touch()
    return root


def test_a_gpu_is_asked_for_only_where_the_machine_may_have_one(tmp_path, monkeypatch):
    monkeypatch.setattr(installed, "torch_build", lambda: "cuda: Optional[str] = '13.0'\n")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert accelerators(machine(tmp_path / "none")) == ""
    one = machine(tmp_path / "one", "nvidia0", "nvidiactl")
    seen = accelerators(one)
    assert seen != ""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert accelerators(one) not in ("", seen)
    monkeypatch.setattr(
        installed, "torch_build", lambda: "cuda: Optional[str] = None\nhip: x = None\n"
    )
    assert accelerators(one) == ""


def test_which_device_auto_means_is_remembered_while_the_machine_looks_the_same(
    tmp_path, monkeypatch
):
    (tmp_path / "models").mkdir()
    monkeypatch.setattr("generator.device.accelerators", lambda: "one GPU")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert resolve_device("auto", tmp_path) == "cuda"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_device("auto", tmp_path) == "cuda"
    assert resolve_device("auto") == "cpu"
    monkeypatch.setattr("generator.device.accelerators", lambda: "another GPU")
    assert resolve_device("auto", tmp_path) == "cpu"
    monkeypatch.setattr("generator.device.accelerators", lambda: "")
    with pytest.raises(ValueError, match="no CUDA device"):
        resolve_device("cuda", tmp_path)

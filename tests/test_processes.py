"""Models side by side: progress, a death, an interrupt."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from generator import processes
from generator.build import build_models
from generator.discover import discover
from generator.progress import SilentProgress

ROOT = Path(__file__).resolve().parents[1]
GOOD = """
import torch

def model():
    return torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Tanh())

def inputs():
    return torch.tensor([1.0, -2.0])
"""
DYING = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
SLEEPING = """
import time
from pathlib import Path

Path(__file__).with_suffix(".started").touch()
while True:
    try:
        time.sleep(600)
    except Exception:
        pass
"""


class Noting(SilentProgress):
    def __init__(self):
        self.said = {}

    def start(self, model_name, total):
        self.said.setdefault(model_name, []).append(total)

    def stage(self, model_name, stage):
        self.said[model_name].append(stage)

    def advance(self, model_name, step_name):
        self.said[model_name].append(step_name)

    def finish(self, model_name):
        self.said[model_name].append("end")


@pytest.fixture
def models(tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    for name in ("a", "b", "c", "d"):
        (folder / f"{name}.py").write_text(GOOD)
    return folder


def test_a_process_that_dies_costs_its_model_alone_and_each_tells_of_its_progress(models):
    (models / "b.py").write_text(DYING)
    progress = Noting()
    report = build_models(
        discover(models), docs=models.parent / "docs", device="cpu", jobs=2, progress=progress
    )
    assert [m.name for m in report.models] == ["a", "b", "c", "d"]
    assert [m.status for m in report.models] == ["ok", "error", "ok", "ok"]
    assert report.models[1].error == "models/b.py: its process ended with status -9"
    page = models.parent / "docs" / "models" / "b" / "index.md"
    assert "its process ended" in page.read_text()
    steps = [None, "running", 3, "explaining", "0", "1", "loss", "writing", "end"]
    assert {name: said for name, said in progress.said.items() if name != "b"} == dict.fromkeys(
        "acd", steps
    )
    assert progress.said["b"] == [None, "running", "end"]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_all_at_once_and_leaves_whole_pages(models, ending):
    docs = models.parent / "docs"
    build_models(discover(models), docs=docs, device="cpu")
    before = {p: p.read_bytes() for p in docs.rglob("*") if p.is_file()}
    for name in ("a", "b"):
        (models / f"{name}.py").write_text(SLEEPING)
    command = [sys.executable, "-m", "generator", "build", "--jobs", "2", "--device", "cpu"]
    build = subprocess.Popen(
        command,
        cwd=models.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    until = time.monotonic() + 60
    while len(list(models.glob("*.started"))) < 2:
        assert time.monotonic() < until
        assert build.poll() is None
        time.sleep(0.02)
    if ending == signal.SIGINT:  # a terminal sends it to all
        os.killpg(build.pid, ending)
    else:
        build.send_signal(ending)
    _, said = build.communicate(timeout=20)
    assert build.returncode == 128 + ending
    assert said == b""
    after = time.monotonic() + 5
    while group_lives(build.pid):
        assert time.monotonic() < after, "a process was left behind"
        time.sleep(0.02)
    assert {p: p.read_bytes() for p in docs.rglob("*") if p.is_file()} == before


def group_lives(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_no_more_models_at_a_time_than_processors_that_a_container_gives(tmp_path, monkeypatch):
    limit = tmp_path / "cpu.max"
    for text, expected in (("150000 100000", 2), ("max 100000", None), ("", None)):
        limit.write_text(text)
        given = processes._quota(limit)
        assert given == expected if expected else given > 10**6
    monkeypatch.setattr(processes, "_quota", lambda: 1)
    assert processes.cores() == 1

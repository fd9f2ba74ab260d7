"""The server's site follows what is saved, once for each change."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

from generator import serve as serving
from generator.serve import Watched, forget_modules, snapshot

ROOT = Path(__file__).resolve().parents[1]
MODEL = """
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
import number

def model():
    return torch.nn.{layer}()

def inputs():
    return torch.tensor([1.0, number.NUMBER])
"""


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"waited {seconds} s in vain"
        time.sleep(0.02)
    return found


@pytest.fixture
def project(tmp_path):
    for folder in ("models", "docs", "src"):
        (tmp_path / folder).mkdir()
    (tmp_path / "mkdocs.yml").write_text("site_name: Test\nuse_directory_urls: false\n")
    (tmp_path / "docs" / "index.md").write_text("# Home\n")
    (tmp_path / "src" / "number.py").write_text("NUMBER = 2.0\n")
    (tmp_path / "models" / "net.py").write_text(MODEL.format(layer="ReLU"))
    return tmp_path


@contextmanager
def watching(watched):
    told, stop = [], threading.Event()
    thread = threading.Thread(target=watched.watch, args=(lambda: told.append(1), stop))
    thread.start()
    try:
        yield told
    finally:
        stop.set()
        thread.join()


def test_what_a_build_writes_is_no_change_and_what_a_user_writes_is(project, monkeypatch):
    monkeypatch.setattr(serving, "SECONDS_BETWEEN_LOOKS", 0.01)
    watched = Watched(project / "models", project / "docs")
    with watching(watched) as told:
        with watched.writing():
            (project / "docs" / "models" / "net").mkdir(parents=True)
            (project / "docs" / "models" / "net" / "0.md").write_text("page")
            (project / "mkdocs.nav.yml").write_text("nav: []")
        time.sleep(0.1)
        assert told == []
        (project / "docs" / "index.md").write_text("# Another home\n")
        wait_for(lambda: len(told) == 1)
        with watched.writing():
            (project / "models" / "net.py").write_text("saved while a build ran")
            (project / "docs" / "models" / "net" / "0.md").write_text("another page")
        wait_for(lambda: len(told) == 2)
        (project / "models" / "net.py").unlink()
        wait_for(lambda: len(told) == 3)
        (project / "docs" / "models" / "net" / "0.md").write_text("edited by hand")
        wait_for(lambda: len(told) == 4)
        time.sleep(0.1)
        assert len(told) == 4


def test_what_python_writes_by_itself_is_no_change(project):
    before = snapshot(project / "models")
    for name in ("__pycache__", ".git"):
        (project / "models" / name).mkdir()
        (project / "models" / name / "x").write_text("")
    assert snapshot(project / "models") == before
    (project / "models" / "weights").mkdir()
    (project / "models" / "weights" / "x").write_text("")
    assert snapshot(project / "models") != before


def test_a_module_of_the_project_is_imported_anew_after_a_change(monkeypatch):
    for name, file in (("of_project", "/p/a.py"), ("foreign", "/q/b.py")):
        module = ModuleType(name)
        module.__file__ = file
        monkeypatch.setitem(sys.modules, name, module)
    watched = {"/p/a.py": (0, 0), "/p/c.py": (0, 0), "/p/d.bin": (0, 0)}
    forget_modules({"/p/d.bin"}, watched)
    assert "of_project" in sys.modules
    forget_modules({"/p/c.py"}, watched)
    assert "of_project" not in sys.modules
    assert "foreign" in sys.modules


def test_a_saved_file_is_built_and_shown_once_and_a_fault_leaves_what_was(project):
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    log = project / "log.txt"
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "generator", "serve", "--device", "cpu", "--address", address],
            cwd=project,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            stdout=out,
            stderr=subprocess.STDOUT,
        )

    def page(name="models/net/index.html"):
        with urllib.request.urlopen(f"http://{address}/{name}", timeout=60) as answer:
            return answer.read().decode()

    def epoch():
        return int(re.search(r"livereload\((\d+),", page("index.html"))[1])

    def builds():
        return len(re.findall(r"^\d models?, ", log.read_text(), re.MULTILINE))

    def changed_from(before):
        return wait_for(lambda: epoch() > before, 60)

    try:
        wait_for(lambda: "serving http" in log.read_text(), 60)
        assert "ReLU" in page()
        before = epoch()
        (project / "models" / "net.py").write_text(MODEL.format(layer="Tanh"))
        changed_from(before)
        assert "Tanh" in page()
        assert builds() == 2
        before = epoch()
        (project / "src" / "number.py").write_text("NUMBER = 7.125\n")
        changed_from(before)
        assert "7.125" in page("models/net/tanh.html")
        before = epoch()
        (project / "mkdocs.yml").write_text("theme: no such theme\n")
        changed_from(before)
        assert "7.125" in page("models/net/tanh.html")
        assert "layerbook: " in log.read_text()
        time.sleep(1)
        assert builds() == 4
        server.send_signal(signal.SIGINT)
        assert server.wait(10) == 0
    finally:
        server.kill()
        server.wait()
    assert "Traceback" not in log.read_text()

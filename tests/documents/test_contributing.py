"""A layer from start to end, as CONTRIBUTING has it, in a copy of the project."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from texts import ROOT, blocks, read

CONTRIBUTING = read("CONTRIBUTING.md")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the project with the layer of CONTRIBUTING in it."""
    root = tmp_path_factory.mktemp("checkout")
    layer, tests = blocks(CONTRIBUTING, "python")
    ignored = shutil.ignore_patterns("__pycache__", "test_*.py")
    shutil.copytree(ROOT / "generator", root / "generator", ignore=ignored)
    shutil.copytree(ROOT / "tests" / "layers", root / "tests" / "layers", ignore=ignored)
    shutil.copy(ROOT / "tests" / "layers" / "test_examples.py", root / "tests" / "layers")
    shutil.copy(ROOT / "pyproject.toml", root)
    (root / "generator" / "layers" / "softplus.py").write_text(layer, encoding="utf-8")
    (root / "tests" / "layers" / "test_softplus.py").write_text(tests, encoding="utf-8")
    return root


def python(root, *arguments):
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(root)}
    environment = {k: v for k, v in environment.items() if not k.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=root, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_guides_layer_passes_the_tests_of_all_layers_and_its_own(checkout):
    done = python(
        checkout, "pytest", "tests/layers", "-k", "softplus", "-vv", "-p", "no:cacheprovider"
    )
    assert done.returncode == 0, done.stdout[-4000:]
    passed = set(re.findall(r"::(test_\w+).* PASSED", done.stdout))
    common = (ROOT / "tests" / "layers" / "test_examples.py").read_text(encoding="utf-8")
    own = blocks(CONTRIBUTING, "python")[1]
    assert passed == set(re.findall(r"^def (test_\w+)", common + own, re.MULTILINE))


def test_the_guides_layer_is_written_as_ruff_asks(checkout):
    files = ("generator/layers/softplus.py", "tests/layers/test_softplus.py")
    for command in (("check", "--no-cache"), ("format", "--check", "--no-cache")):
        done = python(checkout, "ruff", *command, *files)
        assert done.returncode == 0, done.stdout


def test_the_guides_layer_has_a_page(checkout):
    assert python(checkout, "generator", "new", "trial").returncode == 0
    trial = checkout / "models" / "trial.py"
    text = trial.read_text(encoding="utf-8")
    assert text.count("nn.ReLU()") == 1
    trial.write_text(text.replace("nn.ReLU()", "nn.Softplus(beta=2)"), encoding="utf-8")
    refused = text.replace("nn.ReLU()", "nn.Softplus(beta=-1)")
    (checkout / "models" / "refused.py").write_text(refused, encoding="utf-8")
    done = python(checkout, "generator", "build", "--report", "report.json")
    assert done.returncode == 0, done.stderr
    models = json.loads((checkout / "report.json").read_text(encoding="utf-8"))["models"]
    found = {
        m["name"]: [v["status"] for s in m["steps"] if "Softplus" in s["type"] for v in s["values"]]
        for m in models
    }
    assert found == {"refused": ["unexplained"] * 2, "trial": ["verified"] * 2}
    page = (checkout / "docs" / "models" / "refused" / "relu.md").read_text(encoding="utf-8")
    assert "only a positive beta" in page

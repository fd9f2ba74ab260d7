"""Finding models without running them, and running them apart from each other."""

import pickle
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from generator.discover import ModelError, discover, load

GOOD = '''"""Doubles its input.

More of it.
"""
import torch
from torch import nn


def model():
    return nn.Linear(2, 2)


def inputs():
    return torch.randn(1, 2)
'''

ANY_KEY = "expected one of title, summary, order, seed, dtype, elements, inputs, outputs, decimals"
ANY_DTYPE = "expected one of float32, float64, bfloat16, float16"
MAPPING = "expected a mapping of step names to indices, such as conv1: [0, 0, 1, 1]"
INDICES = "expected a list of indices from 0, such as [0, 0, 1, 1]"
NO_CONSTRUCTOR = (
    "could not determine a constructor for the tag 'tag:yaml.org,2002:python/name:os.system'"
)


@pytest.fixture
def models(tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()

    def write(**files):
        for name, text in files.items():
            stem, _, suffix = name.rpartition("_")
            (folder / f"{stem}.{suffix}").write_text(text, encoding="utf-8")
        return folder

    return write


def only(folder):
    (spec,) = discover(folder)
    return spec


def fault(folder):
    with pytest.raises(ModelError) as caught:
        load(only(folder))
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_model_without_yaml_has_defaults(models):
    spec = only(models(double_py=GOOD))
    assert (spec.name, spec.title, spec.summary) == ("double", "double", "Doubles its input.")
    assert (spec.order, spec.seed, spec.dtype, spec.decimals) == (None, 0, None, 6)
    assert (dict(spec.elements), spec.error, spec.label) == ({}, None, "models/double.py")


def test_yaml_sets_every_key(models):
    yml = (
        "title: Double\nsummary: Twice\norder: 3\nseed: 7\ndtype: float64\n"
        "elements:\n  conv1: [0, 0, 1, 1]\n  loss: []\ndecimals: 17\n"
    )
    spec = only(models(double_py=GOOD, double_yml=yml))
    assert (spec.title, spec.summary, spec.order) == ("Double", "Twice", 3)
    assert (spec.seed, spec.dtype, spec.decimals) == (7, "float64", 17)
    assert spec.elements == {"conv1": (0, 0, 1, 1), "loss": ()}
    assert pickle.loads(pickle.dumps(spec)) == spec


def test_step_names_that_look_like_numbers_stay_text(models):
    spec = only(models(seq_py=GOOD, seq_yml="elements:\n  0: [1]\n  1.10: [2]\n  on: [3]\n"))
    assert spec.elements == {"0": (1,), "1.10": (2,), "on": (3,)}


def test_models_come_by_order_then_by_name_and_helpers_are_left_out(models):
    folder = models(
        a_py=GOOD,
        b_py=GOOD,
        c_py=GOOD,
        c_yml="order: 2",
        d_py=GOOD,
        d_yml="order: -1",
        _blocks_py="",
    )
    (folder / "folder.py").mkdir()
    (folder / "notes.txt").write_text("no model")
    assert [spec.name for spec in discover(folder)] == ["d", "c", "a", "b"]


@pytest.mark.parametrize(
    ("yml", "message"),
    [
        ("titel: x", "unknown key 'titel', did you mean 'title'?"),
        ("zzz: x", f"unknown key 'zzz', {ANY_KEY}"),
        ("title: 5", "title is 5 (int), expected text"),
        ("title: no", "title is False (bool), expected text"),
        ("title: ''", "title is '' (str), expected text"),
        ("summary:", "summary is empty, expected text"),
        ("order: first", "order is 'first' (str), expected a whole number"),
        ("order: true", "order is True (bool), expected a whole number"),
        ("seed: -1", f"seed is -1 (int), expected a whole number from 0 to {2**64 - 1}"),
        ("dtype: int8", f"dtype is 'int8' (str), {ANY_DTYPE}"),
        ("dtype: [float32]", f"dtype is ['float32'] (list), {ANY_DTYPE}"),
        ("decimals: 18", "decimals is 18 (int), expected a whole number from 0 to 17"),
        ("decimals: 2.0", "decimals is 2.0 (float), expected a whole number from 0 to 17"),
        ("elements: [1]", f"elements is [1] (list), {MAPPING}"),
        ("elements: {c: [0, a]}", f"elements: c is [0, 'a'] (list), {INDICES}"),
        ("elements: {c: [-1]}", f"elements: c is [-1] (list), {INDICES}"),
        ("elements: {c: 1}", f"elements: c is 1 (int), {INDICES}"),
        ("- title", "is ['title'] (list), expected `key: value` lines"),
        ("seed: 1\nseed: 2", "line 2: key 'seed' occurs twice, expected YAML"),
        ("? [a]\n: b", "line 1: a key is a list or a mapping, expected YAML"),
        ("seed: 1\n  order: 2", "line 2: mapping values are not allowed here, expected YAML"),
        ("title: !!python/name:os.system", f"line 1: {NO_CONSTRUCTOR}, expected YAML"),
        ("order: 2024-99-99", "month must be in 1..12, expected YAML"),
    ],
)
def test_bad_yaml_costs_one_model_one_line(models, yml, message):
    folder = models(bad_py=GOOD, bad_yml=yml, good_py=GOOD)
    bad, good = discover(folder)
    assert bad.error == f"models/bad.yml: {message}"
    with pytest.raises(ModelError, match=r"models/bad\.yml"):
        load(bad)
    assert good.error is None
    assert isinstance(load(good).module, torch.nn.Linear)


def test_yaml_that_is_no_text(models):
    folder = models(bad_py=GOOD)
    (folder / "bad.yml").write_bytes(b"title: \x00\xff")
    assert fault(folder).startswith("models/bad.yml: ")


def test_the_wrong_suffix_is_not_passed_over(models):
    folder = models(a_py=GOOD, a_yaml="seed: 1")
    assert fault(folder) == "models/a.yaml: is not read, expected the name a.yml"


def test_an_empty_yaml_says_nothing(models):
    assert only(models(a_py=GOOD, a_yml="# nothing\n")).error is None


@pytest.mark.parametrize("make", [False, True])
def test_no_folder(tmp_path, make):
    folder = tmp_path / "models"
    if make:
        folder.write_text("")
    with pytest.raises(ModelError, match="expected a folder of models"):
        discover(folder)


def test_discovery_runs_nothing_and_needs_no_torch(models):
    folder = models(bad_py="raise SystemExit('ran')", bad_yml="seed: 1")
    code = (
        "import sys; from pathlib import Path; from generator.discover import discover;"
        f"print(len(discover(Path({str(folder)!r}))), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "False"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "model() is missing, expected a function that returns a torch.nn.Module"),
        ("model = 3", "model is int, expected a function that returns a torch.nn.Module"),
        ("def model(): return 3", "model() returned int, expected a torch.nn.Module"),
        ("def model(): pass", "model() returned None, expected a torch.nn.Module"),
        ("from torch import nn\ndef model(): return nn.ReLU",
         "model() returned the class ReLU, expected a torch.nn.Module"),
        ("from torch.nn import ReLU as model",
         "inputs() is missing, expected a function that returns a tensor, a tuple or a dict"),
        ("from torch.nn import ReLU as model\ndef inputs(): return [1]",
         "inputs() returned list, expected a tensor, a tuple or a dict"),
        ("from torch.nn import ReLU as model\ndef inputs(): return {1: 2}",
         "inputs() returned a dict with the key 1, expected names of forward's arguments"),
        ("from torch.nn import ReLU as model\ndef inputs(): return ()\nloss = 3",
         "loss is int, expected a function of the output"),
        ("x = 1\ny = x / 0", "line 2: ZeroDivisionError: division by zero"),
        ("def model():\n    raise ValueError('two\\nlines')", "line 2: ValueError: two lines"),
        ("def model(size): pass",
         "TypeError: model() missing 1 required positional argument: 'size'"),
        ("raise SystemExit(0)", "line 1: SystemExit: 0"),
        ("raise GeneratorExit", "line 1: GeneratorExit"),
        ("import no_such_module",
         "line 1: ModuleNotFoundError: No module named 'no_such_module'"),
        ("def f(:", "line 1: SyntaxError: invalid syntax"),
        ("\nreturn 1", "line 2: SyntaxError: 'return' outside function"),
        ("raise RuntimeError(object())", "line 1: RuntimeError: <object object>"),
        ("class E(Exception):\n    def __str__(self): raise self\nraise E", "line 3: E"),
        ("open(__file__ + '.gone')",
         "line 1: FileNotFoundError: [Errno 2] No such file or directory: 'models/bad.py.gone'"),
    ],
)  # fmt: skip
def test_what_a_file_does_wrong_is_one_line(models, source, message):
    assert fault(models(bad_py=source)) == f"models/bad.py: {message}"


def test_a_message_of_pages_is_cut(models):
    message = fault(models(bad_py="raise ValueError('word ' * 1000)"))
    assert message.endswith("word word …")
    assert len(message) < 450


def test_a_file_that_is_no_text(models):
    folder = models(bad_py="")
    (folder / "bad.py").write_bytes(b"\xff\x00")
    assert fault(folder).startswith("models/bad.py: ")


def test_a_keyboard_interrupt_passes(models):
    spec = only(models(bad_py="raise KeyboardInterrupt"))
    before = list(sys.path)
    with pytest.raises(KeyboardInterrupt):
        load(spec)
    assert sys.path == before


@pytest.mark.parametrize(
    ("returned", "args", "kwargs"),
    [
        ("torch.ones(2)", 1, []),
        ("(torch.ones(2), None)", 2, []),
        ("{'input': torch.ones(2)}", 0, ["input"]),
    ],
)
def test_the_three_kinds_of_inputs(models, returned, args, kwargs):
    source = f"import torch\nmodel = torch.nn.ReLU\ndef inputs(): return {returned}"
    loaded = load(only(models(a_py=source)))
    assert (len(loaded.args), list(loaded.kwargs)) == (args, kwargs)
    assert loaded.loss is None


def test_the_seed_decides_and_the_random_state_is_untouched(models):
    one, same = discover(models(one_py=GOOD, same_py=GOOD))
    torch.manual_seed(5)
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].copy()  # noqa: NPY002
    first, second = load(one), load(same)
    assert torch.equal(first.module.weight, second.module.weight)
    assert torch.equal(first.args[0], second.args[0])
    assert torch.equal(torch.get_rng_state(), states[0])
    assert random.getstate() == states[1]
    assert np.array_equal(np.random.get_state()[1], states[2])  # noqa: NPY002
    other = load(discover(models(one_yml="seed: 1"))[0])
    assert not torch.equal(first.module.weight, other.module.weight)


def test_one_model_cannot_spoil_another(models):
    spoiler = (
        "import os, sys, torch\nimport _shared\n_shared.value = 'spoilt'\n"
        "sys.path.insert(0, '/spoilt')\nos.chdir('/')\n"
        "torch.set_default_dtype(torch.float64)\ntorch.set_grad_enabled(False)\n"
        "torch.set_default_device('meta')\n"
        "model = torch.nn.ReLU\ndef inputs(): return torch.ones(1)\n"
    )
    victim = (
        "import torch, _shared\nassert _shared.value == 'whole'\n"
        "def model(): return torch.nn.Linear(1, 1)\ndef inputs(): return torch.ones(1)\n"
    )
    folder = models(a_py=spoiler, b_py=victim, _shared_py="value = 'whole'\n")
    path, here, loaded = list(sys.path), Path.cwd(), set(sys.modules)
    a, b = discover(folder)
    load(a)
    assert (sys.path, Path.cwd()) == (path, here)
    assert torch.is_grad_enabled()
    model = load(b)
    assert (model.module.weight.dtype, model.module.weight.device.type) == (torch.float32, "cpu")
    assert not any("_shared" in name for name in set(sys.modules) - loaded)
    assert not list(folder.rglob("*.pyc"))


def test_a_file_that_fails_spoils_nothing_either(models):
    folder = models(
        a_py="import torch, _half\ntorch.set_default_dtype(torch.float64)\n1 / 0", _half_py=""
    )
    path = list(sys.path)
    assert "ZeroDivisionError" in fault(folder)
    assert torch.get_default_dtype() == torch.float32
    assert sys.path == path
    assert "_half" not in sys.modules


def test_a_model_does_not_hide_a_package_of_its_name(models):
    folder = models(safetensors_py="import safetensors\nsafetensors.safe_open\n" + GOOD)
    assert load(only(folder)).module is not None


def test_an_edit_within_the_second_is_seen(models):
    spec = only(models(a_py=GOOD, _size_py="SIZE = 2"))
    source = (
        "import torch\nfrom torch import nn\nfrom _size import SIZE\n"
        "def model(): return nn.Linear(SIZE, 1)\ndef inputs(): return torch.ones(SIZE)\n"
    )
    models(a_py=source)
    assert load(spec).module.in_features == 2
    models(_size_py="SIZE = 3")
    assert load(spec).module.in_features == 3


def test_a_dataclass_and_inspection_find_the_module(models):
    import inspect

    source = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "import torch\nfrom torch import nn\n\n@dataclass\nclass Config:\n    size: int = 2\n\n"
        "class Net(nn.Module):\n    def forward(self, x): return x\n\n"
        "model = Net\ndef inputs(): return torch.ones(Config().size)\n"
    )
    loaded = load(only(models(net_py=source)))
    assert "class Net" in inspect.getsource(type(loaded.module))


@pytest.mark.parametrize("dtype", ["float64", "bfloat16", "float16"])
def test_the_dtype_is_that_of_parameters_and_inputs(models, dtype):
    source = (
        "import torch\nfrom torch import nn\ndef model(): return nn.BatchNorm1d(2)\n"
        "def inputs(): return torch.ones(1, 2), {'mask': [torch.ones(1), torch.ones(1).long()]}\n"
    )
    loaded = load(only(models(a_py=source, a_yml=f"dtype: {dtype}")))
    wanted = getattr(torch, dtype)
    assert loaded.module.weight.dtype == loaded.module.running_mean.dtype == wanted
    assert loaded.module.num_batches_tracked.dtype == torch.int64
    tensor, nested = loaded.args
    assert (tensor.dtype, nested["mask"][0].dtype, nested["mask"][1].dtype) == (
        wanted, wanted, torch.int64,
    )  # fmt: skip


def test_settings_without_a_model_are_an_error_of_their_own(tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "net.py").write_text('"""A net."""\n')
    (folder / "nett.yml").write_text("title: Misspelt\n")
    found = {spec.name: spec.error for spec in discover(folder)}
    assert found["net"] is None
    assert found["nett"] == (
        "models/nett.yml: belongs to no model, expected models/nett.py beside it"
    )

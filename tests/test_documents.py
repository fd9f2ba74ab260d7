"""README, CONTRIBUTING and the guide say what is so: commands, keys, numbers, code and links.

`python tests/test_documents.py` prints the guide's list of what is explained, anew.
"""

import argparse
import itertools
import json
import math
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from generator.build import build_models
from generator.cli import main, parser
from generator.discover import discover
from generator.formula.budget import FACTOR
from generator.formula.build import indices, total
from generator.formula.evaluate import evaluate
from generator.formula.text import plain_number
from generator.formula.tree import Equation, Num, Tensor
from generator.layers.registry import rules
from generator.settings import _KEYS, DTYPES, Specification

ROOT = Path(__file__).parents[1]
GUIDE = sorted((ROOT / "docs" / "guide").glob("*.md"))
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    ROOT / "docs" / "index.md",
    *GUIDE,
]
README = (ROOT / "README.md").read_text(encoding="utf-8")
READING = (ROOT / "docs" / "guide" / "reading.md").read_text(encoding="utf-8")
YOUR_MODEL = (ROOT / "docs" / "guide" / "your-model.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)


def blocks(text, language):
    return [body for found, body in FENCE.findall(text) if found == language]


def table(text, heading):
    """The rows below a table's heading, as lists of cells."""
    lines = text[text.index(f"| {heading} |") :].splitlines()[2:]
    rows = itertools.takewhile(bool, lines)
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def spelled(text):
    """What a document spells as a command line: in code, on indented lines and in fences."""
    plain = FENCE.sub("", text)
    spans = [s for line in plain.splitlines() for s in re.findall(r"`([^`]+)`", line)]
    indented = [re.split(r"\s{3,}", line.strip())[0] for line in plain.splitlines()
                if line.startswith("    ")]  # fmt: skip
    return [*spans, *indented, *"".join(blocks(text, "sh")).splitlines()]


# --- links ----------------------------------------------------------------------------------------


def anchors(path):
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@each_document
def test_links_lead_somewhere(path):
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    links = re.findall(r"(?<!\!)\[[^\]^]+\]\(([^)\s]+)\)", text)
    for link in links:
        target, _, anchor = link.partition("#")
        if re.match(r"https?:", target):
            continue
        there = path if not target else (path.parent / target).resolve()
        if there == ROOT / "docs" / "models" / "index.md":
            continue  # written by every build
        assert there.exists(), link
        assert not anchor or anchor in anchors(there), link
        if path.is_relative_to(ROOT / "docs"):
            assert there.is_relative_to(ROOT / "docs"), f"{link} is not part of the site"


@each_document
def test_files_that_are_named_exist(path):
    text = path.read_text(encoding="utf-8")
    folders = "generator|tests|docs/assets|scripts|requirements|models|\\.github|\\.ci"
    named = set(re.findall(rf"`((?:{folders})/[\w./-]*)`", text))
    made_up = {"mynet", "trial", "softplus", "docs/models", "NAME"}
    missing = [n for n in named if not (ROOT / n).exists() and not any(m in n for m in made_up)]
    assert missing == []


# --- commands and options -------------------------------------------------------------------------


def commands():
    """Each command's options with their metavars, as the parser has them."""
    (group,) = (a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    return {
        name: {
            " ".join(filter(None, (action.option_strings[-1], action.metavar)))
            for action in command._actions
            if action.option_strings and action.dest != "help"
        }
        for name, command in group.choices.items()
    }


def test_readme_lists_every_option_with_its_commands():
    found = defaultdict(set)
    for command, options in commands().items():
        for option in options:
            found[option].add(command)
    listed = {row[0].strip("`"): set(row[1].split(", ")) for row in table(README, "option | of")}
    assert listed == dict(found)


@pytest.mark.parametrize("text", [README, YOUR_MODEL], ids=["README", "guide"])
def test_every_command_is_described(text):
    described = {s.split()[1] for s in spelled(text) if re.match(r"layerbook [a-z]", s)}
    assert described == set(commands())


@each_document
def test_command_lines_are_ones_that_the_parser_takes(path):
    known = {name: {o.split()[0] for o in options} for name, options in commands().items()}
    everywhere = set().union(*known.values(), {"--version", "--help"})
    text = path.read_text(encoding="utf-8")
    for line in spelled(text):
        words = shlex.split(line.replace("[", "").replace("]", ""), comments=True)
        if words[:1] and words[0].endswith("layerbook") and words[1:]:
            command = words[1]
            assert command in known or command in everywhere, line
            assert {w for w in words[2:] if w.startswith("--")} <= known.get(command, set()), line
        elif words[:1] and words[0].startswith("--"):
            assert words[0] in everywhere, line


@each_document
def test_make_targets_exist(path):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.search(r"\.PHONY: (.+)", makefile)[1].split())
    lines = spelled(path.read_text(encoding="utf-8"))
    named = {w for line in lines for w in re.findall(r"^(?:\w+=\S+ )?make ([a-z-]+)", line)}
    assert named <= targets
    if path.name == "README.md":
        assert {*named, *re.findall(r"make ([a-z-]+)", README)} >= targets


# --- what a model's YAML says ---------------------------------------------------------------------


@pytest.mark.parametrize("text", [README, YOUR_MODEL], ids=["README", "guide"])
def test_the_keys_are_the_ones_that_are_accepted(text):
    rows = table(text, "key | meaning")
    assert [row[0].strip("`") for row in rows] == list(_KEYS)
    said = {row[0].strip("`"): " ".join(row[1:]) for row in rows}
    assert re.findall(r"`(\w*float\d+)`", said["dtype"]) == list(DTYPES)
    defaults = Specification("x", ROOT, title="x", summary="")
    assert re.search(rf"(^| ){defaults.decimals}( |$)", said["decimals"].replace("17;", ""))
    assert re.search(rf"(^| ){defaults.seed}( |$)", said["seed"])


# --- code -----------------------------------------------------------------------------------------


def verdicts(folder, *names):
    """Build the models of a folder without pages, and count their verdicts."""
    report = build_models(discover(folder), docs=None, device="cpu")
    assert [(m.name, m.error) for m in report.models] == [(name, None) for name in names]
    return [m.counts() for m in report.models]


def without_seconds(summary):
    text, count = re.subn(r"\d+\.\d s$", "s", summary.rstrip())
    assert count == 1
    return text


def test_readmes_python_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model, script = blocks(README, "python")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "mynet.py").write_text(model, encoding="utf-8")
    (counts,) = verdicts(tmp_path / "models", "mynet")
    assert set(counts) == {"verified"}
    torch.manual_seed(0)
    exec(script, {"__name__": "readme"})
    assert (tmp_path / "docs" / "models" / "mynet" / "index.md").is_file()


def test_the_guides_model_is_built_and_its_script_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    model, saving, script = blocks(YOUR_MODEL, "python")
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
    exec(script, {"__name__": "guide"})
    assert capsys.readouterr().out.splitlines()[-1] == "ok"


@dataclass
class Book:
    """TinyCNN's report as JSON has it, and the text of its pages."""

    report: dict
    pages: dict

    def step(self, name):
        (found,) = (s for s in self.report["models"][0]["steps"] if s["name"] == name)
        return found


@pytest.fixture(scope="module")
def tinycnn(tmp_path_factory):
    docs = tmp_path_factory.mktemp("book") / "docs"
    specs = [spec for spec in discover(ROOT / "models") if spec.name == "tinycnn"]
    report = build_models(specs, docs=docs, device="cpu")
    pages = {
        page.stem: re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8"))
        for page in (docs / "models" / "tinycnn").glob("*.md")
    }
    return Book(json.loads(json.dumps(report.to_dict())), pages)


def shape_of(data):
    """Keys and kinds of a report, whatever its numbers are."""
    if isinstance(data, dict):
        return {key: shape_of(value) for key, value in data.items()}
    return [shape_of(data[0])] if isinstance(data, list) else type(data)


def test_the_report_has_the_keys_that_readme_shows(tinycnn):
    (text,) = blocks(README, "json")
    shown, report = json.loads(text), tinycnn.report
    assert shape_of(shown) == shape_of(report)
    assert shown["layerbook"] == report["layerbook"]
    shown, step = (data["models"][0]["steps"][0] for data in (shown, report))
    for key in ("name", "call", "kind", "type", "page"):
        assert shown[key] == step[key]
    for said, value in zip(shown["values"], step["values"], strict=False):
        for key in ("of", "status", "checked", "elements", "reason"):
            assert said[key] == value[key]


# --- the guide to a page --------------------------------------------------------------------------


def test_the_guide_names_the_parts_that_pages_have(tinycnn):
    page = tinycnn.pages["conv1"]
    named = [re.sub("[*]", "", row[0]) for row in table(READING, "on the page | what stands there")]
    places = [page.index(name) for name in named if not name.startswith("the ")]
    assert len(places) >= 8
    assert places == sorted(places)


def test_the_budget_that_the_guide_works_out_is_the_pages(tinycnn):
    stored = {
        k: t.double() for k, t in load_file(ROOT / "models/weights/tinycnn.safetensors").items()
    }
    terms = (stored["input"][0, 0, 0:3, 0:3] * stored["conv1.weight"][0, 0]).flatten()
    sums = stored["conv1.bias"][0] + terms.cumsum(0)
    squares = terms.square().sum().item(), sums.square().sum().item()
    for square in squares:
        assert f"{square:.6f}" in READING
    assert f"{sums[-1]:.6f}" in READING
    own = FACTOR * 2**-24 * math.sqrt(sum(squares))
    assert f"= {own * 1e7:.1f} \\cdot 10^{{-7}}" in READING
    said = re.search(r"the budget on the page is (\S+ × 10⁻⁷), one part in (\d+) million", READING)
    assert re.search(
        rf"^They differ by .* {said[1]}( here)?\.", tinycnn.pages["conv1"], re.MULTILINE
    )
    budget = float(said[1].split()[0]) * 1e-7
    assert own < budget
    assert round(sums[-1].item() / budget / 1e6) == int(said[2])
    value = tinycnn.step("conv1")["values"][0]
    assert value["status"] == "verified"
    assert value["checked"] == value["elements"] == 128
    assert "all 128 elements were checked" in READING


def random_sums(body, count):
    """The textbook's bound over the budget, for 400 sums of so many terms; `body` of x and w."""
    r, k = indices("r k")
    x, w = (Tensor(name, name, (Num(400), Num(count)), name) for name in "xw")
    y = Tensor("y", "y", (Num(400),), "y", "result")
    products = body is torch.randn
    term = x[r, k] * w[r, k] if products else x[r, k]
    used = (x, w) if products else (x,)
    seeded = torch.Generator().manual_seed(0)
    drawn = {tensor.name: body(400, count, generator=seeded) for tensor in used}
    found = evaluate(Equation(y, (r,), total(k.over(Num(count)), term), used), drawn, unit=2**-24)
    terms = math.prod(numbers.double() for numbers in drawn.values())
    return count * 2**-24 * terms.abs().sum(1) / found.budget


def test_the_textbooks_bound_is_as_much_larger_as_the_guide_says():
    heading, rows = "float32 terms | 64 terms | 10,000 terms", (torch.randn, torch.rand)
    for row, draw in zip(table(READING, heading), rows, strict=True):
        for said, count in zip(row[1:], (64, 10_000), strict=True):
            ratio = random_sums(draw, count).median().item()
            assert float(said.replace(",", "")) == pytest.approx(ratio, rel=0.05)


def test_numbers_are_printed_as_the_guide_says():
    rows = table(READING, "number | as an operand | as a result")
    assert len(rows) >= 5
    for number, operand, result in rows:
        assert (plain_number(float(number), 4), plain_number(float(number), 6)) == (operand, result)


def test_the_notation_has_every_sign_of_the_formulas(tmp_path):
    build_models(discover(ROOT / "models"), docs=tmp_path, device="cpu")
    pages = "".join(page.read_text(encoding="utf-8") for page in tmp_path.rglob("*.md"))
    formulas = "".join(re.findall(r"\\[\[(].+?\\[\])]", pages, re.DOTALL))
    notation = READING[READING.index("## Notation") : READING.index("## The backward pass")]
    plain = {"frac", "cdot", "times", "text", "left", "right", "tfrac", "end", "le", "ge"}
    letters = {"mu", "sigma", "gamma", "beta", "epsilon", "varepsilon", "ell", "delta"}
    signs = set(re.findall(r"\\([a-zA-Z]+)", formulas)) - plain - letters
    assert {"sum", "max", "lfloor", "bmod", "substack", "partial"} <= signs
    assert signs <= set(re.findall(r"\\([a-zA-Z]+)", notation))
    assert r"\left[" in formulas
    assert r"\left[" in notation


def test_the_multiply_adds_of_the_guide_are_the_pages(tinycnn):
    said = re.search(r"`conv1` has 2 × 8 × 8 outputs .* has ([\d,]+) multiply-adds", READING)
    assert re.search(rf"^Multiply-adds{said[1]}$", tinycnn.pages["conv1"], re.MULTILINE)


def test_the_home_pages_example_is_the_pages(tinycnn):
    text = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    page = tinycnn.pages["pool2"]
    formulas = re.findall(r"^\\\[\n(.+?)\n\\\]$", text, re.MULTILINE | re.DOTALL)
    assert len(formulas) == 2
    for formula in formulas:
        assert f"\\[{formula}\\]" in page
    (calculated, actual) = re.search(r"is (\S+)\. PyTorch gave (\S+) too", text).groups()
    assert f"Calculated average value: {calculated}\n" in page
    assert f"Actual output value: {actual}\n" in page
    value = tinycnn.step("pool2")["values"][0]
    assert value["status"] == "verified"
    assert f"at all {value['checked']} elements of the output" in text


# --- what is explained ----------------------------------------------------------------------------

OPERATORS = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "pow": "**", "neg": "-x", "pos": "+x",
}  # fmt: skip


def spelling(name):
    """A type as a reader writes it; None for what has no spelling of its own."""
    if name.startswith("torch._C") or not name.startswith("torch."):
        return None
    place, _, base = name.rpartition(".")
    if base.startswith("__"):
        plain = base.strip("_")
        return OPERATORS.get(plain) or OPERATORS.get(plain[1:]) or ("/" if "div" in plain else None)
    short = {"torch.nn": "nn.", "torch.nn.functional": "F.", "torch.Tensor": "Tensor."}
    return short.get(place, place + ".") + base.rstrip("_")


def folded(names):
    """Names that differ only in their number of axes as one: nn.Conv{1,2,3}d."""
    found = defaultdict(list)
    for name in sorted(names):
        found[re.sub(r"\d(?=d)", "#", name)].append(re.search(r"\d(?=d)|$", name)[0])
    for name, digits in found.items():
        yield name.replace("#", digits[0] if len(digits) == 1 else f"{{{','.join(digits)}}}")


def explained():
    """The guide's table, from the rules."""
    lines = ["| formula | types |", "|---|---|"]
    in_order = sorted(rules().values(), key=lambda rule: (rule.file, rule.type))
    for _, group in itertools.groupby(in_order, lambda rule: rule.file):
        found = list(group)
        titles = dict.fromkeys(re.sub(r", \dd$", "", rule.title) for rule in found)
        names = {name for rule in found if (name := spelling(rule.type)) is not None}
        order = sorted(folded(names), key=lambda n: (not n.startswith("nn."), n.lower()))
        types = ", ".join(f"`{name}`" for name in order) or "a model without a loss of its own"
        lines.append(f"| {', '.join(titles)} | {types} |")
    return "\n".join(lines)


def test_the_guide_lists_what_is_explained():
    text = (ROOT / "docs" / "guide" / "layers.md").read_text(encoding="utf-8")
    said = re.search(r"<!-- explained -->\n(.*?)\n<!-- /explained -->", text, re.DOTALL)
    assert said is not None
    assert said[1].splitlines() == explained().splitlines()


# --- a layer from start to end --------------------------------------------------------------------


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


if __name__ == "__main__":
    print(explained())

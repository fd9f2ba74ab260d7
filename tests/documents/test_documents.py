"""README, CONTRIBUTING and the guide say what is so: links, commands, keys, code."""

import argparse
import json
import re
import shlex
from collections import defaultdict

import pytest
import torch
from texts import DOCUMENTS, FENCE, ROOT, blocks, guide, read, spelled, table

from generator.build import build_models
from generator.cli import parser
from generator.discover import discover
from generator.settings import _KEYS, DTYPES, Specification

README = read("README.md")
YOUR_MODEL = guide("your-model")
each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)

# --- links ----------------------------------------------------------------------------------------


def anchors(path):
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    own = {m[1] for title in titles if (m := re.search(r"\{ #([\w-]+)", title))}
    return own | {re.sub(r"[^\w\- ]", "", t.lower()).replace(" ", "-") for t in titles}


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
    made_up = {"mynet", "tinygpt", "trial", "softplus", "docs/models", "NAME"}
    missing = [n for n in named if not (ROOT / n).exists() and not any(m in n for m in made_up)]
    assert missing == []


def test_the_pictures_of_readme_are_there_in_light_and_dark_and_small():
    named = re.findall(r'(?:src|srcset)="([^"]+)"', README)
    assert sorted(named) == [
        f".github/screenshots/{name}-{look}.png"
        for name in ("home", "layer")
        for look in ("dark", "light")
    ]
    assert sum((ROOT / name).stat().st_size for name in named) < 400_000


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


def test_the_keys_are_the_ones_that_are_accepted():
    rows = table(README, "key | meaning")
    assert [row[0].strip("`") for row in rows] == list(_KEYS)
    said = {row[0].strip("`"): " ".join(row[1:]) for row in rows}
    assert re.findall(r"`(\w*float\d+)`", said["dtype"]) == list(DTYPES)
    defaults = Specification("x", ROOT, title="x", summary="")
    assert re.search(rf"(^| ){defaults.decimals}( |$)", said["decimals"].replace("17;", ""))
    assert re.search(rf"(^| ){defaults.seed}( |$)", said["seed"])


# --- README's code --------------------------------------------------------------------------------


def verdicts(folder, *names):
    """Build the models of a folder without pages, and count their verdicts."""
    report = build_models(discover(folder), docs=None, device="cpu")
    assert [(m.name, m.error) for m in report.models] == [(name, None) for name in names]
    return [m.counts() for m in report.models]


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


def shape_of(data):
    """Keys and kinds of a report, whatever its numbers are."""
    if isinstance(data, dict):
        return {key: shape_of(value) for key, value in data.items()}
    return [shape_of(data[0])] if isinstance(data, list) else type(data)


def test_the_report_has_the_keys_that_readme_shows(book):
    (text,) = blocks(README, "json")
    shown, report = json.loads(text), book.report
    assert shape_of(shown) == shape_of(report)
    assert shown["layerbook"] == report["layerbook"]
    shown, step = (data["models"][0]["steps"][0] for data in (shown, report))
    for key in ("name", "call", "kind", "type", "page"):
        assert shown[key] == step[key]
    for said, value in zip(shown["values"], step["values"], strict=False):
        for key in ("of", "status", "checked", "elements", "reason"):
            assert said[key] == value[key]

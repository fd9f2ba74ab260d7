"""The reference against the parser, the settings, the report and the function that it is about.

`python tests/documents/test_reference.py` writes its generated parts anew.
"""

import argparse
import inspect
import re

import pytest
from texts import DOCS, ROOT, blocks, guide, table

from generator import document
from generator.cli import parser
from generator.settings import _KEYS, Specification, read_settings
from generator.shown import _OPTIONS, KINDS, OUTPUT_KINDS

REFERENCE = guide("reference")


# --- the generated parts --------------------------------------------------------------------------


def spelling(action):
    """An argument as a command line has it."""
    if not action.option_strings:
        return f"[{action.metavar} ...]" if action.nargs == "*" else action.metavar
    return " ".join(filter(None, (action.option_strings[-1], action.metavar)))


def commands():
    """Each command with its usage and a table of its arguments."""
    (group,) = (a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    said = {choice.dest: choice.help for choice in group._choices_actions}
    for name, command in group.choices.items():
        taken = [action for action in command._actions if action.dest != "help"]

        yield f"### layerbook {name}\n\n{said[name][0].upper()}{said[name][1:]}.\n"
        plain = [spelling(action) for action in taken if not action.option_strings]
        yield f"    {' '.join(['layerbook', name, *plain, '[OPTION ...]'])}\n"
        yield "| argument | meaning |\n|---|---|"
        yield "\n".join(f"| `{spelling(a).strip('[]')}` | {a.help} |" for a in taken) + "\n"


def signature():
    """The function as its own file declares it."""
    lines, keywords = [], False
    for parameter in inspect.signature(document).parameters.values():
        if parameter.kind == parameter.KEYWORD_ONLY and not keywords:
            lines, keywords = [*lines, "    *,"], True
        default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
        lines.append(f"    {parameter.name}: {parameter.annotation}{default},")
    return "\n".join(["```text", "document(", *lines, ") -> Report", "```"])


GENERATED = {"commands": lambda: "\n".join(commands()).strip(), "signature": signature}


def between(name):
    return re.compile(rf"(<!-- {name} -->\n)(.*?)(\n?<!-- /{name} -->)", re.DOTALL)


@pytest.mark.parametrize("name", GENERATED)
def test_the_generated_parts_are_up_to_date(name):
    assert between(name).search(REFERENCE)[2] == GENERATED[name]()


# --- the tables written by hand -------------------------------------------------------------------


def test_the_yaml_keys_are_the_ones_that_are_accepted():
    rows = table(REFERENCE, "key | meaning | its value is | without it")
    assert [row[0].strip("`") for row in rows] == list(_KEYS)
    defaults = Specification("x", ROOT, title="x", summary="")
    for name, _, accepted, default in rows:
        key = name.strip("`")
        assert accepted == _KEYS[key][1]
        if isinstance(getattr(defaults, key), int):
            assert default == str(getattr(defaults, key))


def test_what_an_input_may_be_shown_as_is_described(tmp_path):
    rows = {row[0].strip("`"): row[2] for row in table(REFERENCE, "as | the tensor | option")}
    assert tuple(rows) == KINDS
    for kind in KINDS:
        assert all(re.search(rf"`{option}[`:]", rows[kind]) for option in _OPTIONS[kind])
    (example,) = (text for text in blocks(REFERENCE, "yaml") if "inputs:" in text)
    (tmp_path / "net.yml").write_text(example, encoding="utf-8")
    shown = read_settings(tmp_path / "net.yml")["inputs"].values()
    assert {one.kind for one in shown} == set(KINDS)


def test_what_an_output_may_be_shown_as_is_described(tmp_path):
    outputs = REFERENCE[REFERENCE.index("### Outputs as") :]
    rows = {row[0].strip("`"): row[2] for row in table(outputs, "as | the tensor | option")}
    assert tuple(rows) == OUTPUT_KINDS
    assert "`labels`" in rows["classes"]
    assert "`vocabulary`" in rows["tokens"]
    (example,) = (text for text in blocks(REFERENCE, "yaml") if "outputs:" in text)
    (tmp_path / "net.yml").write_text(example, encoding="utf-8")
    shown = read_settings(tmp_path / "net.yml")["outputs"].values()
    assert {one.kind for one in shown} == set(OUTPUT_KINDS)


def test_the_arguments_of_the_function_are_described():
    rows = re.findall(r"^\| `(\w+)` \|", REFERENCE, re.MULTILINE)
    names = list(inspect.signature(document).parameters)
    assert rows[rows.index(names[0]) :][: len(names)] == names


def paths(data, prefix=""):
    """The keys of a report, those in lists by the list's first entry."""
    if isinstance(data, list):
        return paths(data[0], prefix + "[]")
    if not isinstance(data, dict):
        return []
    found = []
    for key, value in data.items():
        path = f"{prefix}.{key}" if prefix else key
        found += [path, *paths(value, path)]
    return found


def test_the_keys_of_the_report_are_the_reports(book):
    rows = table(REFERENCE[REFERENCE.index("## The report") :], "key | meaning")
    assert [row[0].strip("`") for row in rows] == paths(book.report)


if __name__ == "__main__":
    text = REFERENCE
    for name, make in GENERATED.items():
        found = between(name).search(text)
        text = f"{text[: found.end(1)]}{make()}\n{text[found.end() - len(f'<!-- /{name} -->') :]}"
    (DOCS / "guide" / "reference.md").write_text(text, encoding="utf-8")

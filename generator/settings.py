"""What a model's YAML may say, checked key by key, and the specification that it becomes."""

from __future__ import annotations

import difflib
import reprlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from generator.shown import KINDS, OUTPUT_KINDS, WORDS, Shown, ShownError, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping
    from pathlib import Path

DTYPES = ("float32", "float64", "bfloat16", "float16")
LARGEST_SEED = 2**64 - 1


class ModelError(Exception):
    """What is wrong with one model, in one line that begins with the file's name."""


@dataclass(frozen=True)
class Specification:
    """All that is known of a model before its file runs."""

    name: str
    """The file's name without `.py`."""
    path: Path
    """The model's file, absolute."""
    title: str
    summary: str
    order: int | None = None
    """Place among the models; those without one follow by name."""
    seed: int = 0
    dtype: str | None = None
    """What floating point parameters and inputs are cast to; None leaves them as they come."""
    elements: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """The output element to work out, by the name of the step."""
    decimals: int = 6
    inputs: Mapping[str, Shown] = field(default_factory=dict)
    """As what an input is shown, by its name."""
    outputs: Mapping[str, Shown] = field(default_factory=dict)
    """The same of the outputs."""
    error: str | None = None
    """Why the model cannot be loaded, known without running it."""

    @property
    def label(self) -> str:
        """The file as messages name it: `models/tinycnn.py`, on every machine the same."""
        return label(self.path)


def label(path: Path) -> str:
    """Name a file by its folder and its own name, without the machine's path."""
    return f"{path.parent.name}/{path.name}"


def nearest(name: str, known: list[str]) -> str:
    """Say what a misspelt name may have meant: `did you mean 'title'?`, or what there is."""
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"expected one of {', '.join(known)}"


def read_settings(path: Path) -> dict[str, Any]:
    """Read and check a YAML file; the keys are fields of `Specification`.

    Raises `ModelError` for what is no YAML, an unknown key or a value of the wrong kind.
    """
    settings = _parse(path)
    for key, value in settings.items():
        if key not in _KEYS:
            hint = nearest(key, list(_KEYS))
            raise ModelError(f"{label(path)}: unknown key {key!r}, {hint}")
        accepts, expected = _KEYS[key]
        if not accepts(value):
            raise ModelError(f"{label(path)}: {key} is {_shown(value)}, expected {expected}")
    if "elements" in settings:
        settings["elements"] = _positions(path, settings["elements"])
    for key in _SHOWN:
        if key in settings:
            settings[key] = _tensors(path, key, settings[key])
    return settings


def _parse(path: Path) -> dict[str, Any]:
    try:
        settings = yaml.load(path.read_bytes(), _Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = "" if mark is None else f"line {mark.line + 1}: "
        raise ModelError(f"{label(path)}: {where}{error.problem}, expected YAML") from error
    except (yaml.YAMLError, ValueError, RecursionError, OSError) as error:
        reason = " ".join(str(error).replace(str(path), path.name).split())
        raise ModelError(f"{label(path)}: {reason}, expected YAML") from error
    if settings is None:
        return {}
    if not isinstance(settings, dict):
        raise ModelError(f"{label(path)}: is {_shown(settings)}, expected `key: value` lines")
    return settings


class _Loader(yaml.SafeLoader):
    """YAML whose keys, tokens and labels are text as written, and whose keys occur once.

    The steps of a Sequential are named `0` and `1.10`, which YAML would take for numbers, and a
    word may be `on`, `no` or `null`.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        mapping: dict[Hashable, Any] = {}
        # elsewhere the same word may name an input or a step
        words = WORDS if any(key.value == "as" for key, _ in node.value) else ()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key is a list or a mapping", key.start_mark
                )
            if key.value in mapping:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value!r} occurs twice", key.start_mark
                )
            if key.value in words:
                _as_written(value)
            mapping[key.value] = self.construct_object(value, deep=deep)
        return mapping


def _as_written(node: yaml.Node) -> None:
    """Take the entries of a list or a mapping for text."""
    if isinstance(node, yaml.SequenceNode):
        entries = node.value
    elif isinstance(node, yaml.MappingNode):
        entries = [value for _, value in node.value]
    else:
        return
    for entry in entries:
        if isinstance(entry, yaml.ScalarNode):
            entry.tag = yaml.resolver.BaseResolver.DEFAULT_SCALAR_TAG


def _positions(path: Path, elements: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    for step, position in elements.items():
        if not (isinstance(position, list) and all(_is_whole(i, 0) for i in position)):
            raise ModelError(
                f"{label(path)}: elements: {step} is {_shown(position)}, "
                "expected a list of indices from 0, such as [0, 0, 1, 1]"
            )
    return {step: tuple(position) for step, position in elements.items()}


def _tensors(path: Path, key: str, said: dict[str, Any]) -> dict[str, Shown]:
    found: dict[str, Shown] = {}
    for name, value in said.items():
        try:
            found[name] = shown(value, _SHOWN[key])
        except ShownError as error:
            raise ModelError(f"{label(path)}: {key}: {name}: {error}") from error
    return found


def _shown(value: object) -> str:
    return f"{reprlib.repr(value)} ({type(value).__name__})" if value is not None else "empty"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _is_whole(value: object, least: int | None = None, most: int | None = None) -> bool:
    # True and False are ints to Python, and never what is meant
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    return (least is None or value >= least) and (most is None or value <= most)


_SHOWN = {"inputs": KINDS, "outputs": OUTPUT_KINDS}
_KEYS: dict[str, tuple[Callable[[object], bool], str]] = {
    "title": (_is_text, "text"),
    "summary": (_is_text, "text"),
    "order": (_is_whole, "a whole number"),
    "seed": (
        lambda value: _is_whole(value, 0, LARGEST_SEED),
        f"a whole number from 0 to {LARGEST_SEED}",
    ),
    "dtype": (lambda value: value in DTYPES, f"one of {', '.join(DTYPES)}"),
    "elements": (
        lambda value: isinstance(value, dict),
        "a mapping of step names to indices, such as conv1: [0, 0, 1, 1]",
    ),
    "inputs": (
        lambda value: isinstance(value, dict),
        "a mapping of inputs to what they are, such as x: image",
    ),
    "outputs": (
        lambda value: isinstance(value, dict),
        "a mapping of outputs to what they are, such as output: classes",
    ),
    "decimals": (lambda value: _is_whole(value, 0, 17), "a whole number from 0 to 17"),
}

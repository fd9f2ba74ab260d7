"""Which formula explains which of torch's types, and what a formula is given and gives back."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from torch import Tensor

from generator.formula.configure import Setting
from generator.formula.tree import Equation, Expr

REQUIRED = object()
"""Marks an argument without a default."""

VARIADIC = object()
"""Marks an argument `*shape`, which takes all positional arguments that are left, as a tuple."""

OWN = object()
"""Marks `**parameters`, which takes all other parameters and buffers of a module by local name."""


class Refused(Exception):  # noqa: N818 - a refusal is no error of the program
    """This configuration is not explained; the message says which, in words for the page."""


@dataclass(frozen=True)
class Argument:
    """A tensor of the call: what a formula may depend on without seeing the numbers."""

    shape: tuple[int, ...]
    dtype: str
    """`float32`, `int64`, …"""
    integer: bool


@dataclass(frozen=True)
class Placed:
    """Where a tensor stands within an option that is a list or tuple."""

    name: str
    """Its name among the call's tensors: `tensors[0]`, `index[1]`."""


@dataclass(frozen=True)
class Call:
    """One call of a layer, module and functional form alike.

    `tensors` are the arguments that are tensors, parameters and buffers among them, by their name
    in the functional form (`input`, `weight`, `running_mean`); absent ones are not in it. `options`
    are all other arguments, defaults filled in; a list or tuple with tensors in it is there too,
    with `Placed` where a tensor stands. `outputs` are the tensors that came back.
    """

    type: str
    tensors: Mapping[str, Argument]
    options: Mapping[str, object]
    outputs: tuple[Argument, ...]
    module: bool
    """Whether it was called as a module."""
    reached: tuple[bool, ...] = (True,)
    """For each output, whether a gradient arrives there; at least one does."""

    @property
    def output(self) -> Argument:
        """The only output."""
        if len(self.outputs) != 1:
            message = f"{self.type} returned {len(self.outputs)} tensors"
            raise Refused(message)
        return self.outputs[0]

    def shape(self, name: str = "input") -> tuple[int, ...]:
        """Shape of the tensor argument of that name."""
        return self.tensors[name].shape


@dataclass(frozen=True)
class Size:
    """How one axis of the output gets its length."""

    axis: str
    """What the axis is called: `height`."""
    latex: str
    """Its symbol: `H'`."""
    length: Expr
    """Its length from the configuration's symbols."""


@dataclass(frozen=True)
class Note:
    """Where a reader goes wrong with this type; shown only where it applies to this call."""

    title: str
    text: str
    """One or two sentences of Markdown; formulas between `\\(` and `\\)`."""


@dataclass(frozen=True)
class Example:
    """A call that the tests make: a module with its inputs, or a function with its arguments.

    `run` builds and calls it under a fixed seed: it returns the callable, args and kwargs.
    """

    name: str
    run: Callable[[], tuple[Callable[..., object], tuple[object, ...], dict[str, object]]]


@dataclass(frozen=True)
class Output:
    """A further output of a call that gives several tensors."""

    name: str
    """What torch calls it: `indices`, `h_n`."""
    equation: Equation | None
    """Its result is named `output_1`, `output_2`, … by its place; None: it is not explained."""
    axes: tuple[str, ...] = ()
    reason: str = ""
    """Why it is not explained."""
    called: str = ""
    """What it is called where that is not its name: `part 1`."""
    holds: str = ""
    """What it has in it: `positions 48 to 71 of the input along axis 2`."""


@dataclass(frozen=True)
class Formula:
    """What a layer computes in this call.

    Equations are general; `settings` configures all of them. In every equation the tensors have
    the names of `Call.tensors`; the output is named `output`, and in a gradient equation the
    upstream gradient is named `grad_output` and the result `grad_<operand>`. A call with several
    outputs has the further ones in `others`, named `output_1`, `output_2`, …, with the upstream
    gradients `grad_output_1`, …; a gradient equation reads those that arrive (`Call.reached`). A
    tensor of the role "drawn" has the name that the rule's `draw` gives it. `gradients` has one
    equation for each floating operand; an operand that has no gradient by definition (class
    indices, running statistics) is not in it.
    """

    summary: str
    """What it does here, one plain sentence with the configuration's numbers in it; no formula."""
    forward: Equation
    gradients: Mapping[str, Equation]
    settings: Mapping[str, Setting]
    axes: Mapping[str, tuple[str, ...]]
    """Names of the axes of each operand and of `output`: ("batch", "channel", "height", "width");
    each has as many as the equation declares."""
    sizes: tuple[Size, ...] = ()
    """How the output's shape follows; empty where it is the input's."""
    shape: str = ""
    """The same in a sentence, where the call gives lengths: what −1 stands for."""
    multiply_adds: int = 0
    """How often the forward formula, as configured, adds a product of two values of tensors.

    Each term of a sum of products is one, with or without a bias; each scale with its shift; each
    square in a variance. A product that is added to nothing (a gate, a mask) is none, nor is one
    whose factor is a number of the configuration (a mean's 1/N).
    """
    notes: tuple[Note, ...] = ()
    result: str = "value"
    """What is computed, for `Calculated … value`: `max value`, `average value`, `value`."""
    indices: Mapping[str, str] = field(default_factory=dict)
    """What an index counts, `u`: `row of the input`, where its axis' name does not tell."""
    others: tuple[Output, ...] = ()
    """Outputs behind the first, in torch's order."""
    called: str = ""
    """What the first output is called where that is not `output`: `part 0`."""
    holds: str = ""
    """What it has in it: `positions 0 to 23 of the input along axis 2`."""
    conventions: frozenset[str] = frozenset()
    """Operands whose gradient is, by a rule of torch's own, not the derivative of the forward
    equation everywhere; a note says where."""


Explain = Callable[[Call], Formula]
Draw = Callable[[Mapping[str, Tensor], Mapping[str, object], Tensor], Mapping[str, Tensor]]
"""From a call's tensors, options and output, right after it ran, to what it drew, by name."""


@dataclass(frozen=True)
class Rule:
    """How one type is explained."""

    type: str
    signature: tuple[tuple[str, object], ...]
    """Arguments of the functional form in order, with defaults, REQUIRED, VARIADIC or OWN."""
    explain: Explain
    file: str
    renames: Mapping[str, str]
    """For a module: its attributes' names where they differ from the functional arguments'."""
    title: str
    """The field's term: `Convolution, 2d`."""
    search: tuple[str, ...]
    """Other spellings under which a reader may look for it."""
    draw: Draw | None = None
    complex_: bool = False
    """Whether it explains calls with complex tensors, given as real ones with a last axis of 2."""
    overloads: tuple[tuple[tuple[str, object], ...], ...] = ()
    """Other signatures of the function, each for calls whose arguments are all tensors."""


_RULES: dict[str, Rule] = {}
_EXAMPLES: dict[str, tuple[Example, ...]] = {}
_LOADED: list[bool] = []
"""Not empty once every file has been imported without an error."""


def explains(
    *types: str,
    arguments: str,
    title: str,
    renames: Mapping[str, str] | None = None,
    search: tuple[str, ...] = (),
    draw: Draw | None = None,
    complex_: bool = False,
    overloads: tuple[str, ...] = (),
) -> Callable[[Explain], Explain]:
    """Register a function as the explanation of modules and functions of one signature.

    `arguments` lists the functional form's arguments as in a `def`: "input, weight, bias=None,
    stride=1", or "input, *shape" where they may come singly or as one tuple. A module's own
    forward arguments bind in the same order (the ones that are not its parameters, buffers or
    attributes). `overloads` are further lists of arguments, for a function that takes tensors in
    place of other arguments: one of them holds where it takes all arguments of the call and all of
    them are tensors. Registering a type twice raises ValueError, naming both files.
    """

    def register(function: Explain) -> Explain:
        file = Path(inspect.getfile(function)).name
        for name in types:
            if name in _RULES:
                message = f"{name} is explained twice: in {_RULES[name].file} and in {file}"
                raise ValueError(message)
            _RULES[name] = Rule(
                type=name,
                signature=_signature(arguments),
                explain=function,
                file=file,
                renames=dict(renames or {}),
                title=title,
                search=search,
                draw=draw,
                complex_=complex_,
                overloads=tuple(map(_signature, overloads)),
            )
        return function

    return register


def examples(*given: Example) -> None:
    """Examples of the file that calls this; the tests run all of them."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    _EXAMPLES[Path(frame.f_back.f_code.co_filename).name] = given


def lookup(type_name: str) -> Rule | None:
    """The rule that explains the type; None where there is none."""
    load_all()
    return _RULES.get(type_name)


def types_of(function: Explain) -> tuple[str, ...]:
    """The types that a function explains."""
    return tuple(name for name, rule in _RULES.items() if rule.explain is function)


def rules() -> Mapping[str, Rule]:
    """All rules by type."""
    load_all()
    return _RULES


def all_examples() -> Mapping[str, tuple[Example, ...]]:
    """The examples of every file."""
    load_all()
    return _EXAMPLES


def load_all() -> None:
    """Import every file of this package once, so that each registers what it explains."""
    if _LOADED:
        return
    for module in iter_modules([str(Path(__file__).parent)]):
        if module.name != "registry":
            import_module(f"generator.layers.{module.name}")
    _LOADED.append(True)


def _signature(arguments: str) -> tuple[tuple[str, object], ...]:
    namespace: dict[str, object] = {}
    exec(f"def call({arguments}): ...", namespace)  # noqa: S102 - our own text, parsed by Python
    call = namespace["call"]
    assert callable(call)
    parameters = inspect.signature(call).parameters.values()
    return tuple((p.name, _default(p)) for p in parameters)


def _default(parameter: inspect.Parameter) -> object:
    if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
        return VARIADIC
    if parameter.kind is inspect.Parameter.VAR_KEYWORD:
        return OWN
    return REQUIRED if parameter.default is inspect.Parameter.empty else parameter.default

"""Numbers, shapes and verdicts in words that a reader can judge."""

from __future__ import annotations

import math
from collections.abc import Sequence

from generator import wording
from generator.explanation import Verdict, Worked
from generator.formula.text import plain_number
from generator.wording import operand

series = wording.series
sentence = wording.sentence

BUDGET = "error budget"
"""What a comparison calls the difference that rounding may make."""


def count(number: int) -> str:
    """A whole number with its thousands apart: `1,024`."""
    return f"{number:,}"


def counted(number: int, one: str, many: str = "") -> str:
    """A number of things: `1 element`, `128 elements`."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def multiply_adds(number: int) -> str:
    """How many multiplications are added up; a dash where nothing is."""
    return count(number) if number else "–"


def size(number: float) -> str:
    """An error or a budget to two digits: `0.37`, `1.2 × 10⁻⁸`."""
    return _digits(number, 2)


def _digits(number: float, digits: int) -> str:
    if number == 0:
        return "0"
    if not math.isfinite(number):
        return plain_number(number)
    if not 1e-3 <= abs(number) < 1e7:
        return plain_number(number, digits)
    places = digits - 1 - math.floor(math.log10(abs(number)))
    rounded = round(number, places)
    return f"{rounded:,.{max(places, 0)}f}".replace("-", "−")


def shape(lengths: Sequence[int]) -> str:
    """A tensor's shape: `[1, 1, 8, 8]`."""
    return f"[{', '.join(map(str, lengths))}]"


def extent(lengths: Sequence[int]) -> str:
    """The shape of a part of a tensor: `(1, 3, 3)`."""
    return f"({', '.join(map(str, lengths))}{',' if len(lengths) == 1 else ''})"


def axes(names: Sequence[str]) -> str:
    """The axes of a tensor: `batch × channel × height × width`."""
    return " × ".join(names)


def at(names: Sequence[str], element: Sequence[int]) -> str:
    """A position: `(batch=0, channel=0, height=1, width=1)`."""
    if len(names) != len(element):
        return extent(element)
    return f"({', '.join(f'{n}={i}' for n, i in zip(names, element, strict=True))})"


def quantity(of: str, *, explained: bool = True) -> str:
    """What a verdict is about: `the output`, `the gradient of the weight`.

    The tensors of a step that is not explained have names of their own: `the gradient of fc`.
    """
    if not of.startswith("grad "):
        # one that has but a number takes no article
        return of if of[-1].isdigit() else f"the {of}"
    name, uses, _ = of.removeprefix("grad ").partition(" over all uses")
    if name == "output" or name.startswith("output "):
        return f"the gradient of the {name}"
    if uses:
        return f"the gradient of {operand(name)} over all of its uses"
    # reports call the first input x, whatever its symbol is on the page
    names = ["input" if part == "x" else part for part in name.split(", ")]
    if not explained and names != ["input"]:
        return f"the gradient of {name}"
    return f"the gradient of {series([operand(part) for part in names])}"


def times(number: int) -> str:
    """How often: `twice`, `5 times`."""
    return {1: "once", 2: "twice"}.get(number, f"{count(number)} times")


def whole(dtype: str) -> bool:
    """Whether a type holds integers, or true and false, which have no decimals."""
    return dtype.startswith(("int", "uint", "bool"))


def short(title: str) -> str:
    """A title for a heading, without the explanation behind its colon: `Input gate`."""
    head = title.partition(":")[0]
    return sentence(head)


def derived(difference: float) -> str:
    """How far a gradient's formula is from the forward formula differentiated."""
    if difference == 0:
        return "The forward formula, differentiated in float64, gives the same gradient."
    return (
        "The forward formula, differentiated in float64, gives the same gradient but for "
        f"{size(difference)} of its largest value."
    )


def agrees(worked: Worked) -> bool:
    """Whether the element's calculated and actual value agree within its budget."""
    return worked.error <= worked.budget


def comparison(worked: Worked, dtype: str) -> str:
    """How far the calculated and the actual value of one element are apart."""
    if worked.error == 0:
        return "Both are NaN." if math.isnan(worked.calculated) else "They are equal."
    error, budget = _apart(worked.error, worked.budget)
    if agrees(worked):
        return f"They differ by {error}; the {BUDGET} for {dtype} arithmetic is {budget} here."
    if worked.budget == 0:
        return f"They differ by {error}, where {dtype} arithmetic makes no error at all."
    return f"They differ by {error}, but the {BUDGET} for {dtype} arithmetic is {budget} here."


def _apart(error: float, budget: float) -> tuple[str, str]:
    """Both numbers, with as many digits as tell them apart."""
    for digits in (2, 4, 8):
        pair = _digits(error, digits), _digits(budget, digits)
        if pair[0] != pair[1]:
            break
    return pair


def checked(verdict: Verdict, name: str = "") -> str:
    """How much of a quantity was checked, and how close it came to its budget."""
    if verdict.status in {"given", "unexplained"} or verdict.max_error is None:
        return _sentence(verdict.reason or "There is nothing to compute here.")
    start = f"{_how_many(verdict, name or quantity(verdict.of))} checked"
    share = verdict.share if verdict.share is not None else 0.0
    if verdict.status == "mismatch":
        return f"{start}. {_beyond(verdict, share)}"
    if verdict.max_error == 0:
        return f"{start}; calculated and actual value are equal{_there(verdict)}."
    worst = f"the largest error is {size(verdict.max_error)}"
    if verdict.checked == 1:
        return f"{start}; its error is {size(verdict.max_error)}, {percent(share)} of its budget."
    return f"{start}; {worst}, and no element takes more than {percent(share)} of its budget."


def share(part: float) -> str:
    """A part of a whole in whole percent: `55 %`, `under 1 %`; 0 and 100 for none and all alone."""
    number = 100 * part
    shown = f"{number:.0f}"
    if 0 < number < 1:
        shown = "under 1"
    elif 99 < number < 100:
        shown = "over 99"
    return f"{shown}\N{NO-BREAK SPACE}%"


def percent(share: float) -> str:
    """A share of a budget, in whole percent and rounded up: `5 %`."""
    return f"{max(1, math.ceil(share * 100 - 1e-9))}\N{NO-BREAK SPACE}%"


def _how_many(verdict: Verdict, name: str) -> str:
    if verdict.elements == 1:
        return f"The one element of {name} was"
    if verdict.checked == verdict.elements == 2:
        return f"Both elements of {name} were"
    if verdict.checked == verdict.elements:
        return f"All {count(verdict.elements)} elements of {name} were"
    return f"{count(verdict.checked)} of the {count(verdict.elements)} elements of {name} were"


def _there(verdict: Verdict) -> str:
    return {1: "", 2: " at both of them"}.get(verdict.checked, " at each of them")


def _beyond(verdict: Verdict, share: float) -> str:
    assert verdict.max_error is not None
    if math.isnan(verdict.max_error) or math.isnan(share):
        return "At some of them one of the two values is NaN and the other is not."
    worst = f"The largest error is {size(verdict.max_error)}"
    if math.isinf(share) or not verdict.budget:
        return f"{worst}, and one element differs where no error is allowed."
    times = f"{size(share)} times its budget of {size(verdict.budget)}"
    return f"{worst}, and the error of one element is {times}."


def _sentence(message: str) -> str:
    start = message[:1].upper() + message[1:]
    return start if start.endswith((".", "!", "?")) else f"{start}."

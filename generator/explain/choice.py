"""Which elements of a quantity a page works out, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from generator.explain.elements import Element, corners, first_zero, largest
from generator.explain.extremes import extremes
from generator.formula.demand import beyond
from generator.formula.expand import expand
from generator.formula.operands import term_count
from generator.formula.reach import reach
from generator.formula.remembered import per_object
from generator.formula.tree import Apply, Cond, Equation, Expr, Reduce
from generator.formula.walk import children

Chosen = list[tuple[Element, str]]

_MOST_TERMS = 128
"""Terms of one element up to which further elements are worked out besides the page's own."""


def chosen(
    equation: Equation,
    operands: Mapping[str, Tensor],
    actual: Tensor,
    wished: Element | None,
) -> Chosen:
    """The element in the model's YAML or the largest; then a corner with padding, and a zero."""
    if actual.numel() == 0:
        return []
    if wished is not None:
        found: Chosen = [(wished, "it is named in the model's settings")]
    elif actual.dim() == 0:
        found = [((), "it is the only one")]
    else:
        element = largest(actual)
        found = [_telling(equation, operands, actual, element) or (element, _why(actual, element))]
    if term_count(equation.body, {}) > _MOST_TERMS:
        return found
    padded = _padded_corner(equation, operands, actual, found[0][0])
    if padded is not None:
        found.append((padded, "it reads positions beyond the border, which padding filled"))
    zero = first_zero(actual)
    if zero is not None and all(zero != element for element, _ in found):
        found.append((zero, "it is exactly zero"))
    return found


def _why(actual: Tensor, element: Element) -> str:
    known = extremes(actual)
    if actual.dtype == torch.bool:
        return "it is the first that is true" if known.largest else "all of them are false"
    if known.finite:
        ties = known.at_largest[1]
        if ties > 1:
            return f"it is the first of {ties} that are the largest in magnitude"
        return "it is the largest in magnitude"
    if bool(actual[element].isfinite()):
        return "it is the largest finite one in magnitude"
    return "it is the first, and none is finite"


def _telling(
    equation: Equation, operands: Mapping[str, Tensor], actual: Tensor, element: Element
) -> tuple[Element, str] | None:
    """Another element where the largest is a sum of shares of which one is 1 and all others 0.

    Such is attention's first query under a causal mask; nothing of the shares is seen there.
    """
    if not _shares(equation):
        return None
    fixed = _fixed(equation, operands, element)
    if fixed is None:
        return None
    for axis in reversed(range(actual.dim())):
        others = actual.detach().clone()
        others.select(axis, element[axis]).zero_()
        other = largest(others)
        if other[axis] != element[axis] and _fixed(equation, operands, other) is None:
            index, at = equation.indices[axis].name, element[axis]
            return other, (
                f"it is the largest in magnitude where {index} is not {at}; all derivatives of "
                f"the largest of all, at ({', '.join(map(str, element))}), with respect to the "
                f"{fixed} are 0"
            )
    return None


@per_object
def _shares(equation: Equation) -> bool:
    """Whether there are exponentials in it that are added up."""
    bodies = (equation.body, *(stage.body for stage in equation.stages))
    found = {type(node) for body in bodies for node in _nodes(body)}
    return Reduce in found and any(
        isinstance(node, Apply) and node.function == "exp" for b in bodies for node in _nodes(b)
    )


def _nodes(node: Expr | Cond) -> Iterator[Expr | Cond]:
    yield node
    for child in children(node):
        yield from _nodes(child)


def _fixed(equation: Equation, operands: Mapping[str, Tensor], element: Element) -> str | None:
    """An operand with respect to which all derivatives of the element are 0, though it is read."""
    found = reach(equation, dict(operands), element)
    if found is None:
        return None
    for name, read in found.reads.items():
        if read.numel() > 1 and operands[name].is_floating_point():
            back = found.arrives.get(name)
            if back is not None and not back.numel() and "mask" not in name:
                return equation.declared(name).meaning
    return None


def _padded_corner(
    equation: Equation, operands: Mapping[str, Tensor], actual: Tensor, near: Element
) -> Element | None:
    """A corner whose working reads beyond a tensor's edge, unless the element near does already."""
    if all(tensor.outside is None for tensor in equation.tensors):
        return None
    if _reads_padding(equation, operands, near):
        return None
    for corner in corners(tuple(actual.shape), 4):
        # the leading axes are those of the page's own element, so that channels can be compared
        element = (*near[:-2], *corner[-2:]) if len(corner) > 2 else corner
        if _reads_padding(equation, operands, element):
            return element
    return None


def _reads_padding(equation: Equation, operands: Mapping[str, Tensor], element: Element) -> bool:
    at = {v.name: (i, i) for v, i in zip(equation.indices, element, strict=True)}
    if not beyond(equation, at):
        return False
    try:
        working = expand(equation, operands, element)
    except IndexError:
        return False  # the formula reads what is not there, which its verdict says
    return any(cell.padded for cell in working.contents.cells)

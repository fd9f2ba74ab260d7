"""What capture has to know of the layers: which types are one step, and what a step drew."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor

from generator.binding import bind
from generator.layers.registry import Refused, Rule, lookup, rules


def is_step(type_name: str) -> bool:
    """Whether a module of that type is one step."""
    return lookup(type_name) is not None


def draws() -> dict[str, Callable[..., Mapping[str, Tensor]]]:
    """For the types that draw at random, what finds the draw in a call; see `capture.record`."""
    return {name: _draw(rule) for name, rule in rules().items() if rule.draw is not None}


def _draw(rule: Rule) -> Callable[..., Mapping[str, Tensor]]:
    draw = rule.draw
    assert draw is not None

    def find(
        args: tuple[object, ...],
        kwargs: Mapping[str, object],
        own: Mapping[str, object] | None,
        output: Tensor,
    ) -> Mapping[str, Tensor]:
        try:
            bound = bind(
                rule,
                args,
                kwargs,
                [output],
                own=own,
                data=lambda leaf: leaf if isinstance(leaf, Tensor) else None,
            )
        except Refused:
            return {}
        tensors = {name: t for name, t in bound.tensors.items() if isinstance(t, Tensor)}
        return draw(tensors, bound.call.options, output)

    return find

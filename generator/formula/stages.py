"""Stages: each evaluated at the elements that are read of it, each once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Generic

import torch
from torch import Tensor

from generator.formula.arithmetic import Plain, Q
from generator.formula.bounds import Interval
from generator.formula.boxes import Box, offsets
from generator.formula.integers import Integers
from generator.formula.known import Known
from generator.formula.operands import coordinates, lengths, numel, term_count
from generator.formula.scope import Scope
from generator.formula.tree import Expr, Stage, Var

CHUNK = 1 << 17
"""Numbers that one step of the evaluation may hold at once: what a core's cache holds of them."""
DEVICE_CHUNK = 1 << 22
"""The same on an accelerator, which many small steps would leave idle."""


class Stages(Integers[Q], Generic[Q]):
    """The part of an evaluation that keeps what is known of each stage."""

    known: dict[str, Known]
    behind: Mapping[str, Known]
    """Stages that another evaluation knows, whose values are these."""

    def at(
        self, body: Expr, indices: tuple[Var, ...], elements: Tensor | Box
    ) -> tuple[Tensor, Tensor | None]:
        """Values and standard errors of `body` at the elements, a list or a box of them."""
        raise NotImplementedError

    def demand(self, stage: Stage, offset: Tensor, asked: Tensor | None, box: Box | None) -> Known:
        """The stage, evaluated at least at the offsets that are asked for.

        `box` are the elements at the offsets where these are a box.
        """
        name = stage.tensor.name
        other = self.behind.get(name)
        if other is not None and other.has(offset, asked):
            return other
        if name not in self.known:
            self.known[name] = self._unknown(stage)
        known = self.known[name]
        absent = known.absent(offset, asked)
        if absent == 0:
            return known
        plain = stage.along is None and not stage.tensor.integer
        if box is not None and plain and 2 * absent > offset.numel():
            # a box without holes is evaluated sooner than what is left of it
            found, errors = self.at(stage.body, stage.indices, box)
            if stage.arithmetic is not None and self.tracked:
                _, errors = self.at(stage.arithmetic, stage.indices, box)
            known.put(offsets(box, lengths(stage.tensor)), found, errors)
            return known
        missing = known.missing(offset, asked)
        if missing.numel():
            if stage.along is None:
                self._fill(stage, known, missing)
            else:
                self._advance(stage, known, missing)
        return known

    def _unknown(self, stage: Stage) -> Known:
        return Known(numel(stage.tensor), self.store.device, tracked=self.tracked)

    @property
    def tracked(self) -> bool:
        """Whether errors are computed."""
        return not isinstance(self.arithmetic, Plain)

    def _fill(self, stage: Stage, known: Known, places: Tensor) -> None:
        sizes = lengths(stage.tensor)
        elements = coordinates(places, sizes)
        if stage.tensor.integer:
            found, errors = self._integers(stage, elements).to(torch.float64), None
        else:
            found, errors = self.at(stage.body, stage.indices, elements)
            if stage.arithmetic is not None and self.tracked:
                _, errors = self.at(stage.arithmetic, stage.indices, elements)
        known.put(places, found, errors)

    def _integers(self, stage: Stage, elements: Tensor) -> Tensor:
        ranges = self.intervals(stage.indices, elements)
        variables = {v.name: elements[:, k] for k, v in enumerate(stage.indices)}
        step = self.step(stage.body, ranges)
        parts = [
            self.integer(
                stage.body, Scope({n: v[a : a + step] for n, v in variables.items()}, ranges, 1)
            ).expand(min(step, elements.shape[0] - a))
            for a in range(0, elements.shape[0], step)
        ]
        return torch.cat(parts)

    def _advance(self, stage: Stage, known: Known, missing: Tensor) -> None:
        """Complete a recurrence, one position after the other, as far as it is asked for."""
        assert stage.along is not None
        sizes = lengths(stage.tensor)
        length = sizes[stage.along]
        everything = torch.arange(math.prod(sizes), device=self.store.device).view(sizes)
        asked = missing // math.prod(sizes[stage.along + 1 :]) % length
        last = int(asked.max() if stage.direction == 1 else length - 1 - asked.min())
        while known.upto <= last:
            done = known.upto
            position = done if stage.direction == 1 else length - 1 - done
            # a stage that this one reads may ask for what is complete so far
            known.upto += 1
            try:
                self._fill(stage, known, everything.select(stage.along, position).flatten())
            except Exception:
                known.upto = done
                raise

    def step(self, body: Expr, ranges: Mapping[str, Interval]) -> int:
        """Elements of one chunk."""
        return max(1, self.room // term_count(body, ranges))

    @property
    def room(self) -> int:
        """Numbers that one step may hold."""
        return CHUNK if self.store.device.type == "cpu" else DEVICE_CHUNK

    def intervals(self, indices: tuple[Var, ...], elements: Tensor) -> dict[str, Interval]:
        """The interval of each index over the elements."""
        if elements.shape[0] == 0:
            return {}
        low, high = elements.amin(0).tolist(), elements.amax(0).tolist()
        return {v.name: (low[k], high[k]) for k, v in enumerate(indices)}

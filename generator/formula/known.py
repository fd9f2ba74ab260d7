"""What is known of a stage: its elements that have been evaluated, and no room for the others."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

_BITS = 16
_PAGE = 1 << _BITS
_WHOLE = 1 << 27
"""Elements up to which room is asked for at once: on a CPU it is taken where something is put."""
_DEVICE_WHOLE = 1 << 22
"""The same on an accelerator."""


class Known:
    """Elements of a stage by their row-major offsets.

    A stage may have far more elements than are ever asked for, as the scores of all heads of an
    attention when one is looked at. So a large one is kept in pages, which come to be when
    something is put there; the page of zeros stands for all others.
    """

    def __init__(self, count: int, device: torch.device, *, tracked: bool) -> None:
        self.upto = 0
        """For a recurrence: how many positions along its axis are complete."""
        self._table: Tensor | None = None
        self._page_of: Tensor | None = None
        room = -(-max(count, 1) // _PAGE) * _PAGE if count > _PAGE else max(count, 1)
        if count > (_WHOLE if device.type == "cpu" else _DEVICE_WHOLE):
            self._table = torch.zeros(-(-count // _PAGE), dtype=torch.int64, device=device)
            self._page_of = torch.zeros(1, dtype=torch.int64, device=device)
            room = _PAGE
        self._values = _zeros(room, torch.float64, device)
        self._errors = _zeros(room, torch.float64, device) if tracked else None
        self._present = _zeros(room, torch.bool, device)

    def has(self, offset: Tensor, asked: Tensor | None) -> bool:
        """Whether all that is asked for at the offsets is known."""
        return self.absent(offset, asked) == 0

    def absent(self, offset: Tensor, asked: Tensor | None) -> int:
        """At how many of the offsets that are asked for nothing is known."""
        there = self._present.index_select(0, self._places(offset.flatten())).view(offset.shape)
        found = ~there if asked is None else ~there & asked
        return int(torch.count_nonzero(found))

    def missing(self, offset: Tensor, asked: Tensor | None) -> Tensor:
        """The offsets that are asked for and not known, each once, in order.

        With them come those that are known, where these are fewer: a box without holes is evaluated
        sooner than what is left of it.
        """
        if asked is None:
            wanted = offset.flatten()
        else:
            there = offset + torch.zeros_like(asked, dtype=torch.int64)
            wanted = there[asked | torch.zeros_like(there, dtype=torch.bool)]
        self._make_room(wanted)
        if self._present.numel() < _PAGE:
            mark = torch.zeros_like(self._present)
            mark[wanted] = True
            return _open(mark, self._present).nonzero().flatten()
        pages: Tensor = torch.unique(wanted >> _BITS)
        slots = pages if self._table is None else self._table[pages]
        place = wanted.new_zeros(int(pages[-1]) + 1 if pages.numel() else 0)
        place[pages] = torch.arange(pages.numel(), device=pages.device)
        mark = torch.zeros(pages.numel() << _BITS, dtype=torch.bool, device=pages.device)
        mark[(place[wanted >> _BITS] << _BITS) | (wanted & (_PAGE - 1))] = True
        present = self._present.view(-1, _PAGE).index_select(0, slots).flatten()
        found = _open(mark, present).nonzero().flatten()
        return (pages[found >> _BITS] << _BITS) | (found & (_PAGE - 1))

    def put(self, offsets: Tensor, values: Tensor, errors: Tensor | None) -> None:
        """Keep what has been found."""
        self._make_room(offsets)
        places = self._places(offsets)
        if values.requires_grad or self._values.requires_grad:
            # out of place, so that autograd follows
            self._values = self._values.index_put((places,), values)
        else:
            self._values[places] = values
        if self._errors is not None and errors is not None:
            self._errors[places] = errors
        self._present[places] = True

    def read(self, offset: Tensor) -> tuple[Tensor, Tensor | None]:
        """Values and errors at the offsets; 0 where nothing is known."""
        places = self._places(offset.flatten())
        values = self._values.index_select(0, places).view(offset.shape)
        if self._errors is None:
            return values, None
        return values, self._errors.index_select(0, places).view(offset.shape)

    @property
    def count(self) -> int:
        """How many elements are known."""
        return int(self._present.sum())

    def _places(self, offsets: Tensor) -> Tensor:
        """Where the offsets are kept."""
        if self._table is None:
            return offsets
        pages = self._table.index_select(0, offsets >> _BITS)
        return (pages << _BITS) | (offsets & (_PAGE - 1))

    def _make_room(self, offsets: Tensor) -> None:
        """Pages for the offsets; their number doubles, so that little is copied."""
        if self._table is None or self._page_of is None or offsets.numel() == 0:
            return
        wanted = torch.zeros_like(self._table, dtype=torch.bool)
        wanted[offsets >> _BITS] = True
        new = (wanted & (self._table == 0)).nonzero().flatten()
        if new.numel() == 0:
            return
        first = self._page_of.numel()
        self._table[new] = torch.arange(first, first + new.numel(), device=new.device)
        self._page_of = torch.cat([self._page_of, new])
        held = self._values.numel() >> _BITS
        if first + new.numel() > held:
            more = min(max(first + new.numel() - held, held), self._table.numel() + 1 - held)
            extra = self._values.new_zeros(more << _BITS)
            self._values = torch.cat([self._values, extra])
            self._present = torch.cat([self._present, extra.to(torch.bool)])
            if self._errors is not None:
                self._errors = torch.cat([self._errors, extra])


def _zeros(count: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    if device.type != "cpu":
        return torch.zeros(count, dtype=dtype, device=device)
    # NumPy asks for zeroed memory, which the system provides where it is written to
    if dtype == torch.bool:
        return torch.as_tensor(np.zeros(count, np.bool_))
    return torch.as_tensor(np.zeros(count, np.float64))


def _open(mark: Tensor, present: Tensor) -> Tensor:
    """What is marked and not present; all that is marked where most of it is not."""
    new = mark & ~present
    mostly = 2 * torch.count_nonzero(new) > torch.count_nonzero(mark)
    return mark if bool(mostly) else new

"""The table that `layerbook list` prints: what is known of each model before it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.progress import printable

if TYPE_CHECKING:
    from generator.settings import Specification


def table(specs: list[Specification]) -> str:
    """Lay out name, title and settings of each model, or what is wrong with it."""
    rows = [("NAME", "TITLE", "SETTINGS"), *((s.name, s.title, _settings(s)) for s in specs)]
    shown = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in shown) for column in range(2)]
    return "\n".join(
        f"{name:{widths[0]}}  {title:{widths[1]}}  {settings}".rstrip()
        for name, title, settings in shown
    )


def _settings(spec: Specification) -> str:
    if spec.error is not None:
        return f"error: {spec.error}"
    count = len(spec.elements)
    known = [
        None if spec.order is None else f"order {spec.order}",
        f"seed {spec.seed}",
        spec.dtype,
        f"{spec.decimals} decimals",
        f"{count} element{'' if count == 1 else 's'}" if count else None,
    ]
    return ", ".join(setting for setting in known if setting is not None)

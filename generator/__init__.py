"""Layerbook: the book of a PyTorch model, every number recomputed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, nn

    from generator.report import Report

__all__ = ["__version__", "document"]
__version__ = "0.1.0"


def document(
    module: nn.Module,
    args: tuple[Any, ...] = (),
    kwargs: Mapping[str, Any] | None = None,
    *,
    name: str = "model",
    loss: Callable[[Any], Tensor] | None = None,
    docs: str | Path | None = None,
    device: str = "auto",
) -> Report:
    """Document a live module from a script or a notebook.

    The module runs once forward and once backward on `args` and `kwargs`, in the mode that it is
    in; afterwards it is as it was. `loss` maps its output to a scalar, by default L = ½ Σ y². The
    pages go into `docs`/models/NAME; with docs=None nothing is written and the report alone is
    made. Raises CaptureError where the module cannot be run, ValueError for a device that is not
    there, TypeError for what is no module, tuple, mapping or function, and SiteError where the
    folder is not Layerbook's.
    """
    from torch import nn

    from generator.device import resolve_device
    from generator.live import document_module

    if not isinstance(module, nn.Module):
        raise TypeError(f"module is {type(module).__name__}, expected a torch.nn.Module")
    if loss is not None and not callable(loss):
        raise TypeError(f"loss is {type(loss).__name__}, expected a function of the output")
    if not isinstance(args, tuple):
        raise TypeError(f"args is {type(args).__name__}, expected a tuple of arguments")
    if kwargs is not None and not isinstance(kwargs, Mapping):
        raise TypeError(f"kwargs is {type(kwargs).__name__}, expected a mapping")
    return document_module(
        module,
        args,
        {} if kwargs is None else kwargs,
        name=name,
        loss=loss,
        docs=None if docs is None else Path(docs),
        device=resolve_device(device),
    )

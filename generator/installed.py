"""What is installed, read off files: torch and other packages are not imported for it."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from functools import lru_cache
from importlib import metadata
from pathlib import Path

# what a GPU's driver puts there; without any of these no run can be on a GPU
_NODES = ("nvidia[0-9]*", "nvidiactl", "dxg", "kfd", "nvmap", "nvhost-gpu")
_DRIVER = "proc/driver/nvidia"
_VISIBLE = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")


@lru_cache(maxsize=1)
def torch_version() -> str:
    """The version of torch, with the build that it is of: `2.13.0+cpu`."""
    written = re.search(r"^__version__ = '([^']+)'", torch_build(), re.MULTILINE)
    return written[1] if written else metadata.version("torch")


@lru_cache(maxsize=1)
def torch_build() -> str:
    """The text in which torch says how it was built; '' where it is not as expected."""
    found = importlib.util.find_spec("torch")
    if found is None or found.origin is None:
        return ""
    try:
        return Path(found.origin).with_name("version.py").read_text(encoding="utf-8")
    except OSError:
        return ""


def accelerators(root: Path = Path("/")) -> str:
    """Describe the GPUs that a run may find here; '' where it can find none.

    Two equal descriptions stand for the same answer of `torch.cuda`.
    """
    if _built_for_cpu():
        return ""
    if os.name == "nt":
        return "not known" if _windows_driver() else ""
    nodes = sorted({p.name for pattern in _NODES for p in (root / "dev").glob(pattern)})
    if not nodes:
        return ""
    driver = root / _DRIVER
    said = [" ".join(_text(driver / "version").split())]
    for file in sorted(driver.glob("gpus/*/information")):
        said += re.findall(r"^Model:\s*(.+?)\s*$", _text(file), re.MULTILINE)
    visible = [f"{name}={os.environ[name]}" for name in _VISIBLE if name in os.environ]
    return "; ".join([*nodes, *said, *visible])


def _windows_driver() -> bool:
    return (Path(os.environ.get("SYSTEMROOT", "C:/Windows")) / "System32/nvcuda.dll").exists()


def _built_for_cpu() -> bool:
    written = dict(re.findall(r"^(cuda|hip)\b[^=]*= (\S+)", torch_build(), re.MULTILINE))
    return set(written.values()) == {"None"}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def versions() -> dict[str, str]:
    """The version of each distribution that can be imported, by its name as `spelt` spells it."""
    found: dict[str, str] = {}
    for place in sys.path:
        try:
            names = os.listdir(place or ".")  # noqa: PTH208 - sooner, and text
        except OSError:
            continue
        for name in sorted(names):
            # NAME-VERSION.dist-info, or NAME-VERSION-py3.11.egg-info of older tools
            stem, ending = os.path.splitext(name)  # noqa: PTH122 - listdir gives text
            if ending in (".dist-info", ".egg-info") and "-" in stem:
                distribution, version = stem.split("-")[:2]
                found.setdefault(spelt(distribution), version)
    return found


def spelt(name: str) -> str:
    """A distribution's name in one spelling: `Ruamel.YAML` is `ruamel_yaml`."""
    return re.sub(r"[-_.]+", "_", name).lower()


@lru_cache(maxsize=1)
def distributions() -> dict[str, list[str]]:
    """The distributions that a top-level module can come from."""
    found = metadata.packages_distributions()
    return {module: sorted({spelt(n) for n in names}) for module, names in found.items()}

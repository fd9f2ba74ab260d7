"""Prints the seconds of TorchLens' forward-only traces of an architecture, as JSON.

A program of its own: TorchLens changes torch for good, and refuses to trace in a worker process.
"""

from __future__ import annotations

import gc
import json
import sys
import time
import warnings

import torch
import torchlens

from benchmarks.subjects import ARCHITECTURES, Make


def traces(make: Make, repeats: int) -> list[float]:
    """Seconds of each trace."""
    loaded = make()
    found = []
    for _ in range(repeats):
        gc.collect()
        start = time.perf_counter()
        trace = torchlens.trace(loaded.module, loaded.args, dict(loaded.kwargs))
        found.append(time.perf_counter() - start)
        del trace
    return found


if __name__ == "__main__":
    name, count = sys.argv[1:]
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    print(json.dumps(traces({s.name: s.make for s in ARCHITECTURES}[name], int(count))))

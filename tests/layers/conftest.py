"""The harness is imported by name in this folder's tests."""

import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))


def pytest_collection_finish():
    """Torch's own test classes forbid its switches to be set, which a recording does."""
    known = torch.backends.disable_global_flags.__globals__
    known["__allow_nonbracketed_mutation_flag"] = True

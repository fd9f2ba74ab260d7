"""Layerbook: the book of a PyTorch model, every number recomputed."""

__version__ = "0.1.0"

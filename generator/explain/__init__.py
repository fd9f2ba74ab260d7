"""From a recording and the formulas to explanations with their verdicts."""

from generator.explain.model import explain_model

__all__ = ["explain_model"]

"""Mathematical constants as symbols of formulas."""

from __future__ import annotations

import math

from generator.formula.tree import Sym

PI = Sym("pi", r"\pi", "the circle's constant", integer=False)
WITH_PI = {"pi": math.pi}
"""The setting of a formula that has it."""

"""Cross entropy with targets that are probabilities: -Σ w[c] q[n, c] log p[n, c] / N."""

from __future__ import annotations

from generator.formula.build import apply
from generator.formula.tree import Equation, Expr, When, mul
from generator.layers.class_labels import Loss
from generator.layers.smoothing import EPSILON, smoothed
from generator.layers.tensors import gradient_of


class Probabilities:
    """The equations for targets that are probabilities."""

    def __init__(self, loss: Loss) -> None:
        self.loss = loss
        self.scores = loss.scores
        self.c = self.scores.indices[self.scores.place]
        self.t = self.scores.tensor("target", "t", "wanted share of each class", "input", "Target")
        self.log_share, last = self.scores.log_shares
        self.stages = (*self.scores.stages, last)
        self.operands = loss.operands(self.scores.x, self.t)

    def forward(self) -> Equation:
        """y = -Σ_n Σ_j w_j q_j ℓ_j / N."""
        at = self.scores.at(self.loss.j)
        terms = self._wanted(self.loss.j) * self.log_share[at]
        entropy = self.loss.over_classes(self.loss.weigh(self.loss.j, terms))
        if self.loss.reduction != "none":
            entropy = self.loss.over_positions(entropy)
        y, indices = self.loss.y, self.loss.y_indices
        return Equation(y, indices, -self._averaged(entropy), self.operands, self.stages)

    def by_scores(self) -> Equation:
        """∂L/∂x_c = g (p_c Σ_j w_j q_j - w_c q_c) / N."""
        share = apply("exp", self.log_share[self.scores.indices])
        everything = self.loss.over_classes(self.loss.weigh(self.loss.j, self._wanted(self.loss.j)))
        body = share * everything - self.loss.weigh(self.c, self._wanted(self.c))
        body = self._averaged(self.loss.arriving) * body
        return self.loss.gradient(self.scores.x, body, self.operands, *self.stages)

    def by_target(self) -> Equation:
        """∂L/∂t_c = -g (1 - ε) w_c ℓ_c / N."""
        value = self.loss.weigh(self.c, self.log_share[self.scores.indices])
        body = -(self._averaged(self.loss.arriving) * When("smoothed", 1 - EPSILON) * value)
        operands = self.loss.operands(self.scores.x)
        return self.loss.gradient(self.t, body, operands, *self.stages)

    def by_weight(self) -> Equation:
        """∂L/∂w_c = -Σ_n g q_c ℓ_c / N."""
        here = self.log_share[self.scores.indices]
        terms = self._averaged(self.loss.arriving) * self._wanted(self.c) * here
        body = -self.loss.over_positions(terms)
        operands = (self.loss.g, self.scores.x, self.t)
        return Equation(gradient_of(self.loss.w), (self.c,), body, operands, self.stages)

    def _wanted(self, position: Expr) -> Expr:
        """The target's share, smoothed: (1 - ε) t + ε / C."""
        return smoothed(self.t[self.scores.at(position)], None, self.scores.length)

    def _averaged(self, value: Expr) -> Expr:
        lengths = self.scores.lead_sizes
        return value / mul(*lengths) if self.loss.reduction == "mean" and lengths else value

"""Equations of the families that the language has to carry, beside torch's own computation.

Each entry is an equation, its settings and operands, and the function of torch that it describes.
"""

import torch
from torch.nn import functional as F

from generator.formula import build
from generator.formula.build import apply, cases, equal, indices, largest, sizes, total, unequal
from generator.formula.tree import (
    Equation,
    FloorDiv,
    Mod,
    Outside,
    Stage,
    Sym,
    Tensor,
)

FAMILIES = {}


def family(function):
    """Register an entry under its function's name."""
    FAMILIES[function.__name__] = function
    return function


def random(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def sigmoid(value):
    return 1 / (1 + apply("exp", -value))


@family
def cumulative_sum():
    n, t = indices("n t")
    N, T = sizes("N T")
    x = Tensor("x", "x", (N, T), "input")
    s = Tensor("s", "s", (N, T), "sum so far", "stage")
    running = Stage(s, (n, t), cases((equal(t, 0), x[n, t]), otherwise=s[n, t - 1] + x[n, t]), 1)
    y = Tensor("y", "y", (N, T), "output", "result")
    equation = Equation(y, (n, t), s[n, t], (x,), (running,))
    return equation, {"N": 3, "T": 7}, {"x": random(3, 7)}, lambda x: x.cumsum(1)


@family
def cumulative_product_backwards():
    n, t = indices("n t")
    N, T = sizes("N T")
    x = Tensor("x", "x", (N, T), "input")
    s = Tensor("s", "s", (N, T), "product so far", "stage")
    body = cases((equal(t, T - 1), x[n, t]), otherwise=s[n, t + 1] * x[n, t])
    y = Tensor("y", "y", (N, T), "output", "result")
    equation = Equation(y, (n, t), s[n, t], (x,), (Stage(s, (n, t), body, 1, -1),))
    return equation, {"N": 3, "T": 5}, {"x": random(3, 5)}, lambda x: x.flip(1).cumprod(1).flip(1)


def recurrent(direction):
    t, n, i, j, k = indices("t n i j k")
    T, N, I, H = sizes("T N I H")  # noqa: E741
    x = Tensor("x", "x", (T, N, I), "input")
    w = Tensor("w", "W", (H, I), "input weight", "parameter")
    u = Tensor("u", "U", (H, H), "hidden weight", "parameter")
    h = Tensor("h", "h", (T, N, H), "hidden state", "stage", Outside("constant"))
    before = total(k.over(H), h[t - direction, n, k] * u[j, k])
    body = apply("tanh", total(i.over(I), x[t, n, i] * w[j, i]) + before)
    y = Tensor("y", "y", (T, N, H), "output", "result")
    stage = Stage(h, (t, n, j), body, 0, direction)
    equation = Equation(y, (t, n, j), h[t, n, j], (x, w, u), (stage,))

    def of_torch(x, w, u):
        empty = torch.zeros(1, x.shape[1], u.shape[0], dtype=x.dtype)
        x = x if direction == 1 else x.flip(0)
        found = torch._VF.rnn_tanh(x, empty, [w, u], False, 1, 0.0, False, False, False)[0]
        return found if direction == 1 else found.flip(0)

    operands = {"x": random(5, 2, 3), "w": random(4, 3, seed=1), "u": random(4, 4, seed=2)}
    return equation, {"T": 5, "N": 2, "I": 3, "H": 4}, operands, of_torch


@family
def rnn():
    return recurrent(1)


@family
def rnn_backwards():
    return recurrent(-1)


def lstm_stages(direction):
    """Gates, cell and hidden state, which read each other's earlier steps."""
    t, n, i, j, k = indices("t n i j k")
    T, N, I, H = sizes("T N I H")  # noqa: E741
    x = Tensor("x", "x", (T, N, I), "input")
    w = Tensor("w", "W", (4 * H, I), "input weight", "parameter")
    u = Tensor("u", "U", (4 * H, H), "hidden weight", "parameter")
    zero = Outside("constant")
    h = Tensor("h", "h", (T, N, H), "hidden state", "stage", zero)
    c = Tensor("c", "c", (T, N, H), "cell state", "stage", zero)
    gates = {}
    for place, name in enumerate("ifgo"):
        gate = Tensor(name, name, (T, N, H), "gate", "stage")
        row = j + place * H
        linear = total(i.over(I), x[t, n, i] * w[row, i])
        linear = linear + total(k.over(H), h[t - direction, n, k] * u[row, k])
        body = apply("tanh", linear) if name == "g" else sigmoid(linear)
        gates[name] = Stage(gate, (t, n, j), body, 0, direction)
    at = (t, n, j)
    ins, forget, candidate, out = (gates[name].tensor[at] for name in "ifgo")
    cell = forget * c[t - direction, n, j] + ins * candidate
    stages = (
        *gates.values(),
        Stage(c, at, cell, 0, direction),
        Stage(h, at, out * apply("tanh", c[at]), 0, direction),
    )
    return at, (T, N, H), h, (x, w, u), stages


def long_short(direction):
    at, shape, h, tensors, stages = lstm_stages(direction)
    y = Tensor("y", "y", shape, "output", "result")
    equation = Equation(y, at, h[at], tensors, stages)

    def of_torch(x, w, u):
        empty = torch.zeros(1, x.shape[1], u.shape[1], dtype=x.dtype)
        x = x if direction == 1 else x.flip(0)
        states = (empty, empty)
        found = torch._VF.lstm(x, states, [w, u], False, 1, 0.0, False, False, False)[0]
        return found if direction == 1 else found.flip(0)

    operands = {"x": random(5, 2, 3), "w": random(16, 3, seed=1), "u": random(16, 4, seed=2)}
    return equation, {"T": 5, "N": 2, "I": 3, "H": 4}, operands, of_torch


@family
def lstm():
    return long_short(1)


@family
def lstm_backwards():
    return long_short(-1)


@family
def attention():
    n, q, s, e, a = indices("n q s e a")
    N, L, E = sizes("N L E")
    Q, K, V = (Tensor(name, name, (N, L, E), name) for name in "QKV")
    scores = Tensor("scores", "S", (N, L, L), "scores", "stage")
    most = Tensor("most", "m", (N, L), "largest score", "stage")
    normaliser = Tensor("normaliser", "Z", (N, L), "normaliser", "stage")
    weights = Tensor("weights", "A", (N, L, L), "weights", "stage")
    scaled = total(e.over(E), Q[n, q, e] * K[n, s, e]) / apply("sqrt", E)
    stages = (
        Stage(scores, (n, q, s), scaled),
        Stage(most, (n, q), largest(s.over(L), scores[n, q, s])),
        Stage(normaliser, (n, q), total(s.over(L), apply("exp", scores[n, q, s] - most[n, q]))),
        Stage(weights, (n, q, s), apply("exp", scores[n, q, s] - most[n, q]) / normaliser[n, q]),
    )
    y = Tensor("y", "y", (N, L, E), "output", "result")
    body = total(s.over(L), weights[n, q, s] * V[n, s, a])
    equation = Equation(y, (n, q, a), body, (Q, K, V), stages)
    operands = {name: random(2, 6, 4, seed=k) for k, name in enumerate("QKV")}
    return (
        equation,
        {"N": 2, "L": 6, "E": 4},
        operands,
        lambda Q, K, V: F.scaled_dot_product_attention(Q, K, V, scale=0.5),
    )


@family
def layer_norm():
    n, d, i = indices("n d i")
    N, D = sizes("N D")
    epsilon = Sym("eps", r"\epsilon", integer=False)
    x = Tensor("x", "x", (N, D), "input")
    gain, shift = (Tensor(s, s, (D,), s, "parameter") for s in "gb")
    mean = Tensor("mean", r"\mu", (N,), "mean", "stage")
    variance = Tensor("variance", r"\sigma^2_{#}", (N,), "variance", "stage")
    stages = (
        Stage(mean, (n,), total(i.over(D), x[n, i]) / D),
        Stage(variance, (n,), total(i.over(D), (x[n, i] - mean[n]) ** 2) / D),
    )
    y = Tensor("y", "y", (N, D), "output", "result")
    body = (x[n, d] - mean[n]) / apply("sqrt", variance[n] + epsilon) * gain[d] + shift[d]
    equation = Equation(y, (n, d), body, (x, gain, shift), stages)
    operands = {"x": random(3, 8), "g": random(8, seed=1), "b": random(8, seed=2)}
    return (
        equation,
        {"N": 3, "D": 8, "eps": 1e-5},
        operands,
        lambda x, g, b: F.layer_norm(x, (8,), g, b, 1e-5),
    )


@family
def embedding():
    n, d = indices("n d")
    N, V, D = sizes("N V D")
    token = Tensor("token", "t", (N,), "tokens", integer=True)
    table = Tensor("table", "E", (V, D), "table", "parameter")
    y = Tensor("y", "y", (N, D), "output", "result")
    equation = Equation(y, (n, d), table[token[n], d], (token, table))
    operands = {"token": torch.tensor([3, 0, 3, 1]), "table": random(5, 2)}
    return equation, {"N": 4, "V": 5, "D": 2}, operands, lambda token, table: table[token]


@family
def unpooling():
    c, i, k = indices("c i k")
    C, L, P = sizes("C L P")
    x = Tensor("x", "x", (C, P), "pooled")
    place = Tensor("place", "p", (C, P), "position of the maximum", integer=True)
    y = Tensor("y", "y", (C, L), "output", "result")
    body = total(k.over(P), x[c, k], where=equal(place[c, k], i))
    equation = Equation(y, (c, i), body, (x, place))
    operands = {"x": random(2, 3), "place": torch.tensor([[0, 3, 5], [1, 2, 4]])}
    return (
        equation,
        {"C": 2, "L": 6, "P": 3},
        operands,
        lambda x, place: F.max_unpool1d(x, place, 2),
    )


@family
def gather():
    n, k = indices("n k")
    N, K, D = sizes("N K D")
    x = Tensor("x", "x", (N, D), "input")
    place = Tensor("place", "p", (N, K), "positions", integer=True)
    y = Tensor("y", "y", (N, K), "output", "result")
    equation = Equation(y, (n, k), x[n, place[n, k]], (x, place))
    operands = {"x": random(2, 4), "place": torch.tensor([[0, 3, 3], [1, 0, 2]])}
    return (
        equation,
        {"N": 2, "K": 3, "D": 4},
        operands,
        lambda x, place: x.gather(1, place),
    )


@family
def max_pool_with_ties():
    c, h, w, i, j = indices("c h w i j")
    C, H, W = sizes("C H W")
    x = Tensor("x", "x", (C, H, W), "input")
    out = Tensor("y", "y", (C, H // 2, W // 2), "output", "result")
    best = Tensor("best", "a", (C, H // 2, W // 2), "position", "stage", integer=True)
    window = [i.over(2), j.over(2)]
    stage = Stage(best, (c, h, w), build.argmax(window, x[c, 2 * h + i, 2 * w + j]))
    at = best[c, h, w]
    body = x[c, 2 * h + FloorDiv(at, build.expr(2)), 2 * w + Mod(at, build.expr(2))]
    equation = Equation(out, (c, h, w), body, (x,), (stage,))
    ties = torch.tensor([[1.0, 1, 0, 2], [1, 1, 2, 2], [0, 0, -1, -1], [0, 0, -1, -2]])
    operands = {"x": torch.stack([ties, -ties]).double()}
    return equation, {"C": 2, "H": 4, "W": 4}, operands, lambda x: F.max_pool2d(x, 2)


@family
def dropout_with_a_drawn_mask():
    n, d = indices("n d")
    N, D = sizes("N D")
    p = Sym("p", "p", integer=False)
    x = Tensor("x", "x", (N, D), "input")
    mask = Tensor("mask", "m", (N, D), "mask", "drawn")
    y = Tensor("y", "y", (N, D), "output", "result")
    equation = Equation(y, (n, d), mask[n, d] / (1 - p) * x[n, d], (x, mask))
    kept = torch.tensor([[1.0, 0, 1], [0, 0, 1]], dtype=torch.float64)
    operands = {"x": random(2, 3), "mask": kept}
    return equation, {"N": 2, "D": 3, "p": 0.25}, operands, lambda x, mask: x * mask / 0.75


def padded(rule):
    n, i = indices("n i")
    N, L = sizes("N L")
    x = Tensor("x", "x", (N, L), "input", outside=Outside(rule))
    y = Tensor("y", "y", (N, L + 6), "output", "result")
    equation = Equation(y, (n, i), x[n, i - 3] * x[n, i - 3], (x,))
    mode = "constant" if rule == "constant" else rule
    return (
        equation,
        {"N": 2, "L": 4},
        {"x": random(2, 4)},
        lambda x: F.pad(x[None], (3, 3), mode=mode)[0].square(),
    )


for _rule in ("constant", "reflect", "replicate", "circular"):
    FAMILIES[f"padding: {_rule}"] = lambda rule=_rule: padded(rule)


@family
def permuted_and_concatenated():
    i, j = indices("i j")
    A, B, L = sizes("A B L")
    x, z = Tensor("x", "x", (L, A), "first"), Tensor("z", "z", (L, B), "second")
    y = Tensor("y", "y", (A + B, L), "output", "result")
    equation = Equation(y, (i, j), cases((i < A, x[j, i]), otherwise=z[j, i - A]), (x, z))
    operands = {"x": random(4, 2), "z": random(4, 3, seed=1)}
    return (
        equation,
        {"A": 2, "B": 3, "L": 4},
        operands,
        lambda x, z: torch.cat([x, z], 1).t(),
    )


@family
def inverse_by_identity():
    """Σ A[i, k] Y[k, j] = [i = j]: what a result without a short formula must satisfy."""
    i, j, k = indices("i j k")
    (N,) = sizes("N")
    A, Y = Tensor("A", "A", (N, N), "matrix"), Tensor("Y", "Y", (N, N), "inverse")
    product = Tensor("product", "P", (N, N), "product", "result")
    equation = Equation(product, (i, j), total(k.over(N), A[i, k] * Y[k, j]), (A, Y))
    matrix = random(4, 4)
    operands = {"A": matrix, "Y": torch.linalg.inv(matrix)}
    return equation, {"N": 4}, operands, lambda A, Y: A @ Y


@family
def cross_entropy():
    n, c, a = indices("n c a")
    N, C = sizes("N C")
    x = Tensor("x", "x", (N, C), "logits")
    t = Tensor("t", "t", (N,), "classes", integer=True)
    most = Tensor("most", "m", (N,), "largest logit", "stage")
    y = Tensor("y", "L", (), "loss", "result")
    stage = Stage(most, (n,), largest(c.over(C), x[n, c]))
    normaliser = apply("log", total(c.over(C), apply("exp", x[n, c] - most[n])))
    term = normaliser + most[n] - x[n, t[n]]
    counted = total(n.over(N), term, where=unequal(t[n], -100))
    present = total(a.over(N), build.bracket(unequal(t[a], -100)))
    equation = Equation(y, (), counted / present, (x, t), (stage,))
    operands = {"x": random(4, 5), "t": torch.tensor([1, 4, -100, 0])}
    return equation, {"N": 4, "C": 5}, operands, lambda x, t: F.cross_entropy(x, t.long())

"""Float32 arithmetic in the orders in which libraries add, in numpy; rows are separate sums."""

import numpy as np


def sequential(terms):
    """One after the other."""
    return np.add.accumulate(terms, axis=-1, dtype=np.float32)[..., -1]


def pairwise(terms):
    """Halves first, down to single terms."""
    if terms.shape[-1] == 1:
        return terms[..., 0]
    half = terms.shape[-1] // 2
    return pairwise(terms[..., :half]) + pairwise(terms[..., half:])


def blocks(size):
    """Contiguous blocks, each one after the other, then their sums."""

    def add(terms):
        padded = _padded(terms, size).reshape(*terms.shape[:-1], -1, size)
        return sequential(sequential(padded))

    return add


def lanes(count):
    """Interleaved lanes, as vector registers hold them, then the lanes' sums."""

    def add(terms):
        padded = _padded(terms, count).reshape(*terms.shape[:-1], -1, count)
        return sequential(sequential(np.swapaxes(padded, -1, -2)))

    return add


def shuffled(seed):
    """A random order."""

    def add(terms):
        order = np.random.default_rng(seed).permutation(terms.shape[-1])
        return sequential(terms[..., order])

    return add


def _padded(terms, multiple):
    missing = -terms.shape[-1] % multiple
    zeros = np.zeros((*terms.shape[:-1], missing), np.float32)
    return np.concatenate([terms, zeros], axis=-1)


ORDERS = {
    "sequential": sequential,
    "reversed": lambda terms: sequential(terms[..., ::-1]),
    "shuffled": shuffled(1),
    "pairwise": pairwise,
    "blocks of 16": blocks(16),
    "blocks of 64": blocks(64),
    "8 lanes": lanes(8),
    "16 lanes": lanes(16),
}


def normal(rng, shape):
    return rng.standard_normal(shape)


def one_sign(rng, shape):
    return rng.uniform(0, 1, shape)


def cancelling_pairs(rng, shape):
    terms = rng.standard_normal(shape)
    terms[:, 1::2] = -terms[:, : shape[1] - shape[1] % 2 : 2]
    return terms + 1e-3 * rng.standard_normal(shape)


def halves(rng, shape):
    terms = rng.uniform(0, 1, shape)
    terms[:, shape[1] // 2 :] *= -1
    return terms


def alternating(rng, shape):
    terms = rng.uniform(0.5, 1, shape)
    terms[:, 1::2] *= -1
    return terms


def wide(rng, shape):
    return rng.lognormal(0, 4, shape)


def constant(rng, shape):
    return np.broadcast_to(rng.standard_normal((shape[0], 1)), shape).copy()


def alternating_constant(rng, shape):
    terms = np.empty(shape)
    terms[:, ::2], terms[:, 1::2] = rng.uniform(0.1, 1, (2, shape[0], 1)) * [[[1]], [[-1]]]
    return terms


def few_values(rng, shape):
    values = rng.uniform(-0.5, 1, (shape[0], 10))
    return np.take_along_axis(values, rng.integers(0, 10, shape), axis=1)


def tiled(rng, shape):
    values = rng.uniform(-0.5, 1, (shape[0], 37))
    return np.tile(values, -(-shape[1] // 37))[:, : shape[1]]


def many_zeros(rng, shape):
    return rng.standard_normal(shape) * (rng.uniform(size=shape) < 0.1)


def one_huge(rng, shape):
    terms = rng.uniform(0, 1, shape)
    terms[np.arange(shape[0]), rng.integers(0, shape[1], shape[0])] = 3e6
    return terms


def wave(rng, shape):
    step = rng.uniform(0.001, 0.5, (shape[0], 1))
    return np.sin(step * np.arange(shape[1]) + rng.uniform(0, 6, (shape[0], 1)))


KINDS = [
    normal,
    one_sign,
    cancelling_pairs,
    halves,
    alternating,
    wide,
    constant,
    alternating_constant,
    few_values,
    tiled,
    many_zeros,
    one_huge,
    wave,
]

REPEATING = [constant, alternating_constant, few_values, tiled]
HUGE = [wide, one_huge]

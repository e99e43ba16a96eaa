"""Normal deviates by a counter: each is computed from where it belongs, and none is stored.

The words are those of Threefry4x32 (Salmon, Moraes, Dror and Shaw, Parallel random numbers: as easy
as 1, 2, 3, SC 2011, doi:10.1145/2063384.2063405), with as many rounds as the test programs of
Random123 have known answers for. `lattice_engine/counter_noise.h` has the same in C++.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

#: Random123 has known answers for so many, and times 12; its default of 20 is a wider margin.
ROUNDS = 13

#: Bits by which a word is turned, two for each of eight rounds.
TURNS = ((10, 26), (11, 21), (13, 27), (23, 5), (6, 20), (17, 11), (25, 10), (18, 20))

PARITY = np.uint32(0x1BD11BDA)

#: Deviates are whole numbers of this many standard deviations.
UNIT = 2.0**-28

#: Places in a segment of the quantiles.
PLACES = 1 << 12


def threefry(
    counter: Iterable[npt.ArrayLike], key: Iterable[npt.ArrayLike], rounds: int = ROUNDS
) -> np.ndarray:
    """Return four words of 32 bits for a counter and a key.

    Parameters
    ----------
    counter, key : iterable of array_like of uint32, 4 words
        They are broadcast against each other.
    rounds : int

    Returns
    -------
    ndarray of uint32, shape (4, ...)

    Examples
    --------
    >>> [f"{word:08x}" for word in threefry([0, 0, 0, 0], [0, 0, 0, 0], rounds=20)]
    ['9c6ca96a', 'e17eae66', 'fc10ecd4', '5256a7d8']
    """
    x = [np.asarray(word, np.uint32) for word in counter]
    k = [np.asarray(word, np.uint32) for word in key]
    k.append(PARITY ^ k[0] ^ k[1] ^ k[2] ^ k[3])
    with np.errstate(over="ignore"):  # sums are those of words, without what is carried over
        x = [a + b for a, b in zip(x, k, strict=False)]
        for n in range(rounds):
            for one, other, by in ((0, 1 + n % 2 * 2, 0), (2, 3 - n % 2 * 2, 1)):
                x[one] = x[one] + x[other]
                x[other] = _turned(x[other], TURNS[n % 8][by]) ^ x[one]
            if n % 4 == 3:
                at = n // 4 + 1
                x = [word + k[(at + j) % 5] for j, word in enumerate(x)]
                x[3] = x[3] + np.uint32(at)
    return np.stack(np.broadcast_arrays(*x))


def _turned(word: np.ndarray, by: int) -> np.ndarray:
    return word << np.uint32(by) | word >> np.uint32(32 - by)


@cache
def quantiles() -> np.ndarray:
    r"""Return the parabolas that stand for the quantiles of the normal distribution.

    A word of 31 bits is an odd number u, and p = u / 2^32 the probability of a deviate farther out.
    Each octave of u has two segments, so that they grow shorter the farther out they lie. In each
    the size of a deviate is :math:`a + x (b + \lfloor c x / 2^{12} \rfloor)`, with x from 0 to
    4095 the place in the segment, in units of 2^-28. The parabola goes through the quantiles at
    three nodes of Chebyshev, and is shifted so that the mean of the segment is exact.

    Returns
    -------
    ndarray of int32, shape (2, 64)
        a, and b and c, which have 16 bits each, of each segment; the last one is not reached.
    """
    normal, x = NormalDist(), np.arange(PLACES)
    table = np.zeros((2, 64), np.int64)
    nodes = (PLACES / 2) * (1 - np.cos((2 * np.arange(3) + 1) * np.pi / 6)) - 0.5
    for segment in range(62):  # u = 2^31 has the deviate 0
        octave, half = divmod(segment, 2)
        width = 2.0**octave / 2 / 2**32
        first = width * (2 + half)

        def beyond(probability: float) -> float:
            return -normal.inv_cdf(probability)

        exact = [beyond(first + width * (node + 0.5) / PLACES) / UNIT for node in nodes]
        c, b, _ = np.polyfit(nodes, exact, 2)
        b, c = round(b), round(c * PLACES)
        mean = (normal.pdf(beyond(first + width)) - normal.pdf(beyond(first))) / width / UNIT
        a = mean - (x * (b + (c * x >> 12))).mean()
        table[:, segment] = round(a), (b << 16) + c
    return table.astype(np.int32)


def deviates(words: np.ndarray) -> np.ndarray:
    """Return the normal deviates that words stand for, int32 in units of `UNIT`.

    Parameters
    ----------
    words : ndarray of uint32
    """
    magnitude = ((words & np.uint32(0x7FFFFFFF)) | np.uint32(1)).astype(np.float32)
    bits = magnitude.view(np.uint32).astype(np.int32)
    segment, x = (bits >> 22) - (127 << 1), bits >> 10 & 0xFFF
    a, bend = quantiles()[:, segment]
    size = a + x * ((bend >> 16) + (((bend & 0xFFFF) * x) >> 12))
    sign = words.view(np.int32) >> 31
    return (size ^ sign) - sign


def normals(
    *,
    seed: int,
    candidate: npt.ArrayLike = 0,
    condition: npt.ArrayLike = 0,
    trial: npt.ArrayLike = 0,
    step: npt.ArrayLike = 0,
    cell: npt.ArrayLike = 0,
    which: npt.ArrayLike = 0,
) -> np.ndarray:
    """Return the normal deviates of cells, as every engine and device draws them.

    Parameters
    ----------
    seed : int, 0 to 2^64 - 1
    candidate, condition, trial, step, cell, which : array_like of int
        Position among the parameters that were given, number of the condition and of the trial,
        steps since the run began, number of the neuron in the network, and number of the noise
        among those of the equations, in the order of their names. They are broadcast.

    Returns
    -------
    ndarray of float

    Examples
    --------
    >>> many = normals(seed=0, cell=np.arange(100_000))
    >>> round(float(many.mean()), 2), round(float(many.std()), 2)
    (0.0, 1.0)
    """
    low, high = seed_words(seed)
    return deviate_of(cell, step, trial, which, low, high, candidate, condition) * UNIT


def deviate_of(*place: npt.ArrayLike) -> np.ndarray:
    """Return deviates in units of `UNIT`.

    Parameters
    ----------
    *place : array_like of int
        cell, step, trial, which, lower and upper word of the seed, candidate, condition.
    """
    words = [np.asarray(each).astype(np.uint32) for each in np.broadcast_arrays(*place)]
    cell, step, trial, which, *key = words
    four = threefry([cell // np.uint32(4), step, trial, which], key)
    chosen = np.take_along_axis(four, (cell % 4).astype(np.intp)[None], axis=0)[0]
    return deviates(chosen).astype(float)


def seed_words(seed: int) -> tuple[np.uint32, np.uint32]:
    """Return the lower and the upper half of a seed."""
    return np.uint32(seed & 0xFFFFFFFF), np.uint32(seed >> 32)


@cache
def counter_noise_code() -> str:
    """Return the C++ of it, with the quantiles as a table."""
    header = resources.files("neuroflysim.simulation.lattice_engine").joinpath("counter_noise.h")
    numbers = ", ".join(map(str, quantiles().ravel()))
    return _TABLE.format(rounds=ROUNDS, numbers=numbers) + header.read_text()


_TABLE = """
#include <cstdint>
#ifndef NEUROFLYSIM_NORMAL_QUANTILES
#define NEUROFLYSIM_NORMAL_QUANTILES
#ifdef __CUDACC__
#define NEUROFLYSIM_TABLE __device__
#else
#define NEUROFLYSIM_TABLE
#endif
namespace neuroflysim {{
constexpr int noise_rounds = {rounds};
alignas(64) static NEUROFLYSIM_TABLE const int32_t normal_quantiles[128] = {{{numbers}}};
}}
#endif
"""

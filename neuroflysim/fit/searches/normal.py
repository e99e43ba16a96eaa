"""Normal numbers from a generator of one's own, which is part of a state."""

from __future__ import annotations

import numpy as np


class Normal:
    """Standard normal numbers.

    Parameters
    ----------
    seed : list of int

    Examples
    --------
    >>> normal = Normal([1, 2])
    >>> state, drawn = normal.state, normal(3)
    >>> normal.state = state
    >>> bool((normal(3) == drawn).all())
    True
    """

    def __init__(self, seed: list[int]):
        self._rng = np.random.Generator(np.random.PCG64(seed))

    @property
    def state(self) -> np.ndarray:
        """Six whole numbers: two of 128 bits, halved, and a half of 64 bits that is left over."""
        state = self._rng.bit_generator.state
        whole = (state["state"]["state"], state["state"]["inc"])
        halves = [half for number in whole for half in divmod(number, 2**64)]
        return np.array([*halves, state["has_uint32"], state["uinteger"]], dtype=np.uint64)

    @state.setter
    def state(self, numbers: np.ndarray) -> None:
        high, low, inc_high, inc_low, has_uint32, uinteger = map(int, numbers)
        self._rng.bit_generator.state = {
            "bit_generator": "PCG64",
            "state": {"state": high * 2**64 + low, "inc": inc_high * 2**64 + inc_low},
            "has_uint32": has_uint32,
            "uinteger": uinteger,
        }

    def __call__(self, *shape: int) -> np.ndarray:
        """Return the next numbers."""
        return self._rng.standard_normal(shape)


def is_state_of_normal(numbers: np.ndarray) -> bool:
    """Return whether an array can be the state of a `Normal`.

    Parameters
    ----------
    numbers : ndarray
    """
    return (
        numbers.shape == (6,)
        and numbers.dtype == np.uint64
        and int(numbers[3]) % 2 == 1  # the increment of the generator is odd
        and int(numbers[4]) <= 1
        and int(numbers[5]) < 2**32
    )

"""The grey under which the network rests before a stimulus."""

from __future__ import annotations

import numpy as np

from neuroflysim.errors import InvalidValueError
from neuroflysim.lattice import Lattice

#: Before a stimulus the network rests under this luminance for this long (Lappalainen et al.,
#: 2024, Methods).
GREY, GREY_TIME = 0.5, 1.0


def lead_steps(time_step: float) -> int:
    """Return how many steps the network rests at grey."""
    n_steps = int(GREY_TIME / time_step + 1e-9)  # 1 / (1/93) is a little less than 93
    if n_steps == 0:
        raise InvalidValueError(
            f"time_step is {time_step} s, longer than the {GREY_TIME} s of grey that"
            " initial='grey' begins with; use a shorter step or initial='rest'."
        )
    return n_steps


def grey_frames(n_frames: int, lattice: Lattice) -> np.ndarray:
    """Return frames of grey, for networks that rest there by themselves.

    Parameters
    ----------
    n_frames : int
    lattice : Lattice

    Returns
    -------
    ndarray, shape (time, column)
    """
    return np.full((n_frames, lattice.n_columns), GREY)

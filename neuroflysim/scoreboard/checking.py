"""Whether a row of the published board is still so: computed again, and set beside it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from neuroflysim.errors import InvalidValueError
from neuroflysim.scoreboard.boards import SCORE, Board
from neuroflysim.scoreboard.families import FAMILIES
from neuroflysim.validation.summary import KEYS

#: How far numbers may lie apart. Another processor rounds otherwise in the last digit of float32,
#: and a word or a threshold may then turn over in one cell of one model: that moves a median a
#: little, and a count by one.
TOLERANCES = {
    **dict.fromkeys(("models", "total"), 0),
    **dict.fromkeys(("stable", "polarity_correct", "direction_selective"), 1),
    "preferred_direction_error_deg": 1.0,
    **dict.fromkeys(SCORE, 0.01),
    **dict.fromkeys(FAMILIES, 0.02),
}

#: Of all other numbers: correlations, indices and R2.
TOLERANCE = 0.01


def check(found: Board, published: Board) -> pd.DataFrame:
    """Set rows that were computed again beside the published ones.

    Parameters
    ----------
    found, published : Board

    Returns
    -------
    DataFrame
        One line for each number: row, number, published, now, tolerance, same.

    Raises
    ------
    InvalidValueError
        If a row is not published.
    """
    lines = []
    for row in found.table.index:
        if row not in published.table.index:
            raise InvalidValueError(
                f"{row!r} is not on the published board, which has"
                f" {', '.join(published.table.index)}; leave --check out."
            )
        for number in ("models", "stable", "total", *KEYS, *SCORE, *FAMILIES):
            before, now = published.table.loc[row, number], found.table.loc[row, number]
            allowed = TOLERANCES.get(number, TOLERANCE)
            same = bool(pd.isna(before) and pd.isna(now)) or bool(np.abs(now - before) <= allowed)
            lines.append((row, number, before, now, allowed, same))
    return pd.DataFrame(lines, columns=["row", "number", "published", "now", "tolerance", "same"])

"""The colours of all pictures. Colour-blind readers tell them apart, too."""

from __future__ import annotations

import numpy as np
from matplotlib import pyplot as plt

#: Of Okabe & Ito.
BLUE, VERMILION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"

#: Values of flies and of the model, and the band in which the model agrees with the fly.
FLY_COLOR, MODEL_COLOR, BAND_COLOR = "0.1", VERMILION, "#CFE3F1"

#: Bright and dark edges.
ON_COLOR, OFF_COLOR = ORANGE, BLUE

#: Maps of values of both signs: red is positive, white 0, blue negative.
DIVERGING = "RdBu_r"

#: The board: blue agrees with flies, red contradicts them, white in the middle is chance.
AGREEMENT, AGREES, CONTRADICTS = "RdBu", "#2166ac", "#b2182b"


def line_colors(names: list[str], n_lines: int) -> np.ndarray:
    """Return colours that run through; those of directions come back to where they began.

    Parameters
    ----------
    names : list of str
        The parameters that the lines tell apart.
    n_lines : int

    Returns
    -------
    ndarray, shape (n_lines, 4)
    """
    cyclic = names == ["angle"] and n_lines > 4
    if cyclic:
        colors = plt.colormaps["twilight"](np.arange(n_lines) / n_lines)
        colors[:, :3] *= 0.8  # its palest parts are not seen on white
        return colors
    return plt.colormaps["viridis"](np.linspace(0.05, 0.88, n_lines))

"""A grid of panels with as few empty ones as can be."""

from __future__ import annotations

import numpy as np
from matplotlib import pyplot as plt


def panels(n_panels: int, width: float, height: float, axes=None, **options) -> np.ndarray:
    """Return an array of axes, shape (row, column), with at least `n_panels`; the rest is hidden.

    Parameters
    ----------
    n_panels : int
    width, height : float
        Of one panel, in inches.
    axes : array of Axes, optional
        Used instead of a new figure.
    **options
        For `matplotlib.pyplot.subplots`.
    """
    if axes is None:
        n_columns = 3 if n_panels in (3, 5, 6, 9) else min(4, n_panels)
        n_rows = -(-n_panels // n_columns)
        _, axes = plt.subplots(
            n_rows,
            n_columns,
            figsize=(width * n_columns, height * n_rows),
            squeeze=False,
            layout="constrained",
            **options,
        )
    axes = np.atleast_2d(axes)
    for ax in axes.flat[n_panels:]:
        ax.set_axis_off()
    return axes

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


def packed_panels(n_panels: int, n_columns: int, size, gaps, margins, **options) -> np.ndarray:
    """Return an array of axes laid out in inches: much quicker than a layout that is computed.

    Parameters
    ----------
    n_panels : int
        The rest is hidden.
    n_columns : int
        At most.
    size, gaps : (float, float)
        Width and height of a panel, and of the space between two.
    margins : (float, float, float, float)
        Left, right, bottom, top.
    **options
        For `matplotlib.pyplot.subplots`.

    Returns
    -------
    ndarray of Axes, shape (row, column)
    """
    n_columns = min(n_columns, n_panels)
    n_rows = -(-n_panels // n_columns)
    left, right, bottom, top = margins
    width = left + right + n_columns * size[0] + (n_columns - 1) * gaps[0]
    height = bottom + top + n_rows * size[1] + (n_rows - 1) * gaps[1]
    figure, axes = plt.subplots(
        n_rows, n_columns, figsize=(width, height), squeeze=False, **options
    )
    figure.subplots_adjust(
        left=left / width,
        right=1 - right / width,
        bottom=bottom / height,
        top=1 - top / height,
        wspace=gaps[0] / size[0],
        hspace=gaps[1] / size[1],
    )
    for ax in axes.flat[n_panels:]:
        ax.set_axis_off()
    return axes

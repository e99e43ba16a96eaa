"""The axes that a picture is drawn into: those that are given, or a grid in a new figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from neuroflysim.errors import InvalidTypeError, InvalidValueError

#: The panels of a picture as users give them: matplotlib makes arrays of several.
Panels = Axes | Sequence[Axes] | np.ndarray


def one_panel(axes: Axes | None, size: tuple[float, float]) -> Axes:
    """Return the axes of a picture that needs one, in a new figure if none are given.

    Parameters
    ----------
    axes : Axes, optional
    size : (float, float)
        Width and height of a new figure, in inches.
    """
    if axes is None:
        return plt.subplots(figsize=size, layout="constrained")[1]
    if not isinstance(axes, Axes):
        raise InvalidTypeError(
            f"axes must be the matplotlib Axes to draw into, but is {type(axes).__name__}; this"
            " picture has one panel."
        )
    return axes


def given_panels(axes: Panels | None, n_panels: int, projection: str = "rectilinear") -> np.ndarray:
    """Return the axes that a user gave, checked: enough of them, and of the right kind.

    Parameters
    ----------
    axes : Axes, or sequence or array of them
    n_panels : int
    projection : {"rectilinear", "polar"}

    Returns
    -------
    ndarray of Axes, shape (panel,)
        More than are needed are hidden and left out.
    """
    axes = np.ravel(np.asarray(axes, dtype=object))
    for ax in axes:
        if not isinstance(ax, Axes):
            raise InvalidTypeError(
                f"axes must hold matplotlib Axes, but holds a {type(ax).__name__}."
            )
    if axes.size < n_panels:
        raise InvalidValueError(
            f"axes has {axes.size} panels, but {n_panels} are drawn; give as many, or leave axes"
            " out for a new figure."
        )
    for ax in axes[:n_panels]:
        if ax.name != projection:
            raise InvalidValueError(
                f"axes are {ax.name}, but must be {projection} for this picture: make them with"
                f" plt.subplots(..., subplot_kw={{'projection': {projection!r}}})."
            )
    _hide(axes, n_panels)
    return axes[:n_panels]


def panels(
    n_panels: int, width: float, height: float, axes: Panels | None = None, **options: Any
) -> np.ndarray:
    """Return an array of axes with at least `n_panels`, as few empty ones as can be; those hidden.

    Parameters
    ----------
    n_panels : int
    width, height : float
        Of one panel, in inches.
    axes : array of Axes, optional
        Used instead of a new figure.
    **options
        For `matplotlib.pyplot.subplots`.

    Returns
    -------
    ndarray of Axes
        Of a new figure with the shape (row, column); those that are given as they are.
    """
    if axes is not None:
        given_panels(axes, n_panels, _projection(options))
        return np.atleast_1d(np.asarray(axes, dtype=object))
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
    _hide(axes, n_panels)
    return axes


def packed_panels(
    n_panels: int,
    n_columns: int,
    size: tuple[float, float],
    gaps: tuple[float, float],
    margins: tuple[float, float, float, float],
    **options: Any,
) -> np.ndarray:
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
    _hide(axes, n_panels)
    return axes


def legend_below(
    axes: np.ndarray, own: bool, handles: Sequence[Artist], labels: Sequence[str], n_columns: int
) -> None:
    """Draw one legend for all panels: below them in a figure of ours, else in the last panel."""
    if own:
        axes[0].figure.legend(
            handles, labels, loc="outside lower center", ncols=n_columns, fontsize=8
        )
    else:
        axes[-1].legend(handles, labels, fontsize=7, frameon=False)


def _projection(options: dict) -> str:
    return (options.get("subplot_kw") or {}).get("projection", "rectilinear")


def _hide(axes: np.ndarray, n_panels: int) -> None:
    for ax in axes.flat[n_panels:]:
        ax.set_axis_off()

"""Files of pictures, ready for a paper."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from neuroflysim import checks
from neuroflysim.choices import PICTURES
from neuroflysim.errors import InvalidTypeError
from neuroflysim.files import writable, written_whole
from neuroflysim.plotting.panels import Panels

#: Text stays text, in TrueType fonts, which journals ask for: it can be searched and edited.
_TEXT_STAYS_TEXT: dict[Any, Any] = {"pdf.fonttype": 42, "svg.fonttype": "none"}


def save_figure[P: str | os.PathLike[str]](
    axes: Panels | Figure | SubFigure, path: P, dpi: int = 300
) -> P:
    """Write the figure of some axes to a file, whole or not at all.

    In PDF and SVG, text stays text. matplotlib's own `savefig` would draw letters as shapes in
    either, unless `pdf.fonttype` and `svg.fonttype` are set.

    Parameters
    ----------
    axes : Axes, array of Axes, or Figure
        What a function of `neuroflysim.plotting` returns.
    path : path-like
        Ends in .png, .pdf or .svg.
    dpi : int
        Points of a PNG for an inch of the figure.

    Returns
    -------
    path

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import neuroflysim as nfs
    >>> axes = nfs.plotting.plot_columns([0, 1], [0, 0], [1, 2])
    >>> file = save_figure(axes, pathlib.Path(tempfile.mkdtemp()) / "columns.pdf")
    >>> file.read_bytes()[:5]
    b'%PDF-'
    """
    checks.one_of("the suffix of a picture", writable(path).suffix, PICTURES)
    checks.finite_number("dpi", dpi, minimum=1)
    with plt.rc_context(_TEXT_STAYS_TEXT), written_whole(path) as temporary:
        figure_of(axes).savefig(temporary, dpi=dpi)
    return path


def figure_of(axes: Panels | Figure | SubFigure) -> Figure:
    """Return the figure that axes, an array of them, or a part of it belongs to."""
    first = axes
    if isinstance(axes, np.ndarray | list | tuple):
        first = next(iter(np.ravel(np.asarray(axes, dtype=object))), None)
    if not isinstance(first, Axes | Figure | SubFigure):
        raise InvalidTypeError(
            f"axes must be what a function of neuroflysim.plotting returns, or a Figure, but is"
            f" {type(axes).__name__}."
        )
    figure = first.get_figure(root=True)
    if figure is None:
        raise InvalidTypeError("axes were removed from their figure; draw them anew.")
    return figure

"""What perturbations do to the responses of cell types, as a map."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError
from neuroflysim.plotting.colors import DIVERGING
from neuroflysim.plotting.panels import one_panel

#: Parts of the largest value of a measure below which a cell type has none to be changed.
NOTHING = 1e-3


def plot_screen(table: pd.DataFrame, relative: bool = True, axes: Axes | None = None) -> Axes:
    """Draw how much each perturbation changes the measure of each cell type.

    The median over candidates. Red: more than in the intact fly; blue: less.

    Parameters
    ----------
    table : DataFrame
        From `neuroflysim.screen`, a row for each candidate, perturbation and cell type.
    relative : bool
        Draw the change as a part of the intact value, cut off at -1 and 1; cell types without an
        intact value to speak of stay grey. Else the change itself.
    axes : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({
    ...     "candidate": 0, "perturbation": ["silence Mi1", "silence Tm3"], "cell_type": "T4a",
    ...     "intact": 0.4, "perturbed": [0.1, 0.5], "change": [-0.3, 0.1]})
    >>> plot_screen(table).get_ylabel()
    'perturbation'
    """
    checks.table("the table", table, "nfs.screen")
    missing = {"candidate", "perturbation", "cell_type", "intact", "change"} - set(table)
    if missing:
        raise InvalidValueError(
            f"the table lacks the column {sorted(missing)[0]!r}; make it with nfs.screen."
        )
    keys = ["candidate", "perturbation", "cell_type"]
    if table.duplicated(keys).any():
        others = sorted(set(table) - {*keys, "intact", "perturbed", "change"})
        raise InvalidValueError(
            f"the table has several rows for one cell: choose one {' and '.join(others)} first."
        )
    values = table["change"]
    if relative:
        size = table["intact"].abs()
        values = (values / size.where(size > NOTHING * size.max())).clip(-1, 1)
    wide = table.assign(value=values).pivot_table(
        index="perturbation", columns="cell_type", values="value", aggfunc="median", sort=False,
        dropna=False,
    )  # fmt: skip
    n_rows, n_columns = wide.shape
    axes = one_panel(axes, (2.5 + 0.17 * n_columns, max(2.4, 1.2 + 0.17 * n_rows)))
    bound = 1.0 if relative else float(np.nanmax(np.abs(wide.to_numpy()))) or 1.0
    axes.set_facecolor("0.75")
    image = axes.imshow(wide, cmap=DIVERGING, vmin=-bound, vmax=bound, aspect="auto")
    for axis, names in ((axes.xaxis, wide.columns), (axes.yaxis, wide.index)):
        axis.set_ticks(range(len(names)), names, fontsize=7)
    axes.tick_params(axis="x", rotation=90)
    axes.set(xlabel="cell type", ylabel="perturbation")
    label = "change / intact value" if relative else "change"
    axes.figure.colorbar(image, ax=axes, label=label, shrink=min(1, 12 / len(wide)), pad=0.01)
    return axes

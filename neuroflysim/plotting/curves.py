"""Curves measured in flies beside those of the model: tuning to directions, speeds, sizes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError
from neuroflysim.experiments.row_syntax import parse_condition
from neuroflysim.plotting.colors import FLY_COLOR, MODEL_COLOR
from neuroflysim.plotting.comparison import MODEL, curve_coordinate
from neuroflysim.plotting.panels import Panels, given_panels, packed_panels


def plot_curves(
    rows: pd.DataFrame, over: str | None = None, relative: bool = True, axes: Panels | None = None
) -> np.ndarray:
    """Draw a panel for each curve, directions of motion as polar ones.

    Parameters
    ----------
    rows : DataFrame
        Rows of one measure of one study, from `neuroflysim.compare`; the fly's values are numbers.
    over : str, optional
        The coordinate of the condition that the curve is over, for example angle; the one with the
        most values, if not given.
    relative : bool
        Whether both curves are divided by their largest value.
    axes : array of Axes, optional
        One for each curve; polar ones for directions of motion, unless a value is below 0.

    Returns
    -------
    ndarray of Axes

    Examples
    --------
    >>> rows = pd.DataFrame({"measure": "tuning_curve", "cell_type": "T4a",
    ...     "condition": [f"angle={angle}" for angle in (0, 90, 180, 270)],
    ...     "fly": ["0.2", "0.3", "1", "0.4"], "model": [0.1, 0.2, 0.5, 0.2]})
    >>> rows["model_min"] = rows["model_max"] = rows["model"]
    >>> axes = plot_curves(rows)
    >>> [line.get_label() for line in axes[0, 0].get_lines()]
    ['fly', 'model']
    """
    checks.table("rows", rows, "nfs.compare", ("cell_type", "condition", "fly", *MODEL))
    checks.truth_value("relative", relative)
    conditions = pd.DataFrame([parse_condition(text) for text in rows["condition"]])
    over = curve_coordinate(rows) if over is None else checks.one_of("over", over, conditions)
    if over is None:
        raise InvalidValueError(
            "these rows are no curve: a curve has four values or more of one number in its"
            " condition, and numbers of the fly. plot_values draws them."
        )
    table = pd.DataFrame(
        {
            "x": conditions[over],
            "fly": rows["fly"].astype(float).to_numpy(),
            **{name: rows[name].to_numpy() for name in ("model", "model_min", "model_max")},
            "panel": _titles(rows["cell_type"].to_numpy(), conditions.drop(columns=over)),
        }
    )
    if relative:
        table = pd.concat([_relative(part) for _, part in table.groupby("panel", sort=False)])
    polar = over == "angle" and table[["fly", "model"]].min(axis=None) >= 0
    panels = list(table.groupby("panel", sort=False))
    own = axes is None
    grid = None
    if axes is None:
        grid = axes = packed_panels(
            len(panels),
            4,
            (1.3, 1.3) if polar else (1.3, 1.0),
            (0.4, 0.55),
            (0.5, 0.3 if len(panels) > 1 else 1.5, 0.4, 0.8),
            subplot_kw={"projection": "polar"} if polar else None,
        )
    drawn = given_panels(axes, len(panels), "polar" if polar else "rectilinear")
    for ax, (title, part) in zip(drawn, panels, strict=True):
        _draw(ax, part.sort_values("x"), polar)
        ax.set_title(title, fontsize=8)
        ax.tick_params(labelsize=6)
    if not polar:
        for ax in drawn if grid is None else grid[-1]:
            ax.set_xlabel(over.replace("_", " "), fontsize=7)
    lines, names = drawn[0].get_legend_handles_labels()
    name = str(rows["measure"].iloc[0]).replace("_", " ")
    told = f"{name}, relative to its largest value" if relative else name
    look = {"fontsize": 7, "title": told, "title_fontsize": 8, "frameon": False}
    if own:
        drawn[0].figure.legend(lines, names, loc="upper left", ncols=2, **look)
    else:
        drawn[-1].legend(lines, names, loc="lower left", bbox_to_anchor=(1, 0), **look)
    return np.atleast_1d(np.asarray(axes, dtype=object))


def _titles(cell_types: np.ndarray, rest: pd.DataFrame) -> list[str]:
    """Name the panel of each row by its cell type, and by what else differs."""
    varying = [name for name in rest if rest[name].nunique(dropna=False) > 1]
    told = [
        [f"{name} {value:g}" if not isinstance(value, str) else f"{name} {value}"
         for name, value in row.items()]
        for row in rest[varying].to_dict("index").values()  # has rows without columns, too
    ]  # fmt: skip
    return [", ".join([name, *parts]) for name, parts in zip(cell_types, told, strict=True)]


def _relative(table: pd.DataFrame) -> pd.DataFrame:
    fly, model = table["fly"].abs().max(), table["model"].abs().max()
    scaled = table.assign(fly=table["fly"] / (fly or 1))
    names = ["model", "model_min", "model_max"]
    scaled[names] = table[names] / (model if model > 0 else 1)
    return scaled


def _draw(ax, table: pd.DataFrame, polar: bool) -> None:
    x = table["x"].to_numpy(float)
    curves = {name: table[name].to_numpy(float) for name in table.columns.drop(["x", "panel"])}
    if polar:
        x = np.deg2rad(np.append(x, x[0] + 360))
        curves = {name: np.append(values, values[0]) for name, values in curves.items()}
    ax.plot(x, curves["fly"], "-D", color=FLY_COLOR, lw=1.2, ms=2.5, label="fly")
    ax.plot(x, curves["model"], "-o", color=MODEL_COLOR, lw=1.2, ms=2.5, label="model")
    ax.fill_between(
        x, curves["model_min"], curves["model_max"], color=MODEL_COLOR, alpha=0.2, linewidth=0
    )
    if polar:
        ax.set_xticks(np.deg2rad([0, 90, 180, 270]), ["0°", "90°", "180°", "270°"])
        ax.yaxis.set_major_locator(MaxNLocator(2))
        ax.set_yticklabels([])
        ax.tick_params(axis="x", pad=-3)
    else:
        positive = x[x > 0]
        if len(positive) == len(x) and x.max() >= 8 * x.min():
            ax.set_xscale("log")
        ax.spines[["top", "right"]].set_visible(False)

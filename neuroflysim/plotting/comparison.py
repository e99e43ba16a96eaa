"""Values measured in flies beside those of the model: one line for each measurement."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, MultipleLocator, NullFormatter

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError
from neuroflysim.experiments.judging.agreement import OF_GROUPS
from neuroflysim.experiments.judging.of_study import unit_scale
from neuroflysim.experiments.row_syntax import parse_condition, parse_fly_value
from neuroflysim.experiments.study import Agreement
from neuroflysim.plotting.colors import BAND_COLOR, FLY_COLOR, MODEL_COLOR
from neuroflysim.plotting.panels import one_panel

#: Columns of the model's value in what `compare` returns.
MODEL = ("model", "model_min", "model_max")


def plot_values(rows: pd.DataFrame, agreement: Agreement, axes: Axes | None = None) -> Axes:
    """Draw the fly's and the model's value for each row.

    A number of the fly is a diamond. A bound, a range or a word is a band: the part of the axis
    where the model agrees. Where only the course over several rows is compared (correlation,
    rank), both are drawn relative to their largest value.

    Parameters
    ----------
    rows : DataFrame
        Rows of one measure of one study, from `neuroflysim.compare`.
    agreement : Agreement
        Of that measure.
    axes : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> rows = pd.DataFrame({"measure": "width", "function": "width", "cell_type": ["T4a", "T5a"],
    ...     "condition": "", "fly": ["60", "<70"], "unit": "deg", "model": [50.0, 60.0],
    ...     "model_min": [45.0, 55.0], "model_max": [55.0, 65.0]})
    >>> axes = plot_values(rows, Agreement("ratio"))
    >>> axes.get_xlabel()
    'width (deg)'
    """
    columns = ("measure", "function", "cell_type", "condition", "fly", "unit", *MODEL)
    checks.table("rows", rows, "nfs.compare", columns)
    if not isinstance(agreement, Agreement):
        raise InvalidTypeError(
            f"agreement must be the Agreement of a measure, but is {type(agreement).__name__}."
        )
    relative = agreement.kind in OF_GROUPS
    spans = np.array(
        [_span(*row, agreement) for row in zip(rows["fly"], rows["unit"], strict=True)]
    )
    model = rows[["model", "model_min", "model_max"]].to_numpy(float)
    if relative:
        spans, model = _relative(spans, rows), _relative(model, rows)
    elif agreement.kind == "circular":
        around = np.where(np.isfinite(spans[:, 0]), spans[:, 0], 0)
        turns = np.round((model[:, 0] - around) / 360)
        model = model - 360 * turns[:, None]
    ax = one_panel(axes, (5.2, 0.75 + 0.2 * len(rows)))
    _set_scale(ax, spans, model, agreement)
    left, right = ax.get_xlim()
    for place, (low, high) in enumerate(spans):
        if low == high:
            ax.plot(low, place, "D", color=FLY_COLOR, ms=6, zorder=3)
        else:
            ends = np.clip([low, high], left, right)
            ax.barh(place, ends[1] - ends[0], 0.72, ends[0], color=BAND_COLOR, zorder=1)
    if agreement.kind == "circular":
        ax.xaxis.set_major_locator(MultipleLocator(90))
    places = np.arange(len(rows))
    ax.hlines(places, model[:, 1], model[:, 2], color=MODEL_COLOR, lw=1.5, alpha=0.7, zorder=4)
    ax.plot(model[:, 0], places, "o", color=MODEL_COLOR, ms=4, zorder=5)
    labels, shared = row_labels(rows)
    ax.set_yticks(places, labels, fontsize=7)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(left, right)
    ax.tick_params(axis="x", labelsize=7)
    ax.spines[["top", "right"]].set_visible(False)
    name, function = (str(rows[key].iloc[0]).replace("_", " ") for key in ("measure", "function"))
    name = name if name == function else f"{name}: {function}"
    unit = str(rows["unit"].iloc[0])
    told = "relative to the largest" if relative else unit if unit not in ("", "1") else ""
    ax.set_xlabel(f"{name} ({told})" if told else name, fontsize=8)
    if shared:
        ax.set_title(shared, fontsize=8, loc="left")
    ax.legend(
        handles=_marks(spans), loc="lower right", bbox_to_anchor=(1, 1), ncols=3, fontsize=7,
        frameon=False, borderaxespad=0,
    )  # fmt: skip
    return ax


def row_labels(rows: pd.DataFrame) -> tuple[list[str], str]:
    """Name rows by what tells them apart.

    Parameters
    ----------
    rows : DataFrame with columns cell_type and condition

    Returns
    -------
    labels : list of str
        Cell type, and the parts of the condition that differ between rows.
    shared : str
        The parts that all rows share.

    Examples
    --------
    >>> row_labels(pd.DataFrame({"cell_type": ["T4a", "T4b"],
    ...     "condition": ["angle=0; intensity=1", "angle=90; intensity=1"]}))
    (['T4a, angle 0', 'T4b, angle 90'], 'intensity 1')
    """
    parts = [
        [part.strip().replace("=", " ") for part in text.split(";") if part.strip()]
        for text in rows["condition"]
    ]
    shared = [part for part in parts[0] if all(part in other for other in parts)]
    labels = [
        ", ".join([cell_type, *(part for part in own if part not in shared)])
        for cell_type, own in zip(rows["cell_type"], parts, strict=True)
    ]
    return labels, ", ".join(shared)


def curve_coordinate(rows: pd.DataFrame, least: int = 4) -> str | None:
    """Return the coordinate that the rows of each cell type are a curve over, if there is one.

    Parameters
    ----------
    rows : DataFrame
        Of one measure of one study.
    least : int
        Fewer values are no curve.

    Examples
    --------
    >>> rows = pd.DataFrame({"cell_type": "T4a", "fly": "0.5", "condition": [
    ...     f"angle={angle}; intensity=1" for angle in (0, 90, 180, 270)]})
    >>> curve_coordinate(rows)
    'angle'
    """
    conditions = pd.DataFrame([parse_condition(text) for text in rows["condition"]])
    numeric = [name for name in conditions if conditions[name].dtype.kind == "f"]
    if not numeric or conditions.isna().any(axis=None):
        return None
    if not all(parse_fly_value(text).is_number for text in rows["fly"]):
        return None
    name = max(numeric, key=lambda name: conditions[name].nunique())
    rest = [
        rows["cell_type"].to_numpy(),
        *(conditions[other] for other in conditions.drop(columns=name)),
    ]
    return name if conditions.groupby(rest)[name].nunique().min() >= least else None


def _marks(spans: np.ndarray) -> list:
    """Return what a legend shows: of the fly a number, a band, or both, and the model."""
    numbers = spans[:, 0] == spans[:, 1]
    marks = []
    if numbers.any():
        marks.append(Line2D([], [], marker="D", color=FLY_COLOR, ls="none", ms=5, label="fly"))
    if not numbers.all():
        marks.append(Patch(color=BAND_COLOR, label="agrees with the fly"))
    model = {"marker": "o", "color": MODEL_COLOR, "ms": 4, "lw": 1.5, "label": "model"}
    return [*marks, Line2D([], [], **model)]


def _span(text: str, unit: str, agreement: Agreement) -> tuple[float, float]:
    """Return the part of the axis that agrees with the fly; one point for a number."""
    fly, scale = parse_fly_value(text), unit_scale(unit)
    if not fly.word:
        return fly.low, fly.high
    if fly.word in agreement.ranges:
        meant = parse_fly_value(agreement.ranges[fly.word])
        return meant.low / scale, meant.high / scale
    edge = (agreement.at or 0.0) / scale
    return (edge, np.inf) if agreement.words[fly.word] > 0 else (-np.inf, edge)


def _relative(values: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
    """Divide by the largest size within each group."""
    values = values.copy()
    numbers = rows.groupby("group", dropna=False).ngroup().to_numpy()
    for members in (numbers == number for number in np.unique(numbers)):
        largest = np.nanmax(np.abs(values[members, 0]), initial=0)
        values[members] /= largest or 1.0
    return values


def _set_scale(ax, spans: np.ndarray, model: np.ndarray, agreement: Agreement) -> None:
    """Set limits that hold all numbers; logarithmic where ratios of large range are compared."""
    seen = np.concatenate([spans.ravel(), model.ravel()])
    seen = seen[np.isfinite(seen)]
    if agreement.kind == "ratio" and len(seen) and seen.min() > 0 and seen.max() > 5 * seen.min():
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(subs=[1, 2, 5]))
        ax.xaxis.set_major_formatter("{x:g}")
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.set_xlim(seen.min() / 1.4, seen.max() * 1.4)
        return
    seen = np.append(seen, [0, 360] if agreement.kind == "circular" else 0)
    margin = 0.06 * (np.ptp(seen) or 1)
    # A band without an end needs room on both sides of its edge.
    open_ended = np.isinf(spans).any(axis=0)
    room = 6 * margin if seen.max() - max(0, agreement.at or 0) < margin else margin
    ax.set_xlim(
        seen.min() - (4 * margin if open_ended[0] else margin),
        seen.max() + (room if open_ended[1] else margin),
    )
    edge = agreement.at if agreement.kind == "threshold" else 0
    ax.axvline(edge, color="0.6", lw=0.8, ls=":", zorder=0)

"""Learning curves of fits: how well flow is read out, against the evaluations spent."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.fit.learning_curve import score_columns, score_name_of
from neuroflysim.plotting.panels import Panels, given_panels

_NEEDED = ("evaluations", "step_size")


def plot_learning_curve(
    curves: pd.DataFrame | Mapping[str, pd.DataFrame], axes: Panels | None = None
) -> np.ndarray:
    """Draw the score of the generations of one or several fits, and below it the step size.

    Parameters
    ----------
    curves : DataFrame or mapping of str to DataFrame
        `Fit.learning_curve`, or several by name.
    axes : array of 2 Axes, optional
        The upper one for the score (R2 of a fit to flow), the lower one for the step size.

    Returns
    -------
    ndarray of Axes, shape (2,)

    Examples
    --------
    >>> curve = pd.DataFrame(
    ...     {"evaluations": [8, 16], "r2_median": [0.1, 0.2], "r2_best": [0.2, 0.3],
    ...      "step_size": [0.3, 0.29]})
    >>> axes = plot_learning_curve(curve)
    >>> axes[0].get_ylabel()
    'R² of flow'
    """
    named = {"": curves} if isinstance(curves, pd.DataFrame) else curves
    if not isinstance(named, Mapping):
        raise InvalidTypeError(
            f"curves must be Fit.learning_curve, or several by name, but is"
            f" {type(curves).__name__}."
        )
    for name, curve in named.items():
        checks.table(f"the learning curve {name!r}", curve, "nfs.fit")
        score_name = score_name_of(curve) or "r2"
        missing = [word for word in (*_NEEDED, *score_columns(score_name)) if word not in curve]
        if missing or not len(curve):
            what = f"has no column {missing[0]!r}" if missing else "has no generation"
            raise InvalidValueError(f"the learning curve {name!r} {what}; take Fit.learning_curve.")
    if not named:
        raise InvalidValueError("curves is empty; give one learning curve or more.")
    if axes is None:
        _, axes = plt.subplots(
            2, 1, figsize=(5, 4.5), sharex=True, height_ratios=(3, 1), layout="constrained"
        )
    drawn = given_panels(axes, 2)
    upper, lower = drawn
    colors = plt.colormaps["viridis"](np.linspace(0, 0.85, len(named)))
    for color, (name, curve) in zip(colors, named.items(), strict=True):
        x = curve["evaluations"]
        median, best = score_columns(score_name_of(curve))
        upper.plot(x, curve[median], color=color, lw=1.2, label=name or "median")
        label = None if name else "best"
        upper.plot(x, curve[best], color=color, lw=0.6, alpha=0.5, label=label)
        lower.plot(x, curve["step_size"], color=color, lw=1)
    names = {score_name_of(curve) for curve in named.values()}
    if names == {"r2"}:
        # What a search reads before it has begun to learn may be far below 0.
        upper.set_ylim(bottom=max(upper.get_ylim()[0], -0.1), top=1)
        upper.set_ylabel("R² of flow")
    else:
        upper.set_ylabel(" / ".join(sorted(name.replace("_", " ") for name in names)))
    upper.set_title("median of each generation, and its best (faint)", fontsize=9)
    lower.set_ylabel("step size")
    lower.set_ylim(bottom=0)
    lower.set_xlabel("evaluations")
    if 1 < len(named) <= 10 or "" in named:
        upper.legend(frameon=False, fontsize=8)
    for ax in drawn:
        ax.spines[["top", "right"]].set_visible(False)
    return drawn

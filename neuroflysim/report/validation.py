"""The validation as text."""

from __future__ import annotations

import numpy as np
import pandas as pd

from neuroflysim.dynamics.type_parameters import PUBLISHED

_DIGITS = {"polarity_count": 0, "direction_selective": 0, "preferred_direction_error": 1}

_TASK = (
    "task_r2: explained part of flow in clips that no fit saw, by a readout fitted to other",
    "scenes; task_error in deg/s, blind: of a readout that sees nothing; contrast: of clips.",
)


def describe_validation(table: pd.DataFrame, edges: str) -> str:
    """Lay out the table of `neuroflysim.validate` for people.

    Parameters
    ----------
    table : DataFrame
    edges : {"true", "flyvis"}
        How the edges were drawn.

    Returns
    -------
    str
    """
    lines = [f"{'':26}{'model':>22}{'untrained start':>18}{'flyvis, published':>22}"]
    for name, row in table.iterrows():
        start = _number(name, row["untrained_start"])
        lines.append(
            f"{name:26}{_with_range(name, row, 'model'):>22}{start:>18}"
            f"{_with_range(name, row, 'flyvis'):>22}"
        )
    drawn = {"true": "true to the geometry of the eye", "flyvis": "drawn as flyvis draws them"}
    return "\n".join(
        [
            *lines,
            "",
            f"Edges are {drawn[edges]}. polarity_count is out of 32; r is Pearson's; dsi is the",
            "direction selectivity index; direction_selective is out of 8 (index at least 0.2, and",
            "direction within 45 degrees); the error is in degrees. -: not published, or no model.",
            "Correlations do not see the size of a response: look at dsi_T4 and dsi_T5, too.",
            "flyvis, published: of its ten best models (polarity_count: of the best one), read off",
            "a figure. What this package computes with their parameters: validate flyvis.",
            *told_dynamics(table),
            *_told_fitted(table),
            *(_TASK if "task_r2" in table.index else ()),
        ]
    )


def told_dynamics(table: pd.DataFrame) -> list[str]:
    """Say with which equations models were asked, if not with the published ones.

    Parameters
    ----------
    table : DataFrame
        From `neuroflysim.validate` or `neuroflysim.predictions`.
    """
    name = table.attrs.get("dynamics", PUBLISHED)
    return [] if name == PUBLISHED else [f"All models, and the start: with dynamics {name}."]


def _told_fitted(table: pd.DataFrame) -> list[str]:
    names = list(table.index[table["fitted"]])
    return [f"Fitted, so that they judge nothing: {', '.join(names)}."] if names else []


def _with_range(name: str, row: pd.Series, who: str) -> str:
    low, high = row[f"{who}_min"], row[f"{who}_max"]
    text = _number(name, row[who])
    if np.isnan([low, high]).any() or low == high:
        return text
    return f"{text} ({_number(name, low)}..{_number(name, high)})"


def _number(name: str, value: float) -> str:
    if np.isnan(value):
        return "-"
    digits = _DIGITS.get(name, 1 if name.startswith("task_error") else 2)
    return f"{value:.{digits}f}"

"""What is in the box, as text."""

from __future__ import annotations

import pandas as pd

from neuroflysim.ensembles import ensemble_names, load_ensemble
from neuroflysim.ensembles.ensemble import Ensemble
from neuroflysim.report.validation import told_dynamics

#: How many there are, and columns of models.csv whose median is told, if they are there.
COUNTS = ("models", "stable", "failed")
TOLD = ("r2", "task_r2", "polarity_correct", "direction_selective", "dsi_median")


def ensembles_table() -> pd.DataFrame:
    """Return a row for each ensemble in the box: how many models, and their medians.

    Returns
    -------
    DataFrame
        ensemble, models (that have parameters), stable (of these), failed (that have none), and the
        columns `TOLD`.
    """
    rows = []
    for name in ensemble_names():
        ensemble = load_ensemble(name)
        counts = {
            "models": len(ensemble),
            "stable": len(ensemble.stable),
            "failed": len(ensemble.table) - len(ensemble),
        }
        medians = {word: _median(ensemble, word) for word in TOLD}
        rows.append({"ensemble": name, **counts, **medians})
    return pd.DataFrame(rows, columns=["ensemble", *COUNTS, *TOLD])


def describe_ensembles() -> str:
    """Lay out which ensembles are in the box, with the medians of their models.

    Returns
    -------
    str
    """
    table = ensembles_table()
    if table.empty:
        return "There are no ensembles in the box."
    width = max(map(len, table["ensemble"]))
    lines = [
        f"{'':{width}}"
        + "".join(f"{word:>8}" for word in COUNTS)
        + "".join(f"{word:>21}" for word in TOLD)
    ]
    for _, row in table.iterrows():
        medians = "".join(f"{_short(row[word]):>21}" for word in TOLD)
        counts = "".join(f"{row[word]:8}" for word in COUNTS)
        lines.append(f"{row['ensemble']:{width}}{counts}{medians}")
    return "\n".join(
        [
            *lines,
            "",
            "Medians over the models: those that have parameters. A fit of ours that failed the",
            "check of stability has none; flyvis' models were published by others, with theirs.",
            "r2: of flow in new worlds like those of the fit; task_r2: of flow in photographs that",
            "no fit saw. nfs.load_ensemble(NAME) loads one, nfs.load_parameters('NAME/000') one of",
            "its models; commands take both, too.",
        ]
    )


def describe_predictions(table: pd.DataFrame) -> str:
    """Lay out flash responses of the cell types that no study of the database has measured.

    Parameters
    ----------
    table : DataFrame
        From `neuroflysim.predictions`.

    Returns
    -------
    str
    """
    rows = table.loc["flash_response_index"]
    rows = rows[rows["studies"] == ""]
    selective = {word: table.loc[f"dsi_{word}"]["median"] for word in ("on", "off")}
    lines = [f"{'cell type':12}{'flash index':>12}{'range':>16}{'agree':>8}{'DSI on':>9}{'off':>7}"]
    for name, row in rows.iterrows():
        span = f"{row['lowest']:.2f}..{row['highest']:.2f}"
        indices = (selective[word][name] for word in ("on", "off"))
        lines.append(
            f"{name:12}{row['median']:12.2f}{span:>16}{row['agreement']:8.0%}"
            + "{:9.2f}{:7.2f}".format(*indices)
            + ("  fitted" if row["fitted"] else "")
        )
    return "\n".join(
        [
            *lines,
            "",
            "Types that no study of the database has measured; other studies may have. Medians",
            "over the models; agree: share of them with the same sign of the flash response index",
            "(ON > 0). Measured types, directions and speeds are in the table, with what the",
            "untrained start predicts.",
            *told_dynamics(table),
        ]
    )


def _median(ensemble: Ensemble, column: str) -> float:
    table = ensemble.table.loc[ensemble.names]
    return pd.to_numeric(table[column]).median() if column in table else float("nan")


def _short(value: float) -> str:
    return "-" if pd.isna(value) else f"{value:.3g}"

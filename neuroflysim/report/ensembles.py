"""What is in the box, as text."""

from __future__ import annotations

import pandas as pd

from neuroflysim.ensembles import ensemble_names, load_ensemble
from neuroflysim.ensembles.ensemble import Ensemble

#: Columns of models.csv whose median is told, if they are there.
TOLD = ("r2", "task_r2", "polarity_correct", "direction_selective", "dsi_median")


def describe_ensembles() -> str:
    """Lay out which ensembles are in the box, with the medians of their models.

    Returns
    -------
    str
    """
    names = ensemble_names()
    if not names:
        return "There are no ensembles in the box."
    width = max(map(len, names))
    lines = [f"{'':{width}}  models  failed" + "".join(f"{word:>21}" for word in TOLD)]
    for name in names:
        ensemble = load_ensemble(name)
        failed = len(ensemble.table) - len(ensemble)
        medians = "".join(f"{_median(ensemble, word):>21}" for word in TOLD)
        lines.append(f"{name:{width}}  {len(ensemble):6}  {failed:6}{medians}")
    return "\n".join(
        [
            *lines,
            "",
            "Medians over the models that are stable. r2: of flow in new worlds like those of the",
            "fit; task_r2: of flow in photographs that no fit saw. nfs.load_ensemble(NAME) loads an",
            "ensemble, nfs.load_parameters('NAME/000') a model; commands take both, too.",
        ]
    )


def _median(ensemble: Ensemble, column: str) -> str:
    table = ensemble.table[ensemble.table["stable"]]
    if column not in table:
        return "-"
    median = pd.to_numeric(table[column]).median()
    return "-" if pd.isna(median) else f"{median:.3g}"

"""What a notebook shows of an ensemble."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroflysim.notebook import card, table
from neuroflysim.parameters.seen import told_seen

if TYPE_CHECKING:
    from neuroflysim.ensembles.ensemble import Ensemble

#: Columns of the table of models that a card has, where they are there.
SHOWN = ("seed", "stable", "r2", "task_r2", "dsi_median", "polarity_correct", "failure")


def ensemble_card(ensemble: Ensemble) -> str:
    """Return HTML: how many models there are, and the first of them with what was measured.

    Parameters
    ----------
    ensemble : Ensemble
    """
    models, recipe = ensemble.table, ensemble.record["recipe"]
    facts = {
        "models": len(ensemble),
        "stable": int(models["stable"].sum()),
        "failed": int(len(models) - len(ensemble)),
        "fitted by": "others"
        if recipe is None
        else f"a recipe with task {recipe['task']}"
        if "task" in recipe
        else "a recipe",
        "fitted to": told_seen(ensemble.seen),
        "connectome": f"{ensemble.connectome.n_cell_types} cell types,"
        f" {ensemble.connectome.n_connections} connections",
    }
    columns = [name for name in SHOWN if name in models]
    rows = models[columns].head(8).astype(object).where(models[columns].head(8).notna(), "")
    listed = [[name, *row] for name, row in zip(rows.index, rows.to_numpy().tolist(), strict=True)]
    return card(
        f"Ensemble {ensemble.name}", facts, [table(["model", *columns], listed, len(models))]
    )

"""What a notebook shows of a fit, and of a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from neuroflysim.fit.judged_on import judged_on
from neuroflysim.fit.learning_curve import score_columns
from neuroflysim.notebook import card, curves, figure, table

if TYPE_CHECKING:
    from neuroflysim.fit.recipe import Recipe
    from neuroflysim.fit.result import Fit


def fit_card(fit: Fit) -> str:
    """Return HTML: how good the result is, and how the search came there.

    Parameters
    ----------
    fit : Fit
    """
    record, curve, name = fit.record, fit.learning_curve, fit.score_name
    shown = "R²" if name == "r2" else name.replace("_", " ")
    facts = {
        f"{shown} {judged_on(record)}": fit.score,
        "stable": True if fit.stable else f"no: {record['stability']['reason']}",
        "evaluations": record["evaluations"],
        "seed": record["seed"],
        "folder": fit.folder,
    }
    picture = ""
    if len(curve):
        told = (
            f"{shown} by evaluations: median (blue) and best (orange) candidate of each generation"
        )
        lines = [curve[column].to_numpy(float) for column in score_columns(name)]
        evaluations = curve["evaluations"].to_numpy(float)
        picture = figure(curves(evaluations, lines, told), told)
    return card("Fit", facts, [picture])


def recipe_card(recipe: Recipe) -> str:
    """Return HTML: all numbers of a recipe, and its stages as a table.

    Parameters
    ----------
    recipe : Recipe
    """
    facts = {"evaluations": recipe.evaluations} | {
        name.replace("_", " "): _told(value)
        for name, value in attrs.asdict(recipe, recurse=False).items()
        if name != "stages"
    }
    names = [one.name for one in attrs.fields(type(recipe.stages[0]))]
    rows = [[_told(getattr(stage, name)) for name in names] for stage in recipe.stages]
    heads = [name.replace("_", " ") for name in names]
    return card(
        "Recipe", facts, [table(["stage", *heads], [(k + 1, *r) for k, r in enumerate(rows)])]
    )


def _told(value: object) -> object:
    return " to ".join(f"{one:g}" for one in value) if isinstance(value, tuple) else value

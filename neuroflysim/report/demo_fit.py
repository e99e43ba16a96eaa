"""The fit of the demonstration: short, to see how one goes; models worth using are in the box."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt

from neuroflysim.connectome import Connectome
from neuroflysim.errors import InvalidValueError
from neuroflysim.fit import RECIPES, Fit, Recipe, fit
from neuroflysim.fit.evaluation import Evaluator
from neuroflysim.fit.folder import is_finished, remove_fit
from neuroflysim.fit.problem import problem_of
from neuroflysim.fit.run import scores_judged
from neuroflysim.machine.cores import available_cores
from neuroflysim.plotting import plot_learning_curve, save_figure

#: About a minute on two cores, the compiling included.
EVALUATIONS = 2_400

WHOLE = RECIPES["flow_short"]


def short_recipe(evaluations: int = EVALUATIONS) -> Recipe:
    """Return the recipe flow_short with a still smaller budget.

    Parameters
    ----------
    evaluations : int
        Rounded up to whole generations.
    """
    return WHOLE.with_evaluations(evaluations)


def fit_a_little(
    recipe: Recipe, connectome: Connectome, folder: Path, say: Callable[[str], None]
) -> list[Path]:
    """Fit, or go on with a fit that was stopped; draw the learning curve.

    Parameters
    ----------
    recipe : Recipe
    connectome : Connectome
    folder : Path
        Of the fit.
    say : callable
        Told what goes on.

    Returns
    -------
    list of Path
        The files written.
    """
    say(
        f"fitting to optic flow with {recipe.evaluations:,} evaluations, of the"
        f" {WHOLE.evaluations:,} of the recipe flow_short ..."
    )
    result = _fitted(recipe, connectome, folder, say)
    problem = problem_of(recipe, connectome)
    evaluator = Evaluator(problem, None, available_cores())
    start = np.zeros((1, problem.coordinates.n))
    untrained = scores_judged(evaluator, problem.objective, start).mean()
    say(f"R2 of flow on fresh worlds: {untrained:.3f} untrained, {result.r2:.3f} after this fit")
    if not result.stable:
        say(f"(a model that failed: {result.record['stability']['reason']})")
    picture = folder / "learning_curve.png"
    axes = plot_learning_curve(result.learning_curve)
    save_figure(axes, picture, dpi=120)
    plt.close(axes[0].figure)
    return sorted(folder.iterdir())


def _fitted(
    recipe: Recipe, connectome: Connectome, folder: Path, say: Callable[[str], None]
) -> Fit:
    """Return the fit in the folder; begin anew where another one was, or a broken one."""
    options = {"connectome": connectome, "resume": True, "command": "neuroflysim demo"}
    finished = is_finished(folder)
    try:
        result = fit(recipe, 0, folder, **options)
    except InvalidValueError:
        say(f"what is in {folder} is no part of this fit, and is replaced")
        remove_fit(folder)
        return fit(recipe, 0, folder, **options)
    if finished:
        say(f"it was made before; remove {folder} to see it again")
    return result

"""Fitting the free parameters to a task by CMA-ES."""

from neuroflysim.fit.recipe import RECIPES, Recipe, Stage
from neuroflysim.fit.run import Fit, fit

__all__ = ["RECIPES", "Fit", "Recipe", "Stage", "fit"]

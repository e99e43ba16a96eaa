"""Fitting the free parameters to a task by CMA-ES.

``nfs.fit`` is this package and the function in one: ``nfs.fit("flow")`` fits, and what the package
holds is found below it.
"""

import sys
from importlib import import_module
from inspect import signature
from types import ModuleType

from neuroflysim.fit.free import Free
from neuroflysim.fit.recipe import RECIPES, Recipe, Stage
from neuroflysim.fit.result import Fit, load_fit
from neuroflysim.fit.run import fit

__all__ = ["RECIPES", "Fit", "Free", "Recipe", "Stage", "fit", "load_fit"]


class _PackageThatFits(ModuleType):
    """A package that is called as its function: otherwise the function would hide the package."""

    def __call__(self, *arguments, **options) -> Fit:
        return fit(*arguments, **options)

    def __reduce__(self):
        return import_module, (self.__name__,)


__doc__, __signature__ = fit.__doc__, signature(fit)
sys.modules[__name__].__class__ = _PackageThatFits

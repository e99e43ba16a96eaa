"""Ensembles of fitted models: a folder each, those in the box and those of the user."""

from neuroflysim.ensembles.ensemble import Ensemble, load_ensemble
from neuroflysim.ensembles.model_by_name import load_parameters
from neuroflysim.ensembles.writing import rounded, write_ensemble
from neuroflysim.names import ensemble_names

__all__ = [
    "Ensemble",
    "ensemble_names",
    "load_ensemble",
    "load_parameters",
    "rounded",
    "write_ensemble",
]

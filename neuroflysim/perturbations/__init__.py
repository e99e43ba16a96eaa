"""What a lab does to flies, done to the model: silence, clamp, ablate, cut, activate, modulate.

Examples
--------
>>> from neuroflysim.perturbations import Silence
>>> Silence("Mi9").label
'silence Mi9'
"""

from neuroflysim.perturbations.effects import Effects, Manipulation
from neuroflysim.perturbations.fly import INTACT, Flies, Fly, OneFly, flies_of
from neuroflysim.perturbations.modulate import Modulate
from neuroflysim.perturbations.on_cells import Ablate, Activate, Clamp, Silence
from neuroflysim.perturbations.on_parameters import Change, Cut, Scale
from neuroflysim.perturbations.perturbation import Perturbation

__all__ = [
    "INTACT",
    "Ablate",
    "Activate",
    "Change",
    "Clamp",
    "Cut",
    "Effects",
    "Flies",
    "Fly",
    "Manipulation",
    "Modulate",
    "OneFly",
    "Perturbation",
    "Scale",
    "Silence",
    "flies_of",
]

"""What one call of a program computes: sets of parameters in flies, and what is shown to them."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from neuroflysim.parameters import Parameters
from neuroflysim.perturbations import INTACT, Effects, Fly
from neuroflysim.simulation.stimulus_forms import Stimulus


@frozen
class Candidate:
    """A set of parameters, in one fly."""

    parameters: Parameters  #: of the intact fly
    changed: Parameters  #: of this one
    effects: Effects  #: what is done to its cells
    fly: Fly


@frozen
class Work:
    """What one call of `Program.run` computes."""

    candidates: list[Candidate]
    stimulus: Stimulus
    voltages: np.ndarray | None  #: to start from, shape (candidate, neuron)
    n_courses: int  #: see `Setup`
    #: Frames that are wanted of each condition, shape (condition,); None: all.
    until: np.ndarray | None = None

    def name(self, candidate: int) -> str:
        """Return a candidate in words."""
        fly = self.candidates[candidate].fly.label
        return f"candidate {candidate}" + ("" if fly == INTACT else f", {fly}")

"""What one call of a program computes: sets of parameters in flies, and what is shown to them."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from neuroflysim.parameters import Parameters
from neuroflysim.perturbations import INTACT, Effects, Fly
from neuroflysim.simulation.room import Room
from neuroflysim.simulation.stimulus_forms import Stimulus


@frozen
class Candidate:
    """A set of parameters, in one fly."""

    parameters: Parameters  #: of the intact fly
    epochs: list[tuple[int, Parameters]]  #: of this one, from which row on; see `Effects`
    effects: Effects  #: what is done to its cells
    fly: Fly
    number: int = 0  #: position of the parameters among those that were given

    def changed(self, row: int = 0) -> Parameters:
        """Return the parameters of this fly in a row: before the stimulus, or in a step of it."""
        return [parameters for first, parameters in self.epochs if first <= row][-1]


@frozen
class Work:
    """What one call of `Program.run` computes."""

    candidates: list[Candidate]
    stimulus: Stimulus
    voltages: np.ndarray | None  #: to start from, shape (candidate, neuron)
    room: Room  #: what the flies take
    #: Frames that are wanted of each condition, shape (condition,); None: all.
    until: np.ndarray | None = None
    #: How often each condition is shown: a showing is one condition in one trial, trials innermost.
    n_trials: int = 1
    #: Of the noise; None: without it.
    seed: int | None = None

    @property
    def n_showings(self) -> int:
        """Number of conditions times trials."""
        return self.stimulus.n_conditions * self.n_trials

    def conditions(self, showings: np.ndarray) -> np.ndarray:
        """Return the condition of each showing."""
        return showings // self.n_trials

    def name(self, candidate: int) -> str:
        """Return a candidate in words."""
        fly = self.candidates[candidate].fly.label
        return f"candidate {candidate}" + ("" if fly == INTACT else f", {fly}")

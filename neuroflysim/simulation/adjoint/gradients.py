"""What `Program.pullback` returns: derivatives of one number by all that a run depends on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from attrs import field, frozen


@frozen(eq=False)
class Gradients:
    """Derivatives of a loss by parameters, stimulus and beginning.

    Those by parameters are summed over conditions, those by the stimulus over candidates.

    Attributes
    ----------
    time_constant : DataArray, dims (candidate, cell_type)
        Per second. With Euler's method 0 where a time constant is raised to the time step.
    resting_potential : DataArray, dims (candidate, cell_type)
        With initial="rest" the beginning at the resting potentials is part of it.
    synapse_strength : DataArray, dims (candidate, connection)
        With the coordinates source_type and target_type.
    parameters : dict of str to DataArray, dims (candidate, cell_type)
        Of those that the dynamics declares itself, per SI unit.
    modulators : dict of str to DataArray, dims (candidate,)
    stimulus : DataArray, dims (condition, time, column)
        By the luminance of each frame.
    initial : DataArray, dims (candidate, neuron)
        By the voltages from which the run began.
    voltage : DataArray
        What was recorded on the way, as `Program.run` returns it.
    """

    time_constant: xr.DataArray = field(repr=False)
    resting_potential: xr.DataArray = field(repr=False)
    synapse_strength: xr.DataArray = field(repr=False)
    parameters: Mapping[str, xr.DataArray] = field(repr=False)
    modulators: Mapping[str, xr.DataArray] = field(repr=False)
    stimulus: xr.DataArray = field(repr=False)
    initial: xr.DataArray = field(repr=False)
    voltage: xr.DataArray = field(repr=False)

    def to_vector(self) -> np.ndarray:
        """Return all derivatives by parameters in the order of `Parameters.to_vector`.

        Returns
        -------
        ndarray of float, shape (candidate, parameter)
        """
        own = [each.to_numpy() for each in self.parameters.values()]
        first = (self.time_constant, self.resting_potential, self.synapse_strength)
        return np.concatenate([*(each.to_numpy() for each in first), *own], axis=1)

    def __repr__(self) -> str:
        """Return how many there are."""
        sizes = {**self.stimulus.sizes, "candidate": len(self.time_constant)}
        shown = ", ".join(
            f"{sizes[name]} {name}" for name in ("candidate", "condition", "time", "column")
        )
        return f"<Gradients: {self.to_vector().shape[1]} parameters, {shown}>"

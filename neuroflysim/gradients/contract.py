"""What a measure must offer of which a gradient is taken: its value, and its derivative."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import xarray as xr


class DifferentiableMeasure(Protocol):
    r"""A number taken from voltages, with its derivative by each of them.

    A measure does not know what the voltages come from. Given voltages of several candidates it
    returns one value m for each, and in an array of the shape of the voltages

    .. math::

        \frac{\partial m_k}{\partial V_{k c t i}}

    for candidate k, condition c, time t and cell i. The chain rule from there to parameters and to
    the stimulus is that of `Program.pullback`, whatever the measure. A class that has `name` and
    `value_and_derivative` is a measure; it needs to inherit from nothing.
    """

    @property
    def name(self) -> str:
        """What tables call it; that of the function of `neuroflysim.analysis` if there is one."""
        ...

    def value_and_derivative(self, voltage: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
        """Return the measure of each candidate, and its derivatives.

        Parameters
        ----------
        voltage : DataArray, dims (candidate, condition, time, cell_type)
            As `simulate` returns it, in float64; with all columns recorded the last dimension is
            neuron.

        Returns
        -------
        value : ndarray, shape (candidate,)
        derivative : ndarray
            Of the shape of the voltage. Where the measure has a kink, one of its slopes.
        """
        ...

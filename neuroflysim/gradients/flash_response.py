"""Whether a cell prefers bright or dark flashes, with its derivative."""

from __future__ import annotations

import numpy as np
import xarray as xr
from attrs import frozen
from brian2 import Quantity

from neuroflysim.errors import InvalidValueError
from neuroflysim.gradients.cells import cell_index
from neuroflysim.gradients.peaks import counted_by_condition, maximum, on_cell, softness_field


@frozen
class FlashResponseIndex:
    """Whether a cell prefers bright (+1) or dark (-1) flashes.

    As `analysis.flash_response_index`.

    Parameters
    ----------
    cell_type : str
    end : {"stimulus", "recording"} or Quantity [s]
        Until when samples count.
    softness : float
        Of maxima and of the minimum, see `PeakResponse`.
    """

    cell_type: str
    end: str | Quantity = "stimulus"
    softness: float = softness_field()
    name = "flash_response_index"

    def value_and_derivative(self, voltage: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
        """See `DifferentiableMeasure`."""
        if "intensity" not in voltage.coords or voltage.sizes["condition"] != 2:
            raise InvalidValueError(
                "a flash response index needs two conditions, labelled 'intensity': show"
                " protocols.flash(intensity=[0, 1])."
            )
        order = np.argsort(np.broadcast_to(voltage["intensity"].to_numpy(), 2))
        values = voltage.to_numpy()[..., cell_index(voltage, self.cell_type)]
        inside = counted_by_condition(voltage, self.end)
        high, up = maximum(values, inside, self.softness)
        both = values.reshape(len(values), 1, -1)
        low, down = maximum(-both, inside.reshape(1, -1), self.softness)
        added = np.abs(low)  # |min V|, whatever its sign, as published
        by_added = (np.sign(low)[..., None] * -down).reshape(values.shape)
        dark, bright = (high[:, k] + added[:, 0] for k in order)
        total = dark + bright + 1e-16
        value = (bright - dark) / total
        by_bright, by_dark = 2 * dark / total**2, -2 * bright / total**2
        slope = (by_bright + by_dark)[:, None, None] * by_added
        for k, one in zip(order, (by_dark, by_bright), strict=True):
            slope[:, k] += one[:, None] * up[:, k]
        return value, on_cell(voltage, self.cell_type, slope)

"""How much a cell prefers one direction of motion, and which, with derivatives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from attrs import frozen
from brian2 import Quantity

from neuroflysim.errors import InvalidValueError
from neuroflysim.gradients.peaks import on_cell, peaks, softness_field

#: Parameters of a protocol over which the published measures are averaged or summed.
_POOLED = ("speed", "width")

#: Keeps the index of a cell without any response finite, as the published one.
_NOTHING = 1e-15


@frozen
class DirectionSelectivityIndex:
    r"""How much the peak responses of a cell prefer one direction: 0 not at all, 1 wholly.

    As `analysis.direction_selectivity_index`: the length of the vector sum of the peak responses to
    the directions of motion, over the sum of their lengths, the larger of both contrasts.

    Parameters
    ----------
    cell_type : str
    intensity : float, optional
        To edges of which luminance; those with the larger response, by candidate, if not given.
    end : {"stimulus", "recording", "passage"} or Quantity [s]
        Until when a peak is looked for, see `analysis.peak_response`.
    softness : float
        Of the peaks, see `PeakResponse`.
    """

    cell_type: str
    intensity: float | None = None
    end: str | Quantity = "stimulus"
    softness: float = softness_field()
    name = "direction_selectivity_index"

    def value_and_derivative(self, voltage: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
        """See `DifferentiableMeasure`."""
        peak, slope = peaks(voltage, self.cell_type, self.end, self.softness)
        shown = _Shown.of(voltage)
        chosen = shown.preferred(peak, self.intensity)
        value, by_peak = np.zeros(len(peak)), np.zeros(peak.shape)
        for k in range(len(peak)):
            for group in shown.groups:
                same = [group & (shown.intensity == each) for each in shown.intensities]
                largest = max(same, key=lambda which, k=k: peak[k, which].sum())
                own = group & (shown.intensity == chosen[k])
                total = peak[k, largest].sum() + _NOTHING
                vector = (peak[k, own] * shown.unit[own]).sum()
                length = abs(vector)
                if length > 0:
                    by_peak[k, own] += (vector.conjugate() * shown.unit[own]).real / (
                        length * total
                    )
                by_peak[k, largest] -= length / total**2
                value[k] += length / total
        n_groups = len(shown.groups)
        by_voltage = (by_peak / n_groups)[..., None] * slope
        return value / n_groups, on_cell(voltage, self.cell_type, by_voltage)


@frozen
class PreferredDirection:
    """The direction of the summed response vectors of a cell, in degrees.

    As `analysis.preferred_direction`. Of a cell without any response value and derivatives are NaN.

    Parameters
    ----------
    cell_type : str
    intensity : float, optional
        To edges of which luminance; those with the larger response, by candidate, if not given.
    end : {"stimulus", "recording", "passage"} or Quantity [s]
        Until when a peak is looked for, see `analysis.peak_response`.
    softness : float
        Of the peaks, see `PeakResponse`.
    """

    cell_type: str
    intensity: float | None = None
    end: str | Quantity = "stimulus"
    softness: float = softness_field()
    name = "preferred_direction"

    def value_and_derivative(self, voltage: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
        """See `DifferentiableMeasure`."""
        peak, slope = peaks(voltage, self.cell_type, self.end, self.softness)
        shown = _Shown.of(voltage)
        chosen = shown.preferred(peak, self.intensity)
        own = shown.intensity == chosen[:, None]
        vector = (peak * own) @ shown.unit
        there = np.abs(vector) > 0
        vector = np.where(there, vector, np.nan)[:, None]
        turned = np.imag(vector.conjugate() * shown.unit)
        by_peak = turned / np.abs(vector) ** 2 * own
        value = np.angle(vector[:, 0], deg=True) % 360
        value = np.where(value == 360, 0.0, value)  # -1e-15 % 360 is 360
        by_voltage = np.rad2deg(by_peak)[..., None] * slope
        return value, on_cell(voltage, self.cell_type, by_voltage)


@frozen(eq=False)
class _Shown:
    """What the conditions were, as far as directions are concerned."""

    unit: np.ndarray  #: a complex number of length 1 in the direction, shape (condition,)
    intensity: np.ndarray  #: shape (condition,); 0 throughout where it does not vary
    groups: list[np.ndarray]  #: which conditions share speed and width, each (condition,) of bool

    @classmethod
    def of(cls, voltage: xr.DataArray) -> _Shown:
        """Read the labels of the conditions; raise if there are others than measures know."""
        labels = {
            str(name): values.to_numpy()
            for name, values in voltage.coords.items()
            if values.dims == ("condition",) and name != "condition"
        }
        if "angle" not in labels:
            raise InvalidValueError(
                "the conditions are not labelled with 'angle', of which direction selectivity is"
                " taken: show a protocol in several directions, such as moving_edge."
            )
        table = pd.DataFrame(labels)
        varying = [name for name in table if table[name].nunique() > 1]
        others = sorted(set(varying) - {"angle", "intensity", *_POOLED})
        if others:
            raise InvalidValueError(
                f"the conditions vary in {others[0]!r}, over which direction selectivity is not"
                " averaged: show one value of it."
            )
        if table.duplicated(["angle", *varying]).any():
            raise InvalidValueError("a direction was shown twice: show each condition once.")
        pooled = table[[name for name in _POOLED if name in varying]]
        rows = pooled.apply(tuple, axis=1) if len(pooled.columns) else pd.Series([()] * len(table))
        groups = [(rows == each).to_numpy() for each in dict.fromkeys(rows)]
        intensity = labels.get("intensity", np.zeros(len(table)))
        return cls(np.exp(1j * np.deg2rad(labels["angle"].astype(float))), intensity, groups)

    @property
    def intensities(self) -> list:
        """The contrasts, each once."""
        return list(dict.fromkeys(self.intensity.tolist()))

    def preferred(self, peak: np.ndarray, intensity: float | None) -> np.ndarray:
        """Return the contrast that counts, by candidate."""
        if intensity is not None:
            if intensity not in self.intensities:
                raise InvalidValueError(
                    f"intensity is {intensity!r}, but these were shown: {self.intensities}."
                )
            return np.full(len(peak), intensity)
        total = [peak[:, self.intensity == each].sum(axis=1) for each in self.intensities]
        return np.array(self.intensities)[np.argmax(total, axis=0)]

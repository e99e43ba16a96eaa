"""The stimulus of a recording as frames, so that some of its conditions can be shown alone."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt
import xarray as xr
from brian2 import Quantity

from neuroflysim.lattice import Lattice
from neuroflysim.simulation.stimulus_forms import Frames, checked_stimulus
from neuroflysim.stimulus.eye import Eye
from neuroflysim.stimulus.protocol import Protocol

#: Luminance is told apart by so many digits, for the last ones differ between processors.
DIGITS = 5


class ShownStimulus:
    """Frames of luminance with the labels of conditions and times.

    Parameters
    ----------
    stimulus : Protocol or array_like
        As for `nfs.simulate`.
    lattice : Lattice
    time_step : Quantity [s]
    """

    def __init__(self, stimulus: Protocol | npt.ArrayLike, lattice: Lattice, time_step: Quantity):
        drawn = stimulus
        if isinstance(stimulus, Protocol):
            drawn = stimulus.luminance(eye=Eye(lattice), time_step=time_step, dtype="float32")
        form = checked_stimulus(drawn, lattice, time_step)
        assert isinstance(form.form, Frames)
        self._step = float(time_step)
        self.luminance = xr.DataArray(
            form.form.luminance,
            dims=("condition", "time", "column"),
            coords={"time": form.times, **form.coordinates},
            attrs={"protocol": form.name, **form.attributes},
        )

    def of(self, conditions: np.ndarray) -> xr.DataArray:
        """Return the luminance in some conditions, shape (condition, time, column)."""
        return self.luminance.isel(condition=conditions)

    def labels(self, cell_types: list[str]) -> xr.DataArray:
        """Return an array as of `Responses`, dims (condition, time, cell_type), but empty.

        Parameters
        ----------
        cell_types : list of str
        """
        own = self.luminance
        shape = (*own.shape[:2], len(cell_types))
        end = np.round(own["time"].to_numpy() + self._step, 12)
        return xr.DataArray(
            np.broadcast_to(np.float32(np.nan), shape),
            dims=("condition", "time", "cell_type"),
            coords={
                "time": end,
                "cell_type": cell_types,
                **{name: one for name, one in own.coords.items() if one.dims == ("condition",)},
            },
            attrs={"time_step": self._step},
        )

    def to_dict(self) -> dict:
        """Return what is shown: its name, timing, conditions, and a checksum of luminance."""
        own = self.luminance
        rounded = np.round(own.to_numpy() * 10**DIGITS).astype("<i4")
        conditions = {
            str(name): [_plain(value) for value in one.to_numpy().tolist()]
            for name, one in own.coords.items()
            if one.dims == ("condition",)
        }
        return {
            "stimulus": own.attrs["protocol"],
            "n_conditions": own.sizes["condition"],
            "conditions": conditions,
            "n_frames": own.sizes["time"],
            "first_frame": float(own["time"][0]),
            "luminance_sha256": hashlib.sha256(rounded.tobytes()).hexdigest(),
        }


def _plain(value):
    """Return a value that JSON knows: it has no word for an infinite radius."""
    return str(value) if isinstance(value, float) and not np.isfinite(value) else value

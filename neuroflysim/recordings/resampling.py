"""Bringing recordings to another time step."""

from __future__ import annotations

import numpy as np
import xarray as xr
from brian2 import Quantity

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError
from neuroflysim.recordings.memory import require_room
from neuroflysim.recordings.recording import Recording, checked_recording

#: Half the width of the window over which samples are averaged, in new time steps.
HALF_WIDTH = 1.5


def resample(recording: Recording, time_step: Quantity) -> Recording:
    """Return a recording at another time step.

    To a longer step: each new sample is a mean of the old signal over 1.5 new steps on either
    side, weighted by a Blackman window. The weights are positive and symmetric, so nothing rings
    or is shifted. Power is halved at 0.27 / `time_step`, and frequencies above 1 / `time_step`,
    which the new samples would show as slow ones, are damped by 58 dB or more. To a shorter step:
    linear interpolation.

    New times are multiples of the step; those are left out for which the window is not whole.

    Parameters
    ----------
    recording : Recording
    time_step : Quantity [s]

    Returns
    -------
    Recording

    Examples
    --------
    >>> from brian2 import ms
    >>> line = xr.DataArray(
    ...     [np.arange(101.0)], dims=("trial", "time"), coords={"time": np.arange(101) * 1e-3},
    ...     attrs={"units": "mV"})
    >>> resample(Recording(line), 20*ms).signal.round(6).to_series().to_dict()
    {(0, 0.04): 40.0, (0, 0.06): 60.0}
    """
    signal = checked_recording(recording)
    step, old = checks.seconds("time_step", time_step), recording.time_step
    times = signal["time"].to_numpy()
    if abs(step - old) <= 1e-9 * old:
        return recording
    n_new = (times[-1] - times[0]) / step
    require_room(
        f"time_step is {step:g} s", "the new samples", int(min(8 * len(signal) * n_new, 1e18))
    )
    offsets, weights = _window(step, old) if step > old else (np.zeros(1), np.ones(1))
    first = np.ceil((times[0] - offsets[0]) / step - 1e-6)
    last = np.floor((times[-1] - offsets[-1]) / step + 1e-6)
    new = np.arange(first, last + 1) * step
    if len(new) < 2:
        raise InvalidValueError(
            f"time_step is {step:g} s, but the recording has only {times[-1] - times[0]:g} s, and"
            f" each new sample needs {2 * HALF_WIDTH:g} steps; take a shorter step, or keep more"
            " before and after each onset."
        )
    at = new[:, None] + offsets
    values = np.stack([np.interp(at, times, row) @ weights for row in signal.to_numpy()])
    labels = {name: c for name, c in signal.coords.items() if c.dims == ("trial",)}
    return Recording(
        xr.DataArray(
            values,
            dims=("trial", "time"),
            coords={"time": ("time", np.round(new, 12), {"units": "s"}), **labels},
            name=signal.name,
            attrs={**signal.attrs, "resampled": step},
        )
    )


def _window(step: float, old: float) -> tuple[np.ndarray, np.ndarray]:
    """Return where the window is sampled around a new sample, no wider apart than old samples."""
    n = int(np.ceil(HALF_WIDTH * max(step / old, 32)))
    weights = np.blackman(2 * n + 1)
    return np.linspace(-HALF_WIDTH, HALF_WIDTH, 2 * n + 1) * step, weights / weights.sum()

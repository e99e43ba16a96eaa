"""Which samples of a recording the model has, and its voltage at these, at several lags."""

from __future__ import annotations

import numpy as np
import xarray as xr
from attrs import frozen
from brian2 import Quantity

from neuroflysim import checks
from neuroflysim.analysis.samples import time_step
from neuroflysim.recordings.exposure import exposed, exposure_of
from neuroflysim.recordings.recording import Recording

#: Lags are tried no finer than this part of the time step of the recording.
_FINEST_LAG = 0.1


@frozen(eq=False)
class Sampling:
    """How the voltage of a model is brought to the samples of a recording."""

    held: np.ndarray  #: numbers of the samples that the model has at all lags
    lags: np.ndarray  #: in seconds, symmetric around 0
    exposure: float  #: of which voltages are means, in seconds; 0 if they are taken as they are
    times: np.ndarray  #: of the model's samples
    at: np.ndarray  #: shape (held, lag): when the model is looked at
    samples: np.ndarray | None  #: the same as numbers of samples, where none lies between two

    def of(self, voltage: np.ndarray) -> np.ndarray:
        """Return voltages, shape (..., time), at the samples and lags, shape (..., held, lag)."""
        if self.samples is not None:
            return voltage[..., self.samples]
        return exposed(voltage, self.times, self.at, self.exposure)


def sampling_of(
    voltage: xr.DataArray, recording: Recording, max_lag: Quantity, exposure: Quantity | None
) -> Sampling:
    """Return how the voltage of a model is brought to the samples of a recording.

    Where both have the same times, nothing is averaged unless an exposure is asked for.

    Parameters
    ----------
    voltage : DataArray
        Of `Responses`.
    recording : Recording
    max_lag : Quantity [s]
    exposure : Quantity [s], optional
    """
    step, own = time_step(voltage), recording.time_step
    longest = checks.seconds("max_lag", max_lag, allow_zero=True)
    seconds = exposure_of(exposure, step, own)
    ours, times = voltage["time"].to_numpy(), recording.signal["time"].to_numpy()
    positions = (times - ours[0]) / step
    on_sample = np.round(positions).astype(int)
    same = abs(own - step) <= 1e-6 * step and np.abs(positions - on_sample).max() <= 1e-3
    stride = max(1, int(_FINEST_LAG * own / step + 1e-6))
    n_lags = int(np.floor(longest / (stride * step) + 1e-6))
    shifts = stride * np.arange(-n_lags, n_lags + 1)
    lags = np.round(shifts * step, 12)
    if same and exposure is None:
        held = (on_sample - n_lags >= 0) & (on_sample + n_lags < len(ours))
        samples = on_sample[held, None] - shifts
        return Sampling(np.flatnonzero(held), lags, 0.0, ours, ours[samples], samples)
    reach, margin = lags[-1] + 0.5 * seconds, 1e-6 * step
    held = (times - reach >= ours[0] - margin) & (times + reach <= ours[-1] + margin)
    at = times[held, None] - lags
    return Sampling(np.flatnonzero(held), lags, seconds, ours, at, None)

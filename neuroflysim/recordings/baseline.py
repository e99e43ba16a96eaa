"""The change of a signal from what it was before the stimulus."""

from __future__ import annotations

import numpy as np
from brian2 import Quantity

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError
from neuroflysim.recordings.recording import ONSET, Recording, checked_recording
from neuroflysim.recordings.signal_checks import place

#: Sample times carry the rounding of sums of time steps.
ROUNDING = 1e-9

KINDS = ("difference", "dF/F")


def subtract_baseline(
    recording: Recording, kind: str = "difference", window: Quantity | None = None
) -> Recording:
    """Return the change from the mean before the stimulus, trial by trial.

    Parameters
    ----------
    recording : Recording
        Aligned to onsets, see `align`.
    kind : {"difference", "dF/F"}
        signal - baseline, in the unit of the signal; or (signal - baseline) / baseline.
    window : Quantity [s], optional
        How long before the onset the mean begins; all that is there before the onset, if not
        given. The sample at onset belongs to it.

    Returns
    -------
    Recording

    Examples
    --------
    >>> import xarray as xr
    >>> signal = xr.DataArray(
    ...     [[4.0, 6.0, 10.0]], dims=("trial", "time"), coords={"time": [-0.1, 0.0, 0.1]},
    ...     attrs={"units": "a.u.", "time_zero": ONSET})
    >>> subtract_baseline(Recording(signal), "dF/F").signal.to_numpy().tolist()
    [[-0.2, 0.2, 1.0]]
    """
    signal = checked_recording(recording)
    require_aligned(recording)
    checks.one_of("kind", kind, KINDS)
    times = signal["time"].to_numpy()
    earliest = -np.inf if window is None else -checks.seconds("window", window) - ROUNDING
    before = (times <= ROUNDING) & (times >= earliest)
    if not before.any():
        raise InvalidValueError(
            "there is no sample before the onset to tell the baseline: align the recording with"
            " before=..., or take a longer window."
        )
    rest = signal.isel(time=before).mean("time")
    change = (signal - rest).assign_attrs(signal.attrs)
    if kind == "dF/F":
        if (rest <= 0).any():
            trial = int(np.argmax((rest <= 0).to_numpy()))
            raise InvalidValueError(
                f"{place(signal, trial)}: the baseline is {float(rest[trial]):g} {recording.units},"
                " but dF/F needs a fluorescence above 0; take kind='difference' for a voltage or"
                " current."
            )
        change = (change / rest).assign_attrs({**signal.attrs, "units": "dF/F"})
    return Recording(change.assign_attrs(baseline=kind))


def require_aligned(recording: Recording) -> None:
    """Raise if time does not count from stimulus onset."""
    if checked_recording(recording).attrs.get("time_zero") != ONSET:
        raise InvalidValueError(
            "time of the recording does not count from stimulus onset; align(recording, onsets,"
            " before=..., after=...) makes it so. If 0 s is the onset in the file already, align"
            " it with onsets=0*second."
        )

"""Which samples of a response count, and what the cell did before the stimulus."""

from __future__ import annotations

import numpy as np
import xarray as xr
from brian2 import Quantity, have_same_dimensions, second

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.perturbations import INTACT, Flies, Fly, flies_of
from neuroflysim.responses import Responses

__all__: list[str] = []

#: Sample times are sums of time steps and carry their rounding.
ROUNDING = 1e-9


def checked_responses(responses: Responses) -> xr.DataArray:
    """Return what `Responses` hold, in float64; raise if they have trials.

    Voltages in float32 are as exact as that; means, logarithms and regressions of them need not
    lose more, nor differ between processors.
    """
    if not isinstance(responses, Responses):
        raise InvalidTypeError(
            f"responses must be Responses, but is {type(responses).__name__}; see nfs.simulate, or"
            " make them of an array by nfs.Responses(xarray.DataArray(...))."
        )
    if "trial" in responses.signal.dims:
        raise InvalidValueError(
            f"responses have {responses.signal.sizes['trial']} trials, but one trace is looked at"
            " for each candidate and condition: take their mean, responses.mean_over_trials(), or"
            " one of them, nfs.Responses(responses.voltage.sel(trial=0, drop=True))."
        )
    return responses.signal.astype(np.float64, copy=False)


def checked_voltage(responses: Responses) -> xr.DataArray:
    """Return the voltage of `Responses`, in float64, or raise if they are calcium."""
    checked_responses(responses)
    return responses.voltage.astype(np.float64, copy=False)


def time_step(voltage: xr.DataArray) -> float:
    """Return how many seconds lie between two samples."""
    if "time_step" in voltage.attrs:
        return float(voltage.attrs["time_step"])
    if voltage.sizes["time"] < 2:
        raise InvalidValueError("the time step is unknown: give the voltages attrs['time_step'].")
    return float(np.diff(voltage["time"].to_numpy()[:2])[0])


def begins_of_steps(voltage: xr.DataArray) -> np.ndarray:
    """Return when the steps began that samples end: what acts in a step shows in its sample."""
    return voltage["time"].to_numpy() - time_step(voltage)


def responding_flies(voltage: xr.DataArray, perturbations: Flies) -> list[Fly]:
    """Return the fly of each candidate, out of those that were given to `simulate`.

    Parameters
    ----------
    voltage : DataArray
    perturbations : Perturbation or list, optional

    Raises
    ------
    InvalidValueError
        If the responses are of other flies.
    """
    flies = {fly.label: fly for fly in flies_of(perturbations)}
    labels = [INTACT] * voltage.sizes["candidate"]
    if "perturbation" in voltage.coords:
        labels = voltage["perturbation"].to_numpy().tolist()
    unknown = [label for label in labels if label not in flies]
    if unknown:
        raise InvalidValueError(
            f"the responses are of the fly {unknown[0]!r}, and nothing tells what was done to it;"
            f" give perturbations as they were given to simulate, not {perturbations!r}."
        )
    return [flies[label] for label in labels]


def at_rest(voltage: xr.DataArray) -> xr.DataArray:
    """Return the mean over the samples before the stimulus, without the dimension time."""
    before = voltage["time"].to_numpy() <= ROUNDING
    if not before.any():
        raise InvalidValueError(
            "there is no sample before the stimulus to tell the rest: show the protocol with a"
            " pre_time of at least one time step."
        )
    return voltage.isel(time=before).mean("time")


def change(
    voltage: xr.DataArray, end: str | Quantity = "stimulus", include_end: bool = True
) -> xr.DataArray:
    """Return the signal minus its rest, from onset to `end` (see `counted`); else NaN."""
    return (voltage - at_rest(voltage)).where(counted(voltage, end, include_end), drop=True)


def counted(
    voltage: xr.DataArray, end: str | Quantity = "stimulus", include_end: bool = True
) -> xr.DataArray:
    """Return which samples count: steps that begin between onset and `end`.

    Parameters
    ----------
    voltage : DataArray
    end : {"stimulus", "recording", "passage"} or Quantity [s], also shape (condition,)
        When the stimulus ends, if the voltages know it, else when the recording does; when the
        recording ends; when an edge or bar has passed, (stop - start) / speed after onset; or a
        time, or one for each condition.
    include_end : bool
        Whether the step that begins at `end` counts, as in the published measures. It shows the
        background again, so what the response to a step of luminance is must leave it out.

    Returns
    -------
    DataArray of bool, dims (time,) or (condition, time)
    """
    begin = voltage["time"] - time_step(voltage)
    last = _last(voltage, end) + (ROUNDING if include_end else -ROUNDING)
    inside = (begin >= -ROUNDING) & (begin <= last)
    if not inside.any("time").all():
        raise InvalidValueError(f"no sample lies between 0 s and end = {end}.")
    return inside


def _last(voltage: xr.DataArray, end):
    if isinstance(end, Quantity) and np.ndim(end) == 1:
        n_conditions = voltage.sizes["condition"]
        if not have_same_dimensions(end, second) or len(end) != n_conditions:
            raise InvalidValueError(
                f"end is {end!r}, but must be one time for each of the {n_conditions} conditions."
            )
        return xr.DataArray(np.asarray(end), dims="condition")
    if isinstance(end, Quantity):
        return checks.seconds("end", end)
    if not isinstance(end, str):
        raise InvalidTypeError(
            f"end is of type {type(end).__name__}, but must be one of 'stimulus', 'recording',"
            " 'passage', or a time with its unit, like 400*ms; for one time for each condition,"
            " multiply an array by second."
        )
    word = checks.one_of("end", end, ("stimulus", "recording", "passage"))
    if word == "passage":
        missing = [name for name in ("start", "stop", "speed") if name not in voltage.coords]
        if missing:
            raise InvalidValueError(
                f"end is 'passage', but the conditions are not labelled with {missing[0]!r}: show a"
                " moving edge or bar, or give end as a time."
            )
        return (voltage["stop"] - voltage["start"]) / voltage["speed"]
    if word == "stimulus" and "stim_time" in voltage.attrs:
        return float(voltage.attrs["stim_time"])
    return np.inf

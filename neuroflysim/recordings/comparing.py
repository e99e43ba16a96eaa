"""Model and recording side by side: one row for each cell type and condition."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from attrs import frozen
from brian2 import Quantity, ms

from neuroflysim.analysis.samples import checked_responses
from neuroflysim.analysis.temporal import time_of_extremum
from neuroflysim.recordings.baseline import ROUNDING
from neuroflysim.recordings.pairing import paired
from neuroflysim.recordings.recording import Recording
from neuroflysim.recordings.trial_noise import powers
from neuroflysim.responses import Responses


def compare_recording(
    responses: Responses,
    recording: Recording,
    *,
    max_lag: Quantity = 200 * ms,
    begin: Quantity | None = None,
    end: Quantity | None = None,
    exposure: Quantity | None = None,
) -> pd.DataFrame:
    r"""Set what was recorded beside what the model answers to the same stimulus.

    The recording's mean over trials :math:`\bar y` is compared with the voltage :math:`V` of the
    central cell, or of the cell in the one column that was chosen of the responses; it is the mean
    over trials if the model is noisy. Its unit is not the model's, so gain
    :math:`g`, offset :math:`o` and lag :math:`l` are fitted, :math:`\bar y(t) \approx g V(t - l) +
    o`: the lag, a multiple of the model's time step, at which they correlate best, and there gain
    and offset by least squares.

    The model may have a shorter time step than the recording. What then stands beside a sample is
    the mean of its voltage over the exposure of the sample, from half of it before the time of the
    sample to half of it after. Where both have the same times, voltages are taken as they are.

    Parameters
    ----------
    responses : Responses
    recording : Recording
        Aligned to onsets, at the time step of the responses or a longer one (see `resample`), and
        labelled with the cell type and with as many parameters of the stimulus as tell the
        conditions apart.
    max_lag : Quantity [s]
        Lags between -max_lag and max_lag are tried, no finer than a tenth of the time step of the
        recording; a positive one means that the recording follows the model. The same samples
        count at all lags: those for which the model's voltage is known at each. ``0*ms`` for none.
    begin, end : Quantity [s], optional
        Samples of the recording that count, both included; negative before the onset. All if not
        given.
    exposure : Quantity [s], optional
        How long light is collected for a sample; from one sample to the next, if not given. Of an
        electrode that is read in an instant, ``0*ms``.

    Returns
    -------
    DataFrame
        One row for each candidate, cell type and condition that was recorded, conditions in the
        order of their values: candidate (and
        perturbation, if there were any), cell_type, condition (its number in the responses), the
        labels of the recording; n_trials, n_samples; correlation (at lag 0), noise_ceiling (the
        best that trials leave room for, see `noise_ceiling`) and normalized_correlation (the one
        over the other, :math:`CC_{norm}` of Schoppe et al., 2016, doi:10.3389/fncom.2016.00010);
        for responses with trials n_model_trials and model_noise_ceiling (the same of the model's
        own trials, over which normalized_correlation is taken, too);
        best_lag (s) and best_correlation; gain (unit of the recording) and offset;
        explained_variance (part of the variance of :math:`\bar y` that the fit explains, the
        square of best_correlation) and explainable_variance (the square of the noise ceiling);
        time_to_peak_model and time_to_peak_recording (s from onset to the largest change from
        rest); exposure (s over which the model's voltage was averaged for a sample, 0 if it was
        not) and units.
        NaN where a trace is constant, without a sample before the onset (times to peak), or with
        one trial (ceilings).

    Raises
    ------
    InvalidValueError
        If cell type, condition or times have no counterpart in the responses; lists what there is.

    Examples
    --------
    >>> from neuroflysim.recordings.recording import ONSET
    >>> time = np.round(np.arange(-10, 31) * 0.02, 12)
    >>> bump = np.exp(-((time - 0.2) / 0.06) ** 2)
    >>> responses = Responses(xr.DataArray(
    ...     bump[None, None, :, None], dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": time, "cell_type": ["Mi1"]}))
    >>> later = -60 + 8 * np.exp(-((time - 0.24) / 0.06) ** 2)  # 40 ms later, in mV
    >>> recording = Recording(xr.DataArray(
    ...     [later], dims=("trial", "time"),
    ...     coords={"time": time, "cell_type": ("trial", ["Mi1"])},
    ...     attrs={"units": "mV", "time_zero": ONSET}))
    >>> table = compare_recording(responses, recording, max_lag=100*ms)
    >>> table[["best_lag", "best_correlation", "gain", "offset"]].round(6).values.tolist()
    [[0.04, 1.0, 8.0, -60.0]]
    """
    voltage = of_one_cell_each(responses)
    beside = paired(voltage, recording, max_lag, begin, end, exposure)
    sampling, rows = beside.sampling, []
    for pair in beside.pairs:
        one = _Compared(beside.times, beside.counted, pair.trials, sampling.lags)
        for candidate in range(voltage.sizes["candidate"]):
            trace = voltage.isel(candidate=candidate, condition=pair.condition)
            model = sampling.of(trace.sel(cell_type=pair.cell_type).to_numpy())
            rows.append(
                {
                    "candidate": candidate,
                    **_done_to(voltage, candidate),
                    "cell_type": pair.cell_type,
                    "condition": pair.condition,
                    **pair.labels,
                    **one.with_model(model),
                    "exposure": sampling.exposure,
                    "units": recording.units,
                }
            )
    table = pd.DataFrame(rows)
    return table.sort_values("candidate", kind="stable", ignore_index=True)


@frozen
class _Compared:
    """Trials of one cell type and condition, to be compared with models."""

    times: np.ndarray
    counted: np.ndarray  #: which times count
    trials: np.ndarray  #: shape (trial, time)
    lags: np.ndarray  #: in seconds, symmetric around 0

    def with_model(self, model: np.ndarray) -> dict:
        """Return the numbers for a model's voltage at each lag, shape ([trial,] time, lag)."""
        mean, own_ceiling, own = self.trials.mean(axis=0), 1.0, {}
        if model.ndim == 3:
            _, _, own_ceiling = powers(model[:, self.counted, len(self.lags) // 2])
            own = {"n_model_trials": len(model), "model_noise_ceiling": own_ceiling}
            model = model.mean(axis=0)
        fly, shown = mean[self.counted], model[self.counted]
        at_zero = len(self.lags) // 2
        correlations = np.array([_correlation(one, fly) for one in shown.T])
        _, _, ceiling = powers(self.trials[:, self.counted])
        best, gain, offset = at_zero, np.nan, np.nan
        if np.isfinite(correlations).any():
            # Of equals the one nearest to no lag: a sine would fit after any number of periods.
            largest = np.flatnonzero(correlations >= np.nanmax(correlations) - 1e-12)
            best = int(largest[np.argmin(np.abs(self.lags[largest]))])
            gain, offset = np.polyfit(shown[:, best], fly, 1)
        return {
            "n_trials": len(self.trials),
            "n_samples": int(self.counted.sum()),
            "correlation": correlations[at_zero],
            "noise_ceiling": ceiling,
            **own,
            "normalized_correlation": correlations[at_zero] / ceiling / own_ceiling,
            "best_lag": float(self.lags[best]),
            "best_correlation": correlations[best],
            "gain": gain,
            "offset": offset,
            "explained_variance": correlations[best] ** 2,
            "explainable_variance": ceiling**2,
            "time_to_peak_model": self._time_to_peak(model[:, at_zero]),
            "time_to_peak_recording": self._time_to_peak(mean),
        }

    def _time_to_peak(self, trace: np.ndarray) -> float:
        """Return when the change from rest is largest, between onset and the last that counts."""
        before = self.times <= ROUNDING
        after = ~before & (self.times <= self.times[self.counted][-1])
        if not before.any() or not _varies(trace):
            return np.nan
        return time_of_extremum(self.times[after], trace[after] - trace[before].mean())


def of_one_cell_each(responses: Responses) -> xr.DataArray:
    """Return the voltages of one cell of each type, trials of a noisy model included.

    Parameters
    ----------
    responses : Responses
        Of central cells, of one column, or of several with the central one.
    """
    if not isinstance(responses, Responses):
        checked_responses(responses)  # says what it must be
    return responses.one_of_each_type().signal.astype(np.float64, copy=False)


def _done_to(voltage: xr.DataArray, candidate: int) -> dict:
    """Return what was done to a model fly, if it was simulated with perturbations."""
    if "perturbation" not in voltage.coords:
        return {}
    return {"perturbation": voltage["perturbation"].to_numpy()[candidate]}


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Return Pearson's correlation; NaN if one of them is constant."""
    if not _varies(one) or not _varies(other):
        return np.nan
    one, other = one - one.mean(), other - other.mean()
    return float(one @ other / np.sqrt((one @ one) * (other @ other)))


def _varies(trace: np.ndarray) -> bool:
    """Tell whether a trace is not constant but for rounding."""
    return bool(np.ptp(trace) > 1e-12 * np.abs(trace).max())

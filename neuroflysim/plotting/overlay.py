"""What was recorded and what the model answers, on top of each other."""

from __future__ import annotations

import numpy as np
from brian2 import Quantity, ms

from neuroflysim.plotting.arguments import number_below
from neuroflysim.plotting.colors import FLY_COLOR, MODEL_COLOR
from neuroflysim.plotting.panels import Panels, legend_below, panels
from neuroflysim.recordings import Recording, average_trials, compare_recording
from neuroflysim.recordings.comparing import of_one_cell_each
from neuroflysim.recordings.sampling import sampling_of
from neuroflysim.recordings.trials import groups
from neuroflysim.responses import Responses


def plot_overlay(
    responses: Responses,
    recording: Recording,
    candidate: int = 0,
    axes: Panels | None = None,
    *,
    max_lag: Quantity = 200 * ms,
    exposure: Quantity | None = None,
) -> np.ndarray:
    """Draw a recording and the model's response, one panel for each cell type and condition.

    Of the recording the mean over trials, and one standard error on either side. The model has
    another unit and may be early: its voltage, at the samples of the recording, is drawn at the
    lag at which both correlate best, times the gain and plus the offset that bring it nearest to
    the recording there. Each panel tells the correlation without a lag and the noise ceiling that
    the trials leave room for; then that lag, the correlation there, and the gain. All are the
    numbers of `neuroflysim.compare_recording` for the same max_lag. A lag at the edge of the
    search is no optimum, and the panel says so. Panels are in the order of names and values of
    what they show.

    Parameters
    ----------
    responses : Responses
        Of trials of a noisy model the mean is drawn.
    recording : Recording
        As for `neuroflysim.compare_recording`.
    candidate : int
    axes : array of Axes, optional
        One for each cell type and condition that was recorded.
    max_lag, exposure : Quantity [s]
        As in `neuroflysim.compare_recording`. ``max_lag=0*ms`` for no lag.

    Returns
    -------
    ndarray of Axes

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> from neuroflysim.recordings import align
    >>> time = np.round(np.arange(-10, 31) * 0.02, 12)
    >>> bump = np.exp(-((time - 0.2) / 0.06) ** 2)
    >>> responses = Responses(xr.DataArray(
    ...     bump[None, None, :, None], dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": time, "cell_type": ["Mi1"]}))
    >>> sweeps = Recording(xr.DataArray(
    ...     [8 * bump - 60, 9 * bump - 61], dims=("trial", "time"),
    ...     coords={"time": time, "cell_type": ("trial", ["Mi1", "Mi1"])}, attrs={"units": "mV"}))
    >>> trials = align(sweeps, 0*ms, before=200*ms, after=600*ms)
    >>> plot_overlay(responses, trials)[0, 0].get_title()
    'Mi1\\nn = 2, r = 1.00, ceiling 1.00\\nbest lag 0 ms: r = 1.00, gain 8.5 mV'
    """
    voltage = of_one_cell_each(responses)
    candidate = number_below("candidate", candidate, voltage.sizes["candidate"])
    chosen = Responses(voltage.isel(candidate=[candidate]))
    table = compare_recording(chosen, recording, max_lag=max_lag, exposure=exposure)
    average, times = average_trials(recording), recording.signal["time"].to_numpy()
    voltage = chosen.mean_over_trials().signal.isel(candidate=0)
    sampling = sampling_of(voltage, recording, max_lag, exposure)
    drawn = panels(len(table), 2.6, 2.3, axes, sharex=True)
    for (name, number, trials), row, ax in zip(
        groups(recording), table.to_dict("records"), drawn.flat, strict=False
    ):
        of_fly = average.sel(cell_type=name).isel(condition=number)
        mean, sem = of_fly["mean"].to_numpy(), of_fly["sem"].to_numpy()
        if len(trials) > 1:
            ax.fill_between(times, mean - sem, mean + sem, color=FLY_COLOR, alpha=0.25, lw=0)
        ax.plot(times, mean, color=FLY_COLOR, lw=1.2, label="fly, mean ± SEM over trials")
        trace = voltage.sel(cell_type=name).isel(condition=row["condition"])
        at_best = int(np.argmin(np.abs(sampling.lags - row["best_lag"])))
        shifted = sampling.of(trace.to_numpy())[:, at_best]
        scaled = row["gain"] * shifted + row["offset"]
        ax.plot(
            times[sampling.held], scaled, "--", color=MODEL_COLOR, lw=1.4, label="model, scaled"
        )
        told = [f"{label} {_short(row[label])}" for label in recording.labels]
        ax.set_title(
            f"{', '.join([name, *told])}\n{_how_well(len(trials), row)}\n"
            f"{_at_best(row, sampling.lags)}gain {row['gain']:.3g} {recording.units}",
            fontsize=8,
        )
        ax.axvline(0, color="0.8", lw=0.8, zorder=0)
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(labelsize=7)
    used = drawn.ravel()[: len(table)]
    for ax in drawn[-1] if axes is None else used:
        ax.set_xlabel("time from onset (s)", fontsize=8)
    for ax in drawn[:, 0] if axes is None else used:
        ax.set_ylabel(f"signal ({recording.units})", fontsize=8)
    legend_below(used, axes is None, *used[0].get_legend_handles_labels(), n_columns=2)
    return drawn


def _how_well(n: int, row: dict) -> str:
    """Return number of trials, correlation and, if there is one, its ceiling."""
    told = f"n = {n}, r = {row['correlation']:.2f}"
    ceiling = row["noise_ceiling"]
    return told if np.isnan(ceiling) else f"{told}, ceiling {ceiling:.2f}"


def _at_best(row: dict, lags: np.ndarray) -> str:
    """Return the best lag and the correlation there; nothing if no lags were tried."""
    if len(lags) == 1:
        return ""
    at_edge = np.isclose(abs(row["best_lag"]), lags[-1])
    end = ", the edge of max_lag\n" if at_edge else ": "
    return f"best lag {row['best_lag'] * 1000:.4g} ms{end}r = {row['best_correlation']:.2f}, "


def _short(value) -> str:
    return value if isinstance(value, str) else f"{value:g}"

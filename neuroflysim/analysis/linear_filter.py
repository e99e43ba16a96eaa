"""Linear filters by reverse correlation (spatiotemporal receptive fields)."""

from __future__ import annotations

import numpy as np
import xarray as xr
from brian2 import Quantity, second

from neuroflysim import checks
from neuroflysim.analysis.measures import measure
from neuroflysim.analysis.samples import checked_responses, time_step
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.responses import Responses

__all__ = ["linear_filter"]


@measure(family="temporal_filters", needs=("luminance",))
def linear_filter(
    responses: Responses, luminance: xr.DataArray, duration: Quantity = 0.5 * second
) -> xr.DataArray:
    r"""Return the filter that best turns white noise into the response, by reverse correlation.

    .. math::

        F(\tau, c) = \frac{\langle V'(t)\, x'_c(t - \tau) \rangle_t}{\langle x'^2 \rangle}

    V' and x' are the response and the luminance minus their means. For noise that is white in
    time and over columns F is the least-squares linear filter; multiplied by luminance and summed
    over lags and columns it gives the response. Of noise with an update time longer than the time
    step it is the filter smeared over that time.

    Parameters
    ----------
    responses : Responses
        To white noise, for example `protocols.white_noise`.
    luminance : DataArray, dims (condition, time, column)
        What was shown, from `Protocol.luminance`, with the same time step.
    duration : Quantity [s]
        The longest lag.

    Returns
    -------
    DataArray, dims (candidate, cell_type, lag, column)
        Averaged over conditions. A lag is counted from the beginning of a frame to the end of the
        step that shows the sample: the first one is a time step. Coordinates of the columns are
        those of the luminance.

    Raises
    ------
    InvalidValueError
        If luminance does not vary, or does not fit the responses.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> frames = rng.normal(0.5, 0.1, (1, 2000, 3))
    >>> luminance = xr.DataArray(frames, dims=("condition", "time", "column"),
    ...     coords={"time": np.arange(2000) * 0.01})
    >>> voltage = xr.DataArray(
    ...     2 * frames[None, :, :, 1, None],
    ...     dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": (np.arange(2000) + 1) * 0.01, "cell_type": ["Mi1"]})
    >>> found = linear_filter(Responses(voltage), luminance, duration=0.03*second)
    >>> found.squeeze().sel(lag=0.01, column=1).round(0).item()
    2.0
    """
    voltage = checked_responses(responses)
    if not isinstance(luminance, xr.DataArray) or "column" not in luminance.dims:
        raise InvalidTypeError("luminance must be a DataArray as Protocol.luminance gives it.")
    step = time_step(voltage)
    n_lags = round(checks.seconds("duration", duration) / step)
    begin = voltage["time"].to_numpy() - step
    frames = luminance.transpose("condition", "time", "column")
    fits = frames.sizes["time"] == len(begin) and np.allclose(
        frames["time"], begin, atol=step / 100
    )
    if not fits or frames.sizes["condition"] != voltage.sizes["condition"]:
        raise InvalidValueError(
            f"luminance {dict(frames.sizes)} does not fit the responses {dict(voltage.sizes)}: make"
            " it by luminance(extent, time_step) of the same protocol, with the same time step."
        )
    frames = frames.astype(np.float64, copy=False)
    noise = (frames - frames.mean("time")).to_numpy()
    cells = voltage.dims[-1]
    signal = voltage - voltage.mean("time")
    signal = signal.transpose("candidate", cells, "condition", "time").to_numpy()
    power = (noise**2).mean()
    if not power > 0:
        raise InvalidValueError("luminance does not vary: show white noise.")
    n_time = noise.shape[1]
    found = np.stack(
        [
            np.einsum("nkct,ctx->nkx", signal[..., lag:], noise[:, : n_time - lag], optimize=True)
            / (noise.shape[0] * (n_time - lag) * power)
            for lag in range(n_lags)
        ],
        axis=2,
    )
    lags = np.round((np.arange(n_lags) + 1) * step, 12)
    return xr.DataArray(
        found,
        dims=("candidate", cells, "lag", "column"),
        coords={
            **{name: c for name, c in voltage.coords.items() if c.dims == (cells,)},
            **{name: c for name, c in frames.coords.items() if c.dims == ("column",)},
            "lag": ("lag", lags, {"units": "s"}),
        },
        name="linear_filter",
        attrs={"units": "1"},
    )

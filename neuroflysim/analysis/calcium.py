"""What an electrode or a calcium indicator would show of the voltage of the model."""

from __future__ import annotations

import numpy as np
import xarray as xr
from brian2 import Quantity

from neuroflysim import checks
from neuroflysim.analysis.samples import at_rest, checked_voltage, time_step
from neuroflysim.errors import InvalidValueError
from neuroflysim.responses.responses import CALCIUM, SIGNALS, VOLTAGE, Responses

__all__ = ["recorded"]


def recorded(
    responses: Responses,
    kind: str = "voltage",
    subtract_rest: bool = True,
    threshold: float | None = None,
    exponent: float = 1.0,
    rise_time: Quantity | None = None,
    decay_time: Quantity | None = None,
) -> Responses:
    r"""Return what a recording would show: the voltage, or a calcium signal.

    Calcium is modelled as a cascade of a threshold, a power and two filters of first order, in
    this order, the kind of cascade with which Mishra et al. (2023; study mishra2023) turn the
    voltage of T4 into its calcium signal:

    .. math::

        r = \max(V - \theta, 0)^p, \qquad
        \tau_{rise}\, \dot a = r - a, \qquad \tau_{decay}\, \dot c = a - c

    Nothing is assumed of an indicator that you do not say: without threshold the signal is not
    rectified, and without a time there is no filter. Each filter is exact for an input that is
    constant over a step; it starts at rest.

    Parameters
    ----------
    responses : Responses
    kind : {"voltage", "calcium"}
        An electrode shows the voltage; the other arguments after `subtract_rest` are for calcium.
    subtract_rest : bool
        Whether the mean before the stimulus is subtracted, as in dF/F or a change of voltage.
    threshold : float, optional
        Relative to rest if it is subtracted.
    exponent : float
        A threshold is needed for another one than 1.
    rise_time, decay_time : Quantity [s], optional
        Time constants of the filters.

    Returns
    -------
    Responses
        ``.signal`` holds what is recorded, named after `kind`; calcium is no voltage, and
        ``.voltage`` refuses it.

    Raises
    ------
    InvalidValueError
        If the responses are calcium already.

    Examples
    --------
    >>> voltage = xr.DataArray(
    ...     [[[[0.5], [0.7], [0.2]]]], dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": [0.0, 0.1, 0.2], "cell_type": ["T4a"]}, name="voltage")
    >>> signal = recorded(Responses(voltage), kind="calcium", threshold=0).signal
    >>> signal.name, signal.to_numpy().ravel().round(6).tolist()
    ('calcium', [0.0, 0.2, 0.0])
    """
    voltage = checked_voltage(responses)
    checks.one_of("kind", kind, SIGNALS)
    exponent = checks.finite_number("exponent", exponent, 0.1, 10)
    checks.truth_value("subtract_rest", subtract_rest)
    given = [one for one in (threshold, rise_time, decay_time) if one is not None]
    of_calcium = given or exponent != 1
    if kind == VOLTAGE and of_calcium:
        raise InvalidValueError(
            "threshold, exponent, rise_time and decay_time are for kind='calcium'; an electrode"
            " shows the voltage as it is."
        )
    signal = voltage - at_rest(voltage) if subtract_rest else voltage
    if threshold is not None:
        signal = (signal - checks.finite_number("threshold", threshold)).clip(min=0) ** exponent
    elif exponent != 1:
        raise InvalidValueError(
            f"exponent is {exponent:g}, but negative values have no power: give a threshold."
        )
    step = time_step(voltage)
    for name, time in (("rise_time", rise_time), ("decay_time", decay_time)):
        if time is not None:
            signal = _low_passed(signal, step / checks.seconds(name, time))
    model = {
        name: str(value)
        for name, value in (
            ("threshold", threshold), ("rise_time", rise_time), ("decay_time", decay_time),
        )
        if value is not None
    }  # fmt: skip
    told = "calcium signal" if kind == CALCIUM else "voltage"
    attrs = {
        **voltage.attrs,
        "long_name": f"{told} from rest" if subtract_rest else told,
        "rest_subtracted": int(subtract_rest),
        **model,
    }
    return Responses(signal.transpose(*voltage.dims).rename(kind).assign_attrs(attrs))


def _low_passed(signal: xr.DataArray, steps: float) -> xr.DataArray:
    """Filter along time; `steps` is the time step over the time constant."""
    from scipy.signal import lfilter  # adds filters of warnings: not on import

    kept = np.exp(-steps)
    first = signal.isel(time=[0]).to_numpy() * kept  # at rest it has been what it is at first
    axis = signal.get_axis_num("time")
    filtered, _ = lfilter([1 - kept], [1, -kept], signal.to_numpy(), axis=axis, zi=first)
    return signal.copy(data=filtered)

"""The model's voltage as a recording samples it: the mean over the exposure of each sample."""

from __future__ import annotations

import numpy as np
from brian2 import Quantity

from neuroflysim.checks import seconds
from neuroflysim.errors import InvalidValueError

#: Part of a time step within which two steps, or two times, count as the same.
_SAME = 1e-6


def exposure_of(exposure: Quantity | None, step: float, own: float) -> float:
    """Return over how many seconds of the model's voltage a sample of a recording is a mean.

    Parameters
    ----------
    exposure : Quantity [s], optional
        The time from one sample to the next, if not given.
    step : float
        Of the model, in seconds.
    own : float
        Of the recording, in seconds.

    Raises
    ------
    InvalidValueError
        If samples of the recording lie closer than those of the model, or do not fit an exposure.
    """
    if own < step * (1 - _SAME):
        raise InvalidValueError(
            f"the recording has a time step of {own:g} s, but the responses of {step:g} s, so they"
            f" do not tell what happened between; simulate with time_step={own:g}*second or less,"
            f" or resample(recording, {step:g}*second)."
        )
    if exposure is None:
        return own
    told = seconds("exposure", exposure, allow_zero=True)
    if told > own * (1 + _SAME):
        raise InvalidValueError(
            f"exposure is {told:g} s, but the recording has a sample every {own:g} s; an exposure"
            " ends before the next begins. Mind its unit (ms, s)."
        )
    return told


def exposed(voltage: np.ndarray, times: np.ndarray, at: np.ndarray, exposure: float) -> np.ndarray:
    """Return the mean of voltages over an exposure around some times.

    Between two samples the voltage is taken to run straight, and the mean is the exact one of that
    line; for an exposure of zero it is the voltage itself.

    Parameters
    ----------
    voltage : ndarray, shape (..., time)
    times : ndarray, shape (time,)
        Of its samples, evenly spaced, in seconds.
    at : ndarray
        The middles of exposures, which lie within the samples with all of the exposure.
    exposure : float
        In seconds.

    Returns
    -------
    ndarray, shape (..., *at.shape)

    Examples
    --------
    >>> exposed(np.array([0.0, 1.0, 4.0]), np.array([0.0, 1.0, 2.0]), np.array([1.0]), 1.0)
    array([1.25])
    """
    step = (times[-1] - times[0]) / (len(times) - 1)
    position = (at - times[0]) / step
    half = 0.5 * exposure / step
    if half == 0:
        k, part = _cell(position, len(times))
        return voltage[..., k] + part * (voltage[..., k + 1] - voltage[..., k])
    pairs = 0.5 * (voltage[..., 1:] + voltage[..., :-1])
    summed = np.concatenate([np.zeros((*pairs.shape[:-1], 1)), np.cumsum(pairs, axis=-1)], axis=-1)

    def integral(position: np.ndarray) -> np.ndarray:
        k, part = _cell(position, len(times))
        rise = voltage[..., k + 1] - voltage[..., k]
        return summed[..., k] + part * (voltage[..., k] + 0.5 * part * rise)

    return (integral(position + half) - integral(position - half)) / (2 * half)


def _cell(position: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return between which samples positions lie, and how far behind the first of the two."""
    k = np.clip(np.floor(position).astype(int), 0, n - 2)
    return k, position - k

"""How well a model could do at best: the part of a recording that is the same in all trials.

This is about the noise of one recording. How well studies agree with each other is another
question, see `neuroflysim.compare`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from brian2 import Quantity

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError
from neuroflysim.recordings.baseline import ROUNDING, require_aligned
from neuroflysim.recordings.recording import Recording, checked_recording
from neuroflysim.recordings.trials import groups
from neuroflysim.responses import Responses


def noise_ceiling(
    recording: Recording | Responses, begin: Quantity | None = None, end: Quantity | None = None
) -> pd.DataFrame:
    r"""Return how much of each recording is signal, and the best correlation that leaves room for.

    The same of the trials of a noisy model, whose voltages are as a recording of several trials.

    With N trials :math:`y_n` of T samples, the power :math:`P` of a trace its variance over time,
    and :math:`\bar y` the mean over trials (Sahani and Linden, 2003):

    .. math::

        P_{signal} = \frac{N P(\bar y) - \overline{P(y_n)}}{N - 1}, \qquad
        P_{noise} = \overline{P(y_n)} - P_{signal}

    No model can correlate better with :math:`\bar y` than the signal itself does, which is
    (Schoppe et al., 2016)

    .. math::

        CC_{max} = \sqrt{P_{signal} / P(\bar y)}

    Both hold for noise that is independent between trials. Trials of several cells count the
    differences between cells as noise, too.

    Parameters
    ----------
    recording : Recording or Responses
        Aligned to onsets, with two trials or more of each cell type and condition. Of responses
        with trials (`neuroflysim.simulate`, ``trials=``), those of the central cells.
    begin, end : Quantity [s], optional
        Samples that count, both included; negative before the onset. All if not given.

    Returns
    -------
    DataFrame
        One row for each cell type and condition: cell_type, the labels of the condition,
        n_trials; of responses, where candidate comes first, the number of the condition after
        cell_type; signal_power and noise_power (unit of the signal, squared); noise_ceiling
        (:math:`CC_{max}`). NaN with one trial. The signal's power is an estimate and comes out
        negative where there is hardly any signal; the ceiling is then NaN.

    Raises
    ------
    InvalidValueError
        If a recording is not aligned, or responses have no trials.

    References
    ----------
    Sahani and Linden (2003), How linear are auditory cortical responses? Advances in Neural
    Information Processing Systems 15. Schoppe et al. (2016), Measuring the performance of neural
    models, Frontiers in Computational Neuroscience 10:10, doi:10.3389/fncom.2016.00010.

    Examples
    --------
    >>> import xarray as xr
    >>> from neuroflysim.recordings.recording import ONSET
    >>> signal = xr.DataArray(
    ...     [[1.0, 0.0, -1.0, 0.0], [0.0, 1.0, 0.0, -1.0], [1.0, 0.0, -1.0, 0.0]],
    ...     dims=("trial", "time"), coords={
    ...         "time": [0.0, 0.1, 0.2, 0.3], "cell_type": ("trial", ["Mi1"] * 3)},
    ...     attrs={"units": "mV", "time_zero": ONSET})
    >>> noise_ceiling(Recording(signal)).round(3)[["signal_power", "noise_power", "noise_ceiling"]]
       signal_power  noise_power  noise_ceiling
    0         0.167        0.333          0.775
    """
    if isinstance(recording, Responses):
        found = _of_model(recording)
    else:
        checked_recording(recording)
        require_aligned(recording)
        found = _of_fly(recording)
    chosen = window(recording.signal["time"].to_numpy(), begin, end)
    rows = []
    for told, trials in found:
        signal, noise, ceiling = powers(trials[:, chosen])
        numbers = {"signal_power": signal, "noise_power": noise, "noise_ceiling": ceiling}
        rows.append({**told, "n_trials": len(trials), **numbers})
    return pd.DataFrame(rows)


def _of_fly(recording: Recording) -> Iterator[tuple[dict, np.ndarray]]:
    """Yield what each cell type and condition is, and its trials, shape (trial, time)."""
    conditions = recording.conditions
    for name, condition, trials in groups(recording):
        yield {"cell_type": name, **conditions.loc[condition].to_dict()}, trials


def _of_model(responses: Responses) -> Iterator[tuple[dict, np.ndarray]]:
    """Yield the same of each candidate of a noisy model."""
    if "trial" not in responses.signal.dims:
        raise InvalidValueError(
            "these responses have no trials, which the noise is told by: simulate with trials=8 and"
            " dynamics with noise, for example dynamics='noisy'."
        )
    signal = responses.one_of_each_type().signal.astype(np.float64, copy=False)
    names = [name for name, label in signal.coords.items() if label.dims == ("condition",)]
    labels = {name: signal[name].to_numpy().tolist() for name in names if name != "condition"}
    for candidate, of_one in enumerate(signal.transpose("candidate", "cell_type", ...)):
        for of_type in of_one:
            name = str(of_type["cell_type"].item())
            for k, trials in enumerate(of_type.transpose("condition", "trial", "time").to_numpy()):
                shown = {label: values[k] for label, values in labels.items()}
                told = {"candidate": candidate, "cell_type": name, "condition": k, **shown}
                yield told, trials


def powers(trials: np.ndarray) -> tuple[float, float, float]:
    """Return the power of the signal and of the noise, and the best correlation.

    Parameters
    ----------
    trials : ndarray, shape (trial, time)
    """
    n = len(trials)
    if n < 2:
        return np.nan, np.nan, np.nan
    of_mean, of_trials = trials.mean(axis=0).var(), trials.var(axis=1).mean()
    signal = (n * of_mean - of_trials) / (n - 1)
    ceiling = np.sqrt(signal / of_mean) if signal > 0 else np.nan
    return float(signal), float(of_trials - signal), float(ceiling)


def window(times: np.ndarray, begin: Quantity | None, end: Quantity | None) -> np.ndarray:
    """Return which times lie between `begin` and `end`, both included."""
    bounds = [-np.inf, np.inf]
    for k, (name, bound) in enumerate((("begin", begin), ("end", end))):
        if bound is not None:
            early = isinstance(bound, Quantity) and np.ndim(bound) == 0 and float(bound) < 0
            size = checks.seconds(name, -bound if early else bound, allow_zero=True)
            bounds[k] = -size if early else size
    return (times >= bounds[0] - ROUNDING) & (times <= bounds[1] + ROUNDING)

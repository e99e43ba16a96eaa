"""What stands beside what: samples of a recording, and the cell, condition and times of a model."""

from __future__ import annotations

import numpy as np
import xarray as xr
from attrs import frozen
from brian2 import Quantity

from neuroflysim.errors import InvalidValueError
from neuroflysim.recordings.baseline import require_aligned
from neuroflysim.recordings.matching import matching_condition, matching_type
from neuroflysim.recordings.recording import Recording, checked_recording
from neuroflysim.recordings.sampling import Sampling, sampling_of
from neuroflysim.recordings.trial_noise import window
from neuroflysim.recordings.trials import groups

#: Fewer samples tell nothing of a correlation.
LEAST_SAMPLES = 3


@frozen(eq=False)
class Pair:
    """What was recorded of a cell type in a condition, and which condition of the model it is."""

    cell_type: str
    condition: int  #: its number in the responses
    labels: dict  #: of the condition, as the recording has them
    trials: np.ndarray  #: shape (trial, time), at `Pairing.times`


@frozen(eq=False)
class Pairing:
    """A recording beside the responses of a model."""

    sampling: Sampling  #: how voltages of the model are brought to the samples
    times: np.ndarray  #: of the samples that the model has, in seconds
    counted: np.ndarray  #: which of them count
    pairs: list[Pair]  #: in the order of cell types and conditions


def paired(
    voltage: xr.DataArray,
    recording: Recording,
    max_lag: Quantity,
    begin: Quantity | None = None,
    end: Quantity | None = None,
    exposure: Quantity | None = None,
) -> Pairing:
    """Return a recording beside the responses of a model.

    Parameters
    ----------
    voltage : DataArray
        Of `Responses` of central cells. Only its labels are looked at.
    recording : Recording
    max_lag, begin, end, exposure
        See `compare_recording`.

    Raises
    ------
    InvalidValueError
        If cell type, condition or times have no counterpart in the responses; lists what there is.
    """
    signal = checked_recording(recording)
    require_aligned(recording)
    sampling = sampling_of(voltage, recording, max_lag, exposure)
    times = signal["time"].to_numpy()[sampling.held]
    counted = window(times, begin, end)
    if counted.sum() < LEAST_SAMPLES:
        raise InvalidValueError(
            f"{counted.sum()} samples count from begin to end that the model has at all lags, but"
            f" {LEAST_SAMPLES} are needed at least; take a smaller max_lag, a longer tail_time of"
            " the protocol, or other bounds."
        )
    pairs = []
    for name, number, trials in groups(recording):
        matching_type(voltage, name)
        labels = recording.conditions.loc[number].to_dict()
        condition = matching_condition(voltage, labels)
        pairs.append(Pair(name, condition, labels, trials[:, sampling.held]))
    return Pairing(sampling, times, counted, pairs)

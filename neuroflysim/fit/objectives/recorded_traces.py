"""What was recorded, laid out so that voltages of a program stand beside it without labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from attrs import frozen
from brian2 import Quantity, second

from neuroflysim.errors import InvalidValueError
from neuroflysim.fit.objectives.trace_agreement import Agreement, Traces
from neuroflysim.recordings.pairing import Pairing, paired
from neuroflysim.recordings.recording import Recording, checked_recording
from neuroflysim.recordings.trial_noise import powers, window

#: Samples of a recording beyond the stimulus, in time steps of the recording, that are let go: an
#: exposure reaches half a step to both sides.
OVERHANG = 1.5


@frozen(eq=False)
class Beside:
    """One recording beside the voltages of a program."""

    pairing: Pairing
    cell_types: list[str]  #: of each trace
    conditions: np.ndarray  #: of each trace, in the numbers of the stimulus
    traces: Traces

    def of(self, voltage: np.ndarray, cell_types: list[str], shown: np.ndarray) -> np.ndarray:
        """Return what the model has beside each trace, shape (candidate, trace, time).

        Parameters
        ----------
        voltage : ndarray, shape (candidate, condition, time, cell_type)
        cell_types : list of str
            Of the voltages.
        shown : ndarray of int
            Which conditions of the stimulus they are of, in growing order.
        """
        condition = np.searchsorted(shown, self.conditions)
        cell = np.array([cell_types.index(name) for name in self.cell_types])
        own = np.ascontiguousarray(voltage[:, condition, :, cell].swapaxes(0, 1), dtype=float)
        return self.pairing.sampling.of(own)[:, :, self.pairing.counted, 0]


@frozen(eq=False)
class RecordedTraces:
    """Some recordings beside the voltages of a program."""

    parts: list[Beside]
    agreement: Agreement
    weight: list[np.ndarray]  #: of what is scored as one, for each part, shape (group,)
    conditions: np.ndarray  #: that are needed, in growing order
    until: np.ndarray  #: frames that are needed of each of these

    def score(self, voltage: np.ndarray, cell_types: list[str]) -> np.ndarray:
        """Return the score of each candidate, the weighted mean over what is scored as one.

        Parameters
        ----------
        voltage : ndarray, shape (candidate, condition, time, cell_type)
            In the conditions that are needed.
        cell_types : list of str

        Returns
        -------
        ndarray, shape (candidate,)
            NaN of those that ran away.
        """
        scores = [
            self.agreement.of(part.of(voltage, cell_types, self.conditions), part.traces) * weight
            for part, weight in zip(self.parts, self.weight, strict=True)
        ]
        total = sum(weight.sum() for weight in self.weight)
        return np.ascontiguousarray(np.concatenate(scores, axis=1)).cumsum(axis=1)[:, -1] / total


def recorded_traces(
    recordings: Sequence[Recording],
    voltage: xr.DataArray,
    agreement: Agreement,
    weights: str | Mapping[str, float],
    *,
    begin: Quantity | None,
    end: Quantity | None,
    exposure: Quantity | None,
) -> RecordedTraces:
    """Lay recordings out beside the voltages of a program.

    Parameters
    ----------
    recordings : sequence of Recording
    voltage : DataArray, dims (condition, time, cell_type)
        Of which only the labels are looked at.
    agreement : Agreement
    weights : {"equal", "noise_ceiling"} or mapping of str to float
        How much each counts; see `RecordingObjective`.
    begin, end, exposure
        See `neuroflysim.recordings.compare_recording`.
    """
    parts, weight = [], []
    until = np.zeros(voltage.sizes["condition"], dtype=int)
    for recording in recordings:
        pairing = paired(voltage, recording, 0 * second, begin, end, exposure)
        _require_all_shown(voltage, recording, pairing, begin, end)
        beside, own = _beside(pairing, agreement, weights)
        if beside is None:
            continue
        parts.append(beside)
        weight.append(own)
        needed = _frames_needed(voltage, pairing)
        until[beside.conditions] = np.maximum(until[beside.conditions], needed)
    if not parts:
        raise InvalidValueError(
            "weights is 'noise_ceiling', but trials of the recordings have nothing in common, so"
            " that nothing counts; take weights='equal', or more trials."
        )
    conditions = np.flatnonzero(until)
    return RecordedTraces(parts, agreement, weight, conditions, until[conditions])


def _beside(pairing: Pairing, agreement: Agreement, weights) -> tuple[Beside | None, np.ndarray]:
    """Return the traces of a recording that count, and weights of what is scored as one."""
    by_noise = weights == "noise_ceiling"
    weight = np.array(
        [_explainable(p.trials[:, pairing.counted]) if by_noise else 1.0 for p in pairing.pairs]
    )
    chosen = [pair for pair, counts in zip(pairing.pairs, weight > 0, strict=True) if counts]
    if not chosen:
        return None, weight[:0]
    names = [pair.cell_type for pair in chosen]
    traces = Traces(
        cell_type=np.unique(names, return_inverse=True)[1],
        mean=np.stack([pair.trials.mean(axis=0)[pairing.counted] for pair in chosen]),
        weight=weight[weight > 0],
    )
    groups = agreement.scored_as_one(traces)
    _require_changing(traces, agreement, groups, chosen)
    if isinstance(weights, Mapping):
        own = np.array([float(weights.get(names[group[0]], 1.0)) for group in groups])
    else:
        own = np.array([traces.weight[group].mean() for group in groups])
    conditions = np.array([pair.condition for pair in chosen])
    return Beside(pairing, names, conditions, traces), own


def _explainable(trials: np.ndarray) -> float:
    """Return the part of the variance that is the same in all trials; 1 if there is but one."""
    if len(trials) < 2:
        return 1.0
    _, _, ceiling = powers(trials)
    return 0.0 if np.isnan(ceiling) else min(ceiling**2, 1.0)


def _require_changing(traces: Traces, agreement: Agreement, groups, pairs) -> None:
    """Raise if there is nothing to explain in what is scored as one."""
    if agreement.measure == "squared_error":
        return
    power = agreement.to_explain(traces)
    for group in groups:
        if not power[group].sum() > 0:
            told = ", ".join(f"{name} {value}" for name, value in pairs[group[0]].labels.items())
            raise InvalidValueError(
                f"the recording of {pairs[group[0]].cell_type} ({told or 'its condition'}) does not"
                f" change while it counts, so that {agreement.measure} tells nothing; leave it out,"
                " take other samples (begin, end), or measure='squared_error'."
            )


def _require_all_shown(voltage, recording: Recording, pairing: Pairing, begin, end) -> None:
    """Raise if samples count that lie before or after all that the model is shown."""
    times = checked_recording(recording)["time"].to_numpy()
    counted = times[window(times, begin, end)]
    first, last = voltage["time"].to_numpy()[[0, -1]]
    slack = OVERHANG * recording.time_step
    if counted[0] < first - slack or counted[-1] > last + slack:
        raise InvalidValueError(
            f"samples of the recording count from {counted[0]:g} to {counted[-1]:g} s, but the"
            f" stimulus was shown from {first:g} to {last:g} s, its time before and after"
            " included: give the protocol the pre_time, stim_time and tail_time of the experiment,"
            " or say which samples count by begin=... and end=...."
        )


def _frames_needed(voltage: xr.DataArray, pairing: Pairing) -> int:
    """Return how many frames hold all that is looked at, and two more for the rounding of times."""
    sampling = pairing.sampling
    if sampling.samples is not None:
        return int(sampling.samples[pairing.counted].max()) + 1
    times = sampling.times
    step = (times[-1] - times[0]) / (len(times) - 1)
    last = (sampling.at[pairing.counted].max() + 0.5 * sampling.exposure - times[0]) / step
    return min(len(times), int(np.floor(last)) + 3)

"""Which trials of recordings are kept from a fit: named before it begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from brian2 import Quantity

from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.files.netcdf_content import content_sha256
from neuroflysim.recordings.matching import matching_condition
from neuroflysim.recordings.recording import Recording
from neuroflysim.recordings.trials import cell_types_of

#: What trials are told by, beside what was shown in them.
CONDITION, TRIAL = "condition", "trial"


def held_trials(
    recordings: Sequence[Recording], voltage: xr.DataArray, held_out: Mapping[str, Any] | None
) -> list[np.ndarray]:
    """Return which trials of each recording are kept from a fit.

    Parameters
    ----------
    recordings : sequence of Recording
    voltage : DataArray
        Of `Responses`; only its labels are looked at.
    held_out : mapping of str to value or list of values, optional
        Trials with one of the values of each name are kept from the fit. Names are cell_type, the
        labels of conditions, condition (its number in the stimulus) and trial (its number among
        those of a cell type and condition).

    Returns
    -------
    list of ndarray of bool, shape (trial,)
    """
    told = [labels_of(recording, voltage) for recording in recordings]
    if held_out is None:
        return [np.zeros(len(labels[TRIAL]), dtype=bool) for labels in told]
    if not isinstance(held_out, Mapping) or not held_out:
        raise InvalidTypeError(
            f"held_out is {held_out!r}, but must say by their labels what is kept from the fit, for"
            " example held_out={'angle': [90, 270]}, {'condition': [2]} or {'trial': [0, 1]}."
        )
    wanted = {name: _listed(name, values) for name, values in held_out.items()}
    for name, values in wanted.items():
        _require_there(name, values, told)
    held = []
    for labels in told:
        own = np.full(len(labels[TRIAL]), set(wanted) <= set(labels))
        for name in wanted if own.any() else ():
            own &= _among(labels[name], wanted[name])
        held.append(own)
    if all(own.all() for own in held):
        raise InvalidValueError(
            f"held_out is {dict(held_out)!r}, which holds out all trials, so that nothing is left"
            " to fit to; name fewer of them."
        )
    if not any(own.any() for own in held):
        raise InvalidValueError(
            f"held_out is {dict(held_out)!r}, but no trial has all of that together; name labels"
            " that some trial has."
        )
    return held


def parts(recordings: Sequence[Recording], chosen: Sequence[np.ndarray]) -> list[Recording]:
    """Return the chosen trials of recordings; those of which nothing remains are left out."""
    return [
        Recording(one.signal.isel(trial=np.flatnonzero(trials)))
        for one, trials in zip(recordings, chosen, strict=True)
        if trials.any()
    ]


def lines_of(
    recordings: Sequence[Recording], held: Sequence[np.ndarray], voltage: xr.DataArray
) -> list[str]:
    """Return what a fit has seen of recordings and what not, a line for each and cell type.

    Parameters
    ----------
    recordings : sequence of Recording
    held : sequence of ndarray of bool
        Which trials of each are held out.
    voltage : DataArray
        Of `Responses`; only its labels are looked at.
    """
    lines = []
    for recording, own in zip(recordings, held, strict=True):
        labels, signal = labels_of(recording, voltage), recording.signal
        files = signal["file"].to_numpy().tolist() if "file" in signal.coords else []
        source = ", ".join(dict.fromkeys(map(str, files))) or "an array"
        checksum = content_sha256(signal, "signal", None)
        for name in dict.fromkeys(labels["cell_type"].tolist()):
            of_type = labels["cell_type"] == name
            told = [
                f"{word} {trials.sum()} trials of condition {_numbers(labels[CONDITION][trials])}"
                for word, trials in (("fitted to", of_type & ~own), ("held out", of_type & own))
                if trials.any()
            ]
            lines.append(f"{name} of {source} (sha256 {checksum}): {', '.join(told)}")
    return lines


def _numbers(values: np.ndarray) -> str:
    return " ".join(map(str, np.unique(values).tolist()))


def labels_of(recording: Recording, voltage: xr.DataArray) -> dict[str, np.ndarray]:
    """Return what each trial is told by: its cell type, labels, condition and number."""
    signal, conditions = recording.signal, recording.conditions
    labels = {name: signal[name].to_numpy() for name in recording.labels}
    cell_type = cell_types_of(recording)
    condition = np.zeros(len(cell_type), dtype=int)
    for number in range(len(conditions)):
        own = conditions.loc[number].to_dict()
        same = np.all([labels[name] == value for name, value in own.items()] or [True], axis=0)
        condition[same] = matching_condition(voltage, own)
    number, counted = np.zeros(len(cell_type), dtype=int), {}
    for k, group in enumerate(zip(cell_type.tolist(), condition.tolist(), strict=True)):
        number[k] = counted[group] = counted.get(group, -1) + 1
    return {**labels, "cell_type": cell_type, CONDITION: condition, TRIAL: number}


def _listed(name: str, values: Any) -> list:
    if isinstance(values, Quantity):
        values = np.asarray(values)
    if isinstance(values, str) or np.ndim(values) == 0:
        values = [values]
    listed = np.asarray(values).tolist()
    if not listed:
        raise InvalidValueError(f"held_out names no value of {name!r}; give one or more.")
    return listed


def _among(labels: np.ndarray, values: list) -> np.ndarray:
    """Return which labels are one of some values; numbers in other digits are the same."""
    found = np.zeros(len(labels), dtype=bool)
    for value in values:
        if labels.dtype.kind in "iuf" and isinstance(value, int | float):
            found |= np.isclose(labels, value, rtol=1e-6, atol=1e-9)
        else:
            found |= labels.astype(str) == str(value)
    return found


def _require_there(name: str, values: list, told: list[dict]) -> None:
    """Raise if no recording has a label, or a value of it."""
    there = [labels[name] for labels in told if name in labels]
    if not there:
        names = sorted({name for labels in told for name in labels})
        raise InvalidValueError(
            f"held_out names {name!r}, but trials are told apart by {', '.join(names)}."
        )
    for value in values:
        if not any(_among(labels, [value]).any() for labels in there):
            known = sorted({one for labels in there for one in labels.tolist()}, key=str)
            raise InvalidValueError(
                f"held_out names {name} {value!r}, which no trial has; there are"
                f" {', '.join(map(str, known))}."
            )

"""From what a reader found in a file to a `Recording`, with what the file does not say."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from attrs import frozen

from neuroflysim.checks import whole_number
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.recordings.column_names import same_unit
from neuroflysim.recordings.labels import NOT_CONDITIONS, label_values, utf8_text
from neuroflysim.recordings.recording import LARGEST_JITTER, Recording


@frozen
class Sweep:
    """One stretch of one channel, as it stands in a file."""

    values: np.ndarray  #: shape (time,)
    time_step: float  #: seconds
    units: str
    channel: str
    sweep: int
    clock_time: float  #: of the first sample, on the clock of the file
    first_time: float = 0.0  #: of the first sample, for files that count from elsewhere


def recording_of(
    path: str | os.PathLike[str],
    sweeps: Sequence[Sweep],
    cell_type: str | Sequence[str] | None,
    conditions: Mapping | Sequence[Mapping] | None,
) -> Recording:
    """Return sweeps as trials.

    Parameters
    ----------
    path : path-like
        Its name goes into the labels.
    sweeps : sequence of Sweep
        Of one length, time step and unit; else the error says which differ.
    cell_type : str or sequence of str, optional
        One for all, or one for each sweep.
    conditions : mapping of str to value or sequence, or sequence of mappings, optional
        Parameters of the stimulus: one value for all, or one for each sweep.
    """
    name = os.path.basename(path)
    for one in sweeps:
        _require_sound(name, one)
        _require_alike(name, sweeps[0], one)
    first = sweeps[0]
    labels = {
        "file": [utf8_text(name)] * len(sweeps),
        "channel": [utf8_text(one.channel) for one in sweeps],
        "sweep": [one.sweep for one in sweeps],
        "clock_time": [one.clock_time - one.first_time for one in sweeps],
        **checked_labels(cell_type, conditions, len(sweeps), f"sweeps of {name}"),
    }
    times = first.first_time + first.time_step * np.arange(len(first.values))
    return Recording(
        xr.DataArray(
            np.stack([one.values for one in sweeps]).astype(np.float64),
            dims=("trial", "time"),
            coords={
                "time": ("time", np.round(times, 12), {"units": "s"}),  # not 0.30000000000000004
                **{name: ("trial", np.asarray(values)) for name, values in labels.items()},
            },
            name="signal",
            attrs={"units": first.units, "time_zero": "begin of the sweep"},
        )
    )


def checked_labels(
    cell_type: str | Sequence[str] | None,
    conditions: Mapping | Sequence[Mapping] | None,
    n: int,
    of_what: str,
) -> dict[str, np.ndarray]:
    """Return cell types and conditions as lists of `n` values.

    Parameters
    ----------
    cell_type : str or sequence of str, optional
    conditions : mapping of str to value or sequence, or sequence of mappings, optional
        Quantities become plain numbers in SI units, as in `Responses`.
    n : int
    of_what : str
        What the values are of, for the error.
    """
    labels = {}
    if cell_type is not None:
        labels["cell_type"] = _repeated("cell_type", cell_type, n, of_what)
        if not all(isinstance(name, str) and name.strip() for name in labels["cell_type"]):
            raise InvalidTypeError(
                f"cell_type is {cell_type!r}, but must be the name of a cell type, for example"
                " 'T4a', or a list of names."
            )
    for name, values in conditions_given(conditions).items():
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            raise InvalidValueError(
                f"{name!r} cannot name a parameter of the stimulus; name parameters as the protocol"
                " does, for example 'angle'."
            )
        if name in (*NOT_CONDITIONS, "trial", "time", "signal"):
            raise InvalidValueError(
                f"{name!r} cannot name a parameter of the stimulus: it is a label of its own; name"
                " parameters as the protocol does, for example 'angle'."
            )
        labels[name] = _repeated(f"conditions[{name!r}]", values, n, of_what)
    return labels


def conditions_given(conditions: Mapping | Sequence[Mapping] | None) -> dict:
    """Return conditions by name; columns of a DataFrame, or a list of dictionaries, will do, too.

    Examples
    --------
    >>> conditions_given([{"angle": 0, "speed": 20}, {"angle": 90, "speed": 20}])
    {'angle': [0, 90], 'speed': [20, 20]}
    """
    if conditions is None:
        return {}
    if isinstance(conditions, list | tuple) and all(isinstance(c, Mapping) for c in conditions):
        return _by_name(conditions)
    keys = getattr(conditions, "keys", None)
    if keys is None:
        raise InvalidTypeError(
            f"conditions is of type {type(conditions).__name__}, but must be a dict of the"
            " stimulus' parameters, for example {'angle': [0, 90]}, a table with a column for"
            " each, or a list of dicts, [{'angle': 0}, {'angle': 90}]."
        )
    return {name: conditions[name] for name in keys()}


def _by_name(conditions: Sequence[Mapping]) -> dict[str, list]:
    """Return a list of dictionaries as one dictionary of lists."""
    if not conditions:
        raise InvalidValueError("conditions is an empty list; give a dict for each trial.")
    first = conditions[0]
    for number, one in enumerate(conditions):
        for name in [*first, *one]:
            if name not in one or name not in first:
                lacking, other = (number, 0) if name not in one else (0, number)
                raise InvalidValueError(
                    f"conditions[{lacking}] does not say {name!r}, but conditions[{other}] does;"
                    " say it of all."
                )
    return {name: [one[name] for one in conditions] for name in first}


def chosen_numbers(where: str, numbers: int | Sequence[int] | None, n: int) -> list[int]:
    """Return which of `n` things are chosen, counted from 0: all if not told."""
    if numbers is None:
        return list(range(n))
    listed = [whole_number(where, k) for k in (numbers if np.iterable(numbers) else [numbers])]
    if not listed or max(listed) >= n:
        raise InvalidValueError(f"{where} is {listed}, but must be numbers from 0 to {n - 1}.")
    return listed


def _repeated(name: str, values, n: int, of_what: str) -> np.ndarray:
    one = isinstance(values, str | bytes | Mapping | set) or not np.iterable(values)
    listed = label_values(name, [values] if one else values, "entry")
    if one:
        return np.repeat(listed, n)
    if listed.shape != (n,):
        raise InvalidValueError(
            f"{name} has {len(listed)} values, but there are {n} {of_what}; give one value for all"
            " of them, or one for each."
        )
    return listed


def _require_sound(name: str, one: Sweep) -> None:
    """Raise if what a file says of a sweep cannot be."""
    where = f"{name}: {one.channel}, sweep {one.sweep}"
    if not (np.isfinite(one.time_step) and one.time_step > 0):
        raise InvalidValueError(
            f"{where} has a time step of {one.time_step:g} s, so its sampling rate is wrong or not"
            " told; mend it in the file."
        )
    if not one.units.isprintable():  # also what is no UTF-8
        raise InvalidValueError(f"{where} has {one.units!r} for its unit; mend it in the file.")
    if not np.isfinite(one.clock_time):
        raise InvalidValueError(f"{where} begins at {one.clock_time} s; mend it in the file.")
    if len(one.values) < 2:
        raise InvalidValueError(
            f"{where} has {len(one.values)} samples, but two are needed at least; leave it out."
        )


def _require_alike(name: str, first: Sweep, other: Sweep) -> None:
    if not same_unit(other.units, first.units):
        raise InvalidValueError(
            f"{name}: {other.channel} is in {other.units}, but {first.channel} in {first.units};"
            " read them one by one."
        )
    if abs(other.time_step - first.time_step) > 1e-6 * first.time_step:
        raise InvalidValueError(
            f"{name}: {other.channel} (sweep {other.sweep}) has a time step of"
            f" {other.time_step:g} s, but {first.channel} (sweep {first.sweep}) of"
            f" {first.time_step:g} s; read them one by one, resample, and join_recordings."
        )
    if abs(other.first_time - first.first_time) > LARGEST_JITTER * first.time_step:
        raise InvalidValueError(
            f"{name}: {other.channel}, sweep {other.sweep} begins at {other.first_time:g} s,"
            f" but {first.channel}, sweep {first.sweep} at {first.first_time:g} s; let time"
            " count from the same moment in each, for example from where the trial begins."
        )
    if len(other.values) != len(first.values):
        raise InvalidValueError(
            f"{name}: {other.channel}, sweep {other.sweep} has {len(other.values)} samples, but"
            f" {first.channel}, sweep {first.sweep} has {len(first.values)}; read those of one"
            " length, align them, and join_recordings."
        )

"""Responses of the model as a file of Neurodata Without Borders."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from itertools import product
from types import ModuleType
from uuid import uuid4

import h5py
import numpy as np
import xarray as xr

from neuroflysim.checks import one_of
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.files import written_whole

#: What a laboratory adds to a session, as pynwb names it.
SESSION_FIELDS = (
    "session_description", "identifier", "session_start_time", "session_id", "experimenter", "lab",
    "institution", "experiment_description", "keywords", "notes", "related_publications", "subject",
)  # fmt: skip

#: The processing module in which the series lie.
MODULE = "simulation"

#: Each series is a group of HDF5: to write and to read thousands of them takes minutes.
MOST_SERIES = 10_000


def write_nwb(
    voltage: xr.DataArray,
    path: str | os.PathLike[str],
    session: Mapping | None,
    kind: str,
    variables: Mapping[str, xr.DataArray] | None = None,
) -> None:
    """Write voltages, or calcium: a time series for each candidate, condition, trial and cell type.

    The series lie in the processing module "simulation", named ``T4a_condition_0_candidate_0``
    and so on, ``T4a_condition_0_trial_0_candidate_0`` where a noisy model has trials, beside the
    tables "series" (what each of them is) and, where all cells were recorded, "neurons" (cell type
    and column of each). On the clock of the session the conditions follow each other, each in all
    of its trials; the table of trials tells when each of them began, its onset, and its
    parameters.

    Parameters
    ----------
    voltage : DataArray
        As `Responses` holds it.
    path : Path
        The bytes are made in memory, and written whole or not at all.
    session : mapping, optional
        Fields of `pynwb.NWBFile`; see `SESSION_FIELDS`.
    kind : {"voltage", "calcium"}
    variables : mapping of str to DataArray, optional
        What else was recorded of the same cells. Each lies in a module of its own, such as
        "simulation_adaptation", with series and a table "series" like those of the voltage.
    """
    pynwb = require_pynwb()
    n_types = len(np.unique(voltage["cell_type"]))
    n_shown = voltage.sizes["condition"] * voltage.sizes.get("trial", 1)
    recorded = {kind: voltage, **(variables or {})}
    n_series = voltage.sizes["candidate"] * n_shown * n_types * len(recorded)
    if n_series > MOST_SERIES:
        raise InvalidValueError(
            f"the file would hold {n_series} time series, but NWB is slow above {MOST_SERIES};"
            " write some cell types or candidates only, nfs.Responses(responses.signal.sel("
            "cell_type=[...])), or save to .nc."
        )
    fields = _session(voltage, session)
    try:
        if "subject" in fields:
            fields["subject"] = pynwb.file.Subject(**fields["subject"])
        file = pynwb.NWBFile(**fields)
    except TypeError as error:  # pynwb checks names and types
        raise InvalidTypeError(f"a field of session is not what NWB wants: {error}.") from None
    starts, step = _add_trials(file, voltage)
    for name, values in recorded.items():
        _add_module(pynwb, file, values, name, kind, starts, step)
    image = BytesIO()  # HDF5 ends the process when the disk is full
    with h5py.File(image, "w") as memory, pynwb.NWBHDF5IO(file=memory, mode="w") as output:
        output.write(file)
    with written_whole(path) as temporary, open(temporary, "wb") as written:
        written.write(image.getbuffer())


def _add_module(
    pynwb, file, voltage: xr.DataArray, what: str, kind: str, starts: np.ndarray, step: float
) -> None:
    """Write the series of the voltage, or of what was recorded beside it, with their tables."""
    title = MODULE if what == kind else f"{MODULE}_{_allowed(what)}"
    module = file.create_processing_module(title, f"Of model neurons: {what}.")
    table = pynwb.core.DynamicTable(name="series", description="What each series shows.")
    for name, told in (
        ("series", "Name of the time series in this module."),
        ("cell_type", "Cell type of the model neuron."),
        ("condition", "Number of the condition of the stimulus."),
        *((name, "Number of the trial of that condition.") for name in _trial(voltage)),
        ("candidate", "Number of the model fly."),
        *((name, f"Of the model fly: {name}.") for name in _along(voltage, "candidate")),
    ):
        table.add_column(name, told)
    for series, row in _series(pynwb, voltage, what, starts, step):
        module.add(series)
        table.add_row(series=series.name, **row)
    module.add(table)
    if "neuron" in voltage.dims:
        module.add(_neurons(pynwb, voltage))


def require_pynwb() -> ModuleType:
    """Return pynwb, or raise if it is not there; long runs ask before they begin."""
    try:
        import pynwb
        import pynwb.core
        import pynwb.file
    except ImportError as error:
        raise InvalidValueError(
            f"NWB files need pynwb, which cannot be imported ({error}); pip install"
            " 'neuroflysim[recordings]'."
        ) from None
    return pynwb


def _session(voltage: xr.DataArray, session: Mapping | None) -> dict:
    """Return the fields of the session: what is known of the simulation, and what the user adds."""
    if session is not None and not isinstance(session, Mapping):
        raise InvalidTypeError(
            f"session is of type {type(session).__name__}, but must be a dict, for example"
            " {'experimenter': ['Student, A.'], 'lab': '...'}."
        )
    session = dict(session or {})
    for name in session:
        one_of("a field of session", name, SESSION_FIELDS)
    start = session.get("session_start_time", datetime.now(UTC))
    if not isinstance(start, datetime) or start.tzinfo is None:
        raise InvalidTypeError(
            f"session_start_time is {start!r}, but must be a datetime with its time zone, for"
            " example datetime.now(timezone.utc)."
        )
    known = {name: _plain(value) for name, value in sorted(voltage.attrs.items())}
    stimulus = voltage.attrs.get("stimulus", "unknown")
    return {
        "session_description": f"simulation: responses of a model to the stimulus {stimulus}",
        "identifier": str(uuid4()),
        "experiment_description": "Responses of model neurons of the fruit fly's visual system,"
        " simulated by neuroflysim; no animal was recorded.",
        "keywords": ["simulation", "Drosophila melanogaster", "visual system"],
        "notes": json.dumps(known),
        "session_start_time": start,
        **session,
    }


def _add_trials(file, voltage: xr.DataArray) -> tuple[np.ndarray, float]:
    """Write the table of conditions; return when each begins on the session's clock, and the step.

    A sample is the voltage at the end of its step, so a condition begins one step before it.
    """
    times = voltage["time"].to_numpy()
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    step = float(voltage.attrs.get("time_step", step))
    if len(times) > 1 and not np.allclose(np.diff(times), step, rtol=1e-6, atol=0):
        raise InvalidValueError(
            "the times of the voltages are not evenly spaced, as a simulation's are; save to .nc."
        )
    if not step > 0:
        raise InvalidValueError("the time step is unknown: give the voltages attrs['time_step'].")
    shown = _shown(voltage)
    starts = np.round(np.arange(len(shown)) * step * len(times), 12)
    along = _along(voltage, "condition")
    file.add_trial_column("condition", "Number of the condition.")
    for name in _trial(voltage):
        file.add_trial_column(name, "Number of the trial of that condition.")
    file.add_trial_column("onset_time", "When the stimulus began (s).")
    for name in along:
        unit = voltage[name].attrs.get("units", "1")
        file.add_trial_column(name, f"Parameter of the stimulus, unit {unit}.")
    for start, at in zip(starts, shown, strict=True):
        file.add_trial(
            start_time=start,
            stop_time=float(np.round(start + step * len(times), 12)),
            **at,
            onset_time=float(np.round(start + step - times[0], 12)),
            **{name: _plain(values[at["condition"]]) for name, values in along.items()},
        )
    return starts, step


def _series(pynwb, voltage: xr.DataArray, kind: str, starts: np.ndarray, step: float):
    """Yield a time series and what it is, for each candidate, condition, trial and cell type."""
    names = voltage["cell_type"].to_numpy()
    of_candidate = _along(voltage, "candidate")
    last = voltage.dims[-1]
    told = "" if last == "cell_type" else "; columns as in the table of neurons"
    for candidate in range(voltage.sizes["candidate"]):
        of_fly = {name: _plain(values[candidate]) for name, values in of_candidate.items()}
        for start, at in zip(starts, _shown(voltage), strict=True):
            shown = voltage.isel({"candidate": candidate, **at}).to_numpy()
            which = "_".join(f"{name}_{number}" for name, number in at.items())
            for name in dict.fromkeys(names.tolist()):
                values = shown[:, names == name]
                series = pynwb.TimeSeries(
                    name=f"{_allowed(name)}_{which}_candidate_{candidate}",
                    data=values[:, 0] if last == "cell_type" else values,
                    unit=str(voltage.attrs.get("units", "1")),
                    starting_time=float(np.round(start + step, 12)),
                    rate=1 / step,
                    description=f"{kind} of the model's {name} at the ends of the steps{told}",
                )
                row = {"cell_type": name, **at, "candidate": candidate}
                yield series, {**row, **of_fly}


def _trial(voltage: xr.DataArray) -> tuple[str, ...]:
    """Return the name of the dimension of trials, if there is one."""
    return tuple(name for name in ("trial",) if name in voltage.dims)


def _shown(voltage: xr.DataArray) -> list[dict[str, int]]:
    """Return what was shown, one after the other: conditions, each in all of its trials."""
    names = ("condition", *_trial(voltage))
    each = product(*(range(voltage.sizes[name]) for name in names))
    return [dict(zip(names, numbers, strict=True)) for numbers in each]


def _along(voltage: xr.DataArray, dimension: str) -> dict[str, np.ndarray]:
    """Return the labels along a dimension."""
    return {str(n): c.to_numpy() for n, c in voltage.coords.items() if c.dims == (dimension,)}


def _allowed(name: str) -> str:
    """Return a name without what NWB keeps for itself."""
    return name.replace("/", "-").replace(":", "-")


def _neurons(pynwb, voltage: xr.DataArray):
    """Return the table of neurons: those of a type are the columns of its series, in order."""
    table = pynwb.core.DynamicTable(name="neurons", description="Neurons by type, in order.")
    names = ("cell_type", "u", "v")
    for name, told in zip(
        names, ("Cell type.", "Axial coordinate u of the column.", "Axial coordinate v."),
        strict=True,
    ):  # fmt: skip
        table.add_column(name, told)
    for row in zip(*(voltage[name].to_numpy().tolist() for name in names), strict=True):
        table.add_row(**dict(zip(names, row, strict=True)))
    return table


def _plain(value):
    """Return a number or text of Python, which HDF5 and JSON know."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return value if isinstance(value, int | float | str | list) else str(value)

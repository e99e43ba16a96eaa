"""What was measured: labelled trials, and how to look at and keep them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from brian2 import Quantity

from neuroflysim.checks import one_of
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.files import netcdf, written_whole
from neuroflysim.recordings.card import recording_card
from neuroflysim.recordings.column_names import with_unit
from neuroflysim.recordings.labels import NOT_CONDITIONS
from neuroflysim.recordings.natural_order import natural
from neuroflysim.recordings.own_tables import require_readable_as_table
from neuroflysim.recordings.signal_checks import (
    labels_checked,
    require_even_times,
    require_numbers,
    require_unit,
)

#: ``attrs["time_zero"]`` of what `align` made.
ONSET = "stimulus onset"


class Recording:
    """Signals of recorded cells over time, trial by trial.

    `load_recording` reads them from files. Before `align` a trial is a sweep of the file, or the
    whole of it, and time counts from where it begins; then time counts from stimulus onset.

    Parameters
    ----------
    signal : DataArray, dims (trial, time)
        Time in seconds, evenly spaced. ``attrs["units"]`` is the unit of the signal.
        Coordinates along trial: cell_type, if the cell is known; file, channel and sweep, where
        the trial stands; clock_time, what the clock of the file shows at time 0. All others are
        what was shown: parameters of the stimulus, named and in units as in `Responses`. Labels
        are numbers or words; none is missing, for a trial with NaN would fall out of averages.

    Examples
    --------
    >>> signal = xr.DataArray(
    ...     [[-60.0, -58.0, -55.0], [-61.0, -57.0, -56.0]], dims=("trial", "time"),
    ...     coords={"time": [0.0, 0.1, 0.2], "cell_type": ("trial", ["Mi1", "Mi1"]),
    ...             "intensity": ("trial", [0, 1])},
    ...     attrs={"units": "mV"})
    >>> recording = Recording(signal)
    >>> recording
    <Recording: 2 trial, 3 time, in mV>
    >>> recording.conditions
               intensity
    condition
    0                  0
    1                  1
    """

    def __init__(self, signal: xr.DataArray):
        if not isinstance(signal, xr.DataArray):
            raise InvalidTypeError(
                f"signal must be an xarray DataArray, but is {type(signal).__name__};"
                " nfs.load_recording reads one from a file, and nfs.Recording.from_array(values,"
                " rate=1000*Hz, unit='mV') makes one of an array."
            )
        if signal.dims != ("trial", "time"):
            raise InvalidValueError(
                f"signal has the dimensions {signal.dims}, but must have ('trial', 'time')."
            )
        require_unit(signal.attrs.get("units"))
        if "time" not in signal.coords:
            raise InvalidValueError("signal must have the coordinate time, in seconds.")
        if not signal.sizes["trial"]:
            raise InvalidValueError("signal has no trial; a recording has one or more.")
        signal = labels_checked(signal)
        require_even_times("signal", signal["time"].to_numpy())
        require_numbers(signal)
        self.signal = signal

    @classmethod
    def from_array(
        cls,
        values: np.ndarray,
        *,
        rate: Quantity,
        unit: str,
        cell_type: str | Sequence[str] | None = None,
        onsets: Quantity | None = None,
        before: Quantity | None = None,
        after: Quantity | None = None,
        conditions: Mapping | Sequence[Mapping] | pd.DataFrame | None = None,
    ) -> Recording:
        """Return a recording made of an array.

        Parameters
        ----------
        values : array-like, shape (time,), (trial, time) or (cell, time)
            Plain numbers; time is last.
        rate : Quantity [Hz]
            How many samples there are in a second, for example ``30*Hz``.
        unit : str
            Of the values, for example "mV" or "dF/F".
        cell_type : str or sequence of str, optional
            Which cell it was: one name for all rows, or one for each.
        onsets : Quantity [s], optional
            When the stimulus began, counted from the first sample. One time: in every row, which
            are trials. A list: rows are cut into a trial for each, from `before` to `after` it, as
            `recordings.align` does. None: time counts from the first sample, and `align` may cut
            rows later.
        before, after : Quantity [s], optional
            How much to keep on either side of an onset; needed for a list of onsets, for one onset
            all that is there if not given.
        conditions : mapping, table, or sequence of mappings, optional
            What was shown, named and in units as the protocol has it: one value for all, or one
            for each onset of a list, else for each row.
            ``{"angle": [0, 90]}``, a DataFrame with a column for each name, and
            ``[{"angle": 0}, {"angle": 90}]`` say the same.

        Returns
        -------
        Recording
            The label sweep is the row of the array from which a trial is.

        Raises
        ------
        InvalidTypeError, InvalidValueError
            Names the argument, and what would do.

        Examples
        --------
        >>> from brian2 import Hz, ms, second
        >>> cells = np.arange(60.0).reshape(2, 30)  # two cells, 30 frames at 10 Hz
        >>> recording = Recording.from_array(
        ...     cells, rate=10*Hz, unit="dF/F", cell_type=["T4a", "T4b"], onsets=[1, 2] * second,
        ...     before=200*ms, after=500*ms, conditions=[{"angle": 0}, {"angle": 90}])
        >>> recording
        <Recording: 4 trial, 8 time, in dF/F>
        >>> recording.signal.sel(time=0)["cell_type"].to_numpy().tolist()
        ['T4a', 'T4b', 'T4a', 'T4b']
        >>> recording.signal.sel(time=0).to_numpy().tolist()
        [10.0, 40.0, 20.0, 50.0]
        """
        from neuroflysim.recordings.from_arrays import recording_of_array  # it makes Recordings

        return recording_of_array(
            values,
            rate,
            unit,
            cell_type=cell_type,
            onsets=onsets,
            before=before,
            after=after,
            conditions=conditions,
        )

    def __repr__(self) -> str:
        sizes = ", ".join(f"{size} {name}" for name, size in self.signal.sizes.items())
        return f"<Recording: {sizes}, in {self.units}>"

    def _repr_html_(self) -> str:
        return recording_card(self)

    @property
    def units(self) -> str:
        """Unit of the signal."""
        return str(self.signal.attrs["units"])

    @property
    def time_step(self) -> float:
        """Seconds between two samples."""
        times = self.signal["time"].to_numpy()
        return float(times[-1] - times[0]) / (len(times) - 1)

    @property
    def labels(self) -> list[str]:
        """Names of the parameters of the stimulus that trials are labelled with."""
        return [
            str(name) for name, values in self.signal.coords.items()
            if values.dims == ("trial",) and name not in (*NOT_CONDITIONS, "trial")
        ]  # fmt: skip

    @property
    def conditions(self) -> pd.DataFrame:
        """What was shown: one row for each setting of the labels, in the order of their values."""
        table = pd.DataFrame(
            {name: self.signal[name].to_numpy() for name in self.labels},
            index=range(self.signal.sizes["trial"]),
        )
        table = table.drop_duplicates(ignore_index=True) if self.labels else table.iloc[:1]
        # Tuples of rows, before pandas 3, are none where there is no column.
        rows = list(zip(*(table[name].tolist() for name in table), strict=True)) or [()] * len(
            table
        )
        order = sorted(range(len(rows)), key=lambda k: [natural(value) for value in rows[k]])
        return table.iloc[order].reset_index(drop=True).rename_axis("condition")

    def to_dataframe(self) -> pd.DataFrame:
        """Return a tidy table: one row for each sample, its labels in columns.

        Columns of time and signal are named with their units, as `load_recording` reads them.
        """
        table = self.signal.to_dataframe("signal").reset_index()
        return table.rename(
            columns={"time": with_unit("time", "s"), "signal": with_unit("signal", self.units)}
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the recording to a file: netCDF (.nc), or a tidy table (.csv).

        Parameters
        ----------
        path : path-like
            `load_recording` reads both again; netCDF keeps what was done to the signal, too, and a
            checksum of everything. Labels and attributes must be numbers or text there.
        """
        if not isinstance(path, str | os.PathLike):
            raise InvalidTypeError(f"path must name a file, but is {path!r}.")
        suffix = one_of(
            "the suffix of a recording's file", os.path.splitext(path)[1], (".nc", ".csv")
        )
        if suffix == ".nc":
            netcdf.write(self.signal, "signal", path)
        else:
            require_readable_as_table(self.signal)
            with written_whole(path) as temporary:
                self.to_dataframe().to_csv(temporary, index=False)


def checked_recording(recording: Recording) -> xr.DataArray:
    """Return the signal of a `Recording`."""
    if not isinstance(recording, Recording):
        raise InvalidTypeError(
            f"recording must be a Recording, but is {type(recording).__name__}; see"
            " nfs.load_recording, or make one of an array: nfs.Recording.from_array(values,"
            " rate=1000*Hz, unit='mV')."
        )
    return recording.signal

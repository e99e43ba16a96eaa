"""Whether a file of responses holds what is to be drawn: told in the words of the shell.

The functions that draw check the same, and name what to write in Python.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from neuroflysim.checks import one_of
from neuroflysim.errors import InvalidValueError
from neuroflysim.plotting.arguments import number_below
from neuroflysim.responses import Responses


def require_one_trial(file: Path, responses: Responses) -> None:
    """Raise if each condition was shown several times."""
    if "trial" in responses.signal.dims:
        raise InvalidValueError(
            f"{file} has {responses.signal.sizes['trial']} trials, but one trace is drawn for each"
            " candidate and condition: simulate again without --trials, or take their mean in"
            " Python, responses.mean_over_trials()."
        )


def require_types(signal: xr.DataArray, cell_types: list[str] | None) -> None:
    """Raise if a cell type was not recorded."""
    for name in cell_types or ():
        one_of("a cell type of --cell-types", name, np.unique(signal["cell_type"]).tolist())


def require_number(option: str, number: int | None, signal: xr.DataArray) -> None:
    """Raise if there is no condition or candidate of this number.

    Parameters
    ----------
    option : {"--condition", "--candidate"}
    number : int or None
    signal : DataArray
    """
    if number is not None:
        number_below(option, number, signal.sizes[option.removeprefix("--")])


def require_columns(file: Path, signal: xr.DataArray) -> None:
    """Raise if the cells of other columns than the central one were not recorded."""
    if "neuron" not in signal.dims:
        raise InvalidValueError(
            f"{file} holds central cells only; simulate with --record all, or with a list such as"
            " --record Mi1,T4a, to draw all columns."
        )


def require_moment(file: Path, signal: xr.DataArray, time: float) -> None:
    """Raise if the responses do not last until a time, in milliseconds."""
    first, last = 1000 * signal["time"].to_numpy()[[0, -1]]
    if not first - 1e-6 <= time <= last + 1e-6:
        raise InvalidValueError(
            f"--time is {time:g} ms, but the responses in {file} last from {first:g} ms to"
            f" {last:g} ms; name a time between these."
        )


def require_before(file: Path, signal: xr.DataArray) -> None:
    """Raise if nothing was recorded before the stimulus, from which changes are counted."""
    if not (signal["time"].to_numpy() <= 1e-9).any():
        raise InvalidValueError(
            f"{file} has no sample before the stimulus to tell the rest: simulate the protocol with"
            ' --set "pre_time=500 ms", or another time of one time step or more.'
        )


def require_directions(file: Path, peak: xr.DataArray) -> None:
    """Raise unless peaks vary with the direction."""
    if "angle" not in peak.dims or "condition" in peak.dims:
        raise InvalidValueError(
            f"the conditions in {file} are no grid with several directions, which tuning needs:"
            " simulate moving_edge, or a protocol with --set angle=0,90,180,270."
        )


def require_flashes(file: Path, signal: xr.DataArray) -> None:
    """Raise unless several columns flashed, one after the other."""
    if not {"center_u", "center_v"} <= set(signal.coords) or signal.sizes["condition"] < 2:
        raise InvalidValueError(
            f"the conditions in {file} are no flashes at several columns, which receptive_field"
            " needs: simulate column_flash."
        )


def require_chosen(values: xr.DataArray, drawn: set[str]) -> None:
    """Raise if values vary with something that no picture of them shows."""
    extra = {
        str(name): [f"{value:g}" for value in values[name].to_numpy()]
        for name in values.dims
        if name not in drawn
    }
    if extra:
        shown = " and ".join(f"{name} ({', '.join(those)})" for name, those in extra.items())
        options = " ".join(f"--at {name}={those[0]}" for name, those in extra.items())
        raise InvalidValueError(
            f"the responses vary with {shown}, too; draw those at one value, as by {options}."
        )

"""Whether two flashes together give more or less than the sum of their parts."""

from __future__ import annotations

import pandas as pd
import xarray as xr
from brian2 import Quantity

from neuroflysim import checks
from neuroflysim.analysis.grid import as_grid
from neuroflysim.analysis.measures import measure
from neuroflysim.analysis.samples import ROUNDING, change, checked_responses, time_step
from neuroflysim.errors import InvalidValueError
from neuroflysim.responses import Responses

__all__ = ["paired_response", "summation"]


@measure(family="enhancement_and_suppression")
def summation(
    responses: Responses,
    end: str | Quantity = "recording",
    relative: bool = False,
    since: str = "first",
) -> xr.DataArray:
    """Return the response to both parts minus that to their sum: enhancement or suppression.

    The depolarisations that the parts evoke alone are added sample by sample; compared are the
    largest values over time. A linear cell gives 0, suppression is negative, enhancement positive.

    Parameters
    ----------
    responses : Responses
        To apparent motion, with both parts and each alone: `protocols.apparent_motion_bars` or
        `protocols.apparent_motion_columns`.
    end : {"recording", "stimulus"} or Quantity [s]
        Steps count that begin between onset and `end`, both included.
    relative : bool
        Whether the difference is divided by the largest value of the sum.
    since : {"first", "second"}
        Steps count from the onset of this part. A first part that evokes the larger response
        hides what becomes of the second; since the second, only the response to that counts, as
        in Gruntman, Romani and Reiser, eLife 8, e50706 (2019).

    Returns
    -------
    DataArray
        Without what tells which parts were shown.

    Examples
    --------
    >>> voltage = xr.DataArray(
    ...     [[[[0.0], [5.0]], [[0.0], [3.0]], [[0.0], [1.0]]]],
    ...     dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": [0.0, 0.1], "cell_type": ["T4a"],
    ...             "first_on": ("condition", [1, 1, 0]), "second_on": ("condition", [1, 0, 1])})
    >>> summation(Responses(voltage)).item()
    1.0
    """
    checks.one_of("since", since, ("first", "second"))
    checks.truth_value("relative", relative)
    both, first, second = _parts(responses, end, since)
    together, of_parts = _largest(both), _largest(first + second)
    difference = together - of_parts
    if relative:
        difference = difference / of_parts.where(of_parts > 0)
    return difference.rename("summation").assign_attrs(units="1")


@measure(family="enhancement_and_suppression")
def paired_response(
    responses: Responses, alone: str = "first", end: str | Quantity = "recording"
) -> xr.DataArray:
    """Return the response to both parts relative to that to one of them.

    Parameters
    ----------
    responses : Responses
        To apparent motion, see `summation`.
    alone : {"first", "second"}
        Which part is the measure.
    end : {"recording", "stimulus"} or Quantity [s]
        See `summation`.

    Returns
    -------
    DataArray
        NaN where the part alone does not depolarise.

    Examples
    --------
    >>> voltage = xr.DataArray(
    ...     [[[[0.0], [1.5]], [[0.0], [3.0]], [[0.0], [1.0]]]],
    ...     dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": [0.0, 0.1], "cell_type": ["T4a"],
    ...             "first_on": ("condition", [1, 1, 0]), "second_on": ("condition", [1, 0, 1])})
    >>> paired_response(Responses(voltage)).item()
    0.5
    """
    checks.one_of("alone", alone, ("first", "second"))
    both, first, second = _parts(responses, end)
    part = _largest(first if alone == "first" else second)
    ratio = _largest(both) / part.where(part > 0)
    return ratio.rename("paired_response").assign_attrs(units="1")


def _largest(traces: xr.DataArray) -> xr.DataArray:
    """Return the largest depolarisation over time."""
    return traces.max("time").clip(min=0)


def _parts(
    responses: Responses, end, since: str = "first"
) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Return the changes from rest to both parts, to the first and to the second alone."""
    voltage = checked_responses(responses)
    if not {"first_on", "second_on"} <= set(voltage.coords):
        raise InvalidValueError(
            "the conditions are not labelled with first_on and second_on: show"
            " protocols.apparent_motion_bars or protocols.apparent_motion_columns."
        )
    traces = change(voltage, end)
    if since == "second":
        if "delay" not in voltage.coords:
            raise InvalidValueError(
                "since is 'second', but the conditions are not labelled with delay, the time from"
                " the first onset to the second; label them, or take since='first'."
            )
        begin = traces["time"] - time_step(voltage)
        traces = traces.where(begin >= traces["delay"] - ROUNDING)
    together, *alone = (_with(traces, shown) for shown in ((1, 1), (1, 0), (0, 1)))
    first, second = (_laid_out(_in_order_of(together, part)) for part in alone)
    return _laid_out(together), first, second


def _with(traces: xr.DataArray, shown: tuple[int, int]) -> xr.DataArray:
    """Return the conditions that show the first, the second part or both."""
    chosen = (traces["first_on"] == shown[0]) & (traces["second_on"] == shown[1])
    if not chosen.any():
        raise InvalidValueError(
            f"no condition shows (first_on, second_on) = {shown}; show both parts and each alone."
        )
    part = traces.isel(condition=chosen.to_numpy())
    return part.drop_vars(["first_on", "second_on", "condition"], errors="ignore")


def _in_order_of(together: xr.DataArray, part: xr.DataArray) -> xr.DataArray:
    """Return the conditions of one part in the order in which both parts are shown."""
    names = [str(name) for name, labels in together.coords.items() if labels.dims == ("condition",)]
    if not names:
        return part
    wanted, given = (
        pd.MultiIndex.from_arrays([values[name].to_numpy() for name in names], names=names)
        for values in (together, part)
    )
    twice = given[given.duplicated()]
    if len(twice):
        raise InvalidValueError(
            f"a part alone is shown twice at {_setting(names, twice[0])}; show each once."
        )
    order = given.get_indexer(wanted)
    if (order < 0).any():
        raise InvalidValueError(
            f"both parts are shown at {_setting(names, wanted[order < 0][0])}, but not each of them"
            " alone; show that, too."
        )
    return part.isel(condition=order)


def _setting(names: list[str], values: tuple) -> str:
    return ", ".join(f"{name}={value}" for name, value in zip(names, values, strict=True))


def _laid_out(part: xr.DataArray) -> xr.DataArray:
    part = as_grid(part)
    if "condition" in part.dims and part.sizes["condition"] == 1:
        part = part.isel(condition=0, drop=True)
    return part

"""The headline numbers: how well flash responses and direction tuning agree with what is known.

Formulas of Lappalainen et al., Nature 634, 1132 (2024), Methods, as flyvis 1.2.0 computes them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from attrs import frozen

from neuroflysim.analysis import direction_selectivity_index, preferred_direction
from neuroflysim.analysis.directions import turn
from neuroflysim.errors import InvalidValueError
from neuroflysim.experiments.database import load_study
from neuroflysim.experiments.row_syntax import parse_condition
from neuroflysim.experiments.study import Study

#: The speed of the numbers that are not for the best speed: 19 columns of 5.8 degrees a second.
FIXED_SPEED = 19 * 5.8

#: A type counts as direction selective with an index of at least this, a preferred direction within
#: this many degrees of the known one, and a smaller index at the other contrast.
SELECTIVE, NEAR = 0.2, 45.0

#: What the numbers are called, and what they mean.
QUANTITIES = {
    "polarity_count": "cell types with the known sign of the flash response index",
    "polarity_r": "flash response index against +1 (ON) and -1 (OFF), Pearson r",
    "tuning_r_T4": "tuning curves of T4, Pearson r at the best speed of each, median of 4",
    "tuning_r_T5": "tuning curves of T5, Pearson r at the best speed of each, median of 4",
    "tuning_r_T4_at_one_speed": "tuning curves of T4, Pearson r at 19 columns/s, median of 4",
    "tuning_r_T5_at_one_speed": "tuning curves of T5, Pearson r at 19 columns/s, median of 4",
    "dsi_r": "direction selectivity index against 1 (T4, T5) and 0 (their inputs), Pearson r",
    "direction_selective": "types of T4 and T5, of 8, that are selective for what they should be",
    "dsi_median": "direction selectivity index of T4 to bright, T5 to dark edges, median of 8",
    "dsi_T4": "direction selectivity index of T4 to bright edges, median of 4",
    "dsi_T5": "direction selectivity index of T5 to dark edges, median of 4",
    "preferred_direction_error": "distance to the known preferred direction, degrees, mean of 8",
}


@frozen(eq=False)
class Labels:
    """What is known of cell types, each a DataArray by cell_type."""

    polarity: xr.DataArray  #: +1 ON, -1 OFF
    direction_selective: xr.DataArray  #: 1 or 0
    tuning_curve: xr.DataArray  #: dims (cell_type, angle)
    preferred_direction: xr.DataArray  #: degrees

    @property
    def intensity(self) -> xr.DataArray:
        """Luminance of the edges that a direction selective type prefers: 1 for ON, 0 for OFF."""
        chosen = self.preferred_direction["cell_type"]
        return (self.polarity.sel(cell_type=chosen.to_numpy()) > 0).astype(float)


def known_labels() -> Labels:
    """Read what is known of cell types from the studies of the database.

    Examples
    --------
    >>> labels = known_labels()
    >>> labels.polarity.sizes["cell_type"], labels.direction_selective.sizes["cell_type"]
    (32, 18)
    >>> labels.tuning_curve.sizes
    Frozen({'cell_type': 8, 'angle': 12})
    """
    collected, recorded = load_study("lappalainen2024"), load_study("maisak2013")
    curves = _rows(recorded, "tuning_curve")
    curves["angle"] = [parse_condition(text)["angle"] for text in curves["condition"]]
    curves["value"] = curves["value"].astype(float)
    return Labels(
        polarity=_by_type(_rows(collected, "polarity"), {"ON": 1.0, "OFF": -1.0}),
        direction_selective=_by_type(
            _rows(collected, "direction_selective"), {"yes": 1.0, "no": 0.0}
        ),
        tuning_curve=curves.set_index(["cell_type", "angle"])["value"].to_xarray(),
        preferred_direction=_by_type(_rows(collected, "preferred_direction")),
    )


def _rows(study: Study, measure: str) -> pd.DataFrame:
    """Return the measurements of one measure, one row for each cell type."""
    table = study.table
    table = table[table["measure"] == measure]
    table = table.assign(cell_type=table["cell_type"].str.split(r",\s*")).explode("cell_type")
    if table.empty:
        raise InvalidValueError(
            f"the study {study.key} has no measurement of {measure!r}, which the headline numbers"
            f" need; see {study.folder / 'measurements.csv'}."
        )
    return table


def _by_type(rows: pd.DataFrame, words: dict[str, float] | None = None) -> xr.DataArray:
    values = rows["value"].map(words) if words else rows["value"].astype(float)
    # What holds for edges of both contrasts stands in two rows.
    by_type = values.set_axis(rows["cell_type"]).groupby(level=0, sort=False).first()
    return by_type.to_xarray()


def headline_numbers(
    flash_index: xr.DataArray, peak: xr.DataArray, labels: Labels | None = None
) -> xr.Dataset:
    """Return the headline numbers of each candidate.

    Parameters
    ----------
    flash_index : DataArray, dims (candidate, cell_type)
        The flash response index.
    peak : DataArray, dims (candidate, cell_type, angle, intensity, speed)
        Peak responses to moving edges; speed in degrees a second.
    labels : Labels, optional
        What is known; `known_labels` if not given.

    Returns
    -------
    Dataset
        The variables of `QUANTITIES`, by candidate. Correlations do not see the size of a
        response: look at the direction selectivity indices, too. The error of the preferred
        direction is NaN if one of the eight types does not respond at all. All numbers are NaN of
        a candidate that has no response of any cell type to one of the stimuli: it ran away.

    Examples
    --------
    A copy of what is known agrees with it:

    >>> labels = known_labels()
    >>> curves = labels.tuning_curve.reindex(cell_type=labels.polarity["cell_type"], fill_value=1)
    >>> numbers = headline_numbers(
    ...     labels.polarity.expand_dims(candidate=1),
    ...     curves.expand_dims(candidate=1, intensity=[0.0, 1.0], speed=[110.2]), labels)
    >>> numbers["polarity_count"].item(), round(numbers["tuning_r_T4"].item(), 6)
    (32, 1.0)
    """
    labels = known_labels() if labels is None else labels
    for values in (flash_index, peak):
        _require_types(values, labels)
    found = flash_index.sel(cell_type=labels.polarity["cell_type"].to_numpy())
    index = direction_selectivity_index(peak)
    listed = labels.direction_selective["cell_type"].to_numpy()
    error = direction_error(peak, labels)
    curve_r = tuning_correlation(peak, labels)
    best, fixed = curve_r.max("speed"), curve_r.sel(speed=FIXED_SPEED, method="nearest")
    at_preferred = _at_preferred_contrast(index, labels)

    numbers = {
        "polarity_count": (np.sign(found) == labels.polarity).sum("cell_type"),
        "polarity_r": xr.corr(found, labels.polarity, "cell_type"),
        "tuning_r_T4": _of_kind(best, "T4").median("cell_type"),
        "tuning_r_T5": _of_kind(best, "T5").median("cell_type"),
        "tuning_r_T4_at_one_speed": _of_kind(fixed, "T4").median("cell_type"),
        "tuning_r_T5_at_one_speed": _of_kind(fixed, "T5").median("cell_type"),
        "dsi_r": xr.corr(
            index.max("intensity").sel(cell_type=listed), labels.direction_selective, "cell_type"
        ),
        "direction_selective": rightly_selective(peak, labels).sum("cell_type"),
        "dsi_median": at_preferred.median("cell_type"),
        "dsi_T4": _of_kind(at_preferred, "T4").median("cell_type"),
        "dsi_T5": _of_kind(at_preferred, "T5").median("cell_type"),
        "preferred_direction_error": error.mean("cell_type", skipna=False),
    }
    lost = _has_nothing(flash_index, peak)
    if lost.any():
        numbers = {name: values.where(~lost) for name, values in numbers.items()}
    return xr.Dataset(
        {
            name: numbers[name].reset_coords(drop=True).assign_attrs(long_name=text)
            for name, text in QUANTITIES.items()
        }
    )


def _has_nothing(flash_index: xr.DataArray, peak: xr.DataArray) -> xr.DataArray:
    """Return which candidates ran away: no cell type has a response to one of the stimuli."""
    to_flash = flash_index.isnull().all("cell_type")
    to_edges = peak.isnull().all(["cell_type", "angle", "intensity"]).any("speed")
    return (to_flash | to_edges).reset_coords(drop=True)


def _require_types(values: xr.DataArray, labels: Labels) -> None:
    needed = [
        *labels.polarity["cell_type"].to_numpy(),
        *labels.tuning_curve["cell_type"].to_numpy(),
    ]
    missing = [name for name in needed if name not in values["cell_type"].to_numpy()]
    if missing:
        raise InvalidValueError(
            f"{missing[0]!r} was not recorded, but the headline numbers need it: they are for a"
            " connectome with the cell types of the embedded one."
        )


def tuning_correlation(peak: xr.DataArray, labels: Labels) -> xr.DataArray:
    """Return Pearson's r with the known tuning curves, at the contrast that each type prefers.

    Parameters
    ----------
    peak : DataArray, dims (candidate, cell_type, angle, intensity, speed)
    labels : Labels

    Returns
    -------
    DataArray, dims (candidate, cell_type, speed)
        0 where a type responds alike to all directions.
    """
    preferred = _at_preferred_contrast(peak, labels)
    return xr.corr(preferred, labels.tuning_curve, "angle").fillna(0.0)


def direction_error(peak: xr.DataArray, labels: Labels) -> xr.DataArray:
    """Return the distance of preferred directions to the known ones, 0 to 180 degrees.

    Parameters
    ----------
    peak : DataArray, dims (candidate, cell_type, angle, intensity, speed)
    labels : Labels

    Returns
    -------
    DataArray, dims (candidate, cell_type)
        NaN where a type does not respond at all.
    """
    found = _at_preferred_contrast(preferred_direction(peak), labels)
    return abs(turn(found, labels.preferred_direction))


def rightly_selective(peak: xr.DataArray, labels: Labels) -> xr.DataArray:
    """Return which types of T4 and T5 are selective for the right direction and contrast.

    Parameters
    ----------
    peak : DataArray, dims (candidate, cell_type, angle, intensity, speed)
    labels : Labels

    Returns
    -------
    DataArray of bool, dims (candidate, cell_type)
        Whether the direction selectivity index at the contrast that the type prefers is at least
        `SELECTIVE` and larger than at the other contrast, and the preferred direction is within
        `NEAR` degrees of the known one.
    """
    index = direction_selectivity_index(peak)
    right = _at_preferred_contrast(index, labels).reset_coords(drop=True)
    wrong = _at_preferred_contrast(index, labels, other=True).reset_coords(drop=True)
    error = direction_error(peak, labels).reset_coords(drop=True)
    return (right >= SELECTIVE) & (right > wrong) & (error <= NEAR)


def _at_preferred_contrast(
    values: xr.DataArray, labels: Labels, other: bool = False
) -> xr.DataArray:
    """Choose T4 and T5, each with edges of the contrast that it prefers, or of the other one."""
    wanted = 1 - labels.intensity if other else labels.intensity
    return values.sel(cell_type=wanted["cell_type"], intensity=wanted)


def _of_kind(values: xr.DataArray, kind: str) -> xr.DataArray:
    names = values["cell_type"].to_numpy()
    return values.isel(cell_type=[name.startswith(kind) for name in names])

"""What an ensemble predicts for each cell type, and how far its models agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from neuroflysim.analysis import direction_selectivity_index, preferred_direction
from neuroflysim.analysis.directions import turn
from neuroflysim.dynamics import GRADED, Dynamics, checked_dynamics
from neuroflysim.ensembles import Ensemble
from neuroflysim.errors import InvalidValueError
from neuroflysim.experiments.database import load_study, studies
from neuroflysim.experiments.judging.fitted import fitted_cell_types
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice, chosen_lattice
from neuroflysim.parameters import Parameters, checked_candidates
from neuroflysim.validation.headline import NEAR, SELECTIVE, Labels, known_labels
from neuroflysim.validation.measures import START, validation_measures
from neuroflysim.workers import open_workers

#: Luminance of the edges behind the names of quantities.
CONTRASTS = {"on": 1.0, "off": 0.0}

#: What is predicted, and what it means that models agree on it.
PREDICTED = {
    "flash_response_index": "share of models with the sign that most have",
    "dsi_on": f"share of models on the same side of {SELECTIVE} as most",
    "dsi_off": f"share of models on the same side of {SELECTIVE} as most",
    "preferred_direction_on": f"share of models that are selective (index {SELECTIVE} or more) and"
    f" within {NEAR:g} degrees of the mean direction of those that are",
    "preferred_direction_off": f"share of models that are selective (index {SELECTIVE} or more) and"
    f" within {NEAR:g} degrees of the mean direction of those that are",
    "best_speed_on": "share of models at most one of the shown speeds from the median",
    "best_speed_off": "share of models at most one of the shown speeds from the median",
}


def predictions(
    ensemble: Ensemble | Sequence[Parameters],
    *,
    lattice: int | Lattice = DEFAULT_LATTICE,
    extent: int | None = None,
    progress: bool = True,
    processes: int | None = 1,
    cluster: str | None = None,
    dynamics: Dynamics | str = GRADED,
) -> pd.DataFrame:
    """Return what an ensemble predicts for each cell type, and how far its models agree.

    Parameters
    ----------
    ensemble : Ensemble or sequence of Parameters
        Two models or more.
    lattice : int or Lattice
        A whole number is the extent of an open lattice, its radius in columns; a periodic one is
        ``nfs.Lattice(size=(6, 6))``. Extent 15, if not given.
    extent : int, optional
        Another name for a whole number as `lattice`.
    progress : bool
    processes, cluster
        Who share the work, as in `compare`; the table is the same.
    dynamics : Dynamics or str
        Equations of the neurons, as in `simulate`; those of the published model, if not given.

    Returns
    -------
    DataFrame
        See `prediction_table`.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> connectome = nfs.load_connectome()
    >>> models = [nfs.Parameters.uniform(connectome, total) for total in (1.5, 2.0)]
    >>> table = predictions(models, extent=1, progress=False)
    >>> float(table.loc[("flash_response_index", "L1"), "agreement"])
    1.0
    """
    dynamics = checked_dynamics(dynamics)
    checked_candidates(ensemble, name="ensemble", at_least=2, dynamics=dynamics)
    where = chosen_lattice(lattice, extent)
    shared = {"lattice": where, "progress": progress, "dynamics": dynamics}
    with open_workers(processes, cluster) as workers:
        measures = validation_measures(ensemble, workers=workers, **shared)
    return prediction_table(measures, studies_by_type())


def prediction_table(
    measures: xr.Dataset,
    measured: dict[str, list[str]] | None = None,
    labels: Labels | None = None,
) -> pd.DataFrame:
    """Lay out what models predict for flashes and edges, cell type by cell type.

    Parameters
    ----------
    measures : Dataset
        From `validation_measures`, with two models or more.
    measured : dict of str to list of str, optional
        Studies that measured a cell type; `studies_by_type` if not given.
    labels : Labels, optional
        What is known; `known_labels` if not given.

    Returns
    -------
    DataFrame
        Indexed by quantity (`PREDICTED`) and cell_type. Columns median, lowest, highest (of a
        preferred direction the mean direction, and the farthest to both sides, not brought to 0
        to 360; selective models only), agreement (0 to 1, see `PREDICTED`), n_models (that have
        the quantity), untrained (what the start predicts: not from the task), known (of
        `known_labels`, polarity as +1 and -1), fitted (whether a model was fitted to anything that
        was recorded of the type: then it is no prediction), studies (of the database, with any
        measurement of the type). Of each quantity, types on which more models agree come first.
        ``attrs`` of the table has the name of the dynamics.
    """
    labels = known_labels() if labels is None else labels
    measured = studies_by_type() if measured is None else measured
    values = quantities_of(measures)
    n_models = (values["candidate"] != START).sum().item()
    if n_models < 2:
        raise InvalidValueError(
            f"there are {n_models} models, but only two or more can agree; take an ensemble."
        )
    speeds = measures["speed"].to_numpy()
    parts = [_of_quantity(values, name, speeds) for name in PREDICTED]
    table = pd.concat(parts, keys=PREDICTED, names=["quantity", "cell_type"])
    table["known"] = pd.Series(_known(labels)).reindex(table.index)
    table["fitted"] = table.index.isin(
        fitted_cell_types(measures.attrs.get("seen", [])), level="cell_type"
    )
    table["studies"] = [", ".join(measured.get(name, ())) for _, name in table.index]
    table.attrs["dynamics"] = measures.attrs.get("dynamics", GRADED.name)
    return table


def quantities_of(measures: xr.Dataset) -> xr.Dataset:
    """Return the quantities of `PREDICTED` of each candidate and cell type.

    Parameters
    ----------
    measures : Dataset
        From `validation_measures`.

    Returns
    -------
    Dataset, dims (candidate, cell_type)
        Best speeds (degrees a second) and preferred directions (degrees) are NaN where a type
        does not respond.
    """
    peak = measures["peak_response"]
    index, direction = direction_selectivity_index(peak), preferred_direction(peak)
    largest = peak.max("angle")
    speed = largest.fillna(-np.inf).idxmax("speed").where(largest.max("speed") > 0)
    found = {"flash_response_index": measures["flash_response_index"]}
    for word, value in CONTRASTS.items():
        found[f"dsi_{word}"] = index.sel(intensity=value)
        found[f"preferred_direction_{word}"] = direction.sel(intensity=value)
        found[f"best_speed_{word}"] = speed.sel(intensity=value)
    return xr.Dataset({name: one.reset_coords(drop=True) for name, one in found.items()})


def _of_quantity(values: xr.Dataset, name: str, speeds: np.ndarray) -> pd.DataFrame:
    """Return the rows of one quantity."""
    table = values[name].transpose("candidate", "cell_type").to_pandas()
    models, start = table.drop(index=START), table.loc[START]
    if name.startswith("preferred_direction"):
        word = name.rsplit("_", 1)[1]
        index = values[f"dsi_{word}"].transpose("candidate", "cell_type").to_pandas()
        models = models.where(index.drop(index=START) >= SELECTIVE)
        rows = {cell_type: _directions(column) for cell_type, column in models.items()}
    else:
        agree = _agreement_on(name, speeds)
        rows = {cell_type: _numbers(column, agree) for cell_type, column in models.items()}
    found = pd.DataFrame.from_dict(rows, orient="index").assign(untrained=start)
    return found.sort_values("agreement", ascending=False, kind="stable")


def _agreement_on(name: str, speeds: np.ndarray) -> Callable:
    if name == "flash_response_index":
        return sign_agreement
    if name.startswith("dsi"):
        return side_agreement
    return lambda values: speed_agreement(values, speeds)


def _numbers(column: pd.Series, agree: Callable) -> dict[str, float]:
    return {
        "median": column.median(),
        "lowest": column.min(),
        "highest": column.max(),
        "agreement": agree(column.to_numpy()),
        "n_models": int(column.notna().sum()),
    }


def _directions(column: pd.Series) -> dict[str, float]:
    mean, away = around_mean_direction(column.to_numpy())
    known = away[np.isfinite(away)]
    return {
        "median": mean,
        "lowest": mean + known.min() if len(known) else np.nan,
        "highest": mean + known.max() if len(known) else np.nan,
        "agreement": float(np.mean(np.abs(away) <= NEAR)),
        "n_models": len(known),
    }


def sign_agreement(values: np.ndarray) -> float:
    """Return the share of numbers with the sign that most have; 0 and NaN have none.

    Examples
    --------
    >>> sign_agreement(np.array([0.2, 0.1, -0.3, 0.0]))
    0.5
    """
    return float(max((values > 0).sum(), (values < 0).sum()) / len(values))


def side_agreement(values: np.ndarray, limit: float = SELECTIVE) -> float:
    """Return the share of numbers on the same side of a limit as most; NaN is on none.

    Examples
    --------
    >>> side_agreement(np.array([0.2, 0.1, 0.0, 0.05]))
    0.75
    """
    return float(max((values >= limit).sum(), (values < limit).sum()) / len(values))


def speed_agreement(values: np.ndarray, speeds: np.ndarray) -> float:
    """Return the share of numbers at most one step of `speeds` from the median; NaN is not.

    Examples
    --------
    >>> speed_agreement(np.array([10.0, 20.0, 20.0, 80.0, np.nan]), np.array([10, 20, 40, 80]))
    0.6
    """
    known = ~np.isnan(values)
    if not known.any():
        return 0.0
    place = np.abs(values[known][:, None] - speeds).argmin(axis=1)
    return float((np.abs(place - np.median(place)) <= 1).sum() / len(values))


def around_mean_direction(angles: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the mean direction, and how far from it each angle is: -180 to 180 degrees.

    Parameters
    ----------
    angles : ndarray, degrees
        NaN has no direction.

    Examples
    --------
    >>> mean, away = around_mean_direction(np.array([350.0, 30.0, np.nan]))
    >>> round(mean, 6), away.round(6).tolist()
    (10.0, [-20.0, 20.0, nan])
    """
    known = angles[~np.isnan(angles)]
    if not len(known):
        return np.nan, np.full(len(angles), np.nan)
    mean = float(np.angle(np.exp(1j * np.deg2rad(known)).sum(), deg=True) % 360)
    return mean, turn(angles, mean)


def _known(labels: Labels) -> dict[tuple[str, str], float]:
    """Return what is known, by (quantity, cell_type)."""
    selective, direction = labels.direction_selective.to_series(), labels.preferred_direction
    contrast = labels.intensity.to_series()
    known = {("flash_response_index", k): v for k, v in labels.polarity.to_series().items()}
    for word, value in CONTRASTS.items():
        for name, label in selective.items():
            if label == 0 or contrast.get(name) == value:
                known["dsi_" + word, name] = label
        for name, angle in direction.to_series().items():
            if contrast[name] == value:
                known["preferred_direction_" + word, name] = angle
    return known


def studies_by_type() -> dict[str, list[str]]:
    """Return which studies of the database have a measurement of a cell type, by its name.

    A study that is not in the database counts for nothing, so a type that is missing here may have
    been recorded all the same.

    Examples
    --------
    >>> found = studies_by_type()
    >>> "gruntman2019" in found["T5a"], "TmY18" in found
    (True, False)
    """
    found: dict[str, list[str]] = {}
    for key in studies().index:
        listed = load_study(key).table["cell_type"].dropna().str.split(r",\s*", regex=True)
        for name in listed.explode().unique():
            found.setdefault(name, []).append(key)
    return found

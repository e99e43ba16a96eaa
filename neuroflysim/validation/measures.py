"""Validation: the headline numbers of models, beside those of the untrained start and of flyvis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files

import numpy as np
import pandas as pd
import xarray as xr
from brian2 import Quantity, ms

from neuroflysim import checks
from neuroflysim.analysis import direction_selectivity_index, preferred_direction
from neuroflysim.connectome import Connectome, load_connectome
from neuroflysim.dynamics import GRADED, Dynamics, checked_dynamics
from neuroflysim.ensembles import Ensemble
from neuroflysim.ensembles.readout import Readout
from neuroflysim.flow.photograph_files import PictureFiles
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice, chosen_lattice
from neuroflysim.parameters import Parameters, checked_candidates
from neuroflysim.parameters.seen import seen_by
from neuroflysim.progress import progress_bar
from neuroflysim.simulation.program import RUNAWAY
from neuroflysim.validation.fitted import fitted_quantities
from neuroflysim.validation.flashes_and_edges import Shown, flash_and_peak
from neuroflysim.validation.flashes_and_edges import n_pieces as pieces_of_stimuli
from neuroflysim.validation.headline import (
    FIXED_SPEED,
    QUANTITIES,
    Labels,
    direction_error,
    headline_numbers,
    known_labels,
    tuning_correlation,
)
from neuroflysim.validation.task import TASK_QUANTITIES, TaskClips, scores_of
from neuroflysim.workers import Workers, open_workers

#: Name of the last candidate.
START = "untrained start"
EDGES = ("true", "flyvis")


def validate(
    parameters: Parameters | Sequence[Parameters] = (),
    *,
    lattice: int | Lattice = DEFAULT_LATTICE,
    extent: int | None = None,
    edges: str = "true",
    time_step: Quantity = 5 * ms,
    task: bool = False,
    photographs: PictureFiles | Mapping[str, np.ndarray] | None = None,
    readout: Readout | None = None,
    start: Parameters | None = None,
    connectome: Connectome | None = None,
    progress: bool = True,
    processes: int | None = 1,
    cluster: str | None = None,
    dynamics: Dynamics | str = GRADED,
) -> pd.DataFrame:
    """Return the headline numbers of models, beside the untrained start and flyvis.

    Flashes of a hexagon of 6 columns give the flash response index; edges in 12 directions, of
    both contrasts and at six speeds give tuning curves, preferred directions and the direction
    selectivity index. With ``task=True`` flow is read out of clips that no fit saw, too.

    Parameters
    ----------
    parameters : Parameters, Ensemble or sequence of Parameters
        One model, or an ensemble. None, if not given: then the untrained start stands alone.
    lattice : int or Lattice
        A whole number is the extent of an open lattice, its radius in columns; a periodic one is
        ``nfs.Lattice(size=(6, 6))``. Extent 15, if not given.
    extent : int, optional
        Another name for a whole number as `lattice`.
    edges, time_step, task, photographs, readout, start, connectome, progress
        See `validation_measures`.
    processes, cluster
        Who share the work, as in `compare`; the numbers are the same.
    dynamics : Dynamics or str
        Equations of the neurons, as in `simulate`; of the untrained start, too. Those of the
        published model, if not given.

    Returns
    -------
    DataFrame
        One row for each of `experiments.headline.QUANTITIES`, and with ``task=True`` of
        `experiments.task_validation.TASK_QUANTITIES`; columns model, model_min, model_max
        (median and range over the models), untrained_start, flyvis, flyvis_min, flyvis_max,
        flyvis_source, fitted (whether a model was fitted to what the number is judged by) and
        meaning. The columns flyvis are what was published, most of it read off a
        figure, and NaN where nothing was; ``nfs.validate(nfs.load_ensemble("flyvis"))`` computes
        these numbers from the published parameters. ``attrs`` of the table has the name of the
        dynamics.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> table = nfs.validate(extent=1, time_step=50*ms)
    >>> table.loc["polarity_count", "untrained_start"].item() > 24
    True
    """
    with open_workers(processes, cluster) as workers:
        measures = validation_measures(
            parameters,
            lattice=chosen_lattice(lattice, extent),
            edges=edges,
            time_step=time_step,
            task=task,
            photographs=photographs,
            readout=readout,
            start=start,
            connectome=connectome,
            progress=progress,
            workers=workers,
            dynamics=dynamics,
        )
    return validation_table(measures)


def validation_measures(
    parameters: Parameters | Sequence[Parameters] = (),
    *,
    lattice: Lattice = DEFAULT_LATTICE,
    edges: str = "true",
    time_step: Quantity = 5 * ms,
    task: bool = False,
    photographs: PictureFiles | Mapping[str, np.ndarray] | None = None,
    readout: Readout | None = None,
    start: Parameters | None = None,
    names: Sequence[str] | None = None,
    connectome: Connectome | None = None,
    progress: bool = True,
    runaway: str = "raise",
    workers: Workers | None = None,
    dynamics: Dynamics | str = GRADED,
) -> xr.Dataset:
    """Simulate flashes and edges; return flash response indices and peak responses.

    Parameters
    ----------
    parameters : Parameters, Ensemble or sequence of Parameters
        The untrained start is added as the last candidate.
    lattice : Lattice
    edges : {"true", "flyvis"}
        Edges that are true to the geometry of the eye, or drawn as flyvis draws them.
    time_step : Quantity [s]
        Of Euler's method in float32. The paper tests its models with 5 ms.
    task : bool
        Add the task score on photographs and layered worlds: some seconds a model. The network
        takes steps of 20 ms for it, as in fits.
    photographs : path-like, list of path-like, or dict of ndarray, optional
        A folder of your own pictures for the task score, instead of those in the box.
    readout : Readout, optional
        From what the task reads flow: that of the ensemble, or else all output types.
    start : Parameters, optional
        The untrained start: that of the ensemble, or else `Parameters.uniform` for the dynamics.
    names : sequence of str, optional
        Of the models: those of the ensemble, or else "model 0" and so on.
    connectome : Connectome, optional
        If not given, that of the first model, or the embedded one.
    progress : bool
        Show a progress bar when it takes more than a few seconds.
    runaway : {"raise", "nan"}
        What a candidate does whose activity runs away: raise RunawayActivityError, or have NaN
        for what was shown to it then, while the others keep their numbers.
    workers : Workers, optional
        Who share the work; this process does it alone, if not given. The numbers are the same.
    dynamics : Dynamics or str
        See `validate`.

    Returns
    -------
    Dataset
        flash_response_index (candidate, cell_type) and peak_response (candidate, cell_type, angle,
        intensity, speed); speeds in degrees a second. With ``task=True`` those of
        `experiments.task_validation.TASK_QUANTITIES` (candidate).

    Examples
    --------
    >>> measures = validation_measures(lattice=Lattice(extent=1), time_step=50*ms)
    >>> dict(measures["peak_response"].sizes)
    {'candidate': 1, 'cell_type': 65, 'angle': 12, 'intensity': 2, 'speed': 6}
    """
    dynamics = checked_dynamics(dynamics)
    models = checked_candidates(parameters, connectome, at_least=0, dynamics=dynamics)
    checks.one_of("edges", edges, EDGES)
    checks.one_of("runaway", runaway, RUNAWAY)
    checks.seconds("time_step", time_step)
    if connectome is None:
        known = [*models, *([] if start is None else [start])]
        connectome = known[0].connectome if known else load_connectome()
    if isinstance(parameters, Ensemble):
        start = parameters.start if start is None else start
        readout = parameters.readout if readout is None else readout
        if names is None:
            names = [f"{parameters.name}/{name}" for name in parameters.names]
    start = Parameters.uniform(connectome, dynamics=dynamics) if start is None else start
    (start,) = checked_candidates(start, connectome, name="start", dynamics=dynamics)
    names = [f"model {k}" for k in range(len(models))] if names is None else list(names)
    candidates = [*models, start]
    shown = Shown(candidates, lattice, edges, time_step, runaway, dynamics)
    clips = None
    if task or photographs is not None:
        clips = TaskClips(candidates, readout or Readout(), lattice, photographs, dynamics)
    n_pieces = pieces_of_stimuli(shown) + (0 if clips is None else len(clips.pieces))
    with progress_bar(progress, total=n_pieces, unit="piece", delay=3, leave=False) as bar:
        flash_index, peak = flash_and_peak(shown, workers, bar)
        scores = None if clips is None else scores_of(clips, workers, bar)
    measures = xr.Dataset(
        {"flash_response_index": flash_index, "peak_response": peak},
        attrs={
            "edges": edges,
            **lattice.arguments,
            "time_step": float(time_step),
            "dynamics": dynamics.name,
            **({"seen": list(seen_by(models))} if seen_by(models) else {}),
        },
    )
    if scores is not None:
        measures = measures.merge(scores)
    return measures.assign_coords(candidate=[*names, START])


def validation_table(measures: xr.Dataset) -> pd.DataFrame:
    """Lay out what `validation_measures` returns as `validate` does.

    Parameters
    ----------
    measures : Dataset

    Returns
    -------
    DataFrame
    """
    numbers = headline_numbers(measures["flash_response_index"], measures["peak_response"])
    task = [name for name in TASK_QUANTITIES if name in measures]
    by_candidate = xr.merge([numbers, measures[task].reset_coords(drop=True)]).to_dataframe()
    models = by_candidate.drop(index=START)
    table = pd.DataFrame(
        {
            "model": models.median(),
            "model_min": models.min(),
            "model_max": models.max(),
            "untrained_start": by_candidate.loc[START],
        }
    )
    published = published_numbers().reindex(table.index)
    table = table.join(published[["flyvis", "flyvis_min", "flyvis_max", "flyvis_source"]])
    seen = measures.attrs.get("seen", [])
    table["fitted"] = table.index.isin(fitted_quantities(list(table.index), seen))
    table["meaning"] = pd.Series(QUANTITIES | TASK_QUANTITIES)
    table.attrs["dynamics"] = measures.attrs.get("dynamics", GRADED.name)
    return table.rename_axis("quantity")


def published_numbers() -> pd.DataFrame:
    """Return what flyvis' authors published of their own models, with the source of each number.

    Returns
    -------
    DataFrame
        Rows: quantities. Columns flyvis, flyvis_min, flyvis_max, models, support and
        flyvis_source.

    Examples
    --------
    >>> published_numbers().loc["tuning_r_T4", "flyvis"].item()
    0.86
    """
    path = files("neuroflysim.experiments_db") / "published_models.csv"
    with path.open(encoding="utf-8") as file:
        return pd.read_csv(file, index_col="quantity")


def cell_type_table(measures: xr.Dataset, labels: Labels | None = None) -> pd.DataFrame:
    """Return the numbers behind the headline ones: one row for each candidate and cell type.

    Parameters
    ----------
    measures : Dataset
        From `validation_measures`.
    labels : Labels, optional
        What is known; `known_labels` if not given.

    Returns
    -------
    DataFrame
        Indexed by candidate and cell_type: flash response index, direction selectivity index
        and preferred direction (degrees) for dark (off) and bright (on) edges, what is known of
        the type, the distance to its known preferred direction, and the correlation with its known
        tuning curve at the best speed (degrees a second), and at 19 columns a second.
    """
    labels = known_labels() if labels is None else labels
    peak = measures["peak_response"]
    curve_r = tuning_correlation(peak, labels)
    by_contrast = {"off": 0, "on": 1}
    index, direction = direction_selectivity_index(peak), preferred_direction(peak)
    columns = {
        "flash_response_index": measures["flash_response_index"],
        **{f"dsi_{k}": index.sel(intensity=v) for k, v in by_contrast.items()},
        **{f"preferred_direction_{k}": direction.sel(intensity=v) for k, v in by_contrast.items()},
        "known_polarity": labels.polarity,
        "known_direction_selective": labels.direction_selective,
        "known_preferred_direction": labels.preferred_direction,
        "preferred_direction_error": direction_error(peak, labels),
        "tuning_r_best_speed": curve_r.max("speed"),
        "best_speed": curve_r.idxmax("speed"),
        "tuning_r_at_one_speed": curve_r.sel(speed=FIXED_SPEED, method="nearest"),
    }
    table = xr.Dataset({name: values.reset_coords(drop=True) for name, values in columns.items()})
    order = peak["cell_type"].to_numpy()
    return table.reindex(cell_type=order).to_dataframe(dim_order=("candidate", "cell_type"))

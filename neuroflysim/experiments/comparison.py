"""Model and fly side by side: one row for each measurement."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from neuroflysim.analysis.directions import turn
from neuroflysim.dynamics import GRADED, Dynamics, checked_dynamics
from neuroflysim.experiments.database import chosen_studies
from neuroflysim.experiments.judging.ceiling import between_studies
from neuroflysim.experiments.judging.fitted import fitted_rows
from neuroflysim.experiments.judging.of_study import judge
from neuroflysim.experiments.model_values import model_values
from neuroflysim.experiments.study import Measure, Study, StudyOrName
from neuroflysim.experiments.tangential import askable
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice, chosen_lattice
from neuroflysim.parameters import Parameters, checked_candidates
from neuroflysim.parameters.seen import seen_by
from neuroflysim.workers import Workers, open_workers


def compare(
    parameters: Parameters | Sequence[Parameters],
    studies: StudyOrName | Sequence[StudyOrName] = "all",
    *,
    lattice: int | Lattice = DEFAULT_LATTICE,
    extent: int | None = None,
    progress: bool = True,
    watch: Callable | None = None,
    processes: int | None = 1,
    cluster: str | None = None,
    dynamics: Dynamics | str = GRADED,
) -> pd.DataFrame:
    """Show the stimuli of studies to the model and set its responses beside the recordings.

    Parameters
    ----------
    parameters : Parameters, Ensemble or list of Parameters
        A list is an ensemble: the table gives median and range over it.
    studies : "all", str, path-like, Study or list of these
        Names of the database, or folders.
    lattice : int or Lattice
        A whole number is the extent of an open lattice, its radius in columns; a periodic one is
        ``nfs.Lattice(size=(6, 6))``. Extent 15, if not given.
    extent : int, optional
        Another name for a whole number as `lattice`.
    progress : bool
        Show a progress bar over the work: experiments, of some models each.
    watch : callable, optional
        Called in this process with (list of (study, experiment), luminance, responses) for each
        stimulus, for example to draw traces; experiments that show the same share it.
    processes : int, optional
        Processes of this machine that share the work; with 1 this one does it, and None is as
        many as there are cores. The table is the same.
    cluster : str, optional
        Address of a Dask scheduler whose workers share the work instead, or "local" for a cluster
        of `processes` on this machine.
    dynamics : Dynamics or str
        Equations of the neurons, as in `simulate`; those of the published model, if not given.

    Returns
    -------
    DataFrame
        One row for each measurement. study, measure, cell_type, condition; fly, unit, spread, n,
        support as in the study's table; model (median over candidates), model_min, model_max in
        the unit of the fly's value; agreement_kind and agreement (-1 to 1, median over the
        candidates' agreements; NaN if not replayed); between_studies (the same between this study
        and others); group (rows of one correlation or rank share it); strict (whether it counts
        in the strict score); fitted (whether one of the models was fitted to this row or the like
        of it, see `Parameters.seen`: it counts in no score then); beside (of a row of HS or VS, the
        measure of the proxy whose finding it repeats: it counts in no score; else empty);
        experiment, function; dynamics (the name of
        it); why_not (why it is not replayed, else empty); row (file and line).

    Raises
    ------
    StudyError
        If a study cannot be used: names file, row and cure.
    RunawayActivityError
        If the model's activity grows beyond all bounds under one of the stimuli.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> start = nfs.Parameters.uniform(nfs.load_connectome())
    >>> table = nfs.compare(start, "hardie1989", extent=1, progress=False)
    >>> table.loc[[1], ["measure", "cell_type", "fly", "agreement"]].values.tolist()
    [['polarity', 'L1', 'OFF', 1.0]]
    """
    dynamics = checked_dynamics(dynamics)
    candidates = checked_candidates(parameters, dynamics=dynamics)
    lattice = chosen_lattice(lattice, extent)
    chosen = chosen_studies(studies, dynamics.modulators)
    with open_workers(processes, cluster) as workers:
        return comparison(
            candidates,
            chosen,
            lattice=lattice,
            progress=progress,
            watch=watch,
            workers=workers,
            dynamics=dynamics,
        )


def comparison(
    candidates: list[Parameters],
    chosen: list[Study],
    *,
    lattice: Lattice = DEFAULT_LATTICE,
    progress: bool = True,
    watch: Callable | None = None,
    workers: Workers | None = None,
    dynamics: Dynamics = GRADED,
) -> pd.DataFrame:
    """Return the table of `compare`, with the work of workers that there are already.

    Parameters
    ----------
    candidates : list of Parameters
    chosen : list of Study
    lattice, progress, watch
        See `compare`.
    workers : Workers, optional
        This process, if not given.
    dynamics : Dynamics
        For which the candidates are.
    """
    chosen = askable(chosen, candidates[0].connectome)
    values = model_values(
        chosen,
        candidates,
        lattice=lattice,
        progress=progress,
        watch=watch,
        workers=workers,
        dynamics=dynamics,
    )
    seen = seen_by(candidates)
    tables = [compared(study, values[study.key], chosen, dynamics.name, seen) for study in chosen]
    return pd.concat(tables, ignore_index=True) if tables else _as_table([])


COLUMNS = [
    *("study", "measure", "cell_type", "condition", "fly", "unit", "spread", "n", "support"),
    *("model", "model_min", "model_max", "agreement_kind", "agreement", "between_studies"),
    *(
        "group",
        "strict",
        "fitted",
        "beside",
        "experiment",
        "function",
        "dynamics",
        "why_not",
        "row",
    ),
]


def compared(
    study: Study,
    values: np.ndarray,
    others: Sequence[Study] = (),
    dynamics: str = GRADED.name,
    seen: Sequence[str] = (),
) -> pd.DataFrame:
    """Return the table of one study for values of a model, wherever they come from.

    Parameters
    ----------
    study : Study
    values : ndarray, shape (candidate, measurement)
        One value for each of ``study.measurements``, in its unit.
    others : sequence of Study
        Beside those of the database, for the ceiling.
    dynamics : str
        Name of the equations that the values come from.
    seen : sequence of str
        What fits of the models have seen, see `Parameters.seen`.

    Returns
    -------
    DataFrame
        As from `compare`.
    """
    known = {other.key: other for other in (*chosen_studies("all"), *others)}
    rows = _rows(study, values, list(known.values()), fitted_rows(study, seen))
    return _as_table([{**row, "dynamics": dynamics} for row in rows])


def _as_table(rows: list[dict]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS).astype(
        {"n": "Int64", "strict": bool, "fitted": bool}
    )


def _rows(study: Study, values: np.ndarray, known: list[Study], fitted: np.ndarray):
    agreements, between = judge(study, values), between_studies(study, known)
    for index, row in enumerate(study.measurements):
        measure = study.measures.get(row.measure)
        middle, low, high = _middle_and_range(values[:, index], measure)
        yield {
            "study": study.key,
            "measure": row.measure,
            "cell_type": row.cell_type,
            "condition": row.condition,
            "fly": row.value,
            "unit": row.unit,
            "spread": row.spread,
            "n": row.n,
            "support": row.support,
            "model": middle,
            "model_min": low,
            "model_max": high,
            "agreement_kind": measure.agreement.kind if measure else "",
            "agreement": agreements[index],
            "between_studies": between[index],
            "group": study.group(row) if measure else "",
            "strict": study.counts(row) and not fitted[index],
            "fitted": fitted[index],
            "beside": study.beside(row),
            "experiment": measure.experiment if measure else "",
            "function": measure.function if measure else "",
            "why_not": study.not_replayed.get(row.measure, ""),
            "row": study.place(row),
        }


def _middle_and_range(values: np.ndarray, measure: Measure | None) -> tuple[float, float, float]:
    """Return median, smallest and largest value; angles are counted from their middle."""
    values = values[np.isfinite(values)]
    if not len(values):
        return np.nan, np.nan, np.nan
    if measure is None or measure.agreement.kind != "circular":
        return float(np.median(values)), values.min(), values.max()
    distances = turn(values, values[:, None])
    middle = np.abs(distances).sum(axis=1).argmin()  # the one that is nearest to all others
    around = values[middle] + distances[middle]
    return values[middle], around.min(), around.max()

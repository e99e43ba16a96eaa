"""Fits of several seeds: one in each process, which is how cores are used best."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pandas as pd

from neuroflysim.connectome import Connectome
from neuroflysim.dynamics import GRADED, Dynamics
from neuroflysim.errors import InvalidValueError
from neuroflysim.files import written_whole
from neuroflysim.fit import folder as files
from neuroflysim.fit.contract import Objective
from neuroflysim.fit.identity import Identity
from neuroflysim.fit.plan import stages_of
from neuroflysim.fit.problem import problem_of
from neuroflysim.fit.recipe import Recipe
from neuroflysim.fit.result import Fit
from neuroflysim.fit.run import fit
from neuroflysim.machine.processor import processor_name
from neuroflysim.parameters import Parameters
from neuroflysim.progress import progress_bar
from neuroflysim.workers import Workers, open_workers

#: The table of the fits in their folder.
TABLE = "fits.csv"


def fit_seeds(
    objective: str | Recipe | Objective,
    seeds: Sequence[int],
    folder: str | os.PathLike[str],
    *,
    dynamics: Dynamics | str = GRADED,
    free: Any = None,
    start: Parameters | str | os.PathLike[str] | None = None,
    search: str | None = None,
    evaluations: int | None = None,
    population: int | None = None,
    step_size: float | None = None,
    connectome: Connectome | None = None,
    processes: int | None = None,
    cluster: str | None = None,
    resume: bool = False,
    other_processor: bool = False,
    progress: bool = True,
    command: str = "",
) -> list[Fit]:
    """Fit with several seeds, each in a folder of its own: 000, 001 and so on.

    Parameters
    ----------
    objective : str, Recipe or Objective
    seeds : sequence of int
    folder : path-like
        Of the folders. Workers of a cluster that can write there do so after every generation;
        others send their result at the end.
    dynamics, free, start, search, evaluations, population, step_size
        See `neuroflysim.fit`.
    connectome, processes, cluster, resume, other_processor, progress, command
        See `neuroflysim.fit`; here each process has a fit of its own.

    Returns
    -------
    list of Fit
        In the order of the seeds; those that failed the stability check are among them.

    Raises
    ------
    InvalidValueError
        If a seed is named twice, or a folder holds another fit; nothing has begun then.

    Examples
    --------
    >>> import tempfile
    >>> import neuroflysim as nfs
    >>> short = nfs.Recipe(
    ...     readout="all", pooling=1, textures=2,
    ...     stages=[nfs.Stage(evaluations=4, population=4, step_size=0.3)])
    >>> fits = fit_seeds(short, [0, 1], tempfile.mkdtemp(), processes=1, progress=False)
    >>> table_of(fits)["model"].tolist()
    ['000', '001']
    """
    if not len(seeds) or len(set(seeds)) < len(seeds):
        raise InvalidValueError(f"seeds are {list(seeds)}, but must be one or more, each once.")
    folders = [Path(folder) / f"{seed:03d}" for seed in seeds]
    # Workers of a cluster may have another processor than this process; they look themselves.
    here = None if other_processor or cluster is not None else processor_name()
    problem = problem_of(objective, connectome, dynamics=dynamics, start=start, free=free)
    plan = {
        "search": search,
        "evaluations": evaluations,
        "population": population,
        "step_size": step_size,
    }
    stages = stages_of(problem.objective, **plan)
    for seed, own in zip(seeds, folders, strict=True):
        files.prepared(own, resume, Identity.of(problem, stages, seed), here)
    asked = {
        **plan,
        "dynamics": problem.model.dynamics,
        "free": free,
        "start": problem.coordinates.start if start is not None else None,
        "connectome": problem.model.connectome,
        "other_processor": other_processor,
        "command": command,
    }
    with open_workers(processes, cluster, alone=False) as workers:
        task = problem.objective
        begun = [
            cast(Workers, workers).submit(_one, task, seed, str(own.absolute()), asked)
            for seed, own in zip(seeds, folders, strict=True)
        ]
        made = zip(begun, folders, strict=True)
        bar = progress_bar(progress, made, total=len(begun), unit="fit")
        fits = [_written(one.result(), own) for one, own in bar]
    with written_whole(Path(folder) / TABLE) as temporary:
        table_of(fits).to_csv(temporary, index=False)
    return fits


def _one(objective: Objective, seed: int, folder: str, asked: dict[str, Any]) -> Fit:
    """Fit where this is called, in its folder if that can be seen from here."""
    return fit(
        objective,
        seed,
        folder if Path(folder).is_dir() else None,
        **asked,
        processes=1,
        threads=1,
        resume=True,
        progress=False,
    )


def _written(one: Fit, folder: Path) -> Fit:
    """Write what a worker that does not see the folder has sent."""
    if one.folder is None:
        files.write(folder, one.parameters, one.record, one.learning_curve)
    return Fit(one.parameters, one.record, one.learning_curve, folder)


def table_of(fits: Sequence[Fit]) -> pd.DataFrame:
    """Return one row a fit: model, seed, stable, failure, r2 (or another score), evaluations,
    seconds, core_seconds.

    Parameters
    ----------
    fits : sequence of Fit
    """
    records = [one.record for one in fits]
    return pd.DataFrame(
        {
            "model": [f"{record['seed']:03d}" for record in records],
            "seed": [record["seed"] for record in records],
            "stable": [one.stable for one in fits],
            "failure": ["" if f.stable else f.record["stability"]["reason"] for f in fits],
            fits[0].score_name: [one.score for one in fits],
            **{
                name: [record[name] for record in records]
                for name in ("evaluations", "seconds", "core_seconds")
            },
        }
    )

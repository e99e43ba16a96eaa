"""Making a board: row by row, each kept as soon as it is known."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from attrs import evolve
from tqdm import tqdm

from neuroflysim._version import __version__
from neuroflysim.dynamics import GRADED, Dynamics, checked_dynamics
from neuroflysim.errors import NeuroFlySimError
from neuroflysim.experiments.database import chosen_studies
from neuroflysim.experiments.study import StudyOrName
from neuroflysim.files import made_folder
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice, chosen_lattice
from neuroflysim.machine.processor import processor_name
from neuroflysim.scoreboard import row_files
from neuroflysim.scoreboard.boards import Board, board_of
from neuroflysim.scoreboard.box import chosen_entries
from neuroflysim.scoreboard.entry import Entry, Models
from neuroflysim.scoreboard.judging import Judgement, judge, troubled
from neuroflysim.workers import open_workers


def board(
    rows: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = "all",
    *,
    folder: str | os.PathLike[str] | None = None,
    lattice: int | Lattice = DEFAULT_LATTICE,
    extent: int | None = None,
    studies: StudyOrName | Sequence[StudyOrName] = "all",
    processes: int | None = 1,
    cluster: str | None = None,
    progress: bool = True,
    dynamics: Dynamics | str = GRADED,
) -> Board:
    """Judge models alike: by what is known of the fly, by their task, and by all studies.

    Parameters
    ----------
    rows : "all", str, path-like or list of these
        Names of rows in the box (`scoreboard.entries` has them), or folders of your own: ensembles,
        or parameter files. A row that cannot be judged says why, and the other rows stand.
    folder : path-like, optional
        Where each judgement is kept as soon as it is known. What is there and is of the same
        models, studies and version is not computed again.
    lattice : int or Lattice
        A whole number is the extent of an open lattice, its radius in columns; a periodic one is
        ``nfs.Lattice(size=(6, 6))``. Extent 15, if not given.
    extent : int, optional
        Another name for a whole number as `lattice`.
    studies : "all", str, path-like, Study or list of these
    processes : int
        That share the work; the numbers are the same.
    cluster : str, optional
        Address of a Dask scheduler, or "local".
    progress : bool
    dynamics : Dynamics or str
        Equations of the neurons, as in `simulate`, with which all models are asked; those of the
        published model, if not given. Flow is read by a readout that is fitted to what the cells
        do with these equations. Models that lack parameters of the dynamics cannot be judged.

    Returns
    -------
    Board

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> found = nfs.board("no_response", extent=3, studies="behnia2014", progress=False)
    >>> found.table.loc["no_response", "polarity"].item()  # neither ON nor OFF: no agreement
    0.0
    """
    lattice, dynamics = chosen_lattice(lattice, extent), checked_dynamics(dynamics)
    chosen, asked = chosen_entries(rows), chosen_studies(studies, dynamics.modulators)
    keep = None if folder is None else made_folder(made_folder(folder) / "rows")
    done: list[tuple[Models, Judgement]] = []
    with open_workers(processes, cluster) as workers:
        for number, entry in enumerate(chosen):
            if progress and len(chosen) > 1:
                tqdm.write(f"{number + 1} of {len(chosen)}: {entry.name}")
            options = {
                "lattice": lattice,
                "workers": workers,
                "progress": progress,
                "dynamics": dynamics,
            }
            done.append(_judged(entry, asked, keep, done, options))
    return board_of(chosen, [judgement for _, judgement in done], asked)


def _judged(
    entry: Entry,
    studies: list,
    keep: Path | None,
    done: list[tuple[Models, Judgement]],
    options: dict,
) -> tuple[Models, Judgement]:
    """Return the models of a row, and their judgement: one that is kept or known, or a new one."""
    try:
        models = entry.load()
    except NeuroFlySimError as error:
        return Models({}), troubled(entry.name, str(error), dynamics=options["dynamics"].name)
    identity = row_files.identity_of(
        entry, models, studies, options["lattice"], options["dynamics"]
    )
    path = None if keep is None else keep / f"{entry.name}.json"
    if path is not None and path.is_file():
        known = row_files.read(path)
        if (known.identity, known.made.get("version")) == (identity, __version__):
            return models, known
    found = _part_of(entry, models, done) or judge(entry, models, studies, **options)
    made = {
        "version": __version__,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": processor_name(),
    }
    found = evolve(found, identity=identity, made=made)
    if path is not None:
        row_files.write(path, found)
    return models, found


def _part_of(
    entry: Entry, models: Models, done: list[tuple[Models, Judgement]]
) -> Judgement | None:
    """Return the judgement of models that are all in a row that was judged before, if they are."""
    names = list(models.parameters)
    for whole, judgement in done:
        if (
            names
            and not judgement.trouble
            and models.readout == whole.readout
            and set(models.failed) <= set(whole.failed)
            and all(one == whole.parameters.get(name) for name, one in models.parameters.items())
        ):
            listed = judgement.models.loc[[*names, *models.failed]]
            return evolve(
                judgement,
                row=entry.name,
                models=listed,
                agreements=judgement.agreements.loc[names],
            )
    return None

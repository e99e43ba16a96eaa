"""Making a board: row by row, each kept as soon as it is known."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from attrs import evolve
from tqdm import tqdm

from neuroflysim._version import __version__
from neuroflysim.connectome import Connectome
from neuroflysim.dynamics import GRADED, Dynamics, checked_dynamics
from neuroflysim.errors import NeuroFlySimError
from neuroflysim.experiments.database import chosen_studies
from neuroflysim.experiments.loading.checksum import checksum_of
from neuroflysim.experiments.study import StudyOrName
from neuroflysim.files import made_folder
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice, chosen_lattice
from neuroflysim.machine.processor import processor_name
from neuroflysim.parameters.seen import seen_by
from neuroflysim.scoreboard import row_files
from neuroflysim.scoreboard.boards import Board, board_of
from neuroflysim.scoreboard.box import chosen_entries
from neuroflysim.scoreboard.entry import Entry, Models
from neuroflysim.scoreboard.judging import Judgement, judge, judge_more, troubled
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
    connectome: Connectome | None = None,
) -> Board:
    """Judge models alike: by what is known of the fly, by their task, and by all studies.

    Parameters
    ----------
    rows : "all", str, path-like or list of these
        Names of rows in the box (`scoreboard.entries` has them), or folders of your own: ensembles,
        or parameter files. A row that cannot be judged says why, and the other rows stand.
    folder : path-like, optional
        Where each judgement is kept as soon as it is known. What is there and is of the same
        models and version is not computed again, study by study: after a change of one study only
        this one is asked.
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
    connectome : Connectome, optional
        Of the models in folders of your own; the embedded one, if not given. Rows in the box keep
        theirs.

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
    chosen, asked = chosen_entries(rows, connectome), chosen_studies(studies, dynamics.modulators)
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
    identity = row_files.identity_of(entry, models, options["lattice"], options["dynamics"])
    sums = {study.key: checksum_of(study) for study in studies}
    path = None if keep is None else keep / f"{entry.name}.json"
    known = _known(path, identity)
    if known is not None and known.studies == sums:
        return models, known
    if part := _part_of(entry, models, done):
        found = evolve(part, identity=identity)
    elif known is not None and not known.trouble:
        found = _brought_up_to_date(known, models, studies, sums, options)
    else:
        found = judge(entry, models, studies, **options)
        found = evolve(found, identity=identity, made=_made(), studies=sums)
    found = evolve(found, seen=seen_by(models.parameters.values()))
    if path is not None:
        row_files.write(path, found)
    return models, found


def _known(path: Path | None, identity: str) -> Judgement | None:
    """Return what is kept of a row, if it is of the same models and version."""
    if path is None or not path.is_file():
        return None
    known = row_files.read(path)
    same = (known.identity, known.made.get("version")) == (identity, __version__)
    return known if same else None


def _brought_up_to_date(
    known: Judgement, models: Models, studies: list, sums: dict[str, str], options: dict
) -> Judgement:
    """Ask only about studies that are new or were changed since, and leave out what is gone."""
    new = [study for study in studies if known.studies.get(study.key) != sums[study.key]]
    found = judge_more(known, models, studies, new, **options)
    if found.trouble:
        return evolve(found, identity=known.identity, made=_made(), studies=sums)
    asked = dict.fromkeys((study.key for study in new), _made())
    later = {**known.later, **asked}
    later = {study.key: later[study.key] for study in studies if study.key in later}
    return evolve(found, studies=sums, later=later)


def _made() -> dict[str, str]:
    """Return what is written down of a judgement that is made now."""
    return {
        "version": __version__,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": processor_name(),
    }


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

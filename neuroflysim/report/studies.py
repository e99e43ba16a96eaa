"""The report: model and fly side by side, study by study, in one HTML file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import pandas as pd

from neuroflysim import checks
from neuroflysim.dynamics import GRADED, Dynamics, checked_dynamics
from neuroflysim.experiments.comparison import comparison
from neuroflysim.experiments.database import chosen_studies
from neuroflysim.experiments.study import Study, StudyOrName
from neuroflysim.files import writable, written_whole
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice
from neuroflysim.parameters import Parameters, checked_candidates
from neuroflysim.report.headline import Headline, headline
from neuroflysim.report.overview import counts, measure_scores, not_replayed, study_scores
from neuroflysim.report.page import render
from neuroflysim.report.pictures import Picture
from neuroflysim.report.provenance import Provenance, provenance
from neuroflysim.report.sections import KINDS, section
from neuroflysim.report.traces import Traces
from neuroflysim.validation.measures import validation_measures, validation_table
from neuroflysim.workers import open_workers


def write_report(
    path: str | os.PathLike[str],
    parameters: Parameters | Sequence[Parameters],
    studies: StudyOrName | Sequence[StudyOrName] = "all",
    *,
    names: Sequence[str] | None = None,
    lattice: Lattice = DEFAULT_LATTICE,
    with_headline: bool = True,
    progress: bool = True,
    command: str = "",
    processes: int | None = 1,
    cluster: str | None = None,
    dynamics: Dynamics | str = GRADED,
) -> Path:
    """Compare models with recordings and write what comes out as one HTML file.

    Parameters
    ----------
    path : path-like
        Ends in .html.
    parameters : Parameters or sequence of Parameters
        Several are an ensemble: median and range are told.
    studies : "all", str, path-like, Study or list of these
    names : sequence of str, optional
        What the models are called; "model 1" and so on, if not given.
    lattice : Lattice
    with_headline : bool
        Whether the headline numbers of the paper are computed, too.
    progress : bool
    command : str
        What was typed to make this report.
    processes, cluster
        Who share the work, as in `compare`; the report is the same.
    dynamics : Dynamics or str
        Equations of the neurons, as in `compare`.

    Returns
    -------
    Path
    """
    path = writable(path)
    checks.one_of("the suffix of a report", path.suffix, (".html",))
    dynamics = checked_dynamics(dynamics)
    candidates = checked_candidates(parameters, dynamics=dynamics)
    names = names or [f"model {k + 1}" for k in range(len(candidates))]
    origin = provenance(candidates, names, lattice, command, dynamics)
    chosen, traces = chosen_studies(studies, dynamics.modulators), Traces()
    numbers = None
    shared = {"lattice": lattice, "progress": progress, "dynamics": dynamics}
    with open_workers(processes, cluster) as workers:
        table = comparison(candidates, chosen, watch=traces, workers=workers, **shared)
        if with_headline:
            trained = [
                candidate
                for candidate, model in zip(candidates, origin.models, strict=True)
                if not model.untrained
            ]
            measures = validation_measures(
                trained, connectome=candidates[0].connectome, workers=workers, **shared
            )
            numbers = headline(validation_table(measures))
    page = report_page(chosen, table, origin, traces.pictures, numbers)
    with written_whole(path) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return path


def report_page(
    studies: Sequence[Study],
    table: pd.DataFrame,
    origin: Provenance,
    traces: Mapping[tuple[str, str], Mapping[str, Picture]],
    numbers: Headline | None = None,
) -> str:
    """Return the page for a comparison, wherever its numbers come from.

    Parameters
    ----------
    studies : sequence of Study
    table : DataFrame
        From `neuroflysim.compare`, for these studies.
    origin : Provenance
    traces : mapping of (study, experiment) to mapping of str to Picture
        Of each fly.
    numbers : Headline, optional

    Returns
    -------
    str
        HTML with everything inside.
    """
    of_studies = study_scores(studies, table).to_dict("index")
    thumbnails: dict = {}
    sections = [
        section(
            study, table[table["study"] == study.key], of_studies[study.key], traces, thumbnails
        )
        for study in studies
    ]
    return render(
        origin=origin,
        counts=counts(studies, table),
        sections=sections,
        measures=measure_scores(table).to_dict("records"),
        not_replayed=not_replayed(table),
        headline=numbers,
        paper=paper_studies(),
        kinds=KINDS,
    )


def paper_studies() -> list[dict[str, str]]:
    """Return the list of studies that the paper compares with, one dict a row of the table."""
    path = files("neuroflysim.experiments_db") / "paper_studies.csv"
    with path.open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype=str, keep_default_na=False).to_dict("records")

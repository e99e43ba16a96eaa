"""Commands that ask the model what flies were asked, and compare the answers."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from neuroflysim.cli import completion
from neuroflysim.cli.options import (
    AsJson,
    Cluster,
    DynamicsName,
    Extent,
    Folder,
    ParameterFile,
    ParameterFiles,
    Processes,
    ResponseFile,
    StudyNames,
)


def studies(
    name: Annotated[
        str | None,
        typer.Argument(
            help="Tell all about this study, by its name or its folder.",
            autocompletion=completion.study,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the studies of the experiments database, or tell what one of them holds.

    \b
    Examples:
      neuroflysim studies
      neuroflysim studies gruntman2019
      neuroflysim studies my/lab2026
    """
    from neuroflysim.cli.output import print_json
    from neuroflysim.experiments import load_study
    from neuroflysim.experiments import studies as listed
    from neuroflysim.report.study_text import describe_study, study_summary

    if name is not None:
        study = load_study(name)
        print_json(study_summary(study)) if as_json else typer.echo(describe_study(study))
        return
    if as_json:
        print_json(listed().reset_index())
        return
    typer.echo(f"{'study':22}year  replayed    measures that are replayed")
    for key, line in listed().iterrows():
        replayed = line["replayed"] or "nothing is replayed"
        typer.echo(
            f"{key:22}{line['year']}  {line['replayed_rows']:3} of {line['rows']:3}  {replayed}"
        )


def replay(
    study: Annotated[
        str,
        typer.Argument(
            help="Show the stimulus of this study, by its name or its folder.",
            autocompletion=completion.study,
        ),
    ],
    output: ResponseFile,
    parameters: ParameterFile = None,
    experiment: Annotated[
        str | None,
        typer.Option(help="Show this experiment of the study. Without it the first is shown."),
    ] = None,
    folder: Folder = None,
    extent: Extent = 15,
    dynamics: DynamicsName = "graded",
    as_json: AsJson = False,
) -> None:
    """Show the stimulus of a study to the model, and write the responses.

    \b
    Examples:
      neuroflysim replay gruntman2019 -o gruntman2019.nc
      neuroflysim replay gruntman2019 --experiment moving_bars -o bars.nc
    """
    from neuroflysim.cli.arguments import candidates_of
    from neuroflysim.cli.output import require_suffix, tell_responses
    from neuroflysim.connectome import load_connectome
    from neuroflysim.experiments import replay as run

    require_suffix("--output", output, (".nc", ".csv", ".nwb"))
    loaded = load_connectome(folder)
    candidates = candidates_of([parameters] if parameters else [], loaded, dynamics)
    responses = run(study, candidates, experiment, lattice=extent, dynamics=dynamics)
    responses.save(output)
    tell_responses(responses, output, as_json)


def compare(
    parameters: ParameterFiles = None,
    studies: StudyNames = "all",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Write the whole table to this .csv file.", metavar="FILE"
        ),
    ] = None,
    folder: Folder = None,
    extent: Extent = 15,
    processes: Processes = None,
    cluster: Cluster = None,
    dynamics: DynamicsName = "graded",
    as_json: AsJson = False,
) -> None:
    """Show the stimuli of studies to the model, and score its responses against the recordings.

    \b
    Examples:
      neuroflysim compare
      neuroflysim compare mine.json --studies maisak2013 -o table.csv
      neuroflysim compare flow --json
      neuroflysim compare flow/000 --dynamics conductance -o table.csv
    """
    from neuroflysim.cli.arguments import candidates_of, studies_named
    from neuroflysim.cli.output import print_json, require_suffix, save_table
    from neuroflysim.connectome import load_connectome
    from neuroflysim.experiments import compare as run
    from neuroflysim.experiments import scores

    require_suffix("--output", output, (".csv",))
    candidates = candidates_of(parameters or [], load_connectome(folder), dynamics)
    table = run(
        candidates,
        studies_named(studies),
        lattice=extent,
        processes=processes,
        cluster=cluster,
        dynamics=dynamics,
    )
    if as_json:
        print_json(scores(table))
    else:
        typer.echo(scores(table).round(2).to_string(index=False, na_rep=""))
        if table["fitted"].any():
            typer.echo(f"\n{table['fitted'].sum()} rows were fitted to; they are in no score.")
        if dynamics != "graded":
            typer.echo(f"\nWith dynamics {dynamics}.")
    if output is not None:
        save_table(table, output, index=False)
        typer.echo(f"\n{output}", err=as_json)


def report(
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="Write the page to this .html file.", metavar="FILE"),
    ],
    parameters: ParameterFiles = None,
    studies: StudyNames = "all",
    headline: Annotated[
        bool,
        typer.Option(help="Compute the headline numbers of the paper, too, which takes minutes."),
    ] = True,
    folder: Folder = None,
    extent: Extent = 15,
    processes: Processes = None,
    cluster: Cluster = None,
    dynamics: DynamicsName = "graded",
) -> None:
    """Write one HTML file: model and fly side by side, with pictures, study by study.

    \b
    Examples:
      neuroflysim report -o report.html
      neuroflysim report mine.json --studies maisak2013 -o report.html
      neuroflysim report flow --no-headline -o flow.html
    """
    from neuroflysim.cli.arguments import candidates_of, models_named, studies_named
    from neuroflysim.cli.output import require_suffix
    from neuroflysim.connectome import load_connectome
    from neuroflysim.lattice import Lattice
    from neuroflysim.report.studies import write_report

    require_suffix("--output", output, (".html",))
    loaded = load_connectome(folder)
    models = models_named(parameters or [], loaded)
    typer.echo(
        write_report(
            output,
            models.parameters or candidates_of([], loaded, dynamics),
            studies_named(studies),
            names=models.names or ["untrained start"],
            lattice=Lattice(extent=extent),
            with_headline=headline,
            processes=processes,
            cluster=cluster,
            command=shlex.join(["neuroflysim", *sys.argv[1:]]),
            dynamics=dynamics,
        )
    )

"""Commands about fitted models: what is in the box, how good they are, what they predict."""

from __future__ import annotations

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
    ParameterFiles,
    Processes,
)


def ensembles(as_json: AsJson = False) -> None:
    """List the ensembles of fitted models in the box.

    \b
    Examples:
      neuroflysim ensembles
      neuroflysim ensembles --json
    """
    from neuroflysim.cli.output import print_json
    from neuroflysim.report.ensembles import describe_ensembles, ensembles_table

    print_json(ensembles_table()) if as_json else typer.echo(describe_ensembles())


def validate(
    parameters: ParameterFiles = None,
    folder: Folder = None,
    extent: Extent = 15,
    flyvis_edges: Annotated[
        bool,
        typer.Option(
            "--flyvis-edges",
            help="Draw edges as flyvis does, to compare number by number. Without it edges are"
            " true to the geometry of the eye.",
        ),
    ] = False,
    time_step: Annotated[
        float, typer.Option(help="Take steps of this length, in milliseconds.")
    ] = 5.0,
    task: Annotated[
        bool,
        typer.Option(
            "--task",
            help="Add the task score on images that no fit saw, which takes seconds a model.",
        ),
    ] = False,
    photographs: Annotated[
        Path | None,
        typer.Option(
            help="Take the pictures in this folder, two or more, for the task score.",
            metavar="FOLDER",
        ),
    ] = None,
    processes: Processes = None,
    cluster: Cluster = None,
    dynamics: DynamicsName = "graded",
    as_json: AsJson = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the numbers to this .csv file.", metavar="FILE"),
    ] = None,
    cell_types: Annotated[
        Path | None,
        typer.Option(help="Write the numbers of each cell type to this .csv file.", metavar="FILE"),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw the numbers into this file: .png, .pdf or .svg.", metavar="FILE"),
    ] = None,
) -> None:
    """Compute the headline numbers of the paper: polarity, tuning, direction selectivity.

    They stand beside those of the untrained start and what was published of flyvis' models.

    \b
    Examples:
      neuroflysim validate fitted.json -o numbers.csv --plot numbers.pdf
      neuroflysim validate flow --task
      neuroflysim validate flow --json
      neuroflysim validate flow/000 --dynamics conductance
    """
    from brian2 import ms

    from neuroflysim.choices import PICTURES
    from neuroflysim.cli.arguments import models_named
    from neuroflysim.cli.output import (
        print_json,
        require_different,
        require_suffix,
        save_picture,
        save_table,
    )
    from neuroflysim.connectome import load_connectome
    from neuroflysim.lattice import Lattice
    from neuroflysim.report.validation import describe_validation
    from neuroflysim.validation.measures import (
        cell_type_table,
        validation_measures,
        validation_table,
    )
    from neuroflysim.validation.summary import validation_summary
    from neuroflysim.workers import open_workers

    require_suffix("--output", output, (".csv",))
    require_suffix("--cell-types", cell_types, (".csv",))
    require_suffix("--plot", plot, PICTURES)
    require_different("--output and --cell-types", output, cell_types)
    loaded = load_connectome(folder)
    edges = "flyvis" if flyvis_edges else "true"
    models = models_named(parameters or [], loaded)
    of = models.ensemble
    with open_workers(processes, cluster) as workers:
        measures = validation_measures(
            models.parameters,
            lattice=Lattice(extent=extent),
            edges=edges,
            time_step=time_step * ms,
            task=task or as_json,
            photographs=photographs,
            readout=None if of is None else of.readout,
            start=None if of is None else of.start,
            names=models.names,
            connectome=loaded,
            progress=not as_json,
            workers=workers,
            dynamics=dynamics,
        )
    table = validation_table(measures)
    if as_json:
        print_json(validation_summary(measures))
    else:
        typer.echo(describe_validation(table, edges))
    if output is not None:
        save_table(table, output)
    if cell_types is not None:
        save_table(cell_type_table(measures), cell_types)
    if plot is not None:
        from neuroflysim.plotting import plot_validation

        save_picture(plot_validation(table), plot)
    for path in (output, cell_types, plot):
        if path is not None:
            typer.echo(path, err=as_json)


def predictions(
    ensemble: Annotated[
        str,
        typer.Argument(
            help="Ask this ensemble, by its name or its folder; neuroflysim ensembles lists those"
            " in the box.",
            autocompletion=completion.ensembles,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the table to this .csv file.", metavar="FILE"),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw the picture into this file: .png, .pdf or .svg.", metavar="FILE"),
    ] = None,
    folder: Folder = None,
    extent: Extent = 15,
    processes: Processes = None,
    cluster: Cluster = None,
    dynamics: DynamicsName = "graded",
    as_json: AsJson = False,
) -> None:
    """Tell what an ensemble predicts for cell types, and how far its models agree.

    \b
    Examples:
      neuroflysim predictions flow
      neuroflysim predictions flow -o predictions.csv --plot predictions.pdf
      neuroflysim predictions my/ensemble --json
    """
    from neuroflysim.choices import PICTURES
    from neuroflysim.cli.output import print_json, require_suffix, save_picture, save_table
    from neuroflysim.connectome import load_connectome
    from neuroflysim.ensembles import load_ensemble
    from neuroflysim.report.ensembles import describe_predictions
    from neuroflysim.validation import predictions as predict

    require_suffix("--output", output, (".csv",))
    require_suffix("--plot", plot, PICTURES)
    loaded = load_ensemble(ensemble, load_connectome(folder))
    table = predict(loaded, lattice=extent, processes=processes, cluster=cluster, dynamics=dynamics)
    print_json(table.reset_index()) if as_json else typer.echo(describe_predictions(table))
    if output is not None:
        save_table(table, output)
    if plot is not None:
        from neuroflysim.plotting import plot_predictions

        save_picture(plot_predictions(table), plot)
    for path in (output, plot):
        if path is not None:
            typer.echo(path, err=as_json)

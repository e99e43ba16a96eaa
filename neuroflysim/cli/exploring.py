"""The command that makes a page of responses to look through."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuroflysim.cli import completion
from neuroflysim.cli.options import Folder, at_least


def explore(
    responses: Annotated[
        Path,
        typer.Argument(help="Show what simulate or replay wrote to this .nc file.", metavar="FILE"),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="Write the page to this .html file.", metavar="FILE"),
    ],
    cell_types: Annotated[
        str | None,
        typer.Option(
            help="Show these cell types, with commas between. Without it all are shown.",
            metavar="TYPES",
            autocompletion=completion.cell_types,
        ),
    ] = None,
    candidate: Annotated[
        int,
        typer.Option(callback=at_least(0), help="Show the candidate with this number."),
    ] = 0,
    begin: Annotated[
        float, typer.Option(help="Begin at this time, in milliseconds from onset.")
    ] = -100.0,
    end: Annotated[
        float | None,
        typer.Option(help="End at this time, in milliseconds. Without it all is shown."),
    ] = None,
    parameters: Annotated[
        Path | None,
        typer.Option(
            help="Tell how strong inputs are by these parameters, those of the candidate: a file,"
            " or a model such as flow/000. Without it their synapses are counted.",
            metavar="FILE",
            autocompletion=completion.models,
        ),
    ] = None,
    folder: Folder = None,
) -> None:
    """Make a page to look through responses: columns over time, and inputs of cells.

    The page is one HTML file, which any browser opens without a network.

    \b
    Examples:
      neuroflysim explore maps.nc -o page.html
      neuroflysim explore maps.nc --parameters flow/000 -o page.html
    """
    from brian2 import ms

    from neuroflysim.cli.arguments import words_of
    from neuroflysim.cli.output import require_suffix
    from neuroflysim.connectome import load_connectome
    from neuroflysim.ensembles import load_parameters
    from neuroflysim.responses import load_responses

    require_suffix("--output", output, (".html",))
    loaded = None if folder is None else load_connectome(folder)
    page = load_responses(responses).explore(
        output,
        None if cell_types is None else words_of("--cell-types", cell_types),
        candidate,
        begin * ms,
        None if end is None else end * ms,
        loaded,
        None if parameters is None else load_parameters(parameters, loaded),
    )
    typer.echo(f"{page.told}\n{output}")

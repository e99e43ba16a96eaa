"""The command that does things to model flies."""

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
    Processes,
    Settings,
)


def screen(
    protocol: Annotated[
        str,
        typer.Argument(
            help="Show this protocol; neuroflysim protocols lists them.",
            autocompletion=completion.protocols,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="Write the table to this .csv file.", metavar="FILE"),
    ],
    parameters: Annotated[
        list[Path] | None,
        typer.Option(
            help="Take the parameters of a file, of a model such as flow/000, or of an ensemble."
            " Repeat it for another.",
            metavar="FILE",
            autocompletion=completion.models,
        ),
    ] = None,
    silence: Annotated[
        str | None,
        typer.Option(
            help="Silence these cell types, with commas between, each in a fly of its own; T4a+T4b"
            " are silenced together. Without it each type is silenced in turn.",
            metavar="TYPES",
            autocompletion=completion.cell_types,
        ),
    ] = None,
    measure: Annotated[
        str, typer.Option(help="Measure responses by this function of neuroflysim.analysis.")
    ] = "voltage_range",
    settings: Settings = None,
    folder: Folder = None,
    extent: Extent = 15,
    processes: Processes = None,
    cluster: Cluster = None,
    dynamics: DynamicsName = "graded",
    plot: Annotated[
        Path | None,
        typer.Option(
            help="Draw the table as a map into this file: .png, .pdf or .svg.", metavar="FILE"
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Silence cell types and tabulate what that does to the responses of all others.

    \b
    Examples:
      neuroflysim screen flash --parameters flow/000 -o all.csv --plot all.pdf
      neuroflysim screen moving_edge --silence Mi1,Tm3,Mi4+Mi9 -o some.csv
    """
    from neuroflysim.analysis.measures import MEASURES
    from neuroflysim.checks import one_of
    from neuroflysim.choices import PICTURES
    from neuroflysim.cli.arguments import candidates_of, made_protocol, words_of
    from neuroflysim.cli.output import print_json, require_suffix, save_picture, save_table
    from neuroflysim.connectome import load_connectome
    from neuroflysim.perturbations import Silence
    from neuroflysim.screening import screen as run

    require_suffix("--output", output, (".csv",))
    require_suffix("--plot", plot, PICTURES)
    able = [name for name, one in MEASURES.items() if not one.needs]
    one_of("--measure", measure, sorted(able))
    shown = made_protocol(protocol, settings)
    models = candidates_of(parameters or [], load_connectome(folder), dynamics)
    flies = None
    if silence is not None:
        together = [
            words_of("--silence", word.replace("+", ",")) for word in words_of("--silence", silence)
        ]
        flies = [Silence(names) for names in together]
    table = run(
        shown,
        MEASURES[measure].function,
        parameters=models,
        perturbations=flies,
        lattice=extent,
        processes=processes,
        cluster=cluster,
        dynamics=dynamics,
    )
    save_table(table, output, index=False)
    if as_json:
        print_json(table)
    n_perturbations = table["perturbation"].nunique()
    typer.echo(f"{n_perturbations} perturbations, {len(table)} rows\n{output}", err=as_json)
    if plot is not None:
        from neuroflysim.plotting import plot_screen

        save_picture(plot_screen(table), plot)
        typer.echo(plot, err=as_json)

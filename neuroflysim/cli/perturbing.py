"""The command that does things to model flies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuroflysim.checks import one_of
from neuroflysim.cli.arguments import Extent, Folder, Settings, candidates_of, made_protocol
from neuroflysim.cli.output import PICTURES, require_suffix, save_picture, save_table
from neuroflysim.connectome import load_connectome


def screen(
    protocol: Annotated[str, typer.Argument(help="Name of a protocol: neuroflysim protocols.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Table to write: .csv.", metavar="FILE")
    ],
    parameters: Annotated[
        list[Path] | None,
        typer.Option(
            help="Parameter file, a model such as flow/000, or an ensemble; again for another.",
            metavar="FILE",
        ),
    ] = None,
    silence: Annotated[
        str | None,
        typer.Option(
            help="Cell types with commas between, each silenced in a fly of its own; T4a+T4b are"
            " silenced together. Without it each type in turn.",
            metavar="TYPES",
        ),
    ] = None,
    measure: Annotated[
        str, typer.Option(help="A function of neuroflysim.analysis.")
    ] = "voltage_range",
    settings: Settings = None,
    folder: Folder = None,
    extent: Extent = 15,
    plot: Annotated[
        Path | None, typer.Option(help="Draw the table as a map into a file.", metavar="FILE")
    ] = None,
) -> None:
    """Silence cell types and tabulate what that does to the responses of all others.

    Example: neuroflysim screen moving_edge --parameters flow/000 --silence Mi1,Tm3,Mi9 -o edges.csv
    """
    from neuroflysim import analysis
    from neuroflysim.experiments import screen as run
    from neuroflysim.perturbations import Silence

    require_suffix("--output", output, (".csv",))
    require_suffix("--plot", plot, PICTURES)
    one_of("--measure", measure, analysis.__all__)
    shown = made_protocol(protocol, settings)
    models = candidates_of(parameters or [], load_connectome(folder))
    flies = None
    if silence is not None:
        flies = [Silence(word.strip().split("+")) for word in silence.split(",")]
    table = run(
        shown, getattr(analysis, measure), parameters=models, perturbations=flies, extent=extent
    )
    save_table(table, output, index=False)
    typer.echo(f"{table['perturbation'].nunique()} perturbations, {len(table)} rows\n{output}")
    if plot is not None:
        from neuroflysim.plotting import plot_screen

        save_picture(plot_screen(table), plot)
        typer.echo(plot)

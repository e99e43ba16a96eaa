"""The command that makes a connectome of files that projects publish."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuroflysim.choices import CONNECTOME_SOURCES
from neuroflysim.cli import completion
from neuroflysim.cli.options import folder_to_make


def import_(
    source: Annotated[
        str,
        typer.Argument(
            help=f"Whose files they are: {', '.join(CONNECTOME_SOURCES)}.",
            autocompletion=completion.one_of(*CONNECTOME_SOURCES),
        ),
    ],
    folder: Annotated[
        Path, typer.Argument(help="Read the files in this folder, as they were downloaded.")
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            parser=folder_to_make,
            help="Write the tables of the connectome into this folder.",
            metavar="DIR",
        ),
    ],
    side: Annotated[
        str, typer.Option(help="Take the optic lobe of this side: left or right.")
    ] = "right",
    names: Annotated[
        Path | None,
        typer.Option(help="Call cell types by this edited copy of type_names.csv.", metavar="FILE"),
    ] = None,
    min_connection: Annotated[
        float,
        typer.Option(
            help="Leave connections out that have fewer synapses, on average of a target cell."
        ),
    ] = 1.0,
    report: Annotated[
        Path | None,
        typer.Option(help="Write what was decided into this file: .html or .txt.", metavar="FILE"),
    ] = None,
) -> None:
    """Make a connectome of the files of FlyWire, the male CNS or neuPrint.

    Nothing is downloaded; the page "Other connectomes" of the documentation says which files are
    needed, and where they are. Without one of them, the message says so, too.

    \b
    Examples:
      neuroflysim connectome import flywire downloads -o flywire --report flywire.html
      neuroflysim connectome import malecns downloads -o male --side left
      neuroflysim simulate moving_edge --connectome flywire -o edges.nc
    """
    from neuroflysim.cli.output import require_suffix
    from neuroflysim.connectome import save_connectome
    from neuroflysim.connectome.importers.published import import_connectome

    require_suffix("--report", report, (".html", ".txt"))
    made = import_connectome(source, folder, side, names, min_connection=min_connection)
    save_connectome(made, output)
    typer.echo(f"{made.n_cell_types} cell types, {made.n_connections} connections\n{output}")
    if report is not None:
        from neuroflysim.report.imports import import_report

        import_report(made, report)
        typer.echo(report)

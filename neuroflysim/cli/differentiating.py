"""The command that tells what a response depends on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuroflysim.choices import DIFFERENTIABLE_NAMES
from neuroflysim.cli import completion
from neuroflysim.cli.options import (
    AsJson,
    DynamicsName,
    Extent,
    Folder,
    ParameterFiles,
    Settings,
    at_least,
)


def sensitivity(
    parameters: ParameterFiles = None,
    cell_type: Annotated[
        str,
        typer.Option(
            help="Measure the central cell of this type.",
            metavar="TYPE",
            autocompletion=completion.cell_types,
        ),
    ] = "T4a",
    measure: Annotated[
        str,
        typer.Option(
            help=f"Measure by one of {', '.join(DIFFERENTIABLE_NAMES)}.",
            autocompletion=completion.one_of(*DIFFERENTIABLE_NAMES),
        ),
    ] = "direction_selectivity_index",
    protocol: Annotated[
        str | None,
        typer.Option(
            help="Show this protocol. Without it direction selectivity is that to moving edges, and"
            " the flash response index that to flashes.",
            autocompletion=completion.protocols,
        ),
    ] = None,
    settings: Settings = None,
    folder: Folder = None,
    extent: Extent = 15,
    time_step: Annotated[
        float, typer.Option(help="Take steps of this length, in milliseconds.")
    ] = 5.0,
    dynamics: DynamicsName = "graded",
    rows: Annotated[
        int,
        typer.Option(callback=at_least(1), help="Print so many parameters, those that count most."),
    ] = 20,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Write all parameters to this .csv file.", metavar="FILE"
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw the circuit into this file: .png, .pdf or .svg.", metavar="FILE"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Rank all parameters by how much they change a response.

    Of several models, or an ensemble, the median effect counts, and by how many of them its sign is
    agreed.

    \b
    Examples:
      neuroflysim sensitivity flow/000 --cell-type T4a --extent 5
      neuroflysim sensitivity flow --cell-type T5a --plot circuit.pdf
    """
    from brian2 import ms

    from neuroflysim.checks import finite_number, one_of
    from neuroflysim.choices import PICTURES
    from neuroflysim.cli.arguments import candidates_of, made_protocol
    from neuroflysim.cli.output import print_json, require_suffix, save_picture, save_table
    from neuroflysim.connectome import load_connectome
    from neuroflysim.errors import InvalidValueError
    from neuroflysim.gradients.coordinates import label_of
    from neuroflysim.gradients.sensitivities import sensitivity as run

    require_suffix("--output", output, (".csv",))
    require_suffix("--plot", plot, PICTURES)
    finite_number("--time-step", time_step, minimum=1e-3)
    one_of("--measure", measure, DIFFERENTIABLE_NAMES)
    connectome = load_connectome(folder)
    one_of("--cell-type", cell_type, list(connectome.cell_types.index))
    if protocol is None and settings:
        raise InvalidValueError("--set belongs to --protocol; name the protocol, too.")
    shown = None if protocol is None else made_protocol(protocol, settings)
    found = run(
        measure,
        candidates_of(parameters or [], connectome, dynamics),
        shown,
        cell_type=cell_type,
        lattice=extent,
        time_step=time_step * ms,
        dynamics=dynamics,
    )
    table = found.table
    if output is not None:
        save_table(table, output, index=False)
    if as_json:
        print_json(table)
    else:
        printed = table.head(rows)
        printed = printed.assign(what=[label_of(row) for _, row in printed.iterrows()])
        columns = ["what", "effect", "lower", "upper", "agreement"]
        columns = columns if len(found.names) > 1 else columns[:2]
        typer.echo(f"{measure} of {cell_type}: {float(found.value.median()):.3f}")
        typer.echo(printed[columns].to_string(index=False, float_format=lambda x: f"{x:.3f}"))
    if output is not None:
        typer.echo(output, err=as_json)
    if plot is not None:
        from neuroflysim.plotting import plot_sensitivity

        save_picture(plot_sensitivity(found), plot)
        typer.echo(plot, err=as_json)

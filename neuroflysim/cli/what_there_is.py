"""Commands that tell what there is: on this machine, in the connectome, in the library."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Annotated

import typer

from neuroflysim.checks import whole_number
from neuroflysim.cli.arguments import (
    Extent,
    Folder,
    Settings,
    library_protocol,
    made_protocol,
)
from neuroflysim.cli.output import PICTURES, require_suffix, save_figure
from neuroflysim.connectome import load_connectome
from neuroflysim.errors import InvalidValueError, NeuroFlySimError
from neuroflysim.protocols import LIBRARY
from neuroflysim.quantity_text import as_typed, parse_value


def doctor() -> None:
    """Check Python, Brian2, compilers and GPU; say what is missing and how to mend it."""
    from neuroflysim.report.doctor import examine

    findings = examine()
    for finding in findings:
        typer.echo(f"{finding.state:8}  {finding.what:22}  {finding.detail}")
        if finding.state != "works" and finding.cure:
            typer.echo(f"{'':34}-> {finding.cure}")
    if any(f.state != "works" and not f.optional for f in findings):
        raise typer.Exit(1)


def connectome(
    extent: Extent = 15,
    folder: Folder = None,
    inputs: Annotated[
        str | None, typer.Option(help="List the inputs of this cell type.", metavar="TYPE")
    ] = None,
    n_inputs: Annotated[int, typer.Option(help="How many inputs to list and draw.")] = 8,
    plot: Annotated[
        Path | None,
        typer.Option(
            help="Draw it into this file (.png, .pdf, .svg): the matrix of connections,"
            " or with --inputs the receptive field.",
            metavar="FILE",
        ),
    ] = None,
) -> None:
    """Print and plot what is in the connectome.

    Examples: neuroflysim connectome --inputs T4a --plot t4a.png
    """
    loaded = load_connectome(folder)
    n_inputs = whole_number("--n-inputs", n_inputs, minimum=1)
    require_suffix("--plot", plot, PICTURES)
    from neuroflysim.report.connectome import describe, describe_inputs

    typer.echo(describe_inputs(loaded, inputs, n_inputs) if inputs else describe(loaded, extent))
    if plot is not None:
        from neuroflysim.plotting import plot_connectivity, plot_receptive_field

        if inputs:
            figure = plot_receptive_field(loaded, inputs, n_inputs).flat[0].figure
        else:
            figure = plot_connectivity(loaded).figure
        save_figure(figure, plot)
        typer.echo(f"\n{plot}")


def protocols(
    name: Annotated[str | None, typer.Argument(help="Tell all about this one.")] = None,
    settings: Settings = None,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw its conditions into this file (.png, .pdf, .svg).", metavar="FILE"),
    ] = None,
) -> None:
    """List the protocols of the library, or tell and draw how one of them is shown.

    Examples: neuroflysim protocols moving_bar --set angle=0,90 --set width=9 --plot bar.png
    """
    if name is None:
        if plot is not None or settings:
            raise InvalidValueError("--plot and --set need the name of a protocol before them.")
        width = max(map(len, LIBRARY))
        for word, make in LIBRARY.items():
            typer.echo(f"{word:{width}}  {inspect.getdoc(make).splitlines()[0]}")
        return
    make = library_protocol(name)
    if plot is None and not settings:
        typer.echo(f"{_told(name)}\n\n{inspect.getdoc(make)}")
        return
    require_suffix("--plot", plot, PICTURES)
    protocol = made_protocol(name, settings)
    typer.echo(f"{protocol!r}\n{protocol.conditions.agg(['min', 'max']).T}")
    if plot is not None:
        figure = protocol.plot().flat[0].figure
        save_figure(figure, plot)
        typer.echo(f"\n{plot}")


def recording(
    file: Annotated[Path, typer.Argument(help="NWB (.nwb), Axon (.abf), .csv and others.")],
) -> None:
    """Tell what is in a recording: channels or series, their units, sweeps and times in seconds.

    Example: neuroflysim recording cell.abf
    """
    from neuroflysim.recordings import recording_contents

    typer.echo(recording_contents(file).to_string(index=False))


def _told(name: str) -> str:
    """Return the parameters of a protocol as one types them after --set."""
    make = LIBRARY[name]
    lines = [f"{name}, with these parameters unless --set gives others (...: see below):"]
    for word, argument in inspect.signature(make).parameters.items():
        speed = re.search(rf"^{word} : .*degrees / s", inspect.getdoc(make), re.MULTILINE)
        lines.append(f"  {word}={_default(argument.default, 'deg/s' if speed else 'Hz')}")
    return "\n".join(lines)


def _default(value, unit: str) -> str:
    if value is None or value is inspect.Parameter.empty:
        return "..."
    try:
        parse_value(text := as_typed(value, unit))
    except NeuroFlySimError:  # what can be given in Python only
        return "..."
    return text

"""Commands that tell what there is: on this machine, in the connectome, in the library."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuroflysim.cli import completion
from neuroflysim.cli.options import AsJson, Extent, Folder, Settings, at_least
from neuroflysim.errors import InvalidValueError


def doctor(as_json: AsJson = False) -> None:
    """Check Python, Brian2, compilers and GPU; say what is missing and how to mend it.

    The exit code is 1 if something is missing that every simulation needs.

    \b
    Examples:
      neuroflysim doctor
      neuroflysim doctor --json
    """
    import attrs

    from neuroflysim.cli.output import print_json
    from neuroflysim.report.doctor import examine

    findings = []
    for finding in examine():
        findings.append(finding)
        if as_json:
            continue
        typer.echo(f"{finding.state:8}  {finding.what:22}  {finding.detail}")
        if finding.state != "works" and finding.cure:
            typer.echo(f"{'':34}-> {finding.cure}")
    if as_json:
        print_json([attrs.asdict(finding) for finding in findings])
    if any(finding.state != "works" and not finding.optional for finding in findings):
        raise typer.Exit(1)


def connectome(
    context: typer.Context,
    extent: Extent = 15,
    folder: Folder = None,
    inputs: Annotated[
        str | None,
        typer.Option(
            help="List the inputs of this cell type.",
            metavar="TYPE",
            autocompletion=completion.cell_type,
        ),
    ] = None,
    n_inputs: Annotated[
        int,
        typer.Option(
            callback=at_least(1),
            help="List and draw this many inputs.",
        ),
    ] = 8,
    plot: Annotated[
        Path | None,
        typer.Option(
            help="Draw the matrix of connections, or with --inputs the receptive field, into this"
            " file: .png, .pdf or .svg.",
            metavar="FILE",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print and plot what is in the connectome.

    \b
    Examples:
      neuroflysim connectome
      neuroflysim connectome --inputs T4a --plot t4a.pdf
      neuroflysim connectome --plot matrix.pdf
      neuroflysim connectome import flywire downloads -o flywire
    """
    if context.invoked_subcommand is not None:
        return
    from neuroflysim.choices import PICTURES
    from neuroflysim.cli.output import print_json, require_suffix, save_picture
    from neuroflysim.connectome import load_connectome
    from neuroflysim.lattice import Lattice
    from neuroflysim.report.connectome import connectome_summary, describe, describe_inputs

    loaded, lattice = load_connectome(folder), Lattice(extent=extent)
    require_suffix("--plot", plot, PICTURES)
    if as_json and inputs:
        print_json(loaded.inputs(inputs).head(n_inputs).reset_index())
    elif as_json:
        print_json(connectome_summary(loaded, lattice))
    else:
        text = (
            describe_inputs(loaded, inputs, n_inputs)
            if inputs is not None
            else describe(loaded, lattice)
        )
        typer.echo(text)
    if plot is not None:
        from neuroflysim.plotting import plot_connectivity, plot_inputs

        save_picture(
            plot_inputs(loaded, inputs, n_inputs)
            if inputs is not None
            else plot_connectivity(loaded),
            plot,
        )
        typer.echo(f"\n{plot}", err=as_json)


def protocols(
    name: Annotated[
        str | None,
        typer.Argument(help="Tell all about this protocol.", autocompletion=completion.protocols),
    ] = None,
    settings: Settings = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            help="Draw its conditions into this file: .png, .pdf or .svg.", metavar="FILE"
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the protocols of the library, or tell and draw how one of them is shown.

    \b
    Examples:
      neuroflysim protocols
      neuroflysim protocols moving_bar
      neuroflysim protocols moving_bar --set angle=0,90 --plot bar.pdf
      neuroflysim protocols ./mine.py --plot mine.png
    """
    from neuroflysim.choices import PICTURES
    from neuroflysim.cli.arguments import made_protocol, require_protocol
    from neuroflysim.cli.output import print_json, require_suffix, save_picture
    from neuroflysim.cli.protocol_file import is_file_name
    from neuroflysim.report.protocols import describe_protocol, first_lines, protocol_summary

    if name is None:
        if plot is not None or settings:
            raise InvalidValueError("--plot and --set need the name of a protocol before them.")
        about = first_lines()
        if as_json:
            print_json([{"protocol": word, "about": text} for word, text in about.items()])
            return
        width = max(map(len, about))
        for word, text in about.items():
            typer.echo(f"{word:{width}}  {text}")
        return
    if plot is None and not settings and not is_file_name(name):
        require_protocol(name)
        print_json(protocol_summary(name)) if as_json else typer.echo(describe_protocol(name))
        return
    require_suffix("--plot", plot, PICTURES)
    protocol = made_protocol(name, settings)
    if as_json:
        print_json({"protocol": name, "conditions": protocol.conditions})
    else:
        typer.echo(f"{protocol!r}\n{protocol.conditions.agg(['min', 'max']).T}")
    if plot is not None:
        save_picture(protocol.plot(), plot)
        typer.echo(f"\n{plot}", err=as_json)


def recording(
    file: Annotated[
        Path,
        typer.Argument(
            help="Read this file: .nwb, .abf, .mat, .csv or another; or suite2p's folder."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Tell what is in a recording: channels, series, variables, units, sweeps, times in seconds.

    \b
    Examples:
      neuroflysim recording cell.abf
      neuroflysim recording flies.nwb --json
      neuroflysim recording suite2p/plane0
    """
    from neuroflysim.cli.output import print_json
    from neuroflysim.recordings import recording_contents

    contents = recording_contents(file)
    if as_json:
        print_json(contents)
    else:
        typer.echo(contents.to_string(index=False))

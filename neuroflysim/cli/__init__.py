"""The command line: `neuroflysim --help`.

Each command is a function in one of the files beside this one; COMMANDS says which there are.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from neuroflysim._version import __version__
from neuroflysim.cli.comparing import compare, replay, report, studies
from neuroflysim.cli.fitting import fit
from neuroflysim.cli.perturbing import screen
from neuroflysim.cli.running import demo, simulate
from neuroflysim.cli.validating import ensembles, predictions, validate
from neuroflysim.cli.what_there_is import connectome, doctor, protocols
from neuroflysim.errors import NeuroFlySimError

#: In the order of the help.
COMMANDS = (
    doctor,
    connectome,
    protocols,
    simulate,
    screen,
    fit,
    studies,
    replay,
    compare,
    ensembles,
    validate,
    predictions,
    report,
    demo,
)

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="The connectome of the fruit fly's visual system as a Brian2 model.",
)
for _command in COMMANDS:
    app.command()(_command)


def main() -> None:
    """Run the command line; errors of ours become one sentence and exit code 2."""
    try:
        app()
    except NeuroFlySimError as error:
        typer.echo(f"neuroflysim: {error}", err=True)
        sys.exit(2)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"neuroflysim {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and stop."
        ),
    ] = False,
) -> None:
    """The connectome of the fruit fly's visual system as a Brian2 model."""

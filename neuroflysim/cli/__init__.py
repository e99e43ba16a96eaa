"""The command line: `neuroflysim --help`.

Each command is a function in one of the files beside this one; COMMANDS says which there are.
"""

from __future__ import annotations

import errno
import warnings
from collections.abc import Callable
from typing import Annotated

import typer
from typer.core import TyperCommand, TyperGroup

from neuroflysim._version import __version__
from neuroflysim.cli.comparing import compare, replay, report, studies
from neuroflysim.cli.differentiating import sensitivity
from neuroflysim.cli.drawing import plot
from neuroflysim.cli.exploring import explore
from neuroflysim.cli.fitting import fit
from neuroflysim.cli.importing import import_
from neuroflysim.cli.judging import board
from neuroflysim.cli.running import demo, simulate
from neuroflysim.cli.screening import screen
from neuroflysim.cli.validating import ensembles, predictions, validate
from neuroflysim.cli.what_there_is import connectome, doctor, protocols, recording
from neuroflysim.errors import (
    FileError,
    NeuroFlySimError,
    RoundedTimeWarning,
    RunawayActivityError,
    SimulationError,
    UnsettledWarning,
)
from neuroflysim.machine.quiet_brian import leave_no_logs, say_nothing_of_the_cache

#: In the order of the help.
COMMANDS = (
    doctor,
    connectome,
    protocols,
    recording,
    simulate,
    screen,
    sensitivity,
    plot,
    explore,
    fit,
    studies,
    replay,
    compare,
    ensembles,
    validate,
    predictions,
    board,
    report,
    demo,
)

#: Commands of commands, by the words that they are called by.
SUBCOMMANDS: dict[Callable, dict[str, Callable]] = {connectome: {"import": import_}}

#: Exit codes: a check or a run failed; what was asked for cannot be done.
FAILED, WRONG = 1, 2


class _Commands(TyperGroup):
    """Commands that tell errors of ours in one sentence, and end with an exit code."""

    def invoke(self, ctx):
        """Run the command."""
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _told(warnings.showwarning)
                return super().invoke(ctx)
        except NeuroFlySimError as error:
            typer.echo(f"neuroflysim: {error}", err=True)
            failed = isinstance(error, FileError | RunawayActivityError | SimulationError)
            raise typer.Exit(FAILED if failed else WRONG) from None
        except MemoryError as error:
            typer.echo(
                f"neuroflysim: the memory is too short for that ({error}); ask for less:"
                " a smaller extent, fewer cell types, a longer time step.",
                err=True,
            )
            raise typer.Exit(FAILED) from None
        except OSError as error:
            if error.errno == errno.EPIPE or error.strerror is None:  # `neuroflysim ... | head`
                raise
            where = f"{error.filename}: " if error.filename else ""
            typer.echo(
                f"neuroflysim: {where}{error.strerror}; mend that, or name another place.", err=True
            )
            raise typer.Exit(FAILED) from None


class _Command(TyperCommand):
    """A command, whose work imports Brian2; help and Tab do not come so far."""

    def invoke(self, ctx):
        """Run the command."""
        leave_no_logs()
        return super().invoke(ctx)


class _CommandWithOthers(TyperGroup):
    """A command that does something by itself, and has commands of its own."""

    def invoke(self, ctx):
        """Run the command."""
        leave_no_logs()
        return super().invoke(ctx)


def _told(otherwise):
    """Return what tells our warnings in one sentence, and all others as they were."""

    def show(message, category, *where, **options):
        if issubclass(category, UnsettledWarning | RoundedTimeWarning):
            typer.echo(f"neuroflysim: {message}", err=True)
        else:
            otherwise(message, category, *where, **options)

    return show


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 all went well; 1 a check failed, or a run did; 2 what was asked for"
    " cannot be done, and the message says why; 130 stopped by Ctrl-C.",
)
for _command in COMMANDS:
    if _command not in SUBCOMMANDS:
        app.command(cls=_Command)(_command)
        continue
    _others = typer.Typer(cls=_CommandWithOthers, invoke_without_command=True)
    _others.callback()(_command)
    for _word, _other in SUBCOMMANDS[_command].items():
        _others.command(_word, cls=_Command)(_other)
    app.add_typer(_others, name=_command.__name__)


def main() -> None:
    """Run the command line."""
    say_nothing_of_the_cache()
    app(prog_name="neuroflysim")


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
    """The connectome of the fruit fly's visual system as a Brian2 model.

    \b
    Examples:
      neuroflysim doctor
      neuroflysim simulate moving_edge --parameters flow/000 -o edges.nc
      neuroflysim COMMAND --help
    """

"""Options that several commands share: how they are typed, told and completed.

Nothing of the model is imported here, nor in the files of commands before these run, so that help
and Tab answer at once. What the words mean stands in `neuroflysim.cli.arguments`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from neuroflysim.cli import completion


def at_least(minimum: int) -> Callable:
    """Return what checks the number of an option as it is typed."""

    def check(context: typer.Context, option: typer.CallbackParam, value: int | None) -> int | None:
        if value is None or context.resilient_parsing:  # at a Tab nothing is checked
            return value
        from neuroflysim.checks import whole_number

        return whole_number(option.opts[0], value, minimum)

    return check


def folder_to_make(word: str | Path) -> Path:
    """Return the folder that a word names; `Path` would take no word for the current folder."""
    if not str(word).strip():
        raise typer.BadParameter("it is empty; name a folder.")
    return Path(word)


Folder = Annotated[
    Path | None,
    typer.Option(
        "--connectome",
        help="Take the connectome in this folder, not the one in the box.",
        metavar="DIR",
    ),
]
Extent = Annotated[
    int,
    typer.Option(callback=at_least(0), help="Take a lattice of this radius, in columns."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="Give a parameter of the protocol, for example --set angle=0,90 or"
        ' --set "speed=50 deg/s". Repeat it for another.',
        metavar="NAME=VALUE",
        autocompletion=completion.settings,
    ),
]
ParameterFile = Annotated[
    Path | None,
    typer.Option(
        help="Take the parameters of a file, of a model such as flow/000, or of an ensemble such as"
        " flow. Without it they are those of the count-proportional start.",
        metavar="FILE",
        autocompletion=completion.models,
    ),
]
ParameterFiles = Annotated[
    list[Path] | None,
    typer.Argument(
        help="Name parameter files, models such as flow/000, or a whole ensemble such as flow."
        " Without a name the count-proportional start is taken.",
        autocompletion=completion.models,
    ),
]
StudyNames = Annotated[
    str,
    typer.Option(
        help="Take these studies: names or folders with commas between, or all.",
        autocompletion=completion.studies,
    ),
]
Processes = Annotated[
    int | None,
    typer.Option(
        callback=at_least(1),
        help="Share the work among this many processes. Without it there are as many as cores.",
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        help="Share the work among the workers of the Dask scheduler at this address, which must"
        " let nobody else in; local starts one on this machine.",
        metavar="ADDRESS",
    ),
]
DynamicsName = Annotated[
    str,
    typer.Option(
        "--dynamics",
        help="Take these equations of the neurons: a name of the library, or a .json file that"
        " Dynamics.save wrote.",
        metavar="NAME",
        autocompletion=completion.dynamics,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")]
ResponseFile = Annotated[
    Path,
    typer.Option(
        "--output",
        "-o",
        help="Write the responses to this file: .nc, .nwb or .csv.",
        metavar="FILE",
    ),
]

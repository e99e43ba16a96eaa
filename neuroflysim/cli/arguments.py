"""Arguments that several commands share, and what they mean."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from neuroflysim.checks import one_of
from neuroflysim.connectome import Connectome
from neuroflysim.errors import InvalidTypeError, InvalidValueError, NeuroFlySimError
from neuroflysim.parameters import Parameters, load_parameters
from neuroflysim.protocol import Protocol
from neuroflysim.protocols import LIBRARY
from neuroflysim.quantity_text import parse_value

Folder = Annotated[
    Path | None, typer.Option("--connectome", help="Folder of another connectome.", metavar="DIR")
]
Extent = Annotated[int, typer.Option(help="Radius of the lattice in columns.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="A parameter of the protocol; again for another: --set angle=0,90"
        ' --set "speed=50 deg/s".',
        metavar="NAME=VALUE",
    ),
]
ParameterFile = Annotated[
    Path | None,
    typer.Option(help="Parameter file; without it the count-proportional start.", metavar="FILE"),
]
ParameterFiles = Annotated[
    list[Path] | None,
    typer.Argument(
        help="Parameter files; several are an ensemble. Without them the count-proportional start."
    ),
]
StudyNames = Annotated[
    str, typer.Option(help="Names or folders of studies with commas between, or all.")
]
ResponseFile = Annotated[
    Path, typer.Option("--output", "-o", help="Where to write: .nc or .csv.", metavar="FILE")
]


def candidates_of(files: list[Path], loaded: Connectome) -> list[Parameters]:
    """Return the parameters in some files; without any the count-proportional start."""
    if not files:
        return [Parameters.uniform(loaded)]
    return [load_parameters(file, loaded) for file in files]


def studies_named(text: str) -> str | list[str]:
    """Return names of studies that stand with commas between, or all."""
    return text if text == "all" else [n.strip() for n in text.split(",") if n.strip()]


def library_protocol(name: str) -> Callable:
    """Return the function of the library that makes a protocol."""
    return LIBRARY[one_of("the protocol", name, LIBRARY)]


def made_protocol(name: str, settings: list[str] | None) -> Protocol:
    """Return a protocol with parameters as they are typed: NAME=VALUE."""
    make = library_protocol(name)
    arguments = inspect.signature(make).parameters
    given = {}
    for setting in settings or ():
        word, equals, text = setting.partition("=")
        word = word.strip()
        if not equals:
            raise InvalidValueError(
                f"--set {setting!r} must be a parameter and its value, for example --set angle=90."
            )
        one_of(f"the parameter of --set {setting!r}", word, arguments)
        if word in given:
            raise InvalidValueError(
                f"--set {word} is given twice; put the values into one list, with commas between."
            )
        try:
            given[word] = parse_value(text)
        except NeuroFlySimError as error:
            if not os.path.isfile(text):
                raise InvalidValueError(f"--set {setting!r}: {error}") from None
            given[word] = text  # a picture or a movie
    missing = [
        word for word, argument in arguments.items()
        if argument.default is argument.empty and word not in given
    ]  # fmt: skip
    if missing:
        raise InvalidValueError(
            f"the protocol {name} needs {missing[0]}; give it with --set {missing[0]}=..."
        )
    try:
        return make(**given)
    except InvalidTypeError as error:
        raise InvalidTypeError(
            f'{error} In a shell: --set "speed=28 deg/s", --set "stim_time=160 ms".'
        ) from None

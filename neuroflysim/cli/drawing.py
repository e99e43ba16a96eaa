"""The command that draws responses which other commands wrote."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from attrs import frozen

from neuroflysim.cli import completion
from neuroflysim.cli.options import at_least
from neuroflysim.errors import InvalidValueError

if TYPE_CHECKING:
    import xarray as xr

    from neuroflysim.responses import Responses


@frozen
class _Asked:
    """What is to be drawn, as it was typed."""

    file: Path
    cell_types: list[str] | None
    time: float
    condition: int
    candidate: int | None
    at: dict[str, float]

    def named(self) -> list[str]:
        """Return the cell types; most pictures have none to draw without them."""
        if not self.cell_types:
            raise InvalidValueError("name the cell types to draw: --cell-types T4a,T5a.")
        return self.cell_types


def _traces(responses: Responses, asked: _Asked, _output: Path):
    from neuroflysim.plotting import plot_traces

    return plot_traces(responses, asked.named(), asked.candidate)


def _tuning(responses: Responses, asked: _Asked, _output: Path):
    from neuroflysim.analysis import peak_response
    from neuroflysim.cli.drawable import require_chosen, require_directions
    from neuroflysim.plotting import plot_direction_tuning

    peak = _chosen(peak_response(responses.one_of_each_type()), asked.at)
    require_directions(asked.file, peak)
    require_chosen(peak, {"candidate", "angle", "intensity", "cell_type"})
    given = (asked.cell_types,) if asked.cell_types else ()
    return plot_direction_tuning(peak, *given, candidate=asked.candidate)


def _receptive_field(responses: Responses, asked: _Asked, _output: Path):
    from neuroflysim.analysis import receptive_field
    from neuroflysim.cli.drawable import require_before, require_chosen, require_flashes
    from neuroflysim.plotting import plot_receptive_field

    require_flashes(asked.file, responses.signal)
    require_before(asked.file, responses.signal)
    field = _chosen(receptive_field(responses.one_of_each_type()), asked.at)
    require_chosen(field, {"candidate", "condition", "cell_type"})
    return plot_receptive_field(field, asked.named(), asked.candidate or 0)


def _activity(responses: Responses, asked: _Asked, _output: Path):
    from brian2 import ms

    from neuroflysim.cli.drawable import require_columns, require_moment
    from neuroflysim.plotting import plot_activity

    require_columns(asked.file, responses.signal)
    require_moment(asked.file, responses.signal, asked.time)
    return plot_activity(
        responses,
        asked.named(),
        asked.time * ms,
        condition=asked.condition,
        candidate=asked.candidate or 0,
    )


def _movie(responses: Responses, asked: _Asked, output: Path) -> None:
    from neuroflysim.cli.drawable import require_columns
    from neuroflysim.plotting import animate_activity

    require_columns(asked.file, responses.signal)
    animate_activity(
        responses,
        None,
        asked.named(),
        output,
        condition=asked.condition,
        candidate=asked.candidate or 0,
    )


#: What can be drawn; each takes the responses, what is asked, and the file, and returns axes, or
#: nothing if it wrote the file itself.
_KINDS: dict[str, Callable] = {
    "traces": _traces,
    "tuning": _tuning,
    "receptive_field": _receptive_field,
    "activity": _activity,
    "movie": _movie,
}


def plot(
    responses: Annotated[
        Path,
        typer.Argument(help="Draw what simulate or replay wrote to this .nc file.", metavar="FILE"),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="Write the picture to this .png, .pdf or .svg file, or the movie to this .gif or"
            " .mp4 file.",
            metavar="FILE",
        ),
    ],
    kind: Annotated[
        str,
        typer.Option(
            help=f"Draw one of {', '.join(_KINDS)}.",
            autocompletion=completion.one_of(*_KINDS),
        ),
    ] = "traces",
    cell_types: Annotated[
        str | None,
        typer.Option(
            help="Draw these cell types, with commas between. Without it tuning draws T4 and T5.",
            metavar="TYPES",
            autocompletion=completion.cell_types,
        ),
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(
            help="Draw the tuning or the receptive fields at this value of a parameter.",
            metavar="NAME=VALUE",
        ),
    ] = None,
    time: Annotated[
        float, typer.Option(help="Draw the activity at this time, in milliseconds from onset.")
    ] = 100.0,
    condition: Annotated[
        int,
        typer.Option(
            callback=at_least(0),
            help="Draw the activity or the movie of the condition with this number.",
        ),
    ] = 0,
    candidate: Annotated[
        int | None,
        typer.Option(
            callback=at_least(0),
            help="Draw the candidate with this number. Without it traces and tuning are those of"
            " all, as median and range.",
        ),
    ] = None,
) -> None:
    """Draw responses: voltages over time, tuning curves, maps of all columns, a movie.

    Maps and movies need responses of all columns: simulate --record all, or cell types.

    \b
    Examples:
      neuroflysim plot flash.nc --cell-types L1,Mi1 -o flash.pdf
      neuroflysim plot edges.nc --kind tuning -o tuning.pdf
      neuroflysim plot maps.nc --kind activity --cell-types Mi1 -o map.pdf
      neuroflysim plot maps.nc --kind movie --cell-types L1,Mi1 -o movie.gif
    """
    from neuroflysim.checks import one_of
    from neuroflysim.choices import PICTURES
    from neuroflysim.cli.arguments import words_of
    from neuroflysim.cli.drawable import require_number, require_one_trial, require_types
    from neuroflysim.cli.output import require_suffix, save_picture
    from neuroflysim.files import existing
    from neuroflysim.responses import load_responses

    draw = _KINDS[one_of("--kind", kind, _KINDS)]
    require_suffix("--output", output, (".gif", ".mp4") if kind == "movie" else PICTURES)
    names = None if cell_types is None else words_of("--cell-types", cell_types)
    asked = _Asked(responses, names, time, condition, candidate, _values(at or []))
    loaded = load_responses(existing(responses))
    require_one_trial(responses, loaded)
    require_types(loaded.signal, names)
    require_number("--condition", condition, loaded.signal)
    require_number("--candidate", candidate, loaded.signal)
    axes = draw(loaded, asked, output)
    if axes is not None:
        save_picture(axes, output)
    typer.echo(output)


def _values(settings: list[str]) -> dict[str, float]:
    """Return the values of --at NAME=VALUE."""
    values = {}
    for setting in settings:
        name, _, text = setting.partition("=")
        try:
            values[name.strip()] = float(text)
        except ValueError:
            raise InvalidValueError(
                f"--at {setting!r} must be a parameter and a number, for example --at intensity=1."
            ) from None
    return values


def _chosen(values: xr.DataArray, at: dict[str, float]) -> xr.DataArray:
    """Return the part of a grid of conditions that has these values of the parameters."""
    import numpy as np

    from neuroflysim.checks import one_of

    for name, value in at.items():
        numbers = [str(word) for word, c in values.coords.items() if c.dtype.kind in "fiu"]
        one_of("the parameter of --at", name, [word for word in numbers if word != "candidate"])
        shown = np.atleast_1d(values[name].to_numpy())
        if value not in shown:
            raise InvalidValueError(
                f"--at {name}={value:g} was not shown, only {', '.join(map(str, shown))}."
            )
        if name in values.dims:  # what does not vary has this value already
            values = values.sel({name: value})
    return values

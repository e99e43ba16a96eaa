"""Commands that run the model on a stimulus of the library."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from brian2 import ms

from neuroflysim.cli import completion
from neuroflysim.cli.arguments import (
    AsJson,
    Extent,
    Folder,
    ParameterFile,
    ResponseFile,
    Settings,
    at_least,
    candidates_of,
    folder_to_make,
    made_protocol,
    words_of,
)
from neuroflysim.cli.output import require_suffix, tell_responses
from neuroflysim.connectome import load_connectome
from neuroflysim.stimulus.protocol import DEFAULT_TIME_STEP


def simulate(
    protocol: Annotated[
        str,
        typer.Argument(
            help="Name of a protocol: neuroflysim protocols.", autocompletion=completion.protocols
        ),
    ],
    output: ResponseFile,
    parameters: ParameterFile = None,
    settings: Settings = None,
    folder: Folder = None,
    extent: Extent = 15,
    time_step: Annotated[float, typer.Option(help="Milliseconds.")] = DEFAULT_TIME_STEP / ms,
    method: Annotated[
        str,
        typer.Option(
            help="euler or exponential_euler.",
            autocompletion=completion.one_of("euler", "exponential_euler"),
        ),
    ] = "euler",
    record: Annotated[
        str,
        typer.Option(
            help="central, all, or cell types with commas between.",
            autocompletion=completion.record,
        ),
    ] = "central",
    device: Annotated[
        str,
        typer.Option(
            help="runtime, cpp_standalone or cuda_standalone.",
            autocompletion=completion.one_of("runtime", "cpp_standalone", "cuda_standalone"),
        ),
    ] = "runtime",
    dtype: Annotated[
        str,
        typer.Option(
            help="float64 or float32.", autocompletion=completion.one_of("float64", "float32")
        ),
    ] = "float64",
    as_json: AsJson = False,
) -> None:
    """Show a protocol of the library and write the responses.

    \b
    Examples:
      neuroflysim simulate flash -o flash.nc
      neuroflysim simulate moving_edge --set "speed=50 deg/s" -o edges.nc
      neuroflysim simulate flash --parameters flow/000 --record L1 -o l1.nc
    """
    from neuroflysim.simulation import simulate as run

    require_suffix("--output", output, (".nc", ".csv", ".nwb"))
    shown = made_protocol(protocol, settings)
    loaded = load_connectome(folder)
    candidates = candidates_of([parameters] if parameters else [], loaded)
    responses = run(
        shown,
        connectome=loaded,
        parameters=candidates,
        extent=extent,
        time_step=time_step * ms,
        method=method,
        record=record if record in ("central", "all") else words_of("--record", record),
        device=device,
        dtype=dtype,
    )
    responses.save(output)
    tell_responses(responses, output, as_json)


def demo(
    folder: Annotated[
        Path, typer.Argument(help="Where to write.", metavar="FOLDER", parser=folder_to_make)
    ] = Path("results/demo"),
    extent: Extent = 15,
    evaluations: Annotated[
        int | None,
        typer.Option(
            callback=at_least(1), help="Of the short fit; about a minute of two cores without it."
        ),
    ] = None,
) -> None:
    """Show stimuli before any fit, fit a little, ask a fitted model what flies were asked.

    \b
    Examples:
      neuroflysim demo
      neuroflysim demo my/folder --extent 8
    """
    from neuroflysim.report.demo import EVALUATIONS, run_demo

    chosen = EVALUATIONS if evaluations is None else evaluations
    for file in run_demo(folder, extent, chosen, say=typer.echo):
        typer.echo(file)

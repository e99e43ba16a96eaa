"""Commands that run the model on a stimulus of the library."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from brian2 import ms

from neuroflysim.cli.arguments import (
    Extent,
    Folder,
    ParameterFile,
    ResponseFile,
    Settings,
    candidates_of,
    made_protocol,
)
from neuroflysim.cli.output import require_suffix
from neuroflysim.connectome import load_connectome


def simulate(
    protocol: Annotated[str, typer.Argument(help="Name of a protocol: neuroflysim protocols.")],
    output: ResponseFile,
    parameters: ParameterFile = None,
    settings: Settings = None,
    folder: Folder = None,
    extent: Extent = 15,
    time_step: Annotated[float, typer.Option(help="Milliseconds.")] = 20.0,
    method: Annotated[str, typer.Option(help="euler or exponential_euler.")] = "euler",
    record: Annotated[
        str, typer.Option(help="central, all, or cell types with commas between.")
    ] = "central",
    device: Annotated[
        str, typer.Option(help="runtime, cpp_standalone or cuda_standalone.")
    ] = "runtime",
    dtype: Annotated[str, typer.Option(help="float64 or float32.")] = "float64",
) -> None:
    """Show a protocol of the library and write the responses.

    Example: neuroflysim simulate moving_edge --set angle=0,180 --set "speed=50 deg/s" -o edges.nc
    """
    from neuroflysim.simulation import simulate as run

    require_suffix("--output", output, (".nc", ".csv", ".nwb"))
    shown = made_protocol(protocol, settings)
    loaded = load_connectome(folder)
    (chosen,) = candidates_of([parameters] if parameters else [], loaded)
    responses = run(
        shown,
        connectome=loaded,
        parameters=chosen,
        extent=extent,
        time_step=time_step * ms,
        method=method,
        record=record if record in ("central", "all") else record.split(","),
        device=device,
        dtype=dtype,
    )
    responses.save(output)
    typer.echo(f"{responses!r}\n{output}")


def demo(
    folder: Annotated[Path, typer.Argument(help="Where to write.")] = Path("results/demo"),
    extent: Extent = 15,
    evaluations: Annotated[
        int | None, typer.Option(help="Of the short fit; about a minute of two cores without it.")
    ] = None,
) -> None:
    """Show stimuli before any fit, fit a little, ask a fitted model what flies were asked."""
    from neuroflysim.report.demo import EVALUATIONS, run_demo

    chosen = EVALUATIONS if evaluations is None else evaluations
    for file in run_demo(folder, extent, chosen, say=typer.echo):
        typer.echo(file)

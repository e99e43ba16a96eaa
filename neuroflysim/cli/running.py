"""Commands that run the model on a stimulus of the library."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuroflysim.choices import DEVICES, DTYPES, METHODS, TIME_STEP_MS
from neuroflysim.cli import completion
from neuroflysim.cli.options import (
    AsJson,
    DynamicsName,
    Extent,
    Folder,
    ParameterFile,
    ResponseFile,
    Settings,
    at_least,
    folder_to_make,
)


def simulate(
    protocol: Annotated[
        str,
        typer.Argument(
            help="Show this protocol; neuroflysim protocols lists them. A file of yours is named"
            " by its path: ./mine.py with a function mine.",
            autocompletion=completion.protocols,
        ),
    ],
    output: ResponseFile,
    parameters: ParameterFile = None,
    settings: Settings = None,
    folder: Folder = None,
    extent: Extent = 15,
    time_step: Annotated[
        float, typer.Option(help="Take steps of this length, in milliseconds.")
    ] = TIME_STEP_MS,
    method: Annotated[
        str,
        typer.Option(
            help=f"Integrate by {' or '.join(METHODS)}.",
            autocompletion=completion.one_of(*METHODS),
        ),
    ] = "euler",
    record: Annotated[
        str,
        typer.Option(
            help="Record the central cells, all cells, or those of some cell types: central, all,"
            " or names with commas between.",
            autocompletion=completion.record,
        ),
    ] = "central",
    variables: Annotated[
        str | None,
        typer.Option(
            help="Record these variables of the equations, too: names with commas between, such as"
            " output,adaptation.",
            metavar="NAMES",
        ),
    ] = None,
    device: Annotated[
        str,
        typer.Option(
            help=f"Compute on {', '.join(DEVICES[:-1])} or {DEVICES[-1]}.",
            autocompletion=completion.one_of(*DEVICES),
        ),
    ] = "runtime",
    dtype: Annotated[
        str,
        typer.Option(
            help=f"Compute in {' or '.join(DTYPES)}.", autocompletion=completion.one_of(*DTYPES)
        ),
    ] = "float64",
    dynamics: DynamicsName = "graded",
    trials: Annotated[
        int | None,
        typer.Option(
            callback=at_least(1),
            help="Show each condition so many times; the equations must have noise, as those of"
            " --dynamics noisy have.",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(callback=at_least(0), help="Draw the noise by this seed.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Show a protocol and write the responses.

    \b
    Examples:
      neuroflysim simulate flash -o flash.nc
      neuroflysim simulate moving_edge --set "speed=50 deg/s" -o edges.nc
      neuroflysim simulate ./mine.py --set radius=6 -o mine.nc
      neuroflysim simulate flash --parameters flow/000 --record L1 -o l1.nc
      neuroflysim simulate flash --dynamics light_adapting -o adapted.nc
      neuroflysim simulate flash --dynamics adapting --variables output -o a.nc
      neuroflysim simulate flash --dynamics noisy --trials 8 -o noisy.nc
    """
    from brian2 import ms

    from neuroflysim.cli.arguments import candidates_of, made_protocol, words_of
    from neuroflysim.cli.output import require_suffix, tell_responses
    from neuroflysim.connectome import load_connectome
    from neuroflysim.simulation import simulate as run

    require_suffix("--output", output, (".nc", ".csv", ".nwb"))
    shown = made_protocol(protocol, settings)
    loaded = load_connectome(folder)
    candidates = candidates_of([parameters] if parameters else [], loaded, dynamics)
    responses = run(
        shown,
        connectome=loaded,
        parameters=candidates,
        lattice=extent,
        time_step=time_step * ms,
        method=method,
        record=record if record in ("central", "all") else words_of("--record", record),
        variables=[] if variables is None else words_of("--variables", variables),
        device=device,
        dtype=dtype,
        dynamics=dynamics,
        trials=trials,
        seed=seed,
    )
    responses.save(output)
    tell_responses(responses, output, as_json)


def demo(
    folder: Annotated[
        Path,
        typer.Argument(help="Write into this folder.", metavar="FOLDER", parser=folder_to_make),
    ] = Path("results/demo"),
    extent: Extent = 15,
    evaluations: Annotated[
        int | None,
        typer.Option(
            callback=at_least(1),
            help="Let the short fit take this many evaluations. Without it the fit takes about a"
            " minute on two cores.",
        ),
    ] = None,
) -> None:
    """Show stimuli before any fit, fit a little, ask a fitted model what flies were asked.

    \b
    Examples:
      neuroflysim demo
      neuroflysim demo my/folder --extent 8
    """
    from neuroflysim.lattice import Lattice
    from neuroflysim.report.demo import EVALUATIONS, run_demo

    chosen = EVALUATIONS if evaluations is None else evaluations
    for file in run_demo(folder, Lattice(extent=extent), chosen, say=typer.echo):
        typer.echo(file)

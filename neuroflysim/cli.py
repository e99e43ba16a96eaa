"""The command line: `neuroflysim --help`."""

from __future__ import annotations

import inspect
import os
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from brian2 import ms

from neuroflysim._version import __version__
from neuroflysim.checks import one_of, whole_number
from neuroflysim.connectome import Connectome, load_connectome
from neuroflysim.errors import InvalidValueError, NeuroFlySimError
from neuroflysim.files import writable, written_whole
from neuroflysim.parameters import Parameters, load_parameters
from neuroflysim.protocols import LIBRARY
from neuroflysim.quantity_text import parse_value

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="The connectome of the fruit fly's visual system as a Brian2 model.",
)
Folder = Annotated[
    Path | None, typer.Option("--connectome", help="Folder of another connectome.", metavar="DIR")
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="A parameter of the protocol; again for another: --set angle=0,90"
        ' --set "speed=50 deg/s".',
        metavar="NAME=VALUE",
    ),
]
Extent = Annotated[int, typer.Option(help="Radius of the lattice in columns.")]


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


@app.command()
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


@app.command()
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
    if plot is not None:
        one_of("the suffix of --plot", writable(plot).suffix, (".png", ".pdf", ".svg"))
    from neuroflysim.report.connectome import describe, describe_inputs

    typer.echo(describe_inputs(loaded, inputs, n_inputs) if inputs else describe(loaded, extent))
    if plot is not None:
        from neuroflysim.plotting import plot_connectivity, plot_receptive_field

        if inputs:
            figure = plot_receptive_field(loaded, inputs, n_inputs).flat[0].figure
        else:
            figure = plot_connectivity(loaded).figure
        with written_whole(plot) as temporary:
            figure.savefig(temporary, dpi=150)
        typer.echo(f"\n{plot}")


@app.command()
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
    make = _protocol(name)
    if plot is None and not settings:
        typer.echo(f"{name}{inspect.signature(make)}\n\n{inspect.getdoc(make)}")
        return
    protocol = _made(name, settings)
    typer.echo(f"{protocol!r}\n{protocol.conditions.agg(['min', 'max']).T}")
    if plot is not None:
        one_of("the suffix of --plot", writable(plot).suffix, (".png", ".pdf", ".svg"))
        figure = protocol.plot().flat[0].figure
        with written_whole(plot) as temporary:
            figure.savefig(temporary, dpi=150)
        typer.echo(f"\n{plot}")


@app.command()
def simulate(
    protocol: Annotated[str, typer.Argument(help="Name of a protocol: neuroflysim protocols.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where to write: .nc or .csv.", metavar="FILE")
    ],
    parameters: Annotated[
        Path | None,
        typer.Option(
            help="Parameter file; without it the count-proportional start.", metavar="FILE"
        ),
    ] = None,
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

    if writable(output).suffix not in (".nc", ".csv"):
        raise InvalidValueError(f"--output is {output}, but must end in .nc or .csv.")
    shown = _made(protocol, settings)
    loaded = load_connectome(folder)
    if parameters is None:
        chosen = Parameters.uniform(loaded)
    else:
        chosen = load_parameters(parameters, loaded)
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


@app.command()
def studies() -> None:
    """List the studies of the experiments database, and what of them the model can be asked."""
    from neuroflysim.experiments import studies as listed

    for key, line in listed().iterrows():
        replayed = line["replayed"] or "nothing is replayed"
        typer.echo(
            f"{key:22}{line['year']}  {line['replayed_rows']:3} of {line['rows']:3}  {replayed}"
        )


@app.command()
def replay(
    study: Annotated[str, typer.Argument(help="Name of a study (neuroflysim studies) or folder.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where to write: .nc or .csv.", metavar="FILE")
    ],
    parameters: Annotated[
        Path | None,
        typer.Option(
            help="Parameter file; without it the count-proportional start.", metavar="FILE"
        ),
    ] = None,
    experiment: Annotated[
        str | None, typer.Option(help="Which experiment of the study; the first without it.")
    ] = None,
    folder: Folder = None,
    extent: Extent = 15,
) -> None:
    """Show the stimulus of a study to the model, and write the responses.

    Example: neuroflysim replay gruntman2019 -o gruntman2019.nc
    """
    from neuroflysim.experiments import replay as run

    one_of("the suffix of --output", writable(output).suffix, (".nc", ".csv"))
    (chosen,) = _candidates([parameters] if parameters else [], load_connectome(folder))
    responses = run(study, chosen, experiment, extent=extent)
    responses.save(output)
    typer.echo(f"{responses!r}\n{output}")


@app.command()
def compare(
    parameters: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Parameter files; several are an ensemble. Without them the count-proportional"
            " start."
        ),
    ] = None,
    studies: Annotated[
        str, typer.Option(help="Names or folders of studies with commas between, or all.")
    ] = "all",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the whole table: .csv.", metavar="FILE"),
    ] = None,
    folder: Folder = None,
    extent: Extent = 15,
) -> None:
    """Show the stimuli of studies to the model, and score its responses against the recordings.

    Example: neuroflysim compare fitted.json --studies maisak2013,gruntman2019 -o table.csv
    """
    from neuroflysim.experiments import compare as run
    from neuroflysim.experiments import scores

    if output is not None:
        one_of("the suffix of --output", writable(output).suffix, (".csv",))
    candidates = _candidates(parameters or [], load_connectome(folder))
    table = run(candidates, _studies_named(studies), extent=extent)
    typer.echo(scores(table).round(2).to_string(index=False, na_rep=""))
    if output is not None:
        with written_whole(output) as temporary:
            table.to_csv(temporary, index=False)
        typer.echo(f"\n{output}")


@app.command()
def validate(
    parameters: Annotated[
        list[Path] | None,
        typer.Argument(help="Parameter files, one a model; without any the untrained start alone."),
    ] = None,
    folder: Folder = None,
    extent: Extent = 15,
    flyvis_edges: Annotated[
        bool,
        typer.Option(
            "--flyvis-edges",
            help="Draw edges as flyvis does, to compare number by number; without it edges are"
            " true to the geometry of the eye.",
        ),
    ] = False,
    time_step: Annotated[float, typer.Option(help="Milliseconds.")] = 5.0,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the numbers here (.csv).", metavar="FILE"),
    ] = None,
    cell_types: Annotated[
        Path | None,
        typer.Option(help="Write the numbers of each cell type here (.csv).", metavar="FILE"),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw the numbers into this file (.png, .pdf, .svg).", metavar="FILE"),
    ] = None,
) -> None:
    """Compute the headline numbers of the paper: polarity, tuning, direction selectivity.

    Always beside those of the untrained start and what was published of flyvis' models.

    Example: neuroflysim validate fitted.json -o numbers.csv --plot numbers.png
    """
    from neuroflysim.experiments.validation import (
        cell_type_table,
        validation_measures,
        validation_table,
    )
    from neuroflysim.report.validation import describe_validation

    for option, path in (("--output", output), ("--cell-types", cell_types)):
        if path is not None and writable(path).suffix != ".csv":
            raise InvalidValueError(f"{option} is {path}, but must end in .csv.")
    if plot is not None:
        one_of("the suffix of --plot", writable(plot).suffix, (".png", ".pdf", ".svg"))
    loaded = load_connectome(folder)
    edges = "flyvis" if flyvis_edges else "true"
    measures = validation_measures(
        [load_parameters(path, loaded) for path in parameters or ()],
        extent=extent,
        edges=edges,
        time_step=time_step * ms,
        connectome=loaded,
    )
    table = validation_table(measures)
    typer.echo(describe_validation(table, edges))
    if output is not None:
        with written_whole(output) as temporary:
            table.to_csv(temporary)
    if cell_types is not None:
        with written_whole(cell_types) as temporary:
            cell_type_table(measures).to_csv(temporary)
    if plot is not None:
        from neuroflysim.plotting import plot_validation

        figure = plot_validation(table)[0].figure
        with written_whole(plot) as temporary:
            figure.savefig(temporary, dpi=150)
    for path in (output, cell_types, plot):
        if path is not None:
            typer.echo(path)


@app.command()
def report(
    parameters: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Parameter files; several are an ensemble. Without them the count-proportional"
            " start."
        ),
    ] = None,
    studies: Annotated[
        str, typer.Option(help="Names or folders of studies with commas between, or all.")
    ] = "all",
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where to write: .html.", metavar="FILE")
    ] = Path("report.html"),
    headline: Annotated[
        bool, typer.Option(help="Compute the headline numbers of the paper, too (minutes).")
    ] = True,
    folder: Folder = None,
    extent: Extent = 15,
) -> None:
    """Write one HTML file: model and fly side by side, with pictures, study by study.

    Example: neuroflysim report fitted.json --studies maisak2013,gruntman2019 -o report.html
    """
    from neuroflysim.report.studies import write_report

    one_of("the suffix of --output", writable(output).suffix, (".html",))
    candidates = _candidates(parameters or [], load_connectome(folder))
    typer.echo(
        write_report(
            output,
            candidates,
            _studies_named(studies),
            names=[str(file) for file in parameters or []] or ["untrained start"],
            extent=extent,
            with_headline=headline,
            command=shlex.join(["neuroflysim", *sys.argv[1:]]),
        )
    )


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to write.")] = Path("results/demo"),
    extent: Extent = 15,
) -> None:
    """Show moving edges and a flash to the model before any fit; write pictures and traces."""
    from neuroflysim.report.demo import run_demo

    for file in run_demo(folder, extent, say=typer.echo):
        typer.echo(file)


def _candidates(files: list[Path], loaded: Connectome) -> list[Parameters]:
    if not files:
        return [Parameters.uniform(loaded)]
    return [load_parameters(file, loaded) for file in files]


def _studies_named(text: str) -> str | list[str]:
    return text if text == "all" else [name.strip() for name in text.split(",")]


def _protocol(name: str):
    if name not in LIBRARY:
        raise InvalidValueError(
            f"there is no protocol {name!r}; the library has {', '.join(LIBRARY)}."
        )
    return LIBRARY[name]


def _made(name: str, settings: list[str] | None):
    """Make a protocol with parameters as they are typed: NAME=VALUE."""
    make = _protocol(name)
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
    return make(**given)

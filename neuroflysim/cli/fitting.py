"""The command that fits free parameters to a task, or to a recording."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuroflysim.choices import FIT_MEASURES, RECIPE_NAMES, SEARCH_NAMES
from neuroflysim.cli import completion
from neuroflysim.cli.options import (
    AsJson,
    Cluster,
    DynamicsName,
    Folder,
    Processes,
    Settings,
    at_least,
    folder_to_make,
)
from neuroflysim.errors import InvalidValueError

if TYPE_CHECKING:
    from neuroflysim.fit import Fit

#: Exit code of a program that Ctrl-C stopped.
INTERRUPTED = 130

PICTURE = "learning_curve.png"


def fit(
    recipe: Annotated[
        str | None,
        typer.Argument(
            help=f"Fit by this recipe: {', '.join(RECIPE_NAMES)}, or a .json file that holds one;"
            " or fit to the recording in this file: trials that are aligned and labelled, such as"
            " Recording.save wrote, or NWB with a table of trials. Without it flow is taken.",
            autocompletion=completion.recipes,
        ),
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(
            help="Show this protocol, which was shown when the recording was made; a file of yours"
            " is named by its path.",
            metavar="NAME",
            autocompletion=completion.protocols,
        ),
    ] = None,
    settings: Settings = None,
    measure: Annotated[
        str | None,
        typer.Option(
            help=f"Judge a recording by {', '.join(FIT_MEASURES[:-1])} or {FIT_MEASURES[-1]}."
            f" Without it by {FIT_MEASURES[0]}.",
            autocompletion=completion.one_of(*FIT_MEASURES),
        ),
    ] = None,
    cell_type: Annotated[
        str | None,
        typer.Option(
            help="Take a recording for one of this cell type, if its file does not tell.",
            metavar="NAME",
            autocompletion=completion.cell_type,
        ),
    ] = None,
    dynamics: DynamicsName = "graded",
    free: Annotated[
        list[str] | None,
        typer.Option(
            help='Let these parameters move and no others, for example "time_constant:T4*" or'
            ' "synapse_strength:Mi1->T4*", or those in a table (.csv). Repeat it for more. Without'
            " it all move.",
            metavar="PATTERN",
        ),
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option(
            help="Begin with the parameters of this file, or of a model such as flow/000. Without"
            " it strengths go with synapse counts.",
            metavar="MODEL",
            autocompletion=completion.models,
        ),
    ] = None,
    search: Annotated[
        str | None,
        typer.Option(
            help=f"Search by {', '.join(SEARCH_NAMES[:-1])} or {SEARCH_NAMES[-1]}. Without it by"
            f" {SEARCH_NAMES[0]}.",
            autocompletion=completion.one_of(*SEARCH_NAMES),
        ),
    ] = None,
    step_size: Annotated[
        float | None,
        typer.Option(
            help="Begin with this standard deviation along each coordinate. Without it that of"
            " the recipe, and for open-es no more than 0.1."
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            callback=at_least(0),
            help="Take this seed, on which the result depends as on the recipe. Without it the seed"
            " is 0.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write the result into this folder. Without it that is results/fit/RECIPE/SEED.",
            metavar="FOLDER",
            parser=folder_to_make,
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where a fit in the folder was stopped.")
    ] = False,
    other_processor: Annotated[
        bool,
        typer.Option(
            "--other-processor",
            help="Go on with a fit that was begun on another kind of processor, too; it ends"
            " otherwise than it would have there.",
        ),
    ] = False,
    evaluations: Annotated[
        int | None,
        typer.Option(
            callback=at_least(1),
            help="Take this many evaluations in all stages together, not those of the recipe.",
        ),
    ] = None,
    population: Annotated[
        int | None,
        typer.Option(
            callback=at_least(1),
            help="Take this many candidates in a generation, not those of the recipe.",
        ),
    ] = None,
    processes: Processes = None,
    cluster: Cluster = None,
    seeds: Annotated[
        str | None,
        typer.Option(help="Make several fits, one in each process: 0:20 (without 20) or 0,3,5."),
    ] = None,
    reproduce: Annotated[
        str | None,
        typer.Option(
            help="Fit a model in the box anew, for example flow/007, and compare.",
            metavar="MODEL",
            autocompletion=completion.models,
        ),
    ] = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Fit free parameters to the estimation of optic flow, or to a recording.

    \b
    Examples:
      neuroflysim fit flow --seed 0 --out results/my_fit
      neuroflysim fit flow --dynamics adapting --free "time_constant:*"
      neuroflysim fit mi1.nc --protocol flash --free "*:Mi1" --start flow/000
      neuroflysim fit t4a.nwb --protocol moving_edge --cell-type T4a
      neuroflysim fit flow --seed 0 --out results/my_fit --resume
      neuroflysim fit my_recipe.json --seeds 0:4
      neuroflysim fit --reproduce flow/007
    """
    from neuroflysim.cli.fit_words import (
        is_recording,
        model_in_the_box,
        recipe_named,
        recording_named,
        seeds_named,
    )
    from neuroflysim.connectome import load_connectome

    command = shlex.join(["neuroflysim", *sys.argv[1:]])
    loaded = load_connectome(folder)
    expected = None
    if seed is not None and seeds is not None:
        raise InvalidValueError("--seed is for one fit, --seeds for several: leave one out.")
    if reproduce is not None:
        own = (recipe, seed, seeds, evaluations, population, free, start, search, step_size)
        if any(given is not None for given in own) or dynamics != "graded":
            raise InvalidValueError(
                "--reproduce takes all from the box that a fit depends on; leave RECIPE, --seed,"
                " --seeds, --evaluations, --population, --step-size, --search, --free, --start and"
                " --dynamics out."
            )
        chosen, seed, expected = model_in_the_box(reproduce, loaded)
        name = f"reproduced/{reproduce}"
    else:
        recipe = "flow" if recipe is None else recipe
        seed = 0 if seed is None else seed
        if is_recording(recipe):
            measure = measure or FIT_MEASURES[0]
            chosen = recording_named(recipe, protocol, settings, measure, cell_type, loaded)
        elif protocol is not None or settings or measure is not None or cell_type is not None:
            raise InvalidValueError(
                "--protocol, --set, --measure and --cell-type are for a recording; name its file,"
                " or leave them out."
            )
        else:
            chosen = recipe_named(recipe)
        name = Path(recipe).stem if seeds else f"{Path(recipe).stem}/{seed:03d}"
    out = Path("results/fit") / name if out is None else out
    options = {
        "dynamics": dynamics,
        "free": free,
        "start": start,
        "search": search,
        "evaluations": evaluations,
        "population": population,
        "step_size": step_size,
        "connectome": loaded,
        "processes": processes,
        "cluster": cluster,
        "resume": resume,
        "other_processor": other_processor,
        "command": command,
    }
    try:
        if seeds is not None:
            _fit_several(chosen, seeds_named(seeds), out, options, as_json)
        else:
            _fit_one(chosen, seed, out, options, as_json, expected)
    except KeyboardInterrupt:
        again = command if resume else f"{command} --resume"
        typer.echo(f"\nStopped. {out} holds all that was done. To go on:\n  {again}", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _fit_one(recipe, seed, out, options, as_json, expected) -> None:
    from neuroflysim.cli.fit_words import difference
    from neuroflysim.cli.output import print_json
    from neuroflysim.fit.run import fit as run

    result = run(recipe, seed, out, **options)
    _draw({"": result.learning_curve}, out)
    same = None if expected is None else difference(result, expected)
    if as_json:
        record = result.record if expected is None else {**result.record, "same": same == 0}
        print_json(record)
    else:
        _tell(result)
        if expected is not None:
            typer.echo(
                "The parameters are the same as those in the box."
                if same == 0
                else f"The parameters differ from those in the box, by up to {same:.2g} of a value."
            )
        typer.echo(out)
    if not result.stable or same:
        raise typer.Exit(1)


def _fit_several(recipe, seeds, out, options, as_json) -> None:
    from neuroflysim.cli.output import print_json
    from neuroflysim.fit.several import fit_seeds, table_of

    fits = fit_seeds(recipe, seeds, out, **options)
    for one in fits:
        if one.folder is not None:
            _draw({"": one.learning_curve}, one.folder)
    _draw({f"{one.record['seed']:03d}": one.learning_curve for one in fits}, out)
    if as_json:
        print_json([one.record for one in fits])
    else:
        typer.echo(table_of(fits).round(3).to_string(index=False))
        typer.echo(out)


def _tell(result: Fit) -> None:
    import numpy as np

    from neuroflysim.fit.judged_on import judged_on

    record = result.record
    name = result.score_name
    repeats = np.array(record[f"{name}_repeats"], dtype=float)  # NaN for None
    what = "R2 of flow" if name == "r2" else name.replace("_", " ")
    what = f"{what} {judged_on(record)}"
    typer.echo(f"{what:<27} {result.score:.3f} ± {np.std(repeats):.3f}")
    typer.echo(f"evaluations                 {record['evaluations']}")
    typer.echo(
        f"time                        {record['seconds']:.0f} s,"
        f" {record['core_seconds']:.0f} s of cores"
    )
    typer.echo(f"stability                   {record['stability']['reason']}")
    if not result.stable:
        typer.echo("This model failed: it is no model to be used.")


def _draw(curves: dict, out: Path) -> None:
    from neuroflysim.cli.output import save_picture
    from neuroflysim.plotting import plot_learning_curve

    one = curves.get("") if list(curves) == [""] else None
    save_picture(plot_learning_curve(curves if one is None else one), out / PICTURE)
